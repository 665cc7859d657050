package mapping

import (
	"slices"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/infrastructure"
	"github.com/noroshi-acd/noroshi/infrastructure/growth"
	"github.com/noroshi-acd/noroshi/infrastructure/links"
)

// Mapper makes the graph of one analysis as cheaply as it can. With seeds that a
// person gave it collects during the first reading. Without, it only notes which
// machines are seen on both sides of exchanges; when findings name such a machine, the
// records are read once more, else the findings say all that there is.
type Mapper struct {
	cfg       infrastructure.Config
	seeds     []infrastructure.Seed
	collector *links.Collector
	sides     *sides
}

// New makes a mapper; cfg MUST be valid.
func New(cfg infrastructure.Config, seeds []infrastructure.Seed) *Mapper {
	m := &Mapper{cfg: cfg, seeds: seeds}
	if len(seeds) > 0 {
		m.collector = links.New(cfg, seeds)
	} else {
		m.sides = newSides()
	}
	return m
}

// Detector gives what an engine has to feed.
func (m *Mapper) Detector() detect.Detector {
	if m.collector != nil {
		return m.collector
	}
	return m.sides
}

// Map makes the graph after the first reading, from the seeds that a person gave and
// from found. again feeds d with all records once more and gives the engine's context;
// it is nil where they can be read but once. An error is again's.
func (m *Mapper) Map(ctx *detect.Context, found []detect.Finding, again func(d detect.Detector) (*detect.Context, error)) (*infrastructure.Graph, error) {
	seeds := slices.Concat(m.seeds, infrastructure.Seeds(found))
	if m.collector != nil {
		return growth.Grow(m.collector, ctx, seeds), nil
	}
	if len(seeds) == 0 {
		return &infrastructure.Graph{}, nil
	}
	if again == nil || !m.sides.both(seeds) {
		return infrastructure.FromFindings(found, m.cfg.Nodes), nil
	}
	c := links.New(m.cfg, seeds)
	ctx, err := again(c)
	if err != nil {
		return nil, err
	}
	return growth.Grow(c, ctx, seeds), nil
}

// sides notes which machines began exchanges and which were turned to from outside,
// in two bitmaps of hashed addresses. It implements [detect.Detector].
type sides struct{ from, to []uint64 }

// sideBits is the size of each bitmap: with 100,000 machines one in 80 is taken for
// another, which costs a reading and nothing else.
const sideBits = 1 << 23

func newSides() *sides { return &sides{make([]uint64, sideBits/64), make([]uint64, sideBits/64)} }

// Kind gives [links.Kind].
func (s *sides) Kind() detect.Kind { return links.Kind }

// Findings gives none.
func (s *sides) Findings(*detect.Context) []detect.Finding { return nil }

// Observe notes e's two machines.
func (s *sides) Observe(e *detect.Event) {
	if e.DNS != nil || e.SrcDomestic && e.DstDomestic || links.Everybody(e.Rec) {
		return
	}
	mark(s.from, e.Rec.Src)
	if !e.SrcDomestic && links.Answered(e.Rec) {
		mark(s.to, e.Rec.Dst)
	}
}

func mark(bits []uint64, a flow.Addr) {
	h := detect.HashAddr(a) % sideBits
	bits[h/64] |= 1 << (h % 64)
}

func marked(bits []uint64, a flow.Addr) bool {
	h := detect.HashAddr(a) % sideBits
	return bits[h/64]&(1<<(h%64)) != 0
}

// both says that one of the seeds was seen on its other side: a server that turns to
// others, or a machine to which others turn from outside.
func (s *sides) both(seeds []infrastructure.Seed) bool {
	return slices.ContainsFunc(seeds, func(x infrastructure.Seed) bool {
		if x.Addr.IsZero() {
			return false
		}
		if x.Tier == infrastructure.Bot {
			return marked(s.to, x.Addr)
		}
		return marked(s.from, x.Addr)
	})
}

// Merge adds what other, a *sides, noted.
func (s *sides) Merge(other detect.Detector, _ *detect.Context) {
	o := other.(*sides)
	for i := range s.from {
		s.from[i] |= o.from[i]
		s.to[i] |= o.to[i]
	}
}
