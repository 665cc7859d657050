package commission

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/draft"
	"github.com/noroshi-acd/noroshi/authority/office"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/authority/shelf"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/wire"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/obs"
	"github.com/noroshi-acd/noroshi/internal/usage"
	role "github.com/noroshi-acd/noroshi/role/commission"
	"github.com/noroshi-acd/noroshi/role/commission/settings"
)

// door is the office with the verbs of this package.
type door struct{ *office.Door }

// New makes the verb commission, with more verbs below it.
func New(base *office.Door, more ...*cobra.Command) *cobra.Command {
	d := &door{base}
	c := d.Group("commission",
		d.config(), d.profiles(), d.serve(), d.inboxVerb(), d.showVerb(), d.ask(), d.vote(), d.decide(), d.issue(), d.stop("suspend", warrant.SuspensionType), d.stop("revoke", warrant.RevocationType),
		d.overdue(), d.state())
	c.AddCommand(more...)
	return c
}

// config shows a configuration file to be completed.
func (d *door) config() *cobra.Command {
	return d.Verb("config", "config_verb", 0, 0, func(context.Context, []string) error {
		return settings.Default().Show(d.Stdout, d.Lang)
	})
}

// profiles writes the profiles of instruments as the trust root's drafts name them.
func (d *door) profiles() *cobra.Command {
	c := d.Verb("profile DIR ID...", "profile", 2, -1, func(_ context.Context, args []string) error {
		book, err := wire.Book(d.Law)
		if err != nil {
			return err
		}
		var list []string
		for _, id := range args[1:] {
			i := book.Instrument(paper.ID(id))
			if i == nil || i.Profile == nil {
				return office.Wrong(fault.NotFound, fault.Place{}, "profileless", "id", id)
			}
			text, err := paper.Marshal(i.Profile)
			if err != nil {
				return err
			}
			path := filepath.Join(args[0], id+".json")
			if err := shelf.CreateBytes(path, text); err != nil {
				return err
			}
			list = append(list, path)
		}
		return d.Result(map[string]any{"profiles": list}, d.Wrapped(d.Text("profiles", "files", strings.Join(list, ", "))))
	})
	c.Flags().StringVar(&d.Law, "law", "", d.Text("flag.law"))
	return c
}

// serve runs the service until the process is told to stop.
func (d *door) serve() *cobra.Command {
	var begin, behind bool
	level := "info"
	c := d.Verb("serve FILE", "serve", 1, 1, nil)
	c.RunE = func(c *cobra.Command, args []string) error {
		config, err := settings.Load(d.Lang, args[0])
		if err != nil {
			return err
		}
		l, ok := obs.ParseLevel(level)
		if !ok {
			return office.Wrong(fault.Invalid, fault.Place{Field: "--log"}, "level", "text", level)
		}
		usage.Serves(c.Context())
		s, err := role.Open(c.Context(), config, role.Options{Begin: begin, Behind: behind, Log: obs.NewLogger(d.Stderr, l, true)})
		if err != nil {
			return err
		}
		err = s.Run(c.Context(), func(address string) {
			_ = d.Result(map[string]string{"listening": address}, d.Wrapped(d.Text("listening", "address", address)))
		})
		if bad := s.Close(); err == nil {
			err = bad
		}
		return err
	}
	c.Flags().BoolVar(&begin, "begin", false, d.Text("flag.begin"))
	c.Flags().BoolVar(&behind, "behind", false, d.Text("flag.behind"))
	c.Flags().StringVar(&level, "log", level, d.Text("flag.log"))
	return c
}

func (d *door) inboxVerb() *cobra.Command {
	var f wire.Filter
	c := d.Verb("inbox", "inbox", 0, 0, func(ctx context.Context, _ []string) error { return d.Inbox(ctx, f) })
	fl := c.Flags()
	for name, to := range map[string]*string{"stage": &f.Stage, "instrument": &f.Instrument, "body": &f.Body, "case": &f.Case} {
		fl.StringVar(to, name, "", d.Text("flag."+name))
	}
	fl.Int64Var(&f.After, "after", 0, d.Text("flag.after"))
	fl.IntVar(&f.Limit, "limit", 0, d.Text("flag.limit"))
	return c
}

func (d *door) showVerb() *cobra.Command {
	var k office.Keep
	c := d.Verb("show APPLICATION", "show", 1, 1, func(ctx context.Context, args []string) error { return d.ShowPacket(ctx, args[0], k) })
	c.Flags().StringVar(&k.Receipt, "receipt", "", d.Text("flag.receipt"))
	c.Flags().StringVar(&k.Entry, "entry", "", d.Text("flag.entry"))
	return c
}

