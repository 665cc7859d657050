package rulestest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

type object = map[string]any

// Slow is the slow evaluator of one instrument.
type Slow struct {
	rules    object
	calendar object // nil: not at hand
}

// NewSlow reads the JSON of rules and of a calendar, which may be empty.
func NewSlow(rules, calendar []byte) (*Slow, error) {
	s := new(Slow)
	if err := json.Unmarshal(rules, &s.rules); err != nil {
		return nil, err
	}
	if len(calendar) > 0 {
		if err := json.Unmarshal(calendar, &s.calendar); err != nil {
			return nil, err
		}
		if text(s.calendar, "id") != text(s.rules, "calendar") {
			s.calendar = nil
		}
	}
	return s, nil
}

// Unmet gives "place code" for all that the request lacks, in the order of the bytes.
func (s *Slow) Unmet(request []byte) ([]string, error) {
	var q object
	if err := json.Unmarshal(request, &q); err != nil {
		return nil, err
	}
	a := &answer{s: s, q: q}
	if text(q, "instrument") != text(s.rules, "id") {
		return []string{"instrument rule-instrument"}, nil
	}
	a.instrument()
	a.articles()
	a.path()
	a.scope()
	a.purpose()
	a.times()
	a.renewal()
	for _, c := range list(in(s.rules, "roles"), "consult") {
		if a.all(list(c.(object), "when")) {
			a.consult(c.(object))
		}
	}
	known := map[string]bool{}
	for _, c := range list(s.rules, "conditions") {
		known[text(c.(object), "id")] = true
		if a.all(list(c.(object), "when")) {
			a.condition(c.(object))
		}
	}
	for _, f := range list(q, "findings") {
		a.unless(known[text(f.(object), "condition")], "findings", "finding-unknown")
	}
	slices.Sort(a.lacks)
	return a.lacks, nil
}

type answer struct {
	s     *Slow
	q     object
	lacks []string
}

func (a *answer) unless(ok bool, place, code string) {
	if !ok {
		a.lacks = append(a.lacks, place+" rule-"+code)
	}
}

func (a *answer) urgent() bool { return text(a.q, "path") == "urgent" }

func (a *answer) instrument() {
	status := "unverified"
	if v, ok := value(a.s.rules, "status"); ok {
		status = v.(string)
	}
	a.unless(status != "comparison", "instrument", "comparison")
	a.unless(status != "repealed", "instrument", "repealed")
	if asked := text(a.q, "mode"); asked != "" {
		v, ok := value(a.s.rules, "mode")
		a.unless(ok && v == asked, "mode", "mode")
	}
}

// articles goes through the instants at which a period begins or ends, and asks at each,
// and at the first, whether some period holds.
func (a *answer) articles() {
	asked := list(a.q, "articles")
	a.unless(len(asked) > 0, "articles", "articles")
	from, until := min(instant(a.q, "at"), instant(a.q, "from")), instant(a.q, "until")
	for _, article := range asked {
		if !has(list(a.s.rules, "articles"), article) {
			a.unless(false, "articles", "article")
			continue
		}
		try := []int64{from}
		for _, p := range list(a.s.rules, "in_force") {
			try = append(try, instant(p.(object), "from"), instant(p.(object), "to"))
		}
		for _, t := range try {
			if t < from || t >= until {
				continue
			}
			held := false
			for _, o := range list(a.s.rules, "in_force") {
				p := o.(object)
				covers := len(list(p, "articles")) == 0 || has(list(p, "articles"), article)
				held = held || covers && instant(p, "from") <= t && (p["to"] == nil || t < instant(p, "to"))
			}
			if !held {
				a.unless(false, "articles", "not-in-force")
				break
			}
		}
	}
}

func (a *answer) path() {
	roles, urgent := in(a.s.rules, "roles"), in(in(a.s.rules, "time"), "urgent")
	urgency, hurried := a.q["urgency"].(object)
	allowed, _ := value(urgent, "allowed")
	if !a.urgent() {
		a.unless(len(list(roles, "locks")) > 0, "path", "path")
		a.unless(among(roles, "applicants", a.q["applicant"]), "applicant", "beyond")
		a.unless(!hurried, "urgency", "urgency-unwanted")
		return
	}
	a.unless(allowed == true, "path", "path")
	a.unless(allowed != true || among(urgent, "who", a.q["applicant"]), "applicant", "beyond")
	a.unless(hurried, "urgency", "urgency-missing")
	if hurried {
		when := instant(urgency, "when")
		a.unless(number(urgency, "words") > 0, "urgency.words", "urgency-facts")
		a.unless(when <= instant(a.q, "from") && when <= instant(a.q, "at"), "urgency.when", "urgency-time")
	}
}

