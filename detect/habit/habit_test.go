package habit_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/beacon"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/detect/habit"
	"github.com/noroshi-acd/noroshi/detect/habit/indicator"
	"github.com/noroshi-acd/noroshi/flow"
)

// site is an engine with what habits need.
type site struct {
	*detect.Engine
	habits *habit.Detector
}

func newSite(known []indicator.Habit) site {
	b := beacon.New(beacon.DefaultConfig())
	h := habit.New(habit.DefaultConfig(), b, known)
	return site{detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}, b, h), h}
}

// calls are contacts of one malware: octets out and in a little noisy.
func calls(r *rand.Rand, src, dst flow.Addr, name string, period, jitter float64, out, in uint64, n int) []detecttest.Exchange {
	all := detecttest.Beacon(r, src, dst, period, jitter, n)
	for i := range all {
		all[i].Name, all[i].Service = name, flow.ServiceTLS
		all[i].Out, all[i].In = out+r.Uint64N(12), in+r.Uint64N(12)
	}
	return all
}

// learnt gives the habit of a malware that calls every 400 s with 20 % jitter.
func learnt(t *testing.T, r *rand.Rand) []indicator.Habit {
	t.Helper()
	s := newSite(nil)
	detecttest.Play(s.Engine, append(detecttest.Office(r, 40, 30), calls(r, detecttest.Home(7), detecttest.Abroad(50000), "old.c2.example", 400, 0.2, 700, 320, 200)...), nil)
	all := s.habits.Learn(s.Context(), s.Findings())
	if len(all) != 1 {
		t.Fatalf("%d habits learnt, want 1: %+v", len(all), all)
	}
	return all
}

func TestServerThatMoved(t *testing.T) {
	r := detecttest.Rand(t, 0)
	known := learnt(t, r)
	s := newSite(known)
	stream := detecttest.Office(r, 60, 40)
	stream = append(stream, calls(r, detecttest.Home(9), detecttest.Abroad(51000), "brand-new.example.net", 400, 0.2, 708, 322, 120)...)
	// Others that keep time: another period, other sizes, no jitter.
	stream = append(stream, calls(r, detecttest.Home(10), detecttest.Abroad(51001), "a.example", 900, 0.2, 700, 320, 90)...)
	stream = append(stream, calls(r, detecttest.Home(11), detecttest.Abroad(51002), "b.example", 400, 0.2, 1900, 5200, 120)...)
	stream = append(stream, calls(r, detecttest.Home(12), detecttest.Abroad(51003), "c.example", 400, 0.004, 700, 320, 120)...)
	detecttest.Play(s.Engine, stream, nil)
	found := s.Findings()
	f := detecttest.At(found, detect.Habit, detecttest.Home(9))
	if f == nil || detect.LevelOf(f.Score) < detect.High || f.Dst != detecttest.Abroad(51000) {
		t.Errorf("the moved server is not at high: %+v", f)
	}
	for i := range found {
		if f := &found[i]; f.Kind == detect.Habit && f.Src != detecttest.Home(9) && detect.LevelOf(f.Score) >= detect.Medium {
			t.Errorf("at medium or above: %s %s %.2f %v", f.Src, f.Name, f.Score, f.Evidence)
		}
	}
}

// TestCommonShape: where many destinations are called in the same way, the habit
// says nothing about any of them.
func TestCommonShape(t *testing.T) {
	r := detecttest.Rand(t, 0)
	known := learnt(t, r)
	s := newSite(known)
	stream := detecttest.Office(r, 60, 40)
	for i := range 60 {
		stream = append(stream, calls(r, detecttest.Home(i), detecttest.Abroad(52000+i), "agent.s"+string(rune('a'+i%26))+string(rune('a'+i/26))+".example", 400, 0.2, 700+uint64(i%3), 320, 100)...)
	}
	for i := range 40 { // one service of most hosts
		stream = append(stream, calls(r, detecttest.Home(i), detecttest.Abroad(53000), "telemetry.example.com", 400, 0.2, 700, 320, 100)...)
	}
	detecttest.Play(s.Engine, stream, nil)
	for _, f := range s.Findings() {
		if f.Kind == detect.Habit && detect.LevelOf(f.Score) >= detect.Medium {
			t.Errorf("at medium or above: %s %s %.2f %v", f.Src, f.Name, f.Score, f.Evidence)
		}
	}
}

// TestMerge: two engines that saw different hosts say together what one says.
func TestMerge(t *testing.T) {
	r := detecttest.Rand(t, 0)
	known := learnt(t, r)
	stream := append(detecttest.Office(r, 60, 40), calls(r, detecttest.Home(9), detecttest.Abroad(51000), "brand-new.example.net", 400, 0.2, 708, 322, 120)...)
	whole, left, right := newSite(known), newSite(known), newSite(known)
	var a, b []detecttest.Exchange
	for _, x := range stream {
		if x.Src[15]%2 == 0 {
			a = append(a, x)
		} else {
			b = append(b, x)
		}
	}
	detecttest.Play(whole.Engine, stream, nil)
	detecttest.Play(left.Engine, a, nil)
	detecttest.Play(right.Engine, b, nil)
	left.Merge(right.Engine)
	want, got := detecttest.At(whole.Findings(), detect.Habit, detecttest.Home(9)), detecttest.At(left.Findings(), detect.Habit, detecttest.Home(9))
	if want == nil || got == nil {
		t.Fatalf("whole %v, merged %v", want, got)
	}
	if got.Name != want.Name || got.Count != want.Count || got.Score < want.Score-0.05 || got.Score > want.Score+0.05 {
		t.Errorf("whole %.3f %q %d, merged %.3f %q %d", want.Score, want.Name, want.Count, got.Score, got.Name, got.Count)
	}
	one, two := whole.habits.Learn(whole.Context(), whole.Findings()), left.habits.Learn(left.Context(), left.Findings())
	if d := cmp.Diff(one, two); d != "" {
		t.Errorf("learnt (-whole +merged):\n%s", d)
	}
}

