package live

import (
	"runtime"
	"sync/atomic"

	"github.com/noroshi-acd/noroshi/authority/grant"
)

// Gate lets records of one link through under one warrant. Any number of goroutines may
// call Take; it takes no lock, and allocates only when another statement has come.
type Gate struct {
	clock *Clock
	watch *Watch
	set   atomic.Pointer[set] // replaced by Grants, under its lock
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
	claim    claim
	judged   atomic.Pointer[judgement]
	records  atomic.Int64 // left of the cap
	bytes    atomic.Int64 // left of the cap
	inside   atomic.Int64 // calls of take that are under way
	settled  atomic.Bool  // nothing is taken any more
}

// Take asks to let a batch through, and says under which grant it goes. The caller MUST
// let nothing through on any verdict but [Through], and MUST NOT let more through than
// it named. A batch that does not fit the caps is refused whole, and takes nothing.
//
// Invariant 1: each batch is held against the word of this instant.
// Invariant 2: there is no window here that was not proven in the log before.
func (g *Gate) Take(r Reading, records, bytes int64) (*grant.Opened, Verdict) {
	s, now := g.set.Load(), g.clock.At(r)
	if !now.Sure {
		return nil, Unsure
	}
	if s == nil {
		return nil, NoWindow
	}
	if now.Latest > s.shutAt {
		return nil, Unclosed
	}
	for _, w := range s.windows {
		if w.from <= now.Earliest && now.Latest < w.to {
			return w.take(g.watch.word.Load(), now, records, bytes)
		}
	}
	return nil, NoWindow
}

func (w *window) take(said *word, now Instant, records, bytes int64) (*grant.Opened, Verdict) {
	j := w.judged.Load()
	if j == nil || j.word != said {
		j = said.judge(&w.claim)
		w.judged.Store(j)
	}
	if v := j.at(now); v != Through {
		return nil, v
	}
	w.inside.Add(1)
	defer w.inside.Add(-1)
	switch {
	case w.settled.Load():
		return nil, NoWindow
	case !draw(&w.records, records):
		return nil, Records
	case !draw(&w.bytes, bytes):
		w.records.Add(records)
		return nil, Bytes
	}
	return w.opened, Through
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
