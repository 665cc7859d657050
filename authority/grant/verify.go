package grant

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
)

// Check says whether o can be followed by itself.
func (o Open) Check() error {
	switch {
	case o.From >= o.To || o.To-o.From > paper.Time(Window/time.Second) || o.From/60 != (o.To-1)/60:
		return errors.New("a window is at most 60 seconds long and lies inside one UTC minute")
	case o.MaxBytes < 0 || o.MaxRecords < 0 || o.SelectorSet < 0:
		return errors.New("caps and the number of a selector set are not below 0")
	case o.Tap.Same(o.Edge):
		return errors.New("tap and edge have two keys")
	}
	return paper.KeyID(o.Nonce).Check()
}

// Check says whether c can be followed by itself.
func (c Close) Check() error {
	for i, n := range c.Counts {
		if n.Party != "tap" && n.Party != "edge" || n.N < 0 {
			return errors.New("tap and edge count, and not below 0")
		}
		if i > 0 && !(c.Counts[i-1].Party < n.Party || c.Counts[i-1].Party == n.Party && c.Counts[i-1].Name < n.Name) {
			return errors.New("counts stand in the order of party and name, none twice")
		}
	}
	return nil
}

// Minute is the UTC minute of the window, since 1970.
func (o Open) Minute() int64 { return int64(o.From) / 60 }

// VerifyOpen notes all that keeps a grant from being opened or held ready.
//
// Invariant 2: a window without its receipt is none.
func VerifyOpen(in OpenInput) (*Opened, []unmet.Unmet) {
	var l unmet.List
	o := &Opened{}
	if in.Envelope == nil || in.Warrant == nil || in.View == nil || len(in.Warrant.Chain) == 0 {
		l.Add("open", "paper", "why", "nothing is there")
		return nil, l
	}
	if err := in.Envelope.Open(OpenType, &o.open); err != nil {
		l.Add("open", "paper", "why", err.Error())
		return nil, l
	}
	o.digest = in.Envelope.Digest()
	leaf := in.Warrant.Leaf
	l.Want(len(paper.Signers(in.Envelope, []paper.PublicKey{leaf.Holder})) == 1, "open.signatures", "grant-signature")
	l.Want(o.open.Warrant == in.Warrant.Digest && leaf.Kind == regime.Collection, "open.warrant", "grant-warrant")
	l.Want(in.Warrant.View == in.View.Digest(), "open.warrant", "root-other")
	o.open.inside(&l, leaf)
	counted(&l, in, &o.open)
	o.open.inTime(&l, in.Clock)
	standing(&l, in, &o.open)
	earlier(&l, in, o)
	receipt(&l, in.View, in.Position, "position")
	if len(l) > 0 {
		return nil, l
	}
	o.position = *in.Position
	return o, nil
}

// inside notes what of o lies outside the warrant.
func (o *Open) inside(l *unmet.List, leaf warrant.Warrant) {
	i := slices.IndexFunc(leaf.Scope.Links, func(k warrant.Link) bool { return k.ID == o.Link })
	l.Want(i >= 0, "open.link", "link-outside", "link", string(o.Link))
	l.Want(i < 0 || leaf.Scope.Links[i].Tap == o.Tap.ID(), "open.tap", "tap-other", "link", string(o.Link))
	l.Want(o.From >= leaf.NotBefore && o.To <= leaf.NotAfter, "open.from", "grant-outside-warrant")
}

// counted notes caps that go beyond what is left of any warrant of the chain. Children
// divide what their parent has; they do not multiply it.
//
// Invariant 19: each warrant of the chain is held against the use of all below it.
func counted(l *unmet.List, in OpenInput, o *Open) {
	v := in.Warrant
	if n := len(v.Chain) - 1; len(v.Above) != n || len(in.Above) != n {
		l.Add("open.warrant", "count-missing")
		return
	}
	for i := range v.Above {
		o.fits(l, &v.Above[i].Scope, in.Above[i])
	}
	o.fits(l, &v.Leaf.Scope, in.Used)
}

// fits notes caps beyond what is left of one scope.
func (o *Open) fits(l *unmet.List, s *warrant.Scope, used Used) {
	known := used.Records >= 0 && used.Bytes >= 0
	l.Want(known && used.Records <= s.MaxRecords && o.MaxRecords <= s.MaxRecords-used.Records, "open.max_records", "count-over", "what", "records", "n", o.MaxRecords, "max", s.MaxRecords)
	l.Want(known && used.Bytes <= s.MaxBytes && o.MaxBytes <= s.MaxBytes-used.Bytes, "open.max_bytes", "count-over", "what", "bytes", "n", o.MaxBytes, "max", s.MaxBytes)
}

