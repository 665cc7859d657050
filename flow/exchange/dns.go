package exchange

import "sync"

// DNS types (RFC 1035 and later) whose answers a record may hold.
const (
	TypeA     = 1
	TypeNS    = 2
	TypeCNAME = 5
	TypePTR   = 12
	TypeMX    = 15
	TypeAAAA  = 28
	TypeSRV   = 33
	TypeSVCB  = 64
	TypeHTTPS = 65
)

// types is the table of the names of DNS types.
var types = sync.OnceValue(func() map[string]uint16 {
	return map[string]uint16{
		"A": TypeA, "NS": TypeNS, "CNAME": TypeCNAME, "SOA": 6, "WKS": 11, "NULL": 10, "PTR": TypePTR, "HINFO": 13, "MX": TypeMX, "TXT": 16,
		"RP": 17, "AFSDB": 18, "SIG": 24, "KEY": 25, "AAAA": TypeAAAA, "LOC": 29, "NB": 32, "SRV": TypeSRV, "NAPTR": 35, "CERT": 37,
		"DNAME": 39, "OPT": 41, "DS": 43, "SSHFP": 44, "RRSIG": 46, "NSEC": 47, "DNSKEY": 48, "NSEC3": 50, "NSEC3PARAM": 51, "TLSA": 52,
		"CDS": 59, "CDNSKEY": 60, "SVCB": TypeSVCB, "HTTPS": TypeHTTPS, "SPF": 99, "TKEY": 249, "TSIG": 250, "IXFR": 251, "AXFR": 252,
		"*": 255, "ANY": 255, "URI": 256, "CAA": 257,
	}
})

// RRType reads the name of a DNS type, in upper case.
func RRType(v []byte) (n uint16, ok bool) {
	n, ok = types()[string(v)]
	return n, ok
}

// rcodes is the table of the names of DNS response codes.
var rcodes = sync.OnceValue(func() map[string]uint16 {
	return map[string]uint16{
		"NOERROR": 0, "FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "NOTIMP": 4, "REFUSED": 5, "YXDOMAIN": 6, "YXRRSET": 7,
		"NXRRSET": 8, "NOTAUTH": 9, "NOTZONE": 10, "BADVERS": 16, "BADSIG": 16, "BADVERS/BADSIG": 16, "BADKEY": 17, "BADTIME": 18,
		"BADMODE": 19, "BADNAME": 20, "BADALG": 21, "BADTRUNC": 22, "BADCOOKIE": 23,
	}
})

// Rcode reads the name of a DNS response code, in upper case.
func Rcode(v []byte) (n uint16, ok bool) {
	n, ok = rcodes()[string(v)]
	return n, ok
}
