package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"testing"
)

// TestTableIsMadeOfTheFacts makes the table again of the file that
// SEEDBED_KS_OPTIONS names: every version, command, option, type and choice.
func TestTableIsMadeOfTheFacts(t *testing.T) {
	path := os.Getenv("SEEDBED_KS_OPTIONS")
	if path == "" {
		path = "../../../shared/oracles/ks-options.jsonl"
	}
	facts, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no facts at %s: SEEDBED_KS_OPTIONS names them", path)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer facts.Close()
	var got bytes.Buffer
	if err := run(facts, &got); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("../../internal/core/answer/kickstart/table/table.txt")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Error("the table is not what the facts make: go run ./tools/kickstart-table shows the difference")
	}
}
