package habit

import (
	"math"
	"slices"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/beacon"
	"github.com/noroshi-acd/noroshi/detect/habit/indicator"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
)

const (
	gapFloor  = 0.05 // s, added to gaps before they are compared: clocks of sensors
	sizeFloor = 32   // octets, added to sizes: another name is that much longer or shorter
	// closest is the least standard deviation granted to the distance of two samples
	// of one habit's octets and durations: another name, another network. A period is
	// set in the bot and stays; only the time that a contact takes changes.
	closest      = 0.06
	closestGap   = 0.02
	contactTakes = 1.0 // s
	// near is the price, in nats, above which a pair is no candidate.
	near = 10.0
	// outlier is the most that one figure may cost.
	outlier = 12.0
)

// calls is what one pair does, in the figures of a habit.
type calls struct {
	src, dst             flow.Addr
	name                 detect.NameID
	port                 uint16
	proto                uint8
	service              flow.Service
	class                direction.Class
	private, domestic    bool
	first, last          int64
	count, contacts      int // all; those that the spreads rest on
	failed               float64
	gaps, sent, received indicator.Spread
	visited              int // hosts that know the destination
	facts                facts
}

// summary fills c from v, using scratch.
func (d *Detector) summary(c *calls, v *beacon.View, ctx *detect.Context, scratch []float64) []float64 {
	*c = calls{
		src: v.Src, dst: v.Dst, name: v.Name, port: v.Port, proto: v.Proto, service: v.Service, class: v.Class,
		private: v.Private, domestic: v.Domestic, first: v.First, last: v.Last, count: v.Count, contacts: len(v.Times),
		failed: float64(v.Attempts) / float64(max(v.Count, 1)), visited: v.Visited(ctx),
	}
	sorted := func(s []float64) indicator.Spread {
		scratch = append(scratch[:0], s...)
		slices.Sort(scratch)
		return indicator.SpreadOf(scratch)
	}
	c.sent, c.received = sorted(v.Sent), sorted(v.Received)
	scratch = gaps(v.Times, scratch[:0])
	slices.Sort(scratch)
	c.gaps = indicator.SpreadOf(scratch)
	if f := d.of(v); f != nil {
		c.facts = *f
	}
	return scratch
}

// figures are what is compared as a distance.
const (
	figureGaps = iota
	figureSent
	figureReceived
	figureDuration
	figureGapWidth
	figureSentWidth
	figureReceivedWidth
	figures
)

// weights say how much each figure tells that the ones before do not.
var weights = [figures]float64{1, 0.7, 0.7, 0.3, 0.5, 0.3, 0.3}

const (
	narrow     = 0.01 // added to widths: below it all are alike
	widthSigma = 0.3  // least standard deviation granted to the difference of two ln widths
)

// distances gives how far c lies from h in each figure; −1 where one of them does
// not know it.
func distances(h *indicator.Habit, c *calls) (d [figures]float64) {
	d[figureGaps] = h.Rhythm.Gaps.Distance(c.gaps, gapFloor)
	d[figureSent] = h.Exchange.Sent.Distance(c.sent, sizeFloor)
	d[figureReceived] = h.Exchange.Received.Distance(c.received, sizeFloor)
	d[figureDuration] = -1
	if m, mine := h.Exchange.Duration, c.facts.duration(); m != nil && mine != nil {
		d[figureDuration] = math.Abs(math.Log((m.Median + shortest) / (mine.Median + shortest)))
	}
	wider := func(a, b indicator.Spread, floor float64) float64 {
		return math.Abs(math.Log((a.Width(floor) + narrow) / (b.Width(floor) + narrow)))
	}
	d[figureGapWidth] = wider(h.Rhythm.Gaps, c.gaps, gapFloor)
	d[figureSentWidth] = wider(h.Exchange.Sent, c.sent, sizeFloor)
	d[figureReceivedWidth] = wider(h.Exchange.Received, c.received, sizeFloor)
	return d
}

// sigmas gives the distance that two samples of h would show by chance, the other of
// n contacts.
func sigmas(h *indicator.Habit, n int) (s [figures]float64) {
	noise := 1.9 * math.Sqrt(1/float64(max(h.Source.CheckIns, 1))+1/float64(max(n, 1)))
	of := func(width float64) float64 { return math.Hypot(closest, width*noise) }
	s[figureGaps] = math.Hypot(closestGap+contactTakes/max(h.Rhythm.Gaps.Median(), contactTakes), h.Rhythm.Gaps.Width(gapFloor)*noise)
	s[figureSent] = of(h.Exchange.Sent.Width(sizeFloor))
	s[figureReceived] = of(h.Exchange.Received.Width(sizeFloor))
	for _, j := range [...]int{figureGapWidth, figureSentWidth, figureReceivedWidth} {
		s[j] = widthSigma + 0.6*noise
	}
	s[figureDuration] = 0.7
	if m := h.Exchange.Duration; m != nil {
		s[figureDuration] += m.Spread * noise
	}
	return s
}

// price is what a figure at distance d costs if c has the habit.
func price(d, sigma float64) float64 {
	if d < 0 {
		return 0
	}
	z := d / sigma
	return min(z*z/2, outlier)
}

