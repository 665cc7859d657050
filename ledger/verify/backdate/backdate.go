package backdate

import (
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/trust"
)

// Signing is a paper's envelope with the two times of its signatures: the one that it
// states, and the one at which witnesses saw its entry.
type Signing struct {
	Envelope *paper.Envelope
	Stated   *trust.View // the trust at At
	Seen     *trust.View // the trust at SeenAt
	At       paper.Time
	SeenAt   paper.Time
}

// holders counts the keys that signed for the role, and those that still bore it when
// witnesses saw the paper.
func (s *Signing) holders(role paper.ID) (then, now int) {
	for _, h := range s.Stated.Signed(s.Envelope, role, s.At) {
		then++
		if _, ok := s.Seen.Holder(h.Key.ID(), role, s.SeenAt); ok {
			now++
		}
	}
	return then, now
}

// Over gives the roles of the locks that had keys enough at the stated time, and no
// longer when witnesses saw the paper.
//
// Invariant 3: what was signed with a key that is out of use is no more than its entry.
func (s *Signing) Over(locks []regime.Lock) []paper.ID {
	var roles []paper.ID
	for _, lock := range locks {
		if then, now := s.holders(lock.Role); then >= lock.K && now < lock.K { // of too few even then is told
			roles = append(roles, lock.Role)
		}
	}
	return roles
}

// StopOver says whether no lock's keys, or for a suspension not one key, were in force
// when witnesses saw a stop.
func (s *Signing) StopOver(locks []regime.Lock, suspension bool) bool {
	for _, lock := range locks {
		need := lock.K
		if suspension {
			need = 1
		}
		if _, now := s.holders(lock.Role); now >= need {
			return false
		}
	}
	return true
}

// Issued is the time that a version of the root or a body's list states; false for
// another paper.
func Issued(env *paper.Envelope) (paper.Time, bool) {
	var r trust.Root
	if env.Open(trust.RootType, &r) == nil {
		return r.Issued, true
	}
	var l trust.List
	if env.Open(trust.ListType, &l) == nil {
		return l.Issued, true
	}
	return 0, false
}
