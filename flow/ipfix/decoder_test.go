package ipfix_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/ipfix"
	"github.com/noroshi-acd/noroshi/flow/ipfix/ipfixtest"
)

// brief writes what tests look at.
func brief(r *flow.Record) string {
	s := fmt.Sprintf("%v:%d>%v:%d/%d %d/%d", r.Src, r.SrcPort, r.Dst, r.DstPort, r.Proto, r.SrcPackets, r.SrcBytes)
	if r.DstPackets|r.DstBytes > 0 {
		s += fmt.Sprintf(" back %d/%d", r.DstPackets, r.DstBytes)
	}
	if r.SrcFlags|r.DstFlags > 0 {
		s += fmt.Sprintf(" flags %#x %#x", r.SrcFlags, r.DstFlags)
	}
	if r.Sampling > 0 {
		s += fmt.Sprintf(" 1:%d", r.Sampling)
	}
	if r.Kind == flow.KindPart {
		s += " part"
	}
	return s
}

func TestMake(t *testing.T) {
	for _, version := range []uint16{5, 9, 10} {
		datagrams, want := ipfixtest.Make(version, 10_000, 7)
		d := ipfix.NewDecoder(ipfix.Options{})
		var b flow.Batch
		for _, p := range datagrams {
			if err := d.Decode(p, ipfix.Exporter{}, &b); err != nil {
				t.Fatal(err)
			}
		}
		for i := range want {
			want[i].Link = 1
		}
		if diff := cmp.Diff(want, b.Records); diff != "" {
			t.Fatalf("v%d (-want +got):\n%s", version, diff)
		}
		if x := d.Exporters(); len(x) != 1 || x[0].Lost != 0 || x[0].Flows != 10_000 || x[0].Counting == ipfix.CountsUnknown {
			t.Errorf("v%d: %+v", version, x)
		}
	}
}

const exported = 1_700_000_000 // s

// message is of an exporter that started 1,000 s before.
func message(version uint16) ipfixtest.Message {
	return ipfixtest.Message{Version: version, Export: exported, Booted: exported - 1000, Domain: 3}
}

// values makes a record of numbers of the fields' lengths.
func values(list []ipfixtest.Field, v ...uint64) (b []byte) {
	for i, f := range list {
		var w [8]byte
		binary.BigEndian.PutUint64(w[:], v[i])
		switch {
		case f.Length == 16:
			b = append(append(b, 0x20, 1, 0xd, 0xb8), make([]byte, 4)...)
			b = append(b, w[:]...)
		case f.Length > 8:
			b = append(append(b, make([]byte, f.Length-8)...), w[:]...)
		default:
			b = append(b, w[8-f.Length:]...)
		}
	}
	return b
}

type F = ipfixtest.Field

// ends are the usual first fields, and the values of two.
var ends = []F{{ID: 8, Length: 4}, {ID: 12, Length: 4}, {ID: 7, Length: 2}, {ID: 11, Length: 2}, {ID: 4, Length: 1}}

var endValues = []uint64{0x0a000001, 0xc0000201, 40000, 443, 6}

const endText = "10.0.0.1:40000>192.0.2.1:443/6"

