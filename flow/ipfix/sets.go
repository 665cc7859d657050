package ipfix

import (
	"encoding/binary"
	"hash/maphash"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/ipfix/template"
)

// Sizes of NetFlow v9 and IPFIX.
const (
	head9   = 20
	head10  = 16
	headSet = 4
)

// Numbers of sets. From 256 on, a set holds data of the template of its number.
const (
	setTemplates9  = 0
	setOptions9    = 1
	setTemplates10 = 2
	setOptions10   = 3
	firstData      = 256
)

// work is one message on its way.
type work struct {
	s    *session
	m    template.Message
	seq  message
	b    *flow.Batch
	nine bool
}

// nine reads a datagram of NetFlow v9.
func (d *Decoder) nine(p []byte, from Exporter, b *flow.Batch) {
	if len(p) < head9 {
		d.fail(&session{key: sessionKey{version: v9}}, 0, len(p), Truncated)
		return
	}
	w := work{b: b, nine: true}
	w.s = d.session(sessionKey{from, v9, binary.BigEndian.Uint32(p[16:])})
	w.m.Uptime, w.m.Up = binary.BigEndian.Uint32(p[4:]), true
	w.m.Export = int64(binary.BigEndian.Uint32(p[8:])) * 1e9
	w.seq = message{number: binary.BigEndian.Uint32(p[12:]), whole: true}
	d.sets(&w, p, head9)
}

// ten reads a message of IPFIX.
func (d *Decoder) ten(p []byte, from Exporter, b *flow.Batch) {
	if len(p) < head10 {
		d.fail(&session{key: sessionKey{version: v10}}, 0, len(p), Truncated)
		return
	}
	w := work{b: b}
	w.s = d.session(sessionKey{from, v10, binary.BigEndian.Uint32(p[12:])})
	w.m.Export = int64(binary.BigEndian.Uint32(p[4:])) * 1e9
	if w.s.start > 0 {
		w.m.Since(w.s.start)
	}
	w.seq = message{number: binary.BigEndian.Uint32(p[8:]), whole: true}
	switch n := int(binary.BigEndian.Uint16(p[2:])); {
	case n < head10:
		d.fail(w.s, 0, 2, BadLength)
		return
	case n > len(p):
		d.fail(w.s, 0, len(p), Truncated)
		w.seq.whole = false
	default:
		p = p[:n]
	}
	d.sets(&w, p, head10)
}

// sets reads the sets of message p from octet at on.
func (d *Decoder) sets(w *work, p []byte, at int) {
	w.m.Link = w.s.link
	before := len(w.b.Records)
	for len(p)-at >= headSet {
		id, n := binary.BigEndian.Uint16(p[at:]), int(binary.BigEndian.Uint16(p[at+2:]))
		if n < headSet {
			if id != 0 || n != 0 { // else the message is filled up with zeros
				d.fail(w.s, id, at, BadLength)
				w.seq.whole = false
			}
			break
		}
		if n > len(p)-at {
			d.fail(w.s, id, len(p), Truncated)
			w.seq.whole = false
			n = len(p) - at
		}
		d.set(w, id, p[at+headSet:at+n], at)
		at += n
	}
	w.s.flows += uint64(len(w.b.Records) - before)
	w.s.seq.next(w.seq)
	d.counted = Counted{w.seq.records, w.seq.flows, w.seq.whole}
}

// set reads one set, which begins at octet at of the message.
func (d *Decoder) set(w *work, id uint16, set []byte, at int) {
	switch {
	case id >= firstData:
		d.data(w, id, set, at)
	case w.nine && id == setTemplates9 || !w.nine && id == setTemplates10:
		d.announce(w, id, set, at, false)
	case w.nine && id == setOptions9 || !w.nine && id == setOptions10:
		d.announce(w, id, set, at, true)
	default:
		d.fail(w.s, id, at, BadSet)
	}
}

