package actor_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/actor"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/store"
	"github.com/noroshi-acd/noroshi/internal/store/storetest"
)

// rolled writes everybody of a trust root into a document, as their keys say.
func rolled(v *trust.View) *actor.Document {
	d := &actor.Document{}
	from := warranttest.Now - 86400
	for _, b := range v.Bodies() {
		d.Bodies = append(d.Bodies, actor.Body{ID: b.ID, Jurisdiction: b.Jurisdiction, Name: b.Name, From: from, Until: actor.Forever})
		for _, k := range b.Keys {
			d.People = append(d.People, actor.Person{ID: k.Person, Name: words(string(k.Person))})
			for _, role := range k.Roles {
				d.Duties = append(d.Duties, actor.Duty{Number: int64(len(d.Duties) + 1), Body: b.ID, Person: k.Person, Role: role, From: from, Until: actor.Forever, Act: "order 1"})
			}
		}
	}
	return d
}

// Invariant 12: a key of the root and a duty of the register count together, or not.
func TestInvariant12_AKeyAloneIsNobody(t *testing.T) {
	w, err := warranttest.New(trust.Lab)
	if err != nil {
		t.Fatal(err)
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		if err := db.Migrate(ctx, actor.Noun()); err != nil {
			t.Fatal(err)
		}
		c := &clock{warranttest.Now.Time()}
		r := actor.New(db, c.now)
		d := rolled(w.View)
		d.People = slices.DeleteFunc(d.People, func(p actor.Person) bool { return p.ID == "person/member-5" })
		d.Duties = slices.DeleteFunc(d.Duties, func(u actor.Duty) bool { return u.Person == "person/member-5" })
		for i := range d.Duties {
			if d.Duties[i].Person == "person/member-4" {
				d.Duties[i].Body = "agency"
			}
		}
		d.Needs = append(d.Needs, actor.Need{Role: "chief", Training: "arms"})
		if err := r.Found(ctx, d, "the test"); err != nil {
			t.Fatal(err)
		}
		for _, u := range d.Duties { // one resigns, and the root does not know it yet
			if u.Person == "person/minister" && u.Role == "minister" {
				list, err := r.Duties(ctx, u.Person)
				if err != nil {
					t.Fatal(err)
				}
				i := slices.IndexFunc(list, func(o actor.Duty) bool { return o.Role == "minister" })
				if err := r.End(ctx, list[i].Number, 0, "resigned", "person/member-1"); err != nil {
					t.Fatal(err)
				}
			}
		}
		now := c.instant()
		ask := func(name string, role paper.ID, at paper.Time) (h trust.Holder, err error) {
			err = db.View(ctx, func(tx *store.Tx) error {
				var err error
				h, err = actor.Bearer(tx, w.View, w.Key(name).ID(), role, at)
				return err
			})
			return h, err
		}
		for _, tt := range []struct {
			name string
			role paper.ID
			at   paper.Time
			body paper.ID // "" for a refusal
		}{
			{"member-1", "member", now, "commission"},
			{"agency-1", "acquirer", now, "agency"},
			{"member-1", "minister", now, ""},                         // no such role
			{"member-5", "member", now, ""},                           // in the root alone
			{"member-4", "member", now, ""},                           // in another body
			{"minister", "minister", now, ""},                         // resigned
			{"minister", "minister", now - 1, "ministry"},             // not yet then
			{"minister", "top", now, "ministry"},                      // another duty goes on
			{"chief", "chief", now, ""},                               // untrained
			{"member-1", "member", now - 2*86400, ""},                 // before the register knew
			{"member-1", "member", now.Add(400 * 24 * time.Hour), ""}, // the key is over
			{"hub", "member", now, ""},                                // no key of the root
		} {
			h, err := ask(tt.name, tt.role, tt.at)
			switch {
			case tt.body == "" && fault.KindOf(err) != fault.Permission:
				t.Errorf("%s as %s at %s: %v, want a refusal", tt.name, tt.role, tt.at, err)
			case tt.body != "" && (err != nil || h.Body != tt.body || h.Person != paper.ID("person/"+tt.name)):
				t.Errorf("%s as %s at %s: %+v, %v; want %s", tt.name, tt.role, tt.at, h, err, tt.body)
			}
		}
		var lacks []actor.KeyLack
		if err := db.View(ctx, func(tx *store.Tx) error {
			var err error
			lacks, err = actor.Keys(tx, w.View, now)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range lacks {
			got = append(got, fmt.Sprint(l.Body, " ", l.Person, " ", l.Role, " ", l.Lacks))
		}
		want := []string{
			"commission person/member-4 member [{other-body agency}]",
			"commission person/member-5 member [{unknown person/member-5}]",
			"ministry person/minister minister [{no-duty minister}]",
			"police person/chief chief [{training arms}]",
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("-want +got\n%s", d)
		}
	})
}
