package answer

import (
	"strings"
	"testing"

	"seedbed/internal/core/answer/kickstart"
	"seedbed/internal/core/answer/kickstart/check"
	"seedbed/internal/core/answer/kickstart/table"
	"seedbed/internal/core/image"
)

// included is a Kickstart file with what its %pre writes in the place of the
// %include: the script is run with a disk and cards for the taking.
func included(t *testing.T, text string) string {
	t.Helper()
	head, rest, ok := strings.Cut(text, "%include /tmp/seedbed.ks\n")
	if !ok {
		return text
	}
	script := kickstart.Parse(text).Sections("%pre")[0].Script()
	_, body, _ := strings.Cut(script, "\n{\n")
	body, _, _ = strings.Cut(body, "\n} >/tmp/seedbed.ks")
	out := sh(t, "disk1=vda disk2=vdb nic000c2983d1d1=ens1 nic000c2983d1d2=ens2\n"+body)
	return head + out + rest
}

func TestKickstartIsGoodForItsRelease(t *testing.T) {
	for _, r := range releases {
		if r.family != image.RedHat {
			continue
		}
		for variant, in := range variants() {
			d, err := r.render(&in, r.subject())
			if err != nil {
				t.Errorf("%s, %s: %v", r.name, variant, err)
				continue
			}
			v, err := table.ParseVersion(r.name)
			if err != nil {
				t.Fatal(err)
			}
			text := included(t, string(d.Bytes))
			report := check.File(kickstart.Parse(text), v)
			for _, p := range report.Problems {
				if strings.Contains(p.Msg, "has already been defined") && strings.Contains(text, "--vlanid") {
					continue // said of every VLAN: pykickstart compares --device alone
				}
				t.Errorf("%s, %s: line %d: %+v\n%s", r.name, variant, p.Line, p, strings.Split(text, "\n")[p.Line-1])
			}
			for _, part := range []string{"%pre", "%post", "%onerror"} {
				for _, n := range kickstart.Parse(string(d.Bytes)).Sections(part) {
					parses(t, r.name+" "+part, []byte(n.Script()))
				}
			}
		}
	}
}
