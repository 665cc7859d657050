package meter

// slots is the number of slots of the wheel; the furthest deadline that it tells
// apart is about slots-1 seconds away, later ones are looked at again then.
const slots = 256

// wheel keeps the flows by the second in which they may expire. It is lazy: a
// packet does not move its flow; when a slot comes up, flows that had packets since
// are put where they belong now.
type wheel struct {
	head   [slots]int32 // first flow of each slot, -1 for none
	cursor int64        // the last tick that was swept
}

func (w *wheel) init() {
	for i := range w.head {
		w.head[i] = -1
	}
}

// tickOf is the wheel's unit: 2^30 ns, a little over a second. It rounds down, also
// before 1970.
func tickOf(t int64) int64 { return t>>30 + 1<<34 }

// insert puts flow i where it is looked at after its deadline.
func (w *wheel) insert(t *table, i int32, deadline int64) {
	tick := min(max(tickOf(deadline)+1, w.cursor+1), w.cursor+slots-1)
	s := int32(tick % slots)
	f := t.at(i)
	f.slot, f.prev, f.next = s, -1, w.head[s]
	if f.next >= 0 {
		t.at(f.next).prev = i
	}
	w.head[s] = i
}

// remove takes flow i out of its slot, if it is in one.
func (w *wheel) remove(t *table, i int32) {
	f := t.at(i)
	if f.slot < 0 {
		return
	}
	if f.prev >= 0 {
		t.at(f.prev).next = f.next
	} else {
		w.head[f.slot] = f.next
	}
	if f.next >= 0 {
		t.at(f.next).prev = f.prev
	}
	f.slot = -1
}

// take empties the slot of a tick and gives its first flow.
func (w *wheel) take(tick int64) int32 {
	i := w.head[tick%slots]
	w.head[tick%slots] = -1
	return i
}
