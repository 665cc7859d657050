package cosign

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/ledger/cosign/cosigntest"
	"github.com/noroshi-acd/noroshi/ledger/cosign/disk"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/testimony"
)

const origin = "ledger.example/acts"

// desk is a witness in a test, with a clock that the test sets.
type desk struct {
	*Witness
	tb     testing.TB
	config Config
	vkey   string
	now    time.Time
	unsure error
}

func newDesk(tb testing.TB, name string, logs ...*cosigntest.Log) *desk {
	tb.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	d := &desk{tb: tb, now: time.Unix(1_800_000_000, 0)}
	dir, err := os.MkdirTemp("", "desk")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { d.Close(); os.RemoveAll(dir) })
	d.config = Config{Dir: dir, Name: name, Key: key, Clock: func() (time.Time, error) { return d.now, d.unsure }}
	for _, l := range logs {
		d.config.Logs = append(d.config.Logs, l.VKey)
	}
	_, d.vkey, err = proof.NewCosigner(name, key.Public().(ed25519.PublicKey))
	if err != nil {
		tb.Fatal(err)
	}
	if err := Create(dir, d.vkey); err != nil {
		tb.Fatal(err)
	}
	d.reopen()
	return d
}

// reopen is a restart.
func (d *desk) reopen() {
	d.tb.Helper()
	if d.Witness != nil {
		d.Close()
	}
	w, err := Open(d.config)
	if err != nil {
		d.tb.Fatal(err)
	}
	d.Witness = w
}

// cosign wants a cosignature, and finds it right as any client does.
func (d *desk) cosign(l *cosigntest.Log, old, size int64) []byte {
	d.tb.Helper()
	a, err := d.Add(l.Request(old, size))
	if err != nil {
		d.tb.Fatalf("%s from %d to %d: %v", d.config.Name, old, size, err)
	}
	text, err := proof.Join(l.Sign(size), string(a.Lines))
	if err != nil {
		d.tb.Fatal(err)
	}
	q, err := proof.NewQuorum([]string{d.vkey}, 1)
	if err != nil {
		d.tb.Fatal(err)
	}
	v, _ := proof.ParseLogKey(l.VKey)
	s, err := proof.Open(text, v, q)
	if err != nil {
		d.tb.Fatal(err)
	}
	if s.Cosignatures[0].Time != d.now.Unix() {
		d.tb.Errorf("the cosignature is of %d, the clock says %d", s.Cosignatures[0].Time, d.now.Unix())
	}
	return text
}

// refused wants a refusal of a code.
func (d *desk) refused(body []byte, code Code) *Refusal {
	d.tb.Helper()
	a, err := d.Add(body)
	var r *Refusal
	if !errors.As(err, &r) || r.Code != code {
		d.tb.Fatalf("got %v, %v; want the refusal %s", a, err, code)
	}
	return r
}

func grown(tb testing.TB, n int) *cosigntest.Log {
	l := cosigntest.New(tb, origin)
	l.Grow(n, "leaf")
	return l
}

