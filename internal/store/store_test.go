package store_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/store"
	"github.com/noroshi-acd/noroshi/internal/store/storetest"
)

// noun makes a noun of the texts of its steps.
func noun(name string, steps ...string) store.Noun {
	files := fstest.MapFS{}
	for i, s := range steps {
		files[fmt.Sprintf("%05d_step.sql", i+1)] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + s)}
	}
	return store.Noun{Name: name, FS: files}
}

// letters are tables with a column of each type, a rule of each kind.
func letters() store.Noun {
	return noun("letter", `CREATE TABLE letter (
	id BIGINT PRIMARY KEY,
	name TEXT NOT NULL UNIQUE,
	body BYTEA,
	read BOOLEAN NOT NULL DEFAULT FALSE,
	weight DOUBLE PRECISION CHECK (weight >= 0),
	answers BIGINT REFERENCES letter (id)
);
CREATE TABLE letter_mark (
	letter BIGINT NOT NULL REFERENCES letter (id),
	mark TEXT NOT NULL,
	PRIMARY KEY (letter, mark)
);`)
}

func TestValuesComeBackAlike(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		if err := db.Migrate(t.Context(), letters()); err != nil {
			t.Fatal(err)
		}
		type row struct {
			ID     int64
			Name   string
			Body   []byte
			Read   bool
			Weight *float64
		}
		half := 0.5
		want := []row{
			{-1 << 63, "日本語 \"quoted\" 'x' \\ %_", []byte{0, 1, 255}, true, &half},
			{1<<63 - 1, "", nil, false, nil},
		}
		err := db.Tx(t.Context(), func(tx *store.Tx) error {
			for _, r := range want {
				if _, err := tx.Exec("INSERT INTO letter (id, name, body, read, weight) VALUES ($1, $2, $3, $4, $5)", r.ID, r.Name, r.Body, r.Read, r.Weight); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		var got []row
		err = db.View(t.Context(), func(tx *store.Tx) error {
			got = nil
			return tx.Each(func(scan func(...any) error) error {
				var r row
				err := scan(&r.ID, &r.Name, &r.Body, &r.Read, &r.Weight)
				got = append(got, r)
				return err
			}, "SELECT id, name, body, read, weight FROM letter ORDER BY id")
		})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("-want +got\n%s", d)
		}
		// No bytes are not NULL, and nil is.
		for i, body := range [][]byte{nil, {}} {
			var null bool
			if err := db.Tx(t.Context(), func(tx *store.Tx) error {
				return tx.Row("UPDATE letter SET body = $1 WHERE id > 0 RETURNING body IS NULL", body).Scan(&null)
			}); err != nil || null != (i == 0) {
				t.Errorf("%#v is NULL: %v (%v)", body, null, err)
			}
		}
	})
}

// The same statement means the same on both engines, or fails on both.
func TestOneMeaning(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		if err := db.Migrate(t.Context(), letters()); err != nil {
			t.Fatal(err)
		}
		put := func(id int64, name string) {
			t.Helper()
			if err := db.Tx(t.Context(), func(tx *store.Tx) error {
				_, err := tx.Exec("INSERT INTO letter (id, name) VALUES ($1, $2)", id, name)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		for i, name := range []string{"b", "B", "a", "é", "z", "あ", "ア", "Z"} {
			put(int64(i), name)
		}
		list := func(query string, args ...any) (out []string, err error) {
			err = db.View(t.Context(), func(tx *store.Tx) error {
				out = nil
				return tx.Each(func(scan func(...any) error) error {
					var s string
					err := scan(&s)
					out = append(out, s)
					return err
				}, query, args...)
			})
			return out, err
		}
		got, err := list("SELECT name FROM letter ORDER BY name")
		if want := []string{"B", "Z", "a", "b", "z", "é", "あ", "ア"}; err != nil || !slices.Equal(got, want) {
			t.Errorf("order is %q (%v), want %q", got, err, want)
		}
		got, err = list("SELECT name FROM letter WHERE name LIKE $1", "B%")
		if want := []string{"B"}; err != nil || !slices.Equal(got, want) {
			t.Errorf("LIKE gives %q (%v), want %q", got, err, want)
		}
		got, err = list("SELECT name FROM letter WHERE id > $2 AND name < $1 AND id > $2", "b", int64(1))
		if want := []string{"a", "Z"}; err != nil || !slices.Equal(got, want) {
			t.Errorf("repeated arguments give %q (%v), want %q", got, err, want)
		}
		if got, err := list(`SELECT name FROM letter WHERE name = "b"`); err == nil {
			t.Errorf("double quotes are text: %q", got)
		}
		if err := db.View(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec("DELETE FROM letter")
			return err
		}); err == nil {
			t.Error("a view can delete")
		}
		if n := count(t, db, "letter"); n != 8 {
			t.Errorf("%d rows are left, want 8", n)
		}
	})
}

