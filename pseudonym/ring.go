package pseudonym

import (
	"context"
	"sync"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Source gives an edge the key of a warrant and a day: the same to all edges of the
// warrant, another for every other warrant and day. It MUST refuse a day that has not
// begun to be needed, and one whose key was destroyed. The caller owns what it gets and
// wipes it. How keys are wrapped to each edge, and shared for a later opening, is behind
// it.
type Source interface {
	Key(ctx context.Context, warrant paper.Digest, day Day) (*Key, error)
}

// MaxLive is how many keys a ring can be made to hold.
const MaxLive = 256

// Ring holds the few keys that an edge needs now, and wipes each as soon as it is
// dropped and nobody holds it any more. Any number of goroutines may use it.
type Ring struct {
	source Source
	most   int

	mu     sync.Mutex // guards what follows
	live   map[place]*live
	closed bool
}

// place is what a key is for.
type place struct {
	warrant paper.Digest
	day     Day
}

// live is a key in the ring. users and gone belong to the ring's lock; the key itself
// does not change until it is wiped, when gone and without users.
type live struct {
	key   *Key
	users int
	gone  bool
}

// NewRing makes a ring of at most so many keys (1 to [MaxLive]); a few days and warrants
// at once are usual.
func NewRing(source Source, most int) (*Ring, error) {
	if source == nil || most < 1 || most > MaxLive {
		return nil, wrong(fault.Invalid, "ring", nil, "most", MaxLive)
	}
	return &Ring{source: source, most: most, live: map[place]*live{}}, nil
}

// Held is a key that cannot be wiped until it is given back. It is one goroutine's.
type Held struct {
	ring *Ring
	live *live
}

// Key is the key that is held.
func (h *Held) Key() *Key { return h.live.key }

// Free gives the key back; the caller MUST NOT use it afterwards. A second Free does
// nothing.
func (h *Held) Free() {
	l := h.live
	if l == nil {
		return
	}
	h.live = nil
	h.ring.mu.Lock()
	defer h.ring.mu.Unlock()
	l.users--
	l.settle()
}

// settle wipes a key that nobody needs. The ring's lock is held.
func (l *live) settle() {
	if l.gone && l.users == 0 {
		l.key.Wipe()
	}
}

// Hold gives the key of a warrant and a day, from the source when it is not here. It is
// for a whole batch or window: the caller gives it back by [Held.Free]. When all places
// are taken by keys that are in use it refuses (fault.Limit); else the key of the
// earliest day gives way.
func (r *Ring) Hold(ctx context.Context, warrant paper.Digest, day Day) (*Held, error) {
	p := place{warrant, day}
	if h, err := r.have(p); h != nil || err != nil {
		return h, err
	}
	key, err := r.source.Key(ctx, warrant, day)
	if err != nil {
		return nil, wrong(fault.KindOf(err), "source", err, "day", day.String())
	}
	if key == nil || key.Wiped() {
		return nil, wrong(fault.Internal, "source", nil, "day", day.String())
	}
	return r.put(p, key)
}

// have gives a key that is here; nil when it is not.
func (r *Ring) have(p place) (*Held, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, wrong(fault.Canceled, "closed", nil)
	}
	l := r.live[p]
	if l == nil {
		return nil, nil
	}
	l.users++
	return &Held{r, l}, nil
}

// put takes a new key in, or wipes it where another was faster.
func (r *Ring) put(p place, key *Key) (*Held, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.live[p]
	switch {
	case r.closed:
		key.Wipe()
		return nil, wrong(fault.Canceled, "closed", nil)
	case l != nil:
		key.Wipe()
	case len(r.live) >= r.most && !r.giveWay():
		key.Wipe()
		return nil, wrong(fault.Limit, "full", nil, "most", r.most)
	default:
		l = &live{key: key}
		r.live[p] = l
	}
	l.users++
	return &Held{r, l}, nil
}

// giveWay drops the unused key of the earliest day. The lock is held.
func (r *Ring) giveWay() bool {
	var out place
	found := false
	for p, l := range r.live {
		if l.users == 0 && (!found || p.day < out.day || p.day == out.day && p.warrant < out.warrant) {
			out, found = p, true
		}
	}
	if found {
		r.drop(out)
	}
	return found
}

func (r *Ring) drop(p place) {
	l := r.live[p]
	delete(r.live, p)
	l.gone = true
	l.settle()
}

// Drop takes out all keys of a warrant, as when it is over or revoked, and says how
// many. One that is held is wiped when it is given back.
func (r *Ring) Drop(warrant paper.Digest) int {
	return r.dropWhere(func(p place) bool { return p.warrant == warrant })
}

// DropBefore takes out the keys of all days before one, and says how many.
func (r *Ring) DropBefore(day Day) int {
	return r.dropWhere(func(p place) bool { return p.day < day })
}

func (r *Ring) dropWhere(want func(place) bool) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for p := range r.live {
		if want(p) {
			r.drop(p)
			n++
		}
	}
	return n
}

// Len is how many keys live in the ring now.
func (r *Ring) Len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.live)
}

// Close drops everything; the ring gives nothing any more.
func (r *Ring) Close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.dropWhere(func(place) bool { return true })
}
