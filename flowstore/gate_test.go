package flowstore_test

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/live"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flowstore"
	"github.com/noroshi-acd/noroshi/flowstore/flowstoretest"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// engine answers each pass with as many batches as it is told to, and notes when it read.
type engine struct {
	flowstore.Engine
	country *flowstoretest.Country
	batches int
	pause   time.Duration
	reads   []int64 // how many questions were recorded when it read
	passes  []*flowstore.Pass
}

func (e *engine) Read(_ context.Context, p *flowstore.Pass, yield func(*flow.Batch) error) (bool, error) {
	e.passes = append(e.passes, p)
	if _, _, err := p.Take(); err != nil {
		return false, err
	}
	e.reads = append(e.reads, e.country.Recorded.Load())
	for range e.batches {
		time.Sleep(e.pause)
		if err := yield(&flow.Batch{}); err != nil {
			return false, err
		}
	}
	return false, nil
}

func (e *engine) Count(ctx context.Context, p *flowstore.Pass) ([]flowstore.Tally, error) {
	_, err := e.Read(ctx, p, func(*flow.Batch) error { return nil })
	return nil, err
}

func bed(t *testing.T, spoil ...func(*warrant.Warrant)) (*flowstoretest.Country, *engine, flowstore.Config) {
	t.Helper()
	c, err := flowstoretest.New(spoil...)
	if err != nil {
		t.Fatal(err)
	}
	e := &engine{country: c, batches: 1}
	return c, e, c.Config(e)
}

// good is a question that may be asked.
func good(c *flowstoretest.Country) flowstore.Request {
	return c.Ask(flowstore.Query{Kind: flowstore.Records, From: warranttest.Now - 3600, To: warranttest.Now, Limit: 10})
}

// ask asks one question of each kind and wants both answers to have that kind of fault,
// nil for none, and the engine not to be read where there is one.
func ask(t *testing.T, e *engine, config flowstore.Config, r flowstore.Request, want fault.Kind, ok bool) {
	t.Helper()
	g, err := flowstore.NewGate(config)
	if err != nil {
		t.Fatal(err)
	}
	before := len(e.reads)
	_, err = g.Look(t.Context(), r, func(*flow.Batch) error { return nil })
	count := r
	count.Query.Kind = flowstore.Days
	_, err2 := g.Count(t.Context(), count)
	for _, err := range []error{err, err2} {
		if ok != (err == nil) || !ok && fault.KindOf(err) != want {
			t.Errorf("the answer is %v, want kind %v, ok %v", err, want, ok)
		}
	}
	if n := len(e.reads) - before; ok && n != 2 || !ok && n != 0 {
		t.Errorf("the engine was read %d times", n)
	}
}

func TestInvariant14_NoAnswerWithoutWhatAQuestionNeeds(t *testing.T) {
	c, e, config := bed(t)
	ask(t, e, config, good(c), 0, true)
	for name, spoil := range map[string]func(*flowstore.Request){
		"no purpose":    func(r *flowstore.Request) { r.Purpose = "" },
		"no case":       func(r *flowstore.Request) { r.Case = "" },
		"no reason":     func(r *flowstore.Request) { r.Reason = "" },
		"empty reason":  func(r *flowstore.Request) { r.Reason = " … " },
		"long reason":   func(r *flowstore.Request) { r.Reason = strings.Repeat("because ", flowstore.MaxReason) },
		"no person":     func(r *flowstore.Request) { r.Person = "" },
		"no instrument": func(r *flowstore.Request) { r.Instrument = "" },
		"no effect":     func(r *flowstore.Request) { r.Effect = "" },
		"no envelope":   func(r *flowstore.Request) { r.Warrants = []*paper.Envelope{nil} },
	} {
		t.Run(name, func(t *testing.T) {
			r := good(c)
			spoil(&r)
			ask(t, e, config, r, fault.Invalid, false)
		})
	}
	for name, spoil := range map[string]func(*flowstore.Request){
		"another case":         func(r *flowstore.Request) { r.Case = "case/other" },
		"another person":       func(r *flowstore.Request) { r.Person = "person/nobody" },
		"another duty":         func(r *flowstore.Request) { r.Duty = "visitor" },
		"another's key":        func(r *flowstore.Request) { r.Actor = c.Key("edge") },
		"another link":         func(r *flowstore.Request) { r.Query.Link = "link/other" },
		"no link":              func(r *flowstore.Request) { r.Query.Link = "" },
		"a collection warrant": func(r *flowstore.Request) { r.Warrants = []*paper.Envelope{c.Warrant} },
	} {
		t.Run(name, func(t *testing.T) {
			r := good(c)
			spoil(&r)
			ask(t, e, config, r, fault.Permission, false)
		})
	}
	t.Run("no warrant", func(t *testing.T) {
		r := good(c)
		r.Warrants = nil
		ask(t, e, config, r, fault.Invalid, false)
	})
	t.Run("used up", func(t *testing.T) {
		c.Uses = 1_000_000
		defer func() { c.Uses = 0 }()
		ask(t, e, config, good(c), fault.Permission, false)
	})
	t.Run("revoked", func(t *testing.T) {
		c.Revoked.Store(true)
		defer c.Revoked.Store(false)
		ask(t, e, config, good(c), fault.Permission, false)
	})
	if _, err := flowstore.NewGate(flowstore.Config{}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a gate of nothing: %v", err)
	}
}