// TestAddSaysWhatTheProtocolSays goes through the answers of tlog-witness, each with its
// status.
func TestAddSaysWhatTheProtocolSays(t *testing.T) {
	l := grown(t, 300)
	other := cosigntest.New(t, "elsewhere.example/log")
	other.Grow(3, "x")
	thief := cosigntest.New(t, origin) // the same origin under another key
	thief.Grow(300, "leaf")
	d := newDesk(t, "w.example/1", l)
	empty := proof.Checkpoint{Origin: origin, Root: proof.EmptyRoot()}
	notEmpty := proof.Checkpoint{Origin: origin, Root: l.Root(3)}
	d.refused(l.Request(10, 20), Stale)
	d.cosign(l, 0, 0) // the empty tree is a tree
	d.now = d.now.Add(time.Minute)
	d.cosign(l, 0, 100)
	spoiled := l.Sign(120)
	copy(spoiled[len(spoiled)-12:], "AAAAAAAA")
	for name, c := range map[string]struct {
		body   []byte
		code   Code
		status int
	}{
		"nothing":              {nil, Malformed, 400},
		"no number":            {[]byte("old 1x\n\n" + string(l.Sign(100))), Malformed, 400},
		"leading zero":         {[]byte("old 0100\n\n" + string(l.Sign(100))), Malformed, 400},
		"64 hashes":            {[]byte("old 100\n" + strings.Repeat("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", 64) + "\n" + string(l.Sign(120))), Malformed, 400},
		"another log":          {other.Request(0, 3), UnknownLog, 404},
		"another key":          {thief.Request(100, 120), BadKey, 403},
		"unsigned":             {[]byte("old 100\n\n" + empty.Text() + "\n"), Malformed, 400},
		"spoiled signature":    {(&proof.Request{Old: 100, Note: spoiled}).Marshal(), BadKey, 403},
		"old above new":        {(&proof.Request{Old: 101, Note: l.Sign(100)}).Marshal(), Backwards, 400},
		"old below ours":       {l.Request(50, 120), Stale, 409},
		"old above ours":       {l.Request(110, 120), Stale, 409},
		"no proof":             {(&proof.Request{Old: 100, Note: l.Sign(120)}).Marshal(), Unproven, 422},
		"proof of another":     {(&proof.Request{Old: 100, Proof: l.Proof(100, 130), Note: l.Sign(120)}).Marshal(), Unproven, 422},
		"proof without need":   {(&proof.Request{Old: 100, Proof: l.Proof(50, 100), Note: l.Sign(100)}).Marshal(), Unproven, 422},
		"empty tree, old root": {(&proof.Request{Old: 0, Note: l.SignText(notEmpty.Text())}).Marshal(), Unproven, 422},
		"too large":            {make([]byte, proof.MaxRequest+1), TooLarge, 413},
	} {
		t.Run(name, func(t *testing.T) {
			r := d.refused(c.body, c.code)
			if r.Status() != c.status {
				t.Errorf("status %d, want %d", r.Status(), c.status)
			}
			if c.code == Stale && r.Size != 100 {
				t.Errorf("it says size %d, has cosigned 100", r.Size)
			}
		})
	}
	if st, _ := d.Status(origin); st.Stopped != nil || st.Size != 100 {
		t.Errorf("after that it stands at %+v; nobody but the log could have stopped it", st)
	}
	d.cosign(l, 100, 300)
	d.cosign(l, 300, 300) // again, for another time
}

// TestInvariant03_AWitnessNeverServesTwoStories lets a dishonest log try, in any order,
// with restarts in between, to have two branches cosigned. The oracle keeps everything
// that was ever answered: all of it must be of one tree.
func TestInvariant03_AWitnessNeverServesTwoStories(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		a := grown(t, 40)
		fork := rapid.IntRange(0, 30).Draw(r, "fork")
		b := a.Branch(fork)
		b.Grow(40-fork, "other")
		d := newDesk(t, "w.example/1", a)
		defer func() { d.Close(); os.RemoveAll(d.config.Dir) }()
		answered := map[int64][32]byte{}
		largest := int64(0)
		for range rapid.IntRange(1, 25).Draw(r, "steps") {
			d.now = d.now.Add(time.Second)
			if rapid.IntRange(0, 5).Draw(r, "restart") == 0 {
				d.reopen()
			}
			l := rapid.SampledFrom([]*cosigntest.Log{a, b}).Draw(r, "log")
			size := rapid.Int64Range(0, 40).Draw(r, "size")
			old := rapid.SampledFrom([]int64{largest, largest, largest, rapid.Int64Range(0, 40).Draw(r, "any")}).Draw(r, "old")
			if old > size {
				old = size
			}
			if _, err := d.Add(l.Request(old, size)); err != nil {
				continue
			}
			if size < largest {
				r.Fatalf("went back from %d to %d", largest, size)
			}
			largest = size
			answered[size] = l.Root(size)
		}
		ofA, ofB := true, true
		for size, root := range answered {
			ofA, ofB = ofA && a.Root(size) == root, ofB && b.Root(size) == root
		}
		if !ofA && !ofB {
			r.Fatalf("fork at %d: the answers %v are of no one tree", fork, answered)
		}
	})
}

