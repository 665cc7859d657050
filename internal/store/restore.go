package store

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/noroshi-acd/noroshi/internal/fault"
)

const (
	maxLine   = 64 << 20 // bytes of one row in a backup
	mostNouns = 256
	mostParts = 4096 // columns of a table, tables
)

// reader takes a backup apart, line by line, and checks all that can be checked without
// a database.
type reader struct {
	in    *bufio.Reader
	line  int64
	last  []byte // the line that was read
	whole hash.Hash
	rows  hash.Hash
	sum   Summary
	head  head
	form  tableHead
	got   int64 // rows of this table
}

// newReader reads the head.
func newReader(in io.Reader) (*reader, error) {
	z, err := gzip.NewReader(in)
	if err != nil {
		return nil, wrong(fault.Invalid, "no-backup", fault.Place{}, err)
	}
	r := &reader{in: bufio.NewReaderSize(z, 1<<16), whole: sha256.New(), rows: sha256.New()}
	if err := r.next(); err != nil {
		return nil, err
	}
	if err := r.take(&r.head); err != nil {
		return nil, err
	}
	if r.head.Form != backupForm || len(r.head.Nouns) > mostNouns {
		return nil, r.wrong("no-backup", nil)
	}
	r.whole.Write(r.last)
	return r, r.next()
}

// wrong places an error at the line.
func (r *reader) wrong(key string, cause error, args ...any) error {
	return wrong(fault.Invalid, key, fault.Place{Line: r.line, Field: r.form.Table}, cause, args...)
}

// next reads a line.
func (r *reader) next() error {
	r.last = r.last[:0]
	r.line++
	for {
		part, err := r.in.ReadSlice('\n')
		if len(r.last)+len(part) > maxLine {
			return wrong(fault.Limit, "line", fault.Place{Line: r.line}, nil, "limit", maxLine)
		}
		r.last = append(r.last, part...)
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return r.wrong("cut", err)
		}
	}
}

// take reads the line as one value, without members that we do not know.
func (r *reader) take(into any) error {
	d := json.NewDecoder(bytes.NewReader(r.last))
	d.DisallowUnknownFields()
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return r.wrong("line-form", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return r.wrong("line-form", err)
	}
	return nil
}

// table reads the form of the next table; false at the foot, which is checked then, with
// nothing behind it.
func (r *reader) table() (bool, error) {
	if bytes.HasPrefix(r.last, []byte(`{"tables":`)) {
		return false, r.foot()
	}
	r.form, r.got = tableHead{}, 0
	if err := r.take(&r.form); err != nil {
		return false, err
	}
	r.rows.Reset()
	r.whole.Write(r.last)
	if r.sum.Tables++; r.sum.Tables > mostParts || len(r.form.Columns) == 0 || len(r.form.Columns) > mostParts {
		return false, r.wrong("line-form", nil)
	}
	return true, r.next()
}

func (r *reader) foot() error {
	var f Summary
	if err := r.take(&f); err != nil {
		return err
	}
	r.sum.Digest = hex.EncodeToString(r.whole.Sum(nil))
	if f != r.sum {
		return r.wrong("sum", nil)
	}
	// To the end, so that the check of the compression is made as well.
	if n, err := io.Copy(io.Discard, r.in); err != nil || n > 0 {
		return r.wrong("cut", err)
	}
	return nil
}

// row reads the next row of the table into values; false at the table's end, which is
// checked then.
func (r *reader) row() ([]any, bool, error) {
	r.whole.Write(r.last)
	if r.last[0] != '[' {
		var e tableEnd
		if err := r.take(&e); err != nil {
			return nil, false, err
		}
		if is := (tableEnd{r.got, hex.EncodeToString(r.rows.Sum(nil))}); e != is {
			return nil, false, r.wrong("sum", nil)
		}
		return nil, false, r.next()
	}
	r.rows.Write(r.last)
	r.got++
	r.sum.Rows++
	var raw []any
	if err := r.take(&raw); err != nil {
		return nil, false, err
	}
	if len(raw) != len(r.form.Columns) {
		return nil, false, r.wrong("line-form", nil)
	}
	for i, c := range r.form.Columns {
		v, err := readValue(c.Kind, raw[i])
		if err != nil {
			return nil, false, r.wrong("line-form", err)
		}
		raw[i] = v
	}
	return raw, true, r.next()
}

// readValue gives a value of a backup as the engines take it.
func readValue(k kind, raw any) (any, error) {
	if raw == nil {
		return nil, nil
	}
	switch v := raw.(type) {
	case json.Number:
		if k == integer {
			return strconv.ParseInt(v.String(), 10, 64)
		}
	case bool:
		if k == truth {
			return v, nil
		}
	case string:
		switch k {
		case text:
			if utf8.ValidString(v) && !strings.ContainsRune(v, 0) {
				return v, nil
			}
		case octets:
			return base64.StdEncoding.DecodeString(v)
		case real:
			return strconv.ParseFloat(v, 64)
		}
	}
	return nil, fmt.Errorf("a value is not of kind %q", string(k))
}

