package noroshi_test

import (
	"fmt"
	"go/ast"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// takes is what functions are called that read what others wrote.
var takes = regexp.MustCompile(`^(Decode|Load|Looks|Open|Parse|Read|Recognise|Unmarshal)`)

// fuzzExceptions names packages that read what others wrote and have no fuzz target,
// with the reason. An exception that is not needed fails.
var fuzzExceptions = map[string]string{}

// inputFaults: whoever reads what others wrote has a fuzz target of its own; which
// exceptions were used.
func inputFaults(s *source, used map[string]bool) []string {
	var found []string
	for _, p := range s.packages() {
		if matches(p.path, []string{"bench/...", "cmd/...", "cli/...", "web/...", "*test"}) {
			continue
		}
		reads, fuzzed := "", false
		for _, f := range p.files {
			for _, d := range f.ast.Decls {
				fn, ok := d.(*ast.FuncDecl)
				switch {
				case !ok:
				case f.test:
					fuzzed = fuzzed || fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Fuzz")
				case fn.Name.IsExported() && readsInput(fn):
					reads = fn.Name.Name
				}
			}
		}
		switch {
		case reads == "" || fuzzed:
		case fuzzExceptions[p.path] != "":
			used[p.path] = true
		default:
			found = append(found, fmt.Sprintf("%s reads what others wrote (%s) and has no fuzz target", p.path, reads))
		}
	}
	return found
}

// readsInput says whether fn is given a stream to read, or bytes to make sense of.
func readsInput(fn *ast.FuncDecl) bool {
	for _, p := range fn.Type.Params.List {
		switch kind := spell(p.Type); {
		case kind == "io.Reader":
			return true
		case takes.MatchString(fn.Name.Name) && bytesOf(p.Type):
			return true
		}
	}
	return false
}

func bytesOf(e ast.Expr) bool {
	list, ok := e.(*ast.ArrayType)
	return ok && list.Len == nil && spell(list.Elt) == "byte"
}

func TestInputsAreFuzzed(t *testing.T) {
	used := map[string]bool{}
	report(t, inputFaults(tree(t), used))
	for p, reason := range fuzzExceptions {
		if !used[p] {
			t.Errorf("the exception for %s (%s) is not needed", p, reason)
		}
	}
}

func TestInputsAreFuzzedBites(t *testing.T) {
	s := made(t, map[string]string{
		"a/a.go":           "package a\n\nimport \"io\"\n\nfunc New(in io.Reader, n int) {}\n",
		"b/b.go":           "package b\n\ntype T int\n\nfunc (T) Decode(p []byte) {}\n",
		"c/c.go":           "package c\n\nfunc Decode(p []byte) {}\n",
		"c/c_test.go":      "package c\n\nfunc FuzzDecode(f *F) {}\n",
		"d/d.go":           "package d\n\nfunc Append(p []byte) {}\nfunc decode(p []byte) {}\n",
		"e/etest/etest.go": "package etest\n\nfunc Read(p []byte) {}\n",
	})
	want := []string{
		"a reads what others wrote (New) and has no fuzz target",
		"b reads what others wrote (Decode) and has no fuzz target",
	}
	if got := inputFaults(s, map[string]bool{}); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}
