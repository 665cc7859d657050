package trust

import (
	"fmt"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/unmet"
)

// How long the lists of a root may be.
const (
	maxBodies = 256
	maxKeys   = 256 // of a body
	maxOthers = 256 // profiles, logs, witnesses, urgent issuers, recovery keys, roles
)

// Check refuses lists that are too long to be held against one another.
func (r Root) Check() error {
	others := max(len(r.Profiles), len(r.Logs), len(r.Witnesses.Keys), len(r.Urgent), len(r.Ceremony.Keys), len(r.Top.Bodies))
	if len(r.Bodies) > maxBodies || others > maxOthers {
		return fmt.Errorf("a root has at most %d bodies, and %d entries in its other lists", maxBodies, maxOthers)
	}
	for _, b := range r.Bodies {
		if len(b.Roles) > maxOthers {
			return fmt.Errorf("a body gives at most %d roles", maxOthers)
		}
		if err := (List{Keys: b.Keys}).Check(); err != nil {
			return err
		}
	}
	return nil
}

// Check refuses a list that is too long.
func (l List) Check() error {
	if len(l.Keys) > maxKeys {
		return fmt.Errorf("a body has at most %d keys", maxKeys)
	}
	for _, k := range l.Keys {
		if len(k.Roles) > maxOthers {
			return fmt.Errorf("a key bears at most %d roles", maxOthers)
		}
	}
	return nil
}

// faults notes what a root of the given place lacks by itself, whoever signed it.
func (r *Root) faults(l *unmet.List, place string) {
	l.Want(slices.Contains([]Kind{State, Private, Lab}, r.Kind), place+".kind", "root-kind")
	l.Want(r.Version >= 1 && (r.Version == 1) == (r.Previous == ""), place+".version", "root-version-number")
	l.Want(r.Issued < r.Expires, place+".expires", "root-times")
	l.Want(r.NoticeS >= 0 && r.Ceremony.NoticeS >= 0, place+".notice_s", "root-times")
	r.bodyFaults(l, place)
	r.topFaults(l, place)
	r.Witnesses.faults(l, place+".witnesses", r.Bodies)
	r.logFaults(l, place)
	r.ceremonyFaults(l, place)
	for i, p := range r.Profiles {
		l.Want(p.Until == 0 || p.From < p.Until, fmt.Sprintf("%s.profiles[%d]", place, i), "root-times")
	}
}

func (r *Root) bodyFaults(l *unmet.List, place string) {
	for i, b := range r.Bodies {
		at := fmt.Sprintf("%s.bodies[%d]", place, i)
		l.Want(i == 0 || r.Bodies[i-1].ID < b.ID, at+".id", "root-order")
		l.Want(b.List >= 1, at+".list", "list-version")
		keyListFaults(l, at, b.Keys, b.Roles, b.Threshold, r.Kind)
	}
	crossFaults(l, place, r.Bodies)
}

// keyListFaults notes what a body's list of keys lacks, wherever it stands.
func keyListFaults(l *unmet.List, place string, keys []Key, may []paper.ID, threshold int, kind Kind) {
	persons := map[paper.ID]bool{}
	for j, k := range keys {
		at := fmt.Sprintf("%s.keys[%d]", place, j)
		l.Want(k.From < k.Until, at+".until", "root-times")
		l.Want(!k.Robot || kind == Lab, at+".robot", "robot-outside-lab")
		for _, role := range k.Roles {
			l.Want(slices.Contains(may, role), at+".roles", "role-not-given", "role", string(role))
		}
		if slices.Contains(k.Roles, RoleTop) {
			persons[k.Person] = true
		}
	}
	l.Want(threshold >= 1 && len(persons) >= threshold, place+".threshold", "body-threshold", "k", threshold, "n", len(persons))
}

// crossFaults notes keys in two hands and persons in two bodies at one time.
func crossFaults(l *unmet.List, place string, bodies []Body) {
	type held struct {
		body     int
		from, to paper.Time
	}
	keys, persons := map[paper.KeyID]bool{}, map[paper.ID][]held{}
	for i, b := range bodies {
		for j, k := range b.Keys {
			at := fmt.Sprintf("%s.bodies[%d].keys[%d]", place, i, j)
			l.Want(!keys[k.Key.ID()], at+".key", "key-twice")
			keys[k.Key.ID()] = true
			// Invariant 13: nobody is of two bodies at one time, so nobody holds two locks.
			both := slices.ContainsFunc(persons[k.Person], func(h held) bool { return h.body != i && h.from < k.Until && k.From < h.to })
			l.Want(!both, at+".person", "person-in-two-bodies", "person", string(k.Person))
			persons[k.Person] = append(persons[k.Person], held{i, k.From, k.Until})
		}
	}
}

