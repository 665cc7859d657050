package oddtls

import (
	"math"
	"time"

	"github.com/noroshi-acd/noroshi/detect"
)

// group is the kind of a sign: signs of one kind do not make up for one another.
type group uint8

const (
	aboutIssuer group = iota
	aboutName
	aboutTime
	aboutClient
	aboutTransport
	groups = 5
)

// sign is one thing that does not fit. Its key words it in the catalogue.
type sign struct {
	key    string
	about  group
	weight float64 // nats
}

// Bounds by which signs are told; docs/spec/odd-tls.md holds the reasoning.
const (
	day         = int64(24 * time.Hour)
	shortLife   = 30 * day
	freshAge    = 3 * day
	youngAge    = 14 * day
	oldAge      = 365 * day
	population  = 20  // clients from which rarity says something
	enoughSeen  = 200 // handshakes from which it does for programs
	enoughCerts = 30  // certificates from which it does for issuers
	rareShare   = 0.01
	versionTLS1 = 0x0301
	version12   = 0x0303
)

// judged is a pair with all that is known about it.
type judged struct {
	p        *pair
	c        *certificate // nil for none
	name     string
	hosts    int  // machines that go there
	peers    int  // other odd servers of the same machine
	rare     bool // its program is seen nowhere else
	rareSign bool // its issuer is
	signs    []sign
	against  float64 // nats
}

func (j *judged) add(key string, about group, weight float64) {
	j.signs = append(j.signs, sign{key, about, weight})
}

// judge gathers the signs of a pair.
func (d *Detector) judge(ctx *detect.Context, p *pair) judged {
	j := judged{p: p, name: ctx.Names.Text(p.name), hosts: ctx.Addrs.Hosts(p.dst)}
	if p.name != 0 {
		j.hosts = max(j.hosts, ctx.Names.Hosts(p.name))
	}
	if p.cert != 0 {
		j.c = d.certs.Get(p.cert)
	}
	j.rare = d.rareClient(ctx, p)
	j.rareSign = d.rareIssuer(ctx, j.c)
	j.issuer()
	j.naming()
	j.timing(d.past)
	if j.rare {
		j.add("client", aboutClient, 1.6)
	}
	j.transport()
	j.weighAgainst(ctx)
	return j
}

// rareClient says whether hardly anybody has p's program and it goes nowhere else.
// Browsers that shuffle their handshake have a new fingerprint each time: those are
// seen too seldom, or beside others of the same pair.
func (d *Detector) rareClient(ctx *detect.Context, p *pair) bool {
	if p.client == 0 || ctx.Hosts < population || d.handshakes < enoughSeen || p.other > 0 {
		return false
	}
	u := d.clients.Get(p.client)
	return u != nil && u.count >= 3 && u.ends.Count() == 1 && float64(u.hosts.Count()) <= max(1, rareShare*float64(ctx.Hosts))
}

// rareIssuer says whether an issuer has signed nothing else that was seen.
func (d *Detector) rareIssuer(ctx *detect.Context, c *certificate) bool {
	if c == nil || c.selfSigned || c.issuer == "" || ctx.Hosts < population || d.certs.Len() < enoughCerts {
		return false
	}
	u := d.issuers.Get(c.issuerKey)
	return u != nil && u.ends.Count() == 1 && c.hosts.Count() <= 2
}

// issuer weighs who vouches for the certificate and for whom.
func (j *judged) issuer() {
	if j.c == nil {
		return
	}
	if j.c.selfSigned {
		j.add("self", aboutIssuer, 1.6)
	} else if j.rareSign {
		j.add("issuer", aboutIssuer, 0.6)
	}
	if !j.c.selfSigned && !j.rareSign {
		return // whoever vouches for many has looked at the subject
	}
	switch j.c.shape {
	case shapeDefault:
		j.add("default", aboutIssuer, 1.1)
	case shapeRandom:
		j.add("random", aboutIssuer, 1)
	case shapeEmpty:
		j.add("empty", aboutIssuer, 0.7)
	case shapeLocal:
		j.add("local", aboutIssuer, 0.5)
	}
}

