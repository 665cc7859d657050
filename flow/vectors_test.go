package flow_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"net/netip"
	"os"
	"testing"

	"github.com/noroshi-acd/noroshi/flow"
)

func addr(s string) flow.Addr { return flow.AddrFrom(netip.MustParseAddr(s)) }

// fullBatch has a plain flow, a DNS transaction and a TLS exchange: every field
// of every struct is set somewhere.
func fullBatch() *flow.Batch {
	b := &flow.Batch{}
	const at = 1_790_000_000_000_000_000
	b.Records = append(b.Records, flow.Record{
		First: at, Last: at + 12_345_678_901, Src: addr("192.0.2.17"), Dst: addr("198.51.100.4"),
		SrcPort: 50123, DstPort: 80, Proto: 6, SrcBytes: 1432, DstBytes: 90211, SrcPackets: 14, DstPackets: 71,
		SrcFlags: flow.SYN | flow.ACK | flow.PSH | flow.FIN, DstFlags: flow.SYN | flow.ACK, State: flow.StateEstablished, Service: flow.ServiceHTTP,
		Sampling: 1000, Link: 7, Signature: 2_034_567, Host: b.AddName([]byte("www.example.net")),
	})
	d := flow.DNS{Question: b.AddName([]byte("mail.example.org")), Type: 28, Rcode: 3}
	b.Answers = append(b.Answers,
		flow.Answer{Type: 5, TTL: 300, Name: b.AddName([]byte("mx.example.net"))},
		flow.Answer{Type: 28, TTL: 60, Addr: addr("2001:db8::25")},
		flow.Answer{Type: 1, Addr: addr("203.0.113.25")})
	d.Answers = flow.Span{From: 0, To: 3}
	b.Records = append(b.Records, flow.Record{
		First: at + 5e9, Last: at + 5e9 + 20e6, Src: addr("2001:db8::1"), Dst: addr("2001:db8::53"), SrcPort: 40001, DstPort: 53, Proto: 17,
		Kind: flow.KindDNS, State: flow.StateEstablished, Service: flow.ServiceDNS, DNS: b.AddDNS(d),
	})
	x := flow.TLS{
		SNI: b.AddName([]byte("shop.example.com")), JA3: b.AddText([]byte("e7d705a3286e19ea42f587b344ee6865")),
		JA4: b.AddText([]byte("t13d1516h2_8daaf6152771_e5627efa2ab1")), Digest: b.AddText([]byte("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")),
		Subject: b.AddText([]byte("CN=shop.example.com")), Issuer: b.AddText([]byte("CN=Example CA,O=Example")),
		NotBefore: 1_780_000_000e9, NotAfter: 1_795_000_000e9, Version: 0x0304,
	}
	b.Names = append(b.Names, b.AddText([]byte("shop.example.com")), b.AddText([]byte("*.example.com")))
	x.Names = flow.Span{From: 0, To: 2}
	b.Records = append(b.Records, flow.Record{
		First: at + 6e9, Last: at + 9e9, Src: addr("192.0.2.17"), Dst: addr("203.0.113.9"), SrcPort: 50124, DstPort: 443, Proto: 6,
		SrcBytes: 900, DstBytes: 5200, SrcPackets: 9, DstPackets: 8, Kind: flow.KindPart, State: flow.StateMidstream, Service: flow.ServiceTLS, TLS: b.AddTLS(x),
	})
	return b
}

