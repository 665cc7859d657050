package judge

import (
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/authority/unmet"
)

// Unmet lists all that the request lacks, each with its rule; an empty list is a yes of
// the machine, and the beginning of the decision of people. What is asked for and not
// known to be allowed is refused; a limit that is not known limits nothing, and stands
// in [Evaluator.Doubts].
func (e *Evaluator) Unmet(q *rules.Request) []unmet.Unmet {
	j := judge{asking: asking{e: e, q: q}, r: e.rules}
	if err := q.Check(); err != nil {
		j.add(&e.of.none, "request", "rule-request", "why", err.Error())
		return j.list
	}
	if q.Instrument != e.rules.ID {
		j.add(&e.of.none, "instrument", "rule-instrument", "instrument", string(e.rules.ID))
		return j.list
	}
	j.standing()
	j.force()
	j.path()
	j.scope()
	j.purpose()
	j.length()
	j.renewal()
	j.consulted()
	j.conditions()
	return j.list
}

// judge looks at one request.
type judge struct {
	asking
	r    *rules.Rules
	list unmet.List
}

// add notes what is not met. Arguments are made only here, so that a request that lacks
// nothing costs no memory.
func (j *judge) add(law *unmet.Law, place, code string, args ...any) {
	j.list = append(j.list, unmet.Unmet{Place: place, Code: code, Args: args, Law: law})
}

// standing notes an instrument that permits nothing, and a mode that it does not give.
func (j *judge) standing() {
	of := &j.e.of
	switch j.r.Status.Or(rules.Unverified) {
	case rules.Comparison:
		j.add(&of.status, "instrument", "rule-comparison")
	case rules.Repealed:
		j.add(&of.status, "instrument", "rule-repealed")
	}
	if m := j.q.Mode; m != "" && m != j.r.Mode.Or("") {
		j.add(&of.mode, "mode", "rule-mode", "mode", string(m))
	}
}

// force notes articles that are not in force from the earlier of request and beginning
// to the end, or that the rules do not have.
func (j *judge) force() {
	if len(j.q.Articles) == 0 {
		j.add(&j.e.of.none, "articles", "rule-articles")
	}
	for _, a := range j.q.Articles {
		if !slices.Contains(j.r.Articles, a) {
			j.add(&j.e.of.none, "articles", "rule-article", "article", a)
			continue
		}
		for at := min(j.q.At, j.q.From); at < j.q.Until; {
			i := j.period(a, at)
			if i < 0 {
				j.add(j.outside(a), "articles", "rule-not-in-force", "article", a)
				break
			}
			if at = j.r.InForce[i].To; at == 0 {
				break
			}
		}
	}
}

// period gives the period in which an article is in force at an instant, or -1.
func (j *judge) period(article string, at paper.Time) int {
	for i := range j.r.InForce {
		p := &j.r.InForce[i]
		if p.From <= at && (p.To == 0 || at < p.To) && (len(p.Articles) == 0 || slices.Contains(p.Articles, article)) {
			return i
		}
	}
	return -1
}

// outside gives the law that says when an article is in force, for who asks outside it.
func (j *judge) outside(article string) *unmet.Law {
	for i := range j.r.InForce {
		if p := &j.r.InForce[i]; len(p.Articles) == 0 || slices.Contains(p.Articles, article) {
			return &j.e.of.periods[i]
		}
	}
	return &j.e.of.status
}

// path notes a path that the instrument does not have, and who may not take it.
//
// Invariant 10: an instrument without an urgent path refuses it. Invariant 11: the
// urgent path needs facts of urgency, with the instant of what left no time.
func (j *judge) path() {
	q, of := j.q, &j.e.of
	if q.Path != rules.Urgently && q.Path != rules.Ordinary || len(j.e.Needs(q.Path)) == 0 {
		law := &of.urgent
		if q.Path != rules.Urgently {
			law = &of.mode
		}
		j.add(law, "path", "rule-path", "path", string(q.Path))
	}
	if q.Path != rules.Urgently {
		if !slices.Contains(j.r.Roles.Applicants.Or(nil), q.Applicant) {
			j.add(&of.applicants, "applicant", "rule-beyond", "what", string(q.Applicant), "permitted", unmet.NamesOf(j.r.Roles.Applicants.Or(nil)))
		}
		if q.Urgency != nil {
			j.add(&of.urgent, "urgency", "rule-urgency-unwanted")
		}
		return
	}
	if len(j.e.urgent) > 0 && !slices.Contains(j.e.urgent[0].Roles, q.Applicant) {
		j.add(&of.urgentWho, "applicant", "rule-beyond", "what", string(q.Applicant), "permitted", unmet.NamesOf(j.e.urgent[0].Roles))
	}
	switch u := q.Urgency; {
	case u == nil:
		j.add(&of.urgent, "urgency", "rule-urgency-missing")
	default:
		if u.Words < 1 {
			j.add(&of.urgent, "urgency.words", "rule-urgency-facts")
		}
		if u.When <= 0 || u.When > q.From || u.When > q.At {
			j.add(&of.urgent, "urgency.when", "rule-urgency-time")
		}
	}
}

