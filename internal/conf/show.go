package conf

import (
	"bytes"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// columns is how wide the sentences of Show are at most.
const columns = 88

// Show writes the values in force as a configuration file, each with the sentence
// that explains it in language l. What Show writes, Load reads back to the same
// values.
func Show(w io.Writer, l i18n.Lang, sections ...Section) error {
	var b bytes.Buffer
	for i, s := range sections {
		if i > 0 {
			b.WriteByte('\n')
		}
		comment(&b, l, s.Say)
		if err := table(&b, l, s.Name, formOf(s).filled().Elem()); err != nil {
			return fmt.Errorf("showing section %s: %w", s.Name, err)
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

func comment(b *bytes.Buffer, l i18n.Lang, key string) {
	if key == "" {
		return
	}
	for _, line := range i18n.Wrap(i18n.Say(l, key), columns-2) {
		b.WriteString("# " + line + "\n")
	}
}

// table writes the values of a struct, then its tables, as TOML wants it.
func table(b *bytes.Buffer, l i18n.Lang, name string, v reflect.Value) error {
	fmt.Fprintf(b, "[%s]\n", name)
	t := v.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		if isTable(f.Type) {
			continue
		}
		comment(b, l, f.Tag.Get("say"))
		text, err := toml.Marshal(map[string]any{f.Tag.Get("toml"): v.Field(i).Interface()})
		if err != nil {
			return err
		}
		b.Write(text)
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if !isTable(f.Type) {
			continue
		}
		b.WriteByte('\n')
		comment(b, l, f.Tag.Get("say"))
		if err := table(b, l, name+"."+f.Tag.Get("toml"), v.Field(i)); err != nil {
			return err
		}
	}
	return nil
}

// lineOf finds the line of a dotted key in text, 0 when it is not there (then the
// value is the default). It knows tables and plain keys, which is how people write
// and how Show writes; for other ways of writing it finds nothing.
func lineOf(text []byte, key string) int64 {
	in := ""
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			in = strings.Trim(strings.Split(line, "]")[0], "[ ") + "."
			continue
		}
		name, _, found := strings.Cut(line, "=")
		if found && in+strings.TrimSpace(name) == key {
			return int64(i + 1)
		}
	}
	return 0
}

// written is d as one would write it in the file: "6h", not "6h0m0s".
func written(d time.Duration) string {
	text := d.String()
	if short, ok := strings.CutSuffix(text, "m0s"); ok {
		text = short + "m"
	}
	if short, ok := strings.CutSuffix(text, "h0m"); ok {
		text = short + "h"
	}
	return text
}
