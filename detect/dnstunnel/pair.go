package dnstunnel

import (
	"bytes"

	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
)

const (
	stripes  = 24 // of the strip over the window
	zoneText = 64 // bytes of a zone's name that are kept, from its end
	lately   = 4  // names remembered, to tell a retry from a new question
	retry    = 15 // seconds within which the same question is a retry
)

// tally is what one window of a pair adds up to.
type tally struct {
	first, last int64             // ns
	queries     uint32            // retries left out
	bits        float32           // carried by all queries, repeated names included
	uncommon    uint32            // queries for TXT, CNAME, MX, SRV
	odd         uint32            // queries for types that clients do not ask for
	addresses   uint32            // names that hold an IP address
	answered    uint32            // with an address
	loopback    uint32            // of those, in 127/8
	absent      uint32            // NXDOMAIN
	visited     uint32            // exchanges with a name of the zone in TLS or HTTP
	bytes       uint64            // at the IP layer, both ways, as far as records have them
	length      uint32            // sum of the names' lengths
	written     [alphabets]uint16 // names by alphabet, saturating
	strip       [stripes]uint16   // queries over the window, saturating
	longest     uint8             // bytes of the longest name
	types       [lately]uint16    // the record types seen first
}

// pair is what is known about one source and one zone. It holds no pointer.
type pair struct {
	src, dst flow.Addr // dst: the server asked last
	zone     uint64    // hash of the zone
	now      tally
	recent   [lately]uint32 // hashes of name and type asked last
	recentAt [lately]int64  // ns
	turn     uint8
	zoneless bool
	class    direction.Class
	zoneLen  uint8
	names    names
	zoneName [zoneText]byte // the names' common ending, its last bytes
}

// distinct gives how many distinct names were asked, about.
func (p *pair) distinct() float64 { return min(p.names.distinct(), float64(p.now.queries)) }

// isRetry says whether the same question was asked a moment ago, and remembers it.
func (p *pair) isRetry(h uint32, now int64) bool {
	for i, r := range p.recent {
		if r == h && now-p.recentAt[i] < retry*1e9 {
			p.recentAt[i] = now
			return true
		}
	}
	p.recent[p.turn], p.recentAt[p.turn] = h, now
	p.turn = (p.turn + 1) % lately
	return false
}

// keepEnding shortens the zone's name to the labels that name ends in as well.
func (p *pair) keepEnding(name []byte) {
	have := p.zoneName[:p.zoneLen]
	n := 0
	for n < len(have) && n < len(name) && have[len(have)-1-n] == name[len(name)-1-n] {
		n++
	}
	if n == len(have) && (n == len(name) || name[len(name)-1-n] == '.') {
		return
	}
	ending := have[len(have)-n:]
	// Cut to whole labels, unless both ended there.
	if !(n == len(name) && have[len(have)-1-n] == '.') {
		dot := bytes.IndexByte(ending, '.')
		if dot < 0 {
			p.zoneLen = 0
			return
		}
		ending = ending[dot+1:]
	}
	p.zoneLen = uint8(copy(p.zoneName[:], ending))
}

// startEnding keeps the parent of a pair's first name: what the names have in
// common is found as more come.
func (p *pair) startEnding(name []byte) {
	if dot := bytes.IndexByte(name, '.'); dot >= 0 {
		name = name[dot+1:]
	}
	if len(name) > zoneText {
		name = name[len(name)-zoneText:]
		if dot := bytes.IndexByte(name, '.'); dot >= 0 {
			name = name[dot+1:]
		}
	}
	p.zoneLen = uint8(copy(p.zoneName[:], name))
}