func count(t *testing.T, db *store.DB, table string) (n int64) {
	t.Helper()
	err := db.View(t.Context(), func(tx *store.Tx) error {
		return tx.Row("SELECT count(*) FROM " + table).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestRules(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		if err := db.Migrate(t.Context(), letters()); err != nil {
			t.Fatal(err)
		}
		exec := func(query string, args ...any) error {
			return db.Tx(t.Context(), func(tx *store.Tx) error {
				_, err := tx.Exec(query, args...)
				return err
			})
		}
		if err := exec("INSERT INTO letter (id, name) VALUES (1, 'a')"); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			name  string
			query string
			args  []any
			want  error
		}{
			{"key twice", "INSERT INTO letter (id, name) VALUES (1, 'b')", nil, store.ErrDuplicate},
			{"unique twice", "INSERT INTO letter (id, name) VALUES (2, 'a')", nil, store.ErrDuplicate},
			{"no such letter", "INSERT INTO letter_mark (letter, mark) VALUES (9, 'x')", nil, store.ErrBroken},
			{"nothing", "INSERT INTO letter (id) VALUES (3)", nil, store.ErrBroken},
			{"check", "INSERT INTO letter (id, name, weight) VALUES (4, 'd', -1.0)", nil, store.ErrBroken},
			{"still referred to", "INSERT INTO letter_mark (letter, mark) VALUES (1, 'x')", nil, nil},
			{"deleted under a reference", "DELETE FROM letter WHERE id = 1", nil, store.ErrBroken},
			{"there already, said so", "INSERT INTO letter (id, name) VALUES (1, 'z') ON CONFLICT DO NOTHING", nil, nil},
		} {
			if err := exec(tt.query, tt.args...); !errors.Is(err, tt.want) {
				t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
			}
		}
		for _, bad := range []any{"a\x00b", "\xff", time.Now(), []string{"x"}, func() {}, uint64(1 << 63)} {
			err := exec("INSERT INTO letter (id, name) VALUES (7, $1)", bad)
			if fault.KindOf(err) != fault.Invalid {
				t.Errorf("an argument of type %T: %v, want it refused", bad, err)
			}
		}
		err := db.View(t.Context(), func(tx *store.Tx) error {
			var n int64
			return tx.Row("SELECT id FROM letter WHERE id = 77").Scan(&n)
		})
		if !store.Missing(err) {
			t.Errorf("no row gives %v", err)
		}
	})
}

// A transaction whose statement failed keeps nothing, even if its function goes on.
func TestAFailedStatementEndsIt(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		if err := db.Migrate(t.Context(), letters()); err != nil {
			t.Fatal(err)
		}
		err := db.Tx(t.Context(), func(tx *store.Tx) error {
			if _, err := tx.Exec("INSERT INTO letter (id, name) VALUES (1, 'a')"); err != nil {
				return err
			}
			_, first := tx.Exec("INSERT INTO letter (id, name) VALUES (1, 'b')")
			if _, err := tx.Exec("INSERT INTO letter (id, name) VALUES (2, 'c')"); err == nil || !errors.Is(err, store.ErrDuplicate) {
				t.Errorf("the next statement says %v, want the first error %v", err, first)
			}
			return nil
		})
		if !errors.Is(err, store.ErrDuplicate) {
			t.Errorf("the transaction ends with %v", err)
		}
		func() {
			defer func() { _ = recover() }()
			_ = db.Tx(t.Context(), func(tx *store.Tx) error {
				if _, err := tx.Exec("INSERT INTO letter (id, name) VALUES (3, 'd')"); err != nil {
					return err
				}
				panic("in the middle")
			})
		}()
		if n := count(t, db, "letter"); n != 0 {
			t.Errorf("%d rows were kept", n)
		}
	})
}

