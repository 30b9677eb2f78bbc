package preseed

import "slices"

// EditLine puts other lines in the place of line n, from 1; none deletes it.
// The lines must hold no newline.
func (f *File) EditLine(n int, with ...string) {
	if n < 1 || n > len(f.lines) {
		return
	}
	if n == len(f.lines) && len(with) == 0 {
		f.open = false
	}
	f.lines = slices.Replace(f.lines, n-1, n, with...)
}

// Replace answers key anew where it was last answered, with the owner it had
// there, and removes its earlier answers; one that is nowhere is appended for
// the installer. Comments stay, also those between joined lines.
func (f *File) Replace(key, typ, value string) {
	if !f.check(key, value) {
		return
	}
	old := f.answers(key)
	if len(old) == 0 {
		f.Set(key, typ, value)
		return
	}
	last := old[len(old)-1]
	f.drop(last, answer(last.Owner, key, typ, value))
	for _, e := range slices.Backward(old[:len(old)-1]) {
		f.drop(e)
	}
}

// Remove deletes all answers to key and what sets its seen flag, and says how
// many there were.
func (f *File) Remove(key string) int {
	var n int
	entries, _ := f.AsInstaller()
	for _, e := range slices.Backward(entries) {
		if e.Key == key {
			f.drop(e)
			n++
		}
	}
	return n
}

// answers are the entries for key that set a value.
func (f *File) answers(key string) []Entry {
	entries, _ := f.AsInstaller()
	return slices.DeleteFunc(entries, func(e Entry) bool { return e.Key != key || e.Flag() })
}

// drop takes the lines of e away and puts others where it began.
func (f *File) drop(e Entry, with ...string) {
	for n := e.Last; n >= e.Line; n-- {
		switch line := f.Line(n); {
		case n == e.Line:
			f.EditLine(n, with...)
		case !skipped(line):
			f.EditLine(n)
		}
	}
}
