package finish

import (
	"fmt"
	"strings"

	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/shell"
)

// Work is what is left to be done inside the new system.
type Work struct {
	Make     []intent.User // users that the installer did not make
	Made     []intent.User // users that it made, by name, name in full and password alone
	RootKeys []string
	Keys     bool // the keys of users, too
	Sudo     bool // the rules of users with sudo, too

	Services  intent.Services
	Firewall  *intent.Firewall
	SELinux   string
	Arguments []string // the kernel's
	Servers   []string // of NTP
	Network   string   // lines that write the network's configuration
	More      []string // further lines
}

// Script is the work as a script that stops at the first failure, or "" where
// there is none. It has no #! line, and no line that begins with %.
func (w Work) Script() string {
	b := &lines{}
	w.accounts(b)
	w.network(b)
	w.services(b)
	w.firewall(b)
	w.system(b)
	for _, l := range w.More {
		b.add("%s", l)
	}
	if b.Len() == 0 {
		return ""
	}
	text := b.String()
	head := "set -e\n"
	for _, f := range functions {
		if calls("\n"+text, f.name) {
			head += f.text
		}
	}
	return head + text
}

// calls says whether a line of text begins with the name of a function.
func calls(text, name string) bool {
	return strings.Contains(text, "\n"+name+" ") || strings.Contains(text, "\n"+name+"\n")
}

type lines struct{ strings.Builder }

func (b *lines) add(format string, args ...any) { fmt.Fprintf(b, format+"\n", args...) }

func (w Work) accounts(b *lines) {
	for _, u := range w.Make {
		number := ""
		if u.UID != 0 {
			number = fmt.Sprintf("-u %d ", u.UID)
		}
		b.add("useradd -m -U -s %s %s-c %s -p %s %s", intent.Or(u.Shell, "/bin/bash"), number,
			shell.Quote(intent.Or(u.FullName, u.Name)), shell.Quote(intent.Or(u.Password, "*")), u.Name)
	}
	for _, u := range w.Made {
		if u.Shell != "" {
			b.add("usermod -s %s %s", u.Shell, u.Name)
		}
	}
	if len(w.RootKeys) > 0 {
		b.add("keys root %s", shell.QuoteAll(w.RootKeys))
	}
	for _, u := range append(w.Made[:len(w.Made):len(w.Made)], w.Make...) {
		for _, g := range u.Groups {
			b.add("group %s %s", u.Name, g)
		}
		if u.Locked && u.Password != "" {
			b.add("usermod -L %s", u.Name)
		}
		if len(u.SSHKeys) > 0 && w.Keys {
			b.add("keys %s %s", u.Name, shell.QuoteAll(u.SSHKeys))
		}
		if u.Sudo && w.Sudo {
			rule := "ALL=(ALL:ALL) ALL"
			if u.AsksNoPassword() {
				rule = "ALL=(ALL:ALL) NOPASSWD: ALL"
			}
			b.add("mkdir -p /etc/sudoers.d")
			b.add("echo '%s %s' >/etc/sudoers.d/seedbed-%s", u.Name, rule, u.Name)
			b.add("chmod 440 /etc/sudoers.d/seedbed-%s", u.Name)
		}
	}
}

func (w Work) network(b *lines) { b.WriteString(w.Network) }

func (w Work) services(b *lines) {
	for _, n := range w.Services.Enable {
		b.add("service_at_boot enable %s", n)
	}
	for _, n := range w.Services.Disable {
		b.add("service_at_boot disable %s", n)
	}
}

func (w Work) firewall(b *lines) {
	f := w.Firewall
	if f == nil {
		return
	}
	state := "off"
	if f.Enabled {
		state = "on"
	}
	var items []string
	for _, s := range f.Services {
		items = append(items, "service:"+s)
	}
	for _, p := range f.Ports {
		items = append(items, "port:"+p)
	}
	b.add("firewall %s", strings.TrimSpace(state+" "+shell.QuoteAll(items)))
}

func (w Work) system(b *lines) {
	if w.SELinux != "" {
		b.add("[ ! -f /etc/selinux/config ] || sed -i 's/^SELINUX=.*/SELINUX=%s/' /etc/selinux/config", w.SELinux)
	}
	for _, a := range w.Arguments {
		b.add("kernel_argument %s", shell.Quote(a))
	}
	if len(w.Arguments) > 0 {
		b.add("kernel_arguments_done")
	}
	if len(w.Servers) > 0 {
		b.add("time_servers %s", shell.QuoteAll(w.Servers))
	}
}

