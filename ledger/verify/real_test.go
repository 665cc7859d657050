package verify_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/ledger"
	"github.com/noroshi-acd/noroshi/ledger/folder"
	"github.com/noroshi-acd/noroshi/ledger/ledgertest"
	"github.com/noroshi-acd/noroshi/ledger/period"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/verify"
)

// real is a log of decisions that the ledger itself keeps, four witnesses cosign over
// HTTP, and the ledger exports: the verifier's other source beside the made-up one.
func real(t *testing.T) (dir string, root paper.Digest, now time.Time) {
	t.Helper()
	var second atomic.Int64
	second.Store(int64(warranttest.Now))
	clock := func() time.Time { return time.Unix(second.Load(), 0) }
	bed, err := ledgertest.NewBed(warranttest.Decisions, 4, 3, clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(bed.Close)
	w, err := warranttest.New(trust.Lab, func(w *warranttest.World) {
		w.Root.Logs = []trust.Log{{Body: "commission", Duty: trust.Decisions, Origin: bed.Origin, Key: bed.VKey}}
		w.Root.Witnesses.Keys = nil
		for i, asked := range bed.Asked() {
			w.Root.Witnesses.Keys = append(w.Root.Witnesses.Keys, trust.Witness{Key: asked.Key, Operator: paper.ID(fmt.Sprintf("operator-%d", i))})
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	l, err := ledger.Open(t.Context(), ledger.Config{
		Dir: filepath.Join(t.TempDir(), "ledger"), Keys: filepath.Join(t.TempDir(), "keys"), Origin: bed.Origin, Key: bed.Key, Role: "registrar", Keeper: w.Signer("member-1"),
		Witnesses: bed.Asked(), Quorum: 3, Birthday: clock().UTC().Format(time.DateOnly), Interval: time.Nanosecond, Clock: clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	add := func(c proof.Class, under paper.Digest, payload any, data bool) int64 {
		second.Add(1)
		a := ledger.Act{Entry: proof.Entry{Class: c, Role: "registrar", Warrant: under}, Data: data}
		switch p := payload.(type) {
		case *paper.Envelope:
			a.Entry.Paper = p.Digest()
			if a.Payload, err = p.Marshal(); err != nil {
				t.Fatal(err)
			}
		case string:
			a.Payload = []byte(p)
		}
		index, err := l.Append(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Await(t.Context(), index); err != nil {
			t.Fatal(err)
		}
		return index
	}
	add(proof.Trust, "", w.Roots[0], false)
	x := w.CollectionWarrant()
	x.Application.Index = add(proof.Application, "", "application", false)
	x.Decision.Index = add(proof.Decision, "", "decision", false)
	e, err := paper.Seal(warrant.Type, x, w.Signer("member-1"), w.Signer("member-2"), w.Signer("member-5"))
	if err != nil {
		t.Fatal(err)
	}
	add(proof.Warrant, e.Digest(), e, false)
	for i := range 12 {
		add(proof.Mistake, e.Digest(), fmt.Sprintf("data %d", i), true)
	}
	for i := range 4 {
		add(proof.Build, "", fmt.Sprintf("program %d", i), false)
	}
	_, died, err := l.Dispose(t.Context(), e.Digest(), clock().UTC().Format(time.DateOnly))
	if err == nil {
		_, err = l.Await(t.Context(), died) // the proof too must be under a published checkpoint
	}
	if err != nil {
		t.Fatal(err)
	}
	// The keeper counts the period: two programs and the disposal stay sealed, the data are dead.
	for _, i := range []int64{0, 1, 2, 3, 16, 17} {
		if err := l.Unseal(t.Context(), i); err != nil {
			t.Fatal(err)
		}
	}
	count := func(why *period.Reason) (*proof.PeriodReport, error) {
		size := l.Signed().Size
		first, err := period.Next(t.Context(), l, size)
		if err != nil {
			t.Fatal(err)
		}
		return period.Report(t.Context(), l, first, size, why)
	}
	if _, err := count(nil); err == nil {
		t.Error("sealed entries were counted without a reason")
	}
	report, err := count(&period.Reason{Reason: "security", Until: "2027-01-01"})
	if err != nil {
		t.Fatal(err)
	}
	signed, err := paper.Seal(proof.PeriodType, report, w.Signer("member-1"))
	if err != nil {
		t.Fatal(err)
	}
	add(proof.Period, "", signed, false)
	if next, err := period.Next(t.Context(), l, l.Signed().Size); err != nil || next != report.Last {
		t.Errorf("the next period begins at %d, not %d: %v", next, report.Last, err)
	}
	if report.Disposed != 12 || len(report.Sealed) != 1 || report.Sealed[0].N != 3 || report.First != 0 {
		t.Errorf("%+v", report)
	}
	add(proof.Build, "", "the last program", false)
	dir = t.TempDir()
	sum := sha256.Sum256([]byte(bed.Origin))
	if _, err := l.Export(t.Context(), filepath.Join(dir, "logs", fmt.Sprintf("%x", sum)), folder.Readable); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	beside(t, dir, w)
	return dir, w.Roots[0].Digest(), clock()
}

// beside writes the papers of the trust beside the logs.
func beside(t *testing.T, dir string, w *warranttest.World) {
	t.Helper()
	write := func(name string, data []byte) {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, err := w.Roots[0].Marshal()
	if err != nil {
		t.Fatal(err)
	}
	write("root/000001.json", text)
	for d, p := range w.Profiles {
		if text, err = paper.Marshal(p); err != nil {
			t.Fatal(err)
		}
		write("profiles/"+string(d[len("sha256:"):])+".json", text)
	}
}

// TestRealLedger: what the ledger itself wrote, had cosigned, disposed of and exported
// is right to an outsider, and one changed bit of it is not.
func TestRealLedger(t *testing.T) {
	dir, root, now := real(t)
	for _, mode := range []verify.Mode{verify.Public, verify.Inspector} {
		o := verify.Options{FS: os.DirFS(dir), Mode: mode, Root: root, Fresh: time.Hour, Now: now}
		if r := run(t, o); !r.Right {
			for _, f := range r.List {
				t.Errorf("%s: %s: %s", mode, f.Code, f.Sentence.EN)
			}
		}
	}
	bundles, err := filepath.Glob(filepath.Join(dir, "logs", "*", "tile", "entries", "*.p", "*"))
	if err != nil || len(bundles) == 0 {
		t.Fatal(bundles, err)
	}
	for _, name := range bundles {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		data[34*3+5] ^= 1
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := run(t, verify.Options{FS: os.DirFS(dir), Mode: verify.Inspector, Root: root, Fresh: time.Hour, Now: now})
	if r.Right || r.First.Index == nil || *r.First.Index != 3 {
		t.Errorf("with entry 3 changed: %s", shown(r))
	}
}
