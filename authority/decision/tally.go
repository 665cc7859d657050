package decision

import (
	"cmp"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant"
)

// RoleChair is the role of the key of the one who presides; the chair is a member too.
const RoleChair paper.ID = "chair"

// Matter is what is decided, by whom, and what is known of it.
type Matter struct {
	Application *application.Application
	Digest      paper.Digest // of the application
	Lock        rules.Lock   // the lock whose holders decide
	OnCallEnds  paper.Time   // those on call decide before it; 0: never. See [OnCallEnds]
	View        *trust.View
	At          paper.Time // of the count; votes of later are not counted
}

// Why a vote is not counted.
const (
	NoVote           = "paper"             // the paper cannot be read
	OtherApplication = "other-application" // it is about another application
	Unsigned         = "unsigned"          // its member has not signed it, or not alone
	OutOfTime        = "out-of-time"       // cast before the application, or after the count
	Departed         = "departed"          // its member does not hold the role any more at the count
	Wider            = "wider"             // it gives more than was asked
	AllAsked         = "whole"             // it gives all that was asked, and calls it a part
	Replaced         = "replaced"          // its member has cast another in its place
	Twice            = "twice"             // its member has cast another beside it: neither counts
)

// Cast is one vote as it was found.
type Cast struct {
	Digest   paper.Digest
	Vote     Vote
	Why      string // why it is not counted; empty when it is
	Chair    bool
	grant    *Grant // what it gives; nil: nothing
	replaces paper.Digest
}

// Count is what the votes come to.
type Count struct {
	Votes   []Cast   // in the order of their digests, each once
	Outcome Position // empty while nothing is decided
	Grant   *Grant   // with Approve and Partial
	Taking  int      // members who take part: all but those who recuse themselves
	Support int      // of these, who give what is given, or more
	Against int      // of these, who refuse
	Recused int
	Need    int // how many must be for it, at the least
	Quorum  int // how many must take part
	Seats   int // who holds the role
	OnCall  bool
	Cast    bool // the chair's vote has decided a tie
}

// Tally counts votes. The same votes come to the same count, in whichever order and
// however often each is brought.
func Tally(m Matter, votes []*paper.Envelope) *Count {
	c := count(m, votes, false)
	if c.Outcome != "" || !onCall(m, c) {
		return c
	}
	// Those on call can let something go on; to refuse it, or to take it apart, is for all.
	if few := count(m, votes, true); few.Outcome == Approve {
		return few
	}
	return c
}

// OnCallEnds is the instant before which those on call can decide an application: on the
// urgent path, where the lock has them, until as much time is over since the asking as the
// whole body has to take their decision up. 0: never, also where after, which adds a span
// to an instant, cannot say when that is.
func OnCallEnds(l rules.Lock, a *application.Application, after func(paper.Time, rules.Span) (paper.Time, error)) paper.Time {
	if l.OnCall == nil || a.Path != warrant.Urgent {
		return 0
	}
	at, err := after(a.At, l.OnCall.WholeAfter)
	if err != nil {
		return 0
	}
	return at
}

// Why a vote that was cast on call is no word of those on call.
const (
	OrdinaryPath = "path"     // they decide on the urgent path alone
	NoneOnCall   = "rules"    // the rules have nobody decide on call
	NotApproving = "position" // on call one can let something go on, and no more
	CalledLate   = "late"     // it was cast when the whole body had to take it up
)

// Uncalled says why a vote that was cast on call counts as any other vote and no more; ""
// where it counts on call, or was not cast so. ends is as [OnCallEnds] has it.
func Uncalled(l rules.Lock, a *application.Application, v *Vote, ends paper.Time) string {
	switch {
	case !v.OnCall:
		return ""
	case a.Path != warrant.Urgent:
		return OrdinaryPath
	case l.OnCall == nil:
		return NoneOnCall
	case v.Position != Approve:
		return NotApproving
	case v.At >= ends:
		return CalledLate
	}
	return ""
}

// onCall says whether those on call decide: as many as the rules want have signed that
// they approve on call, while they could. Who asks for the count has no say in it.
//
// Invariant 13: whoever runs a machine cannot choose by how many is decided.
func onCall(m Matter, c *Count) bool {
	if m.Lock.OnCall == nil || m.Application.Path != warrant.Urgent || m.At >= m.OnCallEnds {
		return false
	}
	n := int64(0)
	for _, v := range c.counted() {
		if v.Vote.OnCall && v.Vote.Position == Approve && v.Vote.At < m.OnCallEnds {
			n++
		}
	}
	return n >= m.Lock.OnCall.K
}

