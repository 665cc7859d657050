package apply

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/docket"
	"github.com/noroshi-acd/noroshi/authority/office"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/judge"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/authority/review"
	"github.com/noroshi-acd/noroshi/authority/shelf"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/wire"
)

// door is the office with the verbs of this package.
type door struct{ *office.Door }

// New makes the verb apply.
func New(base *office.Door) *cobra.Command {
	d := &door{base}
	return d.Group("apply", d.applyNew(), d.applyCheck(), d.applySend(), d.applyStatus(), d.applyCorrect(), d.applyWithdraw(), d.applyRenew(), d.applyWarrant())
}

// asking are the flags of a new application.
type asking struct{ draft, out, key, warrant string }

func (a *asking) flags(d *door, c *cobra.Command) {
	fl := c.Flags()
	fl.StringVar(&a.draft, "draft", "", d.Text("flag.draft"))
	fl.StringVar(&a.out, "out", "", d.Say("papers.flag.out"))
	fl.StringVar(&a.key, "key", "", d.Say("trust.flag.key"))
	fl.StringVar(&d.Law, "law", "", d.Text("flag.law"))
}

func (d *door) applyNew() *cobra.Command {
	var a asking
	c := d.Verb("new", "apply_new", 0, 0, func(context.Context, []string) error { return d.write(&a, nil, before{}) })
	a.flags(d, c)
	return c
}

func (d *door) applyCorrect() *cobra.Command {
	var a asking
	c := d.Verb("correct APPLICATION", "apply_correct", 1, 1, func(_ context.Context, args []string) error {
		old, err := office.Digest(args[0])
		if err != nil {
			return err
		}
		return d.write(&a, &application.Previous{Digest: old, Reason: application.Correction}, before{})
	})
	a.flags(d, c)
	return c
}

func (d *door) applyRenew() *cobra.Command {
	var a asking
	c := d.Verb("renew APPLICATION", "apply_renew", 1, 1, func(_ context.Context, args []string) error {
		old, err := office.Digest(args[0])
		if err != nil {
			return err
		}
		if err := office.Need("--warrant", a.warrant); err != nil {
			return err
		}
		var w warrant.Warrant
		if _, err := shelf.ReadAs(a.warrant, warrant.Type, &w); err != nil {
			return err
		}
		return d.write(&a, &application.Previous{Digest: old, Reason: application.Renewal}, before{&rules.Renewal{Count: 1, Previous: w.NotAfter}})
	})
	a.flags(d, c)
	c.Flags().StringVar(&a.warrant, "warrant", "", d.Text("flag.renewed"))
	return c
}

// before is what is known before an application is judged for the first time.
type before struct{ renewal *rules.Renewal }

// write makes an application of a draft, signs it, and says at once what it would lack:
// it is written all the same, for who asks to see and mend.
func (d *door) write(a *asking, previous *application.Previous, known before) error {
	if err := office.Need("--draft", a.draft, "--out", a.out, "--key", a.key); err != nil {
		return err
	}
	if d.Trust == "" && d.Line != "" {
		if _, _, err := d.Connect(); err != nil {
			return err
		}
	}
	t, v, err := d.Trusted()
	if err != nil {
		return err
	}
	x, _, err := d.Read(a.draft)
	if err != nil {
		return err
	}
	app, err := x.Application(v, t.Profiles, previous, rand.Reader)
	if err != nil {
		return err
	}
	if previous != nil && previous.Reason == application.Renewal {
		w, err := shelf.Read(a.warrant)
		if err != nil {
			return err
		}
		app.Warrant = w.Digest()
	}
	e, err := d.Sealed(a.draft, application.Type, app, a.key)
	if err != nil {
		return err
	}
	if err := shelf.Create(a.out, e); err != nil {
		return err
	}
	return d.judged(e, app, t, v, known.renewal)
}

