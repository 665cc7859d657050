package join

import (
	"hash/maphash"

	"github.com/noroshi-acd/noroshi/flow"
)

// Parts is a set of what is known, or wanted to be known, of an exchange.
type Parts uint8

// The parts.
const (
	TLS   Parts = 1 << iota // what the ssl log says
	Host                    // what the http log says
	Conn                    // what the conn log says
	Alert                   // the number of a signature
)

// Lead is how much earlier, in ns of stream time, lines of ssl and http SHOULD be
// handed over than conn lines, so that they mostly are there first. Certificates
// should come thrice as early.
const Lead = 60e9

// How long lines wait for their partner, in ns of stream time.
const (
	// waitNames bounds the wait of a conn line that says it has names: they
	// come at an exchange's beginning. It matters where conn lines are sorted
	// by their beginning; Zeek itself writes them at the end.
	waitNames = 300e9
	// waitSlack is added for lines that are not quite in order; lines of ssl and
	// http are taken up by Lead earlier.
	waitSlack = Lead + 30e9
	// waitConn is how long names wait for the end of their exchange.
	waitConn = 24 * 3600e9
)

// Bounds of what may wait: about 200 MiB at the worst, a few in the usual case.
const (
	maxFacts = 1 << 18
	maxConns = 1 << 18
	maxDone  = 1 << 16
	maxCerts = 1 << 16
	maxBytes = 64 << 20 // of text
)

// Joiner holds what waits. It has one owner.
type Joiner struct {
	t       *table
	now     int64
	seed    maphash.Seed
	awaited Parts
	limits  [queues]int32
}

// New makes a joiner in which at most waiting lines of a kind wait; 0 means
// 262,144, which is also the most.
func New(waiting int) *Joiner {
	n := int32(maxFacts)
	if waiting > 0 {
		n = int32(min(waiting, maxFacts))
	}
	return &Joiner{t: newTable(), seed: maphash.MakeSeed(), limits: [queues]int32{
		conns: min(n, maxConns), facts: n, done: min(n, maxDone), certs: min(n, maxCerts)}}
}

// Await says which logs still have lines to come: nothing waits for others.
func (j *Joiner) Await(p Parts) { j.awaited = p }

// At moves stream time forward to now, in ns: lines of earlier times have come.
func (j *Joiner) At(now int64) { j.now = max(j.now, now) }

// Conn takes a conn record and the parts that its line says there are: it goes
// out to b with its names, or waits for them. A uid of 0 is of no exchange.
func (j *Joiner) Conn(b *flow.Batch, rec *flow.Record, uid uint64, wanted Parts) {
	if uid == 0 {
		b.Records = append(b.Records, *rec)
		return
	}
	e := j.t.get(uid)
	want := wanted & j.awaited
	if e != nil {
		want &^= e.has
		if e.has&Conn != 0 { // another line with this uid, as snapshots have
			j.emit(b, &e.rec, e)
			e.has &^= Conn
		}
	}
	due := min(rec.Last, rec.First+waitNames) + waitSlack - Lead
	if want == 0 || j.now >= due {
		j.out(b, rec, uid, e)
		return
	}
	if e == nil {
		e = j.t.add(uid, conns)
	} else {
		j.t.move(e, conns)
	}
	e.rec, e.due, e.want, e.used = *rec, due, wanted, false
	e.has |= Conn
}

// out lets a conn record go with what e, nil for nothing, knows of its names.
func (j *Joiner) out(b *flow.Batch, rec *flow.Record, uid uint64, e *entry) {
	j.emit(b, rec, e)
	switch {
	case rec.Kind == flow.KindSnapshot: // its end is still to come
		if e == nil {
			return
		}
		e.has &^= Conn
		e.used, e.due = true, j.now+waitConn
		j.t.move(e, facts)
	case rec.Last+waitSlack > j.now && j.awaited != 0:
		if e == nil {
			if rec.Service != flow.ServiceHTTP && rec.Service != flow.ServiceTLS {
				return
			}
			e = j.t.add(uid, done)
		} else {
			j.t.move(e, done)
		}
		e.has &^= Conn
		e.due = rec.Last + waitSlack
	case e != nil:
		j.t.remove(e)
	}
}

// emit appends rec with the names of e.
func (j *Joiner) emit(b *flow.Batch, rec *flow.Record, e *entry) {
	o := *rec
	if e != nil && e.has&TLS != 0 {
		o.TLS = e.unpack(b)
		if o.Service == flow.ServiceUnknown {
			o.Service = flow.ServiceTLS
		}
	}
	if e != nil && e.has&Host != 0 {
		o.Host = b.AddText(e.bytes(e.host))
		if o.Service == flow.ServiceUnknown {
			o.Service = flow.ServiceHTTP
		}
	}
	if e != nil && e.has&Alert != 0 {
		o.Signature = e.sign
	}
	b.Records = append(b.Records, o)
}

// Sign takes a record of [flow.KindFacts] with the number of a signature that
// matched. The first number of an exchange stands on its flow record; another is a
// record of its own.
func (j *Joiner) Sign(b *flow.Batch, rec *flow.Record, uid uint64) {
	e := j.t.get(uid)
	switch {
	case uid == 0, e == nil && j.awaited&Conn == 0:
		b.Records = append(b.Records, *rec)
		return
	case e == nil:
		e = j.t.add(uid, facts)
		e.rec, e.due = *rec, j.now+waitConn
		e.rec.Signature = 0
	case e.has&Alert != 0:
		if e.sign != rec.Signature {
			b.Records = append(b.Records, *rec)
		}
		return
	case e.queue == done:
		b.Records = append(b.Records, *rec)
	default:
		e.learn(rec)
	}
	e.sign = rec.Signature
	e.has |= Alert
	if e.queue != done {
		j.complete(b, e)
	}
}

