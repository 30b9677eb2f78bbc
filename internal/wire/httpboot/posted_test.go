package httpboot

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// Proxmox's installers ask for their answers by POST, and tell what they are.
func TestAnswersAreGivenToWhoPosts(t *testing.T) {
	b := newBench(t)
	post := func(path, body string) (int, string) {
		r, err := http.Post(b.URL+path, "application/json; charset=utf-", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		text, _ := io.ReadAll(r.Body)
		return r.StatusCode, string(text)
	}
	if code, text := post("/answer/posted", `{"cards":[]}`); code != 200 || text != string(data) {
		t.Errorf("%d, %d bytes", code, len(text))
	}
	if code, _ := post("/answer/posted", "hello"); code != http.StatusUnprocessableEntity {
		t.Errorf("other words: %d", code)
	}
	if code, _ := post("/answer/posted", strings.Repeat("x", maxBody+1)); code != http.StatusRequestEntityTooLarge {
		t.Errorf("too many: %d", code)
	}
	if r, _ := b.do(t, "GET", "/answer/posted"); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("by GET: %s", r.Status)
	}
	for _, path := range []string{"/boot/x/linux", "/images/x", "/healthz2"} {
		if code, _ := post(path, "{}"); code != http.StatusMethodNotAllowed {
			t.Errorf("%s by POST: %d", path, code)
		}
	}
}
