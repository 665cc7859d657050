package lookalike_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/idna"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/detect/lookalike"
	"github.com/noroshi-acd/noroshi/detect/lookalike/brand"
	"github.com/noroshi-acd/noroshi/flow"
)

func book(t testing.TB) *brand.Book {
	t.Helper()
	b, err := brand.Load()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func engine(t testing.TB, past lookalike.Past) *detect.Engine {
	return detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}, lookalike.New(lookalike.DefaultConfig(), book(t), past))
}

// visit is n exchanges of a host with a name.
func visit(host int, name string, n int) (out []detecttest.Exchange) {
	for i := range n {
		out = append(out, detecttest.Exchange{At: 30000 + float64(60*i), Src: detecttest.Home(host), Dst: detecttest.Abroad(4000 + len(name)), Port: 443, Name: name, Out: 900, In: 9000})
	}
	return out
}

// ask feeds a look-up of name with an answer, and an alias where there is one.
func ask(e *detect.Engine, host int, name, alias string) {
	var b flow.Batch
	if alias != "" {
		b.Answers = append(b.Answers, flow.Answer{Name: b.AddName([]byte(alias)), Type: 5, TTL: 60})
	}
	b.Answers = append(b.Answers, flow.Answer{Addr: detecttest.Abroad(9), Type: 1, TTL: 60})
	d := b.AddDNS(flow.DNS{Question: b.AddName([]byte(name)), Type: 1, Answers: flow.Span{To: uint32(len(b.Answers))}})
	b.Records = append(b.Records, flow.Record{First: detecttest.Start + 1, Kind: flow.KindDNS, Proto: 17, DstPort: 53, Src: detecttest.Home(host), Dst: detecttest.Home(60000), DNS: d})
	e.Observe(&b)
}

func find(e *detect.Engine, name string) (best detect.Finding) {
	for _, f := range e.Findings() {
		if f.Name == name && f.Score > best.Score {
			best = f
		}
	}
	return best
}

// TestLabelled is our labelled case: imitations among a day's browsing.
func TestLabelled(t *testing.T) {
	r := detecttest.Rand(t, 0)
	script, err := idna.Punycode.ToASCII("r\u0430kuten.com") // a Cyrillic а
	if err != nil {
		t.Fatal(err)
	}
	levels := map[string]detect.Level{
		script: detect.High, "www.amazon.co.jp.account-check.xyz": detect.High, "arnazon.com": detect.High, "paypa1-secure.com": detect.High,
		"rakuten-login.com": detect.Medium, "smbc-card-verify.top": detect.High, "microsfot.com": detect.Medium, "facebok.com": detect.Medium,
		"kuronekoyamatoo.com": detect.Medium, "japanpost-redelivery.shop": detect.High, "loginmercari.net": detect.Medium,
	}
	stream := detecttest.Office(r, 200, 4)
	i := 0
	for name := range levels {
		stream = append(stream, visit(i, name, 3)...)
		i++
	}
	quiet := []string{"www.rakuten.co.jp", "amazon.de", "pineapple.com", "sony.com", "toyota.partner.example", "amazon-rainforest.org", "www.google.com.vn", "coolpad.eu"}
	for k, name := range quiet {
		stream = append(stream, visit(50+k, name, 3)...)
	}
	e := engine(t, nil)
	detecttest.Play(e, stream, nil)
	for name, want := range levels {
		if f := find(e, name); detect.LevelOf(f.Score) < want || f.Score == 0 {
			t.Errorf("%s: %.2f, want %s; %v", name, f.Score, want, f.Evidence)
		}
	}
	for _, f := range e.Findings() {
		if _, bad := levels[f.Name]; !bad && f.Score >= detect.MediumScore {
			t.Errorf("%s is at %.2f", f.Name, f.Score)
		}
	}
}

