package conf

import (
	"bytes"
	"encoding"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/noroshi-acd/noroshi/internal/i18n"
)

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
		if err := table(&b, l, s.Name, reflect.ValueOf(s.Value).Elem()); err != nil {
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
	for line := range strings.SplitSeq(i18n.Say(l, key), "\n") {
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

// textual is the interface of values that read themselves from text.
func textual() reflect.Type { return reflect.TypeFor[encoding.TextUnmarshaler]() }

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

// Duration is a length of time that the file writes as "90s", "4h" or "1h30m".
type Duration time.Duration

// UnmarshalText reads a duration as [time.ParseDuration] does.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("want a length of time such as \"90s\" or \"4h\", got %q", text)
	}
	*d = Duration(v)
	return nil
}

// MarshalText writes what UnmarshalText reads.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }
