package authority_test

import (
	"fmt"
	"os"
	"slices"
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
	"github.com/noroshi-acd/noroshi/authority/likeness/likenesstest"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/repeat"
	"github.com/noroshi-acd/noroshi/authority/stage"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// TestAYear replays a year of applications, week by week: each is judged by machine, voted
// on by three members, decided, and led to a signed warrant; each tenth is refused, each
// fifteenth incomplete. Reasons are of six to nine sentences, in Japanese and in English,
// and each eighth application repeats one of an earlier week: who decides is warned of it.
// NOROSHI_APPLICATIONS says how many; 5,000 is the measure.
func TestAYear(t *testing.T) {
	total := 60
	if n, err := strconv.Atoi(os.Getenv("NOROSHI_APPLICATIONS")); err == nil && n > 0 {
		total = n
	}
	const weeks = 50
	written := reasons(total)
	f := officeWith(t, authoritytest.Options{Interval: time.Hour, Change: func(c *authority.Config) { c.Likeness = repeat.NewMemory() }}, func(w *warranttest.World) {
		w.Root.Expires = warranttest.Now + 400*86400
	})
	began, used := time.Now(), spent()
	want := map[stage.Stage]int{}
	next := 0
	for week := range min(weeks, total) {
		var group sync.WaitGroup
		for ; next < (week+1)*total/min(weeks, total); next++ {
			want[expected(next)]++
			n := next
			group.Go(func() {
				if err := live(t, f, n, written[n]); err != nil {
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
	warned, missed, repeating := 0, 0, 0
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
			if repeated(number(t, r.ID), total) >= 0 {
				repeating++
			}
			if other := slices.ContainsFunc(r.Warnings, func(w repeat.Repetition) bool { return w.Application != "" }); other {
				warned++
			} else if repeated(number(t, r.ID), total) >= 0 {
				missed++
			}
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
	if unfounded := warned - repeating; missed > 0 || unfounded > total/50 {
		t.Errorf("of %d applications %d repeat an earlier one: %d were warned of, %d passed over", total, repeating, warned, missed)
	}
	t.Logf("%d applications, %d entries, %d warned of: %.1f s, %.1f s of CPU", total, entries, warned, wall.Seconds(), cpu.Seconds())
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

// reasons writes the two reasons of each of n applications. Each eighth copies one of an
// earlier week, word by word or with other numbers; every other is of its own.
func reasons(n int) [][2]string {
	w, list, source := likenesstest.New(5), make([][2]string, n), make([][2][]string, n)
	for i := range n {
		lang := []string{"ja", "ja", "en"}[i%3]
		for k := range 2 {
			source[i][k] = w.Reason(lang, 6+i%4)
			if of := repeated(i, n); of >= 0 {
				lang = []string{"ja", "ja", "en"}[of%3]
				source[i][k] = w.Repeat([]string{likenesstest.Copied, likenesstest.Renumbered}[i/8%2], lang, source[of][k])
			}
			list[i][k] = likenesstest.Text(lang, source[i][k])
		}
	}
	return list
}

// repeated gives which application number n of so many repeats, one of an earlier week;
// below 0 when none.
func repeated(n, total int) int {
	if of := n - 8*(total/200) - 7; n%8 == 7 {
		return of
	}
	return -1
}

// number gives the number that an application's id has.
func number(t *testing.T, id paper.ID) (n int) {
	t.Helper()
	if _, err := fmt.Sscanf(string(id), "a/year-%d", &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// live takes application n through its life.
func live(t *testing.T, f *authoritytest.Office, n int, texts [2]string) error {
	ctx := t.Context()
	a := f.Collection(n, f.Now())
	a.ID = paper.ID(fmt.Sprintf("a/year-%d", n))
	for i := range a.Findings {
		a.Findings[i].Text = texts[i]
	}
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
