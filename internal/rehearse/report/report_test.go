package report

import (
	"bytes"
	"encoding/xml"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"seedbed/internal/core/install"
	"seedbed/internal/core/lint"
	"seedbed/internal/fault"
	"seedbed/internal/golden"
)

// sample is a rehearsal that stopped at a question, with everything hostile
// that a machine or a file may hold.
func sample(dir string) Result {
	evil := `<script>alert("x")</script>`
	asks := Explain("partman/confirm_nooverwrite", []lint.Finding{{Rule: "A015", Question: "partman/confirm_nooverwrite", Msg: "partman/confirm_nooverwrite is not answered", Fix: "set it to true"}})
	asks.After = 40 * time.Second
	return Result{Began: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC), Machine: "rehearsal", Profile: "own", Image: "debian-13", Firmware: "bios", Accel: "tcg",
		Questions: 1, Question: asks.Key, Asks: &asks, Why: asks.Why, Took: time.Minute, Requests: 3, Bytes: 1_500_000, Dir: dir,
		Stages: []Stage{{0, "", "power on", 1}, {2 * time.Second, install.Scripted, "ipxe script", 1}, {5 * time.Second, install.Fetched, "initrd.gz", 1},
			{20 * time.Second, install.Answered, "preseed preseed.cfg", 1}, {30 * time.Second, install.Reported, evil, 1}},
		Findings: []lint.Finding{{Position: fault.Position{File: "own.cfg", Line: 2, Column: 1}, Rule: "A002", Severity: lint.Error, Msg: "the pair differs " + evil, Fix: "mend it"}},
		Served:   []Served{{At: 2 * time.Second, Boot: 1, Path: "boot.ipxe", Bytes: 500}, {At: 30 * time.Second, Boot: 1, Path: evil, Bytes: 7, Failed: true}},
		Screens:  []Screen{{At: time.Minute, Boot: 1, Caption: "where it stopped " + evil, File: "screen.png"}},
		Console:  []string{"Write the changes to disks?", evil + "\x1b[31m\x00\xff"},
		Verified: []Verified{{Command: "false", Error: "exit status 1", Output: evil}}, AnswerName: "own.cfg", AnswerFile: "# own\nd-i passwd/root-password password sesame open\nd-i x/y string " + evil + "\n",
		Documents: []Document{{"boot.ipxe", "#!ipxe\nboot\n"}}}
}

func TestReportPage(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "screen.png"), []byte("a picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := sample(dir).HTML(&b); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, bad := range []string{"<script", "ZgotmplZ", "sesame", "http://", "https://", "\x00"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	for _, want := range []string{"data:image/png;base64,YSBwaWN0dXJl", "A002", "(rule A015)", "<code>partman/confirm_nooverwrite</code>", "(hidden)", "exit status 1", "boot.ipxe"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	golden.Check(t, "report.html", b.String())
}

// The bars are to scale: 15 of 60 seconds are a quarter of what is drawn.
func TestTimelineIsToScale(t *testing.T) {
	v := view{Result: sample("")}
	v.draw()
	near := func(got, want float64) bool { return math.Abs(got-want) < 0.01 }
	if len(v.Bars) != 4 {
		t.Fatalf("%d bars: %+v", len(v.Bars), v.Bars)
	}
	quarter, last := v.Bars[2], v.Bars[3]
	if !near(quarter.W, drawn/4) || !near(quarter.X, drawn*5/60) || last.Name != "it stops at partman/confirm_nooverwrite" || !near(last.X+last.W, drawn) {
		t.Errorf("bars: %+v", v.Bars)
	}
}

func TestJUnit(t *testing.T) {
	var b bytes.Buffer
	if err := sample("").JUnit(&b); err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "junit.xml", b.String())
	dec, cases := xml.NewDecoder(&b), 0
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if s, ok := tok.(xml.StartElement); ok && s.Name.Local == "testcase" {
			cases++
		}
	}
	if cases != len(marks)+1 {
		t.Errorf("%d test cases", cases)
	}
}

func TestPasswordsAreMasked(t *testing.T) {
	for _, text := range []string{
		"d-i passwd/root-password password open sesame", "d-i passwd/user-password-again password open sesame", "d-i passwd/root-password-crypted password $6$sesame$sesame",
		"rootpw --iscrypted $6$sesame$sesame", "rootpw sesame", "rootpw --plaintext sesame", "user --name=ops --password=sesame --groups=wheel", "autopart --encrypted --passphrase=sesame",
		"    password: $6$sesame/x$sesame", `{"hashedPassword": "$y$sesame$sesame"}`, "<user_password>sesame</user_password>", `"passphrase": "sesame",`,
	} {
		if got := masked(text); strings.Contains(got, "sesame") || !strings.Contains(got, "(hidden)") {
			t.Errorf("%s\nis shown as %s", text, got)
		}
	}
	for _, text := range []string{"d-i passwd/make-user boolean false", "d-i pkgsel/include string openssh-server", "echo $1 $HOME", "# password of * lets nobody in"} {
		if got := masked(text); got != text {
			t.Errorf("%s\nis shown as %s", text, got)
		}
	}
}
