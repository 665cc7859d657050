package opening

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/oversight/act"
)

// Type is the payload type of a request.
const Type = paper.TypePrefix + "opening-request" + paper.TypeSuffix

// MaxByHand is how many entries one request names at most that no draw has named. Those of
// a sample are at most [act.MaxList].
const MaxByHand = 200

// Fresh is for how long after it was made a request can be brought, where nothing else is set.
const Fresh = 10 * time.Minute

// Request asks that entries be opened to everybody. It cannot be taken back. One member
// signs it, with the own key.
type Request struct {
	Articles []string    `json:"articles"` // under which it is done
	At       paper.Time  `json:"at"`
	Entries  []int64     `json:"entries"` // in rising order
	Member   paper.ID    `json:"member"`  // the person
	Origin   string      `json:"origin"`  // of the log: the commission's own
	Purpose  string      `json:"purpose"`
	Sample   *act.Reveal `json:"sample,omitempty"` // where the entries are those that a sample drew
}

// Check says whether r can stand.
func (r Request) Check() error {
	most := MaxByHand
	if r.Sample != nil {
		most = act.MaxList
	}
	switch {
	case r.Origin == "" || len(r.Entries) == 0 || len(r.Entries) > most:
		return fmt.Errorf("a request names its log and 1 to %d entries", most)
	case len(r.Articles) == 0 || len(r.Articles) > act.MaxList || slices.ContainsFunc(r.Articles, func(a string) bool { return !paper.Says(a) }):
		return errors.New("a request names the articles under which it is made")
	case !paper.Says(r.Purpose) || len(r.Purpose) > act.MaxText:
		return errors.New("a request says what the opening is for")
	}
	for i, n := range r.Entries {
		if n < 0 || i > 0 && r.Entries[i-1] >= n {
			return errors.New("entries stand in rising order, none twice, none below 0")
		}
	}
	return nil
}

// Stale says whether r comes too late to open anything.
func (r *Request) Stale(now paper.Time, within time.Duration) bool {
	return now-r.At > paper.Time(within/time.Second)
}

// Drawn says whether the entries of r are those that a commitment drew, all of them and no
// other; nil when they are.
func (r *Request) Drawn(c act.Commitment) error {
	if r.Sample == nil || c.Origin != r.Origin {
		return errors.New("the sample is of another log")
	}
	list, err := act.Draw(c, *r.Sample)
	if err == nil && !slices.Equal(list, r.Entries) {
		err = errors.New("the entries are not those that the sample drew")
	}
	return err
}