// TestInvariant03_AForkIsKeptAsAPaperThatAnyoneCanCheck: one size, two roots.
func TestInvariant03_AForkIsKeptAsAPaperThatAnyoneCanCheck(t *testing.T) {
	a := grown(t, 20)
	b := a.Branch(5)
	b.Grow(15, "other")
	d := newDesk(t, "w.example/1", a)
	d.cosign(a, 0, 10)
	d.now = d.now.Add(time.Second)
	d.cosign(a, 10, 20)
	r := d.refused(b.Request(0, 10), Forked) // of long ago, and with a wrong old size
	if r.Status() != 422 {
		t.Errorf("status %d", r.Status())
	}
	d.refused(a.Request(20, 20), Stopped)
	d.reopen()
	d.refused(a.Request(20, 20), Stopped)
	papers, err := d.Testimony(origin, 10)
	if err != nil || len(papers) != 1 {
		t.Fatalf("%d papers, %v", len(papers), err)
	}
	e, err := paper.ParseEnvelope(papers[0])
	if err != nil {
		t.Fatal(err)
	}
	var s testimony.Split
	if err := e.Open(testimony.SplitType, &s); err != nil {
		t.Fatal(err)
	}
	v, _ := proof.ParseLogKey(a.VKey)
	f, err := s.Judge(v, proof.Quorum{})
	if err != nil || !f.Proven || f.Older.Size != 10 {
		t.Errorf("%+v, %v", f, err)
	}
	// A person may go on, on this branch only; the other is on record and stops no more.
	if err := d.Decide(origin, testimony.Resume, "A. Person", "the operator has shown which branch is right", nil); err != nil {
		t.Fatal(err)
	}
	d.now = d.now.Add(time.Second)
	d.cosign(a, 20, 20)
	d.refused(b.Request(0, 10), Stale) // size 10 was before the restart: refused without being known
	d.cosign(a, 20, 20)
	d.refused((&proof.Request{Old: 20, Note: b.Sign(20)}).Marshal(), Forked) // another contradiction
	d.refused(a.Request(20, 20), Stopped)
}

// TestNobodyButTheLogCanStopAWitness: whatever an attacker makes of the log's true
// checkpoints, the log goes on.
func TestNobodyButTheLogCanStopAWitness(t *testing.T) {
	l := grown(t, 60)
	thief := cosigntest.New(t, origin)
	thief.Grow(60, "leaf")
	d := newDesk(t, "w.example/1", l)
	d.cosign(l, 0, 10)
	for size := int64(11); size <= 59; size++ {
		for _, body := range [][]byte{
			(&proof.Request{Old: 10, Note: l.Sign(size)}).Marshal(),                         // a true checkpoint without proof
			(&proof.Request{Old: 10, Proof: l.Proof(10, 60), Note: l.Sign(size)}).Marshal(), // with another's proof
			(&proof.Request{Old: size, Note: l.Sign(size)}).Marshal(),                       // with a false old size
			(&proof.Request{Old: 10, Proof: thief.Proof(10, 60), Note: thief.Sign(60)}).Marshal(),
			(&proof.Request{Old: 0, Note: l.Sign(size % 10)}).Marshal(), // an old checkpoint
		} {
			if _, err := d.Add(body); err == nil {
				t.Fatalf("size %d was cosigned", size)
			}
		}
	}
	st, _ := d.Status(origin)
	if st.Stopped != nil || st.Splits != 0 || st.Doubts != mostDoubts {
		t.Errorf("%+v", st)
	}
	d.now = d.now.Add(time.Second)
	d.cosign(l, 10, 60)
	// The doubts are settled when somebody shows the tiles.
	for _, text := range d.Doubts(origin) {
		if v, err := d.Reconcile(origin, text, l.Read); v != Agrees || err != nil {
			t.Errorf("%v, %v", v, err)
		}
	}
	if st, _ := d.Status(origin); st.Doubts != 0 || len(d.Doubts(origin)) != 0 {
		t.Errorf("%+v", st)
	}
}

