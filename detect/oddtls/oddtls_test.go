package oddtls_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/detect/oddtls"
	"github.com/noroshi-acd/noroshi/flow"
)

// TestLabelled is our labelled case: five kinds of server that tools make among a
// day of honest TLS.
func TestLabelled(t *testing.T) {
	r := detecttest.Rand(t, 0)
	stream := office(r, 200)
	bad := map[flow.Addr]bool{}
	kinds := threats(r)
	for _, k := range kinds {
		stream = append(stream, again(k.hello, k.n)...)
		bad[k.dst] = true
	}
	e := engine(nil)
	play(e, stream)
	for name, k := range kinds {
		if f := best(e, k.src, k.dst); f.Score == 0 || detect.LevelOf(f.Score) < k.want {
			t.Errorf("%s: %.2f, want %s; %v", name, f.Score, k.want, f.Evidence)
		}
	}
	for _, f := range e.Findings() {
		if !bad[f.Dst] && f.Score >= detect.MediumScore {
			t.Errorf("honest at %.2f: %s %s %v", f.Score, f.Name, f.Dst, f.Evidence)
		}
	}
}

// TestHonest: what looks odd and is not.
func TestHonest(t *testing.T) {
	r := detecttest.Rand(t, 0)
	host, far := detecttest.Home(20), detecttest.Abroad(20000)
	self := func(s string) hello { return hello{src: host, dst: far, ja4: browser, subject: s, issuer: s} }
	with := func(h hello, change func(*hello)) hello { change(&h); return h }
	cases := map[string][]hello{
		"a storage box elsewhere":                  again(with(self("CN=box,O=Maker of boxes,C=TW"), func(h *hello) { h.port, h.before, h.after = 5001, -900, 7000 }), 30),
		"a mail server":                            again(with(self("CN=mail.example.org"), func(h *hello) { h.port, h.sni, h.before, h.after = 587, "mail.example.org", -10, 3000 }), 30),
		"an expired certificate":                   again(hello{src: host, dst: far, ja4: browser, sni: "club.example.org", subject: "CN=club.example.org", issuer: "CN=R1,O=Public Trust 1,C=US", names: []string{"club.example.org"}, before: -120, after: -30}, 5),
		"the default certificate of a shared host": again(hello{src: host, dst: far, ja4: browser, sni: "small.example.org", subject: "CN=server17.host.example", issuer: "CN=R1,O=Public Trust 1,C=US", names: []string{"server17.host.example"}, before: -20, after: 70}, 5),
		"a call":                     again(with(self("CN=WebRTC"), func(h *hello) { h.version, h.port, h.before, h.after = 0xfefd, 3478, -1, 29 }), 30),
		"a tool of one, well kept":   again(hello{src: host, dst: far, ja4: "t13d9999h2_aaaaaaaaaaaa_bbbbbbbbbbbb", sni: "api.tool.example.org", subject: "CN=api.tool.example.org", issuer: "CN=R1,O=Public Trust 1,C=US", names: []string{"*.tool.example.org"}, before: -1, after: 89}, 60),
		"version 1.3, nothing shown": again(hello{src: host, dst: far, ja4: browser, sni: "hidden.example.org", version: 0x0304}, 20),
		"inside":                     again(with(self("CN=printer"), func(h *hello) { h.dst, h.ja4 = detecttest.Home(4000), "t10i050500_x_y" }), 60),
	}
	var things, shuffled, peers []hello
	for h := range 30 {
		x := hello{src: detecttest.Home(h), dst: detecttest.Abroad(20500), port: 8883, ja4: "t12i0404_thing_thing", subject: "CN=device,O=Maker", issuer: "CN=Maker Root,O=Maker", before: -900, after: 9000}
		things = append(things, again(x, 5)...)
	}
	for i := range 200 {
		shuffled = append(shuffled, hello{at: float64(i) * 300, src: host, dst: far, ja4: fmt.Sprintf("shuffled%d", i), sni: "site.example.org", version: 0x0304})
	}
	for i := range 40 {
		x := with(self("CN=peer"), func(h *hello) {
			h.at, h.dst, h.port, h.ja4, h.before, h.after = float64(i)*600, detecttest.Abroad(21000+i*256), 22000, "t13i_peers", -300, 7000
		})
		x.subject, x.issuer = fmt.Sprintf("CN=peer%d", i), fmt.Sprintf("CN=peer%d", i)
		peers = append(peers, again(x, 4)...)
	}
	cases["things of one maker"], cases["a browser that shuffles"], cases["peer to peer"] = things, shuffled, peers
	for name, stream := range cases {
		t.Run(name, func(t *testing.T) {
			e := engine(nil)
			play(e, append(office(r, 120), stream...))
			for _, f := range e.Findings() {
				if f.Score >= detect.MediumScore {
					t.Errorf("%.2f %s %v", f.Score, f.Dst, f.Evidence)
				}
			}
		})
	}
}

type past map[string]int64

func (p past) FirstSeen(name string) (int64, bool) { ns, ok := p[name]; return ns, ok }

