package timeline

// Len is the number of slices.
const Len = 32

// Timeline counts events in at most [Len] slices of a span of time that grows:
// when the span no longer fits, slices are joined in pairs. It is the interval
// strip of methods that keep no times. The zero value is ready.
type Timeline struct {
	base  int64 // number of the first slice: its start / (1 s << shift)
	shift uint8
	used  bool
	n     [Len]uint16
}

// Add counts an event at a time in ns.
func (t *Timeline) Add(at int64) { t.add(floorDiv(at, 1e9), 1) }

// Merge adds the counts of o.
func (t *Timeline) Merge(o *Timeline) {
	for i, n := range o.n {
		if n > 0 {
			t.add((o.base+int64(i))<<o.shift, n)
		}
	}
}

// Strip gives the counts from the slice of first to the slice of last (ns).
func (t *Timeline) Strip(first, last int64) []uint16 {
	from := t.slot(floorDiv(first, 1e9)) - t.base
	to := t.slot(floorDiv(last, 1e9)) - t.base
	from, to = min(max(from, 0), Len-1), min(max(to, 0), Len-1)
	return append([]uint16(nil), t.n[from:max(to, from)+1]...)
}

func (t *Timeline) add(second int64, n uint16) {
	if !t.used {
		t.used, t.base = true, second
	}
	for {
		slot := t.slot(second)
		if slot < t.base && t.base-slot < Len && t.free(int(t.base-slot)) {
			by := int(t.base - slot)
			copy(t.n[by:], t.n[:Len-by])
			clear(t.n[:by])
			t.base = slot
		}
		if i := slot - t.base; i >= 0 && i < Len {
			t.n[i] = uint16(min(int(t.n[i])+int(n), 1<<16-1))
			return
		}
		t.widen()
	}
}

// slot gives the number of the slice that holds a second.
func (t *Timeline) slot(second int64) int64 { return second >> t.shift }

// free says whether the last by slices are empty.
func (t *Timeline) free(by int) bool {
	for _, n := range t.n[Len-by:] {
		if n > 0 {
			return false
		}
	}
	return true
}

// widen joins slices in pairs.
func (t *Timeline) widen() {
	old := *t
	t.shift, t.base, t.n = old.shift+1, old.base>>1, [Len]uint16{}
	for i, n := range old.n {
		if n > 0 {
			at := (old.base+int64(i))>>1 - t.base
			t.n[at] = uint16(min(int(t.n[at])+int(n), 1<<16-1))
		}
	}
}

func floorDiv(a, b int64) int64 {
	if q := a / b; a%b >= 0 {
		return q
	}
	return a/b - 1
}
