package actor

import (
	"cmp"
	"context"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/store"
)

// Holds says whether a person bears a role at an instant; see [Standing].
func (r *Register) Holds(ctx context.Context, person, role paper.ID, at paper.Time) (Standing, error) {
	var s Standing
	err := r.db.View(ctx, func(t *store.Tx) error {
		var err error
		s, err = Holds(t, person, role, at)
		return err
	})
	return s, err
}

// Holds is [Register.Holds] within a transaction of the caller's, so that what it finds
// is still so when the caller commits.
//
// Invariant 12: only named, current people act. A duty that has not begun, is over, or
// is without a current training that it needs, is not held.
func Holds(t *store.Tx, person, role paper.ID, at paper.Time) (Standing, error) {
	s := Standing{Person: person, Role: role, At: at, Until: Forever}
	var n int64
	if err := t.Row("SELECT count(*) FROM actor_person WHERE id = $1", person).Scan(&n); err != nil {
		return s, err
	}
	if n == 0 {
		s.Lacks = append(s.Lacks, Lack{"unknown", person})
		return s.closed(), nil
	}
	list, err := duties(t, "person = $1 AND role = $2 AND since <= $3 AND until > $3", person, role, at)
	if err != nil {
		return s, err
	}
	if len(list) == 0 { // two at once cannot be: they would be "already"
		s.Lacks = append(s.Lacks, Lack{"no-duty", role})
		return s.closed(), nil
	}
	d := list[0]
	s.Body, s.Until = d.Body, d.Until
	var from, until paper.Time
	if err := t.Row("SELECT since, until FROM actor_body WHERE id = $1", d.Body).Scan(&from, &until); err != nil {
		return s, err
	}
	if s.Until = min(s.Until, until); at < from || at >= until {
		s.Lacks = append(s.Lacks, Lack{"no-body", d.Body})
	}
	wanted, err := needs(t, role, at)
	if err != nil {
		return s, err
	}
	for _, w := range wanted {
		end, err := trainedUntil(t, person, w, at)
		if err != nil {
			return s, err
		}
		if s.Until = min(s.Until, end); end <= at {
			s.Lacks = append(s.Lacks, Lack{"training", w})
		}
	}
	return s.closed(), nil
}

// closed says whether the standing holds.
func (s Standing) closed() Standing {
	if s.Holds = len(s.Lacks) == 0; !s.Holds {
		s.Until = 0
	}
	return s
}

// needs gives the trainings that a role needs at an instant.
func needs(t *store.Tx, role paper.ID, at paper.Time) ([]paper.ID, error) {
	var out []paper.ID
	err := t.Each(func(scan func(...any) error) error {
		var id paper.ID
		err := scan(&id)
		out = append(out, id)
		return err
	}, "SELECT training FROM actor_need WHERE role = $1 AND since <= $2 AND until > $2 ORDER BY training", role, at)
	return out, err
}

// trainedUntil gives how long a training that counts at an instant goes on counting,
// over records that follow one another without a gap; 0 when it does not count.
func trainedUntil(t *store.Tx, person, training paper.ID, at paper.Time) (paper.Time, error) {
	var end paper.Time
	err := t.Each(func(scan func(...any) error) error {
		var from, until paper.Time
		err := scan(&from, &until)
		if (from <= at || from <= end) && until > at {
			end = max(end, until)
		}
		return err
	}, "SELECT since, until FROM actor_training WHERE person = $1 AND training = $2 AND until > $3 ORDER BY since", person, training, at)
	return end, err
}

// duties reads duties by a condition on their columns.
func duties(t *store.Tx, where string, args ...any) ([]Duty, error) {
	var out []Duty
	err := t.Each(func(scan func(...any) error) error {
		var d Duty
		err := scan(&d.Number, &d.Body, &d.Person, &d.Role, &d.From, &d.Until, &d.Act)
		out = append(out, d)
		return err
	}, "SELECT number, body, person, role, since, until, act FROM actor_duty WHERE "+where+" ORDER BY number", args...)
	return out, err
}

// lockSets reads the locks of all instruments.
func lockSets(t *store.Tx) ([]Locks, error) {
	var out []Locks
	err := t.Each(func(scan func(...any) error) error {
		var instrument, role paper.ID
		err := scan(&instrument, &role)
		if len(out) == 0 || out[len(out)-1].Instrument != instrument {
			out = append(out, Locks{Instrument: instrument})
		}
		last := &out[len(out)-1]
		last.Roles = append(last.Roles, role)
		return err
	}, "SELECT instrument, role FROM actor_lock ORDER BY instrument, role")
	return out, err
}

// Duties gives all duties that a person has ever had, by number; of all people when the
// person is "".
func (r *Register) Duties(ctx context.Context, person paper.ID) ([]Duty, error) {
	var out []Duty
	err := r.db.View(ctx, func(t *store.Tx) (err error) {
		if person == "" {
			out, err = duties(t, "TRUE")
		} else {
			out, err = duties(t, "person = $1", person)
		}
		return err
	})
	return out, err
}

// History gives the changes that concern a person, the first first; all changes when the
// person is "".
func (r *Register) History(ctx context.Context, person paper.ID) ([]Change, error) {
	var out []Change
	err := r.db.View(ctx, func(t *store.Tx) error {
		out = nil
		return t.Each(func(scan func(...any) error) error {
			var c Change
			err := scan(&c.Number, &c.Recorded, &c.Recorder, &c.Kind, &c.Body, &c.Person, &c.What, &c.From, &c.Until, &c.Act)
			out = append(out, c)
			return err
		}, "SELECT number, recorded, recorder, kind, body, person, what, since, until, act FROM actor_change WHERE $1 = '' OR person = $1 ORDER BY number", person)
	})
	return out, err
}

// Clash is two duties of one person at overlapping times that nobody may bear together.
type Clash struct {
	A, B       Duty
	Why        string   // two-bodies, already, two-locks
	Instrument paper.ID // of two-locks
}

// Clashes searches the history of all roles for people in two bodies, or in two locks as
// they stand now, at one time: what [Register.Appoint] refuses, and what a change of the
// locks, or a hand in the database, may have left behind.
func (r *Register) Clashes(ctx context.Context) ([]Clash, error) {
	var out []Clash
	err := r.db.View(ctx, func(t *store.Tx) error {
		list, err := duties(t, "TRUE")
		if err != nil {
			return err
		}
		locks, err := lockSets(t)
		out = clashes(list, locks)
		return err
	})
	return out, err
}

// clashes sweeps over each person's duties in the order in which they begin.
func clashes(list []Duty, locks []Locks) []Clash {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b Duty) int {
		return cmp.Or(cmp.Compare(a.Person, b.Person), cmp.Compare(a.From, b.From), cmp.Compare(a.Number, b.Number))
	})
	var out []Clash
	var open []Duty // of this person, not over yet
	for _, d := range list {
		open = slices.DeleteFunc(open, func(o Duty) bool { return o.Person != d.Person || o.Until <= d.From })
		for _, o := range open {
			if why, instrument := clash(o, d, locks); why != "" {
				out = append(out, Clash{A: o, B: d, Why: why, Instrument: instrument})
			}
		}
		open = append(open, d)
	}
	return out
}
