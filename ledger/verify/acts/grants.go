package acts

import (
	"cmp"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/grant"
	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/verify/account"
	"github.com/noroshi-acd/noroshi/ledger/verify/opened"
	"github.com/noroshi-acd/noroshi/ledger/verify/trusted"
)

// grants is what was opened, and what of it is not closed.
type grants struct {
	open   map[paper.Digest]*window
	recent map[paper.ID][]*window // by link: not closed, or of the last minutes
	used   map[paper.Digest]int64 // records, by warrant, those of its children with them
}

// window is one grant.
type window struct {
	grant.Open
	entry  opened.Entry
	log    *Log
	opened *grant.Opened // nil when it was not found right
	closed bool
}

// signers are the keys that keep the books of an account.
type signers struct{ tap, edge, hub paper.PublicKey }

func newGrants() grants {
	return grants{open: map[paper.Digest]*window{}, recent: map[paper.ID][]*window{}, used: map[paper.Digest]int64{}}
}

type granted struct {
	grant *grant.Opened
	unmet []unmet.Unmet
}

// open judges an open: its holder signed it, it lies inside its warrant, which stood by
// the commission's latest word when it was asked for, and no other one is in its way.
//
// Invariant 2: a window without its entry before it is none.
func (j *Judge) open(p *signed) {
	w := &window{entry: *p.Entry, log: j.log}
	if err := p.envelope.Open(grant.OpenType, &w.Open); err != nil {
		j.bad(p.Entry, "paper", "why", err)
		return
	}
	g := j.warrants[w.Warrant]
	if g == nil {
		j.bad(p.Entry, "warrant-unknown", "warrant", string(w.Warrant))
		return
	}
	if p.Warrant != w.Warrant {
		j.bad(p.Entry, "paper-differs")
	}
	j.unmet(p.Entry, "warrant", j.standing(g, p.view))
	in := j.openInput(p, w, g)
	words := j.said(j.spot(p))
	if len(words) == 0 {
		words = append(words, nil)
	}
	in.Liveness = words[0]
	got := j.verifyOpen(p, in, g)
	for _, word := range words[1:] {
		in.Liveness = word
		if other := j.verifyOpen(p, in, g); len(other.unmet) == 0 {
			got = other
		}
	}
	j.unmet(p.Entry, "grant-open", got.unmet)
	j.opened(p, w, g, got.grant)
}

// verifyOpen holds an open against its inputs, once for all that are the same.
func (j *Judge) verifyOpen(p *signed, in grant.OpenInput, g *given) granted {
	inputs := append([]string{"open", string(p.content), string(p.view.Digest()), p.At.String(), p.log(j), number64(in.Used.Records)}, g.inputs...)
	for _, u := range in.Above {
		inputs = append(inputs, number64(u.Records))
	}
	if in.Liveness != nil {
		inputs = append(inputs, string(in.Liveness.Digest()), string(in.Liveness.View()))
	}
	for _, o := range in.Earlier {
		inputs = append(inputs, string(o.Digest))
	}
	return trusted.Remember(j.known, func() granted {
		o, list := grant.VerifyOpen(in)
		return granted{o, list}
	}, inputs...)
}

// opened keeps a grant that was judged.
func (j *Judge) opened(p *signed, w *window, g *given, right *grant.Opened) {
	w.opened = right
	j.count.Grants++
	j.grants.open[p.Paper] = w
	j.grants.recent[w.Link] = append(j.grants.recent[w.Link], w)
	if a := (account.Of{Warrant: w.Warrant, Link: w.Link}); w.opened != nil || j.accounts[a] == nil {
		j.accounts[a] = &signers{tap: w.Tap, edge: w.Edge, hub: g.Holder}
	}
	if w.opened != nil { // of another was told
		j.books.Owed(account.Of{Warrant: w.Warrant, Link: w.Link}, w.From, w.To, j.place(p.Entry))
		j.balanced = max(j.balanced, j.log.Stamps.Latest())
	}
}

func (p *signed) log(j *Judge) string { return j.log.Origin + " " + number64(p.Index) }

