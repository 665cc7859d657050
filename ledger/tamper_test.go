package ledger

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger/folder"
	"github.com/noroshi-acd/noroshi/ledger/ledgertest"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// fill records acts n to m and waits for the receipt of the last.
func fill(t testing.TB, l *Log, n, m int) {
	t.Helper()
	var last *Pending
	for i := n; i < m; i++ {
		var err error
		if last, err = l.Submit(t.Context(), act(i)); err != nil {
			t.Fatal(err)
		}
	}
	index, err := last.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Receipt(t.Context(), index); err != nil {
		t.Fatal(err)
	}
}

func shut(t testing.TB, l *Log) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// edit changes a file; nil removes it.
func edit(t testing.TB, path string, change func([]byte) []byte) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if data = change(data); data == nil {
		err = os.Remove(path)
	} else {
		err = os.WriteFile(path, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func flip(at int) func([]byte) []byte {
	return func(d []byte) []byte { d[at] ^= 1; return d }
}

func gone([]byte) []byte { return nil }

// TestInvariant02_NoReceiptWithoutWitnessesOrTiles: who takes away the witnesses or the
// ledger, spoils its proofs or replays an old one gets no effect: there is no receipt for
// the act, or none that holds.
func TestInvariant02_NoReceiptWithoutWitnessesOrTiles(t *testing.T) {
	p := newPlace(t, "")
	l := p.open(t)
	fill(t, l, 0, 300)
	q, err := p.Quorum()
	if err != nil {
		t.Fatal(err)
	}

	// Two of four witnesses away: the act is recorded and gets no receipt.
	p.Witnesses[0].Be(ledgertest.Absent)
	p.Witnesses[3].Be(ledgertest.Absent)
	index, err := l.Append(t.Context(), act(300))
	if err != nil {
		t.Fatal(err)
	}
	soon, cancel := context.WithTimeout(t.Context(), 11500*time.Millisecond)
	defer cancel()
	r, err := l.Receipt(soon, index)
	if err == nil || fault.KindOf(err) != fault.Canceled || !strings.Contains(err.Error(), "witness1.example") {
		t.Fatalf("without witnesses: %v, %v", r, err)
	}
	if s := l.Signed(); s.Size > index {
		t.Fatalf("size %d was published without a quorum", s.Size)
	}
	// They come back: the same act gets its receipt.
	p.Witnesses[0].Be(ledgertest.Honest)
	if r, err = l.Receipt(t.Context(), index); err != nil {
		t.Fatal(err)
	}
	o, _, err := l.Read(index)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := o.Leaf()
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Verify(leaf, p.Log, q); err != nil {
		t.Fatal(err)
	}

	// An old receipt, replayed for a new act.
	again, err := l.Append(t.Context(), act(301))
	if err != nil {
		t.Fatal(err)
	}
	if o, _, err = l.Read(again); err != nil {
		t.Fatal(err)
	}
	if leaf, err = o.Leaf(); err != nil {
		t.Fatal(err)
	}
	if at, _, err := r.Verify(leaf, p.Log, q); err == nil {
		t.Fatalf("an old receipt proves a new act at %v", at)
	}

	// A spoiled tile: no receipt, and the error names the tile.
	edit(t, filepath.Join(p.config.Dir, "tree", "tile", "0", "000"), flip(40))
	if r, err := l.Prove(1); err == nil || !strings.Contains(err.Error(), "tile") {
		t.Errorf("a spoiled tile gives %v, %v", r, err)
	}
	if _, err := l.Export(t.Context(), filepath.Join(t.TempDir(), "export"), folder.Readable); err == nil {
		t.Error("a spoiled tile was exported")
	}
	shut(t, l)

	// No ledger at all.
	if err := os.RemoveAll(p.config.Dir); err != nil {
		t.Fatal(err)
	}
	p.config.Birthday = ""
	if l, err := Open(t.Context(), p.config); err == nil || fault.KindOf(err) != fault.NotFound {
		t.Errorf("without a ledger: %v, %v", l, err)
	}
}

// TestInvariant03_TamperedFoldersStop: whoever flips, deletes, reorders, truncates or
// rolls back something in a ledger's folder that its last checkpoint rests on, or that it
// needs to go on, makes the ledger stop with an error, never go on from it.
func TestInvariant03_TamperedFoldersStop(t *testing.T) {
	at := func(parts ...string) string { return filepath.Join(parts...) }
	for name, c := range map[string]struct {
		file   string
		change func([]byte) []byte
		want   string
	}{
		"a leaf's hash flipped at the edge": {at("tree", "tile", "0", "002.p", "88"), flip(9), "do not fit together"},
		"a tile above it flipped":           {at("tree", "tile", "1", "000.p", "2"), flip(9), "do not fit together"},
		"a tile at the edge deleted":        {at("tree", "tile", "0", "002.p", "88"), gone, "do not fit together"},
		"a tile cut":                        {at("tree", "tile", "1", "000.p", "2"), func(d []byte) []byte { return d[:63] }, "do not fit together"},
		"two hashes in other order": {at("tree", "tile", "0", "002.p", "88"), func(d []byte) []byte {
			return append(append(bytes.Clone(d[32:64]), d[:32]...), d[64:]...)
		}, "do not fit together"},
		"the bundle at the edge deleted": {at("tree", "tile", "entries", "002.p", "88"), gone, "do not fit together"},
		"the tree's state rolled back": {at("tree", ".state", "treeState"), func([]byte) []byte {
			return []byte(`{"size":500,"root":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}`)
		}, "went back"},
		"the tree's state spoiled":           {at("tree", ".state", "treeState"), func([]byte) []byte { return []byte("{") }, "do not fit together"},
		"the tree's state ahead":             {at("tree", ".state", "treeState"), func(d []byte) []byte { return bytes.Replace(d, []byte("600"), []byte("700"), 1) }, "do not fit together"},
		"the checkpoint's root changed":      {"checkpoint", flip(40), "does not count"},
		"a cosignature changed":              {"checkpoint", func(d []byte) []byte { d[len(d)-20] ^= 1; return d }, "does not count"},
		"payloads cut":                       {at("payloads", "rows"), func(d []byte) []byte { return d[:len(d)-16] }, "payload 599"},
		"the last payload flipped":           {at("payloads", "00000000.payloads"), func(d []byte) []byte { d[len(d)-1] ^= 1; return d }, "payload 599"},
		"the payloads deleted":               {at("payloads", "rows"), gone, "do not fit together"},
		"another ledger's name":              {"ledger.json", func(d []byte) []byte { return bytes.Replace(d, []byte("/acts"), []byte("/cats"), 1) }, "another log"},
		"ledger.json spoiled":                {"ledger.json", func([]byte) []byte { return []byte("[]") }, "do not fit together"},
		"the keys of acts spoiled":           {at("acts", "keys.1"), flip(20), "keys of the records of acts"},
		"the tree's state of another format": {at("tree", ".state", "version"), func([]byte) []byte { return []byte("9") }, "do not fit together"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t, "")
			l := p.open(t)
			fill(t, l, 0, 600)
			shut(t, l)
			edit(t, filepath.Join(p.config.Dir, c.file), c.change)
			l, err := Open(t.Context(), p.config)
			if err == nil {
				_ = l.Close()
				t.Fatal("it opened")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v\ndoes not say %q", err, c.want)
			}
			if fault.Text(err, i18n.JA) == err.Error() {
				t.Errorf("no Japanese: %v", err)
			}
		})
	}
}

