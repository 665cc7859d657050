package world

// Queue is a binary min-heap by time; equal times come out in order of entry, so
// that a seed always gives the same play. Values stay put, keys move.
type Queue[T any] struct {
	keys   []key
	values []T
	free   []uint32
	count  uint64
}

type key struct {
	at    int64
	entry uint64
	slot  uint32
}

func (k key) before(o key) bool { return k.at < o.at || k.at == o.at && k.entry < o.entry }

// Len gives how many values wait.
func (h *Queue[T]) Len() int { return len(h.keys) }

// Next gives the time of the first value; the queue must not be empty.
func (h *Queue[T]) Next() int64 { return h.keys[0].at }

// Push adds v at time at.
func (h *Queue[T]) Push(at int64, v T) {
	h.count++
	k := key{at: at, entry: h.count}
	if n := len(h.free); n > 0 {
		k.slot, h.free = h.free[n-1], h.free[:n-1]
		h.values[k.slot] = v
	} else {
		k.slot = uint32(len(h.values))
		h.values = append(h.values, v)
	}
	h.keys = append(h.keys, k)
	i := len(h.keys) - 1
	for i > 0 {
		up := (i - 1) / 2
		if !k.before(h.keys[up]) {
			break
		}
		h.keys[i] = h.keys[up]
		i = up
	}
	h.keys[i] = k
}

// Pop takes the first value; the queue must not be empty.
func (h *Queue[T]) Pop() (int64, T) {
	top := h.keys[0]
	last := len(h.keys) - 1
	k := h.keys[last]
	h.keys = h.keys[:last]
	i := 0
	for {
		c := 2*i + 1
		if c >= last {
			break
		}
		if c+1 < last && h.keys[c+1].before(h.keys[c]) {
			c++
		}
		if !h.keys[c].before(k) {
			break
		}
		h.keys[i] = h.keys[c]
		i = c
	}
	if last > 0 {
		h.keys[i] = k
	}
	v := h.values[top.slot]
	var zero T
	h.values[top.slot] = zero
	h.free = append(h.free, top.slot)
	return top.at, v
}
