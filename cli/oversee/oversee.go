package oversee

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/office"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/shelf"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/usage"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/oversight/act"
)

// door is the office with the verbs of this package.
type door struct{ *office.Door }

// Verbs makes the verbs of oversight.
func Verbs(base *office.Door) []*cobra.Command {
	d := &door{base}
	return []*cobra.Command{
		d.sample(), d.inspect(), d.open(), d.report(), d.say(notices("notice")), d.say(notices("demand")), d.say(notices("recommend")),
		d.say(followUps()), d.say(mistakes()), d.say(complaints()), d.say(answers()), d.say(redresses()),
	}
}

// saying is a verb that makes a paper of a draft, signs it and brings it.
type saying struct {
	verb, payloadType string
	// paper makes the empty paper, and says what is filled in: given for certain, missing
	// where the draft does not say it.
	paper func(now, person string) (v any, given, missing map[string]any)
}

func notices(verb string) saying {
	s := saying{verb: verb, payloadType: act.NoticeType}
	fill := func(now, person string) (given, missing map[string]any) {
		return map[string]any{"at": now, "member": person}, map[string]any{"about": []any{}}
	}
	s.paper = func(now, person string) (any, map[string]any, map[string]any) {
		given, missing := fill(now, person)
		switch verb {
		case "demand":
			return new(act.Demand), given, missing
		case "recommend":
			return new(act.Recommendation), given, missing
		}
		return new(act.Notice), given, missing
	}
	switch verb {
	case "demand":
		s.payloadType = act.DemandType
	case "recommend":
		s.payloadType = act.RecommendationType
	}
	return s
}

func followUps() saying {
	return saying{"follow-up", act.FollowUpType, func(now, person string) (any, map[string]any, map[string]any) {
		return new(act.FollowUp), map[string]any{"at": now, "person": person}, nil
	}}
}

func mistakes() saying {
	return saying{"mistake", act.MistakeType, func(now, _ string) (any, map[string]any, map[string]any) {
		return new(act.Mistake), map[string]any{"at": now}, map[string]any{"found": now}
	}}
}

func complaints() saying {
	return saying{"complaint", act.ComplaintType, func(now, _ string) (any, map[string]any, map[string]any) {
		return new(act.Complaint), map[string]any{"at": now}, nil
	}}
}

func answers() saying {
	return saying{"answer", act.AnswerType, func(now, person string) (any, map[string]any, map[string]any) {
		return new(act.Answer), map[string]any{"at": now, "member": person}, nil
	}}
}

func redresses() saying {
	return saying{"redress", act.RedressType, func(now, _ string) (any, map[string]any, map[string]any) {
		return new(act.Redress), map[string]any{"at": now}, nil
	}}
}

func (d *door) say(s saying) *cobra.Command {
	var from, key, out string
	c := d.Verb(s.verb, s.verb, 0, 0, func(ctx context.Context, _ []string) error {
		if err := office.Need("--draft", from); err != nil {
			return err
		}
		p, err := office.Person(key)
		if err != nil {
			return err
		}
		x, now, err := d.Read(from)
		if err != nil {
			return err
		}
		v, given, missing := s.paper(now.String(), p.Person)
		if err := x.Into(v, given, missing); err != nil {
			return err
		}
		e, err := d.Sealed(from, s.payloadType, v, key)
		if err != nil {
			return err
		}
		return d.Bring(ctx, e, out)
	})
	c.Flags().StringVar(&from, "draft", "", d.Text("flag.draft"))
	c.Flags().StringVar(&key, "key", "", d.Say("trust.flag.key"))
	c.Flags().StringVar(&out, "out", "", d.Say("papers.flag.out"))
	return c
}

// sampling is the secret of a commitment, as it lies on the member's machine until the
// draw.
type sampling struct {
	Commitment paper.Digest   `json:"commitment"`
	Sample     act.Commitment `json:"sample"`
	Secret     string         `json:"secret"`
}

