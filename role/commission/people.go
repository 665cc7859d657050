package commission

import (
	"context"

	"github.com/noroshi-acd/noroshi/actor"
	"github.com/noroshi-acd/noroshi/actor/document"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/shelf"
)

// mostPeople bounds a register as text, in bytes.
const mostPeople = 16 << 20

// people brings the register of people to what the configured document says.
// It is the word of who keeps this machine: it can keep people of the trust root from
// acting, and lets nobody act whom the root does not know.
//
// Invariant 12: who acts stands in the trust root and, once it has begun, in the register.
func (s *Service) people(ctx context.Context) error {
	if s.config.Commission.People == "" {
		return nil
	}
	text, err := shelf.Bytes(s.config.Commission.People, mostPeople)
	if err != nil {
		return err
	}
	d, err := document.Read(s.config.Commission.People, text)
	if err != nil {
		return err
	}
	return actor.New(s.store, s.now).Amend(ctx, d, paper.ID(s.config.Commission.Role))
}
