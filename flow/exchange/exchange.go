package exchange

import (
	"sync"

	"github.com/noroshi-acd/noroshi/flow"
)

// IANA protocol numbers that readers tell apart.
const (
	ICMP   = 1
	IGMP   = 2
	TCP    = 6
	UDP    = 17
	ICMPv6 = 58
	SCTP   = 132
)

// protos is the table of the names of transports.
var protos = sync.OnceValue(func() map[string]uint8 {
	return map[string]uint8{
		"tcp": TCP, "udp": UDP, "icmp6": ICMPv6, "ipv6-icmp": ICMPv6, "icmpv6": ICMPv6, "sctp": SCTP, "igmp": IGMP,
		"rtp": UDP, "rtcp": UDP, "udt": UDP, "ipip": 4, "ip": 4, "ipnip": 4, "ggp": 3, "egp": 8, "igp": 9, "dccp": 33, "ipv6": 41,
		"rsvp": 46, "gre": 47, "esp": 50, "ah": 51, "mobile": 55, "ipv6-no": 59, "eigrp": 88, "ospf": 89, "ospfigp": 89,
		"etherip": 97, "pim": 103, "ipcomp": 108, "vrrp": 112, "l2tp": 115, "udplite": 136,
	}
})

// Proto reads a transport's name, in lower or upper case, or its number; one that
// is not known is 0. is4 says that the addresses are IPv4, which tells the two
// kinds of ICMP apart.
func Proto(v []byte, is4 bool) uint8 {
	var low [12]byte
	if len(v) > len(low) {
		return 0
	}
	name := low[:len(v)]
	n := 0
	for i, c := range v {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if name[i] = c; n >= 0 && '0' <= c && c <= '9' && n <= 255 {
			n = n*10 + int(c-'0')
		} else {
			n = -1
		}
	}
	switch {
	case n >= 0 && n <= 255:
		return uint8(n)
	case string(name) != "icmp":
		return protos()[string(name)]
	case is4:
		return ICMP
	}
	return ICMPv6
}

// services is the table of the names of services.
var services = sync.OnceValue(func() map[string]flow.Service {
	return map[string]flow.Service{
		"dns": flow.ServiceDNS, "ssl": flow.ServiceTLS, "tls": flow.ServiceTLS, "http": flow.ServiceHTTP, "http1": flow.ServiceHTTP,
		"http2": flow.ServiceHTTP, "websocket": flow.ServiceHTTP, "doh2": flow.ServiceHTTP, "ntp": flow.ServiceNTP,
		"ssh": flow.ServiceSSH, "quic": flow.ServiceQUIC, "smtp": flow.ServiceSMTP, "imap": flow.ServiceMail, "pop3": flow.ServiceMail,
		"ftp": flow.ServiceFTP, "ftp-data": flow.ServiceFTP, "smb": flow.ServiceSMB, "rdp": flow.ServiceRDP, "rdpeudp": flow.ServiceRDP,
		"dhcp": flow.ServiceDHCP, "sip": flow.ServiceSIP, "snmp": flow.ServiceSNMP, "mqtt": flow.ServiceMQTT,
		"krb": flow.ServiceKerberos, "krb_tcp": flow.ServiceKerberos, "krb5": flow.ServiceKerberos, "kerberos": flow.ServiceKerberos,
		"ldap": flow.ServiceLDAP, "ldap_tcp": flow.ServiceLDAP, "ldap_udp": flow.ServiceLDAP,
		"mysql": flow.ServiceDatabase, "postgresql": flow.ServiceDatabase, "pgsql": flow.ServiceDatabase,
		"mongodb": flow.ServiceDatabase, "redis": flow.ServiceDatabase,
	}
})

// Service reads the name that a sensor gives a service, in lower case: other for
// one that the record has no value for.
func Service(v []byte) flow.Service {
	if s, ok := services()[string(v)]; ok {
		return s
	}
	return flow.ServiceOther
}

// State tells from flags and counters how far an exchange got.
func State(rec *flow.Record) flow.State {
	if rec.Proto != TCP || rec.SrcFlags|rec.DstFlags == 0 {
		return Counted(rec)
	}
	answered := rec.DstPackets > 0 || rec.DstBytes > 0 || rec.DstFlags != 0
	switch {
	case (rec.SrcFlags|rec.DstFlags)&flow.SYN == 0:
		return flow.StateMidstream
	case !answered:
		return flow.StateAttempt
	case rec.SrcFlags == 0:
		return flow.StateMidstream
	case rec.DstFlags&flow.RST != 0 && rec.DstFlags&flow.SYN == 0:
		return flow.StateRefused
	}
	return flow.StateEstablished
}

// Counted tells from counters alone how far an exchange got.
func Counted(rec *flow.Record) flow.State {
	answered := rec.DstPackets > 0 || rec.DstBytes > 0
	asked := rec.SrcPackets > 0 || rec.SrcBytes > 0
	const echo, echo6 = 8, 128
	switch {
	case answered && asked:
		return flow.StateEstablished
	case answered:
		return flow.StateMidstream
	case !asked, rec.Proto == ICMP && rec.SrcPort != echo, rec.Proto == ICMPv6 && rec.SrcPort != echo6:
		return flow.StateUnknown // an ICMP message that expects no answer
	}
	return flow.StateAttempt
}

// Named reads Zeek's name of a TCP connection's state, which other writers use too.
func Named(v []byte) (s flow.State, ok bool) {
	switch string(v) {
	case "SF", "S1", "S2", "S3", "RSTO", "RSTR":
		return flow.StateEstablished, true
	case "S0", "SH", "RSTOS0": // SYN, then nothing, FIN or RST by the originator itself
		return flow.StateAttempt, true
	case "REJ", "RSTRH": // RST by the responder
		return flow.StateRefused, true
	case "SHR", "OTH": // no SYN was seen
		return flow.StateMidstream, true
	}
	return flow.StateUnknown, false
}
