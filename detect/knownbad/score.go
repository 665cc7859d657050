package knownbad

import (
	"math"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/knownbad/indicator"
	"github.com/noroshi-acd/noroshi/flow"
)

// What a match is worth by what matched, when the exchange was answered and nothing
// speaks for or against it.
const (
	scoreName             = 0.88
	scoreZone             = 0.85
	scoreCertificate      = 0.90
	scoreAddress          = 0.85
	scorePrefix           = 0.82 // less scoreBit for each bit that the prefix is wider
	scoreBit              = 0.006
	scoreFingerprint      = 0.60
	mostFingerprint       = 0.74       // a fingerprint alone is shared by many programs
	mostOwn               = 0.65       // one of our own machines is listed
	mostAnswered          = 0.60       // a listed one came from outside and was sent data
	mostTouch             = 0.30       // it was not
	mostJoined            = 0.97       // what several indicators for the same two ends add up to
	lessWarnedWhole       = 0.30       // a warning list names it
	lessWarned            = 0.15       // a warning list has to do with it
	lessPartial, lessPort = 0.10, 0.15 // it is one of several conditions; it is listed with another port
	lessWide              = 0.03       // for each bit by which a prefix is wider than firstWide
	firstWide             = 20
	worthScore            = 0.15 // below it nothing is said
)

// doubt is a reason why a match may be less than it seems; it is also the key of
// its sentence.
type doubt string

const (
	doubtPopular doubt = "popular" // a large share of all machines goes there
	doubtTime    doubt = "time"    // it only told the time
	doubtPage    doubt = "page"    // the list names a page on that host
	doubtList    doubt = "list"    // the list itself is not sure
	doubtGrade   doubt = "grade"   // the source or the information is graded low
	doubtWarned  doubt = "warned"  // a warning list holds it
	doubtPartial doubt = "partial" // it is one of several conditions
	doubtPort    doubt = "port"    // it is listed with another port
	doubtWide    doubt = "wide"    // it is a large network
	doubtOld     doubt = "old"     // it was listed long ago; addresses change hands
)

// verdict is a contact's score and what speaks against it.
type verdict struct {
	score  float64
	doubts []doubt
	hosts  int // machines that go to the same destination
}

// weigh scores c. peers is how many machines had contact with the same indicator.
func (d *Detector) weigh(c *contact, ctx *detect.Context, peers int) verdict {
	e := &d.set.entries[c.indicator]
	v := verdict{score: min(d.base(c, e), most(c, e))}
	against := func(why doubt, by float64) {
		v.score -= by
		v.doubts = append(v.doubts, why)
	}
	if e.fromURL && e.kind == indicator.Name {
		against(doubtPage, 0.12)
	}
	if by := listed(e); by < 0 {
		against(doubtList, -by)
	} else {
		v.score += by
	}
	d.caveats(c, e, &v, against)
	switch {
	case c.mode == inward:
	case c.answered > 0:
		v.score += min(0.04, 0.02*math.Log10(float64(c.answered)))
	case c.tried > 0:
		v.score -= 0.15
	default:
		v.score -= 0.12
	}
	if c.mode == outward && onlyTime(c) {
		against(doubtTime, 0.35)
	}
	var by float64
	if v.hosts, by = d.popularity(c, e, ctx, peers); by > 0 {
		against(doubtPopular, by)
	}
	v.score = min(v.score, 0.98)
	if e.kind == indicator.JA3 || e.kind == indicator.JA4 {
		v.score = min(v.score, mostFingerprint)
	}
	return v
}

