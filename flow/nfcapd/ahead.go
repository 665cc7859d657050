package nfcapd

import (
	"maps"
	"runtime"
	"slices"
	"sync"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/nfcapd/block"
	"github.com/noroshi-acd/noroshi/flow/nfcapd/unpack"
)

// Blocks are read one after another by the goroutine that calls Next, and decompressed
// and decoded by others, a few blocks ahead. Those know of exporters what was known when
// their block was read. Where that is not enough, where something is announced, and where
// a record is bad, they stop, and the reader goes on from there by itself; and what they
// did is thrown away when a block before theirs announced something new. So records,
// numbers of links and errors come as if all were done in turn.

// task is one block on its way.
type task struct {
	block.Block
	known  *known // when it was read; nil when it is not to be decoded ahead
	data   []byte // decompressed; Raw itself where nothing was compressed
	out    []byte // memory for data
	err    error
	pieces []flow.Batch // records decoded; the first parts of them are in use
	parts  int
	left   []byte // of data, behind those records
	read   int    // how many they were, kept or not
	unkept int    // of those that are wanted
	done   chan struct{}
}

// known is what a file said of its exporters up to a place. Nobody changes it.
type known struct {
	exporters map[uint16]*exporter
	maps      map[uint16]*shape
	announced uint32 // of the decoder that it was taken from
}

const (
	maxWorkers = 8       // goroutines
	maxAhead   = 8 << 20 // bytes of blocks as they stand in the file, beyond the first
	maxSpare   = 4 << 20 // bytes that a block out of use may hold
	maxParts   = 8       // batches of one block that are decoded ahead
	maxCopied  = 1 << 20 // exporters, rates and maps, over a whole file
)

// ahead takes blocks up before their turn. The goroutine that owns it works on no task
// between handing it out and its done.
type ahead struct {
	in    block.Reader
	d     *decoder // of the reader, by whom what is known is kept
	queue []*task
	free  []*task
	given int // tasks so far
	bytes int // of queue

	own     unpack.Unpacker
	work    chan *task
	workers sync.WaitGroup

	known  *known
	news   uint32 // of d, when known was taken
	copied int
}

// next gives the next block once it is decompressed; nil at the end. release gives it
// back.
func (a *ahead) next() *task {
	most := 1 // at first: the first block mostly says what is to be known
	if n := a.goroutines(); n > 1 {
		most += min(a.given, n)
	}
	for a.in.End == nil && len(a.queue) < most && (len(a.queue) == 0 || a.bytes < maxAhead) {
		t := a.spare()
		if !a.in.Next(&t.Block) {
			a.free = append(a.free, t)
			break
		}
		a.bytes += len(t.Raw)
		a.queue = append(a.queue, t)
		a.hand(t, most)
	}
	if len(a.queue) == 0 {
		a.close()
		return nil
	}
	t := a.queue[0]
	a.queue = append(a.queue[:0], a.queue[1:]...)
	a.bytes -= len(t.Raw)
	a.given++
	<-t.done
	return t
}

// hand has t worked on: by another goroutine, unless there is one block at a time only.
func (a *ahead) hand(t *task, most int) {
	t.known = nil
	if most == 1 {
		t.unpack(&a.own)
		t.done <- struct{}{}
		return
	}
	if t.known = a.snapshot(); a.work == nil {
		a.start()
	}
	a.work <- t
}

func (a *ahead) start() {
	work := make(chan *task, maxWorkers+1) // as many as are in the queue at most
	a.work = work
	for range a.goroutines() {
		a.workers.Go(func() {
			var u unpack.Unpacker
			defer u.Close()
			d := decoder{old: a.d.old, fixed: true, wanted: a.d.wanted}
			for t := range work {
				if t.unpack(&u); t.known != nil && t.err == nil && (t.Kind == block16 || t.Kind == block17) {
					t.decode(&d)
				}
				t.done <- struct{}{}
			}
		})
	}
}

func (a *ahead) goroutines() int { return min(runtime.GOMAXPROCS(0), maxWorkers) }

// close ends the other goroutines.
func (a *ahead) close() {
	if a.work != nil {
		close(a.work)
		a.work = nil
	}
	a.workers.Wait()
	a.own.Close()
}

func (a *ahead) spare() *task {
	if n := len(a.free); n > 0 {
		t := a.free[n-1]
		a.free = a.free[:n-1]
		return t
	}
	return &task{done: make(chan struct{}, 1)}
}

// release takes a block back that is out of use, with its memory unless that is much.
func (a *ahead) release(t *task) {
	if cap(t.Raw)+cap(t.out) > maxSpare {
		t.Raw, t.out = nil, nil
	}
	t.data, t.left, t.parts = nil, nil, 0
	a.free = append(a.free, t)
}

// snapshot gives what is known now; nil where a file announces so much that to hand it
// on costs more than it gains.
func (a *ahead) snapshot() *known {
	d := a.d
	if a.known != nil && a.news == d.news {
		return a.known
	}
	if a.copied > maxCopied {
		return nil
	}
	k := &known{exporters: make(map[uint16]*exporter, len(d.exporters)), maps: maps.Clone(d.maps), announced: d.announced}
	for id, e := range d.exporters {
		c := *e
		c.rates = slices.Clone(e.rates)
		k.exporters[id] = &c
		a.copied += 1 + len(c.rates)
	}
	a.copied += 1 + len(k.maps)
	a.known, a.news = k, d.news
	return k
}

func (t *task) unpack(u *unpack.Unpacker) {
	t.parts, t.read, t.unkept = 0, 0, 0
	t.data, t.out, t.err = u.Block(t.Method, t.Raw, t.out)
	t.left = t.data
}

// decode decodes t until it is full, or the reader must go on.
func (t *task) decode(d *decoder) {
	d.exporters, d.maps, d.from, d.unkept = t.known.exporters, t.known.maps, nil, 0
	for t.parts < maxParts {
		if t.parts == len(t.pieces) {
			t.pieces = append(t.pieces, flow.Batch{})
		}
		b := &t.pieces[t.parts]
		if b.Reset(); cap(b.Records) < flow.BatchSize { // changed for a reader's
			b.Records = make([]flow.Record, 0, flow.BatchSize)
		}
		left, n, bad := d.run(t.left, b)
		t.left, t.read, t.unkept = left, t.read+n, d.unkept
		if len(b.Records) > 0 {
			t.parts++
		}
		if bad || len(b.Records) < flow.BatchSize {
			return
		}
	}
}

// holds says whether what was decoded ahead is what the reader, who knows what d does,
// would have decoded.
func (t *task) holds(d *decoder) bool { return t.known != nil && t.known.announced == d.announced }
