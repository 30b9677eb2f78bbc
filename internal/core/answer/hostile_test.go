package answer

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os/exec"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"seedbed/internal/core/answer/intent/finding"
	"seedbed/internal/core/answer/kickseed"
	"seedbed/internal/core/answer/kickstart"
	"seedbed/internal/core/answer/preseed"
	"seedbed/internal/core/image"
	"seedbed/internal/fault"
)

// values are all values of a document by their place, as a real parser of its
// dialect reads them.
func values(t *testing.T, r release, d Document) map[string]string {
	t.Helper()
	out := map[string]string{}
	for name, text := range d.Extra {
		out["file "+name] = string(text)
	}
	switch d.Kind {
	case Preseed:
		entries, err := preseed.Parse(string(d.Bytes))
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range entries {
			out[fmt.Sprint(i, " ", e.Owner, " ", e.Key, " ", e.Type)] = e.Value
		}
	case Kickseed:
		v, _ := kickseed.For(r.name)
		result := kickseed.Translate(kickseed.Parse(string(d.Bytes)), v)
		for i, a := range result.Answers {
			out[fmt.Sprint(i, " ", a.Owner, " ", a.Key, " ", a.Type)] = a.Value
		}
		for i, f := range result.Findings {
			out[fmt.Sprint("finding ", i, " ", f.Effect, f.Cause)] = ""
		}
	case Kickstart:
		kickstartValues(t, string(d.Bytes), out)
	case Autoinstall:
		var v any
		if err := yaml.Unmarshal(d.Bytes, &v); err != nil {
			t.Fatal(err)
		}
		flatten("", v, out)
	case AutoYaST:
		xmlValues(t, d.Bytes, out)
	case Agama, Ignition:
		var v any
		if err := json.Unmarshal(d.Bytes, &v); err != nil {
			t.Fatal(err)
		}
		flatten("", v, out)
	}
	return out
}

// kickstartValues are the words of each command, after %pre has run, and the
// scripts.
func kickstartValues(t *testing.T, text string, out map[string]string) {
	t.Helper()
	for i, n := range kickstart.Parse(written(t, text)).Nodes {
		switch n.Kind {
		case kickstart.Command:
			for j, a := range n.Args() {
				name, value, isOption := strings.Cut(a.Text, "=")
				if !isOption || !strings.HasPrefix(name, "--") {
					name, value = "", a.Text
				}
				out[fmt.Sprint(i, " ", n.Name(), " ", j, " ", name)] = value
			}
		case kickstart.Section:
			if n.Name() != "%pre" { // what it writes is read above
				out[fmt.Sprint(i, " ", n.Name())] = n.Script()
			} else {
				head, _, _ := strings.Cut(n.Script(), "\n{\n")
				out[fmt.Sprint(i, " ", n.Name())] = head
			}
		}
	}
}

// written is included without any program at hand: what breaks out of its
// quotes finds none to run.
func written(t *testing.T, text string) string {
	t.Helper()
	head, rest, ok := strings.Cut(text, "%include /tmp/seedbed.ks\n")
	if !ok {
		return text
	}
	_, body, _ := strings.Cut(rest, "\n{\n")
	body, _, _ = strings.Cut(body, "\n} >/tmp/seedbed.ks\n%end")
	cmd := exec.Command("/bin/sh", "-c", "disk1=vda disk2=vdb nic000c2983d1d1=ens1 nic000c2983d1d2=ens2\n"+body)
	cmd.Env = []string{"PATH=/nonexistent"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s\n%s", err, out, body)
	}
	return head + string(out) + rest
}

func flatten(path string, v any, out map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			flatten(path+"."+k, e, out)
		}
		out[path+" keys"] = fmt.Sprint(len(v))
	case []any:
		for i, e := range v {
			flatten(fmt.Sprintf("%s[%d]", path, i), e, out)
		}
		out[path+" items"] = fmt.Sprint(len(v))
	case string:
		if _, code, ok := strings.Cut(v, ";base64,"); ok && strings.HasPrefix(v, "data:") {
			b, _ := base64.StdEncoding.DecodeString(code)
			var inner any
			if bytes.HasPrefix(b, []byte("{")) && json.Unmarshal(b, &inner) == nil {
				flatten(path+"!", inner, out)
				return
			}
			v = string(b)
		} else if rest, ok := strings.CutPrefix(v, "data:,"); ok {
			v = rest
		}
		out[path] = v
	default:
		out[path] = fmt.Sprintf("%T %v", v, v)
	}
}

