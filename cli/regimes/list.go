package regimes

import (
	"fmt"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/regime/fact"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// listed is an instrument as the list shows it.
type listed struct {
	ID           paper.ID      `json:"id"`
	Jurisdiction paper.ID      `json:"jurisdiction"`
	Instrument   string        `json:"instrument"` // its name in the reader's language
	Articles     []string      `json:"articles"`
	Mode         rules.Mode    `json:"mode"` // "" where it is not known
	Status       rules.Status  `json:"status"`
	ModeMark     fact.Mark     `json:"mode_mark,omitempty"`
	StatusMark   fact.Mark     `json:"status_mark"`
	Regime       paper.ID      `json:"regime"`
	Name         paper.Words   `json:"name"`
	OverlayOf    paper.ID      `json:"overlay_of,omitempty"`
	Kinds        []regime.Kind `json:"kinds"`
	Conditions   int           `json:"conditions"`
	Rules        paper.Digest  `json:"rules"`
	Profile      paper.Digest  `json:"profile,omitempty"`
}

func (v *view) list() error {
	all := []listed{}
	for _, i := range v.Book.Instruments {
		r := i.Rules
		all = append(all, listed{
			ID: r.ID, Jurisdiction: r.Jurisdiction, Regime: r.Regime, Instrument: v.In(r.Name), Name: r.Name, Articles: r.Articles, Mode: r.Mode.Or(""), ModeMark: r.Mode.Mark,
			Status: r.Status.Or(rules.Unverified), StatusMark: r.Status.Mark, OverlayOf: r.OverlayOf, Kinds: r.Kinds, Conditions: len(r.Conditions), Rules: i.Digest, Profile: i.ProfileDigest,
		})
	}
	if v.json {
		return v.writeJSON(all)
	}
	var b strings.Builder
	heads := []string{}
	for _, head := range []string{"id", "mode", "status", "articles"} {
		heads = append(heads, v.Say("regimes.head."+head))
	}
	fmt.Fprintln(&b, lineUp(heads[0], heads[1], heads[2], heads[3]))
	where := paper.ID("")
	for _, l := range all {
		if l.Jurisdiction != where {
			where = l.Jurisdiction
			b.WriteString("\n")
			fmt.Fprintln(&b, v.Named("where", string(where)))
		}
		v.listed(&b, l)
	}
	v.Legend(&b, columns)
	_, err := fmt.Fprint(v.Stdout, b.String())
	return err
}

// listed writes one instrument: id, mode, status and articles; its name below.
func (v *view) listed(b *strings.Builder, l listed) {
	mode := v.Say("regimes.unknown")
	if l.ModeMark != "" {
		mode += v.Doubt(l.ModeMark)
	}
	if l.Mode != "" {
		mode = v.Named("mode", string(l.Mode)) + v.Doubt(l.ModeMark)
	}
	status := v.Named("status", string(l.Status)) + " " + v.Bracket(l.StatusMark)
	fmt.Fprintln(b, lineUp(string(l.ID), mode, status, v.Articles(l.Articles)))
	v.Hang(b, "      ", l.Instrument, columns)
}

// lineUp puts the columns of the list under one another.
func lineUp(id, mode, status, articles string) string {
	line := "  " + i18n.Pad(id, 18) + " " + i18n.Pad(mode, 15) + " " + i18n.Pad(status, 20) + " " + articles
	return strings.TrimRight(i18n.Cut(line, columns), " ")
}
