package spool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/collection/spool/ring"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

var (
	one    = paper.DigestOf([]byte("one"))
	two    = paper.DigestOf([]byte("two"))
	parent = bytes.Repeat([]byte{7}, KeySize)
)

func config(t testing.TB) Config {
	dir := scratch(t)
	return Config{Dir: filepath.Join(dir, "spool"), Keys: filepath.Join(dir, "keys"), Parent: parent, MaxBytes: 1 << 20, SegmentBytes: 4 << 10}
}

// scratch is a folder in memory, where there is one: a killed process needs no disk to
// lose what it did not write, and the disk of a test machine is slow to sync.
func scratch(t testing.TB) string {
	if !ring.InMemory("/dev/shm") {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp("/dev/shm", "spool")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func open(t testing.TB, c Config) *Spool {
	t.Helper()
	s, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func batch(w paper.Digest, text string) Batch {
	return Batch{Warrant: w, Link: "carrier-a/1", Records: int64(len(text)), Content: []byte(text)}
}

func put(t testing.TB, s *Spool, w paper.Digest, texts ...string) (numbers []uint64) {
	t.Helper()
	for _, text := range texts {
		n, err := s.Append(batch(w, text))
		if err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, n)
	}
	return numbers
}

// drain gives all that waits now.
func drain(t testing.TB, s *Spool) (all []Batch) {
	t.Helper()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	after := uint64(0)
	for {
		b, err := s.Next(gone, after)
		if errors.Is(err, context.Canceled) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
		after = b.Number
	}
}

func texts(all []Batch) (list []string) {
	for _, b := range all {
		list = append(list, fmt.Sprintf("%d %s", b.Number, b.Content))
	}
	return list
}

// TestAgainstModel: whatever is appended, acknowledged, dropped, forgotten, closed and
// opened again, what waits is what a plain list says, in order.
func TestAgainstModel(t *testing.T) {
	dir, runs := scratch(t), 0
	rapid.Check(t, func(rt *rapid.T) {
		runs++
		c := Config{Dir: filepath.Join(dir, fmt.Sprint(runs)), Keys: filepath.Join(dir, fmt.Sprint("k", runs)), Parent: parent, MaxBytes: 64 << 10, SegmentBytes: 4 << 10, MaxBatches: 40}
		s, err := Open(c)
		if err != nil {
			rt.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		var model []Batch
		dead, next := map[paper.Digest]bool{}, uint64(1)
		remove := func(meets func(Batch) bool) (n int64) {
			before := len(model)
			model = slices.DeleteFunc(model, meets)
			return int64(before - len(model))
		}
		rt.Repeat(map[string]func(*rapid.T){
			"append": func(rt *rapid.T) {
				b := batch(rapid.SampledFrom([]paper.Digest{one, two}).Draw(rt, "warrant"), strings.Repeat("x", rapid.IntRange(0, 3000).Draw(rt, "size")))
				n, err := s.Append(b)
				switch {
				case errors.Is(err, ErrForgotten) && dead[b.Warrant]:
				case errors.Is(err, ErrFull) && (len(model) >= 40 || s.Stats().Bytes > 50<<10):
				case err != nil || n != next || dead[b.Warrant]:
					rt.Fatalf("number %d, want %d: %v", n, next, err)
				default:
					b.Number = n
					model = append(model, b)
					next++
				}
			},
			"ack": func(rt *rapid.T) {
				n := rapid.Uint64Range(0, next).Draw(rt, "number")
				if err := s.Ack(n, n+1); err != nil {
					rt.Fatal(err)
				}
				remove(func(b Batch) bool { return b.Number == n || b.Number == n+1 })
			},
			"ack the oldest": func(rt *rapid.T) {
				if len(model) > 0 {
					n := model[0].Number
					if err := s.Ack(n); err != nil {
						rt.Fatal(err)
					}
					model = model[1:]
				}
			},
			"drop": func(rt *rapid.T) {
				n := rapid.Uint64Range(0, next).Draw(rt, "number")
				lost, err := s.Drop(n)
				was := remove(func(b Batch) bool { return b.Number == n })
				if err != nil || total(lost).Batches != was {
					rt.Fatalf("%v, %v, was %d", lost, err, was)
				}
			},
			"forget": func(rt *rapid.T) {
				w := rapid.SampledFrom([]paper.Digest{one, two}).Draw(rt, "warrant")
				lost, err := s.Forget(w)
				was := remove(func(b Batch) bool { return b.Warrant == w })
				if err != nil || total(lost).Batches != was {
					rt.Fatalf("%v, %v, was %d", lost, err, was)
				}
				dead[w] = true
			},
			"open again": func(rt *rapid.T) {
				if err := s.Close(); err != nil {
					rt.Fatal(err)
				}
				if s, err = Open(c); err != nil {
					rt.Fatal(err)
				}
				clear(dead)
				if f := s.Found(); f.Waiting.Batches != int64(len(model)) || f.Missing != 0 || f.Torn != 0 || len(f.Unreadable) != 0 {
					rt.Fatalf("%d wait, found %+v", len(model), f)
				}
			},
			"": func(rt *rapid.T) {
				if diff := cmp.Diff(texts(model), texts(drain(t, s))); diff != "" {
					rt.Fatalf("(-model +spool)\n%s", diff)
				}
				st := s.Stats()
				if st.Waiting.Batches != int64(len(model)) || st.Bytes > c.MaxBytes || st.Bytes != onDisk(t, c.Dir) {
					rt.Fatalf("%d wait, %d bytes on the disk: %+v", len(model), onDisk(t, c.Dir), st)
				}
			},
		})
	})
}

func total(m map[Account]Count) (n Count) {
	for c := range maps.Values(m) {
		n.Batches += c.Batches
		n.Records += c.Records
	}
	return n
}

func onDisk(t testing.TB, dir string) (n int64) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"+segmentEnd))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		n += info.Size()
	}
	return n
}

// newest is the path of the last file.
func newest(t testing.TB, dir string) string {
	t.Helper()
	all, err := listSegments(dir)
	if err != nil || len(all) == 0 {
		t.Fatal("no file", err)
	}
	return segmentPath(dir, all[len(all)-1])
}

// TestTornAtEveryByte: a file cut at any byte gives the whole frames before the cut,
// and the numbers go on behind them.
func TestTornAtEveryByte(t *testing.T) {
	c := config(t)
	s := open(t, c)
	put(t, s, one, "first", "", "third batch")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	path := newest(t, c.Dir)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	found, err := readSegment(bytes.NewReader(good), int64(len(good)))
	if err != nil || len(found.waiting) != 3 {
		t.Fatal(found, err)
	}
	for n := range len(good) {
		if err := os.WriteFile(path, good[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		want := 0
		for _, f := range found.waiting {
			if f.offset+f.length() <= int64(n) {
				want++
			}
		}
		s, err := Open(c)
		if err != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
		if got := drain(t, s); len(got) != want || s.Found().Missing != 0 {
			t.Fatalf("cut at %d: %d batches, want %d; %+v", n, len(got), want, s.Found())
		}
		number, err := s.Append(batch(one, "next"))
		if n >= fileHead && (err != nil || number != uint64(want)+1) {
			t.Fatalf("cut at %d: next is %d: %v", n, number, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for _, serial := range []uint64{2, 3} {
			_ = os.Remove(segmentPath(c.Dir, serial))
		}
	}
}

// TestNumbersGoOn: numbers are not given again, also when all batches are gone and the
// process died while it began a file, or what that file begins with was damaged.
func TestNumbersGoOn(t *testing.T) {
	for name, damage := range map[string][]byte{"nothing": nil, "empty": {}, "torn": []byte(fileMagic), "zeros": make([]byte, 5000)} {
		c := config(t)
		s := open(t, c)
		numbers := put(t, s, one, "first", "second")
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if damage != nil {
			if err := os.WriteFile(segmentPath(c.Dir, 2), damage, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			s = open(t, c)
			if err := s.Ack(numbers...); err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if got := put(t, open(t, c), one, "third"); got[0] != 3 {
			t.Errorf("%s: number %d follows 2", name, got[0])
		}
	}
}

// TestEveryBitCounts: a changed byte never gives another content, and what it costs is
// told: missing, unreadable, refused at reading, or cut off the end.
func TestEveryBitCounts(t *testing.T) {
	c := config(t)
	s := open(t, c)
	put(t, s, one, "first", "second", "third")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	path := newest(t, c.Dir)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 0x11
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(c)
		if err != nil {
			t.Fatalf("byte %d: %v", i, err)
		}
		f := s.Found()
		told := int(f.Missing) + int(total(f.Unreadable).Batches)
		if f.Torn > 0 {
			told++
		}
		got := texts(drain(t, s))
		if len(got)+told != 3 {
			t.Errorf("byte %d: %v and %+v", i, got, f)
		}
		for _, g := range got {
			if !slices.Contains([]string{"1 first", "2 second", "3 third"}, g) {
				t.Errorf("byte %d: %q", i, g)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestForgottenIsDead: after Forget the folder as it was before, put back, gives nothing;
// the other warrant's batches are untouched, and the loss is counted by account.
func TestForgottenIsDead(t *testing.T) {
	c := config(t)
	s := open(t, c)
	put(t, s, one, "secret-a", "secret-b")
	put(t, s, two, "other")
	stolen := t.TempDir()
	copyDir(t, c.Dir, stolen)
	lost, err := s.Forget(one)
	if err != nil {
		t.Fatal(err)
	}
	want := map[Account]Count{{one, "carrier-a/1"}: {Batches: 2, Records: 16}}
	if diff := cmp.Diff(want, lost); diff != "" {
		t.Error(diff)
	}
	if _, err := s.Append(batch(one, "again")); !errors.Is(err, ErrForgotten) {
		t.Errorf("taken under a forgotten warrant: %v", err)
	}
	if got := texts(drain(t, s)); !slices.Equal(got, []string{"3 other"}) {
		t.Errorf("%v wait", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := c
	again.Dir = stolen
	s = open(t, again)
	if got := texts(drain(t, s)); !slices.Equal(got, []string{"3 other"}) {
		t.Errorf("of a copy of the disk %v can be read", got)
	}
	if diff := cmp.Diff(want, s.Found().Unreadable); diff != "" {
		t.Error(diff)
	}
	if lost, err := s.Discard(); err != nil || cmp.Diff(want, lost) != "" {
		t.Errorf("discarded %v: %v", lost, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if f := open(t, again).Found(); len(f.Unreadable) != 0 || f.Waiting.Batches != 1 {
		t.Errorf("found again after Discard: %+v", f)
	}
}

func copyDir(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// TestNothingInTheClear: neither content nor secret keys lie in either folder, and a
// stolen disk with both folders gives nothing without the parent key.
func TestNothingInTheClear(t *testing.T) {
	c := config(t)
	s := open(t, c)
	canary := "canary-4711-" + strings.Repeat("z", 40)
	put(t, s, one, canary, canary)
	secret := bytes.Clone(s.keys.Keys[0].Secret)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	files := 0
	err := filepath.WalkDir(filepath.Dir(c.Dir), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		if bytes.Contains(text, []byte("canary")) || bytes.Contains(text, []byte("zzzzzz")) || bytes.Contains(text, secret) {
			t.Errorf("%s holds it", path)
		}
		return err
	})
	if err != nil || files < 3 {
		t.Fatal(files, err)
	}
	for name, p := range map[string][]byte{"another parent": bytes.Repeat([]byte{8}, KeySize), "none": nil} {
		x := c
		x.Parent = p
		if s, err := Open(x); err == nil {
			t.Errorf("opened with %s: %v", name, drain(t, s))
			_ = s.Close()
		} else if fault.Hint(err) == "" {
			t.Errorf("no hint: %v", err)
		}
	}
}

func TestRewrap(t *testing.T) {
	c := config(t)
	s := open(t, c)
	put(t, s, one, "text")
	old, err := os.ReadFile(filepath.Join(c.Keys, ring.Name))
	if err != nil {
		t.Fatal(err)
	}
	fresh := bytes.Repeat([]byte{9}, KeySize)
	if err := s.Rewrap(fresh); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	c.Parent = fresh
	s = open(t, c)
	if got := texts(drain(t, s)); !slices.Equal(got, []string{"1 text"}) {
		t.Errorf("%v", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.Keys, ring.Name), old, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(c); err == nil {
		t.Error("an old file of keys opens with the new parent")
	}
}

// TestKeysInMemoryAlone: without a folder of keys, what waits dies with the process and
// is named; a folder of keys on a disk without a parent is refused.
func TestKeysInMemoryAlone(t *testing.T) {
	c := config(t)
	c.Keys, c.Parent = "", nil
	s := open(t, c)
	put(t, s, one, "abc")
	if got := len(drain(t, s)); got != 1 {
		t.Errorf("%d wait", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, c)
	if got := s.Found().Unreadable[Account{one, "carrier-a/1"}]; got != (Count{1, 3}) || len(drain(t, s)) != 0 {
		t.Errorf("found %+v", s.Found())
	}
	c = config(t)
	c.Parent, c.Keys = nil, filepath.Join(t.TempDir(), "keys")
	if ring.InMemory(filepath.Dir(c.Keys)) {
		t.Skip("the folder for temporary files lies in memory")
	}
	if s, err := Open(c); fault.KindOf(err) != fault.Permission {
		t.Errorf("keys on a disk without a parent: %v", err)
		_ = s.Close()
	}
}

func TestConfig(t *testing.T) {
	good := config(t)
	for field, change := range map[string]func(*Config){
		"dir":           func(c *Config) { c.Dir = "" },
		"keys":          func(c *Config) { c.Keys = filepath.Join(c.Dir, "keys") },
		"parent":        func(c *Config) { c.Parent = []byte("short") },
		"segment_bytes": func(c *Config) { c.SegmentBytes = 100 },
		"max_bytes":     func(c *Config) { c.MaxBytes = 5000 },
		"max_batches":   func(c *Config) { c.MaxBatches = -1 },
	} {
		c := good
		change(&c)
		var e *fault.Error
		if err := c.Validate(); !errors.As(err, &e) || e.Place.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	open(t, good)
	if s, err := Open(good); err == nil {
		t.Error("opened twice at the same time")
		_ = s.Close()
	}
}

// TestFull: what does not fit is refused and counted; an acknowledgement makes room.
func TestFull(t *testing.T) {
	c := config(t)
	c.MaxBytes = 16 << 10
	s := open(t, c)
	var taken []uint64
	var full error
	for full == nil {
		n, err := s.Append(batch(one, strings.Repeat("x", 1000)))
		if full = err; err == nil {
			taken = append(taken, n)
		}
	}
	if !errors.Is(full, ErrFull) || fault.KindOf(full) != fault.Limit || len(taken) < 10 {
		t.Fatalf("after %d: %v", len(taken), full)
	}
	if got := len(drain(t, s)); got != len(taken) || onDisk(t, c.Dir) > c.MaxBytes {
		t.Errorf("%d wait of %d, %d bytes", got, len(taken), onDisk(t, c.Dir))
	}
	if err := s.Ack(taken[:5]...); err != nil {
		t.Fatal(err)
	}
	put(t, s, one, "fits")
	if st := s.Stats(); st.Refused != 1 || st.Acked.Batches != 5 || st.Waiting.Batches != int64(len(taken)-4) {
		t.Errorf("%+v", st)
	}
}

// TestTogether: of callers at the same time each one's batch is there once, in order.
func TestTogether(t *testing.T) {
	c := config(t)
	c.SegmentBytes, c.MaxBytes = 64<<10, 4<<20
	s := open(t, c)
	const callers, each = 16, 25
	got := make(chan uint64, callers*each)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			for j := range each {
				if _, err := s.Append(batch(one, fmt.Sprintf("%d/%d", i, j))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Go(func() {
		after := uint64(0)
		for range callers * each {
			b, err := s.Next(ctx, after)
			if err == nil {
				err = s.Ack(b.Number)
			}
			if err != nil {
				t.Error(err)
				return
			}
			got <- b.Number
			after = b.Number
		}
	})
	wg.Wait()
	close(got)
	want := uint64(1)
	for n := range got {
		if n != want {
			t.Fatalf("number %d after %d", n, want-1)
		}
		want++
	}
	st := s.Stats()
	if st.Waiting != (Count{}) || want != callers*each+1 {
		t.Errorf("%d given, %+v", want-1, st)
	}
	t.Logf("%d appends and as many acks by %d fsyncs", callers*each, st.Fsyncs)
}

// TestOneFsyncForAll: callers who wait while files are made durable share the next fsync.
func TestOneFsyncForAll(t *testing.T) {
	c := config(t)
	c.SegmentBytes = 64 << 10
	s := open(t, c)
	s.syncing.Lock()
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() { put(t, s, one, "text") })
	}
	for written := uint64(0); written < 16; {
		time.Sleep(time.Millisecond)
		s.mu.Lock()
		written = s.next - 1
		s.mu.Unlock()
	}
	s.syncing.Unlock()
	wg.Wait()
	if st := s.Stats(); st.Fsyncs != 1 || st.Waiting.Batches != 16 {
		t.Errorf("%+v", st)
	}
}

func TestNextWaits(t *testing.T) {
	s := open(t, config(t))
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	got := make(chan string, 1)
	go func() {
		b, err := s.Next(ctx, 0)
		got <- fmt.Sprint(string(b.Content), err)
	}()
	put(t, s, one, "late")
	if g := <-got; g != "late<nil>" {
		t.Error(g)
	}
	go func() {
		_, err := s.Next(ctx, 1)
		got <- fmt.Sprint(errors.Is(err, ErrClosed))
	}()
	time.Sleep(5 * time.Millisecond)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if g := <-got; g != "true" {
		t.Error("a closed spool keeps its reader waiting")
	}
	if _, err := s.Append(batch(one, "x")); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

// FuzzSegment: no file makes the reader fail, hang or believe what is not there.
func FuzzSegment(f *testing.F) {
	c := config(f)
	s := open(f, c)
	put(f, s, one, "first", "second", strings.Repeat("third", 300))
	good, err := os.ReadFile(newest(f, c.Dir))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:len(good)-3])
	f.Add(append(bytes.Clone(good[:fileHead]), good[fileHead+40:]...))
	f.Add(append(bytes.Clone(good), bytes.Repeat([]byte(frameMagic), 100)...))
	f.Fuzz(func(t *testing.T, text []byte) {
		found, err := readSegment(bytes.NewReader(text), int64(len(text)))
		if err != nil {
			t.Fatal(err)
		}
		last, end := uint64(0), int64(0)
		for _, x := range found.waiting {
			if x.number <= last || x.offset < end || x.offset+x.length() > int64(len(text)) || x.offset+x.length() > found.end {
				t.Fatalf("%+v after %d and byte %d", x, last, end)
			}
			last, end = x.number, x.offset+x.length()
			again := x.head.append(nil)
			was := bytes.Clone(text[x.offset : x.offset+int64(len(again))])
			was[stateAt] = byte(waiting)
			if was[6] == 0 && was[7] == 0 && !bytes.Equal(was, again) {
				t.Fatalf("a head reads otherwise than it was written")
			}
		}
	})
}
