package acts

import (
	"io/fs"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/verify/account"
	"github.com/noroshi-acd/noroshi/ledger/verify/acts/erasure"
	"github.com/noroshi-acd/noroshi/ledger/verify/acts/oversee"
	"github.com/noroshi-acd/noroshi/ledger/verify/acts/seen"
	"github.com/noroshi-acd/noroshi/ledger/verify/acts/spans"
	"github.com/noroshi-acd/noroshi/ledger/verify/backdate"
	"github.com/noroshi-acd/noroshi/ledger/verify/flaw"
	"github.com/noroshi-acd/noroshi/ledger/verify/opened"
	"github.com/noroshi-acd/noroshi/ledger/verify/tally"
	"github.com/noroshi-acd/noroshi/ledger/verify/trusted"
	"github.com/noroshi-acd/noroshi/oversight/act"
	"github.com/noroshi-acd/noroshi/oversight/figures"
)

// wordLate is how long after an act, in seconds, the word that it rests on may be recorded.
const wordLate = 60 + Skew

// Skew is how far, in seconds, a log's clock may be from the witnesses'.
const Skew = 30

// Log is the log whose entries are judged.
type Log struct {
	Origin    string
	Rank      int // the commission's before the hub's
	Duty      trust.Duty
	Body      paper.ID
	Size      int64
	FS        fs.FS                                       // its folder
	Stamps    seen.Stamps                                 // the latest checkpoint's last
	Root      func(size int64) paper.Digest               // it had at a size; empty where the tiles do not say
	Law       func(instruments []paper.ID) []figures.Item // as figures.Counter has it
	Oversight oversee.Record                              // what the log says of it

	tally   tally.Tally
	counter figures.Counter
	payload payloads
	sealed  spans.List
	hidden  int64   // entries that are not opened, so far
	buried  int64   // of these, disposed of by proof
	proofs  []int64 // where an entry is told to be wrong that is a disposal, or may be
	reports []int64 // the same with reports of periods, which account for sealed ones
	credit  int64   // of those, what no period has accounted for
	unread  int64   // entries of which was told that they are not what they say
	stated  *statement
	classes map[int64]proof.Class // of a log of decisions: what its opened entries are
}

// Judge judges the entries of all logs of an export. It is for one goroutine.
type Judge struct {
	views  *trusted.Views
	known  *trusted.Known
	strict bool // everything must be there
	tell   func(flaw.Flaw)

	log        *Log
	warrants   map[paper.Digest]*given
	stops      map[paper.Digest][]stop
	uses       map[paper.Digest]int64 // acts under a warrant and its children
	statements []*statement           // by rising time
	grants     grants
	books      *account.Books
	balanced   paper.Time // latest witnessed time of a log with pages or grants
	accounts   map[account.Of]*signers
	reports    map[reported]paper.Digest
	erased     erasure.Claims
	count      Count
	lost       int64 // entries told to be wrong that are a grant's close, or may be
	pages      int64 // the same with pages of the books
}

// Count is how much was judged.
type Count struct {
	Opened, Sealed, Disposed, Papers, Warrants, Grants, Pages, Statements int64
}

// NewJudge makes a judge. A strict one, with an inspector's keys, wants every entry
// opened, disposed of or counted as sealed, and all contents.
func NewJudge(views *trusted.Views, known *trusted.Known, strict bool, tell func(flaw.Flaw)) *Judge {
	return &Judge{
		views: views, known: known, strict: strict, tell: tell,
		warrants: map[paper.Digest]*given{}, stops: map[paper.Digest][]stop{}, uses: map[paper.Digest]int64{}, grants: newGrants(),
		books: account.New(tell), accounts: map[account.Of]*signers{}, reports: map[reported]paper.Digest{},
	}
}

// Count gives how much was judged.
func (j *Judge) Count() Count { return j.count }

// Begin starts a log. Logs MUST come in the order of their ranks.
func (j *Judge) Begin(l *Log) {
	j.log = l
	l.payload, l.classes = newPayloads(), map[int64]proof.Class{}
	l.counter.Around, l.counter.Content, l.counter.Law = l.Stamps.Around, trusted.Content(l.FS), l.Law
}

// bad tells a flaw of an entry of the log.
func (j *Judge) bad(e *opened.Entry, code string, args ...any) {
	j.tell(flaw.Flaw{Code: code, Log: j.log.Origin, Rank: j.log.Rank, Index: e.Index, Class: e.Class, Args: args})
}

// place is where an entry of the log stands.
func (j *Judge) place(e *opened.Entry) account.Place {
	return account.Place{Log: j.log.Origin, Rank: j.log.Rank, Index: e.Index, Class: e.Class}
}

// unmet tells conditions that a paper does not meet.
func (j *Judge) unmet(e *opened.Entry, code string, list []unmet.Unmet) {
	if len(list) > 0 {
		j.tell(flaw.Flaw{Code: code, Log: j.log.Origin, Rank: j.log.Rank, Index: e.Index, Class: e.Class, Unmet: list})
	}
}

// Sealed notes n entries from first that are not opened.
func (j *Judge) Sealed(first, n int64) {
	j.count.Sealed += n
	j.log.hidden += n
	j.log.tally.Sealed(n)
	j.log.sealed.Add(first, n)
}

