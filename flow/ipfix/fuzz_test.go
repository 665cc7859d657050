package ipfix_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/netsampler/goflow2/v2/decoders/netflow"
	"github.com/netsampler/goflow2/v2/decoders/netflowlegacy"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/ipfix"
	"github.com/noroshi-acd/noroshi/flow/ipfix/ipfixtest"
)

// ours decodes one datagram and checks what must always hold.
func ours(t *testing.T, d *ipfix.Decoder, p []byte, b *flow.Batch) error {
	err := d.Decode(p, ipfix.Exporter{}, b)
	var e *ipfix.Error
	if err != nil && (!errors.As(err, &e) || e.Offset < 0 || e.Offset > len(p) || e.Reason == 0 || e.Error() == "") {
		t.Fatalf("%#v", err)
	}
	for i := range b.Records {
		if r := &b.Records[i]; r.First > r.Last {
			t.Errorf("record %d ends before it begins", i)
		}
	}
	return err
}

// FuzzSets puts two heads before any octets, of NetFlow v9 and of IPFIX, and holds the
// decoder to goflow2's: whatever both read without complaint gives the same flows.
func FuzzSets(f *testing.F) {
	for _, version := range []uint16{9, 10} {
		m := message(version)
		fields := append(append([]F{}, ends...), F{ID: 2, Length: 1}, F{ID: 1, Length: 4}, F{Enterprise: 29305, ID: 1, Length: 4})
		if version == 9 {
			fields = fields[:7]
		}
		row := values(fields, append(append([]uint64{}, endValues...), 3, 70, 80)[:len(fields)]...)
		plain := m.Build(3, m.Template(300, fields...), m.Options(301, 1, F{ID: 1, Length: 4}, F{ID: 34, Length: 4}), ipfixtest.Set(301, make([]byte, 8)), ipfixtest.Set(300, row))
		vary := m.Build(3, m.Template(300, append(fields, F{ID: 82, Length: 0xffff}, F{ID: 315, Length: 0xffff})...), ipfixtest.Set(300, append(row, 3, 'a', 'b', 'c', 1, 0)))
		head := 16
		if version == 9 {
			head = 20
		}
		f.Add(version == 9, plain[head:])
		f.Add(version == 9, vary[head:])
	}
	f.Fuzz(func(t *testing.T, nine bool, sets []byte) {
		version := uint16(10)
		if nine {
			version = 9
		}
		if len(sets) > 8192 {
			return
		}
		m := message(version)
		p := m.Build(math.MaxUint16, sets) // goflow2 takes the number of records for that of sets
		d := ipfix.NewDecoder(ipfix.Options{})
		var b flow.Batch
		if ours(t, d, p, &b) != nil || d.Stats().Late > 0 {
			return
		}
		want, ok := peer(p)
		if !ok {
			return
		}
		var got []string
		for i := range b.Records {
			r := b.Records[i]
			if r.Kind == flow.KindPart && r.SrcPackets+r.DstPackets == 1 && r.SrcBytes+r.DstBytes >= 20 {
				continue // perhaps a sampled packet, which goflow2 does not read
			}
			r.Sampling, r.Kind = 0, 0
			got = append(got, brief(&r))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-goflow2 +ours)\n%s", diff)
		}
	})
}

// guarded refuses the templates on which goflow2 loops for ever or which we refuse.
type guarded struct {
	netflow.NetFlowTemplateSystem
}

var errGuarded = errors.New("refused")

func (g guarded) AddTemplate(version uint16, domain uint32, id uint16, template any) error {
	size := 0
	add := func(list []netflow.Field) {
		for _, f := range list {
			if f.Length != 0xffff {
				size += int(f.Length)
			}
		}
	}
	switch x := template.(type) {
	case netflow.TemplateRecord:
		add(x.Fields)
	case netflow.IPFIXOptionsTemplateRecord:
		add(x.Scopes)
		add(x.Options)
	case netflow.NFv9OptionsTemplateRecord:
		add(x.Scopes)
		add(x.Options)
	}
	if size == 0 {
		return errGuarded
	}
	return g.NetFlowTemplateSystem.AddTemplate(version, domain, id, template)
}

