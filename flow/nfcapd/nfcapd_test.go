package nfcapd

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/exchange"
	"github.com/noroshi-acd/noroshi/flow/flowtest"
	"github.com/noroshi-acd/noroshi/flow/nfcapd/block"
	"github.com/noroshi-acd/noroshi/flow/nfcapd/nfcapdtest"
	"github.com/noroshi-acd/noroshi/flow/nfcapd/unpack"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// made gives the i-th of a row of different flows.
func made(i int) flow.Record {
	x := uint64(i)*0x9e3779b97f4a7c15 + 1
	r := flow.Record{
		First: 1_700_000_000_000_000_000 + int64(i)*7_000_000, SrcBytes: 40 + x%100_000, SrcPackets: 1 + x%700,
		SrcPort: uint16(x >> 16), DstPort: uint16(x >> 32), Proto: [...]uint8{6, 17, 1, 6, 58, 47}[i%6],
		Src: flow.Addr4([4]byte{192, 0, 2, byte(x >> 8)}), Dst: flow.Addr4([4]byte{198, 51, 100, byte(x >> 24)}),
	}
	r.Last = r.First + int64(x%100_000)*1_000_000
	if r.Proto == exchange.ICMPv6 || i%5 == 0 && r.Proto != exchange.ICMP {
		r.Src, r.Dst = flow.Addr{0x20, 1, 0xd, 0xb8, 15: byte(x)}, flow.Addr{0x20, 1, 0xd, 0xb8, 7: 9, 15: byte(x >> 9)}
	}
	switch r.Proto {
	case exchange.TCP:
		r.SrcFlags = uint8(x>>40) & 0x3f
	case exchange.ICMP, exchange.ICMPv6:
		r.SrcPort, r.DstPort = r.SrcPort&0xff, r.DstPort&0xff
	case 47:
		r.SrcPort, r.DstPort = 0, 0
	}
	return r
}

