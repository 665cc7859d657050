package noroshi_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// refuses is how a package comment says what the package does not do.
var refuses = regexp.MustCompile(`(?i)\b(refuses?|never|must not|does not|do not|cannot|can not|nothing|no [a-z]+)\b`)

// commentFaults: each package has exactly one package comment, in doc.go (a command:
// in main.go or doc.go), that says what the package is for and what it refuses.
func commentFaults(s *source) []string {
	var found []string
	for _, p := range s.packages() {
		var with []*file
		code := p.code()
		for _, f := range code {
			if f.ast.Doc != nil {
				with = append(with, f)
			}
		}
		if len(code) == 0 {
			continue
		}
		if len(with) != 1 {
			found = append(found, fmt.Sprintf("%s has %d package comments, must have one", p.path, len(with)))
			continue
		}
		f, start := with[0], "Package "+p.name()+" "
		if p.name() == "main" {
			start = "Command " + path.Base(p.path) + " "
		}
		text := f.ast.Doc.Text()
		switch {
		case f.name != "doc.go" && p.name() != "main" && len(code) > 1:
			found = append(found, fmt.Sprintf("%s has its package comment in %s, must be in doc.go", p.path, f.name))
		case !strings.HasPrefix(text, start):
			found = append(found, fmt.Sprintf("the package comment of %s must begin with %q", p.path, start))
		case p.name() != "main" && !refuses.MatchString(text):
			found = append(found, fmt.Sprintf("the package comment of %s does not say what the package refuses to do", p.path))
		}
	}
	return found
}

func TestPackageComments(t *testing.T) {
	report(t, commentFaults(tree(t)))
}

func TestPackageCommentsBite(t *testing.T) {
	s := made(t, map[string]string{
		"a/doc.go":            "// Package a is good. It refuses to be bad.\npackage a\n",
		"a/a_test.go":         "// Comments of tests do not count.\npackage a\n",
		"b/doc.go":            "// Package b does things, and never others.\npackage b\n",
		"b/b.go":              "// Package b again.\npackage b\n",
		"c/c.go":              "package c\n",
		"d/doc.go":            "// Package d is for something.\npackage d\n",
		"e/doc.go":            "// This is e. It refuses.\npackage e\n",
		"f/f.go":              "// Package f refuses.\npackage f\n",
		"f/g.go":              "package f\n",
		"cmd/noroshi/main.go": "// Command noroshi is the door.\npackage main\n",
	})
	want := []string{
		"b has 2 package comments, must have one",
		"c has 0 package comments, must have one",
		"the package comment of d does not say what the package refuses to do",
		`the package comment of e must begin with "Package e "`,
		"f has its package comment in f.go, must be in doc.go",
	}
	if got := commentFaults(s); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// docFaults: an exported name without a comment is a riddle.
func docFaults(s *source) []string {
	var found []string
	for _, f := range s.files {
		if f.test || f.ast.Name.Name == "main" {
			continue
		}
		for _, d := range f.ast.Decls {
			for _, id := range undocumented(d) {
				found = append(found, fmt.Sprintf("%s: %s is exported and has no comment", f.line(id), id.Name))
			}
		}
	}
	return found
}

func undocumented(d ast.Decl) []*ast.Ident {
	switch d := d.(type) {
	case *ast.FuncDecl:
		private := d.Recv != nil && !ast.IsExported(receiver(d.Recv.List[0].Type))
		if d.Name.IsExported() && d.Doc == nil && !private && !slices.Contains([]string{"String", "Error", "Unwrap", "Len", "Less", "Swap", "Read", "Close"}, d.Name.Name) {
			return []*ast.Ident{d.Name}
		}
	case *ast.GenDecl:
		var list []*ast.Ident
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				if spec.Name.IsExported() && spec.Doc == nil && d.Doc == nil {
					list = append(list, spec.Name)
				}
			case *ast.ValueSpec:
				if spec.Names[0].IsExported() && spec.Doc == nil && spec.Comment == nil && d.Doc == nil {
					list = append(list, spec.Names[0])
				}
			}
		}
		return list
	}
	return nil
}

func TestExportedNamesAreDocumented(t *testing.T) {
	report(t, docFaults(tree(t)))
}

func TestExportedNamesBite(t *testing.T) {
	s := made(t, map[string]string{"x/x.go": "package x\n\nfunc A() {}\n\n// B is fine.\nfunc B() {}\n\ntype C int\n\n// Fine.\nconst (\n\tD = 1\n\tE = 2\n)\n\nvar F = 1\n\nfunc (c C) G() {}\n\nfunc (c C) String() string { return \"\" }\n\ntype h int\n\nfunc (x h) I() {}\n"})
	var names []string
	for _, f := range docFaults(s) {
		names = append(names, strings.Fields(f)[1])
	}
	if want := []string{"A", "C", "F", "G"}; !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
}

