package zeek

import (
	"hash/maphash"

	"github.com/noroshi-acd/noroshi/flow"
)

// How long lines wait for their partner, in ns of stream time.
const (
	// waitNames bounds the wait of a conn line that says it has names: they
	// come at an exchange's beginning. It matters where conn lines are sorted
	// by their beginning; Zeek itself writes them at the end.
	waitNames = 300e9
	// waitSlack is added for lines that are not quite in order; lines of ssl and
	// http are taken up by lead earlier.
	waitSlack = lead + 30e9
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

// joiner brings conn lines and names of the same uid together.
type joiner struct {
	t    *table
	now  int64 // stream time: what is earlier has been seen
	seed maphash.Seed
	// awaited says which logs still have lines to come; set by the reader.
	awaited uint8
	limits  [queues]int32
}

func newJoiner(waiting int) joiner {
	n := int32(maxFacts)
	if waiting > 0 {
		n = int32(min(waiting, maxFacts))
	}
	return joiner{t: newTable(), seed: maphash.MakeSeed(), limits: [queues]int32{
		conns: min(n, maxConns), facts: n, done: min(n, maxDone), certs: min(n, maxCerts)}}
}

// conn takes a conn line: it goes out with its names, or waits for them.
func (j *joiner) conn(b *flow.Batch, rec *flow.Record, m *meta) {
	if m.uid == 0 {
		b.Records = append(b.Records, *rec)
		return
	}
	e := j.t.get(m.uid)
	want := m.want & j.awaited
	if e != nil {
		want &^= e.has
	}
	due := min(rec.Last, rec.First+waitNames) + waitSlack - lead
	if want == 0 || j.now >= due {
		j.out(b, rec, m.uid, e)
		return
	}
	if e == nil {
		e = j.t.add(m.uid, conns)
	} else {
		if e.has&hasConn != 0 { // another line with this uid, as snapshots have
			j.emit(b, &e.rec, e)
		}
		j.t.move(e, conns)
	}
	e.rec, e.due, e.want = *rec, due, m.want
	e.has |= hasConn
}

// out lets a conn record go with what e, nil for nothing, knows of its names.
func (j *joiner) out(b *flow.Batch, rec *flow.Record, uid uint64, e *entry) {
	j.emit(b, rec, e)
	switch {
	case rec.Kind == flow.KindSnapshot: // its end is still to come
		if e == nil {
			return
		}
		e.has &^= hasConn
		e.used, e.due = true, j.now+waitConn
		e.rec = *rec
		j.t.move(e, facts)
	case rec.Last+waitSlack > j.now && j.awaited&(hasTLS|hasHost) != 0:
		if e == nil {
			if rec.Service != flow.ServiceHTTP && rec.Service != flow.ServiceTLS {
				return
			}
			e = j.t.add(uid, done)
		} else {
			j.t.move(e, done)
		}
		e.has &^= hasConn
		e.due = rec.Last + waitSlack
	case e != nil:
		j.t.remove(e)
	}
}

// emit appends rec with the names of e.
func (j *joiner) emit(b *flow.Batch, rec *flow.Record, e *entry) {
	o := *rec
	if e != nil && e.has&hasTLS != 0 {
		o.TLS = e.unpack(b)
		if o.Service == flow.ServiceUnknown {
			o.Service = flow.ServiceTLS
		}
	}
	if e != nil && e.has&hasHost != 0 {
		o.Host = b.AddText(e.bytes(e.host))
		if o.Service == flow.ServiceUnknown {
			o.Service = flow.ServiceHTTP
		}
	}
	b.Records = append(b.Records, o)
}

// ssl takes a line of the ssl log.
func (j *joiner) ssl(b *flow.Batch, from *flow.Batch, rec *flow.Record, m *meta) {
	if m.cert != 0 {
		if c := j.t.get(m.cert); c != nil && c.queue == certs {
			certify(from, from.TLSOf(rec), c)
		}
	}
	if m.uid == 0 {
		b.Copy(from, rec)
		return
	}
	e := j.t.get(m.uid)
	switch {
	case e == nil && j.awaited&hasConn == 0:
		b.Copy(from, rec)
		return
	case e == nil:
		e = j.t.add(m.uid, facts)
		e.rec, e.due = *rec, j.now+waitConn
	case e.has&hasTLS != 0: // told again, as open_ssl does
		return
	case e.queue == done:
		b.Copy(from, rec)
		e.has |= hasTLS
		return
	}
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

// http takes a line of the http log. The first host of a connection stands on its
// conn record; another host, as a proxy gets, is a record of its own.
func (j *joiner) http(b *flow.Batch, from *flow.Batch, rec *flow.Record, m *meta) {
	name := from.Bytes(rec.Host)
	if len(name) == 0 {
		return
	}
	if m.uid == 0 {
		b.Copy(from, rec)
		return
	}
	h := maphash.Bytes(j.seed, name)
	e := j.t.get(m.uid)
	switch {
	case e == nil && j.awaited&hasConn != 0:
		e = j.t.add(m.uid, facts)
		e.rec, e.due = *rec, j.now+waitConn
	case e == nil: // the log stands alone
		e = j.t.add(m.uid, done)
		e.due = j.now + waitNames
		fallthrough
	case e.queue == done && e.first == 0:
		b.Copy(from, rec)
		e.first, e.last = h, h
		e.has |= hasHost // with no text: nobody asks for it any more
		e.host = flow.Text{}
		return
	case e.first != 0:
		if h != e.first && h != e.last {
			b.Copy(from, rec)
		}
		e.last = h
		return
	}
	e.host = e.keep(name)
	j.t.bytes += len(name)
	e.first, e.last = h, h
	e.has |= hasHost
	j.complete(b, e)
}

// complete lets a waiting conn record go when all its names are there.
func (j *joiner) complete(b *flow.Batch, e *entry) {
	if e.has&hasConn != 0 && j.awaited&e.want&^e.has == 0 {
		rec := e.rec
		j.out(b, &rec, e.key, e)
	}
}

// x509 takes a line of the x509 log.
func (j *joiner) x509(from *flow.Batch, rec *flow.Record, m *meta) {
	e := j.t.get(m.uid)
	if e == nil {
		e = j.t.add(m.uid, certs)
	} else if e.queue != certs {
		return
	} else {
		j.t.move(e, certs)
		j.t.bytes -= len(e.text)
		e.text = e.text[:0]
	}
	j.t.pack(e, from, *from.TLSOf(rec))
}

// expire lets one entry go that waits in vain, and says whether there was one.
func (j *joiner) expire(b *flow.Batch) bool {
	t := j.t
	if e := t.oldest(conns); e != nil && (e.due <= j.now || j.awaited&e.want&^e.has == 0 || t.q[conns].n > j.limits[conns]) {
		rec := e.rec
		j.out(b, &rec, e.key, e)
		return true
	}
	if e := t.oldest(facts); e != nil && (e.due <= j.now || j.awaited&hasConn == 0 || t.q[facts].n > j.limits[facts]) {
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
func (j *joiner) shrink(b *flow.Batch) {
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
func (j *joiner) lost(b *flow.Batch, e *entry) {
	if !e.used {
		j.emit(b, &e.rec, e)
	}
	j.t.remove(e)
}
