package detect

import (
	"encoding/binary"
	"hash/maphash"
	"math"
	"math/bits"
	"net/netip"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/slots"
)

// Names numbers host names and counts, for each name and for each site
// (registrable domain), how many distinct source hosts went there. It holds at
// most its limit of names; past it new names get 0 and are counted as refused, so
// that a flood of made-up names cannot take the memory.
type Names struct {
	seed    maphash.Seed
	byHash  slots.Index[NameID]
	text    []string
	keep    slots.Texts
	site    []NameID
	hosts   []Sketch
	kids    []uint16 // by site: how many names lie under it
	limit   int
	glance  uint64 // what touching saw; it means nothing
	Refused uint64 // names not numbered because the table was full
}

// NewNames makes a table of at most limit names.
func NewNames(limit int) *Names {
	n := &Names{seed: maphash.MakeSeed(), limit: limit}
	n.text, n.site, n.hosts, n.kids = append(n.text, ""), append(n.site, 0), append(n.hosts, Sketch{}), append(n.kids, 0)
	return n
}

// ID gives the number of name, making one when there is room; 0 otherwise.
// name is lower case without a final dot.
func (n *Names) ID(name []byte) NameID {
	if len(name) == 0 {
		return 0
	}
	return n.id(n.hash(name), name)
}

// hash is that by which a name is found, the same for one engine only.
func (n *Names) hash(name []byte) uint64 { return maphash.Bytes(n.seed, name) }

// id is ID for who has worked out hash(name), which is not empty.
func (n *Names) id(h uint64, name []byte) NameID {
	if id, ok := n.byHash.Get(h); ok {
		return id
	}
	if len(n.text) > n.limit {
		n.Refused++
		return 0
	}
	return n.add(h, n.keep.Keep(name))
}

func (n *Names) add(h uint64, name string) NameID {
	id := NameID(len(n.text))
	at, _ := n.byHash.Put(h)
	*at = id
	n.text, n.site, n.hosts = append(n.text, name), append(n.site, id), append(n.hosts, Sketch{})
	n.kids = append(n.kids, 0)
	if site := Site(name); site != name {
		if parent := n.ID([]byte(site)); parent != 0 {
			n.site[id] = parent
			n.kids[parent] = min(n.kids[parent]+1, math.MaxUint16-1)
		}
	}
	return id
}

// Text gives the name with number id, "" for 0.
func (n *Names) Text(id NameID) string { return n.text[id] }

// Site gives the number of the registrable domain of id, which may be id itself.
func (n *Names) Site(id NameID) NameID { return n.site[id] }

// Family gives how many names are known under the site of id.
func (n *Names) Family(id NameID) int { return int(n.kids[n.site[id]]) }

// touch reads what Seen will need for a name and its site.
func (n *Names) touch(id, site NameID) uint64 { return n.hosts[id][0] + n.hosts[site][0] }

// Seen notes that a source host (by any well-mixed hash of it) went to id.
func (n *Names) Seen(id NameID, host uint64) {
	if id == 0 {
		return
	}
	n.hosts[id].Add(host)
	if s := n.site[id]; s != id && s != 0 {
		n.hosts[s].Add(host)
	}
}

// Hosts gives about how many distinct source hosts went to id.
func (n *Names) Hosts(id NameID) int { return n.hosts[id].Count() }

// Merge adds the names and counts of o.
func (n *Names) Merge(o *Names) {
	for id := 1; id < len(o.text); id++ {
		if mine := n.ID([]byte(o.text[id])); mine != 0 {
			n.hosts[mine].Union(&o.hosts[id])
		}
	}
	n.Refused += o.Refused
}

// Site gives the registrable domain of name by the public suffix list, or name
// itself when it has none (a single label, an address, a bare suffix).
func Site(name string) string {
	if addressLike(name) {
		if _, err := netip.ParseAddr(name); err == nil {
			return name
		}
	}
	s, err := publicsuffix.EffectiveTLDPlusOne(name)
	if err != nil {
		return name
	}
	return s
}

// addressLike says whether name could be an address: it ends in a digit or has a
// colon. Trying costs an error to be made.
func addressLike(name string) bool {
	return name != "" && (name[len(name)-1] <= '9' || strings.IndexByte(name, ':') >= 0)
}

// Sketch counts distinct things by linear counting (Whang et al., 1990) over 256
// bits: about ±3 at 40 things, and saturates near 1,400.
type Sketch [4]uint64

// Add notes a thing by a well-mixed hash of it.
func (s *Sketch) Add(h uint64) { s[h>>6&3] |= 1 << (h & 63) }

// Count estimates how many distinct things were added.
func (s *Sketch) Count() int {
	ones := 0
	for _, w := range s {
		ones += bits.OnesCount64(w)
	}
	if ones == 256 {
		return 1420
	}
	return int(math.Round(-256 * math.Log(1-float64(ones)/256)))
}

// Union adds what o counted.
func (s *Sketch) Union(o *Sketch) {
	for i := range s {
		s[i] |= o[i]
	}
}

// HashAddr is a well-mixed hash of a, the same in every process (the finaliser of
// MurmurHash3 over both halves).
func HashAddr(a flow.Addr) uint64 {
	return Mix(binary.BigEndian.Uint64(a[:8])*0x9e3779b97f4a7c15 ^ binary.BigEndian.Uint64(a[8:]))
}

// Mix spreads the bits of x over all of the result (MurmurHash3's finaliser).
func Mix(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// Prevalence counts, for each destination address, how many distinct source
// hosts went there. At its limit it forgets new addresses first and counts them.
type Prevalence struct {
	places  slots.Index[uint32] // by HashAddr: index into hosts
	hosts   [][]Sketch          // in chunks, so that growing copies nothing
	limit   int
	glance  uint64 // what touching saw; it means nothing
	Refused uint64
}

const prevalenceChunk = 4096

// NewPrevalence makes a table of at most limit addresses.
func NewPrevalence(limit int) *Prevalence { return &Prevalence{limit: limit} }

// Seen notes that a source host (by HashAddr) went to dst.
func (p *Prevalence) Seen(dst flow.Addr, host uint64) { p.seen(HashAddr(dst), host) }

func (p *Prevalence) seen(dst, host uint64) {
	if s := p.sketch(dst); s != nil {
		s.Add(host)
	}
}

// sketch finds or makes the count of an address; nil when there is no room.
func (p *Prevalence) sketch(dst uint64) *Sketch {
	if i := p.places.Ref(dst); i != nil {
		return p.at(*i)
	}
	n := p.places.Len()
	if n >= p.limit {
		p.Refused++
		return nil
	}
	if n%prevalenceChunk == 0 {
		p.hosts = append(p.hosts, make([]Sketch, prevalenceChunk))
	}
	i, _ := p.places.Put(dst)
	*i = uint32(n)
	return p.at(*i)
}

func (p *Prevalence) at(i uint32) *Sketch { return &p.hosts[i/prevalenceChunk][i%prevalenceChunk] }

// Hosts gives about how many distinct source hosts went to dst.
func (p *Prevalence) Hosts(dst flow.Addr) int {
	if i := p.places.Ref(HashAddr(dst)); i != nil {
		return p.at(*i).Count()
	}
	return 0
}

// Merge adds the counts of o.
func (p *Prevalence) Merge(o *Prevalence) {
	for a, i := range o.places.All() {
		if mine := p.sketch(a); mine != nil {
			mine.Union(o.at(*i))
		}
	}
}
