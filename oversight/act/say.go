package act

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

// Notice tells a body of a breach (notice, art. 66 in Japan). One member signs it.
type Notice struct {
	About    []Place    `json:"about"`
	Articles []string   `json:"articles"`
	At       paper.Time `json:"at"`
	Body     paper.ID   `json:"body"`
	ID       paper.ID   `json:"id"`
	Member   paper.ID   `json:"member"`
	Outline  string     `json:"outline"`
}

// Demand asks a body to do something by an instant (art. 67).
type Demand struct {
	About    []Place    `json:"about"`
	Articles []string   `json:"articles"`
	At       paper.Time `json:"at"`
	Body     paper.ID   `json:"body"`
	Due      paper.Time `json:"due"`
	ID       paper.ID   `json:"id"`
	Member   paper.ID   `json:"member"`
	Outline  string     `json:"outline"`
}

// Recommendation recommends something to a body (art. 68).
type Recommendation struct {
	About    []Place    `json:"about"`
	Articles []string   `json:"articles"`
	At       paper.Time `json:"at"`
	Body     paper.ID   `json:"body"`
	Due      paper.Time `json:"due,omitempty"`
	ID       paper.ID   `json:"id"`
	Member   paper.ID   `json:"member"`
	Outline  string     `json:"outline"`
}

// State is how far a body has come with what it was told, asked or recommended.
type State string

// The states. All but Begun end the matter.
const (
	Begun   State = "begun"
	Done    State = "done"
	Partly  State = "partly" // and no more will be done
	Decline State = "declined"
)

// Check says whether s is a state.
func (s State) Check() error {
	switch s {
	case Begun, Done, Partly, Decline:
		return nil
	}
	return fmt.Errorf("%q is no state: begun, done, partly or declined", string(s))
}

// FollowUp is what a body has done about a notice, demand or recommendation. The body
// signs it.
type FollowUp struct {
	At      paper.Time   `json:"at"`
	Body    paper.ID     `json:"body"`
	Outline string       `json:"outline"`
	Paper   paper.Digest `json:"paper"` // of what it follows
	Person  paper.ID     `json:"person"`
	State   State        `json:"state"`
}

// Mistake is an error that reports itself. Its clock is public: who finds it, when, and
// by when what must have happened.
type Mistake struct {
	At       paper.Time   `json:"at"`    // when it is reported
	Body     paper.ID     `json:"body"`  // in whose hands it happened
	Due      paper.Time   `json:"due"`   // by when the body answers
	Found    paper.Time   `json:"found"` // when it was found
	Happened paper.Time   `json:"happened,omitempty"`
	ID       paper.ID     `json:"id"`
	Kind     paper.ID     `json:"kind"`
	Outline  string       `json:"outline"`
	Place    *Place       `json:"place,omitempty"`
	Warrant  paper.Digest `json:"warrant,omitempty"`
}

// Check says whether n can stand.
func (n Notice) Check() error { return said(n.Outline, n.About, n.Articles, n.At, 0, false) }

// Check says whether d can stand.
func (d Demand) Check() error { return said(d.Outline, d.About, d.Articles, d.At, d.Due, true) }

// Check says whether r can stand.
func (r Recommendation) Check() error {
	return said(r.Outline, r.About, r.Articles, r.At, r.Due, false)
}

func said(outline string, about []Place, articles []string, at, due paper.Time, must bool) error {
	switch {
	case !paper.Says(outline) || len(outline) > MaxText:
		return errors.New("the outline says what it is about")
	case len(articles) == 0 || len(articles) > MaxList || len(about) > MaxList:
		return fmt.Errorf("it names an article, and at most %d entries", MaxList)
	case must && due == 0 || due != 0 && due <= at:
		return errors.New("a demand leaves time until an instant")
	}
	return nil
}

// Check says whether f can stand.
func (f FollowUp) Check() error { return said(f.Outline, nil, []string{"-"}, f.At, 0, false) }

// MostAnswerS is how long the clock of an error runs at most, s: whose error it is cannot
// put the answer off for ever.
const MostAnswerS = 90 * 86400

// Check says whether m can stand.
//
// Invariant 26: an error has a clock, and nobody reports one from the future.
func (m Mistake) Check() error {
	switch {
	case m.Found > m.At || m.Happened > m.Found:
		return errors.New("an error happens, is found, and then is reported")
	case m.Due <= m.Found || m.Due-m.Found > MostAnswerS:
		return errors.New("an error's clock leaves time to answer, 90 days at most")
	}
	return said(m.Outline, nil, []string{"-"}, m.At, 0, false)
}

// What a complaint is about.
const (
	AboutDevice  = "device"
	AboutAddress = "address"
	AboutName    = "name"
	AboutOther   = "other"
)

