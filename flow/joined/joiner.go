package joined

import (
	"time"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/exchange"
)

// Options are the limits of a joiner; zero fields take the default.
type Options struct {
	Wait time.Duration // for the other half; 60 s of stream time
	Keep time.Duration // that an exchange is remembered after it began to wait; 5 min
	Most int           // exchanges remembered at once; 262,144
}

// Stats counts what became of records.
type Stats struct {
	Pairs      uint64 // of halves that became one record
	Alone      uint64 // halves whose other half did not come
	Duplicates uint64 // records that said again what was said
	Slices     uint64 // records found to continue an exchange
	Early      uint64 // halves that went out early because the table was full
}

// Joiner joins records of one stream. It has one owner.
type Joiner struct {
	o      Options
	t      table
	now    int64 // stream time, ns
	ahead  int   // records in a row that were far ahead of it
	twoWay []bool
	ways   []way // of single packets; nil until one comes
	stats  Stats
	near   uint64 // of no meaning: it keeps what is read ahead from being left out
}

const (
	slack    = int64(time.Second)      // by which clocks of exporters differ
	slice    = int64(10 * time.Second) // pause that no exporter takes for an end
	leap     = int64(10 * time.Minute) // that no stream takes at once
	maxAhead = 64                      // records ahead in a row: time really went on
	maxLinks = 1 << 16
	perAdd   = 8 // entries that may go out with each record that comes
)

// New makes an empty joiner.
func New(o Options) *Joiner {
	if o.Wait <= 0 {
		o.Wait = time.Minute
	}
	if o.Keep <= 0 {
		o.Keep = 5 * time.Minute
	}
	o.Keep = max(o.Keep, o.Wait)
	if o.Most <= 0 {
		o.Most = 1 << 18
	}
	o.Most = min(max(o.Most, 2), 1<<26)
	j := &Joiner{o: o}
	j.t.init(o.Most)
	return j
}

// Stats gives the counts so far.
func (j *Joiner) Stats() Stats { return j.stats }

// Waiting says whether anything is held back.
func (j *Joiner) Waiting() bool { return j.t.sent != j.t.head }

// Add takes record r of from and appends to out what is ready: that record, joined
// ones, none. out MUST NOT be from. r is used up.
func (j *Joiner) Add(from *flow.Batch, r *flow.Record, out *flow.Batch) {
	if !joins(r) {
		out.Copy(from, r)
		return
	}
	turnReply(r)
	k, lower := keyOf(r)
	j.add(r, &k, lower, j.t.hash(&k), out)
}

// joins says whether r is something to join.
func joins(r *flow.Record) bool {
	return r.Link != 0 && r.DNS|r.TLS|r.Host.Len == 0 && r.Kind <= flow.KindPart
}

// stride is how many records are looked up side by side: their exchanges lie far apart
// in memory, and waiting for one while the next is on its way halves the cost.
const stride = 32

// AddAll takes all records of from, as Add does one. They are used up.
func (j *Joiner) AddAll(from, out *flow.Batch) {
	var keys [stride]key
	var hashes [stride]uint32
	var firsts [stride]uint64
	var lower [stride]bool
	for all := from.Records; len(all) > 0; all = all[min(stride, len(all)):] {
		some := all[:min(stride, len(all))]
		for i := range some {
			if r := &some[i]; joins(r) {
				turnReply(r)
				keys[i], lower[i] = keyOf(r)
				hashes[i] = j.t.hash(&keys[i])
			}
		}
		for i := range some {
			firsts[i] = *j.t.chain(hashes[i])
		}
		for i := range some {
			j.near ^= j.t.next[j.t.place(uint32(firsts[i])-1)]
		}
		for i := range some {
			if r := &some[i]; joins(r) {
				j.add(r, &keys[i], lower[i], hashes[i], out)
			} else {
				out.Copy(from, r)
			}
		}
	}
}

// add takes a record whose key is k and has hash h.
func (j *Joiner) add(r *flow.Record, k *key, lower bool, h uint32, out *flow.Batch) {
	if r.Kind == flow.KindPart && r.SrcPackets+r.DstPackets == 1 { // one packet, sampled
		if j.saidElsewhere(r, k, lower, h) {
			j.stats.Duplicates++
			return
		}
		orient(r, r.First, r.First)
		j.emit(r, out)
		return
	}
	j.advance(r.Last, out)
	j.take(r, k, lower, h, out)
}

// advance moves stream time and lets go what has waited long enough. One record with
// an absurd time moves nothing.
func (j *Joiner) advance(t int64, out *flow.Batch) {
	switch {
	case j.now == 0 || t-j.now <= leap:
		j.now, j.ahead = max(j.now, t), 0
	default:
		if j.ahead++; j.ahead >= maxAhead {
			j.now, j.ahead = t, 0
		}
	}
	for n := 0; n < perAdd && j.t.sent != j.t.head; n++ {
		e := j.t.at(j.t.sent)
		if e.waits && j.now-e.since < int64(j.o.Wait) {
			break
		}
		j.sendOldest(out)
	}
	for n := 0; n < perAdd && j.t.tail != j.t.sent && j.now-j.t.at(j.t.tail).since >= int64(j.o.Keep); n++ {
		j.t.removeOldest()
	}
}

