// Package internal_test holds the one test that belongs to no room: it reads
// every import and fails on a wrong arrow.
package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "seedbed/internal/"

// forbidden lists, for a room and those in it, the imports that would be wrong
// arrows.
var forbidden = map[string][]string{
	"fault": {"seedbed/"},
	"pulse": {"seedbed/"},
	"core":  {module + "wire", module + "disk", module + "app", module + "cli", module + "rehearse", module + "config", module + "pulse", "os", "os/exec", "net/http", "log", "log/slog", "database/sql"},
	"wire":  {module + "disk", module + "app", module + "cli", module + "rehearse", module + "config"},
	"disk":  {module + "wire", module + "app", module + "cli", module + "rehearse", module + "config"},

	"rehearse/vm":     {module + "wire", module + "disk", module + "app", module + "config", module + "rehearse/report"},
	"rehearse/cable":  {module + "core", module + "disk", module + "app", module + "config", module + "rehearse"},
	"rehearse/report": {module + "wire", module + "disk", module + "app", module + "config", module + "rehearse"},
}

// testOnly are the rooms that only tests import.
var testOnly = []string{module + "golden", module + "oracle", module + "conformance"}

// sources parses every Go file that is not a test, with its room.
func sources(t *testing.T, visit func(room, path string, fset *token.FileSet, f *ast.File)) int {
	t.Helper()
	n := 0
	err := filepath.WalkDir(".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		room, _, _ := strings.Cut(filepath.ToSlash(path), "/")
		visit(room, path, fset, f)
		n++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestArrowsPointTheRightWay(t *testing.T) {
	seen := map[string]bool{}
	n := sources(t, func(_, path string, _ *token.FileSet, f *ast.File) {
		wrong := slices.Clone(testOnly)
		for room, bad := range forbidden {
			if strings.HasPrefix(filepath.ToSlash(path), room+"/") {
				wrong, seen[room] = append(wrong, bad...), true
			}
		}
		for _, imp := range f.Imports {
			name, _ := strconv.Unquote(imp.Path.Value)
			for _, bad := range wrong {
				if name == bad || strings.HasPrefix(name, bad+"/") || strings.HasSuffix(bad, "/") && strings.HasPrefix(name, bad) {
					t.Errorf("%s imports %s: a wrong arrow (wire -> core <- disk, app above, fault below)", path, name)
				}
			}
		}
	})
	if len(seen) != len(forbidden) {
		t.Errorf("some of the rooms are nowhere: found %v", seen)
	}
	if n < 30 {
		t.Fatalf("only %d files were read: is the test in the right place?", n)
	}
}

func TestCoreReadsNoClock(t *testing.T) {
	sources(t, func(room, path string, fset *token.FileSet, f *ast.File) {
		if room != "core" {
			return
		}
		ast.Inspect(f, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Name == "time" {
				switch sel.Sel.Name {
				case "Now", "Sleep", "After", "Since", "Until", "NewTimer", "NewTicker", "Tick", "AfterFunc":
					t.Errorf("%s: time.%s in core: time is passed in", fset.Position(sel.Pos()), sel.Sel.Name)
				}
			}
			return true
		})
	})
}

func TestEveryRoomSaysWhatItIs(t *testing.T) {
	rooms, docs := map[string]bool{}, map[string]bool{}
	sources(t, func(_, path string, fset *token.FileSet, f *ast.File) {
		dir := filepath.Dir(path)
		rooms[dir] = true
		if filepath.Base(path) == "doc.go" && f.Doc != nil {
			docs[dir] = true
			if lines := strings.Count(f.Doc.Text(), "\n"); lines > 15 {
				t.Errorf("%s has %d lines; a room's page has at most 15", path, lines)
			}
		}
	})
	for dir := range rooms {
		if !docs[dir] {
			t.Errorf("room %s has no doc.go", dir)
		}
	}
}

func TestInterfacesStaySmall(t *testing.T) {
	sources(t, func(_, path string, _ *token.FileSet, f *ast.File) {
		ast.Inspect(f, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok {
				if i, ok := spec.Type.(*ast.InterfaceType); ok && len(i.Methods.List) > 4 {
					t.Errorf("%s: interface %s has %d methods; four is the most", path, spec.Name, len(i.Methods.List))
				}
			}
			return true
		})
	})
}
