package told

import (
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/grant"
	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/unmet/named"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/oversight/act"
	"github.com/noroshi-acd/noroshi/oversight/figures"
	"github.com/noroshi-acd/noroshi/oversight/opening"
)

// Row is one thing that a paper says: what it is about, and the words.
type Row struct {
	Label string `json:"label"`
	Text  string `json:"text"`
}

// About is a paper in words of one language. Its texts are escaped.
type About struct {
	Title string `json:"title"` // what it is, in a sentence
	Act   string `json:"act"`   // what signing it does, in a sentence
	Rows  []Row  `json:"rows"`
}

// Known is what the reader knows already; all of it may be missing.
type Known struct {
	View     *trust.View
	Profiles func(paper.Digest) *regime.Profile
}

// teller collects what a paper says.
type teller struct {
	Known
	lang i18n.Lang
	About
}

// Of says what is in an envelope, in words of language l. A paper that cannot be read,
// or of a type without words, is an error.
func Of(e *paper.Envelope, known Known, l i18n.Lang) (*About, error) {
	t := &teller{Known: known, lang: l}
	tell, ok := map[string]func(*paper.Envelope) error{
		warrant.Type:           t.warrant,
		warrant.SuspensionType: t.suspension,
		warrant.RevocationType: t.revocation,
		trust.RootType:         t.root,
		trust.ListType:         t.list,
		liveness.Type:          t.liveness,
		grant.OpenType:         t.open,
		grant.CloseType:        t.close,
		proof.PeriodType:       t.period,

		application.Type: t.application, application.CorrectionType: t.correction, application.WithdrawalType: t.withdrawal,
		decision.VoteType: t.vote, decision.Type: t.decision,
		act.CommitmentType: t.commitment, act.InspectionType: t.inspection, act.NoticeType: t.notice, act.DemandType: t.demand,
		act.RecommendationType: t.recommendation, act.FollowUpType: t.followUp, act.MistakeType: t.mistake,
		act.ComplaintType: t.complaint, act.AnswerType: t.answer, act.RedressType: t.redress, act.OpinionType: t.opinion, figures.Type: t.figures, opening.Type: t.opening,
	}[e.PayloadType]
	if !ok {
		return nil, fault.Said(fault.Error{Kind: fault.Permission, Place: fault.Place{Field: "payloadType"}}, i18n.Text{}, i18n.Both("told.wordless", "type", e.PayloadType), i18n.Both("told.wordless-hint"))
	}
	if err := tell(e); err != nil {
		return nil, err
	}
	t.row("told.row.digest", i18n.Escape(string(e.Digest())))
	t.row("told.row.spoken", Spoken(e.Digest(), l))
	t.row("told.row.signed", t.signers(e))
	return &t.About, nil
}

func (t *teller) say(key string, args ...any) string { return i18n.Say(t.lang, key, args...) }

func (t *teller) head(key string, args ...any) {
	t.Title, t.Act = t.say(key, args...), t.say(key+"-act", args...)
}

// row adds a row, unless there is nothing to say.
func (t *teller) row(label, text string) {
	if text != "" {
		t.Rows = append(t.Rows, Row{t.say(label), text})
	}
}

// names writes identifiers as a list.
func names[T ~string](t *teller, list []T) string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = i18n.Escape(string(x))
	}
	return strings.Join(out, t.say("told.comma"))
}

// words writes identifiers by their names in the catalogue, as they are where it has
// none.
func words[T ~string](t *teller, prefix string, list []T) string {
	out := make([]string, len(list))
	for i, x := range list {
		if out[i] = t.say(prefix + string(x)); out[i] == prefix+string(x) {
			out[i] = i18n.Escape(string(x))
		}
	}
	return strings.Join(out, t.say("told.comma"))
}

// digest writes a digest so that it fits a line: enough to tell two apart, not to rely on.
func digest(d paper.Digest) string {
	if len(d) < 24 {
		return i18n.Escape(string(d))
	}
	return i18n.Escape(string(d[:23])) + "…"
}

func (t *teller) span(from, to paper.Time) string {
	return t.say("told.span", "from", i18n.Time(from.Time()), "to", i18n.Time(to.Time()), "lasts", to.Time().Sub(from.Time()))
}

func (t *teller) at(x paper.Time) string {
	if x == 0 {
		return ""
	}
	return i18n.Time(x.Time())
}

// who names a key's holder as far as the view knows, and the key.
func (t *teller) who(id paper.KeyID) string {
	short := i18n.Escape(string(id))
	if len(id) > 16 {
		short = i18n.Escape(string(id[:16])) + "…"
	}
	if t.View != nil {
		for _, b := range t.View.Bodies() {
			for _, k := range b.Keys {
				if k.Key.ID() == id {
					return t.say("told.holder", "person", string(k.Person), "body", i18n.Text{JA: b.Name.JA, EN: b.Name.EN}.In(t.lang), "key", short)
				}
			}
		}
	}
	return t.say("told.key", "key", short)
}

// signers lists whose signatures stand under the paper and verify, as far as their keys
// are known; of others it says that nobody has checked them.
func (t *teller) signers(e *paper.Envelope) string {
	if len(e.Signatures) == 0 {
		return t.say("told.unsigned")
	}
	var candidates []paper.PublicKey
	if t.View != nil {
		for _, b := range t.View.Bodies() {
			for _, k := range b.Keys {
				candidates = append(candidates, k.Key)
			}
		}
	}
	good := paper.Signers(e, candidates)
	var out []string
	for _, s := range e.Signatures {
		key := "told.unchecked"
		switch {
		case slices.ContainsFunc(good, func(k paper.PublicKey) bool { return k.ID() == s.KeyID }):
			key = "told.right"
		case slices.ContainsFunc(candidates, func(k paper.PublicKey) bool { return k.ID() == s.KeyID }):
			key = "told.bad"
		}
		out = append(out, t.say(key, "who", t.who(s.KeyID)))
	}
	return strings.Join(out, t.say("told.comma"))
}

// Unmet says a condition that is not met, with its place.
func Unmet(u unmet.Unmet, l i18n.Lang) string {
	return i18n.Say(l, "told.unmet", "place", u.Place, "what", i18n.Say(l, u.Key(), named.Args(u)...))
}
