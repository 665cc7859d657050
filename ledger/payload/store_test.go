package payload

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"
)

func sealed(n, length int) Sealed {
	p := Sealed{Slot: uint32(n % 3), Body: bytes.Repeat([]byte{byte(n)}, length)}
	copy(p.Leaf[:], fmt.Sprintf("leaf %d", n))
	return p
}

func same(a, b Sealed) bool {
	return a.Slot == b.Slot && a.Leaf == b.Leaf && bytes.Equal(a.Body, b.Body)
}

// TestStore goes through random writes, shortenings and reopenings beside a slice.
func TestStore(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "store")
		if err != nil {
			rt.Fatal(err)
		}
		dir = filepath.Join(dir, "payloads")
		if err := Create(dir); err != nil {
			rt.Fatal(err)
		}
		s, err := Open(dir, 0, true)
		if err != nil {
			rt.Fatal(err)
		}
		var oracle []Sealed
		for step := range rapid.IntRange(1, 20).Draw(rt, "steps") {
			switch rapid.SampledFrom([]string{"write", "write", "shorten", "reopen", "segment"}).Draw(rt, "act") {
			case "write":
				var list []Sealed
				for i := range rapid.IntRange(1, 5).Draw(rt, "n") {
					list = append(list, sealed(len(oracle)+i+step*100, rapid.IntRange(0, 300).Draw(rt, "length")))
				}
				if err := s.Write(list); err != nil {
					rt.Fatal(err)
				}
				oracle = append(oracle, list...)
			case "shorten":
				n := rapid.IntRange(0, len(oracle)).Draw(rt, "to")
				if err := s.Shorten(int64(n)); err != nil {
					rt.Fatal(err)
				}
				oracle = oracle[:n]
			case "reopen": // the tree may have fewer than the store after a stop
				n := rapid.IntRange(0, len(oracle)).Draw(rt, "size")
				if err := s.Close(); err != nil {
					rt.Fatal(err)
				}
				if s, err = Open(dir, int64(n), true); err != nil {
					rt.Fatal(err)
				}
				oracle = oracle[:n]
			case "segment":
				s.mu.Lock()
				if s.end > 0 { // as if it were full
					s.segment, s.end = s.segment+1, 0
				}
				s.mu.Unlock()
			}
			if s.Len() != int64(len(oracle)) {
				rt.Fatalf("%d payloads, want %d", s.Len(), len(oracle))
			}
			counts, err := s.Slots()
			if err != nil {
				rt.Fatal(err)
			}
			want := map[uint32]int64{}
			for i, p := range oracle {
				want[p.Slot]++
				if got, err := s.Read(int64(i)); err != nil || !same(got, p) {
					rt.Fatalf("payload %d: %v", i, err)
				}
			}
			if len(want) != len(counts) {
				rt.Fatalf("slots %v, want %v", counts, want)
			}
			for slot, n := range want {
				if counts[slot] != n {
					rt.Fatalf("slots %v, want %v", counts, want)
				}
			}
		}
		_ = s.Close()
	})
}

// TestDamage: each kind of damage is named by the payload that it hit, and never read.
func TestDamage(t *testing.T) {
	build := func(t *testing.T) string {
		dir := filepath.Join(t.TempDir(), "payloads")
		if err := Create(dir); err != nil {
			t.Fatal(err)
		}
		s, err := Open(dir, 0, true)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 100 {
			if err := s.Write([]Sealed{sealed(i, 50)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	edit := func(t *testing.T, path string, change func([]byte) []byte) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, change(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const one = headSize + 50
	for name, c := range map[string]struct {
		file   string
		change func([]byte) []byte
		opens  bool
		hit    int64
	}{
		"a flipped bit in the tail":   {"00000000.payloads", func(d []byte) []byte { d[99*one+60] ^= 1; return d }, false, 99},
		"a flipped bit further back":  {"00000000.payloads", func(d []byte) []byte { d[7*one+60] ^= 1; return d }, true, 7},
		"a cut segment":               {"00000000.payloads", func(d []byte) []byte { return d[:99*one+3] }, false, 99},
		"cut rows":                    {"rows", func(d []byte) []byte { return d[:99*rowSize+3] }, false, 99},
		"two payloads in other order": {"rows", func(d []byte) []byte { copy(d[5*rowSize:], d[6*rowSize:7*rowSize]); return d }, true, 5},
		"a row with a huge length":    {"rows", func(d []byte) []byte { binary.BigEndian.PutUint32(d[5*rowSize+8:], 1<<31); return d }, true, 5},
		"a row to nowhere":            {"rows", func(d []byte) []byte { binary.BigEndian.PutUint64(d[5*rowSize:], 1<<60); return d }, true, 5},
		"another slot":                {"rows", func(d []byte) []byte { d[5*rowSize+15] ^= 1; return d }, true, 5},
	} {
		t.Run(name, func(t *testing.T) {
			dir := build(t)
			edit(t, filepath.Join(dir, c.file), c.change)
			s, err := Open(dir, 100, true)
			if opens := err == nil; opens != c.opens {
				t.Fatalf("opens: %v, %v", opens, err)
			}
			if err == nil {
				defer s.Close()
				if _, err = s.Read(c.hit + 1); err != nil {
					t.Errorf("its neighbour: %v", err)
				}
				_, err = s.Read(c.hit)
			}
			var missing *Missing
			if !errors.As(err, &missing) || missing.Index != c.hit {
				t.Errorf("got %v, want one about payload %d", err, c.hit)
			}
		})
	}
}

// FuzzOpen: no pair of files panics; what is read has its checksum.
func FuzzOpen(f *testing.F) {
	f.Add([]byte{}, []byte{}, int64(0))
	f.Add(make([]byte, 64), make([]byte, 300), int64(4))
	rows := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(make([]byte, 8), 3), 1)
	f.Add(rows, append(appendHead(nil, 0, Sealed{Slot: 1, Body: []byte("abc")}), "abc"...), int64(1))
	f.Fuzz(func(t *testing.T, rows, segment []byte, size int64) {
		dir := t.TempDir()
		for name, data := range map[string][]byte{rowsFile: rows, "00000000.payloads": segment} {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s, err := Open(dir, size&0xff, false)
		if err != nil {
			return
		}
		defer s.Close()
		for i := range s.Len() {
			if p, err := s.Read(i); err == nil && !bytes.Contains(segment, p.Body) {
				t.Errorf("payload %d is not in the segment", i)
			}
		}
		_, _ = s.Slots()
	})
}
