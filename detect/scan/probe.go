package scan

import (
	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
)

// IANA protocol numbers.
const (
	protoICMP   = 1
	protoTCP    = 6
	protoUDP    = 17
	protoICMPv6 = 58
)

// service is what a probe asks for: a port of a protocol, an ICMP type.
type service struct {
	port  uint16
	proto uint8
}

// serviceOf gives the service of r; ok is false for what is never a probe.
func serviceOf(r *flow.Record) (s service, ok bool) {
	s = service{r.DstPort, r.Proto}
	switch r.Proto {
	case protoICMP, protoICMPv6:
		s.port = r.SrcPort // the type
	case protoUDP:
		switch {
		case r.DstPort == 67 || r.DstPort == 68 || r.DstPort == 546 || r.DstPort == 547:
			return s, false // address assignment
		case r.DstPort >= 33434 && r.DstPort <= 33689:
			return s, false // traceroute
		case replyPort(r.SrcPort) && r.DstPort >= 1024:
			return s, false // a reply whose question was not seen
		case r.Dst[15] == 255 && r.Dst.Is4():
			return s, false // most likely a directed broadcast
		}
	}
	return s, aimed(r.Src) && aimed(r.Dst)
}

// replyPort says whether UDP from this port is more likely a server's reply than
// a question.
func replyPort(p uint16) bool {
	switch p {
	case 53, 123, 161, 443, 500, 1194, 1900, 3478, 4500, 5060, 5353, 51820:
		return true
	}
	return false
}

// aimed says whether a is one machine: not multicast, broadcast or unknown.
func aimed(a flow.Addr) bool {
	if a.Is4() {
		return a[12] != 0 && a[12] < 224
	}
	return a[0] != 0xff && !a.IsZero()
}

// known says whether a service is one that attackers look for: a system port or a
// well-known one above. What is not known and failed at one peer each is how
// peer-to-peer networks look.
func (s service) known() bool {
	if s.proto != protoTCP && s.proto != protoUDP || s.port < 1024 {
		return true
	}
	switch s.port {
	case 1080, 1433, 1434, 1521, 1723, 1883, 1900, 2049, 2222, 2323, 2375, 2376, 3128, 3306, 3389, 4444, 4786, 5000, 5060,
		5432, 5555, 5672, 5683, 5900, 5901, 5984, 5985, 5986, 6379, 6443, 7001, 7547, 8000, 8008, 8080, 8081, 8088, 8089, 8291,
		8443, 8728, 8888, 9000, 9042, 9090, 9100, 9200, 9443, 10000, 11211, 20000, 27017, 37215, 44818, 47808, 50000, 52869:
		return true
	}
	return false
}

// web says whether browsers ask for s.
func (s service) web() bool { return s.port == 80 || s.port == 443 }

// noisy says whether honest machines ask for s without being answered: name and
// device discovery sent to single addresses.
func (s service) noisy() bool {
	if s.proto != protoUDP {
		return false
	}
	switch s.port {
	case 137, 138, 1900, 3702, 5351, 5353, 5355:
		return true
	}
	return false
}

// looked says whether the source was told of the destination by name, as clients
// are and scanners are not. Inside, everybody's addresses are known to DNS, so
// there only browsing is excused.
func looked(e *detect.Event, s service) bool {
	return e.Name != 0 && (!e.DstDomestic || s.web())
}
