package zeek

import (
	"bytes"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/exchange"
	"github.com/noroshi-acd/noroshi/flow/join"
	"github.com/noroshi-acd/noroshi/flow/scalar"
	"github.com/noroshi-acd/noroshi/flow/zeek/row"
)

const (
	maxSubject  = 1024 // bytes of a certificate's subject or issuer; the rest is cut
	maxAltNames = 64   // names of one certificate
	maxAnswers  = 256  // answers to one question
)

// typeUnknown is of a question whose type's name says nothing: its answers are not
// kept.
const typeUnknown = 0xffff

func (d *decoder) dns(r *row.Row, c *chunk) {
	r.Need(row.TS, row.OrigH, row.RespH)
	rec := ends(r)
	extend(r, &rec, row.RTT)
	rec.Kind, rec.Service = flow.KindDNS, flow.ServiceDNS
	if rec.Proto = exchange.Proto(r.Raw(row.Proto), true); rec.Proto == 0 {
		rec.Proto = exchange.UDP
	}
	p := flow.DNS{Type: r.Port(row.QType), Rcode: flow.NoRcode}
	if !r.Has(row.QType) {
		p.Type = typeByName(r.Raw(row.QTypeName))
	}
	if r.Has(row.RCode) {
		p.Rcode = r.Port(row.RCode)
	}
	query := r.Text(row.Query)
	if len(bytes.TrimSuffix(query, []byte("."))) > scalar.MaxName {
		r.Flaw(row.Query, "zeek.value.name", "max", scalar.MaxName)
	}
	if r.Bad() != nil {
		return
	}
	p.Question = c.AddName(query)
	p.Answers = answers(r, c, p.Type)
	if p.Type == typeUnknown {
		p.Type = 0
	}
	rec.DNS = c.AddDNS(p)
	c.Records = append(c.Records, rec)
	c.meta = append(c.meta, meta{time: rec.First, uid: d.hash(r.Raw(row.UID)), kind: DNS})
}

// answers adds the addresses and host names among the answers. What an answer is
// the log does not say; so a text that looks like an address or a name is
// believed only if the question cannot have been answered with text.
func answers(r *row.Row, c *chunk, qtype uint16) flow.Span {
	s := flow.Span{From: uint32(len(c.Answers)), To: uint32(len(c.Answers))}
	nameType := uint16(exchange.TypeCNAME)
	switch qtype {
	case exchange.TypeA, exchange.TypeAAAA, exchange.TypeCNAME, exchange.TypeSVCB, exchange.TypeHTTPS:
	case exchange.TypeNS, exchange.TypePTR, exchange.TypeMX, exchange.TypeSRV:
		nameType = qtype
	case 0:
		nameType = 0 // the question is not known: addresses only
	default:
		return s
	}
	ttl := r.List(row.TTLs)
	for l := r.List(row.Answers); l.Next() && s.To-s.From < maxAnswers; {
		a := flow.Answer{}
		if ttl.Next() {
			if ns, ok := scalar.Seconds(ttl.Value); ok {
				a.TTL = uint32(min(ns/1e9, 1<<32-1))
			}
		}
		if addr, ok := scalar.IP(l.Value); ok {
			a.Addr, a.Type = addr, exchange.TypeAAAA
			if addr.Is4() {
				a.Type = exchange.TypeA
			}
		} else if nameType != 0 && scalar.HostName(l.Value) {
			a.Name, a.Type = c.AddName(l.Value), nameType
		} else {
			continue
		}
		c.Answers = append(c.Answers, a)
		s.To++
	}
	return s
}

func typeByName(v []byte) uint16 {
	if n, ok := exchange.RRType(v); ok || len(v) == 0 {
		return n
	}
	return typeUnknown
}

