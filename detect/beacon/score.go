package beacon

import (
	"math"
	"math/bits"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/beacon/rhythm"
	"github.com/noroshi-acd/noroshi/detect/beacon/series"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
)

// candidate is a pair whose rhythm speaks for a clock, with what is weighed.
type candidate struct {
	p         *pair
	t         *table
	rhythm    rhythm.Rhythm
	since     int64  // ns, first check-in that takes part
	took      int    // remembered contacts that take part
	out       spread // octets sent per check-in
	in        spread // octets received per check-in
	peers     int    // hosts that keep a rhythm with the same destination, this one included
	hosts     int    // hosts that went there at all
	strangers int    // unnamed destinations on unusual ports that the source has
	family    int    // names known under the destination's site
	weight    weight
}

// spread is the middle and the relative width of a distribution.
type spread struct {
	median float64
	rel    float64 // (third quartile − first quartile) / median
}

// weight is the score's parts, in nats of log-odds.
type weight struct {
	timing, sizes, rarity, service, place, shape float64
}

// The weights below were set by judgement on made-up days and checked on captures
// that took no part in it; docs/spec/beacon.md holds the reasoning and the figures.
const (
	prior       = -4.2 // log-odds of a pair that keeps some rhythm and nothing else
	timingScale = 0.5  // timing evidence counts half: check-ins are not independent
)

func (w weight) total() float64 {
	return prior + w.timing + w.sizes + w.rarity + w.service + w.place + w.shape
}

// score gives the calibrated probability.
func (w weight) score() float64 { return 1 / (1 + math.Exp(-w.total())) }

// weigh fills c.weight from what was measured.
func (c *candidate) weigh(ctx *detect.Context) {
	c.weight = weight{
		timing:  c.timing(),
		sizes:   c.sizes(),
		rarity:  c.rarity(ctx),
		service: c.service(),
		place:   c.place(ctx),
		shape:   c.shape(),
	}
}

// timing is the rhythm's own evidence.
func (c *candidate) timing() float64 {
	w := timingScale * c.rhythm.Strength(rhythm.Cap)
	if c.daily() {
		return min(w, 3)
	}
	return w
}

// sizes weighs how constant the check-ins are: programs that only ask for orders
// send the same octets each time, people do not.
func (c *candidate) sizes() float64 {
	if c.p.attempts*2 > c.p.count {
		return 0.3
	}
	s := clamp(1.5*(1-c.out.rel/0.6), -1.5, 1.5) + clamp(1-c.in.rel/0.8, -1, 1)
	switch most := max(c.in.median, c.out.median); {
	case most > 16<<20:
		s -= 3 // nobody asks for orders with so much; package oddvolume looks at it
	case most > 1<<20:
		s -= 1.5 // bulk transfer
	}
	return s
}

// rarity weighs who else does it.
func (c *candidate) rarity(ctx *detect.Context) float64 {
	hosts := max(ctx.Hosts, c.hosts, c.peers, 1)
	w := c.crowd(ctx, hosts) + c.visited(hosts)
	if ctx.Hosts < smallPopulation && c.p.name != 0 && usualPort(c.p.port) {
		// Nobody to compare with: an unjittered clock to a named web server is
		// mostly an updater or a poller.
		switch j := c.rhythm.Jitter; {
		case j < 0.01:
			w -= 5
		case j < 0.05:
			w -= 4
		}
	}
	return w - clamp(1.6*math.Log2(float64(max(c.family, 1))), 0, 4.5)
}

// crowd weighs the hosts that keep a rhythm with the same destination. Where they
// are a large share of all hosts it is a service of the place (time, mail,
// telemetry); eight and more are weighed as one by package fanin.
func (c *candidate) crowd(ctx *detect.Context, hosts int) float64 {
	share := float64(c.peers) / float64(hosts)
	switch {
	case c.peers == 1 && hosts >= 20:
		return 1
	case c.peers == 1:
		return 0
	case c.peers >= 10 && share > 0.10:
		return -10
	case c.strangersDoor(ctx) && share <= 0.5:
		return -0.5
	case c.peers >= 8:
		return -7
	}
	return c.handful(share)
}

// houseShare is the share of all hosts from which on what they have in common is
// likely the place's own: its software, its suppliers.
const houseShare = 0.04

// handful weighs two to seven hosts, a share of all. An unjittered clock that
// several have is most often an agent that somebody bought; three and more with a
// destination that has a name are, in a small network, software of the house.
func (c *candidate) handful(share float64) float64 {
	named := c.p.name != 0
	switch {
	case c.rigid() && named:
		return -7
	case c.rigid():
		return -4
	case c.peers < 3:
		return -0.5
	case named && share >= houseShare:
		return -4.5
	case share > 0.5:
		return -3
	}
	return -0.5
}

// visited weighs how many of all inside hosts know the destination at all.
func (c *candidate) visited(hosts int) float64 {
	if c.p.flags&flagSrcDomestic == 0 || hosts < 20 {
		return 0
	}
	switch share := float64(c.hosts) / float64(hosts); {
	case share > 0.2:
		return -3
	case share >= houseShare:
		return -1.5
	}
	return 0
}

// strangersDoor says that the destination is a public server where more sources
// knock than there are clients: most of them are the noise of the Internet.
func (c *candidate) strangersDoor(ctx *detect.Context) bool {
	return c.p.class == direction.Transit && c.hosts > 20 && c.hosts > ctx.Hosts
}

// smallPopulation is the number of clients below which rarity says nothing.
const smallPopulation = 10