func TestInvariant14_TheDefaultScopeIsNone(t *testing.T) {
	c, e, config := bed(t)
	for name, spoil := range map[string]func(*flowstore.Query){
		"nothing at all":       func(q *flowstore.Query) { *q = flowstore.Query{Kind: flowstore.Records} },
		"no beginning":         func(q *flowstore.Query) { q.From = 0 },
		"no end":               func(q *flowstore.Query) { q.To = 0 },
		"backwards":            func(q *flowstore.Query) { q.From, q.To = q.To, q.From },
		"too long":             func(q *flowstore.Query) { q.From = q.To - 367*86400 },
		"no data":              func(q *flowstore.Query) { q.Data = nil },
		"data twice":           func(q *flowstore.Query) { q.Data = append(q.Data, q.Data[0]) },
		"data of no shape":     func(q *flowstore.Query) { q.Data = []paper.Digest{"all"} },
		"no limit":             func(q *flowstore.Query) { q.Limit = 0 },
		"too many":             func(q *flowstore.Query) { q.Limit = flowstore.MaxRecords + 1 },
		"wide prefix":          func(q *flowstore.Query) { q.Prefix = "0.0.0.0/0" },
		"odd prefix":           func(q *flowstore.Query) { q.Prefix = "10.0.0.1/8" },
		"odd address":          func(q *flowstore.Query) { q.Address = "::ffff:10.0.0.1" },
		"zone":                 func(q *flowstore.Query) { q.Address = "fe80::1%eth0" },
		"pseudonym of nothing": func(q *flowstore.Query) { q.Pseudonym = true },
		"port":                 func(q *flowstore.Query) { q.Port = 65536 },
		"names of nothing":     func(q *flowstore.Query) { q.NameTree = true },
		"line in a name":       func(q *flowstore.Query) { q.Name = "a\nb" },
		"capital name":         func(q *flowstore.Query) { q.Name = "A.example" },
	} {
		t.Run(name, func(t *testing.T) {
			r := good(c)
			spoil(&r.Query)
			ask(t, e, config, r, fault.Invalid, false)
		})
	}
	t.Run("the warrant's scope", func(t *testing.T) {
		narrow := func(w *warrant.Warrant) {
			w.Scope.Targets, w.Scope.MaxTargets = []warrant.Target{{Kind: warrant.Address, Value: "192.0.2.7"}}, 1
			w.Scope.Criteria = "dst in {192.0.2.0/24} or src in {192.0.2.0/24}"
		}
		c, e, config := bed(t, narrow)
		ask(t, e, config, good(c), fault.Permission, false)
		r := good(c)
		r.Query.Address = "192.0.2.8"
		ask(t, e, config, r, fault.Permission, false)
		r.Query.Address = "192.0.2.7"
		ask(t, e, config, r, 0, true)
		r.Query.Pseudonym = true // the same bytes are no address
		ask(t, e, config, r, fault.Permission, false)
		r.Query.Pseudonym = false
		r.Query.Address, r.Query.Prefix = "", "192.0.2.0/25"
		ask(t, e, config, r, fault.Permission, false)
	})
}