// stateExceptions are package variables that are allowed to change, with a reason.
var stateExceptions = map[string]string{}

// makers are the calls that may make the value of a package variable: what they
// give does not change, or guards itself.
var makers = []string{
	"errors.New", "fmt.Errorf", "regexp.MustCompile", "template.Must", "template.New",
	"sync.OnceValue", "sync.OnceValues", "sync.OnceFunc", "strings.NewReplacer",
	"netip.MustParsePrefix", "netip.MustParseAddr", "netip.AddrFrom4", "netip.AddrFrom16",
	"strings.Fields", "strings.Split", "strings.Repeat", "math.Log", "math.Log2", "math.Sqrt", "math.Inf", "math.NaN",
	"crc32.MakeTable", "time.Date", "len", "reflect.TypeFor", "base64.NewEncoding", "base32.NewEncoding",
}

// stateFaults: no init, and a package variable is a table, an error, a pool, an
// embedded file, a pattern or a value made on first use; nobody assigns to it, to
// a part of it, or takes its address.
func stateFaults(s *source) []string {
	var found []string
	variables := map[string]map[string]*ast.ValueSpec{} // package → name → declaration
	for _, p := range s.packages() {
		variables[p.path] = map[string]*ast.ValueSpec{}
		for _, f := range p.code() {
			for _, d := range f.ast.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
					found = append(found, f.line(fn)+": init acts before anyone asked; write it out in the assembly")
				}
				g, ok := d.(*ast.GenDecl)
				if !ok || g.Tok != token.VAR {
					continue
				}
				for _, spec := range g.Specs {
					spec := spec.(*ast.ValueSpec)
					for i, name := range spec.Names {
						variables[p.path][name.Name] = spec
						if stateExceptions[p.path+"."+name.Name] == "" && name.Name != "_" && !embedded(g, spec) && !fixed(spec, i) {
							found = append(found, fmt.Sprintf("%s: package variable %s may hold changing state", f.line(name), name.Name))
						}
					}
				}
			}
		}
	}
	for _, f := range s.files {
		if !f.test {
			found = append(found, changes(f, variables)...)
		}
	}
	return found
}

func embedded(g *ast.GenDecl, spec *ast.ValueSpec) bool {
	for _, doc := range []*ast.CommentGroup{g.Doc, spec.Doc} {
		if doc != nil {
			for _, c := range doc.List {
				if strings.HasPrefix(c.Text, "//go:embed ") {
					return true
				}
			}
		}
	}
	return false
}

// fixed says whether the value of the i-th name of spec is of an allowed form.
func fixed(spec *ast.ValueSpec, i int) bool {
	if i >= len(spec.Values) {
		return false
	}
	return fixedValue(spec.Values[i])
}

func fixedValue(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit, *ast.CompositeLit, *ast.FuncLit, *ast.Ident, *ast.SelectorExpr:
		return true
	case *ast.UnaryExpr:
		return e.Op != token.AND && fixedValue(e.X)
	case *ast.BinaryExpr:
		return fixedValue(e.X) && fixedValue(e.Y)
	case *ast.IndexExpr:
		return true
	case *ast.CallExpr:
		if fn, ok := e.Fun.(*ast.FuncLit); ok && len(e.Args) == 0 {
			_ = fn // a table worked out from constants, at once
			return true
		}
		name := spell(e.Fun)
		// A method of a maker's value (template.New(…).Funcs(…)), a conversion, or a maker.
		return slices.Contains(makers, name) || slices.ContainsFunc(makers, func(m string) bool { return strings.HasPrefix(name, m+"().") })
	case *ast.ParenExpr:
		return fixedValue(e.X)
	}
	return false
}

// spell writes a call's function without type arguments: "sync.OnceValue".
func spell(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return spell(e.X) + "." + e.Sel.Name
	case *ast.IndexExpr:
		return spell(e.X)
	case *ast.IndexListExpr:
		return spell(e.X)
	case *ast.CallExpr:
		return spell(e.Fun) + "()"
	}
	return "?"
}

