package witness

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// rootEvery is how often the trust root is followed again: versions come into the folder,
// and those that were announced take effect by themselves.
const rootEvery = 15 * time.Second

// Serve runs the witness of a configuration until ctx is done. Whenever the trust root
// names other logs, witnesses or another quorum, the service ends in order and goes on
// under the new version; hangup has it look at once, and may be nil. A root that does not
// hold, an older one than before, or one that the configuration does not fit, changes
// nothing: it is an alarm, and the witness goes on as it was until its own root ends.
func Serve(ctx context.Context, c *Config, l i18n.Lang, log *slog.Logger, hangup <-chan os.Signal) error {
	return serve(ctx, c, l, log, system(), hangup, rootEvery)
}

func serve(ctx context.Context, c *Config, l i18n.Lang, log *slog.Logger, from source, hangup <-chan os.Signal, every time.Duration) error {
	for least := int64(0); ; {
		s, err := assemble(c, l, log, from)
		if err == nil && s.plan.version < least { // the folder went back in this moment
			err = errors.Join(wrong("root", fault.Place{Path: c.Trust.Folder}, fmt.Errorf("version %d was in force, the folder has only %d", least, s.plan.version)), s.Close())
		}
		if err != nil {
			return err
		}
		s.hangup, s.every = hangup, every
		if err := s.Run(ctx); err != nil || !s.moved.Load() || ctx.Err() != nil {
			return err
		}
		least = s.version.Load()
		log.Info("going on under another version of the trust root", "after", s.plan.version)
	}
}

// follow looks after the trust root; it ends when the service must go on under another.
func (s *Service) follow(ctx context.Context) error {
	s.tell(s.plan)
	every := s.every
	if every == 0 {
		every = rootEvery
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		case <-s.hangup:
		}
		if s.config.Trust.Folder != "" && s.look() {
			s.moved.Store(true)
			return nil
		}
	}
}

// look follows the root again and says whether it leads elsewhere. Only what is proven
// from the pinned fingerprint on counts, and never less than before.
func (s *Service) look() (moved bool) {
	p, err := s.config.plan(s.witness.Key(), s.clock.wall())
	if err == nil && p.version < s.version.Load() {
		err = fmt.Errorf("version %d is in force, the folder has only %d", s.version.Load(), p.version)
	}
	why := ""
	if err != nil {
		why = err.Error()
	}
	if before := s.rootFault.Swap(&why); why != "" && (before == nil || *before != why) {
		s.log.Error("the trust root is not followed", "error", why)
	}
	if err != nil {
		return false
	}
	if p.same(s.plan) {
		s.clock.lasts(p.until)
		if p.version != s.version.Swap(p.version) {
			s.tell(p)
		}
		return false
	}
	s.version.Store(p.version)
	return true
}

// tell writes down which version is in force, how it came, and what was left out.
func (s *Service) tell(p *plan) {
	s.version.Store(p.version)
	if p.version > 0 {
		s.log.Info("trust root", "version", p.version, "until", p.until)
	}
	if p.recovered {
		s.log.Warn("RECOVERY: this version of the trust root came by the recovery keys, not by the top of the one before; ask all bodies whether they know of it", "version", p.version)
	}
	for _, file := range p.left {
		s.log.Warn("left out of the trust root", "file", file)
	}
}
