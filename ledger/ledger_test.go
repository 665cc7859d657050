package ledger

import (
	"crypto/ed25519"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/ledger/ledgertest"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

const origin = "ledger.example/acts"

// place is a ledger's folders, key and witnesses.
type place struct {
	*ledgertest.Bed
	config Config
}

func newPlace(t testing.TB, dir string) *place {
	t.Helper()
	bed, err := ledgertest.NewBed(origin, 4, 3, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(bed.Close)
	_, keeper, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	if dir == "" {
		dir = t.TempDir()
	}
	return &place{Bed: bed, config: Config{
		Dir: filepath.Join(dir, "ledger"), Keys: filepath.Join(dir, "keys"), Origin: origin, Key: bed.Key, Role: "hub", Keeper: paper.Ed25519(keeper),
		Witnesses: bed.Asked(), Quorum: 3, Birthday: time.Now().UTC().Format(time.DateOnly), Interval: time.Millisecond, Timeout: time.Second,
	}}
}

func (p *place) open(t testing.TB) *Log {
	t.Helper()
	l, err := Open(t.Context(), p.config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func act(n int) Act {
	return Act{Entry: proof.Entry{Class: proof.Query, Role: "acquirer"}, Payload: fmt.Appendf(nil, "act %d", n)}
}

var warrantA = paper.DigestOf([]byte("warrant a"))

func data(n int, day string) Act {
	return Act{Entry: proof.Entry{Class: proof.Result, Role: "edge", Warrant: warrantA}, Payload: fmt.Appendf(nil, "data %d", n), Data: true, Day: day}
}

// TestLife: what is recorded gets a receipt that a stranger finds right, can be read,
// and is still there after a restart.
func TestLife(t *testing.T) {
	p := newPlace(t, "")
	l := p.open(t)
	const n = 700
	var all sync.WaitGroup
	indices := make([]int64, n)
	for i := range n {
		all.Go(func() {
			var err error
			if indices[i], err = l.Append(t.Context(), act(i)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	q, err := p.Quorum()
	if err != nil {
		t.Fatal(err)
	}
	check := func(l *Log) {
		t.Helper()
		seen := map[int64]bool{}
		for i, index := range indices {
			if seen[index] {
				t.Fatalf("index %d was told twice", index)
			}
			seen[index] = true
			if i%50 != 0 {
				continue
			}
			r, err := l.Receipt(t.Context(), index)
			if err != nil {
				t.Fatal(err)
			}
			o, content, err := l.Read(index)
			if err != nil || string(content) != string(act(i).Payload) {
				t.Fatalf("entry %d: %q, %v", index, content, err)
			}
			leaf, err := o.Leaf()
			if err != nil {
				t.Fatal(err)
			}
			if at, _, err := r.Verify(leaf, p.Log, q); err != nil || at.Index != index {
				t.Fatalf("the receipt of %d: %v, %v", index, at, err)
			}
		}
	}
	check(l)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	p.config.Birthday = ""
	check(p.open(t))
}

// BenchmarkProve takes receipts from the disk under one checkpoint.
func BenchmarkProve(b *testing.B) {
	p := newPlace(b, "")
	l, err := Open(b.Context(), p.config)
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	fill(b, l, 0, 5000)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := l.Prove(int64(i * 7 % 5000)); err != nil {
			b.Fatal(err)
		}
	}
}
