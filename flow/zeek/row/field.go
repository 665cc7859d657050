package row

import "sync"

// Field is a column that this package reads.
type Field uint8

// The columns, by log. The unexported ones only tell logs apart.
const (
	none Field = iota
	TS
	UID
	OrigH
	OrigP
	RespH
	RespP
	Proto
	Service // conn
	Duration
	OrigBytes
	RespBytes
	State
	History
	OrigPkts
	OrigIPBytes
	RespPkts
	RespIPBytes
	Query // dns
	QType
	QTypeName
	RCode
	RTT
	Answers
	TTLs
	Host    // http
	Version // ssl
	ServerName
	JA3
	JA4
	Subject
	Issuer
	CertFPs
	CertFUIDs
	CertID // x509
	Fingerprint
	CertSubject
	CertIssuer
	NotBefore
	NotAfter
	SANDNS
	cipher
	established
	transDepth
	pathField
	numFields
)

// set is a set of fields, one bit each.
type set uint64

func (s set) any(fields ...Field) bool {
	for _, f := range fields {
		if s&(1<<f) != 0 {
			return true
		}
	}
	return false
}

// names lists the columns in the order of the constants.
func names() [numFields]string {
	return [numFields]string{
		"", "ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto",
		"service", "duration", "orig_bytes", "resp_bytes", "conn_state", "history",
		"orig_pkts", "orig_ip_bytes", "resp_pkts", "resp_ip_bytes",
		"query", "qtype", "qtype_name", "rcode", "rtt", "answers", "TTLs",
		"host", "version", "server_name", "ja3", "ja4", "subject", "issuer",
		"cert_chain_fps", "cert_chain_fuids", "id", "fingerprint",
		"certificate.subject", "certificate.issuer",
		"certificate.not_valid_before", "certificate.not_valid_after", "san.dns",
		"cipher", "established", "trans_depth", "_path",
	}
}

// byName finds a column by its name; some exporters write "_" for ".".
var byName = sync.OnceValue(func() map[string]Field {
	m := map[string]Field{
		"id_orig_h": OrigH, "id_orig_p": OrigP, "id_resp_h": RespH, "id_resp_p": RespP,
		"certificate_subject": CertSubject, "certificate_issuer": CertIssuer,
		"certificate_not_valid_before": NotBefore, "certificate_not_valid_after": NotAfter,
		"san_dns": SANDNS,
	}
	for f, name := range names() {
		if f != 0 {
			m[name] = Field(f)
		}
	}
	return m
})

// String gives the column's name in the log.
func (f Field) String() string { return names()[f] }
