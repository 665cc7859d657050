package inspect_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/ledger/folder"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/oversight/act"
	"github.com/noroshi-acd/noroshi/oversight/inspect"
)

// TestInvariant28_AnExportIsHeldAgainstItsTree: the inspector reads an export as the log
// itself; an entry that is not opened is refused, one that was exchanged is wrong, and an
// export of other witnesses or of another log is none.
func TestInvariant28_AnExportIsHeldAgainstItsTree(t *testing.T) {
	f, size := busy(t)
	if _, err := f.Log.Await(t.Context(), size-1); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := f.Log.Export(t.Context(), dir, folder.Readable); err != nil {
		t.Fatal(err)
	}
	x, err := inspect.OpenExport(os.DirFS(dir), f.Log.Origin(), f.View)
	if err != nil {
		t.Fatal(err)
	}
	look := func() []act.Finding {
		t.Helper()
		i := inspector(f, x)
		if _, err := i.List(t.Context(), 0, size); err != nil {
			t.Fatal(err)
		}
		list, err := i.Look(t.Context(), []int64{0, 1, 2, 3})
		if err != nil || len(list) != 4 {
			t.Fatal(list, err)
		}
		return list
	}
	for _, n := range look() {
		if n.Verdict != act.Right {
			t.Errorf("%+v", n)
		}
	}
	name := func(i int64) string { return filepath.Join(dir, "opened", fmt.Sprintf("%012d.json", i)) }
	if err := os.Remove(name(1)); err != nil {
		t.Fatal(err)
	}
	other, err := os.ReadFile(name(3)) // an entry in the place of another
	if err != nil {
		t.Fatal(err)
	}
	var o proof.Opened
	if err := paper.Unmarshal(other, &o); err != nil {
		t.Fatal(err)
	}
	o.Index = 2
	if other, err = paper.Marshal(o); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name(2), other, 0o600); err != nil {
		t.Fatal(err)
	}
	var got []act.Verdict
	for _, n := range look() {
		got = append(got, n.Verdict)
	}
	if want := []act.Verdict{act.Right, act.Refused, act.Wrong, act.Right}; !slices.Equal(got, want) {
		t.Errorf("%v, not %v", got, want)
	}
	if _, err := inspect.OpenExport(os.DirFS(dir), "another.example/log", f.View); fault.KindOf(err) != fault.Permission {
		t.Errorf("a log that the root does not know: %v", err)
	}
	if _, err := inspect.OpenExport(os.DirFS(t.TempDir()), f.Log.Origin(), f.View); fault.KindOf(err) != fault.NotFound {
		t.Errorf("an empty folder: %v", err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		t.Fatal(err)
	}
	cut := slices.Index(text, '\xe2') // the signatures begin with a dash
	if err := os.WriteFile(filepath.Join(dir, "checkpoint"), text[:cut+1], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := inspect.OpenExport(os.DirFS(dir), f.Log.Origin(), f.View); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a checkpoint without signatures: %v", err)
	}
}

// TestRerun: from the papers that somebody was given, an application and its decision come
// to the same; without a vote, or for another application, they do not.
func TestRerun(t *testing.T) {
	f, size := busy(t)
	papers := &inspect.Papers{Name: f.Log.Origin(), At: map[int64]inspect.Kept{}}
	var indices []int64
	var asked paper.Digest
	vote := int64(-1)
	for i := range size {
		o, payload, err := f.Log.Read(i)
		if err != nil {
			t.Fatal(err)
		}
		papers.At[i] = inspect.Kept{Class: o.Entry.Class, Payload: payload}
		indices = append(indices, i)
		if asked == "" && o.Entry.Class == proof.Application {
			asked = o.Entry.Paper
		}
		if vote < 0 && o.Entry.Class == proof.Vote {
			vote = i
		}
	}
	rerun := func(d paper.Digest) *inspect.Rerun {
		x := inspector(f, papers)
		x.Note(indices...)
		return x.Rerun(d)
	}
	if r := rerun(asked); len(r.Lacks)+len(r.Wrong) != 0 {
		t.Errorf("%+v", r)
	}
	if r := rerun(paper.DigestOf(nil)); !slices.Equal(r.Wrong, []string{"application-missing"}) {
		t.Errorf("%+v", r)
	}
	delete(papers.At, vote)
	if r := rerun(asked); len(r.Wrong) == 0 {
		t.Error("a vote is missing, and the decision is found right")
	}
}
