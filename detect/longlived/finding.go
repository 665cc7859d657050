package longlived

import (
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// stay is one host's presence at one destination: a pair, or the pairs of all
// addresses that stand behind one name.
type stay struct {
	p                   *pair // the pair that stayed longest
	stays               spans
	covered, run        int64
	longest             int64
	first, last         int64
	up, down            uint64
	pieces, connections int64
	addresses           int
	hosts               int // machines that go there
	portHosts           int // machines that stay at any place on this port
	open                bool
}

// worthScore is the score below which nothing is said.
const worthScore = 0.2

// Findings weighs every stay of at least cfg.Run. It changes no state.
func (d *Detector) Findings(ctx *detect.Context) []detect.Finding {
	stays := d.gather(ctx)
	d.company(stays, ctx)
	var out []detect.Finding
	crowds := map[flow.Addr][]*stay{}
	for _, s := range stays {
		if s.run < int64(d.cfg.Run) {
			continue
		}
		if s.p.name == 0 {
			crowds[s.p.dst] = append(crowds[s.p.dst], s)
		}
		if score := s.weigh(ctx).score(); score >= worthScore {
			out = append(out, s.finding(ctx, score))
		}
	}
	for _, s := range stays { // in their order, not the map's
		if c := crowds[s.p.dst]; len(c) > 0 && c[0] == s {
			if f, ok := crowd(c, ctx); ok {
				out = append(out, f)
			}
		}
	}
	return out
}

// place is what makes pairs one stay: a name where there is one, else an address.
type place struct {
	src   flow.Addr
	dst   flow.Addr
	name  detect.NameID
	port  uint16
	proto uint8
}

// gather joins the pairs into stays, in an order that does not depend on the
// table.
func (d *Detector) gather(ctx *detect.Context) []*stay {
	by := map[place]*stay{}
	var all []*stay
	for _, p := range d.pairs.All() {
		covered := p.stays.covered()
		if covered < int64(d.cfg.Run)/8 {
			continue
		}
		at := place{src: p.src, dst: p.dst, port: p.port, proto: p.proto}
		if p.name != 0 {
			at.dst, at.name = flow.Addr{}, p.name
		}
		s := by[at]
		if s == nil {
			s = &stay{p: p, first: p.first, last: p.last, stays: p.stays}
			by[at] = s
			all = append(all, s)
		} else {
			s.stays.union(&p.stays, int64(d.cfg.Reopen))
			if covered > s.p.stays.covered() || covered == s.p.stays.covered() && slices.Compare(p.dst[:], s.p.dst[:]) < 0 {
				s.p = p
			}
		}
		s.first, s.last = min(s.first, p.first), max(s.last, p.last)
		s.up, s.down = s.up+p.up, s.down+p.down
		s.pieces += p.pieces
		s.connections += p.connections
		s.longest = max(s.longest, p.longest)
		s.addresses++
		s.open = s.open || p.open(ctx.Now, int64(d.cfg.Stitch))
	}
	for _, s := range all {
		s.covered, s.run = s.stays.covered(), s.stays.run()
	}
	slices.SortFunc(all, func(a, b *stay) int {
		if c := slices.Compare(a.p.src[:], b.p.src[:]); c != 0 {
			return c
		}
		if c := slices.Compare(a.p.dst[:], b.p.dst[:]); c != 0 {
			return c
		}
		return int(a.p.port) - int(b.p.port)
	})
	return all
}

// company works out for each stay who else goes there. The engine counts by name
// and by address; behind one address there can be many services, so what it says
// of the address counts for a stay only on the web's own ports or when a large
// share of all hosts goes there, and else those that were connected to the same
// address and port. Of outsiders at our servers only these count: everybody
// knocks there.
func (d *Detector) company(all []*stay, ctx *detect.Context) {
	type port struct {
		dst   flow.Addr // zero for any
		proto uint8
		port  uint16
	}
	by := map[port]*detect.Sketch{}
	note := func(k port, src flow.Addr) {
		if by[k] == nil {
			by[k] = new(detect.Sketch)
		}
		by[k].Add(detect.HashAddr(src))
	}
	for _, s := range all {
		note(port{proto: s.p.proto, port: s.p.port}, s.p.src)
		by[port{s.p.dst, s.p.proto, s.p.port}] = new(detect.Sketch)
	}
	for _, p := range d.pairs.All() {
		if k := (port{p.dst, p.proto, p.port}); by[k] != nil {
			note(k, p.src)
		}
	}
	for _, s := range all {
		s.portHosts = by[port{proto: s.p.proto, port: s.p.port}].Count()
		s.hosts = max(1, by[port{s.p.dst, s.p.proto, s.p.port}].Count())
		if s.p.flags&flagDstDomestic != 0 && s.p.flags&flagSrcDomestic == 0 {
			continue
		}
		if s.p.name != 0 {
			s.hosts = max(s.hosts, ctx.Names.Hosts(s.p.name), ctx.Names.Hosts(s.p.site))
		}
		if s.p.name == 0 || s.p.flags&flagOwnName == 0 {
			if n := ctx.Addrs.Hosts(s.p.dst); web(s.p.port) || 20*n > ctx.Hosts {
				s.hosts = max(s.hosts, n)
			}
		}
	}
}

func web(port uint16) bool { return port == 443 || port == 80 }

func (s *stay) finding(ctx *detect.Context, score float64) detect.Finding {
	p := s.p
	seconds := func(ns int64) float64 { return detect.Round3(float64(ns) / 1e9) }
	f := detect.Finding{
		Kind: detect.LongLived, Score: score, Src: p.src, Dst: p.dst, Port: p.port, Proto: p.proto,
		Name: ctx.Names.Text(p.name), Class: p.class, First: s.first, Last: s.last, Count: s.connections,
		Attack: s.technique(), Strip: s.strip(), Why: s.why(ctx),
	}
	f.Evidence = []detect.Fact{
		{Name: "duration_s", Value: float64(s.covered/1e4) / 1e5}, {Name: "unbroken_s", Value: seconds(s.run)},
		{Name: "longest_s", Value: float64(s.longest/1e4) / 1e5}, {Name: "pieces", Value: s.pieces}, {Name: "connections", Value: s.connections},
		{Name: "open", Value: s.open}, {Name: "src_bytes", Value: int64(s.up)}, {Name: "dst_bytes", Value: int64(s.down)},
		{Name: "bytes_per_s", Value: detect.Round3(s.rate())}, {Name: "hosts_to_dst", Value: int64(s.hosts)},
	}
	if s.addresses > 1 {
		f.Evidence = append(f.Evidence, detect.Fact{Name: "addresses", Value: int64(s.addresses)})
	}
	return f
}

// technique gives the ATT&CK numbers that fit what was seen.
func (s *stay) technique() []string {
	p := s.p
	switch p.service {
	case flow.ServiceTLS, flow.ServiceQUIC:
		if p.port != 443 && purpose(p.proto, p.port, p.service) == anything {
			return []string{"T1573", "T1571"}
		}
		return []string{"T1573"}
	case flow.ServiceHTTP:
		return []string{"T1071.001"}
	case flow.ServiceSSH, flow.ServiceRDP:
		return []string{"T1021", "T1573"}
	}
	switch {
	case p.proto != 6 && p.proto != 17:
		return []string{"T1095"}
	case general(p.port):
		return []string{"T1095", "T1573"}
	}
	return []string{"T1571", "T1095"}
}

// why says the finding in one plain sentence and what supports it.
func (s *stay) why(ctx *detect.Context) i18n.Text {
	p := s.p
	to := ctx.Names.Text(p.name)
	if to == "" {
		to = p.dst.String()
	}
	key := "longlived.why.one"
	if s.longest*4 < s.run*3 {
		key = "longlived.why.session"
	}
	text := i18n.Both(key, "src", p.src.String(), "dst", to, "port", int(p.port),
		"span", time.Duration(s.run).Round(time.Second), "longest", time.Duration(s.longest).Round(time.Second), "connections", s.connections)
	add := func(key string, args ...any) {
		t := i18n.Both(key, args...)
		text.JA += t.JA
		text.EN += " " + t.EN
	}
	if s.open {
		add("longlived.why.open")
	}
	switch {
	case ctx.Hosts < population:
		add("longlived.why.nobody")
	case s.hosts <= 1:
		add("longlived.why.alone", "hosts", ctx.Hosts-1)
	default:
		add("longlived.why.company", "n", s.hosts, "hosts", ctx.Hosts)
	}
	switch purpose(p.proto, p.port, p.service) {
	case tunnel:
		add("longlived.why.tunnel")
	case keeper, store:
		add("longlived.why.keeper")
	case shell:
		add("longlived.why.shell")
	default:
		if p.name == 0 && (p.service == flow.ServiceUnknown || p.service == flow.ServiceOther) {
			add("longlived.why.bare")
		}
	}
	return text
}

// strip gives the minutes stayed in equal slices of the stay's life. Of settled
// spans only the sum is known; it is spread evenly.
func (s *stay) strip() []uint16 {
	out := make([]uint16, detect.StripLen)
	width := max((s.last-s.first)/detect.StripLen, 1)
	for i := range out {
		from := s.first + int64(i)*width
		in := overlap(span{from, from + width}, span{s.stays.start, s.stays.until})
		if settled := s.stays.until - s.stays.start; settled > 0 {
			in = int64(float64(in) * float64(s.stays.settled) / float64(settled))
		}
		for _, x := range s.stays.list[:s.stays.n] {
			in += overlap(span{from, from + width}, x)
		}
		out[i] = uint16(min((in+int64(30*time.Second))/int64(time.Minute), 65535))
	}
	return out
}

func overlap(a, b span) int64 { return max(min(a.to, b.to)-max(a.from, b.from), 0) }
