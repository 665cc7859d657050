package docket

import (
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"io/fs"

	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/outbox"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/repeat"
	"github.com/noroshi-acd/noroshi/authority/stage"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/internal/store"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Noun is the docket's tables, for [store.DB.Migrate].
func Noun() store.Noun {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic("docket: " + err.Error()) // the files are in the binary
	}
	return store.Noun{Name: "docket", FS: files}
}

// Record is what the desk knows of one application.
type Record struct {
	Asked      paper.Digest        `json:"asked,omitempty"` // the warrant that is to be renewed
	Body       paper.ID            `json:"body"`            // of the applicant
	Case       paper.ID            `json:"case"`
	Chain      paper.Digest        `json:"chain"` // the first application of its row of renewals
	Decided    paper.Time          `json:"decided,omitempty"`
	Decision   paper.Digest        `json:"decision,omitempty"`
	Digest     paper.Digest        `json:"digest"`
	Follows    paper.Digest        `json:"follows,omitempty"`     // the application before
	FollowedBy paper.Digest        `json:"followed_by,omitempty"` // its correction or renewal
	Grant      *decision.Grant     `json:"grant,omitempty"`
	ID         paper.ID            `json:"id"`
	Index      int64               `json:"index"` // of its entry
	Instrument paper.ID            `json:"instrument"`
	Judgement  int64               `json:"judgement,omitempty"` // index of the decision's entry, or of the admission to the urgent path
	Kind       regime.Kind         `json:"kind"`
	Life       stage.Record        `json:"life"`
	OnCall     bool                `json:"on_call,omitempty"`
	Outcome    decision.Position   `json:"outcome,omitempty"`
	Path       warrant.Path        `json:"path"`
	Person     paper.ID            `json:"person"`
	Profile    paper.Digest        `json:"profile"`
	Reason     string              `json:"reason,omitempty"` // why it follows another
	Received   paper.Time          `json:"received"`
	Renewal    int64               `json:"renewal,omitempty"` // it is the nth
	Renews     paper.Time          `json:"renews,omitempty"`  // when what it renews is over
	Role       paper.ID            `json:"role"`
	Rules      paper.Digest        `json:"rules"`
	Targets    []warrant.Target    `json:"targets,omitempty"`
	Until      paper.Time          `json:"until"`
	Warnings   []repeat.Repetition `json:"warnings,omitempty"`
}

// ended is the latest instant at which a warrant of r can still stand; 0 when there is none.
func (r *Record) ended() paper.Time {
	var at paper.Time
	for _, p := range []*stage.Permit{r.Life.Ordered, r.Life.Urged} {
		if p != nil {
			at = max(at, p.Until)
		}
	}
	return at
}

func named(p *stage.Permit) string {
	if p == nil {
		return ""
	}
	return string(p.Warrant)
}

// Write puts r in its row.
func (r *Record) Write(t *store.Tx) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = t.Exec(`INSERT INTO docket_application
		(digest, id, place, stage, instrument, path, body, matter, chain, received, due, confirm, ordered, urged, ends, record)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
		ON CONFLICT (digest) DO UPDATE SET stage = excluded.stage, due = excluded.due, confirm = excluded.confirm,
		ordered = excluded.ordered, urged = excluded.urged, ends = excluded.ends, record = excluded.record`,
		string(r.Digest), string(r.ID), r.Index, string(r.Life.Stage), string(r.Instrument), string(r.Path), string(r.Body), string(r.Case), string(r.Chain),
		int64(r.Received), int64(r.Life.Next()), int64(r.confirm()), named(r.Life.Ordered), named(r.Life.Urged), int64(r.ended()), string(text))
	return err
}

func (r *Record) confirm() paper.Time {
	if r.Life.Whole != 0 {
		return r.Life.Whole
	}
	if r.Life.Urged == nil || r.Life.Urged.Ending != "" || !r.Life.Stage.Open() {
		return 0
	}
	return r.Life.Confirm
}

func read(text string) (*Record, error) {
	r := new(Record)
	return r, json.Unmarshal([]byte(text), r)
}

// Find gives the record of a digest; nil when there is none.
func Find(t *store.Tx, digest paper.Digest) (*Record, error) {
	return One(t, "SELECT record FROM docket_application WHERE digest = $1", string(digest))
}

// One gives the first record that a query finds; nil when there is none.
func One(t *store.Tx, query string, args ...any) (*Record, error) {
	var text string
	err := t.Row(query, args...).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return read(text)
}

// Several gives the records that a query finds.
func Several(t *store.Tx, query string, args ...any) ([]*Record, error) {
	var list []*Record
	err := t.Each(func(scan func(...any) error) error {
		var text string
		if err := scan(&text); err != nil {
			return err
		}
		r, err := read(text)
		list = append(list, r)
		return err
	}, query, args...)
	return list, err
}

// Paper is a paper about an application, at its place in the log.
type Paper struct {
	At       paper.Time
	Body     []byte // as it is recorded: an envelope
	Class    proof.Class
	Digest   paper.Digest
	Index    int64
	Envelope *paper.Envelope
}

