package beacon

import (
	"cmp"
	"slices"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/beacon/series"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
)

// View shows what is remembered of one pair: its latest contacts in the order of
// their beginnings. It is valid only while [Detector.Pairs] shows it, and MUST NOT
// be changed.
type View struct {
	Src, Dst    flow.Addr     // Dst: the latest address where the pair goes by name
	Name        detect.NameID // 0 for a pair that goes by address
	Port        uint16
	Proto       uint8
	Service     flow.Service
	Class       direction.Class
	Private     bool      // the destination's address is private
	Domestic    bool      // the source is domestic
	First, Last int64     // ns, beginnings of the first and of the latest contact
	Count       int       // contacts, those among them that are forgotten too
	Attempts    int       // contacts that nobody answered
	Times       []float64 // s since First
	Sent        []float64 // octets by the source, contact by contact
	Received    []float64 // octets by the destination
}

// Pairs shows every pair with at least least contacts until visit gives false. It
// changes no state that counts.
func (d *Detector) Pairs(least int, visit func(v *View) bool) {
	var v View
	for _, t := range []*table{d.byName, d.byAddress} {
		for i := range t.used {
			p := t.at(i)
			if int(p.count) < max(least, 1) || t == d.byAddress && d.spokenForByName(p) {
				continue
			}
			d.contacts = t.contacts(p, d.contacts[:0])
			v.show(p, d.contacts)
			if !visit(&v) {
				return
			}
		}
	}
}

// show fills v from p and its contacts, which it sorts.
func (v *View) show(p *pair, contacts []series.Contact) {
	slices.SortFunc(contacts, func(a, b series.Contact) int { return cmp.Compare(a.At, b.At) })
	*v = View{
		Src: p.src, Dst: p.dst, Port: p.port, Proto: p.proto, Service: p.service, Class: p.class,
		Private: p.flags&flagPrivateDst != 0, Domestic: p.flags&flagSrcDomestic != 0,
		First: p.first, Last: p.last, Count: int(p.count), Attempts: int(p.attempts),
		Times: v.Times[:0], Sent: v.Sent[:0], Received: v.Received[:0],
	}
	if !p.byAddress {
		v.Name = p.name
	}
	for _, c := range contacts {
		v.Times = append(v.Times, float64(c.At)/100)
		v.Sent, v.Received = append(v.Sent, series.SizeOf(c.Out)), append(v.Received, series.SizeOf(c.In))
	}
}

// Visited gives about how many hosts know the pair's destination.
func (v *View) Visited(c *detect.Context) int {
	if v.Name != 0 {
		return c.Names.Hosts(v.Name)
	}
	return c.Addrs.Hosts(v.Dst)
}
