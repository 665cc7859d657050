package verify_test

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/grant"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/books"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/verify"
	"github.com/noroshi-acd/noroshi/ledger/verify/trusted"
	"github.com/noroshi-acd/noroshi/ledger/verify/verifytest"
)

// rewrite writes a log in which entries are others, all signed anew.
func (t *trial) rewrite(l *verifytest.Log, others map[int]*verifytest.Entry) {
	c, first := l.Clone(), len(l.Entries)
	for i, e := range others {
		e.Key = l.Entries[i].Key
		if err := c.Replace(i, e); err != nil {
			panic(err)
		}
		if old := l.Entries[i]; old.Payload != nil && old.Content != e.Content {
			t.out.Remove(l.Dir() + "content/" + strings.TrimPrefix(string(old.Content), "sha256:"))
		}
		first = min(first, i)
	}
	c.Write(t.out, first)
}

// sheets gives the pages of an account by their entries.
func (t *trial) sheets(warrant paper.Digest, link paper.ID) map[int]books.Page {
	list := map[int]books.Page{}
	for i, e := range t.Acts.Entries {
		if e.Class != proof.Books || e.Warrant != warrant {
			continue
		}
		if p := open[books.Page](t.Acts, i, books.PageType); p.Link == link {
			list[i] = p
		}
	}
	return list
}

// pickAccount picks one whose warrant stands to the end.
func (t *trial) pickAccount() (warrant paper.Digest, link paper.ID) {
	return t.Warrant(t.rng.IntN(verifytest.Warrants - 1)), []paper.ID{"carrier-a/1", "carrier-a/2"}[t.rng.IntN(2)]
}

// silent are the ways of those who say nothing, or not now.
func silent() map[string]func(t *trial) want {
	return map[string]func(t *trial) want{
		"withheld account": func(t *trial) want {
			l := t.Acts
			warrant, link := t.pickAccount()
			others := map[int]*verifytest.Entry{}
			for i := range t.sheets(warrant, link) {
				others[i] = t.harmless(l, i)
			}
			t.rewrite(l, others)
			return exactly(l, slices.IndexFunc(l.Entries, func(e *verifytest.Entry) bool {
				if e.Class != proof.GrantOpen || e.Warrant != warrant {
					return false
				}
				env, err := paper.ParseEnvelope(e.Payload)
				var o grant.Open
				return err == nil && env.Open(grant.OpenType, &o) == nil && o.Link == link
			}))
		},
		"all sheets end early": func(t *trial) want {
			l := t.Acts
			warrant, link := t.pickAccount()
			last := int64(1 + t.rng.IntN(8))
			others, first := map[int]*verifytest.Entry{}, len(l.Entries)
			for i, p := range t.sheets(warrant, link) {
				switch {
				case p.Number > last:
					others[i] = t.harmless(l, i)
				case p.Number == last:
					p.Last = true
					others[i] = t.like(l, i, proof.Books, t.Seal(books.PageType, p, t.keeper(p)))
					first = min(first, i)
				}
			}
			t.rewrite(l, others)
			return exactly(l, first)
		},
		"page from the future": func(t *trial) want {
			l := t.Acts
			warrant, link := t.pickAccount()
			for i, p := range t.sheets(warrant, link) {
				if p.Last && p.Sheet == books.HubKept {
					p.Minute += 3600
					p.At += 3600
					t.again(l, i, t.like(l, i, proof.Books, t.Seal(books.PageType, p, t.keeper(p))))
					return exactly(l, i)
				}
			}
			panic("no last page")
		},
	}
}

// TestInvariant04_SilenceIsNoAccount: who withholds a whole account, ends all its sheets
// early or accounts for minutes that have not been is named with what he did, in both
// languages.
func TestInvariant04_SilenceIsNoAccount(t *testing.T) {
	m := life(t)
	for name, says := range map[string]i18n.Text{
		"withheld account":     {EN: "withheld", JA: "一頁も出されていません"},
		"all sheets end early": {EN: "calls itself the last", JA: "最終頁"},
		"page from the future": {EN: "not over yet", JA: "まだ終わっていない"},
	} {
		r := tampered(t, m, name)
		if !slices.ContainsFunc(r.List, func(f *verify.Flaw) bool {
			return f.Class != "" && *f.Index == *r.First.Index && strings.Contains(f.Sentence.EN, says.EN) && strings.Contains(f.Sentence.JA, says.JA)
		}) {
			t.Errorf("%s: nobody says %v: %s", name, says, shown(r))
		}
	}
}

// latin finds two words of English in a row.
var latin = regexp.MustCompile(`[A-Za-z]{2,} [A-Za-z]{2,}|：[a-z]+$|<nil>`)

// TestJapaneseReports: of each way to tamper, the whole report is Japanese under ja, but
// for names.
func TestJapaneseReports(t *testing.T) {
	m := life(t)
	all := families()
	maps.Copy(all, dishonest())
	maps.Copy(all, silent())
	known := trusted.NewKnown()
	for name, f := range all {
		for seed := range uint64(4) {
			x := &trial{Made: m, rng: rand.New(rand.NewPCG(seed, 5)), out: m.Export.Clone()}
			f(x)
			o := ask(m, known)
			o.FS = x.out
			r, err := verify.Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := r.Write(&b, i18n.JA); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(b.String()) {
				if word := latin.FindString(strings.TrimSpace(line)); word != "" {
					t.Errorf("%s: %q in %s", name, word, line)
				}
			}
		}
	}
}
