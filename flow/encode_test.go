package flow_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/flow"
)

var update = flag.Bool("update", false, "rewrite testdata/vectors.json")

func reasonOf(err error) flow.Reason {
	var e *flow.DecodeError
	if errors.As(err, &e) {
		return e.Reason
	}
	return 0
}

// slowBatch is the oracle of AppendBatch: it walks the structs by reflection and
// knows nothing but fields.toml.
func slowBatch(list []field, b *flow.Batch) []byte {
	out := []byte{1}
	for i := range b.Records {
		out = append(out, slowSized(slowStruct(list, "Record", b, &b.Records[i]))...)
	}
	return out
}

func slowSized(body []byte) []byte {
	return append(binary.AppendUvarint(nil, uint64(len(body))), body...)
}

func slowStruct(list []field, name string, b *flow.Batch, p any) []byte {
	var out []byte
	v := reflect.ValueOf(p).Elem()
	for _, f := range list {
		if f.Struct != name {
			continue
		}
		if value := slowValue(list, f, b, v); value != nil {
			out = append(append(out, byte(f.Number)), value...)
		}
	}
	return out
}

func slowValue(list []field, f field, b *flow.Batch, v reflect.Value) []byte {
	x := v.FieldByName(f.Field)
	if x.IsZero() && f.Field != "Last" {
		return nil
	}
	switch f.Wire {
	case "uint":
		return binary.AppendUvarint(nil, x.Uint())
	case "time":
		n := x.Int()
		if f.Field == "Last" {
			if n -= v.FieldByName("First").Int(); n == 0 {
				return nil
			}
		}
		return binary.AppendVarint(nil, n)
	case "addr":
		a := flow.Addr(x.Bytes())
		if n := a.Netip(); n.Is4() {
			return slowSized(n.AsSlice())
		}
		return slowSized(a[:])
	case "text":
		if s := b.Bytes(x.Interface().(flow.Text)); len(s) > 0 {
			return slowSized(s)
		}
		return nil
	case "part":
		if f.Field == "DNS" {
			return slowSized(slowStruct(list, "DNS", b, &b.DNS[x.Uint()-1]))
		}
		return slowSized(slowStruct(list, "TLS", b, &b.TLS[x.Uint()-1]))
	}
	var items []byte
	s := x.Interface().(flow.Span)
	for i := s.From; i < s.To; i++ {
		if f.Field == "Answers" {
			items = append(items, slowSized(slowStruct(list, "Answer", b, &b.Answers[i]))...)
		} else {
			items = append(items, slowSized(b.Bytes(b.Names[i]))...)
		}
	}
	if len(items) == 0 {
		return nil
	}
	return slowSized(items)
}

