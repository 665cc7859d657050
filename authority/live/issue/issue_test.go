package issue_test

import (
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/live/issue"
	"github.com/noroshi-acd/noroshi/authority/live/livetest"
	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/books"
)

// TestInvariant04_NoLivenessForLateBooks: a link whose books are five minutes late is
// left out, the other one is not; and it comes back with its pages.
func TestInvariant04_NoLivenessForLateBooks(t *testing.T) {
	c, err := livetest.New()
	if err != nil {
		t.Fatal(err)
	}
	k, err := c.Clock(c.True, 0)
	if err != nil {
		t.Fatal(err)
	}
	pages, dir := issue.NewReceived(), t.TempDir()
	config := issue.Config{Dir: dir, Key: c.Signer("liveness"), Clock: k, Profiles: c.Profile, Missing: pages.Missing}
	i, err := issue.Open(config, c.View)
	if err != nil {
		t.Fatal(err)
	}
	links := func() (n int64, list []paper.ID, stands bool) {
		t.Helper()
		e, err := i.Say()
		if err != nil {
			t.Fatal(err)
		}
		v, unmets := liveness.Verify(e, c.View)
		if len(unmets) > 0 {
			t.Fatal(unmet.List(unmets))
		}
		s, ok := v.Standing(c.Warrant.Digest())
		return v.Number(), s.Links, ok
	}
	if _, _, ok := links(); ok {
		t.Error("it stands before it is admitted")
	}
	two, _ := c.Seal(c.Of, "member-1", "member-2")
	if list, err := i.Admit(two, &warrant.UrgentCount{}); err != nil || !unmet.List(list).Has("lock") {
		t.Errorf("two of three members: %v, %v", unmet.List(list), err)
	}
	if list, err := i.Admit(c.Warrant, &warrant.UrgentCount{}); err != nil || len(list) > 0 {
		t.Fatal(unmet.List(list), err)
	}
	if _, list, ok := links(); !ok || len(list) != 2 {
		t.Errorf("admitted: %v, %v", list, ok)
	}
	start := paper.TimeOf(c.True.Now())
	start -= start % 60
	page := func(link paper.ID, minute paper.Time, number int64) {
		for _, s := range books.Sheets() {
			pages.Page(books.NewPage(s, c.Warrant.Digest(), link, number, minute, minute+60, nil))
		}
	}
	for m := range 7 {
		page("carrier-a/1", start+paper.Time(60*m), int64(m+1))
	}
	c.True.Pass(355 * time.Second)
	if _, list, _ := links(); len(list) != 2 {
		t.Errorf("355 s after the first minute began: %v", list)
	}
	c.True.Pass(10 * time.Second)
	if _, list, ok := links(); !ok || len(list) != 1 || list[0] != "carrier-a/1" {
		t.Errorf("365 s after: %v", list)
	}
	page("carrier-a/2", start+60, 2) // after a gap
	if _, list, _ := links(); len(list) != 1 {
		t.Errorf("a page after a gap counts: %v", list)
	}
	page("carrier-a/2", start, 1)
	if _, list, _ := links(); len(list) != 2 {
		t.Errorf("the page has come: %v", list)
	}
	number, _, _ := links()
	// Stopped by one member, over a restart, until its end.
	at := paper.TimeOf(c.True.Now())
	stop, _ := paper.Seal(warrant.SuspensionType, warrant.Suspension{At: at, Reason: "a doubt", Until: at + 60, Warrant: c.Warrant.Digest()}, c.Signer("member-2"))
	if list, err := i.Stop(stop); err != nil || len(list) > 0 {
		t.Fatal(unmet.List(list), err)
	}
	if err := i.Close(); err != nil {
		t.Fatal(err)
	}
	if i, err = issue.Open(config, c.View); err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	n, _, ok := links()
	if ok || n <= number {
		t.Errorf("suspended, over a restart: stands %v, number %d after %d", ok, n, number)
	}
	c.True.Pass(63 * time.Second)
	if _, _, ok := links(); !ok {
		t.Error("the suspension does not end")
	}
	c.True.Set(time.Minute)
	if _, err := i.Say(); err == nil {
		t.Error("it signs with a clock that was set")
	}
}
