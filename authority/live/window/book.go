package window

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/noroshi-acd/noroshi/authority/grant"
	"github.com/noroshi-acd/noroshi/authority/live"
	"github.com/noroshi-acd/noroshi/authority/live/keep"
	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// maxGrants is how many grants that are not closed, or were lately, are held. A link
// blocks itself after five minutes, so a tap of a thousand links stays below it.
const maxGrants = 1 << 14

const (
	never  = int64(math.MaxInt64)
	second = int64(time.Second)
)

// Config says whose grants they are.
type Config struct {
	// Dir is the folder of what is known of grants. It must belong to this process alone.
	Dir string
	// Party is "tap" or "edge".
	Party paper.ID
	// Key is the party's own key: grants for another tap or edge are refused.
	Key paper.PublicKey
	// Effect is what the party does to a record, as warrants call it.
	Effect paper.ID
	// Profiles finds the profiles of warrants.
	Profiles live.Profiles
	// Urgents counts urgent warrants; nil when the party has counted none, and then a
	// warrant of the urgent path is refused.
	Urgents func() *warrant.UrgentCount
	// HoldS is the lease of a running window, s: how old liveness may become. 0 means 60.
	HoldS int64
}

// Validate says what is wrong with c.
func (c Config) Validate() error {
	field := ""
	switch {
	case c.Dir == "":
		field = "dir"
	case c.Party != "tap" && c.Party != "edge":
		field = "party"
	case c.Key.Check() != nil:
		field = "key"
	case c.Effect.Check() != nil:
		field = "effect"
	case c.Profiles == nil:
		field = "profiles"
	case c.HoldS < 0 || c.HoldS > int64(liveness.HoldAge/time.Second):
		field = "hold"
	}
	if field == "" {
		return nil
	}
	return live.Wrong(fault.Invalid, "config", fault.Place{Offset: -1, Field: "live." + field}, nil)
}

// Book is what a tap or an edge knows of the grants of its links: one open and one
// close for each first warrant, link and minute. All of it is on disk before it counts.
type Book struct {
	config Config
	clock  *live.Clock
	watch  *live.Watch

	mu     sync.Mutex // held by everything that changes; Take does not need it
	folder *keep.Folder
	known  map[paper.Digest]*held // by the open's digest
	gates  map[place]*Gate
	totals map[paper.Digest]*total
}

// place is a link under a warrant.
type place struct {
	link    paper.ID
	warrant paper.Digest
}

// held is a grant that is known.
type held struct {
	file   grantFile
	opened *grant.Opened
	window *window // nil after a restart: it is not used again
}

// Open opens the folder and reads what was granted before. Windows from before a
// restart are not used again: nobody knows what was taken in them. They wait for their
// close, and block new ones when it does not come.
func Open(c Config, clock *live.Clock, watch *live.Watch) (*Book, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	folder, err := keep.Open(c.Dir)
	if err != nil {
		return nil, err
	}
	if c.HoldS == 0 {
		c.HoldS = int64(liveness.HoldAge / time.Second)
	}
	g := &Book{
		config: c, clock: clock, watch: watch, folder: folder,
		known: map[paper.Digest]*held{}, gates: map[place]*Gate{}, totals: map[paper.Digest]*total{},
	}
	if err := g.load(); err != nil {
		_ = folder.Close()
		return nil, err
	}
	return g, nil
}

// Close gives the folder free. Gates let nothing through any more.
func (g *Book) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, gate := range g.gates {
		gate.set.Store(nil)
	}
	return g.folder.Close()
}

// Gate gives the gate of a link under a warrant. It is the same one for ever, and shut
// while there is no grant.
func (g *Book) Gate(link paper.ID, warrant paper.Digest) *Gate {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := place{link, warrant}
	gate := g.gates[p]
	if gate == nil {
		gate = &Gate{clock: g.clock, watch: g.watch}
		g.gates[p] = gate
		g.fill(p)
	}
	return gate
}

// Offer is a grant with all that it rests on.
type Offer struct {
	Chain  []*paper.Envelope // the first warrant, then its children
	Open   *paper.Envelope
	Record *live.Recorded // that the open stands in a log of acts
	Person paper.ID       // who answers for the collection, where the warrant names people
	Duty   paper.ID
}

// Accept verifies a grant and makes it ready. With nothing unmet it is on disk, and its
// gate opens by itself at its beginning. A grant that is known already is given again.
// An error is of the disk or the receipt; the grant is then not used.
//
// Invariant 2: the receipt is verified here, before the window opens.
func (g *Book) Accept(o Offer) (*grant.Opened, []unmet.Unmet, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if o.Open == nil {
		return nil, nil, errors.New("no grant is offered")
	}
	if h := g.known[o.Open.Digest()]; h != nil {
		return h.opened, nil, nil
	}
	if err := g.fold(); err != nil {
		return nil, nil, err
	}
	if len(g.known) >= maxGrants {
		return nil, nil, live.Wrong(fault.Limit, "many", fault.Place{Offset: -1}, nil, "most", maxGrants)
	}
	position, _, err := live.Prove(g.watch.View(), o.Open, proof.GrantOpen, o.Record)
	if err != nil {
		return nil, nil, live.Wrong(fault.Permission, "receipt", fault.Place{Offset: -1}, err)
	}
	var open grant.Open
	if err := o.Open.Open(grant.OpenType, &open); err != nil {
		return nil, []unmet.Unmet{{Place: "open", Code: "paper", Args: []any{"why", err.Error()}}}, nil
	}
	v, list := g.check(o, &open)
	if len(list) > 0 {
		return nil, list, nil
	}
	in := grant.OpenInput{Envelope: o.Open, Warrant: v, View: g.watch.View(), Position: position, Earlier: g.earlier(open.Link)}
	in.Used, in.Above = g.usedOf(v.Chain)
	in.Liveness, in.Clock = g.watch.Live(), g.clock.Now().Paper()
	opened, list := grant.VerifyOpen(in)
	if len(list) > 0 {
		return nil, list, nil
	}
	if err := g.take(opened, o.Open, v); err != nil {
		return nil, nil, err
	}
	return opened, nil, nil
}