// peer makes flows of what goflow2 reads, field by field, without any plan.
func peer(p []byte) (all []string, ok bool) {
	var nine netflow.NFv9Packet
	var ten netflow.IPFIXPacket
	templates := guarded{netflow.CreateTemplateSystem()}
	if netflow.DecodeMessageVersion(bytes.NewBuffer(p), templates, &nine, &ten) != nil {
		return nil, false
	}
	for _, set := range append(nine.FlowSets, ten.FlowSets...) {
		if data, is := set.(netflow.DataFlowSet); is {
			template, _ := templates.GetTemplate(binary.BigEndian.Uint16(p), domain(p), data.Id)
			for _, r := range data.Records {
				if short(template, r.Values) {
					return nil, false
				}
				if s := slow(r.Values); s != "" {
					all = append(all, s)
				}
			}
		}
	}
	return all, true
}

func domain(p []byte) uint32 {
	if p[1] == 9 {
		return binary.BigEndian.Uint32(p[16:])
	}
	return binary.BigEndian.Uint32(p[12:])
}

// short says whether goflow2 read a record on beyond the end of its set.
func short(template any, values []netflow.DataField) bool {
	t, is := template.(netflow.TemplateRecord)
	for i, f := range values {
		if b, _ := f.Value.([]byte); !is || i >= len(t.Fields) || t.Fields[i].Length != 0xffff && int(t.Fields[i].Length) != len(b) {
			return true
		}
	}
	return false
}

// first gives the first of the elements that a record has with a length it may have.
func first(values []netflow.DataField, sizes [2]int, pen uint32, ids ...uint16) (v []byte, ok bool) {
	for _, id := range ids {
		for _, f := range values {
			b, _ := f.Value.([]byte)
			if f.Type == id && f.PenProvided == (pen != 0) && f.Pen == pen && len(b) >= sizes[0] && len(b) <= sizes[1] {
				return b, true
			}
		}
	}
	return nil, false
}

func number(values []netflow.DataField, pen uint32, ids ...uint16) (n uint64, ok bool) {
	b, ok := first(values, [2]int{1, 8}, pen, ids...)
	for _, x := range b {
		n = n<<8 | uint64(x)
	}
	return n, ok
}

func slow(values []netflow.DataField) string {
	var r flow.Record
	a4, ok1 := first(values, [2]int{4, 4}, 0, 8)
	b4, ok2 := first(values, [2]int{4, 4}, 0, 12)
	a6, ok3 := first(values, [2]int{16, 16}, 0, 27)
	b6, ok4 := first(values, [2]int{16, 16}, 0, 28)
	v4, v6 := ok1 && ok2, ok3 && ok4
	switch {
	case v4 && (!v6 || binary.BigEndian.Uint32(a4)|binary.BigEndian.Uint32(b4) != 0):
		r.Src, r.Dst = flow.Addr4([4]byte(a4)), flow.Addr4([4]byte(b4))
	case v6:
		r.Src, r.Dst = flow.Addr(a6), flow.Addr(b6)
	default:
		return ""
	}
	var has [4]bool
	r.SrcBytes, has[0] = number(values, 0, 1, 231, 85, 23)
	r.SrcPackets, has[1] = number(values, 0, 2, 298, 86, 24)
	if r.DstBytes, has[2] = number(values, 29305, 1); !has[2] {
		if r.DstBytes, has[2] = number(values, 0, 232); !has[2] {
			r.DstBytes, has[2] = number(values, 29305, 85)
		}
	}
	if r.DstPackets, has[3] = number(values, 29305, 2); !has[3] {
		if r.DstPackets, has[3] = number(values, 0, 299); !has[3] {
			r.DstPackets, has[3] = number(values, 29305, 86)
		}
	}
	if has == [4]bool{} {
		return ""
	}
	if _, event := number(values, 0, 230, 233); event && r.SrcBytes|r.SrcPackets|r.DstBytes|r.DstPackets == 0 {
		return ""
	}
	get := func(ids ...uint16) uint64 { n, _ := number(values, 0, ids...); return n }
	r.SrcPort, r.DstPort = uint16(get(7, 180, 182)), uint16(get(11, 181, 183))
	r.Proto, r.SrcFlags = uint8(get(4)), uint8(get(6))
	back, _ := number(values, 29305, 6)
	r.DstFlags = uint8(back)
	if r.Proto == 1 || r.Proto == 58 {
		x := get(32) | get(139) | get(176)<<8 | get(178)<<8 | get(177) | get(179)
		if x == 0 {
			x = uint64(r.DstPort)
		}
		r.SrcPort, r.DstPort = uint16(x>>8&0xff), uint16(x&0xff)
	}
	if get(239) == 2 {
		r.Src, r.Dst, r.SrcPort, r.DstPort = r.Dst, r.Src, r.DstPort, r.SrcPort
		r.SrcBytes, r.DstBytes, r.SrcPackets, r.DstPackets, r.SrcFlags, r.DstFlags = r.DstBytes, r.SrcBytes, r.DstPackets, r.SrcPackets, r.DstFlags, r.SrcFlags
	}
	return brief(&r)
}

