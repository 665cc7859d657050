package storetest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/internal/store"
)

// Run runs f on an empty database of each engine.
func Run(t *testing.T, f func(t *testing.T, db *store.DB)) {
	t.Helper()
	Each(t, func(t *testing.T, dsn string) {
		db, err := store.Create(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
		f(t, db)
	})
}

// Each runs f on the name of a place for one database, of each engine, at which nothing
// is yet.
func Each(t *testing.T, f func(t *testing.T, dsn string)) {
	t.Helper()
	for _, e := range []store.Engine{store.SQLite, store.PostgreSQL} {
		t.Run(string(e), func(t *testing.T) { f(t, DSN(t, e)) })
	}
}

// DSN gives the name of a place for one database of an engine, at which nothing is yet.
// The place goes with the test.
func DSN(t testing.TB, e store.Engine) string {
	t.Helper()
	if e == store.SQLite {
		return "sqlite:" + filepath.Join(t.TempDir(), "test.db")
	}
	c, err := running()
	switch {
	case err != nil && os.Getenv("NOROSHI_REQUIRE_SHARED") == "1":
		t.Fatalf("PostgreSQL is required: %v", err)
	case err != nil:
		t.Skipf("no PostgreSQL here: %v", err)
	}
	schema := fmt.Sprintf("test%d", c.schemas.Add(1))
	if out, err := c.psql("CREATE SCHEMA " + schema); err != nil {
		t.Fatalf("making a schema: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := c.psql("DROP SCHEMA " + schema + " CASCADE"); err != nil {
			t.Errorf("dropping a schema: %v: %s", err, out)
		}
	})
	return c.dsn("search_path=" + schema)
}

// Reopen opens a database that is there already, as a program does that starts again.
func Reopen(ctx context.Context, t testing.TB, dsn string) *store.DB {
	t.Helper()
	db, err := store.Open(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// dsn names the cluster's database.
func (c *cluster) dsn(more ...string) string {
	return "postgres://" + c.user + "@/noroshi?" + strings.Join(append([]string{"host=" + c.dir}, more...), "&")
}
