package threat

import (
	"fmt"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/bench/made/world"
)

// tunnel is one class of tunnel through DNS.
type tunnel struct {
	class    string
	kind     uint16 // record type
	alphabet string
	label    int // letters of payload in a question
	gap      time.Duration
	burst    int // questions in a row before a pause, 0 for evenly spread
	most     int
}

// tunnels gives the classes that live in names: tunnels and generated names.
func tunnels() []Class {
	const hex, b32, b64 = "0123456789abcdef", "abcdefghijklmnopqrstuvwxyz234567", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	var all []Class
	for _, t := range []tunnel{
		{"tunnel-txt", world.TypeTXT, b64, 44, 900 * time.Millisecond, 40, 5000},
		{"tunnel-null", world.TypeNULL, b32, 110, 250 * time.Millisecond, 200, 9000},
		{"tunnel-cname", world.TypeCNAME, hex, 60, 2 * time.Second, 0, 4000},
		{"tunnel-mx", world.TypeMX, b32, 50, 5 * time.Second, 0, 1500},
		{"tunnel-a-slow", world.TypeA, hex, 28, 50 * time.Second, 0, 1500},
	} {
		all = append(all, Class{t.class, "dnstunnel", t.plant})
	}
	for _, g := range []generator{
		{"generated-letters", func(r world.Rand, _ int64) string { return pick(r, "abcdefghijklmnopqrstuvwxyz", 8+r.IntN(10)) }, []string{"com", "net", "info", "biz", "ru"}, 90},
		{"generated-hex", func(r world.Rand, _ int64) string { return pick(r, hex, 16) }, []string{"com", "org"}, 120},
		{"generated-words", words, []string{"com", "net"}, 60},
		{"generated-dated", dated, []string{"top", "xyz", "com"}, 150},
	} {
		all = append(all, Class{g.class, "dga", g.plant})
	}
	return all
}

func pick(r world.Rand, alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(b)
}

func (t tunnel) plant(s *world.Stage, c *cast) {
	h := c.victim()
	zone := s.Domain(c.Rand)
	threat := s.Plant(world.Threat{Kind: "dnstunnel", Class: t.class, Src: h.Addr, Target: zone})
	r := world.NewRand(s.Seed, "tunnel "+t.class, h.ID)
	s.Enter(s.Start+int64(r.Between(0.1, 0.3)*float64(s.End-s.Start)), func(s *world.Stage, now int64) int64 {
		payload := pick(r, t.alphabet, t.label+r.IntN(8))
		var name strings.Builder
		for ; len(payload) > 60; payload = payload[60:] {
			name.WriteString(payload[:60] + ".")
		}
		fmt.Fprintf(&name, "%s.t.%s", payload, zone)
		x := world.Exchange{At: now, Name: strings.ToLower(name.String()), Type: t.kind, TTL: 0, Down: 180 + r.Count(0, 80)}
		if t.kind == world.TypeA {
			x.Answers = append(x.Answers, r.Address())
		}
		s.Ask(h, x)
		if threat.Count++; threat.Count >= t.most {
			return 0
		}
		if t.burst > 0 && threat.Count%t.burst == 0 {
			return now + int64(r.Wait(6*time.Minute))
		}
		return now + int64(r.Around(t.gap, 0.4))
	})
}

// generator is one family of generated names.
type generator struct {
	class string
	name  func(r world.Rand, now int64) string
	ends  []string
	tries int // about this many names until one exists
}

var firsts = [...]string{"amber", "basket", "candle", "desert", "engine", "forest", "garden", "hammer", "island", "jacket", "kettle", "ladder", "marble", "needle", "orange", "pepper", "quarry", "ribbon", "saddle", "timber", "urchin", "velvet", "walnut", "yellow", "zephyr", "anchor", "button", "copper", "donkey", "feather"}

func words(r world.Rand, _ int64) string {
	return firsts[r.IntN(len(firsts))] + firsts[r.IntN(len(firsts))]
}

// dated makes the day's names: all bots of the family try the same ones.
func dated(r world.Rand, now int64) string {
	d := world.NewRand(uint64(now/int64(24*time.Hour)), "dated family", r.IntN(400))
	return pick(d, "bcdfghklmnprstvwz", 2) + pick(d, "aeiou", 1) + pick(d, "bcdfghklmnprstvwz", 3) + pick(d, "aeiouy", 2) + pick(d, "bcdfghklmnprstvwz", 4)
}

func (g generator) plant(s *world.Stage, c *cast) {
	for range 2 {
		h := c.victim()
		r := world.NewRand(s.Seed, "generator "+g.class, h.ID)
		name := func(now int64) string { return g.name(r, now) + "." + g.ends[r.IntN(len(g.ends))] }
		home := s.Web(r, "", 1)
		home.Name = name(s.Start)
		home.TTL = 10 * time.Minute
		threat := s.Plant(world.Threat{Kind: "dga", Class: g.class, Src: h.Addr, Target: home.Name})
		left := 0
		s.Enter(s.Start+int64(r.Wait(2*time.Hour)), func(s *world.Stage, now int64) int64 {
			if left == 0 {
				left = g.tries/2 + r.IntN(g.tries)
			}
			left--
			threat.Count++
			if left == 0 {
				s.Talk(h, home, now, world.Exchange{Client: world.Scripted, Up: 400 + r.Count(0, 90), Down: 300 + r.Count(0, 900), Dur: int64(time.Second)})
				return now + int64(r.Around(2*time.Hour, 0.4))
			}
			s.Ask(h, world.Exchange{At: now, Name: name(now), Type: world.TypeA, Rcode: world.NXDomain})
			return now + int64(r.Between(0.2, 1.8)*1e9)
		})
	}
}
