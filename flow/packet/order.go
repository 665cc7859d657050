package packet

import (
	"cmp"
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/flow"
)

// order holds records back until no earlier one can come, and gives them in the
// order of their ends. It is a ring of one batch per second; what does not fit into
// its memory leaves early, oldest first.
type order struct {
	ring  []*flow.Batch // second s stands at s mod len
	base  int64         // the oldest second still held back
	last  int64         // the newest second that may hold records
	held  int64         // seconds that a record waits
	begun bool
	bytes int // held in the ring, about
	limit int
	ready []*flow.Batch
	at    int // records of ready[0] already given
	free  []*flow.Batch

	open   *flow.Batch
	before int
}

// orderLimit is how many bytes of records wait at most.
const orderLimit = 64 << 20

func newOrder(wait time.Duration) *order {
	held := int64(wait/time.Second) + 3
	return &order{held: held, limit: orderLimit, ring: make([]*flow.Batch, held+2)}
}

const second = int64(time.Second)

// sizeOf is about how much memory a batch uses.
func sizeOf(b *flow.Batch) int {
	return 160*len(b.Records) + 20*len(b.DNS) + 96*len(b.TLS) + 32*len(b.Answers) + 8*len(b.Names) + len(b.Text)
}

// begin opens the batch for a record that ends at last; put must follow.
func (o *order) begin(last int64) *flow.Batch {
	s := min(max(last/second, o.base), o.base+int64(len(o.ring))-1)
	o.last = max(o.last, s)
	slot := &o.ring[s%int64(len(o.ring))]
	if *slot == nil {
		*slot = o.fresh()
	}
	o.open, o.before = *slot, sizeOf(*slot)
	return *slot
}

// put ends what begin began.
func (o *order) put() {
	o.bytes += sizeOf(o.open) - o.before
	for o.bytes > o.limit {
		o.release()
	}
}

func (o *order) fresh() *flow.Batch {
	if n := len(o.free); n > 0 {
		b := o.free[n-1]
		o.free = o.free[:n-1]
		return b
	}
	return new(flow.Batch)
}

// advance releases what ended long enough before now.
func (o *order) advance(now int64) {
	to := now/second - o.held
	if !o.begun {
		o.begun, o.base, o.last = true, max(to, 0), max(to, 0)
	}
	for o.base < to {
		if o.bytes == 0 {
			o.base, o.last = to, max(to, o.last)
			return
		}
		o.release()
	}
}

// release hands on the oldest second.
func (o *order) release() {
	slot := &o.ring[o.base%int64(len(o.ring))]
	if b := *slot; b != nil {
		o.bytes -= sizeOf(b)
		slices.SortFunc(b.Records, func(x, y flow.Record) int {
			if c := cmp.Compare(x.Last, y.Last); c != 0 {
				return c
			}
			return cmp.Compare(x.First, y.First)
		})
		o.ready = append(o.ready, b)
		*slot = nil
	}
	o.base++
}

// flush releases all.
func (o *order) flush() {
	for o.bytes > 0 && o.base <= o.last {
		o.release()
	}
	o.begun = false
}

// drain moves what is ready into b until that is full.
func (o *order) drain(b *flow.Batch) {
	given := 0
	for given < len(o.ready) && len(b.Records) < flow.BatchSize {
		from := o.ready[given]
		if len(b.Records) == 0 && o.at == 0 && len(from.Records) <= flow.BatchSize {
			*b, *from = *from, *b
			from.Records = from.Records[:0]
		}
		for o.at < len(from.Records) && len(b.Records) < flow.BatchSize {
			b.Copy(from, &from.Records[o.at])
			o.at++
		}
		if o.at < len(from.Records) {
			break
		}
		o.at = 0
		o.recycle(from)
		given++
	}
	o.ready = slices.Delete(o.ready, 0, given)
}

// recycle keeps b's memory for later, unless it grew out of the usual.
func (o *order) recycle(b *flow.Batch) {
	if len(o.free) < len(o.ring) && cap(b.Text) <= 1<<20 && cap(b.Records) <= 1<<14 {
		b.Reset()
		o.free = append(o.free, b)
	}
}
