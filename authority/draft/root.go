package draft

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/shelf"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/internal/keyfile"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Root is a version of a trust root with the profiles that it brings.
type Root struct {
	trust.Root
	Profiles map[paper.Digest]*regime.Profile
}

// Root makes a version of the trust root. Without before it is the first; else it
// follows the view before, whose bodies keep their keys as they are. Where they are not
// written, filled in are: name, kind, bodies and all else of the version before, the
// issue (now), the end (by "lasts"), the time of keys (that of the version), the
// notice (of a state 7 days, of a private root one, of a lab none), the verifier keys of logs and witnesses that are given as "key:FILE".
func (d *Draft) Root(before *trust.View, last *trust.Root) (*Root, error) {
	m := d.members
	for _, name := range []string{"version", "previous"} {
		if _, ok := m[name]; ok {
			return nil, wrong("ours", d.at(name), nil)
		}
	}
	if err := d.carry(before, last); err != nil {
		return nil, err
	}
	d.fill(m, "issued", d.now.String())
	if err := d.end(m, "issued", "expires"); err != nil {
		return nil, err
	}
	if m["expires"] == nil {
		return nil, wrong("endless", d.at("lasts"), nil)
	}
	for _, name := range []string{"profiles", "urgent", "logs"} {
		d.fill(m, name, []any{})
	}
	if err := d.durations(m); err != nil {
		return nil, err
	}
	d.notice(m)
	r := &Root{Profiles: map[paper.Digest]*regime.Profile{}}
	for _, step := range []func(map[string]any) error{d.bodies, d.logs, d.witnesses, d.ceremony, r.profiles(d)} {
		if err := step(m); err != nil {
			return nil, err
		}
	}
	if err := d.paper(&r.Root); err != nil {
		return nil, err
	}
	slices.SortFunc(r.Bodies, func(a, b trust.Body) int { return cmp.Compare(a.ID, b.ID) })
	slices.Sort(r.Top.Bodies)
	for i := range r.Bodies {
		slices.Sort(r.Bodies[i].Roles)
		slices.Sort(r.Bodies[i].CA)
	}
	slices.SortFunc(r.Logs, func(a, b trust.Log) int { return cmp.Compare(a.Origin, b.Origin) })
	return r, nil
}

// carry takes over from the version before what the draft does not name. The keys of a
// body that goes on are always those in force: a version cannot take them.
func (d *Draft) carry(before *trust.View, last *trust.Root) error {
	m := d.members
	if before == nil {
		m["version"] = int64(1)
		return nil
	}
	whole, err := asMembers(*last)
	if err != nil {
		return err
	}
	for _, name := range []string{"issued", "expires", "version", "previous"} {
		delete(whole, name)
	}
	_, named := m["bodies"]
	for name, v := range whole {
		d.fill(m, name, v)
	}
	m["version"], m["previous"] = last.Version+1, string(before.RootDigest())
	for i, b := range list(m, "bodies") {
		id, _ := b["id"].(string)
		old, ok := before.Body(paper.ID(id))
		if !ok {
			continue
		}
		now, err := asMembers(old)
		if err != nil {
			return err
		}
		_, others := b["keys"]
		switch {
		case others && named && d.recover:
			b["list"] = old.List + 1
		case others && named:
			return wrong("keys", d.at(fmt.Sprintf("bodies[%d].keys", i)), nil, "body", id)
		default:
			b["keys"], b["list"], b["threshold"] = now["keys"], now["list"], now["threshold"]
		}
		for name, v := range now {
			d.fill(b, name, v)
		}
	}
	return nil
}

// list gives the tables of an array.
func list(m map[string]any, name string) []map[string]any {
	all, _ := m[name].([]any)
	var out []map[string]any
	for _, x := range all {
		if t, ok := x.(map[string]any); ok {
			out = append(out, t)
		}
	}
	return out
}

// durations reads "notice", a length of time, as the seconds that a paper holds.
func (d *Draft) durations(m map[string]any) error {
	ceremony, _ := m["ceremony"].(map[string]any)
	for field, t := range map[string]map[string]any{"notice": m, "ceremony.notice": ceremony} {
		v, ok := t["notice"]
		if !ok {
			continue
		}
		delete(t, "notice")
		text, _ := v.(string)
		long, err := time.ParseDuration(text)
		if err != nil || long < 0 {
			return wrong("lasts", d.at(field), nil)
		}
		t["notice_s"] = int64(long / time.Second)
	}
	return nil
}

// notice fills in how long before a change of rules or powers must be announced: what
// a state does is for everybody to see coming, a lab is changed at once.
func (d *Draft) notice(m map[string]any) {
	kind, _ := m["kind"].(string)
	days, ok := map[trust.Kind]int64{trust.State: 7, trust.Private: 1, trust.Lab: 0}[trust.Kind(kind)]
	if ok {
		d.fill(m, "notice_s", days*86400)
	}
}

// bodies fills in the keys of bodies from their files.
func (d *Draft) bodies(m map[string]any) error {
	for i, b := range list(m, "bodies") {
		d.fill(b, "list", int64(1))
		d.fill(b, "ca", []any{})
		id, _ := b["id"].(string)
		for j, k := range list(b, "keys") {
			if err := d.labelled(k, fmt.Sprintf("bodies[%d].keys[%d]", i, j), id); err != nil {
				return err
			}
			if _, ok := k["key"].(map[string]any); ok {
				d.fill(k, "from", m["issued"])
				d.fill(k, "until", m["expires"])
			}
		}
	}
	return nil
}

