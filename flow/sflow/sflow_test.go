package sflow_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	peer "github.com/netsampler/goflow2/v2/decoders/sflow"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/sflow"
	"github.com/noroshi-acd/noroshi/flow/sflow/sflowtest"
)

func TestMake(t *testing.T) {
	datagrams, want := sflowtest.Make(5000, 3)
	d := sflow.NewDecoder(sflow.Options{})
	var b flow.Batch
	for _, p := range datagrams {
		if err := d.Decode(p, flow.Addr{}, 77, &b); err != nil {
			t.Fatal(err)
		}
	}
	for i := range want {
		want[i].First, want[i].Last, want[i].Link = 77, 77, 1
	}
	if diff := cmp.Diff(want, b.Records); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	if a := d.Agents(); len(a) != 1 || a[0].Flows != 5000 || a[0].Lost != 0 || a[0].Agent.String() != "192.0.2.9" {
		t.Errorf("%+v", a)
	}
}

func words(v ...uint32) (b []byte) {
	for _, x := range v {
		b = binary.BigEndian.AppendUint32(b, x)
	}
	return b
}

func brief(r *flow.Record) string {
	return fmt.Sprintf("%v:%d>%v:%d/%d %d/%d back %d/%d %#x 1:%d", r.Src, r.SrcPort, r.Dst, r.DstPort, r.Proto,
		r.SrcPackets, r.SrcBytes, r.DstPackets, r.DstBytes, r.SrcFlags, r.Sampling)
}

func TestSamples(t *testing.T) {
	v4 := sflowtest.Part(3, words(1500, 6, 0x0a000001, 0xc0000201, 40000, 443, 0x12, 0))
	v6 := sflowtest.Part(4, append(append(words(900, 17), append(append(make([]byte, 15), 1), append(make([]byte, 15), 2)...)...), words(5, 53, 0, 0)...))
	echo := append(append(make([]byte, 12), 8, 0, 0x45, 0, 0, 84, 0, 0, 0, 0, 64, 1, 0, 0, 10, 0, 0, 1, 192, 0, 2, 1), 0, 0, 0, 0)
	arp := append(make([]byte, 12), 8, 6, 0, 1)
	gateway := sflowtest.Part(1003, words(1, 0xc0000203, 1, 2, 3, 0))
	const text4 = "10.0.0.1:40000>192.0.2.1:443/6 1/1500 back 0/0 0x12 1:"
	for _, c := range []struct {
		name    string
		samples [][]byte
		want    string
	}{
		{"IPv4", [][]byte{sflowtest.Flow(1, 100, v4)}, text4 + "100"},
		{"IPv6, expanded", [][]byte{sflowtest.Expanded(1, 200, 0, gateway, v6)}, "::1:5>::2:53/17 1/900 back 0/0 0x0 1:200"},
		{"echo reply", [][]byte{sflowtest.Flow(1, 100, sflowtest.Header(1, 98, echo))}, "192.0.2.1:8>10.0.0.1:0/1 0/0 back 1/84 0x0 1:100"},
		{"raw IP", [][]byte{sflowtest.Flow(1, 100, sflowtest.Header(11, 84, echo[14:]))}, "192.0.2.1:8>10.0.0.1:0/1 0/0 back 1/84 0x0 1:100"},
		{"no IP", [][]byte{sflowtest.Flow(1, 100, sflowtest.Header(1, 64, arp), gateway), sflowtest.Flow(1, 100, v4)}, text4 + "100"},
		{"token ring", [][]byte{sflowtest.Flow(1, 100, sflowtest.Header(3, 64, echo))}, ""},
		{"header and fields", [][]byte{sflowtest.Flow(1, 9, v4, sflowtest.Header(1, 98, echo))}, text4 + "9"},
		{"bad header, good fields", [][]byte{sflowtest.Flow(1, 9, sflowtest.Header(1, 98, echo[:20]), v4)}, text4 + "9"},
		{"bad header", [][]byte{sflowtest.Flow(1, 9, sflowtest.Header(1, 98, echo[:20])), sflowtest.Flow(1, 100, v4)}, text4 + "100; sFlow, sample 1, byte 68: headers of the sampled packet make no sense"},
		{"counters", [][]byte{sflowtest.Part(2, make([]byte, 40)), sflowtest.Part(4, nil), sflowtest.Part(77<<12|1, nil), sflowtest.Flow(1, 100, v4)}, text4 + "100"},
		{"sample cut short", [][]byte{sflowtest.Flow(1, 100, v4), sflowtest.Flow(1, 100, v4)[:60]}, text4 + "100; sFlow, sample 2, byte 168: cut short"},
		{"record too long", [][]byte{sflowtest.Flow(1, 100, append(words(3, 99), v4[8:]...)), sflowtest.Flow(1, 100, v4)}, text4 + "100; sFlow, sample 1, byte 68: sample makes no sense"},
		{"sample too short", [][]byte{sflowtest.Part(1, make([]byte, 20)), sflowtest.Part(3, make([]byte, 40))}, "sFlow, sample 1, byte 56: sample makes no sense"},
		{"fields too short", [][]byte{sflowtest.Flow(1, 1, sflowtest.Part(3, make([]byte, 24)), sflowtest.Part(4, make([]byte, 24)), sflowtest.Part(1, nil))}, "sFlow, sample 1, byte 68: sample makes no sense"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := sflowtest.Datagram(1, c.samples...)
			d := sflow.NewDecoder(sflow.Options{})
			var b flow.Batch
			err := d.Decode(p, flow.Addr{}, 1, &b)
			var all []string
			for i := range b.Records {
				all = append(all, brief(&b.Records[i]))
			}
			if err != nil {
				all = append(all, err.Error())
			}
			if got := strings.Join(all, "; "); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			for n := range p {
				_ = d.Decode(p[:n], flow.Addr{}, 1, &b)
			}
		})
	}
}

