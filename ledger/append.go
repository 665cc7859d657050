package ledger

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"time"

	"github.com/transparency-dev/tessera"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/ledger/folder"
	"github.com/noroshi-acd/noroshi/ledger/keyring"
	"github.com/noroshi-acd/noroshi/ledger/payload"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// MaxPayload is the longest payload of an act, in bytes.
const MaxPayload = 4 << 20

// Act is what is to be recorded.
type Act struct {
	// Entry says what it is. Content is worked out from the payload; At, when it is zero,
	// is the log's clock.
	Entry proof.Entry
	// Payload is kept sealed beside the log: a signed paper's envelope, say.
	Payload []byte
	// Key is the commitment's key; zero draws a new one, and that is right for nearly
	// everybody. Who must be able to repeat an Append whose end it did not see (a crash)
	// draws the key first, keeps it with Entry.At, and brings the same act again: within
	// the last 16,384 entries it is not put in twice.
	Key [proof.KeySize]byte
	// Data says that the payload is communications data: it dies with its warrant and Day.
	// Otherwise it is a record of an act.
	Data bool
	// Day (2006-01-02) is the day that the data belong to; empty means that of At.
	Day string
}

// Pending is an act on its way into the log.
type Pending struct {
	Entry proof.Entry // as it is recorded
	Key   [proof.KeySize]byte
	Leaf  proof.Commitment

	sealed payload.Sealed
	done   chan struct{}
	index  int64
	err    error
}

// Wait gives the index once the act is durable. When ctx ends before, the act may still
// get into the log.
func (p *Pending) Wait(ctx context.Context) (int64, error) {
	select {
	case <-p.done:
		return p.index, p.err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// Append records an act and gives its index once it is durable.
func (l *Log) Append(ctx context.Context, a Act) (int64, error) {
	p, err := l.Submit(ctx, a)
	if err != nil {
		return 0, err
	}
	return p.Wait(ctx)
}

// Submit brings an act without waiting for it to be durable. It waits while too many
// others are on their way. Acts that one goroutine submits get rising indices.
func (l *Log) Submit(ctx context.Context, a Act) (*Pending, error) {
	p, group, plain, err := l.prepare(a)
	if err != nil {
		return nil, err
	}
	l.entering.RLock()
	ring := l.acts
	if a.Data {
		ring = l.data
	}
	if err = l.refusal(); err == nil {
		p.sealed.Slot, p.sealed.Body, err = ring.Seal(group, p.Leaf[:], plain)
	}
	if err != nil {
		l.entering.RUnlock()
		if errors.Is(err, keyring.ErrDisposed) {
			return nil, folder.Wrong(fault.Permission, "disposedDay", fault.Place{}, nil, "warrant", group.Warrant, "day", group.Day)
		}
		return nil, err
	}
	p.sealed.Leaf = p.Leaf
	select {
	case l.queue <- p: // given back by the sequencer
		return p, nil
	case <-ctx.Done():
		l.entering.RUnlock()
		return nil, ctx.Err()
	}
}

// refusal says why the log takes no act, nil when it does.
func (l *Log) refusal() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return folder.Wrong(fault.Canceled, "closed", fault.Place{}, nil)
	}
	return l.broken
}

// prepare works out all of an act that needs no lock.
func (l *Log) prepare(a Act) (p *Pending, group keyring.Group, plain []byte, err error) {
	if len(a.Payload) > MaxPayload {
		return nil, group, nil, folder.Wrong(fault.Limit, "payload", fault.Place{}, nil, "size", len(a.Payload), "most", MaxPayload)
	}
	p = &Pending{Entry: a.Entry, Key: a.Key, done: make(chan struct{})}
	if p.Key == [proof.KeySize]byte{} {
		_, _ = rand.Read(p.Key[:]) // never fails (crypto/rand)
	}
	if p.Entry.At == 0 {
		p.Entry.At = paper.TimeOf(l.config.Clock())
	}
	p.Entry.Content = paper.DigestOf(a.Payload)
	if err := p.Entry.Class.Check(); err != nil {
		return nil, group, nil, folder.Wrong(fault.Invalid, "act", fault.Place{Field: "class"}, err)
	}
	text, err := paper.Marshal(p.Entry)
	if err != nil {
		return nil, group, nil, folder.Wrong(fault.Invalid, "act", fault.Place{}, err)
	}
	if len(text) > math.MaxUint16 {
		return nil, group, nil, folder.Wrong(fault.Limit, "payload", fault.Place{}, nil, "size", len(text), "most", math.MaxUint16)
	}
	p.Leaf = proof.CommitBytes(p.Key, text)
	// Records of acts have a key for each month: their own rule, another fate.
	group = keyring.Group{Class: "act", Day: p.Entry.At.Day()[:len("2006-01")]}
	if a.Data {
		group = keyring.Group{Class: string(p.Entry.Class), Day: a.Day, Warrant: string(p.Entry.Warrant)}
		if group.Day == "" {
			group.Day = p.Entry.At.Day()
		}
		if _, err := time.Parse(time.DateOnly, group.Day); err != nil || group.Warrant == "" {
			return nil, group, nil, folder.Wrong(fault.Invalid, "data", fault.Place{}, err)
		}
	}
	return p, group, folder.Pack(p.Key, text, a.Payload), nil
}

