package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/noroshi-acd/noroshi/internal/fault"
)

// A backup is gzip of lines of JSON: a head; per table its form, its rows in the order
// of the primary key, and its end; a foot. It is the same for both engines, so that it
// also carries a database from one to the other. docs/spec/store.md describes it.
const backupForm = 1

type head struct {
	Form   int       `json:"noroshi_store"`
	At     string    `json:"at"`
	Engine Engine    `json:"engine"`
	Nouns  []version `json:"nouns"`
}

type version struct {
	Name    string `json:"name"`
	Version int64  `json:"version"`
}

type tableHead struct {
	Table   string   `json:"table"`
	Columns []column `json:"columns"`
}

type tableEnd struct {
	Rows   int64  `json:"rows"`
	Digest string `json:"digest"` // SHA-256 of the lines of the rows, in hexadecimal
}

// Summary is what a backup holds.
type Summary struct {
	Tables int64  `json:"tables"`
	Rows   int64  `json:"rows"`
	Digest string `json:"digest"` // SHA-256 of all its lines before the last, in hexadecimal
}

// lines writes lines of JSON and hashes them.
type lines struct {
	w     io.Writer
	whole hash.Hash
	rows  hash.Hash // of the table that is written
}

func (l *lines) put(value any, more ...hash.Hash) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return err
	}
	for _, h := range append(more, l.whole) {
		h.Write(b.Bytes())
	}
	_, err := l.w.Write(b.Bytes())
	return err
}

// Backup writes everything that nouns keep, as it stood at one instant, to w, and says
// what it wrote. Others go on reading and writing meanwhile. Who reads w can read
// everything: keep it as well as the database. What was disposed of before is not in it.
func (d *DB) Backup(ctx context.Context, w io.Writer) (Summary, error) {
	var s Summary
	z := gzip.NewWriter(w)
	l := &lines{w: z, whole: sha256.New(), rows: sha256.New()}
	err := d.once(ctx, d.reading, d.snapshot(), func(t *Tx) error {
		h := head{Form: backupForm, At: time.Now().UTC().Format(time.RFC3339), Engine: d.engine}
		var err error
		if h.Nouns, err = t.versions(d.engine); err != nil {
			return err
		}
		if err := l.put(h); err != nil {
			return err
		}
		list, err := t.tables(d.engine)
		if err != nil {
			return err
		}
		for _, table := range list {
			if err := l.put(tableHead{Table: table.name, Columns: table.columns}); err != nil {
				return err
			}
			l.rows.Reset()
			n, err := t.rows(table, func(values []any) error { return l.put(values, l.rows) })
			if err != nil {
				return err
			}
			if err := l.put(tableEnd{Rows: n, Digest: hex.EncodeToString(l.rows.Sum(nil))}); err != nil {
				return err
			}
			s.Tables++
			s.Rows += n
		}
		return nil
	})
	if err != nil {
		return Summary{}, d.unfinished(err)
	}
	s.Digest = hex.EncodeToString(l.whole.Sum(nil))
	if err := errors.Join(l.put(s), z.Close()); err != nil {
		return Summary{}, d.unfinished(err)
	}
	return s, nil
}

// unfinished says that a backup is not whole.
func (d *DB) unfinished(err error) error {
	return wrong(fault.KindOf(err), "backup", fault.Place{Path: d.name}, err)
}

// versions gives the version of each noun's tables.
func (t *Tx) versions(e Engine) ([]version, error) {
	catalogue := `SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'version\_%' ESCAPE '\' ORDER BY name`
	if e == PostgreSQL {
		catalogue = `SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() AND tablename LIKE 'version\_%' ORDER BY tablename::text`
	}
	list := []version{}
	err := t.Each(func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		list = append(list, version{Name: strings.TrimPrefix(name, versionTable(""))})
		return err
	}, catalogue)
	for i := range list {
		if err == nil && !nounName.MatchString(list[i].Name) {
			err = wrong(fault.Invalid, "noun", fault.Place{Field: list[i].Name}, nil)
		}
		if err == nil {
			err = t.Row("SELECT coalesce(max(version_id), 0) FROM " + versionTable(list[i].Name)).Scan(&list[i].Version)
		}
	}
	return list, err
}

// rows gives each row of a table in the order of its key, and how many there are. The
// names come from the catalogue of the engine.
func (t *Tx) rows(table *table, put func([]any) error) (int64, error) {
	names := make([]string, len(table.columns))
	for i, c := range table.columns {
		names[i] = quoted(c.Name)
	}
	key := make([]string, len(table.key))
	for i, c := range table.key {
		key[i] = quoted(c)
	}
	values, to := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		to[i] = &values[i]
	}
	out, n := make([]any, len(names)), int64(0)
	err := t.Each(func(scan func(...any) error) error {
		if err := scan(to...); err != nil {
			return err
		}
		n++
		for i, c := range table.columns {
			v, ok := written(c.Kind, values[i])
			if !ok {
				return wrong(fault.Invalid, "value", fault.Place{Field: table.name + "." + c.Name}, nil, "row", n, "kind", string(c.Kind))
			}
			out[i] = v
		}
		return put(out)
	}, "SELECT "+strings.Join(names, ", ")+" FROM "+quoted(table.name)+" ORDER BY "+strings.Join(key, ", "))
	return n, err
}

// quoted writes a name as SQL does.
func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// written gives a value as it stands in a backup; false when it is not of the column's
// kind.
func written(k kind, value any) (any, bool) {
	if value == nil {
		return nil, true
	}
	switch v := value.(type) {
	case string:
		return v, k == text && utf8.ValidString(v) && !strings.ContainsRune(v, 0)
	case int64:
		if k == truth { // SQLite has no other
			return v == 1, v == 0 || v == 1
		}
		return v, k == integer
	case []byte:
		return append([]byte{}, v...), k == octets // as base64; SQLite gives no bytes as nil
	case bool:
		return v, k == truth
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), k == real && v == v
	}
	return nil, false
}

// Copy writes a SQLite database into a new file that can be opened at once, checks the
// copy and brings it to the disk. A server's database is copied by [DB.Backup].
func (d *DB) Copy(ctx context.Context, path string) error {
	at := fault.Place{Path: path}
	if d.engine != SQLite {
		return wrong(fault.Invalid, "copy", at, nil, "engine", string(d.engine))
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return wrong(fault.Permission, "exists", at, err)
	}
	defer f.Close()
	_, err = d.writing.ExecContext(ctx, "VACUUM INTO $1", path)
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = sound(ctx, path)
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	if err != nil {
		return wrong(kindOf(ctx, err), "backup", at, errors.Join(err, os.Remove(path)))
	}
	return nil
}

// sound has the engine look through a file.
func sound(ctx context.Context, path string) error {
	db, err := openSQLite(ctx, path)
	if err != nil {
		return err
	}
	var said []string
	for _, check := range []string{"PRAGMA integrity_check", "PRAGMA foreign_key_check"} {
		err = errors.Join(err, db.View(ctx, func(t *Tx) error {
			return t.Each(func(scan func(...any) error) error {
				var a, b, c, d any
				if err := scan([]any{&a, &b, &c, &d}[:1+3*strings.Count(check, "foreign")]...); err != nil {
					return err
				}
				said = append(said, fmt.Sprint(a))
				return nil
			}, check)
		}))
	}
	if err = errors.Join(err, db.Close()); err == nil && !slices.Equal(said, []string{"ok"}) {
		err = errors.New(strings.Join(said, "; "))
	}
	return err
}

// syncDir brings the name of a new file to the disk.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