// Verify reads a backup through and says what it holds: every row is counted and hashed,
// none is kept. It fails with fault.Invalid, and the line, when it is not whole.
func Verify(in io.Reader) (Summary, error) {
	r, err := newReader(in)
	if err != nil {
		return Summary{}, err
	}
	for {
		more, err := r.table()
		if err != nil || !more {
			return r.sum, err
		}
		for more {
			if _, more, err = r.row(); err != nil {
				return Summary{}, err
			}
		}
	}
}

// Restore fills an empty database from a backup of either engine. nouns are those of the
// program, in the order of [DB.Migrate]; the tables are made as they were when the backup
// was, filled, read back and held against the backup's digests, all of it kept or
// nothing. [DB.Migrate] then brings them up to date. A database with rows in it, and
// nouns or tables that the program does not know, are refused.
func (d *DB) Restore(ctx context.Context, in io.Reader, nouns ...Noun) (Summary, error) {
	r, err := newReader(in)
	if err != nil {
		return Summary{}, err
	}
	if err := d.prepare(ctx, r.head, nouns); err != nil {
		return Summary{}, err
	}
	conn, err := d.writing.Conn(ctx)
	if err != nil {
		return Summary{}, d.unrestored(ctx, err)
	}
	defer conn.Close()
	tx, err := conn.BeginTx(ctx, &sql.TxOptions{Isolation: d.isolation()})
	if err != nil {
		return Summary{}, d.unrestored(ctx, err)
	}
	t := &Tx{ctx: ctx, tx: tx}
	if err := d.fill(t, conn, r); err != nil {
		return Summary{}, errors.Join(d.unrestored(ctx, err), ignoreDone(tx.Rollback()))
	}
	if err := tx.Commit(); err != nil {
		return Summary{}, d.unrestored(ctx, err)
	}
	return r.sum, nil
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

func (d *DB) unrestored(ctx context.Context, err error) error {
	kind := kindOf(ctx, err)
	var e *fault.Error
	if errors.As(err, &e) {
		kind = e.Kind
	}
	return wrong(kind, "restore", fault.Place{Path: d.name}, err)
}

// prepare makes the tables as the backup's were.
func (d *DB) prepare(ctx context.Context, h head, nouns []Noun) error {
	for _, v := range h.Nouns {
		if !slices.ContainsFunc(nouns, func(n Noun) bool { return n.Name == v.Name }) {
			return wrong(fault.Invalid, "unknown-noun", fault.Place{Field: v.Name}, nil, "noun", v.Name)
		}
	}
	for _, n := range nouns {
		i := slices.IndexFunc(h.Nouns, func(v version) bool { return v.Name == n.Name })
		if i < 0 || h.Nouns[i].Version == 0 {
			continue
		}
		if err := d.migrate(ctx, n, h.Nouns[i].Version); err != nil {
			return err
		}
	}
	return nil
}

// fill writes all rows and holds the tables against the backup.
func (d *DB) fill(t *Tx, conn *sql.Conn, r *reader) error {
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
		more, err := r.table()
		if err != nil {
			return err
		}
		if !more {
			if i != len(list) {
				return r.wrong("tables", nil)
			}
			return nil
		}
		// The order of the tables, and of their columns, follows from the schema.
		if i >= len(list) || r.form.Table != list[i].name || !slices.Equal(r.form.Columns, list[i].columns) {
			return r.wrong("tables", nil)
		}
		if err := d.fillTable(t, conn, r, list[i]); err != nil {
			return err
		}
	}
}

func (d *DB) fillTable(t *Tx, conn *sql.Conn, r *reader, table *table) error {
	var there int64
	if err := t.Row("SELECT count(*) FROM " + quoted(table.name)).Scan(&there); err != nil {
		return err
	}
	if there > 0 {
		return wrong(fault.Permission, "rows", fault.Place{Field: table.name}, nil, "count", there)
	}
	var err error
	if d.engine == PostgreSQL {
		err = copyRows(t.ctx, conn, r, table)
	} else {
		err = insertRows(t, r, table)
	}
	if err != nil {
		return err
	}
	back := &lines{w: io.Discard, whole: sha256.New(), rows: sha256.New()}
	n, err := t.rows(table, func(values []any) error { return back.put(values, back.rows) })
	if err != nil {
		return err
	}
	if n != r.got || !bytes.Equal(back.rows.Sum(nil), r.rows.Sum(nil)) {
		return wrong(fault.Internal, "differs", fault.Place{Field: table.name}, nil)
	}
	return nil
}

// insertRows writes the rows of a table one by one.
func insertRows(t *Tx, r *reader, table *table) error {
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
		values, more, err := r.row()
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
func copyRows(ctx context.Context, conn *sql.Conn, r *reader, table *table) error {
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
			values, more, err := r.row()
			if err != nil {
				failed = err
				return nil, err
			}
			if !more {
				return nil, nil
			}
			return values, nil
		}))
		if failed != nil {
			return failed
		}
		return classified(err)
	})
}
