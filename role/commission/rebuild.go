package commission

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/noroshi-acd/noroshi/actor"
	"github.com/noroshi-acd/noroshi/authority"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/repeat"
	"github.com/noroshi-acd/noroshi/authority/replay"
	"github.com/noroshi-acd/noroshi/authority/wire"
	"github.com/noroshi-acd/noroshi/internal/store"
	"github.com/noroshi-acd/noroshi/oversight/register"
	"github.com/noroshi-acd/noroshi/role/commission/settings"
)

// Nouns are the tables of the service's store, for [store.DB.Migrate].
func Nouns() []store.Noun { return append(authority.Nouns(), register.Noun(), actor.Noun()) }

func (s *Service) deskConfig() authority.Config {
	c := s.config.Commission
	return authority.Config{
		Store: s.store, Ledger: s.ledger, Body: paper.ID(c.Body), Role: paper.ID(c.Role), View: s.view, Profiles: s.profile, Rules: s.rules,
		Clock: s.now, Promise: c.Promise, Logger: s.log, Likeness: repeat.NewMemory(), People: actor.New(s.store, s.now),
	}
}

func (s *Service) registerConfig() register.Config {
	c := s.config.Commission
	return register.Config{
		Store: s.store, Ledger: s.ledger, Body: paper.ID(c.Body), Member: wire.Member, Role: paper.ID(c.Role), View: s.view, Clock: s.now, Logger: s.log,
		ByHand: s.config.Opening.ByHand, Fresh: s.config.Opening.Fresh,
	}
}

// Rebuild works out again what the store lacks of the log; see [replay.Run]. The service
// MUST NOT run meanwhile.
func Rebuild(ctx context.Context, c *settings.Config) (r *replay.Result, err error) {
	s := &Service{config: c, log: slog.New(slog.DiscardHandler), now: time.Now}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.look(); err != nil {
		return nil, err
	}
	if s.law, err = wire.Law(c.Commission.Law); err != nil {
		return nil, err
	}
	if err := s.openStore(ctx, false); err != nil {
		return nil, err
	}
	if err := s.openLedger(ctx, false); err != nil {
		return nil, err
	}
	return replay.Run(ctx, replay.Config{Log: s.ledger, Desk: s.deskConfig(), Register: s.registerConfig()})
}
