package knownbad

import (
	"cmp"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/knownbad/indicator"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Findings says of each contact what it is worth. It changes no state.
func (d *Detector) Findings(ctx *detect.Context) []detect.Finding {
	peers := map[uint32]*detect.Sketch{}
	for _, c := range d.contacts.All() {
		if c.mode != outward {
			continue
		}
		s := peers[c.indicator]
		if s == nil {
			s = new(detect.Sketch)
			peers[c.indicator] = s
		}
		s.Add(detect.HashAddr(c.host))
	}
	var out []detect.Finding
	for _, c := range d.contacts.All() {
		n := 1
		if s := peers[c.indicator]; s != nil {
			n = s.Count()
		}
		if v := d.weigh(c, ctx, n); v.score >= worthScore {
			out = append(out, d.finding(c, ctx, v))
		}
	}
	return fold(out)
}

// fold makes one finding of those about the same two ends, such as an address and
// the certificate that it shows: the surest speaks, a little surer for each other,
// and names them. The order does not depend on the table.
func fold(all []detect.Finding) []detect.Finding {
	slices.SortFunc(all, func(a, b detect.Finding) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID(), b.ID()), cmp.Compare(fmt.Sprint(a.Evidence[0].Value), fmt.Sprint(b.Evidence[0].Value)))
	})
	at := map[string]int{}
	var out []detect.Finding
	for _, f := range all {
		i, seen := at[f.ID()]
		if !seen {
			at[f.ID()] = len(out)
			out = append(out, f)
			continue
		}
		out[i].Evidence = append(out[i].Evidence, detect.Fact{Name: "also", Value: f.Evidence[0].Value})
		out[i].Score = min(out[i].Score+0.03, max(out[i].Score, mostJoined))
	}
	return out
}

// Merge adds the contacts of other, whose set holds the same lists in the same order.
func (d *Detector) Merge(other detect.Detector, ctx *detect.Context) {
	o, ok := other.(*Detector)
	if !ok {
		return
	}
	translate := func(id detect.NameID) detect.NameID { return id }
	if ctx != nil && ctx.Translate != nil {
		translate = ctx.Translate
	}
	for key, c := range o.contacts.All() {
		theirs := *c
		theirs.nameID = translate(theirs.nameID)
		if mine := d.contacts.Get(key); mine != nil {
			mine.join(&theirs)
		} else {
			d.contacts.Insert(key, &theirs)
		}
	}
	for id, v := range o.verdicts {
		if v > 0 {
			d.remember(translate(detect.NameID(id)), uint32(v))
		}
	}
}

// prefix gives the prefix of an entry of that kind.
func (s *Set) prefix(e *entry) netip.Prefix {
	p, _ := netip.ParsePrefix(string(s.bytes(e.value))) // written by us
	return p
}

// value writes what the list says is bad.
func (d *Detector) value(c *contact, e *entry) string {
	if e.kind != indicator.Address {
		return string(d.set.bytes(e.value))
	}
	if c.mode == outward {
		return c.other.String()
	}
	return c.host.String()
}

func (d *Detector) finding(c *contact, ctx *detect.Context, v verdict) detect.Finding {
	e := &d.set.entries[c.indicator]
	f := detect.Finding{
		Kind: detect.KnownBad, Score: v.score, Src: c.host, Dst: c.other, Class: c.class, First: c.first, Last: c.last,
		Count: int64(c.answered) + int64(c.tried) + int64(c.asked), Name: d.name(c, e, ctx), Attack: technique(c), Strip: c.times.Counts(),
	}
	if c.begun && !c.ports {
		f.Port, f.Proto = c.port, c.proto
	}
	if c.others.Count() > 1 && (c.mode != outward || e.kind == indicator.JA3 || e.kind == indicator.JA4) {
		f.Dst = flow.Addr{} // several ends: the finding is about the machine
	}
	list := d.set.lists[e.list].Path
	up, down := c.bytes()
	fact := func(name string, value any) { f.Evidence = append(f.Evidence, detect.Fact{Name: name, Value: value}) }
	fact("indicator", d.value(c, e))
	fact("match", d.match(c, e))
	fact("list", filepath.Base(list))
	fact("line", int64(e.line))
	fact("lists", int64(e.lists))
	if e.about.len > 0 {
		fact("description", string(d.set.bytes(e.about)))
	}
	if e.source.len > 0 {
		fact("source", string(d.set.bytes(e.source)))
	}
	if e.confidence >= 0 {
		fact("confidence", int64(e.confidence))
	}
	d.provenance(c, e, fact)
	fact("established", c.answered > 0)
	fact("exchanges_answered", int64(c.answered))
	fact("exchanges_unanswered", int64(c.tried))
	fact("lookups", int64(c.asked))
	fact("src_bytes", int64(min(up, 1<<62)))
	fact("dst_bytes", int64(min(down, 1<<62)))
	fact("hosts_to_dst", int64(v.hosts))
	if n := c.others.Count(); c.mode != outward || n > 1 {
		fact("ends", int64(n))
	}
	f.Why = d.why(c, e, v, &f)
	return f
}

