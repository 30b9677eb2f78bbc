package pxelinux

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"seedbed/internal/core/adopt/settings"
	"seedbed/internal/core/answer/secret"
	"seedbed/internal/fault"
)

// label is one entry.
type label struct {
	at            fault.Position
	name, title   string
	kernel, args  string
	local, asked  bool // boots the local disk; is the default by MENU DEFAULT
	password      bool
	kernelAt      fault.Position
	kernelKeyword string
}

// reader is at work on one file.
type reader struct {
	d        *settings.Draft
	file     string
	all      bool // it is everybody's: not a file of one machine or network
	labels   []label
	deflt    string
	defltAt  fault.Position
	help     bool // inside TEXT HELP
	timeout  time.Duration
	globalAt fault.Position
}

// single are the names of files for one machine or network: 01-MAC, a UUID,
// an address in hexadecimal.
var single = regexp.MustCompile(`^(?:01(?:-[0-9a-f]{2}){6}|[0-9A-F]{1,8}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$`)

// Read adds what a file says to a draft. Where is the file's whole path, from
// which tftp.root follows where no other file has set it.
func Read(d *settings.Draft, file, where, text string) error {
	r := &reader{d: d, file: file, all: !single.MatchString(path.Base(where))}
	at := fault.Position{File: file}
	if dir := path.Dir(where); d.TFTPRoot == "" && path.Base(dir) == "pxelinux.cfg" && path.IsAbs(dir) {
		d.Root(at, "the directory above pxelinux.cfg", path.Dir(dir))
	}
	if !r.all {
		if d.TFTPRoot != "" {
			d.Change(at, "the menu of one machine or network", "it stays this file below tftp.root, which wins for PXELINUX; a profile under machines: serves every firmware")
		} else {
			d.Lose(at, "the menu of one machine or network", "set tftp.root to the directory above its pxelinux.cfg")
		}
	}
	for i, line := range strings.Split(text, "\n") {
		r.line(fault.Position{File: file, Line: i + 1}, strings.TrimSpace(strings.TrimRight(line, "\r")))
	}
	if r.help {
		return fault.List{{Position: r.globalAt, Severity: "error", Msg: "TEXT HELP has no ENDTEXT"}}
	}
	r.finish()
	return nil
}

func (r *reader) line(at fault.Position, line string) {
	word, rest := cut(line)
	key := strings.ToUpper(word)
	switch {
	case r.help:
		r.help = key != "ENDTEXT"
		return
	case line == "" || line[0] == '#':
		return
	case key == "TEXT":
		r.help, r.globalAt = true, at
		r.stays(at, line, "help texts are not a part of Seedbed's menus")
		return
	case key == "MENU":
		r.menu(at, line, rest)
		return
	case key == "LABEL":
		r.labels = append(r.labels, label{at: at, name: rest})
		return
	}
	if len(r.labels) > 0 && r.inLabel(at, line, key, rest) {
		return
	}
	r.global(at, line, key, rest)
}

// cut takes the first word off.
func cut(s string) (word, rest string) {
	i := strings.IndexAny(s, " \t")
	if i < 0 {
		return s, ""
	}
	return s[:i], strings.TrimSpace(s[i:])
}

// stays notes what our settings cannot say: the user's own file says it on.
func (r *reader) stays(at fault.Position, what, why string) {
	if r.d.TFTPRoot != "" {
		r.d.Change(at, what, "%s: it stays in this file below tftp.root, which wins for PXELINUX", why)
		return
	}
	r.d.Lose(at, what, "%s", why)
}

// kernels are the keywords that name what is loaded.
var kernels = []string{"KERNEL", "LINUX", "BOOT", "BSS", "PXE", "FDIMAGE", "COMBOOT", "COM32", "CONFIG"}

// inLabel reads a line of an entry; false means it is not one of those.
func (r *reader) inLabel(at fault.Position, line, key, rest string) bool {
	l := &r.labels[len(r.labels)-1]
	switch {
	case slices.Contains(kernels, key):
		l.kernel, l.kernelAt, l.kernelKeyword = rest, at, key
	case key == "APPEND":
		l.args = strings.TrimSpace(l.args + " " + rest)
	case key == "INITRD":
	case key == "LOCALBOOT":
		l.local = true
	case key == "IPAPPEND" || key == "SYSAPPEND":
		r.stays(at, line, "Seedbed tells installers by itself from which card they came")
	default:
		return false
	}
	return true
}

