package oversee

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/authority/office"
	"github.com/noroshi-acd/noroshi/oversight/act"
)

// door is the office with the verbs of this package.
type door struct{ *office.Door }

// Verbs makes the verbs of oversight.
func Verbs(base *office.Door) []*cobra.Command {
	d := &door{base}
	return []*cobra.Command{
		d.sample(), d.inspect(), d.open(), d.report(), d.say(notices("notice")), d.say(notices("demand")), d.say(notices("recommend")),
		d.say(followUps()), d.say(mistakes()), d.say(complaints()), d.say(answers()), d.say(redresses()), d.say(opinions()),
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

func opinions() saying {
	return saying{"opinion", act.OpinionType, func(now, person string) (any, map[string]any, map[string]any) {
		return new(act.Opinion), map[string]any{"at": now, "person": person}, nil
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