// scope notes what the instrument is not known to permit, and what lies over its caps.
func (j *judge) scope() {
	q, of, s := j.q, &j.e.of, &j.r.Scope
	if !slices.Contains(j.r.Kinds, q.Kind) {
		j.add(&of.none, "kind", "rule-beyond", "what", string(q.Kind), "permitted", unmet.NamesOf(j.r.Kinds))
	}
	for _, d := range q.Directions {
		if !slices.Contains(s.Directions.Or(nil), d) {
			j.add(&of.directions, "directions", "rule-beyond", "what", string(d), "permitted", unmet.NamesOf(s.Directions.Or(nil)))
		}
	}
	for _, f := range q.Effects {
		if !slices.Contains(s.Effects.Or(nil), f) {
			j.add(&of.effects, "effects", "rule-beyond", "what", string(f), "permitted", unmet.NamesOf(s.Effects.Or(nil)))
		}
	}
	j.caps()
	if j.r.Roles.NamedPeople.Or(false) && q.NamedPeople < 1 {
		j.add(&of.people, "named_people", "rule-people")
	}
}

// caps notes a class of data that is not permitted or not named, and what lies over the
// rules' numbers.
func (j *judge) caps() {
	q, of, s := j.q, &j.e.of, &j.r.Scope
	switch {
	case q.DataClass != "" && !slices.Contains(s.DataClass.Or(nil), q.DataClass):
		j.add(&of.classes, "data_class", "rule-beyond", "what", string(q.DataClass), "permitted", unmet.NamesOf(s.DataClass.Or(nil)))
	case q.DataClass == "" && s.DataClass.Value != nil && ofData(q.Kind):
		j.add(&of.classes, "data_class", "rule-data-class")
	}
	if most, known := s.Links.Known(); known && q.Links > most {
		j.add(&of.links, "links", "rule-over", "n", q.Links, "max", most)
	}
	if most, known := s.VolumeCapPermille.Known(); known && q.Kind == regime.Collection {
		switch {
		case q.VolumePermille == 0:
			j.add(&of.volume, "volume_permille", "rule-volume")
		case q.VolumePermille > most:
			j.add(&of.volume, "volume_permille", "rule-over", "n", q.VolumePermille, "max", most)
		}
	}
	if most, known := j.e.keeps(); known && q.RetentionS > most {
		j.add(&of.retention, "retention_s", "rule-over", "n", q.RetentionS, "max", most)
	}
}

// keeps is how long data may be kept at the most, s.
func (e *Evaluator) keeps() (limit int64, known bool) {
	if d := e.rules.Data; d != nil && d.Retention != nil {
		return d.Retention.LimitS.Known()
	}
	return 0, false
}

// ofData says whether a warrant of this kind obtains, looks at or passes on data.
func ofData(k regime.Kind) bool {
	return k == regime.Collection || k == regime.Query || k == regime.Reidentify || k == regime.Share
}

// purpose notes a purpose that the rules do not list, and another use that they do not
// allow.
//
// Invariant 20: data obtained for one purpose serve another only by the rule that allows
// it; where no rule is known, not at all.
func (j *judge) purpose() {
	of, allowed := &j.e.of, j.r.Purpose.Allowed.Or(nil)
	o := j.q.OtherUse
	if o == nil {
		if !slices.Contains(allowed, j.q.Purpose) {
			j.add(&of.purposes, "purpose", "rule-beyond", "what", string(j.q.Purpose), "permitted", unmet.NamesOf(allowed))
		}
		return
	}
	if !slices.Contains(allowed, o.ObtainedFor) {
		j.add(&of.purposes, "other_use.obtained_for", "rule-beyond", "what", string(o.ObtainedFor), "permitted", unmet.NamesOf(allowed))
	}
	if j.q.Kind == regime.Collection || !ofData(j.q.Kind) {
		j.add(&of.otherUse, "other_use", "rule-other-use-kind")
	}
	switch rule := j.r.Purpose.OtherUse.Or(""); {
	case rule == "":
		j.add(&of.otherUse, "other_use", "rule-other-use")
	case rule == rules.Never:
		j.add(&of.otherUse, "other_use", "rule-other-use-never")
	case rule == rules.WithConsent && !o.Consented:
		j.add(&of.otherUse, "other_use.consented", "rule-other-use-consent")
	case rule == rules.WithApproval && !o.Approved:
		j.add(&of.otherUse, "other_use.approved", "rule-other-use-approval")
	}
}

