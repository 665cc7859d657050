package dns

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"time"

	"github.com/noroshi-acd/noroshi/flow"
)

// Ends are the two sides of a message, as its sender saw them.
type Ends struct {
	Src, Dst         flow.Addr
	SrcPort, DstPort uint16
	Proto            uint8 // IANA protocol number
}

// Lookup is one question and what came back. It is valid during the call only.
type Lookup struct {
	Ends        // Src asked
	First, Last int64
	Question    []byte
	Type        uint16
	Rcode       uint16 // flow.NoRcode when nobody answered
	Answers     []flow.Answer
	Message     *Message // holds the answers' names; nil without answer
}

// Options are the limits of a tracker; zero fields take the default.
type Options struct {
	Timeout time.Duration // how long an answer is waited for; 10 s
	Pending int           // questions held at once; 65,536
}

// Tracker joins questions and answers by ends, number and question. Each question
// on the wire gives one lookup, also one that was repeated before it was answered;
// an answer whose question was not seen gives one, and a repeated answer none, nor does
// the question that a capture shows after its answer. It has one owner.
type Tracker struct {
	timeout int64 // ns
	most    uint64
	emit    func(*Lookup)
	seed    maphash.Seed
	ring    []pending // by number, of size a power of two
	from    uint64    // the oldest
	to      uint64    // one more than the newest
	index   map[uint64]uint64
	scratch []byte
	out     Lookup // what emit is given
	Evicted uint64 // questions given up early because too many waited
}

// pending is a question that waits, or waited, for its answer.
type pending struct {
	ends   Ends
	key    uint64
	stamp  int64 // of the packet
	asked  int64 // stream time
	name   []byte
	kind   uint16
	number uint16
	done   bool // a lookup went out
	early  bool // the answer came first, the question is still to come
}

// NewTracker makes a tracker that calls emit for each lookup.
func NewTracker(o Options, emit func(*Lookup)) *Tracker {
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	if o.Pending <= 0 {
		o.Pending = 1 << 16
	}
	return &Tracker{timeout: int64(o.Timeout), most: uint64(o.Pending), emit: emit,
		seed: maphash.MakeSeed(), ring: make([]pending, 256), index: map[uint64]uint64{}}
}

// Add takes one message with ordinary questions, sent at stamp while stream time is
// now (both ns).
func (t *Tracker) Add(stamp, now int64, e Ends, m *Message) {
	t.Advance(now)
	const query = 0
	if m.Opcode != query {
		return
	}
	for i := range m.Questions {
		if m.Response {
			t.answer(stamp, now, e, m, i)
		} else {
			t.ask(stamp, now, e, m, i)
		}
	}
}

func (t *Tracker) ask(stamp, now int64, e Ends, m *Message, i int) {
	q := &m.Questions[i]
	key := t.key(e, m, q)
	if old := t.find(key); old != nil {
		if old.early && max(stamp-old.stamp, old.stamp-stamp) <= t.timeout {
			old.early = false // the capture shows the answer first
			return
		}
		t.unanswered(old)
	}
	p := t.push(key, e, m, q)
	p.stamp, p.asked = stamp, now
}

// push makes room for one more question at the end of the ring.
func (t *Tracker) push(key uint64, e Ends, m *Message, q *Question) *pending {
	if t.to-t.from >= t.most {
		if p := t.oldest(); !p.done {
			t.Evicted++
		}
		t.drop()
	}
	if t.to-t.from == uint64(len(t.ring)) {
		t.grow()
	}
	p := &t.ring[t.to&uint64(len(t.ring)-1)]
	*p = pending{ends: e, key: key, kind: q.Type, number: m.ID, name: append(p.name[:0], m.Bytes(q.Name)...)}
	t.index[key] = t.to
	t.to++
	return p
}

func (t *Tracker) answer(stamp, now int64, e Ends, m *Message, i int) {
	q := &m.Questions[i]
	e.Src, e.Dst, e.SrcPort, e.DstPort = e.Dst, e.Src, e.DstPort, e.SrcPort
	key := t.key(e, m, q)
	p := t.find(key)
	if p == nil {
		p = t.push(key, e, m, q)
		p.stamp, p.asked, p.early = stamp, now, true
	}
	l := &t.out
	*l = Lookup{Ends: e, First: stamp, Last: stamp, Question: m.Bytes(q.Name), Type: q.Type, Rcode: m.Rcode, Message: m}
	if i == 0 {
		l.Answers = m.Answers
	}
	if p.ends == e && p.number == m.ID && p.kind == q.Type && bytes.Equal(p.name, l.Question) {
		if p.done {
			return
		}
		p.done = true
		l.First, l.Last = min(p.stamp, stamp), max(p.stamp, stamp)
	}
	t.emit(l)
}

func (t *Tracker) key(e Ends, m *Message, q *Question) uint64 {
	b := append(t.scratch[:0], e.Src[:]...)
	b = append(b, e.Dst[:]...)
	b = binary.BigEndian.AppendUint16(b, e.SrcPort)
	b = binary.BigEndian.AppendUint16(b, e.DstPort)
	b = binary.BigEndian.AppendUint16(b, m.ID)
	b = binary.BigEndian.AppendUint16(b, q.Type)
	b = append(append(b, e.Proto), m.Bytes(q.Name)...)
	t.scratch = b
	return maphash.Bytes(t.seed, b)
}

func (t *Tracker) find(key uint64) *pending {
	n, ok := t.index[key]
	if !ok {
		return nil
	}
	return &t.ring[n&uint64(len(t.ring)-1)]
}

func (t *Tracker) oldest() *pending { return &t.ring[t.from&uint64(len(t.ring)-1)] }

// unanswered sends p out, unless it was.
func (t *Tracker) unanswered(p *pending) {
	if p.done {
		return
	}
	p.done = true
	t.out = Lookup{Ends: p.ends, First: p.stamp, Last: p.stamp, Question: p.name, Type: p.kind, Rcode: flow.NoRcode}
	t.emit(&t.out)
}

// drop forgets the oldest question, sending it out first.
func (t *Tracker) drop() {
	p := t.oldest()
	t.unanswered(p)
	if t.index[p.key] == t.from {
		delete(t.index, p.key)
	}
	t.from++
}

func (t *Tracker) grow() {
	ring := make([]pending, 2*len(t.ring))
	for n := t.from; n < t.to; n++ {
		ring[n&uint64(len(ring)-1)] = t.ring[n&uint64(len(t.ring)-1)]
	}
	t.ring = ring
}

// Advance sends out the questions that nobody answered in time.
func (t *Tracker) Advance(now int64) {
	for t.from < t.to && now-t.oldest().asked > t.timeout {
		t.drop()
	}
}

// Flush sends out all that still wait.
func (t *Tracker) Flush() {
	for t.from < t.to {
		t.drop()
	}
}
