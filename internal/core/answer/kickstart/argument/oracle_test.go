package argument

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"

	"seedbed/internal/core/answer/kickstart/table"
)

// question is one command's line for Python's argparse, as testdata/reader.py reads it.
type question struct {
	Options []*table.Option `json:"options"`
	Words   []string        `json:"words"`
	cmd     *table.Command
	version table.Version
}

// reply is what argparse says.
type reply struct {
	Values map[string]any `json:"values"`
	Extra  []string       `json:"extra"`
	Fault  string         `json:"fault"`
}

// TestPythonReadsTheSame puts random words behind every command of every version
// and asks the parser that the installers use what it makes of them.
func TestPythonReadsTheSame(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}
	each := 4
	if testing.Short() {
		each = 2
	}
	r := rand.New(rand.NewPCG(5, 11))
	var asked []question
	for _, v := range table.All() {
		for _, name := range table.For(v).Names() {
			cmd := table.For(v).Command(name)
			if cmd.Status != table.Supported {
				continue
			}
			for range each {
				q := question{cmd: cmd, version: v, Words: words(r, cmd)}
				q.Options = append(append(q.Options, cmd.Positional...), cmd.Options...)
				asked = append(asked, q)
			}
		}
	}
	told := ask(t, python, asked)
	wrong := 0
	for i, q := range asked {
		a, f := Read(q.cmd, q.Words)
		got, want := ours(q, a, f), told[i]
		if (got.Fault == "") == (want.Fault == "") && (got.Fault != "" || reflect.DeepEqual(got, want)) {
			continue
		}
		if wrong++; wrong <= 20 {
			t.Errorf("%v %s %q:\n  we     %+v\n  python %+v", q.version, q.cmd.Name, q.Words, got, want)
		}
	}
	t.Logf("%d of %d lines are read as Python reads them", len(asked)-wrong, len(asked))
}

func ask(t *testing.T, python string, asked []question) []reply {
	t.Helper()
	var in bytes.Buffer
	enc := json.NewEncoder(&in)
	for _, q := range asked {
		if err := enc.Encode(q); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(python, filepath.Join("testdata", "reader.py"))
	cmd.Stdin = &in
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.Bytes())
	}
	told := make([]reply, len(asked))
	dec := json.NewDecoder(bytes.NewReader(out))
	for i := range told {
		if err := dec.Decode(&told[i]); err != nil {
			t.Fatalf("reply %d: %v", i, err)
		}
	}
	return told
}

// words are some of a command's options, whole, shortened, wrong, with and
// without values of the right and of other types.
func words(r *rand.Rand, cmd *table.Command) []string {
	values := []string{"a", "/", "5", "-5", "-1.5", "", "a b", "-a b", "--a b", "x,y", ",x, y,", "true", "OFF", "1_0", "+3", "0x1", "md0", "a=b", "-", "é"}
	for _, o := range cmd.Options {
		values = append(values, o.Choices...)
	}
	value := func() string { return values[r.IntN(len(values))] }
	out := []string{}
	for range r.IntN(5) {
		if len(cmd.Options) == 0 || r.IntN(4) == 0 {
			out = append(out, value())
			continue
		}
		o := cmd.Options[r.IntN(len(cmd.Options))]
		name := o.Names[r.IntN(len(o.Names))]
		switch r.IntN(12) {
		case 0:
			name = name[:2+r.IntN(len(name)-1)]
		case 1:
			name += "x"
		case 2:
			name = name[1:]
		}
		switch n := r.IntN(10); {
		case n < 4 && o.TakesValue() || n == 9:
			name += "=" + value()
		case n < 7 && o.TakesValue():
			out = append(out, name)
			name = value()
		}
		out = append(out, name)
	}
	for _, o := range cmd.Options { // what must be there mostly is
		if o.Required && r.IntN(8) > 0 {
			at := r.IntN(len(out) + 1)
			out = append(out[:at], append([]string{o.Names[0] + "=v"}, out[at:]...)...)
		}
	}
	for _, o := range cmd.Positional {
		if r.IntN(6) > 0 {
			at := r.IntN(len(out) + 1)
			word := "p"
			if len(o.Choices) > 0 {
				word = o.Choices[r.IntN(len(o.Choices))]
			}
			out = append(out[:at], append([]string{word}, out[at:]...)...)
		}
	}
	if r.IntN(20) == 0 {
		at := r.IntN(len(out) + 1)
		out = append(out[:at], append([]string{"--"}, out[at:]...)...)
	}
	return out
}

// ours writes a reading as reader.py does.
func ours(q question, a Arguments, f *Fault) reply {
	if f != nil {
		return reply{Fault: f.Msg}
	}
	out := reply{Values: map[string]any{}, Extra: []string{}}
	for _, i := range a.Extra {
		out.Extra = append(out.Extra, q.Words[i])
	}
	for dest, v := range a.Values {
		if !v.Given {
			continue
		}
		switch v.Kind {
		case Text:
			out.Values[dest] = v.Text
		case Int:
			out.Values[dest] = float64(v.Int)
		case Flag:
			out.Values[dest] = v.True
		case List:
			list := []any{}
			for _, s := range v.List {
				list = append(list, s)
			}
			out.Values[dest] = list
		}
	}
	return out
}
