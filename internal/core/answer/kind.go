package answer

import (
	"regexp"
	"strings"

	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/image"
)

// File is a user's own answer file. Text is a template (text/template with
// the functions of this room); Name is for messages.
type File struct {
	Name string
	Text string
	Kind Kind // "" until it is told from the text by KindOf

	// Snippets are the texts that the template may include, by name; a name is
	// a path with slashes below the directory of the settings' snippets:.
	Snippets map[string]string
}

// FileName is the name under which the answer file for an image is served:
// that of the user's file's dialect, or with no file that of the image's
// installer.
func FileName(file *File, img image.Image) string { return kindFor(file, img).FileName() }

// kindFor is the dialect of the user's file, or the image's own.
func kindFor(file *File, img image.Image) Kind {
	kind := Native(img)
	if file != nil {
		if k := file.kind(); k != "" {
			kind = k
		}
	}
	switch {
	case kind == Kickstart && debianInstaller(img.Family):
		return Kickseed
	case kind == Butane:
		return Ignition // which it becomes when it is rendered
	}
	return kind
}

// Native is the dialect of an image's installer, "" where it takes no answer
// file, or none is known: a person answers.
func Native(img image.Image) Kind {
	switch img.Family {
	case image.Debian, image.Ubuntu:
		return Preseed
	case image.Subiquity:
		return Autoinstall
	case image.RedHat, image.ESXi:
		return Kickstart // ESXi's has the same words for the most part
	case image.SUSE:
		if n := intent.Version(img.Release); img.Whole || n >= 16 && n < 42 {
			return Agama
		}
		return AutoYaST
	case image.CoreOS, image.Flatcar:
		return Ignition
	case image.Proxmox:
		return Proxmox
	}
	return ""
}

func debianInstaller(f image.Family) bool { return f == image.Debian || f == image.Ubuntu }

func (f *File) kind() Kind {
	if f.Kind != "" {
		return f.Kind
	}
	return KindOf(f.Text)
}

var (
	butaneKey      = regexp.MustCompile(`(?m)^variant\s*:\s*["']?(fcos|flatcar|openshift|r4e|fiot)\b`)
	tomlGlobal     = regexp.MustCompile(`(?m)^\[global\][ \t]*(#.*)?\r?$`)
	tomlDisk       = regexp.MustCompile(`(?m)^\[disk-setup\][ \t]*(#.*)?\r?$`)
	preseedLine    = regexp.MustCompile(`^\s*(\S+)\s+\S+/\S+\s+(string|boolean|select|multiselect|password|note|text|title|error|seen)(\s|\\?$)`)
	ignitionKey    = regexp.MustCompile(`"ignition"\s*:\s*\{`)
	autoinstallKey = regexp.MustCompile(`(?m)^autoinstall\s*:`)
)

// kickstartWords begin the lines of most Kickstart files; each is of every
// release, so that no table of versions is needed to tell the dialect.
var kickstartWords = map[string]bool{
	"auth": true, "authconfig": true, "authselect": true, "autopart": true, "bootloader": true, "clearpart": true,
	"cmdline": true, "eula": true, "firewall": true, "firstboot": true, "ignoredisk": true, "install": true,
	"keyboard": true, "lang": true, "logvol": true, "network": true, "part": true, "partition": true,
	"poweroff": true, "raid": true, "reboot": true, "repo": true, "rootpw": true, "selinux": true,
	"services": true, "sshkey": true, "text": true, "timezone": true, "url": true, "user": true,
	"volgroup": true, "zerombr": true, "%packages": true, "%pre": true, "%post": true, "%addon": true, "%include": true,
}

// KindOf tells the dialect of an answer file from its text, or "" where it
// cannot be told. Template actions in it do not matter. A Kickstart file with
// lines that only kickseed knows is a Kickseed one.
func KindOf(text string) Kind {
	text = strings.TrimPrefix(text, "\ufeff")
	head := strings.TrimLeft(text, " \t\r\n")
	switch {
	case strings.HasPrefix(head, "<?xml"), strings.HasPrefix(head, "<!DOCTYPE profile"), strings.HasPrefix(head, "<profile"):
		return AutoYaST
	case strings.HasPrefix(head, "{") && !strings.HasPrefix(head, "{{"):
		if ignitionKey.MatchString(head) {
			return Ignition
		}
		return Agama
	case tomlGlobal.MatchString(text) && tomlDisk.MatchString(text):
		return Proxmox
	case butaneKey.MatchString(text):
		return Butane
	case strings.HasPrefix(head, "#cloud-config"), autoinstallKey.MatchString(text):
		return Autoinstall
	}
	return byLines(text)
}

// byLines tells preseed from Kickstart by what more lines look like.
func byLines(text string) Kind {
	var answers, commands, kickseedOnly int
	for line := range strings.SplitSeq(text, "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		m := preseedLine.FindStringSubmatch(strings.TrimRight(line, "\r"))
		switch {
		case words[0] == "preseed" && len(words) > 2:
			kickseedOnly++
		case m != nil:
			answers++
		case kickstartWords[words[0]]:
			commands++
		}
	}
	switch {
	case commands == 0 && answers == 0 && kickseedOnly == 0:
		return ""
	case answers > commands:
		return Preseed
	case kickseedOnly > 0:
		return Kickseed
	}
	return Kickstart
}
