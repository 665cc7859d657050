package ask_test

import (
	"context"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/live/ask"
	"github.com/noroshi-acd/noroshi/authority/live/livetest"
	"github.com/noroshi-acd/noroshi/authority/live/window"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/unmet"
)

type taker struct{ offers []window.Offer }

func (x *taker) Accept(_ context.Context, o window.Offer) ([]unmet.Unmet, error) {
	x.offers = append(x.offers, o)
	return nil, nil
}

// TestAsk: two windows ahead, each minute once, over a restart too.
func TestAsk(t *testing.T) {
	c, err := livetest.New()
	if err != nil {
		t.Fatal(err)
	}
	k, err := c.Clock(c.True, 0)
	if err != nil {
		t.Fatal(err)
	}
	x := &taker{}
	config := ask.Config{Dir: t.TempDir(), Holder: c.Signer("hub"), Recorder: c, Clock: k, Takers: func(paper.ID) []ask.Taker { return []ask.Taker{x} }}
	var a *ask.Asker
	start := func() {
		if a, err = ask.Open(config); err != nil {
			t.Fatal(err)
		}
		if err := a.Begin(ask.Plan{Chain: []*paper.Envelope{c.Warrant}, Link: "carrier-a/1", Tap: c.Key("tap-1"), Edge: c.Key("edge"), SelectorSet: 4, MaxRecords: 10, MaxBytes: 10}); err != nil {
			t.Fatal(err)
		}
	}
	asked := func(when string, want int) {
		t.Helper()
		if err := a.Ask(t.Context()); err != nil || len(x.offers) != want {
			t.Errorf("%s: %d windows, want %d; %v", when, len(x.offers), want, err)
		}
	}
	start()
	asked("at first", 2)
	asked("again", 2)
	_ = a.Close()
	start()
	asked("after a restart", 2)
	c.True.Pass(time.Minute + 2*time.Second)
	asked("a minute later", 3)
	c.True.Set(time.Hour)
	if err := a.Ask(t.Context()); err == nil {
		t.Error("it asks with a clock that was set")
	}
	_ = a.Close()
}
