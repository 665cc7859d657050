package papers

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/authority/desk"
	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/shelf"
	"github.com/noroshi-acd/noroshi/authority/told"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/keyfile"
	"github.com/noroshi-acd/noroshi/internal/usage"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// asked is the use that somebody asks about, as flags.
type asked struct {
	kind, instrument, purpose, cased, effect, link, direction, selector, target, person, duty, actor string
	set, records, bytes, uses, targets, memory                                                       int64
	above                                                                                            []string
}

func (a *asked) flags(d *desk.Desk, c *cobra.Command) {
	fl := c.Flags()
	for name, to := range map[string]*string{
		"kind": &a.kind, "instrument": &a.instrument, "purpose": &a.purpose, "case": &a.cased, "effect": &a.effect, "link": &a.link,
		"direction": &a.direction, "selector": &a.selector, "target": &a.target, "person": &a.person, "duty": &a.duty, "actor": &a.actor,
	} {
		fl.StringVar(to, name, "", d.Say("papers.use."+name))
	}
	for name, to := range map[string]*int64{"selector-set": &a.set, "records": &a.records, "bytes": &a.bytes, "uses": &a.uses, "targets": &a.targets, "memory-s": &a.memory} {
		fl.Int64Var(to, name, 0, d.Say("papers.use."+name))
	}
	fl.StringArrayVar(&a.above, "above", nil, d.Say("papers.use.above"))
}

// counted gives what one warrant has been used for, as --above says it.
func counted(text string) (n warrant.Counts, err error) {
	for _, part := range strings.Split(text, ",") {
		name, value, _ := strings.Cut(part, "=")
		to := map[string]*int64{"records": &n.Records, "bytes": &n.Bytes, "uses": &n.Uses, "targets": &n.Targets, "memory-s": &n.MemoryS}[name]
		is, err := strconv.ParseInt(value, 10, 64)
		if to == nil || err != nil || is < 0 {
			return n, desk.Wrong(fault.Invalid, fault.Place{Field: "--above"}, "papers.above", "part", part)
		}
		*to = is
	}
	return n, nil
}

func or[T ~string](asked string, else_ T) T {
	if asked == "" {
		return else_
	}
	return T(asked)
}

// use is what is asked about a warrant; what was not said is as the warrant has it.
func (a *asked) use(w *warrant.Warrant) (warrant.Use, error) {
	u := warrant.Use{
		Kind: or(a.kind, w.Kind), Instrument: or(a.instrument, w.Instrument), Purpose: or(a.purpose, w.Purpose), Case: or(a.cased, w.Case),
		Actor: w.Holder, Effect: paper.ID(a.effect), Link: paper.ID(a.link), Direction: regime.Direction(a.direction), Selector: a.selector,
		SelectorSet: a.set, Person: paper.ID(a.person), Duty: paper.ID(a.duty),
		Counts: warrant.Counts{Bytes: a.bytes, Records: a.records, Targets: a.targets, Uses: a.uses, MemoryS: a.memory},
	}
	if a.actor != "" {
		k, err := keyfile.LoadPublic(a.actor)
		if err != nil {
			return u, err
		}
		u.Actor = paper.PublicKey{Kind: paper.KindEd25519, Key: k.Key}
	}
	u.DirectionTable = w.Scope.DirectionTable
	if u.Link != "" {
		if i := slices.IndexFunc(w.Scope.Links, func(k warrant.Link) bool { return k.ID == u.Link }); i >= 0 {
			u.Tap = w.Scope.Links[i].Tap
		}
	}
	if a.target != "" {
		t, err := target(a.target, w)
		if err != nil {
			return u, err
		}
		u.Target = t
		u.Counts.Targets = max(u.Counts.Targets, 1)
	}
	if w.Kind != regime.Collection { // this use is one
		u.Counts.Uses = max(u.Counts.Uses, 1)
	}
	for _, text := range a.above {
		n, err := counted(text)
		if err != nil {
			return u, err
		}
		u.Above = append(u.Above, n)
	}
	return u, nil
}

// target reads KIND:VALUE. Where the warrant names the same thing with path, hash or
// consent, these are taken from there: what is asked is whether it may be acted on.
func target(text string, w *warrant.Warrant) (*warrant.Target, error) {
	kind, value, ok := strings.Cut(text, ":")
	if !ok {
		return nil, desk.Wrong(fault.Invalid, fault.Place{Field: "--target"}, "papers.target")
	}
	t := &warrant.Target{Kind: warrant.TargetKind(kind), Value: value}
	for _, x := range w.Scope.Targets {
		if x.Kind == t.Kind && x.Value == t.Value {
			return &x, nil
		}
		if h := *t; true {
			if h.Consent = x.Consent; x.Holds(h) {
				return &h, nil
			}
		}
	}
	return t, nil
}

// checking is a check as its flags ask for it.
type checking struct {
	asked
	live, receipt, opened string
	stops, seen           []string
	without, hold         bool
	lease                 time.Duration
}