func TestLossAndDrops(t *testing.T) {
	v4 := sflowtest.Part(3, words(1500, 6, 0x0a000001, 0xc0000201, 40000, 443, 0x12, 0))
	d := sflow.NewDecoder(sflow.Options{Agents: 2})
	var b flow.Batch
	drops := uint32(1<<32 - 5)
	for i, n := range []uint32{10, 11, 14, 12, 15, 9000, 9001, 3_000_000_000, 3_000_000_001} {
		drops += uint32(i)
		if err := d.Decode(sflowtest.Datagram(n, sflowtest.Expanded(n, 10, drops, v4)), flow.Addr{}, 1, &b); err != nil {
			t.Fatal(err)
		}
	}
	if a := d.Agents(); a[0].Lost != 1+8984 || a[0].Dropped != 36 {
		t.Errorf("%+v", a)
	}
	for i := range 100 {
		_ = d.Decode(sflowtest.Datagram(1), flow.Addr{0: byte(i)}, 1, &b)
	}
	if len(d.Agents()) != 2 || d.Stats().Evicted != 98 {
		t.Errorf("%d agents, %+v", len(d.Agents()), d.Stats())
	}
	var e *sflow.Error
	if err := d.Decode(words(4, 1, 2, 3), flow.Addr{}, 1, &b); !errors.As(err, &e) || e.Reason != sflow.BadVersion || e.Version != 4 {
		t.Errorf("%v", err)
	}
	if err := d.Decode(words(5, 7, 2, 3), flow.Addr{}, 1, &b); !errors.As(err, &e) || e.Reason != sflow.BadAgent {
		t.Errorf("%v", err)
	}
}

