package oddtls_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/detect/oddtls"
	"github.com/noroshi-acd/noroshi/flow"
)

const day = int64(86400e9)

// hello is one handshake.
type hello struct {
	at              float64 // s
	src, dst        flow.Addr
	port            uint16
	sni, lookup     string
	ja4             string
	subject, issuer string
	names           []string
	before, after   int64 // days from the stream's start; both 0 for none
	version         uint16
}

func engine(past oddtls.Past) *detect.Engine {
	return detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}, oddtls.New(oddtls.DefaultConfig(), past))
}

// play feeds handshakes in order of time.
func play(e *detect.Engine, all []hello) {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b hello) int {
		switch {
		case a.at < b.at:
			return -1
		case a.at > b.at:
			return 1
		}
		return 0
	})
	var b flow.Batch
	for _, h := range all {
		b.Reset()
		at := detecttest.Start + int64(h.at*1e9)
		if h.lookup != "" {
			d := flow.DNS{Question: b.AddName([]byte(h.lookup)), Type: 1, Answers: flow.Span{To: 1}}
			b.Answers = append(b.Answers, flow.Answer{Addr: h.dst, Type: 1, TTL: 600})
			b.Records = append(b.Records, flow.Record{First: at - 1e8, Kind: flow.KindDNS, Src: h.src, Dst: detecttest.Home(60000), DstPort: 53, Proto: 17, DNS: b.AddDNS(d)})
		}
		t := flow.TLS{SNI: b.AddName([]byte(h.sni)), JA4: b.AddText([]byte(h.ja4)), Subject: b.AddText([]byte(h.subject)), Issuer: b.AddText([]byte(h.issuer)), Version: h.version}
		if t.Version == 0 {
			t.Version = 0x0303
		}
		if h.before != 0 || h.after != 0 {
			t.NotBefore, t.NotAfter = detecttest.Start+h.before*day, detecttest.Start+h.after*day
		}
		t.Names.From = uint32(len(b.Names))
		for _, n := range h.names {
			b.Names = append(b.Names, b.AddName([]byte(n)))
		}
		t.Names.To = uint32(len(b.Names))
		if h.port == 0 {
			h.port = 443
		}
		b.Records = append(b.Records, flow.Record{First: at, Last: at + 1e9, Src: h.src, Dst: h.dst, DstPort: h.port, Proto: 6, State: flow.StateEstablished,
			SrcBytes: 2000, DstBytes: 5000, SrcPackets: 9, DstPackets: 9, Service: flow.ServiceTLS, TLS: b.AddTLS(t)})
		e.Observe(&b)
	}
}

// again repeats a handshake n times, some minutes apart.
func again(h hello, n int) (out []hello) {
	for i := range n {
		x := h
		x.at += float64(i) * 613
		out = append(out, x)
	}
	return out
}

const browser, system = "t13d1516h2_8daaf6152771_b186095e22b6", "t12d1209h1_d34a8e72043a_b39be8c56a14"

// office is a day of honest TLS by hosts: certificates of public issuers, some
// renewed today, some of six days' life.
func office(r *rand.Rand, hosts int) (out []hello) {
	for h := range hosts {
		for range 12 {
			site := int(300 * r.Float64() * r.Float64())
			name := fmt.Sprintf("www.shop%d.example.com", site)
			x := hello{at: r.Float64() * 80000, src: detecttest.Home(h), dst: detecttest.Abroad(site), sni: name, ja4: browser, subject: "CN=" + name,
				issuer: fmt.Sprintf("CN=R%d,O=Public Trust %d,C=US", site%4, site%7), names: []string{name, fmt.Sprintf("shop%d.example.com", site)}, before: int64(-site % 90), after: int64(90 - site%90)}
			if site%9 == 0 {
				x.before, x.after = -int64(site%6), 6-int64(site%6)
			}
			if h%5 == 0 {
				x.ja4 = system
			}
			out = append(out, x)
		}
	}
	return out
}

// threats are the kinds of server that tools make, with the level each must reach.
func threats(r *rand.Rand) map[string]struct {
	hello
	n    int
	want detect.Level
} {
	type kind = struct {
		hello
		n    int
		want detect.Level
	}
	host := func(i int) flow.Addr { return detecttest.Home(10 + i) }
	foreign := func(i int) flow.Addr { return detecttest.Abroad(9000 + i*300) }
	rare := func(i int) string {
		return fmt.Sprintf("t12i%02d0500_%012x_%012x", i, r.Uint64()&0xffffffffffff, r.Uint64()&0xffffffffffff)
	}
	return map[string]kind{
		"default answers, bare address, own program": {hello{src: host(0), dst: foreign(0), ja4: rare(1), subject: "O=Internet Widgits Pty Ltd,ST=Some-State,C=AU", issuer: "O=Internet Widgits Pty Ltd,ST=Some-State,C=AU", before: -3, after: 362}, 40, detect.High},
		"random subject, odd port, own program":      {hello{src: host(1), dst: foreign(1), port: 4443, ja4: rare(2), subject: "CN=qzxvrtkw.com,O=Bkrtwq,C=US", issuer: "CN=qzxvrtkw.com,O=Bkrtwq,C=US", before: -1, after: 3650}, 40, detect.High},
		"short life, other name, own program":        {hello{src: host(2), dst: foreign(2), sni: "cdn.update-service.net", ja4: rare(3), subject: "CN=localhost", issuer: "CN=localhost", before: -1, after: 14}, 30, detect.High},
		"self-signed, no name, shared program":       {hello{src: host(3), dst: foreign(3), ja4: system, subject: "CN=kdjfhgqwx", issuer: "CN=kdjfhgqwx", before: -1, after: 20}, 30, detect.Medium},
		"empty subject, old version, own program":    {hello{src: host(4), dst: foreign(4), port: 8080, ja4: rare(5), version: 0x0301, subject: "C=US", issuer: "C=US", before: -200, after: 1000}, 30, detect.High},
	}
}

func best(e *detect.Engine, src, dst flow.Addr) (best detect.Finding) {
	for _, f := range e.Findings() {
		if f.Src == src && f.Dst == dst && f.Score > best.Score {
			best = f
		}
	}
	return best
}

func fact(t *testing.T, f detect.Finding, name string) any {
	t.Helper()
	for _, x := range f.Evidence {
		if x.Name == name {
			return x.Value
		}
	}
	t.Errorf("no %s in %v", name, f.Evidence)
	return nil
}