func (r *reader) menu(at fault.Position, line, rest string) {
	word, value := cut(rest)
	key := strings.ToUpper(word)
	if key == "MASTER" {
		_, value = cut(value)
		key = "MASTER PASSWD"
	}
	switch {
	case key == "LABEL" && len(r.labels) > 0:
		r.labels[len(r.labels)-1].title = strings.ReplaceAll(value, "^", "")
	case key == "DEFAULT" && len(r.labels) > 0:
		r.labels[len(r.labels)-1].asked = true
	case key == "PASSWD":
		if len(r.labels) > 0 {
			r.labels[len(r.labels)-1].password = true
		}
		r.stays(at, "MENU PASSWD (of one entry)", "Seedbed has one password for all entries but the local disk")
	case key == "MASTER PASSWD":
		r.password(at, value)
	case key == "TITLE" && r.all && r.d.Menu.Title == "" && value != "":
		r.d.Menu.Title = value
		r.d.Keep(at, line)
	case key == "INCLUDE":
		name, _ := cut(value)
		r.d.Included(at, line, name)
	case key == "BEGIN" || key == "END" || key == "GOTO" || key == "EXIT":
		r.stays(at, line, "Seedbed has no menus below menus")
	case key == "HIDE" || key == "DISABLE" || key == "INDENT" || key == "SEPARATOR":
		r.stays(at, line, "menu.entries says what is shown, once there are profiles")
	default:
		r.stays(at, line, "how a menu looks is not a part of the settings")
	}
}

// password takes a hash that our menus can check. It is never shown.
func (r *reader) password(at fault.Position, value string) {
	what := "MENU MASTER PASSWD"
	good := strings.HasPrefix(value, "$1$") || strings.HasPrefix(value, "$5$") || strings.HasPrefix(value, "$6$")
	switch {
	case !r.all:
		r.stays(at, what, "Seedbed has one password for all")
	case !good || strings.Count(value, "$") < 3 || strings.ContainsAny(value, " \t\r\n:") || secret.Slow(value):
		r.stays(at, what, "it is no hash that Seedbed takes: make one with openssl passwd -6, for menu.password")
	default:
		r.d.Menu.Password = value
		r.d.Keep(at, what)
	}
}

// longest is the longest time-out that PXELINUX counts.
const longest = 35996

func (r *reader) global(at fault.Position, line, key, rest string) {
	switch key {
	case "DEFAULT":
		r.deflt, r.defltAt = rest, at
	case "UI":
		r.d.Keep(at, line)
	case "PROMPT", "NOESCAPE", "ALLOWOPTIONS", "IMPLICIT":
		r.stays(at, line, "Seedbed shows a menu, always; with menu.password its prompt is locked")
	case "TIMEOUT":
		n, err := strconv.ParseUint(rest, 10, 32)
		switch {
		case !r.all:
			r.stays(at, line, "Seedbed has one time-out for all")
		case err != nil || n > longest:
			r.d.Lose(at, line, "it is not a number of tenths of a second up to %d", longest)
		default:
			r.timeout = time.Duration(n) * time.Second / 10
			r.d.Keep(at, line)
		}
	case "TOTALTIMEOUT", "ONTIMEOUT", "ONERROR":
		r.stays(at, line, "Seedbed's menu has one time-out, and one default")
	case "SERIAL":
		r.serial(at, line, rest)
	case "INCLUDE":
		name, _ := cut(rest)
		r.d.Included(at, line, name)
	case "APPEND":
		r.stays(at, line, "kernel-args is said for each profile")
	case "DISPLAY", "FONT", "KBDMAP", "CONSOLE", "SAY", "F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "F10", "F11", "F12":
		r.stays(at, line, "how a menu looks is not a part of the settings")
	default:
		r.stays(at, line, "this line is not known")
	}
}

// serial reads: port, speed, flow control.
func (r *reader) serial(at fault.Position, line, rest string) {
	f := strings.Fields(rest)
	if len(f) == 1 {
		f = append(f, "9600")
	}
	speeds := []string{"1200", "2400", "4800", "9600", "19200", "38400", "57600", "115200"}
	if !r.all || len(f) < 2 || !slices.Contains([]string{"0", "1", "2", "3"}, f[0]) || !slices.Contains(speeds, f[1]) {
		r.stays(at, line, "Seedbed has one serial line, port 0 to 3")
		return
	}
	r.d.Menu.Serial = f[0] + " " + f[1]
	r.d.Keep(at, line)
}
