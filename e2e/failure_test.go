//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"seedbed/internal/core/answer/finish"
	"seedbed/internal/wire/dhcp/packet"
)

// TestShortAFailureComesWithItsLog: what the rendered files of Anaconda,
// subiquity and AutoYaST run at a failure ends the attempt, says why, and keeps
// the last lines of the installer's logs.
func TestShortAFailureComesWithItsLog(t *testing.T) {
	room, client := classicNet(t)
	need(t, "curl")
	v := newServer(t, room, netbootTree(t), again)
	v.serve(t, "--force")
	c := newCaller(t, client, "c1", "192.168.0.50/24")
	c.say("00:0c:29:83:d1:d1", packet.Discover, rom(0)...)
	c.hear(5*time.Second, func(all []packet.Message) bool { return len(all) > 0 })
	answer := answerURL.FindStringSubmatch(curl(t, client, "tftp://"+serverAddr+"/pxelinux.cfg/01-00-0c-29-83-d1-d1"))
	if answer == nil {
		t.Fatal("the machine is not installed")
	}
	end := endURL.FindStringSubmatch(curl(t, client, strings.Replace(answer[1], "preseed.cfg", "late.sh", 1)))
	if end == nil {
		t.Fatal("no callback in late.sh")
	}
	dir := scratch(t)
	log := ""
	for i := range 3000 {
		log += fmt.Sprintf("10:00:01,%03d INF packaging: installing package %d, as it should be\n", i%1000, i)
	}
	write(t, dir, "anaconda.log", log+"10:00:09,000 ERR packaging: rootpw=hunter2\n10:00:09,001 ERR dnf: nothing provides nosuch\n")
	failed := strings.Replace(end[1], "/installed", "/failed", 1) + "?why=installer"
	client.run(t, "sh", "-c", finish.Failure(failed, dir+"/*.log"))
	installs := v.cli(t, "installs", "--json")
	for _, want := range []string{`"failed"`, `the installer says that it failed (\"dnf: nothing provides nosuch\"): \"installer\"`} {
		if !strings.Contains(installs, want) {
			t.Errorf("no %s in\n%s", want, installs)
		}
	}
	kept := v.cli(t, "installs", "--attempt", "1", "--show", "log")
	if !strings.Contains(kept, "installing package 2999") || !strings.Contains(kept, "nothing provides nosuch") || strings.Contains(kept, "hunter2") || strings.Count(kept, "\n") > 60 {
		t.Errorf("the log that is kept:\n%s", kept)
	}
	// Once it is over, nobody can fill the disk by it, and too much is refused.
	client.run(t, "sh", "-c", finish.Failure(failed, dir+"/*.log"))
	if again := v.cli(t, "installs", "--attempt", "1", "--show", "log"); again != kept {
		t.Errorf("after the end the log grows by %d bytes", len(again)-len(kept))
	}
	write(t, dir, "huge", strings.Repeat("x", 2<<20))
	if code := curl(t, client, "-o", "/dev/null", "-w", "%{http_code}", "--data-binary", "@"+dir+"/huge", failed); code != "413" {
		t.Errorf("2 MiB at once: HTTP %s", code)
	}
}
