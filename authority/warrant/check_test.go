package warrant_test

import (
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