// changes lists where f assigns to a package variable, to a part of one, or takes
// its address.
func changes(f *file, variables map[string]map[string]*ast.ValueSpec) []string {
	var found []string
	imported := map[string]string{} // name in this file → package of ours
	for _, i := range f.ast.Imports {
		p := strings.TrimPrefix(strings.Trim(i.Path.Value, `"`), module+"/")
		name := path.Base(p)
		if i.Name != nil {
			name = i.Name.Name
		}
		imported[name] = p
	}
	note := func(e ast.Expr, how string) {
		if name := packageVariable(e, f, imported, variables); name != "" && stateExceptions[f.dir+"."+name] == "" {
			found = append(found, fmt.Sprintf("%s: package variable %s %s", f.line(e), name, how))
		}
	}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, e := range n.Lhs {
				if n.Tok != token.DEFINE {
					note(e, "is assigned to")
				}
			}
		case *ast.IncDecStmt:
			note(n.X, "is assigned to")
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				note(n.X, "has its address taken")
			}
		case *ast.CallExpr:
			if name := spell(n.Fun); (name == "delete" || name == "clear") && len(n.Args) > 0 {
				note(n.Args[0], "is changed by "+name)
			}
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN {
				note(n.Key, "is assigned to")
			}
		}
		return true
	})
	return found
}

// packageVariable names the package variable that e is or is a part of, "" for none.
func packageVariable(e ast.Expr, f *file, imported map[string]string, variables map[string]map[string]*ast.ValueSpec) string {
	for {
		switch x := e.(type) {
		case *ast.ParenExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.SelectorExpr:
			if id, ok := x.X.(*ast.Ident); ok {
				if p, ok := imported[id.Name]; ok && variables[p][x.Sel.Name] != nil {
					return p + "." + x.Sel.Name
				}
			}
			e = x.X
		case *ast.Ident:
			spec := variables[f.dir][x.Name]
			// The parser's own resolution is enough to tell locals from package
			// variables; the type checker would have to read the standard library.
			if spec == nil || x.Name == "_" || x.Obj != nil && x.Obj.Decl != spec {
				return ""
			}
			return x.Name
		default:
			return ""
		}
	}
}

func TestNoHiddenState(t *testing.T) {
	report(t, stateFaults(tree(t)))
}

func TestNoHiddenStateBites(t *testing.T) {
	s := made(t, map[string]string{
		"a/a.go": "package a\n\nimport \"errors\"\n\nvar ErrX = errors.New(\"x\")\n\nvar table = map[string]int{\"a\": 1}\n\nvar Limit = 3\n\nvar count int\n\nvar made = build()\n\nvar p = &Limit\n\nfunc init() {}\n",
		"a/b.go": "package a\n\nfunc f() {\n\ttable[\"b\"] = 2\n\ttable := map[string]int{}\n\ttable[\"local\"] = 1\n\tdelete(table, \"local\")\n\tcount++\n\tq := &ErrX\n\t_ = q\n}\n",
		"b/b.go": "package b\n\nimport \"" + module + "/a\"\n\nfunc f() { a.Limit = 4 }\n",
	})
	want := []string{
		"a/a.go:11: package variable count may hold changing state",
		"a/a.go:13: package variable made may hold changing state",
		"a/a.go:15: package variable p may hold changing state",
		"a/a.go:15: package variable Limit has its address taken",
		"a/a.go:17: init acts before anyone asked; write it out in the assembly",
		"a/b.go:4: package variable table is assigned to",
		"a/b.go:8: package variable count is assigned to",
		"a/b.go:9: package variable ErrX has its address taken",
		"b/b.go:5: package variable a.Limit is assigned to",
	}
	got := stateFaults(s)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestFormatted(t *testing.T) {
	for _, f := range tree(t).files {
		formatted, err := format.Source(f.text)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(formatted, f.text) {
			t.Errorf("%s is not as gofmt writes it", path.Join(f.dir, f.name))
		}
	}
}

// unsafeFaults: package unsafe may measure (Sizeof) and nothing else.
func unsafeFaults(s *source) []string {
	var found []string
	for _, f := range s.files {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok && spell(sel.X) == "unsafe" && !slices.Contains([]string{"Sizeof", "Alignof", "Offsetof"}, sel.Sel.Name) {
				found = append(found, f.line(sel)+": hostile input is read by memory-safe code: no unsafe."+sel.Sel.Name)
			}
			return true
		})
	}
	return found
}

func TestNoUnsafe(t *testing.T) {
	report(t, unsafeFaults(tree(t)))
}

func TestNoUnsafeBites(t *testing.T) {
	s := made(t, map[string]string{"a/a.go": "package a\n\nimport \"unsafe\"\n\nconst n = unsafe.Sizeof(0)\n\nfunc f(b []byte) string { return unsafe.String(&b[0], len(b)) }\n"})
	if got := unsafeFaults(s); len(got) != 1 || !strings.HasPrefix(got[0], "a/a.go:7") {
		t.Errorf("got %q, want the one use in line 7", got)
	}
}