// drawBatch makes any valid batch: texts in any order with rubbish between them,
// parts shared and unused.
func drawBatch(t *rapid.T) *flow.Batch {
	b := &flow.Batch{}
	text := func() flow.Text {
		b.Text = append(b.Text, rapid.SliceOfN(rapid.Byte(), 0, 3).Draw(t, "gap")...)
		n := rapid.SampledFrom([]int{0, 1, 5, 127, 128, 300}).Draw(t, "len")
		return b.AddText(bytes.Repeat([]byte{rapid.Byte().Draw(t, "letter")}, n))
	}
	addr := func() flow.Addr {
		switch rapid.IntRange(0, 2).Draw(t, "family") {
		case 0:
			return flow.Addr{}
		case 1:
			return flow.Addr4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "v4")))
		}
		return flow.Addr(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "v6"))
	}
	for range rapid.IntRange(0, 3).Draw(t, "dns parts") {
		d := flow.DNS{Question: text(), Type: rapid.Uint16().Draw(t, "type"), Rcode: rapid.Uint16().Draw(t, "rcode")}
		d.Answers.From = uint32(len(b.Answers))
		for range rapid.IntRange(0, 4).Draw(t, "answers") {
			b.Answers = append(b.Answers, flow.Answer{Addr: addr(), Name: text(), Type: rapid.Uint16().Draw(t, "type"), TTL: rapid.Uint32().Draw(t, "ttl")})
		}
		d.Answers.To = uint32(len(b.Answers))
		b.AddDNS(d)
	}
	for range rapid.IntRange(0, 3).Draw(t, "tls parts") {
		x := flow.TLS{SNI: text(), JA3: text(), JA4: text(), Digest: text(), Subject: text(), Issuer: text(),
			NotBefore: rapid.Int64().Draw(t, "not before"), NotAfter: rapid.Int64().Draw(t, "not after"), Version: rapid.Uint16().Draw(t, "version")}
		x.Names.From = uint32(len(b.Names))
		for range rapid.IntRange(0, 3).Draw(t, "names") {
			b.Names = append(b.Names, text())
		}
		x.Names.To = uint32(len(b.Names))
		b.AddTLS(x)
	}
	for range rapid.IntRange(0, 5).Draw(t, "records") {
		b.Records = append(b.Records, flow.Record{
			First: rapid.Int64().Draw(t, "first"), Last: rapid.Int64().Draw(t, "last"), Src: addr(), Dst: addr(),
			SrcBytes: rapid.Uint64().Draw(t, "sb"), DstBytes: rapid.Uint64().Draw(t, "db"),
			SrcPackets: rapid.Uint64().Draw(t, "sp"), DstPackets: rapid.Uint64().Draw(t, "dp"),
			Sampling: rapid.Uint32().Draw(t, "sampling"), Link: rapid.Uint32().Draw(t, "link"), Signature: rapid.Uint32().Draw(t, "sig"),
			DNS:  uint32(rapid.IntRange(0, len(b.DNS)).Draw(t, "dns")),
			TLS:  uint32(rapid.IntRange(0, len(b.TLS)).Draw(t, "tls")),
			Host: text(), SrcPort: rapid.Uint16().Draw(t, "sport"), DstPort: rapid.Uint16().Draw(t, "dport"), Proto: rapid.Uint8().Draw(t, "proto"),
			SrcFlags: rapid.Uint8().Draw(t, "sf"), DstFlags: rapid.Uint8().Draw(t, "df"),
			Kind:    flow.Kind(rapid.IntRange(0, int(flow.KindFacts)).Draw(t, "kind")),
			State:   flow.State(rapid.IntRange(0, int(flow.StateMidstream)).Draw(t, "state")),
			Service: flow.Service(rapid.IntRange(0, int(flow.ServiceOther)).Draw(t, "service")),
		})
	}
	return b
}

func TestRoundTrip(t *testing.T) {
	list := fieldList(t)
	rapid.Check(t, func(t *rapid.T) {
		b := drawBatch(t)
		enc := flow.AppendBatch([]byte("before"), b)[len("before"):]
		if want := slowBatch(list, b); !bytes.Equal(enc, want) {
			t.Fatalf("encoding\n%x, the list says\n%x", enc, want)
		}
		var got flow.Batch
		if err := flow.DecodeBatch(enc, &got); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(flat(b), flat(&got)); d != "" {
			t.Fatalf("batch and what came back (-want +got):\n%s", d)
		}
		if again := flow.AppendBatch(nil, &got); !bytes.Equal(enc, again) {
			t.Fatalf("encoded again\n%x, was\n%x", again, enc)
		}
		// A copy has other offsets and no shared parts, and the same encoding.
		var copied flow.Batch
		copied.AddText([]byte("elsewhere"))
		for i := range b.Records {
			copied.Copy(b, &b.Records[i])
		}
		if again := flow.AppendBatch(nil, &copied); !bytes.Equal(enc, again) {
			t.Fatalf("the copy encodes to\n%x, the batch to\n%x", again, enc)
		}
	})
}

// flat writes a batch as the maps of the vectors: defaults left out, numbers of
// 64 bits as decimal strings, since JSON's numbers end at 2^53.
func flat(b *flow.Batch) []map[string]any {
	out := []map[string]any{}
	for i := range b.Records {
		r := &b.Records[i]
		m := flatStruct(b, r)
		if d := b.DNSOf(r); d != nil {
			m["dns"] = flatStruct(b, d)
		}
		if x := b.TLSOf(r); x != nil {
			m["tls"] = flatStruct(b, x)
		}
		out = append(out, m)
	}
	return out
}

