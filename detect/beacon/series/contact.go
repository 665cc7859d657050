package series

import "github.com/noroshi-acd/noroshi/flow"

// Tick is the unit of a contact's time, in ns.
const Tick = 10_000_000

// Contact is one check-in: ticks since a beginning that the owner knows, and octets as
// [SizeCode] gives them.
type Contact struct {
	At      int32
	Out, In uint16
}

// ContactOf gives the contact that r is, at tick at.
func ContactOf(r *flow.Record, at int32) Contact {
	return Contact{At: at, Out: SizeCode(r.SrcBytes), In: SizeCode(r.DstBytes)}
}

// SizeCode keeps octets in 16 bits: exact below 32,768, then in steps of 1/1024 of
// a doubling.
func SizeCode(n uint64) uint16 {
	if n < 1<<15 {
		return uint16(n)
	}
	shift := uint64(0)
	for n>>shift >= 1<<16 {
		shift++
	}
	return uint16(min(1<<15+shift<<10+(n>>shift-1<<15)>>5, 1<<16-1))
}

// SizeOf is the inverse of SizeCode, in octets, to its resolution.
func SizeOf(c uint16) float64 {
	if c < 1<<15 {
		return float64(c)
	}
	c -= 1 << 15
	return float64((uint64(c&1023)<<5 + 1<<15) << (c >> 10))
}

// InTicks keeps a tick within what a contact can hold, eight months either way.
func InTicks(at int64) int32 { return int32(max(min(at, 1<<31-1), -1<<31)) }

// Failed says whether nobody answered r.
func Failed(r *flow.Record) bool { return r.State == flow.StateAttempt || r.State == flow.StateRefused }