// data reads a data set, or keeps it until its template comes.
func (d *Decoder) data(w *work, id uint16, set []byte, at int) {
	plan, by := d.plan(w.s, id)
	if plan == nil {
		d.waiting.add(w.s, id, set, &w.m)
		w.seq.whole = false
		return
	}
	w.m.Sampling = &by.sampling
	d.read(w, plan, id, set, at)
}

// read reads a data set by its plan.
func (d *Decoder) read(w *work, plan *template.Plan, id uint16, set []byte, at int) {
	var t template.Tally
	if plan.Use == template.Options {
		var started uint64
		started, t = plan.Options(set, &d.values, w.m.Sampling)
		if started > 0 && !w.nine {
			w.s.start = started
			w.m.Since(started)
		}
		d.stats.Options += uint64(t.Records)
	} else {
		t = plan.Read(set, &w.m, &d.values, w.b)
		d.stats.Other += uint64(t.Records - t.Flows)
		w.seq.flows += uint32(t.Records)
	}
	w.seq.records += uint32(t.Records)
	if t.Cut || t.Bad > 0 {
		d.fail(w.s, id, at, BadRecord)
		w.seq.whole = w.seq.whole && !t.Cut
	}
}

// announce takes up the templates of a set.
func (d *Decoder) announce(w *work, id uint16, set []byte, at int, options bool) {
	at += headSet
	for len(set) >= headSet {
		n := d.spec.Parse(set, options, w.nine)
		switch {
		case n == 0:
			d.fail(w.s, id, at, Truncated)
			return
		case d.spec.ID == 0 && len(d.spec.Fields) == 0: // filled up with zeros
			return
		case len(d.spec.Fields) == 0 && !w.nine:
			d.withdraw(w.s, d.spec.ID, id, at)
		case d.spec.ID < firstData:
			d.fail(w.s, d.spec.ID, at, BadTemplate)
		default:
			d.learn(w, set[:n], at)
		}
		set, at = set[n:], at+n
	}
}

// learn remembers the template that stands in d.spec and reads what waited for it.
func (d *Decoder) learn(w *work, raw []byte, at int) {
	s, id := w.s, d.spec.ID
	sum := maphash.Bytes(d.seed, raw)
	if d.spec.Options {
		sum = ^sum
	}
	old, again := s.plans[id]
	if again && old.sum == sum {
		return
	}
	d.forget(s, id)
	plan := template.Compile(&d.spec)
	if plan == nil {
		d.fail(s, id, at, BadTemplate)
		return
	}
	if d.templates >= d.o.Templates && !d.evict(s) {
		d.fail(s, id, at, TooMany)
		return
	}
	s.plans[id] = known{plan: plan, sum: sum}
	d.templates++
	d.stats.Templates++
	d.catchUp(w, plan, id)
}

// catchUp reads the data that came before their template.
func (d *Decoder) catchUp(w *work, plan *template.Plan, id uint16) {
	for _, u := range d.waiting.take(w.s, id) {
		before := len(w.b.Records)
		late := work{s: u.s, b: w.b, nine: w.nine, m: template.Message{
			Export: u.export, Uptime: u.uptime, Up: u.up, Link: u.s.link, Sampling: &w.s.sampling}}
		d.read(&late, plan, id, u.set, 0)
		n := uint64(len(w.b.Records) - before)
		d.stats.Late += n
		if u.s != w.s { // w counts its own
			u.s.flows += n
			w.s.flows -= n
		}
	}
}

// withdraw forgets a template, or all of a kind when the number is that of the set
// (RFC 7011, 8.1).
func (d *Decoder) withdraw(s *session, id, set uint16, at int) {
	if id >= firstData {
		d.forget(s, id)
		return
	}
	if id != set {
		d.fail(s, id, at, BadTemplate)
		return
	}
	for i, k := range s.plans {
		if (k.plan.Use == template.Options) == (set == setOptions10) {
			d.forget(s, i)
		}
	}
}