// Complaint is somebody's question or complaint about own device or address. The desk
// that took it signs it; it holds no name: who complained stands in the desk's register
// under the complaint's id.
type Complaint struct {
	About string     `json:"about"` // device, address, name or other
	At    paper.Time `json:"at"`
	From  paper.Time `json:"from,omitempty"` // since when
	ID    paper.ID   `json:"id"`
	Lang  string     `json:"lang"` // ja or en: in which the answer is given
	Text  string     `json:"text"`
	Until paper.Time `json:"until,omitempty"`
	Value string     `json:"value,omitempty"` // the device, address or name
}

// Check says whether c can be answered.
func (c Complaint) Check() error {
	switch {
	case !slices.Contains([]string{AboutDevice, AboutAddress, AboutName, AboutOther}, c.About):
		return errors.New("a complaint is about a device, an address, a name or something else")
	case (c.Value == "") != (c.About == AboutOther) || len(c.Value) > 300:
		return errors.New("a complaint names its device, address or name")
	case c.Lang != "ja" && c.Lang != "en":
		return errors.New("a complaint is answered in ja or en")
	case !paper.Says(c.Text) || len(c.Text) > MaxText:
		return errors.New("a complaint says what it is about")
	case c.Until != 0 && c.Until <= c.From:
		return errors.New("the time that is asked about ends after it begins")
	}
	return nil
}

// Result is what an answer comes to.
type Result string

// The results. Lawful does not say whether anything was done: who may not be told that
// gets it either way.
const (
	Lawful   Result = "lawful"    // looked into; nothing unlawful was found
	NoAct    Result = "not-acted" // nothing was done about it, and it may be said
	Affected Result = "affected"  // something was done, lawfully, and it may be said
	Unlawful Result = "unlawful"  // something was done that should not have been
)

// Check says whether r is a result.
func (r Result) Check() error {
	switch r {
	case Lawful, NoAct, Affected, Unlawful:
		return nil
	}
	return fmt.Errorf("%q is no result", string(r))
}

// Answer is what the commission answers. One member signs it.
type Answer struct {
	At        paper.Time   `json:"at"`
	Complaint paper.Digest `json:"complaint"`
	Member    paper.ID     `json:"member"`
	Result    Result       `json:"result"`
	Text      string       `json:"text"`
}

// Check says whether a can stand.
func (a Answer) Check() error { return said(a.Text, nil, []string{"-"}, a.At, 0, false) }

// Remedy is what redress consists of.
type Remedy string

// The remedies.
const (
	Restoration  Remedy = "restoration"
	Apology      Remedy = "apology"
	Compensation Remedy = "compensation"
	Erasure      Remedy = "erasure"
)

// Check says whether r is a remedy.
func (r Remedy) Check() error {
	switch r {
	case Restoration, Apology, Compensation, Erasure:
		return nil
	}
	return fmt.Errorf("%q is no remedy", string(r))
}

// Redress is what is owed to somebody who was wronged, or that it was done.
type Redress struct {
	Amount   int64      `json:"amount,omitempty"` // with Compensation, in Currency's smallest unit
	At       paper.Time `json:"at"`
	Body     paper.ID   `json:"body"` // that owes it
	Currency string     `json:"currency,omitempty"`
	// Data is what is to be erased; with Erasure only.
	Data []Data `json:"data,omitempty"`
	// Disposals are where the proofs stand that it was; with Erasure that is done.
	Disposals []Place      `json:"disposals,omitempty"`
	Done      bool         `json:"done,omitempty"`
	Due       paper.Time   `json:"due"`
	Mistake   paper.Digest `json:"mistake,omitempty"`
	Outline   string       `json:"outline"`
	Paper     paper.Digest `json:"paper,omitempty"` // the answer to a complaint
	Remedy    Remedy       `json:"remedy"`
}

// Data is what was taken on one day under one warrant: what is under one key, and dies
// with it.
type Data struct {
	Day     string       `json:"day"` // UTC, 2006-01-02
	Warrant paper.Digest `json:"warrant"`
}

// Check says whether d can be data.
func (d Data) Check() error {
	if _, err := time.Parse(time.DateOnly, d.Day); err != nil || d.Warrant == "" {
		return fmt.Errorf("data are of a day and under a warrant; %q is no day, or there is no warrant", d.Day)
	}
	return nil
}

// Check says whether r can stand.
func (r Redress) Check() error {
	switch {
	case (r.Amount > 0) != (r.Remedy == Compensation) || (r.Currency != "") != (r.Amount > 0) || r.Amount < 0:
		return errors.New("compensation has an amount and its currency, and nothing else has")
	case !r.Done && r.Due <= r.At:
		return errors.New("redress that is owed has an instant by when")
	case r.Paper == "" && r.Mistake == "":
		return errors.New("redress follows an answer or an error")
	case (len(r.Data) > 0) != (r.Remedy == Erasure) || (len(r.Disposals) > 0) != (r.Remedy == Erasure && r.Done):
		return errors.New("erasure names the days and warrants whose data are to go and, when done, the entries that prove it; nothing else does")
	case len(r.Data) > MaxList || len(r.Disposals) > MaxList:
		return fmt.Errorf("redress names at most %d days and %d entries", MaxList, MaxList)
	}
	return said(r.Outline, nil, []string{"-"}, r.At, 0, false)
}
