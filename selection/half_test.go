package selection

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
)

func TestDirections(t *testing.T) {
	d, err := DirectionsOf([]regime.Direction{"inbound", "transit"})
	if err != nil || !d.Has(direction.Inbound) || !d.Has(direction.Transit) || d.Has(direction.Outbound) || d.Has(direction.Domestic) || d.Has(direction.Unknown) || d.Has(99) {
		t.Errorf("%b, %v", d, err)
	}
	for _, bad := range []regime.Direction{"domestic", "unknown", "", "everywhere"} {
		if _, err := DirectionsOf([]regime.Direction{"inbound", bad}); err == nil {
			t.Errorf("%q is permitted", bad)
		}
	}
	if every := Directions(255); every.Has(direction.Domestic) || every.Has(direction.Unknown) {
		t.Error("bits of domestic or unknown count")
	}
}

// everything is a record in which every field of every part is set.
func everything() *flow.Batch {
	b := &flow.Batch{}
	text := func(s string) flow.Text { return b.AddText([]byte(s)) }
	b.Answers = []flow.Answer{{Addr: addr("192.0.2.1"), Name: text("answer"), Type: 1, TTL: 9}}
	b.Names = []flow.Text{text("certname")}
	b.Records = []flow.Record{{
		First: 1, Last: 2, Src: addr("192.0.2.7"), Dst: addr("198.51.100.7"), SrcBytes: 11, DstBytes: 22, SrcPackets: 1, DstPackets: 2,
		Sampling: 5, Link: 7, Signature: 8, Host: text("host"), SrcPort: 1000, DstPort: 443, Proto: 6, SrcFlags: 3, DstFlags: 5,
		Kind: flow.KindPart, State: flow.StateEstablished, Service: flow.ServiceTLS, Pseudonyms: 0,
		DNS: b.AddDNS(flow.DNS{Question: text("question"), Type: 1, Rcode: 3, Answers: flow.Span{From: 0, To: 1}}),
		TLS: b.AddTLS(flow.TLS{SNI: text("sni"), JA3: text("ja3"), JA4: text("ja4"), Digest: text("digest"), Subject: text("subject"), Issuer: text("issuer"), Names: flow.Span{From: 0, To: 1}, NotBefore: 1, NotAfter: 2, Version: 4}),
	}}
	return b
}

// filled lists what of a record says something, by field.
func filled(b *flow.Batch) []string {
	var list []string
	walk := func(name string, v reflect.Value) {
		for i := range v.NumField() {
			if f := v.Field(i); !f.IsZero() && (v.Type().Field(i).Name != "Rcode" || f.Uint() != flow.NoRcode) {
				list = append(list, name+v.Type().Field(i).Name)
			}
		}
	}
	r := &b.Records[0]
	walk("", reflect.ValueOf(*r))
	walk("DNS.", reflect.ValueOf(*b.DNSOf(r)))
	walk("TLS.", reflect.ValueOf(*b.TLSOf(r)))
	return list
}

// TestInvariant06_TheUnwarrantedHalfIsGone: field by field, for each class and scope.
func TestInvariant06_TheUnwarrantedHalfIsGone(t *testing.T) {
	both := strings.Fields("First Last Src Dst Sampling Link DNS TLS SrcPort DstPort Proto Kind Service DNS.Question DNS.Type")
	src := strings.Fields("SrcBytes SrcPackets SrcFlags Host TLS.SNI TLS.JA3 TLS.JA4")
	dst := strings.Fields("DstBytes DstPackets DstFlags DNS.Rcode DNS.Answers TLS.Digest TLS.Subject TLS.Issuer TLS.Names TLS.NotBefore TLS.NotAfter TLS.Version")
	whole := strings.Fields("Signature State")
	of := func(parts ...[]string) map[string]bool {
		m := map[string]bool{}
		for _, p := range parts {
			for _, f := range p {
				m[f] = true
			}
		}
		return m
	}
	for c := direction.Unknown; c <= direction.Domestic; c++ {
		for permitted := range Directions(32) {
			b := everything()
			kept := Zero(b, &b.Records[0], c, permitted)
			s, d := Halves(c)
			var want map[string]bool
			switch keepSrc, keepDst := permitted.Has(s), permitted.Has(d); {
			case keepSrc && keepDst:
				want = of(both, src, dst, whole)
			case keepSrc:
				want = of(both, src)
			case keepDst:
				want = of(both, dst)
			}
			if !kept {
				if len(want) > 0 {
					t.Errorf("%s under %05b: dropped", c, permitted)
				}
				if b.Records[0] != (flow.Record{}) || b.DNS[0] != (flow.DNS{}) || b.TLS[0] != (flow.TLS{}) {
					t.Errorf("%s under %05b: something is left: %+v", c, permitted, b.Records[0])
				}
				continue
			}
			got := of(filled(b))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s under %05b (-want +got):\n%s", c, permitted, diff)
			}
		}
	}
}

