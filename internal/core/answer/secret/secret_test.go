package secret

import (
	"os/exec"
	"strings"
	"testing"
)

func TestHashIsOneThatOpenSSLMakesToo(t *testing.T) {
	hash, err := Hash("correct horse; battery 'staple'")
	if err != nil || !IsHash(hash) || !strings.HasPrefix(hash, "$6$rounds=100000$") {
		t.Fatalf("got %q, %v", hash, err)
	}
	again, _ := Hash("correct horse; battery 'staple'")
	if again == hash {
		t.Error("two hashes of one password are the same: no salt")
	}
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	salt := strings.Join(strings.Split(hash, "$")[2:4], "$")
	out, err := exec.Command(openssl, "passwd", "-6", "-salt", salt, "correct horse; battery 'staple'").Output()
	if err != nil || strings.TrimSpace(string(out)) != hash {
		t.Errorf("openssl makes %q, %v; we made %q", out, err, hash)
	}
}

func TestWeakPasswordsAreKnownInClearAndHashed(t *testing.T) {
	for _, w := range []string{"123456789", "Password", " root "} {
		if !Weak(w) {
			t.Errorf("%q passes", w)
		}
	}
	if Weak("correct horse battery staple") {
		t.Error("a good one is called weak")
	}
	for hash, want := range map[string]string{
		"$6$saltsalt$HuIoUJTJFJOy6.kyXTbADsVnEgfkP4JLNhOfT3x5DXqAoX6nE5nyZEjOUIMiLPJzjIhQHlcnElOmIAX3bl5Ax/": "",
		"$6$rounds=999999999$saltsalt$x":  "",
		"$6$saltsalt$bmF2ZXIgYSByZWFsIHA": "",
		"*":                               "", "$7$x$y$z": "",
	} {
		if got := WeakHash(hash); got != want {
			t.Errorf("%s: %q, want %q", hash, got, want)
		}
	}
	for _, kind := range []string{"-6", "-5", "-1"} {
		out, err := exec.Command("openssl", "passwd", kind, "123456789").Output()
		if err != nil {
			t.Skip("openssl is not installed")
		}
		if got := WeakHash(strings.TrimSpace(string(out))); got != "123456789" {
			t.Errorf("%s: %q", out, got)
		}
	}
}

func TestWhatIsNoPasswordIsRefused(t *testing.T) {
	for _, p := range []string{"", "a\nb", "a\x00"} {
		if _, err := Hash(p); err == nil {
			t.Errorf("%q is hashed", p)
		}
	}
}
