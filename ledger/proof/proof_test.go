package proof

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"math/bits"
	"slices"
	"strings"
	"testing"

	formatlog "github.com/transparency-dev/formats/log"
	formatnote "github.com/transparency-dev/formats/note"
	formatproof "github.com/transparency-dev/formats/proof"
	"github.com/transparency-dev/merkle/compact"
	merkle "github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

const origin = "ledger.example/acts"

// party is a log or witness with its key.
type party struct {
	name, vkey string
	key        ed25519.PrivateKey
}

func newParty(tb failer, name string, cosigns bool) party {
	tb.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	p := party{name: name, key: private}
	if cosigns {
		_, p.vkey, err = NewCosigner(name, public)
	} else {
		p.vkey, err = LogKey(name, public)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// signer signs checkpoints as a log does.
type signer struct {
	note.Verifier
	key ed25519.PrivateKey
}

func (s signer) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.key, msg), nil }

// world is a log with four witnesses, and its leaves.
type world struct {
	tb        failer
	log       party
	verifier  note.Verifier
	witnesses []party
	quorum    Quorum
	leaves    []Commitment
	files     map[string][]byte
}

func newWorld(tb failer) *world {
	tb.Helper()
	w := &world{tb: tb, log: newParty(tb, origin, false), files: map[string][]byte{}}
	var vkeys []string
	for i := range 4 {
		p := newParty(tb, fmt.Sprintf("witness%d.example", i+1), true)
		w.witnesses = append(w.witnesses, p)
		vkeys = append(vkeys, p.vkey)
	}
	var err error
	if w.verifier, err = ParseLogKey(w.log.vkey); err != nil {
		tb.Fatal(err)
	}
	if w.quorum, err = NewQuorum(vkeys, 3); err != nil {
		tb.Fatal(err)
	}
	return w
}

// grow adds leaves and writes the tiles with a second hand: the compact ranges of
// another library, not package tlog.
func (w *world) grow(n int) *world {
	for range n {
		var c Commitment
		copy(c[:], fmt.Sprintf("leaf %d of this tree, made up", len(w.leaves)))
		w.leaves = append(w.leaves, c)
	}
	w.write(len(w.leaves))
	return w
}

// level gives the hashes of a level of tiles by the definition in tlog-tiles.
func (w *world) level(l int) (list [][]byte) {
	if l == 0 {
		for _, c := range w.leaves {
			h := c.Hash()
			list = append(list, h[:])
		}
		return list
	}
	below := w.level(l - 1)
	f := compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}
	for i := 0; i+TileWidth <= len(below); i += TileWidth {
		r := f.NewEmptyRange(0)
		for _, h := range below[i : i+TileWidth] {
			if err := r.Append(h, nil); err != nil {
				w.tb.Fatal(err)
			}
		}
		root, err := r.GetRootHash(nil)
		if err != nil {
			w.tb.Fatal(err)
		}
		list = append(list, root)
	}
	return list
}

// write writes the tiles of the tree at a size.
func (w *world) write(size int) {
	for l := 0; ; l++ {
		hashes := w.level(l)
		hashes = hashes[:min(len(hashes), size>>(8*l))]
		if len(hashes) == 0 {
			return
		}
		for i := 0; i < len(hashes); i += TileWidth {
			part := hashes[i:min(i+TileWidth, len(hashes))]
			w.files[TilePath(l, int64(i/TileWidth), len(part))] = bytes.Join(part, nil)
		}
	}
}

func (w *world) read(path string) ([]byte, error) {
	if data, ok := w.files[path]; ok {
		return data, nil
	}
	return nil, fmt.Errorf("%s: %w", path, fs.ErrNotExist)
}

func (w *world) checkpoint(size int) Checkpoint {
	f := compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}
	r := f.NewEmptyRange(0)
	for _, c := range w.leaves[:size] {
		h := c.Hash()
		if err := r.Append(h[:], nil); err != nil {
			w.tb.Fatal(err)
		}
	}
	c := Checkpoint{Origin: origin, Size: int64(size), Root: EmptyRoot()}
	if size > 0 {
		root, err := r.GetRootHash(nil)
		if err != nil {
			w.tb.Fatal(err)
		}
		copy(c.Root[:], root)
	}
	return c
}

