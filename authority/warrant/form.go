package warrant

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant/criteria"
)

// The widest prefixes that can be a target: 256 IPv4 addresses, one IPv6 site.
const (
	widest4 = 24
	widest6 = 48
)

// MaxList is how many entries a list of a warrant has at most.
const MaxList = 1000

// Check refuses lists that are too long to be held against one another.
func (w Warrant) Check() error {
	longest := max(len(w.Articles), len(w.Conditions), len(w.People), len(w.Scope.Links), len(w.Scope.Directions), len(w.Scope.Effects), len(w.Scope.Targets))
	for _, c := range w.Conditions {
		longest = max(longest, len(c.Evidence))
	}
	if longest > MaxList {
		return fmt.Errorf("a list of a warrant has at most %d entries, this one %d", MaxList, longest)
	}
	return nil
}

// form notes what w lacks by itself, whoever signed it.
func (w *Warrant) form(l *unmet.List, place string) {
	l.Want(w.NotBefore < w.NotAfter, place+".not_after", "time-order")
	l.Want(paper.KeyID(w.Nonce).Check() == nil, place+".nonce", "nonce")
	l.Want(w.Path == Ordinary || w.Path == Urgent, place+".path", "path")
	l.Want(w.Application.Index >= 0 && w.Application.Origin != "", place+".application", "entry")
	l.Want(w.Decision.Index >= 0 && w.Decision.Origin != "", place+".decision", "entry")
	l.Want(rising(w.Articles, func(s string) string { return s }), place+".articles", "list-order")
	l.Want(rising(w.Conditions, func(c Condition) string { return string(c.ID) }), place+".conditions", "list-order")
	l.Want(rising(w.People, Person.key), place+".people", "list-order")
	for i, c := range w.Conditions {
		l.Want(rising(c.Evidence, func(d paper.Digest) string { return string(d) }), fmt.Sprintf("%s.conditions[%d].evidence", place, i), "list-order")
	}
	w.Scope.form(l, place+".scope")
	w.Scope.suits(l, place+".scope", w.Kind)
}

func (p Person) key() string { return string(p.Person) + " " + string(p.Duty) }

func (s *Scope) form(l *unmet.List, place string) {
	l.Want(rising(s.Links, func(k Link) string { return string(k.ID) }), place+".links", "list-order")
	l.Want(rising(s.Directions, func(d regime.Direction) string { return string(d) }), place+".directions", "list-order")
	l.Want(rising(s.Effects, func(e paper.ID) string { return string(e) }), place+".effects", "list-order")
	l.Want(rising(s.Targets, Target.key), place+".targets", "list-order")
	for i, t := range s.Targets {
		at := fmt.Sprintf("%s.targets[%d]", place, i)
		l.Want(t.formed(), at, "target-form")
		for j, o := range s.Targets {
			l.Want(i == j || !o.Holds(t), at, "target-inside")
		}
	}
	for _, n := range s.numbers() {
		l.Want(n.value >= 0, place+"."+n.name, "count-negative")
	}
	l.Want(s.MemoryS <= MaxMemoryS, place+".memory_s", "memory-over", "max", MaxMemoryS)
	if s.Criteria != "" {
		_, err := criteria.ParseExact(s.Criteria)
		l.Want(err == nil, place+".criteria", "criteria")
	}
}

// numbered is one number of a scope with its name on paper.
type numbered struct {
	name  string
	value int64
}

func (s *Scope) numbers() []numbered {
	return []numbered{
		{"max_bytes", s.MaxBytes}, {"max_records", s.MaxRecords}, {"max_targets", s.MaxTargets},
		{"max_uses", s.MaxUses}, {"memory_s", s.MemoryS},
	}
}

// rising says whether list stands in strictly rising order of its keys.
func rising[T any](list []T, key func(T) string) bool {
	for i := 1; i < len(list); i++ {
		if key(list[i-1]) >= key(list[i]) {
			return false
		}
	}
	return true
}

// key orders targets.
func (t Target) key() string {
	return strings.Join([]string{string(t.Kind), t.Value, t.Path, string(t.Hash), string(t.Consent)}, "\x00")
}

// formed says whether t names one thing, in the only spelling that it has.
func (t Target) formed() bool {
	if (t.Path != "") != (t.Kind == File) || (t.Hash != "") != (t.Kind == File || t.Kind == Process) {
		return false
	}
	switch t.Kind {
	case Device, File, Process:
		return paper.ID(t.Value).Check() == nil
	case Address:
		a, err := netip.ParseAddr(t.Value)
		return err == nil && a.String() == t.Value && a.Zone() == "" && !a.Is4In6()
	case Prefix:
		p, err := netip.ParsePrefix(t.Value)
		return err == nil && p.String() == t.Value && p.Masked() == p && narrowPrefix(p)
	case Name:
		return hostName(t.Value)
	}
	return false
}

func narrowPrefix(p netip.Prefix) bool {
	if p.Addr().Is4() {
		return p.Bits() >= widest4
	}
	return p.Bits() >= widest6 && !p.Addr().Is4In6()
}

// hostName says whether s is a host name of at least two labels in lower case. The last
// begins with a letter, as every top domain does: with a digit s could be read as an
// address.
func hostName(s string) bool {
	labels := strings.Split(s, ".")
	if last := labels[len(labels)-1]; len(labels) < 2 || len(s) > 253 || last == "" || last[0] < 'a' || last[0] > 'z' {
		return false
	}
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}

// Holds says whether t is o, or a prefix in which the address or prefix o lies, with
// the same consent.
func (t Target) Holds(o Target) bool {
	if t == o {
		return true
	}
	if t.Kind != Prefix || t.Consent != o.Consent || o.Hash != "" || o.Path != "" {
		return false
	}
	p, err := netip.ParsePrefix(t.Value)
	if err != nil {
		return false
	}
	switch o.Kind {
	case Address:
		a, err := netip.ParseAddr(o.Value)
		return err == nil && p.Contains(a)
	case Prefix:
		q, err := netip.ParsePrefix(o.Value)
		return err == nil && q.Bits() >= p.Bits() && p.Contains(q.Addr())
	}
	return false
}

// within says whether one of targets holds t.
func within(targets []Target, t Target) bool {
	return slices.ContainsFunc(targets, func(o Target) bool { return o.Holds(t) })
}