// Applications gives the papers of all applications in the order of the log.
func Applications(t *store.Tx) ([]Paper, error) {
	var list []Paper
	err := t.Each(func(scan func(...any) error) error {
		var p Paper
		if err := scan(&p.At, &p.Class, &p.Digest, &p.Index, &p.Body); err != nil {
			return err
		}
		var err error
		p.Envelope, err = paper.ParseEnvelope(p.Body)
		list = append(list, p)
		return err
	}, "SELECT at, class, digest, place, body FROM docket_paper WHERE digest = application ORDER BY place")
	return list, err
}

// Papers gives the papers of an application in the order of the log; of some classes,
// or of all.
func Papers(t *store.Tx, application paper.Digest, classes ...proof.Class) ([]Paper, error) {
	var list []Paper
	err := t.Each(func(scan func(...any) error) error {
		var p Paper
		if err := scan(&p.At, &p.Class, &p.Digest, &p.Index, &p.Body); err != nil {
			return err
		}
		var err error
		p.Envelope, err = paper.ParseEnvelope(p.Body)
		list = append(list, p)
		return err
	}, "SELECT at, class, digest, place, body FROM docket_paper WHERE application = $1 ORDER BY place, class", string(application))
	if len(classes) == 0 || err != nil {
		return list, err
	}
	var some []Paper
	for _, p := range list {
		for _, c := range classes {
			if p.Class == c {
				some = append(some, p)
			}
		}
	}
	return some, nil
}

// Voted gives a member's vote on an application that none replaces; empty when there is none.
func Voted(t *store.Tx, application paper.Digest, member paper.ID) (last paper.Digest, err error) {
	list, err := Papers(t, application, proof.Vote)
	for _, p := range list {
		var o decision.Vote
		if p.Envelope.Open(decision.VoteType, &o) == nil && o.Member == member {
			last = p.Digest
		}
	}
	return last, err
}

// Voters gives who has voted on an application, and did not recuse himself.
func Voters(t *store.Tx, application paper.Digest) (voted []paper.ID, err error) {
	list, err := Papers(t, application, proof.Vote)
	for _, p := range list {
		var o decision.Vote
		if p.Envelope.Open(decision.VoteType, &o) == nil && o.Position != decision.Recuse {
			voted = append(voted, o.Member)
		}
	}
	return voted, err
}

// Settle puts the indices of entries where their stand-ins are; see package outbox.
func (r *Record) Settle(indices []int64) {
	outbox.Settle(&r.Index, indices)
	outbox.Settle(&r.Judgement, indices)
	for _, p := range []**stage.Permit{&r.Life.Ordered, &r.Life.Urged} {
		if *p != nil {
			c := **p
			outbox.Settle(&c.Index, indices)
			*p = &c
		}
	}
}

// keep keeps the paper of an entry with an application.
func keep(t *store.Tx, application paper.Digest, e outbox.Done) error {
	_, err := t.Exec("INSERT INTO docket_paper (digest, application, class, place, at, body) VALUES ($1, $2, $3, $4, $5, $6)",
		string(e.Entry.Paper), string(application), string(e.Entry.Class), e.Index, int64(e.Entry.At), e.Payload)
	return err
}

// Latest is the paper that stands last in the log, and its index; -1 when there is none.
func Latest(t *store.Tx) (digest paper.Digest, place int64, err error) {
	err = t.Row("SELECT digest, place FROM docket_paper ORDER BY place DESC LIMIT 1").Scan(&digest, &place)
	if errors.Is(err, sql.ErrNoRows) {
		return "", -1, nil
	}
	return digest, place, err
}

// Place is the index at which a paper about an application is recorded; -1 when it is not.
func Place(t *store.Tx, application paper.Digest, class proof.Class, digest paper.Digest) (int64, error) {
	var index int64
	err := t.Row("SELECT coalesce(max(place), -1) FROM docket_paper WHERE application = $1 AND class = $2 AND digest = $3", string(application), string(class), string(digest)).Scan(&index)
	return index, err
}

// decided notes that a decision was on a condition.
func decided(t *store.Tx, instrument, condition paper.ID, at paper.Time, application paper.Digest, o decision.Position) error {
	_, err := t.Exec("INSERT INTO docket_precedent (instrument, condition, decided, application, outcome) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
		string(instrument), string(condition), int64(at), string(application), string(o))
	return err
}

// Warrant gives the paper of a warrant, wherever it was recorded.
func Warrant(t *store.Tx, digest paper.Digest) (*paper.Envelope, error) {
	var body []byte
	if err := t.Row("SELECT body FROM docket_paper WHERE digest = $1 AND class = $2", string(digest), string(proof.Warrant)).Scan(&body); err != nil {
		return nil, err
	}
	return paper.ParseEnvelope(body)
}

// Lapsed says whether the urgent warrant of r should have been confirmed before, or its
// application be closed.
func (r *Record) Lapsed(at paper.Time) bool {
	return r.Life.Confirm != 0 && at >= r.Life.Confirm && r.Life.Stage.Open() || r.Life.Closing(at) || r.Untaken(at)
}

// Untaken says whether the whole body should have taken up before what those on call granted.
func (r *Record) Untaken(at paper.Time) bool {
	return r.Life.Whole != 0 && at >= r.Life.Whole
}

// Repetition is a warning that is kept with an application; see package repeat.
type Repetition = repeat.Repetition
