package source_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/nfcapd/nfcapdtest"
	"github.com/noroshi-acd/noroshi/flow/source"
)

// halves writes a file with both halves of n exchanges, a minute apart, from minute
// from on.
func halves(t *testing.T, from, n int, o nfcapdtest.Options) []byte {
	t.Helper()
	var m nfcapdtest.Memory
	w := nfcapdtest.NewWriter(&m, o)
	for i := range n {
		at := int64(1_700_000_000+60*(from+i)) * 1e9
		out := flow.Record{First: at, Last: at + 2e9, Src: flow.Addr4([4]byte{10, 0, 0, 1}), Dst: flow.Addr4([4]byte{192, 0, 2, 1}), SrcPort: 40_000, DstPort: 443,
			Proto: 6, SrcBytes: 100, SrcPackets: 2, SrcFlags: flow.SYN | flow.ACK}
		in := out
		in.First, in.Src, in.Dst, in.SrcPort, in.DstPort, in.SrcBytes = at+1e6, out.Dst, out.Src, 443, 40_000, 900
		w.Record(&out)
		w.Record(&in)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestNfcapd: files of nfcapd, one compressed as a whole, one on standard input, come in
// the order of time, and their halves joined unless they are to stay apart.
func TestNfcapd(t *testing.T) {
	dir := t.TempDir()
	exporter := [4]byte{203, 0, 113, 5}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(halves(t, 100, 5, nfcapdtest.Options{Exporter: exporter, Method: nfcapdtest.LZ4})); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string][]byte{"b.gz": packed.Bytes(), "z": halves(t, 0, 5, nfcapdtest.Options{Exporter: exporter})} {
		if err := os.WriteFile(filepath.Join(dir, name), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	last := halves(t, 200, 5, nfcapdtest.Options{Old: true, Exporter: exporter})
	read := func(o source.Options) (all []flow.Record) {
		o.Strict, o.Stdin = true, bytes.NewReader(last)
		s, err := source.Open([]string{dir, "-"}, o)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		var b flow.Batch
		for {
			b.Reset()
			if err := s.Next(&b); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			all = append(all, b.Records...)
		}
		for _, in := range s.Inputs() {
			if in.Format != "nfcapd" || len(in.Errors) > 0 {
				t.Errorf("%+v", in)
			}
		}
		for i := 1; i < len(all); i++ {
			if all[i].First < all[i-1].First {
				t.Errorf("record %d comes late", i)
			}
		}
		return all
	}
	joined := read(source.Options{})
	for _, r := range joined {
		if r.SrcBytes != 100 || r.DstBytes != 900 || r.State != flow.StateEstablished || r.Link != joined[0].Link {
			t.Errorf("%+v", r)
		}
	}
	if len(joined) != 15 {
		t.Errorf("%d exchanges", len(joined))
	}
	if apart := read(source.Options{Apart: true}); len(apart) != 30 {
		t.Errorf("%d halves", len(apart))
	}
	wanted := func(_ *flow.Batch, r *flow.Record) bool { return r.DstPort == 443 }
	if some := read(source.Options{Apart: true, Wanted: wanted}); len(some) != 15 {
		t.Errorf("%d wanted", len(some))
	}
	if all := read(source.Options{Wanted: wanted}); len(all) != 15 || all[0].DstBytes != 900 {
		t.Errorf("a half was turned down before it was joined: %d", len(all))
	}
}