// check holds the warrant against the collection that the grant is for.
func (g *Book) check(o Offer, open *grant.Open) (*warrant.Verified, []unmet.Unmet) {
	var l unmet.List
	mine := open.Tap
	if g.config.Party == "edge" {
		mine = open.Edge
	}
	l.Want(mine.Same(g.config.Key), "open."+string(g.config.Party), "tap-other", "link", string(open.Link))
	var leaf warrant.Warrant
	if n := len(o.Chain); n == 0 || o.Chain[n-1] == nil {
		l.Add("chain", "chain-depth", "n", 0, "max", warrant.MaxDepth)
	} else if err := o.Chain[n-1].Open(warrant.Type, &leaf); err != nil {
		l.Add("chain", "paper", "why", err.Error())
	}
	if len(l) > 0 {
		return nil, l
	}
	var digests []paper.Digest
	for _, e := range o.Chain {
		if e == nil {
			return nil, []unmet.Unmet{{Place: "chain", Code: "paper", Args: []any{"why", "nothing is there"}}}
		}
		digests = append(digests, e.Digest())
	}
	used, above := g.usedOf(digests)
	use := warrant.Use{
		Kind: regime.Collection, Instrument: leaf.Instrument, Purpose: leaf.Purpose, Case: leaf.Case, Actor: leaf.Holder,
		Effect: g.config.Effect, Link: open.Link, Tap: open.Tap.ID(), DirectionTable: leaf.Scope.DirectionTable, SelectorSet: open.SelectorSet,
		Person: o.Person, Duty: o.Duty,
		Counts: with(used, open),
	}
	for _, u := range above {
		use.Above = append(use.Above, with(u, open))
	}
	if len(leaf.Scope.Directions) > 0 {
		use.Direction = leaf.Scope.Directions[0] // of each record the edge decides
	}
	in := warrant.Input{Chain: o.Chain, Profiles: g.config.Profiles, Use: use, Start: true}
	if g.watch.Fill(&in); g.config.Urgents != nil {
		in.Urgents = g.config.Urgents()
	}
	v, list := warrant.Check(in)
	return v, list
}

// take puts a grant that is right on disk, and then to its gate.
func (g *Book) take(opened *grant.Opened, e *paper.Envelope, v *warrant.Verified) error {
	o := opened.Open()
	h := &held{opened: opened, file: grantFile{Chain: v.Chain, Open: *e, Position: positionFile(opened.Position())}}
	if err := g.put(h); err != nil {
		return err
	}
	h.window = &window{
		opened: opened, from: int64(o.From) * second, to: int64(o.To) * second,
		claim: live.Claim{
			Chain: v.Chain, Link: o.Link, SelectorSet: o.SelectorSet, DirectionTable: v.Leaf.Scope.DirectionTable,
			NotAfter: v.Leaf.NotAfter, Hold: time.Duration(g.config.HoldS) * time.Second,
		},
	}
	h.window.records.Store(o.MaxRecords)
	h.window.bytes.Store(o.MaxBytes)
	g.known[opened.Digest()] = h
	g.refill(o.Link)
	return nil
}

// refill gives the gates of a link their windows anew.
func (g *Book) refill(link paper.ID) {
	for p := range g.gates {
		if p.link == link {
			g.fill(p)
		}
	}
	for _, h := range g.known {
		if o := h.opened.Open(); o.Link == link && g.gates[place{link, o.Warrant}] == nil {
			g.gates[place{link, o.Warrant}] = &Gate{clock: g.clock, watch: g.watch}
			g.fill(place{link, o.Warrant})
		}
	}
}

func (g *Book) fill(p place) {
	next := &set{shutAt: never}
	for _, h := range g.known {
		o := h.opened.Open()
		if o.Link != p.link || h.file.Closed {
			continue
		}
		next.shutAt = min(next.shutAt, (int64(o.To)+int64(grant.CloseAfter/time.Second))*second)
		if h.window != nil && !h.file.Settled && o.Warrant == p.warrant {
			next.windows = append(next.windows, h.window)
		}
	}
	slices.SortFunc(next.windows, func(a, b *window) int { return int(a.from/second - b.from/second) })
	g.gates[p].set.Store(next)
}

// earlier gives the grants of a link.
func (g *Book) earlier(link paper.ID) []grant.Earlier {
	var list []grant.Earlier
	for _, d := range sorted(g.known) {
		if h := g.known[d]; h.opened.Open().Link == link {
			list = append(list, grant.Earlier{Open: h.opened.Open(), Digest: d, Closed: h.file.Closed, First: h.file.Chain[0]})
		}
	}
	return list
}

// with is what a warrant was used for, a window's caps with it.
func with(u grant.Used, o *grant.Open) warrant.Counts {
	return warrant.Counts{Records: sum(u.Records, o.MaxRecords), Bytes: sum(u.Bytes, o.MaxBytes)}
}

func sum(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

func name(d paper.Digest) string { return strings.TrimPrefix(string(d), "sha256:") + ".json" }

// unknown is the error of a grant that nobody has accepted here.
func unknown(d paper.Digest) error {
	return live.Wrong(fault.NotFound, "unknown", fault.Place{Offset: -1, Field: string(d)}, fmt.Errorf("%s", d))
}

// sorted gives the keys of m in order.
func sorted[V any](m map[paper.Digest]V) []paper.Digest { return slices.Sorted(maps.Keys(m)) }
