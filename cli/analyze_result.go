package cli

import (
	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/allow"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow/source"
	"github.com/noroshi-acd/noroshi/share"
)

// result gathers what the run found, as others may read it, and beside it what the
// engine says less what an allow-list hides.
func (a *analysis) result(set *source.Set) (*share.Result, []detect.Finding) {
	ctx := a.engine.Context()
	seen, dropped := a.engine.Directions()
	r := &share.Result{
		Program: "noroshi " + version, Made: a.started, Lang: a.lang, Marking: a.flags.marking, MinLevel: a.minLevel,
		Records: a.records, Outside: a.outside, First: ctx.First, Last: ctx.Now, Hosts: ctx.Hosts, Directions: seen,
	}
	for _, in := range set.Inputs() {
		r.Inputs = append(r.Inputs, share.Input{Path: in.Path, Format: in.Format, Records: in.Records, Skipped: in.Skipped, Errors: share.Faults(in.Errors)})
	}
	if a.bad != nil {
		r.KnownBad = &share.Lists{Indicators: a.bad.Len(), Skipped: a.listSkips.Count, Errors: share.Faults(a.listSkips.First), Feeds: a.feeds}
	}
	if a.bad == nil && a.listSkips.Count > 0 {
		r.Unused = &share.Lists{Skipped: a.listSkips.Count, Errors: share.Faults(a.listSkips.First)}
	}
	var c *cover // nil when addresses show as they are
	if a.flags.asEdge {
		r.Edge = &share.Edge{Examined: a.records - dropped, Domestic: seen[direction.Domestic], Unknown: seen[direction.Unknown]}
		c = newCover(a.border)
	}
	all := a.allow(r, c, a.engine.Findings())
	var told []detect.Finding
	for i := range all {
		if detect.LevelOf(all[i].Score) >= a.minLevel {
			told = append(told, all[i])
		}
	}
	cover := share.Cover{Addr: c.addr, Text: c.name, ID: c.lift().ID}
	r.Exporters = share.TellExporters(set.Exporters(), set.Agents(), cover)
	for i, past := range a.engine.Pasts(told) {
		if r.Edge != nil {
			r.Edge.Leaving += told[i].Count
		}
		r.Findings = append(r.Findings, share.Tell(i+1, &told[i], past, cover))
	}
	return r, all
}

// allow takes out the findings that an allow-list entry speaks for and lists the
// entries that did so, and those that have expired.
func (a *analysis) allow(r *share.Result, c *cover, found []detect.Finding) []detect.Finding {
	for _, l := range a.allowed {
		var hidden []allow.Hidden
		found, hidden = l.Filter(found, a.started)
		for _, h := range hidden {
			r.Allowed = append(r.Allowed, share.Allowed{Reason: c.name(h.Entry.Reason), Expires: h.Entry.Expires, Hidden: h.Findings, Text: c.text(h.Text())})
		}
		for _, e := range l.Expired(a.started) {
			r.Allowed = append(r.Allowed, share.Allowed{Reason: c.name(e.Reason), Expires: e.Expires, Expired: true, Text: c.text(e.Warning())})
		}
	}
	return found
}
