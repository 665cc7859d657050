package frontier

import (
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// TestFrontier: at every size the root is the one that package tlog works out.
func TestFrontier(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var f Frontier
		var stored []tlog.Hash
		read := tlog.HashReaderFunc(func(list []int64) (out []tlog.Hash, err error) {
			for _, i := range list {
				out = append(out, stored[i])
			}
			return out, nil
		})
		for n := range int64(rapid.IntRange(0, 300).Draw(t, "leaves")) {
			data := []byte{byte(n), byte(n >> 8)}
			add, err := tlog.StoredHashes(n, data, read)
			if err != nil {
				t.Fatal(err)
			}
			stored = append(stored, add...)
			f.Add(tlog.RecordHash(data))
		}
		want, err := tlog.TreeHash(f.size, read)
		if err != nil {
			t.Fatal(err)
		}
		if f.Root() != want {
			t.Fatalf("size %d: %v, want %v", f.size, f.Root(), want)
		}
	})
}
