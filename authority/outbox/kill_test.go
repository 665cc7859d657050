package outbox_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority"
	"github.com/noroshi-acd/noroshi/authority/authoritytest"
	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/outbox"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/store"
	"github.com/noroshi-acd/noroshi/ledger"
	"github.com/noroshi-acd/noroshi/ledger/ask"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// childEnv holds what a child process of this test is to do.
const childEnv = "OUTBOX_TEST_CHILD"

// errand is what a child is told.
type errand struct {
	Dir       string
	Witnesses []ask.Witness
	First     int
}

func TestMain(m *testing.M) {
	if text := os.Getenv(childEnv); text != "" {
		var e errand
		err := json.Unmarshal([]byte(text), &e)
		if err == nil {
			err = e.run()
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

const authors = 6

// run applies, votes and decides from several goroutines until the process is killed.
// Each line on standard output tells of what was acknowledged: a paper and its index.
func (e errand) run() error {
	c, err := authoritytest.NewCountry()
	if err != nil {
		return err
	}
	f, err := c.OpenWith(context.Background(), e.Dir, e.Witnesses, authoritytest.Options{Interval: time.Millisecond})
	if err != nil {
		return err
	}
	fmt.Println("open")
	var group sync.WaitGroup
	var mu sync.Mutex
	say := func(what string, about paper.Digest, index int64) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Println("ok", what, about, index)
	}
	for g := range authors {
		group.Go(func() {
			for n := e.First + g; ; n += authors {
				if err := one(f, n, say); err != nil {
					fmt.Fprintln(os.Stderr, err)
					return
				}
			}
		})
	}
	group.Wait()
	return io.ErrUnexpectedEOF
}

// one takes application n through to its decision.
func one(f *authoritytest.Office, n int, say func(string, paper.Digest, int64)) error {
	ctx := context.Background()
	e, err := f.Sign(f.Collection(n, f.Now()))
	if err != nil {
		return err
	}
	r, err := f.Desk.Submit(ctx, e)
	if err != nil {
		return err
	}
	say("application", e.Digest(), r.Index)
	for member := 1; member <= 3; member++ {
		v, err := f.Vote(e.Digest(), member, decision.Approve, f.Now())
		if err != nil {
			return err
		}
		got, err := f.Desk.Vote(ctx, v)
		if err != nil {
			return err
		}
		say("vote", v.Digest(), got.Index)
	}
	got, err := f.Desk.Decide(ctx, e.Digest(), authority.Manner{})
	if err != nil {
		return err
	}
	say("approval", got.Record.Decision, got.Index)
	return nil
}

// told is what children have acknowledged.
type told map[string]int64

// TestKillsLoseAndDoubleNothing kills the desk at random instants. Whatever it has
// acknowledged is in the log at the place that it said, once, and has taken effect; what
// it has not is there whole or not at all. NOROSHI_KILLS says how often; 200 is the
// measure, a few the habit.
func TestKillsLoseAndDoubleNothing(t *testing.T) {
	kills := 6
	if n, err := strconv.Atoi(os.Getenv("NOROSHI_KILLS")); err == nil && n > 0 {
		kills = n
	}
	w, err := authoritytest.NewWitnesses(4, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	dir := t.TempDir()
	all := told{}
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 1))
	t.Logf("seed %d, %d kills", seed, kills)
	midway := 0
	for k := range kills {
		e := errand{Dir: dir, Witnesses: w.Asked(), First: k * 100_000}
		if runAndKill(t, e, time.Duration(random.Int64N(int64(60*time.Millisecond))), all) {
			midway++
		}
	}
	if len(all) == 0 {
		t.Fatal("no child acknowledged anything: the test looks at nothing")
	}
	left := leftover(t, dir)
	c, err := authoritytest.NewCountry()
	if err != nil {
		t.Fatal(err)
	}
	f, err := c.Open(t.Context(), dir, w, authoritytest.Options{Interval: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	check(t, f, all)
	t.Logf("%d acknowledged; after the last kill %d acts were on their way; %d children were killed with something acknowledged", len(all), left, midway)
}

// runAndKill runs a child, kills it some time after it has opened, and notes what it had
// acknowledged.
func runAndKill(t *testing.T, e errand, after time.Duration, all told) bool {
	t.Helper()
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), childEnv+"="+string(text))
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	before := len(all)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		switch {
		case f[0] == "open":
			time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		case len(f) == 4 && f[0] == "ok":
			index, err := strconv.ParseInt(f[3], 10, 64)
			if err != nil {
				continue // cut by the kill
			}
			key := f[1] + " " + f[2]
			if old, ok := all[key]; ok && old != index {
				t.Errorf("%s was acknowledged at %d, and now at %d", key, old, index)
			}
			all[key] = index
		}
	}
	_ = cmd.Wait()
	if cmd.ProcessState.Exited() {
		t.Fatalf("the child ended by itself: %s", complaints.String())
	}
	return len(all) > before
}