// sample binds the commission to a random sample of a log.
func (d *door) sample() *cobra.Command {
	var c act.Commitment
	var key, secret string
	v := d.Verb("sample", "sample", 0, 0, func(ctx context.Context, _ []string) error {
		if err := office.Need("--of", c.Origin, "--key", key, "--secret", secret); err != nil {
			return err
		}
		bytes := make([]byte, act.SecretSize)
		_, _ = rand.Read(bytes) // never fails
		c.At, c.Secret = paper.TimeOf(time.Now()), paper.DigestOf(bytes)
		e, err := d.Sealed(secret, act.CommitmentType, c, key)
		if err != nil {
			return err
		}
		text, err := json.Marshal(sampling{e.Digest(), c, base64.StdEncoding.EncodeToString(bytes)})
		if err != nil {
			return err
		}
		if err := os.WriteFile(secret, text, 0o600); err != nil {
			return err
		}
		return d.Bring(ctx, e, "")
	})
	fl := v.Flags()
	fl.StringVar(&c.Origin, "of", "", d.Text("flag.of"))
	fl.Int64Var(&c.First, "first", 0, d.Text("flag.first"))
	fl.Int64Var(&c.Last, "last", 0, d.Text("flag.last"))
	fl.Int64Var(&c.N, "n", 1, d.Text("flag.n"))
	fl.StringVar(&key, "key", "", d.Say("trust.flag.key"))
	fl.StringVar(&secret, "secret", "", d.Text("flag.secret"))
	return v
}

// reveal draws a sample by its secret and a checkpoint of the inspected log that its
// witnesses have cosigned after the commitment.
func (d *door) reveal(secret, checkpoint string) (*act.Reveal, []int64, error) {
	text, err := shelf.Bytes(secret, 1<<16)
	if err != nil {
		return nil, nil, err
	}
	var s sampling
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, nil, office.Wrong(fault.Invalid, fault.Place{Path: secret}, "secret_file")
	}
	bytes, err := base64.StdEncoding.DecodeString(s.Secret)
	if err != nil {
		return nil, nil, office.Wrong(fault.Invalid, fault.Place{Path: secret}, "secret_file")
	}
	signed, err := d.checkpoint(s.Sample.Origin, checkpoint)
	if err != nil {
		return nil, nil, err
	}
	if paper.Time(signed.Median()) < s.Sample.At {
		return nil, nil, office.Wrong(fault.Invalid, fault.Place{Path: checkpoint}, "early")
	}
	r := &act.Reveal{Commitment: s.Commitment, Root: proof.RootDigest(signed.Root), Secret: bytes, Size: signed.Size}
	drawn, err := act.Draw(s.Sample, *r)
	if err != nil {
		return nil, nil, office.Wrong(fault.Invalid, fault.Place{Path: checkpoint}, "drawless", "why", err.Error())
	}
	return r, drawn, nil
}

// checkpoint reads a cosigned checkpoint of a log that the trust root knows.
func (d *door) checkpoint(origin, path string) (*proof.Signed, error) {
	text, err := shelf.Whole(path, 1<<20)
	if err != nil {
		return nil, err
	}
	_, v, err := d.Trusted()
	if err != nil {
		return nil, err
	}
	g, ok := v.Log(origin)
	if !ok {
		return nil, office.Wrong(fault.Permission, fault.Place{Path: path}, "foreign", "origin", origin)
	}
	q, err := office.Quorum(v)
	if err != nil {
		return nil, err
	}
	log, err := proof.ParseLogKey(g.Key)
	if err != nil {
		return nil, err
	}
	s, err := proof.Open(text, log, q)
	if err != nil {
		return nil, office.Wrong(fault.Invalid, fault.Place{Path: path}, "unproven", "why", err.Error())
	}
	return s, nil
}

