package draft

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant"
)

// Application makes an application. Root, profile, rules and nonce are filled in, and
// where they are not written: the time (now), the path (ordinary), the kind (when the
// instrument has one), the articles (the profile's), the beginning (now), the end (by
// "lasts"), and what is none or nothing. A piece of evidence may be written as
// { class, file }: its digest and name are then those of the file.
func (d *Draft) Application(v *trust.View, profiles map[paper.Digest]*regime.Profile, previous *application.Previous, random io.Reader) (*application.Application, error) {
	m := d.members
	for _, name := range []string{"root", "root_kind", "nonce", "previous", "rules"} {
		if _, ok := m[name]; ok {
			return nil, wrong("ours", d.at(name), nil)
		}
	}
	instrument, _ := m["instrument"].(string)
	digest, profile := inForce(v, profiles, paper.ID(instrument), d.now)
	if profile == nil {
		return nil, wrong("profile", d.at("instrument"), nil, "instrument", instrument)
	}
	nonce, err := Nonce(random)
	if err != nil {
		return nil, err
	}
	m["root"], m["root_kind"], m["nonce"], m["rules"] = string(v.Name()), string(v.Kind()), nonce, string(profile.Rules)
	if previous != nil {
		m["previous"] = map[string]any{"digest": string(previous.Digest), "reason": previous.Reason}
	}
	d.fill(m, "profile", string(digest))
	d.fill(m, "at", d.now.String())
	d.fill(m, "path", string(warrant.Ordinary))
	d.fill(m, "from", d.now.String())
	if len(profile.Kinds) == 1 {
		d.fill(m, "kind", string(profile.Kinds[0]))
	}
	if err := d.end(m, "from", "until"); err != nil {
		return nil, err
	}
	articles := []any{}
	for _, a := range profile.Articles {
		articles = append(articles, a)
	}
	d.fill(m, "articles", articles)
	for _, name := range []string{"consultations", "findings", "people"} {
		d.fill(m, name, []any{})
	}
	d.fill(m, "scope", map[string]any{})
	if scope, ok := m["scope"].(map[string]any); ok {
		d.scope(scope)
	}
	if err := d.findings(); err != nil {
		return nil, err
	}
	people, _ := m["people"].([]any)
	order(people, "person", "duty")
	asked, _ := m["consultations"].([]any)
	order(asked, "role", "mode", "at")
	if articles, ok := m["articles"].([]any); ok {
		slices.SortFunc(articles, func(x, y any) int { return cmp.Compare(fmt.Sprint(x), fmt.Sprint(y)) })
	}
	a := new(application.Application)
	if err := d.paper(a); err != nil {
		return nil, err
	}
	return a, d.arrange(a)
}

// findings fills in what evidence follows from its file.
func (d *Draft) findings() error {
	list, _ := d.members["findings"].([]any)
	for _, f := range list {
		finding, ok := f.(map[string]any)
		if !ok {
			continue
		}
		d.fill(finding, "text", "")
		d.fill(finding, "evidence", []any{})
		pieces, _ := finding["evidence"].([]any)
		for _, p := range pieces {
			piece, ok := p.(map[string]any)
			if !ok {
				continue
			}
			if name, ok := piece["file"].(string); ok {
				delete(piece, "file")
				digest, err := d.digest("findings.evidence", "file", name)
				if err != nil {
					return err
				}
				piece["digest"] = digest
				d.fill(piece, "name", name)
			}
		}
		order(pieces, "digest")
		grades, _ := finding["grades"].([]any)
		order(grades, "risk")
	}
	order(list, "condition")
	return nil
}

// order brings tables into the order of some of their members.
func order(list []any, members ...string) {
	key := func(x any) (text string) {
		table, _ := x.(map[string]any)
		for _, m := range members {
			part, _ := table[m].(string)
			text += part + " "
		}
		return text
	}
	slices.SortStableFunc(list, func(x, y any) int { return cmp.Compare(key(x), key(y)) })
}

// arrange brings lists into their order and the criteria into their one spelling.
func (d *Draft) arrange(a *application.Application) error {
	w := &warrant.Warrant{Articles: a.Articles, Conditions: []warrant.Condition{}, People: a.People, Scope: a.Scope}
	if err := d.tidy(w); err != nil {
		return err
	}
	a.Articles, a.People, a.Scope = w.Articles, w.People, w.Scope
	return nil
}

// Grant narrows what is asked by a draft that names only what is to be less: any of
// scope, from, until (or lasts), and the conditions to be kept. Whether the result is
// narrower is for [decision.Within] to say.
func (d *Draft) Grant(a *application.Application) (*decision.Grant, error) {
	for name := range d.members {
		if !slices.Contains([]string{"scope", "from", "until", "lasts", "conditions"}, name) {
			return nil, wrong("narrow", d.at(name), nil)
		}
	}
	whole, err := asMembers(decision.Whole(a))
	if err != nil {
		return nil, err
	}
	if _, ok := d.members["lasts"]; ok {
		d.fill(d.members, "from", whole["from"])
	}
	if err := d.end(d.members, "from", "until"); err != nil {
		return nil, err
	}
	d.over(whole)
	g := new(decision.Grant)
	if err := d.paper(g); err != nil {
		return nil, err
	}
	w := &warrant.Warrant{Scope: g.Scope}
	if err := d.tidy(w); err != nil {
		return nil, err
	}
	g.Scope = w.Scope
	slices.SortFunc(g.Conditions, func(x, y decision.Condition) int { return cmp.Compare(x.ID, y.ID) })
	return g, nil
}

// over puts the members of the draft over those of a whole paper.
func (d *Draft) over(whole map[string]any) {
	for name, v := range d.members {
		inner, ok := v.(map[string]any)
		old, both := whole[name].(map[string]any)
		if !ok || !both {
			whole[name] = v
			continue
		}
		for k, x := range inner {
			old[k] = x
		}
	}
	d.members = whole
}

// Into reads the draft as the paper that v points to; given members are filled in, and a
// draft that writes one of them itself is refused.
func (d *Draft) Into(v any, given, missing map[string]any) error {
	for name, x := range given {
		if _, ok := d.members[name]; ok {
			return wrong("ours", d.at(name), nil)
		}
		d.members[name] = x
	}
	for name, x := range missing {
		d.fill(d.members, name, x)
	}
	return d.paper(v)
}
