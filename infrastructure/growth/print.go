package growth

import (
	"cmp"
	"math"
	"slices"

	"github.com/noroshi-acd/noroshi/infrastructure/links"
)

// print is the manner in which clients of one program turn to their servers, learnt
// from links to known servers: nearly to the octet.
type print struct {
	port     uint16
	up, down float32 // log2 of octets
	spread   float32 // of up, from exchange to exchange
	learnt   int     // links that it was learnt from
	chance   float64 // servers that are not ours and would fit it by chance
}

// Limits of prints.
const (
	sharp      = 0.5  // spread of sizes above which a manner tells nothing, doublings
	printLinks = 3    // links that a print is learnt from
	printSeen  = 5    // exchanges on a link from which a print is learnt
	printsMost = 32   // prints held, those with the most exchanges on a link first
	printTries = 256  // links that a print is sought from
	deviations = 3.5  // of a mean that are chance
	slack      = 0.01 // doublings by which means differ beside chance
	widest     = 0.4  // doublings that means may differ by
	byChance   = 0.25 // servers that may fit by chance
	ringUp     = 1.0  // doublings around a print within which others are counted
	ringDown   = 1.5
)

// width is by how much the mean of n exchanges may differ from p.
func (p *print) width(n uint32) float32 {
	return slack + deviations*p.spread/float32(math.Sqrt(float64(max(n, 1))))
}

// sends says that n exchanges whose sources sent up are p's.
func (p *print) sends(up float32, n uint32) bool {
	w := p.width(n)
	return w <= widest && links.Apart(up, p.up) <= w
}

// receives says that n exchanges that were answered by down are p's. Answers may
// differ by more: an order among them is rare and large.
func (p *print) receives(down float32, n uint32) bool {
	return links.Apart(down, p.down) <= 0.35+1.5/float32(math.Sqrt(float64(max(n, 1))))
}

// varies says that what l's source sends varies from exchange to exchange as p's does.
func (p *print) varies(l *links.Link) bool {
	s := l.Spread()
	return s <= max(2*p.spread, 0.05) && (l.Answered < 8 || s >= p.spread/2)
}

// fits says that l is of print p; of what its destination answers not more is asked
// than that it did, when sent is set.
func (p *print) fits(l *links.Link, sent bool) bool {
	s := l.Shape()
	return s.Port == p.port && p.sends(s.Up, l.Answered) && p.varies(l) && (sent || p.receives(s.Down, l.Answered))
}

// fitsAny says that l is of a known print.
func (g *growth) fitsAny(l *links.Link) bool {
	for k := range g.prints {
		if g.prints[k].fits(l, false) {
			return true
		}
	}
	return false
}

