package finish

import (
	"encoding/base64"
	"fmt"
	"strings"

	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/intent/finding"
	"seedbed/internal/core/answer/shell"
)

// End is the end of an installation, inside the new system: what is left to be
// done, the user's own script, and the report.
type End struct {
	Accounts  string // of Work.Script
	Post      string
	Installed string // address that reports success; "" for none
	Failed    string // address to which a word is appended that says what failed
	Why       string // or a file that gets the word, where another reports
}

// Script is the end as a script for sh. It holds no line that begins with one
// of the characters of forbid (as "%", at which Kickstart's sections end): a
// part with such a line, or one that a text file may not hold as it is, is
// written in base64.
func (e End) Script(forbid string) string {
	b := &lines{}
	b.add("why=")
	part := func(file, text, run, why string) {
		if text == "" {
			return
		}
		b.add("%s", File("/root/"+file, text, forbid))
		b.add("chmod 700 /root/%s", file)
		b.add("( cd / && %s/root/%s </dev/null ) || why=${why:-%s}", run, file, why)
		b.add("rm -f /root/%s", file)
	}
	part(".seedbed-accounts", e.Accounts, "sh ", "accounts")
	run := "sh "
	if strings.HasPrefix(e.Post, "#!") {
		run = ""
	}
	part(".seedbed-post", e.Post, run, "post")
	if e.Why != "" {
		b.add("[ -z \"$why\" ] || echo \"$why\" >%s", e.Why)
		return b.String()
	}
	b.add("if [ -z \"$why\" ]; then")
	b.add("\t%s", intent.Or(Fetch(e.Installed), ":"))
	b.add("else")
	b.add("\techo \"seedbed: $why went wrong\" >&2")
	if e.Failed != "" {
		q := shell.Quote(e.Failed) + `"$why"`
		b.add("\t{ curl -fsS --retry 5 -o /dev/null %s || wget -q -t 5 -O /dev/null %s; } </dev/null || :", q, q)
	}
	b.add("fi")
	return b.String()
}

// File is shell text that writes a file.
func File(path, text, forbid string) string {
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	mark := "SEEDBED-FILE-END"
	for strings.Contains("\n"+text, "\n"+mark+"\n") { // a script that writes files itself
		mark += "-2"
	}
	if plainText(text, forbid) {
		return fmt.Sprintf("cat >%s <<'%s'\n%s%s", shell.Quote(path), mark, text, mark)
	}
	code := base64.StdEncoding.EncodeToString([]byte(text))
	var folded strings.Builder
	for len(code) > 76 {
		folded.WriteString(code[:76] + "\n")
		code = code[76:]
	}
	return fmt.Sprintf("base64 -d >%s <<'%s'\n%s\n%s", shell.Quote(path), mark, folded.String()+code, mark)
}

// plainText says whether a here-document in an answer file carries the text
// unchanged.
func plainText(text, forbid string) bool {
	for line := range strings.SplitSeq(text, "\n") {
		trimmed := strings.TrimLeft(line, " \t")
		if trimmed != "" && strings.IndexByte(forbid, trimmed[0]) >= 0 {
			return false
		}
		if line != "" && finding.CheckLine("x"+strings.ReplaceAll(line, "\t", " ")+"x") != nil {
			return false
		}
	}
	return true
}

// PickFunctions are shell functions for PickDisk and for finding cards, for
// an installer's own shell.
const PickFunctions = `taken=
nic() {
	for card in /sys/class/net/*; do
		[ "$(cat "$card/address")" = "$1" ] && [ -e "$card/device" ] || continue
		basename "$card"
		return
	done
}
pick() {
	for block in /sys/block/*; do
		disk=$(basename "$block" | tr '!' '/')
		case $disk in loop*|ram*|zram*|sr*|fd*|dm-*|md*|nbd*) continue ;; esac
		case " $taken " in *" $disk "*) continue ;; esac
		[ "$(cat "$block/ro")" = 0 ] && [ "$(cat "$block/removable")" = 0 ] || continue
		size=$(cat "$block/size")
		[ "$size" -gt 0 ] && [ "$size" -ge "$1" ] || continue
		[ "$2" = 0 ] || [ "$size" -le "$2" ] || continue
		facts=$(udevadm info --query=property --name="$disk" 2>/dev/null)
		case $facts in *ID_BUS=usb*) continue ;; esac
		case "$(cat "$block/device/model" 2>/dev/null) $facts" in *"$3"*) ;; *) continue ;; esac
		case "$(cat "$block/serial" "$block/device/serial" 2>/dev/null) $facts" in *"$4"*) ;; *) continue ;; esac
		echo "$disk"
		return
	done
}
`

// Named is shell text by which pick passes over the disks that have a path; ""
// where there is nothing to pick, or none has one.
func Named(disks []intent.Disk) string {
	b := &lines{}
	auto := false
	for _, d := range disks {
		if auto = auto || d.Auto(); !d.Auto() {
			b.add("disk=$(readlink -f %s)", shell.Quote(d.Path))
			b.add("taken=\"$taken ${disk#/dev/}\"")
		}
	}
	if !auto {
		return ""
	}
	return b.String()
}

// PickDisk is shell text that sets the variable to the name of the first disk
// that fits, without /dev/, or runs onFail and ends with 1.
func PickDisk(variable string, d intent.Disk, onFail string) string {
	b := &lines{}
	b.add("%s=$(pick %d %d %s %s)", variable, (d.MinSize+511)/512, d.MaxSize/512, shell.Quote(d.Model), shell.Quote(d.Serial))
	b.add("if [ -z \"$%s\" ]; then", variable)
	b.add("\techo seedbed: no disk fits >&2")
	if onFail != "" {
		b.add("\t%s", onFail)
	}
	b.add("\texit 1")
	b.add("fi")
	b.add("taken=\"$taken $%s\"", variable)
	return b.String()
}

// Tell is shell text that reports, outside the new system, how it ended: well
// when the variable why is empty.
func Tell(s intent.Subject) string {
	text := "if [ -z \"$why\" ]; then\n\t" + intent.Or(Fetch(s.CallbackURL), ":") + "\n"
	if s.FailURL != "" {
		text += "else\n\tcurl -fsS --retry 5 -o /dev/null " + shell.Quote(s.FailWith("")) + "\"$why\" || :\n"
	}
	return text + "fi\n"
}