func TestInvariant20_ThePurposeSticks(t *testing.T) {
	c, e, config := bed(t)
	for name, other := range map[string]func(paper.Digest) *warrant.Warrant{
		"unknown": func(paper.Digest) *warrant.Warrant { return nil },
		"another purpose": func(paper.Digest) *warrant.Warrant {
			w := *c.Of
			w.Purpose = "purpose/other"
			return &w
		},
		"no collection": func(paper.Digest) *warrant.Warrant {
			w := *c.Of
			w.Kind = regime.Query
			return &w
		},
	} {
		t.Run(name, func(t *testing.T) {
			config := config
			config.Collected = other
			ask(t, e, config, good(c), fault.Permission, false)
		})
	}
}

// recorder is a log that does something else than it should.
type recorder func(context.Context, proof.Class, *paper.Envelope, paper.Digest) (*live.Recorded, error)

func (r recorder) Record(ctx context.Context, k proof.Class, e *paper.Envelope, w paper.Digest) (*live.Recorded, error) {
	return r(ctx, k, e, w)
}

func TestInvariant15_TheReceiptComesFirst(t *testing.T) {
	c, e, config := bed(t)
	ask(t, e, config, good(c), 0, true)
	if !slices.Equal(e.reads, []int64{1, 2}) {
		t.Errorf("when the engine read, %v questions were recorded", e.reads)
	}
	if _, _, err := e.passes[0].Take(); fault.KindOf(err) != fault.Permission {
		t.Errorf("a pass was good twice: %v", err)
	}
	var earlier *live.Recorded
	for name, r := range map[string]struct {
		record recorder
		want   fault.Kind
	}{
		"no log": {func(context.Context, proof.Class, *paper.Envelope, paper.Digest) (*live.Recorded, error) {
			return nil, errors.New("the log is away")
		}, fault.Internal},
		"no receipt": {func(context.Context, proof.Class, *paper.Envelope, paper.Digest) (*live.Recorded, error) {
			return nil, nil
		}, fault.Permission},
		"another class": {func(ctx context.Context, _ proof.Class, e *paper.Envelope, w paper.Digest) (*live.Recorded, error) {
			return c.Record(ctx, proof.Disclosure, e, w)
		}, fault.Permission},
		"too few witnesses": {func(ctx context.Context, k proof.Class, e *paper.Envelope, w paper.Digest) (*live.Recorded, error) {
			c.Absent = 2
			defer func() { c.Absent = 0 }()
			return c.Record(ctx, k, e, w)
		}, fault.Permission},
		"an earlier question's": {func(ctx context.Context, k proof.Class, e *paper.Envelope, w paper.Digest) (*live.Recorded, error) {
			r, err := c.Record(ctx, k, e, w)
			if earlier == nil {
				earlier, _ = c.Record(ctx, k, c.Warrant, w)
			}
			r, earlier = earlier, r
			return r, err
		}, fault.Permission},
	} {
		t.Run(name, func(t *testing.T) {
			config := config
			config.Recorder = r.record
			ask(t, e, config, good(c), r.want, false)
		})
	}
	t.Run("revoked while it was recorded", func(t *testing.T) {
		config := config
		config.Recorder = recorder(func(ctx context.Context, k proof.Class, e *paper.Envelope, w paper.Digest) (*live.Recorded, error) {
			defer c.Revoked.Store(true)
			return c.Record(ctx, k, e, w)
		})
		ask(t, e, config, good(c), fault.Permission, false)
		c.Revoked.Store(false)
	})
}

