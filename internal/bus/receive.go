package bus

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/noroshi-acd/noroshi/internal/bus/seal"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/pki"
)

// Times between attempts.
const (
	soon    = 250 * time.Millisecond // after a line that broke
	longest = 30 * time.Second       // between two attempts to keep one batch
	beat    = time.Second            // between signs of life of the bus; after two without, receiving begins again
	atOnce  = 4                      // batches asked for at a time
)

// Batch is a batch as it was sent.
type Batch struct {
	From  pki.Name // by the stream, into which only that machine's certificate sends
	ID    string
	Body  []byte    // nil when it could not be opened
	At    time.Time // when the bus took it in, by the bus's clock
	Tries int       // how often it was handed out, from 1
	Late  bool      // it waited longer than Config.MaxAge
}

// Keeper is what receives: it keeps batches, and hears of those that can never be kept.
// Methods are called by several goroutines, one sender's batches possibly out of order.
type Keeper interface {
	// Keep MUST come back without an error only when the batch is durable. It MUST treat a
	// second batch of the same sender and id as kept already. After an error the batch
	// comes again, unless the error is ErrNever.
	Keep(context.Context, Batch) error
	// Lost hears that a batch is about to be removed that was not kept, and why: it did not
	// open, or Keep said ErrNever. It MUST come back without an error only when that is
	// on record; until then the batch stays and comes again.
	Lost(context.Context, Batch, error) error
}

// ErrNever is what Keep says (wrapped) of a batch that cannot be kept ever.
var ErrNever = errors.New("the batch can never be kept")

// Receiver hands batches to a Keeper. Several goroutines may run it, one per sender; they
// share what is worked on at a time, and so the memory: at most (senders × 4 + AtWork)
// batches.
type Receiver struct {
	line   *Line
	c      Config
	keys   seal.Keys
	keeper Keeper
	log    *slog.Logger
	work   chan struct{} // one token per batch that is worked on
	now    func() time.Time
}

// Receiver gives a receiver on this line. c MUST be valid.
func (l *Line) Receiver(c Config, keys seal.Keys, k Keeper, now func() time.Time, log *slog.Logger) *Receiver {
	return &Receiver{line: l, c: c, keys: keys, keeper: k, log: log, work: make(chan struct{}, c.AtWork), now: now}
}

// Run hands a sender's batches to the keeper until ctx is done, also over lines that are
// cut and servers that die. It ends earlier only when the sender has no stream
// ([Line.Admit]).
func (r *Receiver) Run(ctx context.Context, from pki.Name) error {
	for ctx.Err() == nil {
		err := r.receive(ctx, from)
		switch {
		case ctx.Err() != nil:
		case fault.KindOf(err) == fault.NotFound:
			return err
		case err != nil:
			r.log.Warn("bus: receiving stopped, and begins again", "sender", from.String(), "error", err.Error())
		}
		pause(ctx, soon)
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// receive hands over batches until something goes wrong with the line. It waits for what
// it handed over.
func (r *Receiver) receive(ctx context.Context, from pki.Name) error {
	c, err := r.line.js.Consumer(ctx, stream(from), consumer)
	if err != nil {
		return r.line.failed(err, "receive", from.String())
	}
	var all sync.WaitGroup
	defer all.Wait()
	for ctx.Err() == nil {
		if err := r.fetch(ctx, c, from, &all); err != nil {
			return r.line.failed(err, "receive", from.String())
		}
	}
	return nil
}

// fetch asks for a few batches, so that a keeper that is slow leaves the rest on the bus,
// and hands each over as it comes.
func (r *Receiver) fetch(ctx context.Context, c jetstream.Consumer, from pki.Name, all *sync.WaitGroup) error {
	waiting, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	got, err := c.Fetch(atOnce, jetstream.FetchContext(waiting), jetstream.FetchHeartbeat(beat))
	if err != nil {
		return err
	}
	for m := range got.Messages() {
		select {
		case r.work <- struct{}{}:
			all.Go(func() {
				defer func() { <-r.work }()
				r.settle(ctx, from, m)
			})
		case <-ctx.Done():
			if err := m.Nak(); err != nil {
				r.log.Debug("bus: a batch is not given back, and comes again later", "sender", from.String(), "error", err.Error())
			}
		}
	}
	if waiting.Err() != nil {
		return nil // nothing came in time
	}
	return got.Error()
}

// settle hands one batch over and tells the bus what became of it. When that does not
// reach the bus the batch comes again, which its keeper bears.
func (r *Receiver) settle(ctx context.Context, from pki.Name, m jetstream.Msg) {
	meta, err := m.Metadata()
	if err != nil {
		r.log.Warn("bus: a message without its place", "sender", from.String(), "error", err.Error())
		return
	}
	b := Batch{From: from, ID: m.Headers().Get(jetstream.MsgIDHeader), At: meta.Timestamp.UTC(), Tries: int(meta.NumDelivered)}
	b.Late = r.now().Sub(b.At) > r.c.MaxAge
	stop := r.working(ctx, m)
	err = r.keep(ctx, &b, m.Data())
	stop()
	switch {
	case err == nil:
		err = m.Ack()
	case ctx.Err() != nil:
		err = m.Nak()
	default:
		r.log.Warn("bus: a batch could not be kept, and comes again", "sender", from.String(), "id", b.ID, "tries", b.Tries, "error", err.Error())
		err = m.NakWithDelay(min(longest, soon<<min(b.Tries-1, 10)))
	}
	if err != nil {
		r.log.Warn("bus: a batch is not settled, and comes again", "sender", from.String(), "id", b.ID, "error", err.Error())
	}
}

// keep opens a batch and hands it over. No error means that the bus may forget it.
func (r *Receiver) keep(ctx context.Context, b *Batch, sealed []byte) error {
	var err error
	if !idForm.MatchString(b.ID) {
		b.ID = ""
		return r.keeper.Lost(ctx, *b, wrong(fault.Invalid, "nameless", fault.Place{Field: "id"}, nil, "sender", b.From.String()))
	}
	b.Body, err = seal.Open(r.keys, b.From.String(), b.ID, sealed)
	switch {
	case err == nil:
		if err = r.keeper.Keep(ctx, *b); errors.Is(err, ErrNever) {
			err = r.keeper.Lost(ctx, *b, err)
		}
	case fault.KindOf(err) == fault.Invalid || errors.Is(err, seal.ErrNoKey):
		err = r.keeper.Lost(ctx, *b, err)
	}
	return err // a key store that is away for now is no loss
}

// working tells the bus, while a batch is worked on, that it is: else it would hand it out
// a second time after AckTime.
func (r *Receiver) working(ctx context.Context, m jetstream.Msg) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for tick := time.NewTicker(r.c.AckTime / 3); ; {
			select {
			case <-ctx.Done():
				tick.Stop()
				return
			case <-tick.C:
				if err := m.InProgress(); err != nil {
					r.log.Debug("bus: not told that a batch is worked on", "error", err.Error())
				}
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}
