package meter

import "github.com/noroshi-acd/noroshi/flow"

// IANA protocol numbers that the meter tells apart.
const (
	protoTCP  = 6
	protoUDP  = 17
	protoSCTP = 132
)

// begin says whether the receiver of the first packet seen, p, is the one that
// began the flow, and whether the beginning was missed.
//
// A SYN settles it. Otherwise the first sender counts as the one that began,
// unless ports say that it is a server answering; TCP without a SYN is always
// taken as missed.
func begin(p *Packet) (byReceiver, midstream bool) {
	switch p.Proto {
	case protoTCP:
		switch p.Flags & (flow.SYN | flow.ACK) {
		case flow.SYN:
			return false, false
		case flow.SYN | flow.ACK:
			return true, false
		}
		return serverLike(p.SrcPort, p.DstPort), true
	case protoUDP, protoSCTP:
		if Offered(p.SrcPort) && !Offered(p.DstPort) && !ToMany(p.Dst) {
			return true, true
		}
	default:
		if p.Reply && !ToMany(p.Dst) {
			return true, true
		}
	}
	return false, false
}

// serverLike guesses that port a is the server's and b the client's.
func serverLike(a, b uint16) bool {
	if ka, kb := Offered(a), Offered(b); ka != kb {
		return ka
	}
	return a < b
}

// Offered says whether a port is one that services are offered on.
func Offered(port uint16) bool {
	if port < 1024 {
		return port != 0
	}
	switch port {
	case 1194, 1433, 1521, 1701, 1723, 1812, 1813, 1883, 1900, 2049, 3128, 3268, 3306, 3389, 3478,
		4500, 5060, 5061, 5222, 5353, 5355, 5432, 5671, 5672, 5900, 5985, 5986, 6379, 6443, 6667,
		8000, 8008, 8080, 8081, 8443, 8883, 8888, 9092, 9200, 11211, 27017, 51820:
		return true
	}
	return false
}

// ToMany says whether a is a multicast or broadcast address, which begins nothing.
func ToMany(a flow.Addr) bool {
	if a.Is4() {
		return a[12] >= 224
	}
	return a[0] == 0xff
}
