package oddvolume

import (
	"math"
	"time"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

const (
	window    = int64(60e9) // ns over which packets and hosts are counted
	named     = 24          // hosts of a window that are remembered by address
	fewest    = 5           // hosts that a flood needs
	leastRate = 50.0        // packets a second, all hosts together
)

// target is one end to which packets go that a flood would have. Windows before
// the strongest are its past.
type target struct {
	end     flow.Addr
	reflect bool
	class   direction.Class
	now     burst
	best    burst   // the strongest window so far
	windows uint32  // windows before now
	hosts   float32 // hosts of a window, smoothed
	past    float32 // that smoothed number when best began
	history int64   // ns, how long the target was known before best
	first   int64   // ns
}

// burst is one window.
type burst struct {
	start, last     int64
	packets         float64
	octets          float64
	back            float64 // packets that came back
	hosts           detect.Sketch
	members         [named]flow.Addr
	number          int
	port            uint16
	proto           uint8
	sampling        uint32 // the coarsest: one of so many packets was seen
	exchanges, dark uint32 // all; those that nobody answered
}

func (b *burst) rate() float64 { return b.packets / (float64(window) / 1e9) }

func (t *target) worth() float64 { return max(t.best.packets, t.now.packets) }

// amplifiers are UDP services that answer far beyond the question.
func amplifier(port uint16) bool {
	switch port {
	case 17, 19, 53, 69, 111, 123, 137, 161, 389, 427, 520, 1900, 3283, 3702, 5353, 5683, 10001, 11211, 37810:
		return true
	}
	return false
}

// flood notes e when it looks like a part of one: packets that go one way.
func (d *Detector) flood(e *detect.Event) {
	r := e.Rec
	switch {
	case answering(e):
		// An inside machine answers an end outside that may never have asked.
		d.put(e, r.Src, r.Dst, true, r.DstPackets, r.DstBytes, 0, r.DstPort)
	case answer(e):
		d.put(e, r.Dst, r.Src, true, r.SrcPackets, r.SrcBytes, 0, r.SrcPort)
	case e.SrcDomestic && !e.DstPrivate && r.SrcPackets > 4*r.DstPackets && !multicast(r.Dst) && !detect.IsReply(r):
		d.put(e, r.Dst, r.Src, false, r.SrcPackets, r.SrcBytes, r.DstPackets, r.DstPort)
	}
}

// answering says that e is an inside machine's large answer to an end outside.
func answering(e *detect.Event) bool {
	r := e.Rec
	return r.Proto == 17 && !e.SrcDomestic && e.DstDomestic && amplifier(r.DstPort) && r.DstBytes > 4*r.SrcBytes && r.DstPackets > 0
}

// answer is the same where the sensor took the answer for an exchange of its own.
func answer(e *detect.Event) bool {
	r := e.Rec
	return r.Proto == 17 && e.SrcDomestic && !e.DstDomestic && amplifier(r.SrcPort) && !amplifier(r.DstPort) && r.DstPackets == 0
}

func multicast(a flow.Addr) bool {
	if a.Is4() {
		return a[12]>>4 == 0xe || a[12] == 0xff
	}
	return a[0] == 0xff
}

// put counts packets from member to end.
func (d *Detector) put(e *detect.Event, end, member flow.Addr, reflect bool, packets, octets, back uint64, port uint16) {
	r := e.Rec
	key := detect.HashAddr(end)
	if reflect {
		key = detect.Mix(key + 1)
	}
	t, fresh := d.targets.Put(key)
	if fresh {
		t.end, t.reflect, t.first, t.class = end, reflect, r.First, e.Class
		t.now.start = r.First / window * window
	}
	if r.First >= t.now.start+window {
		t.close()
		t.now = burst{start: r.First / window * window}
	}
	// Of a long exchange only the part that falls into a window counts.
	share := 1.0
	if span := r.Last - r.First; span > window {
		share = float64(window) / float64(span)
	}
	share *= float64(max(r.Sampling, 1))
	b := &t.now
	b.last = max(b.last, r.First)
	b.packets += share * float64(packets)
	b.octets += share * float64(octets)
	b.back += share * float64(back)
	b.port, b.proto, b.sampling = port, r.Proto, max(b.sampling, r.Sampling)
	b.exchanges++
	if detect.OutcomeOf(r) == detect.OutcomeFailed || back == 0 {
		b.dark++
	}
	b.join(member)
}

// join notes a host of the window.
func (b *burst) join(a flow.Addr) {
	b.hosts.Add(detect.HashAddr(a))
	for i := range min(b.number, named) {
		if b.members[i] == a {
			return
		}
	}
	if b.number < named {
		b.members[b.number] = a
		b.number++
	}
}

// close ends the window that is being counted.
func (t *target) close() {
	if t.stronger(&t.now) {
		t.best, t.past, t.history = t.now, t.hosts, t.now.start-t.first
	}
	t.hosts += (float32(t.now.hosts.Count()) - t.hosts) / float32(min(t.windows+1, 30))
	t.windows++
}

func (t *target) stronger(b *burst) bool { return b.packets > t.best.packets }

func (t *target) merge(o *target) {
	if o.first < t.first {
		t.first = o.first
	}
	for _, b := range []*burst{&o.now, &o.best} {
		for _, mine := range []*burst{&t.now, &t.best} {
			if b.start == mine.start && b.packets > 0 {
				mine.add(b)
			}
		}
	}
	if t.stronger(&o.best) {
		t.best, t.past, t.history = o.best, o.past, o.history
	}
	t.hosts, t.windows = max(t.hosts, o.hosts), max(t.windows, o.windows)
}

func (b *burst) add(o *burst) {
	b.last = max(b.last, o.last)
	b.packets, b.octets, b.back = b.packets+o.packets, b.octets+o.octets, b.back+o.back
	b.exchanges, b.dark = b.exchanges+o.exchanges, b.dark+o.dark
	b.hosts.Union(&o.hosts)
	for _, a := range o.members[:o.number] {
		b.join(a)
	}
}

// floods weighs every target.
func (d *Detector) floods(ctx *detect.Context) []detect.Finding {
	var out []detect.Finding
	for _, t := range d.targets.All() {
		shown := *t
		if shown.stronger(&shown.now) {
			shown.close()
		}
		b := &shown.best
		n := b.hosts.Count()
		if n < fewest || b.rate() < leastRate {
			continue
		}
		if s := shown.score(n, ctx); s >= worthScore {
			out = append(out, shown.finding(n, s))
		}
	}
	return out
}

// score gives the calibrated probability; docs/spec/oddvolume.md holds the
// reasoning.
func (t *target) score(n int, ctx *detect.Context) float64 {
	b := &t.best
	w := -4 + min(1.2*math.Log2(float64(n)/4), 4.5) + clamp(math.Log(b.rate()/200), -2, 3)
	if each := b.rate() / float64(n); each < 5 {
		w -= 2.5 // what retries of a service that is down make
	}
	if t.reflect {
		w += 2
	} else {
		switch size := b.octets / max(b.packets, 1); {
		case size <= 130:
			w++
		case size > 900:
			w -= 1.5 // content
		}
		switch silent := b.back / max(b.packets, 1); {
		case silent < 0.02:
			w += 1.5
		case silent > 0.15:
			w -= 1.5
		}
	}
	switch {
	case t.history < 5*window: // nothing is known of what was before
		if b.start-ctx.First > 30*window {
			w++ // and there was time to see it
		}
	case float64(t.past)*3 < float64(n):
		w++
	default:
		w -= 4 // as before: collectors of logs, telephony
	}
	if visited := ctx.Addrs.Hosts(t.end); !t.reflect && visited > 3*n {
		w -= 2
	}
	return min(1/(1+math.Exp(-w)), mostScore)
}

func (t *target) finding(n int, score float64) detect.Finding {
	b := &t.best
	f := detect.Finding{
		Kind: detect.OddVolume, Score: score, Dst: t.end, Port: b.port, Proto: b.proto, Class: t.class,
		First: b.start, Last: max(b.last, b.start), Count: int64(b.exchanges), Attack: []string{"T1498.001"},
	}
	key, shape := "oddvolume.why.flood", "flood"
	if t.reflect {
		key, shape = "oddvolume.why.reflection", "reflection"
		f.Attack = []string{"T1498.002"}
	}
	f.Sources = append(f.Sources, b.members[:b.number]...)
	f.Evidence = []detect.Fact{
		{Name: "shape", Value: shape}, {Name: "hosts_in_window", Value: int64(n)}, {Name: "packets_per_s", Value: detect.Round3(b.rate())},
		{Name: "bytes_per_packet", Value: detect.Round3(b.octets / max(b.packets, 1))}, {Name: "packets_back", Value: detect.Round3(b.back)},
		{Name: "hosts_before", Value: detect.Round3(float64(t.past))}, {Name: "unanswered", Value: int64(b.dark)},
	}
	f.Evidence = append(f.Evidence, estimated(b.sampling)...)
	f.Why = i18n.Both(key, "n", n, "dst", t.end.String(), "port", b.port, "rate", detect.Round3(b.rate()), "size", int64(b.octets/max(b.packets, 1)),
		"span", time.Duration(window))
	if float64(t.past)*3 < float64(n) && t.history >= 5*window {
		join(&f.Why, i18n.Both("oddvolume.why.sudden"))
	}
	return f
}
