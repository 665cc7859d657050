package livetest

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/noroshi-acd/noroshi/authority/grant"
	"github.com/noroshi-acd/noroshi/authority/live"
	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/books"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Country is the made-up country with a log of acts. True is the time as it really is.
type Country struct {
	*warranttest.World
	True    *Machine
	Warrant *paper.Envelope // a collection warrant, sealed
	Of      *warrant.Warrant

	mu     sync.Mutex // guards the log
	hashes []tlog.Hash
	size   int64
	Skew   [4]time.Duration // of the witnesses' clocks
	Absent int              // how many of the witnesses do not answer
}

// New makes the country at [warranttest.Now]; spoil may change its warrant.
func New(spoil ...func(*warrant.Warrant)) (*Country, error) {
	w, err := warranttest.New(trust.Lab)
	if err != nil {
		return nil, err
	}
	c := &Country{World: w, True: NewMachine(warranttest.Now.Time())}
	c.Of = w.CollectionWarrant()
	for _, f := range spoil {
		f(c.Of)
	}
	c.Warrant, err = w.Seal(c.Of)
	return c, err
}

// Machine is a machine's clocks. Any goroutine may use it.
type Machine struct{ wall, steady atomic.Int64 }

// NewMachine makes clocks that show an instant.
func NewMachine(at time.Time) *Machine {
	m := &Machine{}
	m.wall.Store(at.UnixNano())
	m.steady.Store(int64(time.Hour))
	return m
}

// Read is a [live.Source].
func (m *Machine) Read() live.Reading {
	return live.Reading{Wall: m.wall.Load(), Steady: m.steady.Load()}
}

// Pass lets time pass.
func (m *Machine) Pass(d time.Duration) {
	m.wall.Add(int64(d))
	m.steady.Add(int64(d))
}

// Set sets the wall clock, as a person or a time server would.
func (m *Machine) Set(by time.Duration) { m.wall.Add(int64(by)) }

// Now is the wall clock.
func (m *Machine) Now() time.Time { return time.Unix(0, m.wall.Load()) }

// Private gives the private key of that name.
func (c *Country) Private(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(c.Seed + "\n" + name))
	return ed25519.NewKeyFromSeed(seed[:])
}

type logSigner struct {
	note.Verifier
	key ed25519.PrivateKey
}

func (s logSigner) Sign(text []byte) ([]byte, error) { return ed25519.Sign(s.key, text), nil }

var _ live.Recorder = (*Country)(nil)

// Record puts a paper into the log of acts; the witnesses cosign at the true time.
func (c *Country) Record(_ context.Context, class proof.Class, e *paper.Envelope, warrant paper.Digest) (*live.Recorded, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	payload, err := e.Marshal()
	if err != nil {
		return nil, err
	}
	now := c.True.Now()
	o := proof.Opened{Index: c.size, Key: make([]byte, proof.KeySize), Entry: proof.Entry{
		At: paper.TimeOf(now), Class: class, Content: paper.DigestOf(payload), Paper: e.Digest(), Role: "acquirer", Warrant: warrant,
	}}
	_, _ = rand.Read(o.Key)
	leaf, err := o.Leaf()
	if err != nil {
		return nil, err
	}
	read := tlog.HashReaderFunc(func(indices []int64) ([]tlog.Hash, error) {
		var list []tlog.Hash
		for _, i := range indices {
			list = append(list, c.hashes[i])
		}
		return list, nil
	})
	stored, err := tlog.StoredHashesForRecordHash(c.size, leaf.Hash(), read)
	if err != nil {
		return nil, err
	}
	c.hashes = append(c.hashes, stored...)
	c.size++
	root, err := tlog.TreeHash(c.size, read)
	if err != nil {
		return nil, err
	}
	path, err := tlog.ProveRecord(c.size, o.Index, read)
	if err != nil {
		return nil, err
	}
	text, err := c.sign(proof.Checkpoint{Origin: warranttest.Acts, Size: c.size, Root: root}, now)
	if err != nil {
		return nil, err
	}
	r := proof.Receipt{Index: o.Index, Path: path, Note: text}
	return &live.Recorded{Entry: o, Receipt: r.Marshal()}, nil
}

