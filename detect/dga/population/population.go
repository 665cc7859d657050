package population

import (
	"math"
	"math/bits"

	"github.com/noroshi-acd/noroshi/internal/slots"
)

const (
	populationLen = 1 << 16 // sites, and addresses, remembered: 2.5 MB together

	smallest    = 8   // hosts below which a population says nothing
	fewestHosts = 4   // hosts that make a site popular,
	hostsIn     = 200 // or one in so many of them,
	mostHosts   = 100 // but no more are asked for than can be counted

	honestScore = -1  // log-odds below which a name looks honest,
	oddScore    = 0.5 // and above which it looks made up
	fewestSites = 3   // honest-looking sites that make an address a shared one
)

// Population counts hosts by site, and sites by address. It has one owner.
type Population struct {
	sites *slots.Table[uint64]    // by site: the hosts, one bit each
	addrs *slots.Table[neighbour] // by address
}

// neighbour counts the sites that lead to one address, one bit each by hash.
type neighbour struct{ honest, odd uint64 }

// New makes an empty one of fixed size.
func New() *Population {
	return &Population{
		sites: slots.New(populationLen, func(hosts *uint64) float64 { return float64(bits.OnesCount64(*hosts)) }),
		addrs: slots.New(populationLen, func(n *neighbour) float64 { return float64(bits.OnesCount64(n.honest | n.odd)) }),
	}
}

// Note takes in that a site led a host to an address, all three by well-mixed
// hashes. z is the log-odds that a program made the site's name up.
func (p *Population) Note(site, host, addr uint64, z float64) {
	hosts, _ := p.sites.Put(site)
	*hosts |= 1 << (host & 63)
	n, _ := p.addrs.Put(addr)
	switch bit := uint64(1) << (site & 63); {
	case z < honestScore:
		n.honest |= bit
	case z > oddScore:
		n.odd |= bit
	}
}

// Touch reads where Note will look, so that it is near soon. The result means nothing.
func (p *Population) Touch(site, addr uint64) uint64 {
	return p.sites.Touch(site) + p.addrs.Touch(addr)
}

// Popular says whether so many of all hosts use site that no program made it up
// for one of them. In a small population neighbours can share an infection, and
// nothing is said.
func (p *Population) Popular(site uint64, all int) bool {
	hosts := p.sites.Get(site)
	return hosts != nil && all >= smallest && Linear(*hosts) >= min(max(fewestHosts, all/hostsIn), mostHosts)
}

// Shared says whether honest-looking names lead to addr too, at least half as many
// as odd ones: a content network, a hosting provider, a parking place.
func (p *Population) Shared(addr uint64) bool {
	n := p.addrs.Get(addr)
	if n == nil {
		return false
	}
	honest := Linear(n.honest)
	return honest >= fewestSites && 2*honest >= Linear(n.odd)
}

// Merge adds what o counted.
func (p *Population) Merge(o *Population) {
	for key, hosts := range o.sites.All() {
		if mine := p.sites.Get(key); mine != nil {
			*mine |= *hosts
		} else {
			p.sites.Insert(key, hosts)
		}
	}
	for key, n := range o.addrs.All() {
		if mine := p.addrs.Get(key); mine != nil {
			mine.honest |= n.honest
			mine.odd |= n.odd
		} else {
			p.addrs.Insert(key, n)
		}
	}
}

// Linear estimates how many things set the bits of m (linear counting).
func Linear(m uint64) int {
	ones := bits.OnesCount64(m)
	if ones == 64 {
		return 270
	}
	return int(math.Round(-64 * math.Log(1-float64(ones)/64)))
}
