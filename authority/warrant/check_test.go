package warrant_test

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
)

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestHonestUsesAreTaken(t *testing.T) {
	for _, kind := range []trust.Kind{trust.State, trust.Private, trust.Lab} {
		w := must(warranttest.New(kind))(t)
		urgent := w.PoliceWarrant()
		urgent.Path, urgent.Urgency = warrant.Urgent, &warrant.Urgency{Facts: "the attack has begun"}
		for name, x := range map[string]*warrant.Warrant{"collection": w.CollectionWarrant(), "police": w.PoliceWarrant(), "urgent": urgent} {
			in := must(w.Input(must(w.Seal(x))(t)))(t)
			if v, l := warrant.Check(in); len(l) > 0 || v == nil || v.Urgent != (name == "urgent") {
				t.Errorf("%s, %s: %v", kind, name, unmet.List(l))
			}
		}
	}
}

// TestLongLists: what would take long to compare is refused when it is read.
func TestLongLists(t *testing.T) {
	w := must(warranttest.New(trust.Lab))(t)
	x := w.PoliceWarrant()
	x.Scope.Targets = nil
	for n := range warrant.MaxList {
		x.Scope.Targets = append(x.Scope.Targets, warrant.Target{Kind: warrant.Prefix, Value: fmt.Sprintf("10.%d.%d.0/28", n/250, n%250)})
	}
	slices.SortFunc(x.Scope.Targets, func(a, b warrant.Target) int { return strings.Compare(a.Value, b.Value) })
	in := must(w.Input(must(w.Seal(x))(t)))(t)
	if _, l := warrant.Check(in); len(l) > 0 {
		t.Errorf("%d targets: %v", warrant.MaxList, unmet.List(l))
	}
	for name, change := range map[string]func(x *warrant.Warrant){
		"targets":  func(x *warrant.Warrant) { x.Scope.Targets = append(x.Scope.Targets, x.Scope.Targets[0]) },
		"articles": func(x *warrant.Warrant) { x.Articles = slices.Repeat([]string{"a"}, warrant.MaxList+1) },
		"evidence": func(x *warrant.Warrant) {
			x.Conditions[0].Evidence = slices.Repeat(x.Conditions[0].Evidence, warrant.MaxList+1)
		},
	} {
		long := *x
		long.Conditions = slices.Clone(x.Conditions)
		change(&long)
		if _, err := w.Seal(&long); err == nil {
			t.Errorf("too many %s were written", name)
		}
	}
}

// cpu reports the processor's time per operation since the call of cpu: wall time says
// little on a machine that others use too.
func cpu(b *testing.B) func() {
	used := func() int64 {
		var r syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
			b.Fatal(err)
		}
		return r.Utime.Nano() + r.Stime.Nano()
	}
	began := used()
	return func() { b.ReportMetric(float64(used()-began)/float64(b.N)/1000, "cpu-µs/op") }
}

// BenchmarkCheck: a lock of two of three, and scope.
func BenchmarkCheck(b *testing.B) {
	w := must(warranttest.New(trust.Lab, func(w *warranttest.World) { w.Collection.Locks[0].K = 2 }))(b)
	e := must(w.Seal(w.CollectionWarrant(), "member-1", "member-2"))(b)
	data := must(e.Marshal())(b)
	in := must(w.Input(e))(b)
	defer cpu(b)()
	for b.Loop() {
		e, err := paper.ParseEnvelope(data)
		if err != nil {
			b.Fatal(err)
		}
		in.Chain = []*paper.Envelope{e}
		if _, l := warrant.Check(in); len(l) > 0 {
			b.Fatal(unmet.List(l))
		}
	}
}

// BenchmarkTwoSignatures is what a check cannot be faster than.
func BenchmarkTwoSignatures(b *testing.B) {
	w := must(warranttest.New(trust.Lab))(b)
	e := must(w.Seal(w.CollectionWarrant(), "member-1", "member-2"))(b)
	keys := []paper.PublicKey{w.Key("member-1"), w.Key("member-2")}
	defer cpu(b)()
	for b.Loop() {
		if len(paper.Signers(e, keys)) != 2 {
			b.Fatal("not signed")
		}
	}
}
