package detect_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/flow"
)

// lookup shows e that a host was told addr for name, at second at.
func lookup(e *detect.Engine, at int64, name string, addr flow.Addr) {
	var b flow.Batch
	b.Answers = append(b.Answers, flow.Answer{Addr: addr, Type: 1})
	d := b.AddDNS(flow.DNS{Question: b.AddText([]byte(name)), Type: 1, Answers: flow.Span{To: 1}})
	b.Records = append(b.Records, flow.Record{Kind: flow.KindDNS, First: at * 1e9, Src: detecttest.Home(1), Dst: detecttest.Home(9), DstPort: 53, Proto: 17, DNS: d})
	e.Observe(&b)
}

// handshake shows e one TLS exchange whose server shows a certificate.
func handshake(e *detect.Engine, at int64, name, digest string, addr flow.Addr) {
	var b flow.Batch
	t := b.AddTLS(flow.TLS{SNI: b.AddText([]byte(name)), Digest: b.AddText([]byte(digest)), Subject: b.AddText([]byte("CN=" + name))})
	b.Records = append(b.Records, flow.Record{First: at * 1e9, Src: detecttest.Home(1), Dst: addr, DstPort: 443, Proto: 6, TLS: t})
	e.Observe(&b)
}

func withHistory(n int) *detect.Engine {
	cfg := detect.DefaultConfig()
	cfg.History = n
	return detect.NewEngine(cfg, detecttest.Border{})
}

// TestPasts: a finding about an address is told its names and certificates, one
// about a name its addresses, from both halves of a merged engine.
func TestPasts(t *testing.T) {
	a, b := detecttest.Abroad(1), detecttest.Abroad(2)
	one, two := withHistory(1000), withHistory(1000)
	lookup(one, 10, "one.example", a)
	handshake(one, 20, "one.example", "aa11", a)
	lookup(two, 30, "unrelated.example", detecttest.Abroad(3))
	lookup(two, 40, "one.example", b)
	lookup(two, 50, "two.example", a)
	handshake(two, 60, "one.example", "aa11", a)
	handshake(two, 70, "two.example", "bb22", a)
	one.Merge(two)
	got := one.Pasts([]detect.Finding{{Dst: a}, {Name: "one.example"}, {Dst: detecttest.Abroad(9)}})
	type seen struct {
		Addr, Name, Digest string
		From               detect.NameSource
		First, Last, Count int64
	}
	var flat [3][]seen
	for i, p := range got {
		for _, s := range p.Sightings {
			x := seen{Addr: s.Addr.String(), Name: s.Name, From: s.From, First: s.First / 1e9, Last: s.Last / 1e9, Count: s.Count}
			if s.Certificate != nil {
				x.Digest = s.Certificate.Digest
			}
			flat[i] = append(flat[i], x)
		}
	}
	A, B := a.String(), b.String()
	want := [3][]seen{
		{
			{A, "one.example", "", detect.NameSNI, 10, 60, 3}, {A, "", "aa11", 0, 20, 60, 2},
			{A, "two.example", "", detect.NameSNI, 50, 70, 2}, {A, "", "bb22", 0, 70, 70, 1},
		},
		{{A, "one.example", "", detect.NameSNI, 10, 60, 3}, {B, "one.example", "", detect.NameLookup, 40, 40, 1}},
		nil,
	}
	if diff := cmp.Diff(want, flat); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// TestPastIsBounded: a name with a hundred addresses is told with those seen most
// often, and a flood of names does not grow the table.
func TestPastIsBounded(t *testing.T) {
	e := withHistory(256)
	for i := range 100 {
		for range 1 + i/90 {
			lookup(e, int64(i), "many.example", detecttest.Abroad(i))
		}
	}
	p := e.Pasts([]detect.Finding{{Name: "many.example"}})[0]
	if len(p.Sightings) != detect.MaxSightings || p.More != 100-detect.MaxSightings {
		t.Fatalf("told %d and %d more, want %d and %d", len(p.Sightings), p.More, detect.MaxSightings, 100-detect.MaxSightings)
	}
	often := 0
	for _, s := range p.Sightings {
		if s.Count == 2 {
			often++
		}
	}
	if often != 10 {
		t.Errorf("%d of the 10 that were seen twice are told", often)
	}
	for i := range 5000 {
		lookup(e, 200, fmt.Sprintf("n%d.example", i), detecttest.Abroad(5000+i))
	}
	if got := e.Pasts([]detect.Finding{{Name: "n4999.example"}})[0]; len(got.Sightings) != 1 {
		t.Errorf("after a flood the latest name has %d addresses, want 1", len(got.Sightings))
	}
	if off := detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}); len(off.Pasts(make([]detect.Finding, 3))) != 3 {
		t.Error("an engine without a history must give an empty past for each finding")
	}
}
