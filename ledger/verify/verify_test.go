package verify_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/verify"
	"github.com/noroshi-acd/noroshi/ledger/verify/trusted"
	"github.com/noroshi-acd/noroshi/ledger/verify/verifytest"
)

// life makes a life of more than 1,000 entries.
func life(t testing.TB) *verifytest.Made {
	t.Helper()
	m, err := verifytest.Make(verifytest.Options{Minutes: 10, Queries: 46, Seed: "life"})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// ask are the options under which the life is right.
func ask(m *verifytest.Made, known *trusted.Known) verify.Options {
	return verify.Options{FS: m.Export, Mode: verify.Inspector, Root: m.Root, Fresh: time.Hour, Now: m.End.Time().Add(time.Minute), Known: known}
}

func run(t *testing.T, o verify.Options) *verify.Report {
	t.Helper()
	r, err := verify.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestHonest(t *testing.T) {
	m := life(t)
	for _, mode := range []verify.Mode{verify.Public, verify.Inspector} {
		o := ask(m, nil)
		o.Mode = mode
		var done, total int64
		o.Progress = func(d, t int64) { done, total = d, t }
		r := run(t, o)
		for _, f := range r.List {
			t.Errorf("%s: %s: %s", mode, f.Code, f.Sentence.EN)
		}
		entries := int64(len(m.Decisions.Entries) + len(m.Acts.Entries))
		if !r.Right || done != entries || total != entries {
			t.Errorf("%s: progress ended at %d of %d, want %d", mode, done, total, entries)
		}
		if c := r.Checked; c.Warrants != verifytest.Warrants+verifytest.Inquiries || c.Grants == 0 || c.Pages == 0 || c.Statements == 0 || mode == verify.Inspector && c.Disposed != verifytest.Discarded {
			t.Errorf("%s: too little was looked at: %+v", mode, c)
		}
	}
}

// TestInvariant03_NoPastButOne: what was seen of a log once binds it.
func TestInvariant03_NoPastButOne(t *testing.T) {
	m := life(t)
	other, err := verifytest.Make(verifytest.Options{Minutes: 10, Queries: 46, Seed: "another life"})
	if err != nil {
		t.Fatal(err)
	}
	o := ask(m, nil)
	o.Fresh = 0
	if r := run(t, o); !r.Right || !strings.Contains(r.Fresh.EN, "nothing") || !strings.Contains(r.Fresh.JA, "なし") {
		t.Errorf("without anything to be fresh against: %v %q", r.Right, r.Fresh)
	}
	o.Since = [][]byte{other.Export.Get(other.Acts.Dir() + "checkpoint")}
	if r := run(t, o); r.Right || r.First.Code != "fork" && r.First.Code != "since" {
		t.Errorf("against another past: %s", shown(r))
	}
	o = ask(m, nil)
	o.Now = o.Now.Add(2 * time.Hour)
	if r := run(t, o); r.Right || r.First.Code != "old" {
		t.Errorf("two hours later: %s", shown(r))
	}
	o = ask(m, nil)
	o.Root = paper.DigestOf([]byte("another root"))
	if r := run(t, o); r.Right || len(r.Logs) > 0 {
		t.Errorf("under another root: %s", shown(r))
	}
}

// TestInvariant04_AnOutsiderSubtracts: a hub that keeps silent about records which the
// edge forwarded to it is named, with the minute and both sides' values.
func TestInvariant04_AnOutsiderSubtracts(t *testing.T) {
	m := life(t)
	r := tampered(t, m, "books that do not balance")
	if r.First.Class != "books" || !strings.Contains(r.First.Sentence.EN, "do not balance") || !strings.Contains(r.First.Sentence.JA, "釣り合いません") {
		t.Error(shown(r))
	}
}

// TestInvariant07_DisposedIsGone: an export that still holds what was disposed of is
// found out.
func TestInvariant07_DisposedIsGone(t *testing.T) {
	if r := tampered(t, life(t), "disposed of and still there"); r.First.Code != "disposed-readable" {
		t.Error(shown(r))
	}
}

// TestInvariant08_DisposalLeavesAProof: without its proof, or with another number, a
// missing payload is a flaw.
func TestInvariant08_DisposalLeavesAProof(t *testing.T) {
	m := life(t)
	if r := tampered(t, m, "disposal that nobody recorded"); r.First.Code != "content-missing" {
		t.Error(shown(r))
	}
	if r := tampered(t, m, "disposal of another number"); r.First.Code != "disposal-count" {
		t.Error(shown(r))
	}
}

// TestInvariant19_AnOutsiderCountsUses: two children with the whole cap of their parent
// use no more than it together, and the first query beyond it is named.
func TestInvariant19_AnOutsiderCountsUses(t *testing.T) {
	const minutes, queries = 2, 3
	total := int64((minutes + 3) * queries)
	for over := range int64(3) {
		m, err := verifytest.Make(verifytest.Options{Minutes: minutes, Queries: queries, MaxUses: total - over, Seed: "uses"})
		if err != nil {
			t.Fatal(err)
		}
		var asked []int64
		for i, e := range m.Acts.Entries {
			if e.Class == proof.Query {
				asked = append(asked, int64(i))
			}
		}
		r := run(t, ask(m, nil))
		if int64(len(asked)) != total || r.Right != (over == 0) {
			t.Fatalf("%d over, %d asked: %s", over, len(asked), shown(r))
		}
		if over > 0 && (r.First.Code != "uses-over" || *r.First.Index != asked[total-over] || len(r.List) != int(over)) {
			t.Errorf("%d over: %s", over, shown(r))
		}
	}
}

// TestInvariant01_EachKindIsAPermissionOfItsOwn: who may collect may not for that ask.
func TestInvariant01_EachKindIsAPermissionOfItsOwn(t *testing.T) {
	m := life(t)
	x := &trial{Made: m, rng: rand.New(rand.NewPCG(1, 2)), out: m.Export.Clone()}
	i := x.pick(m.Acts, proof.Query)
	e := *m.Acts.Entries[i]
	e.Warrant = m.Warrant(0)
	x.again(m.Acts, i, &e)
	o := ask(m, nil)
	o.FS = x.out
	if r := run(t, o); r.Right || r.First.Code != "act-kind" || *r.First.Index != int64(i) {
		t.Error(shown(r))
	}
}

// TestReport: the report is the same for people and programs, in both languages, and
// holds no sentence without its words.
func TestReport(t *testing.T) {
	m := life(t)
	for _, name := range []string{"flip a leaf", "missing close", "grant outside the warrant", "signed alone", "fork", "roll back"} {
		r := tampered(t, m, name)
		for _, l := range []i18n.Lang{i18n.EN, i18n.JA} {
			var b bytes.Buffer
			if err := r.Write(&b, l); err != nil {
				t.Fatal(err)
			}
			if text := b.String(); !strings.HasPrefix(text, r.First.Sentence.In(l)) || strings.Contains(text, "verify.") || strings.Contains(text, "{") {
				t.Errorf("%s, %s:\n%s", name, l, text)
			}
		}
		text, err := r.JSON()
		if err != nil {
			t.Fatal(err)
		}
		var back map[string]any
		if err := json.Unmarshal(text, &back); err != nil || back["schema"] != verify.Schema || back["right"] != false {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
}