// ask asks for correction (補正の求め).
func (d *door) ask() *cobra.Command {
	var items []string
	var key, out string
	var within time.Duration
	c := d.Verb("ask APPLICATION", "ask", 1, 1, func(ctx context.Context, args []string) error {
		about, err := office.Digest(args[0])
		if err != nil {
			return err
		}
		p, err := office.Person(key)
		if err != nil {
			return err
		}
		now := paper.TimeOf(time.Now())
		r := application.CorrectionRequest{Application: about, At: now, Due: now.Add(within), Items: []application.Item{}, Member: paper.ID(p.Person)}
		for _, text := range items {
			x := application.Item{Text: text}
			if id, rest, ok := strings.Cut(text, ":"); ok && paper.ID(id).Check() == nil {
				x = application.Item{Condition: paper.ID(id), Text: strings.TrimSpace(rest)}
			}
			r.Items = append(r.Items, x)
		}
		e, err := d.Sealed(args[0], application.CorrectionType, r, key)
		if err != nil {
			return err
		}
		return d.Bring(ctx, e, out)
	})
	fl := c.Flags()
	fl.StringArrayVar(&items, "item", nil, d.Text("flag.item"))
	fl.DurationVar(&within, "within", 14*24*time.Hour, d.Text("flag.within"))
	fl.StringVar(&key, "key", "", d.Say("trust.flag.key"))
	fl.StringVar(&out, "out", "", d.Say("papers.flag.out"))
	return c
}

// voting are the flags of a vote.
type voting struct {
	position, reasons, dissent, grant, replaces, key, out string
	onCall                                                bool
}

func (d *door) vote() *cobra.Command {
	var v voting
	c := d.Verb("vote APPLICATION", "vote", 1, 1, func(ctx context.Context, args []string) error { return d.voted(ctx, args[0], &v) })
	fl := c.Flags()
	for name, to := range map[string]*string{"position": &v.position, "reasons": &v.reasons, "dissent": &v.dissent, "grant": &v.grant, "replaces": &v.replaces} {
		fl.StringVar(to, name, "", d.Text("flag."+name))
	}
	fl.StringVar(&d.Law, "law", "", d.Text("flag.law"))
	fl.BoolVar(&v.onCall, "on-call", false, d.Text("flag.oncall"))
	fl.StringVar(&v.key, "key", "", d.Say("trust.flag.key"))
	fl.StringVar(&v.out, "out", "", d.Say("papers.flag.out"))
	return c
}

func (d *door) voted(ctx context.Context, about string, v *voting) error {
	if err := office.Need("--position", v.position, "--reasons", v.reasons); err != nil {
		return err
	}
	x, err := office.Digest(about)
	if err != nil {
		return err
	}
	p, err := office.Person(v.key)
	if err != nil {
		return err
	}
	vote := decision.Vote{
		Application: x, At: paper.TimeOf(time.Now()), Dissent: v.dissent, Member: paper.ID(p.Person), OnCall: v.onCall, Position: decision.Position(v.position),
		Reasons: v.reasons, Replaces: paper.Digest(v.replaces),
	}
	if vote.Position == decision.Partial {
		if vote.Grant, err = d.granted(ctx, x, v.grant); err != nil {
			return err
		}
	}
	if err := d.called(ctx, x, &vote); err != nil {
		return err
	}
	e, err := d.Sealed(about, decision.VoteType, vote, v.key)
	if err != nil {
		return err
	}
	return d.Bring(ctx, e, v.out)
}

// called warns who votes on call, before anything is signed, where that decides nothing.
func (d *door) called(ctx context.Context, x paper.Digest, v *decision.Vote) error {
	if !v.OnCall {
		return nil
	}
	c, _, err := d.Connect()
	if err != nil {
		return err
	}
	p, err := c.Packet(ctx, x)
	if err != nil {
		return err
	}
	why := decision.Uncalled(rules.Lock{}, p.Application, v, 0)
	if law, err := d.Evaluator(p.Application.Rules); err != nil { // the path alone is known here: the receipt says the rest
		why = strings.TrimSuffix(why, decision.NoneOnCall)
	} else if n := slices.IndexFunc(law.Rules().Roles.Locks, func(l rules.Lock) bool { return l.OnCall != nil }); n >= 0 {
		l := law.Rules().Roles.Locks[n]
		why = decision.Uncalled(l, p.Application, v, decision.OnCallEnds(l, p.Application, law.After))
	}
	if why != "" {
		fmt.Fprint(d.Stderr, d.Wrapped(d.Text("uncalled."+why)))
	}
	return nil
}

