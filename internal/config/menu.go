package config

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"seedbed/internal/core/answer/secret"
	"seedbed/internal/core/boot"
	"seedbed/internal/core/boot/script"
	"seedbed/internal/core/machine"
)

func (r *reader) menu(n *yaml.Node) {
	b := &r.cfg.Boot
	var entries, hide *yaml.Node
	r.mapping(n, "menu", keys{
		"title": func(n *yaml.Node) { r.str(n, &b.Title) },
		"timeout": func(n *yaml.Node) {
			if r.duration(n, &b.Timeout); b.Timeout > longestTimeout {
				r.bad(n, "0s waits for ever", "PXELINUX cannot wait for %s: it counts up to %s", b.Timeout, longestTimeout)
			}
		},
		"default": func(n *yaml.Node) { r.marks.deflt = n; r.str(n, &b.Default) },
		"password": func(n *yaml.Node) {
			r.marks.password = n
			r.hash(n, &b.Password)
			if p := b.Password; p != "" && !strings.HasPrefix(p, "$1$") && !strings.HasPrefix(p, "$5$") && !strings.HasPrefix(p, "$6$") {
				r.bad(n, "make one with: openssl passwd -6", "PXELINUX's menu knows the hashes $1$, $5$ and $6$ only")
			}
			if secret.Slow(b.Password) {
				r.bad(n, "make one with: openssl passwd -6", "a hash of more than a million rounds keeps whoever types the password waiting")
			}
		},
		"grub-password": func(n *yaml.Node) {
			if !grubHash.MatchString(n.Value) {
				r.bad(n, "make one with: grub-mkpasswd-pbkdf2", "this is not a hash of GRUB's (grub.pbkdf2.sha512.ROUNDS.SALT.HASH)")
				return
			}
			b.GRUBPassword = n.Value
		},
		"serial":  r.serial,
		"hide":    func(n *yaml.Node) { hide = n; r.hide(n) },
		"entries": func(n *yaml.Node) { entries = n; r.list(n, "menu.entries", r.menuItem) },
	})
	if entries != nil && hide != nil {
		r.bad(hide, "leave the profiles out of menu.entries", "menu.hide is for menus without entries")
	}
	if b.GRUBPassword != "" && b.Password == "" {
		r.bad(n, "add menu.password: the same password as a hash of openssl passwd -6", "menu.grub-password locks GRUB's menu, and nothing locks PXELINUX's")
	}
}

// longestTimeout is PXELINUX's (Syslinux wiki, "Config": 35996 tenths of a second).
const longestTimeout = 35996 * time.Second / 10

// grubHash is what grub-mkpasswd-pbkdf2 prints (GRUB manual, "Security").
var grubHash = regexp.MustCompile(`^grub\.pbkdf2\.sha512\.[1-9][0-9]{0,8}\.(?:[0-9A-Fa-f]{2})+\.[0-9A-Fa-f]{128}$`)

// serial reads a speed, or a mapping of port and speed.
func (r *reader) serial(n *yaml.Node) {
	s := &script.Serial{}
	speed := func(n *yaml.Node) {
		v, err := strconv.Atoi(n.Value)
		if err != nil || !slices.Contains([]int{1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200}, v) {
			r.bad(n, "115200 is usual", "%q is not a speed of a serial line", n.Value)
		}
		s.Speed = v
	}
	if n.Kind == yaml.ScalarNode {
		speed(n)
	} else {
		r.mapping(n, "menu.serial", keys{
			"port": func(n *yaml.Node) {
				v, err := strconv.ParseUint(n.Value, 10, 8)
				if err != nil || v > 3 {
					r.bad(n, "0 is the first", "%q is not a serial port: 0 to 3", n.Value)
				}
				s.Port = int(v)
			},
			"speed": speed,
		})
	}
	r.cfg.Boot.Serial = s
}

