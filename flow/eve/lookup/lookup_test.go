package lookup_test

import (
	"fmt"
	"hash/maphash"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/eve/lookup"
)

// TestAgainstLists asks and answers at random, with few names, ports and numbers so
// that many questions are alike, and compares with lists of what waits.
func TestAgainstLists(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := lookup.New(maphash.MakeSeed())
		var b, from flow.Batch
		var want []string
		waiting := map[string][]int{}
		for at := range rapid.IntRange(0, 150).Draw(t, "messages") {
			port, id := uint16(rapid.IntRange(1, 2).Draw(t, "port")), uint16(rapid.IntRange(1, 2).Draw(t, "number"))
			name := rapid.SampledFrom([]string{"a.example", "B.example."}).Draw(t, "name")
			low := map[string]string{"a.example": "a.example", "B.example.": "b.example"}[name]
			key := fmt.Sprint(port, id, low)
			m := lookup.Message{Rec: flow.Record{First: int64(at), Last: int64(at), SrcPort: port, DstPort: 53, Kind: flow.KindDNS}, ID: id, Kind: 1, Rcode: flow.NoRcode, Name: []byte(name)}
			if rapid.Bool().Draw(t, "ask") {
				table.Ask(&b, &m)
				waiting[key] = append(waiting[key], at)
				continue
			}
			if m.Rcode = 0; rapid.Bool().Draw(t, "towards the client") {
				m.Rec.SrcPort, m.Rec.DstPort = 53, port
			}
			from.Reset()
			from.Answers = append(from.Answers, flow.Answer{Type: 5, Name: from.AddText([]byte("c.example"))})
			table.Answer(&b, &m, &from)
			begin := at
			if w := waiting[key]; len(w) > 0 {
				begin, waiting[key] = w[0], w[1:]
			}
			want = append(want, fmt.Sprint(begin, "-", at, " ", port, ">53 ", low, " 0 c.example"))
		}
		held := table.Len()
		for table.Pop(&b) {
			held--
		}
		for key, w := range waiting {
			for _, at := range w {
				want = append(want, fmt.Sprint(at, "-", at, " ", key[:1], ">53 ", key[3:], " 65535"))
			}
		}
		if held != 0 || table.Len() != 0 {
			t.Fatalf("%d questions are left", table.Len())
		}
		var got []string
		for i := range b.Records {
			r := &b.Records[i]
			d := b.DNSOf(r)
			s := fmt.Sprint(r.First, "-", r.Last, " ", r.SrcPort, ">", r.DstPort, " ", b.String(d.Question), " ", d.Rcode)
			for _, a := range b.Answers[d.Answers.From:d.Answers.To] {
				s += " " + b.String(a.Name)
			}
			got = append(got, s)
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("-want +got\n%s", diff)
		}
	})
}

// TestParts hands over answers in parts: they gather until time has passed.
func TestParts(t *testing.T) {
	table := lookup.New(maphash.MakeSeed())
	var b, from flow.Batch
	message := func(at int64, name string) *lookup.Message {
		return &lookup.Message{Rec: flow.Record{First: at, Last: at, SrcPort: 9, DstPort: 53}, ID: 7, Kind: 1, Name: []byte(name)}
	}
	table.Ask(&b, message(1e9, "a"))
	for i, name := range []string{"a", "b", "b", "c"} {
		from.Reset()
		from.Answers = append(from.Answers, flow.Answer{Type: 1, TTL: uint32(i)})
		table.Part(&b, message(2e9, name), &from, true)
	}
	if table.Advance(&b, 6e9); len(b.Records) != 0 {
		t.Fatal("it went out while parts may come")
	}
	table.Advance(&b, 7e9)
	if len(b.Records) != 1 || len(b.Answers) != 4 || b.Records[0].Last != 2e9 || b.DNS[0].Rcode != 0 {
		t.Fatalf("%d records, %+v, %+v", len(b.Records), b.DNS, b.Answers)
	}
	for range 1000 { // more parts than a message can hold
		table.Part(&b, message(8e9, "z"), &from, true)
	}
	table.Advance(&b, 1e15)
	if n := len(b.Answers) - 4; n != 256 {
		t.Errorf("%d answers were kept, want 256", n)
	}
}

func TestHeld(t *testing.T) {
	table := lookup.New(maphash.MakeSeed())
	var b flow.Batch
	for i := range 2*lookup.MaxHeld + 5 {
		table.Ask(&b, &lookup.Message{Rec: flow.Record{First: 1, Last: 1, SrcPort: 9}, ID: 7, Name: []byte("same")})
		if table.Len() > lookup.MaxHeld || len(b.Records) != max(0, i+1-lookup.MaxHeld) {
			t.Fatalf("%d held, %d went out", table.Len(), len(b.Records))
		}
	}
}