// naming weighs how the name fits.
func (j *judged) naming() {
	switch {
	case j.p.fit == fitNo:
		j.add("mismatch", aboutName, 1.2)
	case j.p.named == detect.NameNone && j.c != nil:
		j.add("nameless", aboutName, 0.5)
	case j.p.named == detect.NameLookup && j.c != nil && j.p.fit == fitUnknown:
		j.add("unsaid", aboutName, 0.3)
	}
}

// timing weighs the certificate's life and the name's age.
func (j *judged) timing(past Past) {
	first := j.p.first
	if c := j.c; c != nil && c.notBefore != 0 && c.notAfter != 0 {
		j.life(c, first)
	}
	if past == nil || j.name == "" {
		return
	}
	seen, ok := past.FirstSeen(j.name)
	switch {
	case ok && first-seen < youngAge:
		j.add("young", aboutTime, 1.2)
	case ok && first-seen > oldAge:
		j.against -= 1.2
	}
}

// life weighs a certificate's times against the first contact.
func (j *judged) life(c *certificate, first int64) {
	switch life := c.notAfter - c.notBefore; {
	case life <= 0:
		j.add("backwards", aboutTime, 1)
	case life < shortLife && (c.selfSigned || j.rareSign):
		j.add("short", aboutTime, 1)
	}
	switch {
	case first > c.notAfter:
		j.add("expired", aboutTime, 0.6)
	case first < c.notBefore-day:
		j.add("future", aboutTime, 0.8)
	case first-c.notBefore < freshAge:
		j.add("fresh", aboutTime, 0.5)
	}
}

// transport weighs version and port.
func (j *judged) transport() {
	switch v := j.p.version; {
	case v == 0:
	case v < versionTLS1:
		j.add("ancient", aboutTransport, 0.7)
	case v < version12:
		j.add("old", aboutTransport, 0.4)
	}
	if !usual(j.p.port) {
		j.add("port", aboutTransport, 0.5)
	}
}

// usual says whether TLS is at home on a port: web, mail, directory, DNS, push and
// messages.
func usual(port uint16) bool {
	switch port {
	case 443, 8443, 25, 465, 587, 993, 995, 143, 110, 636, 853, 989, 990, 5061, 5222, 5223, 5228, 8883, 9443:
		return true
	}
	return false
}

// mail says whether a port is one where servers sign for themselves and nobody looks.
func mail(port uint16) bool { return port == 25 || port == 587 || port == 110 || port == 143 }

// weighAgainst weighs who else goes there, and what is odd by nature.
func (j *judged) weighAgainst(ctx *detect.Context) {
	j.against += j.company(ctx)
	if mail(j.p.port) {
		j.against -= 2.5
	}
	if n := ctx.Names.Family(j.p.name); j.p.name != 0 && n >= 6 {
		j.against -= min(0.7*math.Log2(float64(n)/3), 3)
	}
	if j.c != nil && j.c.servers.Count() >= 4 {
		j.against -= 1.5 // one certificate on many servers: a product, a network
	}
}

// company weighs how many machines go there, or have the same certificate that
// nobody vouches for.
func (j *judged) company(ctx *detect.Context) float64 {
	h := j.hosts
	if j.c != nil && (j.c.selfSigned || j.rareSign) {
		h = max(h, j.c.hosts.Count())
	}
	share := float64(h) / float64(max(ctx.Hosts, 1))
	switch {
	case ctx.Hosts < population:
		return -0.5
	case h <= 1:
		return 0.6
	case h < 5:
		return 0
	case share >= 0.2:
		return -5
	case share >= 0.02:
		return -3
	}
	return -1.2
}

// kinds counts the kinds of sign; one that weighs less than half a nat is none.
func (j *judged) kinds() (n int) {
	var sum [groups]float64
	for _, s := range j.signs {
		sum[s.about] += s.weight
	}
	for _, w := range sum {
		if w >= 0.5 {
			n++
		}
	}
	return n
}
