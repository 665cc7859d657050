package authority_test

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority"
	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/authoritytest"
	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/docket"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/stage"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// TestAYear replays a year of applications, week by week: each is judged by machine, voted
// on by three members, decided, and led to a signed warrant; each tenth is refused, each
// fifteenth incomplete. NOROSHI_APPLICATIONS says how many; 5,000 is the measure.
func TestAYear(t *testing.T) {
	total := 60
	if n, err := strconv.Atoi(os.Getenv("NOROSHI_APPLICATIONS")); err == nil && n > 0 {
		total = n
	}
	const weeks = 50
	f := officeWith(t, authoritytest.Options{Interval: time.Hour}, func(w *warranttest.World) {
		w.Root.Expires = warranttest.Now + 400*86400
	})
	began, used := time.Now(), spent()
	want := map[stage.Stage]int{}
	number := 0
	for week := range min(weeks, total) {
		var group sync.WaitGroup
		for ; number < (week+1)*total/min(weeks, total); number++ {
			want[expected(number)]++
			n := number
			group.Go(func() {
				if err := live(t, f, n); err != nil {
					t.Errorf("application %d: %v", n, err)
				}
			})
		}
		group.Wait()
		f.Later(7 * 24 * time.Hour)
	}
	wall, cpu := time.Since(began), spent()-used
	var after int64 = -1
	got, entries := map[stage.Stage]int{}, int64(0)
	for {
		list, err := f.Desk.List(t.Context(), docket.Filter{After: after, Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			break
		}
		for _, r := range list {
			got[r.Life.Stage]++
			after = r.Index
		}
	}
	for s, n := range want {
		if got[s] != n {
			t.Errorf("%s: %d, want %d", s, got[s], n)
		}
	}
	classes := map[proof.Class]int{}
	for ; ; entries++ {
		o, _, err := f.Log.Read(entries)
		if err != nil {
			break
		}
		classes[o.Entry.Class]++
	}
	if classes[proof.Application] != total || classes[proof.Warrant] != want[stage.Approved] || classes[proof.Refusal] != want[stage.Refused]+want[stage.Incomplete] {
		t.Errorf("the log has %v", classes)
	}
	t.Logf("%d applications, %d entries: %.1f s, %.1f s of CPU", total, entries, wall.Seconds(), cpu.Seconds())
	if total >= 5000 && cpu > 60*time.Second {
		t.Errorf("a year takes %s of CPU; at most 60 s", cpu)
	}
}

func expected(n int) stage.Stage {
	switch {
	case n%15 == 14:
		return stage.Incomplete
	case n%10 == 9:
		return stage.Refused
	}
	return stage.Approved
}

// live takes application n through its life.
func live(t *testing.T, f *authoritytest.Office, n int) error {
	ctx := t.Context()
	a := f.Collection(n, f.Now())
	a.ID = paper.ID(fmt.Sprintf("a/year-%d", n))
	if expected(n) == stage.Incomplete {
		a.Findings = a.Findings[:1]
	}
	e, err := f.Sign(a)
	if err != nil {
		return err
	}
	r, err := f.Desk.Submit(ctx, e)
	if err != nil || len(r.Unmet) > 0 {
		return err
	}
	p := decision.Approve
	if expected(n) == stage.Refused {
		p = decision.Refuse
	}
	for m := 1; m <= 3; m++ {
		v, err := f.Vote(r.Digest, m, p, f.Now())
		if err != nil {
			return err
		}
		if _, err := f.Desk.Vote(ctx, v); err != nil {
			return err
		}
	}
	if r, err = f.Desk.Decide(ctx, r.Digest, authority.Manner{}); err != nil || p == decision.Refuse {
		return err
	}
	return permit(t, f, a, r.Digest)
}

func permit(t *testing.T, f *authoritytest.Office, a *application.Application, digest paper.Digest) error {
	w, err := f.Desk.Draft(t.Context(), digest, paper.ID("w/"+string(a.ID)), a.Nonce, 0)
	if err != nil {
		return err
	}
	e, err := f.Permit(w)
	if err != nil {
		return err
	}
	got, err := f.Desk.Issue(t.Context(), e)
	if err == nil && len(got.Unmet) > 0 {
		err = fmt.Errorf("the warrant lacks %v", got.Unmet)
	}
	return err
}

// spent is the CPU time of this process so far.
func spent() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