// FuzzFive holds the reading of NetFlow v5 to goflow2's.
func FuzzFive(f *testing.F) {
	datagrams, _ := ipfixtest.Make(5, 3, 1)
	f.Add(datagrams[0])
	f.Fuzz(func(t *testing.T, p []byte) {
		if len(p) < 2 {
			return
		}
		p[0], p[1] = 0, 5
		var b flow.Batch
		if ours(t, ipfix.NewDecoder(ipfix.Options{}), p, &b) != nil {
			return
		}
		var m netflowlegacy.PacketNetFlowV5
		if netflowlegacy.DecodeMessageVersion(bytes.NewBuffer(p), &m) != nil {
			return
		}
		var want, got []string
		for _, x := range m.Records {
			r := flow.Record{SrcPort: x.SrcPort, DstPort: x.DstPort, Proto: x.Proto, SrcFlags: x.TCPFlags, SrcPackets: uint64(x.DPkts), SrcBytes: uint64(x.DOctets)}
			binary.BigEndian.PutUint32(r.Src[12:], uint32(x.SrcAddr))
			binary.BigEndian.PutUint32(r.Dst[12:], uint32(x.DstAddr))
			r.Src, r.Dst = flow.Addr4([4]byte(r.Src[12:])), flow.Addr4([4]byte(r.Dst[12:]))
			if r.Proto == 1 {
				r.SrcPort, r.DstPort = r.DstPort>>8, r.DstPort&255
			}
			want = append(want, brief(&r))
		}
		for _, r := range b.Records {
			r.Sampling = 0
			got = append(got, brief(&r))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-goflow2 +ours)\n%s", diff)
		}
	})
}

// FuzzLife feeds one decoder several messages in a row: whatever they announce and
// withdraw, it neither fails nor gives a record that none of them could hold.
func FuzzLife(f *testing.F) {
	for _, version := range []uint16{9, 10} {
		datagrams, _ := ipfixtest.Make(version, 60, 1)
		f.Add(bytes.Join(datagrams, []byte("\xff\xff\xff\xff")))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d := ipfix.NewDecoder(ipfix.Options{Sessions: 3, Templates: 5, Waiting: 500})
		var b flow.Batch
		for _, p := range bytes.Split(data, []byte("\xff\xff\xff\xff")) {
			_ = ours(t, d, p, &b)
			if len(b.Records) > len(data) {
				t.Fatalf("%d records of %d octets", len(b.Records), len(data))
			}
		}
		d.Exporters()
	})
}