// leftover counts what is in the outbox.
func leftover(t *testing.T, dir string) (n int64) {
	t.Helper()
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(dir, "desk.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.View(t.Context(), func(x *store.Tx) error { return x.Row("SELECT count(*) FROM outbox_row").Scan(&n) }); err != nil {
		t.Fatal(err)
	}
	return n
}

// check holds log, store and what was acknowledged against one another.
func check(t *testing.T, f *authoritytest.Office, all told) {
	t.Helper()
	inLog := map[string]int64{}
	for index := int64(0); ; index++ {
		o, _, err := f.Log.Read(index)
		if err != nil {
			break
		}
		key := string(o.Entry.Class) + " " + string(o.Entry.Paper)
		if old, ok := inLog[key]; ok {
			t.Errorf("%s stands at %d and at %d", key, old, index)
		}
		inLog[key] = index
	}
	for key, index := range all {
		if at, ok := inLog[key]; !ok || at != index {
			t.Errorf("%s was acknowledged at %d; in the log it is at %d (%v)", key, index, at, ok)
		}
	}
	kept := map[string]int64{}
	err := f.Store.View(t.Context(), func(x *store.Tx) error {
		clear(kept)
		return x.Each(func(scan func(...any) error) error {
			var class, digest string
			var place int64
			err := scan(&class, &digest, &place)
			kept[class+" "+digest] = place
			return err
		}, "SELECT class, digest, place FROM docket_paper")
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(kept) != len(inLog) {
		t.Errorf("the log has %d entries, the store %d papers", len(inLog), len(kept))
	}
	for key, index := range inLog {
		if kept[key] != index {
			t.Errorf("%s stands in the log at %d, in the store at %d", key, index, kept[key])
		}
	}
	for key := range all {
		if about, ok := strings.CutPrefix(key, "application "); ok {
			if _, err := f.Desk.Get(t.Context(), paper.Digest(about)); err != nil {
				t.Errorf("%s was acknowledged and has no effect: %v", key, err)
			}
		}
	}
	if n := leftoverIn(t, f.Store); n != 0 {
		t.Errorf("%d acts are still on their way", n)
	}
}

func leftoverIn(t *testing.T, db *store.DB) (n int64) {
	t.Helper()
	if err := db.View(t.Context(), func(x *store.Tx) error { return x.Row("SELECT count(*) FROM outbox_row").Scan(&n) }); err != nil {
		t.Fatal(err)
	}
	return n
}

// stubborn is a log that fails where it is told to: before an act is in, or after.
type stubborn struct {
	*ledger.Log
	before, after bool
}

func (s *stubborn) Submit(ctx context.Context, a ledger.Act) (*ledger.Pending, error) {
	if s.before {
		return nil, io.ErrClosedPipe
	}
	p, err := s.Log.Submit(ctx, a)
	if s.after && err == nil {
		_, _ = p.Wait(ctx)
		return nil, io.ErrClosedPipe
	}
	return p, err
}

// TestInvariant02_NothingTakesEffectBeforeItIsRecorded: while the log takes nothing, or
// does not say that it has, nothing takes effect; once it does, everything does, once.
func TestInvariant02_NothingTakesEffectBeforeItIsRecorded(t *testing.T) {
	c, err := authoritytest.NewCountry()
	if err != nil {
		t.Fatal(err)
	}
	w, err := authoritytest.NewWitnesses(4, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	f, err := c.Open(t.Context(), t.TempDir(), w, authoritytest.Options{Interval: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var effects []string
	s := &stubborn{Log: f.Log}
	config := outbox.Config{
		Name: "test", Store: f.Store, Ledger: s, Clock: time.Now,
		Effect: func(_ *store.Tx, change []byte, done []outbox.Done) error {
			effects = append(effects, fmt.Sprintf("%s at %d", change, done[0].Index))
			return nil
		},
	}
	box, err := outbox.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	do := func(name string) error {
		_, err := box.Do(t.Context(), func(u *outbox.Turn) error {
			e, err := paper.Seal(paper.TypePrefix+"thing"+paper.TypeSuffix, struct {
				Name string `json:"name"`
			}{name})
			if err != nil {
				return err
			}
			u.Then(name)
			_, err = u.Record(proof.Build, e, "registrar", "", "")
			return err
		}, name)
		return err
	}
	s.before = true
	if err := do("one"); err == nil || len(effects) > 0 {
		t.Errorf("the log took nothing: %v, %q", err, effects)
	}
	s.before, s.after = false, true
	if err := do("two"); err == nil || len(effects) > 0 {
		t.Errorf("the log did not say that it took it: %v, %q", err, effects)
	}
	s.after = false
	if err := do("three"); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(effects), `["one" at 0 "three" at 1]`; got != want {
		// "two" found "one" before it, and never came to its turn
		t.Errorf("got %s, want %s", got, want)
	}
	s.after = true
	if err := do("four"); err == nil {
		t.Error("the log did not say that it took it")
	}
	if err := box.Close(); err != nil {
		t.Fatal(err)
	}
	s.after = false
	if box, err = outbox.Open(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	if got, want := effects[len(effects)-1], `"four" at 2`; got != want || len(effects) != 3 {
		t.Errorf("opened again: %q, want %s last of three", effects, want)
	}
}
