package store_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/store"
	"github.com/noroshi-acd/noroshi/internal/store/storetest"
)

// Whatever a backup says: it is restored as it stands, or refused with no row kept.
func FuzzRestore(f *testing.F) {
	db, err := store.Create(f.Context(), storetest.DSN(f, store.SQLite))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = db.Close() })
	fill(f, db, rand.New(rand.NewPCG(7, 7)), 4)
	p, _ := saved(f, db)
	f.Add(unpacked(f, p))
	f.Add("")
	empty := noun("empty", "CREATE TABLE empty (id TEXT PRIMARY KEY);")
	f.Fuzz(func(t *testing.T, text string) {
		other, err := store.Create(t.Context(), storetest.DSN(t, store.SQLite))
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		sum, err := other.Restore(t.Context(), bytes.NewReader(packed(text)), letters(), empty)
		if err == nil {
			again, back := saved(t, other)
			if back.Rows != sum.Rows || body(t, again) != body(t, packed(text)) {
				t.Fatalf("restored %+v, and it is %+v", sum, back)
			}
			return
		}
		if fault.Hint(err) == "" {
			t.Fatal(err)
		}
		if err := other.Migrate(t.Context(), letters(), empty); err != nil {
			t.Fatal(err)
		}
		if n := count(t, other, "letter"); n != 0 {
			t.Fatalf("%d rows were kept of what was refused", n)
		}
	})
}
