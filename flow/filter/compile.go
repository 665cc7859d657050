package filter

import (
	"encoding/binary"
	"math"
	"net/netip"

	"github.com/noroshi-acd/noroshi/flow"
)

// compile makes a function of an expression.
func compile(e *expr, o *Options) Match {
	if e.op == opTerm {
		return compileTerm(&e.term, o)
	}
	kids := make([]Match, len(e.kids))
	for i, k := range e.kids {
		kids[i] = compile(k, o)
	}
	x, y := kids[0], kids[len(kids)-1]
	switch {
	case e.op == opNot:
		return func(b *flow.Batch, r *flow.Record) bool { return !x(b, r) }
	case e.op == opAnd && len(kids) == 2:
		return func(b *flow.Batch, r *flow.Record) bool { return x(b, r) && y(b, r) }
	case e.op == opOr && len(kids) == 2:
		return func(b *flow.Batch, r *flow.Record) bool { return x(b, r) || y(b, r) }
	}
	until := e.op == opOr
	return func(b *flow.Batch, r *flow.Record) bool {
		for _, k := range kids {
			if k(b, r) == until {
				return until
			}
		}
		return !until
	}
}

func compileTerm(t *term, o *Options) Match {
	switch t.field {
	case fAddr:
		return addresses(t)
	case fPort:
		return portsOf(t)
	case fProto:
		var in [256]bool
		for _, n := range t.protos {
			in[n] = true
		}
		return func(_ *flow.Batch, r *flow.Record) bool { return in[r.Proto] }
	case fVersion:
		want := t.set == 1<<4
		return func(_ *flow.Batch, r *flow.Record) bool { return r.Src.Is4() == want }
	case fFlags:
		return flagsOf(t)
	case fState, fService, fKind, fDirection:
		return oneOf(t, o)
	case fFirst:
		return times(t, func(r *flow.Record) int64 { return r.First })
	case fLast:
		return times(t, func(r *flow.Record) int64 { return r.Last })
	case fName, fQuestion, fSNI, fHost, fJA3, fJA4, fCert:
		return texts(t)
	}
	return measure(t)
}

// net is a prefix as two numbers and their masks.
type net struct {
	high, low, highMask, lowMask uint64
	not4                         bool // of IPv6, and the mapped IPv4 addresses lie in it
}

func (n *net) has(a *flow.Addr) bool {
	high, low := halves(*a)
	return high&n.highMask == n.high && low&n.lowMask == n.low && !(n.not4 && a.Is4())
}

func halves(a flow.Addr) (high, low uint64) {
	return binary.BigEndian.Uint64(a[:8]), binary.BigEndian.Uint64(a[8:])
}

func netOf(p netip.Prefix) (n net) {
	bits := p.Bits()
	if p.Addr().Is4() {
		bits += 96
	}
	n.highMask, n.lowMask = math.MaxUint64, math.MaxUint64
	if bits <= 64 {
		n.highMask, n.lowMask = math.MaxUint64<<(64-bits), 0
	} else {
		n.lowMask <<= 128 - bits
	}
	n.high, n.low = halves(flow.AddrFrom(p.Addr()))
	n.not4 = bits < 96 && n.has(&flow.Addr{10: 0xff, 11: 0xff})
	return n
}

// addresses: a list of whole addresses is looked up, other lists are gone through.
func addresses(t *term) Match {
	var nets []net
	hosts := map[flow.Addr]bool{}
	for _, p := range t.nets {
		if nets = append(nets, netOf(p)); p.IsSingleIP() {
			hosts[flow.AddrFrom(p.Addr())] = true
		}
	}
	in := func(a *flow.Addr) bool {
		for i := range nets {
			if nets[i].has(a) {
				return true
			}
		}
		return false
	}
	switch {
	case len(nets) == 1:
		n := nets[0]
		in = n.has
	case len(hosts) == len(nets):
		in = func(a *flow.Addr) bool { return hosts[*a] }
	}
	switch t.side {
	case source:
		return func(_ *flow.Batch, r *flow.Record) bool { return in(&r.Src) }
	case target:
		return func(_ *flow.Batch, r *flow.Record) bool { return in(&r.Dst) }
	case both:
		return func(_ *flow.Batch, r *flow.Record) bool { return in(&r.Src) && in(&r.Dst) }
	}
	return func(_ *flow.Batch, r *flow.Record) bool { return in(&r.Src) || in(&r.Dst) }
}