// provenance adds who speaks, how far they are to be believed, and since when.
func (d *Detector) provenance(c *contact, e *entry, fact func(name string, value any)) {
	v := d.set.voices[e.voice]
	for _, x := range []struct {
		name  string
		value any
		known bool
	}{
		{"feed", v.Feed, v.Feed != ""},
		{"reliability", v.Reliability.String(), v.Reliability != 0},
		{"credibility", int64(v.Credibility), v.Credibility != 0},
		{"licence", v.Licence, v.Licence != ""},
		{"feed_tlp", v.TLP.String(), v.TLP != indicator.Unmarked},
		{"listed_days", max(0, (c.last-e.since)/(24*3600*1e9)), e.since != 0},
		{"listed_port", int64(e.port), e.port != 0},
		{"warning_list", string(d.set.bytes(e.warned)), e.warned.len > 0},
	} {
		if x.known {
			fact(x.name, x.value)
		}
	}
}

// name gives the name that the machine used, or the listed one.
func (d *Detector) name(c *contact, e *entry, ctx *detect.Context) string {
	switch {
	case e.kind != indicator.Name:
		return ""
	case c.name != "":
		return c.name
	case c.nameID != 0 && ctx.Names != nil:
		return ctx.Names.Text(c.nameID)
	}
	return string(d.set.bytes(e.value))
}

// match says in a word what matched.
func (d *Detector) match(c *contact, e *entry) string {
	if c.zone {
		return "zone"
	}
	return e.kind.String()
}

// technique gives the ATT&CK numbers that fit what was seen.
func technique(c *contact) []string {
	if c.mode == inward {
		return []string{"T1595"} // what came of it cannot be seen from outside
	}
	var t []string
	switch {
	case !c.begun:
		t = append(t, "T1071.004")
	case c.proto == 1 || c.proto == 58:
		t = append(t, "T1095")
	default:
		t = append(t, application(c))
	}
	if up, down := c.bytes(); c.mode == outward && down >= 256<<10 && down/10 > up {
		t = append(t, "T1105")
	}
	return t
}

func application(c *contact) string {
	switch c.service {
	case flow.ServiceTLS, flow.ServiceHTTP, flow.ServiceQUIC:
		return "T1071.001"
	case flow.ServiceFTP, flow.ServiceSMB:
		return "T1071.002"
	case flow.ServiceSMTP, flow.ServiceMail:
		return "T1071.003"
	case flow.ServiceDNS:
		return "T1071.004"
	}
	return "T1071"
}

// why says it in sentences.
func (d *Detector) why(c *contact, e *entry, v verdict, f *detect.Finding) i18n.Text {
	up, down := c.bytes()
	what := i18n.Both("knownbad.match."+d.match(c, e), "indicator", d.value(c, e))
	about := i18n.Text{JA: " "} // between a Latin and a Japanese letter
	if e.about.len > 0 {
		about = i18n.Both("knownbad.why.about", "text", string(d.set.bytes(e.about)))
	}
	args := []any{"src", f.Src, "n", f.Count, "ends", c.others.Count(), "up", up, "down", down, "what", what, "about", about,
		"list", filepath.Base(d.set.lists[e.list].Path), "line", int64(e.line)}
	key := "tried"
	switch {
	case c.mode == own:
		key = "own"
	case c.mode == inward && c.data > 0:
		key = "answered"
	case c.mode == inward:
		key = "touched"
	case c.answered > 0:
		key = "talked"
	case !c.begun:
		key = "asked"
	}
	why := i18n.Both("knownbad.why."+key, args...)
	if e.lists > 1 {
		why = join(why, i18n.Both("knownbad.why.lists", "n", int64(e.lists)))
	}
	voice := d.set.voices[e.voice]
	if voice.Feed != "" {
		said := i18n.Text{}
		if voice.Grade() != "" {
			said = i18n.Both("knownbad.why.grade", "grade", voice.Grade())
		}
		why = join(why, i18n.Both("knownbad.why.feed", "feed", voice.Feed, "grade", said))
	}
	for _, x := range v.doubts {
		why = join(why, i18n.Both("knownbad.doubt."+string(x), "hosts", v.hosts, "list", string(d.set.bytes(e.warned)), "port", i18n.Nominal(int64(e.port)), "grade", voice.Grade()))
	}
	return why
}

// join puts one sentence after another.
func join(a, b i18n.Text) i18n.Text { return i18n.Text{JA: a.JA + b.JA, EN: a.EN + " " + b.EN} }