func (w *world) sign(c Checkpoint) []byte {
	text, err := note.Sign(&note.Note{Text: c.Text()}, signer{w.verifier, w.log.key})
	if err != nil {
		w.tb.Fatal(err)
	}
	return text
}

func (w *world) cosign(text []byte, stamp int64, who ...int) []byte {
	body, _, _ := strings.Cut(string(text), "\n\n")
	for _, i := range who {
		p := w.witnesses[i]
		c, err := ParseCosigner(p.vkey)
		if err != nil {
			w.tb.Fatal(err)
		}
		text, err = Join(text, SignatureLine(c, Cosign(p.key, []byte(body+"\n"), stamp+int64(i))))
		if err != nil {
			w.tb.Fatal(err)
		}
	}
	return text
}

func (w *world) tree(size int) *Tree {
	w.write(size)
	return NewTree(w.checkpoint(size), w.read)
}

// TestAgainstOthers: what we write others read, and what we compute they compute.
func TestAgainstOthers(t *testing.T) {
	w := newWorld(t).grow(70_000)
	known := map[int]Checkpoint{} // working one out takes a walk over all leaves
	checkpoint := func(size int) Checkpoint {
		if _, ok := known[size]; !ok {
			known[size] = w.checkpoint(size)
		}
		return known[size]
	}
	for _, size := range []int{1, 2, 255, 256, 257, 65_536, 69_999, 70_000} {
		text := w.cosign(w.sign(checkpoint(size)), 1_795_262_400, 0, 1, 3)

		w.write(size)
		tree := NewTree(checkpoint(size), w.read)

		// formats/log and formats/note read our checkpoint and cosignatures.
		var others []note.Verifier
		for _, p := range w.witnesses {
			v, err := formatnote.NewVerifierForCosignatureV1(p.vkey)
			if err != nil {
				t.Fatal(err)
			}
			others = append(others, v)
		}
		theirs, _, n, err := formatlog.ParseCheckpoint(text, origin, w.verifier, others...)
		if err != nil || theirs.Size != uint64(size) || len(n.Sigs) != 4 {
			t.Fatalf("size %d: formats/log says %v, %v", size, theirs, err)
		}
		s, err := Open(text, w.verifier, w.quorum)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(theirs.Hash, s.Root[:]) {
			t.Fatalf("size %d: roots differ", size)
		}

		for _, index := range []int{0, size / 2, size - 1} {
			r, err := MakeReceipt(tree, text, int64(index))
			if err != nil {
				t.Fatal(err)
			}
			h := w.leaves[index].Hash()
			if err := merkle.VerifyInclusion(rfc6962.DefaultHasher, uint64(index), uint64(size), h[:], raw(r.Path), s.Root[:]); err != nil {
				t.Fatalf("size %d, index %d: package merkle says %v", size, index, err)
			}
			var p formatproof.TLogProof
			if err := p.Unmarshal(r.Marshal()); err != nil || p.Index != uint64(index) || !bytes.Equal(p.Checkpoint, text) {
				t.Fatalf("size %d, index %d: formats/proof says %v", size, index, err)
			}
			if got := p.Marshal(); !bytes.Equal(got, r.Marshal()) {
				t.Fatalf("formats/proof writes\n%s\nwe write\n%s", got, r.Marshal())
			}
		}
		for _, older := range []int{1, size / 3, size} {
			proof, err := tree.Consistency(int64(older))
			if err != nil {
				t.Fatal(err)
			}
			a, b := checkpoint(older), checkpoint(size)
			if err := CheckConsistency(a, b, proof); err != nil {
				t.Fatal(err)
			}
			if err := merkle.VerifyConsistency(rfc6962.DefaultHasher, uint64(older), uint64(size), raw(proof), a.Root[:], b.Root[:]); err != nil && older > 0 {
				t.Fatalf("%d to %d: package merkle says %v", older, size, err)
			}
		}
	}
}

