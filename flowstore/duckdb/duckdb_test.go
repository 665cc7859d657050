//go:build linux && cgo

package duckdb

import (
	"path/filepath"
	"testing"

	"github.com/noroshi-acd/noroshi/flowstore"
	"github.com/noroshi-acd/noroshi/flowstore/flowstoretest"
)

func testConfig(dir string) Config {
	c := DefaultConfig()
	c.Dir, c.Keys = filepath.Join(dir, "records"), filepath.Join(dir, "keys")
	c.Memory, c.Cell = 256<<20, 1024
	return c
}

func open(t testing.TB, dir string) flowstore.Engine {
	t.Helper()
	e, err := Open(t.Context(), testConfig(dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func TestContract(t *testing.T) { flowstoretest.Run(t, open) }
