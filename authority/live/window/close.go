package window

import (
	"errors"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/grant"
	"github.com/noroshi-acd/noroshi/authority/live"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/books"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// grantFile is a grant as it is kept.
type grantFile struct {
	Bytes    int64          `json:"bytes"`           // taken, once settled
	Chain    []paper.Digest `json:"chain,omitempty"` // of the warrants, the first first; an earlier version kept none
	Closed   bool           `json:"closed"`
	Open     paper.Envelope `json:"open"`
	Position positionFile   `json:"position"`
	Records  int64          `json:"records"` // taken, once settled
	Settled  bool           `json:"settled"`
}

// positionFile is a [proof.Position] as it is kept.
type positionFile struct {
	Origin string       `json:"origin"`
	Index  int64        `json:"index"`
	Size   int64        `json:"size"`
	Root   paper.Digest `json:"root"`
}

// total is what was taken under a warrant in windows that are closed and no longer
// held one by one. Folded lists the windows that it was last made with: when their own
// files are still there, a crash came in between.
type total struct {
	Bytes   int64          `json:"bytes"`
	Chain   []paper.Digest `json:"chain,omitempty"` // of Warrant, the first first
	Folded  []paper.Digest `json:"folded"`
	Records int64          `json:"records"`
	Until   paper.Time     `json:"until,omitempty"` // the latest end of those windows; an earlier version kept none
	Warrant paper.Digest   `json:"warrant"`
}

const totalPrefix = "total-"

// foldAfter is how long after its end a closed window is held by itself, s; it must not
// be offered again by then.
const foldAfter = 600

// foldAt is how many closed windows are folded at once.
const foldAt = 32

func (g *Book) put(h *held) error {
	data, err := paper.Marshal(h.file)
	if err != nil {
		return err
	}
	return g.folder.Put(name(h.opened.Digest()), data)
}

func (g *Book) load() error {
	names, err := g.folder.List("")
	if err != nil {
		return err
	}
	folded := map[string]bool{}
	for _, n := range names {
		data, err := g.folder.Get(n)
		if err != nil {
			return err
		}
		if !strings.HasPrefix(n, totalPrefix) {
			continue
		}
		t := new(total)
		if err := paper.Unmarshal(data, t); err != nil {
			return g.folder.Damaged(n, err)
		}
		if err := kept(n, t.Chain, t.Warrant); err != nil {
			return err
		}
		for _, d := range t.Folded {
			folded[name(d)] = true
		}
		g.totals[t.Warrant] = t
	}
	for _, n := range names {
		switch {
		case strings.HasPrefix(n, totalPrefix):
		case folded[n]:
			err = g.folder.Remove(n)
		default:
			err = g.loadOne(n)
		}
		if err != nil {
			return err
		}
	}
	for _, h := range g.known {
		g.refill(h.opened.Open().Link)
	}
	return nil
}

func (g *Book) loadOne(n string) error {
	data, err := g.folder.Get(n)
	if err != nil {
		return err
	}
	h := &held{}
	if err := paper.Unmarshal(data, &h.file); err != nil {
		return g.folder.Damaged(n, err)
	}
	if h.opened, err = grant.Recall(&h.file.Open, proof.Position(h.file.Position)); err != nil {
		return g.folder.Damaged(n, err)
	}
	if err := kept(n, h.file.Chain, h.opened.Open().Warrant); err != nil {
		return err
	}
	g.known[h.opened.Digest()] = h
	return nil
}

// kept says what is wrong with a chain as it is kept: an earlier version did not keep
// it, and then nobody knows what was taken under the warrants above.
func kept(file string, chain []paper.Digest, leaf paper.Digest) error {
	if n := len(chain); n > 0 && n <= warrant.MaxDepth && chain[n-1] == leaf {
		return nil
	}
	return live.Wrong(fault.Invalid, "old", fault.Place{Path: file, Offset: -1, Field: "chain"}, nil, "file", file)
}

// usedOf is what the last warrant of a chain has been used for, and each one above it.
func (g *Book) usedOf(chain []paper.Digest) (leaf grant.Used, above []grant.Used) {
	last := len(chain) - 1
	for _, w := range chain[:last] {
		above = append(above, g.used(w))
	}
	return g.used(chain[last]), above
}

// used is what a warrant and all its children have been used for here. A window that is
// not settled counts with its whole caps, and so does one that a restart cut off.
//
// Invariant 19: what a child takes is taken from each warrant above it, over restarts.
func (g *Book) used(w paper.Digest) grant.Used {
	var u grant.Used
	for _, t := range g.totals {
		if slices.Contains(t.Chain, w) {
			u.Records, u.Bytes = sum(u.Records, t.Records), sum(u.Bytes, t.Bytes)
		}
	}
	for _, h := range g.known {
		if slices.Contains(h.file.Chain, w) {
			r, b := h.taken()
			u.Records, u.Bytes = sum(u.Records, r), sum(u.Bytes, b)
		}
	}
	return u
}

// taken is what went through a window, or could have.
func (h *held) taken() (records, bytes int64) {
	if h.file.Settled {
		return h.file.Records, h.file.Bytes
	}
	o := h.opened.Open()
	return o.MaxRecords, o.MaxBytes
}

// fold adds closed windows that nobody can offer again to their warrant's total.
func (g *Book) fold() error {
	now := g.clock.Now()
	old := map[paper.Digest][]paper.Digest{}
	for _, d := range sorted(g.known) {
		h := g.known[d]
		if o := h.opened.Open(); h.file.Closed && now.Sure && o.To+foldAfter < now.Paper().Earliest {
			old[o.Warrant] = append(old[o.Warrant], d)
		}
	}
	for _, w := range sorted(old) {
		if len(old[w]) < foldAt {
			continue
		}
		if err := g.foldOne(w, old[w]); err != nil {
			return err
		}
	}
	return nil
}

func (g *Book) foldOne(w paper.Digest, list []paper.Digest) error {
	t := total{Chain: g.known[list[0]].file.Chain, Folded: list, Warrant: w}
	if before := g.totals[w]; before != nil {
		t.Records, t.Bytes, t.Until = before.Records, before.Bytes, before.Until
		for _, d := range before.Folded { // gone, before another list stands in their place
			if err := g.folder.Remove(name(d)); err != nil {
				return err
			}
		}
	}
	for _, d := range list {
		r, b := g.known[d].taken()
		t.Records, t.Bytes, t.Until = sum(t.Records, r), sum(t.Bytes, b), max(t.Until, g.known[d].opened.Open().To)
	}
	data, err := paper.Marshal(t)
	if err != nil {
		return err
	}
	if err := g.folder.Put(totalPrefix+name(w), data); err != nil {
		return err
	}
	g.totals[w] = &t
	for _, d := range list {
		delete(g.known, d)
	}
	for _, d := range list {
		if err := g.folder.Remove(name(d)); err != nil {
			return err
		}
	}
	return nil
}

// State is what is known of one grant.
type State struct {
	Opened  *grant.Opened
	Taken   grant.Used // so far; the whole caps when a restart came in between
	Known   bool       // Taken is what really went through
	Settled bool       // nothing goes through any more
	Closed  bool
}

// List gives all grants that are held, in the order of their windows.
func (g *Book) List() []State {
	g.mu.Lock()
	defer g.mu.Unlock()
	var list []State
	for _, h := range g.known {
		list = append(list, h.state())
	}
	slices.SortFunc(list, func(a, b State) int {
		x, y := a.Opened.Open(), b.Opened.Open()
		if x.From != y.From {
			return int(x.From - y.From)
		}
		return strings.Compare(string(a.Opened.Digest()), string(b.Opened.Digest()))
	})
	return list
}

func (h *held) state() State {
	s := State{Opened: h.opened, Settled: h.file.Settled || h.window == nil, Closed: h.file.Closed, Known: h.file.Settled || h.window != nil}
	s.Taken.Records, s.Taken.Bytes = h.taken()
	if w := h.window; w != nil && !h.file.Settled {
		o := h.opened.Open()
		s.Taken = grant.Used{Records: o.MaxRecords - w.records.Load(), Bytes: o.MaxBytes - w.bytes.Load()}
	}
	return s
}

// Due lists the grants whose windows are surely over and that are not closed.
func (g *Book) Due() []State {
	now := g.clock.Now()
	return slices.DeleteFunc(g.List(), func(s State) bool {
		return s.Closed || !now.Sure || now.Earliest < int64(s.Opened.Open().To)*second
	})
}

// Settle ends a window, early or after its time, and says what was taken. It is on disk:
// a restart does not forget it.
func (g *Book) Settle(open paper.Digest) (State, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	h := g.known[open]
	if h == nil {
		return State{}, unknown(open)
	}
	return g.settle(h)
}

func (g *Book) settle(h *held) (State, error) {
	if h.file.Settled || h.window == nil {
		return h.state(), nil
	}
	h.file.Records, h.file.Bytes = h.window.settle()
	h.file.Settled = true
	if err := g.put(h); err != nil {
		h.file.Settled = false // the window stays shut; the number is written again
		return State{}, err
	}
	g.refill(h.opened.Open().Link)
	return h.state(), nil
}

// Sign puts the party's name under a close. It signs nothing but its own counts, and
// that what it let through is what its counter says: "copied" of a tap, "forwarded" of
// an edge. batches are the batches of the window in their order.
func (g *Book) Sign(e *paper.Envelope, own []grant.Count, batches []paper.Digest, key paper.Signer) error {
	var c grant.Close
	if err := e.Open(grant.CloseType, &c); err != nil {
		return err
	}
	s, err := g.Settle(c.Open)
	if err != nil {
		return err
	}
	if s.Known && count(own, g.counter()) != s.Taken.Records || !s.Known && count(own, g.counter()) > s.Taken.Records {
		return live.Wrong(fault.Permission, "counts", fault.Place{Offset: -1, Field: string(g.counter())}, nil, "n", count(own, g.counter()), "taken", s.Taken.Records)
	}
	return g.sign(e, &c, own, batches, key)
}

// sign signs a close that holds our own counts and batches.
func (g *Book) sign(e *paper.Envelope, c *grant.Close, own []grant.Count, batches []paper.Digest, key paper.Signer) error {
	mine := slices.DeleteFunc(slices.Clone(c.Counts), func(n grant.Count) bool { return n.Party != g.config.Party })
	if !slices.Equal(mine, own) {
		return live.Wrong(fault.Permission, "counted", fault.Place{Offset: -1, Field: "counts"}, nil)
	}
	if c.Batches != books.Root(batches) {
		return live.Wrong(fault.Permission, "batches", fault.Place{Offset: -1, Field: "batches"}, nil)
	}
	if !key.Public().Same(g.config.Key) {
		return errors.New("a close is signed with the party's own key")
	}
	return e.Add(key)
}

// SignUnused puts the party's name under the close of a grant that it never accepted: a
// crash came between the tap and the edge, or the offer was lost. open is the grant's
// paper. It signs counts of nothing only, and only when the window is surely over: then
// nobody can accept it here any more. Without it the link would stay shut for ever.
func (g *Book) SignUnused(e, open *paper.Envelope, own []grant.Count, key paper.Signer) error {
	var c grant.Close
	var o grant.Open
	if err := errors.Join(e.Open(grant.CloseType, &c), open.Open(grant.OpenType, &o)); err != nil {
		return err
	}
	mine := o.Tap
	if g.config.Party == "edge" {
		mine = o.Edge
	}
	if open.Digest() != c.Open || !mine.Same(g.config.Key) {
		return unknown(c.Open)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if now := g.clock.Now(); !now.Sure || now.Earliest < int64(o.To)*second || g.known[c.Open] != nil || g.mayBeFolded(&o, now) {
		return live.Wrong(fault.Permission, "unused", fault.Place{Offset: -1, Field: string(c.Open)}, nil)
	}
	for _, n := range own {
		if n.N != 0 {
			return live.Wrong(fault.Permission, "counts", fault.Place{Offset: -1, Field: string(n.Name)}, nil, "n", n.N, "taken", 0)
		}
	}
	return g.sign(e, &c, own, nil, key)
}

// mayBeFolded says whether a grant that is not known may have been: closed, and added to
// its warrant's total.
func (g *Book) mayBeFolded(o *grant.Open, now live.Instant) bool {
	t := g.totals[o.Warrant]
	return t != nil && now.Latest > int64(o.To+foldAfter)*second && (t.Until == 0 || o.To <= t.Until)
}

func (g *Book) counter() paper.ID {
	if g.config.Party == "tap" {
		return paper.ID(books.Copied)
	}
	return paper.ID(books.Forwarded)
}

func count(list []grant.Count, name paper.ID) int64 {
	for _, c := range list {
		if c.Name == name {
			return c.N
		}
	}
	return 0
}

// AcceptClose verifies a close with its receipt, and gives the link free for what comes
// after. A window that still runs ends with it.
func (g *Book) AcceptClose(e *paper.Envelope, r *live.Recorded) ([]unmet.Unmet, error) {
	var c grant.Close
	if err := e.Open(grant.CloseType, &c); err != nil {
		return []unmet.Unmet{{Place: "close", Code: "paper", Args: []any{"why", err.Error()}}}, nil
	}
	position, _, err := live.Prove(g.watch.View(), e, proof.GrantClose, r)
	if err != nil {
		return nil, live.Wrong(fault.Permission, "receipt", fault.Place{Offset: -1}, err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	h := g.known[c.Open]
	if h == nil {
		return nil, unknown(c.Open)
	}
	if h.file.Closed {
		return nil, nil
	}
	_, list := grant.VerifyClose(grant.CloseInput{Envelope: e, Opened: h.opened, Relied: h.opened.Position(), Position: position, View: g.watch.View()})
	if len(list) > 0 {
		return list, nil
	}
	if _, err := g.settle(h); err != nil {
		return nil, err
	}
	after := h.file
	if after.Closed = true; !after.Settled { // a restart came in between: both sides' counts stand in the close
		after.Settled, after.Records = true, min(count(ofParty(c.Counts, g.config.Party), g.counter()), h.opened.Open().MaxRecords)
		after.Bytes = h.opened.Open().MaxBytes
	}
	before := h.file
	h.file = after
	if err := g.put(h); err != nil {
		h.file = before
		return nil, err
	}
	g.refill(h.opened.Open().Link)
	return nil, nil
}

func ofParty(list []grant.Count, party paper.ID) []grant.Count {
	return slices.DeleteFunc(slices.Clone(list), func(n grant.Count) bool { return n.Party != party })
}