func raw(list []tlog.Hash) (out [][]byte) {
	for _, h := range list {
		out = append(out, h[:])
	}
	return out
}

// TestTheirCosignature: no vector of cosignature/v1 is published with its key, so the
// library of its authors makes one.
func TestTheirCosignature(t *testing.T) {
	skey, vkey, err := note.GenerateKey(rand.Reader, "witness.example/w1")
	if err != nil {
		t.Fatal(err)
	}
	s, err := formatnote.NewSignerForCosignatureV1(skey)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := formatnote.VKeyToCosignatureV1(vkey)
	if err != nil {
		t.Fatal(err)
	}
	c, err := ParseCosigner(theirs)
	if err != nil {
		t.Fatal(err)
	}
	text := Checkpoint{Origin: origin, Size: 0, Root: EmptyRoot()}.Text()
	sig, err := s.Sign([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if !c.Verify([]byte(text), sig) || c.KeyHash() != s.KeyHash() {
		t.Error("their cosignature does not verify here")
	}
	sig[len(sig)-1] ^= 1
	if c.Verify([]byte(text), sig) {
		t.Error("a broken cosignature verifies")
	}
	if h := EmptyRoot(); encode(h[:]) != "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" {
		t.Errorf("the empty tree's root is %x", h)
	}
}

// TestPeaks: the peaks, folded from the right, give the root at every size.
func TestPeaks(t *testing.T) {
	w := newWorld(t).grow(520)
	for _, size := range []int{0, 1, 2, 3, 255, 256, 257, 511, 520} {
		peaks, err := w.tree(size).Peaks()
		if err != nil {
			t.Fatal(err)
		}
		if len(peaks) != bits.OnesCount(uint(size)) {
			t.Errorf("size %d has %d peaks", size, len(peaks))
		}
		root := EmptyRoot()
		for i, h := range slices.Backward(peaks) {
			if root = tlog.NodeHash(h, root); i == len(peaks)-1 {
				root = h
			}
		}
		if want := w.checkpoint(size).Root; root != want {
			t.Errorf("size %d: the peaks give %v, want %v", size, root, want)
		}
	}
}

func TestKeyDeath(t *testing.T) {
	good := KeyDeath{At: 1, Day: "2026-01-31", Keys: []Disposed{{Class: Result, Key: paper.DigestOf(nil), N: 3}}, Origin: origin, Warrant: paper.DigestOf(nil)}
	text, err := paper.Marshal(good)
	if err != nil {
		t.Fatal(err)
	}
	var back KeyDeath
	if err := paper.Unmarshal(text, &back); err != nil || back.Keys[0] != good.Keys[0] || back.Day != good.Day {
		t.Errorf("read back as %+v, %v", back, err)
	}
	for _, bad := range []KeyDeath{{Day: "2026-02-30"}, {Day: ""}, {Day: "2026-01-31", Keys: []Disposed{{N: -1}}}} {
		if bad.Check() == nil {
			t.Errorf("%+v passed", bad)
		}
	}
}

func TestTilePath(t *testing.T) {
	for want, got := range map[string]string{
		"tile/0/x001/x234/067":             TilePath(0, 1234067, 256),
		"tile/0/000":                       TilePath(0, 0, 256),
		"tile/2/000.p/1":                   TilePath(2, 0, 1),
		"tile/entries/x001/000":            EntriesPath(1000, 256),
		"tile/entries/x273/x000/001.p/112": EntriesPath(273000001, 112),
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	// The example of tlog-tiles: 70,000 leaves.
	for _, c := range []struct {
		level int
		n     int64
		want  int
	}{{0, 272, 256}, {0, 273, 112}, {0, 274, 0}, {1, 0, 256}, {1, 1, 17}, {2, 0, 1}, {3, 0, 0}} {
		if got := Width(c.level, c.n, 70_000); got != c.want {
			t.Errorf("tile %d of level %d is %d wide, want %d", c.n, c.level, got, c.want)
		}
	}
}

// TestInvariant02_AReceiptProvesOneEntryOnly: nothing but the true leaf at the true place
// under the quorum passes.
func TestInvariant02_AReceiptProvesOneEntryOnly(t *testing.T) {
	w := newWorld(t).grow(600)
	text := w.cosign(w.sign(w.checkpoint(600)), 1_795_262_400, 0, 1, 2)
	r, err := MakeReceipt(w.tree(600), text, 300)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseReceipt(r.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	at, s, err := again.Verify(w.leaves[300], w.verifier, w.quorum)
	if err != nil {
		t.Fatal(err)
	}
	if at.Index != 300 || at.Size != 600 || at.Origin != origin || s.Median() != 1_795_262_401 {
		t.Errorf("got %+v, median %d", at, s.Median())
	}

	other := newWorld(t).grow(600) // same leaves, other keys
	for name, c := range map[string]struct {
		spoil func(*Receipt)
		leaf  Commitment
		want  string
	}{
		"another leaf":    {func(*Receipt) {}, w.leaves[301], "does not prove"},
		"another index":   {func(r *Receipt) { r.Index = 301 }, w.leaves[300], "does not prove"},
		"beyond the tree": {func(r *Receipt) { r.Index = 600 }, w.leaves[300], "only 600"},
		"a hash less":     {func(r *Receipt) { r.Path = r.Path[1:] }, w.leaves[300], "does not prove"},
		"a hash more":     {func(r *Receipt) { r.Path = append(slices.Clone(r.Path), r.Path[0]) }, w.leaves[300], "does not prove"},
		"two witnesses":   {func(r *Receipt) { r.Note = w.cosign(w.sign(w.checkpoint(600)), 1, 0, 1) }, w.leaves[300], "has 2 cosignatures, must have 3"},
		"one thrice":      {func(r *Receipt) { r.Note = w.cosign(w.sign(w.checkpoint(600)), 1, 0, 0, 0) }, w.leaves[300], "has 1 cosignatures"},
		"others' witness": {func(r *Receipt) { r.Note = other.cosign(w.sign(w.checkpoint(600)), 1, 0, 1, 2) }, w.leaves[300], "has 0 cosignatures"},
		"others' log":     {func(r *Receipt) { r.Note = w.cosign(other.sign(w.checkpoint(600)), 1, 0, 1, 2) }, w.leaves[300], "does not bear the signature of the log"},
		"another tree": {func(r *Receipt) {
			c := w.checkpoint(600)
			c.Root[0] ^= 1
			r.Note = w.cosign(w.sign(c), 1, 0, 1, 2)
		}, w.leaves[300], "does not prove"},
		"another origin": {func(r *Receipt) {
			c := w.checkpoint(600)
			c.Origin = "ledger.example/other"
			r.Note = w.cosign(w.sign(c), 1, 0, 1, 2)
		}, w.leaves[300], "not of the log"},
		"an older, cosigned tree": {func(r *Receipt) { r.Note = w.cosign(w.sign(w.checkpoint(300)), 1, 0, 1, 2) }, w.leaves[300], "only 300"},
	} {
		t.Run(name, func(t *testing.T) {
			bad := *r
			c.spoil(&bad)
			if at, _, err := bad.Verify(c.leaf, w.verifier, w.quorum); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, %v, want %q", at, err, c.want)
			}
		})
	}
	// One flipped bit anywhere is noticed.
	whole := r.Marshal()
	for i := range len(whole) * 8 {
		bad := bytes.Clone(whole)
		bad[i/8] ^= 1 << (i % 8)
		r, err := ParseReceipt(bad)
		if err != nil {
			continue
		}
		// A signature of a key that is not known is ignored by rule; three of the quorum and
		// the log's are all there are, so every flip in them must be fatal.
		if _, _, err := r.Verify(w.leaves[300], w.verifier, w.quorum); err == nil {
			t.Fatalf("bit %d of byte %d (%q) can be flipped:\n%s", i%8, i/8, whole[i/8], bad)
		}
	}
}

// TestInvariant03_NoProofForAnotherPast: a log that flips, deletes, reorders, truncates,
// forks or rolls back has no proof that its new tree grew from the old one.
func TestInvariant03_NoProofForAnotherPast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t).grow(rapid.IntRange(2, 300).Draw(t, "leaves"))
		n := len(w.leaves)
		size := rapid.IntRange(1, n-1).Draw(t, "old size")
		older, newer := w.checkpoint(size), w.checkpoint(n)
		proof, err := w.tree(n).Consistency(int64(size))
		if err != nil {
			t.Fatal(err)
		}
		if err := CheckConsistency(older, newer, proof); err != nil {
			t.Fatalf("an honest log: %v", err)
		}
		if root, err := w.tree(n).RootAt(int64(size)); err != nil || root != older.Root {
			t.Fatalf("the root at %d: %v, %v", size, root, err)
		}

		at := rapid.IntRange(0, size-1).Draw(t, "at")
		bad := newWorld(t)
		bad.leaves = slices.Clone(w.leaves)
		switch rapid.SampledFrom([]string{"flip", "delete", "reorder"}).Draw(t, "how") {
		case "flip":
			bad.leaves[at][0] ^= 1
		case "delete":
			bad.leaves = slices.Delete(bad.leaves, at, at+1)
			bad.leaves = append(bad.leaves, Commitment{1})
		case "reorder":
			bad.leaves[at], bad.leaves[at+1] = bad.leaves[at+1], bad.leaves[at]
		}
		bad.write(n)
		proof, err = bad.tree(n).Consistency(int64(size))
		if err != nil {
			t.Fatal(err)
		}
		if swapped := at+1 < size || bad.leaves[at] != w.leaves[at]; swapped {
			if err := CheckConsistency(older, bad.checkpoint(n), proof); err == nil {
				t.Fatal("another past was taken for the same")
			}
		}
		if err := CheckConsistency(newer, older, nil); err == nil {
			t.Fatal("a log went back")
		}
		fork := newer
		fork.Root[5] ^= 1
		if err := CheckConsistency(newer, fork, nil); err == nil {
			t.Fatal("a fork passed")
		}
		if err := CheckConsistency(Checkpoint{Origin: "x", Root: EmptyRoot()}, newer, nil); err == nil {
			t.Fatal("the past of another log passed")
		}
	})
}

