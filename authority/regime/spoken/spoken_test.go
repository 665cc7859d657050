package spoken_test

import (
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/regime/compile"
	"github.com/noroshi-acd/noroshi/authority/regime/fact"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/authority/regime/spoken"
	"github.com/noroshi-acd/noroshi/content"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// TestExplainMarksWhatIsNotSure: in plain words too, nothing uncertain stands without its
// mark: conditions, reports, who asks and decides, how long, what without time.
func TestExplainMarksWhatIsNotSure(t *testing.T) {
	b, err := compile.Load(content.Law())
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, l := range []i18n.Lang{i18n.JA, i18n.EN} {
		v := &spoken.Voice{Book: b, Lang: l}
		for _, i := range b.Instruments {
			r, e := i.Rules, v.Explain(i)
			all := strings.Join(append(append(append([]string{}, e.Sentences...), e.Must...), e.Afterward...), "\n")
			want := func(what, text string, m fact.Mark) {
				if m == "" || m.Sure() {
					return
				}
				tried++
				if !strings.Contains(all, text+" ["+string(m)+"]") {
					t.Errorf("%s (%s): %s stands without %s", r.ID, l, what, m)
				}
			}
			for _, c := range r.Conditions {
				want(string(c.ID), v.In(c.Meet)+v.When(c.When), c.Mark)
			}
			for _, p := range r.Reports {
				want(string(p.ID), v.In(p.Says)+v.When(p.When), p.Mark)
			}
			for _, k := range r.Roles.Locks {
				want(string(k.Role), v.Lock(k), k.Mark)
			}
			if who, ok := r.Roles.Applicants.Known(); ok {
				want("who asks", spoken.Terms(v, who), r.Roles.Applicants.Mark)
			}
			if s, ok := r.Time.MaxS.Known(); ok && len(r.Kinds) > 0 {
				want("how long", v.Seconds(s), r.Time.MaxS.Mark)
			}
			if u := r.Time.Urgent; u != nil && !u.Allowed.Or(false) && len(r.Kinds) > 0 {
				want("no urgent path", strings.TrimRight(v.Say("regimes.explain.no_urgent", "mark", ""), "。."), u.Allowed.Mark)
			}
			if n := r.Time.Renew; n != nil && !n.Allowed.Or(false) && len(r.Kinds) > 0 {
				want("no extension", strings.TrimRight(v.Say("regimes.explain.no_renew", "mark", ""), "。."), n.Allowed.Mark)
			}
			if u := r.Time.Urgent; u != nil && u.Allowed.Or(false) && len(r.Kinds) > 0 {
				want("what follows", v.Say("regimes.after."+string(u.After.Or(rules.Confirm))), u.After.Mark)
				want("a refusal", v.Say("regimes.refusal."+string(u.OnRefusal.Or(rules.Stop))), u.OnRefusal.Mark)
			}
		}
	}
	if tried < 100 {
		t.Errorf("only %d uncertain facts were looked for", tried)
	}
}

// TestSeconds: months say that they are months; what is no number of months does not.
func TestSeconds(t *testing.T) {
	ja, en := &spoken.Voice{Lang: i18n.JA}, &spoken.Voice{Lang: i18n.EN}
	for s, want := range map[int64][2]string{
		0: {"直ちに", "at once"}, 181 * 86400: {"6か月（181日）", "6 months (181 days)"}, 365 * 86400: {"1年（365日）", "1 year (365 days)"},
		90 * 86400: {"90日", "90 days"}, 48 * 3600: {"2日", "2 days"}, 8 * 3600: {"8時間", "8 h"},
	} {
		if got := [2]string{ja.Seconds(s), en.Seconds(s)}; got != want {
			t.Errorf("%d s is %q, want %q", s, got, want)
		}
	}
}