// sendOldest lets the oldest entry that may wait go.
func (j *Joiner) sendOldest(out *flow.Batch) {
	if e := j.t.at(j.t.sent); e.waits {
		j.alone(e, out)
	}
	j.t.sent++
}

// alone sends what e holds without its other half.
func (j *Joiner) alone(e *entry, out *flow.Batch) {
	e.waits = false
	j.stats.Alone++
	orient(&e.rec, e.rec.First, e.rec.First)
	j.emit(&e.rec, out)
}

// Flush appends about flow.BatchSize of the halves that still wait to out, and says
// whether there are more.
func (j *Joiner) Flush(out *flow.Batch) bool {
	for len(out.Records) < flow.BatchSize && j.t.sent != j.t.head {
		j.sendOldest(out)
	}
	return j.t.sent != j.t.head
}

// take joins r with what is known of its exchange.
func (j *Joiner) take(r *flow.Record, k *key, lower bool, h uint32, out *flow.Batch) {
	e, n := j.t.find(h, k)
	if e == nil {
		j.open(h, r, lower, nil, out)
		return
	}
	s := j.t.side(e, n)
	if strip(s, r, lower) {
		j.stats.Duplicates++
		return
	}
	if e.waits && e.complements(r, lower, int64(j.o.Wait)) {
		j.pair(e, s, r, lower, out)
		return
	}
	if e.waits {
		j.alone(e, out)
	}
	if continues(s, r, lower) {
		j.stats.Slices++
		r.Kind = flow.KindPart
	}
	old := *s
	j.t.drop(e, n)
	j.open(h, r, lower, &old, out)
}

// open makes an entry of r, which takes over what was covered in old.
func (j *Joiner) open(h uint32, r *flow.Record, lower bool, old *[2]side, out *flow.Batch) {
	if j.t.full() {
		if j.t.tail == j.t.sent {
			if j.t.at(j.t.sent).waits {
				j.stats.Early++
			}
			j.sendOldest(out)
		}
		j.t.removeOldest()
	}
	e, n := j.t.add(h, r)
	e.since = j.now
	switch {
	case old != nil:
		s := &j.t.sides[j.t.place(n)]
		*s, e.covers = *old, true
		cover(s, r, lower)
	case r.SrcPackets|r.SrcBytes|r.DstPackets|r.DstBytes == 0:
		j.t.side(e, n) // once it is turned, nobody can tell who spoke
	}
	if !sent(r) || !answered(r) {
		e.waits = true
		return
	}
	j.knowTwoWay(r.Link)
	j.emit(r, out) // the exporter joined it already
}

// pair puts r into e, which holds the other half, and sends the whole. s is what is known
// of its sides.
func (j *Joiner) pair(e *entry, s *[2]side, r *flow.Record, lower bool, out *flow.Batch) {
	j.stats.Pairs++
	e.waits = false
	cover(s, r, lower)
	w := &e.rec
	_, mine := keyOf(w)
	// Times of the halves by the end that w calls its source, and the other.
	src, dst := w.First, r.First
	if !sent(w) {
		src, dst = dst, src
	}
	if mine != lower { // r is written from the other end
		turn(r)
	}
	switch apart := src - dst; {
	case w.Link == r.Link:
		j.knowTwoWay(w.Link)
	case apart <= slack && -apart <= slack: // two clocks: the times say nothing
		src = dst
	}
	w.SrcPackets, w.SrcBytes, w.SrcFlags = w.SrcPackets+r.SrcPackets, w.SrcBytes+r.SrcBytes, w.SrcFlags|r.SrcFlags
	w.DstPackets, w.DstBytes, w.DstFlags = w.DstPackets+r.DstPackets, w.DstBytes+r.DstBytes, w.DstFlags|r.DstFlags
	w.First, w.Last = min(w.First, r.First), max(w.Last, r.Last)
	w.Sampling = max(w.Sampling, r.Sampling)
	if r.Kind == flow.KindPart {
		w.Kind = flow.KindPart
	}
	orient(w, src, dst)
	j.emit(w, out)
}

// knowTwoWay notes that the observation point reports both directions.
func (j *Joiner) knowTwoWay(link uint32) {
	if link >= maxLinks {
		return
	}
	for uint32(len(j.twoWay)) <= link {
		j.twoWay = append(j.twoWay, false)
	}
	j.twoWay[link] = true
}

// emit sends r with its state.
func (j *Joiner) emit(r *flow.Record, out *flow.Batch) {
	both := int(r.Link) < len(j.twoWay) && j.twoWay[r.Link]
	out.Records = append(out.Records, *r)
	x := &out.Records[len(out.Records)-1]
	x.State = stateOf(x, both)
}

// stateOf says how far an exchange got. A half alone says nothing of the other side,
// unless the observation point sees both.
func stateOf(r *flow.Record, both bool) flow.State {
	switch {
	case sent(r) && answered(r):
		if r.Kind == flow.KindPart {
			return flow.StateEstablished
		}
		return exchange.State(r)
	case answered(r):
		return flow.StateMidstream
	case r.Proto != exchange.TCP:
		if both && r.Sampling <= 1 {
			return exchange.Counted(r)
		}
	case r.SrcFlags&(flow.SYN|flow.ACK) == flow.SYN && r.Sampling <= 1:
		return flow.StateAttempt
	case r.SrcFlags != 0 && r.SrcFlags&flow.SYN == 0:
		return flow.StateMidstream
	}
	return flow.StateUnknown
}
