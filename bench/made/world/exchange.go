package world

import (
	"net/netip"
	"time"
)

// Protocol is what an exchange speaks.
type Protocol uint8

// The protocols. TCP, UDP and ICMP are those with nothing recognisable on top.
const (
	TCP Protocol = iota
	UDP
	ICMP
	DNS
	TLS
	HTTP
	NTP
	SSH
	QUIC
	MQTT
	SIP
)

// Transport gives the IANA protocol number that p runs on over IPv4.
func (p Protocol) Transport() uint8 {
	switch p {
	case UDP, DNS, NTP, QUIC, SIP:
		return 17
	case ICMP:
		return 1
	}
	return 6
}

// Client says whose library opens a TLS exchange: each has a handshake of its own.
type Client uint8

// The clients.
const (
	Browser  Client = iota
	Platform        // the operating system's own library: updaters, mail, agents
	Embedded        // a small library as things carry it
	Scripted        // a script's or a tool's library
	Clients  = 4
)

// Ending is how an exchange went.
type Ending uint8

// The endings.
const (
	Closed    Ending = iota // opened and closed properly
	Open                    // still open when the world ends
	Reset                   // the source broke it off
	NoAnswer                // nobody answered
	Refused                 // the other side said no
	OneSided                // datagrams one way only
	Endings   = int(OneSided) + 1
	NXDomain  = 3 // DNS response code: no such name
	ServFail  = 2 // DNS response code: the server failed
	TypeA     = 1
	TypeNULL  = 10
	TypeCNAME = 5
	TypeMX    = 15
	TypeTXT   = 16
	TypeAAAA  = 28
)

// Exchange is one conversation between two endpoints.
type Exchange struct {
	At, Dur            int64 // ns since 1970-01-01 UTC; ns
	Src, Dst           netip.Addr
	SrcPort, DstPort   uint16 // for ICMP: type and code
	Protocol           Protocol
	Ending             Ending
	Up, Down           int64  // payload bytes of source and destination
	UpCount, DownCount int64  // packets of each; 0 lets the writer work it out
	Name               string // SNI, Host header or DNS question
	Every              int64  // ns between keep-alives inside a long exchange, 0 for none
	Client             Client // whose TLS or HTTP library speaks
	SelfSigned         bool   // TLS: the certificate is nobody's
	// Of DNS only.
	Type    uint16
	Rcode   uint16
	Answers []netip.Addr
	TTL     time.Duration
}

// Packets gives the packets of each side: as set, or a plausible number for the
// bytes.
func (x *Exchange) Packets() (up, down int64) {
	up, down = x.UpCount, x.DownCount
	if up == 0 {
		up = 1 + x.Up/1300
		if x.Protocol.Transport() == 6 && x.Ending != NoAnswer && x.Ending != Refused {
			up += 4 + x.Down/2600
		}
		if x.Every > 0 {
			up += x.Dur / x.Every
		}
	}
	if down == 0 && x.Ending != NoAnswer && x.Ending != OneSided {
		down = 1 + x.Down/1300
		if x.Protocol.Transport() == 6 && x.Ending != Refused {
			down += 3 + x.Up/2600
		}
		if x.Every > 0 {
			down += x.Dur / x.Every
		}
	}
	return up, down
}