func xmlValues(t *testing.T, text []byte, out map[string]string) {
	t.Helper()
	dec := xml.NewDecoder(bytes.NewReader(text))
	var path []string
	n := 0
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			n++
			path = append(path, fmt.Sprintf("%s#%d", token.Name.Local, n))
			out[strings.Join(path, "/")+" attributes"] = fmt.Sprint(token.Attr)
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			out[strings.Join(path, "/")] += string(token)
		}
	}
}

// everyField are the texts of the neutral install, each with a good value other
// than the one that full has.
var everyField = []struct {
	name, good string
	set        func(*Install, *Subject, string)
}{
	{"locale", "de_DE.UTF-8", func(in *Install, _ *Subject, v string) { in.Locale = v }},
	{"keyboard", "fr", func(in *Install, _ *Subject, v string) { in.Keyboard = v }},
	{"variant", "neo", func(in *Install, _ *Subject, v string) { in.Variant = v }},
	{"timezone", "Europe/Berlin", func(in *Install, _ *Subject, v string) { in.Timezone = v }},
	{"hostname", "db7", func(in *Install, _ *Subject, v string) { in.HostName = v }},
	{"domain", "example.net", func(_ *Install, s *Subject, v string) { s.Domain = v }},
	{"root-password", "$6$other$hash", func(in *Install, _ *Subject, v string) { in.RootPassword = v }},
	{"root-password after a prefix", "$6$a$x", func(in *Install, _ *Subject, v string) {
		if v == "$6$a$x" {
			v = "x"
		}
		in.RootPassword = "$6$a$" + v
	}},
	{"ssh-keys", other, func(in *Install, _ *Subject, v string) { in.SSHKeys = []string{v} }},
	{"ssh-keys' comment", "you", func(in *Install, _ *Subject, v string) { in.SSHKeys = []string{key + v} }},
	{"user", "opa", func(in *Install, _ *Subject, v string) { in.Users[0].Name = v }},
	{"full name", "Somebody", func(in *Install, _ *Subject, v string) { in.Users[0].FullName = v }},
	{"second full name", "Somebody", func(in *Install, _ *Subject, v string) { in.Users[1].FullName = v }},
	{"password", "$6$other$hash", func(in *Install, _ *Subject, v string) { in.Users[0].Password = v }},
	{"user's group", "kvm2", func(in *Install, _ *Subject, v string) { in.Users[0].Groups = []string{v} }},
	{"shell", "/bin/zsh", func(in *Install, _ *Subject, v string) { in.Users[0].Shell = v }},
	{"interface", "lan3", func(in *Install, _ *Subject, v string) { in.Network.Interfaces[4].Name = v }},
	{"vlan's name", "v99", func(in *Install, _ *Subject, v string) { in.Network.Interfaces[3].Name = v }},
	{"mac", "00:0c:29:83:d1:d9", func(in *Install, _ *Subject, v string) { in.Network.Interfaces[4].MAC = v }},
	{"bond mode", "balance-rr", func(in *Install, _ *Subject, v string) { in.Network.Interfaces[2].Mode = v }},
	{"search", "example.net", func(in *Install, _ *Subject, v string) { in.Network.Search[1] = v }},
	{"disk", "/dev/sdb", func(in *Install, _ *Subject, v string) { in.Storage.Disk.Path = v }},
	{"disk after a prefix", "sdb", func(in *Install, _ *Subject, v string) { in.Storage.Disk.Path = "/dev/" + v }},
	{"disk model", "VENDOR 5", func(in *Install, _ *Subject, v string) { in.Storage.Disk.Model = v }},
	{"disk serial", "S5", func(in *Install, _ *Subject, v string) { in.Storage.Disk.Serial = v }},
	{"mount", "/data", func(in *Install, _ *Subject, v string) { in.Storage.VolumeGroups[0].Volumes[0].Mount = v }},
	{"file system", "xfs", func(in *Install, _ *Subject, v string) { in.Storage.VolumeGroups[0].Volumes[0].Filesystem = v }},
	{"label", "boss", func(in *Install, _ *Subject, v string) { in.Storage.Partitions[0].Label = v }},
	{"mount option", "nodev", func(in *Install, _ *Subject, v string) { in.Storage.Partitions[0].Options = []string{v} }},
	{"group", "vg_more", func(in *Install, _ *Subject, v string) { in.Storage.VolumeGroups[0].Name = v }},
	{"volume", "lv_more", func(in *Install, _ *Subject, v string) { in.Storage.VolumeGroups[0].Volumes[0].Name = v }},
	{"passphrase", "open sesame 99", func(in *Install, _ *Subject, v string) { in.Storage.VolumeGroups[0].Passphrase = Secret(v) }},
	{"mirror", "http://mirror.example/other", func(in *Install, s *Subject, v string) { in.Mirror.URL = v }},
	{"proxy", "http://proxy.example:3128", func(in *Install, _ *Subject, v string) { in.Mirror.Proxy = v }},
	{"repository", "extras", func(in *Install, _ *Subject, v string) { in.Repositories[0].Name = v }},
	{"repository's address", "http://mirror.example/x", func(in *Install, _ *Subject, v string) { in.Repositories[0].URL = v }},
	{"repository's key", "http://mirror.example/k2", func(in *Install, _ *Subject, v string) { in.Repositories[0].Key = v }},
	{"component", "contrib", func(in *Install, _ *Subject, v string) { in.Repositories[0].Components = []string{v} }},
	{"time server", "ntp9.example.org", func(in *Install, _ *Subject, v string) { in.NTPServers[0] = v }},
	{"package", "tmux", func(in *Install, _ *Subject, v string) { in.Packages[1] = v }},
	{"excluded package", "vim", func(in *Install, _ *Subject, v string) { in.Excluded = []string{v} }},
	{"package group", "web-server", func(in *Install, _ *Subject, v string) { in.Groups = []string{v} }},
	{"enabled service", "nginx", func(in *Install, _ *Subject, v string) { in.Services.Enable = []string{v} }},
	{"disabled service", "nginx", func(in *Install, _ *Subject, v string) { in.Services.Disable = []string{v} }},
	{"firewall's service", "http", func(in *Install, _ *Subject, v string) { in.Firewall.Services = []string{v} }},
	{"firewall's port", "8080/tcp", func(in *Install, _ *Subject, v string) { in.Firewall.Ports[0] = v }},
	{"selinux", "enforcing", func(in *Install, _ *Subject, v string) { in.SELinux = v }},
	{"kernel argument", "nomodeset", func(in *Install, _ *Subject, v string) { in.KernelArgs[0] = v }},
	{"post", "true\n", func(in *Install, _ *Subject, v string) { in.Post = v }},
	{"end", "reboot", func(in *Install, _ *Subject, v string) { in.End = v }},
	{"profile", "other", func(_ *Install, s *Subject, v string) { s.Profile = v }},
	{"image", "other", func(_ *Install, s *Subject, v string) { s.Image.Name = v }},
}