// Entry judges the next opened entry, whose commitment was found right.
func (j *Judge) Entry(e *opened.Entry) {
	j.count.Opened++
	j.log.tally.Opened(&e.Entry)
	if j.log.Duty == trust.Decisions {
		j.log.classes[e.Index] = e.Class
		j.log.counter.Entry(e.Index, &e.Entry)
	}
	j.erased.Seen(act.Place{Index: e.Index, Origin: j.log.Origin})
	if !opened.Fits(e.Class, j.log.Duty) {
		j.bad(e, "duty", "duty", string(j.log.Duty))
	}
	j.time(e)
	env, digest, there := j.content(e)
	if !there && e.Class == proof.GrantClose {
		j.lost++
	} else if !there && e.Class == proof.Books {
		j.pages++
	} else if !there && (e.Class == proof.Disposal || e.Class == proof.Period) {
		if j.log.reports = append(j.log.reports, e.Index); e.Class == proof.Disposal {
			j.log.proofs = append(j.log.proofs, e.Index)
		}
	}
	j.under(e)
	if there {
		j.paper(e, env, digest)
	}
}

// time holds the entry's time against what witnesses say of the checkpoints around it.
//
// Invariant 2: an act that was written down afterwards bears a time that no witness
// bears out.
func (j *Judge) time(e *opened.Entry) {
	from, until := j.log.Stamps.Around(e.Index)
	if e.At < from-Skew {
		j.bad(e, "back-dated", "at", e.At.String(), "not_before", from.String())
	}
	if e.At-Skew > until {
		j.bad(e, "post-dated", "at", e.At.String(), "not_after", until.String())
	}
}

// End closes the log: what is still open of it is told.
func (j *Judge) End() {
	j.missing()
	j.unsealed()
}

// Finish judges what only all logs together show.
func (j *Judge) Finish() {
	j.unclosed()
	for _, f := range j.erased.Judge(j.strict, Skew) {
		j.tell(flaw.Flaw{Code: f.Code, Log: f.Origin, Rank: f.Rank, Index: f.Index, Class: proof.Redress, Args: f.Args})
	}
	// In public who opens not one page of an account may keep them to himself.
	unread := j.pages
	if !j.strict {
		unread += j.count.Sealed
	}
	j.books.Balance(j.balanced, unread)
}

// paper judges a payload that is a signed paper.
func (j *Judge) paper(e *opened.Entry, env *paper.Envelope, content paper.Digest) {
	want := opened.Types(e.Class)
	if env == nil {
		if want != nil {
			j.bad(e, "paper-none")
		}
		return
	}
	j.count.Papers++
	if want != nil && !slices.Contains(want, env.PayloadType) {
		j.bad(e, "paper-type", "type", env.PayloadType)
		return
	}
	p := &signed{Entry: e, envelope: env, content: content, view: j.views.At(e.At)}
	if want != nil && p.view == nil {
		j.bad(e, "trust-then", "at", e.At.String())
		return
	}
	if f := j.judges()[e.Class]; f != nil {
		f(p)
	}
	j.oversight(p)
}

// oversight judges samples, and notes to what an answer is owed.
func (j *Judge) oversight(p *signed) {
	f := j.log.Oversight.Take(&oversee.Entry{
		Index: p.Index, Class: p.Class, Digest: p.Paper, Envelope: p.envelope, Keeper: j.log.Body,
		Signed: func(b paper.ID) bool { return p.view != nil && j.byBody(p, b) }, Root: j.log.Root, Whole: j.log.hidden == 0,
	})
	if f.Code != "" {
		j.bad(p.Entry, f.Code, f.Args...)
	}
}

// judges are what judges the papers of each class.
func (j *Judge) judges() map[proof.Class]func(*signed) {
	return map[proof.Class]func(*signed){
		proof.Trust: j.trust, proof.Warrant: j.warrant, proof.Suspension: j.stop, proof.Revocation: j.stop,
		proof.Liveness: j.liveness, proof.GrantOpen: j.open, proof.GrantClose: j.close,
		proof.Books: j.page, proof.Disposal: j.disposal, proof.Period: j.period,
		proof.Inspection: j.year, proof.BreachNotice: j.year, proof.Demand: j.year, proof.Recommendation: j.year, proof.Figures: j.year, proof.OpeningRequest: j.year,
		proof.Redress: j.redress,
	}
}

// trust: what the log records of the trust root, the export holds.
func (j *Judge) trust(p *signed) {
	if !j.views.Has(p.envelope.Digest()) {
		j.bad(p.Entry, "trust-withheld")
	}
	if at, ok := backdate.Issued(p.envelope); ok {
		j.stated(p, at)
	}
	if at, ok := j.log.Stamps.First(p.Index); ok {
		j.views.Saw(p.envelope.Digest(), p.content, at)
	}
}

// signed is an entry with its paper and the trust of its time.
type signed struct {
	*opened.Entry
	envelope *paper.Envelope
	content  paper.Digest // of the envelope's bytes
	view     *trust.View
}

// byBody says whether a key of the body has signed p, whatever its role.
func (j *Judge) byBody(p *signed, body paper.ID) bool {
	b, _ := p.view.Body(body)
	var keys []paper.PublicKey
	for _, k := range b.Keys {
		if k.From <= p.At && p.At < k.Until {
			keys = append(keys, k.Key)
		}
	}
	return j.known.Signed(p.content, p.envelope, keys) > 0
}

// Bad notes an entry of which was told already that it is not what it says.
func (j *Judge) Bad(index int64) {
	j.count.Opened++
	j.log.proofs, j.log.reports = append(j.log.proofs, index), append(j.log.reports, index)
	j.log.unread++
	j.lost++
	j.pages++
	j.log.tally.Sealed(1)
}
