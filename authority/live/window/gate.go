package window

import (
	"runtime"
	"sync/atomic"

	"github.com/noroshi-acd/noroshi/authority/grant"
	"github.com/noroshi-acd/noroshi/authority/live"
)

// Gate lets records of one link through under one warrant. Any number of goroutines may
// call Take; it takes no lock, and allocates only when another statement has come.
type Gate struct {
	clock *live.Clock
	watch *live.Watch
	set   atomic.Pointer[set] // replaced by Book, under its lock
}

// set is the windows of a gate. It does not change; what lies behind its windows does.
type set struct {
	windows []*window // in the order of their beginning; a few
	shutAt  int64     // ns since 1970: an earlier grant of the link is then overdue
}

// window is one grant while it can be used.
type window struct {
	opened   *grant.Opened
	from, to int64 // ns since 1970
	claim    live.Claim
	judged   atomic.Pointer[live.Judgement]
	records  atomic.Int64 // left of the cap
	bytes    atomic.Int64 // left of the cap
	inside   atomic.Int64 // calls of take that are under way
	settled  atomic.Bool  // nothing is taken any more
}

// Take asks to let a batch through, and says under which grant it goes. The caller MUST
// let nothing through on any verdict but [live.Through], and MUST NOT let more through than
// it named. A batch that does not fit the caps is refused whole, and takes nothing.
//
// Invariant 1: each batch is held against the word of this instant.
// Invariant 2: there is no window here that was not proven in the log before.
func (g *Gate) Take(r live.Reading, records, bytes int64) (*grant.Opened, live.Verdict) {
	s, now := g.set.Load(), g.clock.At(r)
	if !now.Sure {
		return nil, live.Unsure
	}
	if s == nil {
		return nil, live.NoWindow
	}
	if now.Latest > s.shutAt {
		return nil, live.Unclosed
	}
	for _, w := range s.windows {
		if w.from <= now.Earliest && now.Latest < w.to {
			return w.take(g.watch, now, records, bytes)
		}
	}
	return nil, live.NoWindow
}

func (w *window) take(watch *live.Watch, now live.Instant, records, bytes int64) (*grant.Opened, live.Verdict) {
	before := w.judged.Load()
	j := watch.Judge(&w.claim, before)
	if j != before {
		w.judged.Store(j)
	}
	if v := j.At(now); v != live.Through {
		return nil, v
	}
	w.inside.Add(1)
	defer w.inside.Add(-1)
	switch {
	case w.settled.Load():
		return nil, live.NoWindow
	case !draw(&w.records, records):
		return nil, live.Records
	case !draw(&w.bytes, bytes):
		w.records.Add(records)
		return nil, live.Bytes
	}
	return w.opened, live.Through
}

// draw takes n from what is left, or nothing.
func draw(left *atomic.Int64, n int64) bool {
	for {
		old := left.Load()
		if n < 0 || n > old {
			return false
		}
		if left.CompareAndSwap(old, old-n) {
			return true
		}
	}
}

// settle ends the window and gives what was taken; nothing is taken after it.
func (w *window) settle() (records, bytes int64) {
	w.settled.Store(true)
	for w.inside.Load() > 0 {
		runtime.Gosched()
	}
	o := w.opened.Open()
	return o.MaxRecords - w.records.Load(), o.MaxBytes - w.bytes.Load()
}
