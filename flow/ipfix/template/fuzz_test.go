package template

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/flow"
)

// FuzzPlan compiles any template and reads any data set by it: the way that is fast
// gives what the way record by record gives, and nobody claims more than is there.
func FuzzPlan(f *testing.F) {
	ends := "\x00\x08\x00\x04\x00\x0c\x00\x04\x00\x07\x00\x02\x00\x0b\x00\x02\x00\x04\x00\x01\x00\x02\x00\x04"
	row := "\x0a\x00\x00\x01\xc0\x00\x02\x01\x9c\x40\x01\xbb\x06\x00\x00\x00\x03"
	f.Add([]byte("\x01\x2c\x00\x06"+ends), []byte(row+row+"\x00"), false, false)
	f.Add([]byte("\x01\x2c\x00\x07"+ends+"\x00\x52\xff\xff"), []byte(row+"\x02ab"+row+"\xff\x00\x01x"), false, false)
	f.Add([]byte("\x01\x2c\x00\x07"+ends+"\x80\x01\x00\x08\x00\x00\x72\x79"), []byte(row+"\x00\x00\x00\x00\x00\x00\x00\x09"), false, false)
	f.Add([]byte("\x01\x2d\x00\x02\x00\x01\x00\x01\x00\x04\x00\x22\x00\x04"), []byte("\x00\x00\x00\x01\x00\x00\x03\xe8"), true, false)
	f.Add([]byte("\x01\x2d\x00\x04\x00\x08\x00\x01\x00\x04\x00\x30\x00\x01\x00\x32\x00\x02"), []byte("\x00\x00\x00\x01\x05\x00\x64"), true, true)
	f.Add([]byte("\x01\x2c\x00\x01\x01\x3b\xff\xff"), []byte("\x22\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00\x45\x00\x00\x14\x00\x00\x00\x00\x40\x11\x00\x00\x0a\x00\x00\x01\x0a\x00"), false, false)
	f.Fuzz(func(t *testing.T, spec, set []byte, options, nine bool) {
		var s Spec
		n := s.Parse(spec, options, nine)
		if n > len(spec) || n == 0 && len(spec) > 4*0x10000 {
			t.Fatalf("took %d of %d octets", n, len(spec))
		}
		if n == 0 {
			return
		}
		p := Compile(&s)
		if p == nil {
			return
		}
		if p.Min < 1 || len(s.Fields) > maxFields {
			t.Fatalf("%d octets, %d fields", p.Min, len(s.Fields))
		}
		now := Message{Export: 1_800_000_000 * second, Uptime: 1000, Up: nine, Sampling: &Sampling{}}
		var v Values
		if p.Use == Options {
			var rates Sampling
			if _, tally := p.Options(set, &v, &rates); tally.Records > len(set)/p.Min {
				t.Fatalf("%+v of %d octets", tally, len(set))
			}
			return
		}
		m := now
		var b flow.Batch
		tally := p.Read(set, &m, &v, &b)
		if tally.Records > len(set)/p.Min || tally.Flows > tally.Records || len(b.Records) != tally.Flows {
			t.Fatalf("%+v, %d records of %d octets", tally, len(b.Records), len(set))
		}
		for i := range b.Records {
			if r := &b.Records[i]; r.First > r.Last {
				t.Fatalf("ends before it begins: %+v", r)
			}
		}
		if p.Use != Flows {
			return
		}
		m = now
		var slow flow.Batch
		var w Values
		for rest := set; len(rest) >= p.Min; {
			n := p.next(rest, &w)
			if n == 0 {
				break
			}
			rest = rest[n:]
			p.flow(&w, &m, &slow)
		}
		if diff := cmp.Diff(slow.Records, b.Records); diff != "" {
			t.Fatalf("-record by record +at once\n%s", diff)
		}
	})
}
