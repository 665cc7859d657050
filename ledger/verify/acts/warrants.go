package acts

import (
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/verify/opened"
	"github.com/noroshi-acd/noroshi/ledger/verify/trusted"
)

// given is a warrant that stands in a log.
type given struct {
	warrant.Warrant
	chain   []*paper.Envelope // the first warrant first
	digests []paper.Digest
	inputs  []string   // the digests of all bytes of the chain
	at      paper.Time // of its entry
	right   bool       // by its locks, its profile and its parents, when it was recorded
	before  *given     // the same warrant as it was recorded before, with other signatures maybe
}

// stop is a suspension or revocation that was found right: from when on it counts by its
// own word, until when (0 for good), and where it stands.
type stop struct {
	spot
	from, until paper.Time
}

func (s stop) over(t paper.Time) bool { return s.until != 0 && t >= s.until }

// under judges whether an entry may name the warrant that it names.
//
// Invariant 1: what was done stands under a warrant that was given before, in its time,
// and that nobody had stopped.
func (j *Judge) under(e *opened.Entry) {
	if e.Warrant == "" {
		if e.Class.Acting() {
			j.bad(e, "warrant-none")
		}
		return
	}
	w := j.warrants[e.Warrant]
	if w == nil {
		if j.strict && e.Class != proof.Warrant { // which is named by itself
			j.bad(e, "warrant-unknown", "warrant", string(e.Warrant))
		}
		return
	}
	if e.Instrument != "" && e.Instrument != w.Instrument {
		j.bad(e, "instrument", "is", string(e.Instrument), "want", string(w.Instrument))
	}
	if kinds := opened.Kinds(e.Class); kinds != nil {
		if !slices.Contains(kinds, w.Kind) {
			j.bad(e, "act-kind", "kind", string(w.Kind))
		}
		j.inForce(e, w)
		j.used(e, w)
	}
}

// used counts an act for each warrant of its chain, and tells one beyond a cap. Windows
// are no uses: what they take is counted. How many targets an act has stands in no entry.
//
// Invariant 19: children divide what their parent has.
func (j *Judge) used(e *opened.Entry, w *given) {
	if e.Class == proof.GrantOpen {
		return
	}
	for _, d := range w.digests {
		j.uses[d]++
		if n, most := j.uses[d], j.warrants[d].Scope.MaxUses; n > most && slices.Contains(opened.Kinds(e.Class), w.Kind) {
			j.bad(e, "uses-over", "n", n, "most", most, "warrant", string(d))
		}
	}
}

// inForce tells an act before its warrant was given, outside its time, or after a stop.
func (j *Judge) inForce(e *opened.Entry, w *given) {
	if e.At < w.at-Skew || e.At >= w.NotAfter || e.At < w.NotBefore && e.Class != proof.GrantOpen {
		j.bad(e, "warrant-time", "at", e.At.String(), "from", max(w.NotBefore, w.at).String(), "until", w.NotAfter.String())
	}
	if s, ok := j.stopped(w, spot{j.log, e.Index, e.At}); ok {
		j.bad(e, "stopped", "at", max(s.from, s.at).String())
	}
}

// warrant judges a warrant: its locks, its profile, its parents, its place in the log.
func (j *Judge) warrant(p *signed) {
	g := &given{at: p.At}
	if err := p.envelope.Open(warrant.Type, &g.Warrant); err != nil {
		j.bad(p.Entry, "paper", "why", err)
		return
	}
	if g.Parent != "" {
		parent := j.warrants[g.Parent]
		if parent == nil {
			j.bad(p.Entry, "warrant-unknown", "warrant", string(g.Parent))
			return
		}
		g.chain, g.digests, g.inputs = slices.Clone(parent.chain), slices.Clone(parent.digests), slices.Clone(parent.inputs)
	} else if j.log.Duty != trust.Decisions {
		j.bad(p.Entry, "duty", "duty", string(j.log.Duty))
	}
	g.chain, g.digests, g.inputs = append(g.chain, p.envelope), append(g.digests, p.Paper), append(g.inputs, string(p.content))
	list := j.standing(g, p.view)
	j.unmet(p.Entry, "warrant", list)
	j.decided(p, g)
	j.recorded(p, locksOf(j.views.Profile(g.Profile), g), g.NotBefore)
	g.right = len(list) == 0
	if b := j.warrants[p.Paper]; b != nil && b.right {
		if g.before, g.at = b, b.at; !g.right {
			return // and what was recorded before stands as it did
		}
	}
	j.warrants[p.Paper] = g
	j.count.Warrants++
}