// failer is what a world needs of a test, property tests among them.
type failer interface {
	Helper()
	Fatal(args ...any)
}

// TestInvariant03_TilesAreNotBelieved: a tile that was changed, cut, made longer or taken
// away is named, and never believed.
func TestInvariant03_TilesAreNotBelieved(t *testing.T) {
	w := newWorld(t).grow(1000)
	at := w.checkpoint(1000)
	path := TilePath(0, 1, 256)
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"changed": {append([]byte{w.files[path][0] ^ 1}, w.files[path][1:]...), "inconsistent tile"},
		"cut":     {w.files[path][:8191], path + " has 8191 bytes"},
		"longer":  {append(bytes.Clone(w.files[path]), 0), path + " has 8193 bytes"},
		"gone":    {nil, path},
	} {
		t.Run(name, func(t *testing.T) {
			tree := NewTree(at, func(p string) ([]byte, error) {
				if p == path {
					if c.data == nil {
						return nil, fs.ErrNotExist
					}
					return c.data, nil
				}
				return w.read(p)
			})
			_, err := tree.Inclusion(300)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if c.data == nil && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%v does not say that the tile is not there", err)
			}
		})
	}
	// A partial tile that was cleared away is read from the full one.
	full := newWorld(t).grow(1024)
	full.write(1000)
	for p := range full.files {
		if strings.Contains(p, ".p/") && strings.HasPrefix(p, "tile/0/") {
			delete(full.files, p)
		}
	}
	old := NewTree(full.checkpoint(1000), full.read)
	if _, err := old.Leaf(999); err != nil {
		t.Error(err)
	}
}

