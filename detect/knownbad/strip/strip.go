package strip

import "github.com/noroshi-acd/noroshi/detect"

// Strip counts events in slices of time. The zero one is empty.
type Strip struct {
	start int64
	width int64 // ns, 0 before the first event
	n     [detect.StripLen]uint16
}

// Add notes n events at an instant, ns.
func (h *Strip) Add(at int64, n uint16) {
	if h.width == 0 {
		h.start, h.width = at, 1e9
	}
	for at < h.start && h.width < 1<<56 { // rare: records a little out of order
		h.widen()
		h.start -= h.width * int64(len(h.n)/2)
		copy(h.n[len(h.n)/2:], h.n[:len(h.n)/2])
		clear(h.n[:len(h.n)/2])
	}
	at = max(at, h.start) // clocks gone mad
	for uint64(at-h.start)/uint64(h.width) >= uint64(len(h.n)) {
		h.widen()
	}
	i := uint64(at-h.start) / uint64(h.width)
	h.n[i] = uint16(min(int(h.n[i])+int(n), 1<<16-1))
}

// widen doubles the slices.
func (h *Strip) widen() {
	h.width *= 2
	for i := range len(h.n) / 2 {
		h.n[i] = uint16(min(int(h.n[2*i])+int(h.n[2*i+1]), 1<<16-1))
	}
	clear(h.n[len(h.n)/2:])
}

// Join adds what another strip counted.
func (h *Strip) Join(o *Strip) {
	for i, n := range o.n {
		if n > 0 {
			h.Add(o.start+int64(i)*o.width, n)
		}
	}
}

// Counts gives the slices up to the last that is not empty.
func (h *Strip) Counts() []uint16 {
	end := len(h.n)
	for end > 0 && h.n[end-1] == 0 {
		end--
	}
	return append([]uint16(nil), h.n[:end]...)
}