func TestGuards(t *testing.T) {
	t.Run("many use it", func(t *testing.T) {
		e := engine(t, nil)
		var stream []detecttest.Exchange
		for h := range 60 {
			stream = append(stream, visit(h, "rakuten-login.com", 1)...)
		}
		detecttest.Play(e, append(detecttest.Office(detecttest.Rand(t, 4), 100, 4), stream...), nil)
		if f := find(e, "rakuten-login.com"); f.Score >= detect.MediumScore {
			t.Errorf("score %.2f", f.Score)
		}
	})
	t.Run("alias of the brand", func(t *testing.T) {
		e := engine(t, nil)
		alias := "www.walmart.com.login-cdn.example"
		before := engine(t, nil)
		ask(before, 1, alias, "")
		ask(e, 1, "www.walmart.com", alias)
		ask(e, 1, alias, "")
		if a, b := find(e, alias).Score, find(before, alias).Score; a >= detect.MediumScore || b < detect.MediumScore {
			t.Errorf("vouched %.2f, not vouched %.2f", a, b)
		}
	})
	t.Run("family of names", func(t *testing.T) {
		e := engine(t, nil)
		for i := range 40 {
			ask(e, i%3, fmt.Sprintf("customer%d.cdn-of-many.net", i), "")
		}
		ask(e, 1, "www.amazon.com.cdn-of-many.net", "")
		if f := find(e, "www.amazon.com.cdn-of-many.net"); f.Score >= detect.MediumScore {
			t.Errorf("score %.2f", f.Score)
		}
	})
}

type past map[string]int64

func (p past) FirstSeen(name string) (int64, bool) { ns, ok := p[name]; return ns, ok }

func TestAge(t *testing.T) {
	score := func(p lookalike.Past) float64 {
		e := engine(t, p)
		detecttest.Play(e, visit(1, "rakuten-login.com", 3), nil)
		return find(e, "rakuten-login.com").Score
	}
	const day = int64(86400e9)
	young, old, none := score(past{"rakuten-login.com": detecttest.Start - 2*day}), score(past{"rakuten-login.com": detecttest.Start - 900*day}), score(nil)
	if !(young > none && none > old) {
		t.Errorf("young %.2f, unknown %.2f, old %.2f", young, none, old)
	}
}

// TestMerge: engines that numbered their names differently find what one would.
func TestMerge(t *testing.T) {
	stream := append(visit(1, "rakuten-login.com", 4), visit(2, "arnazon.com", 3)...)
	whole, left, right := engine(t, nil), engine(t, nil), engine(t, nil)
	detecttest.Play(right, visit(9, "first.example", 1), nil)
	detecttest.Play(whole, append(visit(9, "first.example", 1), stream...), nil)
	var a, b []detecttest.Exchange
	for i, x := range stream {
		if i%2 == 0 {
			a = append(a, x)
		} else {
			b = append(b, x)
		}
	}
	detecttest.Play(left, a, nil)
	detecttest.Play(right, b, nil)
	left.Merge(right)
	if diff := cmp.Diff(whole.Findings(), left.Findings()); diff != "" {
		t.Errorf("-whole +merged\n%s", diff)
	}
}

// TestFloodIsBounded: imitations beyond the limits cost no memory and do not fail.
func TestFloodIsBounded(t *testing.T) {
	cfg := lookalike.Config{Contacts: 64, Names: 100}
	d := lookalike.New(cfg, book(t), nil)
	e := detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}, d)
	var stream []detecttest.Exchange
	for i := range 3000 {
		stream = append(stream, visit(i%9, fmt.Sprintf("rakuten-login%d.com", i), 1)...)
	}
	detecttest.Play(e, stream, nil)
	if n := len(e.Findings()); n == 0 || n > 64 {
		t.Errorf("%d findings", n)
	}
}

func TestConfig(t *testing.T) {
	if err := lookalike.DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	if (lookalike.Config{}).Validate() == nil {
		t.Error("an empty configuration is taken for valid")
	}
}

func BenchmarkObserve(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	d := lookalike.New(lookalike.DefaultConfig(), book(b), nil)
	var batch flow.Batch
	rec := flow.Record{First: detecttest.Start, DstPort: 443, TLS: batch.AddTLS(flow.TLS{SNI: batch.AddName([]byte("www.harmless.example"))})}
	ev := detect.Event{Batch: &batch, Rec: &rec, TLS: &batch.TLS[0], NameFrom: detect.NameSNI}
	b.ReportAllocs()
	for b.Loop() {
		rec.Src = detecttest.Home(r.IntN(4000))
		ev.Name = detect.NameID(1 + r.IntN(20_000))
		d.Observe(&ev)
	}
}