func TestEntries(t *testing.T) {
	var bundle []byte
	var want [][]byte
	for i := range TileWidth {
		e := bytes.Repeat([]byte{byte(i)}, i)
		want = append(want, e)
		bundle = AppendEntry(bundle, e)
	}
	got, err := ParseEntries(bundle)
	if err != nil || !slices.EqualFunc(got, want, bytes.Equal) {
		t.Fatalf("%d entries, %v", len(got), err)
	}
	for name, data := range map[string][]byte{
		"half a length": bundle[:len(bundle)-256],
		"cut":           bundle[:len(bundle)-1],
		"one too many":  AppendEntry(bytes.Clone(bundle), nil),
	} {
		if _, err := ParseEntries(data); err == nil {
			t.Errorf("%s: was read", name)
		}
	}
}

func TestCommitment(t *testing.T) {
	e := Entry{At: 1_795_262_400, Class: GrantOpen, Content: paper.DigestOf([]byte("x")), Role: "acquirer", Warrant: paper.DigestOf([]byte("w"))}
	key := [KeySize]byte{1, 2, 3}
	leaf, err := e.Commit(key)
	if err != nil {
		t.Fatal(err)
	}
	o := Opened{Entry: e, Index: 7, Key: key[:]}
	text, err := paper.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var back Opened
	if err := paper.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if got, err := back.Leaf(); err != nil || got != leaf {
		t.Errorf("got %x, %v", got, err)
	}
	for name, spoil := range map[string]func(*Opened){
		"another key":   func(o *Opened) { o.Key = append([]byte{9}, o.Key[1:]...) },
		"another class": func(o *Opened) { o.Entry.Class = GrantClose },
		"another time":  func(o *Opened) { o.Entry.At++ },
		"another paper": func(o *Opened) { o.Entry.Content = paper.DigestOf([]byte("y")) },
	} {
		bad := o
		bad.Key = bytes.Clone(o.Key)
		spoil(&bad)
		if got, err := bad.Leaf(); err != nil || got == leaf {
			t.Errorf("%s: the commitment opens to it (%v)", name, err)
		}
	}
	if err := (Opened{Key: key[:5]}).Check(); err == nil {
		t.Error("a short key passed")
	}
	if Class("tap").Check() == nil || GrantOpen.Check() != nil {
		t.Error("classes are not checked")
	}
}