// hard are the hostile values for every dialect.
var hard = append([]string{
	"x\ny", "x\r\ny: z", "x\n%end\n%pre\ntouch /x\n%end\n", "%include /etc/passwd", "%end", "x %end", "{{.Server}}", "{{.}}", "x]]>y", "]]>",
	"</user><user>", "<!-- x -->", "-->", "&amp;", "&x;", "!!python/object x", "!!binary x", "*alias", "&anchor", "- x", "? x", "x: y", "# x", "x #y",
	"yes", "null", "010", "~", "1e3", "\"", "'", "\\", "x\\ny", "\"; touch /x; \"", "'; touch /x; '", "$(touch /x)", "`touch /x`", "${IFS}", "$disk1", "\x00disk1\x00",
	"x\x1by", "x\u202ey", "\u2066x", "x\u2028y", "x\ufeff", "\xff", "SEEDBED-FILE-END", "x\nSEEDBED-FILE-END\ntouch /x", "--root", "-", "@disk", "/dev/seedbed-disk-1",
	strings.Repeat("x", 64<<10), strings.Repeat("'", 64<<10),
}, hostile...)

func TestNoValueBreaksOutOfAnyDialect(t *testing.T) {
	for _, r := range []release{
		{"ubuntu-12.04", "precise", image.Ubuntu, Kickseed}, // holds what preseed says, word for word
		{"ubuntu-24.04", "noble", image.Subiquity, ""}, {"rhel-9", "", image.RedHat, ""}, {"sles-15", "", image.SUSE, ""}, {"sles-16", "", image.SUSE, ""}, {"coreos", "", image.CoreOS, ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			taken, refused := 0, 0
			for _, f := range everyField {
				a, b := r.hostile(t, f.name, f.set, f.good)
				taken, refused = taken+a, refused+b
			}
			t.Logf("%d values in %d fields: %d taken, each in its place; %d refused", taken+refused, len(everyField), taken, refused)
		})
	}
}

