package pulse

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

func TestAPulseStandsStillWithTheProgram(t *testing.T) {
	at := 3 * time.Hour
	p := By(func() time.Duration { return at })
	began := p.Now()
	steps := []struct {
		name      string
		step      time.Duration
		times     int
		ran, lost time.Duration // in all
	}{
		{"looked at often", Beat, 40, 10 * time.Second, 0},
		{"a busy computer", Stood, 1, 15 * time.Second, 0},
		{"a standstill", 2 * time.Minute, 1, 15*time.Second + Beat, 2*time.Minute - Beat},
		{"looked at often again", Beat, 4, 16*time.Second + Beat, 2*time.Minute - Beat},
		{"a second one", time.Hour, 1, 16*time.Second + 2*Beat, time.Hour + 2*time.Minute - 2*Beat},
	}
	for _, s := range steps {
		for range s.times {
			at += s.step
			p.Lost()
		}
		if ran, lost := p.Since(began), p.Lost(); ran != s.ran || lost != s.lost {
			t.Errorf("%s: %s passed, %s lost; want %s and %s", s.name, ran, lost, s.ran, s.lost)
		}
	}
}

func TestAPulseThatHasEndedLosesNothing(t *testing.T) {
	at := time.Minute
	p := By(func() time.Duration { return at })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p.beat(ctx)
	began := p.Now()
	at += time.Hour
	if p.Lost() != 0 || p.Since(began) != time.Hour {
		t.Errorf("%s passed, %s lost", p.Since(began), p.Lost())
	}
}

func TestNoPulseIsTheClock(t *testing.T) {
	var p *Pulse
	if d := p.Since(time.Now().Add(-time.Hour)); d < time.Hour || d > time.Hour+time.Minute || p.Lost() != 0 {
		t.Errorf("%s passed, %s lost", d, p.Lost())
	}
}

// A process of its own is stopped and goes on, as by a shell's Ctrl-Z and fg.
func TestAStoppedProcessHasLostTheTime(t *testing.T) {
	if os.Getenv("PULSE_CHILD") != "" {
		p := Start(t.Context())
		fmt.Println("beats")
		for p.Lost() == 0 {
			time.Sleep(Beat)
		}
		fmt.Println(int64(p.Lost()))
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self, "-test.run=^TestAStoppedProcessHasLostTheTime$")
	c.Env = append(os.Environ(), "PULSE_CHILD=1")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	limit := time.AfterFunc(time.Minute, func() { c.Process.Kill() })
	defer limit.Stop()
	lines := bufio.NewReader(out)
	if s, err := lines.ReadString('\n'); s != "beats\n" {
		t.Fatal(s, err)
	}
	const still = Stood + 2*time.Second
	c.Process.Signal(syscall.SIGSTOP)
	time.Sleep(still)
	c.Process.Signal(syscall.SIGCONT)
	var lost time.Duration
	if _, err := fmt.Fscan(lines, (*int64)(&lost)); err != nil || lost < still-2*Beat || lost > still+10*time.Second {
		t.Errorf("%s lost after %s: %v", lost, still, err)
	}
	c.Wait()
}