func TestNoAllocations(t *testing.T) {
	datagrams, _ := sflowtest.Make(7000, 1)
	d := sflow.NewDecoder(sflow.Options{})
	var b flow.Batch
	run := func() {
		b.Reset()
		for _, p := range datagrams {
			if err := d.Decode(p, flow.Addr{}, 1, &b); err != nil {
				t.Fatal(err)
			}
		}
	}
	run()
	if n := testing.AllocsPerRun(10, run); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzDecode holds the decoder to goflow2's: whatever that reads without complaint
// has as many samples of packets, at the same rates, and the same fields.
func FuzzDecode(f *testing.F) {
	datagrams, _ := sflowtest.Make(9, 1)
	v4 := sflowtest.Part(3, words(1500, 6, 0x0a000001, 0xc0000201, 40000, 443, 0x12, 0))
	f.Add(datagrams[0])
	f.Add(sflowtest.Datagram(4, sflowtest.Expanded(1, 100, 0, v4), sflowtest.Part(2, make([]byte, 12)), sflowtest.Flow(1, 100, v4)))
	f.Fuzz(func(t *testing.T, p []byte) {
		d := sflow.NewDecoder(sflow.Options{})
		var b flow.Batch
		err := d.Decode(p, flow.Addr{}, 1, &b)
		var e *sflow.Error
		if err != nil && (!errors.As(err, &e) || e.Offset < 0 || e.Offset > len(p)) {
			t.Fatalf("%v", err)
		}
		if err != nil || claimsTooMuch(p) {
			return
		}
		var m peer.Packet
		if peer.DecodeMessageVersion(bytes.NewBuffer(p), &m) != nil {
			return
		}
		if want, got := fields(&m), records(&b); !cmp.Equal(want, got) {
			t.Errorf("(-goflow2 +ours)\n%s", cmp.Diff(want, got))
		}
	})
}

// claimsTooMuch keeps from goflow2 what makes it allocate without bound.
func claimsTooMuch(p []byte) bool {
	for at := 0; at+4 <= len(p); at++ {
		if n := binary.BigEndian.Uint32(p[at:]); n > 1<<16 && at >= 44 {
			return true
		}
	}
	return false
}

// records lists those of ours that came from fields, not headers: goflow2 does not
// read headers here.
func records(b *flow.Batch) (all []string) {
	for i := range b.Records {
		all = append(all, brief(&b.Records[i]))
	}
	return all
}

// fields makes the same list of what goflow2 read, for datagrams that hold fields
// only.
func fields(m *peer.Packet) (all []string) {
	for _, s := range m.Samples {
		var rate uint32
		var list []peer.FlowRecord
		switch s := s.(type) {
		case peer.FlowSample:
			rate, list = s.SamplingRate, s.Records
		case peer.ExpandedFlowSample:
			rate, list = s.SamplingRate, s.Records
		}
		if r := slow(list); r != nil {
			r.Sampling = rate
			all = append(all, brief(r))
		}
	}
	return all
}

func slow(list []peer.FlowRecord) *flow.Record {
	for _, x := range list {
		var base peer.SampledIPBase
		switch data := x.Data.(type) {
		case peer.SampledHeader:
			// Headers have an oracle of their own in package packet.
			d := sflow.NewDecoder(sflow.Options{})
			var b flow.Batch
			_ = d.Decode(sflowtest.Datagram(1, sflowtest.Flow(1, 1, sflowtest.Part(1, append(words(data.Protocol, data.FrameLength, data.Stripped, data.OriginalLength), data.HeaderData...)))), flow.Addr{}, 1, &b)
			if len(b.Records) == 1 {
				return &b.Records[0]
			}
			continue
		case peer.SampledIPv4:
			base = data.SampledIPBase
		case peer.SampledIPv6:
			base = data.SampledIPBase
		default:
			continue
		}
		r := &flow.Record{SrcPackets: 1, SrcBytes: uint64(base.Length), Proto: uint8(base.Protocol), SrcPort: uint16(base.SrcPort), DstPort: uint16(base.DstPort), SrcFlags: uint8(base.TcpFlags)}
		if len(base.SrcIP) == 4 {
			r.Src, r.Dst = flow.Addr4([4]byte(base.SrcIP)), flow.Addr4([4]byte(base.DstIP))
		} else {
			r.Src, r.Dst = flow.Addr(base.SrcIP), flow.Addr(base.DstIP)
		}
		return r
	}
	return nil
}

// BenchmarkDecode decodes to flow records, and beside it what goflow2's decoder makes
// of the same datagrams; that does not read the packets' headers.
func BenchmarkDecode(b *testing.B) {
	const n = 7 * 2000
	datagrams, _ := sflowtest.Make(n, 1)
	perSample := func(b *testing.B) {
		b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds()/1e6, "Msamples/s")
		b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/n, "ns/sample")
	}
	b.Run("noroshi", func(b *testing.B) {
		d := sflow.NewDecoder(sflow.Options{})
		var out flow.Batch
		b.ReportAllocs()
		for b.Loop() {
			for _, p := range datagrams {
				if err := d.Decode(p, flow.Addr{}, 1, &out); err != nil {
					b.Fatal(err)
				}
				if len(out.Records) >= flow.BatchSize {
					out.Reset()
				}
			}
		}
		perSample(b)
	})
	b.Run("goflow2", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for _, p := range datagrams {
				var m peer.Packet
				if err := peer.DecodeMessageVersion(bytes.NewBuffer(p), &m); err != nil {
					b.Fatal(err)
				}
			}
		}
		perSample(b)
	})
}
