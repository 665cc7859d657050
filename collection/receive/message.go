package receive

import (
	"encoding/binary"
	"net/netip"

	"github.com/noroshi-acd/noroshi/flow/ipfix"
)

// Protocol is how an exporter speaks.
type Protocol uint8

// The protocols.
const (
	Unreadable Protocol = iota
	NetFlow5
	NetFlow9
	IPFIX
	SFlow5
)

// String names the protocol as people do.
func (p Protocol) String() string {
	return [...]string{"unreadable", "NetFlow v5", "NetFlow v9", "IPFIX", "sFlow v5"}[min(p, SFlow5)]
}

// Message is what the head of a datagram says, and what its decoder counted.
type Message struct {
	Protocol Protocol
	Domain   uint32     // observation domain, source ID, engine type and number, sub-agent
	Agent    netip.Addr // of sFlow; else zero
	Number   uint32
	Uptime   uint32 // ms; wraps; 0 for IPFIX, which has none
	// Counted is what the message holds. Head knows it for NetFlow v5; for NetFlow v9 and
	// IPFIX it is for [ipfix.Decoder.Counted] to say, and sFlow counts datagrams.
	ipfix.Counted
	// Made is how many flow records were decoded, those among them that had waited.
	Made uint64
	// Bad: a part of it could not be read.
	Bad bool
}

// Head reads the head of a datagram. ok is false when it is of no known protocol, or cut.
func Head(p []byte) (m Message, ok bool) {
	if len(p) < 16 {
		return m, false
	}
	word := func(at int) uint32 { return binary.BigEndian.Uint32(p[at:]) }
	half := func(at int) uint32 { return uint32(binary.BigEndian.Uint16(p[at:])) }
	switch version := half(0); {
	case version == 5 && len(p) >= 24:
		n := half(2)
		return Message{Protocol: NetFlow5, Number: word(16), Uptime: word(4), Domain: half(20),
			Counted: ipfix.Counted{Records: n, Flows: n, Whole: true}}, true
	case version == 9 && len(p) >= 20:
		return Message{Protocol: NetFlow9, Number: word(12), Uptime: word(4), Domain: word(16)}, true
	case version == 10:
		return Message{Protocol: IPFIX, Number: word(8), Domain: word(12)}, true
	case word(0) == 5:
		return sflowHead(p)
	}
	return m, false
}

func sflowHead(p []byte) (m Message, ok bool) {
	at := 12
	switch binary.BigEndian.Uint32(p[4:]) {
	case 1:
		m.Agent = netip.AddrFrom4([4]byte(p[8:]))
	case 2:
		if len(p) < 24 {
			return m, false
		}
		m.Agent, at = netip.AddrFrom16([16]byte(p[8:])), 24
	default:
		return m, false
	}
	if len(p) < at+16 {
		return m, false
	}
	m.Protocol, m.Domain = SFlow5, binary.BigEndian.Uint32(p[at:])
	m.Number, m.Uptime = binary.BigEndian.Uint32(p[at+4:]), binary.BigEndian.Uint32(p[at+8:])
	return m, true
}
