package join

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/flow"
)

// given is what was handed over about one uid.
type given struct {
	conns     int
	sni, host map[string]bool
}

// TestNothingGoesLost hands over random lines in random order to a joiner that
// may hold very few: each conn record comes out once, the names of each exchange
// come out, and none under another exchange.
func TestNothingGoesLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		j := New(rapid.IntRange(1, 20).Draw(t, "waiting"))
		var b flow.Batch
		in := map[uint16]*given{}
		now := int64(1e9)
		j.Await(TLS | Host | Conn)
		for range rapid.IntRange(1, 200).Draw(t, "lines") {
			port := uint16(rapid.IntRange(1, 30).Draw(t, "uid"))
			g := in[port]
			if g == nil {
				g = &given{sni: map[string]bool{}, host: map[string]bool{}}
				in[port] = g
			}
			rec := flow.Record{First: now, Last: now + rapid.Int64Range(0, 4e12).Draw(t, "length"), SrcPort: port}
			var from flow.Batch
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0:
				if rapid.IntRange(0, 3).Draw(t, "snapshot") == 0 {
					rec.Kind = flow.KindSnapshot
				}
				j.Conn(&b, &rec, uint64(port), Parts(rapid.IntRange(0, 3).Draw(t, "wanted")))
				g.conns++
			case 1:
				name := fmt.Sprintf("s%d.%d", port, rapid.IntRange(0, 2).Draw(t, "name"))
				rec.Kind, rec.TLS = flow.KindFacts, from.AddTLS(flow.TLS{SNI: from.AddText([]byte(name))})
				j.TLS(&b, &from, &rec, uint64(port), uint64(1000+rapid.IntRange(0, 5).Draw(t, "certificate")))
				g.sni[name] = true
			case 2:
				name := fmt.Sprintf("h%d.%d", port, rapid.IntRange(0, 2).Draw(t, "name"))
				rec.Kind, rec.Host = flow.KindFacts, from.AddText([]byte(name))
				j.Host(&b, &from, &rec, uint64(port))
				g.host[name] = true
			case 3:
				rec.TLS = from.AddTLS(flow.TLS{Subject: from.AddText([]byte(strings.Repeat("c", rapid.IntRange(0, 2000).Draw(t, "subject"))))})
				j.Certificate(&from, &rec, uint64(1000+rapid.IntRange(0, 9).Draw(t, "certificate")))
			default:
				now += rapid.Int64Range(0, 1e12).Draw(t, "time")
				j.At(now)
				for j.Expire(&b) {
				}
			}
			checkTable(t, j.t)
		}
		j.At(math.MaxInt64)
		for j.Expire(&b) {
		}
		if n := len(j.t.index) - int(j.t.q[certs].n); n != 0 {
			t.Fatalf("%d entries are left", n)
		}
		checkOut(t, &b, in)
	})
}

func checkOut(t *rapid.T, b *flow.Batch, in map[uint16]*given) {
	conns, sni, host := map[uint16]int{}, map[uint16]bool{}, map[uint16]map[string]bool{}
	for i := range b.Records {
		r := &b.Records[i]
		if r.Kind != flow.KindFacts {
			conns[r.SrcPort]++
		}
		if x := b.TLSOf(r); x != nil {
			sni[r.SrcPort] = true
			if s := b.String(x.SNI); !in[r.SrcPort].sni[s] {
				t.Fatalf("exchange %d came out with SNI %q", r.SrcPort, s)
			}
		}
		if s := b.String(r.Host); s != "" {
			if !in[r.SrcPort].host[s] {
				t.Fatalf("exchange %d came out with host %q", r.SrcPort, s)
			}
			if host[r.SrcPort] == nil {
				host[r.SrcPort] = map[string]bool{}
			}
			host[r.SrcPort][s] = true
		}
	}
	for port, g := range in {
		if conns[port] != g.conns {
			t.Fatalf("exchange %d: %d conn records came out, want %d", port, conns[port], g.conns)
		}
		if len(g.sni) > 0 && !sni[port] {
			t.Fatalf("exchange %d came out without its SNI", port)
		}
		if len(host[port]) != len(g.host) {
			t.Fatalf("exchange %d came out with hosts %v, want %v", port, host[port], g.host)
		}
	}
}

// checkTable checks the books that the table keeps against a count of all.
func checkTable(t *rapid.T, table *table) {
	n, bytes := 0, 0
	for q := range uint8(queues) {
		prev, inQueue := int32(-1), int32(0)
		for i := table.q[q].head; i >= 0; i = table.at(i).next {
			e := table.at(i)
			if e.prev != prev || e.queue != q || e.self != i || table.index[e.key] != i {
				t.Fatalf("queue %d: entry %d is %+v", q, i, e)
			}
			prev, inQueue, bytes = i, inQueue+1, bytes+len(e.text)
		}
		if table.q[q].tail != prev || table.q[q].n != inQueue {
			t.Fatalf("queue %d has %d entries up to %d, its books say %d and %d", q, inQueue, prev, table.q[q].n, table.q[q].tail)
		}
		n += int(inQueue)
	}
	if n != len(table.index) || bytes != table.bytes {
		t.Fatalf("%d entries, %d bytes; the books say %d, %d", n, bytes, len(table.index), table.bytes)
	}
}

func TestShrink(t *testing.T) {
	j := New(0)
	j.Await(TLS | Conn)
	var b, from flow.Batch
	text := []byte(strings.Repeat("x", 64<<10))
	held := 0
	for i := range 3000 {
		from.Reset()
		rec := flow.Record{TLS: from.AddTLS(flow.TLS{SNI: from.AddText(text)}), Kind: flow.KindFacts}
		j.TLS(&b, &from, &rec, uint64(i+1), 0)
		for j.Expire(&b) {
		}
		held = max(held, j.t.bytes)
		if b.Reset(); held > maxBytes {
			t.Fatalf("%d bytes are held", held)
		}
	}
	if held < maxBytes/2 {
		t.Errorf("only %d bytes were held: the bound was not tried", held)
	}
}
