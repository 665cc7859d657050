package store

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/store/backup"
)

// Restore fills an empty database from a backup of either engine. nouns are those of the
// program, in the order of [DB.Migrate]; the tables are made as they were when the backup
// was, filled, read back and held against the backup's digests, all of it kept or
// nothing. [DB.Migrate] then brings them up to date. A database with rows in it, and
// nouns or tables that the program does not know, are refused.
func (d *DB) Restore(ctx context.Context, in io.Reader, nouns ...Noun) (backup.Summary, error) {
	r, err := backup.NewReader(in)
	if err != nil {
		return backup.Summary{}, err
	}
	if err := d.prepare(ctx, r.Head(), nouns); err != nil {
		return backup.Summary{}, err
	}
	if err := d.refill(ctx, r); err != nil {
		return backup.Summary{}, wrong(kindOf(ctx, err), "restore", fault.Place{Path: d.name}, err)
	}
	return r.Summary(), nil
}

// prepare makes the tables as the backup's were.
func (d *DB) prepare(ctx context.Context, h backup.Head, nouns []Noun) error {
	for _, v := range h.Nouns {
		if !slices.ContainsFunc(nouns, func(n Noun) bool { return n.Name == v.Name }) {
			return wrong(fault.Invalid, "unknown-noun", fault.Place{Field: v.Name}, nil, "noun", v.Name)
		}
	}
	for _, n := range nouns {
		i := slices.IndexFunc(h.Nouns, func(v backup.Version) bool { return v.Name == n.Name })
		if i < 0 || h.Nouns[i].Version == 0 {
			continue
		}
		if err := d.migrate(ctx, n, h.Nouns[i].Version); err != nil {
			return err
		}
	}
	return nil
}

// refill writes all rows in one transaction. It is run once: what was read of a backup
// cannot be read again.
func (d *DB) refill(ctx context.Context, r *backup.Reader) error {
	conn, err := d.writing.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	tx, err := conn.BeginTx(ctx, &sql.TxOptions{Isolation: d.isolation()})
	if err != nil {
		return err
	}
	if err := d.fill(&Tx{ctx: ctx, tx: tx}, conn, r); err != nil {
		_ = tx.Rollback() // a line that is lost undoes it as well
		return err
	}
	return tx.Commit()
}

// fill writes all rows and holds the tables against the backup.
func (d *DB) fill(t *Tx, conn *sql.Conn, r *backup.Reader) error {
	if d.engine == SQLite {
		if _, err := t.Exec("PRAGMA defer_foreign_keys = ON"); err != nil {
			return err
		}
	}
	list, err := t.tables(d.engine)
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		form, more, err := r.Table()
		if err != nil {
			return err
		}
		if !more && i == len(list) {
			return nil
		}
		// The order of the tables, and of their columns, follows from the schema.
		if !more || i >= len(list) || form.Name != list[i].name || !slices.Equal(form.Columns, list[i].columns) {
			return wrong(fault.Invalid, "tables", fault.Place{Field: form.Name}, nil)
		}
		if err := d.fillTable(t, conn, r, list[i]); err != nil {
			return err
		}
	}
}

func (d *DB) fillTable(t *Tx, conn *sql.Conn, r *backup.Reader, into *table) error {
	var there int64
	if err := t.Row("SELECT count(*) FROM " + quoted(into.name)).Scan(&there); err != nil {
		return err
	}
	if there > 0 {
		return wrong(fault.Permission, "rows", fault.Place{Field: into.name}, nil, "count", there)
	}
	fill := insertRows
	if d.engine == PostgreSQL {
		fill = func(t *Tx, r *backup.Reader, what *table) error { return copyRows(t.ctx, conn, r, what) }
	}
	if err := fill(t, r, into); err != nil {
		return err
	}
	back, err := backup.NewWriter(io.Discard, backup.Head{})
	if err != nil {
		return err
	}
	rows, digest, err := t.write(back, into)
	if err != nil {
		return err
	}
	if n, want := r.Rows(); rows != n || digest != want {
		return wrong(fault.Internal, "differs", fault.Place{Field: into.name}, nil)
	}
	return nil
}

// insertRows writes the rows of a table one by one.
func insertRows(t *Tx, r *backup.Reader, table *table) error {
	names, places := make([]string, len(table.columns)), make([]string, len(table.columns))
	for i, c := range table.columns {
		names[i], places[i] = quoted(c.Name), "$"+strconv.Itoa(i+1)
	}
	s, err := t.tx.PrepareContext(t.ctx, "INSERT INTO "+quoted(table.name)+" ("+strings.Join(names, ", ")+") VALUES ("+strings.Join(places, ", ")+")")
	if err != nil {
		return err
	}
	defer s.Close()
	for {
		values, more, err := r.Row()
		if err != nil || !more {
			return err
		}
		if _, err := s.ExecContext(t.ctx, values...); err != nil {
			return classified(err)
		}
	}
}

// copyRows writes the rows of a table in one statement, so that rows may refer to rows
// that come later.
func copyRows(ctx context.Context, conn *sql.Conn, r *backup.Reader, table *table) error {
	names := make([]string, len(table.columns))
	for i, c := range table.columns {
		names[i] = c.Name
	}
	return conn.Raw(func(raw any) error {
		c, ok := raw.(*stdlib.Conn)
		if !ok {
			return errors.New("the connection is of another driver")
		}
		var failed error
		_, err := c.Conn().CopyFrom(ctx, pgx.Identifier{table.name}, names, pgx.CopyFromFunc(func() ([]any, error) {
			values, more, err := r.Row()
			failed = err
			if err != nil || !more {
				return nil, err
			}
			return values, nil
		}))
		if failed != nil {
			return failed
		}
		return classified(err)
	})
}