func warrantCheck(d *desk.Desk) *cobra.Command {
	var k checking
	c := &cobra.Command{Use: "check WARRANT...", Short: d.Say("papers.warrant.check"), Long: d.Say("papers.warrant.check_long"), Args: usage.Args(d.Lang, 1, warrant.MaxDepth)}
	fl := c.Flags()
	fl.StringVar(&d.At, "at", "", d.Say("trust.flag.at"))
	fl.StringVar(&k.live, "live", "", d.Say("papers.flag.live"))
	fl.StringVar(&k.receipt, "receipt", "", d.Say("papers.flag.receipt"))
	fl.StringVar(&k.opened, "entry", "", d.Say("papers.flag.entry"))
	fl.BoolVar(&k.without, "without-receipt", false, d.Say("papers.flag.without"))
	fl.StringSliceVar(&k.stops, "stop", nil, d.Say("papers.flag.stop"))
	fl.StringSliceVar(&k.seen, "seen", nil, d.Say("papers.flag.seen"))
	fl.BoolVar(&k.hold, "hold", false, d.Say("papers.flag.hold"))
	fl.DurationVar(&k.lease, "lease", liveness.HoldAge, d.Say("papers.flag.lease"))
	k.flags(d, c)
	c.RunE = func(_ *cobra.Command, args []string) error {
		t, v, err := d.Trusted()
		if err != nil {
			return err
		}
		all, w, err := chain(args)
		if err != nil {
			return err
		}
		in := warrant.Input{Chain: all, View: v, Profiles: t.Profile, Clock: warrant.Clock{Earliest: v.At(), Latest: v.At()}, Start: !k.hold, LeaseS: int64(k.lease / time.Second)}
		if in.Use, err = k.use(w); err != nil {
			return err
		}
		if in.Stops, err = stops(d, t, told.Known{View: v}, all[0], k.stops); err != nil {
			return err
		}
		if in.Urgents, err = k.counted(t, v); err != nil {
			return err
		}
		var list unmet.List
		if k.live != "" {
			if in.Liveness, list, err = verified(k.live, v); err != nil {
				return err
			}
		}
		_, more := warrant.Check(in)
		if len(list) > 0 { // said better than "there is no liveness"
			more = slices.DeleteFunc(more, func(u unmet.Unmet) bool { return u.Code == "liveness-none" })
		}
		list = append(list, more...)
		recorded, err := k.recorded(d, v, all[0])
		if err != nil {
			return err
		}
		list = append(list, recorded...)
		return d.Judge(all[len(all)-1].Digest(), v.At().Time(), list, nil, k.verdict(), "id", string(w.ID), "until", w.NotAfter.Time())
	}
	return c
}

// counted gives the urgent warrants that were seen before, none of them taken for decided;
// nil when nobody said whether there are any.
func (k *checking) counted(t *shelf.Trust, v *trust.View) (*warrant.UrgentCount, error) {
	if len(k.seen) == 0 {
		return nil, nil
	}
	n := &warrant.UrgentCount{}
	for _, f := range k.seen {
		if f == "none" {
			continue
		}
		var w warrant.Warrant
		e, err := shelf.ReadAs(f, warrant.Type, &w)
		if err != nil {
			return nil, err
		}
		p := t.Profile(w.Profile)
		if p == nil || p.Paths.Urgent == nil {
			return nil, desk.Wrong(fault.NotFound, fault.Place{Path: f}, "papers.profileless", "digest", string(w.Profile))
		}
		for _, h := range v.Signed(e, p.Paths.Urgent.Role, w.NotBefore) {
			n.Warrants = append(n.Warrants, warrant.UrgentSeen{Warrant: e.Digest(), Body: h.Body, Day: w.NotBefore.Day(), Case: w.Case, Targets: w.Scope.Targets})
		}
	}
	return n, nil
}

// verdict is the sentence of a check that finds everything met.
func (k *checking) verdict() string {
	switch {
	case k.without:
		return "papers.warrant.good_unrecorded"
	case k.hold:
		return "papers.warrant.good_hold"
	}
	return "papers.warrant.good"
}

// verified reads a liveness statement and verifies it.
func verified(file string, v *trust.View) (*liveness.Verified, unmet.List, error) {
	e, err := shelf.ReadAs(file, liveness.Type, new(liveness.Statement))
	if err != nil {
		return nil, nil, err
	}
	live, list := liveness.Verify(e, v)
	return live, list, nil
}

// recorded notes a warrant that is not shown to stand in a witnessed log of decisions.
func (k *checking) recorded(d *desk.Desk, v *trust.View, first *paper.Envelope) (unmet.List, error) {
	var l unmet.List
	if k.without {
		return nil, nil
	}
	if k.receipt == "" || k.opened == "" {
		l.Add("receipt", "receipt-none")
		return l, nil
	}
	position, opened, err := d.Proven(v, k.receipt, k.opened)
	if err != nil {
		return nil, err
	}
	log, _ := v.Log(position.Origin)
	l.Want(log.Duty == trust.Decisions, "receipt", "log-other", "origin", position.Origin)
	l.Want(opened.Entry.Class == proof.Warrant && opened.Entry.Paper == first.Digest(), "receipt", "receipt-none")
	return l, nil
}