func (a *answer) scope() {
	scope := in(a.s.rules, "scope")
	kind := text(a.q, "kind")
	a.unless(has(list(a.s.rules, "kinds"), kind), "kind", "beyond")
	for _, d := range list(a.q, "directions") {
		a.unless(among(scope, "directions", d), "directions", "beyond")
	}
	for _, d := range list(a.q, "effects") {
		a.unless(among(scope, "effects", d), "effects", "beyond")
	}
	_, classes := value(scope, "data_class")
	data := kind != "access" && kind != "neutralise"
	if class, named := a.q["data_class"]; named {
		a.unless(among(scope, "data_class", class), "data_class", "beyond")
	} else {
		a.unless(!classes || !data, "data_class", "data-class")
	}
	a.unless(!over(scope, "links", number(a.q, "links")), "links", "over")
	if _, capped := value(scope, "volume_cap_permille"); capped && kind == "collection" {
		n := number(a.q, "volume_permille")
		a.unless(n != 0, "volume_permille", "volume")
		a.unless(!over(scope, "volume_cap_permille", n), "volume_permille", "over")
	}
	a.unless(!over(in(in(a.s.rules, "data"), "retention"), "limit_s", number(a.q, "retention_s")), "retention_s", "over")
	named, _ := value(in(a.s.rules, "roles"), "named_people")
	a.unless(named != true || number(a.q, "named_people") > 0, "named_people", "people")
}

func (a *answer) purpose() {
	purpose := in(a.s.rules, "purpose")
	other, another := a.q["other_use"].(object)
	if !another {
		a.unless(among(purpose, "allowed", a.q["purpose"]), "purpose", "beyond")
		return
	}
	a.unless(among(purpose, "allowed", other["obtained_for"]), "other_use.obtained_for", "beyond")
	a.unless(strings.Contains("query reidentify share", text(a.q, "kind")), "other_use", "other-use-kind")
	rule, known := value(purpose, "other_use")
	a.unless(known, "other_use", "other-use")
	a.unless(rule != "never", "other_use", "other-use-never")
	a.unless(rule != "consent" || other["consented"] == true, "other_use.consented", "other-use-consent")
	a.unless(rule != "approval" || other["approved"] == true, "other_use.approved", "other-use-approval")
}

func (a *answer) times() {
	at, from, until := instant(a.q, "at"), instant(a.q, "from"), instant(a.q, "until")
	limits := in(a.s.rules, "time")
	a.unless(from < until, "until", "time-order")
	a.unless(a.urgent() || from >= at, "from", "backdated")
	a.unless(!over(limits, "max_s", float64(until-from)), "until", "too-long")
	if n, known := value(limits, "max_working_days"); known {
		end, ok := a.s.workingDays(from, int(n.(float64)))
		a.unless(ok, "until", "calendar")
		a.unless(!ok || until <= end, "until", "too-long-days")
	}
	if !a.urgent() {
		return
	}
	for _, name := range []string{"confirm_within", "lasts"} {
		if span, known := value(in(limits, "urgent"), name); known {
			end, ok := a.s.after(from, span.(object))
			a.unless(ok, "until", "calendar")
			a.unless(!ok || until <= end, "until", "urgent-outlives")
		}
	}
	if span, known := value(in(limits, "urgent"), "notice_within"); known {
		_, ok := a.s.after(from, span.(object))
		a.unless(ok, "from", "calendar")
	}
}

func (a *answer) renewal() {
	renewal, again := a.q["renewal"].(object)
	if !again {
		return
	}
	a.unless(!a.urgent(), "renewal", "renewal-urgent")
	rule := in(in(a.s.rules, "time"), "renew")
	if allowed, _ := value(rule, "allowed"); allowed != true {
		a.unless(false, "renewal", "renewal-none")
		return
	}
	at, previous := instant(a.q, "at"), instant(renewal, "previous")
	a.unless(!over(rule, "max_count", number(renewal, "count")), "renewal.count", "renewal-count")
	if window, known := value(rule, "window_s"); known {
		a.unless(previous-at <= int64(window.(float64)), "at", "renewal-early")
	}
	a.unless(at < previous, "at", "renewal-late")
	a.unless(instant(a.q, "from") == previous, "from", "renewal-gap")
}

// consult puts the record in the order of time, objections last, and reads it through.
func (a *answer) consult(c object) {
	var record []object
	for _, o := range list(a.q, "consultations") {
		r := o.(object)
		if r["role"] == c["role"] && r["mode"] == c["mode"] && instant(r, "at") <= instant(a.q, "at") {
			record = append(record, r)
		}
	}
	slices.SortStableFunc(record, func(x, y object) int {
		if d := instant(x, "at") - instant(y, "at"); d != 0 {
			return int(d)
		}
		rank := func(r object) int {
			if r["outcome"] == "objected" {
				return 1
			}
			return 0
		}
		return rank(x) - rank(y)
	})
	agrees, heard := false, false
	for _, r := range record {
		switch r["outcome"] {
		case "agreed":
			agrees, heard = true, true
		case "objected":
			agrees, heard = false, true
		case "heard":
			heard = true
		}
	}
	switch c["mode"] {
	case "consent":
		a.unless(agrees, "consultations", "consent")
	case "consult":
		a.unless(heard, "consultations", "consult")
	case "notify":
		a.unless(len(record) > 0, "consultations", "notify")
	}
}

