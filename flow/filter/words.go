package filter

import (
	"strconv"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/exchange"
)

// The words of the values of a record that are numbers, by number.
var (
	kinds    = [...]string{"flow", "part", "snapshot", "dns", "facts"}
	states   = [...]string{"unknown", "established", "attempt", "refused", "midstream"}
	services = [...]string{"unknown", "dns", "tls", "http", "ntp", "ssh", "quic", "smtp", "mail", "ftp", "smb", "rdp", "dhcp", "sip", "snmp", "mqtt",
		"kerberos", "ldap", "database", "other"}
)

func word(list []string, n int) string {
	if n < len(list) {
		return list[n]
	}
	return "other"
}

// Kind gives the word for a record's kind, as filters have it.
func Kind(k flow.Kind) string { return word(kinds[:], int(k)) }

// State gives the word for how far an exchange got.
func State(s flow.State) string { return word(states[:], int(s)) }

// Service gives the word for an application protocol.
func Service(s flow.Service) string { return word(services[:], int(s)) }

// Proto gives the usual name of a transport, else its number.
func Proto(n uint8) string {
	switch n {
	case exchange.TCP:
		return "tcp"
	case exchange.UDP:
		return "udp"
	case exchange.ICMP:
		return "icmp"
	case exchange.ICMPv6:
		return "icmp6"
	case exchange.SCTP:
		return "sctp"
	}
	return strconv.Itoa(int(n))
}
