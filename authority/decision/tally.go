package decision

import (
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
	OnCall      bool         // those on call decide, where the lock has it
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
	c := &Count{Need: int(m.Lock.K), Quorum: int(max(m.Lock.Quorum, m.Lock.K)), Seats: len(bearers(m, m.Lock.Role))}
	if m.OnCall && m.Lock.OnCall != nil {
		// Only where the rules have it.
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
		c.widest(votes, number, carries)
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

// widest finds the widest grant that enough members give.
func (c *Count) widest(votes []Cast, number func(func(Cast) bool) int, carries func(func(Cast) bool) (bool, bool)) {
	var best *Cast
	for i := range votes {
		v := &votes[i]
		if v.grant == nil {
			continue
		}
		gives := func(o Cast) bool { return o.grant != nil && Within(o.grant, v.grant) }
		ok, tie := carries(gives)
		n := number(gives)
		if !ok || n < c.Need {
			continue
		}
		switch {
		case best == nil:
		case Within(v.grant, best.grant) && !Within(best.grant, v.grant): // wider
		case Within(best.grant, v.grant), n <= c.Support: // not wider, and no more are for it
			continue
		}
		best, c.Support, c.Cast = v, n, tie
	}
	if best == nil {
		return
	}
	c.Outcome, c.Grant = best.Vote.Position, best.grant
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
