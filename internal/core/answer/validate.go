package answer

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"seedbed/internal/core/answer/preseed"
	"seedbed/internal/fault"
)

// The words that may be given where an installer reads its answer with a
// shell, or where it would ask again for another one.
var (
	localeWord   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.@-]*$`)
	keyboardWord = regexp.MustCompile(`^[a-z][a-z0-9_()-]*$`)
	zoneWord     = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$`)
	hostWord     = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`)
	domainWord   = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$`)
	cryptWord    = regexp.MustCompile(`^\$[A-Za-z0-9]+\$[A-Za-z0-9./,=+_$-]+$`)
	userWord     = regexp.MustCompile(`^[a-z][-a-z0-9_]{0,31}$`)
	packageWord  = regexp.MustCompile(`^[a-z0-9][a-z0-9+.-]+(:[a-z0-9-]+)?([=/][A-Za-z0-9.+:~-]+)?$`)
	suiteWord    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9/._-]*$`)
	hostPort     = regexp.MustCompile(`^([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:[0-9]+)?$`)
	keyWord      = regexp.MustCompile(`(^|\s)AAAA[A-Za-z0-9+/=]{16,}(\s|$)`)
)

// system are accounts that Debian's base system has (base-passwd): they
// cannot be made again.
var system = strings.Fields(`root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc
	gnats nobody adm tty disk kmem dialout fax voice cdrom floppy tape sudo audio dip operator src shadow utmp video
	sasl plugdev staff users nogroup messagebus sshd`)

// findings collects all that is wrong with one Install.
type findings struct {
	at   fault.Position
	list fault.List
}

func newFindings(at fault.Position) *findings {
	if at.File == "" {
		at.File = "install"
	}
	return &findings{at: at}
}

// bad adds an error. Messages name the field, never the value of a secret.
func (f *findings) bad(field, hint, format string, args ...any) {
	f.list = append(f.list, fault.Finding{Position: f.at, Severity: "error", Msg: "install." + field + ": " + fmt.Sprintf(format, args...), Hint: hint})
}

// err is what was found, or nil.
func (f *findings) err() error {
	if len(f.list) == 0 {
		return nil
	}
	return fault.Wrap(f.list, fault.Invalid, f.list[0].Hint, "")
}

// word wants value to match; an empty one is fine.
func (f *findings) word(field, value string, want *regexp.Regexp, hint string) {
	if value != "" && !want.MatchString(value) {
		f.bad(field, hint, "%q cannot be used", value)
	}
}

// line wants free text that fits one line.
func (f *findings) line(field, value string) {
	if err := preseed.Check(value); err != nil {
		f.bad(field, "write it on one line, as plain text", "%v", err)
	}
}

func (f *findings) hash(field, value string) {
	if value != "" && !cryptWord.MatchString(value) {
		f.bad(field, "make a hash with: openssl passwd -6", "it is not a crypt(3) hash")
	}
}

func (f *findings) keys(field string, keys []string) {
	for i, k := range keys {
		at := fmt.Sprintf("%s[%d]", field, i)
		f.line(at, k)
		if !keyWord.MatchString(k) {
			f.bad(at, "give the one line of a .pub file", "it is not a public SSH key")
		}
	}
}

// url wants an http or https address without user, query or fragment.
func (f *findings) url(field, value string) *url.URL {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || !hostPort.MatchString(u.Host) ||
		u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.ContainsAny(u.EscapedPath(), "'\"\\ $`") {
		f.bad(field, "write it as http://host/path", "%q is not an address that the installer can use", value)
		return nil
	}
	return u
}

// check says everything that is wrong with in, whatever the installer.
func check(in *Install, s Subject) *findings {
	f := newFindings(in.At)
	f.word("locale", in.Locale, localeWord, "write it as en_US.UTF-8")
	f.word("keyboard", in.Keyboard, keyboardWord, "write an XKB layout, as us")
	f.word("timezone", in.Timezone, zoneWord, "write it as Europe/Berlin")
	f.word("(host name)", s.HostName, hostWord, "name the machine with letters, digits and hyphens")
	f.word("(domain)", s.Domain, domainWord, "write the subnet's domain as example.org")
	f.hash("root-password", in.RootPassword)
	f.keys("ssh-keys", in.SSHKeys)
	login := in.RootPassword != "" || len(in.SSHKeys) > 0
	var seen []string
	for i, u := range in.Users {
		at := fmt.Sprintf("users[%d].", i)
		f.user(at, u)
		if slices.Contains(seen, u.Name) {
			f.bad(at+"name", "", "%q is there twice", u.Name)
		}
		seen = append(seen, u.Name)
		login = login || u.Password != "" || len(u.SSHKeys) > 0
	}
	if !login {
		f.bad("users", "give root-password, ssh-keys, or a user with a password or keys", "nobody could log in to the new system")
	}
	for i, p := range in.Packages {
		f.word(fmt.Sprintf("packages[%d]", i), p, packageWord, "write a Debian package's name")
		if p == "" {
			f.bad(fmt.Sprintf("packages[%d]", i), "", "it is empty")
		}
	}
	if strings.ContainsRune(in.Post, 0) {
		f.bad("post", "", "it holds a NUL character")
	}
	if !slices.Contains([]string{"", "reboot", "poweroff", "halt"}, in.End) {
		f.bad("end", "write reboot, poweroff or halt", "%q cannot be used", in.End)
	}
	f.word("mirror.suite", in.Mirror.Suite, suiteWord, "write a release's code name, as trixie")
	return f
}

func (f *findings) user(at string, u User) {
	switch {
	case !userWord.MatchString(u.Name):
		f.bad(at+"name", "use up to 32 letters, digits, - and _, a lower-case letter first", "%q cannot be a user's name", u.Name)
	case slices.Contains(system, u.Name):
		f.bad(at+"name", "for root itself use root-password and ssh-keys", "%q is an account or group of the system", u.Name)
	}
	f.line(at+"full-name", u.FullName)
	if strings.Contains(u.FullName, ":") {
		f.bad(at+"full-name", "", "it holds a colon")
	}
	f.hash(at+"password", u.Password)
	f.keys(at+"ssh-keys", u.SSHKeys)
}