// TLS takes a line of the ssl log, a record of from with a TLS part, and the
// number of its leaf certificate, 0 for none.
func (j *Joiner) TLS(b, from *flow.Batch, rec *flow.Record, uid, cert uint64) {
	if cert != 0 {
		if c := j.t.get(cert); c != nil && c.queue == certs {
			certify(from, from.TLSOf(rec), c)
		}
	}
	if uid == 0 {
		b.Copy(from, rec)
		return
	}
	e := j.t.get(uid)
	switch {
	case e == nil && j.awaited&Conn == 0:
		b.Copy(from, rec)
		return
	case e == nil:
		e = j.t.add(uid, facts)
		e.rec, e.due = *rec, j.now+waitConn
	case e.has&TLS != 0: // told again, as open_ssl does
		return
	case e.queue == done:
		b.Copy(from, rec)
		j.t.pack(e, from, *from.TLSOf(rec)) // for another line about the exchange
		return
	}
	e.learn(rec)
	j.t.pack(e, from, *from.TLSOf(rec))
	j.complete(b, e)
}

// certify adds what the certificate c says to t, a part of b.
func certify(b *flow.Batch, t *flow.TLS, c *entry) {
	for i, x := range texts(t) {
		if x.Len == 0 {
			*x = b.AddText(c.bytes(*texts(&c.tls)[i]))
		}
	}
	t.NotBefore, t.NotAfter = c.tls.NotBefore, c.tls.NotAfter
	t.Names = c.names(b)
}

// Host takes a line of the http log, a record of from with a host. The first host
// of a connection stands on its conn record; another host, as a proxy gets, is a
// record of its own.
func (j *Joiner) Host(b, from *flow.Batch, rec *flow.Record, uid uint64) {
	name := from.Bytes(rec.Host)
	if len(name) == 0 {
		return
	}
	if uid == 0 {
		b.Copy(from, rec)
		return
	}
	h := maphash.Bytes(j.seed, name)
	e := j.t.get(uid)
	switch {
	case e == nil && j.awaited&Conn != 0:
		e = j.t.add(uid, facts)
		e.rec, e.due = *rec, j.now+waitConn
	case e == nil: // the log stands alone
		e = j.t.add(uid, done)
		e.due = j.now + waitNames
		fallthrough
	case e.queue == done && e.first == 0:
		b.Copy(from, rec)
		j.name(e, name, h) // for another line about the exchange
		return
	case e.first != 0:
		if h != e.first && h != e.last {
			b.Copy(from, rec)
		}
		e.last = h
		return
	}
	e.learn(rec)
	j.name(e, name, h)
	j.complete(b, e)
}

// name keeps the first host of e, of which h is the number.
func (j *Joiner) name(e *entry, host []byte, h uint64) {
	e.host = e.keep(host)
	j.t.bytes += len(host)
	e.first, e.last = h, h
	e.has |= Host
}

// learn prepares e for names that no snapshot took.
func (e *entry) learn(rec *flow.Record) {
	if e.used {
		e.rec, e.used = *rec, false
	}
}

// complete lets a waiting conn record go when all its names are there.
func (j *Joiner) complete(b *flow.Batch, e *entry) {
	if e.has&Conn != 0 && j.awaited&e.want&^e.has == 0 {
		rec := e.rec
		j.out(b, &rec, e.key, e)
	}
}

// Certificate takes a line of the x509 log, a record of from with a TLS part, and
// the number of the certificate.
func (j *Joiner) Certificate(from *flow.Batch, rec *flow.Record, cert uint64) {
	e := j.t.get(cert)
	if e == nil {
		e = j.t.add(cert, certs)
	} else if e.queue != certs {
		return
	} else {
		j.t.move(e, certs)
		j.t.bytes -= len(e.text)
		e.text = e.text[:0]
	}
	j.t.pack(e, from, *from.TLSOf(rec))
}

// Expire lets one entry go that waits in vain, and says whether there was one.
func (j *Joiner) Expire(b *flow.Batch) bool {
	t := j.t
	if e := t.oldest(conns); e != nil && (e.due <= j.now || j.awaited&e.want&^e.has == 0 || t.q[conns].n > j.limits[conns]) {
		rec := e.rec
		j.out(b, &rec, e.key, e)
		return true
	}
	if e := t.oldest(facts); e != nil && (e.due <= j.now || j.awaited&Conn == 0 || t.q[facts].n > j.limits[facts]) {
		j.lost(b, e)
		return true
	}
	if e := t.oldest(done); e != nil && (e.due <= j.now || t.q[done].n > j.limits[done]) {
		t.remove(e)
		return true
	}
	if t.q[certs].n > j.limits[certs] {
		t.remove(t.oldest(certs))
		return true
	}
	if t.bytes > maxBytes {
		j.shrink(b)
		return true
	}
	return false
}

// shrink lets the oldest entry of the longest queue go.
func (j *Joiner) shrink(b *flow.Batch) {
	longest := uint8(conns)
	for q := range uint8(queues) {
		if j.t.q[q].n > j.t.q[longest].n {
			longest = q
		}
	}
	e := j.t.oldest(longest)
	switch longest {
	case conns:
		rec := e.rec
		j.out(b, &rec, e.key, e)
	case facts:
		j.lost(b, e)
	default:
		j.t.remove(e)
	}
}

// lost lets names go whose conn line did not come.
func (j *Joiner) lost(b *flow.Batch, e *entry) {
	if !e.used {
		j.emit(b, &e.rec, e)
	}
	j.t.remove(e)
}