// TestReconcileProvesByTiles: sizes that were never seen here, in both directions.
func TestReconcileProvesByTiles(t *testing.T) {
	a := grown(t, 700)
	b := a.Branch(300)
	b.Grow(400, "other")
	for _, c := range []struct {
		other      *cosigntest.Log
		size       int64
		tiles      *cosigntest.Log
		want       Verdict
		unreadable bool
	}{
		{a, 700, a, Agrees, false}, {a, 250, a, Agrees, false}, {a, 512, a, Agrees, false},
		{b, 700, b, Contradicts, false}, {b, 512, b, Contradicts, true}, {b, 350, a, Contradicts, false}, {b, 250, a, Agrees, false},
		{b, 700, a, Unknown, true}, // the log hides the tiles of the other branch
	} {
		t.Run(fmt.Sprintf("%d %d", c.size, c.want), func(t *testing.T) {
			d := newDesk(t, "w.example/1", a)
			d.cosign(a, 0, 600)
			v, s, err := d.Look(origin, c.other.Sign(c.size), "a peer")
			if v != Unknown || s == nil || err != nil {
				t.Fatalf("%v, %v", v, err)
			}
			tiles := c.tiles
			if c.size < 600 && c.want == Contradicts {
				tiles = a // the held tree is the newer one
			}
			v, err = d.Reconcile(origin, c.other.Sign(c.size), tiles.Read)
			if v != c.want || c.want == Unknown && err == nil {
				t.Errorf("%v, %v; want %v", v, err, c.want)
			}
			st, _ := d.Status(origin)
			if (st.Stopped != nil) != (c.want == Contradicts) {
				t.Errorf("%+v", st)
			}
			if c.want == Contradicts {
				papers, _ := d.Testimony(origin, 1)
				e, _ := paper.ParseEnvelope(papers[0])
				var split testimony.Split
				verifier, _ := proof.ParseLogKey(a.VKey)
				if err := e.Open(testimony.SplitType, &split); err != nil {
					t.Fatal(err)
				}
				if f, err := split.Judge(verifier, proof.Quorum{}); err != nil || !f.Proven {
					t.Errorf("%+v, %v", f, err)
				}
			}
		})
	}
}

// TestInvariant03_AStateThatWentBackIsFoundOut restores a backup.
func TestInvariant03_AStateThatWentBackIsFoundOut(t *testing.T) {
	l := grown(t, 30)
	d := newDesk(t, "w.example/1", l)
	d.cosign(l, 0, 10)
	d.Close()
	backup := t.TempDir()
	if err := os.CopyFS(filepath.Join(backup, "state"), os.DirFS(d.config.Dir)); err != nil {
		t.Fatal(err)
	}
	d.reopen()
	d.now = d.now.Add(time.Second)
	later := d.cosign(l, 10, 20)
	d.Close()
	d.config.Dir = filepath.Join(backup, "state")
	d.reopen()
	var back *Rollback
	if _, _, err := d.Look(origin, later, "witness 2"); !errors.As(err, &back) || back.Have != 10 || back.Found != 20 {
		t.Fatal(err)
	}
	d.refused(l.Request(10, 30), Stopped)
	d.reopen()
	d.refused(l.Request(10, 30), Stopped)
	if err := d.Decide(origin, testimony.Resume, "A. Person", "why not", nil); !errors.Is(err, errAdopt) {
		t.Error(err)
	}
	if err := d.Decide(origin, testimony.Adopt, "A. Person", "restored", l.Sign(20)); err == nil {
		t.Error("adopted a checkpoint without the own cosignature")
	}
	if err := d.Decide(origin, testimony.Adopt, "A. Person", "restored from a backup", later); err != nil {
		t.Fatal(err)
	}
	d.cosign(l, 20, 30)
}