// TestHoldsNoCase: nothing of addresses, names or certificate texts gets into a
// habit.
func TestHoldsNoCase(t *testing.T) {
	r := detecttest.Rand(t, 0)
	s := newSite(nil)
	var b flow.Batch
	for _, x := range calls(r, detecttest.Home(7), detecttest.Abroad(50000), "", 300, 0.1, 700, 320, 100) {
		b.Reset()
		tls := flow.TLS{
			SNI: b.AddName([]byte("secretname.example")), JA4: b.AddText([]byte("t13d1516h2_8daaf6152771_02713d6af862")), Digest: b.AddText([]byte(strings.Repeat("ab", 32))),
			Subject: b.AddText([]byte("CN=secretname.example,O=Secret Maker GmbH,EVIL=yes\\, this")), Issuer: b.AddText([]byte("CN=Secret CA,C=DE")),
			NotBefore: detecttest.Start - 5*86400e9, NotAfter: detecttest.Start + 85*86400e9,
		}
		at := detecttest.Start + int64(x.At*1e9)
		b.Records = append(b.Records, flow.Record{
			First: at, Last: at + 7e8, Src: x.Src, Dst: x.Dst, SrcPort: uint16(20000 + len(b.Records) + int(x.At)%30000), DstPort: 8443, Proto: 6, SrcBytes: x.Out, DstBytes: x.In,
			SrcPackets: 4, DstPackets: 4, State: flow.StateEstablished, Service: flow.ServiceTLS, TLS: b.AddTLS(tls),
		})
		s.Observe(&b)
	}
	detecttest.Play(s.Engine, detecttest.Office(r, 40, 20), nil)
	all := s.habits.Learn(s.Context(), s.Findings())
	var text bytes.Buffer
	if err := indicator.Write(&text, all); err != nil || len(all) != 1 {
		t.Fatalf("%d habits, %v", len(all), err)
	}
	for _, part := range []string{"secret", "Secret", "10.1.", "198.18", "GmbH", "evil", "EVIL", "abab"} {
		if strings.Contains(text.String(), part) {
			t.Errorf("%q is in the habit:\n%s", part, text.String())
		}
	}
	got := all[0]
	want := &indicator.TLS{JA4: "t13d1516h2_8daaf6152771_02713d6af862", Certificate: &indicator.Certificate{Validity: 90, Subject: "CN=host,O=words,?=words", Issuer: "CN=words,C=country"}}
	if d := cmp.Diff(want, got.TLS); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if e := got.Exchange; e.Port != 8443 || e.Protocol != 6 || e.Service != "tls" || !e.Named || e.Duration == nil || abs(e.Duration.Median-0.7) > 0.05 {
		t.Errorf("%+v %+v", e, e.Duration)
	}
	if p := got.Rhythm.Period; p < 280 || p > 320 {
		t.Errorf("period %g", p)
	}
	path := filepath.Join(t.TempDir(), "habits.toml")
	if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	back, err := indicator.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(all, back); d != "" {
		t.Errorf("what was written is not what is read:\n%s", d)
	}
}

func abs(x float64) float64 { return max(x, -x) }

func TestConfig(t *testing.T) {
	if err := habit.DefaultConfig().Validate(); len(err) > 0 {
		t.Error(err)
	}
	for _, c := range []habit.Config{{Pairs: 1, MinContacts: 8}, {Pairs: 5000, MinContacts: 2}} {
		if len(c.Validate()) == 0 {
			t.Errorf("%+v is taken", c)
		}
	}
}

func BenchmarkFindings(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	known := []indicator.Habit{{
		ID: "habit-0", Source: indicator.Source{Hosts: 1, CheckIns: 100}, Rhythm: indicator.Rhythm{Period: 300, Gaps: indicator.Spread{280, 290, 300, 310, 320}},
		Exchange: indicator.Exchange{Port: 443, Protocol: 6, Named: true, Sent: indicator.Spread{500, 501, 502, 503, 504}, Received: indicator.Spread{300, 301, 302, 303, 304}},
	}}
	s := newSite(known)
	detecttest.Play(s.Engine, detecttest.Office(r, 300, 60), nil)
	ctx := s.Context()
	b.ReportAllocs()
	for b.Loop() {
		s.habits.Findings(ctx)
	}
}

func BenchmarkObserve(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	h := habit.New(habit.DefaultConfig(), nil, nil)
	var batch flow.Batch
	events := make([]detect.Event, 4096)
	for range events {
		rec := flow.Record{First: detecttest.Start, Last: detecttest.Start + 1e9, Src: detecttest.Home(r.IntN(200)), Dst: detecttest.Abroad(r.IntN(2000)), DstPort: 443, Proto: 6}
		rec.TLS = batch.AddTLS(flow.TLS{JA4: batch.AddText([]byte("t13d1516h2_8daaf6152771_02713d6af862"))})
		batch.Records = append(batch.Records, rec)
	}
	for i := range events {
		events[i] = detect.Event{Batch: &batch, Rec: &batch.Records[i], TLS: batch.TLSOf(&batch.Records[i])}
		h.Observe(&events[i])
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		h.Observe(&events[i&4095])
		i++
	}
}
