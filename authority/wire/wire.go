package wire

import (
	"encoding/json"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/docket"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/stage"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/oversight/act"
)

// The roles that machines have in their certificates. Whoever applies has a machine of
// role Applicant in its own body.
const (
	Server    = "commission"
	Member    = "member"
	Monitor   = "monitor" // of the public interest: reads, speaks, decides nothing
	Adviser   = "adviser" // technical: reads, decides nothing
	Registrar = "registrar"
	Applicant = "applicant"
	Tap       = "tap" // keeps books, as the next two do, and brings their pages
	Edge      = "edge"
	Hub       = "hub"
)

// The paths. Those below an application end in its digest.
const (
	PathPapers       = "/v1/papers"       // POST: an envelope of whatever paper the caller may bring
	PathApplications = "/v1/applications" // GET: those that the caller may see; GET /{digest}: all about one
	PathDecisions    = "/v1/decisions"    // POST: Decide
	PathRegister     = "/v1/register"     // GET: papers of oversight
	PathOverdue      = "/v1/overdue"      // GET
	PathState        = "/v1/state"        // GET
)

// MaxAnswer is how many bytes of an answer a client reads.
const MaxAnswer = 32 << 20

// MaxPaper is how many bytes a paper that is brought has at most.
const MaxPaper = 4 << 20

// Receipt is the answer to a paper that was brought.
type Receipt struct {
	Application paper.Digest        `json:"application,omitempty"` // that it is about
	Class       proof.Class         `json:"class,omitempty"`       // of its entry
	Index       int64               `json:"index"`                 // of its entry; -1: nothing was recorded
	Lacks       []application.Lack  `json:"lacks"`                 // what keeps it from taking effect, both languages
	Origin      string              `json:"origin"`                // of the commission's log
	Paper       paper.Digest        `json:"paper"`
	Proof       string              `json:"proof,omitempty"` // of an opening: the cosigned receipt of its entry
	Stage       stage.Stage         `json:"stage,omitempty"`
	Uncalled    string              `json:"uncalled,omitempty"` // why a vote on call counts as any other; see package decision
	Warnings    []docket.Repetition `json:"warnings"`           // of reasons that say what others say
}

// Paper is a paper on record.
type Paper struct {
	At       paper.Time      `json:"at"`
	Class    proof.Class     `json:"class"`
	Digest   paper.Digest    `json:"digest"`
	Envelope json.RawMessage `json:"envelope"`
	Index    int64           `json:"index"`
}

// Vote is how a vote counts.
type Vote struct {
	Chair    bool              `json:"chair,omitempty"`
	Digest   paper.Digest      `json:"digest"`
	Dissent  string            `json:"dissent,omitempty"`
	Grant    *decision.Grant   `json:"grant,omitempty"`
	Member   paper.ID          `json:"member"`
	Position decision.Position `json:"position"`
	Reasons  string            `json:"reasons"`
	Why      string            `json:"why,omitempty"` // it is not counted
}

// Count is what the votes come to now.
type Count struct {
	Against int               `json:"against"`
	Need    int               `json:"need"`
	OnCall  bool              `json:"on_call,omitempty"`
	Outcome decision.Position `json:"outcome,omitempty"` // empty: nothing yet
	Quorum  int               `json:"quorum"`
	Recused int               `json:"recused"`
	Seats   int               `json:"seats"`
	Support int               `json:"support"`
	Taking  int               `json:"taking"`
	Votes   []Vote            `json:"votes"`
}

// Clock is an instant that the rules fix.
type Clock struct {
	Cite []string   `json:"cite"`
	Due  paper.Time `json:"due,omitempty"` // 0: promptly
	Kind string     `json:"kind"`
	Mark string     `json:"mark"`
}

// Doubt is something in the rules that is not sure.
type Doubt struct {
	Cite []string `json:"cite"`
	Mark string   `json:"mark"`
	What string   `json:"what"`
}