// TestAge: the same connection weighs more when others saw the name first last week.
func TestAge(t *testing.T) {
	h := hello{src: detecttest.Home(10), dst: detecttest.Abroad(9000), ja4: "t12i_own", sni: "new.example.net", subject: "CN=new.example.net", issuer: "CN=new.example.net", before: -1, after: 300}
	score := func(p oddtls.Past) float64 {
		e := engine(p)
		play(e, append(office(detecttest.Rand(t, 5), 120), again(h, 20)...))
		return best(e, h.src, h.dst).Score
	}
	young, old, none := score(past{"new.example.net": detecttest.Start - 3*day}), score(past{"new.example.net": detecttest.Start - 800*day}), score(nil)
	if !(young > none && none > old) {
		t.Errorf("young %.2f, unknown %.2f, old %.2f", young, none, old)
	}
}

// TestKindsCap: however many signs of one kind there are, they stay low.
func TestKindsCap(t *testing.T) {
	e := engine(nil)
	h := hello{src: detecttest.Home(10), dst: detecttest.Abroad(9000), ja4: browser, sni: "qzxvrtkw.example", subject: "CN=qzxvrtkw.example,O=Internet Widgits Pty Ltd", issuer: "CN=qzxvrtkw.example,O=Internet Widgits Pty Ltd", before: -400, after: 3000}
	play(e, append(office(detecttest.Rand(t, 6), 120), again(h, 20)...))
	if f := best(e, h.src, h.dst); f.Score >= detect.MediumScore || fact(t, f, "sign_kinds").(int64) != 1 {
		t.Errorf("%.2f %v", f.Score, f.Evidence)
	}
}

func TestMerge(t *testing.T) {
	r := detecttest.Rand(t, 0)
	stream := office(r, 100)
	for _, k := range threats(r) {
		stream = append(stream, again(k.hello, k.n)...)
	}
	whole, left, right := engine(nil), engine(nil), engine(nil)
	play(whole, stream)
	var a, b []hello
	for i, x := range stream {
		if i%2 == 0 {
			a = append(a, x)
		} else {
			b = append(b, x)
		}
	}
	play(left, a)
	play(right, b)
	left.Merge(right)
	key := func(f detect.Finding) string {
		return fmt.Sprintf("%s %s %d %.2f %v", f.Src, f.Dst, f.Count, f.Score, f.Evidence[0].Value)
	}
	var want, got []string
	for _, f := range whole.Findings() {
		want = append(want, key(f))
	}
	for _, f := range left.Findings() {
		got = append(got, key(f))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-whole +merged\n%s", diff)
	}
}

// TestFloodIsBounded: a flood of odd servers does not push the oldest odd one out
// while it is in use, and memory stays.
func TestFloodIsBounded(t *testing.T) {
	cfg := oddtls.Config{Pairs: 64, Certificates: 64}
	e := detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}, oddtls.New(cfg, nil))
	var stream []hello
	for i := range 3000 {
		s := fmt.Sprintf("CN=flood%d", i)
		stream = append(stream, hello{at: float64(i), src: detecttest.Home(i % 7), dst: detecttest.Abroad(i), subject: s, issuer: s, ja4: s})
	}
	play(e, stream)
	if n := len(e.Findings()); n > 64 {
		t.Errorf("%d findings of 64 places", n)
	}
}

// TestCombinesWithBeacon: another method about the same machine and name raises it.
func TestCombinesWithBeacon(t *testing.T) {
	one := detect.Finding{Kind: detect.OddTLS, Score: 0.6, Src: detecttest.Home(1), Name: "x.example"}
	both := detect.Combine([]detect.Finding{one, {Kind: detect.Beacon, Score: 0.6, Src: detecttest.Home(1), Name: "x.example"}})
	if both[0].Score < 0.7 {
		t.Errorf("combined %.2f", both[0].Score)
	}
}

func TestWords(t *testing.T) {
	r := detecttest.Rand(t, 1)
	e := engine(nil)
	stream := office(r, 100)
	for _, k := range threats(r) {
		stream = append(stream, again(k.hello, k.n)...)
	}
	play(e, stream)
	for _, f := range e.Findings() {
		if strings.Contains(f.Why.EN, "oddtls.") || strings.Contains(f.Why.JA, "oddtls.") {
			t.Errorf("unworded: %v", f.Why)
		}
	}
	if oddtls.DefaultConfig().Validate() != nil || (oddtls.Config{}).Validate() == nil {
		t.Error("the configuration is judged wrongly")
	}
}

func BenchmarkObserve(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	d := oddtls.New(oddtls.DefaultConfig(), nil)
	var batch flow.Batch
	t := flow.TLS{SNI: batch.AddName([]byte("www.shop.example.com")), JA4: batch.AddText([]byte(browser)), Digest: batch.AddText([]byte(strings.Repeat("ab", 32))),
		Subject: batch.AddText([]byte("CN=www.shop.example.com")), Issuer: batch.AddText([]byte("CN=R1,O=Public Trust")), Version: 0x0303}
	batch.Names = append(batch.Names, batch.AddName([]byte("www.shop.example.com")))
	t.Names.To = 1
	rec := flow.Record{First: detecttest.Start, DstPort: 443, Proto: 6, TLS: batch.AddTLS(t)}
	ev := detect.Event{Batch: &batch, Rec: &rec, TLS: &batch.TLS[0], Name: 5, NameFrom: detect.NameSNI, SrcDomestic: true}
	b.ReportAllocs()
	for b.Loop() {
		rec.Src, rec.Dst = detecttest.Home(r.IntN(100)), detecttest.Abroad(r.IntN(100))
		rec.First += 1e6
		d.Observe(&ev)
	}
}