// length notes times that do not follow one another, or last too long.
//
// Invariant 10: an urgent permission that must be confirmed ends, by itself, when it
// should have been.
func (j *judge) length() {
	q, of := j.q, &j.e.of
	if q.Until <= q.From {
		j.add(&of.none, "until", "rule-time-order")
	}
	if q.Path != rules.Urgently && q.From < q.At {
		j.add(&of.none, "from", "rule-backdated")
	}
	if most, known := j.r.Time.MaxS.Known(); known && int64(q.Until-q.From) > most {
		j.add(&of.longest, "until", "rule-too-long", "max", time.Duration(most)*time.Second)
	}
	if days, known := j.r.Time.MaxWorkingDays.Known(); known {
		switch by, ok := j.e.after(q.From, rules.Span{N: days, Unit: rules.WorkingDay}); {
		case !ok:
			j.add(&of.longestDays, "until", "rule-calendar")
		case q.Until > by:
			j.add(&of.longestDays, "until", "rule-too-long-days", "days", days, "at", by.String())
		}
	}
	u := j.r.Time.Urgent
	if q.Path != rules.Urgently || u == nil {
		return
	}
	j.ends(u.ConfirmWithin.Value, &of.confirm)
	j.ends(u.Lasts.Value, &of.lasts)
	if s := u.NoticeWithin.Value; s != nil {
		if _, ok := j.e.after(q.From, *s); !ok {
			j.add(&of.notice, "from", "rule-calendar")
		}
	}
}

// ends notes an urgent permission that outlives a span from its beginning.
func (j *judge) ends(within *rules.Span, law *unmet.Law) {
	if within == nil {
		return
	}
	switch by, ok := j.e.after(j.q.From, *within); {
	case !ok:
		j.add(law, "until", "rule-calendar")
	case j.q.Until > by:
		j.add(law, "until", "rule-urgent-outlives", "at", by.String())
	}
}

// renewal notes a renewal that the rules do not give, or not at this instant.
func (j *judge) renewal() {
	n, of := j.q.Renewal, &j.e.of
	if n == nil {
		return
	}
	if j.q.Path == rules.Urgently {
		j.add(&of.renew, "renewal", "rule-renewal-urgent")
	}
	t := j.r.Time.Renew
	if t == nil || !t.Allowed.Or(false) {
		j.add(&of.renew, "renewal", "rule-renewal-none")
		return
	}
	if most, known := t.MaxCount.Known(); known && n.Count > most {
		j.add(&of.renewCount, "renewal.count", "rule-renewal-count", "n", n.Count, "max", most)
	}
	if window, known := t.WindowS.Known(); known && j.q.At < n.Previous-paper.Time(window) {
		j.add(&of.renewWindow, "at", "rule-renewal-early", "at", (n.Previous - paper.Time(window)).String())
	}
	if j.q.At >= n.Previous {
		j.add(&of.renew, "at", "rule-renewal-late")
	}
	if j.q.From != n.Previous {
		j.add(&of.renew, "from", "rule-renewal-gap")
	}
}

// consulted notes bodies that have not been asked, told, or do not agree.
func (j *judge) consulted() {
	for i := range j.r.Roles.Consult {
		c := &j.r.Roles.Consult[i]
		if !j.holds(c.When) || j.answered(c) {
			continue
		}
		switch law := &j.e.of.consult[i]; c.Mode {
		case rules.Consent:
			j.add(law, "consultations", "rule-consent", "role", string(c.Role))
		case rules.Consult:
			j.add(law, "consultations", "rule-consult", "role", string(c.Role))
		default:
			j.add(law, "consultations", "rule-notify", "role", string(c.Role))
		}
	}
}

// answered says whether the record has what c asks for. Of a consent the last word
// counts, and of two at one instant the objection.
func (j *judge) answered(c *rules.Consultee) bool {
	var agreed, objected paper.Time
	heard, told := false, false
	for i := range j.q.Consultations {
		o := &j.q.Consultations[i]
		if o.Role != c.Role || o.Mode != c.Mode || o.At > j.q.At {
			continue
		}
		switch o.Outcome {
		case rules.Agreed:
			agreed, heard = max(agreed, o.At), true
		case rules.Objected:
			objected, heard = max(objected, o.At), true
		case rules.Heard:
			heard = true
		}
		told = true
	}
	switch c.Mode {
	case rules.Consent:
		return agreed > objected
	case rules.Consult:
		return heard
	}
	return told
}