// labelled reads the member "public" of a table: a file with a key and its labels.
func (d *Draft) labelled(k map[string]any, field, body string) error {
	name, ok := k["public"].(string)
	if !ok {
		return nil
	}
	delete(k, "public")
	p, err := keyfile.LoadPublic(d.beside(name))
	if err != nil {
		return err
	}
	if p.Body != body {
		return wrong("body", d.at(field), nil, "is", p.Body, "want", body)
	}
	d.fill(k, "person", p.Person)
	roles := []any{}
	for _, r := range p.Roles {
		roles = append(roles, r)
	}
	d.fill(k, "roles", roles)
	k["key"] = map[string]any{"key": []byte(p.Key), "kind": paper.KindEd25519}
	return nil
}

// logs makes verifier keys of the logs' key files.
func (d *Draft) logs(m map[string]any) error {
	for i, g := range list(m, "logs") {
		k, ok := g["key"].(map[string]any)
		if !ok {
			continue
		}
		origin, _ := g["origin"].(string)
		key, _ := k["key"].([]byte)
		vkey, err := proof.LogKey(origin, key)
		if err != nil {
			return wrong("vkey", d.at(fmt.Sprintf("logs[%d].key", i)), err)
		}
		g["key"] = vkey
	}
	return nil
}

// witnesses makes verifier keys of the witnesses' key files; a witness's name is its
// operator's, unless it says another.
func (d *Draft) witnesses(m map[string]any) error {
	t, _ := m["witnesses"].(map[string]any)
	for i, w := range list(t, "keys") {
		k, ok := w["key"].(map[string]any)
		if !ok {
			continue
		}
		name, ok := w["name"].(string)
		if !ok {
			name, _ = w["operator"].(string)
		}
		delete(w, "name")
		key, _ := k["key"].([]byte)
		_, vkey, err := proof.NewCosigner(name, key)
		if err != nil {
			return wrong("vkey", d.at(fmt.Sprintf("witnesses.keys[%d].key", i)), err)
		}
		w["key"] = vkey
	}
	return nil
}

func (d *Draft) ceremony(m map[string]any) error {
	t, _ := m["ceremony"].(map[string]any)
	for i, k := range list(t, "keys") {
		if body, ok := k["body"].(string); ok {
			if err := d.labelled(k, fmt.Sprintf("ceremony.keys[%d]", i), body); err != nil {
				return err
			}
		}
		delete(k, "roles") // a recovery key has none
	}
	return nil
}

// profiles reads the files of profiles that the draft names.
func (r *Root) profiles(d *Draft) func(map[string]any) error {
	return func(m map[string]any) error {
		for _, p := range list(m, "profiles") {
			name, ok := p["profile"].(string)
			if !ok {
				continue
			}
			delete(p, "profile")
			profile, digest, err := shelf.ReadProfile(d.beside(name))
			if err != nil {
				return err
			}
			p["digest"], p["instrument"] = string(digest), string(profile.Instrument)
			d.fill(p, "from", profile.From.String())
			r.Profiles[digest] = profile
		}
		return nil
	}
}

// Keys changes a body's list: retired keys (by the beginning of their names) go, the
// public keys in files come, from now until the end of the root. An unknown or ambiguous
// name is an error.
func Keys(v *trust.View, body paper.ID, add, retire []string, now time.Time) (*trust.List, error) {
	at := paper.TimeOf(now)
	b, ok := v.Body(body)
	d := &Draft{path: "--body", now: at}
	if !ok {
		return nil, wrong("nobody", d.at(""), nil, "body", string(body))
	}
	previous, err := b.ListDigest(v.Name())
	if err != nil {
		return nil, err
	}
	n := &trust.List{Body: body, Issued: at, Previous: previous, Root: v.Name(), Threshold: b.Threshold, Version: b.List + 1, Keys: slices.Clone(b.Keys)}
	for _, id := range retire {
		before := len(n.Keys)
		n.Keys = slices.DeleteFunc(n.Keys, func(k trust.Key) bool { return len(id) >= 8 && strings.HasPrefix(string(k.Key.ID()), id) })
		if before-len(n.Keys) != 1 {
			d.path = "--retire"
			return nil, wrong("retire", d.at(""), nil, "key", id, "n", before-len(n.Keys))
		}
	}
	for _, name := range add {
		p, err := keyfile.LoadPublic(name)
		if err != nil {
			return nil, err
		}
		d.path = name
		if p.Body != string(body) {
			return nil, wrong("body", d.at("Body"), nil, "is", p.Body, "want", string(body))
		}
		k := trust.Key{Key: paper.PublicKey{Kind: paper.KindEd25519, Key: p.Key}, Person: paper.ID(p.Person), From: at, Until: v.Expires()}
		for _, r := range p.Roles {
			k.Roles = append(k.Roles, paper.ID(r))
		}
		n.Keys = append(n.Keys, k)
	}
	return n, nil
}
