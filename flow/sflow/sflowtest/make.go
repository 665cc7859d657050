package sflowtest

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/noroshi-acd/noroshi/flow"
)

// Shape of what [Make] makes.
const (
	PerDatagram = 7    // sampled packets in a datagram
	Rate        = 1000 // one packet of so many is sampled
	snap        = 128  // octets sampled of a packet
	hosts       = 1 << 16
)

// Make gives datagrams with n packets between hosts that are drawn by Zipf's law, and
// the records that they stand for, without time and link. The same seed gives the same.
func Make(n int, seed uint64) (datagrams [][]byte, truth []flow.Record) {
	r := rand.New(rand.NewPCG(seed, 6))
	zipf := rand.NewZipf(r, 1.2, 8, hosts-1)
	for done := 0; done < n; done += PerDatagram {
		var samples [][]byte
		for i := range min(PerDatagram, n-done) {
			x, p := packet(r, zipf)
			truth = append(truth, x)
			samples = append(samples, Flow(uint32(done+i), Rate, Header(1, uint32(x.SrcBytes)+14, p)))
		}
		datagrams = append(datagrams, Datagram(uint32(len(datagrams)), samples...))
	}
	return datagrams, truth
}

// packet draws a packet and gives its record and its first octets.
func packet(r *rand.Rand, zipf *rand.Zipf) (flow.Record, []byte) {
	addr := func(net byte) flow.Addr {
		h := zipf.Uint64()
		return flow.Addr4([4]byte{net, 20, byte(h >> 8), byte(h)})
	}
	x := flow.Record{Kind: flow.KindPart, Sampling: Rate, Src: addr(10), Dst: addr(100), Proto: 6, SrcPort: uint16(1024 + r.IntN(60000)),
		DstPort: 443, SrcPackets: 1, SrcBytes: uint64(60 + r.IntN(1440)), SrcFlags: flow.ACK}
	be := binary.BigEndian
	b := append(make([]byte, 12), 8, 0, 0x45, 0)
	b = be.AppendUint16(b, uint16(x.SrcBytes))
	b = append(b, 0, 1, 0x40, 0, 64, x.Proto, 0, 0)
	b = append(append(b, x.Src[12:]...), x.Dst[12:]...)
	b = be.AppendUint16(be.AppendUint16(b, x.SrcPort), x.DstPort)
	b = append(b, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, x.SrcFlags, 0, 0, 0, 0, 0, 0)
	whole := append(b, make([]byte, snap)...)
	return x, whole[:min(snap, int(x.SrcBytes)+14)]
}

func words(v ...uint32) (b []byte) {
	for _, x := range v {
		b = binary.BigEndian.AppendUint32(b, x)
	}
	return b
}

// Datagram puts the head of the n-th datagram before samples.
func Datagram(n uint32, samples ...[]byte) []byte {
	b := words(5, 1, 0xc0000209, 0, n, 1000, uint32(len(samples)))
	for _, s := range samples {
		b = append(b, s...)
	}
	return b
}

// Part puts format and length before b: a sample, or a record in one.
func Part(format uint32, b []byte) []byte { return append(words(format, uint32(len(b))), b...) }

// Flow gives the n-th flow sample with records in it.
func Flow(n, rate uint32, records ...[]byte) []byte {
	b := words(n, 3, rate, n*rate, 0, 1, 2, uint32(len(records)))
	for _, r := range records {
		b = append(b, r...)
	}
	return Part(1, b)
}

// Expanded gives an expanded flow sample with records in it.
func Expanded(n, rate, drops uint32, records ...[]byte) []byte {
	b := words(n, 0, 3, rate, n*rate, drops, 0, 1, 0, 2, uint32(len(records)))
	for _, r := range records {
		b = append(b, r...)
	}
	return Part(3, b)
}

// Header gives the record of the first octets of a packet that had length octets on
// its link; protocol 1 is Ethernet.
func Header(protocol, length uint32, b []byte) []byte {
	padded := append(append(words(protocol, length, 0, uint32(len(b))), b...), make([]byte, -len(b)&3)...)
	return Part(1, padded)
}
