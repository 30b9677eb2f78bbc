package form

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"text/template"
	"text/template/parse"

	"seedbed/internal/core/answer/shell"
)

// run is the state of one template's execution.
type run struct {
	turns    int
	params   map[string]string
	facts    map[string]any
	snippets map[string]string
	open     []string // the snippets that are being filled in, outermost first
}

// allowed are the functions of text/template itself that templates may use.
// call, html, js and urlquery are of no use in an answer file.
var allowed = map[string]bool{
	"and": true, "or": true, "not": true, "eq": true, "ne": true, "lt": true, "le": true, "gt": true, "ge": true,
	"len": true, "index": true, "slice": true,
}

var (
	errTooLongWord = errors.New("a value grows beyond 1 MiB")
	errTurns       = fmt.Errorf("its loops turn more than %d times", maxTurns)
)

// functions are those of this room, for text/template. None of them reads the
// environment, a file, the network or a clock.
//
//	join SEPARATOR LIST     the list as one text
//	lower TEXT, upper TEXT  in that case
//	default OTHER VALUE     VALUE, or OTHER where VALUE is empty
//	quote TEXT              TEXT as one word of a shell
//	param NAME              a parameter of the machine; an error where it has none of that name
//	include NAME            a snippet of the settings, filled in with the same facts
//	print, printf           as in Go
func (r *run) functions() template.FuncMap {
	return template.FuncMap{
		"join":    func(sep string, list []string) (string, error) { return short(strings.Join(list, sep)) },
		"lower":   strings.ToLower,
		"upper":   strings.ToUpper,
		"default": orElse,
		"quote":   quote,
		"param": func(name string) (string, error) {
			v, ok := r.params[name]
			if !ok {
				return "", fmt.Errorf("the machine has no param %q", name)
			}
			return v, nil
		},
		"include": r.include,
		"print":   func(a ...any) (string, error) { return short(fmt.Sprint(a...)) },
		"printf":  func(format string, a ...any) (string, error) { return short(fmt.Sprintf(format, a...)) },
		"turn": func() (string, error) {
			if r.turns--; r.turns < 0 {
				return "", errTurns
			}
			return "", nil
		},
	}
}

func short(s string) (string, error) {
	if len(s) > maxText {
		return "", errTooLongWord
	}
	return s, nil
}

func quote(s string) (string, error) {
	if strings.ContainsRune(s, 0) {
		return "", errors.New("a NUL cannot be quoted")
	}
	return short(shell.Quote(s))
}

func orElse(other, value any) any {
	if value == nil {
		return other
	}
	if v := reflect.ValueOf(value); v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0 {
		return other
	}
	return value
}

// fenceList walks what a template does: functions that are not allowed are
// refused, and a counter is put into every loop.
func fenceList(tree *parse.Tree, list *parse.ListNode) error {
	if list == nil {
		return nil
	}
	for _, n := range list.Nodes {
		if err := fenceNode(tree, n); err != nil {
			return err
		}
	}
	return nil
}

func fenceNode(tree *parse.Tree, n parse.Node) error {
	switch n := n.(type) {
	case *parse.ActionNode:
		return fencePipe(tree, n.Pipe)
	case *parse.TemplateNode:
		return fencePipe(tree, n.Pipe)
	case *parse.IfNode:
		return fenceBranch(tree, &n.BranchNode)
	case *parse.WithNode:
		return fenceBranch(tree, &n.BranchNode)
	case *parse.RangeNode:
		if err := fenceBranch(tree, &n.BranchNode); err != nil {
			return err
		}
		count(n.List)
	}
	return nil
}

func fenceBranch(tree *parse.Tree, b *parse.BranchNode) error {
	if err := fencePipe(tree, b.Pipe); err != nil {
		return err
	}
	if err := fenceList(tree, b.List); err != nil {
		return err
	}
	return fenceList(tree, b.ElseList)
}

func fencePipe(tree *parse.Tree, p *parse.PipeNode) error {
	if p == nil {
		return nil
	}
	for _, cmd := range p.Cmds {
		for _, arg := range cmd.Args {
			switch arg := arg.(type) {
			case *parse.PipeNode:
				if err := fencePipe(tree, arg); err != nil {
					return err
				}
			case *parse.ChainNode:
				if inner, ok := arg.Node.(*parse.PipeNode); ok {
					if err := fencePipe(tree, inner); err != nil {
						return err
					}
				}
			case *parse.IdentifierNode:
				if !known(arg.Ident) {
					where, _ := tree.ErrorContext(arg)
					return fmt.Errorf("template: %s: function %q is not allowed here", where, arg.Ident)
				}
			}
		}
	}
	return nil
}

func known(name string) bool {
	_, ours := (&run{}).functions()[name]
	return allowed[name] || ours && name != "turn"
}
