package join

import (
	"slices"

	"github.com/noroshi-acd/noroshi/flow"
)

// queue names: each entry of a table stands in one, oldest first.
const (
	conns = iota // conn lines that wait for names
	facts        // names that wait for their conn line
	done         // exchanges that went out and may still get names
	certs        // certificates
	queues
)

// entry is what is known of one uid, or of one certificate.
type entry struct {
	key         uint64
	due         int64       // stream time after which it waits no longer, ns
	rec         flow.Record // the conn record, or the endpoints of the names
	tls         flow.TLS    // its texts are pieces of text, its names see pack
	host        flow.Text   // in text
	text        []byte      // owned, reused
	first, last uint64      // numbers of the first and the latest host
	sign        uint32      // number of the signature
	has, want   Parts       // what is known and, of a conn record, wanted
	used        bool        // a snapshot took the names, they are not lost any more
	queue       uint8
	self        int32
	prev, next  int32 // in the queue, -1 for none
}

// slabSize is how many entries are made at once.
const slabSize = 1 << 12

// table holds entries by key. It never gives memory back but reuses it.
type table struct {
	index map[uint64]int32
	slabs [][]entry
	free  int32 // first of the unused entries, linked by next
	q     [queues]struct{ head, tail, n int32 }
	bytes int // text held by the entries in use
}

func newTable() *table {
	t := &table{index: map[uint64]int32{}, free: -1}
	for i := range t.q {
		t.q[i].head, t.q[i].tail = -1, -1
	}
	return t
}

func (t *table) at(i int32) *entry { return &t.slabs[i/slabSize][i%slabSize] }

// get gives the entry of key, nil for none.
func (t *table) get(key uint64) *entry {
	if i, ok := t.index[key]; ok {
		return t.at(i)
	}
	return nil
}

// add makes an entry at the end of a queue; key MUST be new.
func (t *table) add(key uint64, queue uint8) *entry {
	if t.free < 0 {
		slab := make([]entry, slabSize)
		base := int32(len(t.slabs) * slabSize)
		for i := range slab {
			slab[i].self = base + int32(i)
			slab[i].next = base + int32(i) + 1
		}
		slab[slabSize-1].next = -1
		t.slabs = append(t.slabs, slab)
		t.free = base
	}
	e := t.at(t.free)
	t.free = e.next
	*e = entry{key: key, self: e.self, text: e.text[:0], queue: queue}
	t.index[key] = e.self
	t.push(e)
	return e
}

func (t *table) push(e *entry) {
	q := &t.q[e.queue]
	e.prev, e.next = q.tail, -1
	if q.tail >= 0 {
		t.at(q.tail).next = e.self
	} else {
		q.head = e.self
	}
	q.tail = e.self
	q.n++
}

func (t *table) unlink(e *entry) {
	q := &t.q[e.queue]
	if e.prev >= 0 {
		t.at(e.prev).next = e.next
	} else {
		q.head = e.next
	}
	if e.next >= 0 {
		t.at(e.next).prev = e.prev
	} else {
		q.tail = e.prev
	}
	q.n--
}

// move puts e at the end of a queue.
func (t *table) move(e *entry, queue uint8) {
	t.unlink(e)
	e.queue = queue
	t.push(e)
}

// remove forgets e; its contents stay readable until the next add.
func (t *table) remove(e *entry) {
	t.unlink(e)
	delete(t.index, e.key)
	t.bytes -= len(e.text)
	if cap(e.text) > 1024 {
		e.text = nil
	}
	e.next = t.free
	t.free = e.self
}

// oldest gives the head of a queue, nil when it is empty.
func (t *table) oldest(queue uint8) *entry {
	if t.q[queue].head < 0 {
		return nil
	}
	return t.at(t.q[queue].head)
}

// texts lists the texts of a TLS part.
func texts(t *flow.TLS) [6]*flow.Text {
	return [6]*flow.Text{&t.SNI, &t.JA3, &t.JA4, &t.Digest, &t.Subject, &t.Issuer}
}

// pack keeps a copy of a TLS part of from in e. The alternative names stand one
// behind another with a byte of length before each; tls.Names bounds them.
func (t *table) pack(e *entry, from *flow.Batch, part flow.TLS) {
	before, size := len(e.text), 0
	names := from.Names[part.Names.From:part.Names.To]
	for _, x := range texts(&part) {
		size += int(x.Len)
	}
	for _, n := range names {
		size += 1 + int(n.Len)
	}
	e.text = slices.Grow(e.text, size)
	for _, x := range texts(&part) {
		*x = e.keep(from.Bytes(*x))
	}
	part.Names.From = uint32(len(e.text))
	for _, n := range names {
		v := from.Bytes(n)
		v = v[:min(len(v), 255)]
		e.text = append(append(e.text, byte(len(v))), v...)
	}
	part.Names.To = uint32(len(e.text))
	e.tls = part
	e.has |= TLS
	t.bytes += len(e.text) - before
}

func (e *entry) keep(v []byte) flow.Text {
	if len(v) == 0 {
		return flow.Text{}
	}
	x := flow.Text{Off: uint32(len(e.text)), Len: uint32(len(v))}
	e.text = append(e.text, v...)
	return x
}

func (e *entry) bytes(x flow.Text) []byte { return e.text[x.Off : x.Off+x.Len] }

// unpack appends the TLS part of e to b.
func (e *entry) unpack(b *flow.Batch) uint32 {
	part := e.tls
	for _, x := range texts(&part) {
		*x = b.AddText(e.bytes(*x))
	}
	part.Names = e.names(b)
	return b.AddTLS(part)
}

// names appends the alternative names of e to b.
func (e *entry) names(b *flow.Batch) flow.Span {
	s := flow.Span{From: uint32(len(b.Names))}
	for rest := e.text[e.tls.Names.From:e.tls.Names.To]; len(rest) > 0; {
		n := 1 + int(rest[0])
		b.Names = append(b.Names, b.AddText(rest[1:n]))
		rest = rest[n:]
	}
	s.To = uint32(len(b.Names))
	return s
}
