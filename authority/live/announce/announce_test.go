package announce_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/live"
	"github.com/noroshi-acd/noroshi/authority/live/announce"
	"github.com/noroshi-acd/noroshi/authority/live/livetest"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// log keeps what came into the country's log, and can be out of reach.
type log struct {
	*livetest.Country
	gone bool
	kept []*paper.Envelope
}

func (l *log) Record(ctx context.Context, class proof.Class, e *paper.Envelope, w paper.Digest) (*live.Recorded, error) {
	if l.gone {
		return nil, errors.New("out of reach")
	}
	l.kept = append(l.kept, e)
	return l.Country.Record(ctx, class, e, w)
}

func announcer(t *testing.T, l *log) announce.Announcer {
	t.Helper()
	c, err := livetest.New()
	if err != nil {
		t.Fatal(err)
	}
	l.Country = c
	return announce.Announcer{
		Body: "commission", Clock: live.NewClock(c.True.Read), View: func() *trust.View { return c.View }, Record: l,
		Now: c.True.Now, Log: slog.New(slog.DiscardHandler),
	}
}

// TestTheRunningProgramIsAnnounced: what is recorded is the digest of this very program,
// never the same paper twice, and the clock is sure only after the receipt.
func TestTheRunningProgramIsAnnounced(t *testing.T) {
	l := &log{}
	a := announcer(t, l)
	if a.Clock.Now().Sure {
		t.Fatal("the clock is sure before any receipt")
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx, func() {}) }()
	for !a.Clock.Now().Sure {
		select {
		case err := <-done:
			t.Fatal("it ended: ", err)
		case <-time.After(time.Millisecond):
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(text)
	var said announce.Build
	if err := l.kept[0].Open(announce.Type, &said); err != nil {
		t.Fatal(err)
	}
	if want := paper.Digest("sha256:" + hex.EncodeToString(sum[:])); said.Program != want || said.Body != "commission" {
		t.Errorf("it said %+v, and the program is %s", said, want)
	}
	if err := a.Once(t.Context(), said.Program); err != nil {
		t.Fatal(err)
	}
	if len(l.kept) != 2 || l.kept[0].Digest() == l.kept[1].Digest() {
		t.Errorf("%d papers, or one twice: an old receipt would measure a new time", len(l.kept))
	}
}

// TestNoReceiptNoTime: while the log or the quorum is out of reach the clock stays unsure.
func TestNoReceiptNoTime(t *testing.T) {
	for name, spoil := range map[string]func(*log){
		"log":       func(l *log) { l.gone = true },
		"witnesses": func(l *log) { l.Absent = 2 },
	} {
		l := &log{}
		a := announcer(t, l)
		spoil(l)
		if err := a.Once(t.Context(), "sha256:"+paper.Digest(hex.EncodeToString(make([]byte, 32)))); err == nil || a.Clock.Now().Sure {
			t.Errorf("%s: the clock was measured without a receipt (%v)", name, err)
		}
	}
}
