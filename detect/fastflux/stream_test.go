package fastflux_test

import (
	"math/rand/v2"
	"slices"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/detect/fastflux"
	"github.com/noroshi-acd/noroshi/flow"
)

func engine() *detect.Engine {
	return detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}, fastflux.New(fastflux.DefaultConfig()))
}

// ask is one question with its answer, and the exchange that follows where port is
// not 0.
type ask struct {
	at    float64 // s
	src   flow.Addr
	name  string
	addrs []flow.Addr
	ns    string // the answer is a name server's name instead
	ttl   uint32
	port  uint16
}

// play feeds asks in order of time to e.
func play(e *detect.Engine, asks []ask) {
	slices.SortStableFunc(asks, func(a, b ask) int {
		switch {
		case a.at < b.at:
			return -1
		case a.at > b.at:
			return 1
		}
		return 0
	})
	var b flow.Batch
	for _, x := range asks {
		b.Reset()
		at := detecttest.Start + int64(x.at*1e9)
		d := flow.DNS{Question: b.AddName([]byte(x.name)), Type: 1}
		for _, a := range x.addrs {
			b.Answers = append(b.Answers, flow.Answer{Addr: a, Type: 1, TTL: x.ttl})
		}
		if x.ns != "" {
			d.Type = 2
			b.Answers = append(b.Answers, flow.Answer{Name: b.AddName([]byte(x.ns)), Type: 2, TTL: x.ttl})
		}
		d.Answers.To = uint32(len(b.Answers))
		b.Records = append(b.Records, flow.Record{First: at, Last: at, Kind: flow.KindDNS, Service: flow.ServiceDNS, Proto: 17,
			Src: x.src, Dst: detecttest.Home(65000), DstPort: 53, DNS: b.AddDNS(d)})
		if x.port != 0 && len(x.addrs) > 0 {
			b.Records = append(b.Records, flow.Record{First: at + 1e8, Last: at + 1e9, Src: x.src, Dst: x.addrs[0], DstPort: x.port, Proto: 6,
				SrcBytes: 900, DstBytes: 4000, SrcPackets: 9, DstPackets: 9, State: flow.StateEstablished})
		}
		e.Observe(&b)
	}
}

// home is an address somewhere in the world's access networks.
func home(r *rand.Rand) flow.Addr {
	for {
		a := byte(1 + r.IntN(222))
		if a != 10 && a != 127 && a != 100 && a != 169 && a != 172 && a != 192 {
			return flow.Addr4([4]byte{a, byte(r.IntN(256)), byte(r.IntN(256)), byte(1 + r.IntN(254))})
		}
	}
}

// homes makes n of them.
func homes(r *rand.Rand, n int) []flow.Addr {
	out := make([]flow.Addr, n)
	for i := range out {
		out[i] = home(r)
	}
	return out
}

// block makes n addresses in k networks (/16) within few corners of the space.
func block(r *rand.Rand, n, networks, corners int) []flow.Addr {
	type net struct{ a, b byte }
	first := make([]byte, corners)
	for i := range first {
		first[i] = byte(13 + r.IntN(90))
	}
	nets := make([]net, networks)
	for i := range nets {
		nets[i] = net{first[r.IntN(corners)], byte(r.IntN(256))}
	}
	out := make([]flow.Addr, n)
	for i := range out {
		x := nets[r.IntN(networks)]
		out[i] = flow.Addr4([4]byte{x.a, x.b, byte(r.IntN(256)), byte(1 + r.IntN(254))})
	}
	return out
}

// some chooses k of pool.
func some(r *rand.Rand, pool []flow.Addr, k int) []flow.Addr {
	out := slices.Clone(pool)
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out[:min(k, len(out))]
}

// asking makes hosts ask for name every period, with answers from give.
func asking(r *rand.Rand, name string, hosts []flow.Addr, period, until float64, ttl uint32, port uint16, give func(host int, at float64) []flow.Addr) []ask {
	var out []ask
	for i, h := range hosts {
		for at := r.Float64() * period; at < until; at += period * (0.7 + 0.6*r.Float64()) {
			out = append(out, ask{at: at, src: h, name: name, addrs: give(i, at), ttl: ttl, port: port})
		}
	}
	return out
}

// crowd makes n machines that act as clients, so that there is a population.
func crowd(n int) []ask {
	var out []ask
	for h := range n {
		for i := range 4 {
			out = append(out, ask{at: float64(h), src: detecttest.Home(1000 + h), name: "www.site.example", ttl: 3000, port: 443, addrs: []flow.Addr{detecttest.Abroad(i * 7)}})
		}
	}
	return out
}
