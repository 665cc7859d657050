package share

import (
	"strings"

	"github.com/noroshi-acd/noroshi/intelligence/feed"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Feed is what became of one feed of indicators.
type Feed struct {
	Path, Format, Source string
	Grade                string // of source and information, as in "B2"; empty when not given
	Licence, TLP         string
	Indicators           int       // taken
	Expired              int       // of these, those that have expired
	Warned               int       // of these, those that a warning list holds
	Refused              []Refusal // not taken, by reason
	Text                 i18n.Text // the same as sentences
}

// Refusal is how many items of a feed were not taken for one reason.
type Refusal struct {
	Reason string // identifier
	Count  int
	Text   i18n.Text
}

// Feeds tells what became of feeds.
func Feeds(reports []feed.Report) []Feed {
	out := make([]Feed, 0, len(reports))
	for i := range reports {
		r := &reports[i]
		f := Feed{Path: r.Path, Format: string(r.Format), Source: r.Source, Grade: r.Voice.Grade(), Licence: r.Voice.Licence, TLP: r.Voice.TLP.String(),
			Indicators: r.Taken, Expired: r.Expired, Warned: r.Warned}
		f.Text = i18n.Both("feed.counts", "name", r.Source, "taken", r.Taken, "expired", r.Expired, "warned", r.Warned, "refused", r.RefusedTotal())
		var ja, en []string
		for _, reason := range r.Reasons() {
			x := Refusal{reason, r.Refused[reason], i18n.Both("feed.refusal", "n", r.Refused[reason], "reason", i18n.Both("feed.reason."+reason))}
			f.Refused = append(f.Refused, x)
			ja, en = append(ja, x.Text.JA), append(en, x.Text.EN)
		}
		if len(ja) > 0 {
			f.Text.JA += "（" + strings.Join(ja, "、") + "）"
			f.Text.EN += " (" + strings.Join(en, "; ") + ")"
		}
		out = append(out, f)
	}
	return out
}
