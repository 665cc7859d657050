package docket

import (
	"fmt"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/stage"
	"github.com/noroshi-acd/noroshi/internal/store"
)

// Filter says which applications are asked for; what is empty asks for all.
type Filter struct {
	Stages     []stage.Stage
	Instrument paper.ID
	Body       paper.ID
	Case       paper.ID
	Confirming bool       // only those whose urgent measure is to be confirmed, or whose grant is to be taken up
	From       paper.Time // received at or after
	Until      paper.Time // received before; 0: no end
	After      int64      // the index after which to go on, for pages
	Limit      int        // at most; 0 means 100, more than 1000 is 1000
}

// List gives applications in the order of the log.
func List(t *store.Tx, f Filter) ([]*Record, error) {
	where, args := []string{"place > $1"}, []any{f.After}
	add := func(clause string, v any) {
		args = append(args, v)
		where = append(where, fmt.Sprintf(clause, len(args)))
	}
	if f.After == 0 {
		args[0] = int64(-1)
	}
	for clause, v := range map[string]string{"instrument = $%d": string(f.Instrument), "body = $%d": string(f.Body), "matter = $%d": string(f.Case)} {
		if v != "" {
			add(clause, v)
		}
	}
	if f.Confirming {
		where = append(where, "confirm > 0")
	}
	if f.From != 0 {
		add("received >= $%d", int64(f.From))
	}
	if f.Until != 0 {
		add("received < $%d", int64(f.Until))
	}
	if len(f.Stages) > 0 {
		var marks []string
		for _, s := range f.Stages {
			args = append(args, string(s))
			marks = append(marks, fmt.Sprintf("$%d", len(args)))
		}
		where = append(where, "stage IN ("+strings.Join(marks, ", ")+")")
	}
	limit := f.Limit
	if limit <= 0 {
		limit = 100
	}
	args = append(args, int64(min(limit, 1000)))
	query := fmt.Sprintf("SELECT record FROM docket_application WHERE %s ORDER BY place LIMIT $%d", strings.Join(where, " AND "), len(args))
	return Several(t, query, args...)
}

// Precedent is an earlier decision with what was found on one condition.
type Precedent struct {
	Application paper.Digest
	Condition   paper.ID
	Decided     paper.Time
	Decision    paper.Digest
	Finding     string
	ID          paper.ID
	Outcome     decision.Position
}

// Precedents gives the latest decisions of an instrument in which a condition was found
// on, the latest first, at most most; one application left out.
func Precedents(t *store.Tx, instrument, condition paper.ID, most int, but paper.Digest) ([]Precedent, error) {
	var list []Precedent
	err := t.Each(func(scan func(...any) error) error {
		p := Precedent{Condition: condition}
		if err := scan(&p.Application, &p.Decided, &p.Outcome); err != nil {
			return err
		}
		list = append(list, p)
		return nil
	}, "SELECT application, decided, outcome FROM docket_precedent WHERE instrument = $1 AND condition = $2 AND application <> $3 ORDER BY decided DESC, application LIMIT $4",
		string(instrument), string(condition), string(but), int64(min(max(most, 1), 1000)))
	if err != nil {
		return nil, err
	}
	for i := range list {
		p := &list[i]
		r, err := Find(t, p.Application)
		if err != nil || r == nil {
			return nil, err
		}
		p.Decision, p.ID = r.Decision, r.ID
		about, err := Papers(t, p.Application)
		if err != nil {
			return nil, err
		}
		for _, x := range about {
			if x.Digest != p.Application {
				continue
			}
			a, err := application.Parse(x.Envelope)
			if err != nil {
				return nil, err
			}
			if f := a.Finding(condition); f != nil {
				p.Finding = f.Text
			}
		}
	}
	return list, nil
}
