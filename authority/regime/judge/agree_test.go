package judge_test

import (
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/calendar"
	"github.com/noroshi-acd/noroshi/authority/regime/judge"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/authority/regime/rules/rulestest"
	"github.com/noroshi-acd/noroshi/authority/unmet"
)

// requests is how many requests are made up: NOROSHI_REQUESTS, or a few.
func requests(t *testing.T, few int) int {
	t.Helper()
	text := os.Getenv("NOROSHI_REQUESTS")
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("NOROSHI_REQUESTS=%q is no number", text)
	}
	return n
}

// maker makes papers up from a seed that changes and is printed: NOROSHI_SEED repeats it.
func maker(t testing.TB) rulestest.Maker {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("NOROSHI_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("NOROSHI_SEED=%q is no number", text)
		}
		seed = n
	}
	t.Logf("NOROSHI_SEED=%d", seed)
	return rulestest.Maker{Rand: rand.New(rand.NewPCG(seed, 30))}
}

// instrument is rules for both evaluators.
type instrument struct {
	fast *judge.Evaluator
	slow *rulestest.Slow
}

func written(t testing.TB, v any) []byte {
	t.Helper()
	data, err := paper.Marshal(v)
	if err != nil {
		t.Fatalf("%+v: %v", v, err)
	}
	return data
}

func compiled(t testing.TB, r *rules.Rules, c *calendar.Calendar) instrument {
	t.Helper()
	fast, err := judge.Compile(r, c)
	if err != nil {
		t.Fatalf("%+v: %v", r, err)
	}
	slow, err := rulestest.NewSlow(written(t, r), written(t, c))
	if err != nil {
		t.Fatal(err)
	}
	return instrument{fast, slow}
}

// spelled writes what is not met as the slow evaluator does.
func spelled(list []unmet.Unmet) []string {
	var out []string
	for _, u := range list {
		out = append(out, u.Place+" "+u.Code)
	}
	slices.Sort(out)
	return out
}

// TestEvaluatorsAgree: the fast evaluator and the slow one give the same answer to
// requests made up by chance, and between them every code is given.
func TestEvaluatorsAgree(t *testing.T) {
	m := maker(t)
	total, seen, yes := requests(t, 30000), map[string]int{}, 0
	for done := 0; done < total; {
		c := m.Calendar()
		r := m.Rules()
		in := compiled(t, r, c)
		for range 50 {
			done++
			q := m.Request(r)
			data := written(t, q)
			got := spelled(in.fast.Unmet(q))
			want, err := in.slow.Unmet(data)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("-slow +fast\n%s\nrules %s\ncalendar %s\nrequest %s", diff, written(t, r), written(t, c), data)
			}
			if len(got) == 0 {
				yes++
			}
			for _, g := range got {
				_, code, _ := strings.Cut(g, " ")
				seen[code]++
			}
		}
	}
	t.Logf("%d requests, %d of them with nothing unmet; %v", total, yes, seen)
	if yes < total/200 {
		t.Errorf("only %d of %d requests are met: the two agree on little but refusals", yes, total)
	}
	for code := range unmet.Codes {
		if strings.HasPrefix(code, "rule-") && code != "rule-request" && seen[code] == 0 {
			t.Errorf("%s was never given in %d requests", code, total)
		}
	}
}

// TestClosingsAgree: both evaluators say the same about urgent permissions, whatever
// messages are lost, late or early.
func TestClosingsAgree(t *testing.T) {
	m := maker(t)
	total, said := requests(t, 10000), map[string]int{}
	for done := 0; done < total; {
		c := m.Calendar()
		r := m.Rules()
		in := compiled(t, r, c)
		for range 50 {
			q := m.Request(r)
			if q.Path != rules.Urgently && m.IntN(20) != 0 {
				continue // the ordinary path has nothing to close
			}
			done++
			h := m.History(q)
			now := q.From + paper.Time(m.IntN(12*86400)-86400)
			if m.IntN(3) == 0 { // at the very instant of something, or a second beside it
				edges := []paper.Time{q.From, q.Until, h.Began, h.Confirmed, h.Noticed, h.Refused, h.Ended, in.fast.Close(q, h, q.Until).By}
				now = edges[m.IntN(len(edges))] + paper.Time(m.IntN(3)-1)
			}
			if by := in.fast.Close(q, h, q.Until).By; by != 0 && m.IntN(8) == 0 { // the answer comes when it is due, or a second beside it
				h.Confirmed = by + paper.Time(m.IntN(3)-1)
				h.Noticed = h.Confirmed
			}
			want, err := in.slow.Close(written(t, q), written(t, h), int64(now))
			if err != nil {
				t.Fatal(err)
			}
			got := closing(in.fast.Close(q, h, now))
			if got != want {
				t.Fatalf("fast %q, slow %q at %v\nrules %s\ncalendar %s\nrequest %s\nhistory %s", got, want, now, written(t, r), written(t, c), written(t, q), written(t, h))
			}
			said[got]++
			agreeOnChange(t, m, in, q, h, said)
		}
	}
	t.Log(said)
	for _, want := range []string{"", "owed", "stop", "owed alarm stop", "owed alarm stop erase", "owed alarm stop seal", "stop erase", "stop seal", "change owed", "change undo", "change owed undo", "change owed alarm undo", "change alarm undo", "change"} {
		if said[want] == 0 {
			t.Errorf("%q was never said", want)
		}
	}
}

// agreeOnChange asks both evaluators about a change without time.
func agreeOnChange(t *testing.T, m rulestest.Maker, in instrument, q *rules.Request, h *rules.History, said map[string]int) {
	t.Helper()
	now := q.From + paper.Time(m.IntN(12*86400)-86400)
	if by := in.fast.Undo(q, h, now).By; by != 0 && m.IntN(2) == 0 {
		now = by + paper.Time(m.IntN(3)-1)
		if m.IntN(2) == 0 {
			h.Approved = by + paper.Time(m.IntN(3)-1)
		}
	}
	want, err := in.slow.Undo(written(t, q), written(t, h), int64(now))
	if err != nil {
		t.Fatal(err)
	}
	u := in.fast.Undo(q, h, now)
	var words []string
	for _, o := range []struct {
		is   bool
		word string
	}{{u.Owed, "owed"}, {u.Alarm, "alarm"}, {u.Undo, "undo"}} {
		if o.is {
			words = append(words, o.word)
		}
	}
	if got := strings.Join(words, " "); got != want {
		t.Fatalf("of a change: fast %q, slow %q at %v\nrequest %s\nhistory %s", got, want, now, written(t, q), written(t, h))
	}
	said[strings.TrimSpace("change "+want)]++
}

func closing(c judge.Closing) string {
	var words []string
	for _, o := range []struct {
		is   bool
		word string
	}{{c.Owed, "owed"}, {c.Alarm, "alarm"}, {c.Stop, "stop"}, {c.Erase, "erase"}, {c.Seal, "seal"}} {
		if o.is {
			words = append(words, o.word)
		}
	}
	return strings.Join(words, " ")
}
