package ledgertest

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/noroshi-acd/noroshi/ledger/ask"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Bed is the log's key and its witnesses.
type Bed struct {
	Origin    string
	Key       ed25519.PrivateKey
	VKey      string
	Log       note.Verifier
	Witnesses []*Witness
	K         int
}

// NewBed makes a log's key and n witnesses of which k must cosign. clock may be nil.
func NewBed(origin string, n, k int, clock func() time.Time) (*Bed, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	b := &Bed{Origin: origin, Key: private, K: k}
	if b.VKey, err = proof.LogKey(origin, public); err != nil {
		return nil, err
	}
	if b.Log, err = proof.ParseLogKey(b.VKey); err != nil {
		return nil, err
	}
	for i := range n {
		w, err := NewWitness(fmt.Sprintf("witness%d.example", i+1), clock, b.Log)
		if err != nil {
			b.Close()
			return nil, err
		}
		b.Witnesses = append(b.Witnesses, w)
	}
	return b, nil
}

// Asked is the witnesses as a ledger's configuration lists them.
func (b *Bed) Asked() []ask.Witness {
	var list []ask.Witness
	for _, w := range b.Witnesses {
		list = append(list, w.Witness)
	}
	return list
}

// Quorum is the quorum of the witnesses.
func (b *Bed) Quorum() (proof.Quorum, error) {
	var keys []string
	for _, w := range b.Witnesses {
		keys = append(keys, w.Key)
	}
	return proof.NewQuorum(keys, b.K)
}

// Close ends the witnesses.
func (b *Bed) Close() {
	for _, w := range b.Witnesses {
		w.Close()
	}
}
