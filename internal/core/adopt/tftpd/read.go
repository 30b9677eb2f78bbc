package tftpd

import (
	"strconv"
	"strings"

	"seedbed/internal/core/adopt/settings"
	"seedbed/internal/fault"
)

// Read adds what a file says to a draft. The error is a fault.List with the
// line that is no assignment.
func Read(d *settings.Draft, file, text string) error {
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		at := fault.Position{File: file, Line: i + 1}
		if line == "" || line[0] == '#' {
			continue
		}
		key, raw, ok := strings.Cut(strings.TrimPrefix(line, "export "), "=")
		if !ok || strings.ContainsAny(key, " \t\"'") {
			return fault.List{{Position: at, Severity: "error", Msg: "this is no assignment", Hint: `as TFTP_DIRECTORY="/srv/tftp"`}}
		}
		value, ok := unquote(raw)
		if !ok {
			return fault.List{{Position: at, Severity: "error", Msg: "the value of " + key + " has no closing quote"}}
		}
		if strings.ContainsAny(value, "$`") {
			d.Lose(at, line, "it is filled in by a shell: write the value")
			continue
		}
		assign(d, at, key, value)
	}
	return nil
}

// unquote takes the quotes off; what follows them is a comment.
func unquote(s string) (string, bool) {
	if s == "" || s[0] != '"' && s[0] != '\'' {
		word, _, _ := strings.Cut(s, " ")
		return word, true
	}
	value, _, ok := strings.Cut(s[1:], s[:1])
	return value, ok
}

func assign(d *settings.Draft, at fault.Position, key, value string) {
	what := key + "=" + value
	switch key {
	case "TFTP_DIRECTORY":
		d.Root(at, what, value)
	case "TFTP_ADDRESS":
		address(d, at, what, value)
	case "TFTP_OPTIONS":
		options(d, at, strings.Fields(value))
	case "TFTP_USERNAME", "RUN_DAEMON":
		d.Change(at, what, "Seedbed is one service: nothing is kept of this")
	case "INTERFACES", "INTERFACESv4":
		for _, name := range strings.Fields(value) {
			d.Interface(at, key+": "+name, name)
		}
	case "INTERFACESv6":
		if value != "" {
			d.Lose(at, what, "Seedbed serves IPv4 alone")
		}
	case "DHCPDv4_CONF", "DHCPDv4_PID":
		d.Keep(at, what)
	default:
		d.Lose(at, what, "Seedbed has no such setting")
	}
}

func address(d *settings.Draft, at fault.Position, what, value string) {
	host, port := value, "69"
	if i := strings.LastIndexByte(value, ':'); i >= 0 {
		host, port = value[:i], value[i+1:]
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if port == "tftp" {
		n, err = 69, nil
	}
	if err != nil || n == 0 {
		d.Lose(at, what, "its port is not a number from 1 to 65535")
		return
	}
	if n != 69 {
		d.TFTPPort = int(n)
	}
	if strings.Trim(host, "0.:[]") != "" {
		d.Change(at, what, "Seedbed answers on its interfaces, not on an address")
		return
	}
	d.Keep(at, what)
}

// values are options of in.tftpd with a value behind them (tftpd(8)).
var values = map[string]bool{"-m": true, "--map-file": true, "-a": true, "--address": true, "-u": true, "--user": true, "-U": true,
	"--umask": true, "-B": true, "--blocksize": true, "-t": true, "--timeout": true, "-T": true, "--retransmit": true, "-r": true, "--refuse": true,
	"-R": true, "--port-range": true, "--verbosity": true}

func options(d *settings.Draft, at fault.Position, words []string) {
	for i := 0; i < len(words); i++ {
		name, value, joined := strings.Cut(words[i], "=")
		what := words[i]
		if values[name] && !joined && i+1 < len(words) {
			i++
			value, what = words[i], what+" "+words[i]
		}
		switch name {
		case "-s", "--secure", "-l", "--listen", "-4", "--ipv4":
			d.Keep(at, what)
		case "-v", "-vv", "-vvv", "--verbose", "--verbosity", "-u", "--user", "-p", "--permissive", "-P", "--pidfile":
			d.Change(at, what, "Seedbed has its own way in this")
		case "-c", "--create", "-U", "--umask":
			d.Lose(at, what, "Seedbed's TFTP is read-only")
		case "-m", "--map-file":
			d.Lose(at, what, "Seedbed rewrites no names; where %s only makes them lower case, tftp.lowercase: true does that", value)
		case "-a", "--address":
			address(d, at, what, value)
		case "-B", "--blocksize", "-t", "--timeout", "-T", "--retransmit":
			d.Change(at, what, "Seedbed follows each client's own options")
		default:
			if strings.HasPrefix(what, "/") {
				d.Root(at, what, what)
				continue
			}
			d.Lose(at, what, "Seedbed has nothing like this option")
		}
	}
}