func TestPeriod(t *testing.T) {
	good := PeriodReport{Origin: origin, First: 10, Last: 15, Counts: []PeriodCount{{Class: Query, Role: "hub", N: 3}, {Class: Order, Role: "hub", N: 2}}}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for name, bad := range map[string]PeriodReport{
		"one is missing": {First: 10, Last: 16, Counts: good.Counts},
		"backwards":      {First: 16, Last: 10, Counts: good.Counts},
		"below zero":     {First: 0, Last: 1, Counts: []PeriodCount{{N: 2}, {N: -1}}},
	} {
		if bad.Check() == nil {
			t.Errorf("%s: passed", name)
		}
	}
}

func TestQuorum(t *testing.T) {
	a, b := newParty(t, "a.example", true), newParty(t, "b.example", true)
	public := a.key.Public().(ed25519.PublicKey)
	_, twin, err := NewCosigner("twin.example", public)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		keys []string
		k    int
	}{
		"one key, two names":  {[]string{a.vkey, twin}, 2},
		"the same twice":      {[]string{a.vkey, a.vkey}, 1},
		"none needed":         {[]string{a.vkey, b.vkey}, 0},
		"more than there are": {[]string{a.vkey, b.vkey}, 3},
		"a log's key":         {[]string{newParty(t, "c.example", false).vkey}, 1},
		"no key":              {[]string{"x+y+z"}, 1},
	} {
		if _, err := NewQuorum(c.keys, c.k); err == nil {
			t.Errorf("%s: passed", name)
		}
	}
	for _, bad := range []string{"", "a", "a+00000000+AAAA", strings.Replace(a.vkey, "a.example", "b.example", 1), a.vkey + "A", "a b" + a.vkey[9:]} {
		if _, err := ParseCosigner(bad); err == nil {
			t.Errorf("%q passed", bad)
		}
	}
}

