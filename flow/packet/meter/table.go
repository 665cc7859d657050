package meter

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"

	"github.com/noroshi-acd/noroshi/flow"
)

// table finds a flow by its two ends, either way round. It is an open-addressing
// index over a slab; neither holds a pointer.
//
// A place of the index holds the flow's 32-bit hash above 1 + its number, 0 when
// free. Removal shifts later entries back, so there are no gravestones.
type table struct {
	index []uint64
	slab  []Flow
	free  int32 // head of the free list through Flow.next, -1 for none
	live  int
	seed  [4]uint64
}

func (t *table) init() {
	t.index = make([]uint64, 1<<12)
	t.slab = make([]Flow, 0, 1<<10)
	t.free = -1
	for i := range t.seed {
		t.seed[i] = rand.Uint64() | 1
	}
}

func (t *table) at(i int32) *Flow { return &t.slab[i] }

// portless says that the ports of a protocol are not of one end each.
func (t *table) portless(proto uint8) bool {
	return proto != protoTCP && proto != protoUDP && proto != protoSCTP
}

// hash is the same for both directions of a flow.
func (t *table) hash(p *Packet) uint32 {
	sp, dp := uint64(p.SrcPort), uint64(p.DstPort)
	own := uint64(p.Proto)
	if t.portless(p.Proto) {
		own, sp, dp = own<<32|sp<<16|dp, 0, 0
	}
	a := t.endHash(&p.Src, sp)
	b := t.endHash(&p.Dst, dp)
	hi, lo := bits.Mul64((a+b)^t.seed[2], own^t.seed[3])
	return uint32(hi^lo) ^ uint32((hi^lo)>>32)
}

func (t *table) endHash(a *flow.Addr, port uint64) uint64 {
	hi, lo := bits.Mul64(binary.LittleEndian.Uint64(a[:8])^t.seed[0], binary.LittleEndian.Uint64(a[8:])^port<<47^t.seed[1])
	hi, lo = bits.Mul64(hi^lo^port, t.seed[0])
	return hi ^ lo
}

// is says whether p belongs to f, in either direction.
func (t *table) is(f *Flow, p *Packet) bool {
	if f.Proto != p.Proto {
		return false
	}
	if t.portless(p.Proto) {
		return f.SrcPort == p.SrcPort && f.DstPort == p.DstPort &&
			(f.Src == p.Src && f.Dst == p.Dst || f.Src == p.Dst && f.Dst == p.Src)
	}
	return f.SrcPort == p.SrcPort && f.DstPort == p.DstPort && f.Src == p.Src && f.Dst == p.Dst ||
		f.SrcPort == p.DstPort && f.DstPort == p.SrcPort && f.Src == p.Dst && f.Dst == p.Src
}

// find gives the number of p's flow, -1 for none.
func (t *table) find(h uint32, p *Packet) int32 {
	mask := uint32(len(t.index) - 1)
	for at := h & mask; ; at = (at + 1) & mask {
		e := t.index[at]
		if e == 0 {
			return -1
		}
		if uint32(e>>32) == h {
			if i := int32(uint32(e)) - 1; t.is(&t.slab[i], p) {
				return i
			}
		}
	}
}

// add makes an empty flow under hash h and gives its number. Pointers into the slab
// are void afterwards.
func (t *table) add(h uint32) int32 {
	if t.live+t.live/2 >= len(t.index) {
		t.grow()
	}
	i := t.free
	if i >= 0 {
		t.free = t.slab[i].next
		t.slab[i] = Flow{}
	} else {
		i = int32(len(t.slab))
		t.slab = append(t.slab, Flow{})
	}
	f := &t.slab[i]
	f.hash, f.prev, f.next, f.slot = h, -1, -1, -1
	t.place(h, i)
	t.live++
	return i
}

func (t *table) place(h uint32, i int32) {
	mask := uint32(len(t.index) - 1)
	at := h & mask
	for t.index[at] != 0 {
		at = (at + 1) & mask
	}
	t.index[at] = uint64(h)<<32 | uint64(uint32(i+1))
}

func (t *table) grow() {
	old := t.index
	t.index = make([]uint64, 2*len(old))
	for _, e := range old {
		if e != 0 {
			t.place(uint32(e>>32), int32(uint32(e))-1)
		}
	}
}

// remove takes flow i out and frees its number.
func (t *table) remove(i int32) {
	mask := uint32(len(t.index) - 1)
	at := t.slab[i].hash & mask
	for uint32(t.index[at]) != uint32(i+1) {
		at = (at + 1) & mask
	}
	for next := (at + 1) & mask; t.index[next] != 0; next = (next + 1) & mask {
		home := uint32(t.index[next]>>32) & mask
		if (next-home)&mask >= (next-at)&mask {
			t.index[at] = t.index[next]
			at = next
		}
	}
	t.index[at] = 0
	t.slab[i].next = t.free
	t.free = i
	t.live--
}