// TestTheStateIsNeverGuessed: what is missing, foreign or spoiled ends the start.
func TestTheStateIsNeverGuessed(t *testing.T) {
	for name, spoil := range map[string]func(d *desk, dir string) error{
		"checkpoint gone":  func(_ *desk, dir string) error { return os.Remove(filepath.Join(dir, checkpointFile)) },
		"checkpoint half":  func(_ *desk, dir string) error { return os.Truncate(filepath.Join(dir, checkpointFile), 60) },
		"checkpoint empty": func(_ *desk, dir string) error { return os.Truncate(filepath.Join(dir, checkpointFile), 0) },
		"stop spoiled":     func(_ *desk, dir string) error { return os.WriteFile(filepath.Join(dir, stopFile), []byte("{"), 0o600) },
		"split spoiled": func(_ *desk, dir string) error {
			return os.WriteFile(filepath.Join(dir, "split-1.json"), []byte("{}"), 0o600)
		},
		"another's state":       func(d *desk, _ string) error { d.config.Name = "w.example/2"; return nil },
		"no state":              func(d *desk, _ string) error { return os.RemoveAll(d.config.Dir) },
		"another key, same log": func(d *desk, _ string) error { d.config.Logs = []string{cosigntest.New(t, origin).VKey}; return nil },
	} {
		t.Run(name, func(t *testing.T) {
			l := grown(t, 10)
			d := newDesk(t, "w.example/1", l)
			d.cosign(l, 0, 10)
			d.Close()
			if err := spoil(d, filepath.Join(d.config.Dir, OriginHash(origin))); err != nil {
				t.Fatal(err)
			}
			w, err := Open(d.config)
			if err == nil {
				w.Close()
				t.Fatal("it starts")
			}
		})
	}
	l := grown(t, 10)
	d := newDesk(t, "w.example/1", l)
	if _, err := Open(d.config); !errors.Is(err, disk.ErrInUse) {
		t.Errorf("a second process: %v", err)
	}
	if err := Create(d.config.Dir, d.vkey); err == nil {
		t.Error("a state was made over another")
	}
}

// TestAWriteCutInHalfLeavesTheOldState: the file beside it is cleared away.
func TestAWriteCutInHalfLeavesTheOldState(t *testing.T) {
	l := grown(t, 20)
	d := newDesk(t, "w.example/1", l)
	d.cosign(l, 0, 10)
	dir := filepath.Join(d.config.Dir, OriginHash(origin))
	half := filepath.Join(dir, ".half-123")
	if err := os.WriteFile(half, d.Latest(origin)[:50], 0o600); err != nil {
		t.Fatal(err)
	}
	d.reopen()
	if _, err := os.Stat(half); err == nil {
		t.Error("the half file is still there")
	}
	d.refused(l.Request(0, 20), Stale)
	d.now = d.now.Add(time.Second)
	d.cosign(l, 10, 20)
}

// TestNoAnswerWithoutAWrite: a folder that cannot be written ends in a refusal, and what
// is held stays.
func TestNoAnswerWithoutAWrite(t *testing.T) {
	l := grown(t, 20)
	d := newDesk(t, "w.example/1", l)
	d.cosign(l, 0, 10)
	dir := filepath.Join(d.config.Dir, OriginHash(origin))
	moved := dir + "-moved"
	if err := os.Rename(dir, moved); err != nil {
		t.Fatal(err)
	}
	d.now = d.now.Add(time.Second)
	d.refused(l.Request(10, 20), Broken)
	if st, _ := d.Status(origin); st.Size != 10 {
		t.Errorf("%+v", st)
	}
	if err := os.Rename(moved, dir); err != nil {
		t.Fatal(err)
	}
	d.cosign(l, 10, 20)
}

// TestTheClock: unsure, back, and again.
func TestTheClock(t *testing.T) {
	l := grown(t, 20)
	d := newDesk(t, "w.example/1", l)
	d.unsure = errors.New("nobody knows")
	d.refused(l.Request(0, 10), NoTime)
	d.unsure = nil
	d.cosign(l, 0, 10)
	d.now = d.now.Add(-time.Second)
	d.refused(l.Request(10, 20), NoTime)
	d.reopen()
	d.refused(l.Request(10, 20), NoTime)
	d.now = d.now.Add(time.Second)
	d.cosign(l, 10, 20)
}