// sequence is the one goroutine that writes: it takes what waits, as one batch. A batch
// is a power of two, because there is a Tessera for each; what is over comes next.
func (l *Log) sequence(ctx context.Context) {
	batch := make([]*Pending, 0, maxBatch)
	for {
		if len(batch) == 0 {
			select {
			case p := <-l.queue:
				batch = append(batch, p)
			case <-ctx.Done():
				return
			}
		}
		for more := true; more && len(batch) < maxBatch; {
			select {
			case p := <-l.queue:
				batch = append(batch, p)
			default:
				more = false
			}
		}
		now := powerOfTwo(len(batch))
		l.write(ctx, batch[:now])
		for _, p := range batch[:now] {
			close(p.done)
			l.entering.RUnlock()
		}
		batch = batch[:copy(batch, batch[now:])]
	}
}

// powerOfTwo is the largest power of two that is at most n, for n from 1 on.
func powerOfTwo(n int) int { return 1 << (bits.Len(uint(n)) - 1) }

// write makes a batch durable: payloads, then leaves. It sets each one's index or error.
func (l *Log) write(ctx context.Context, batch []*Pending) {
	fresh, again := l.sift(batch)
	first := l.payloads.Len()
	written, err := l.put(ctx, first, fresh)
	l.mu.Lock()
	for i, p := range fresh {
		if i >= written {
			p.err = err
			continue
		}
		p.index = first + int64(i)
		l.edge.Add(p.Leaf.Hash())
		l.remember(p.index, p.Leaf)
	}
	l.mu.Unlock()
	for _, p := range again {
		if index, ok := l.recent[p.Leaf]; ok {
			p.index = index
		} else {
			p.err = err
		}
	}
	if written > 0 {
		select {
		case l.grown <- struct{}{}:
		default:
		}
	}
}

// sift parts what is new from what is in the log already, or twice in the batch.
func (l *Log) sift(batch []*Pending) (fresh, again []*Pending) {
	seen := make(map[proof.Commitment]bool, len(batch))
	for _, p := range batch {
		if _, ok := l.recent[p.Leaf]; ok || seen[p.Leaf] {
			again = append(again, p)
			continue
		}
		seen[p.Leaf] = true
		fresh = append(fresh, p)
	}
	return fresh, again
}

// remember keeps the commitments of the last leaves.
func (l *Log) remember(index int64, c proof.Commitment) {
	l.recent[c] = index
	l.order = append(l.order, c)
	if len(l.order) >= 2*recentLeaves {
		for _, old := range l.order[:recentLeaves] {
			delete(l.recent, old)
		}
		l.order = append([]proof.Commitment(nil), l.order[recentLeaves:]...)
	}
}

// put writes payloads and leaves and says how many of them are in the log: all, or those
// before the error. When that cannot be known the log takes nothing any more.
func (l *Log) put(ctx context.Context, first int64, list []*Pending) (int, error) {
	if len(list) == 0 {
		return 0, nil
	}
	if err := l.stopped(); err != nil {
		return 0, err
	}
	sealed := make([]payload.Sealed, len(list))
	for i, p := range list {
		sealed[i] = p.sealed
	}
	if err := l.payloads.Write(sealed); err != nil {
		return 0, folder.Wrong(fault.Internal, "write", fault.Place{Path: l.config.Dir}, err)
	}
	written := 0
	for written < len(list) {
		n := powerOfTwo(len(list) - written) // all of it, unless some were in the log already
		added, err := l.add(ctx, first+int64(written), list[written:written+n])
		written += added
		if err != nil {
			return written, l.failed(ctx, first+int64(written), err)
		}
	}
	return written, nil
}

// add puts leaves, a power of two of them, into the tree from index first on. It says
// how many are in.
func (l *Log) add(ctx context.Context, first int64, list []*Pending) (written int, failed error) {
	tree, err := l.tree(len(list))
	if err != nil {
		return 0, err
	}
	futures := make([]tessera.IndexFuture, len(list))
	for i, p := range list {
		futures[i] = tree.Add(ctx, tessera.NewEntry(p.Leaf[:]))
	}
	for i, future := range futures {
		at, err := future()
		switch {
		case failed != nil: // one reason is enough; all must have ended before the tree is looked at
		case err != nil:
			failed = err
		case int64(at.Index) == first+int64(i):
			written++
		default:
			failed = fmt.Errorf("an entry got index %d instead of %d", at.Index, first+int64(i))
		}
	}
	return written, failed
}

// failed sets the log back to what the tree holds after an error, or stops it for good
// when the tree holds something else than it said: to go on would risk an index told
// twice.
func (l *Log) failed(ctx context.Context, should int64, cause error) error {
	err := folder.Wrong(fault.Internal, "write", fault.Place{Path: l.config.Dir}, cause)
	size, broken := l.size(ctx)
	if broken == nil && int64(size) != should {
		broken = fmt.Errorf("the tree has %d entries and must have %d", size, should)
	}
	if broken == nil {
		broken = l.payloads.Shorten(should)
	}
	if broken != nil {
		l.mu.Lock()
		l.broken = folder.Wrong(fault.Internal, "broken", fault.Place{Path: l.config.Dir}, errors.Join(cause, broken))
		err = l.broken
		l.mu.Unlock()
	}
	return err
}

func (l *Log) stopped() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.broken
}
