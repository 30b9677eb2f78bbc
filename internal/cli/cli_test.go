package cli

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"seedbed": func() { os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// Each script in testdata is a transcript of the command line.
func TestCommandLine(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("SEEDBED_STATE", filepath.Join(e.WorkDir, "state"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"json":  oneJSON,
			"code":  exitCode,
			"mkiso": truncatedISO,
		},
	})
}

// oneJSON wants standard output to be one JSON document, and nothing else.
func oneJSON(ts *testscript.TestScript, neg bool, args []string) {
	out := ts.ReadFile("stdout")
	d := json.NewDecoder(bytes.NewBufferString(out))
	var v any
	if err := d.Decode(&v); err != nil {
		ts.Fatalf("standard output is no JSON: %v\n%s", err, out)
	}
	if _, err := d.Token(); err != io.EOF {
		ts.Fatalf("more than one document on standard output:\n%s", out)
	}
}

// exitCode runs a command line and wants its exit code: code 3 seedbed check.
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	want := args[0]
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if e, ok := err.(interface{ ExitCode() int }); ok {
		got = string(rune('0' + e.ExitCode()))
	}
	if got != want {
		ts.Fatalf("exit code %s, want %s", got, want)
	}
}

// truncatedISO writes the first 40 KiB of an ISO that says to have 100 MiB.
func truncatedISO(ts *testscript.TestScript, neg bool, args []string) {
	b := make([]byte, 40<<10)
	pvd := b[16*2048:]
	pvd[0], pvd[6] = 1, 1
	copy(pvd[1:], "CD001")
	copy(pvd[40:], "DEBIAN                          ")
	both := func(at int, v uint32) {
		binary.LittleEndian.PutUint32(pvd[at:], v)
		binary.BigEndian.PutUint32(pvd[at+4:], v)
	}
	both(80, 51200)
	pvd[120], pvd[123], pvd[124], pvd[127] = 1, 1, 1, 1
	pvd[129], pvd[130] = 8, 8
	root := pvd[156:]
	root[0], root[25], root[32] = 34, 2, 1
	binary.LittleEndian.PutUint32(root[2:], 40000)
	binary.BigEndian.PutUint32(root[6:], 40000)
	binary.LittleEndian.PutUint32(root[10:], 2048)
	binary.BigEndian.PutUint32(root[14:], 2048)
	end := b[17*2048:]
	end[0], end[6] = 255, 1
	copy(end[1:], "CD001")
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o644))
}
