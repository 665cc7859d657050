package reorder

import (
	"cmp"
	"slices"

	"github.com/noroshi-acd/noroshi/flow"
)

// Limits of what is held.
const (
	// DefaultWindow is how many records are held before the earlier half goes out.
	DefaultWindow = 1 << 17
	maxText       = 64 << 20 // bytes of names that are held
	maxParts      = 1 << 20  // answers and names of certificates that are held
	fullText      = 1 << 20  // bytes of text after which a batch is full
)

// key places a record in the order: by time, then as it came.
type key struct {
	time int64
	at   uint32 // index in held
}

// Window holds records until their turn. It has one owner.
type Window struct {
	size  int
	held  *flow.Batch // filled by the caller through In
	other *flow.Batch // what was held before, to be used again
	keys  []key       // of held, once it is being given
	given int         // of keys
	until int         // how many of keys may go
}

// New makes a window of so many records, 0 for [DefaultWindow].
func New(size int) *Window {
	if size <= 0 {
		size = DefaultWindow
	}
	return &Window{size: max(size, 2), held: &flow.Batch{}, other: &flow.Batch{}}
}

// In gives the batch to which records are appended. It is valid until the next
// call of Full, End or Out.
func (w *Window) In() *flow.Batch {
	const small = 1 << 14
	if n := len(w.held.Records); n >= small && n == cap(w.held.Records) && n < w.size {
		w.held.Records = slices.Grow(w.held.Records, w.size-n)
	}
	return w.held
}

// Full says whether the window has no more room: then Out MUST be called until it
// gives nothing.
func (w *Window) Full() bool {
	h := w.held
	return len(h.Records) >= w.size || len(h.Text) >= maxText || len(h.Answers)+len(h.Names) >= maxParts
}

// End says that nothing more comes: everything may go out.
func (w *Window) End() {
	w.sort()
	w.until = len(w.keys)
}

// Out appends what may go out to b until that is full, and says whether it
// appended anything.
func (w *Window) Out(b *flow.Batch) bool {
	if len(w.keys) == 0 {
		if !w.Full() {
			return false
		}
		w.sort()
		w.until = (len(w.keys) + 1) / 2
	}
	before := len(b.Records)
	for w.given < w.until && len(b.Records) < flow.BatchSize && len(b.Text) < fullText {
		b.Copy(w.held, &w.held.Records[w.keys[w.given].at])
		w.given++
	}
	if w.given == w.until {
		w.rest()
	}
	return len(b.Records) > before
}

func (w *Window) sort() {
	w.keys = w.keys[:0]
	for i := range w.held.Records {
		w.keys = append(w.keys, key{w.held.Records[i].First, uint32(i)})
	}
	slices.SortFunc(w.keys, func(a, b key) int {
		if c := cmp.Compare(a.time, b.time); c != 0 {
			return c
		}
		return cmp.Compare(a.at, b.at)
	})
	w.given = 0
}

// rest keeps what did not go out, in order.
func (w *Window) rest() {
	w.other.Reset()
	for _, k := range w.keys[w.given:] {
		w.other.Copy(w.held, &w.held.Records[k.at])
	}
	w.held.Reset()
	w.held, w.other = w.other, w.held
	w.keys, w.given, w.until = w.keys[:0], 0, 0
}
