package ledger

import (
	"context"
	"errors"
	"testing"

	"github.com/transparency-dev/tessera"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// TestWritesThatFail: a write to the tree can fail in both ways. When it was lost, the
// act is refused and the ledger goes on. When it was kept although it failed, the ledger
// takes nothing more, and opened again it has the act once, also when it is brought again.
func TestWritesThatFail(t *testing.T) {
	failure := errors.New("made-up failure")
	for name, c := range map[string]struct {
		kept bool
		kind fault.Kind
	}{"lost": {false, fault.Internal}, "kept": {true, fault.Internal}} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t, "")
			l := p.open(t)
			fill(t, l, 0, 5)
			honest := l.trees[1]
			l.trees[1] = &tessera.Appender{Add: func(ctx context.Context, e *tessera.Entry) tessera.IndexFuture {
				if c.kept {
					if _, err := honest.Add(ctx, e)(); err != nil {
						t.Error(err)
					}
				}
				return func() (tessera.Index, error) { return tessera.Index{}, failure }
			}}
			a := act(5)
			a.Entry.At, a.Key = 1_800_000_000, [proof.KeySize]byte{9}
			if _, err := l.Append(t.Context(), a); !errors.Is(err, failure) || fault.KindOf(err) != c.kind || fault.Hint(err) == "" {
				t.Fatalf("got %v", err)
			}
			l.trees[1] = honest
			index, err := l.Append(t.Context(), act(6))
			if refused := err != nil; refused != c.kept {
				t.Fatalf("the next act: %d, %v", index, err)
			}
			if c.kept {
				shut(t, l)
				l = p.open(t)
				if index, err := l.Append(t.Context(), act(6)); err != nil || index != 6 {
					t.Fatalf("opened again: %d, %v", index, err)
				}
			}
			want := map[bool]int64{true: 5, false: 6}[c.kept]
			if index, err := l.Append(t.Context(), a); err != nil || index != want {
				t.Errorf("the act brought again: %d, %v, want %d", index, err, want)
			}
			for i := range l.edge.Size() {
				if _, _, err := l.Read(i); err != nil {
					t.Errorf("entry %d: %v", i, err)
				}
			}
			if _, err := l.Receipt(t.Context(), l.edge.Size()-1); err != nil {
				t.Error(err)
			}
			if l.edge.Size() != 7 {
				t.Errorf("%d entries, want 7", l.edge.Size())
			}
		})
	}
}
