package bus

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/noroshi-acd/noroshi/internal/bus/seal"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Sender sends batches in the name of its line. Any goroutine may use it; several that
// send at a time share what an acknowledgement costs.
type Sender struct {
	line *Line
	most int
	wait time.Duration
	to   func() (seal.Public, error)
}

// Sender gives a sender on this line. to gives the keeper's key of now; where it comes
// from, it MUST have been checked to be the keeper's. c MUST be valid.
func (l *Line) Sender(c SenderConfig, to func() (seal.Public, error)) *Sender {
	return &Sender{l, c.MaxBatch, c.AckTime, to}
}

// Send seals a batch and brings it onto the bus. When it comes back without an error the
// bus has the batch on its disk (of most servers, when several hold it), and the sender
// may forget it; else the sender MUST keep it. again says that the bus had a batch with
// that id already and did not take this one: the same id MUST always be the same batch.
// id has at most 128 letters, digits, points, colons, hyphens and underscores, as
// [BatchID] makes them.
func (s *Sender) Send(ctx context.Context, id string, batch []byte) (again bool, err error) {
	from := s.line.name.String()
	switch {
	case !idForm.MatchString(id):
		return false, wrong(fault.Invalid, "id", fault.Place{Field: "id"}, nil, "id", id)
	case len(batch) > s.most:
		return false, wrong(fault.Invalid, "large", fault.Place{}, nil, "id", id, "is", len(batch), "most", s.most)
	}
	to, err := s.to()
	if err != nil {
		return false, err
	}
	sealed, err := to.Seal(from, id, batch)
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.wait)
	defer cancel()
	m := nats.NewMsg(subject(s.line.name))
	m.Data = sealed
	ack, err := s.line.js.PublishMsg(ctx, m, jetstream.WithMsgID(id), jetstream.WithExpectStream(stream(s.line.name)), jetstream.WithRetryAttempts(0))
	if err != nil {
		return false, s.line.failed(err, "send", from)
	}
	return ack.Duplicate, nil
}