// TestInvariant03_RolledBackLedgersAreNeverCosigned: a whole folder put back from a
// backup goes on from its own past, and honest witnesses cosign none of it.
func TestInvariant03_RolledBackLedgersAreNeverCosigned(t *testing.T) {
	p := newPlace(t, "")
	l := p.open(t)
	fill(t, l, 0, 100)
	shut(t, l)
	backup := filepath.Join(t.TempDir(), "backup")
	if err := os.CopyFS(backup, os.DirFS(p.config.Dir)); err != nil {
		t.Fatal(err)
	}
	l = p.open(t)
	fill(t, l, 100, 200)
	shut(t, l)
	p.config.Dir = backup
	l = p.open(t)
	for i := range 150 { // a fork of the same length and longer
		if _, err := l.Append(t.Context(), act(1000+i)); err != nil {
			t.Fatal(err)
		}
	}
	soon, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
	defer cancel()
	_, err := l.Receipt(soon, 249)
	if err == nil {
		t.Fatal("a fork got a receipt")
	}
	var few *proof.FewWitnesses
	if !errors.As(err, &few) || few.Got != 0 {
		t.Errorf("got %v", err)
	}
	if s := l.Signed(); s.Size != 100 {
		t.Errorf("size %d was published", s.Size)
	}
}

// TestInvariant03_BundlesAreHeldAgainstTheTree: a leaf that was changed in the middle of
// the log is found by an export, which names it.
func TestInvariant03_BundlesAreHeldAgainstTheTree(t *testing.T) {
	p := newPlace(t, "")
	l := p.open(t)
	fill(t, l, 0, 600)
	edit(t, filepath.Join(p.config.Dir, "tree", "tile", "entries", "000"), flip(34*77+20))
	_, err := l.Export(t.Context(), filepath.Join(t.TempDir(), "export"), folder.OpenedOnly)
	if err == nil || !strings.Contains(err.Error(), "leaf 77") {
		t.Errorf("got %v", err)
	}
}