func (r *reader) hide(n *yaml.Node) {
	r.list(n, "menu.hide", func(c *yaml.Node) {
		r.cfg.Boot.Hide = append(r.cfg.Boot.Hide, c.Value)
		r.marks.hidden = append(r.marks.hidden, c)
	})
}

// menuItem reads local, separator, a profile's name, or a mapping.
func (r *reader) menuItem(n *yaml.Node) {
	var item boot.MenuItem
	what := func(n *yaml.Node) {
		switch n.Value {
		case script.LocalLabel:
			item.Local = true
		case "separator":
			item.Separator = true
		default:
			r.str(n, &item.Profile)
		}
	}
	if n.Kind == yaml.ScalarNode {
		what(n)
	} else {
		r.mapping(n, "a menu entry", keys{
			"show":     what,
			"title":    func(n *yaml.Node) { r.str(n, &item.Title) },
			"key":      func(n *yaml.Node) { r.hotKey(n, &item.Key) },
			"machines": func(n *yaml.Node) { r.strs(n, "machines", &item.Machines) },
		})
		if (item.Separator || item.Profile == "" && !item.Local) && item.Key != 0 {
			r.bad(n, "give it to a profile or to local", "a hot key needs something to start")
		}
		if !item.Local && !item.Separator && item.Profile == "" && item.Title == "" {
			r.bad(n, "as {show: PROFILE, title: TEXT, key: LETTER, machines: [NAME]}", "this menu entry shows nothing")
		}
	}
	r.cfg.Boot.Items = append(r.cfg.Boot.Items, item)
	r.marks.items = append(r.marks.items, n)
}

// hotKey reads a key that no loader's menu has for itself: c and e are GRUB's.
func (r *reader) hotKey(n *yaml.Node, into *byte) {
	v := n.Value
	if len(v) != 1 || !(v[0] >= 'a' && v[0] <= 'z' || v[0] >= '0' && v[0] <= '9') || v == "c" || v == "e" {
		r.bad(n, "one of a to z but c and e (GRUB's own), or a digit", "%q cannot be a hot key", v)
		return
	}
	*into = v[0]
}

// checkMenu looks at what entries name, once all names are known.
func (r *reader) checkMenu() {
	b := &r.cfg.Boot
	known := func(name string) bool { _, ok := b.Profiles[name]; return ok }
	list := "profiles: " + strings.Join(b.Order, ", ")
	for i, name := range b.Hide {
		if !known(name) {
			r.bad(r.marks.hidden[i], list, "menu.hide names a profile that is not there: %q", name)
		}
	}
	keys := map[byte]int{}
	for i, item := range b.Items {
		n := r.marks.items[i]
		if item.Profile != "" && !known(item.Profile) {
			r.bad(n, "local, separator, or one of the "+list, "a menu entry names a profile that is not there: %q", item.Profile)
		}
		for _, name := range item.Machines {
			if !slices.ContainsFunc(r.cfg.Machines, func(m machine.Machine) bool { return m.Name == name }) {
				r.bad(n, "machines: in the settings names them", "a menu entry is for a machine that is not there: %q", name)
			}
		}
		if j, twice := keys[item.Key]; twice && item.Key != 0 && (len(item.Machines) == 0 || len(b.Items[j].Machines) == 0) {
			r.bad(n, "choose another", "the hot key %c is that of line %d already", item.Key, r.marks.items[j].Line)
		}
		keys[item.Key] = i
	}
	if d := b.Default; d != "" && d != script.LocalLabel && known(d) &&
		(slices.Contains(b.Hide, d) || len(b.Items) > 0 && !slices.ContainsFunc(b.Items, func(i boot.MenuItem) bool { return i.Profile == d })) {
		r.bad(r.marks.deflt, "show it, or choose another default", "menu.default is %q, which the menu does not show", d)
	}
	if b.Password != "" && b.GRUBPassword == "" {
		r.add(r.marks.password, "warning", "add menu.grub-password, made with grub-mkpasswd-pbkdf2: the same password",
			"GRUB cannot check this hash: its menu shows only what needs no password")
	}
}
