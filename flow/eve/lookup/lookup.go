package lookup

import (
	"encoding/binary"
	"hash/maphash"

	"github.com/noroshi-acd/noroshi/flow"
)

// MaxHeld is how many questions may wait for their answer.
const MaxHeld = 1 << 16

const (
	maxAnswers  = 256   // to one question
	waitAnswer  = 900e9 // ns; threads of a sensor that reads a capture run far apart
	waitParts   = 5e9   // ns from an answer's first part to its last
	maxNameText = 4096  // bytes of names in the answers that are told in parts
)

// Message is a question, or an answer with its question.
type Message struct {
	Rec    flow.Record // the ends and the time; Src asked, or answered
	FlowID uint64      // number of the exchange, 0 for none
	ID     uint16      // the message's own number
	Kind   uint16      // IANA RR type
	Rcode  uint16
	Name   []byte // valid during the call
}

// pending is a question that waits, or waited, for its answer.
type pending struct {
	rec     flow.Record
	key     uint64
	next    uint64 // the next with the same key, 0 for none
	tail    uint64 // of the first with the key: the last
	kind    uint16
	rcode   uint16
	done    bool // it went out
	told    bool // an answer came in parts, more may come
	name    []byte
	text    []byte // names of the answers
	answers []flow.Answer
}

// Table joins questions and answers. Each question gives one record, and so does an
// answer whose question was not seen; of questions asked again with the same number
// the first is answered first. It has one owner.
type Table struct {
	seed  maphash.Seed
	now   int64
	ring  []pending         // by number, of size a power of two
	from  uint64            // the oldest, from 1
	to    uint64            // one more than the newest
	index map[uint64]uint64 // the first with a key that did not go out
	last  uint64            // number of the latest that was told in parts
	lastK uint64            // and the number of its message
	buf   []byte
}

// New makes a table; seed numbers questions, so that nobody can prepare collisions.
func New(seed maphash.Seed) *Table {
	return &Table{seed: seed, ring: make([]pending, 256), from: 1, to: 1, index: map[uint64]uint64{}}
}

// keys numbers a message, in either direction, and its question. The name is
// left in t.buf as the record would hold it.
func (t *Table) keys(m *Message) (msg, question uint64) {
	end := func(addr flow.Addr, port uint16) uint64 {
		var b [18]byte
		copy(b[:], addr[:])
		binary.BigEndian.PutUint16(b[16:], port)
		return maphash.Bytes(t.seed, b[:])
	}
	msg = (end(m.Rec.Src, m.Rec.SrcPort) + end(m.Rec.Dst, m.Rec.DstPort)) ^ m.FlowID ^ uint64(m.ID)*0x9e3779b97f4a7c15
	t.buf = append(t.buf[:0], m.Name...)
	if n := len(t.buf); n > 1 && t.buf[n-1] == '.' {
		t.buf = t.buf[:n-1]
	}
	for i, c := range t.buf {
		if 'A' <= c && c <= 'Z' {
			t.buf[i] = c + 'a' - 'A'
		}
	}
	return msg, msg ^ maphash.Bytes(t.seed, t.buf)
}

func (t *Table) at(n uint64) *pending { return &t.ring[n&uint64(len(t.ring)-1)] }

// find gives the question of a key that did not go out yet, nil for none.
func (t *Table) find(key uint64) (p *pending, n uint64) {
	n, ok := t.index[key]
	if !ok {
		return nil, 0
	}
	return t.at(n), n
}

// Ask takes a question.
func (t *Table) Ask(b *flow.Batch, m *Message) {
	_, key := t.keys(m)
	if old, _ := t.find(key); old != nil && old.told {
		t.out(b, old)
	}
	t.push(b, m, key)
}

func (t *Table) push(b *flow.Batch, m *Message, key uint64) (p *pending, n uint64) {
	if t.to-t.from >= MaxHeld {
		t.drop(b)
	}
	if t.to-t.from == uint64(len(t.ring)) {
		ring := make([]pending, 2*len(t.ring))
		for n := t.from; n < t.to; n++ {
			ring[n&uint64(len(ring)-1)] = *t.at(n)
		}
		t.ring = ring
	}
	n = t.to
	p = t.at(n)
	*p = pending{rec: m.Rec, key: key, kind: m.Kind, rcode: m.Rcode, name: append(p.name[:0], t.buf...), text: p.text[:0], answers: p.answers[:0]}
	t.to++
	if first, ok := t.index[key]; ok {
		f := t.at(first)
		t.at(f.tail).next = n
		f.tail = n
		return p, n
	}
	t.index[key], p.tail = n, n
	return p, n
}

