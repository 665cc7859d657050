package record_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/live"
	"github.com/noroshi-acd/noroshi/authority/live/livetest"
	"github.com/noroshi-acd/noroshi/authority/live/window"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

func fresh() []byte {
	b := make([]byte, 32)
	_, _ = rand.Read(b)
	return b
}

func country(t testing.TB) *livetest.Country {
	t.Helper()
	c, err := livetest.New()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newHub is a hub with witnesses, all there.
func newHub(t *testing.T, ledgerDir string) (*hub, *witnesses, string) {
	t.Helper()
	c, dir := country(t), t.TempDir()
	if ledgerDir == "" {
		ledgerDir = dir
	}
	w := newWitnesses(t, c)
	h, err := open(t.Context(), c, dir, ledgerDir, w.list)
	must(t, err)
	t.Cleanup(func() { _ = h.close() })
	must(t, h.say(true))
	return h, w, dir
}

// stands demands that a paper stands in the log where its receipt says, sealed beside it,
// and that a stranger finds the receipt right.
func (h *hub) stands(t *testing.T, class proof.Class, e *paper.Envelope, r *live.Recorded) {
	t.Helper()
	p, _, err := live.Prove(h.View, e, class, r)
	must(t, err)
	o, payload, err := h.log.Read(p.Index)
	must(t, err)
	text, err := e.Marshal()
	must(t, err)
	if o.Entry.Class != class || o.Entry.Paper != e.Digest() || o.Entry.Warrant != h.Warrant.Digest() || !bytes.Equal(payload, text) {
		t.Errorf("entry %d is %+v", p.Index, o.Entry)
	}
}

// TestARealLog: the life of grants with the real log and the product's own witnesses:
// asked two ahead, recorded, open in their minutes, closed.
func TestARealLog(t *testing.T) {
	h, _, _ := newHub(t, "")
	var offers []window.Offer
	h.took = func(o window.Offer) { offers = append(offers, o) }
	for n := range 3 {
		must(t, h.asker.Ask(t.Context()))
		if len(offers) != n+2 {
			t.Fatalf("minute %d: %d windows were asked for", n, len(offers))
		}
		must(t, h.until(h.minute(1)))
		if tap, edge := h.take(10); tap != live.Through || edge != live.Through {
			t.Fatalf("minute %d: %v, %v", n, tap, edge)
		}
		for _, s := range h.tap.book.Due() {
			must(t, h.shut(t.Context(), s, 10, 10))
		}
	}
	for _, o := range offers {
		h.stands(t, proof.GrantOpen, o.Open, o.Record)
	}
	if list := h.tap.book.List(); len(list) != 4 || !list[0].Closed || !list[1].Closed || list[2].Closed {
		t.Errorf("%+v", list)
	}
	// Another entry's receipt, and another paper, prove nothing.
	if _, _, err := live.Prove(h.View, offers[1].Open, proof.GrantOpen, offers[0].Record); err == nil {
		t.Error("a receipt proves another paper")
	}
}

// TestInvariant02_NoReceiptWhileWitnessesAreAway: for an hour two of four witnesses are
// away. What was receipted runs to its end, nothing begins, nobody gets a receipt; what
// waited gets it when they are back, and then is too late to open anything.
func TestInvariant02_NoReceiptWhileWitnessesAreAway(t *testing.T) {
	h, w, _ := newHub(t, "")
	must(t, h.asker.Ask(t.Context()))
	from := h.minute(1)
	must(t, h.until(from))
	w.leave(1) // three are enough
	must(t, h.asker.Ask(t.Context()))
	w.leave(2)
	size := h.log.Signed().Size
	var late []*paper.Envelope
	begun := h.True.Now()
	for m := range 60 {
		if m%12 == 0 { // in vain, and it costs only time
			e, err := h.Open(h.minute(1), 10, 1000)
			must(t, err)
			late = append(late, e)
			soon, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			if r, err := h.recorder.Record(soon, proof.GrantOpen, e, h.Warrant.Digest()); err == nil || r != nil || fault.Hint(err) == "" {
				t.Errorf("minute %d: a receipt of two hands: %v", m, err)
			}
			if err := h.asker.Ask(soon); m >= 12 && err == nil {
				t.Errorf("minute %d: windows were asked for", m)
			}
			cancel()
		}
		want := live.NoWindow
		switch {
		case m < 3: // asked for, and cosigned, before
			want = live.Through
		case m > 6:
			want = live.Unclosed // nobody could record a close
		}
		if tap, edge := h.take(1); want != live.NoWindow && (tap != want || edge != want) || tap == live.Through && want != live.Through {
			t.Errorf("minute %d: %v, %v, want %v", m, tap, edge, want)
		}
		must(t, h.until(h.minute(1)))
	}
	if s := h.log.Signed(); s.Size != size || h.True.Now().Sub(begun) < 59*time.Minute {
		t.Errorf("the log went from %d to %d without its quorum", size, s.Size)
	}
	if !h.tap.clock.Now().Sure {
		t.Error("an hour without receipts, and the clock is not sure any more")
	}
	w.leave(0)
	for _, e := range late { // what waited is in the log by now; brought again, it stands there once more
		again, err := h.recorder.Record(t.Context(), proof.GrantOpen, e, h.Warrant.Digest())
		must(t, err)
		h.stands(t, proof.GrantOpen, e, again)
		o := window.Offer{Chain: []*paper.Envelope{h.Warrant}, Open: e, Record: again}
		if _, list, err := h.tap.book.Accept(o); err == nil && !unmet.List(list).Has("grant-over") {
			t.Errorf("a window of the past opens: %v", unmet.List(list))
		}
	}
	if tap, _ := h.take(1); tap != live.Unclosed {
		t.Errorf("back, and nothing closed: %v", tap)
	}
	for _, s := range h.tap.book.Due() {
		must(t, h.shut(t.Context(), s, s.Taken.Records, s.Taken.Records))
	}
	must(t, h.asker.Ask(t.Context()))
	must(t, h.until(h.minute(1)))
	if tap, edge := h.take(1); tap != live.Through || edge != live.Through {
		t.Errorf("all closed, and asked again: %v, %v", tap, edge)
	}
}

// TestFullDisk: a log that has no room gives no receipt, so no window opens; with room
// again the next one does, and what was receipted before is all there.
func TestFullDisk(t *testing.T) {
	disk := filepath.Join(t.TempDir(), "disk")
	must(t, os.Mkdir(disk, 0o755))
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=3m"); err != nil {
		if os.Getenv("NOROSHI_REQUIRE_SHARED") == "1" {
			t.Fatalf("a small disk cannot be mounted: %v", err)
		}
		t.Skipf("a small disk cannot be mounted: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	h, w, dir := newHub(t, disk)
	var offers []window.Offer
	h.took = func(o window.Offer) { offers = append(offers, o) }
	for turn := range 4 {
		must(t, h.asker.Ask(t.Context()))
		before := len(offers)
		must(t, h.until(h.minute(1)))
		ballast := filepath.Join(disk, "ballast")
		grow(t, disk, ballast, 4096*turn)
		soon, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		var err error
		for n := 0; err == nil && n < 60; n++ { // until the room is used up
			must(t, h.until(h.minute(1)))
			err = h.asker.Ask(soon)
		}
		cancel()
		if err == nil || !strings.Contains(err.Error(), "no space left") {
			t.Fatalf("turn %d, a full disk: %v", turn, err)
		}
		refused := h.minute(2)
		for _, o := range offers[before:] {
			h.stands(t, proof.GrantOpen, o.Open, o.Record)
		}
		must(t, os.Remove(ballast))
		must(t, h.close())
		again, err := open(t.Context(), h.Country, dir, disk, w.list)
		if err != nil {
			t.Fatalf("turn %d, with room again: %v", turn, err)
		}
		again.took = h.took
		h = again
		t.Cleanup(func() { _ = again.close() })
		must(t, h.until(refused-60)) // the minute that was refused, or the next: no window
		if tap, _ := h.take(1); tap == live.Through {
			t.Errorf("turn %d: a window without a receipt", turn)
		}
		for _, s := range h.tap.book.Due() {
			must(t, h.shut(t.Context(), s, s.Taken.Records, s.Taken.Records))
		}
		must(t, h.until(refused+60))
		for _, s := range h.tap.book.Due() {
			must(t, h.shut(t.Context(), s, 0, 0))
		}
		must(t, h.asker.Ask(t.Context()))
		must(t, h.until(h.minute(1)))
		if tap, edge := h.take(1); tap != live.Through || edge != live.Through {
			t.Errorf("turn %d, asked again: %v, %v", turn, tap, edge)
		}
	}
	for _, o := range offers {
		h.stands(t, proof.GrantOpen, o.Open, o.Record)
	}
	t.Logf("%d grants", len(offers))
}

// grow fills a disk but for some bytes.
func grow(t testing.TB, disk, path string, room int) {
	t.Helper()
	var stat syscall.Statfs_t
	must(t, syscall.Statfs(disk, &stat))
	free := int(stat.Bavail) * int(stat.Bsize)
	must(t, os.WriteFile(path, make([]byte, max(0, free-room)), 0o600))
}