func count(m Matter, votes []*paper.Envelope, few bool) *Count {
	c := &Count{Need: int(m.Lock.K), Quorum: int(max(m.Lock.Quorum, m.Lock.K)), Seats: len(bearers(m, m.Lock.Role))}
	if few {
		c.OnCall, c.Need, c.Quorum = true, int(m.Lock.OnCall.K), int(m.Lock.OnCall.K)
	}
	for _, e := range votes {
		c.add(m, e)
	}
	slices.SortFunc(c.Votes, func(a, b Cast) int { return compare(a.Digest, b.Digest) })
	c.onePersonOneVote()
	c.decide(m)
	return c
}

func compare[T ~string](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// bearers gives who has a role when the votes are counted, in the body that keeps the
// log of decisions: others may call a role by the same name.
func bearers(m Matter, role paper.ID) map[paper.ID]bool {
	persons := map[paper.ID]bool{}
	for _, h := range m.View.Keys(role, m.At) {
		if slices.ContainsFunc(m.View.Logs(), func(g trust.Log) bool { return g.Duty == trust.Decisions && g.Body == h.Body }) {
			persons[h.Person] = true
		}
	}
	return persons
}

// add looks at one vote by itself.
func (c *Count) add(m Matter, e *paper.Envelope) {
	cast := Cast{Digest: e.Digest()}
	if slices.ContainsFunc(c.Votes, func(o Cast) bool { return o.Digest == cast.Digest && o.Why != Unsigned }) {
		return
	}
	c.Votes = slices.DeleteFunc(c.Votes, func(o Cast) bool { return o.Digest == cast.Digest })
	v := &cast.Vote
	if e.Open(VoteType, v) != nil {
		cast.Why = NoVote
		c.Votes = append(c.Votes, cast)
		return
	}
	cast.replaces = v.Replaces
	_, signed := v.Signed(e, m.View, m.Lock.Role)
	whole := Whole(m.Application)
	switch {
	case v.Application != m.Digest:
		cast.Why = OtherApplication
	case !signed:
		cast.Why = Unsigned
	case v.At < m.Application.At || v.At > m.At:
		cast.Why = OutOfTime
	case !bearers(m, m.Lock.Role)[v.Member]:
		// Invariant 13: or a seat would have two votes, its holder's and that of the one before; and who
		// has left could write an earlier instant under a vote of today.
		cast.Why = Departed
	case v.Grant != nil && !Within(&whole, v.Grant):
		cast.Why = Wider
	case v.Grant != nil && Within(v.Grant, &whole):
		cast.Why = AllAsked // there is a position for that
	}
	cast.Chair = bearers(m, RoleChair)[v.Member]
	switch v.Position {
	case Approve:
		cast.grant = &whole
	case Partial:
		cast.grant = v.Grant
	}
	c.Votes = append(c.Votes, cast)
}

// onePersonOneVote takes out votes that their own member replaced, and all of a member
// who still has two. A vote that was replaced itself goes on replacing the one before.
func (c *Count) onePersonOneVote() {
	valid := c.counted()
	for i := range c.Votes {
		for _, later := range valid {
			if later.replaces == c.Votes[i].Digest && later.Vote.Member == c.Votes[i].Vote.Member && c.Votes[i].Why == "" {
				c.Votes[i].Why = Replaced
			}
		}
	}
	n := map[paper.ID]int{}
	for _, v := range c.counted() {
		n[v.Vote.Member]++
	}
	for i, v := range c.Votes {
		if v.Why == "" && n[v.Vote.Member] > 1 {
			c.Votes[i].Why = Twice
		}
	}
}

func (c *Count) counted() []Cast {
	return slices.DeleteFunc(slices.Clone(c.Votes), func(v Cast) bool { return v.Why != "" })
}

// decide works out the outcome. Who would give more gives the less too; a recusal lowers
// neither what is needed nor the quorum.
func (c *Count) decide(m Matter) {
	votes := c.counted()
	chair := func(is func(Cast) bool) bool {
		in := slices.DeleteFunc(slices.Clone(votes), func(v Cast) bool { return !v.Chair })
		return m.Lock.CastingVote && len(in) == 1 && is(in[0]) // two who preside have no casting vote
	}
	number := func(is func(Cast) bool) int {
		return len(slices.DeleteFunc(slices.Clone(votes), func(v Cast) bool { return !is(v) }))
	}
	position := func(p Position) func(Cast) bool { return func(v Cast) bool { return v.Vote.Position == p } }
	c.Recused = number(position(Recuse))
	c.Taking, c.Against = len(votes)-c.Recused, number(position(Refuse))
	carries := func(is func(Cast) bool) (carried, byChair bool) {
		n := number(is)
		tie := 2*n == c.Taking && chair(is)
		return c.Taking > 0 && (2*n > c.Taking || tie), tie
	}
	if c.Taking >= c.Quorum {
		c.widest(m, votes, number, carries)
		for _, p := range []Position{Refuse, Correct} {
			if ok, tie := carries(position(p)); c.Outcome == "" && ok {
				c.Outcome, c.Cast = p, tie
			}
		}
	}
	if c.Outcome == "" && c.Seats > 0 && len(votes) >= c.Seats {
		c.Outcome = Refuse // everybody has spoken, and nothing was carried
	}
}

// offer is a grant that enough members give.
type offer struct {
	*Cast
	support int
	byChair bool
}

// same says whether two offers give the same, however they say it.
func (o offer) same(p offer) bool { return Within(o.grant, p.grant) && Within(p.grant, o.grant) }

// widest finds the widest grant that enough members give; of several of which none is
// wider, the one that more give; of those, the one that the chair gives, where the lock
// has a casting vote. No paper's digest breaks a tie: whoever writes a paper chooses it.
func (c *Count) widest(m Matter, votes []Cast, number func(func(Cast) bool) int, carries func(func(Cast) bool) (bool, bool)) {
	var all []offer
	most := 0
	for i := range votes {
		v := &votes[i]
		if v.grant == nil {
			continue
		}
		gives := func(o Cast) bool { return o.grant != nil && Within(o.grant, v.grant) }
		if ok, tie := carries(gives); ok && number(gives) >= c.Need {
			all = append(all, offer{v, number(gives), tie})
		}
	}
	list := slices.DeleteFunc(slices.Clone(all), func(o offer) bool {
		return slices.ContainsFunc(all, func(p offer) bool { return Within(p.grant, o.grant) && !o.same(p) })
	})
	for _, o := range list {
		most = max(most, o.support)
	}
	list = slices.DeleteFunc(list, func(o offer) bool { return o.support < most })
	one := func(list []offer) bool {
		return len(list) > 0 && !slices.ContainsFunc(list, func(o offer) bool { return !o.same(list[0]) })
	}
	tie := len(list) > 0 && !one(list)
	if tie {
		list = slices.DeleteFunc(list, func(o offer) bool { return !chairs(m, votes, o.grant) })
	}
	if !one(list) {
		return
	}
	// They give the same: the words are those of the vote that was cast first.
	best := slices.MinFunc(list, func(a, b offer) int {
		return cmp.Or(cmp.Compare(a.Vote.At, b.Vote.At), cmp.Compare(a.Vote.Member, b.Vote.Member))
	})
	c.Outcome, c.Grant, c.Support, c.Cast = best.Vote.Position, best.grant, best.support, best.byChair || tie
}

// chairs says whether the vote of the one who presides gives a grant, where it is a
// casting vote.
func chairs(m Matter, votes []Cast, g *Grant) bool {
	in := slices.DeleteFunc(slices.Clone(votes), func(v Cast) bool { return !v.Chair })
	return m.Lock.CastingVote && len(in) == 1 && in[0].grant != nil && Within(in[0].grant, g)
}

// Within says whether inner gives no more than outer: no more scope, no more time, and
// under every condition of outer.
func Within(outer, inner *Grant) bool {
	as := func(g *Grant) *warrant.Warrant {
		return &warrant.Warrant{NotBefore: g.From, NotAfter: g.Until, Scope: g.Scope}
	}
	for _, c := range outer.Conditions {
		if !slices.Contains(inner.Conditions, c) {
			return false
		}
	}
	return len(warrant.Narrow(as(outer), as(inner))) == 0
}
