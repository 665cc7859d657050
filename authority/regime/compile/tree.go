package compile

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Limits of a file.
const (
	maxFile = 256 << 10 // bytes
	deepest = 16        // tables and lists inside one another
)

// tree is a file as it was written, with the lines of its keys.
type tree struct {
	path    string
	members map[string]any
	lines   map[string]int64 // "conditions[2].unmet.en" → line
}

// parse reads a file.
func parse(path string, data []byte) (*tree, error) {
	t := &tree{path: path, members: map[string]any{}, lines: map[string]int64{}}
	if len(data) > maxFile {
		return nil, t.wrong("", "large", nil)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if err := toml.Unmarshal(data, &t.members); err != nil {
		at := fault.Place{Path: path, Offset: -1}
		var bad *toml.DecodeError
		if errors.As(err, &bad) {
			line, _ := bad.Position()
			at.Line, at.Field = int64(line), strings.Join(bad.Key(), ".")
		}
		return nil, problem(at, "toml", err)
	}
	t.locate(data)
	return t, nil
}

// locate notes the line of each key. data has been decoded before, so it is well formed.
func (t *tree) locate(data []byte) {
	var p unstable.Parser
	p.Reset(data)
	counts := map[string]int{}
	table := ""
	line, at := int64(1), 0 // expressions come in order: lines are counted once
	for p.NextExpression() {
		e := p.Expression()
		var parts []string
		start := -1
		for key := e.Key(); key.Next(); {
			node := key.Node()
			if start < 0 {
				start = int(node.Raw.Offset)
			}
			parts = append(parts, string(node.Data))
		}
		if start < 0 {
			continue
		}
		if start > at {
			line += int64(bytes.Count(data[at:start], []byte("\n")))
			at = start
		}
		switch e.Kind {
		case unstable.ArrayTable:
			name := resolve(parts[:len(parts)-1], counts) + parts[len(parts)-1]
			table = name + "[" + strconv.Itoa(counts[name]) + "]"
			counts[name]++
			t.note(table, line)
		case unstable.Table:
			table = resolve(parts[:len(parts)-1], counts) + parts[len(parts)-1]
			if n := counts[table]; n > 0 {
				table += "[" + strconv.Itoa(n-1) + "]"
			}
			t.note(table, line)
		case unstable.KeyValue:
			t.note(under(table, strings.Join(parts, ".")), line)
		}
	}
}

// resolve puts the index of the last element behind each part that is a list of tables.
func resolve(parts []string, counts map[string]int) string {
	path := ""
	for _, p := range parts {
		path += p
		if n := counts[path]; n > 0 {
			path += "[" + strconv.Itoa(n-1) + "]"
		}
		path += "."
	}
	return path
}

func (t *tree) note(key string, line int64) {
	if _, there := t.lines[key]; !there {
		t.lines[key] = line
	}
}

// under puts a key below another.
func under(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// at is the place of a key: its own line, else that of the nearest above it.
func (t *tree) at(field string) fault.Place {
	p := fault.Place{Path: t.path, Offset: -1, Field: field}
	for key := field; key != ""; {
		if line, ok := t.lines[key]; ok {
			p.Line = line
			break
		}
		cut := max(strings.LastIndexByte(key, '.'), strings.LastIndexByte(key, '['))
		key = key[:max(cut, 0)]
	}
	return p
}

// wrong is an error about a key; what says which one.
func (t *tree) wrong(field, what string, cause error, args ...any) error {
	return problem(t.at(field), what, cause, args...)
}

func problem(at fault.Place, what string, cause error, args ...any) error {
	kind := fault.Invalid
	if what == "large" || what == "deep" {
		kind = fault.Limit
	}
	return fault.Said(fault.Error{Kind: kind, Place: at, Err: cause}, i18n.Both("compile.op"), i18n.Both("compile.wrong."+what, args...), i18n.Both("compile.hint."+what, args...))
}