// Two people may book the same room only one after the other: what a transaction read
// is still so when it commits. The oracle is the sum, and that no reading was stale.
func TestSerialisable(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		n := noun("room", "CREATE TABLE room_booking (room BIGINT, person BIGINT, PRIMARY KEY (room, person));\nCREATE TABLE room (id BIGINT PRIMARY KEY, places BIGINT NOT NULL);")
		if err := db.Migrate(t.Context(), n); err != nil {
			t.Fatal(err)
		}
		if err := db.Tx(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec("INSERT INTO room (id, places) VALUES (1, 3), (2, 3)")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		full := errors.New("full")
		var group sync.WaitGroup
		var booked, refused atomic.Int64
		for person := range 12 {
			group.Go(func() {
				room := int64(1 + person%2)
				err := db.Tx(t.Context(), func(tx *store.Tx) error {
					var places, taken int64
					if err := tx.Row("SELECT places FROM room WHERE id = $1", room).Scan(&places); err != nil {
						return err
					}
					if err := tx.Row("SELECT count(*) FROM room_booking WHERE room = $1", room).Scan(&taken); err != nil {
						return err
					}
					if taken >= places {
						return full
					}
					_, err := tx.Exec("INSERT INTO room_booking (room, person) VALUES ($1, $2)", room, person)
					return err
				})
				switch {
				case err == nil:
					booked.Add(1)
				case errors.Is(err, full):
					refused.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		group.Wait()
		if booked.Load() != 6 || refused.Load() != 6 || count(t, db, "room_booking") != 6 {
			t.Errorf("%d booked, %d refused, %d rows; want 6 each", booked.Load(), refused.Load(), count(t, db, "room_booking"))
		}
	})
}

// A view sees one instant: money that moves is never missing or double.
func TestViewIsOneInstant(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		n := noun("purse", "CREATE TABLE purse (id BIGINT PRIMARY KEY, coins BIGINT NOT NULL);")
		if err := db.Migrate(t.Context(), n); err != nil {
			t.Fatal(err)
		}
		if err := db.Tx(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec("INSERT INTO purse (id, coins) VALUES (1, 100), (2, 100)")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		var group sync.WaitGroup
		group.Go(func() {
			defer close(done)
			for i := range 50 {
				if err := db.Tx(t.Context(), func(tx *store.Tx) error {
					if _, err := tx.Exec("UPDATE purse SET coins = coins - 1 WHERE id = $1", 1+i%2); err != nil {
						return err
					}
					_, err := tx.Exec("UPDATE purse SET coins = coins + 1 WHERE id = $1", 2-i%2)
					return err
				}); err != nil {
					t.Error(err)
				}
			}
		})
		for looking := true; looking; {
			select {
			case <-done:
				looking = false
			default:
			}
			if err := db.View(t.Context(), func(tx *store.Tx) error {
				var a, b int64
				if err := tx.Row("SELECT coins FROM purse WHERE id = 1").Scan(&a); err != nil {
					return err
				}
				if err := tx.Row("SELECT coins FROM purse WHERE id = 2").Scan(&b); err != nil {
					return err
				}
				if a+b != 200 {
					t.Errorf("%d and %d coins", a, b)
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		group.Wait()
	})
}

func TestMigrate(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		first := "CREATE TABLE tree (id BIGINT PRIMARY KEY);"
		second := "ALTER TABLE tree ADD COLUMN height BIGINT;"
		// Two programs begin at the same time.
		made, err := store.Create(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer made.Close()
		other := storetest.Reopen(t.Context(), t, dsn)
		var group sync.WaitGroup
		for _, db := range []*store.DB{made, other} {
			group.Go(func() {
				if err := db.Migrate(t.Context(), noun("tree", first, second)); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if err := made.Migrate(t.Context(), noun("tree", first, second)); err != nil {
			t.Errorf("the second time: %v", err)
		}
		if err := made.Migrate(t.Context(), noun("tree", first)); fault.KindOf(err) != fault.Invalid {
			t.Errorf("an older program: %v, want it refused", err)
		}
		if err := made.Migrate(t.Context(), noun("tree", first, second, "CREATE TABLE tree_leaf (id BIGINT PRIMARY KEY);\nCREATE TABLE nonsense (;")); err == nil {
			t.Error("a broken step was done")
		}
		if err := made.Migrate(t.Context(), noun("tree", first, second, "CREATE TABLE tree_leaf (id BIGINT PRIMARY KEY);")); err != nil {
			t.Errorf("after a broken step was undone: %v", err)
		}
		if err := made.Migrate(t.Context(), noun("Bad; DROP", first)); fault.KindOf(err) != fault.Invalid {
			t.Errorf("a bad name: %v", err)
		}
	})
}

// What the other engine would keep differently, or no backup could carry, is refused.
func TestTablesMustBePortable(t *testing.T) {
	for name, bad := range map[string]string{
		"no key":         "CREATE TABLE bad (id BIGINT);",
		"type":           "CREATE TABLE bad (id BIGINT PRIMARY KEY, at TIMESTAMP);",
		"small whole":    "CREATE TABLE bad (id INTEGER PRIMARY KEY);",
		"another's name": "CREATE TABLE other (id BIGINT PRIMARY KEY);",
		"a ring": "CREATE TABLE bad (id BIGINT PRIMARY KEY);\nCREATE TABLE bad_b (id BIGINT PRIMARY KEY, a BIGINT REFERENCES bad (id));\n" +
			"ALTER TABLE bad ADD COLUMN b BIGINT REFERENCES bad_b (id);",
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T, db *store.DB) {
				if err := db.Migrate(t.Context(), noun("bad", bad)); fault.KindOf(err) != fault.Invalid || fault.Hint(err) == "" {
					t.Errorf("%v, want it refused", err)
				}
				if err := db.Migrate(t.Context(), noun("bad", bad)); err == nil {
					t.Error("the second time it is not refused")
				}
			})
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("this is a text of more than one page? "), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(dir, "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for dsn, kind := range map[string]fault.Kind{
		"sqlite:" + filepath.Join(dir, "none"): fault.NotFound,
		"sqlite:" + dir:                        fault.NotFound,
		"sqlite:":                              fault.NotFound,
		"sqlite:" + text:                       fault.Invalid,
		"sqlite:" + empty:                      fault.Invalid,
		"mysql://x":                            fault.Invalid,
		"":                                     fault.Invalid,
		"postgres://u:secret@/x":               fault.Permission,
		"postgres://u@/x?password=secret":      fault.Permission,
		"postgres://u@198.51.100.7/x?sslmode=require":                fault.Permission,
		"postgres://u@198.51.100.7/x":                                fault.Permission,
		"postgres://u@198.51.100.7/x?sslmode=disable":                fault.Permission,
		"postgres://u@/x?host=/nowhere,198.51.100.7&sslmode=disable": fault.Permission,
		"postgres://u@/x?host=/nowhere":                              fault.NotFound,
		"postgres://u@127.0.0.1:1/x?sslmode=disable":                 fault.NotFound,
	} {
		db, err := store.Open(t.Context(), dsn)
		if err == nil {
			_ = db.Close()
		}
		if err == nil || fault.KindOf(err) != kind || fault.Hint(err) == "" {
			t.Errorf("%q: %v of kind %d, want kind %d and a hint", dsn, err, fault.KindOf(err), kind)
		}
	}
	if _, err := store.Create(t.Context(), "sqlite:"+text); fault.KindOf(err) != fault.Permission {
		t.Errorf("making over a file: %v", err)
	}
	if got, _ := os.ReadFile(text); string(got) != "this is a text of more than one page? " {
		t.Error("the file was changed")
	}
}

// Odd names are names: nothing in a path becomes an option.
func TestOddPaths(t *testing.T) {
	for _, name := range []string{"a?mode=memory", "b#c", "d%2fe", "日本 語", "f&_pragma=x", "g;h'i"} {
		path := filepath.Join(t.TempDir(), name)
		db, err := store.Create(t.Context(), "sqlite:"+path)
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		if err := db.Migrate(t.Context(), letters()); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		_ = db.Close()
		if about, err := os.Stat(path); err != nil || about.Size() == 0 || about.Mode().Perm() != 0o600 {
			t.Errorf("%q: %v, %v", name, about, err)
		}
	}
}