// hostile puts each hard value into one field, and compares with what a good
// value changes. It counts those that are taken and those that are refused.
func (r release) hostile(t *testing.T, name string, set func(*Install, *Subject, string), good string) (taken, refused int) {
	render := func(v string) (Document, error) {
		in, s := full(), r.subject()
		in.Network.Search = []string{"example.org", "lab.example.org"}
		in.Network.Interfaces[4].Addresses = []netip.Prefix{netip.MustParsePrefix("203.0.113.9/24")}
		if v != "\x00base" {
			set(&in, &s, v)
		}
		if err := finding.Check(&in, s).Err(); err != nil { // as every writer begins
			return Document{}, err
		}
		return r.render(&in, s)
	}
	base, err := render("\x00base")
	if err != nil {
		t.Fatal(err)
	}
	other, err := render(good)
	if err != nil {
		t.Logf("%s cannot be said at all: %v", name, err)
		return 0, 0
	}
	before, after := values(t, r, base), values(t, r, other)
	for _, v := range hard {
		d, err := render(v)
		if err != nil {
			if fault.KindOf(err) != fault.Invalid {
				t.Errorf("%s = %.60q: kind %v: %v", name, v, fault.KindOf(err), err)
			}
			if len(err.Error()) > 4000 {
				t.Errorf("%s = %.60q: the fault is %d bytes long", name, v, len(err.Error()))
			}
			refused++
			continue
		}
		taken++
		got := values(t, r, d)
		for place, text := range got { // a value that is a key of a map
			if same := strings.NewReplacer("."+v+".", "."+good+".", "."+v+" keys", "."+good+" keys").Replace(place); same != place {
				delete(got, place)
				got[same] = text
			}
		}
		for place := range union(got, after) {
			_, there := got[place]
			_, expected := after[place]
			if _, was := before[place]; there != expected && (there != was || name != "end") {
				t.Errorf("%s = %.60q: %s comes or goes: %.200q", name, v, place, got[place])
				continue
			}
			switch {
			case after[place] == before[place] && got[place] != before[place] && name != "end":
				t.Errorf("%s = %.60q changes %s to %.200q", name, v, place, got[place])
			case after[place] != before[place] && strings.Count(after[place], good) == 1 && len(good) > 3 && len(after[place]) < 200 &&
				got[place] != strings.Replace(after[place], good, v, 1) && !strings.Contains(name, "prefix"):
				t.Errorf("%s = %.60q: %s reads %.200q, not %.200q", name, v, place, got[place], strings.Replace(after[place], good, v, 1))
			}
		}
		for place, text := range got {
			if before[place] == text || after[place] == text {
				delete(got, place) // looked at already
			}
		}
		r.scripts(t, name+" = "+v, got)
	}
	return taken, refused
}

// scripts checks the syntax of every value that is a script.
func (r release) scripts(t *testing.T, what string, got map[string]string) {
	t.Helper()
	for place, text := range got {
		if strings.Contains(place, "post.sh") || !strings.Contains(text, "\n") {
			continue
		}
		if strings.Contains(text, "curl ") || strings.Contains(text, "wget ") {
			parses(t, fmt.Sprintf("%.80q at %s", what, place), []byte(text))
		}
	}
}