// sign signs a checkpoint as the log and has the witnesses cosign it.
func (c *Country) sign(p proof.Checkpoint, now time.Time) ([]byte, error) {
	v, err := proof.ParseLogKey(c.NoteKey(warranttest.Acts, "log-acts", 1))
	if err != nil {
		return nil, err
	}
	text, err := note.Sign(&note.Note{Text: p.Text()}, logSigner{v, c.Private("log-acts")})
	if err != nil {
		return nil, err
	}
	for i := range c.Skew[:len(c.Skew)-c.Absent] {
		name := fmt.Sprintf("witness-%d.example", i+1)
		w, err := proof.ParseCosigner(c.NoteKey(name, name, 4))
		if err != nil {
			return nil, err
		}
		text = append(text, proof.SignatureLine(w, proof.Cosign(c.Private(name), []byte(p.Text()), now.Add(c.Skew[i]).Unix()))...)
	}
	return text, nil
}

// Clock makes a clock for a machine and lets it measure a receipt; ahead is how wrong
// the machine is, took how long the receipt took.
func (c *Country) Clock(m *Machine, took time.Duration) (*live.Clock, error) {
	k := live.NewClock(m.Read)
	return k, c.Measure(k, m, took)
}

// Measure lets a clock measure one receipt. Time passes for the machine and the world.
func (c *Country) Measure(k *live.Clock, m *Machine, took time.Duration) error {
	e, err := c.Open(paper.TimeOf(c.True.Now()).Add(time.Hour)/60*60, 1, 1)
	if err != nil {
		return err
	}
	submitted := k.Read()
	pass := func() {
		if c.True.Pass(took / 2); m != c.True {
			m.Pass(took / 2)
		}
	}
	pass()
	r, err := c.Record(context.Background(), proof.GrantOpen, e, "")
	if err != nil {
		return err
	}
	pass()
	_, s, err := live.Prove(c.View, e, proof.GrantOpen, r)
	if err != nil {
		return err
	}
	return k.Measure(submitted, k.Read(), s, c.View.Witnesses().Faulty)
}

// Open makes an open of the first link for a whole minute, signed by the holder.
func (c *Country) Open(from paper.Time, records, bytes int64) (*paper.Envelope, error) {
	var nonce [32]byte
	_, _ = rand.Read(nonce[:])
	return paper.Seal(grant.OpenType, grant.Open{
		Edge: c.Key("edge"), From: from, To: from + 60, Link: "carrier-a/1", MaxBytes: bytes, MaxRecords: records,
		Nonce: hex.EncodeToString(nonce[:]), SelectorSet: 4, Tap: c.Key("tap-1"), Warrant: c.Warrant.Digest(),
	}, c.Signer("hub"))
}

// Close makes a close of a grant, signed by those of the names.
func (c *Country) Close(open paper.Digest, at paper.Time, copied, forwarded int64, names ...string) (*paper.Envelope, error) {
	var signers []paper.Signer
	for _, n := range names {
		signers = append(signers, c.Signer(n))
	}
	return paper.Seal(grant.CloseType, grant.Close{
		At: at, Batches: books.Root(nil), Open: open,
		Counts: []grant.Count{{N: forwarded, Name: paper.ID(books.Forwarded), Party: "edge"}, {N: copied, Name: paper.ID(books.Copied), Party: "tap"}},
	}, signers...)
}

// Say makes a statement of the true time in which the country's warrant stands,
// unless told otherwise.
func (c *Country) Say(number int64, stands bool) (*paper.Envelope, error) {
	var list []paper.Digest
	if stands {
		list = append(list, c.Warrant.Digest())
	}
	return c.Sign(c.Statement(number, paper.TimeOf(c.True.Now()), list...))
}

// Sign signs a statement as the commission.
func (c *Country) Sign(s any) (*paper.Envelope, error) {
	return paper.Seal(liveness.Type, s, c.Signer("liveness"))
}