func TestRevocationEndsAnAnswer(t *testing.T) {
	c, e, config := bed(t)
	e.batches, e.pause = 20, 300*time.Millisecond
	g, err := flowstore.NewGate(config)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	_, err = g.Look(t.Context(), good(c), func(*flow.Batch) error {
		if n++; n == 5 { // after a second: the warrant was looked at again, and stood
			c.Revoked.Store(true)
		}
		return nil
	})
	if fault.KindOf(err) != fault.Permission || n < 5 || n > 9 {
		t.Errorf("%d batches came, then %v", n, err)
	}
}

// ways lists every exported function and method of the packages that hold or read records,
// with why it is no way to look. A new one fails the test until somebody has said so here.
//
// A way that is "gate" is the gate; one that is "pass" MUST take a *flowstore.Pass.
var ways = map[string]string{
	"flowstore.Gate.Look": "gate", "flowstore.Gate.Count": "gate", "flowstore.NewGate": "makes the gate, gives nothing",
	"flowstore.Pass.Take": "gives the question, no data", "flowstore.Wrong": "says what is wrong",
	"flowstore.Ask.Check": "looks at the question", "flowstore.Query.Check": "looks at the question", "flowstore.Query.Ends": "looks at the question",
	"flowstore.Query.Selector": "looks at the question", "flowstore.Query.Target": "looks at the question", "flowstore.Kinds": "a list of words",
	"keep.Open": "opens, gives nothing", "keep.Store.Close": "closes", "keep.Store.Put": "takes in", "keep.Store.Seal": "sorts",
	"keep.Store.Expire": "destroys", "keep.Store.Dispose": "destroys", "keep.Store.Disposals": "what is gone", "keep.Store.Counts": "numbers for the books",
	"keep.Store.Look": "pass", "keep.Part.Decipher": "of a part, which keep.Store.Look alone shows",
	"duckdb.Open": "opens, gives nothing", "duckdb.Engine.Close": "closes", "duckdb.Engine.Read": "pass", "duckdb.Engine.Count": "pass",
	"duckdb.Config.Validate": "settings", "duckdb.DefaultConfig": "settings",
	"sealed.Create": "needs a group's key", "sealed.Open": "needs a group's key", "sealed.SyncDir": "no data",
	"sealed.Writer.Append": "writes", "sealed.Writer.Sync": "writes", "sealed.Writer.Finish": "writes", "sealed.Writer.Close": "closes",
	"sealed.Reader.Next": "of a reader, which needs the key", "sealed.Reader.At": "of a reader, which needs the key", "sealed.Reader.Close": "closes",
}

func TestInvariant15_EveryWayOfLookingIsAQuery(t *testing.T) {
	found := map[string]*ast.FuncDecl{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasSuffix(path, "test") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, text, 0)
		if err != nil {
			return err
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && reachable(fn) {
				found[nameOf(f, fn)] = fn
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, fn := range found {
		switch why := ways[name]; {
		case why == "":
			t.Errorf("%s is exported; say in ways why nobody can look through it, or take it away", name)
		case why == "pass" && !takesPass(fn):
			t.Errorf("%s reads without a pass", name)
		}
	}
	for name := range maps.Keys(ways) {
		if found[name] == nil {
			t.Errorf("%s does not exist", name)
		}
	}
}

// reachable says whether other packages can call it by name: methods of types that are not
// exported are called through interfaces that somebody else hands out.
func reachable(fn *ast.FuncDecl) bool {
	return fn.Name.IsExported() && (fn.Recv == nil || ast.IsExported(receiver(fn)))
}

func receiver(fn *ast.FuncDecl) string {
	x := fn.Recv.List[0].Type
	if p, ok := x.(*ast.StarExpr); ok {
		x = p.X
	}
	if id, ok := x.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

func nameOf(f *ast.File, fn *ast.FuncDecl) string {
	if fn.Recv == nil {
		return f.Name.Name + "." + fn.Name.Name
	}
	return f.Name.Name + "." + receiver(fn) + "." + fn.Name.Name
}

func takesPass(fn *ast.FuncDecl) bool {
	for _, p := range fn.Type.Params.List {
		if s, ok := p.Type.(*ast.StarExpr); ok {
			if x, ok := s.X.(*ast.SelectorExpr); ok && x.Sel.Name == "Pass" {
				return true
			}
		}
	}
	return false
}
