package debian

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/image"
)

const (
	hash  = "$6$saltsalt$bmF2ZXIgYSByZWFsIHBhc3N3b3JkLCBidXQgdGhlIHNoYXBlIG9mIG9uZQ"
	key   = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGV4YW1wbGVleGFtcGxlZXhhbXBsZWV4YW1wbGUg ops@desk"
	other = "from=\"192.0.2.0/24\",command=\"echo 'hi'\" ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQexample it's me"
)

func subject() intent.Subject {
	return intent.Subject{
		Image:  image.Image{Name: "debian-13-amd64", Family: image.Debian, Release: "debian-13", Codename: "trixie", Mirror: true, Signed: true},
		Server: "http://192.0.2.150", AnswerURL: "http://192.0.2.150/answer/t0k3n/", HostName: "node1",
		CallbackURL: "http://192.0.2.150/events/t0k3n/installed", FailURL: "http://192.0.2.150/events/t0k3n/failed",
		Mirror: "http://192.0.2.150/images/debian-13-amd64",
	}
}

// sandbox is a directory with stand-ins for programs. Scripts under test run
// with a PATH that holds the stand-ins and a few harmless programs, and
// nothing else: they make accounts, and must never reach this host's.
type sandbox struct{ dir string }

func newSandbox(t *testing.T) sandbox {
	t.Helper()
	b := sandbox{t.TempDir()}
	for _, sub := range []string{"bin", "target/root", "served", "home"} {
		if err := os.MkdirAll(filepath.Join(b.dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, prog := range []string{"sh", "cat", "cut", "cp", "rm", "mkdir", "chmod", "basename"} {
		real, err := exec.LookPath(prog)
		if err != nil {
			t.Skip(prog + " is not installed")
		}
		if err := os.Symlink(real, filepath.Join(b.dir, "bin", prog)); err != nil {
			t.Fatal(err)
		}
	}
	for prog, text := range map[string]string{
		"wget":      "echo wget $4\n[ $3 = /dev/null ] || cp " + b.dir + "/served/$(basename $4) $3\n",
		"in-target": "echo in-target \"$3\" : \"$5\" \"$6\"\ncat " + b.dir + "/target$5 " + b.dir + "/target$6 2>/dev/null\nexit $STATUS\n",
		"useradd":   "echo useradd \"$@\"\n",
		"getent":    "[ $2 = nobody-knows ] || echo $2:x:1:1::" + b.dir + "/home/$2:/bin/sh\n",
		"chown":     "echo chown \"$@\"\n",
		"id":        "echo $2\n",
		"logger":    "", "sleep": "", "sync": "",
	} {
		b.write(t, "bin/"+prog, "#!/bin/sh\n"+text)
	}
	return b
}

func (b sandbox) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

// run runs a script after its absolute paths have been moved into the sandbox.
func (b sandbox) run(t *testing.T, script, status string) (string, error) {
	t.Helper()
	script = strings.NewReplacer("/target/", b.dir+"/target/", "/etc/sudoers.d", b.dir+"/sudoers.d").Replace(script)
	if strings.Contains(script, " /etc") || strings.Contains(script, ">/etc") {
		t.Fatalf("it would write outside the sandbox:\n%s", script)
	}
	cmd := exec.Command("sh", "-c", script)
	cmd.Env = []string{"PATH=" + b.dir + "/bin", "STATUS=" + status}
	cmd.Stdin = strings.NewReader("debconf's answers\n")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func lateDocument(t *testing.T, post string) intent.Document {
	t.Helper()
	in := intent.Install{RootPassword: hash, SSHKeys: []string{key, other}, Post: post,
		Users: []intent.User{{Name: "ops", Sudo: true, SSHKeys: []string{other}}, {Name: "dev", FullName: "It's Dev", Password: hash, Sudo: true}}}
	d, err := Preseed(&in, subject())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestLateScriptRunsPostAndReports(t *testing.T) {
	for _, c := range []struct{ name, post, status, runs, told string }{
		{"all is well", "echo post by sh\n", "0", ": sh /root/.seedbed-post\necho post by sh\n", "installed"},
		{"its own interpreter", "#!/usr/bin/perl\nprint 1\n", "0", ": /root/.seedbed-post \n#!/usr/bin/perl\nprint 1\n", "installed"},
		{"the last that failed is told", "true\n", "3", "/root/.seedbed-post", "failed?why=post"},
		{"accounts failed", "", "1", "/root/.seedbed-accounts", "failed?why=accounts"},
		{"no post", "", "0", "/root/.seedbed-accounts", "installed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, d := newSandbox(t), lateDocument(t, c.post)
			b.write(t, "served/"+postName, string(d.Extra[postName]))
			log, err := b.run(t, string(d.Extra[lateName]), c.status)
			if err != nil {
				t.Fatalf("it ended with %v; the installer would ask:\n%s", err, log)
			}
			if !strings.Contains(log, "/events/t0k3n/"+c.told+"\n") || strings.Count(log, "/events/") != 1 {
				t.Errorf("it must tell %s, once; log:\n%s", c.told, log)
			}
			if !strings.Contains(log, c.runs) {
				t.Errorf("%q is not in the log:\n%s", c.runs, log)
			}
			if strings.Contains(log, "debconf's answers") {
				t.Errorf("something read debconf's answers:\n%s", log)
			}
			if left, _ := filepath.Glob(filepath.Join(b.dir, "target/root/.seedbed*")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestWrapperKeepsDebconfsAnswersFromScripts(t *testing.T) {
	cmd := exec.Command("sh", "-c", wrapper, "sh", "cat")
	cmd.Stdin = strings.NewReader("debconf's answers\n")
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("a script that reads its input got %q, %v", out, err)
	}
}

func TestAccountScriptWritesUsersKeysAndSudoRules(t *testing.T) {
	b := newSandbox(t)
	in := intent.Install{SSHKeys: []string{key, other},
		Users: []intent.User{{Name: "ops", Sudo: true, SSHKeys: []string{other}}, {Name: "dev", FullName: "It's Dev", Password: hash, Sudo: true}}}
	log, err := b.run(t, accountScript(&in, subject()), "0")
	if err != nil {
		t.Fatalf("%v:\n%s", err, log)
	}
	if !strings.Contains(log, "useradd -m -U -s /bin/bash -c It's Dev -p "+hash+" dev\n") || strings.Count(log, "useradd") != 1 {
		t.Errorf("dev and only dev is to be made here; log:\n%s", log)
	}
	for file, want := range map[string]string{
		"home/root/.ssh/authorized_keys": key + "\n" + other + "\n",
		"home/ops/.ssh/authorized_keys":  other + "\n",
		"sudoers.d/seedbed-ops":          "ops ALL=(ALL:ALL) NOPASSWD: ALL\n",
		"sudoers.d/seedbed-dev":          "dev ALL=(ALL:ALL) ALL\n",
	} {
		if got, err := os.ReadFile(filepath.Join(b.dir, file)); err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v; want %q", file, got, err, want)
		}
	}
	in = intent.Install{Users: []intent.User{{Name: "nobody-knows", SSHKeys: []string{key}}}}
	if log, err := b.run(t, accountScript(&in, subject()), "0"); err == nil {
		t.Errorf("a user whom the installer did not make is no failure:\n%s", log)
	}
}
