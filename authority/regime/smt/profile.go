package smt

import (
	"fmt"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
)

// profile asks whether the profile, which is all that taps and agents see, reaches
// anywhere that the rules do not.
func profile(in Input) []Question {
	p, r := in.Profile, in.Rules
	if p == nil {
		return nil
	}
	list := []Question{
		beyond("kinds", identifiers(p.Kinds), identifiers(r.Kinds)), beyond("articles", words(p.Articles), words(r.Articles)),
		beyond("directions", identifiers(p.Directions), identifiers(r.Scope.Directions.Or(nil))), beyond("effects", p.Effects, r.Scope.Effects.Or(nil)),
		beyond("purposes", p.Purposes, r.Purpose.Allowed.Or(nil)), beyond("conditions of the rules", always(r), p.Conditions), locks(p, r),
	}
	paths := newScript("profile: no path that the rules lack")
	paths.assert(or(and(flag(p.Paths.Urgent != nil), not(flag(hurries(r)))), and(flag(p.Paths.Ordinary), not(flag(len(r.Roles.Locks) > 0)))))
	list = append(list, paths.question("profile: no path that the rules lack", Unsat))
	list = append(list, within(in, "profile: no longer than the rules", p.LongestS, func(k *clockwork) []string { return k.longest(in, false) })...)
	u := r.Time.Urgent
	if p.Paths.Urgent == nil || !hurries(r) {
		return list
	}
	span := func(s *rules.Span) func(*clockwork) []string {
		return func(k *clockwork) []string {
			if s == nil {
				return nil
			}
			return []string{k.after(*s)}
		}
	}
	list = append(list, within(in, "profile: no later confirmation than the rules", p.Paths.Urgent.ConfirmWithinS, span(u.ConfirmWithin.Value))...)
	return append(list, within(in, "profile: no later notice than the rules", p.Paths.Urgent.NoticeWithinS, span(u.NoticeWithin.Value))...)
}

// within asks whether a number of seconds of the profile can be more than the least of
// what the rules give; nothing where they give none.
func within(in Input, name string, seconds int64, limits func(*clockwork) []string) []Question {
	k := newClockwork(name, in.Calendar)
	terms := limits(k)
	if len(terms) == 0 || seconds == 0 {
		return nil
	}
	k.assert(fmt.Sprintf("(> %s %s)", number(seconds), k.least("limit", terms)))
	return []Question{k.question(name, Unsat)}
}

// beyond asks whether some value is in one list and not in the other.
func beyond(what string, values, in []paper.ID) Question {
	name := "profile: " + what + " within their list"
	s := newScript(name)
	var terms []string
	for _, v := range values {
		terms = append(terms, and(s.bool("chosen="+string(v)), not(flag(slices.Contains(in, v)))))
	}
	s.assert(or(terms...))
	return s.question(name, Unsat)
}

// always lists the conditions that are asked of every request.
func always(r *rules.Rules) []paper.ID {
	var list []paper.ID
	for _, c := range r.Conditions {
		if len(c.When) == 0 {
			list = append(list, c.ID)
		}
	}
	return list
}

// locks asks whether a lock of the rules is missing in the profile, or opens with fewer.
func locks(p *regime.Profile, r *rules.Rules) Question {
	name := "profile: no lock missing or weaker"
	s := newScript(name)
	var terms []string
	for _, l := range r.Roles.Locks {
		keys := int64(0)
		for _, o := range p.Locks {
			if o.Role == l.Role {
				keys = int64(o.K)
			}
		}
		terms = append(terms, fmt.Sprintf("(< %d %d)", keys, l.K))
	}
	if u := p.Paths.Urgent; u != nil && hurries(r) {
		terms = append(terms, fmt.Sprintf("(< %d %d)", u.K, r.Time.Urgent.K), not(flag(slices.Contains(r.Time.Urgent.Who.Or(nil), u.Role))))
	}
	s.assert(or(terms...))
	return s.question(name, Unsat)
}

// words makes symbols of articles, which may hold any letters.
func words(list []string) []paper.ID {
	out := make([]paper.ID, len(list))
	for i, a := range list {
		out[i] = paper.ID(fmt.Sprintf("%x", a))
	}
	return out
}

func flag(is bool) string {
	if is {
		return "true"
	}
	return "false"
}
