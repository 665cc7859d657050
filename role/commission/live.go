package commission

import (
	"context"
	"os"
	"time"

	"github.com/noroshi-acd/noroshi/authority/docket"
	"github.com/noroshi-acd/noroshi/authority/live"
	"github.com/noroshi-acd/noroshi/authority/live/announce"
	"github.com/noroshi-acd/noroshi/authority/live/issue"
	"github.com/noroshi-acd/noroshi/authority/live/record"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/stage"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

const (
	tickEvery   = time.Second
	finishEvery = time.Minute // between two looks at openings that were interrupted
)

// openIssuer opens the commission's side of liveness.
func (s *Service) openIssuer() error {
	c := s.config.Liveness
	k, err := key(c.Key, c.Passphrase)
	if err != nil {
		return err
	}
	if err := s.noMember(k.Public.Key); err != nil {
		return err
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return err
	}
	s.clock = live.NewClock(nil)
	s.issuer, err = issue.Open(issue.Config{
		Dir: c.Dir, Key: paper.Ed25519(k.Key()), Interval: c.Every, Clock: s.clock, Profiles: s.profile,
		// The books are the hub's to bring; until a page of them can come in here, a link
		// counts as accounted for up to now, and the statement says nothing about books.
		Missing: func(paper.Digest, paper.ID) paper.Time { return paper.TimeOf(s.now()) },
		Stands:  s.standsNow, Logger: s.log,
	}, s.view())
	if err != nil {
		return err
	}
	s.closes = append(s.closes, s.issuer.Close)
	return nil
}

// standsNow says whether the desk lets a warrant stand, as it was asked last.
//
// Invariant 10: an urgent warrant that the check refused, or that was not confirmed in
// time, is in no statement, though nobody has signed a revocation.
func (s *Service) standsNow(w paper.Digest) bool {
	list := s.stands.Load()
	return list != nil && (*list)[w]
}

// measure records which program runs, and learns from the receipts what time it is.
func (s *Service) measure(ctx context.Context, ready func()) error {
	role := paper.ID(s.config.Commission.Role)
	return announce.Announcer{
		Body: paper.ID(s.config.Commission.Body), Clock: s.clock, View: s.view, Now: s.now, Log: s.log,
		Record: record.Log{Ledger: s.ledger, Role: role},
	}.Run(ctx, ready)
}

// speak signs what stands, every few seconds and at once when something has ended. It
// begins when the time is known: before, what is admitted could not be checked.
func (s *Service) speak(ctx context.Context, ready func()) error {
	ready()
	for !s.clock.Now().Sure {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(100 * time.Millisecond):
		}
	}
	s.stand(ctx)
	return s.issuer.Run(ctx)
}

// stand asks the desk what stands, and lets the issuer know.
func (s *Service) stand(ctx context.Context) {
	list, err := s.desk.Standing(ctx, paper.TimeOf(s.now()))
	if err != nil || s.rootless() {
		s.log.Error("what stands is not known, so nothing does", "error", err)
		list = nil
	}
	now := map[paper.Digest]bool{}
	for i := range list {
		if list[i].State == stage.Live || list[i].State == stage.Issued {
			now[list[i].Permit.Warrant] = true
		}
	}
	before := s.stands.Swap(&now)
	if s.clock.Now().Sure {
		s.admit(list, before)
	}
	for w := range known(before) {
		if !now[w] {
			s.issuer.Trust(s.view()) // says at once what does not stand any more
			return
		}
	}
}

func known(m *map[paper.Digest]bool) map[paper.Digest]bool {
	if m == nil {
		return nil
	}
	return *m
}

// admit lets the issuer take in what is new. The desk has held an urgent warrant against
// the count of its day when it was issued, so none is counted here.
func (s *Service) admit(list []docket.Standing, before *map[paper.Digest]bool) {
	for i := range list {
		if known(before)[list[i].Permit.Warrant] {
			continue
		}
		lacks, err := s.issuer.Admit(list[i].Envelope, &warrant.UrgentCount{})
		if err != nil || len(lacks) > 0 {
			s.log.Error("a warrant that was issued is not live", "warrant", string(list[i].Permit.Warrant), "lacks", len(lacks), "error", err)
			delete(*s.stands.Load(), list[i].Permit.Warrant) // it is tried again
		}
	}
}

// tick looks at the clocks and at the trust root, each second.
func (s *Service) tick(ctx context.Context, ready func()) error {
	ready()
	t := time.NewTicker(tickEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		version := s.view().Digest()
		if err := s.look(); err != nil {
			s.log.Error("no trust root holds", "error", fault.Text(err, i18n.EN))
			s.stand(ctx)
			continue
		}
		if v := s.view(); v.Digest() != version {
			s.issuer.Trust(v)
		}
		found, err := s.desk.Tick(ctx)
		for _, a := range found {
			s.log.Error("a clock has run out", "kind", string(a.Kind), "application", string(a.Application), "entry", a.Index, "erase", a.Erase)
		}
		if err != nil && ctx.Err() == nil {
			s.log.Error("the clocks could not be looked at", "error", fault.Text(err, i18n.EN))
		}
		s.stand(ctx)
	}
}

// finish carries out what was asked to be opened before a stop, or while too few witnesses
// answered.
func (s *Service) finish(ctx context.Context, ready func()) error {
	ready()
	for {
		if err := s.openings.Finish(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("requests to open entries wait", "error", fault.Text(err, i18n.EN))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(finishEvery):
		}
	}
}
