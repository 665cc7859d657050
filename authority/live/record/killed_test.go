package record_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/grant"
	"github.com/noroshi-acd/noroshi/authority/live"
	"github.com/noroshi-acd/noroshi/authority/live/livetest"
	"github.com/noroshi-acd/noroshi/authority/live/window"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/books"
	"github.com/noroshi-acd/noroshi/internal/fault"
	wire "github.com/noroshi-acd/noroshi/ledger/ask"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// childEnv holds what a child process of these tests is to do.
const childEnv = "RECORD_TEST_CHILD"

// errand is what a child is told.
type errand struct {
	Dir       string
	At        int64 // the true time, ns since 1970
	Witnesses []wire.Witness
}

func TestMain(m *testing.M) {
	if text := os.Getenv(childEnv); text != "" {
		var e errand
		err := json.Unmarshal([]byte(text), &e)
		if err == nil {
			err = e.run()
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// run lives minute after minute until the process is killed: windows are asked for,
// records go through in them, those that are over are closed. Each line on standard
// output tells of what was done.
func (e errand) run() error {
	ctx := context.Background()
	c, err := livetest.New()
	if err != nil {
		return err
	}
	c.True.Pass(time.Unix(0, e.At).Sub(c.True.Now()))
	h, err := open(ctx, c, e.Dir, e.Dir, e.Witnesses)
	if err != nil {
		return err
	}
	h.took = func(o window.Offer) { fmt.Println("recorded", o.Open.Digest()) }
	fmt.Println("open")
	if err := h.say(true); err != nil {
		return err
	}
	for {
		for _, s := range h.tap.book.Due() { // those from before a crash too
			forwarded, err := h.edge.book.Settle(s.Opened.Digest())
			if err != nil && fault.KindOf(err) != fault.NotFound {
				return err
			}
			if err != nil { // the crash came between the two: the edge never had it
				if err := h.shutUnused(ctx, s); err != nil {
					return err
				}
				fmt.Println("closed", s.Opened.Digest())
				continue
			}
			copied, err := h.tap.book.Settle(s.Opened.Digest())
			if err != nil {
				return err
			}
			if err := h.shut(ctx, s, copied.Taken.Records, min(forwarded.Taken.Records, copied.Taken.Records)); err != nil {
				return err
			}
			fmt.Println("closed", s.Opened.Digest())
		}
		if err := h.handOn(); err != nil {
			return err
		}
		if err := h.asker.Ask(ctx); err != nil {
			return err
		}
		if err := h.until(h.minute(1)); err != nil {
			return err
		}
		for range 5 {
			if o, v := h.tap.book.Gate(link, h.Warrant.Digest()).Take(h.tap.clock.Read(), 1, 1); v == live.Through {
				fmt.Println("taken", o.Digest())
			}
		}
	}
}

// kill starts a child, lets it live for a while, and kills it. It gives what it told.
func kill(t *testing.T, e errand) (lines [][]string) {
	t.Helper()
	text, err := json.Marshal(e)
	must(t, err)
	c := exec.CommandContext(t.Context(), os.Args[0])
	c.Env = append(os.Environ(), childEnv+"="+string(text))
	var complaint bytes.Buffer
	c.Stderr = &complaint
	out, err := c.StdoutPipe()
	must(t, err)
	must(t, c.Start())
	r := bufio.NewReader(out)
	if first, err := r.ReadString('\n'); err != nil || first != "open\n" {
		_ = c.Wait()
		t.Fatalf("the child says %q, %v: %s", first, err, &complaint)
	}
	time.AfterFunc(time.Duration(50+rand.IntN(700))*time.Millisecond, func() { _ = c.Process.Kill() })
	for {
		line, err := r.ReadString('\n')
		if errors.Is(err, io.EOF) { // what is not a whole line was not told
			break
		}
		must(t, err)
		lines = append(lines, strings.Fields(line))
	}
	err = c.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || !exit.Sys().(syscall.WaitStatus).Signaled() {
		t.Fatalf("the child ended by itself: %v: %s", err, &complaint)
	}
	return lines
}

// TestKilled kills hub, tap and edge together, in the middle of whatever they do, again
// and again, with the real log and real witnesses. Every grant that a tap or an edge
// holds stands in the log; there is one for a minute at most; what was told to be
// recorded, taken or closed is not forgotten; windows from before a crash stay shut.
func TestKilled(t *testing.T) {
	c, dir := country(t), t.TempDir()
	w := newWitnesses(t, c)
	rounds := 6
	if testing.Short() {
		rounds = 3
	}
	recorded, closed, taken := map[paper.Digest]bool{}, map[paper.Digest]bool{}, map[paper.Digest]int64{}
	for round := 0; round < rounds || round < 40 && (len(recorded) < rounds || len(closed) == 0 || len(taken) == 0); round++ {
		for _, line := range kill(t, errand{Dir: dir, At: c.True.Now().UnixNano(), Witnesses: w.list}) {
			d := paper.Digest(line[1])
			switch line[0] {
			case "recorded":
				recorded[d] = true
			case "closed":
				closed[d] = true
			case "taken":
				taken[d]++
			}
		}
		c.True.Pass(2 * time.Hour) // no child has come that far
	}
	h, err := open(t.Context(), c, dir, dir, w.list)
	must(t, err)
	defer func() { _ = h.close() }()
	opens, closes, minutes := h.read(t)
	for d := range recorded {
		if opens[d] == nil {
			t.Errorf("%s was recorded and is not in the log", d)
		}
	}
	for at, n := range minutes {
		if n > 1 {
			t.Errorf("minute %s was granted %d times", at, n)
		}
	}
	held := map[paper.Digest]window.State{}
	for _, p := range []*party{h.tap, h.edge} {
		for _, s := range p.book.List() {
			if opens[s.Opened.Digest()] == nil {
				t.Errorf("a grant is held that is not in the log: %+v", s.Opened.Open())
			}
			if p == h.tap {
				held[s.Opened.Digest()] = s
			}
		}
	}
	for d := range closed {
		if s, ok := held[d]; ok && !s.Closed || closes[d] == nil {
			t.Errorf("%s was closed, and that is forgotten", d)
		}
	}
	for d, n := range taken {
		s, ok := held[d]
		if ok && s.Taken.Records < n || !ok && closes[d] == nil { // those that are closed for long are held as a sum
			t.Errorf("%d went through under %s, and the book says %d (%v)", n, d, s.Taken.Records, ok)
		}
		if x := closes[d]; x != nil && copied(x) < n {
			t.Errorf("%d went through under %s, and its close says %d", n, d, copied(x))
		}
	}
	t.Logf("%d opens in the log, %d recorded, %d held, %d closed, %d used", len(opens), len(recorded), len(held), len(closed), len(taken))
	if len(recorded) < rounds || len(taken) == 0 || len(closed) == 0 {
		t.Error("too little was done to say anything")
	}
	h.cutOff(t)
}

// shutUnused closes a grant that the tap alone has.
func (h *hub) shutUnused(ctx context.Context, s window.State) error {
	open, err := h.paper(s.Opened)
	if err != nil {
		return err
	}
	copied, err := h.tap.book.Settle(s.Opened.Digest())
	if err != nil {
		return err
	}
	n := copied.Taken.Records
	e, err := h.Close(s.Opened.Digest(), paper.TimeOf(h.True.Now()), n, 0)
	if err != nil {
		return err
	}
	nothing := []grant.Count{{N: 0, Name: paper.ID(books.Forwarded), Party: "edge"}}
	err = errors.Join(
		h.tap.book.Sign(e, []grant.Count{{N: n, Name: paper.ID(books.Copied), Party: "tap"}}, nil, h.Signer("tap-1")),
		h.edge.book.SignUnused(e, open, nothing, h.Signer("edge")))
	if err != nil {
		return err
	}
	r, err := h.recorder.Record(ctx, proof.GrantClose, e, h.Warrant.Digest())
	if err != nil {
		return err
	}
	if list, err := h.tap.book.AcceptClose(e, r); err != nil || len(list) > 0 {
		return errors.Join(err, errors.New(unmet.List(list).String()))
	}
	return nil
}

// handOn gives the edge again the closes that it has not heard: the crash came after the
// tap had taken them. The log has them, with their receipts.
func (h *hub) handOn() error {
	due := map[paper.Digest]bool{}
	for _, s := range h.edge.book.Due() {
		due[s.Opened.Digest()] = true
	}
	for index := h.log.Signed().Size - 1; index >= 0 && len(due) > 0; index-- {
		o, payload, err := h.log.Read(index)
		if err != nil {
			return err
		}
		e, err := paper.ParseEnvelope(payload)
		if err != nil {
			return err
		}
		x := new(grant.Close)
		if o.Entry.Class != proof.GrantClose || e.Open(grant.CloseType, x) != nil || !due[x.Open] {
			continue
		}
		receipt, err := h.log.Prove(index)
		if err != nil {
			return err
		}
		list, err := h.edge.book.AcceptClose(e, &live.Recorded{Entry: *o, Receipt: receipt.Marshal()})
		if err != nil {
			return err
		}
		if len(list) == 0 { // else the tap had not taken it either, and closes anew
			delete(due, x.Open)
		}
	}
	return nil
}

// paper finds the paper of a grant in the log.
func (h *hub) paper(o *grant.Opened) (*paper.Envelope, error) {
	_, text, err := h.log.Read(o.Position().Index)
	if err != nil {
		return nil, err
	}
	return paper.ParseEnvelope(text)
}

// read gives the opens that stand in the log, and their closes, by the digests of the
// opens, and how many opens there are for each minute.
func (h *hub) read(t *testing.T) (opens map[paper.Digest]*grant.Open, closes map[paper.Digest]*grant.Close, minutes map[paper.Time]int) {
	t.Helper()
	opens, closes, minutes = map[paper.Digest]*grant.Open{}, map[paper.Digest]*grant.Close{}, map[paper.Time]int{}
	for index := range h.log.Signed().Size {
		o, payload, err := h.log.Read(index)
		must(t, err)
		e, err := paper.ParseEnvelope(payload)
		must(t, err)
		switch o.Entry.Class {
		case proof.GrantOpen:
			open := new(grant.Open)
			must(t, e.Open(grant.OpenType, open))
			opens[e.Digest()] = open
			minutes[open.From]++
		case proof.GrantClose:
			x := new(grant.Close)
			must(t, e.Open(grant.CloseType, x))
			closes[x.Open] = x
		}
	}
	return opens, closes, minutes
}

// copied is what the tap counted in a close.
func copied(c *grant.Close) (n int64) {
	for _, x := range c.Counts {
		if x.Name == paper.ID(books.Copied) {
			n += x.N
		}
	}
	return n
}

// cutOff restarts the parties within a window: it stays shut, and the next one that is
// asked for after it opens.
func (h *hub) cutOff(t *testing.T) {
	t.Helper()
	must(t, h.say(true))
	for _, s := range h.tap.book.Due() {
		forwarded, err := h.edge.book.Settle(s.Opened.Digest())
		if err != nil {
			must(t, h.shutUnused(t.Context(), s))
			continue
		}
		must(t, h.shut(t.Context(), s, s.Taken.Records, min(forwarded.Taken.Records, s.Taken.Records)))
	}
	must(t, h.handOn())
	must(t, h.asker.Ask(t.Context()))
	must(t, h.until(h.minute(1)))
	if tap, edge := h.take(7); tap != live.Through || edge != live.Through {
		t.Fatalf("after all crashes: %v, %v", tap, edge)
	}
	for name, p := range map[string]**party{"tap": &h.tap, "edge": &h.edge} {
		must(t, (*p).book.Close())
		must(t, (*p).watch.Close())
		again, err := h.party(t.Context(), (*p).dir, name)
		must(t, err)
		*p = again
	}
	must(t, h.say(true))
	for range 2 { // this window, and the one that was asked for with it
		if tap, edge := h.take(1); tap != live.NoWindow || edge != live.NoWindow {
			t.Errorf("a window from before a restart is used again: %v, %v", tap, edge)
		}
		must(t, h.asker.Ask(t.Context()))
		must(t, h.until(h.minute(1)))
	}
	if tap, edge := h.take(1); tap != live.Through || edge != live.Through {
		t.Errorf("the first window asked for after it: %v, %v", tap, edge)
	}
}
