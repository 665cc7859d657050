package fastflux

import (
	"math/bits"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
)

// sampleAskers is how many askers of a name are watched; of more, those with the
// smallest hashes, so that the sample is fair.
const sampleAskers = 3

// entry is what is remembered of one name.
type entry struct {
	name        detect.NameID
	text        uint64 // hash of the name, the same in every process
	first, last int64  // ns
	answers     uint32 // that gave addresses
	contacts    uint32 // exchanges with the name
	clock       uint32 // of them, with a time service
	ttl         uint32 // s, the longest that an address was given for
	port        uint16 // of the latest contact
	proto       uint8
	class       direction.Class
	placed      bool      // class is that of a contact, not of a question
	dst         flow.Addr // of the latest contact
	hosts       detect.Sketch
	news        detect.Timeline // addresses that an asker was given for the first time
	askers      [sampleAskers]asker
}

// asker is one machine that asks for a name.
type asker struct {
	host   flow.Addr
	hash   uint64 // 0 is a free place
	at     int64  // ns, of the latest answer that counted
	set    uint64 // of that answer's addresses
	addrs  detect.Sketch
	nets   detect.Sketch
	far    detect.Sketch // distinct /8 of IPv4, /20 of IPv6
	rounds uint32        // answers that are no repetition from a cache
	given  uint32        // addresses in them
	fresh  float32       // of the given, new to this asker (corrected for the sketch)
	recent float32       // share of new ones, the latest rounds weighing most
}

// recentWeight is the weight of the latest round in [asker.recent].
const recentWeight = 0.15

// worth says how much e would be missed: an hour for each network.
func (e *entry) worth() float64 {
	most := 0
	for i := range e.askers {
		most = max(most, ones(&e.askers[i].nets))
	}
	return float64(e.last)/3600e9 + float64(most)
}

func ones(s *detect.Sketch) (n int) {
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

// has says whether a thing of this hash was perhaps added to s.
func has(s *detect.Sketch, h uint64) bool { return s[h>>6&3]&(1<<(h&63)) != 0 }

// asker finds or makes host's place; nil when it is not in the sample.
func (e *entry) asker(host flow.Addr) *asker {
	h := detect.HashAddr(host) | 1
	largest := 0
	for i := range e.askers {
		a := &e.askers[i]
		switch {
		case a.hash == h:
			return a
		case a.hash == 0:
			*a = asker{host: host, hash: h}
			return a
		case a.hash > e.askers[largest].hash:
			largest = i
		}
	}
	if a := &e.askers[largest]; a.hash > h {
		*a = asker{host: host, hash: h}
		return a
	}
	return nil
}

// answer is one DNS answer with addresses.
type answer struct {
	at    int64
	set   uint64 // the same whatever the order of the addresses
	ttl   uint32 // s, the longest
	addrs []flow.Answer
}

// take adds an answer and says how many of its addresses were new. One that the
// cache gave again says nothing.
func (a *asker) take(x *answer) (news int) {
	if a.rounds > 0 && x.set == a.set && x.at-a.at < max(int64(x.ttl), 1)*1e9 {
		return 0
	}
	a.at, a.set = x.at, x.set
	a.rounds++
	given, fresh := 0, 0.0
	clear := float64(256-ones(&a.addrs)) / 256 // share of the sketch that can show a new one
	for i := range x.addrs {
		addr := x.addrs[i].Addr
		if !public(addr) {
			continue
		}
		given++
		h := detect.HashAddr(addr)
		if !has(&a.addrs, h) {
			a.addrs.Add(h)
			fresh += 1 / max(clear, 0.125)
			news++
		}
		a.nets.Add(network(addr, 16, 32))
		a.far.Add(network(addr, 8, 20))
	}
	if given == 0 {
		return 0
	}
	fresh = min(fresh, float64(given))
	a.given += uint32(given)
	a.fresh += float32(fresh)
	if a.rounds == 1 {
		return news // all are new to who asks for the first time
	}
	share := float32(fresh) / float32(given)
	if a.rounds == 2 {
		a.recent = share
	}
	a.recent += recentWeight * (share - a.recent)
	return news
}

// merge adds what another engine saw of the same asker.
func (a *asker) merge(o *asker) {
	if o.at > a.at {
		a.at, a.set = o.at, o.set
	}
	if sum := a.rounds + o.rounds; sum > 0 {
		a.recent = (a.recent*float32(a.rounds) + o.recent*float32(o.rounds)) / float32(sum)
	}
	a.addrs.Union(&o.addrs)
	a.nets.Union(&o.nets)
	a.far.Union(&o.far)
	a.rounds, a.given, a.fresh = a.rounds+o.rounds, a.given+o.given, a.fresh+o.fresh
}

// merge adds what another engine saw of the same name.
func (e *entry) merge(o *entry) {
	e.first, e.last = min(e.first, o.first), max(e.last, o.last)
	e.answers, e.contacts, e.clock = e.answers+o.answers, e.contacts+o.contacts, e.clock+o.clock
	e.ttl = max(e.ttl, o.ttl)
	if o.placed && (!e.placed || o.last >= e.last) {
		e.class, e.placed, e.dst, e.port, e.proto = o.class, true, o.dst, o.port, o.proto
	}
	e.hosts.Union(&o.hosts)
	e.news.Merge(&o.news)
	for i := range o.askers {
		if theirs := &o.askers[i]; theirs.hash != 0 {
			if mine := e.asker(theirs.host); mine != nil {
				mine.merge(theirs)
			}
		}
	}
}

// network is a hash of the network that a lies in: so many bits of IPv4, of IPv6.
func network(a flow.Addr, bits4, bits6 int) uint64 {
	keep := bits6
	if a.Is4() {
		keep = 96 + bits4
	}
	for i := range a {
		switch n := keep - 8*i; {
		case n <= 0:
			a[i] = 0
		case n < 8:
			a[i] &= 0xff << (8 - n)
		}
	}
	return detect.HashAddr(a)
}

// public says whether a can be a server on the Internet: answers that block, park or
// stay inside say nothing about flux.
func public(a flow.Addr) bool {
	if !a.Is4() {
		return a[0]&0xe0 == 0x20 // 2000::/3
	}
	switch b, c := a[12], a[13]; {
	case b == 0, b == 10, b == 127, b >= 224:
		return false
	case b == 100 && c&0xc0 == 64, b == 169 && c == 254, b == 172 && c&0xf0 == 16, b == 192 && c == 168:
		return false
	}
	return true
}
