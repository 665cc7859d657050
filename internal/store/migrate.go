package store

import (
	"context"
	"errors"
	"io/fs"
	"regexp"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Noun is one package's tables: the migrations that make them, beside its code.
type Noun struct {
	Name string // the package's: "actor"; tables are called NAME or NAME_…
	FS   fs.FS  // 00001_what.sql, 00002_what.sql …, each with "-- +goose Up"
}

var nounName = regexp.MustCompile(`^[a-z][a-z0-9]{1,30}$`)

// migrateRuns is how often a migration is tried that another process did at the same
// time: of two, one fails, is undone, and then finds it done.
const migrateRuns = 8

// Migrate brings the tables of nouns up to what this program knows, in the order given;
// each step is whole or not at all. Nouns that refer to others' tables come after them.
// There is no way down but a backup. Tables newer than the program are refused with
// fault.Invalid, and so are tables that are not portable.
func (d *DB) Migrate(ctx context.Context, nouns ...Noun) error {
	for _, n := range nouns {
		if err := d.migrate(ctx, n, 0); err != nil {
			return err
		}
	}
	return d.portableTables(ctx)
}

// migrate brings one noun up to a version; 0 means the newest.
func (d *DB) migrate(ctx context.Context, n Noun, version int64) error {
	at := fault.Place{Path: d.name, Field: n.Name}
	if !nounName.MatchString(n.Name) {
		return wrong(fault.Invalid, "noun", at, nil)
	}
	p, err := d.provider(n)
	if err != nil {
		return wrong(fault.Invalid, "migration", at, err)
	}
	for run := 1; ; run++ {
		err := d.step(ctx, p, n, version)
		var whole *fault.Error
		if err == nil || errors.As(err, &whole) {
			return err
		}
		if run == migrateRuns || ctx.Err() != nil {
			return wrong(kindOf(ctx, err), "migration", at, err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(run) * 20 * time.Millisecond):
		}
	}
}

func (d *DB) provider(n Noun) (*goose.Provider, error) {
	dialect := goose.DialectSQLite3
	if d.engine == PostgreSQL {
		dialect = goose.DialectPostgres
	}
	return goose.NewProvider(dialect, d.writing, n.FS,
		goose.WithTableName(versionTable(n.Name)), goose.WithDisableGlobalRegistry(true))
}

// versionTable is where goose notes what is done for a noun.
func versionTable(noun string) string { return "version_" + noun }

// step does what is left to do. Its own refusals are *fault.Error, all else may be tried
// again.
func (d *DB) step(ctx context.Context, p *goose.Provider, n Noun, version int64) error {
	is, newest, err := p.GetVersions(ctx)
	if err != nil {
		return err
	}
	if is > newest || version > newest {
		return wrong(fault.Invalid, "newer", fault.Place{Path: d.name, Field: n.Name}, nil, "is", max(is, version), "newest", newest)
	}
	if version == 0 {
		version = newest
	}
	if is >= version {
		return nil
	}
	_, err = p.UpTo(ctx, version)
	return err
}
