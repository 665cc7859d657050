package opened

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// sample is an opened entry with some of its members.
func sample(index int64, with int) proof.Opened {
	e := proof.Entry{At: 1795309200 + paper.Time(index%7), Class: proof.Classes()[int(index)%len(proof.Classes())], Content: paper.DigestOf([]byte{byte(index)}), Role: "acquirer"}
	if with&1 != 0 {
		e.Instrument = "lab/collection"
	}
	if with&2 != 0 {
		e.Paper = paper.DigestOf([]byte("paper"))
	}
	if with&4 != 0 {
		e.Warrant = paper.DigestOf([]byte("warrant"))
	}
	return proof.Opened{Entry: e, Index: index, Key: bytes.Repeat([]byte{byte(index + 1)}, proof.KeySize)}
}

// slow reads an opened entry by the papers alone: the oracle.
func slow(data []byte) (Entry, bool) {
	var o proof.Opened
	if paper.Unmarshal(data, &o) != nil || o.Check() != nil || o.Entry.Class.Check() != nil {
		return Entry{}, false
	}
	leaf, err := o.Leaf()
	return Entry{Entry: o.Entry, Index: o.Index, Commitment: leaf}, err == nil
}

// TestQuick: what is read at a glance is what papers read, whichever members there are,
// and the glance suffices.
func TestQuick(t *testing.T) {
	r := NewReader()
	rapid.Check(t, func(t *rapid.T) {
		o := sample(rapid.Int64Range(0, 1<<40).Draw(t, "index"), rapid.IntRange(0, 7).Draw(t, "with"))
		data, err := paper.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := r.quick(data)
		want, right := slow(data)
		if !ok || !right || got != want {
			t.Errorf("%s\n got %+v %v\nwant %+v %v", data, got, ok, want, right)
		}
	})
}

func seeds(f *testing.F) {
	for with := range 8 {
		data, err := paper.Marshal(sample(int64(with)*1000, with))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
}

// FuzzRead: an entry is read if and only if papers read it, and then alike.
func FuzzRead(f *testing.F) {
	seeds(f)
	f.Add([]byte(`{"entry":{"at":"2026-11-22T01:00:00Z"},"index":00,"key":""}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := NewReader().Read(data)
		want, right := slow(data)
		if (err == nil) != right || err == nil && got != want {
			t.Errorf("%q\n got %+v %v\nwant %+v %v", data, got, err, want, right)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	data, err := paper.Marshal(sample(123456, 7))
	if err != nil {
		b.Fatal(err)
	}
	r := NewReader()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Read(data); err != nil {
			b.Fatal(err)
		}
	}
}
