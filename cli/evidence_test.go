package cli_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// TestEveryFactHasALabel reads the detectors' sources: each evidence figure must be
// worded in both languages, because --explain shows it to a person.
func TestEveryFactHasALabel(t *testing.T) {
	names := map[string]string{}
	err := filepath.WalkDir("../detect", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			for _, name := range factNames(n) {
				names[name] = path
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(names) < 50 {
		t.Fatalf("found only %d facts: the search is broken", len(names))
	}
	for name, path := range names {
		key := "evidence." + name
		for _, l := range []i18n.Lang{i18n.EN, i18n.JA} {
			if i18n.Say(l, key) == key {
				t.Errorf("%s: fact %q has no label in %s/evidence.toml", path, name, l)
			}
		}
	}
}

// factNames gives the names in n when it is a Fact literal or a call of a local
// function named fact.
func factNames(n ast.Node) []string {
	switch n := n.(type) {
	case *ast.KeyValueExpr:
		if k, ok := n.Key.(*ast.Ident); ok && k.Name == "Name" {
			if s := literal(n.Value); s != "" && s == strings.ToLower(s) && !strings.ContainsAny(s, " .-") {
				return []string{s}
			}
		}
	case *ast.CallExpr:
		if f, ok := n.Fun.(*ast.Ident); ok && f.Name == "fact" && len(n.Args) > 0 {
			if s := literal(n.Args[0]); s != "" {
				return []string{s}
			}
		}
	}
	return nil
}

func literal(e ast.Expr) string {
	if b, ok := e.(*ast.BasicLit); ok && b.Kind == token.STRING {
		s, _ := strconv.Unquote(b.Value)
		return s
	}
	return ""
}