// Packet is all that a caller may see of an application. Applicants see no votes before
// the decision, and with it the dissents that are to be published.
type Packet struct {
	Application *application.Application `json:"application"`
	Books       []Books                  `json:"books,omitempty"` // of its warrants, to the commission's own machines
	Chain       []*docket.Record         `json:"chain"`           // the row of renewals
	ClockError  string                   `json:"clock_error,omitempty"`
	Clocks      []Clock                  `json:"clocks"`
	Count       *Count                   `json:"count,omitempty"`
	Dissents    []string                 `json:"dissents"`
	Doubts      []Doubt                  `json:"doubts"`
	Opinions    []Entry                  `json:"opinions"` // of monitors and advisers
	Papers      []Paper                  `json:"papers"`
	Precedents  []docket.Precedent       `json:"precedents"`
	Record      *docket.Record           `json:"record"`
}

// Decide asks that the decision be drawn that follows from the votes.
type Decide struct {
	Application paper.Digest   `json:"application"`
	Due         paper.Time     `json:"due,omitempty"` // by when a correction is owed, with that outcome
	Precedents  []paper.Digest `json:"precedents,omitempty"`
}

// Late is something that is owed.
type Late struct {
	Application paper.Digest `json:"application,omitempty"`
	Body        paper.ID     `json:"body"`
	Due         paper.Time   `json:"due"`
	ID          paper.ID     `json:"id"`
	Late        bool         `json:"late"` // its time is over
	Paper       paper.Digest `json:"paper,omitempty"`
	What        string       `json:"what"` // a stage, or a class of paper
}

// Standing is a warrant that stands.
type Standing struct {
	Application paper.Digest `json:"application"`
	Instrument  paper.ID     `json:"instrument"`
	Permit      stage.Permit `json:"permit"`
	State       stage.State  `json:"state"`
	Urgent      bool         `json:"urgent,omitempty"`
}

// State is how the commission's service is.
type State struct {
	Checkpoint string     `json:"checkpoint"` // the latest, with its cosignatures
	Live       int64      `json:"live"`       // number of the last statement of liveness, 0: none
	Origin     string     `json:"origin"`
	Problems   []string   `json:"problems"`
	Root       string     `json:"root"` // the trust root's digest
	Size       int64      `json:"size"` // of the log
	Standing   []Standing `json:"standing"`
	Time       paper.Time `json:"time"`
}

// Draft is the warrant that an application leads to, unsigned.
type Draft struct {
	Warrant *warrant.Warrant `json:"warrant"`
}

// Entry is a paper of oversight on record, with what has followed it.
type Entry struct {
	At       paper.Time      `json:"at"`
	Body     paper.ID        `json:"body,omitempty"` // that it is about or that owes an answer
	Class    proof.Class     `json:"class"`
	Digest   paper.Digest    `json:"digest"`
	Due      paper.Time      `json:"due,omitempty"` // of what is still owed
	Envelope json.RawMessage `json:"envelope"`
	Follows  paper.Digest    `json:"follows,omitempty"`
	Index    int64           `json:"index"`
	State    act.State       `json:"state,omitempty"`
}

// Books is what the pages of the books come to that are on record about a warrant.
type Books struct {
	Imbalances []Imbalance  `json:"imbalances"` // at most 1,000
	Pages      int          `json:"pages"`
	Warrant    paper.Digest `json:"warrant"`
	Whole      bool         `json:"whole"` // all pages were looked at
}

// Imbalance is where the books of two parties do not agree, or a page is at fault; see
// books.Imbalance.
type Imbalance struct {
	By       int64      `json:"by,omitempty"` // records
	Equation string     `json:"equation,omitempty"`
	Kind     string     `json:"kind"`
	Left     int64      `json:"left,omitempty"` // records
	Link     paper.ID   `json:"link"`
	Minute   paper.Time `json:"minute"`
	Number   int64      `json:"number,omitempty"`
	Right    int64      `json:"right,omitempty"` // records
	Sheet    string     `json:"sheet"`
}
