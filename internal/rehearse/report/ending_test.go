package report

import (
	"strings"
	"testing"
	"time"

	"seedbed/internal/core/lint"
)

func TestEnding(t *testing.T) {
	asked := Explain("netcfg/get_nameservers", nil)
	asked.After = 65 * time.Second
	found := []lint.Finding{{Rule: "A031", Question: ItemFailure, Msg: `the medium has no package "nope"`, Fix: "mend the name, or take it out"}}
	item := Explain(ItemFailure, found)
	item.After, item.Saw = 8*time.Minute, `menu item failed: "pkgsel"`
	for name, c := range map[string]struct {
		r    Result
		want string
	}{
		"installed": {Result{Installed: true, Login: "root@x", Took: 11*time.Minute + 20*time.Second}, "installed, 0 questions, 11 min 20 s"},
		"a question of the catalogue": {Result{Machine: "rehearsal", Asks: &asked, Question: asked.Key, Took: time.Hour},
			`rehearsal asks netcfg/get_nameservers ("Name server addresses:") after 1 min 5 s: ` + asked.Why + ": " + asked.Fix + " (rule D004)"},
		"a failed step and what lint said of it": {Result{Machine: "rehearsal", Asks: &item, Question: item.Key},
			`rehearsal stops at debian-installer/main-menu/item-failure ("Installation step failed") after 8 min 0 s: menu item failed: "pkgsel": the medium has no package "nope": mend the name, or take it out (rule A031)`},
		"no login":      {Result{Installed: true, Why: "no login", Took: 59 * time.Second}, "installed after 59 s, but: no login"},
		"silence":       {Result{Why: "silent for 5m0s", Took: 59 * time.Second}, "not installed after 59 s: silent for 5m0s"},
		"verify failed": {Result{Installed: true, Login: "root@x", Why: "verify: false: it failed", Took: time.Minute}, "installed after 1 min 0 s, but: verify: false: it failed"},
	} {
		if got := c.r.Ending(); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, c.want)
		}
		if c.r.Good() != (name == "installed") {
			t.Errorf("%s: good is %v", name, c.r.Good())
		}
	}
}

func TestExplainPrefersWhatLintFound(t *testing.T) {
	found := []lint.Finding{
		{Rule: "X1", Question: "other/question", Msg: "no"},
		{Rule: "D004", Question: "netcfg/get_nameservers", Msg: "subnet 192.0.2.0/24 hands out no DNS", Fix: "add dns:"},
	}
	a := Explain("netcfg/get_nameservers", found)
	if a.Why != found[1].Msg || a.Fix != "add dns:" || strings.Join(a.Rules, " ") != "D004" {
		t.Errorf("got %+v", a)
	}
	if a = Explain("no/such", nil); a.Why == "" || len(a.Rules) != 0 || a.Text != "" {
		t.Errorf("an unknown question: %+v", a)
	}
}
