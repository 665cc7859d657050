package eve

import (
	"bytes"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/exchange"
	"github.com/noroshi-acd/noroshi/flow/jsontext"
	"github.com/noroshi-acd/noroshi/flow/scalar"
)

const (
	maxSubject  = 1024 // bytes of a certificate's subject or issuer; the rest is cut
	maxAltNames = 64   // names of one certificate
)

// tlsEvent reads the facts of a handshake, in a tls or quic event.
func (r *Reader) tlsEvent(e *event, v []byte, s flow.Service) {
	rec := e.ends()
	if e.bad != nil {
		return
	}
	b := &r.facts
	b.Reset()
	rec.Kind, rec.Service = flow.KindFacts, s
	var t flow.TLS
	if s == flow.ServiceQUIC {
		t.Version = 0x0304 // QUIC has no other
	}
	told := false
	for o := jsontext.Open(v); o.Next(); {
		if e.handshake(b, &t, &o) {
			told = true
		}
	}
	if !told {
		return
	}
	rec.TLS = b.AddTLS(t)
	r.join.TLS(r.window.In(), b, &rec, r.uid(e), 0)
}

// handshake reads one member of a tls or quic object. It says whether it told
// anything.
func (e *event) handshake(b *flow.Batch, t *flow.TLS, o *jsontext.Object) bool {
	v := o.Value
	switch string(o.Key) {
	case "sni":
		t.SNI = b.AddName(scalar.Host(e.text(v)))
		return t.SNI.Len > 0
	case "ja3":
		t.JA3 = ja3(b, v)
		return t.JA3.Len > 0
	case "ja4":
		if len(v) <= 40 && scalar.HostName(v) {
			t.JA4 = b.AddText(v)
		}
		return t.JA4.Len > 0
	case "version":
		if n := version(v); n != 0 {
			t.Version = n
		}
		return false
	}
	return e.certificate(b, t, o)
}

// certificate is handshake for what the server's certificate says.
func (e *event) certificate(b *flow.Batch, t *flow.TLS, o *jsontext.Object) bool {
	v := o.Value
	switch string(o.Key) {
	case "subject":
		t.Subject = b.AddText(cut(e.text(v)))
	case "issuerdn":
		t.Issuer = b.AddText(cut(e.text(v)))
	case "fingerprint":
		t.Digest = digest(b, v)
	case "notbefore":
		t.NotBefore = validity(v)
	case "notafter":
		t.NotAfter = validity(v)
	case "subjectaltname":
		t.Names = e.altNames(b, v)
	default:
		return false
	}
	return v != nil
}

// ja3 keeps the hash and not the text that it is of.
func ja3(b *flow.Batch, v []byte) flow.Text {
	for o := jsontext.Open(v); o.Next(); {
		if string(o.Key) == "hash" && len(o.Value) == 32 && scalar.Hexadecimal(o.Value) {
			return b.AddName(o.Value)
		}
	}
	return flow.Text{}
}

func (e *event) altNames(b *flow.Batch, v []byte) flow.Span {
	s := flow.Span{From: uint32(len(b.Names))}
	if len(v) > 0 && v[0] == '[' {
		v = v[1:]
		for len(b.Names)-int(s.From) < maxAltNames {
			name, rest, ok := jsontext.Element(v)
			if !ok {
				break
			}
			v = rest
			if len(name) <= scalar.MaxName && scalar.HostName(bytes.TrimPrefix(name, []byte("*."))) {
				b.Names = append(b.Names, b.AddName(name))
			}
		}
	}
	s.To = uint32(len(b.Names))
	return s
}

// version reads the name of a version of TLS as the number on the wire.
func version(v []byte) uint16 {
	if bytes.HasPrefix(v, []byte("TLS 1.3")) { // or a draft of it
		return 0x0304
	}
	switch string(v) {
	case "TLS 1.2":
		return 0x0303
	case "TLS 1.1":
		return 0x0302
	case "TLSv1", "TLS 1.0":
		return 0x0301
	case "SSLv3":
		return 0x0300
	case "SSLv2":
		return 0x0002
	}
	return 0
}

// digest keeps a SHA-1 or SHA-256, written in hexadecimal with or without colons.
func digest(b *flow.Batch, v []byte) flow.Text {
	var hex [64]byte
	n := 0
	for _, c := range v {
		if c == ':' {
			continue
		}
		if n == len(hex) {
			return flow.Text{}
		}
		hex[n] = c
		n++
	}
	if n != 40 && n != 64 || !scalar.Hexadecimal(hex[:n]) {
		return flow.Text{}
	}
	return b.AddName(hex[:n])
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

// httpEvent reads the host of a request and nothing else.
func (r *Reader) httpEvent(e *event) {
	rec := e.ends()
	if e.bad != nil {
		return
	}
	b := &r.facts
	b.Reset()
	rec.Kind, rec.Service = flow.KindFacts, flow.ServiceHTTP
	if rec.Proto == 0 {
		rec.Proto = exchange.TCP
	}
	for o := jsontext.Open(e.http); o.Next(); {
		if string(o.Key) == "hostname" {
			rec.Host = b.AddName(scalar.Host(e.text(o.Value)))
		}
	}
	r.join.Host(r.window.In(), b, &rec, r.uid(e))
}