// caveats weighs what feeds and warning lists say beside the indicator itself.
func (d *Detector) caveats(c *contact, e *entry, v *verdict, against func(doubt, float64)) {
	if by := d.set.voices[e.voice].Worth(); by < 0 {
		against(doubtGrade, -by)
	} else {
		v.score += by
	}
	if e.warned.len > 0 {
		against(doubtWarned, map[bool]float64{true: lessWarnedWhole, false: lessWarned}[e.wholly])
	}
	if days := float64(c.last-e.since) / (24 * 3600 * 1e9); e.since != 0 && e.kind <= indicator.Prefix && days > 365 {
		against(doubtOld, min(0.2, 0.05*math.Log2(days/182)))
	}
	if e.partial {
		against(doubtPartial, lessPartial)
	}
	if e.port != 0 && c.begun && c.mode == outward && (c.ports || c.port != e.port) {
		against(doubtPort, lessPort)
	}
	if e.kind == indicator.Prefix {
		if p := d.set.prefix(e); p.Addr().Is4() && p.Bits() < firstWide {
			against(doubtWide, lessWide*float64(firstWide-p.Bits()))
		}
	}
}

// base is what the kind of match is worth.
func (d *Detector) base(c *contact, e *entry) float64 {
	switch e.kind {
	case indicator.Name:
		if c.zone {
			return scoreZone
		}
		return scoreName
	case indicator.Certificate:
		return scoreCertificate
	case indicator.Address:
		return scoreAddress
	case indicator.Prefix:
		p := d.set.prefix(e)
		wider := p.Addr().BitLen() - p.Bits()
		if p.Addr().Is6() {
			wider = max(0, 64-p.Bits()) / 2
		}
		return scorePrefix - scoreBit*float64(wider)
	}
	return scoreFingerprint
}

// most is the highest base that the way of contact allows.
func most(c *contact, e *entry) float64 {
	switch {
	case c.mode == own && e.kind != indicator.Certificate:
		return mostOwn
	case c.mode == inward && c.data > 0:
		return mostAnswered
	case c.mode == inward:
		return mostTouch
	}
	return 1
}

// listed is what the lists' own words add: how many name the indicator and how sure
// they are. What one list of many names once is often an old or a shared address.
func listed(e *entry) float64 {
	by := 0.0
	if e.confidence >= 0 {
		by = min(max(float64(e.confidence)-75, -60)/100*0.4, 0.06)
	}
	switch {
	case e.counted && e.lists <= 2:
		by -= 0.12
	case e.lists > 1:
		by += min(0.06, 0.02*math.Log2(float64(e.lists)))
	}
	return by
}

// onlyTime says whether all that was exchanged can have been the time of day.
func onlyTime(c *contact) bool {
	return !c.ports && c.proto == 17 && (c.service == flow.ServiceNTP || c.port == 123)
}

// popularity gives how many machines go where c goes, and what that takes off: a
// destination that a large share of all machines uses is a shared host, a resolver
// or a content network. A match by name or certificate stays; it is not the host
// that was listed.
func (d *Detector) popularity(c *contact, e *entry, ctx *detect.Context, peers int) (hosts int, by float64) {
	hosts = peers
	if c.mode != outward {
		return hosts, 0
	}
	switch e.kind {
	case indicator.Address, indicator.Prefix:
		if ctx.Addrs != nil {
			hosts = max(hosts, ctx.Addrs.Hosts(c.other))
		}
	case indicator.Name:
		if ctx.Names != nil && c.nameID != 0 {
			hosts = max(hosts, ctx.Names.Hosts(c.nameID))
		}
		if !e.fromURL {
			return hosts, 0
		}
	case indicator.Certificate:
		return hosts, 0
	}
	limit := d.cfg.PopularShare
	if e.kind == indicator.JA3 || e.kind == indicator.JA4 {
		limit /= 4 // a library's fingerprint, not a bot's
	}
	share := float64(hosts) / float64(max(ctx.Hosts, 1))
	switch {
	case hosts >= saturated:
		return hosts, 0.2
	case hosts < d.cfg.PopularHosts || share <= limit:
		return hosts, 0
	}
	return hosts, 0.35 * min(1, (share-limit)/limit)
}

// saturated is near the most that prevalence can count: there its share of all means
// nothing any more.
const saturated = 1300
