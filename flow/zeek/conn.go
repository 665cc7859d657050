package zeek

import (
	"math"
	"sync"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/join"
	"github.com/noroshi-acd/noroshi/flow/zeek/row"
)

// IANA protocol numbers.
const (
	protoICMP   = 1
	protoTCP    = 6
	protoUDP    = 17
	protoICMPv6 = 58
	protoSCTP   = 132
)

// ends gives a record with the time and the endpoints that all logs have.
func ends(r *row.Row) flow.Record {
	ts := r.Time(row.TS)
	return flow.Record{
		First: ts, Last: ts,
		Src: r.Addr(row.OrigH), Dst: r.Addr(row.RespH),
		SrcPort: r.Port(row.OrigP), DstPort: r.Port(row.RespP),
	}
}

// extend sets the end of rec to its beginning and length.
func extend(r *row.Row, rec *flow.Record, f row.Field) {
	length := r.Interval(f)
	if length > math.MaxInt64-rec.First {
		r.Flaw(f, "zeek.value.interval")
		return
	}
	rec.Last = rec.First + length
}

func (d *decoder) conn(r *row.Row, c *chunk) {
	r.Need(row.TS, row.OrigH, row.RespH)
	rec := ends(r)
	extend(r, &rec, row.Duration)
	rec.Proto = proto(r.Raw(row.Proto), rec.Src.Is4())
	rec.SrcBytes, rec.DstBytes = r.Count(row.OrigIPBytes), r.Count(row.RespIPBytes)
	if n := r.Count(row.OrigBytes); rec.SrcBytes == 0 {
		rec.SrcBytes = n
	}
	if n := r.Count(row.RespBytes); rec.DstBytes == 0 {
		rec.DstBytes = n
	}
	rec.SrcPackets, rec.DstPackets = r.Count(row.OrigPkts), r.Count(row.RespPkts)
	if r.Bad() != nil {
		return
	}
	if rec.Proto == protoTCP {
		rec.SrcFlags, rec.DstFlags = flags(r.Raw(row.History))
	}
	rec.State = state(&rec, r.Raw(row.State))
	m := meta{time: rec.First, uid: d.hash(r.Raw(row.UID)), kind: Conn}
	rec.Service, m.want = service(r.List(row.Service))
	if r.Log.Open || d.open {
		rec.Kind = flow.KindSnapshot
		m.time = rec.Last // when it was taken
	}
	c.Records, c.meta = append(c.Records, rec), append(c.meta, m)
}

// proto reads a transport's name or number; one that Zeek does not know is 0.
func proto(v []byte, is4 bool) uint8 {
	switch string(v) {
	case "tcp":
		return protoTCP
	case "udp":
		return protoUDP
	case "icmp":
		if is4 {
			return protoICMP
		}
		return protoICMPv6
	case "icmp6":
		return protoICMPv6
	case "sctp":
		return protoSCTP
	}
	n := 0
	for _, c := range v {
		if c < '0' || c > '9' || n > 255 {
			return 0
		}
		n = n*10 + int(c-'0')
	}
	if n > 255 {
		return 0
	}
	return uint8(n)
}

// flags reads a connection's history: capitals are of the originator.
func flags(history []byte) (src, dst uint8) {
	for _, c := range history {
		var f uint8
		switch c | 0x20 {
		case 's':
			f = flow.SYN
		case 'h':
			f = flow.SYN | flow.ACK
		case 'a', 'd':
			f = flow.ACK
		case 'f':
			f = flow.FIN
		case 'r':
			f = flow.RST
		default:
			continue
		}
		if c&0x20 == 0 {
			src |= f
		} else {
			dst |= f
		}
	}
	return src, dst
}

// state says how far an exchange got. Zeek's conn_state has its meaning for TCP;
// of other transports the packets say it better.
func state(rec *flow.Record, v []byte) flow.State {
	answered := rec.DstPackets > 0 || rec.DstBytes > 0
	asked := rec.SrcPackets > 0 || rec.SrcBytes > 0
	if rec.Proto == protoTCP {
		switch string(v) {
		case "SF", "S1", "S2", "S3", "RSTO", "RSTR":
			return flow.StateEstablished
		case "S0", "SH", "RSTOS0": // SYN, then nothing, FIN or RST by the originator itself
			return flow.StateAttempt
		case "REJ", "RSTRH": // RST by the responder
			return flow.StateRefused
		case "SHR", "OTH": // no SYN was seen
			return flow.StateMidstream
		}
	}
	switch {
	case answered && asked:
		return flow.StateEstablished
	case answered:
		return flow.StateMidstream
	case !asked, rec.Proto == protoICMP && rec.SrcPort != 8, rec.Proto == protoICMPv6 && rec.SrcPort != 128:
		return flow.StateUnknown // an ICMP message that expects no answer
	}
	return flow.StateAttempt
}

// service gives the first service of a list that the record knows, and which
// other logs have a line about the exchange.
func service(l row.List) (s flow.Service, want join.Parts) {
	for l.Next() {
		v := l.Value
		if len(v) == 0 || v[0] == '-' { // taken back by the sensor
			continue
		}
		one := serviceOf(v)
		switch one {
		case flow.ServiceTLS, flow.ServiceQUIC:
			want |= join.TLS
		case flow.ServiceHTTP:
			want |= join.Host
		}
		if s == flow.ServiceUnknown || s == flow.ServiceOther {
			s = one
		}
	}
	return s, want
}

// services is the table of the names of services.
var services = sync.OnceValue(func() map[string]flow.Service {
	return map[string]flow.Service{
		"dns": flow.ServiceDNS, "ssl": flow.ServiceTLS, "tls": flow.ServiceTLS, "http": flow.ServiceHTTP, "ntp": flow.ServiceNTP,
		"ssh": flow.ServiceSSH, "quic": flow.ServiceQUIC, "smtp": flow.ServiceSMTP, "imap": flow.ServiceMail, "pop3": flow.ServiceMail,
		"ftp": flow.ServiceFTP, "ftp-data": flow.ServiceFTP, "smb": flow.ServiceSMB, "rdp": flow.ServiceRDP, "rdpeudp": flow.ServiceRDP,
		"dhcp": flow.ServiceDHCP, "sip": flow.ServiceSIP, "snmp": flow.ServiceSNMP, "mqtt": flow.ServiceMQTT,
		"krb": flow.ServiceKerberos, "krb_tcp": flow.ServiceKerberos, "kerberos": flow.ServiceKerberos,
		"ldap": flow.ServiceLDAP, "ldap_tcp": flow.ServiceLDAP, "ldap_udp": flow.ServiceLDAP,
		"mysql": flow.ServiceDatabase, "postgresql": flow.ServiceDatabase, "mongodb": flow.ServiceDatabase, "redis": flow.ServiceDatabase,
	}
})

func serviceOf(v []byte) flow.Service {
	if s, ok := services()[string(v)]; ok {
		return s
	}
	return flow.ServiceOther
}
