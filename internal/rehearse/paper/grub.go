package paper

import (
	"context"
	"net/http"
	"path"
	"strings"

	"seedbed/internal/wire/tftp/tftptest"
)

// shim plays shim: it takes the directory that it came from and asks for
// GRUB there, with one slash too many.
func (m *Machine) shim(ctx context.Context, file string) (Outcome, error) {
	m.who = "shim"
	second := "/grubx64.efi"
	if m.ROM == ARM64 {
		second = "/grubaa64.efi"
	}
	next := file[:strings.LastIndex(file, "/")+1] + second
	var err error
	if strings.HasPrefix(file, "http://") {
		_, err = m.web(ctx, http.MethodGet, next, "UefiHttpBoot/1.0")
	} else {
		_, err = m.tftp(ctx, next, tftptest.Options{TSize: true, Block: 1468, Window: 4})
	}
	if err != nil {
		return m.start(ctx, "", err)
	}
	return m.grub(ctx, next)
}

// grub plays debian-installer's GRUB: its prefix is built in, and from it come
// module lists, which may be absent, and the configuration.
func (m *Machine) grub(ctx context.Context, file string) (Outcome, error) {
	m.who = "grub"
	root := "(tftp," + m.net.next.String() + ")"
	if rest, ok := strings.CutPrefix(file, "http://"); ok {
		host, _, _ := strings.Cut(rest, "/")
		root = "(http," + host + ")"
	}
	platform := "x86_64-efi"
	if m.ROM == ARM64 {
		platform = "arm64-efi"
	}
	prefix := path.Join("/debian-installer", m.cpu(), "grub")
	for _, list := range []string{"command.lst", "fs.lst"} {
		if _, err := m.device(ctx, root+prefix+"/"+platform+"/"+list); err != nil && !isMissing(err) {
			return Outcome{}, err
		}
	}
	text, err := m.device(ctx, root+prefix+"/grub.cfg")
	if err != nil {
		return m.start(ctx, "", err)
	}
	return m.grubScript(ctx, string(text))
}

// device gets a file by GRUB's name for it: (http,HOST)/path or (tftp,HOST)/path.
func (m *Machine) device(ctx context.Context, name string) ([]byte, error) {
	dev, file, _ := strings.Cut(strings.TrimPrefix(name, "("), ")")
	how, host, _ := strings.Cut(dev, ",")
	if how == "http" {
		return m.web(ctx, http.MethodGet, "http://"+host+file, "GRUB/2.12")
	}
	return m.tftp(ctx, file, tftptest.Options{TSize: true, Block: 1024})
}

// grubScript runs what a configuration of the server's holds: menu entries and
// in them, or without them, a kernel or the search for the local disk.
func (m *Machine) grubScript(ctx context.Context, text string) (Outcome, error) {
	entries := map[string][]string{}
	var order, top []string
	deflt, open, server := "", "", ""
	for line := range strings.Lines(text) {
		line = strings.ReplaceAll(strings.TrimSpace(line), "${seedbed}", server)
		w := shellWords(line)
		switch {
		case len(w) == 0 || strings.HasPrefix(line, "#"):
		case w[0] == "menuentry" && len(w) >= 4 && strings.HasPrefix(w[3], "@"): // a separator
			open = w[3]
		case w[0] == "menuentry" && len(w) >= 4:
			open = w[3]
			order = append(order, open)
		case line == "}":
			open = ""
		case w[0] == "if" && len(w) > 2 && w[1] == "cat": // what it then sets is taken: this GRUB has HTTP
			if _, err := m.device(ctx, strings.TrimSuffix(w[2], ";")); err != nil {
				return m.start(ctx, "", err)
			}
		case strings.HasPrefix(line, "set seedbed="):
			server = strings.TrimPrefix(line, "set seedbed=")
		case open != "":
			entries[open] = append(entries[open], line)
		case strings.HasPrefix(line, "set default="):
			deflt = strings.Join(shellWords(strings.TrimPrefix(line, "set default=")), "")
		default:
			top = append(top, line)
		}
	}
	if len(order) > 0 {
		if m.Pick != "" {
			deflt = m.Pick
		}
		m.note("menu of %s: takes %s", strings.Join(order, ", "), deflt)
		top = entries[deflt]
	}
	var o Outcome
	for _, line := range top {
		w := shellWords(line)
		switch {
		case w[0] == "for": // the search for the disk's own loader
			return Outcome{Disk: true}, nil
		case (w[0] == "linux" || w[0] == "initrd") && len(w) > 1:
			b, err := m.device(ctx, w[1])
			if err != nil {
				return m.start(ctx, "", err)
			}
			if w[0] == "linux" {
				o = Outcome{Kernel: len(b), Args: w[2:]}
			}
		}
	}
	if o.Kernel == 0 {
		o.Why = "GRUB's prompt"
	}
	return o, nil
}

// shellWords splits a line as GRUB does, with its quotes and its escapes.
func shellWords(line string) []string {
	var out []string
	var word strings.Builder
	in, quote := false, byte(0)
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quote == 0 && (c == ' ' || c == '\t'):
			if in {
				out = append(out, word.String())
				word.Reset()
			}
			in = false
			continue
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case c == quote && quote != 0:
			quote = 0
		case c == '\\' && quote != '\'' && i+1 < len(line):
			i++
			word.WriteByte(line[i])
		default:
			word.WriteByte(c)
		}
		in = true
	}
	if in {
		out = append(out, word.String())
	}
	return out
}