func (r *Root) topFaults(l *unmet.List, place string) {
	seen := map[paper.ID]bool{}
	for i, id := range r.Top.Bodies {
		l.Want(!seen[id] && bodyOf(r.Bodies, id) != nil, fmt.Sprintf("%s.top.bodies[%d]", place, i), "top-body")
		seen[id] = true
	}
	l.Want(r.Top.K >= 2 && len(seen) >= r.Top.K, place+".top.k", "top-k")
}

// faults refuses a quorum that dishonest witnesses could split: of two quorums of k
// among n, 2k−n witnesses signed both, and one of them must be honest.
//
// Invariant 3: the loader refuses n, k unless 2k − n > f with f ≥ 1.
func (p Policy) faults(l *unmet.List, place string, bodies []Body) {
	n := len(p.Keys)
	l.Want(p.Faulty >= 1 && p.K >= 1 && p.K <= n && n <= 64 && 2*p.K-n > p.Faulty, place+".k", "witness-quorum", "k", p.K, "n", n, "f", p.Faulty)
	operators, keys, names := map[paper.ID]bool{}, map[paper.KeyID]bool{}, map[string]bool{}
	for i, w := range p.Keys {
		at := fmt.Sprintf("%s.keys[%d]", place, i)
		l.Want(bodyOf(bodies, w.Operator) == nil, at+".operator", "witness-operator", "operator", string(w.Operator))
		l.Want(!operators[w.Operator], at+".operator", "witness-twice")
		operators[w.Operator] = true
		name, key, err := verifierKey(w.Key, noteCosigner)
		if err != nil {
			l.Add(at+".key", "verifier-key")
			continue
		}
		l.Want(!keys[key.ID()] && !names[name], at+".key", "witness-twice")
		keys[key.ID()], names[name] = true, true
		for _, b := range bodies {
			l.Want(!slices.ContainsFunc(b.Keys, func(k Key) bool { return k.Key.Same(key) }), at+".key", "key-twice")
		}
	}
}

func (r *Root) logFaults(l *unmet.List, place string) {
	origins, keys := map[string]bool{}, map[paper.KeyID]bool{}
	for i, g := range r.Logs {
		at := fmt.Sprintf("%s.logs[%d]", place, i)
		l.Want(!origins[g.Origin], at+".origin", "log-twice")
		l.Want(bodyOf(r.Bodies, g.Body) != nil, at+".body", "log-body")
		l.Want(g.Duty == Decisions || g.Duty == Acts, at+".duty", "log-duty")
		name, key, err := verifierKey(g.Key, noteEd25519)
		l.Want(err == nil && name == g.Origin, at+".key", "verifier-key")
		l.Want(!keys[key.ID()], at+".key", "log-twice")
		origins[g.Origin], keys[key.ID()] = true, true
	}
	r.notLogs(l, place, keys)
}

// notLogs notes keys of logs in other hands. A log that is its own witness would have
// a quorum of one less.
func (r *Root) notLogs(l *unmet.List, place string, logs map[paper.KeyID]bool) {
	for i, w := range r.Witnesses.Keys {
		if _, key, err := verifierKey(w.Key, noteCosigner); err == nil {
			l.Want(!logs[key.ID()], fmt.Sprintf("%s.witnesses.keys[%d].key", place, i), "key-twice")
		}
	}
	for i, b := range r.Bodies {
		for j, k := range b.Keys {
			l.Want(!logs[k.Key.ID()], fmt.Sprintf("%s.bodies[%d].keys[%d].key", place, i, j), "key-twice")
		}
	}
	for i, k := range r.Ceremony.Keys {
		l.Want(!logs[k.Key.ID()], fmt.Sprintf("%s.ceremony.keys[%d].key", place, i), "key-twice")
	}
}

func (r *Root) ceremonyFaults(l *unmet.List, place string) {
	at := place + ".ceremony"
	keys, persons := map[paper.KeyID]bool{}, map[paper.ID]bool{}
	for i, k := range r.Ceremony.Keys {
		l.Want(!keys[k.Key.ID()], fmt.Sprintf("%s.keys[%d].key", at, i), "key-twice")
		keys[k.Key.ID()], persons[k.Person] = true, true
		for _, b := range r.Bodies {
			l.Want(!slices.ContainsFunc(b.Keys, func(o Key) bool { return o.Key.Same(k.Key) }), fmt.Sprintf("%s.keys[%d].key", at, i), "key-twice")
		}
	}
	for i, w := range r.Witnesses.Keys {
		if _, key, err := verifierKey(w.Key, noteCosigner); err == nil {
			l.Want(!keys[key.ID()], fmt.Sprintf("%s.witnesses.keys[%d].key", place, i), "key-twice")
		}
	}
	l.Want(r.Ceremony.K >= 2 && r.Ceremony.K <= len(persons), at+".k", "ceremony-k")
}

func bodyOf(bodies []Body, id paper.ID) *Body {
	for i := range bodies {
		if bodies[i].ID == id {
			return &bodies[i]
		}
	}
	return nil
}