// background is what the input's destinations do, one pair for each of a fair
// sample of them.
type background struct {
	all   []calls
	index map[uint64]struct{}
	from  uint64 // destinations with a hash below are not in the sample
}

// sampled bounds the sample.
const sampled = 8192

// add takes c in unless its destination is there or not in the sample.
func (b *background) add(c *calls, ctx *detect.Context) {
	h := c.destination(ctx)
	if h < b.from {
		return
	}
	if _, ok := b.index[h]; ok {
		return
	}
	if len(b.all) >= sampled { // halve it
		b.from += (math.MaxUint64 - b.from) / 2
		kept := b.all[:0]
		clear(b.index)
		for i := range b.all {
			if k := b.all[i].destination(ctx); k >= b.from {
				kept = append(kept, b.all[i])
				b.index[k] = struct{}{}
			}
		}
		b.all = kept
		if h < b.from {
			return
		}
	}
	b.index[h] = struct{}{}
	b.all = append(b.all, *c)
}

// destination is a hash of where c goes: the registrable domain, or the address.
func (c *calls) destination(ctx *detect.Context) uint64 {
	if c.name != 0 {
		return detect.Mix(uint64(ctx.Names.Site(c.name))<<16 ^ uint64(c.port) ^ 1<<62)
	}
	return detect.Mix(detect.HashAddr(c.dst) ^ uint64(c.port)<<32)
}

// chance is how the background lies around one habit.
type chance struct {
	h      *indicator.Habit
	sorted [figures][]float64
	n      float64
	port   float64 // destinations with the habit's port, protocol and service
	named  float64 // destinations that are named, or not, like the habit
	ja4    float64 // destinations called with the same fingerprint
	ja3    float64
	cert   float64 // destinations with a certificate of the same make
}

// around measures b from h.
func (b *background) around(h *indicator.Habit, d *Detector) *chance {
	k := &chance{h: h, n: float64(len(b.all))}
	for i := range b.all {
		c := &b.all[i]
		for j, x := range distances(h, c) {
			if x >= 0 {
				k.sorted[j] = append(k.sorted[j], x)
			}
		}
		k.port += one(samePort(h, c))
		k.named += one(h.Exchange.Named == (c.name != 0))
		if t := d.tls(&c.facts); t != nil && h.TLS != nil {
			k.ja4 += one(h.TLS.JA4 != "" && h.TLS.JA4 == t.JA4)
			k.ja3 += one(h.TLS.JA3 != "" && h.TLS.JA3 == t.JA3)
			k.cert += one(h.TLS.Certificate != nil && t.Certificate != nil && h.TLS.Certificate.Alike(t.Certificate))
		}
	}
	for j := range k.sorted {
		slices.Sort(k.sorted[j])
	}
	return k
}

func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func samePort(h *indicator.Habit, c *calls) bool {
	return h.Exchange.Port == c.port && h.Exchange.Protocol == c.proto && (h.Exchange.Service == "" || c.service == flow.ServiceUnknown || h.Exchange.Service == indicator.ServiceName(c.service))
}

// rarity gives −ln of the share of destinations that come as close as this by
// chance.
func (k *chance) rarity(j int, within float64) float64 {
	s := k.sorted[j]
	i, _ := slices.BinarySearch(s, within)
	return math.Log((float64(len(s)) + 2) / (float64(i) + 1))
}

// rare gives −ln of a share of all destinations.
func (k *chance) rare(count float64) float64 { return math.Log((k.n + 2) / (count + 1)) }

// likeness gives the log-likelihood ratio, in nats, of "c has the habit" against "c
// is one of the input's other destinations", and what the distances alone cost.
func (k *chance) likeness(c *calls, t *indicator.TLS) (nats, cost float64) {
	d, sigma := distances(k.h, c), sigmas(k.h, c.contacts)
	for j := range d {
		if d[j] < 0 {
			continue
		}
		p := price(d[j], sigma[j])
		cost += p
		nats += weights[j]*k.rarity(j, max(d[j], sigma[j])) - p
	}
	if samePort(k.h, c) {
		nats += 0.7 * k.rare(k.port)
	} else {
		nats -= 2
	}
	if k.h.Exchange.Named == (c.name != 0) {
		nats += 0.3 * k.rare(k.named)
	} else {
		nats -= 0.5
	}
	return nats + k.handshake(t), cost
}

// handshake weighs the TLS shape.
func (k *chance) handshake(t *indicator.TLS) float64 {
	if t == nil || k.h.TLS == nil {
		return 0
	}
	nats := 0.0
	switch h := k.h.TLS; {
	case h.JA4 != "" && t.JA4 != "" && h.JA4 == t.JA4:
		nats += k.rare(k.ja4)
	case h.JA4 != "" && t.JA4 != "":
		nats -= 2.5
	case h.JA3 != "" && t.JA3 != "" && h.JA3 == t.JA3:
		nats += 0.7 * k.rare(k.ja3)
	case h.JA3 != "" && t.JA3 != "":
		nats -= 1 // some clients shuffle what JA3 rests on
	}
	return nats + k.certificate(k.h.TLS.Certificate, t.Certificate)
}

func (k *chance) certificate(a, b *indicator.Certificate) float64 {
	switch {
	case a == nil || b == nil:
		return 0
	case a.Alike(b):
		return 0.8 * k.rare(k.cert)
	}
	return -1
}