func TestElements(t *testing.T) {
	counted := append(append([]F{}, ends...), F{ID: 2, Length: 4}, F{ID: 1, Length: 8})
	v := append(append([]uint64{}, endValues...), 3, 4000)
	const text = endText + " 3/4000"
	for _, c := range []struct {
		name    string
		version uint16
		fields  []F // nil: counted and more
		more    []F
		values  []uint64 // of more, or of fields
		want    string
		first   int64 // ns before the export
		last    int64
	}{
		{name: "no times", want: text},
		{name: "v9", version: 9, want: text},
		{name: "ms", more: []F{{ID: 152, Length: 8}, {ID: 153, Length: 8}}, values: []uint64{exported*1000 - 5500, exported*1000 - 1}, want: text, first: 5.5e9, last: 1e6},
		{name: "s", more: []F{{ID: 150, Length: 4}, {ID: 151, Length: 4}}, values: []uint64{exported - 9, exported - 2}, want: text, first: 9e9, last: 2e9},
		{name: "µs", more: []F{{ID: 154, Length: 8}, {ID: 155, Length: 8}}, values: []uint64{(exported+2208988800-1)<<32 | 1<<31, (exported + 2208988800) << 32}, want: text, first: 5e8},
		{name: "ns before s", more: []F{{ID: 150, Length: 4}, {ID: 156, Length: 8}, {ID: 157, Length: 8}}, values: []uint64{1, (exported + 2208988800 - 3) << 32, (exported+2208988800-1)<<32 | 1<<30}, want: text, first: 3e9, last: 75e7},
		{name: "delta", more: []F{{ID: 158, Length: 4}, {ID: 159, Length: 4}}, values: []uint64{2_000_000, 500}, want: text, first: 2e9, last: 500_000},
		{name: "uptime in v9", version: 9, more: []F{{ID: 22, Length: 4}, {ID: 21, Length: 4}}, values: []uint64{990_000, 999_999}, want: text, first: 1e10, last: 1e6},
		{name: "uptime with the start in the record", more: []F{{ID: 160, Length: 8}, {ID: 22, Length: 4}, {ID: 21, Length: 4}}, values: []uint64{exported*1000 - 50_000, 40_000, 49_000}, want: text, first: 1e10, last: 1e9},
		{name: "uptime without a start", more: []F{{ID: 22, Length: 4}, {ID: 21, Length: 4}}, values: []uint64{math.MaxUint32 - 999, 1000}, want: text, first: 2e9},
		{name: "start and length", more: []F{{ID: 152, Length: 8}, {ID: 161, Length: 4}}, values: []uint64{exported*1000 - 7000, 2000}, want: text, first: 7e9, last: 5e9},
		{name: "end and length in µs", more: []F{{ID: 153, Length: 8}, {ID: 162, Length: 4}}, values: []uint64{exported * 1000, 2000}, want: text, first: 2e6},
		{name: "absurd times", more: []F{{ID: 152, Length: 8}, {ID: 151, Length: 8}}, values: []uint64{math.MaxUint64, math.MaxUint64}, want: text},
		{name: "end before start", more: []F{{ID: 152, Length: 8}, {ID: 153, Length: 8}}, values: []uint64{exported*1000 - 10, exported*1000 - 90}, want: text, first: 9e7, last: 1e7},
		{name: "observed once", more: []F{{ID: 323, Length: 8}}, values: []uint64{exported*1000 - 10}, want: text, first: 1e7, last: 1e7},
		{name: "flags", more: []F{{ID: 6, Length: 2}}, values: []uint64{0x112}, want: text + " flags 0x12 0x0"},
		{name: "active timeout", more: []F{{ID: 136, Length: 1}}, values: []uint64{2}, want: text + " part"},
		{name: "idle timeout", more: []F{{ID: 136, Length: 1}}, values: []uint64{1}, want: text},
		{name: "sampled", more: []F{{ID: 34, Length: 4}}, values: []uint64{100}, want: text + " 1:100"},
		{name: "sampled at random", more: []F{{ID: 50, Length: 4}, {ID: 34, Length: 4}}, values: []uint64{50, 7}, want: text + " 1:50"},
		{name: "sampled in a row", more: []F{{ID: 305, Length: 4}, {ID: 306, Length: 4}}, values: []uint64{2, 1998}, want: text + " 1:1000"},
		{name: "sampled, interval alone", more: []F{{ID: 305, Length: 4}}, values: []uint64{512}, want: text + " 1:512"},
		{name: "sampled n out of N", more: []F{{ID: 309, Length: 4}, {ID: 310, Length: 4}}, values: []uint64{1, 400}, want: text + " 1:400"},
		{name: "sampled by chance", more: []F{{ID: 311, Length: 8}}, values: []uint64{math.Float64bits(0.001)}, want: text + " 1:1000"},
		{name: "sampled by chance, short", more: []F{{ID: 311, Length: 4}}, values: []uint64{uint64(math.Float32bits(0.01))}, want: text + " 1:100"},
		{name: "two ways", more: []F{{Enterprise: 29305, ID: 1, Length: 8}, {Enterprise: 29305, ID: 2, Length: 4}, {Enterprise: 29305, ID: 6, Length: 1}}, values: []uint64{900, 2, 0x12}, want: text + " back 2/900 flags 0x0 0x12"},
		{name: "two ways, of a firewall", fields: append(append([]F{}, ends...), F{ID: 231, Length: 4}, F{ID: 232, Length: 4}, F{ID: 298, Length: 4}, F{ID: 299, Length: 4}, F{ID: 233, Length: 1}),
			values: append(append([]uint64{}, endValues...), 70, 80, 1, 2, 2), want: endText + " 1/70 back 2/80"},
		{name: "begun by the destination", more: []F{{Enterprise: 29305, ID: 1, Length: 8}, {ID: 239, Length: 1}}, values: []uint64{900, 2}, want: "192.0.2.1:443>10.0.0.1:40000/6 0/900 back 3/4000"},
		{name: "created, by a firewall", more: []F{{ID: 233, Length: 1}}, fields: nil, values: []uint64{1}, want: text},
		{name: "another's element", more: []F{{Enterprise: 9, ID: 1, Length: 4}}, values: []uint64{1}, want: text},
		{name: "long element between", fields: append([]F{{ID: 82, Length: 40}}, counted...), values: append([]uint64{0}, v...), want: text},
		{name: "totals", fields: append(append([]F{}, ends...), F{ID: 85, Length: 8}, F{ID: 86, Length: 8}), values: append(append([]uint64{}, endValues...), 1<<40, 1<<33), want: fmt.Sprintf("%s %d/%d", endText, 1<<33, 1<<40)},
		{name: "after the middlebox alone", fields: append(append([]F{}, ends...), F{ID: 23, Length: 4}), values: append(append([]uint64{}, endValues...), 44), want: endText + " 0/44"},
		{name: "difference before total", more: []F{{ID: 85, Length: 8}, {ID: 23, Length: 4}}, values: []uint64{1, 1}, want: text},
		{name: "odd lengths", fields: []F{{ID: 8, Length: 4}, {ID: 12, Length: 4}, {ID: 1, Length: 3}, {ID: 2, Length: 5}, {ID: 4, Length: 1}, {ID: 7, Length: 1}}, values: []uint64{0x0a000001, 0xc0000201, 1 << 23, 1 << 39, 17, 53}, want: fmt.Sprintf("10.0.0.1:53>192.0.2.1:0/17 %d/%d", 1<<39, 1<<23)},
		{name: "IPv6", fields: []F{{ID: 27, Length: 16}, {ID: 28, Length: 16}, {ID: 4, Length: 1}, {ID: 182, Length: 2}, {ID: 183, Length: 2}, {ID: 2, Length: 8}}, values: []uint64{1, 2, 6, 5000, 25, 9}, want: "2001:db8::1:5000>2001:db8::2:25/6 9/0"},
		{name: "both families", fields: append(append([]F{{ID: 27, Length: 16}, {ID: 28, Length: 16}}, ends...), F{ID: 2, Length: 2}), values: []uint64{1, 2, 0, 0, 1, 2, 6, 7}, want: "2001:db8::1:1>2001:db8::2:2/6 7/0"},
		{name: "ICMP in the port", fields: append(append([]F{}, ends...), F{ID: 2, Length: 2}), values: []uint64{1 << 24, 2 << 24, 0, 0x0301, 1, 7}, want: "1.0.0.0:3>2.0.0.0:1/1 7/0"},
		{name: "ICMP in one", more: []F{{ID: 32, Length: 2}}, fields: append(append([]F{}, ends...), F{ID: 2, Length: 2}, F{ID: 32, Length: 2}), values: []uint64{1 << 24, 2 << 24, 0, 0, 1, 7, 0x0800}, want: "1.0.0.0:8>2.0.0.0:0/1 7/0"},
		{name: "ICMPv6 in two", fields: []F{{ID: 27, Length: 16}, {ID: 28, Length: 16}, {ID: 4, Length: 1}, {ID: 178, Length: 1}, {ID: 179, Length: 1}, {ID: 2, Length: 8}}, values: []uint64{1, 2, 58, 128, 3, 1}, want: "2001:db8::1:128>2001:db8::2:3/58 1/0"},
		{name: "MAC addresses alone", fields: []F{{ID: 56, Length: 6}, {ID: 80, Length: 6}, {ID: 1, Length: 8}}, values: []uint64{1, 2, 3}},
		{name: "address of a wrong length", fields: []F{{ID: 8, Length: 8}, {ID: 12, Length: 4}, {ID: 1, Length: 8}}, values: []uint64{1, 2, 3}},
		{name: "translation", fields: append(append([]F{}, ends...), F{ID: 225, Length: 4}, F{ID: 230, Length: 1}), values: append(append([]uint64{}, endValues...), 1, 1)},
		{name: "nothing counted in an event", fields: append(append([]F{}, counted...), F{ID: 230, Length: 1}), values: append(append([]uint64{}, endValues...), 0, 0, 1)},
		{name: "short record", fields: []F{{ID: 4, Length: 1}, {ID: 7, Length: 2}}, values: []uint64{6, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			version := max(c.version, 9)
			if c.version == 0 {
				version = 10
			}
			fields, row := c.fields, c.values
			if fields == nil {
				fields, row = append(append([]F{}, counted...), c.more...), append(append([]uint64{}, v...), c.values...)
			}
			m := message(version)
			p := m.Build(3, m.Template(300, fields...), ipfixtest.Set(300, append(append(values(fields, row...), values(fields, row...)...), 0)))
			var b flow.Batch
			d := ipfix.NewDecoder(ipfix.Options{})
			if err := d.Decode(p, ipfix.Exporter{}, &b); err != nil {
				t.Fatal(err)
			}
			if c.want == "" {
				if len(b.Records) > 0 || d.Stats().Other != 2 {
					t.Fatalf("%v, %+v", b.Records, d.Stats())
				}
				return
			}
			if len(b.Records) != 2 {
				t.Fatalf("%d records", len(b.Records))
			}
			for i := range b.Records {
				r := &b.Records[i]
				if got := brief(r); got != c.want {
					t.Errorf("got %s, want %s", got, c.want)
				}
				if first, last := exported*1e9-r.First, exported*1e9-r.Last; first != c.first || last != c.last {
					t.Errorf("times are %d and %d ns before the export, want %d and %d", first, last, c.first, c.last)
				}
			}
		})
	}
}

