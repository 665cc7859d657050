package office

import (
	"context"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/live"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/authority/shelf"
	"github.com/noroshi-acd/noroshi/authority/wire"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/oversight/act"
)

// Keep says where the proof of the latest warrant is written.
type Keep struct{ Receipt, Entry string }

// ShowPacket says all that this machine may see of an application.
func (d *Door) ShowPacket(ctx context.Context, about string, k Keep) error {
	x, err := Digest(about)
	if err != nil {
		return err
	}
	c, _, err := d.Connect()
	if err != nil {
		return err
	}
	p, err := c.Packet(ctx, x)
	if err != nil {
		return err
	}
	if k != (Keep{}) {
		if err := d.proven(ctx, c, p, k); err != nil {
			return err
		}
	}
	if d.JSON {
		return d.Result(p, "")
	}
	text, err := d.packet(p)
	if err != nil {
		return err
	}
	return d.Result(p, text)
}

// proven writes the receipt and the opened entry of the latest warrant.
func (d *Door) proven(ctx context.Context, c *wire.Client, p *wire.Packet, k Keep) error {
	index := int64(-1)
	for _, x := range p.Papers {
		if x.Class == proof.Warrant {
			index = x.Index
		}
	}
	if index < 0 {
		return Wrong(fault.NotFound, fault.Place{}, "warrantless")
	}
	r, err := c.Proof(ctx, p.Record.Digest, index)
	if err != nil {
		return err
	}
	return written(r, k)
}

func written(r *live.Recorded, k Keep) error {
	if k.Receipt != "" {
		if err := shelf.CreateBytes(k.Receipt, r.Receipt); err != nil {
			return err
		}
	}
	if k.Entry == "" {
		return nil
	}
	text, err := paper.Marshal(r.Entry)
	if err != nil {
		return err
	}
	return shelf.CreateBytes(k.Entry, text)
}

// packet writes an application for a person: first what must be known before it is read.
func (d *Door) packet(p *wire.Packet) (string, error) {
	var b strings.Builder
	r := p.Record
	b.WriteString(d.Wrapped(d.Text("packet_head", "id", string(r.ID), "stage", d.Say("authority.stage."+string(r.Life.Stage)), "instrument", string(r.Instrument), "index", i18n.Nominal(r.Index))))
	if r.Life.Due != 0 {
		b.WriteString(d.Wrapped(d.Text("due", "at", r.Life.Due.Time())))
	}
	for _, w := range r.Warnings {
		b.WriteString(d.Wrapped(d.Warning(w)))
	}
	d.doubts(&b, p)
	if err := d.opinions(&b, p); err != nil {
		return "", err
	}
	d.count(&b, p)
	for _, s := range p.Dissents {
		b.WriteString(d.Wrapped(d.Text("dissented", "text", i18n.Escape(s))))
	}
	for _, x := range p.Papers {
		about, err := d.Paper(x.Envelope)
		if fault.KindOf(err) == fault.Permission { // it has no words: a paper of the desk's own
			b.WriteString("\n" + d.Wrapped(d.Text("entry", "index", i18n.Nominal(x.Index), "class", d.What(string(x.Class)), "at", x.At.Time())))
			continue
		}
		if err != nil {
			return "", err
		}
		b.WriteString("\n" + d.Wrapped(d.Text("entry", "index", i18n.Nominal(x.Index), "class", d.What(string(x.Class)), "at", x.At.Time())) + d.Page(about))
	}
	for _, x := range p.Books {
		b.WriteString(d.Wrapped(d.Text("books", "warrant", string(x.Warrant), "pages", x.Pages, "wrong", len(x.Imbalances))))
		for _, i := range x.Imbalances[:min(len(x.Imbalances), 10)] {
			b.WriteString(d.Wrapped("  " + d.Text("imbalance", "kind", i.Kind, "equation", i.Equation, "sheet", i.Sheet, "link", string(i.Link), "at", i.Minute.Time(), "left", i.Left, "right", i.Right)))
		}
	}
	for _, x := range p.Precedents {
		b.WriteString(d.Wrapped("", d.Text("precedent", "id", string(x.ID), "condition", string(x.Condition), "outcome", d.Say("told.position."+string(x.Outcome)), "at", x.Decided.Time(), "finding", i18n.Escape(x.Finding))))
	}
	return b.String(), nil
}

// opinions says what monitors and advisers have to say, before what the votes come to.
func (d *Door) opinions(b *strings.Builder, p *wire.Packet) error {
	for _, x := range p.Opinions {
		e, err := paper.ParseEnvelope(x.Envelope)
		if err != nil {
			return err
		}
		var o act.Opinion
		if err := e.Open(act.OpinionType, &o); err != nil {
			return err
		}
		b.WriteString(d.Wrapped(d.Text("opined", "person", string(o.Person), "role", d.Say("told.role."+string(o.Role)), "index", i18n.Nominal(x.Index), "at", x.At.Time()), "  "+i18n.Escape(o.Reasons)))
	}
	return nil
}

// doubts says what is unsure in the rules, with the marks, and the instants that they fix.
func (d *Door) doubts(b *strings.Builder, p *wire.Packet) {
	var known *rules.Rules
	if len(p.Doubts) > 0 {
		if a := p.Application; a != nil {
			if e, err := d.Evaluator(a.Rules); err == nil {
				known = e.Rules()
			}
		}
		b.WriteString(d.Wrapped(d.Text("doubts", "n", len(p.Doubts))))
	}
	for _, x := range p.Doubts {
		b.WriteString(d.Wrapped("  " + d.Text("doubt", "what", d.voice().Place(x.What, known), "mark", i18n.Escape(x.Mark), "cite", d.Cites(x.Cite))))
	}
	for _, x := range p.Clocks {
		if x.Due != 0 {
			b.WriteString(d.Wrapped(d.Text("clock", "what", d.Say("regimes.clock."+x.Kind, "what", ""), "at", x.Due.Time(), "mark", x.Mark)))
		}
	}
}

// count says what the votes come to.
func (d *Door) count(b *strings.Builder, p *wire.Packet) {
	c := p.Count
	if c == nil {
		return
	}
	b.WriteString(d.Wrapped(d.Text("count", "taking", c.Taking, "quorum", c.Quorum, "support", c.Support, "need", c.Need, "against", c.Against, "recused", c.Recused, "seats", c.Seats)))
	if c.Outcome != "" {
		b.WriteString(d.Wrapped(d.Text("outcome", "outcome", d.Say("told.position."+string(c.Outcome)))))
	}
	for _, v := range c.Votes {
		if v.Why != "" {
			b.WriteString(d.Wrapped("  " + d.Text("uncounted", "member", string(v.Member), "why", d.Say("authority.why."+v.Why))))
			continue
		}
		b.WriteString(d.Wrapped("  " + d.Text("voted", "member", string(v.Member), "position", d.Say("told.position."+string(v.Position)), "reasons", i18n.Escape(v.Reasons))))
	}
}
