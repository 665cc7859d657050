package store

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/store/backup"
)

// kindOfType gives the kind of a column's declared type, as either engine tells it; ""
// for what is not portable.
func kindOfType(declared string) backup.Kind {
	switch strings.ToLower(declared) {
	case "text":
		return backup.Text
	case "bigint":
		return backup.Integer
	case "bytea":
		return backup.Bytes
	case "boolean":
		return backup.Boolean
	case "double precision":
		return backup.Real
	}
	return ""
}

// table is one table of a noun.
type table struct {
	name    string
	columns []backup.Column // in the order of their names
	key     []string        // columns of the primary key
	refers  []string        // other tables that its foreign keys lead to
}

// noun is the name of the noun that the table belongs to.
func (t *table) noun() string {
	name, _, _ := strings.Cut(t.name, "_")
	return name
}

// tables reads the schema: every table of a noun, those that others refer to first.
func (t *Tx) tables(e Engine) ([]*table, error) {
	columns, keys, references := sqliteColumns, sqliteKeys, sqliteReferences
	if e == PostgreSQL {
		columns, keys, references = serverColumns, serverKeys, serverReferences
	}
	by := map[string]*table{}
	var list []*table
	get := func(name string) *table {
		if by[name] == nil {
			by[name] = &table{name: name}
			list = append(list, by[name])
		}
		return by[name]
	}
	err := t.Each(func(scan func(...any) error) error {
		var name, column0, declared string
		if err := scan(&name, &column0, &declared); err != nil {
			return err
		}
		owner := get(name)
		owner.columns = append(owner.columns, backup.Column{Name: column0, Kind: kindOfType(declared)})
		return nil
	}, columns)
	if err != nil {
		return nil, err
	}
	pairs := func(query string, note func(*table, string)) error {
		return t.Each(func(scan func(...any) error) error {
			var name, what string
			if err := scan(&name, &what); err != nil {
				return err
			}
			note(get(name), what)
			return nil
		}, query)
	}
	if err := pairs(keys, func(t *table, c string) { t.key = append(t.key, c) }); err != nil {
		return nil, err
	}
	err = pairs(references, func(t *table, other string) {
		if other != t.name && !slices.Contains(t.refers, other) {
			t.refers = append(t.refers, other)
		}
	})
	slices.SortFunc(list, func(a, b *table) int { return cmp.Compare(a.name, b.name) })
	return parentsFirst(list), err
}

// The catalogues of the engines: table and column and type; table and column of the
// primary key in its order; table and the table it refers to. goose's own tables, whose
// names begin with version_, are left out.
const (
	sqliteColumns = `SELECT t.name, c.name, c.type FROM sqlite_schema t, pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\' AND t.name NOT LIKE 'version\_%' ESCAPE '\' ORDER BY t.name, c.name`
	sqliteKeys = `SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\' AND t.name NOT LIKE 'version\_%' ESCAPE '\' AND c.pk > 0 ORDER BY t.name, c.pk`
	sqliteReferences = `SELECT t.name, f."table" FROM sqlite_schema t, pragma_foreign_key_list(t.name) f
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\' AND t.name NOT LIKE 'version\_%' ESCAPE '\' ORDER BY t.name, f."table"`
	serverColumns = `SELECT c.table_name::text, c.column_name::text, c.data_type::text FROM information_schema.columns c
		JOIN pg_tables t ON t.schemaname = c.table_schema AND t.tablename = c.table_name
		WHERE c.table_schema = current_schema() AND c.table_name NOT LIKE 'version\_%' ORDER BY c.table_name::text, c.column_name::text`
	serverKeys = `SELECT c.relname::text, a.attname::text FROM pg_index i
		JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey::int2[])
		WHERE i.indisprimary AND n.nspname = current_schema() AND c.relname NOT LIKE 'version\_%'
		ORDER BY c.relname::text, array_position(i.indkey::int2[], a.attnum)`
	serverReferences = `SELECT c.relname::text, o.relname::text FROM pg_constraint f
		JOIN pg_class c ON c.oid = f.conrelid JOIN pg_class o ON o.oid = f.confrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE f.contype = 'f' AND n.nspname = current_schema() ORDER BY c.relname::text, o.relname::text`
)

// parentsFirst puts what is referred to before what refers, by name among equals. Of
// tables that refer to one another in a ring, those that are left stay out of order;
// portableTables refuses them.
func parentsFirst(list []*table) []*table {
	out := make([]*table, 0, len(list))
	placed := map[string]bool{}
	for len(out) < len(list) {
		before := len(out)
		for _, t := range list {
			ready := !placed[t.name] && !slices.ContainsFunc(t.refers, func(o string) bool { return !placed[o] })
			if ready {
				out, placed[t.name] = append(out, t), true
			}
		}
		if len(out) == before { // a ring
			for _, t := range list {
				if !placed[t.name] {
					out, placed[t.name] = append(out, t), true
				}
			}
		}
	}
	return out
}

// portableTables refuses tables that the other engine would keep differently, or that
// no backup could carry.
func (d *DB) portableTables(ctx context.Context) error {
	return d.View(ctx, func(t *Tx) error {
		list, err := t.tables(d.engine)
		if err != nil {
			return err
		}
		nouns, err := t.versions(d.engine)
		if err != nil {
			return err
		}
		placed := map[string]bool{}
		for _, table := range list {
			at := fault.Place{Path: d.name, Field: table.name}
			if !slices.ContainsFunc(nouns, func(v backup.Version) bool { return v.Name == table.noun() }) {
				return wrong(fault.Invalid, "stray", at, nil)
			}
			if len(table.key) == 0 {
				return wrong(fault.Invalid, "keyless", at, nil)
			}
			for _, c := range table.columns {
				if c.Kind == "" {
					at.Field += "." + c.Name
					return wrong(fault.Invalid, "column", at, nil)
				}
			}
			for _, other := range table.refers {
				if !placed[other] {
					return wrong(fault.Invalid, "ring", at, nil, "other", other)
				}
			}
			placed[table.name] = true
		}
		return nil
	})
}
