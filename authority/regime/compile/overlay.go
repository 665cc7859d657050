package compile

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/looser"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// overlay is a file that makes instruments stricter.
type overlay struct {
	tree  *tree
	id    string
	name  paper.Words
	plain paper.Words
	on    []patch
}

// patch is what an overlay changes on some instruments.
type patch struct {
	at      string // "on[0]"
	of      []string
	members map[string]any
}

// overlayOf reads a file with the member "overlay"; nil for any other.
func overlayOf(t *tree) (*overlay, error) {
	id, is := t.members["overlay"].(string)
	if !is {
		return nil, nil
	}
	whole, err := t.paperOf("", "", "", t.members, 0)
	if err != nil {
		return nil, err
	}
	members := whole.(map[string]any)
	o := &overlay{tree: t, id: id}
	delete(members, "overlay")
	if err := paper.ID(id).Check(); err != nil || strings.ContainsAny(id, "/:") {
		return nil, t.wrong("overlay", "overlay", err)
	}
	if err := t.take(members, "name", &o.name); err != nil {
		return nil, err
	}
	if err := t.take(members, "plain", &o.plain); err != nil {
		return nil, err
	}
	if o.name.Check() != nil || o.plain.Check() != nil {
		return nil, t.wrong("name", "plain", nil)
	}
	parts, _ := members["on"].([]any)
	delete(members, "on")
	for _, left := range slices.Sorted(maps.Keys(members)) {
		return nil, t.wrong(left, "overlay", nil)
	}
	for n, part := range parts {
		p := patch{at: "on[" + strconv.Itoa(n) + "]"}
		p.members, _ = part.(map[string]any)
		of, _ := p.members["of"].([]any)
		for _, id := range of {
			text, _ := id.(string)
			p.of = append(p.of, text)
		}
		delete(p.members, "of")
		if len(p.of) == 0 {
			return nil, t.wrong(p.at, "of", nil)
		}
		o.on = append(o.on, p)
	}
	return o, nil
}

// over lays o over each instrument of the book that it names.
func (o *overlay) over(b *Book) ([]*Instrument, error) {
	var made []*Instrument
	done := map[string]bool{}
	for _, p := range o.on {
		for _, id := range p.of {
			base := b.Instrument(paper.ID(id))
			if base == nil || base.Rules.OverlayOf != "" {
				return nil, o.tree.wrong(p.at+".of", "of", nil)
			}
			if done[id] {
				continue // several parts for one instrument are laid over it together
			}
			done[id] = true
			i, err := o.one(base, id)
			if err != nil {
				return nil, err
			}
			made = append(made, i)
		}
	}
	return made, nil
}

// one makes the stricter instrument: the members of the base with every patch that
// names it.
func (o *overlay) one(base *Instrument, id string) (*Instrument, error) {
	raw := copied(base.raw).(map[string]any)
	last := ""
	for _, p := range o.on {
		if slices.Contains(p.of, id) {
			merge(raw, copied(p.members).(map[string]any))
			last = p.at
		}
	}
	name := base.Rules.Name
	raw["id"], raw["overlay_of"] = id+"/"+o.id, id
	raw["name"] = map[string]any{"en": name.EN + " – " + o.name.EN, "ja": name.JA + "（" + o.name.JA + "）"}
	complete(raw)
	i := &Instrument{Path: o.tree.path, tree: o.tree, raw: raw, House: base.House, Label: base.Label,
		Plain: paper.Words{EN: o.plain.EN + " " + base.Plain.EN, JA: o.plain.JA + base.Plain.JA}}
	if err := i.finish(); err != nil {
		return nil, o.placed(err, last)
	}
	if at, loose := looser.Than(base.Rules, i.Rules); loose {
		return nil, o.placed(o.tree.wrong(at, "loose", nil, "of", id), last)
	}
	return i, nil
}

var member = regexp.MustCompile(`^[a-z_]+`)

// placed puts an error about merged rules at the patch that made them.
func (o *overlay) placed(err error, at string) error {
	f, ok := err.(*fault.Error)
	if !ok || f.Place.Line != 0 {
		return err
	}
	field := f.Place.Field
	f.Place = o.tree.at(under(at, member.FindString(field)))
	f.Place.Field = field
	return f
}

// merge lays the members of patch over those of base. Lists of tables are told by id,
// role or body; a table without one is added.
func merge(base, patch map[string]any) {
	for k, v := range patch {
		switch v := v.(type) {
		case map[string]any:
			if old, ok := base[k].(map[string]any); ok && v["mark"] == nil && !forbids(v) {
				merge(old, v)
				continue
			}
			base[k] = v
		case []any:
			old, _ := base[k].([]any)
			base[k] = mergeList(old, v)
		default:
			base[k] = v
		}
	}
}

// forbids says whether a table does away with what it is about: nothing of it is left.
func forbids(table map[string]any) bool {
	allowed, _ := table["allowed"].(map[string]any)
	return allowed["value"] == false
}

func mergeList(base, patch []any) []any {
	if !slices.ContainsFunc(patch, func(x any) bool { _, is := x.(map[string]any); return is }) {
		return patch
	}
	for _, x := range patch {
		table, _ := x.(map[string]any)
		at := slices.IndexFunc(base, func(y any) bool {
			old, _ := y.(map[string]any)
			return old != nil && name(old) != "" && name(old) == name(table)
		})
		if at < 0 {
			base = append(base, x)
			continue
		}
		merge(base[at].(map[string]any), table)
	}
	return base
}

// name is what a table of a list is told by.
func name(table map[string]any) string {
	for _, key := range []string{"id", "role", "with"} {
		if s, ok := table[key].(string); ok {
			return key + ":" + s
		}
	}
	return ""
}

func copied(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, x := range v {
			out[k] = copied(x)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = copied(x)
		}
		return out
	}
	return v
}