func (d *decoder) ssl(r *row.Row, c *chunk) {
	r.Need(row.TS)
	rec := ends(r)
	if r.Bad() != nil {
		return
	}
	rec.Kind, rec.Service, rec.Proto = flow.KindFacts, flow.ServiceTLS, exchange.TCP
	t := flow.TLS{Version: version(r.Raw(row.Version))}
	if t.Version>>8 == 0xfe {
		rec.Proto = exchange.UDP
	}
	if v := r.Text(row.ServerName); scalar.Host(v) != nil {
		t.SNI = c.AddName(v)
	}
	if v := r.Raw(row.JA3); len(v) == 32 && scalar.Hexadecimal(v) {
		t.JA3 = c.AddName(v)
	}
	if v := r.Raw(row.JA4); len(v) <= 40 && scalar.HostName(v) {
		t.JA4 = c.AddText(v)
	}
	t.Subject = c.AddText(cut(r.Text(row.Subject)))
	t.Issuer = c.AddText(cut(r.Text(row.Issuer)))
	m := meta{time: rec.First - join.Lead, uid: d.hash(r.Raw(row.UID)), kind: SSL}
	if l := r.List(row.CertFPs); l.Next() {
		m.cert = d.hash(l.Value)
		t.Digest = digest(c, l.Value)
	} else if l := r.List(row.CertFUIDs); l.Next() {
		m.cert = d.hash(l.Value)
	}
	rec.TLS = c.AddTLS(t)
	c.Records, c.meta = append(c.Records, rec), append(c.meta, m)
}

func (d *decoder) x509(r *row.Row, c *chunk) {
	r.Need(row.TS)
	rec := flow.Record{First: r.Time(row.TS), Kind: flow.KindFacts}
	t := flow.TLS{NotBefore: validity(r.Raw(row.NotBefore)), NotAfter: validity(r.Raw(row.NotAfter))}
	id := r.Raw(row.CertID)
	if id == nil {
		r.Need(row.Fingerprint)
		id = r.Raw(row.Fingerprint)
	}
	if r.Bad() != nil {
		return
	}
	t.Digest = digest(c, r.Raw(row.Fingerprint))
	t.Subject = c.AddText(cut(r.Text(row.CertSubject)))
	t.Issuer = c.AddText(cut(r.Text(row.CertIssuer)))
	t.Names.From = uint32(len(c.Names))
	for l := r.List(row.SANDNS); l.Next() && len(c.Names)-int(t.Names.From) < maxAltNames; {
		if scalar.HostName(bytes.TrimPrefix(l.Value, []byte("*."))) && len(l.Value) <= scalar.MaxName {
			c.Names = append(c.Names, c.AddName(l.Value))
		}
	}
	t.Names.To = uint32(len(c.Names))
	rec.TLS = c.AddTLS(t)
	c.Records = append(c.Records, rec)
	c.meta = append(c.meta, meta{time: rec.First - 3*join.Lead, uid: d.hash(id), kind: X509})
}

func (d *decoder) http(r *row.Row, c *chunk) {
	r.Need(row.TS)
	rec := ends(r)
	if r.Bad() != nil {
		return
	}
	rec.Kind, rec.Service, rec.Proto = flow.KindFacts, flow.ServiceHTTP, exchange.TCP
	rec.Host = c.AddName(scalar.Host(r.Text(row.Host)))
	c.Records = append(c.Records, rec)
	c.meta = append(c.meta, meta{time: rec.First - join.Lead, uid: d.hash(r.Raw(row.UID)), kind: HTTP})
}

// version reads the name of a version of TLS as the number on the wire.
func version(v []byte) uint16 {
	switch string(v) {
	case "TLSv13":
		return 0x0304
	case "TLSv12":
		return 0x0303
	case "TLSv11":
		return 0x0302
	case "TLSv10":
		return 0x0301
	case "SSLv3":
		return 0x0300
	case "SSLv2":
		return 0x0002
	case "DTLSv10":
		return 0xfeff
	case "DTLSv12":
		return 0xfefd
	case "DTLSv13":
		return 0xfefc
	}
	return 0
}

// digest keeps a SHA-1 or SHA-256 in hexadecimal and nothing else.
func digest(c *chunk, v []byte) flow.Text {
	if (len(v) != 40 && len(v) != 64) || !scalar.Hexadecimal(v) {
		return flow.Text{}
	}
	return c.AddName(v)
}

// validity reads a certificate's time; one outside 1970 to 2200, which a
// certificate may well claim, is unknown.
func validity(v []byte) int64 {
	if ns, ok := scalar.Instant(v); ok {
		return ns
	}
	return 0
}

func cut(v []byte) []byte { return v[:min(len(v), maxSubject)] }