// same says whether an earlier grant stands under the same first warrant.
func (e *Earlier) same(v *warrant.Verified) bool {
	return e.First == v.Chain[0] || slices.Contains(v.Chain, e.Open.Warrant)
}

// inTime notes a window that is over, or too far ahead.
func (o *Open) inTime(l *unmet.List, c liveness.Clock) {
	l.Want(c.Sure(), "clock", "clock-unsure")
	l.Want(c.Latest < o.To, "open.to", "grant-over")
	l.Want(o.Minute() <= int64(c.Earliest)/60+Ahead, "open.from", "grant-too-early", "minutes", Ahead)
}

// Running says whether the window is open now, by every time that the clock allows.
func (o *Opened) Running(c liveness.Clock) bool {
	return c.Sure() && o.open.From <= c.Earliest && c.Latest < o.open.To
}

// standing notes what the liveness does not bear out.
func standing(l *unmet.List, in OpenInput, o *Open) {
	if in.Liveness == nil {
		l.Add("liveness", "liveness-none")
		return
	}
	l.Want(in.Liveness.View() == in.View.Digest(), "liveness.root_hash", "liveness-root")
	for _, u := range in.Liveness.Fresh(in.Clock, liveness.StartAge) {
		l.Want(u.Code == "clock-unsure", u.Place, u.Code, u.Args...) // the clock is noted already
	}
	s, ok := in.Liveness.Standing(in.Warrant.Chain[0])
	l.Want(ok, "liveness.warrants", "not-live")
	l.Want(!ok || slices.Contains(s.Links, o.Link), "liveness.warrants", "link-not-live", "link", string(o.Link))
	l.Want(!ok || s.DirectionTable == in.Warrant.Leaf.Scope.DirectionTable, "liveness.warrants", "table-not-live")
	l.Want(!ok || o.SelectorSet >= s.LeastSet, "open.selector_set", "set-withdrawn", "least", s.LeastSet)
}

// earlier notes another grant of the same first warrant, link and minute, and one of the
// link that nobody has closed in time.
func earlier(l *unmet.List, in OpenInput, o *Opened) {
	for i, e := range in.Earlier {
		if e.Open.Link != o.open.Link || e.Digest == o.digest {
			continue
		}
		place := fmt.Sprintf("earlier[%d]", i)
		l.Want(!e.same(in.Warrant) || e.Open.Minute() != o.open.Minute(), place, "grant-twice", "link", string(o.open.Link))
		late := in.Clock.Latest-e.Open.To > paper.Time(CloseAfter/time.Second)
		l.Want(e.Closed || !late, place, "grant-unclosed", "link", string(o.open.Link))
	}
}

// receipt notes a paper without its place in a log of acts.
func receipt(l *unmet.List, view *trust.View, p *Position, place string) {
	if p == nil {
		l.Add(place, "receipt-none")
		return
	}
	log, ok := view.Log(p.Origin)
	l.Want(ok && log.Duty == trust.Acts, place+".origin", "receipt-log", "origin", p.Origin)
	l.Want(p.Index >= 0 && p.Index < p.Size, place+".index", "receipt-order")
}

// CloseInput is all that a check of a close looks at.
type CloseInput struct {
	Envelope *paper.Envelope
	Opened   *Opened
	Relied   Position  // the checkpoint that the effect relied on: at least the open's
	Position *Position // of the close in the same log
	View     *trust.View
}

// VerifyClose notes all that keeps a close from ending its grant. Order is by position:
// the open stands before the checkpoint that was relied on, the close not before it.
func VerifyClose(in CloseInput) (*Close, []unmet.Unmet) {
	var l unmet.List
	c := &Close{}
	if in.Envelope == nil || in.Opened == nil || in.View == nil {
		l.Add("close", "paper", "why", "nothing is there")
		return nil, l
	}
	if err := in.Envelope.Open(CloseType, c); err != nil {
		l.Add("close", "paper", "why", err.Error())
		return nil, l
	}
	o := in.Opened.open
	l.Want(len(paper.Signers(in.Envelope, []paper.PublicKey{o.Tap, o.Edge})) == 2, "close.signatures", "close-signatures")
	l.Want(c.Open == in.Opened.digest, "close.open", "close-other")
	l.Want(c.At >= o.From, "close.at", "close-early")
	receipt(&l, in.View, in.Position, "position")
	open := in.Opened.position
	if p := in.Position; p != nil {
		ordered := p.Origin == open.Origin && in.Relied.Origin == open.Origin && open.Index < in.Relied.Size && in.Relied.Size <= p.Index
		l.Want(ordered, "position", "close-order", "open", open.Index, "size", in.Relied.Size, "close", p.Index)
	}
	if len(l) > 0 {
		return nil, l
	}
	return c, nil
}
