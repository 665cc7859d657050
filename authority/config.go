package authority

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/docket"
	"github.com/noroshi-acd/noroshi/authority/outbox"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/regime/judge"
	"github.com/noroshi-acd/noroshi/authority/repeat"
	"github.com/noroshi-acd/noroshi/authority/seat"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/store"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Nouns are the desk's tables, for [store.DB.Migrate].
func Nouns() []store.Noun { return []store.Noun{outbox.Noun(), docket.Noun()} }

// Likeness finds reasons that repeat one another or those of earlier applications;
// *repeat.Memory is one.
type Likeness interface {
	Repetitions(a *application.Application, digest paper.Digest) []repeat.Repetition
	// Remember takes an application in: each once, those of before at Open.
	Remember(a *application.Application, digest paper.Digest)
}

// Config is what a desk needs. All but Likeness, People, Promise, MostBatch and Logger must be
// there.
type Config struct {
	// Store holds the desk's tables, brought up to date with [Nouns].
	Store *store.DB
	// Ledger is the log of decisions. Nobody else may record what the desk records.
	Ledger outbox.Ledger
	// Body is the commission's in the trust root: its lock decides.
	Body paper.ID
	// Role is that in which the desk itself records, a registrar's.
	Role paper.ID
	// View gives the trust that holds now.
	View func() *trust.View
	// Profiles and Rules find what a digest names; nil when it is not at hand.
	Profiles func(paper.Digest) *regime.Profile
	Rules    func(paper.Digest) *judge.Evaluator
	// Clock tells the time of entries.
	Clock func() time.Time
	// Likeness warns of repetition; nil looks only at what a renewal copies and at reasons
	// that are the same word for word.
	Likeness Likeness
	// People is the register of bodies, people and duties; nil leaves them to the trust root
	// alone. Who acts must stand in both.
	People seat.Register
	// Promise is within what the commission means to decide, where the law gives no time of
	// its own; 0 promises nothing. What is not decided by then reports itself.
	Promise time.Duration
	// Keys is as in [outbox.Config]: nil but where the store is worked out again.
	Keys func(proof.Entry) ([]byte, error)
	// MostBatch is how many acts go through together; 0 means 256.
	MostBatch int
	Logger    *slog.Logger
}

// Desk is the desk. It may be used by many goroutines; one process has it open, that
// which has the log.
type Desk struct {
	config Config
	box    *outbox.Box
}

// Open opens the desk and brings to its end what a stop left half done. The caller MUST
// call Close.
func Open(ctx context.Context, c Config) (*Desk, error) {
	if c.Store == nil || c.Ledger == nil || c.Body == "" || c.Role == "" || c.View == nil || c.Profiles == nil || c.Rules == nil || c.Clock == nil || c.Promise < 0 {
		return nil, errors.New("a desk needs a store, a ledger, a body, a role, trust, profiles, rules and a clock")
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if err := sameLog(ctx, &c); err != nil {
		return nil, err
	}
	box, err := outbox.Open(ctx, outbox.Config{Name: "authority", Store: c.Store, Ledger: c.Ledger, Clock: c.Clock, Effect: docket.Effect, Keys: c.Keys, MostBatch: c.MostBatch, Logger: c.Logger})
	if err != nil {
		return nil, err
	}
	d := &Desk{config: c, box: box}
	if err := d.recall(ctx); err != nil {
		return nil, errors.Join(err, box.Close())
	}
	return d, nil
}

// sameLog refuses a log that is not the one to which the store belongs: the latest paper
// of the store stands in it, at its place. A log that cannot be read is not asked.
func sameLog(ctx context.Context, c *Config) error {
	log, ok := c.Ledger.(interface {
		Read(index int64) (*proof.Opened, []byte, error)
	})
	if !ok {
		return nil
	}
	return c.Store.View(ctx, func(t *store.Tx) error {
		digest, place, err := docket.Latest(t)
		if err != nil || place < 0 {
			return err
		}
		o, _, err := log.Read(place)
		if o == nil && err != nil || o.Entry.Paper != digest {
			return because(fault.Permission, "other-log", "", err, "index", place, "origin", c.Ledger.Origin())
		}
		return nil
	})
}

// Close ends the desk: acts that wait get an error, those under way end.
func (d *Desk) Close() error { return d.box.Close() }

func (d *Desk) now() paper.Time { return paper.TimeOf(d.config.Clock()) }

// wrong makes the house's error of a sentence of area authority, with its hint.
func wrong(kind fault.Kind, key, field string, args ...any) error {
	return because(kind, key, field, nil, args...)
}

func because(kind fault.Kind, key, field string, cause error, args ...any) error {
	at := fault.Place{Offset: -1, Field: field}
	return fault.Said(fault.Error{Kind: kind, Place: at, Err: cause}, i18n.Both("authority.op"),
		i18n.Both("authority.wrong."+key, args...), i18n.Both("authority.hint."+key, args...))
}
