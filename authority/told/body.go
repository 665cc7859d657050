package told

import (
	"fmt"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

func seconds(s int64) time.Duration { return time.Duration(min(s, 1<<33)) * time.Second }

// root says who is who under a version of the trust root, and what changes with it
// against the one that the reader knows.
func (t *teller) root(e *paper.Envelope) error {
	var r trust.Root
	if err := e.Open(trust.RootType, &r); err != nil {
		return err
	}
	t.head("told.title.root", "name", string(r.Name), "version", i18n.Nominal(r.Version))
	t.row("told.row.rootkind", words(t, "told.rootkind.", []string{string(r.Kind)}))
	t.row("told.row.when", t.span(r.Issued, r.Expires))
	t.row("told.row.previous", digest(r.Previous))
	t.row("told.row.top", t.say("told.top", "k", r.Top.K, "bodies", names(t, r.Top.Bodies)))
	if v := t.View; v != nil && r.Version > v.Version() && !v.Root().SamePowers(r) {
		t.row("told.row.powers", t.say("told.powers", "after", seconds(v.Root().NoticeS)))
	}
	for _, b := range r.Bodies {
		t.row("told.row.body", t.say("told.body", "id", string(b.ID), "name", i18n.Text{JA: b.Name.JA, EN: b.Name.EN}.In(t.lang), "roles", names(t, b.Roles), "threshold", b.Threshold, "list", i18n.Nominal(b.List)))
		for _, k := range b.Keys {
			t.keyRow(k)
		}
	}
	for _, g := range r.Logs {
		t.row("told.row.log", t.say("told.log", "origin", g.Origin, "duty", words(t, "told.duty.", []trust.Duty{g.Duty}), "body", string(g.Body)))
	}
	t.row("told.row.quorum", t.say("told.quorum", "k", r.Witnesses.K, "n", len(r.Witnesses.Keys), "f", r.Witnesses.Faulty))
	for _, w := range r.Witnesses.Keys {
		t.row("told.row.witness", i18n.Escape(fmt.Sprintf("%s %s", w.Operator, w.Key)))
	}
	for _, p := range r.Profiles {
		until := t.say("told.open_end")
		if p.Until != 0 {
			until = i18n.Time(p.Until.Time())
		}
		t.row("told.row.profile", t.say("told.inforce", "instrument", string(p.Instrument), "digest", digest(p.Digest), "from", i18n.Time(p.From.Time()), "until", until))
	}
	for _, u := range r.Urgent {
		t.row("told.row.urgent", t.say("told.urgent", "role", string(u.Role), "instrument", string(u.Instrument)))
	}
	t.row("told.row.notice", t.say("told.notice", "after", seconds(r.NoticeS)))
	t.row("told.row.ceremony", t.say("told.ceremony", "k", r.Ceremony.K, "n", len(r.Ceremony.Keys), "after", seconds(r.Ceremony.NoticeS), "words", i18n.Text{JA: r.Ceremony.Words.JA, EN: r.Ceremony.Words.EN}.In(t.lang)))
	for _, k := range r.Ceremony.Keys {
		t.row("told.row.recovery", t.say("told.recovery", "person", string(k.Person), "body", string(k.Body), "key", string(k.Key.ID()[:16])))
	}
	return nil
}

// list says whose keys a body lists, and which of them come and go.
func (t *teller) list(e *paper.Envelope) error {
	var n trust.List
	if err := e.Open(trust.ListType, &n); err != nil {
		return err
	}
	t.head("told.title.list", "body", string(n.Body), "version", i18n.Nominal(n.Version), "root", string(n.Root))
	t.row("told.row.at", t.at(n.Issued))
	t.row("told.row.threshold", i18n.Count(int64(n.Threshold)))
	var old []trust.Key
	if t.View != nil {
		if b, ok := t.View.Body(n.Body); ok {
			old = b.Keys
		}
	}
	for _, k := range n.Keys {
		t.keyRow(k)
		if t.View != nil && !has(old, k) {
			t.row("told.row.comes", t.say("told.holder", "person", string(k.Person), "body", string(n.Body), "key", string(k.Key.ID()[:16])))
		}
	}
	for _, k := range old {
		if !has(n.Keys, k) {
			t.row("told.row.goes", t.say("told.holder", "person", string(k.Person), "body", string(n.Body), "key", string(k.Key.ID()[:16])))
		}
	}
	t.row("told.row.previous", digest(n.Previous))
	return nil
}

func has(list []trust.Key, k trust.Key) bool {
	for _, o := range list {
		if o.Key.Same(k.Key) && o.Person == k.Person && fmt.Sprint(o.Roles) == fmt.Sprint(k.Roles) && o.From == k.From && o.Until == k.Until && o.Robot == k.Robot {
			return true
		}
	}
	return false
}

func (t *teller) keyRow(k trust.Key) {
	key := "told.listed"
	if k.Robot {
		key = "told.robot"
	}
	t.row("told.row.key", t.say(key, "person", string(k.Person), "roles", names(t, k.Roles), "key", string(k.Key.ID()[:16]), "from", i18n.Time(k.From.Time()), "until", i18n.Time(k.Until.Time())))
}
