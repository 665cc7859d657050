package draft

import (
	"cmp"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/criteria"
)

// Nonce makes the nonce of a paper from random.
func Nonce(random io.Reader) (string, error) {
	b := make([]byte, 32)
	_, err := io.ReadFull(random, b)
	return hex.EncodeToString(b), err
}

// Warrant makes a first warrant. Root, profile and nonce are filled in, and where they
// are not written: the path (ordinary), the kind (when the instrument has one), the
// beginning (now), the end (by "lasts"), the logs' origin, and what is none or nothing.
func (d *Draft) Warrant(v *trust.View, profiles map[paper.Digest]*regime.Profile, random io.Reader) (*warrant.Warrant, error) {
	m := d.members
	for _, name := range []string{"root", "root_kind", "nonce", "parent"} {
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
	m["root"], m["root_kind"], m["nonce"] = string(v.Name()), string(v.Kind()), nonce
	d.fill(m, "profile", string(digest))
	d.fill(m, "path", string(warrant.Ordinary))
	d.fill(m, "not_before", d.now.String())
	if len(profile.Kinds) == 1 {
		d.fill(m, "kind", string(profile.Kinds[0]))
	}
	if err := d.end(m, "not_before", "not_after"); err != nil {
		return nil, err
	}
	for _, name := range []string{"articles", "conditions", "people"} {
		d.fill(m, name, []any{})
	}
	d.fill(m, "scope", map[string]any{})
	if scope, ok := m["scope"].(map[string]any); ok {
		d.scope(scope)
	}
	for _, name := range []string{"application", "decision"} {
		if entry, ok := m[name].(map[string]any); ok {
			d.fill(entry, "origin", decisions(v))
		}
	}
	w := new(warrant.Warrant)
	if err := d.paper(w); err != nil {
		return nil, err
	}
	return w, d.tidy(w)
}

// inForce finds the profile of an instrument that the root has in force.
func inForce(v *trust.View, profiles map[paper.Digest]*regime.Profile, instrument paper.ID, at paper.Time) (paper.Digest, *regime.Profile) {
	for digest, p := range profiles {
		if p.Instrument == instrument && v.Profile(digest, at) == nil {
			return digest, p
		}
	}
	return "", nil
}

// decisions is the origin of the log of decisions when there is one alone.
func decisions(v *trust.View) string {
	var found []string
	for _, g := range v.Logs() {
		if g.Duty == trust.Decisions {
			found = append(found, g.Origin)
		}
	}
	if len(found) != 1 {
		return ""
	}
	return found[0]
}

// end puts the end of a span from its beginning and "lasts".
func (d *Draft) end(m map[string]any, from, to string) error {
	long, ok, err := d.lasts(m, "lasts")
	if err != nil || !ok {
		return err
	}
	if _, both := m[to]; both {
		return wrong("twice", d.at(to), nil)
	}
	text, _ := m[from].(string)
	start, err := paper.ParseTime(text)
	if err != nil {
		return wrong("instant", d.at(from), nil, "text", text)
	}
	m[to] = start.Add(long.Truncate(time.Second)).String()
	return nil
}

func (d *Draft) scope(scope map[string]any) {
	for _, name := range []string{"directions", "effects", "links", "targets"} {
		d.fill(scope, name, []any{})
	}
	for _, name := range []string{"max_bytes", "max_records", "max_targets", "max_uses", "memory_s"} {
		d.fill(scope, name, int64(0))
	}
}

// tidy brings lists into their order and the criteria into their one spelling.
func (d *Draft) tidy(w *warrant.Warrant) error {
	s := &w.Scope
	if s.Criteria != "" {
		c, err := criteria.Parse(s.Criteria)
		if err != nil {
			return wrong("criteria", d.at("scope.criteria"), err)
		}
		s.Criteria = c.String()
	}
	slices.Sort(w.Articles)
	slices.Sort(s.Directions)
	slices.Sort(s.Effects)
	for i := range w.Conditions {
		slices.Sort(w.Conditions[i].Evidence)
	}
	slices.SortFunc(w.Conditions, func(a, b warrant.Condition) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(w.People, func(a, b warrant.Person) int {
		return cmp.Compare(string(a.Person)+" "+string(a.Duty), string(b.Person)+" "+string(b.Duty))
	})
	slices.SortFunc(s.Links, func(a, b warrant.Link) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(s.Targets, func(a, b warrant.Target) int { return cmp.Compare(targetKey(a), targetKey(b)) })
	return nil
}

func targetKey(t warrant.Target) string {
	return strings.Join([]string{string(t.Kind), t.Value, t.Path, string(t.Hash), string(t.Consent)}, "\x00")
}

// Narrow changes a child by a draft that names only what is to be less: any of scope,
// not_before, not_after (or lasts), people, articles. Whether the result is narrower is for
// [warrant.Narrow] to say.
func (d *Draft) Narrow(child *warrant.Warrant) error {
	for name := range d.members {
		if !slices.Contains([]string{"scope", "not_before", "not_after", "lasts", "people"}, name) {
			return wrong("narrow", d.at(name), nil)
		}
	}
	whole, err := asMembers(child)
	if err != nil {
		return err
	}
	if _, ok := d.members["lasts"]; ok {
		d.fill(d.members, "not_before", whole["not_before"])
	}
	if err := d.end(d.members, "not_before", "not_after"); err != nil {
		return err
	}
	d.over(whole)
	next := new(warrant.Warrant)
	if err := d.paper(next); err != nil {
		return err
	}
	*child = *next
	return d.tidy(child)
}

// asMembers gives a paper as the members that it is written with.
func asMembers(v any) (map[string]any, error) {
	text, err := paper.Marshal(v)
	if err != nil {
		return nil, err
	}
	var m any
	if err := paper.Unmarshal(text, &m); err != nil {
		return nil, err
	}
	return m.(map[string]any), nil
}

// Faults notes what a warrant would be refused for once its locks have signed it: what
// it lacks by itself and against the profile. Signatures, liveness and use are not
// looked at.
func Faults(chain []*paper.Envelope, v *trust.View, profiles func(paper.Digest) *regime.Profile, at paper.Time) []unmet.Unmet {
	_, list := warrant.Check(warrant.Input{Chain: chain, View: v, Profiles: profiles, Clock: warrant.Clock{Earliest: at, Latest: at}, Start: true, Urgents: &warrant.UrgentCount{}})
	return slices.DeleteFunc(list, func(u unmet.Unmet) bool {
		return !strings.HasPrefix(u.Place, "chain") || u.Code == "lock" || u.Code == "not-yet" || u.Code == "holder-signature"
	})
}
