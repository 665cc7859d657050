package smt

import (
	"fmt"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/regime/calendar"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
)

// Answer is what a solver says.
type Answer string

// The answers that a question can want.
const (
	Sat   Answer = "sat"   // there is such a case
	Unsat Answer = "unsat" // there is none
)

// Question is one script that ends with (check-sat), and the answer that it wants.
type Question struct {
	Name   string // "condition necessity: asked"
	Script string // SMT-LIB 2.6, logic QF_LIA, whole by itself
	Want   Answer
}

// Input is what is asked about. A nil calendar or profile asks less.
type Input struct {
	Rules    *rules.Rules
	Calendar *calendar.Calendar
	Profile  *regime.Profile
}

// Questions writes all questions about the input.
func Questions(in Input) []Question {
	var list []Question
	if permits(in.Rules) {
		list = append(list, conditions(in.Rules)...)
	}
	list = append(list, periods(in.Rules)...)
	list = append(list, urgent(in)...)
	list = append(list, change(in)...)
	list = append(list, renewal(in)...)
	list = append(list, keeping(in.Rules)...)
	return append(list, profile(in)...)
}

// permits says whether the instrument permits anything by itself: of others, conditions
// are texts to compare and are asked of nobody.
func permits(r *rules.Rules) bool {
	s := r.Status.Or(rules.Unverified)
	return len(r.Kinds) > 0 && s != rules.Comparison && s != rules.Repealed && (len(r.Roles.Locks) > 0 || hurries(r))
}

func hurries(r *rules.Rules) bool { return r.Time.Urgent != nil && r.Time.Urgent.Allowed.Or(false) }

// script collects declarations and assertions.
type script struct {
	b    strings.Builder
	seen map[string]bool
}

func newScript(comment string) *script {
	s := &script{seen: map[string]bool{}}
	fmt.Fprintf(&s.b, "; %s\n(set-logic QF_LIA)\n", comment)
	return s
}

// bool and int declare a constant once and give its symbol.
func (s *script) bool(name string) string { return s.declare(name, "Bool") }
func (s *script) int(name string) string  { return s.declare(name, "Int") }

func (s *script) declare(name, sort string) string {
	symbol := "|" + name + "|"
	if !s.seen[symbol] {
		s.seen[symbol] = true
		fmt.Fprintf(&s.b, "(declare-const %s %s)\n", symbol, sort)
	}
	return symbol
}

func (s *script) assert(term string) { fmt.Fprintf(&s.b, "(assert %s)\n", term) }

// question ends the script.
func (s *script) question(name string, want Answer) Question {
	return Question{Name: name, Want: want, Script: s.b.String() + "(check-sat)\n"}
}

func and(terms ...string) string { return join("and", "true", terms) }
func or(terms ...string) string  { return join("or", "false", terms) }
func not(term string) string     { return "(not " + term + ")" }

func join(op, empty string, terms []string) string {
	switch len(terms) {
	case 0:
		return empty
	case 1:
		return terms[0]
	}
	return "(" + op + " " + strings.Join(terms, " ") + ")"
}

// number writes n; SMT-LIB has no negative literals.
func number(n int64) string {
	if n < 0 {
		return fmt.Sprintf("(- %d)", -n)
	}
	return fmt.Sprint(n)
}

// one says that exactly one of the terms holds.
func one(terms ...string) string {
	parts := []string{or(terms...)}
	for i, a := range terms {
		for _, b := range terms[:i] {
			parts = append(parts, not(and(a, b)))
		}
	}
	return and(parts...)
}