func (a *answer) condition(c object) {
	id := text(c, "id")
	f := a.finding(id)
	if f == nil {
		a.unless(false, id, "finding")
		return
	}
	least := number(c, "min_words")
	if least == 0 {
		least = 1
	}
	a.unless(number(f, "words") >= least, id, "words")
	evidence := list(f, "evidence")
	class, classed := c["evidence"]
	a.unless(!classed || has(evidence, class), id, "evidence")
	switch c["kind"] {
	case "fact":
		a.unless(classed || len(evidence) > 0, id, "evidence-none")
		a.unless(f["met"] == true, id, "not-so")
	case "number":
		n, given := f["number"].(float64)
		a.unless(given, id, "number-missing")
		low, bounded := c["min"].(float64)
		a.unless(!given || !bounded || n >= low, id, "number-low")
		high, capped := c["max"].(float64)
		a.unless(!given || !capped || n <= high, id, "number-high")
	case "graded-risk":
		for _, risk := range list(c, "risks") {
			a.unless(gradeOf(f, risk) > 0, id, "grade")
		}
		a.unless(!grave(c, f) || len(evidence) > 0, id, "risk-evidence")
	}
}

func (a *answer) finding(id string) object {
	for _, f := range list(a.q, "findings") {
		if text(f.(object), "condition") == id {
			return f.(object)
		}
	}
	return nil
}

func gradeOf(f object, risk any) float64 {
	for _, g := range list(f, "grades") {
		if g.(object)["risk"] == risk {
			return number(g.(object), "grade")
		}
	}
	return 0
}

func grave(c, f object) bool {
	threshold := number(c, "threshold")
	for _, risk := range list(c, "risks") {
		if threshold > 0 && gradeOf(f, risk) >= threshold {
			return true
		}
	}
	return false
}

// all says whether all predicates hold, each asked as a set of words that the request
// has of that attribute.
func (a *answer) all(when []any) bool {
	for _, o := range when {
		p := o.(object)
		found := false
		for _, word := range a.words(text(p, "attribute")) {
			found = found || has(list(p, "is"), word)
		}
		if found == (p["not"] == true) {
			return false
		}
	}
	return true
}

// words lists the values that the request has of an attribute.
func (a *answer) words(attribute string) []any {
	switch attribute {
	case "path", "kind", "purpose", "applicant":
		return []any{a.q[attribute]}
	case "data-class":
		return []any{text(a.q, "data_class")}
	case "direction":
		return list(a.q, "directions")
	case "effect":
		return list(a.q, "effects")
	case "sensitive":
		for _, o := range list(a.s.rules, "conditions") {
			if c := o.(object); c["kind"] == "graded-risk" {
				if f := a.finding(text(c, "id")); f != nil && grave(c, f) {
					return []any{"yes"}
				}
			}
		}
		return []any{"no"}
	}
	switch v := a.q[strings.ReplaceAll(attribute, "-", "_")].(type) {
	case bool:
		if v {
			return []any{"yes"}
		}
	case object:
		return []any{"yes"}
	}
	return []any{"no"}
}

// in gives an object's member that is an object; an empty one where it is absent.
func in(o object, name string) object {
	m, _ := o[name].(object)
	return m
}

// value gives a fact's value, and whether it is known.
func value(o object, name string) (any, bool) {
	v, ok := in(o, name)["value"]
	return v, ok
}

// among says whether a fact that is a list has v.
func among(o object, name string, v any) bool {
	l, _ := value(o, name)
	items, _ := l.([]any)
	return has(items, v)
}

// over says whether n is more than a fact that is a number, and known.
func over(o object, name string, n float64) bool {
	most, known := value(o, name)
	return known && n > most.(float64)
}

func has(items []any, v any) bool {
	for _, item := range items {
		if fmt.Sprint(item) == fmt.Sprint(v) {
			return true
		}
	}
	return false
}

func list(o object, name string) []any {
	l, _ := o[name].([]any)
	return l
}

func text(o object, name string) string {
	s, _ := o[name].(string)
	return s
}

func number(o object, name string) float64 {
	n, _ := o[name].(float64)
	return n
}

// instant reads a time; 0 where there is none.
func instant(o object, name string) int64 {
	t, err := time.Parse(time.RFC3339, text(o, name))
	if err != nil {
		return 0
	}
	return t.Unix()
}
