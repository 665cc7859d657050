package store_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/store"
	"github.com/noroshi-acd/noroshi/internal/store/backup"
	"github.com/noroshi-acd/noroshi/internal/store/storetest"
)

// odd are texts that one or the other might keep differently.
var odd = []string{"", " ", "a", "A", "あ", "\"q\" 'q' \\", "{\"tables\":1}", "[1]", "\n\r\t", "\u2028", "👍🏽", "e\u0301", "<b>&amp;</b>", "NULL", "1e5"}

// fill writes letters at random, some of which answer later ones.
func fill(t testing.TB, db *store.DB, g *rand.Rand, n int) {
	t.Helper()
	if err := db.Migrate(t.Context(), letters(), noun("empty", "CREATE TABLE empty (id TEXT PRIMARY KEY);")); err != nil {
		t.Fatal(err)
	}
	err := db.Tx(t.Context(), func(tx *store.Tx) error {
		for i := range n {
			var body []byte
			if g.IntN(3) > 0 {
				body = make([]byte, g.IntN(20))
				for j := range body {
					body[j] = byte(g.Uint32())
				}
			}
			var weight any
			if g.IntN(2) > 0 {
				weight = []float64{0, 0.1, 1e300, 5e-324, 1.0 / 3}[g.IntN(5)]
			}
			name := odd[g.IntN(len(odd))] + string(rune('a'+i%26)) + strings.Repeat("x", i)
			if _, err := tx.Exec("INSERT INTO letter (id, name, body, read, weight) VALUES ($1, $2, $3, $4, $5)", int64(i)*(1<<62/int64(n))-(1<<61), name, body, g.IntN(2) > 0, weight); err != nil {
				return err
			}
		}
		if _, err := tx.Exec("UPDATE letter SET answers = (SELECT max(id) FROM letter) WHERE id < 0"); err != nil {
			return err
		}
		_, err := tx.Exec("INSERT INTO letter_mark (letter, mark) SELECT id, 'read' FROM letter WHERE read")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func saved(t testing.TB, db *store.DB) ([]byte, backup.Summary) {
	t.Helper()
	var b bytes.Buffer
	s, err := db.Backup(t.Context(), &b)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), s
}

func unpacked(t testing.TB, p []byte) string {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(p))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func packed(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, text)
	_ = z.Close()
	return b.Bytes()
}

// body is a backup without the head and the foot, which name the engine and the time.
func body(t testing.TB, p []byte) string {
	lines := strings.SplitAfter(unpacked(t, p), "\n")
	return strings.Join(lines[1:len(lines)-2], "")
}

// What one engine keeps comes back in either, and can be carried on from there.
func TestFromEitherToEither(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	empty := noun("empty", "CREATE TABLE empty (id TEXT PRIMARY KEY);")
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		fill(t, db, rand.New(rand.NewPCG(seed, 1)), 40)
		first, sum := saved(t, db)
		if got, err := backup.Verify(bytes.NewReader(first)); err != nil || got != sum || sum.Tables != 3 || sum.Rows < 40 {
			t.Fatalf("the backup holds %+v (%v), it was said %+v", got, err, sum)
		}
		for _, e := range []store.Engine{store.SQLite, store.PostgreSQL} {
			other, err := store.Create(t.Context(), storetest.DSN(t, e))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = other.Close() })
			got, err := other.Restore(t.Context(), bytes.NewReader(first), letters(), empty)
			if err != nil || got != sum {
				t.Fatalf("into %s: %+v (%v), want %+v", e, got, err, sum)
			}
			second, _ := saved(t, other)
			if d := cmp.Diff(strings.Split(body(t, first), "\n"), strings.Split(body(t, second), "\n")); d != "" {
				t.Fatalf("from %s to %s: -first +second\n%s", db.Engine(), e, d)
			}
			if err := other.Migrate(t.Context(), letters(), empty); err != nil {
				t.Error(err)
			}
			if _, err := other.Restore(t.Context(), bytes.NewReader(first), letters(), empty); fault.KindOf(err) != fault.Permission {
				t.Errorf("a second time: %v, want it refused", err)
			}
		}
	})
}

