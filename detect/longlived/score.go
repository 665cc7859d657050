package longlived

import (
	"math"
	"time"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
)

// weight is the score's parts, in nats of log-odds.
type weight struct {
	length, rarity, service, place, rate float64
	most                                 float64 // the score is at most this
}

// The weights were set by judgement on what the services below are for. A score is
// high when a machine stays for about six hours at a place where none of a larger
// population goes and which shows neither name nor a known protocol.
const (
	prior      = -3.6           // a stay of one hour that nothing speaks for or against
	perDoubled = 1.5 * math.Ln2 // each doubling of the stay
	longest    = 72 * time.Hour // beyond which longer proves no more
	population = 10             // hosts below which rarity says nothing
	careful    = 0.72           // most for a stay without a population to compare with
	expected   = 0.70           // most for services that exist to stay
)

func (w weight) score() float64 {
	z := prior + w.length + w.rarity + w.service + w.place + w.rate
	return min(1/(1+math.Exp(-z)), w.most)
}

// weigh judges stay s, done by s.hosts machines of ctx.Hosts in all.
func (s *stay) weigh(ctx *detect.Context) weight {
	w := weight{most: 1}
	t := max(float64(s.run), 0.5*float64(s.covered))
	w.length = perDoubled * math.Log2(math.Min(t, float64(longest))/float64(time.Hour))
	w.rarity = s.rarity(ctx.Hosts)
	var most float64
	w.service, most = s.nature()
	w.most = min(w.most, most)
	switch {
	case s.p.flags&flagPrivate != 0:
		w.place, w.most = -3, min(w.most, 0.45)
	case s.p.flags&flagDstDomestic != 0 && s.p.flags&flagSrcDomestic != 0:
		w.place = -1
	case s.p.flags&flagDstDomestic != 0: // an outsider stays at our server: mostly a client of it
		w.place = -0.8
	}
	w.rate = s.pace()
	// One unbroken connection of more than a day and a half at a service that does
	// not exist to stay needs no population to be strange.
	if ctx.Hosts < population && (most <= expected || s.longest < int64(36*time.Hour)) {
		w.most = min(w.most, careful)
	}
	return w
}

// rarity weighs who else goes there.
func (s *stay) rarity(hosts int) float64 {
	if hosts < population {
		return 0
	}
	share := float64(s.hosts) / float64(hosts)
	r := 0.0
	switch {
	case s.hosts <= 1:
		r = min(2.4, 0.8*math.Log(float64(hosts)/4))
	case s.hosts == 2 && share < 0.1:
		r = 0.5
	case share >= 0.1:
		r = -3
	case s.hosts >= 8 || share >= 0.02:
		r = -1.2
	}
	if others := s.portHosts - s.hosts; others >= 8 && float64(others) > 0.005*float64(hosts) && !general(s.p.port) {
		r -= 1.5 // a program of the house that many use, each towards another place
	}
	return r
}

// general says whether a port says nothing about the program behind it.
func general(port uint16) bool {
	switch port {
	case 80, 443, 8080, 8443:
		return true
	}
	return false
}

// nature weighs what kind of service it is, and gives the most that a stay at such
// a one can score.
func (s *stay) nature() (nats, most float64) {
	p := s.p
	kind := purpose(p.proto, p.port, p.service)
	named := p.name != 0
	switch kind {
	case tunnel:
		return -1, 0.74
	case keeper:
		if named {
			return -2, expected
		}
		return -1.2, expected
	case store:
		return -1.5, 0.74
	case shell:
		return -1, 1
	}
	return s.look(), 1
}

// look weighs what an unremarkable port shows of itself.
func (s *stay) look() float64 {
	p := s.p
	switch {
	case p.flags&flagSelfSigned != 0:
		return 0.8
	case p.name != 0 && p.flags&flagOwnName != 0:
		return -0.7
	case p.name != 0:
		return 0
	case p.service == flow.ServiceTLS || p.service == flow.ServiceQUIC:
		return 0.6 // TLS that asks for no name
	case p.proto == 17:
		return -1.2 // games, cameras and peers hold holes in firewalls open this way
	case p.service == flow.ServiceUnknown || p.service == flow.ServiceOther:
		return 0.9
	}
	return 0
}

// uses of services.
type use uint8

const (
	anything use = iota
	tunnel       // a house's or a person's own tunnel
	keeper       // push, chat, mail, telephony, things: made to stay
	store        // databases and queues
	shell        // a person at work
)

// purpose tells what a service is for by its registered port and by what the
// sensor recognised.
func purpose(proto uint8, port uint16, service flow.Service) use {
	switch service {
	case flow.ServiceMail, flow.ServiceSIP, flow.ServiceMQTT:
		return keeper
	case flow.ServiceSSH, flow.ServiceRDP:
		return shell
	case flow.ServiceDatabase, flow.ServiceLDAP, flow.ServiceSMB:
		return store
	}
	switch proto {
	case 47, 50, 51: // GRE, ESP, AH
		return tunnel
	case 17:
		switch port {
		case 500, 1194, 1701, 4500, 51820: // IPsec, OpenVPN, L2TP, WireGuard
			return tunnel
		case 3478, 3479, 3480, 3481, 5060, 5349, 19302: // STUN, TURN, SIP
			return keeper
		}
	case 6:
		switch port {
		case 1723, 1194:
			return tunnel
		case 143, 993, 110, 995, 853, 1883, 8883, 5222, 5223, 5228, 5229, 5230, 5060, 5061, 2195, 2197, 6697: // mail, DNS over TLS, MQTT, XMPP and push, SIP, IRC over TLS
			return keeper
		case 22, 3389:
			return shell
		case 389, 636, 1433, 1521, 2049, 3306, 5432, 5671, 5672, 6379, 9092, 27017:
			return store
		}
	}
	return anything
}

// pace weighs how much flows: a remote control idles, a transfer does not.
func (s *stay) pace() float64 {
	rate := s.rate()
	switch {
	case rate > 200_000:
		return -2
	case rate > 20_000:
		return -1
	}
	return 0
}

// rate gives the octets a second, both ways, while it stayed.
func (s *stay) rate() float64 {
	return float64(s.up+s.down) / max(float64(s.covered)/1e9, 1)
}
