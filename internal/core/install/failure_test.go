package install

import (
	"strings"
	"testing"
)

// TestTheTellingLineOfAFailureIsFound: lines in the forms that the installers'
// logs have (Anaconda's anaconda.log, curtin's, YaST's y2log).
func TestTheTellingLineOfAFailureIsFound(t *testing.T) {
	for name, c := range map[string]struct{ log, want string }{
		"a traceback":   {"== /tmp/anaconda.log\n10:00:01,123 INF core: starting\n  File \"x.py\", line 3, in run\npyanaconda.errors.PayloadInstallError: Failed to download packages\n10:00:02 INF exit\n", `"pyanaconda.errors.PayloadInstallError: Failed to download packages"`},
		"a level":       {"10:00:01,123 INF core: starting\n10:00:02,456 ERR packaging: no such group: @nosuch\n10:00:03,000 DBG x: bye\n", `"packaging: no such group: @nosuch"`},
		"YaST's":        {"2026-11-27 10:00:01 <1> install(3377) [Ruby] modules/Foo.rb:12 fine\n2026-11-27 10:00:02 <3> install(3377) [Ruby] lib/bar.rb:7 no root device\n", `"no root device"`},
		"a word":        {"Running command\nE: Unable to locate package nosuch\nbye\n", `"Unable to locate package nosuch"`},
		"nothing":       {"== /tmp/a.log\nall fine\n", ""},
		"empty":         {"", ""},
		"a secret":      {"ERR conf: rootpw=hunter2\n", `"conf: rootpw=…"`},
		"a hash":        {"ERR conf: user $6$abc$defghijk is bad\n", `"conf: user … is bad"`},
		"control bytes": {"ERR a\x1b[2Jb\n", `"a\x1b[2Jb"`},
	} {
		if got := Telling(FailureLog([]byte(c.log))); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	if n := len(FailureLog([]byte(strings.Repeat("x\n", 5000)))); n != failureLines {
		t.Errorf("%d lines are kept", n)
	}
}
