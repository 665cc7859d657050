package bus

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/pki"
)

// Line is a connection to the bus. It comes back by itself when it was cut; what is
// asked of it meanwhile fails and can be asked again. Any goroutine may use it.
type Line struct {
	nc   *nats.Conn
	js   jetstream.JetStream
	name pki.Name
}

// Line gives a line within the process. The node MUST be ready.
func (n *Node) Line() (*Line, error) {
	return connect(n.party.Own().Name, n.log, "", nats.InProcessServer(n.srv), nats.Token(n.door.token))
}

// Dial gives a line to one of the servers, over mutual TLS. It does not wait for it: a
// server may be away now and come.
func Dial(servers []string, p Party, log *slog.Logger) (*Line, error) {
	own := p.client()
	return connect(p.Own().Name, log, strings.Join(servers, ","), nats.RetryOnFailedConnect(true),
		nats.Secure(&tls.Config{MinVersion: tls.VersionTLS13}), nats.TLSHandshakeFirst(), func(o *nats.Options) error {
			o.TLSConfig = own
			return nil
		})
}

func connect(name pki.Name, log *slog.Logger, servers string, more ...nats.Option) (*Line, error) {
	said := func(what string) func(*nats.Conn, error) {
		return func(_ *nats.Conn, err error) {
			if err != nil {
				log.Warn("bus: "+what, "error", err.Error())
			}
		}
	}
	nc, err := nats.Connect(servers, append([]nats.Option{
		nats.Name(name.String()), nats.CustomInboxPrefix(inbox(name)), nats.Timeout(10 * time.Second),
		nats.MaxReconnects(-1), nats.ReconnectWait(time.Second), nats.ReconnectJitter(time.Second/2, time.Second/2),
		nats.IgnoreAuthErrorAbort(), // a session that ended is begun again
		nats.ReconnectBufSize(-1),   // what cannot be sent now fails now: its sender has it still
		nats.PingInterval(10 * time.Second), nats.MaxPingsOutstanding(2), nats.NoCallbacksAfterClientClose(),
		nats.DisconnectErrHandler(said("the line is cut")), nats.ReconnectErrHandler(said("the line does not come back")),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { said("refused")(nil, err) }),
	}, more...)...)
	if err != nil {
		return nil, wrong(fault.Invalid, "line", fault.Place{}, err, "name", name.String())
	}
	js, err := jetstream.New(nc)
	if err != nil {
		nc.Close()
		return nil, err
	}
	return &Line{nc: nc, js: js, name: name}, nil
}

// Close ends the line. What waits for an answer fails.
func (l *Line) Close() { l.nc.Close() }

// Up says whether the line stands.
func (l *Line) Up() bool { return l.nc.IsConnected() }

// Admit makes room for senders: for each the stream that holds its batches, with the
// limits of c, and the one consumer that empties it. What is there already gets the
// limits and keeps its batches. Only a keeper may.
func (l *Line) Admit(ctx context.Context, c Config, senders ...pki.Name) error {
	for _, n := range senders {
		s, err := l.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
			Name: stream(n), Subjects: []string{subject(n)}, Storage: jetstream.FileStorage, Replicas: c.Replicas,
			// A batch is removed when its keeper has it, and by nothing else: not to make room
			// (DiscardNew), not for its age (no MaxAge), and not by anybody's request. A sender
			// chooses where the bus answers it, and could choose the interface that removes:
			// such an answer is no request that the server obeys, and DenyDelete and DenyPurge
			// stand behind that.
			Retention: jetstream.WorkQueuePolicy, Discard: jetstream.DiscardNew, DenyDelete: true, DenyPurge: true,
			MaxBytes: int64(c.PerSender), MaxMsgs: int64(c.Batches), MaxMsgSize: int32(c.MaxBatch + slack), MaxConsumers: 1,
			Duplicates: c.Duplicates,
		})
		if err == nil {
			_, err = s.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{
				Durable: consumer, AckPolicy: jetstream.AckExplicitPolicy, AckWait: c.AckTime,
				MaxAckPending: c.InFlight, MaxDeliver: -1, Replicas: c.Replicas,
			})
		}
		if err != nil {
			return l.failed(err, "admit", n.String())
		}
	}
	return nil
}

// Dismiss ends a sender's stream. It refuses while batches lie there: they are kept or
// refused first ([Receiver]). Only a keeper may.
func (l *Line) Dismiss(ctx context.Context, n pki.Name) error {
	held, err := l.Held(ctx, n)
	switch {
	case err != nil:
		return err
	case held.Batches > 0:
		return wrong(fault.Permission, "held", fault.Place{}, nil, "sender", n.String(), "n", int64(held.Batches))
	}
	if err := l.js.DeleteStream(ctx, stream(n)); err != nil {
		return l.failed(err, "dismiss", n.String())
	}
	return nil
}

// Held is what the bus holds of a sender.
type Held struct {
	Batches uint64
	Bytes   uint64
	Oldest  time.Time // when the first batch came, zero when there is none
	Out     int       // batches handed out and not settled
}

// Held asks what the bus holds of a sender. Only a keeper may.
func (l *Line) Held(ctx context.Context, n pki.Name) (Held, error) {
	s, err := l.js.Stream(ctx, stream(n))
	if err != nil {
		return Held{}, l.failed(err, "ask", n.String())
	}
	state := s.CachedInfo().State
	h := Held{Batches: state.Msgs, Bytes: state.Bytes}
	if h.Batches > 0 {
		h.Oldest = state.FirstTime.UTC()
	}
	c, err := s.Consumer(ctx, consumer)
	if err != nil {
		return Held{}, l.failed(err, "ask", n.String())
	}
	h.Out = c.CachedInfo().NumAckPending
	return h, nil
}

// storeFailed is the code by which a server says that it did not store a batch.
const storeFailed = 10077

// Errors that callers decide by.
var (
	// ErrFull: the sender's stream is full. Keep the batch and try again later; batches
	// that came earlier have to be kept first.
	ErrFull = errors.New("the bus is full")
	// ErrAway: nobody answered in time. The batch may have arrived or not: send it again
	// under the same id.
	ErrAway = errors.New("the bus did not answer")
)

// failed says why something asked of the bus failed.
func (l *Line) failed(err error, key, sender string) error {
	var api *jetstream.APIError
	switch {
	case errors.Is(err, context.Canceled):
		return wrong(fault.Canceled, key, fault.Place{}, err, "sender", sender)
	case errors.As(err, &api) && api.ErrorCode == storeFailed:
		return wrong(fault.Limit, "full", fault.Place{}, errors.Join(ErrFull, err), "sender", sender)
	case errors.Is(err, jetstream.ErrStreamNotFound), errors.Is(err, jetstream.ErrConsumerNotFound):
		return wrong(fault.NotFound, "unknown", fault.Place{}, err, "sender", sender)
	case errors.As(err, &api):
		return wrong(fault.Invalid, key, fault.Place{}, err, "sender", sender)
	}
	return wrong(fault.Limit, "away", fault.Place{}, errors.Join(ErrAway, err), "sender", sender)
}