func flatStruct(b *flow.Batch, p any) map[string]any {
	m := map[string]any{}
	v := reflect.ValueOf(p).Elem()
	for i := range v.NumField() {
		name := wireNames()[v.Type().Name()+"."+v.Type().Field(i).Name]
		switch x := v.Field(i).Interface().(type) {
		case flow.Text:
			m[name] = b.String(x)
		case flow.Span:
			items := []any{}
			for j := x.From; j < x.To; j++ {
				if name == "answers" {
					items = append(items, flatStruct(b, &b.Answers[j]))
				} else {
					items = append(items, b.String(b.Names[j]))
				}
			}
			m[name] = items
		case flow.Addr:
			m[name] = x.String()
			if x.IsZero() {
				m[name] = ""
			}
		case int64:
			m[name] = strings.TrimPrefix(strconv.FormatInt(x, 10), "0")
		case uint64:
			m[name] = strings.TrimPrefix(strconv.FormatUint(x, 10), "0")
		default:
			m[name] = v.Field(i).Interface()
		}
		if w := reflect.ValueOf(m[name]); w.IsZero() || w.Kind() == reflect.Slice && w.Len() == 0 {
			delete(m, name)
		}
	}
	return m
}

type vector struct {
	Name    string           `json:"name"`
	Hex     string           `json:"hex"`
	Records []map[string]any `json:"records,omitempty"`
	Refused *refusal         `json:"refused,omitempty"`
}

type refusal struct {
	Offset int    `json:"offset"`
	Record int    `json:"record"`
	Reason string `json:"reason"`
}

// TestVectors holds the encoding to testdata/vectors.json, which other
// implementations are tested with.
func TestVectors(t *testing.T) {
	const file = "testdata/vectors.json"
	if *update {
		writeVectors(t, file)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) < 30 {
		t.Fatalf("only %d vectors", len(vectors))
	}
	for _, v := range vectors {
		t.Run(v.Name, func(t *testing.T) {
			enc, err := hex.DecodeString(v.Hex)
			if err != nil {
				t.Fatal(err)
			}
			var b flow.Batch
			b.AddText([]byte("left from before"))
			err = flow.DecodeBatch(enc, &b)
			var e *flow.DecodeError
			if errors.As(err, &e) {
				got := &refusal{e.Offset, e.Record, e.Reason.String()}
				if d := cmp.Diff(v.Refused, got); d != "" {
					t.Errorf("refusal (-want +got):\n%s", d)
				}
				if len(b.Records)+len(b.Text)+len(b.DNS)+len(b.TLS)+len(b.Names)+len(b.Answers) != 0 {
					t.Error("a refused batch is not empty")
				}
				return
			}
			if v.Refused != nil {
				t.Fatalf("accepted, must be refused at byte %d: %s", v.Refused.Offset, v.Refused.Reason)
			}
			if d := cmp.Diff(v.Records, asJSON(t, flat(&b))); d != "" {
				t.Errorf("records (-want +got):\n%s", d)
			}
			if again := flow.AppendBatch(nil, &b); !bytes.Equal(again, enc) {
				t.Errorf("encodes to %x", again)
			}
		})
	}
}