// standing gives what keeps a chain of warrants from being right under a view. A warrant
// that was recorded again, such as with the signature of another member in the place of
// one whose key went, stands by either record.
func (j *Judge) standing(g *given, view *trust.View) []unmet.Unmet {
	list := j.standingBy(g, view)
	for b := g.before; b != nil && len(list) > 0; b = b.before {
		if len(j.standingBy(b, view)) == 0 {
			return nil
		}
	}
	return list
}

// standingBy gives what keeps a chain of warrants from being right under a view, whatever
// it is used for: the signatures of a chain are looked at once for each view.
func (j *Judge) standingBy(g *given, view *trust.View) []unmet.Unmet {
	inputs := append([]string{"warrant", string(view.Digest())}, g.inputs...)
	if j.views.Profile(g.Profile) == nil {
		inputs = append(inputs, "no profile")
	}
	check := func() []unmet.Unmet {
		_, list := warrant.Check(warrant.Input{
			Chain: g.chain, View: view, Profiles: j.views.Profile, Use: g.Sample(),
			Clock: liveness.Clock{Earliest: g.NotBefore, Latest: g.NotBefore}, Start: true, Urgents: j.urgents(g),
		})
		return slices.DeleteFunc(list, func(u unmet.Unmet) bool {
			return u.Place == "liveness" || strings.HasPrefix(u.Place, "use.")
		})
	}
	if g.Path == warrant.Urgent { // what the log had before counts too
		return check()
	}
	return trusted.Remember(j.known, check, inputs...)
}

// urgents counts the urgent warrants that the log had before. Whether an earlier one was
// decided before the next of its case is not judged here: decisions name no warrant.
func (j *Judge) urgents(now *given) *warrant.UrgentCount {
	count := &warrant.UrgentCount{}
	if now.Path != warrant.Urgent {
		return count
	}
	for d, g := range j.warrants {
		if g.Path != warrant.Urgent || g.Parent != "" {
			continue
		}
		view := j.views.At(g.at)
		profile := j.views.Profile(g.Profile)
		if view == nil || profile == nil || profile.Paths.Urgent == nil {
			continue
		}
		for _, h := range view.Signed(g.chain[0], profile.Paths.Urgent.Role, g.NotBefore) {
			count.Warrants = append(count.Warrants, warrant.UrgentSeen{
				Warrant: d, Body: h.Body, Day: g.NotBefore.Day(), Case: g.Case, Targets: g.Scope.Targets, Decided: true,
			})
		}
	}
	return count
}

// decided judges the places of application and decision that a warrant names: they
// stand before it, in this order.
func (j *Judge) decided(p *signed, g *given) {
	d, a := g.Decision, g.Application
	if g.Parent != "" || d.Origin != j.log.Origin {
		return
	}
	if a.Origin == d.Origin && a.Index >= d.Index || d.Index >= p.Index {
		j.bad(p.Entry, "decision-order", "application", a.Index, "decision", d.Index)
		return
	}
	if c := j.log.classes[d.Index]; c != "" && !opened.Decides(c) {
		j.bad(p.Entry, "decision-class", "index", d.Index, "class", string(c))
	}
	if c := j.log.classes[a.Index]; a.Origin == d.Origin && c != "" && !opened.Asks(c) {
		j.bad(p.Entry, "application-class", "index", a.Index, "class", string(c))
	}
}

// stop judges a suspension or revocation.
func (j *Judge) stop(p *signed) {
	var what struct {
		at, until paper.Time
		warrant   paper.Digest
	}
	var s warrant.Suspension
	var r warrant.Revocation
	if p.envelope.Open(warrant.SuspensionType, &s) == nil {
		what.at, what.until, what.warrant = s.At, s.Until, s.Warrant
	} else if err := p.envelope.Open(warrant.RevocationType, &r); err == nil {
		what.at, what.warrant = r.At, r.Warrant
	} else {
		j.bad(p.Entry, "paper", "why", err)
		return
	}
	g := j.warrants[what.warrant]
	var profile *regime.Profile
	if g != nil {
		profile = j.views.Profile(g.Profile)
	}
	if profile == nil {
		j.bad(p.Entry, "warrant-unknown", "warrant", string(what.warrant))
		return
	}
	list := trusted.Remember(j.known, func() []unmet.Unmet {
		_, list := warrant.VerifyStop(p.envelope, p.view, profile)
		return list
	}, "stop", string(p.content), string(p.view.Digest()), string(g.Profile))
	j.unmet(p.Entry, "stop", list)
	if len(list) == 0 {
		j.stops[what.warrant] = append(j.stops[what.warrant], stop{j.spot(p), what.at, what.until})
		j.stated(p, what.at)
		j.stopRecorded(p, profile, what.at, what.until != 0)
	}
}
