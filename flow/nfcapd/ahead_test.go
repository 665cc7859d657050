package nfcapd

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/nfcapd/block"
	"github.com/noroshi-acd/noroshi/flow/nfcapd/nfcapdtest"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// outcome is all that comes of reading a file.
type outcome struct {
	Records []flow.Record
	Links   []string // in the order in which they were asked for first
	Skipped uint64
	Errors  []string
	Left    int // unwanted
	End     string
}

// readBy reads a file with so many processors.
func readBy(processors int, raw []byte, strict bool, wanted func(*flow.Batch, *flow.Record) bool) (o outcome) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
	links := map[string]uint32{}
	skips := &fault.Skips{Strict: strict}
	r := NewReader(bytes.NewReader(raw), "f", skips, Options{
		Wanted: wanted, Unwanted: func(n int) { o.Left += n },
		Link: func(a flow.Addr, domain uint32) uint32 {
			k := fmt.Sprint(a, domain)
			if links[k] == 0 {
				o.Links = append(o.Links, k)
				links[k] = uint32(len(o.Links))
			}
			return links[k]
		},
	})
	defer r.Close()
	var b flow.Batch
	for {
		b.Reset()
		err := r.Next(&b)
		if err != nil {
			if err != io.EOF {
				o.End = err.Error()
			}
			break
		}
		o.Records = append(o.Records, b.Records...)
	}
	o.Skipped = uint64(skips.Count)
	for _, err := range skips.First {
		o.Errors = append(o.Errors, err.Error())
	}
	return o
}

// spliced gives one file of the blocks of several: each announces its exporter and rate
// anew, so that what is known changes on the way.
func spliced(t testing.TB, r *rand.Rand, method nfcapdtest.Method) []byte {
	var all []byte
	blocks := uint32(0)
	for i := range 1 + r.IntN(6) {
		o := nfcapdtest.Options{Method: method, Block: 200 + r.IntN(9000), Counters: r.IntN(2) == 0, Scaled: r.IntN(2) == 0}
		if r.IntN(3) > 0 {
			o.Exporter = [4]byte{192, 0, 2, byte(r.IntN(3))}
		}
		if r.IntN(3) == 0 {
			o.Rate = uint32(1 + r.IntN(20))
		}
		raw := file(t, 1+r.IntN(300), o)
		blocks += binary.LittleEndian.Uint32(raw[36:])
		if i > 0 {
			raw = raw[block.HeadSize17:]
		}
		all = append(all, raw...)
	}
	binary.LittleEndian.PutUint32(all[36:], blocks)
	for range r.IntN(4) { // damage, behind the head
		all[block.HeadSize17+r.IntN(len(all)-block.HeadSize17)] ^= 1 << r.IntN(8)
	}
	if r.IntN(4) == 0 {
		all = all[:len(all)-r.IntN(200)]
	}
	return all
}

// TestAhead: with several processors the same comes of a file as with one, which decodes
// in turn.
func TestAhead(outer *testing.T) {
	rapid.Check(outer, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 5))
		method := rapid.SampledFrom([]nfcapdtest.Method{nfcapdtest.Plain, nfcapdtest.LZ4}).Draw(t, "method")
		raw := spliced(outer, r, method)
		strict := r.IntN(4) == 0
		var wanted func(*flow.Batch, *flow.Record) bool
		if r.IntN(2) == 0 {
			wanted = func(_ *flow.Batch, x *flow.Record) bool { return x.SrcBytes%3 == 0 }
		}
		want := readBy(1, raw, strict, wanted)
		if diff := cmp.Diff(want, readBy(3, raw, strict, wanted)); diff != "" {
			t.Fatalf("(-one processor +three):\n%s", diff)
		}
	})
}

// TestAheadFar: what is announced after many blocks that were taken up before holds from
// there on, and not earlier.
func TestAheadFar(t *testing.T) {
	var raw []byte
	for i := range 3 {
		o := nfcapdtest.Options{Block: 2000, Exporter: [4]byte{192, 0, 2, byte(i + 1)}, Rate: uint32(i)}
		next := file(t, 2000, o)
		if i > 0 {
			next = next[block.HeadSize17:]
		}
		raw = append(raw, next...)
	}
	binary.LittleEndian.PutUint32(raw[36:], 0)
	got := readBy(4, raw, false, nil)
	if len(got.Records) != 6000 || len(got.Links) != 3 {
		t.Fatalf("%d records, links %v, %v", len(got.Records), got.Links, got.Errors)
	}
	for i, x := range got.Records {
		if want := uint32(i/2000 + 1); x.Link != want {
			t.Fatalf("record %d has link %d", i, x.Link)
		}
	}
}
