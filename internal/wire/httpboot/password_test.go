package httpboot

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// iPXE tells a password only to who asks for one (RFC 7617), and nobody else
// may see it.
func TestPasswordsAreAskedForAndNotLogged(t *testing.T) {
	b := newBench(t)
	basic := func(p string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte("anybody:"+p)) }
	r, _ := b.do(t, "GET", "/locked")
	if r.StatusCode != http.StatusUnauthorized || r.Header.Get("WWW-Authenticate") != `Basic realm="menu"` || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("without a password: %s %v", r.Status, r.Header)
	}
	if r, _ := b.do(t, "GET", "/locked", "Authorization", basic("hunter2")); r.StatusCode != http.StatusUnauthorized {
		t.Errorf("with a wrong password: %s", r.Status)
	}
	if r, text := b.do(t, "GET", "/locked", "Authorization", basic("sesame: open%")); r.StatusCode != http.StatusOK || len(text) != len(data) {
		t.Errorf("with the right password: %s, %d bytes", r.Status, len(text))
	}
	if r, _ := b.do(t, "GET", "/guessed", "Authorization", basic("hunter3")); r.StatusCode != http.StatusTooManyRequests || r.Header.Get("Retry-After") != "10" {
		t.Errorf("after too many: %s, again in %q", r.Status, r.Header.Get("Retry-After"))
	}
	b.Close()
	log := b.log.String()
	for _, told := range []string{"hunter", "sesame", basic("hunter2")[6:]} {
		if strings.Contains(log, told) || strings.Contains(fmt.Sprint(b.events), told) {
			t.Errorf("%q is told:\n%s%v", told, log, b.events)
		}
	}
	if n := strings.Count(log, "level=WARN"); n != 2 {
		t.Errorf("%d warnings of 2 wrong guesses:\n%s", n, log)
	}
}
