package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/store/backup"
)

// Backup writes everything that nouns keep, as it stood at one instant, to w, and says
// what it wrote. Others go on reading and writing meanwhile. Who reads w can read
// everything: keep it as well as the database. What was disposed of before is not in it.
func (d *DB) Backup(ctx context.Context, w io.Writer) (backup.Summary, error) {
	var sum backup.Summary
	err := d.once(ctx, d.reading, d.snapshot(), func(t *Tx) error {
		h := backup.Head{At: time.Now().UTC().Format(time.RFC3339), Engine: string(d.engine)}
		var err error
		if h.Nouns, err = t.versions(d.engine); err != nil {
			return err
		}
		out, err := backup.NewWriter(w, h)
		if err != nil {
			return err
		}
		list, err := t.tables(d.engine)
		if err != nil {
			return err
		}
		for _, table := range list {
			if _, _, err := t.write(out, table); err != nil {
				return err
			}
		}
		sum, err = out.Close()
		return err
	})
	if err != nil {
		return backup.Summary{}, wrong(kindOf(ctx, err), "backup", fault.Place{Path: d.name}, err)
	}
	return sum, nil
}

// versions gives the version of each noun's tables.
func (t *Tx) versions(e Engine) ([]backup.Version, error) {
	catalogue := `SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'version\_%' ESCAPE '\' ORDER BY name`
	if e == PostgreSQL {
		catalogue = `SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() AND tablename LIKE 'version\_%' ORDER BY tablename::text`
	}
	list := []backup.Version{}
	err := t.Each(func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		list = append(list, backup.Version{Name: strings.TrimPrefix(name, versionTable(""))})
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

// write writes a table, its rows in the order of its key, and gives how many there are
// and their digest. The names come from the catalogue of the engine.
func (t *Tx) write(out *backup.Writer, table *table) (int64, string, error) {
	if err := out.Table(backup.Table{Name: table.name, Columns: table.columns}); err != nil {
		return 0, "", err
	}
	names, key := make([]string, len(table.columns)), make([]string, len(table.key))
	for i, c := range table.columns {
		names[i] = quoted(c.Name)
	}
	for i, c := range table.key {
		key[i] = quoted(c)
	}
	values, to, row := make([]any, len(names)), make([]any, len(names)), make([]any, len(names))
	for i := range values {
		to[i] = &values[i]
	}
	n := 0
	err := t.Each(func(scan func(...any) error) error {
		if err := scan(to...); err != nil {
			return err
		}
		n++
		for i, c := range table.columns {
			v, ok := backup.Written(c.Kind, values[i])
			if !ok {
				return wrong(fault.Invalid, "value", fault.Place{Field: table.name + "." + c.Name}, nil, "row", n, "kind", string(c.Kind))
			}
			row[i] = v
		}
		return out.Row(row)
	}, "SELECT "+strings.Join(names, ", ")+" FROM "+quoted(table.name)+" ORDER BY "+strings.Join(key, ", "))
	if err != nil {
		return 0, "", err
	}
	return out.End()
}

// quoted writes a name as SQL does.
func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

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

// sound has the engine look through a file: its structure, and its references.
func sound(ctx context.Context, path string) error {
	db, err := openSQLite(ctx, path)
	if err != nil {
		return err
	}
	var said []string
	err = db.View(ctx, func(t *Tx) error {
		said = nil
		if err := t.Each(func(scan func(...any) error) error {
			var s string
			err := scan(&s)
			said = append(said, s)
			return err
		}, "PRAGMA integrity_check"); err != nil {
			return err
		}
		return t.Each(func(scan func(...any) error) error {
			var table, row, parent, id any
			err := scan(&table, &row, &parent, &id)
			said = append(said, fmt.Sprintf("%v: row %v refers to nothing in %v", table, row, parent))
			return err
		}, "PRAGMA foreign_key_check")
	})
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
