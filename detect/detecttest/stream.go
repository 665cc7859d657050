package detecttest

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
)

// Border counts 10/8 and 192.168/16 as domestic and private, the rest as foreign.
type Border struct{}

// Side implements [detect.Placer].
func (Border) Side(a flow.Addr) direction.Side {
	if (Border{}).Private(a) {
		return direction.SideDomestic
	}
	return direction.SideForeign
}

// Private implements [detect.Placer].
func (Border) Private(a flow.Addr) bool {
	return a.Is4() && (a[12] == 10 || a[12] == 192 && a[13] == 168)
}

// Exchange is one flow of a stream.
type Exchange struct {
	At       float64 // s since the stream's start
	Src, Dst flow.Addr
	Port     uint16
	Proto    uint8 // 0 means TCP
	Name     string
	Out, In  uint64
	State    flow.State // unknown means established
	Service  flow.Service
	Kind     flow.Kind
	SrcPort  uint16 // 0 means a new one
}

// Start is the time of a stream's second 0: 2026-11-20 00:00 UTC.
const Start = int64(1795132800) * 1e9

// Home gives the i-th inside host, Abroad the i-th outside one (198.18.0.0/15,
// RFC 2544).
func Home(i int) flow.Addr { return flow.Addr4([4]byte{10, 1, byte(i >> 8), byte(i)}) }

// Abroad gives the i-th outside host.
func Abroad(i int) flow.Addr { return flow.Addr4([4]byte{198, 18, byte(i >> 8), byte(i)}) }

// Play sorts stream by time and feeds it to e, one record a batch; after, when not
// nil, is called after each and may end the play by false.
func Play(e *detect.Engine, stream []Exchange, after func(n int) bool) {
	slices.SortStableFunc(stream, func(a, b Exchange) int {
		switch {
		case a.At < b.At:
			return -1
		case a.At > b.At:
			return 1
		}
		return 0
	})
	var b flow.Batch
	port := uint16(20000)
	for i, x := range stream {
		b.Reset()
		if x.SrcPort == 0 {
			port = port%40000 + 20001
			x.SrcPort = port
		}
		r := flow.Record{
			First: Start + int64(x.At*1e9), Src: x.Src, Dst: x.Dst, SrcPort: x.SrcPort, DstPort: x.Port, Proto: max(x.Proto, 6),
			SrcBytes: x.Out, DstBytes: x.In, SrcPackets: 1 + x.Out/1000, DstPackets: x.In / 1000, Kind: x.Kind, State: x.State, Service: x.Service,
		}
		if x.State == flow.StateUnknown {
			r.State, r.DstPackets = flow.StateEstablished, r.DstPackets+1
		}
		r.Last = r.First + 1e8
		if x.Name != "" {
			r.TLS = b.AddTLS(flow.TLS{SNI: b.AddName([]byte(x.Name))})
		}
		b.Records = append(b.Records, r)
		e.Observe(&b)
		if after != nil && !after(i+1) {
			return
		}
	}
}

// Beacon gives n check-ins from src with this period (s) and jitter (share).
func Beacon(r *rand.Rand, src, dst flow.Addr, period, jitter float64, n int) []Exchange {
	var out []Exchange
	t := r.Float64() * period
	for range n {
		out = append(out, Exchange{At: t, Src: src, Dst: dst, Port: 443, Out: 480 + r.Uint64N(40), In: 350 + r.Uint64N(40)})
		t += period * (1 - jitter + 2*jitter*r.Float64())
	}
	return out
}

// Office gives a working day of browsing by hosts 0..hosts-1: bursts of visits to
// sites by Zipf's law, sizes as content has them.
func Office(r *rand.Rand, hosts, burstsPerHost int) []Exchange {
	zipf := rand.NewZipf(r, 1.2, 8, 2000)
	var out []Exchange
	for h := range hosts {
		for range burstsPerHost {
			at := 8*3600 + r.Float64()*9*3600
			for range 1 + r.IntN(6) {
				site := int(zipf.Uint64())
				out = append(out, Exchange{
					At: at + r.Float64()*40, Src: Home(h), Dst: Abroad(site), Port: 443, Name: siteName(site), Service: flow.ServiceTLS,
					Out: uint64(500 + r.ExpFloat64()*2500), In: uint64(3000 + r.ExpFloat64()*60000),
				})
			}
		}
	}
	return out
}

func siteName(i int) string {
	return "www.s" + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676%26)) + ".example"
}

// Rand gives a generator with a changing seed and logs it, so that a failure can
// be run again.
func Rand(t testing.TB, seed uint64) *rand.Rand {
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

// At gives the finding of kind about src (or with src among its sources), nil for
// none.
func At(found []detect.Finding, kind detect.Kind, src flow.Addr) *detect.Finding {
	for i := range found {
		if f := &found[i]; f.Kind == kind && (f.Src == src || slices.Contains(f.Sources, src)) {
			return f
		}
	}
	return nil
}