// inspect brings an inspection; below it, draw says which entries a sample names, and
// rerun judges a decision again.
func (d *door) inspect() *cobra.Command {
	var from, key, out, secret, checkpoint string
	c := d.Verb("inspect", "inspect", 0, 0, func(ctx context.Context, _ []string) error {
		if err := office.Need("--draft", from); err != nil {
			return err
		}
		if d.Trust == "" {
			if _, _, err := d.Connect(); err != nil {
				return err
			}
		}
		p, err := office.Person(key)
		if err != nil {
			return err
		}
		x, now, err := d.Read(from)
		if err != nil {
			return err
		}
		i := new(act.Inspection)
		if err := x.Into(i, map[string]any{"at": now.String(), "member": p.Person}, map[string]any{"findings": []any{}}); err != nil {
			return err
		}
		if secret != "" {
			if i.Sample, _, err = d.reveal(secret, checkpoint); err != nil {
				return err
			}
		}
		e, err := d.Sealed(from, act.InspectionType, i, key)
		if err != nil {
			return err
		}
		return d.Bring(ctx, e, out)
	})
	fl := c.Flags()
	fl.StringVar(&from, "draft", "", d.Text("flag.draft"))
	fl.StringVar(&key, "key", "", d.Say("trust.flag.key"))
	fl.StringVar(&out, "out", "", d.Say("papers.flag.out"))
	fl.StringVar(&secret, "secret", "", d.Text("flag.secret"))
	fl.StringVar(&checkpoint, "checkpoint", "", d.Text("flag.checkpoint"))
	c.AddCommand(d.drawVerb(), d.rerun())
	return c
}

func (d *door) drawVerb() *cobra.Command {
	return d.Verb("draw SECRET CHECKPOINT", "draw", 2, 2, func(_ context.Context, args []string) error {
		if d.Trust == "" {
			if _, _, err := d.Connect(); err != nil {
				return err
			}
		}
		_, drawn, err := d.reveal(args[0], args[1])
		if err != nil {
			return err
		}
		text := d.Wrapped(d.Text("drawn", "n", len(drawn)))
		for _, i := range drawn {
			text += "  " + strconv.FormatInt(i, 10) + "\n"
		}
		return d.Result(map[string]any{"drawn": drawn}, text)
	})
}

// again is a decision judged again, for programs.
type again struct {
	Application paper.Digest       `json:"application"`
	Lacks       []application.Lack `json:"lacks"` // by the rules
	Wrong       []string           `json:"wrong"` // by the votes
}

// rerun judges an application and its decision again from the papers alone: by the rules
// that it names, and by the votes that were signed.
//
// Invariant 28: nobody of the commission's or the agency's needs to help.
func (d *door) rerun() *cobra.Command {
	c := d.Verb("rerun APPLICATION", "rerun", 1, 1, func(ctx context.Context, args []string) error {
		x, err := office.Digest(args[0])
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
		r, err := d.judgeAgain(p.Papers, x)
		if err != nil {
			return err
		}
		text := d.Wrapped(d.Text("again", "lacks", len(r.Lacks), "wrong", len(r.Wrong)))
		for _, l := range r.Lacks {
			text += d.Wrapped("  " + d.Lack(l))
		}
		for _, w := range r.Wrong {
			text += d.Wrapped("  " + d.Text("again_"+w))
		}
		if err := d.Result(r, text); err != nil {
			return err
		}
		if len(r.Lacks)+len(r.Wrong) > 0 {
			return usage.Status(1)
		}
		return nil
	})
	c.Flags().StringVar(&d.Law, "law", "", d.Text("flag.law"))
	return c
}

func (d *door) open() *cobra.Command {
	return d.Verb("open INDEX...", "open", 1, -1, func(ctx context.Context, args []string) error {
		var list []int64
		for _, a := range args {
			first, last, err := span(a)
			if err != nil {
				return err
			}
			for i := first; i <= last; i++ {
				list = append(list, i)
			}
		}
		if err := d.Agree("logs.open_ask", "n", len(list)); err != nil {
			return err
		}
		c, _, err := d.Connect()
		if err != nil {
			return err
		}
		if err := c.Open(ctx, list); err != nil {
			return err
		}
		return d.Result(map[string]any{"opened": list}, d.Wrapped(d.Say("logs.opened", "n", len(list))))
	})
}
