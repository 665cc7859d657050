package flow

// Kind says what one record stands for.
type Kind uint8

// The kinds of record.
const (
	// KindFlow is a whole exchange, or all that was seen of it.
	KindFlow Kind = iota
	// KindPart is a slice of an exchange that goes on (active timeout): times
	// and counters are those of the slice.
	KindPart
	// KindSnapshot is an exchange still open (Zeek's open_conn): times and
	// counters run from its start, and a later record of the same exchange
	// replaces it.
	KindSnapshot
	// KindDNS is one DNS transaction; its flow counters may be zero.
	KindDNS
	// KindFacts carries a name, certificate or fingerprint seen in an exchange
	// whose flow record is not at hand, or has no more room; its counters are zero.
	KindFacts
)

// State says how far an exchange got.
type State uint8

// The states of an exchange.
const (
	StateUnknown     State = iota
	StateEstablished       // both sides spoke
	StateAttempt           // nobody answered
	StateRefused           // the responder said no (RST, ICMP unreachable)
	StateMidstream         // the beginning was not seen
)

// Service is the application protocol that the sensor recognised.
type Service uint8

// The services that detectors tell apart.
const (
	ServiceUnknown Service = iota
	ServiceDNS
	ServiceTLS
	ServiceHTTP
	ServiceNTP
	ServiceSSH
	ServiceQUIC
	ServiceSMTP
	ServiceMail // IMAP, POP3
	ServiceFTP
	ServiceSMB
	ServiceRDP
	ServiceDHCP
	ServiceSIP
	ServiceSNMP
	ServiceMQTT
	ServiceKerberos
	ServiceLDAP
	ServiceDatabase
	ServiceOther
)

// TCP flags as they stand in the header's 13th byte (RFC 9293).
const (
	FIN uint8 = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
)

// Text is a piece of a batch's text: a name, a digest, a fingerprint. The zero
// value is no text.
type Text struct {
	Off uint32
	Len uint32
}

// Span is a half-open range of indices [From, To) into one of a batch's lists.
type Span struct{ From, To uint32 }

// Record is one exchange between two endpoints. Source is the one that began it
// as far as the sensor could tell. It holds no pointer: names stand in the
// batch beside it.
//
// Invariant 5: a field that is not here and in fields.toml cannot be filled.
type Record struct {
	First, Last            int64 // ns since 1970-01-01 UTC
	Src, Dst               Addr
	SrcBytes, DstBytes     uint64 // octets at the IP layer sent by each side
	SrcPackets, DstPackets uint64
	Sampling               uint32 // one of this many packets was seen; 0 and 1 mean all
	Link                   uint32 // observation point, 0 when unknown
	DNS                    uint32 // 1 + index in Batch.DNS, 0 for none
	TLS                    uint32 // 1 + index in Batch.TLS, 0 for none
	Signature              uint32 // number of a matched published signature, 0 for none
	Host                   Text   // HTTP Host header, lower case, without port
	SrcPort, DstPort       uint16 // for ICMP: type and code
	Proto                  uint8  // IANA protocol number
	SrcFlags, DstFlags     uint8  // TCP flags seen from each side, ORed
	Kind                   Kind
	State                  State
	Service                Service
	Pseudonyms             uint8 // which of Src and Dst are pseudonyms: PseudonymSrc, PseudonymDst
}

// Bits of [Record.Pseudonyms]. An address that bears its bit is no address of any
// network: nobody may place it, look it up or send anything to it.
const (
	PseudonymSrc uint8 = 1 << iota
	PseudonymDst
)

// NoRcode is [DNS.Rcode] of a question that nobody answered.
const NoRcode = 0xffff

// DNS is one question and what came back. TXT and NULL data are never held.
type DNS struct {
	Question Text   // lower case, without the final dot
	Type     uint16 // IANA RR type
	Rcode    uint16 // response code, NoRcode when unanswered
	Answers  Span   // into Batch.Answers
}

// Answer is an address or a name that a DNS answer gave.
type Answer struct {
	Addr      Addr   // A, AAAA
	Name      Text   // CNAME, NS, PTR, MX, SRV target
	TTL       uint32 // seconds
	Type      uint16
	Pseudonym uint8 // 1: Addr is a pseudonym
}

// TLS holds the facts of a handshake that both sides sent in clear, or, in QUIC's
// Initial packets, under a key that everyone can derive.
type TLS struct {
	SNI       Text // lower case
	JA3       Text // hex MD5
	JA4       Text
	Digest    Text // SHA-256 (else SHA-1) of the leaf certificate, hex
	Subject   Text
	Issuer    Text
	Names     Span  // subject alternative names, into Batch.Names
	NotBefore int64 // ns since 1970-01-01 UTC, 0 when unknown
	NotAfter  int64
	Version   uint16 // as on the wire, 0x0304 is TLS 1.3
}
