package debian

import (
	"strings"

	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/preseed"
)

// Kickseed is Preseed in the words of kickseed, which Ubuntu's installers of
// 12.04 to 18.04 hold: Kickstart's own where they say the same, and the line
// "preseed" for the rest. There is no %end: kickseed takes it for a package.
func Kickseed(in *intent.Install, s intent.Subject) (intent.Document, error) {
	d, err := Preseed(in, s)
	if err != nil {
		return intent.Document{}, err
	}
	entries, err := preseed.Parse(string(d.Bytes))
	if err != nil {
		return intent.Document{}, err
	}
	var b strings.Builder
	b.WriteString("# Answers for debian-installer by way of kickseed, made by Seedbed.\n")
	for _, e := range entries {
		if native[e.Key] {
			continue
		}
		b.WriteString("preseed ")
		if e.Owner != preseed.Installer {
			b.WriteString("--owner " + e.Owner + " ")
		}
		if strings.HasPrefix(e.Value, "-") {
			b.WriteString("-- ") // it would be read as an option
		}
		b.WriteString(e.Key + " " + e.Type)
		if e.Value != "" {
			b.WriteString(" " + evaluated(e.Value))
		}
		b.WriteString("\n")
	}
	b.WriteString("timezone")
	if !in.LocalClock {
		b.WriteString(" --utc")
	}
	b.WriteString(" " + intent.Or(in.Timezone, intent.DefaultTimezone) + "\n")
	b.WriteString("rootpw --iscrypted " + evaluated(intent.Or(in.RootPassword, "*")) + "\n")
	b.WriteString(intent.Or(in.End, "reboot") + "\n")
	k := intent.NewDocument(intent.Kickseed)
	k.Bytes, k.Extra, k.Losses, k.NoCallback = []byte(b.String()), d.Extra, d.Losses, d.NoCallback
	return k, nil
}

// native are the answers that commands of Kickstart's give.
var native = map[string]bool{
	"clock-setup/utc": true, "time/zone": true, "passwd/root-login": true, "passwd/root-password-crypted": true,
	"finish-install/reboot_in_progress": true, "debian-installer/exit/poweroff": true, "debian-installer/exit/halt": true,
}

// evaluated is a value as one word of a line that kickseed hands to its
// shell's eval, after it put a backslash before every dollar sign: so it stands
// between double quotes, in which that is a dollar sign again.
func evaluated(v string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`").Replace(v) + `"`
}