// learn learns the prints of the links between members and known servers, from those
// with many exchanges on.
func (g *growth) learn() {
	var all []*links.Link
	for _, at := range g.order {
		if m := g.members[at]; !m.server || m.crowd {
			continue
		}
		for _, i := range g.Ins[at] {
			if l := g.Links[i]; l.Answered > 0 && g.is(g.Ends[i][0]) && l.Spread() <= sharp && !g.Tool(i, g.isServer) {
				all = append(all, l)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *links.Link) int { return cmp.Compare(b.Answered, a.Answered) })
	g.prints = g.prints[:0]
	for try := 0; try < printTries && len(all) > 0 && all[0].Answered >= printSeen && len(g.prints) < printsMost; try++ {
		var p print
		if p, all = takePrint(all); p.learnt >= printLinks {
			p.chance = g.crowded(&p)
			g.prints = append(g.prints, p)
		}
	}
}

// takePrint makes a print of the first of all and of those that are like it, and
// gives the others.
func takePrint(all []*links.Link) (p print, others []*links.Link) {
	s := all[0].Shape()
	p = print{port: s.Port, up: s.Up, down: s.Down, spread: max(all[0].Spread(), 0.01)}
	var ups, downs, spreads []float32
	for k, l := range all {
		if k > 0 && !p.fits(l, false) {
			others = append(others, l)
			continue
		}
		p.learnt++
		if s := l.Shape(); l.Answered >= printSeen {
			ups, downs, spreads = append(ups, s.Up), append(downs, s.Down), append(spreads, l.Spread())
		}
	}
	p.up, p.down, p.spread = links.Median(ups), links.Median(downs), max(links.Median(spreads), 0.01)
	return p, others
}

// crowded says how many servers that are not ours would fit p by chance, from how
// many have clients that turn to them as steadily and on the same port, with sizes
// about p's.
func (g *growth) crowded(p *print) float64 {
	n := 0
	for at := range g.Addrs {
		if !g.isServer(int32(at)) && slices.ContainsFunc(g.Ins[at], func(i int32) bool { return p.beside(g.Links[i]) }) {
			n++
		}
	}
	return float64(n) * min(float64(p.width(4)), widest) / ringUp * 0.5 / ringDown
}

// beside says that l is no link of p's, but about as large and as steady.
func (p *print) beside(l *links.Link) bool {
	if l.Port != p.port || l.Answered < 3 || l.Spread() > sharp {
		return false
	}
	s := l.Shape()
	return links.Apart(s.Up, p.up) <= ringUp && links.Apart(s.Down, p.down) <= ringDown && !p.fits(l, false)
}

// printed is what speaks for a machine's clients being of a print.
type printed struct {
	links     int    // that fit
	exchanges uint32 // on them
	chance    float64
}

// printed gives the known print in which most of those who are no servers of ours turn
// to at, on the print's port. Of a machine that turns to servers of ours, what it
// answers may be an order and is not asked.
func (g *growth) printed(at int32, ours bool) (best printed) {
	if !g.mayBePrinted(at) && !ours {
		return best
	}
	for k := range g.prints {
		if x := g.ofPrint(at, &g.prints[k], ours); x.links > best.links {
			best = x
		}
	}
	return best
}

// ofPrint is [growth.printed] for one print; zero when too few fit.
func (g *growth) ofPrint(at int32, p *print, ours bool) printed {
	x, all, total := printed{chance: p.chance}, 0, uint32(0)
	var up, down float32
	for _, i := range g.Ins[at] {
		l := g.Links[i]
		if l.Answered == 0 || l.Port != p.port || g.isServer(g.Ends[i][0]) || g.Tool(i, g.isServer) {
			continue
		}
		all++
		total += l.Answered
		if p.fits(l, ours) {
			s, n := l.Shape(), float32(l.Answered)
			up, down = up+s.Up*n, down+s.Down*n
			x.links++
			x.exchanges += l.Answered
		}
	}
	n := float32(max(x.exchanges, 1))
	if 4*x.links < 3*all && 4*x.exchanges < 3*total || !ours && !(p.sends(up/n, x.exchanges) && p.receives(down/n, x.exchanges)) {
		return printed{}
	}
	return x
}

// mayBePrinted says, cheaply, that enough of those who turn to at do so in our prints
// to look at it more closely.
func (g *growth) mayBePrinted(at int32) bool {
	if ins := g.Ins[at]; len(g.prints) > 0 && len(ins) <= 3*g.largest+64 {
		fit := 0
		for _, i := range ins {
			if g.Links[i].Answered > 0 && g.fitsAny(g.Links[i]) {
				fit++
			}
		}
		return fit > 0 && 16*fit >= len(ins)
	}
	return false
}

// isPrinted: its clients turn to it in a print of ours. With nothing else that joins it
// to us the print must be one that hardly fits anybody by chance.
func (g *growth) isPrinted(m *member, e *evidence) bool {
	if e.print.links == 0 || len(e.links) > 3*g.largest {
		return false
	}
	switch {
	case e.up+e.managed > 0, (e.known > 0 || m.cert > 0) && e.print.exchanges >= 2:
		return true
	case e.print.links >= 2 && e.print.exchanges >= 4, e.print.exchanges >= 6:
		return e.print.chance <= byChance
	}
	return false
}
