package announce

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/noroshi-acd/noroshi/authority/draft"
	"github.com/noroshi-acd/noroshi/authority/live"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

const (
	every    = time.Hour
	again    = 2 * time.Second  // after a failure
	askedFor = 30 * time.Second // how long witnesses are waited for in one round
)

// Type is the payload type of what is announced.
const Type = paper.TypePrefix + "build" + paper.TypeSuffix

// Build says which program runs. Nobody signs it; its nonce makes it a measure of time.
type Build struct {
	At      paper.Time   `json:"at"`
	Body    paper.ID     `json:"body"`
	Nonce   string       `json:"nonce"`
	Program paper.Digest `json:"program"` // SHA-256 of the running file
}

// Announcer is who announces, and where.
type Announcer struct {
	Body   paper.ID
	Clock  *live.Clock        // is told what the receipts say
	View   func() *trust.View // the trust that holds
	Record live.Recorder
	Now    func() time.Time
	Log    *slog.Logger
}

// Run announces until ctx ends. Its error is that the running program cannot be read; what
// the log or the witnesses refuse is logged and tried again.
//
// Invariant 29: the hash of the running program stands in the log.
func (a Announcer) Run(ctx context.Context, ready func()) error {
	ready()
	program, err := running()
	if err != nil {
		return err
	}
	wait := time.Duration(0)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		wait = every
		if err := a.Once(ctx, program); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			a.Log.Warn("the time is not known yet", "error", fault.Text(err, i18n.EN))
			wait = again
		}
	}
}

func running() (paper.Digest, error) {
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return paper.Digest("sha256:" + hex.EncodeToString(h.Sum(nil))), err
}

// Once announces a program and measures the clock by the receipt, within 30 s.
func (a Announcer) Once(ctx context.Context, program paper.Digest) error {
	ctx, cancel := context.WithTimeout(ctx, askedFor)
	defer cancel()
	nonce, err := draft.Nonce(rand.Reader)
	if err != nil {
		return err
	}
	e, err := paper.Seal(Type, Build{At: paper.TimeOf(a.Now()), Body: a.Body, Nonce: nonce, Program: program})
	if err != nil {
		return err
	}
	submitted := a.Clock.Read()
	r, err := a.Record.Record(ctx, proof.Build, e, "")
	if err != nil {
		return err
	}
	view := a.View()
	_, signed, err := live.Prove(view, e, proof.Build, r)
	if err != nil {
		return err
	}
	return a.Clock.Measure(submitted, a.Clock.Read(), signed, view.Witnesses().Faulty)
}
