package compare

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
)

// deepest is how deep objects and lists of a file may lie inside one another.
const deepest = paper.MaxDepth

// ReadRequest reads a request that people have written: members in any order, sets in any
// order, a finding's "text" in the place of the number of its words, and empty lists left
// out. What is unknown, stands twice or is null is refused. Errors name the member.
func ReadRequest(data []byte) (*rules.Request, error) {
	members, err := object(data)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"articles", "consultations", "directions", "effects", "findings"} {
		fill(members, name, []any{})
	}
	tidy("", members)
	q := new(rules.Request)
	return q, into(members, q)
}

// ReadCase reads a case, likewise.
func ReadCase(data []byte) (*Case, error) {
	members, err := object(data)
	if err != nil {
		return nil, err
	}
	instruments := members["instruments"] // the order of the columns is the reader's
	for _, name := range []string{"consultations", "data_classes", "directions", "effects", "findings", "kinds", "purposes"} {
		fill(members, name, []any{})
	}
	for _, name := range []string{"kinds", "data_classes", "purposes"} { // in the order of preference
		members[name] = keptOrder{members[name]}
	}
	members["instruments"] = keptOrder{instruments}
	tidy("", members)
	c := new(Case)
	return c, into(members, c)
}

// Members gives the names of the members of an object; nil when data is none.
func Members(data []byte) []string {
	members, err := object(data)
	if err != nil {
		return nil
	}
	var names []string
	for name := range members {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// keptOrder is a list whose order means something.
type keptOrder struct{ list any }

func into(members map[string]any, v any) error {
	data, err := paper.Marshal(members)
	if err == nil {
		err = paper.Unmarshal(data, v)
	}
	var p *paper.Error
	if errors.As(err, &p) {
		plain := *p
		plain.Offset = -1 // of a text that nobody has seen
		return &plain
	}
	return err
}

func fill(members map[string]any, name string, v any) {
	if _, ok := members[name]; !ok {
		members[name] = v
	}
}

// tidy puts sets in order and counts the words of texts.
func tidy(name string, v any) {
	switch v := v.(type) {
	case map[string]any:
		if text, ok := v["text"].(string); ok && name == "findings" {
			delete(v, "text")
			fill(v, "words", rules.CountWords(text))
		}
		if name == "findings" {
			fill(v, "evidence", []any{})
			fill(v, "words", int64(0))
		}
		for k, x := range v {
			if kept, ok := x.(keptOrder); ok {
				v[k] = kept.list
				continue
			}
			if x == false || x == "" { // on paper, what is not there says so
				delete(v, k)
				continue
			}
			tidy(k, x)
		}
	case []any:
		for _, x := range v {
			tidy(name, x)
		}
		slices.SortStableFunc(v, func(a, b any) int { return strings.Compare(key(a), key(b)) })
	}
}

// key is what an element of a set is ordered by.
func key(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case map[string]any:
		for _, name := range []string{"condition", "risk"} {
			if s, ok := v[name].(string); ok {
				return s
			}
		}
	}
	return ""
}

// object reads one object of JSON in any spelling.
func object(data []byte) (map[string]any, error) {
	if len(data) > paper.MaxSize {
		return nil, fmt.Errorf("a file has at most %d bytes", paper.MaxSize)
	}
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	d.UseNumber()
	v, err := value(d, "", 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something stands behind the object")
	}
	members, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("an object must stand here")
	}
	return members, nil
}

// value reads one value; at is its place.
func value(d *json.Decoder, at string, depth int) (any, error) {
	if depth > deepest {
		return nil, fmt.Errorf("%s: objects and lists lie more than %d deep", at, deepest)
	}
	t, err := d.Token()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", at, err)
	}
	switch t := t.(type) {
	case json.Delim:
		if t == '{' {
			return members(d, at, depth)
		}
		return list(d, at, depth)
	case json.Number:
		n, err := strconv.ParseInt(t.String(), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %s is no whole number", at, clip(t.String()))
		}
		return n, nil
	case nil:
		return nil, fmt.Errorf("%s: null says nothing; leave the member out", at)
	}
	return t, nil
}

func members(d *json.Decoder, at string, depth int) (any, error) {
	out := map[string]any{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", at, err)
		}
		name, _ := t.(string)
		below := strings.TrimPrefix(at+"."+clip(name), ".")
		if _, twice := out[name]; twice {
			return nil, fmt.Errorf("%s stands twice", below)
		}
		if out[name], err = value(d, below, depth+1); err != nil {
			return nil, err
		}
	}
	_, err := d.Token()
	return out, err
}

func list(d *json.Decoder, at string, depth int) (any, error) {
	out := []any{}
	for d.More() {
		v, err := value(d, at+"["+strconv.Itoa(len(out))+"]", depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	_, err := d.Token()
	return out, err
}

// clip shortens hostile text for a message.
func clip(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}