// makeVectors gives the inputs of testdata/vectors.json; what becomes of them is
// filled in by writeVectors.
func makeVectors() []vector {
	of := func(rs ...flow.Record) string {
		return hex.EncodeToString(flow.AppendBatch(nil, &flow.Batch{Records: rs, DNS: []flow.DNS{{}, {Rcode: flow.NoRcode}}, TLS: []flow.TLS{{}}}))
	}
	v6 := "2001:db8::"
	return []vector{
		{Name: "no record", Hex: "01"},
		{Name: "record of defaults", Hex: "0100"},
		{Name: "two records of defaults", Hex: "010000"},
		{Name: "every field", Hex: hex.EncodeToString(flow.AppendBatch(nil, fullBatch()))},
		{Name: "time before 1970", Hex: of(flow.Record{First: -1, Last: -1})},
		{Name: "last before first", Hex: of(flow.Record{First: 5, Last: 3})},
		{Name: "last wraps around", Hex: of(flow.Record{First: math.MinInt64, Last: math.MaxInt64})},
		{Name: "IPv4 0.0.0.0 is not the unknown address", Hex: of(flow.Record{Src: addr("0.0.0.0"), Dst: addr("::1")})},
		{Name: "IPv6", Hex: of(flow.Record{Src: addr(v6 + "1"), Dst: addr(v6 + "ffff")})},
		{Name: "highest octets and packets", Hex: of(flow.Record{SrcBytes: 1<<53 - 1, DstPackets: 1<<53 - 1})},
		{Name: "lengths of 127 and 128", Hex: long(127) + long(128)[2:]},
		{Name: "DNS part of defaults", Hex: of(flow.Record{DNS: 1})},
		{Name: "DNS question that nobody answered", Hex: of(flow.Record{Kind: flow.KindDNS, DNS: 2})},
		{Name: "TLS part of defaults", Hex: of(flow.Record{TLS: 1})},
		{Name: "list with an empty answer", Hex: "01051503040100"},
		{Name: "list with an empty name", Hex: "01051603080100"},

		{Name: "both ends are pseudonyms", Hex: of(flow.Record{Src: addr(v6 + "1"), Dst: addr(v6 + "2"), Pseudonyms: flow.PseudonymSrc | flow.PseudonymDst})},
		{Name: "an answer is a pseudonym", Hex: "010715050403020501"},

		{Name: "example of the specification", Hex: "010e010602040304c6336404055015" + "00"},

		{Name: "refuse nothing at all", Hex: ""},
		{Name: "refuse another version", Hex: "0200"},
		{Name: "refuse a record past the end", Hex: "010307"},
		{Name: "refuse a number past the end", Hex: "01020580"},
		{Name: "refuse a field without value", Hex: "010105"},
		{Name: "refuse a number in a longer form", Hex: "0103058100"},
		{Name: "refuse a length in a longer form", Hex: "018000"},
		{Name: "refuse a number of 65 bits", Hex: "010b0880808080808080808002"},
		{Name: "refuse a number that goes on for ever", Hex: "010c08ffffffffffffffffffffff"},
		{Name: "refuse a zero", Hex: "01020500"},
		{Name: "refuse a port beyond 65535", Hex: "010405808004"},
		{Name: "refuse an unknown kind", Hex: "01020e05"},
		{Name: "refuse pseudonyms beyond both ends", Hex: "01021704"},
		{Name: "refuse a pseudonym of an answer that is neither yes nor no", Hex: "010715050403020502"},
		{Name: "refuse a field twice", Hex: "010405010501"},
		{Name: "refuse fields out of order", Hex: "010406010501"},
		{Name: "refuse field 0", Hex: "01020001"},
		{Name: "refuse an unknown field", Hex: "01021801"},
		{Name: "refuse an IPv4 address in 16 bytes", Hex: "01120310" + "00000000000000000000ffffc0000201"},
		{Name: "refuse the unknown address written out", Hex: "01120310" + "00000000000000000000000000000000"},
		{Name: "refuse an address of 5 bytes", Hex: "01070305c000020101"},
		{Name: "refuse an empty text", Hex: "01021400"},
		{Name: "refuse a text past the end of its record", Hex: "0103140277" + "77"},
		{Name: "refuse a part past the end of its record", Hex: "0102150401"},
		{Name: "refuse an empty list", Hex: "010415020400"},
		{Name: "refuse an answer past the end of its list", Hex: "01061504040205ff"},
		{Name: "refuse an unknown field of an answer", Hex: "01071505040302" + "0601"},
		{Name: "refuse a record cut within a part", Hex: "0103150201"},
		{Name: "refuse the second record", Hex: "0100020500"},
	}
}

// long is a batch of one record with a host of n bytes.
func long(n int) string {
	b := &flow.Batch{}
	host := make([]byte, n)
	for i := range host {
		host[i] = 'a'
	}
	b.Records = []flow.Record{{Host: b.AddText(host)}}
	return hex.EncodeToString(flow.AppendBatch(nil, b))
}

func writeVectors(t *testing.T, file string) {
	vectors := makeVectors()
	for i := range vectors {
		v := &vectors[i]
		enc, err := hex.DecodeString(v.Hex)
		if err != nil {
			t.Fatalf("%s: %v", v.Name, err)
		}
		var b flow.Batch
		err = flow.DecodeBatch(enc, &b)
		var e *flow.DecodeError
		if errors.As(err, &e) {
			v.Refused = &refusal{e.Offset, e.Record, e.Reason.String()}
		}
		v.Records = flat(&b)
	}
	data, err := json.MarshalIndent(vectors, "", " ")
	if err == nil {
		err = os.WriteFile(file, append(data, '\n'), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