// TestManyAtOnce: the races that the protocol warns of.
func TestManyAtOnce(t *testing.T) {
	l := grown(t, 200)
	d := newDesk(t, "w.example/1", l)
	d.cosign(l, 0, 10)
	d.now = d.now.Add(time.Second)
	var mu sync.Mutex
	granted := map[int64]int{}
	var wg sync.WaitGroup
	for i := range int64(64) {
		wg.Go(func() {
			if _, err := d.Add(l.Request(10, 11+i)); err == nil {
				mu.Lock()
				granted[11+i]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(granted) != 1 {
		t.Errorf("from one old size %v were cosigned; one can be", granted)
	}
}

// TestSealed: alone for longer than the rule allows, and anchored again.
func TestSealed(t *testing.T) {
	l := grown(t, 100)
	outer := []*desk{newDesk(t, "o.example/1", l), newDesk(t, "o.example/2", l), newDesk(t, "o.example/3", l)}
	var keys []string
	for _, o := range outer {
		keys = append(keys, o.vkey)
	}
	quorum, err := proof.NewQuorum(keys, 2)
	if err != nil {
		t.Fatal(err)
	}
	d := newDesk(t, "sealed.example/1", l)
	d.config.AnchorWithin = 24 * time.Hour
	d.reopen()
	begin := d.now
	d.cosign(l, 0, 10)
	d.now = begin.Add(23 * time.Hour)
	d.cosign(l, 10, 20)
	_, a, err := d.Anchor(origin)
	want := testimony.Anchor{At: paper.TimeOf(d.now), Origin: origin, Since: paper.TimeOf(begin), Size: 20}
	if diff := cmp.Diff(want, a); diff != "" || err != nil {
		t.Error(diff, err)
	}
	d.now = begin.Add(24*time.Hour + time.Second)
	d.refused(l.Request(20, 30), Unanchored)
	if _, a, _ := d.Anchor(origin); !a.Late {
		t.Errorf("%+v", a)
	}
	one, err := proof.Join(l.Sign(10), lines(outer[0].cosign(l, 0, 10)))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Anchored(origin, one, quorum, nil); err == nil {
		t.Error("anchored by one of three")
	}
	two, err := proof.Join(one, lines(outer[1].cosign(l, 0, 10)))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Anchored(origin, two, quorum, nil); err != nil {
		t.Fatal(err)
	}
	// Size 20 is an hour old, and not anchored.
	_, a, _ = d.Anchor(origin)
	if a.Late || a.Anchored != 10 || a.Since != paper.TimeOf(begin.Add(23*time.Hour)) {
		t.Errorf("%+v", a)
	}
	d.cosign(l, 20, 30)
	d.reopen()
	if _, b, _ := d.Anchor(origin); b.Since != a.Since || b.Anchored != 10 {
		t.Errorf("after a restart %+v", b)
	}
}

// lines gives the cosignature lines of a checkpoint.
func lines(text []byte) string {
	all := strings.SplitAfter(string(text), "\n")
	return all[len(all)-2]
}

// FuzzAdd: no request makes it panic, cosign what it must not, or stop.
func FuzzAdd(f *testing.F) {
	l := grown(f, 20)
	d := newDesk(f, "w.example/1", l)
	d.cosign(l, 0, 10)
	f.Add(l.Request(10, 20))
	f.Add(l.Request(0, 10))
	f.Add([]byte("old 10\n\n" + origin + "\n20\nAAAA\n\n— x AAAA\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := d.Add(body)
		if (a == nil) == (err == nil) {
			t.Fatal("neither answer nor refusal, or both")
		}
		if st, _ := d.Status(origin); st.Stopped != nil || st.Size != 10 && st.Size != 20 {
			t.Fatalf("%+v", st)
		}
	})
}

// BenchmarkAdd is one checkpoint after the other of a log, each durable before its answer;
// most of the time is the disk's.
func BenchmarkAdd(b *testing.B) {
	l := grown(b, 4000)
	d := newDesk(b, "w.example/1", l)
	var bodies [][]byte
	for size := range int64(4000) {
		bodies = append(bodies, l.Request(size, size+1))
	}
	at := 0
	for b.Loop() {
		if at == len(bodies) {
			b.StopTimer()
			d = newDesk(b, "w.example/1", l)
			at = 0
			b.StartTimer()
		}
		d.now = d.now.Add(time.Second)
		if _, err := d.Add(bodies[at]); err != nil {
			b.Fatal(err)
		}
		at++
	}
}