// Any byte that is changed, and any end that comes early, is noticed, and no row is kept.
func TestChangedBackups(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		fill(t, db, rand.New(rand.NewPCG(3, 3)), 3)
		whole, _ := saved(t, db)
		text := unpacked(t, whole)
		for i := range len(text) {
			changed := []byte(text)
			changed[i] ^= 1
			if s, err := backup.Verify(bytes.NewReader(packed(string(changed)))); err == nil {
				t.Fatalf("byte %d changed: %+v\n%s", i, s, changed)
			}
			if s, err := backup.Verify(bytes.NewReader(packed(text[:i]))); err == nil {
				t.Fatalf("cut at byte %d: %+v", i, s)
			}
		}
		for i := range len(whole) {
			if s, err := backup.Verify(bytes.NewReader(whole[:i])); err == nil {
				t.Fatalf("the file cut at byte %d: %+v", i, s)
			}
		}
		if _, err := backup.Verify(bytes.NewReader(packed(text + "x"))); err == nil {
			t.Error("text behind the end")
		}
		empty := noun("empty", "CREATE TABLE empty (id TEXT PRIMARY KEY);")
		lines := strings.SplitAfter(text, "\n")
		without := strings.Join(append(append([]string{}, lines[:2]...), lines[3:]...), "")
		for name, in := range map[string]string{
			"cut":            text[:len(text)/2],
			"a row left out": without,
			"another value":  strings.Replace(text, "true", "false", 1),
			"newer":          strings.Replace(text, `"name":"letter","version":1`, `"name":"letter","version":2`, 1),
			"unknown noun":   strings.Replace(text, `"name":"letter"`, `"name":"lotter"`, 1),
			"another table":  strings.Replace(text, `{"table":"letter_mark"`, `{"table":"pg_catalog"`, 1),
			"another column": strings.Replace(text, `{"name":"mark","kind":"text"}`, `{"name":"mark\"","kind":"text"}`, 1),
			"nothing":        "",
			"a text":         "hello\n",
		} {
			other, err := store.Create(t.Context(), storetest.DSN(t, db.Engine()))
			if err != nil {
				t.Fatal(err)
			}
			if s, err := other.Restore(t.Context(), bytes.NewReader(packed(in)), letters(), empty); err == nil || fault.Hint(err) == "" {
				t.Errorf("%s is restored: %+v (%v)", name, s, err)
			}
			if err := other.Migrate(t.Context(), letters(), empty); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if n := count(t, other, "letter"); n != 0 {
				t.Errorf("%s: %d rows were kept", name, n)
			}
			if err := other.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

// A backup is one instant, whatever goes on meanwhile.
func TestBackupIsOneInstant(t *testing.T) {
	purse := noun("purse", "CREATE TABLE purse (id BIGINT PRIMARY KEY, coins BIGINT NOT NULL);\nCREATE TABLE purse_chest (id BIGINT PRIMARY KEY, coins BIGINT NOT NULL);")
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		if err := db.Migrate(t.Context(), purse); err != nil {
			t.Fatal(err)
		}
		move := func(n int) error {
			return db.Tx(t.Context(), func(tx *store.Tx) error {
				if _, err := tx.Exec("UPDATE purse SET coins = coins - $1 WHERE id = 1", n); err != nil {
					return err
				}
				_, err := tx.Exec("UPDATE purse_chest SET coins = coins + $1 WHERE id = 1", n)
				return err
			})
		}
		if err := db.Tx(t.Context(), func(tx *store.Tx) error {
			if _, err := tx.Exec("INSERT INTO purse (id, coins) VALUES (1, 1000)"); err != nil {
				return err
			}
			_, err := tx.Exec("INSERT INTO purse_chest (id, coins) VALUES (1, 0)")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		var group sync.WaitGroup
		group.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
				}
				if err := move(i % 7); err != nil {
					t.Error(err)
					return
				}
			}
		})
		for range 15 {
			p, _ := saved(t, db)
			var coins, rows int64
			for line := range strings.SplitSeq(body(t, p), "\n") {
				var row []int64
				if strings.HasPrefix(line, "[") {
					if err := json.Unmarshal([]byte(line), &row); err != nil {
						t.Fatal(err)
					}
					coins += row[0] // columns are in the order of their names
					rows++
				}
			}
			if coins != 1000 || rows != 2 {
				t.Fatalf("%d coins in %d rows:\n%s", coins, rows, body(t, p))
			}
		}
		close(done)
		group.Wait()
	})
}

func TestCopy(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		fill(t, db, rand.New(rand.NewPCG(5, 5)), 30)
		path := filepath.Join(t.TempDir(), "copy 写し?.db")
		err := db.Copy(t.Context(), path)
		if db.Engine() == store.PostgreSQL {
			if fault.KindOf(err) != fault.Invalid {
				t.Errorf("a server is copied: %v", err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if about, err := os.Stat(path); err != nil || about.Mode().Perm() != 0o600 {
			t.Errorf("%v %v", about, err)
		}
		first, _ := saved(t, db)
		second, _ := saved(t, storetest.Reopen(t.Context(), t, "sqlite:"+path))
		if body(t, first) != body(t, second) {
			t.Error("the copy differs")
		}
		if err := db.Copy(t.Context(), path); fault.KindOf(err) != fault.Permission {
			t.Errorf("over another: %v", err)
		}
	})
}

// A value that another program wrote past the rules is named, not carried on.
func TestBackupNamesWhatDoesNotFit(t *testing.T) {
	db, err := store.Create(t.Context(), storetest.DSN(t, store.SQLite))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, bad := range []string{"'text'", "x'00'"} {
		if err := db.Migrate(t.Context(), letters()); err != nil {
			t.Fatal(err)
		}
		if err := db.Tx(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec("INSERT INTO letter (id, name, weight, body) VALUES ($1, $1, 0, "+bad+")", int64(len(bad)))
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Backup(t.Context(), io.Discard); err == nil || !strings.Contains(err.Error(), "letter.body") {
		t.Errorf("%v, want letter.body named", err)
	}
}
