//go:build linux && cgo

package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/noroshi-acd/noroshi/flowstore"
	"github.com/noroshi-acd/noroshi/flowstore/keep"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Engine is a [flowstore.Engine] on one machine: the store keeps, DuckDB sorts and looks.
type Engine struct {
	*keep.Store
	config Config
	db     *sql.DB
	shelf  shelf
}

var _ flowstore.Engine = (*Engine)(nil)

// Open opens a store; a new one is begun where both folders are empty.
func Open(ctx context.Context, c Config) (*Engine, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	e := &Engine{config: c, shelf: shelf{lists: map[uint64]source{}}}
	if err := e.openDB(ctx); err != nil {
		return nil, errors.Join(e.wrong("open", err), e.closeDB())
	}
	var err error
	if e.Store, err = keep.Open(keep.Config{Dir: c.Dir, Keys: c.Keys, Pending: c.Pending}, e.sort); err != nil {
		return nil, errors.Join(err, e.closeDB())
	}
	return e, nil
}

func (e *Engine) wrong(key string, err error) error {
	return flowstore.Wrong(fault.Internal, key, fault.Place{Path: e.config.Dir}, err)
}

// Close closes the store. What was acknowledged is durable already.
func (e *Engine) Close() error { return errors.Join(e.Store.Close(), e.closeDB()) }

func (e *Engine) closeDB() error {
	if e.db == nil {
		return nil
	}
	return e.db.Close()
}

// openDB starts DuckDB: in memory, without a folder to spill into, without extensions to
// fetch, and able to open nothing but what this process holds open itself.
func (e *Engine) openDB(ctx context.Context) error {
	connector, err := driver.NewConnector("", nil)
	if err != nil {
		return err
	}
	e.db = sql.OpenDB(connector)
	conn, err := e.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	f, err := e.shelf.function()
	if err != nil {
		return err
	}
	if err := driver.RegisterTableUDF(conn, "waiting", f); err != nil {
		return err
	}
	for _, s := range []string{
		fmt.Sprintf("SET threads = %d", e.config.Threads),
		fmt.Sprintf("SET memory_limit = '%dMiB'", e.config.Memory>>20),
		"SET temp_directory = ''",
		"SET autoinstall_known_extensions = false",
		"SET autoload_known_extensions = false",
		"SET allow_community_extensions = false",
		"SET enable_external_file_cache = false",
		"SET allowed_directories = ['/proc/self/fd/']",
		"SET enable_external_access = false",
		"SET lock_configuration = true",
	} {
		if _, err := conn.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}
