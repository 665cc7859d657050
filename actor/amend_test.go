package actor_test

import (
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/actor"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/store"
)

// TestAmend: a register is brought to a document step by step: what is new is recorded,
// what ends is ended, the same document again changes nothing, and nothing is taken away
// or dated back.
func TestAmend(t *testing.T) {
	run(t, func(t *testing.T, db *store.DB, r *actor.Register, c *clock) {
		ctx := t.Context()
		whole := func() *actor.Document {
			d, err := r.Export(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		history := func() int {
			h, err := r.History(ctx, "")
			if err != nil {
				t.Fatal(err)
			}
			return len(h)
		}
		n := history()
		if err := r.Amend(ctx, whole(), "registrar"); err != nil || history() != n {
			t.Fatalf("the same again: %v, %d changes", err, history()-n)
		}
		c.pass(time.Hour)
		d := whole()
		d.People = append(d.People, actor.Person{ID: "emi", Name: words("emi")})
		d.Duties = append(d.Duties, duty("police", "emi", "officer", c.instant(), actor.Forever))
		d.Duties[0].Until = c.instant().Add(time.Hour)
		if err := r.Amend(ctx, d, "registrar"); err != nil {
			t.Fatal(err)
		}
		if s, err := r.Holds(ctx, "emi", "officer", c.instant()); err != nil || !s.Holds || history() != n+3 {
			t.Errorf("%+v %v, %d changes", s, err, history()-n)
		}
		if s, err := r.Holds(ctx, "registrar", "registrar", c.instant().Add(time.Hour)); err != nil || s.Holds {
			t.Errorf("an end: %+v %v", s, err)
		}
		if err := db.View(ctx, func(t *store.Tx) error { return r.Bears(t, "emi", "officer", "police", c.instant()) }); err != nil {
			t.Error(err)
		}
		for name, ask := range map[string]func(*store.Tx) error{
			"before":          func(t *store.Tx) error { return r.Bears(t, "emi", "officer", "police", c.instant()-1) },
			"in another body": func(t *store.Tx) error { return r.Bears(t, "emi", "member", "commission", c.instant()) },
			"nobody":          func(t *store.Tx) error { return r.Bears(t, "fumi", "member", "commission", c.instant()) },
			"apart":           func(t *store.Tx) error { return r.Apart(t, "emi", "police", c.instant()) },
		} {
			if err := db.View(ctx, ask); fault.KindOf(err) != fault.Permission || fault.Hint(err) == "" {
				t.Errorf("%s: %v", name, err)
			}
		}
		for name, c := range map[string]struct {
			change func(*actor.Document)
			kind   fault.Kind
		}{
			"taken away":        {func(d *actor.Document) { d.People = d.People[1:] }, fault.Permission},
			"a duty taken away": {func(d *actor.Document) { d.Duties = d.Duties[:1] }, fault.Permission},
			"dated back": {func(d *actor.Document) {
				d.Duties = append(d.Duties, duty("police", "akiko", "officer", c.instant()-1, actor.Forever))
			}, fault.Permission},
			"ended in the past": {func(d *actor.Document) { d.Duties[0].Until = c.instant() - 1 }, fault.Permission},
			"longer":            {func(d *actor.Document) { d.Duties[0].Until = actor.Forever }, fault.Invalid},
			"in two bodies": {func(d *actor.Document) {
				d.Duties = append(d.Duties, duty("ministry", "emi", "minister", c.instant(), actor.Forever))
			}, fault.Permission},
			"other locks": {func(d *actor.Document) { d.Locks = d.Locks[:1] }, fault.Permission},
		} {
			n, d := history(), whole()
			c.change(d)
			for i := range d.Duties {
				d.Duties[i].Number = int64(i + 1)
			}
			if err := r.Amend(ctx, d, "registrar"); fault.KindOf(err) != c.kind || history() != n {
				t.Errorf("%s: %v, %d changes", name, err, history()-n)
			}
		}
	})
}