// granted reads what is to be given instead of all that is asked, and refuses what is
// wider before anybody signs it.
func (d *door) granted(ctx context.Context, x paper.Digest, from string) (*decision.Grant, error) {
	if err := office.Need("--grant", from); err != nil {
		return nil, err
	}
	c, _, err := d.Connect()
	if err != nil {
		return nil, err
	}
	p, err := c.Packet(ctx, x)
	if err != nil {
		return nil, err
	}
	less, err := draft.Read(from, time.Now())
	if err != nil {
		return nil, err
	}
	g, err := less.Grant(p.Application)
	if err != nil {
		return nil, err
	}
	whole := decision.Whole(p.Application)
	if !decision.Within(&whole, g) {
		return nil, office.Wrong(fault.Invalid, fault.Place{Path: from}, "wider")
	}
	return g, nil
}

func (d *door) decide() *cobra.Command {
	var within time.Duration
	var precedents []string
	c := d.Verb("decide APPLICATION", "decide", 1, 1, func(ctx context.Context, args []string) error {
		x, err := office.Digest(args[0])
		if err != nil {
			return err
		}
		c, _, err := d.Connect()
		if err != nil {
			return err
		}
		q := wire.Decide{Application: x}
		if within > 0 {
			q.Due = paper.TimeOf(time.Now().Add(within))
		}
		for _, p := range precedents {
			q.Precedents = append(q.Precedents, paper.Digest(p))
		}
		r, err := c.Decide(ctx, q)
		if err != nil {
			return err
		}
		return d.Taken(r)
	})
	fl := c.Flags()
	fl.DurationVar(&within, "within", 14*24*time.Hour, d.Text("flag.within"))
	fl.StringSliceVar(&precedents, "precedent", nil, d.Text("flag.precedent"))
	return c
}

// issue fetches the draft of a warrant, or brings the one that its locks have signed.
func (d *door) issue() *cobra.Command {
	var id, out string
	c := d.Verb("issue APPLICATION|WARRANT", "issue", 1, 1, func(ctx context.Context, args []string) error {
		if paper.Digest(args[0]).Check() == nil {
			return d.Drafted(ctx, args[0], id, out)
		}
		e, err := shelf.ReadAs(args[0], warrant.Type, new(warrant.Warrant))
		if err != nil {
			return err
		}
		return d.Bring(ctx, e, "")
	})
	c.Flags().StringVar(&id, "id", "", d.Say("papers.flag.id"))
	c.Flags().StringVar(&out, "out", "", d.Say("papers.flag.out"))
	return c
}

// stop brings a suspension or a revocation that was made and signed on members' machines.
func (d *door) stop(name, payloadType string) *cobra.Command {
	return d.Verb(name+" FILE", name, 1, 1, func(ctx context.Context, args []string) error {
		e, err := shelf.Read(args[0])
		if err != nil {
			return err
		}
		if e.PayloadType != payloadType {
			return office.Wrong(fault.Invalid, fault.Place{Path: args[0]}, "other_paper", "type", e.PayloadType)
		}
		return d.Bring(ctx, e, "")
	})
}

func (d *door) overdue() *cobra.Command {
	return d.Verb("overdue", "overdue", 0, 0, func(ctx context.Context, _ []string) error {
		c, _, err := d.Connect()
		if err != nil {
			return err
		}
		list, err := c.Overdue(ctx)
		if err != nil {
			return err
		}
		late := 0
		text := ""
		for _, x := range list {
			key := "owed"
			if x.Late {
				late++
				key = "late"
			}
			text += d.Wrapped(d.Text(key, "what", d.What(x.What)+" "+cmp.Or(string(x.ID), string(x.Paper)), "body", string(x.Body), "at", x.Due.Time()))
		}
		return d.Result(list, d.Wrapped(d.Text("overdue_head", "n", len(list), "late", late))+text)
	})
}

func (d *door) state() *cobra.Command {
	return d.Verb("state", "state", 0, 0, func(ctx context.Context, _ []string) error {
		c, own, err := d.Connect()
		if err != nil {
			return err
		}
		s, err := c.State(ctx)
		if err != nil {
			return err
		}
		text := d.Wrapped(d.Text("state_head", "name", own.String(), "origin", s.Origin, "size", s.Size, "live", i18n.Nominal(s.Live)))
		for _, p := range s.Problems {
			text += d.Wrapped(d.Text("problem", "what", i18n.Escape(p)))
		}
		for _, x := range s.Standing {
			text += d.Wrapped(d.Text("stands", "warrant", string(x.Permit.Warrant), "state", d.Text("permit."+string(x.State)), "until", x.Permit.Until.Time()))
		}
		return d.Result(s, text)
	})
}
