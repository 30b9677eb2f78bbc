package paper

import (
	"context"
	"fmt"
	"strings"

	"seedbed/internal/wire/tftp/tftptest"
)

// label is one entry of a PXELINUX configuration.
type label struct {
	name, kernel, initrd, args string
	local                      bool
	bootif                     bool
}

// pxeConfig is what a PXELINUX configuration says.
type pxeConfig struct {
	deflt     string // DEFAULT: a label or a module
	onTimeout string
	labels    []label
}

// pxelinux plays PXELINUX 6: its core module, the search for a configuration,
// the menu, then kernel and initrd.
func (m *Machine) pxelinux(ctx context.Context, file string) (Outcome, error) {
	m.who = "pxelinux"
	prefix := file[:strings.LastIndex(file, "/")+1]
	get := func(name string) ([]byte, error) {
		return m.tftp(ctx, prefix+name, tftptest.Options{TSize: true, Block: 1408})
	}
	if _, err := get("ldlinux.c32"); err != nil {
		return m.start(ctx, "", err)
	}
	name, text, err := m.search(get)
	if err != nil {
		return m.start(ctx, "", err)
	}
	c := readConfig(string(text))
	want := c.deflt
	if strings.HasSuffix(want, ".c32") {
		for _, module := range []string{want, "libutil.c32", name} { // the menu reads the configuration again
			if _, err := get(module); err != nil {
				return m.start(ctx, "", err)
			}
		}
		if want = c.onTimeout; m.Pick != "" {
			want = m.Pick
		}
		m.note("menu of %s: takes %s", c.list(), want)
	}
	for _, l := range c.labels {
		if l.name == want {
			return m.run(ctx, l, get)
		}
	}
	return stopped("no label %q: it waits at boot:", want)
}

// search asks for configurations in PXELINUX's order.
func (m *Machine) search(get func(string) ([]byte, error)) (string, []byte, error) {
	ip := m.net.addr.As4()
	hex := fmt.Sprintf("%02X%02X%02X%02X", ip[0], ip[1], ip[2], ip[3])
	names := []string{m.uuidText(), "01-" + m.MAC.Hyphened()}
	for n := len(hex); n > 0; n-- {
		names = append(names, hex[:n])
	}
	for _, name := range append(names, "default") {
		text, err := get("pxelinux.cfg/" + name)
		if !isMissing(err) {
			return "pxelinux.cfg/" + name, text, err
		}
	}
	return "", nil, missing{"pxelinux.cfg/default"}
}

func (m *Machine) run(ctx context.Context, l label, get func(string) ([]byte, error)) (Outcome, error) {
	if l.local {
		return Outcome{Disk: true}, nil
	}
	kernel, err := get(l.kernel)
	if err != nil {
		return m.start(ctx, "", err)
	}
	args := strings.Fields(l.args)
	for _, initrd := range strings.Split(l.initrd, ",") {
		if initrd == "" {
			continue
		}
		if _, err := get(initrd); err != nil {
			return m.start(ctx, "", err)
		}
	}
	if l.bootif {
		args = append(args, "BOOTIF=01-"+m.MAC.Hyphened())
	}
	return Outcome{Kernel: len(kernel), Args: args}, nil
}

func (c pxeConfig) list() string {
	var out []string
	for _, l := range c.labels {
		out = append(out, l.name)
	}
	return strings.Join(out, ", ")
}

// readConfig reads the keywords that matter here (Syslinux wiki, "Config").
func readConfig(text string) pxeConfig {
	var c pxeConfig
	for line := range strings.Lines(text) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		rest = strings.TrimSpace(rest)
		var l *label
		if n := len(c.labels); n > 0 {
			l = &c.labels[n-1]
		}
		switch key := strings.ToUpper(word); {
		case key == "DEFAULT":
			c.deflt = rest
		case key == "ONTIMEOUT":
			c.onTimeout = rest
		case key == "LABEL":
			c.labels = append(c.labels, label{name: rest})
		case l == nil:
		case key == "KERNEL", key == "LINUX":
			l.kernel = rest
		case key == "INITRD":
			l.initrd = rest
		case key == "APPEND":
			l.args = rest
		case key == "IPAPPEND", key == "SYSAPPEND":
			l.bootif = rest == "2" || rest == "3"
		case key == "LOCALBOOT":
			l.local = true
		}
	}
	return c
}