// judged says what an application lacks: by its rules, and, where the trust root is at
// hand, what the warrant that it asks for would be refused for, as the commission does.
func (d *door) judged(e *paper.Envelope, a *application.Application, t *shelf.Trust, v *trust.View, renewal *rules.Renewal) error {
	rules, err := d.Evaluator(a.Rules)
	if err != nil {
		return err
	}
	before := application.Before{Renewal: renewal}
	lacks := rules.Unmet(a.Request(before))
	if v != nil {
		law := review.Law{Body: commission(v), Profiles: t.Profile, Rules: func(paper.Digest) *judge.Evaluator { return rules }}
		if m, err := review.New(e, v, law); err == nil {
			lacks = m.Unmet(before)
		}
	}
	r := &wire.Receipt{Application: e.Digest(), Index: -1, Lacks: []application.Lack{}, Paper: e.Digest(), Warnings: []docket.Repetition{}}
	for _, u := range lacks {
		r.Lacks = append(r.Lacks, review.Lack(u))
	}
	if len(r.Lacks) > 0 || d.JSON {
		return d.Taken(r)
	}
	return d.Result(r, d.Wrapped(d.Text("complete", "digest", string(e.Digest()))))
}

// commission is the body that keeps the log of decisions; "" where the root lists none.
func commission(v *trust.View) paper.ID {
	for _, g := range v.Logs() {
		if g.Duty == trust.Decisions {
			return g.Body
		}
	}
	return ""
}

func (d *door) applyCheck() *cobra.Command {
	c := d.Verb("check FILE", "apply_check", 1, 1, func(_ context.Context, args []string) error {
		e, err := shelf.Read(args[0])
		if err != nil {
			return err
		}
		a, err := application.Parse(e)
		if err != nil {
			return shelf.Faulty(args[0], err)
		}
		var before *rules.Renewal
		if a.Previous != nil && a.Previous.Reason == application.Renewal {
			before = &rules.Renewal{Count: 1, Previous: a.From}
		}
		if d.Trust == "" {
			return d.judged(e, a, nil, nil, before)
		}
		t, v, err := d.Trusted()
		if err != nil {
			return err
		}
		return d.judged(e, a, t, v, before)
	})
	c.Flags().StringVar(&d.Law, "law", "", d.Text("flag.law"))
	return c
}

func (d *door) applySend() *cobra.Command {
	return d.Verb("send FILE", "apply_send", 1, 1, func(ctx context.Context, args []string) error {
		e, err := shelf.Read(args[0])
		if err != nil {
			return err
		}
		return d.Bring(ctx, e, "")
	})
}

func (d *door) applyStatus() *cobra.Command {
	var receipt, entry string
	c := d.Verb("status [APPLICATION]", "apply_status", 0, 1, func(ctx context.Context, args []string) error {
		if len(args) == 0 {
			return d.Inbox(ctx, wire.Filter{})
		}
		return d.ShowPacket(ctx, args[0], office.Keep{Receipt: receipt, Entry: entry})
	})
	c.Flags().StringVar(&receipt, "receipt", "", d.Text("flag.receipt"))
	c.Flags().StringVar(&entry, "entry", "", d.Text("flag.entry"))
	return c
}

func (d *door) applyWithdraw() *cobra.Command {
	var reason, key, out string
	c := d.Verb("withdraw FILE", "apply_withdraw", 1, 1, func(ctx context.Context, args []string) error {
		if err := office.Need("--reason", reason, "--key", key); err != nil {
			return err
		}
		e, err := shelf.Read(args[0])
		if err != nil {
			return err
		}
		a, err := application.Parse(e)
		if err != nil {
			return shelf.Faulty(args[0], err)
		}
		w := application.Withdrawal{Applicant: a.Applicant, Application: e.Digest(), At: paper.TimeOf(time.Now()), Reason: reason}
		s, err := d.Sealed(args[0], application.WithdrawalType, w, key)
		if err != nil {
			return err
		}
		return d.Bring(ctx, s, out)
	})
	c.Flags().StringVar(&reason, "reason", "", d.Say("papers.flag.reason"))
	c.Flags().StringVar(&key, "key", "", d.Say("trust.flag.key"))
	c.Flags().StringVar(&out, "out", "", d.Say("papers.flag.out"))
	return c
}

func (d *door) applyWarrant() *cobra.Command {
	var id, out string
	c := d.Verb("warrant APPLICATION", "apply_warrant", 1, 1, func(ctx context.Context, args []string) error { return d.Drafted(ctx, args[0], id, out) })
	c.Flags().StringVar(&id, "id", "", d.Say("papers.flag.id"))
	c.Flags().StringVar(&out, "out", "", d.Say("papers.flag.out"))
	return c
}