// Answer takes a whole answer; from holds what came back.
func (t *Table) Answer(b *flow.Batch, m *Message, from *flow.Batch) {
	_, key := t.keys(m)
	p, _ := t.find(key)
	if p == nil || p.kind != m.Kind {
		orient(&m.Rec)
		put(b, &m.Rec, t.buf, m.Kind, m.Rcode, from.Answers, from.Text)
		return
	}
	t.gone(p)
	span(&p.rec, m.Rec.First)
	put(b, &p.rec, p.name, p.kind, m.Rcode, from.Answers, from.Text)
}

// Part takes one answer of several that came back, or none: then m is all.
func (t *Table) Part(b *flow.Batch, m *Message, from *flow.Batch, some bool) {
	msg, key := t.keys(m)
	p, n := t.find(key)
	if p == nil && some && t.lastK == msg && t.last >= t.from && t.last < t.to && !t.at(t.last).done {
		p, n = t.at(t.last), t.last // of another name: where an alias leads
	}
	if p == nil {
		orient(&m.Rec)
		p, n = t.push(b, m, key)
	}
	t.last, t.lastK = n, msg
	p.told, p.rcode = true, m.Rcode
	span(&p.rec, m.Rec.First)
	for _, x := range from.Answers {
		if len(p.answers) == maxAnswers || len(p.text)+int(x.Name.Len) > maxNameText {
			break
		}
		name := from.Bytes(x.Name)
		x.Name = flow.Text{Off: uint32(len(p.text)), Len: uint32(len(name))}
		p.text = append(p.text, name...)
		p.answers = append(p.answers, x)
	}
}

// span makes a question's record reach to its answer.
func span(rec *flow.Record, at int64) {
	rec.First, rec.Last = min(rec.First, at), max(rec.Last, at)
}

// orient turns an answer whose question was not seen, if it is the resolver that
// stands as its source.
func orient(rec *flow.Record) {
	const dns = 53
	if rec.SrcPort == dns && rec.DstPort != dns {
		rec.Src, rec.Dst, rec.SrcPort, rec.DstPort = rec.Dst, rec.Src, rec.DstPort, rec.SrcPort
	}
}

// put appends a DNS record; names of answers are pieces of text.
func put(b *flow.Batch, rec *flow.Record, name []byte, kind, rcode uint16, answers []flow.Answer, text []byte) {
	d := flow.DNS{Question: b.AddName(name), Type: kind, Rcode: rcode}
	d.Answers.From = uint32(len(b.Answers))
	for _, x := range answers {
		x.Name = b.AddText(text[x.Name.Off : x.Name.Off+x.Name.Len])
		b.Answers = append(b.Answers, x)
	}
	d.Answers.To = uint32(len(b.Answers))
	out := *rec
	out.DNS = b.AddDNS(d)
	b.Records = append(b.Records, out)
}

// gone notes that p, the first with its key, goes out.
func (t *Table) gone(p *pending) {
	p.done = true
	if p.next == 0 {
		delete(t.index, p.key)
		return
	}
	t.index[p.key] = p.next
	t.at(p.next).tail = p.tail
}

// out lets a question go with what is known of its answer.
func (t *Table) out(b *flow.Batch, p *pending) {
	if !p.done {
		t.gone(p)
		put(b, &p.rec, p.name, p.kind, p.rcode, p.answers, p.text)
	}
}

// drop forgets the oldest question, sending it out first.
func (t *Table) drop(b *flow.Batch) {
	p := t.at(t.from)
	t.out(b, p)
	t.from++
}

// Advance lets go what waits in vain at stream time now.
func (t *Table) Advance(b *flow.Batch, now int64) {
	t.now = max(t.now, now)
	for t.from < t.to {
		p := t.at(t.from)
		if !p.done && p.rec.Last > t.now-waitAnswer && !(p.told && p.rec.Last <= t.now-waitParts) {
			return
		}
		t.drop(b)
	}
}

// Pop lets the oldest go at the end, and says whether there was one.
func (t *Table) Pop(b *flow.Batch) bool {
	if t.from == t.to {
		return false
	}
	t.drop(b)
	return true
}

// Len gives how many questions are held, those that were answered among them.
func (t *Table) Len() int { return int(t.to - t.from) }