func portsOf(t *term) Match {
	var in [1 << 10]uint64
	for _, r := range t.ports {
		for p := uint32(r[0]); p <= uint32(r[1]); p++ {
			in[p>>6] |= 1 << (p & 63)
		}
	}
	has := func(p uint16) bool { return in[p>>6]>>(p&63)&1 != 0 }
	switch t.side {
	case source:
		return func(_ *flow.Batch, r *flow.Record) bool { return ported(r) && has(r.SrcPort) }
	case target:
		return func(_ *flow.Batch, r *flow.Record) bool { return ported(r) && has(r.DstPort) }
	case both:
		return func(_ *flow.Batch, r *flow.Record) bool { return ported(r) && has(r.SrcPort) && has(r.DstPort) }
	}
	return func(_ *flow.Batch, r *flow.Record) bool { return ported(r) && (has(r.SrcPort) || has(r.DstPort)) }
}

// ported says whether the ports of a record are ports: those of ICMP are its type and
// code.
func ported(r *flow.Record) bool { return r.Proto != 1 && r.Proto != 58 }

func flagsOf(t *term) Match {
	want, mask := t.flags, t.mask
	switch t.side {
	case source:
		return func(_ *flow.Batch, r *flow.Record) bool { return r.SrcFlags&mask == want }
	case target:
		return func(_ *flow.Batch, r *flow.Record) bool { return r.DstFlags&mask == want }
	}
	return func(_ *flow.Batch, r *flow.Record) bool { return (r.SrcFlags|r.DstFlags)&mask == want }
}

func oneOf(t *term, o *Options) Match {
	set, class := t.set, o.Class
	switch t.field {
	case fState:
		return func(_ *flow.Batch, r *flow.Record) bool { return set>>r.State&1 != 0 }
	case fService:
		return func(_ *flow.Batch, r *flow.Record) bool { return set>>r.Service&1 != 0 }
	case fKind:
		return func(_ *flow.Batch, r *flow.Record) bool { return set>>r.Kind&1 != 0 }
	}
	return func(_ *flow.Batch, r *flow.Record) bool { return set>>uint(class(r.Src, r.Dst))&1 != 0 }
}

func times(t *term, of func(*flow.Record) int64) Match {
	at := t.time
	switch t.cmp {
	case equal:
		return func(_ *flow.Batch, r *flow.Record) bool { return of(r) == at }
	case unequal:
		return func(_ *flow.Batch, r *flow.Record) bool { return of(r) != at }
	case less:
		return func(_ *flow.Batch, r *flow.Record) bool { return of(r) < at }
	case most:
		return func(_ *flow.Batch, r *flow.Record) bool { return of(r) <= at }
	case greater:
		return func(_ *flow.Batch, r *flow.Record) bool { return of(r) > at }
	}
	return func(_ *flow.Batch, r *flow.Record) bool { return of(r) >= at }
}

// measure compares a counter, a rate or a length of time.
func measure(t *term) Match {
	of, x := quantity(t), t.number
	switch t.cmp {
	case equal:
		return func(_ *flow.Batch, r *flow.Record) bool { return of(r) == x }
	case unequal:
		return func(_ *flow.Batch, r *flow.Record) bool { return of(r) != x }
	case less:
		return func(_ *flow.Batch, r *flow.Record) bool { return of(r) < x }
	case most:
		return func(_ *flow.Batch, r *flow.Record) bool { return of(r) <= x }
	case greater:
		return func(_ *flow.Batch, r *flow.Record) bool { return of(r) > x }
	}
	return func(_ *flow.Batch, r *flow.Record) bool { return of(r) >= x }
}

func quantity(t *term) func(*flow.Record) float64 {
	switch {
	case t.field == fBytes && t.side == source:
		return func(r *flow.Record) float64 { return float64(r.SrcBytes) }
	case t.field == fBytes && t.side == target:
		return func(r *flow.Record) float64 { return float64(r.DstBytes) }
	case t.field == fBytes:
		return octets
	case t.field == fPackets && t.side == source:
		return func(r *flow.Record) float64 { return float64(r.SrcPackets) }
	case t.field == fPackets && t.side == target:
		return func(r *flow.Record) float64 { return float64(r.DstPackets) }
	case t.field == fPackets:
		return packets
	case t.field == fBps:
		return func(r *flow.Record) float64 { return per(8*octets(r), lasts(r)/1e9) }
	case t.field == fPps:
		return func(r *flow.Record) float64 { return per(packets(r), lasts(r)/1e9) }
	case t.field == fBpp:
		return func(r *flow.Record) float64 { return per(octets(r), packets(r)) }
	}
	return lasts
}

func octets(r *flow.Record) float64  { return float64(r.SrcBytes) + float64(r.DstBytes) }
func packets(r *flow.Record) float64 { return float64(r.SrcPackets) + float64(r.DstPackets) }
func lasts(r *flow.Record) float64   { return float64(r.Last - r.First) }

// per divides; what has no length has no rate.
func per(a, b float64) float64 {
	if b <= 0 {
		return 0
	}
	return a / b
}
