package noroshi_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// source is a tree of Go files as the house rules see it: syntax only, so that the
// rules also hold for files that a build leaves out.
type source struct {
	fset  *token.FileSet
	files []*file
}

// file is one Go file.
type file struct {
	dir, name string // dir is "." at the root
	test      bool
	text      []byte
	lines     int
	ast       *ast.File
	fset      *token.FileSet
}

// pkg is the files of one folder.
type pkg struct {
	path  string
	files []*file
}

// function is one function or method with its sizes.
type function struct {
	name            string
	lines, branches int
}

// repository reads this repository once for all tests.
var repository = sync.OnceValues(func() (*source, error) { return load(os.DirFS(".")) })

func tree(t *testing.T) *source {
	t.Helper()
	s, err := repository()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// made parses a made-up tree: path → text.
func made(t *testing.T, texts map[string]string) *source {
	t.Helper()
	dir := t.TempDir()
	for name, text := range texts {
		whole := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(whole), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(whole, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s, err := load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func load(fsys fs.FS) (*source, error) {
	s := &source{fset: token.NewFileSet()}
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && p != "." && (strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "_") || d.Name() == "testdata" || d.Name() == "node_modules"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(p, ".go"):
			return nil
		}
		text, err := fs.ReadFile(fsys, p)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(s.fset, p, text, parser.ParseComments)
		if err != nil {
			return err
		}
		s.files = append(s.files, &file{
			dir: path.Dir(p), name: path.Base(p), test: strings.HasSuffix(p, "_test.go"),
			text: text, lines: strings.Count(string(text), "\n"), ast: parsed, fset: s.fset,
		})
		return nil
	})
	return s, err
}

// packages groups the files by folder, sorted by path.
func (s *source) packages() []*pkg {
	byDir := map[string]*pkg{}
	var all []*pkg
	for _, f := range s.files {
		p := byDir[f.dir]
		if p == nil {
			p = &pkg{path: f.dir}
			byDir[f.dir] = p
			all = append(all, p)
		}
		p.files = append(p.files, f)
	}
	slices.SortFunc(all, func(a, b *pkg) int { return strings.Compare(a.path, b.path) })
	return all
}

// name is the package's name, without the _test of outside tests.
func (p *pkg) name() string {
	for _, f := range p.files {
		if !f.test {
			return f.ast.Name.Name
		}
	}
	return strings.TrimSuffix(p.files[0].ast.Name.Name, "_test")
}

// code is the files that are no tests.
func (p *pkg) code() []*file {
	return slices.DeleteFunc(slices.Clone(p.files), func(f *file) bool { return f.test })
}

// imports maps each package (below the module) to what its code imports; packages
// of the module are named by their path below it.
func (s *source) imports() map[string][]string {
	all := map[string][]string{}
	for _, p := range s.packages() {
		all[p.path] = []string{}
		for _, f := range p.code() {
			for _, i := range f.imports() {
				if !slices.Contains(all[p.path], i) {
					all[p.path] = append(all[p.path], i)
				}
			}
		}
		slices.Sort(all[p.path])
	}
	return all
}

func (f *file) imports() []string {
	var list []string
	for _, i := range f.ast.Imports {
		list = append(list, strings.TrimPrefix(strings.Trim(i.Path.Value, `"`), module+"/"))
	}
	return list
}

// line is the place of a node, as "dir/name:line".
func (f *file) line(n ast.Node) string {
	at := f.fset.Position(n.Pos())
	return at.Filename + ":" + strconv.Itoa(at.Line)
}

// functions lists the declared functions; literals count to the one they stand in.
func (f *file) functions() []function {
	var list []function
	for _, d := range f.ast.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		name := fn.Name.Name
		if fn.Recv != nil && len(fn.Recv.List) == 1 {
			name = receiver(fn.Recv.List[0].Type) + "." + name
		}
		lines := f.fset.Position(fn.End()).Line - f.fset.Position(fn.Pos()).Line + 1
		list = append(list, function{name: name, lines: lines, branches: branches(fn)})
	}
	return list
}

func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.IndexListExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return "?"
}

// branches is McCabe's cyclomatic complexity: one, and one more for each place
// where the way divides (if, for, case, && and ||).
func branches(fn *ast.FuncDecl) int {
	n := 1
	ast.Inspect(fn, func(x ast.Node) bool {
		switch x := x.(type) {
		case *ast.IfStmt, *ast.ForStmt, *ast.RangeStmt:
			n++
		case *ast.CaseClause:
			if x.List != nil {
				n++
			}
		case *ast.CommClause:
			if x.Comm != nil {
				n++
			}
		case *ast.BinaryExpr:
			if x.Op == token.LAND || x.Op == token.LOR {
				n++
			}
		}
		return true
	})
	return n
}

// testFunctions is the set of names of all tests, fuzz tests and benchmarks.
func (s *source) testFunctions() map[string]bool {
	set := map[string]bool{}
	for _, f := range s.files {
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && f.test && fn.Recv == nil {
				set[fn.Name.Name] = true
			}
		}
	}
	return set
}