// rigidJitter is the jitter that timers of honest software show: a fixed clock plus
// a small random delay.
const rigidJitter = 0.06

// rigid says that the clock has no jitter of its own, only delays.
func (c *candidate) rigid() bool {
	return c.rhythm.Jitter < rigidJitter || c.rhythm.Jitter*c.rhythm.Period < 2
}

// service weighs protocols that keep time by their nature, told by port and
// label, and the look of one (one small datagram each way).
func (c *candidate) service() float64 {
	p := c.p
	switch {
	case p.service == flow.ServiceNTP, p.proto == 17 && p.port == 123:
		return -8
	case p.service == flow.ServiceDNS, p.port == 53, p.port == 853, p.port == 5353, p.port == 5355:
		return -8
	case p.service == flow.ServiceDHCP, p.service == flow.ServiceSNMP, p.service == flow.ServiceSIP,
		p.service == flow.ServiceKerberos, p.service == flow.ServiceLDAP:
		return -4
	case p.proto == 1 || p.proto == 58:
		return -5
	case p.flags&flagTinyUDP != 0 && p.proto == 17:
		return -2.5
	}
	return 0
}

// place weighs where the two ends are.
func (c *candidate) place(ctx *detect.Context) float64 {
	p, w := c.p, c.knock()
	name := ctx.Names.Text(p.name)
	private := p.flags&flagPrivateDst != 0
	switch {
	case private && !publicName(name):
		w -= 4
	case p.class == direction.Domestic && !private:
		w--
	}
	if c.strangersDoor(ctx) {
		w -= 2
		if c.peers >= 8 {
			w -= 3 // many keep some rhythm there: crawlers and monitors
		}
	}
	if name == "" && !private {
		w += 0.6 // nobody asked for its name
		if !usualPort(p.port) {
			w += 0.6
		}
	}
	return w
}

// knock weighs contacts that come from outside, or that nobody answers.
func (c *candidate) knock() float64 {
	p := c.p
	unanswered := p.attempts*3 > p.count*2
	switch {
	case p.class == direction.Inbound && unanswered:
		return -6
	case p.class == direction.Inbound:
		return -2
	case unanswered && p.flags&flagSrcDomestic == 0:
		return -6 // the noise of the Internet
	case unanswered:
		return -0.5
	}
	return 0
}

func usualPort(port uint16) bool {
	switch port {
	case 80, 443, 8080, 8443, 25, 110, 143, 465, 587, 993, 995, 22, 21, 3128, 5228, 8883, 1883:
		return true
	}
	return false
}

// publicName says whether name is one of the public tree, not of a site's own.
func publicName(name string) bool {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return false
	}
	switch name[i+1:] {
	case "local", "lan", "internal", "home", "corp", "arpa", "localdomain", "intranet", "private":
		return false
	}
	return true
}

// shape weighs the series as a whole.
func (c *candidate) shape() float64 {
	w := 0.0
	span := float64(c.p.last-c.since) / 1e9
	if span < 90 {
		w -= 2 * (1 - span/90)
	}
	if c.p.name == 0 && !usualPort(c.p.port) && c.strangers >= 20 {
		w -= 4
	}
	if c.p.count >= 200 {
		w++ // kept up long after chance has gone
	}
	if c.p.byAddress && bits.OnesCount32(c.p.sites) >= 3 {
		w++ // names change, address and rhythm stay
	}
	return w
}

// daily says that the clock goes by the day and has no jitter of its own: that tells it
// from people, but backups, updates and reports of honest software are set to an hour
// of the day as well.
func (c *candidate) daily() bool {
	const day = 24 * 3600
	days := math.Round(c.rhythm.Period / day)
	return days >= 1 && days <= 7 && c.rigid() && math.Abs(c.rhythm.Period-days*day) < 0.01*day
}

func clamp(x, lo, hi float64) float64 { return max(lo, min(hi, x)) }

// measure fills the parts of c that need the pair's contacts; false when the
// pair keeps no rhythm worth weighing.
func (d *Detector) measure(c *candidate) bool {
	d.contacts = c.t.contacts(c.p, d.contacts[:0])
	slices.SortFunc(d.contacts, func(a, b series.Contact) int { return int(a.At) - int(b.At) })
	d.times = d.times[:0]
	for _, x := range d.contacts {
		d.times = append(d.times, float64(x.At)/100)
	}
	c.rhythm = rhythm.Find(d.times, &d.scratch)
	if c.rhythm.Evidence < worthEvidence {
		return false
	}
	d.contacts = d.contacts[c.rhythm.From:]
	c.since, c.took = c.p.first, len(d.contacts)
	if c.rhythm.From > 0 {
		c.since += int64(d.contacts[0].At) * series.Tick
	}
	c.out = d.spreadOf(func(x series.Contact) uint16 { return x.Out })
	c.in = d.spreadOf(func(x series.Contact) uint16 { return x.In })
	return true
}

// worthEvidence is the timing evidence, in nats, below which a pair is dropped.
const worthEvidence = 3.5

func (d *Detector) spreadOf(of func(series.Contact) uint16) spread {
	d.sizes = d.sizes[:0]
	for _, x := range d.contacts {
		d.sizes = append(d.sizes, series.SizeOf(of(x)))
	}
	slices.Sort(d.sizes)
	n := len(d.sizes)
	m := d.sizes[n/2]
	return spread{m, (d.sizes[n*3/4] - d.sizes[n/4]) / max(m, 1)}
}