// functions are put in front of a script that calls them.
var functions = []struct{ name, text string }{
	{"keys", `keys() {
	user=$1
	shift
	home=$(getent passwd "$user" | cut -d: -f6)
	if [ -z "$home" ]; then
		echo "there is no user $user" >&2
		exit 1
	fi
	mkdir -p "$home/.ssh"
	printf '%s\n' "$@" >>"$home/.ssh/authorized_keys"
	chmod 700 "$home/.ssh"
	chmod 600 "$home/.ssh/authorized_keys"
	chown -R "$user:$(id -gn "$user")" "$home/.ssh"
}
`},
	{"group", `group() {
	getent group "$2" >/dev/null || groupadd "$2"
	usermod -a -G "$2" "$1"
}
`},
	// A unit of that name, or an init script where there is no systemd.
	{"service_at_boot", `service_at_boot() {
	if command -v systemctl >/dev/null; then
		systemctl "$1" "$2"
	elif command -v chkconfig >/dev/null; then
		case $1 in enable) chkconfig "$2" on ;; *) chkconfig "$2" off ;; esac
	elif command -v update-rc.d >/dev/null; then
		case $1 in enable) update-rc.d "$2" defaults ;; *) update-rc.d "$2" disable ;; esac
	else
		rc-update add "$2" default
	fi
}
`},
	// firewalld or ufw, whichever is there; ufw has no names of services but
	// those of /etc/services.
	{"firewall", `firewall() {
	state=$1
	shift
	if command -v firewall-offline-cmd >/dev/null; then
		case $state in on) firewall-offline-cmd --enabled ;; *) firewall-offline-cmd --disabled ;; esac
		for item; do
			firewall-offline-cmd "--add-${item%%:*}=${item#*:}"
		done
	elif command -v ufw >/dev/null; then
		for item; do
			ufw allow "${item#*:}"
		done
		case $state in on) ufw --force enable ;; *) ufw --force disable ;; esac
	else
		[ "$state" = off ] || { echo "there is neither firewalld nor ufw" >&2; exit 1; }
	fi
}
`},
	{"kernel_argument", `kernel_argument() {
	if command -v grubby >/dev/null; then
		grubby --update-kernel=ALL --args="$1"
	fi
	if [ -f /etc/default/grub ]; then
		sed -i "s|^GRUB_CMDLINE_LINUX=\"\(.*\)\"|GRUB_CMDLINE_LINUX=\"\1 $1\"|" /etc/default/grub
	fi
}
`},
	{"kernel_arguments_done", `kernel_arguments_done() {
	if command -v update-grub >/dev/null; then
		update-grub
	elif [ -f /boot/grub2/grub.cfg ] && ! command -v grubby >/dev/null; then
		grub2-mkconfig -o /boot/grub2/grub.cfg
	fi
}
`},
	// chrony, systemd-timesyncd or ntpd, whichever is there.
	{"time_servers", `time_servers() {
	for conf in /etc/chrony.conf /etc/chrony/chrony.conf /etc/ntp.conf; do
		[ -f "$conf" ] || continue
		sed -i 's/^\(pool\|server\) /#&/' "$conf"
		for server; do
			echo "server $server iburst" >>"$conf"
		done
	done
	if [ -f /lib/systemd/systemd-timesyncd ] || [ -f /usr/lib/systemd/systemd-timesyncd ]; then
		mkdir -p /etc/systemd/timesyncd.conf.d
		printf '[Time]\nNTP=%s\n' "$*" >/etc/systemd/timesyncd.conf.d/seedbed.conf
	fi
}
`},
}

// Fetch is a shell command that fetches an address and drops what comes, with
// whatever program is there; "" for none. It never asks and never fails.
func Fetch(url string) string {
	if url == "" {
		return ""
	}
	q := shell.Quote(url)
	return "{ curl -fsS --retry 5 -o /dev/null " + q + " || wget -q -t 5 -O /dev/null " + q + "; } </dev/null || :"
}