// TestHalfSaysNothingOfTheOther: two exchanges that differ only in what is not permitted
// look the same afterwards.
func TestHalfSaysNothingOfTheOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom([]direction.Class{direction.Inbound, direction.Outbound}).Draw(t, "class")
		permitted := Directions(1 << rapid.SampledFrom([]direction.Class{direction.Inbound, direction.Outbound}).Draw(t, "permitted"))
		src, _ := Halves(c)
		keepSrc := permitted.Has(src)
		a, b := everything(), everything()
		r, d, x := &b.Records[0], &b.DNS[0], &b.TLS[0]
		if keepSrc {
			r.DstBytes, r.DstPackets, r.DstFlags = rapid.Uint64().Draw(t, "bytes"), rapid.Uint64().Draw(t, "packets"), rapid.Uint8().Draw(t, "flags")
			d.Rcode, x.Version = rapid.Uint16().Draw(t, "rcode"), rapid.Uint16().Draw(t, "version")
			if rapid.Bool().Draw(t, "silent") {
				d.Answers, x.Digest, x.Subject, x.Issuer, x.Names, x.NotBefore, x.NotAfter = flow.Span{}, flow.Text{}, flow.Text{}, flow.Text{}, flow.Span{}, 0, 0
			}
		} else {
			r.SrcBytes, r.SrcPackets, r.SrcFlags = rapid.Uint64().Draw(t, "bytes"), rapid.Uint64().Draw(t, "packets"), rapid.Uint8().Draw(t, "flags")
			if rapid.Bool().Draw(t, "silent") {
				r.Host, x.SNI, x.JA3, x.JA4 = flow.Text{}, flow.Text{}, flow.Text{}, flow.Text{}
			}
		}
		r.State = flow.State(rapid.IntRange(0, 4).Draw(t, "state"))
		keptA, keptB := Zero(a, &a.Records[0], c, permitted), Zero(b, r, c, permitted)
		if sa, sb := fmt.Sprint(flow.AppendBatch(nil, a)), fmt.Sprint(flow.AppendBatch(nil, b)); keptA != keptB || sa != sb {
			t.Errorf("%s under %b: what is left tells them apart", c, permitted)
		}
	})
}

// TestNothingSentNothingLeft: where the permitted side said nothing, the record goes.
func TestNothingSentNothingLeft(t *testing.T) {
	in := Directions(1 << direction.Inbound)
	for name, tt := range map[string]struct {
		class direction.Class
		r     flow.Record
		dns   *flow.DNS
		tls   *flow.TLS
		want  bool
	}{
		"outbound, nobody answered":          {direction.Outbound, flow.Record{SrcPackets: 3, SrcBytes: 180}, nil, nil, false},
		"outbound, answered":                 {direction.Outbound, flow.Record{SrcPackets: 3, DstPackets: 1}, nil, nil, true},
		"inbound, nobody answered":           {direction.Inbound, flow.Record{SrcPackets: 3}, nil, nil, true},
		"outbound question without answer":   {direction.Outbound, flow.Record{}, &flow.DNS{Rcode: flow.NoRcode}, nil, false},
		"outbound question with an answer":   {direction.Outbound, flow.Record{}, &flow.DNS{}, nil, true},
		"outbound hello without certificate": {direction.Outbound, flow.Record{}, nil, &flow.TLS{SNI: flow.Text{Len: 1}}, false},
		"outbound hello with a version":      {direction.Outbound, flow.Record{}, nil, &flow.TLS{Version: 1}, true},
		"inbound ping":                       {direction.Inbound, flow.Record{Proto: 1, SrcPackets: 1, SrcPort: 8}, nil, nil, true},
	} {
		b := &flow.Batch{Text: []byte("x"), Records: []flow.Record{tt.r}}
		if tt.dns != nil {
			b.Records[0].DNS = b.AddDNS(*tt.dns)
		}
		if tt.tls != nil {
			b.Records[0].TLS = b.AddTLS(*tt.tls)
		}
		if got := Zero(b, &b.Records[0], tt.class, in); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	b := &flow.Batch{Records: []flow.Record{{Proto: 1, SrcPackets: 1, DstPackets: 1, SrcPort: 8}}}
	if !Zero(b, &b.Records[0], direction.Outbound, in) || b.Records[0].SrcPort != 0 {
		t.Error("the type of what the source sent is left of the other half")
	}
}
