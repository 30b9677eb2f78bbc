package debian

import (
	"regexp"
	"slices"
	"strings"

	"seedbed/internal/core/lint"
)

var goodName = regexp.MustCompile(`^[a-z][-a-z0-9_]{0,31}$`)

// reserved are names of the base system (base-passwd) and of user-setup's own
// list (reserved-usernames).
var reserved = strings.Fields(`root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc gnats nobody
	adm tty disk kmem dialout fax voice cdrom floppy tape sudo audio dip operator src shadow utmp video sasl plugdev staff users nogroup
	messagebus admin avahi bind cups debian-exim dhcp fetchmail gdm haldaemon hplip identd klog mysql ntp postfix postgres saned
	scanner sshd ssh statd syslog telnetd tftpd`)

var userName = lint.Rule{ID: "A004", Title: "the user's name is not allowed", Kinds: both, Severity: lint.Error, Question: "user-setup/username-reserved", Traps: []int{49},
	Why: "user-setup's user-setup-ask and its list reserved-usernames",
	Check: func(s *lint.Subject, r *lint.Report) {
		name, ok := value(s, "passwd/username")
		if make, _ := value(s, "passwd/make-user"); !ok || make == "false" {
			return
		}
		line, col := place(s, "passwd/username")
		if !goodName.MatchString(name) {
			r.At(line, col, "%q is no user's name", name).Question = "user-setup/username-bad"
		} else if slices.Contains(reserved, name) {
			r.At(line, col, "%q is a name of the system", name)
		}
	}}