func TestRequest(t *testing.T) {
	w := newWorld(t).grow(50)
	proof, err := w.tree(50).Consistency(20)
	if err != nil {
		t.Fatal(err)
	}
	r := &Request{Old: 20, Proof: proof, Note: w.sign(w.checkpoint(50))}
	got, err := ParseRequest(r.Marshal())
	if err != nil || got.Old != 20 || !slices.Equal(got.Proof, proof) || !bytes.Equal(got.Note, r.Note) {
		t.Fatalf("got %+v, %v", got, err)
	}
	many := &Request{Old: 20, Proof: make([]tlog.Hash, 64), Note: r.Note}
	for name, body := range map[string]string{
		"empty":                "",
		"no checkpoint":        "old 20\n\n",
		"no size":              "\n\n" + string(r.Note),
		"leading zero":         "old 020\n\n" + string(r.Note),
		"below zero":           "old -1\n\n" + string(r.Note),
		"huge":                 "old 9223372036854775808\n\n" + string(r.Note),
		"short hash":           "old 20\nAAAA\n\n" + string(r.Note),
		"too many hashes":      string(many.Marshal()),
		"too large":            string(r.Marshal()) + strings.Repeat("x", MaxRequest),
		"another first line":   "new 20\n\n" + string(r.Note),
		"a hash in other form": "old 20\n" + strings.Repeat("A", 42) + "B=\n\n" + string(r.Note),
	} {
		if _, err := ParseRequest([]byte(body)); err == nil {
			t.Errorf("%s: was read", name)
		}
	}
	if _, err := Join(r.Note, "no signature\n"); err == nil {
		t.Error("a line that is no signature was put under the note")
	}
}

// FuzzParse: no parser panics, and what one reads it writes the same.
func FuzzParse(f *testing.F) {
	w := newWorld(f).grow(300)
	text := w.cosign(w.sign(w.checkpoint(300)), 1_795_262_400, 0, 1, 2)
	r, err := MakeReceipt(w.tree(300), text, 7)
	if err != nil {
		f.Fatal(err)
	}
	r.Extra = []byte("extra")
	f.Add(r.Marshal())
	f.Add(text)
	f.Add((&Request{Old: 3, Proof: r.Path, Note: text}).Marshal())
	f.Add([]byte(w.checkpoint(3).Text()))
	f.Add(AppendEntry(nil, []byte("entry")))
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, err := ParseReceipt(data); err == nil {
			if !bytes.Equal(r.Marshal(), data) {
				t.Errorf("a receipt reads and writes differently: %q", data)
			}
			_, _, _ = r.Verify(Commitment{}, w.verifier, w.quorum)
		}
		if q, err := ParseRequest(data); err == nil && !bytes.Equal(q.Marshal(), data) {
			t.Errorf("a request reads and writes differently: %q", data)
		}
		if c, err := ParseCheckpoint(string(data)); err == nil && c.Text() != string(data) {
			t.Errorf("a checkpoint reads and writes differently: %q", data)
		}
		if list, err := ParseEntries(data); err == nil {
			var back []byte
			for _, e := range list {
				back = AppendEntry(back, e)
			}
			if !bytes.Equal(back, data) {
				t.Errorf("a bundle reads and writes differently: %q", data)
			}
		}
		if s, err := OpenLog(data, w.verifier, w.quorum); err == nil && !bytes.Equal(s.Note, text) && s.Size == 300 && s.Root != w.checkpoint(300).Root {
			t.Errorf("a forged checkpoint: %q", data)
		}
		_, _ = ParseCosigner(string(data))
	})
}

func BenchmarkVerify(b *testing.B) {
	w := newWorld(b).grow(5000)
	r, err := MakeReceipt(w.tree(5000), w.cosign(w.sign(w.checkpoint(5000)), 1, 0, 1, 2), 300)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := r.Verify(w.leaves[300], w.verifier, w.quorum); err != nil {
			b.Fatal(err)
		}
	}
}