// asJSON takes what flat gave through JSON, so that numbers are alike.
func asJSON(t testing.TB, records []map[string]any) (out []map[string]any) {
	t.Helper()
	data, err := json.Marshal(records)
	if err == nil {
		err = json.Unmarshal(data, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func FuzzDecodeBatch(f *testing.F) {
	for _, v := range makeVectors() {
		enc, _ := hex.DecodeString(v.Hex)
		f.Add(enc)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var b flow.Batch
		if err := flow.DecodeBatch(data, &b); err != nil {
			var e *flow.DecodeError
			if !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(data) || e.Reason == 0 {
				t.Fatalf("%#v", err)
			}
			return
		}
		if again := flow.AppendBatch(nil, &b); !bytes.Equal(again, data) {
			t.Fatalf("accepted\n%x, encodes to\n%x", data, again)
		}
	})
}

// TestOneByteChanged: whatever is accepted after any one-byte change or cut is
// canonical all the same.
func TestOneByteChanged(t *testing.T) {
	enc := flow.AppendBatch(nil, fullBatch())
	for i := range enc {
		for _, x := range []byte{1, 0x80, 0xff, enc[i]} {
			changed := bytes.Clone(enc)
			changed[i] ^= x
			var b flow.Batch
			if flow.DecodeBatch(changed, &b) == nil && !bytes.Equal(flow.AppendBatch(nil, &b), changed) {
				t.Fatalf("byte %d ^ %#x: accepted, not canonical", i, x)
			}
		}
		var b flow.Batch
		if err := flow.DecodeBatch(enc[:i], &b); err == nil && !bytes.Equal(flow.AppendBatch(nil, &b), enc[:i]) {
			t.Fatalf("cut at %d: accepted, not canonical", i)
		}
	}
}

func TestDecodeRecord(t *testing.T) {
	from := fullBatch()
	var b flow.Batch
	for i := range from.Records {
		if err := flow.DecodeRecord(flow.AppendRecord(nil, from, &from.Records[i]), &b); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(flat(from), flat(&b)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	before := flat(&b)
	text, dns := len(b.Text), len(b.DNS)
	bad := append(flow.AppendRecord(nil, from, &from.Records[0]), 99, 1)
	if got := reasonOf(flow.DecodeRecord(bad, &b)); got != flow.UnknownField {
		t.Errorf("trailing field: %v", got)
	}
	if d := cmp.Diff(before, flat(&b)); d != "" || len(b.Text) != text || len(b.DNS) != dns {
		t.Errorf("a refused record left something behind:\n%s", d)
	}
}

// TestHostileSizes: a small encoding cannot make a large batch.
func TestHostileSizes(t *testing.T) {
	records := make([]byte, 1+flow.MaxBatchRecords+1)
	records[0] = flow.EncodingVersion
	names := bytes.Repeat([]byte{0}, flow.MaxBatchItems+1)
	tls := append(binary.AppendUvarint([]byte{8}, uint64(len(names))), names...)
	rec := append(binary.AppendUvarint([]byte{22}, uint64(len(tls))), tls...)
	items := append([]byte{1}, append(binary.AppendUvarint(nil, uint64(len(rec))), rec...)...)
	for name, data := range map[string][]byte{
		"records": records, "items": items, "bytes": make([]byte, flow.MaxBatchBytes+1),
	} {
		var b flow.Batch
		if got := reasonOf(flow.DecodeBatch(data, &b)); got != flow.TooLong {
			t.Errorf("%s: %v", name, got)
		}
	}
	if err := flow.DecodeBatch(records[:len(records)-1], &flow.Batch{}); err != nil {
		t.Errorf("%d records: %v", flow.MaxBatchRecords, err)
	}
}

func TestNoAllocations(t *testing.T) {
	from := fullBatch()
	var b flow.Batch
	enc := flow.AppendBatch(nil, from)
	buf := make([]byte, 0, 2*len(enc))
	if n := testing.AllocsPerRun(100, func() { buf = flow.AppendBatch(buf[:0], from) }); n != 0 {
		t.Errorf("AppendBatch makes %v allocations", n)
	}
	if n := testing.AllocsPerRun(100, func() {
		if err := flow.DecodeBatch(enc, &b); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("DecodeBatch makes %v allocations", n)
	}
}

func benchBatch() *flow.Batch {
	one := fullBatch()
	b := &flow.Batch{}
	for i := range flow.BatchSize {
		// Out of eight records, six are plain flows.
		b.Copy(one, &one.Records[[]int{0, 0, 0, 0, 0, 0, 1, 2}[i%8]])
		b.Records[i].First += int64(i) * 1e6
		b.Records[i].Last += int64(i) * 1e6
	}
	return b
}

func BenchmarkAppendBatch(b *testing.B) {
	from := benchBatch()
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = flow.AppendBatch(buf[:0], from)
	}
	b.SetBytes(int64(len(buf)))
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/flow.BatchSize, "ns/record")
	b.ReportMetric(float64(len(buf))/flow.BatchSize, "B/record")
}

func BenchmarkDecodeBatch(b *testing.B) {
	enc := flow.AppendBatch(nil, benchBatch())
	var into flow.Batch
	b.SetBytes(int64(len(enc)))
	b.ReportAllocs()
	for b.Loop() {
		if err := flow.DecodeBatch(enc, &into); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/flow.BatchSize, "ns/record")
}
