package finish

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestFailureSendsTheEndOfTheLogs runs the text in the shells that installers
// have, with the programs that they have.
func TestFailureSendsTheEndOfTheLogs(t *testing.T) {
	var got []string
	web := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got = append(got, r.Method+" "+r.URL.RequestURI()+"\n"+string(b))
	}))
	defer web.Close()
	logs := t.TempDir()
	var long strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&long, "line %d\n", i)
	}
	for name, text := range map[string]string{"a.log": long.String() + "100 % of it; $(touch /tmp/x) `id`\n", "b.log": "one\n", "empty.log": ""} {
		if err := os.WriteFile(filepath.Join(logs, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	script := Failure(web.URL+"/events/t/failed?why=installer", logs+"/*.log", "/no/such.log")
	for line := range strings.Lines(script) {
		if strings.HasPrefix(line, "%") {
			t.Errorf("%q begins with %%", line)
		}
	}
	for name, c := range map[string]struct{ shell, fetch []string }{
		"sh and curl":             {[]string{"dash"}, []string{"curl"}},
		"bash and wget":           {[]string{"bash"}, []string{"wget"}},
		"busybox alone":           {[]string{"busybox", "sh"}, []string{"busybox:wget"}},
		"nothing to fetch with":   {[]string{"dash"}, nil},
		"curl is there, and wget": {[]string{"dash"}, []string{"curl", "wget"}},
	} {
		t.Run(name, func(t *testing.T) {
			bin := t.TempDir()
			for _, p := range append([]string{c.shell[0], "tail", "rm"}, c.fetch...) {
				program, as, ok := strings.Cut(p, ":")
				if !ok {
					as = program
				}
				path, err := exec.LookPath(program)
				if err != nil {
					t.Skip(program + " is not on this host")
				}
				if err := os.Symlink(path, filepath.Join(bin, as)); err != nil {
					t.Fatal(err)
				}
			}
			shell, _ := exec.LookPath(c.shell[0])
			if out, err := exec.Command(shell, append(c.shell[1:], "-n", "-c", script)...).CombinedOutput(); err != nil {
				t.Fatalf("its syntax: %v\n%s", err, out)
			}
			got = nil
			cmd := exec.Command(shell, append(c.shell[1:], "-c", script)...)
			cmd.Env = []string{"PATH=" + bin, "no_proxy=*"}
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
			if len(c.fetch) == 0 {
				return
			}
			want := "POST /events/t/failed?why=installer\n== " + logs + "/a.log\nline 961\n"
			end := "line 999\n100 % of it; $(touch /tmp/x) `id`\n== " + logs + "/b.log\none\n"
			if len(got) != 1 || !strings.HasPrefix(got[0], want) || !strings.HasSuffix(got[0], end) {
				t.Errorf("got %q", got)
			}
		})
	}
	if Failure("", "/x") != "" {
		t.Error("without an address there is a script")
	}
}