// file writes n flows.
func file(t testing.TB, n int, o nfcapdtest.Options) []byte {
	t.Helper()
	var m nfcapdtest.Memory
	w := nfcapdtest.NewWriter(&m, o)
	for i := range n {
		r := made(i)
		if o.Counters {
			r.DstBytes, r.DstPackets = uint64(i)*3+40, uint64(i)+1
		}
		w.Record(&r)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return m
}

// read gives the records of a file, and what was wrong with it.
func read(t testing.TB, in io.Reader, o Options) ([]flow.Record, *fault.Skips) {
	t.Helper()
	skips := &fault.Skips{}
	r := NewReader(in, "f", skips, o)
	var all []flow.Record
	var b flow.Batch
	for {
		b.Reset()
		err := r.Next(&b)
		if err == io.EOF {
			break
		}
		if err != nil || len(b.Records) == 0 {
			t.Fatalf("%v with %d records", err, len(b.Records))
		}
		all = append(all, b.Records...)
	}
	if err := errors.Join(r.Close(), r.Close()); err != nil {
		t.Fatal(err)
	}
	if err := r.Next(&b); err != io.EOF {
		t.Fatalf("closed: %v", err)
	}
	return all, skips
}

// variants are the ways in which a file can be written.
func variants() []nfcapdtest.Options {
	return []nfcapdtest.Options{
		{}, {Method: nfcapdtest.LZO}, {Method: nfcapdtest.LZ4}, {Method: nfcapdtest.Zstd}, {Block: 300, Method: nfcapdtest.LZ4}, {Counters: true},
		{Old: true}, {Old: true, Method: nfcapdtest.LZ4, Counters: true}, {Old: true, Method: nfcapdtest.LZO},
		{Exporter: [4]byte{192, 0, 2, 1}}, {Exporter: [4]byte{192, 0, 2, 1}, Rate: 64}, {Rate: 64, Scaled: true, Block: 400}, {Old: true, Rate: 10, Scaled: true, Counters: true},
	}
}

// TestRoundTrip: what was written comes back.
func TestRoundTrip(t *testing.T) {
	for _, o := range variants() {
		t.Run(fmt.Sprintf("%+v", o), func(t *testing.T) {
			const n = 5000
			raw := file(t, n, o)
			got, skips := read(t, iotest.HalfReader(bytes.NewReader(raw)), Options{})
			if skips.Count != 0 || len(got) != n {
				t.Fatalf("%d records, %v", len(got), skips.First)
			}
			for i := range got {
				want := made(i)
				if o.Counters {
					want.DstBytes, want.DstPackets = uint64(i)*3+40, uint64(i)+1
				}
				want.Link, want.Sampling = 1, o.Rate
				want.State = state(&want)
				if diff := cmp.Diff(want, got[i]); diff != "" {
					t.Fatalf("%d: -want +got\n%s", i, diff)
				}
			}
			first, ok := Recognise(raw[:min(len(raw), 64<<10)])
			if known := o.Method != nfcapdtest.LZ4; !ok || known != (first == got[0].Last) || !known && first != math.MinInt64 {
				t.Errorf("begins at %d, %v", first, ok)
			}
		})
	}
}

// TestWanted: what is not wanted does not come.
func TestWanted(t *testing.T) {
	udp := func(_ *flow.Batch, r *flow.Record) bool { return r.Proto == exchange.UDP }
	got, skips := read(t, bytes.NewReader(file(t, 6000, nfcapdtest.Options{})), Options{Wanted: udp})
	if len(got) != 1000 || skips.Count != 0 || slices.ContainsFunc(got, func(r flow.Record) bool { return r.Proto != exchange.UDP }) {
		t.Errorf("%d records, %v", len(got), skips.First)
	}
}

// TestLinks: each exporter and engine has its number, and records that name no exporter
// go by the address that they came from.
func TestLinks(t *testing.T) {
	type point struct {
		exporter string
		domain   uint32
	}
	var asked []point
	link := func(a flow.Addr, domain uint32) uint32 {
		p := point{a.String(), domain}
		if i := slices.Index(asked, p); i >= 0 {
			return uint32(i + 1)
		}
		asked = append(asked, p)
		return uint32(len(asked))
	}
	var m nfcapdtest.Memory
	w := nfcapdtest.NewWriter(&m, nfcapdtest.Options{Exporter: [4]byte{192, 0, 2, 1}})
	r := made(0)
	w.Record(&r)
	for i := range 4 {
		rec := record(1, 2, []byte{12, 0, 8, 0, byte(i), 0, 0, 10})
		rec[8], rec[7] = 9, 5 // a number that was not announced, engine 5
		w.Raw(rec)
		w.Raw(rec)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got, skips := read(t, bytes.NewReader(m), Options{Link: link})
	var links []uint32
	for _, r := range got {
		links = append(links, r.Link)
	}
	if diff := cmp.Diff([]uint32{1, 2, 2, 3, 3, 4, 4, 5, 5}, links); diff != "" || skips.Count != 0 || asked[0] != (point{"192.0.2.1", 0}) || asked[2] != (point{"10.0.0.1", 5}) {
		t.Errorf("%v %v\n%s", asked, skips.First, diff)
	}
}

// record makes a record of elements: a flow of 4 packets, its addresses, and others.
func record(sysid byte, elements uint16, more ...[]byte) []byte {
	b := []byte{11, 0, 0, 0, byte(elements), byte(elements >> 8), 0, 0, sysid, 0, 0, 9, 1, 0, 52, 0}
	b[4] += byte(len(more))
	body := make([]byte, 48)
	binary.LittleEndian.PutUint64(body, 1_700_000_000_000)
	binary.LittleEndian.PutUint64(body[8:], 1_700_000_001_000)
	body[24], body[32], body[40], body[42], body[44], body[45] = 4, 200, 10, 80, 6, 0x1b
	b = append(append(b, body...), 2, 0, 12, 0, 1, 0, 0, 10, 2, 0, 0, 10)
	for _, m := range more {
		b = append(b, m...)
	}
	binary.LittleEndian.PutUint16(b[2:], uint16(len(b)))
	return b
}

// TestElements: what single elements and flags mean.
func TestElements(t *testing.T) {
	misc := func(at int, v byte) []byte {
		e := make([]byte, 20)
		e[0], e[2], e[4+at] = 4, 20, v
		return e
	}
	event := binary.LittleEndian.AppendUint64([]byte{19, 0, 20, 0}, 1_700_000_009_000)
	event = append(event, make([]byte, 8)...)
	idle := record(0, 2, event)
	idle[10] = 1
	clear(idle[12+4+24 : 12+4+40])
	noAddress := record(0, 2)
	noAddress = noAddress[:12+52]
	noAddress[2], noAddress[4] = byte(len(noAddress)), 1
	for name, c := range map[string]struct {
		rec  []byte
		want string // "" for no record
		why  string
	}{
		"plain":           {record(0, 2), "10.0.0.1:10 10.0.0.2:80 200 27 0 0 1000ms", ""},
		"unknown element": {record(0, 2, []byte{99, 1, 6, 0, 7, 7}), "10.0.0.1:10 10.0.0.2:80 200 27 0 0 1000ms", ""},
		"active timeout":  {record(0, 2, misc(13, 2)), "10.0.0.1:10 10.0.0.2:80 200 27 0 1 1000ms", ""},
		"reverse flags":   {record(0, 2, misc(14, 0x12)), "10.0.0.1:10 10.0.0.2:80 200 27 18 0 1000ms", ""},
		"from the other":  {record(0, 2, misc(12, 2)), "10.0.0.2:80 10.0.0.1:10 0 0 27 0 1000ms", ""},
		"empty IPv6":      {record(0, 2, append([]byte{3, 0, 36, 0}, make([]byte, 32)...)), "10.0.0.1:10 10.0.0.2:80 200 27 0 0 1000ms", ""},
		"IPv6":            {record(0, 2, append([]byte{3, 0, 36, 0}, bytes.Repeat([]byte{1, 0, 0, 0, 0, 0, 0, 0x20}, 4)...), append([]byte{2, 0, 12, 0}, make([]byte, 8)...)), "2000::1:2000:0:0:1:10 2000::1:2000:0:0:1:80 200 27 0 0 1000ms", ""},
		"firewall":        {record(0, 2, event), "10.0.0.1:10 10.0.0.2:80 200 27 0 0 9000ms", ""},
		"firewall, idle":  {idle, "", ""},
		"no address":      {noAddress, "", ""},
		"short element":   {record(0, 2, []byte{5, 0, 8, 0, 1, 2, 3, 4}), "", "element"},
		"long element":    {record(0, 2, []byte{5, 0, 88, 0, 1, 2, 3, 4}), "", "element"},
		"no element":      {record(0, 3), "", "element"},
		"short record":    {[]byte{11, 0, 8, 0, 0, 0, 0, 0}, "", "short"},
		"time": {func() []byte {
			r := record(0, 2)
			r[23] = 0x7f
			return r
		}(), "", "time"},
		"exporter": {[]byte{7, 0, 6, 0, 0, 0}, "", "short"},
		"sampler":  {[]byte{15, 0, 6, 0, 0, 0}, "", "short"},
		"map":      {[]byte{2, 0, 10, 0, 1, 0, 0, 0, 49, 0}, "", "extension"},
		"no map":   {append([]byte{10, 0, 36, 0}, make([]byte, 32)...), "", "map"},
	} {
		t.Run(name, func(t *testing.T) {
			var m nfcapdtest.Memory
			w := nfcapdtest.NewWriter(&m, nfcapdtest.Options{})
			r := made(0)
			w.Raw(c.rec)
			w.Record(&r)
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			all, skips := read(t, bytes.NewReader(m), Options{})
			got := ""
			if len(all) == 2 {
				x := &all[0]
				got = fmt.Sprintf("%s:%d %s:%d %d %d %d %d %dms", x.Src, x.SrcPort, x.Dst, x.DstPort, x.SrcBytes, x.SrcFlags, x.DstFlags, x.Kind, (x.Last-x.First)/1e6)
			}
			if got != c.want || len(all) == 0 || all[len(all)-1].SrcBytes != r.SrcBytes {
				t.Errorf("%q, %d records", got, len(all))
			}
			if (c.why != "") != (skips.Count == 1) {
				t.Fatalf("%v", skips.First)
			}
			if c.why != "" {
				spoken(t, skips.First[0], "nfcapd.record."+c.why, "record", 1, "kind", int(c.rec[0]))
			}
		})
	}
}

// spoken holds an error against its sentence, in both languages, with a hint and a place.
func spoken(t *testing.T, err error, key string, args ...any) {
	t.Helper()
	for _, l := range []i18n.Lang{i18n.EN, i18n.JA} {
		if want := i18n.Say(l, key, args...); !bytes.Contains([]byte(fault.Text(err, l)), []byte(want)) || fault.HintIn(err, l) != i18n.Say(l, key+"-hint", args...) {
			t.Errorf("%q %q, want %q", fault.Text(err, l), fault.HintIn(err, l), want)
		}
	}
	var f *fault.Error
	if !errors.As(err, &f) || f.Place.Path != "f" || f.Place.Offset < 0 {
		t.Errorf("no place: %v", err)
	}
}

// TestHeads: files that cannot be read say why.
func TestHeads(t *testing.T) {
	good := file(t, 3, nfcapdtest.Options{})
	change := func(at int, v ...byte) []byte {
		b := bytes.Clone(good)
		copy(b[at:], v)
		return b
	}
	blockAt := func(at int, v ...byte) []byte { return change(block.HeadSize17+at, v...) }
	for name, c := range map[string]struct {
		raw     []byte
		records int
		key     string
		args    []any
	}{
		"order":      {change(0, 0xa5, 0x0c, 0, 2), 0, "file.order", nil},
		"magic":      {change(0, 1), 0, "file.magic", nil},
		"layout":     {change(2, 3), 0, "file.layout", []any{"layout", 3}},
		"method":     {change(16, 9), 0, "file.method", []any{"method", 9}},
		"old method": {append([]byte{0x0c, 0xa5, 1, 0, 9, 0, 0, 0}, make([]byte, 300)...), 0, "file.method", []any{"method", 9}},
		"encrypted":  {change(17, 1), 0, "file.encrypted", nil},
		"short":      {good[:30], 0, "file.short", nil},
		"very short": {good[:3], 0, "file.short", nil},
		"blocks":     {change(36, 4), 3, "file.blocks", []any{"want", 4, "have", 1}},
		"count":      {blockAt(0, 7), 3, "block.count", []any{"want", 7, "have", 3}},
		"oldest":     {blockAt(8, 1), 0, "block.oldest", nil},
		"kind":       {blockAt(8, 77), 0, "block.kind", []any{"kind", 77}},
		"empty":      {blockAt(4, 0, 0, 0, 0), 0, "block.length", []any{"size", int64(0), "max", unpack.Max}},
		"long":       {blockAt(4, 0xff, 0xff, 0xff, 0x7f), 0, "block.length", []any{"size", int64(0x7fffffff), "max", unpack.Max}},
		"cut":        {good[:len(good)-5], 2, "block.cut", []any{"want", len(good) - block.HeadSize17, "have", len(good) - block.HeadSize17 - 5}},
		"cut head":   {good[:block.HeadSize17+7], 0, "block.cut", []any{"want", block.Overhead, "have", 7}},
		"rest":       {blockAt(block.Overhead+2, 0, 0), 0, "block.rest", []any{"record", 1, "rest", len(good) - block.HeadSize17 - block.Overhead}},
	} {
		t.Run(name, func(t *testing.T) {
			got, skips := read(t, bytes.NewReader(c.raw), Options{})
			if len(got) != c.records || skips.Count == 0 {
				t.Fatalf("%d records, %v", len(got), skips.First)
			}
			spoken(t, skips.First[0], "nfcapd."+c.key, c.args...)
			strict := &fault.Skips{Strict: true}
			r := NewReader(bytes.NewReader(c.raw), "f", strict, Options{})
			defer r.Close()
			var b flow.Batch
			for range 3 {
				b.Reset()
				err := r.Next(&b)
				if err == nil {
					continue
				}
				if err == io.EOF {
					t.Error("strict, and no error")
				}
				break
			}
		})
	}
}

// TestDamaged: a block that cannot be decompressed costs its own flows only.
func TestDamaged(t *testing.T) {
	for _, m := range []nfcapdtest.Method{nfcapdtest.LZO, nfcapdtest.LZ4, nfcapdtest.Zstd} {
		raw := file(t, 300, nfcapdtest.Options{Method: m, Block: 8000})
		size := int(binary.LittleEndian.Uint32(raw[block.HeadSize17+4:]))
		for i := range 40 {
			raw[block.HeadSize17+block.Overhead+size/2+i] ^= 0xa5
		}
		raw[block.HeadSize17+block.Overhead+size-1] ^= 0xa5
		got, skips := read(t, bytes.NewReader(raw), Options{})
		whole := made(299)
		if skips.Count == 0 || len(got) < 100 || len(got) >= 300 && m != nfcapdtest.LZO || got[len(got)-1].First != whole.First {
			t.Errorf("%d: %d records, %v", m, len(got), skips.First)
		}
	}
}

// TestCutAnywhere: of a cut file what came before is kept.
func TestCutAnywhere(t *testing.T) {
	for _, o := range []nfcapdtest.Options{{Block: 500}, {Block: 500, Method: nfcapdtest.LZ4}, {Old: true, Block: 500}} {
		raw := file(t, 30, o)
		for n := range raw {
			got, skips := read(t, bytes.NewReader(raw[:n]), Options{})
			if skips.Count == 0 {
				t.Fatalf("%+v cut at %d: no word", o, n)
			}
			for i := range got {
				if got[i].First != made(i).First {
					t.Fatalf("%+v cut at %d: record %d", o, n, i)
				}
			}
		}
	}
	raw := file(t, 3000, nfcapdtest.Options{Block: 5000})
	got, skips := read(t, io.MultiReader(bytes.NewReader(raw[:len(raw)/2]), iotest.ErrReader(errors.New("the disk is gone"))), Options{})
	if len(got) < 1000 || skips.Count != 1 {
		t.Errorf("%d records, %v", len(got), skips.First)
	}
	spoken(t, skips.First[0], "nfcapd.file.read")
}

// TestUnwritten: a file that is still written announces no blocks.
func TestUnwritten(t *testing.T) {
	raw := file(t, 30, nfcapdtest.Options{Block: 500})
	clear(raw[36:40])
	if got, skips := read(t, bytes.NewReader(raw), Options{}); len(got) != 30 || skips.Count != 0 {
		t.Errorf("%d records, %v", len(got), skips.First)
	}
}

// TestNoContent: payload, names and labels in elements do not come through.
func TestNoContent(t *testing.T) {
	flowtest.CheckNoContent(t, func(rt *rapid.T, p *flowtest.Plants) []byte {
		var more [][]byte
		for kind, place := range map[byte]string{24: "user name", 28: "label", 29: "payload", 30: "payload of the other side", 41: "string of a NAT", 200: "an element to come"} {
			c := p.Content(place)
			more = append(more, append([]byte{kind, 0, byte(4 + len(c)), 0}, c...))
		}
		var m nfcapdtest.Memory
		w := nfcapdtest.NewWriter(&m, nfcapdtest.Options{Method: rapid.SampledFrom([]nfcapdtest.Method{nfcapdtest.Plain, nfcapdtest.LZ4}).Draw(rt, "method")})
		c := p.Content("a record to come")
		w.Raw(append([]byte{0x01, 0x80, byte(4 + len(c)), 0}, c...))
		w.Raw(record(0, 2, more...))
		if err := w.Close(); err != nil {
			rt.Fatal(err)
		}
		return m
	}, func(in []byte) (flowtest.Reader, error) {
		return NewReader(bytes.NewReader(in), "f", &fault.Skips{Strict: true}, Options{}), nil
	})
}

func FuzzRead(f *testing.F) {
	for _, o := range variants() {
		if o.Block == 0 {
			o.Block = 600
		}
		f.Add(file(f, 12, o))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		skips := &fault.Skips{}
		r := NewReader(bytes.NewReader(in), "f", skips, Options{})
		defer r.Close()
		var b flow.Batch
		for {
			b.Reset()
			if err := r.Next(&b); err != nil {
				break
			}
			for i := range b.Records {
				if x := &b.Records[i]; x.Last < x.First || x.First < 0 || x.Link == 0 {
					t.Fatalf("%+v", x)
				}
			}
		}
		if len(in) > 4 {
			Recognise(in)
		}
	})
}
