package nfcapd

import (
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/exchange"
)

// made gives the i-th of a row of different flows.
func made(i int) flow.Record {
	x := uint64(i)*0x9e3779b97f4a7c15 + 1
	r := flow.Record{
		First: 1_700_000_000_000_000_000 + int64(i)*7_000_000, SrcBytes: 40 + x%100_000, SrcPackets: 1 + x%700,
		SrcPort: uint16(x >> 16), DstPort: uint16(x >> 32), Proto: [...]uint8{6, 17, 1, 6, 58, 47}[i%6],
		Src: flow.Addr4([4]byte{192, 0, 2, byte(x >> 8)}), Dst: flow.Addr4([4]byte{198, 51, 100, byte(x >> 24)}),
	}
	r.Last = r.First + int64(x%100_000)*1_000_000
	if r.Proto == exchange.ICMPv6 || i%5 == 0 && r.Proto != exchange.ICMP {
		r.Src, r.Dst = flow.Addr{0x20, 1, 0xd, 0xb8, 15: byte(x)}, flow.Addr{0x20, 1, 0xd, 0xb8, 7: 9, 15: byte(x >> 9)}
	}
	switch r.Proto {
	case exchange.TCP:
		r.SrcFlags = uint8(x>>40) & 0x3f
	case exchange.ICMP, exchange.ICMPv6:
		r.SrcPort, r.DstPort = r.SrcPort&0xff, r.DstPort&0xff
	case 47:
		r.SrcPort, r.DstPort = 0, 0
	}
	return r
}
