package looser_test

import (
	"slices"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/compile"
	"github.com/noroshi-acd/noroshi/authority/regime/fact"
	"github.com/noroshi-acd/noroshi/authority/regime/looser"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/content"
)

// copied gives rules that share nothing with r.
func copied(t *testing.T, r *rules.Rules) *rules.Rules {
	t.Helper()
	data, err := paper.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	out, err := rules.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestAllLaw takes each instrument of the law and loosens it in every place that it has:
// each is found; the same, and the stricter, are not.
func TestAllLaw(t *testing.T) {
	b, err := compile.Load(content.Law())
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, i := range b.Instruments {
		base := i.Rules
		if at, loose := looser.Than(base, copied(t, base)); loose {
			t.Errorf("%s is looser than itself at %s", base.ID, at)
		}
		for what, change := range loosenings(base) {
			over := copied(t, base)
			change(over)
			tried++
			if _, loose := looser.Than(base, over); !loose {
				t.Errorf("%s: nobody notices: %s", base.ID, what)
			}
		}
		for what, change := range tightenings(base) {
			over := copied(t, base)
			change(over)
			if at, loose := looser.Than(base, over); loose {
				t.Errorf("%s: %s is called looser, at %s", base.ID, what, at)
			}
		}
	}
	if tried < 500 {
		t.Errorf("only %d loosenings were tried", tried)
	}
}

// loosenings are the ways in which r can be loosened.
func loosenings(r *rules.Rules) map[string]func(*rules.Rules) {
	out := map[string]func(*rules.Rules){
		"another article": func(o *rules.Rules) { o.Articles = append(o.Articles, "999") },
		"another kind":    func(o *rules.Rules) { o.Kinds = append(o.Kinds, "abolish") },
		"another sharing": func(o *rules.Rules) { o.Sharing = append(o.Sharing, rules.Share{With: "anybody"}) },
	}
	for n, c := range r.Conditions {
		out["without condition "+string(c.ID)] = func(o *rules.Rules) { o.Conditions = slices.Delete(o.Conditions, n, n+1) }
		out["condition less often "+string(c.ID)] = func(o *rules.Rules) {
			o.Conditions[n].When = append(o.Conditions[n].When, rules.Predicate{Attribute: rules.ByRenewal, Is: []paper.ID{rules.Yes}})
		}
		if c.MinWords > 0 {
			out["fewer words "+string(c.ID)] = func(o *rules.Rules) { o.Conditions[n].MinWords-- }
		}
		if c.Evidence != "" {
			out["no evidence "+string(c.ID)] = func(o *rules.Rules) { o.Conditions[n].Evidence = "" }
		}
		if c.Min != nil {
			out["a lower least "+string(c.ID)] = func(o *rules.Rules) { o.Conditions[n].Min = nil }
		}
		if len(c.Risks) > 0 {
			out["fewer risks "+string(c.ID)] = func(o *rules.Rules) { o.Conditions[n].Risks = c.Risks[1:] }
			out["a higher threshold "+string(c.ID)] = func(o *rules.Rules) { o.Conditions[n].Threshold = rules.High }
		}
	}
	for n, l := range r.Roles.Locks {
		out["without lock "+string(l.Role)] = func(o *rules.Rules) { o.Roles.Locks = slices.Delete(o.Roles.Locks, n, n+1) }
		out["fewer keys "+string(l.Role)] = func(o *rules.Rules) { o.Roles.Locks[n].K-- }
		out["casting vote "+string(l.Role)] = func(o *rules.Rules) { o.Roles.Locks[n].CastingVote = true }
	}
	for n, c := range r.Roles.Consult {
		out["without consultation "+string(c.Role)] = func(o *rules.Rules) { o.Roles.Consult = slices.Delete(o.Roles.Consult, n, n+1) }
		if c.Mode != rules.Notify {
			out["only told "+string(c.Role)] = func(o *rules.Rules) { o.Roles.Consult[n].Mode = rules.Notify }
		}
	}
	for n, p := range r.Reports {
		out["without report "+string(p.ID)] = func(o *rules.Rules) { o.Reports = slices.Delete(o.Reports, n, n+1) }
		if p.Within.Value != nil {
			out["a later report "+string(p.ID)] = func(o *rules.Rules) { o.Reports[n].Within.Value.N++ }
		}
	}
	for n := range r.InForce {
		out["in force before"] = func(o *rules.Rules) { o.InForce[n].From = max(0, o.InForce[n].From-1) }
		if r.InForce[n].From == 0 {
			delete(out, "in force before")
		}
	}
	facts(r, out)
	return out
}

// facts adds the loosenings of what is known.
func facts(r *rules.Rules, out map[string]func(*rules.Rules)) {
	if r.Time.MaxS.Value != nil {
		out["longer"] = func(o *rules.Rules) { *o.Time.MaxS.Value++ }
		out["any length"] = func(o *rules.Rules) { o.Time.MaxS = fact.Unknown[int64](fact.Uncertain) }
	}
	if r.Time.Renew == nil {
		out["extension"] = func(o *rules.Rules) { o.Time.Renew = &rules.Renew{Allowed: fact.Is(true, fact.Seen, "x")} }
	}
	if r.Scope.Effects.Value != nil {
		out["another effect"] = func(o *rules.Rules) { *o.Scope.Effects.Value = append(*o.Scope.Effects.Value, "zap") }
	}
	if r.Scope.VolumeCapPermille.Value != nil {
		out["a higher cap"] = func(o *rules.Rules) { *o.Scope.VolumeCapPermille.Value++ }
	}
	if r.Purpose.Allowed.Value != nil {
		out["another purpose"] = func(o *rules.Rules) { *o.Purpose.Allowed.Value = append(*o.Purpose.Allowed.Value, "zeal") }
	}
	if v, ok := r.Purpose.OtherUse.Known(); ok && v == rules.Never {
		out["other use"] = func(o *rules.Rules) { *o.Purpose.OtherUse.Value = rules.WithConsent }
	}
	if d := r.Data; d != nil && d.Retention != nil && d.Retention.LimitS.Value != nil {
		out["kept longer"] = func(o *rules.Rules) { *o.Data.Retention.LimitS.Value++ }
		out["kept without limit"] = func(o *rules.Rules) { o.Data = nil }
	}
	if c := r.Time.Change; c != nil && c.Allowed.Or(false) {
		out["a change approved later"] = func(o *rules.Rules) { o.Time.Change.ApproveWithin.Value.N++ }
		out["a change approved by another"] = func(o *rules.Rules) { *o.Time.Change.By.Value = "zz" }
	} else {
		out["a change without time"] = func(o *rules.Rules) {
			o.Time.Change = &rules.Change{Allowed: fact.Is(true, fact.Seen, "x")}
		}
	}
	u := r.Time.Urgent
	if u == nil || !u.Allowed.Or(false) {
		out["an urgent path"] = func(o *rules.Rules) {
			o.Time.Urgent = &rules.Urgent{Allowed: fact.Is(true, fact.Seen, "x"), K: 1}
		}
		return
	}
	out["anybody without time"] = func(o *rules.Rules) { *o.Time.Urgent.Who.Value = append(*o.Time.Urgent.Who.Value, "zz") }
	if u.ConfirmWithin.Value != nil {
		out["confirmed later"] = func(o *rules.Rules) { o.Time.Urgent.ConfirmWithin.Value.N++ }
	}
	if v, ok := u.OnRefusal.Known(); ok && v != rules.Stop {
		out["no erasure"] = func(o *rules.Rules) { *o.Time.Urgent.OnRefusal.Value = rules.Stop }
	}
}

// tightenings are changes that permit less.
func tightenings(r *rules.Rules) map[string]func(*rules.Rules) {
	out := map[string]func(*rules.Rules){
		"a further condition": func(o *rules.Rules) {
			o.Conditions = append(o.Conditions, rules.Condition{ID: "further", Kind: rules.FactKind})
		},
		"no urgent path":   func(o *rules.Rules) { o.Time.Urgent = nil },
		"no extension":     func(o *rules.Rules) { o.Time.Renew = nil },
		"nobody to share":  func(o *rules.Rules) { o.Sharing = nil },
		"a further report": func(o *rules.Rules) { o.Reports = append(o.Reports, rules.Report{ID: "further"}) },
		"never in force":   func(o *rules.Rules) { o.InForce = nil },
	}
	if r.Time.MaxS.Value != nil {
		out["shorter"] = func(o *rules.Rules) { *o.Time.MaxS.Value-- }
	}
	for n := range r.Roles.Locks {
		out["more keys"] = func(o *rules.Rules) { o.Roles.Locks[n].K++ }
	}
	for n := range r.Conditions {
		out["more words"] = func(o *rules.Rules) { o.Conditions[n].MinWords++ }
		out["always asked"] = func(o *rules.Rules) { o.Conditions[n].When = nil }
	}
	return out
}