// openInput gathers what an open is held against: all as it was when its entry was
// written.
func (j *Judge) openInput(p *signed, w *window, g *given) grant.OpenInput {
	in := grant.OpenInput{
		Envelope: p.envelope, View: p.view, Clock: liveness.Clock{Earliest: p.At, Latest: p.At},
		Warrant:  &warrant.Verified{Leaf: g.Warrant, Digest: w.Warrant, Chain: g.digests, Profile: g.Profile, View: p.view.Digest()},
		Used:     grant.Used{Records: j.grants.used[w.Warrant]},
		Position: &grant.Position{Origin: j.log.Origin, Index: p.Index, Size: j.log.Size},
	}
	for _, d := range g.digests[:len(g.digests)-1] {
		in.Warrant.Above = append(in.Warrant.Above, j.warrants[d].Warrant)
		in.Above = append(in.Above, grant.Used{Records: j.grants.used[d]})
	}
	late := p.At - paper.Time(grant.CloseAfter.Seconds())
	keep := j.grants.recent[w.Link][:0]
	for _, o := range j.grants.recent[w.Link] {
		if o.closed && o.To < late {
			continue
		}
		keep = append(keep, o)
		if o.Minute() == w.Minute() && j.first(o) == g.digests[0] || !o.closed && o.To < late {
			in.Earlier = append(in.Earlier, grant.Earlier{Open: o.Open, Digest: o.entry.Paper, Closed: o.closed, First: j.first(o)})
		}
	}
	clear(j.grants.recent[w.Link][len(keep):])
	j.grants.recent[w.Link] = keep
	return in
}

// first is the first warrant above a grant.
func (j *Judge) first(w *window) paper.Digest { return j.warrants[w.Warrant].digests[0] }

// close judges a close: tap and edge signed it, it stands behind a witnessed checkpoint
// that the open stands before, it is the only one, and nothing was taken that the open
// did not permit or that was stopped by then.
func (j *Judge) close(p *signed) {
	var c grant.Close
	if err := p.envelope.Open(grant.CloseType, &c); err != nil {
		j.bad(p.Entry, "paper", "why", err)
		return
	}
	w := j.grants.open[c.Open]
	switch {
	case w == nil:
		j.bad(p.Entry, "close-unknown")
		return
	case w.closed:
		j.bad(p.Entry, "close-twice", "open", w.entry.Index)
		return
	}
	w.closed = true
	if p.Warrant != "" && p.Warrant != w.Warrant || p.At < c.At-Skew {
		j.bad(p.Entry, "paper-differs")
	}
	if w.opened == nil {
		return // of the open was told
	}
	relied := j.log.Stamps.Relied(p.Index)
	in := grant.CloseInput{
		Envelope: p.envelope, Opened: w.opened, View: p.view,
		Relied:   grant.Position{Origin: j.log.Origin, Size: relied.Size},
		Position: &grant.Position{Origin: j.log.Origin, Index: p.Index, Size: j.log.Size},
	}
	list := trusted.Remember(j.known, func() []unmet.Unmet {
		_, list := grant.VerifyClose(in)
		return list
	}, "close", string(p.content), string(w.opened.Digest()), number64(w.opened.Position().Index), p.log(j), number64(relied.Size), string(p.view.Digest()))
	j.unmet(p.Entry, "grant-close", list)
	j.taken(p, w, &c)
}

// taken judges what was counted in a window.
func (j *Judge) taken(p *signed, w *window, c *grant.Close) {
	counts := map[paper.ID]int64{}
	var some int64
	for _, n := range c.Counts {
		counts[n.Party+"/"+n.Name] = n.N
		some = max(some, n.N)
	}
	j.books.Closed(account.Of{Warrant: w.Warrant, Link: w.Link}, paper.Time(w.Minute()*60), counts)
	out := counts["edge/forwarded"]
	if out == 0 {
		out = counts["edge/selected"]
	}
	for _, d := range j.warrants[w.Warrant].digests {
		j.grants.used[d] += out
	}
	if out > w.MaxRecords {
		j.bad(p.Entry, "over", "n", out, "most", w.MaxRecords)
	}
	if some == 0 {
		return
	}
	// The tap was to stop when the window began: by then the stop had been said, or the
	// warrant no longer stood.
	if s, ok := j.stoppedAt(j.warrants[w.Warrant], w.From-paper.Time(liveness.HoldAge.Seconds())); ok {
		j.bad(p.Entry, "used-stopped", "at", max(s.from, s.at).String(), "from", w.From.String())
	}
}

// unclosed tells grants that were to be closed before the end of what witnesses saw.
func (j *Judge) unclosed() {
	var left []*window
	for _, w := range j.grants.open {
		if !w.closed && w.To+paper.Time(grant.CloseAfter.Seconds()) < w.log.Stamps.Latest() {
			left = append(left, w)
		}
	}
	if int64(len(left)) <= j.lost {
		return // so many closes, or entries that may be closes, are told to be wrong themselves
	}
	slices.SortFunc(left, func(a, b *window) int { return cmp.Compare(a.entry.Index, b.entry.Index) })
	for _, w := range left {
		j.log = w.log
		e := w.entry
		e.Class = proof.GrantOpen
		j.bad(&e, "unclosed", "link", string(w.Link), "to", w.To.String())
	}
}
