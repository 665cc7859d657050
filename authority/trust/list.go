package trust

import (
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/unmet"
)

// listed is a body's list that waits for its turn.
type listed struct {
	dated
	list List
}

// state is what a list comes to; its digest is what the next list names.
type state struct {
	Body      paper.ID `json:"body"`
	Keys      []Key    `json:"keys"`
	Root      paper.ID `json:"root"`
	Threshold int      `json:"threshold"`
	Version   int64    `json:"version"`
}

const stateType = "application/vnd.noroshi.body-state+json"

// ListDigest is what the next list of the body names as previous: the digest of the
// body's keys as they now are, whether they came by a root or by a list.
func (b Body) ListDigest(root paper.ID) (paper.Digest, error) {
	return paper.DigestAs(stateType, state{Body: b.ID, Keys: b.Keys, Root: root, Threshold: b.Threshold, Version: b.List})
}

// bodies gives the bodies of the version in force with the lists that count up to an
// instant in the place of those before.
func (c *chain) bodies(until paper.Time) []Body {
	bodies := slices.Clone(c.force.root.Bodies)
	for i := range bodies {
		b := &bodies[i]
		for n := c.list(b, until); n != nil; n = c.list(b, until) {
			b.Keys, b.Threshold, b.List = n.list.Keys, n.list.Threshold, n.list.Version
		}
	}
	return bodies
}

// list gives the list that follows b's, nil when there is none. Of two that both follow,
// the one that was recorded first counts; of two recorded together neither does.
func (c *chain) list(b *Body, until paper.Time) *listed {
	current, err := b.ListDigest(c.force.root.Name)
	if err != nil {
		return nil
	}
	var first *listed
	for _, n := range c.lists {
		if !n.due(until) || n.list.Root != c.force.root.Name || n.list.Body != b.ID || n.list.Previous != current {
			continue
		}
		if signed, why := c.listFaults(n, b); len(why) > 0 {
			c.refuse(&n.dated, signed, why)
			continue
		}
		switch fork := (unmet.List{{Place: n.place, Code: "list-fork", Args: []any{"body", string(b.ID)}}}); {
		case first == nil || first.digest == n.digest || n.counted < first.counted:
			first = n
		case n.counted == first.counted:
			c.refuse(&first.dated, true, fork)
			c.refuse(&n.dated, true, fork)
			return nil
		}
	}
	if first != nil {
		c.past[first.digest] = true
	}
	return first
}

// listFaults says whether b's own voice stands behind a list that follows b's, and what
// is wrong with it.
func (c *chain) listFaults(n *listed, b *Body) (signed bool, l unmet.List) {
	signed = speaks(n.envelope, *b, n.issued, n.counted)
	l.Want(signed, n.place+".signatures", "list-signatures", "body", string(b.ID))
	l.Want(n.list.Version == b.List+1, n.place+".version", "list-version")
	n.late(&l)
	keyListFaults(&l, n.place, n.list.Keys, b.Roles, n.list.Threshold, c.force.root.Kind)
	return signed, l
}
