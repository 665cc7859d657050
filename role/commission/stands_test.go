package commission

import (
	"testing"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

// TestInvariant10_NothingStandsThatTheDeskDoesNotLetStand: while the desk was not asked, when
// it cannot be, and of whatever it does not name, the statement of liveness says nothing.
func TestInvariant10_NothingStandsThatTheDeskDoesNotLetStand(t *testing.T) {
	s, named, other := &Service{}, paper.DigestOf([]byte("named")), paper.DigestOf([]byte("another"))
	if s.standsNow(named) {
		t.Error("a warrant stands of which the desk was not asked")
	}
	s.stands.Store(&map[paper.Digest]bool{named: true})
	if !s.standsNow(named) || s.standsNow(other) {
		t.Errorf("named %v, another %v", s.standsNow(named), s.standsNow(other))
	}
	s.stands.Store(nil)
	if s.standsNow(named) {
		t.Error("a warrant stands though the desk cannot be asked any more")
	}
}
