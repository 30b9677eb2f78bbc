package paper

import (
	"context"
	"net/http"
	"strings"
)

const ipxeAgent = "iPXE/1.21.1"

// ipxe plays iPXE: an address of its own, the script that DHCP names, and what
// the script says.
func (m *Machine) ipxe(ctx context.Context, arch int) (Outcome, error) {
	m.who = "ipxe"
	ok, err := m.lease(ctx, ipxeClient(arch))
	switch {
	case err != nil:
		return Outcome{}, err
	case !ok:
		return stopped("no offer: the next boot device")
	case m.net.file == "":
		return stopped("no boot file was offered")
	case !strings.HasPrefix(m.net.file, "http://"):
		return m.pxe2(ctx)
	}
	text, err := m.web(ctx, http.MethodGet, m.net.file, ipxeAgent)
	if err != nil {
		return m.start(ctx, "", err)
	}
	if !strings.HasPrefix(string(text), "#!ipxe\n") {
		return stopped("%s is no script", m.net.file)
	}
	s := &script{m: m, lines: strings.Split(string(text), "\n"), vars: map[string]string{
		"platform": map[bool]string{true: "pcbios", false: "efi"}[arch == 0], "netX/mac:hexhyp": m.MAC.Hyphened()}}
	return s.run(ctx)
}

// pxe2 is what iPXE does with a boot file of another kind: it is the ROM of
// its machine.
func (m *Machine) pxe2(ctx context.Context) (Outcome, error) {
	_, err := m.device(ctx, "(tftp,"+m.net.next.String()+")"+m.net.file)
	return m.start(ctx, m.net.file, err)
}

// script is an iPXE script while it runs (ipxe.org/scripting).
type script struct {
	m     *Machine
	lines []string
	vars  map[string]string
	items []string
	out   Outcome
	done  bool
	next  int
}

func (s *script) run(ctx context.Context) (Outcome, error) {
	for steps := 0; !s.done && s.next < len(s.lines); steps++ {
		if steps > 1000 {
			return stopped("the script runs for ever")
		}
		line := strings.TrimSpace(s.lines[s.next])
		s.next++
		if line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, ":") {
			continue
		}
		ok := false
		for i, cmd := range strings.Split(line, "||") {
			if i > 0 && ok || s.done {
				break
			}
			var err error
			if ok, err = s.command(ctx, strings.Fields(s.expand(cmd))); err != nil {
				return s.out, err
			}
		}
		if !ok && !s.done {
			return stopped("the script fails at %q", line)
		}
	}
	if !s.done {
		s.out = Outcome{Why: "the script ends"}
	}
	return s.out, nil
}

func (s *script) expand(text string) string {
	for name, value := range s.vars {
		text = strings.ReplaceAll(text, "${"+name+"}", value)
	}
	return text
}

// command runs one; an empty one succeeds.
func (s *script) command(ctx context.Context, w []string) (ok bool, err error) {
	if len(w) == 0 {
		return true, nil
	}
	switch w[0] {
	case "kernel", "initrd":
		return s.load(ctx, w)
	case "boot":
		s.done = true
		return true, nil
	case "sanboot", "exit":
		// exit with an error sends UEFI to its next boot entry, which is the disk.
		s.done, s.out = true, Outcome{Disk: true}
		return true, nil
	case "set":
		s.vars[w[1]] = strings.Join(w[2:], " ")
	case "clear":
		delete(s.vars, w[1])
	case "login":
		return s.login(), nil
	case "chain":
		return s.chain(ctx, w[len(w)-1])
	case "iseq":
		return len(w) == 3 && w[1] == w[2], nil
	case "goto":
		for i, line := range s.lines {
			if strings.TrimSpace(line) == ":"+w[1] {
				s.next = i + 1
				return true, nil
			}
		}
		return false, nil
	case "item":
		if w[1] != "--gap" {
			s.items = append(s.items, w[1])
		}
	case "choose":
		s.choose(w)
	}
	return true, nil
}

func (s *script) load(ctx context.Context, w []string) (bool, error) {
	address := w[1]
	if address == "--name" {
		address = w[3]
	}
	b, err := s.m.web(ctx, http.MethodGet, address, ipxeAgent)
	if isMissing(err) {
		return false, nil
	}
	if w[0] == "kernel" {
		s.out = Outcome{Kernel: len(b), Args: w[2:]}
	}
	return err == nil, err
}

// login is a person at the form, who leaves the name as it stands.
func (s *script) login() bool {
	if len(s.m.Passwords) == 0 {
		s.m.note("login: given up")
		return false
	}
	s.vars["username:uristring"] = uristring.Replace(s.vars["username"])
	s.vars["password:uristring"] = uristring.Replace(s.m.Passwords[0])
	s.m.Passwords = s.m.Passwords[1:]
	return true
}

// uristring is what iPXE's settings of that type are told as (src/core/uri.c).
var uristring = strings.NewReplacer("%", "%25", " ", "%20", "/", "%2F", "#", "%23", ":", "%3A", "@", "%40", "?", "%3F")

// chain runs another script; it comes back when that fails.
func (s *script) chain(ctx context.Context, address string) (bool, error) {
	text, err := s.m.web(ctx, http.MethodGet, address, ipxeAgent)
	if err != nil {
		return false, ignoreMissing(err)
	}
	inner := &script{m: s.m, lines: strings.Split(string(text), "\n"), vars: s.vars}
	s.out, err = inner.run(ctx)
	s.done = inner.done
	return inner.done, err
}

func ignoreMissing(err error) error {
	if isMissing(err) {
		return nil
	}
	return err
}

func (s *script) choose(w []string) {
	pick := s.m.Pick
	for i, word := range w {
		if word == "--default" && pick == "" {
			pick = w[i+1]
		}
	}
	s.m.note("menu of %s: takes %s", strings.Join(s.items, ", "), pick)
	s.vars[w[len(w)-1]] = pick
}