// play decodes messages in turn and writes what came of each.
func play(d *ipfix.Decoder, messages ...[]byte) (got []string) {
	for _, p := range messages {
		var b flow.Batch
		err := d.Decode(p, ipfix.Exporter{Addr: flow.Addr4([4]byte{192, 0, 2, 9}), Port: 2055}, &b)
		var all []string
		for i := range b.Records {
			all = append(all, brief(&b.Records[i]))
		}
		if err != nil {
			all = append(all, err.Error())
		}
		got = append(got, strings.Join(all, "; "))
	}
	return got
}

func TestLives(t *testing.T) {
	short := append(append([]F{}, ends...), F{ID: 2, Length: 1})
	long := append([]F{{ID: 5, Length: 1}}, short...)
	row := append(append([]uint64{}, endValues...), 3)
	const text = endText + " 3/0"
	for _, version := range []uint16{9, 10} {
		m := message(version)
		other := m
		other.Domain++
		data := ipfixtest.Set(300, values(short, row...))
		withdraw := func(set byte, id uint16) []byte { return []byte{0, set, 0, 8, byte(id >> 8), byte(id), 0, 0} }
		host := append(append([]F{}, short...), F{ID: 460, Length: 0xffff}, F{ID: 6, Length: 1}, F{ID: 1, Length: 0xffff})
		for _, c := range []struct {
			name     string
			only     uint16
			messages [][]byte
			want     []string
		}{
			{"data before the template", 0, [][]byte{m.Build(1, data), m.Build(2, m.Template(300, short...), data)}, []string{"", text + "; " + text}},
			{"templates of another domain", 0, [][]byte{other.Build(1, other.Template(300, short...)), m.Build(1, data)}, []string{"", ""}},
			{"another layout", 0, [][]byte{m.Build(2, m.Template(300, short...), data), m.Build(2, m.Template(300, long...), ipfixtest.Set(300, values(long, append([]uint64{0}, row...)...)))}, []string{text, text}},
			{"several sets", 0, [][]byte{m.Build(4, m.Template(299, long...), m.Template(300, short...), data, ipfixtest.Set(299, values(long, append([]uint64{0}, row...)...)), data)}, []string{text + "; " + text + "; " + text}},
			{"filled up", 0, [][]byte{m.Build(2, m.Template(300, short...), ipfixtest.Set(300, append(values(short, row...), 0, 0, 0)))}, []string{text}},
			{"rate of all by an option", 0, [][]byte{m.Build(3, m.Template(300, short...), m.Options(400, 1, F{ID: 1, Length: 4}, F{ID: 34, Length: 4}), ipfixtest.Set(400, []byte{0, 0, 0, 1, 0, 0, 3, 232})), m.Build(1, data)}, []string{"", text + " 1:1000"}},
			{"rate of a sampler", 0, [][]byte{m.Build(3, m.Template(300, append(short[:6:6], F{ID: 48, Length: 1})...), m.Options(400, 1, F{ID: 1, Length: 4}, F{ID: 48, Length: 1}, F{ID: 50, Length: 2}), ipfixtest.Set(400, []byte{0, 0, 0, 1, 5, 0, 100, 0, 0, 0, 2, 6, 0, 200})),
				m.Build(1, ipfixtest.Set(300, append(values(short, row...), 6)), ipfixtest.Set(300, append(values(short, row...), 5)), ipfixtest.Set(300, append(values(short, row...), 7)))}, []string{"", text + " 1:200; " + text + " 1:100; " + text}},
			{"selector as scope", 10, [][]byte{m.Build(3, m.Template(300, append(short[:6:6], F{ID: 302, Length: 8})...), m.Options(400, 1, F{ID: 302, Length: 8}, F{ID: 305, Length: 4}, F{ID: 306, Length: 4}), ipfixtest.Set(400, values([]F{{ID: 302, Length: 8}, {ID: 305, Length: 4}, {ID: 306, Length: 4}}, 9, 1, 99)), ipfixtest.Set(300, append(values(short, row...), 0, 0, 0, 0, 0, 0, 0, 9)))}, []string{text + " 1:100"}},
			{"withdrawn", 10, [][]byte{m.Build(1, m.Template(300, short...)), m.Build(0, withdraw(2, 300)), m.Build(1, data)}, []string{"", "", ""}},
			{"all withdrawn", 10, [][]byte{m.Build(1, m.Template(300, short...)), m.Build(0, withdraw(2, 2)), m.Build(1, data)}, []string{"", "", ""}},
			{"all options withdrawn", 10, [][]byte{m.Build(1, m.Template(300, short...)), m.Build(0, withdraw(3, 3)), m.Build(1, data)}, []string{"", "", text}},
			{"nonsense withdrawn", 10, [][]byte{m.Build(0, withdraw(2, 3))}, []string{"IPFIX, domain 3, set 3, byte 20: template makes no sense"}},
			{"variable lengths", 10, [][]byte{m.Build(1, m.Template(300, host...), ipfixtest.Set(300, append(append(values(short, row...), "\x0fWww.Example.Net\x02\x03abc"...), append(values(short, row...), "\xff\x00\x03a/b\x04\x00"...)...)))}, []string{text + " flags 0x2 0x0; " + text + " flags 0x4 0x0"}},
			{"variable length cut short", 10, [][]byte{m.Build(1, m.Template(300, host...), ipfixtest.Set(300, append(values(short, row...), "\x0fWww"...)))}, []string{"IPFIX, domain 3, set 300, byte 60: record makes no sense"}},
			{"template cut short", 0, [][]byte{m.Build(1, m.Template(300, short...)[:20])}, []string{map[uint16]string{9: "NetFlow v9, domain 3, set 0, byte 40: cut short", 10: "IPFIX, domain 3, set 2, byte 36: cut short"}[version]}},
			{"no length", 0, [][]byte{m.Build(1, m.Template(300, F{ID: 8, Length: 0}))}, []string{map[uint16]string{9: "NetFlow v9, domain 3, set 300, byte 24: template makes no sense", 10: "IPFIX, domain 3, set 300, byte 20: template makes no sense"}[version]}},
			{"reserved set", 0, [][]byte{m.Build(1, ipfixtest.Set(77, nil), m.Template(300, short...), data)}, []string{text + map[uint16]string{9: "; NetFlow v9, domain 3, set 77, byte 20: reserved set number", 10: "; IPFIX, domain 3, set 77, byte 16: reserved set number"}[version]}},
			{"zeros at the end", 0, [][]byte{m.Build(1, m.Template(300, short...), data, make([]byte, 6))}, []string{text}},
		} {
			if c.only != 0 && c.only != version {
				continue
			}
			t.Run(fmt.Sprintf("v%d, %s", version, c.name), func(t *testing.T) {
				if name := c.name; name == "template cut short" {
					c.want[0] = strings.Replace(c.want[0], "set 0, ", "", 1)
				}
				if diff := cmp.Diff(c.want, play(ipfix.NewDecoder(ipfix.Options{}), c.messages...)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestHost(t *testing.T) {
	fields := append(append([]F{}, ends...), F{ID: 2, Length: 1}, F{ID: 460, Length: 0xffff})
	fixed := append(append([]F{}, ends...), F{ID: 2, Length: 1}, F{ID: 460, Length: 20})
	row := values(fields[:6], append(append([]uint64{}, endValues...), 3)...)
	m := message(10)
	for in, want := range map[string]string{"Example.NET:8080": "example.net", "a b": "", "x/y?z": "", "": "", "[::1]:80": "::1"} {
		var b flow.Batch
		d := ipfix.NewDecoder(ipfix.Options{})
		padded := append([]byte(in), make([]byte, 20-len(in))...)
		p := m.Build(2, m.Template(300, fields...), ipfixtest.Set(300, append(append(row[:len(row):len(row)], byte(len(in))), in...)),
			m.Template(301, fixed...), ipfixtest.Set(301, append(row[:len(row):len(row)], padded...)))
		if err := d.Decode(p, ipfix.Exporter{}, &b); err != nil {
			t.Fatal(err)
		}
		for i := range b.Records {
			if got := b.String(b.Records[i].Host); got != want {
				t.Errorf("%q, record %d: %q, want %q", in, i, got, want)
			}
		}
		if len(b.Records) != 2 {
			t.Errorf("%d records", len(b.Records))
		}
	}
}

func TestFiveSampled(t *testing.T) {
	datagrams, _ := ipfixtest.Make(5, 3, 1)
	p := datagrams[0]
	p[22], p[23] = 0x40, 100 // mode 1, one of 100
	p[24+38], p[24+34], p[24+35] = 1, 8, 0
	d := ipfix.NewDecoder(ipfix.Options{})
	var b flow.Batch
	err := d.Decode(p[:len(p)-1], ipfix.Exporter{}, &b)
	var e *ipfix.Error
	if !errors.As(err, &e) || e.Reason != ipfix.Truncated || e.Offset != 24+96 || e.Version != 5 {
		t.Errorf("%v", err)
	}
	if len(b.Records) != 2 || b.Records[0].Sampling != 100 || b.Records[0].SrcPort != 8 || b.Records[0].DstPort != 0 {
		t.Errorf("%+v", b.Records)
	}
}

func TestBounds(t *testing.T) {
	d := ipfix.NewDecoder(ipfix.Options{Sessions: 4, Templates: 8, Waiting: 200})
	short := append(append([]F{}, ends...), F{ID: 2, Length: 1})
	row := values(short, append(append([]uint64{}, endValues...), 3)...)
	m := message(10)
	var b flow.Batch
	var tooMany int
	for i := range 1000 {
		m.Domain = uint32(i % 10)
		err := d.Decode(m.Build(1, ipfixtest.Set(500, row), m.Template(uint16(600+i), short...), m.Template(uint16(2600+i), short...)), ipfix.Exporter{Port: uint16(i)}, &b)
		if err != nil {
			tooMany++
		}
	}
	if n := len(d.Exporters()); n > 4 || len(b.Records) != 0 {
		t.Errorf("%d sessions, %d records", n, len(b.Records))
	}
	// One session alone may not fill the table with templates for ever.
	alone := ipfix.NewDecoder(ipfix.Options{Templates: 8})
	var last error
	for i := range 20 {
		last = alone.Decode(m.Build(1, m.Template(uint16(600+i), short...)), ipfix.Exporter{}, &b)
	}
	var e *ipfix.Error
	if !errors.As(last, &e) || e.Reason != ipfix.TooMany || alone.Stats().Templates != 8 {
		t.Errorf("%v, %+v", last, alone.Stats())
	}
	// What waits is counted when it is given up.
	waiting := ipfix.NewDecoder(ipfix.Options{Waiting: 3 * len(row)})
	for range 5 {
		_ = waiting.Decode(m.Build(1, ipfixtest.Set(500, row)), ipfix.Exporter{}, &b)
	}
	if x := waiting.Exporters(); x[0].Unread != 5 {
		t.Errorf("%+v", x)
	}
	if _ = waiting.Decode(m.Build(1, m.Template(500, short...)), ipfix.Exporter{Port: 9}, &b); len(b.Records) != 3 || waiting.Stats().Late != 3 || waiting.Exporters()[0].Unread != 2 {
		t.Errorf("%d records late, %+v", len(b.Records), waiting.Exporters())
	}
}

func TestNoAllocations(t *testing.T) {
	for _, version := range []uint16{5, 9, 10} {
		datagrams, _ := ipfixtest.Make(version, 28*30*4, 1)
		d := ipfix.NewDecoder(ipfix.Options{})
		var b flow.Batch
		run := func() {
			b.Reset()
			for _, p := range datagrams {
				if err := d.Decode(p, ipfix.Exporter{}, &b); err != nil {
					t.Fatal(err)
				}
			}
		}
		run()
		if n := testing.AllocsPerRun(10, run); n > 0 {
			t.Errorf("v%d: %v allocations", version, n)
		}
	}
}
