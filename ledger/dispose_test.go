package ledger

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/ledger/folder"
	"github.com/noroshi-acd/noroshi/ledger/keyring"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// days records n payloads of data for each of two days and some acts between them.
func days(t testing.TB, l *Log, n int) (first, second, acts []int64) {
	t.Helper()
	for i := range n {
		for _, x := range []struct {
			act  Act
			into *[]int64
		}{{data(i, "2026-03-01"), &first}, {data(i, "2026-03-02"), &second}, {act(i), &acts}} {
			p, err := l.Submit(t.Context(), x.act)
			if err != nil {
				t.Fatal(err)
			}
			index, err := p.Wait(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			*x.into = append(*x.into, index)
		}
	}
	return first, second, acts
}

// readable counts the entries that can be read.
func readable(t testing.TB, r interface {
	Read(int64) (*proof.Opened, []byte, error)
}, indices []int64) (n int) {
	t.Helper()
	for _, i := range indices {
		_, _, err := r.Read(i)
		if err == nil {
			n++
		} else if k := fault.KindOf(err); k != fault.NotFound && k != fault.Permission {
			t.Errorf("entry %d: %v", i, err)
		}
	}
	return n
}

// TestInvariant07_NothingIsReadableAfterItsDay: what was disposed of can be read neither
// in the ledger, nor after a restart, nor from a backup that was taken before the
// disposal and restored after it, with the keys that are there now or with none; what
// was not disposed of can, and the tree stays true.
func TestInvariant07_NothingIsReadableAfterItsDay(t *testing.T) {
	p := newPlace(t, "")
	l := p.open(t)
	first, second, acts := days(t, l, 20)
	if n := readable(t, l, first); n != 20 {
		t.Fatalf("%d of 20 readable before", n)
	}
	backup := filepath.Join(t.TempDir(), "backup")
	if _, err := l.Receipt(t.Context(), acts[19]); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(backup, os.DirFS(p.config.Dir)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := l.Dispose(t.Context(), warrantA, "2026-03-01"); err != nil {
		t.Fatal(err)
	}
	check := func(what string, r interface {
		Read(int64) (*proof.Opened, []byte, error)
	}, other int) {
		t.Helper()
		for _, c := range []struct {
			name    string
			indices []int64
			want    int
		}{{"disposed of", first, 0}, {"of the other day", second, other}, {"acts", acts, 20}} {
			if n := readable(t, r, c.indices); n != c.want {
				t.Errorf("%s: %d payloads %s are readable, want %d", what, n, c.name, c.want)
			}
		}
	}
	check("at once", l, 20)
	shut(t, l)
	l = p.open(t)
	check("after a restart", l, 20)
	if _, err := l.Prove(first[3]); err != nil {
		t.Errorf("the leaf of a dead payload: %v", err)
	}
	shut(t, l)

	q, err := p.Quorum()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		keys  string
		other int
	}{"a backup with the keys of today": {p.config.Keys, 20}, "a backup alone": {"", 0}} {
		r, err := folder.Open(backup, c.keys, "", q)
		if err != nil {
			t.Fatal(err)
		}
		check(name, r, c.other)
		// An inspector's export of the backup holds none of it either.
		out := filepath.Join(t.TempDir(), "export")
		if _, err := r.Export(t.Context(), out, folder.Readable); err != nil {
			t.Fatal(err)
		}
		for _, i := range first {
			if _, err := os.Stat(filepath.Join(out, "opened", folder.OpenedName(i))); err == nil {
				t.Errorf("%s: entry %d was exported", name, i)
			}
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}

	// A backup that goes on as a ledger, its keys lost: all data before are dead, acts are
	// not, and new data can come in.
	p.config.Dir, p.config.Keys = backup, filepath.Join(t.TempDir(), "new keys")
	if l, err := Open(t.Context(), p.config); fault.KindOf(err) != fault.NotFound || !errors.Is(err, keyring.ErrNone) {
		t.Fatalf("without keys: %v, %v", l, err)
	}
	p.config.KeysLost = true
	l = p.open(t)
	check("with lost keys", l, 0)
	index, err := l.Append(t.Context(), data(99, "2026-03-02"))
	if err != nil {
		t.Fatal(err)
	}
	if _, content, err := l.Read(index); err != nil || string(content) != "data 99" {
		t.Errorf("new data: %q, %v", content, err)
	}
	check("with new data", l, 0)
}

// TestInvariant08_ADisposalProvesItself: the entry of a disposal says what died: which
// warrant and day, of what class, how many, which key, and when; a second one of the same
// day, data that come late, and a day without data are refused.
func TestInvariant08_ADisposalProvesItself(t *testing.T) {
	p := newPlace(t, "")
	l := p.open(t)
	days(t, l, 7)
	selectors := data(1, "2026-03-01")
	selectors.Entry.Class = proof.Selectors
	if _, err := l.Append(t.Context(), selectors); err != nil {
		t.Fatal(err)
	}
	death, index, err := l.Dispose(t.Context(), warrantA, "2026-03-01")
	if err != nil {
		t.Fatal(err)
	}
	o, content, err := l.Read(index)
	if err != nil {
		t.Fatal(err)
	}
	var said proof.KeyDeath
	envelope, err := paper.ParseEnvelope(content)
	if err != nil {
		t.Fatal(err)
	}
	if err := envelope.Open(proof.DisposalType, &said); err != nil {
		t.Fatal(err)
	}
	if by := paper.Signers(envelope, []paper.PublicKey{p.config.Keeper.Public()}); len(by) != 1 {
		t.Error("the keeper has not signed the proof")
	}
	counts := map[proof.Class]int64{}
	for _, k := range said.Keys {
		counts[k.Class] += k.N
	}
	if said.Warrant != warrantA || said.Day != "2026-03-01" || said.Origin != origin || counts[proof.Result] != 7 || counts[proof.Selectors] != 1 || len(said.Keys) != 2 {
		t.Errorf("the proof says %+v", said)
	}
	if o.Entry.Class != proof.Disposal || o.Entry.Warrant != warrantA || o.Entry.Paper != envelope.Digest() || said.At != death.At {
		t.Errorf("the entry is %+v", o.Entry)
	}
	if said.Keys[0].Key == said.Keys[1].Key {
		t.Error("two classes had one key")
	}
	for name, c := range map[string]struct {
		do   func() error
		kind fault.Kind
	}{
		"the same again":   {func() error { _, _, err := l.Dispose(t.Context(), warrantA, "2026-03-01"); return err }, fault.NotFound},
		"a day of nothing": {func() error { _, _, err := l.Dispose(t.Context(), warrantA, "2026-03-09"); return err }, fault.NotFound},
		"late data":        {func() error { _, err := l.Append(t.Context(), data(1, "2026-03-01")); return err }, fault.Permission},
		"data without a warrant": {func() error {
			a := data(1, "2026-03-02")
			a.Entry.Warrant = ""
			_, err := l.Append(t.Context(), a)
			return err
		}, fault.Invalid},
		"data of no day": {func() error { _, err := l.Append(t.Context(), data(1, "yesterday")); return err }, fault.Invalid},
	} {
		if err := c.do(); err == nil || fault.KindOf(err) != c.kind {
			t.Errorf("%s: %v", name, err)
		}
	}
	keeper := l.config.Keeper
	l.config.Keeper = nil
	if _, _, err := l.Dispose(t.Context(), warrantA, "2026-03-02"); fault.KindOf(err) != fault.Permission {
		t.Errorf("without a keeper: %v", err)
	}
	l.config.Keeper = keeper
	size := index + 1
	if _, err := l.Append(t.Context(), data(5, "2026-03-02")); err != nil {
		t.Error(err)
	}
	if _, _, err := l.Read(size); err != nil {
		t.Errorf("the refused ones left an entry: %v", err)
	}
}

// TestInvariant08_InterruptedDisposals: wherever a disposal stops, opening the ledger
// again ends it: the keys are dead and there is one proof.
func TestInvariant08_InterruptedDisposals(t *testing.T) {
	for _, stop := range []string{"before the keys die", "before the proof is in", "before the intent is forgotten"} {
		t.Run(stop, func(t *testing.T) {
			p := newPlace(t, "")
			l := p.open(t)
			first, _, _ := days(t, l, 5)
			path := filepath.Join(p.config.Dir, disposalFile)
			var intent []byte
			switch stop {
			case "before the keys die":
				ring := l.data
				l.data = failingDispose(t, p.config.Keys)
				if _, _, err := l.Dispose(t.Context(), warrantA, "2026-03-01"); err == nil {
					t.Fatal("it went on")
				}
				l.data = ring
			case "before the proof is in":
				death, _, err := l.kill(warrantA, "2026-03-01")
				if err != nil || death.Keys[0].N != 5 {
					t.Fatal(death, err)
				}
			case "before the intent is forgotten":
				_, i, err := l.kill(warrantA, "2026-03-01")
				if err != nil {
					t.Fatal(err)
				}
				if intent, err = os.ReadFile(path); err != nil {
					t.Fatal(err)
				}
				if _, err := l.record(t.Context(), i); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, intent, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			shut(t, l)
			l = p.open(t)
			if n := readable(t, l, first); n != 0 {
				t.Errorf("%d payloads are readable", n)
			}
			proofs := 0
			for i := range l.edge.Size() {
				if o, _, err := l.Read(i); err == nil && o.Entry.Class == proof.Disposal {
					proofs++
				}
			}
			if proofs != 1 {
				t.Errorf("%d proofs of one disposal", proofs)
			}
			if _, err := os.Stat(path); err == nil {
				t.Error("the intent is still there")
			}
		})
	}
}

// failingDispose opens the keys so that they can be read and not be disposed of.
func failingDispose(t testing.TB, dir string) *keyring.Ring {
	t.Helper()
	r, err := keyring.Open(dir, origin, folder.FirstData, false)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestBegin: a ledger begins on its stated birthday only, in an empty folder, and has
// one writer.
func TestBegin(t *testing.T) {
	today := time.Now().UTC().Format(time.DateOnly)
	for name, c := range map[string]struct {
		birthday string
		before   func(t *testing.T, c Config)
		want     string
	}{
		"no birthday":           {"", nil, "there is no ledger here"},
		"yesterday":             {time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly), nil, "may begin on"},
		"tomorrow":              {time.Now().UTC().AddDate(0, 0, 1).Format(time.DateOnly), nil, "may begin on"},
		"no day":                {"today", nil, "must be a day"},
		"a folder in use":       {today, func(t *testing.T, c Config) { put(t, filepath.Join(c.Dir, "letters.txt"), "x") }, "letters.txt"},
		"a tree without a name": {today, func(t *testing.T, c Config) { put(t, filepath.Join(c.Dir, "tree", "tile", "0", "000"), "x") }, "tile"},
		"an interrupted beginning": {today, func(t *testing.T, c Config) {
			put(t, filepath.Join(c.Dir, "payloads", "rows"), "")
			put(t, filepath.Join(c.Dir, "acts", "keys.1"), "torn")
			put(t, filepath.Join(c.Dir, "ledger.json.new"), "{")
		}, ""},
		"keys inside":       {today, func(*testing.T, Config) {}, "outside ledger.dir"},
		"keys of another":   {today, func(t *testing.T, c Config) { keyCreate(t, c.Keys, "ledger.example/other") }, "another ledger"},
		"today, and alone?": {today, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t, "")
			p.config.Birthday = c.birthday
			if name == "keys inside" {
				p.config.Keys = filepath.Join(p.config.Dir, "keys")
			}
			if c.before != nil {
				c.before(t, p.config)
			}
			l, err := Open(t.Context(), p.config)
			if c.want != "" {
				if err == nil {
					_ = l.Close()
				}
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v, want %q", err, c.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			fill(t, l, 0, 3)
			if second, err := Open(t.Context(), p.config); err == nil || fault.KindOf(err) != fault.Limit {
				t.Errorf("a second writer: %v, %v", second, err)
			}
			shut(t, l)
			p.config.Birthday = time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly)
			l = p.open(t)
			fill(t, l, 3, 6)
			other := p.config
			other.Key = newPlace(t, "").config.Key
			shut(t, l)
			if _, err := Open(t.Context(), other); err == nil {
				t.Error("another log key opened the ledger")
			}
		})
	}
}

func put(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func keyCreate(t testing.TB, dir, origin string) {
	t.Helper()
	if err := keyring.Create(dir, origin, folder.FirstData); err != nil {
		t.Fatal(err)
	}
}

// TestTwiceIsOnce: the same act under the same key and time is one entry: at once,
// side by side, and after a restart.
func TestTwiceIsOnce(t *testing.T) {
	p := newPlace(t, "")
	l := p.open(t)
	once := act(1)
	once.Entry.At, once.Key = 1_800_000_000, [proof.KeySize]byte{1, 2, 3}
	index, err := l.Append(t.Context(), once)
	if err != nil {
		t.Fatal(err)
	}
	var pending []*Pending
	for range 5 {
		p, err := l.Submit(t.Context(), once)
		if err != nil {
			t.Fatal(err)
		}
		pending = append(pending, p)
	}
	for _, p := range pending {
		if again, err := p.Wait(t.Context()); err != nil || again != index {
			t.Errorf("again at %d, %v", again, err)
		}
	}
	shut(t, l)
	l = p.open(t)
	if again, err := l.Append(t.Context(), once); err != nil || again != index {
		t.Errorf("after a restart at %d, %v", again, err)
	}
	if l.edge.Size() != 1 {
		t.Errorf("%d entries", l.edge.Size())
	}
	other := once
	other.Entry.At++
	if again, err := l.Append(t.Context(), other); err != nil || again == index {
		t.Errorf("another act at %d, %v", again, err)
	}
}

// TestRefused: what cannot be recorded is refused before anything is written.
func TestRefused(t *testing.T) {
	p := newPlace(t, "")
	l := p.open(t)
	for name, a := range map[string]Act{
		"no class":        {Entry: proof.Entry{Role: "hub"}},
		"no role":         {Entry: proof.Entry{Class: proof.Query}},
		"too long":        {Entry: proof.Entry{Class: proof.Query, Role: "hub"}, Payload: make([]byte, MaxPayload+1)},
		"a bad warrant":   {Entry: proof.Entry{Class: proof.Query, Role: "hub", Warrant: "x"}},
		"a role with ids": {Entry: proof.Entry{Class: proof.Query, Role: "Hub One"}},
	} {
		if index, err := l.Append(t.Context(), a); err == nil {
			t.Errorf("%s was recorded at %d", name, index)
		}
	}
	if l.edge.Size() != 0 {
		t.Errorf("%d entries", l.edge.Size())
	}
	if _, err := l.Receipt(t.Context(), 0); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a receipt for nothing: %v", err)
	}
	shut(t, l)
	if _, err := l.Append(t.Context(), act(1)); fault.KindOf(err) != fault.Canceled {
		t.Errorf("a closed ledger: %v", err)
	}
}

// TestUnseal: an entry that was opened to everyone is in the public export, also when
// its payload died; the others are not.
func TestUnseal(t *testing.T) {
	p := newPlace(t, "")
	l := p.open(t)
	first, second, acts := days(t, l, 3)
	if err := l.Unseal(t.Context(), acts[1], first[0], second[2]); err != nil {
		t.Fatal(err)
	}
	_, index, err := l.Dispose(t.Context(), warrantA, "2026-03-01")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Unseal(t.Context(), first[1]); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a dead entry was opened: %v", err)
	}
	if _, err := l.Receipt(t.Context(), index); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "export")
	done, err := l.Export(t.Context(), out, folder.OpenedOnly)
	if err != nil || done.Opened != 3 || done.Dead != 1 || done.Size != 10 {
		t.Errorf("exported %+v, %v", done, err)
	}
	files, err := os.ReadDir(filepath.Join(out, "opened"))
	if err != nil || len(files) != 3 {
		t.Errorf("%v, %v", files, err)
	}
	text, err := os.ReadFile(filepath.Join(out, "opened", folder.OpenedName(acts[1])))
	if err != nil {
		t.Fatal(err)
	}
	var o proof.Opened
	if err := paper.Unmarshal(text, &o); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(out, "content", strings.TrimPrefix(string(o.Entry.Content), "sha256:")))
	if err != nil || string(content) != fmt.Sprintf("act %d", 1) {
		t.Errorf("%q, %v", content, err)
	}
}
