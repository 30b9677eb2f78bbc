package finding

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"seedbed/internal/core/answer/intent"
	"seedbed/internal/fault"
)

// List collects all that is wrong with one Install, and what a dialect
// loses of it. Fields are named by their path in the settings.
type List struct {
	in     *intent.Install
	list   fault.List
	losses []intent.Loss
}

// New is an empty collection about in.
func New(in *intent.Install) *List { return &List{in: in} }

// Bad adds an error. Messages name the field, never the value of a secret.
func (f *List) Bad(field, hint, format string, args ...any) {
	f.list = append(f.list, fault.Finding{Position: f.in.Place(field), Severity: "error", Msg: "install." + field + ": " + fmt.Sprintf(format, args...), Hint: hint})
}

// Lose adds what the dialect cannot express: the new system differs.
func (f *List) Lose(field, why string, args ...any) {
	f.losses = append(f.losses, intent.Loss{Field: field, Why: fmt.Sprintf(why, args...), Severity: intent.Warning})
}

// Remark adds what the dialect reaches by another way than its own words.
func (f *List) Remark(field, why string, args ...any) {
	f.losses = append(f.losses, intent.Loss{Field: field, Why: fmt.Sprintf(why, args...), Severity: intent.Note})
}

// Losses are those added so far.
func (f *List) Losses() []intent.Loss { return f.losses }

// Err is what was found, or nil.
func (f *List) Err() error {
	if len(f.list) == 0 {
		return nil
	}
	return fault.Wrap(f.list, fault.Invalid, f.list[0].Hint, "")
}

// Word wants value to match; an empty one is fine.
func (f *List) Word(field, value string, want *regexp.Regexp, hint string) {
	if value != "" && !want.MatchString(value) {
		f.Bad(field, hint, "%s cannot be used", Shown(value))
	}
}

// OneOf wants one of a few words; an empty one is fine.
func (f *List) OneOf(field, value string, words ...string) {
	if value == "" {
		return
	}
	for _, w := range words {
		if w == value {
			return
		}
	}
	f.Bad(field, "one of: "+strings.Join(words, ", "), "%s cannot be used", Shown(value))
}

// Shown is a value for a message: quoted, and cut where it is long.
func Shown(v string) string {
	if len(v) > 80 {
		v = v[:80] + "…"
	}
	return fmt.Sprintf("%q", v)
}

// Line wants free text that fits one line.
func (f *List) Line(field, value string) {
	if err := CheckLine(value); err != nil {
		f.Bad(field, "write it on one line, as plain text", "%v", err)
	}
}

// Comment is a text as it can stand in a comment's line: "?" for what cannot.
func Comment(text string) string {
	return strings.Map(func(c rune) rune {
		if CheckLine("x"+string(c)+"x") != nil {
			return '?'
		}
		return c
	}, text)
}

// CheckLine says why value cannot be one line of every dialect, or nil. It
// never holds the value, which may be a secret.
func CheckLine(value string) error {
	switch {
	case !utf8.ValidString(value):
		return fmt.Errorf("it is not valid UTF-8")
	case strings.ContainsFunc(value, unprintable):
		return fmt.Errorf("it holds a line break or a control character")
	case strings.TrimSpace(value) != value:
		return fmt.Errorf("it begins or ends with a blank")
	case strings.HasSuffix(value, `\`):
		return fmt.Errorf("it ends with a backslash")
	case len(value) > 4096:
		return fmt.Errorf("it is longer than 4096 bytes")
	}
	return nil
}

// unprintable finds what cannot stand in a line: control characters, the two
// line separators of Unicode, those that turn the direction of writing (what a
// person reads would not be what the installer reads), and what XML cannot
// hold.
func unprintable(r rune) bool {
	switch {
	case r == '\u2028', r == '\u2029', r == '\ufeff', r == '\ufffe', r == '\uffff':
		return true
	case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069', r == '\u200e', r == '\u200f', r == '\u061c':
		return true
	}
	return unicode.IsControl(r)
}

// URL wants an http or https address without user, query or fragment.
func (f *List) URL(field, value string) *url.URL {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || !hostPort().MatchString(u.Host) ||
		u.User != nil || u.RawQuery != "" || u.Fragment != "" || !plainPath().MatchString(u.EscapedPath()) || len(value) > 2000 {
		f.Bad(field, "write it as http://host/path", "%s is not an address that the installer can use", Shown(value))
		return nil
	}
	return u
}

var (
	hostPort  = lazy(`^([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:[0-9]+)?$`)
	plainPath = lazy(`^[A-Za-z0-9/._~%+:@=,-]*$`)
)

func (f *List) hash(field, value string) {
	if value != "" && (!cryptWord().MatchString(value) || len(value) > 512) {
		f.Bad(field, "make a hash with: openssl passwd -6", "it is not a crypt(3) hash")
	}
}

func (f *List) keys(field string, keys []string) {
	for i, k := range keys {
		at := fmt.Sprintf("%s[%d]", field, i)
		f.Line(at, k)
		if !keyWord().MatchString(k) {
			f.Bad(at, "give the one line of a .pub file", "it is not a public SSH key")
		}
	}
}
