package cli

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/usage"
	"github.com/noroshi-acd/noroshi/share/document"
)

func newDirection(s say) *cobra.Command {
	var domestic, mmdb string
	var home, abroad, anycast []string
	var asJSON bool
	c := &cobra.Command{
		Use: "direction IP...", Short: s.text("cli.direction.short"), Long: s.text("cli.direction.long"), Args: usage.Args(s.lang, 1, -1),
		RunE: func(_ *cobra.Command, args []string) error {
			t, err := border(domestic, mmdb, home, abroad, anycast)
			if err != nil {
				return err
			}
			var all []placed
			for _, arg := range args {
				a, err := netip.ParseAddr(strings.TrimSpace(arg))
				if err != nil {
					return &fault.Error{Kind: fault.Invalid, Msg: s.text("cli.direction.bad_address", "address", arg), Hint: s.text("cli.direction.bad_address_hint")}
				}
				all = append(all, place(a.WithZone(""), t.Decide(flow.AddrFrom(a))))
			}
			if asJSON {
				return document.Write(s.Stdout, all)
			}
			return s.writePlaced(all)
		},
	}
	borderFlags(s, c, &domestic, &mmdb, &home, &abroad, &anycast)
	c.Flags().BoolVar(&asJSON, "json", false, s.text("cli.border.flag_json"))
	return c
}

// placed is the answer for one address.
type placed struct {
	Address string    `json:"address"`
	Side    string    `json:"side"`
	Source  string    `json:"source"`
	Table   string    `json:"table,omitempty"`
	Date    string    `json:"date,omitempty"`
	Prefix  string    `json:"prefix,omitempty"`
	Country string    `json:"country,omitempty"`
	Line    int64     `json:"line,omitempty"`
	Via     string    `json:"via,omitempty"`
	Note    i18n.Text `json:"note"`
}

func place(a netip.Addr, d direction.Decision) placed {
	p := placed{Address: a.String(), Side: d.Side.String(), Source: d.Row.Source.String(), Table: d.Row.Table, Country: d.Row.Country, Line: d.Row.Line, Note: d.Why()}
	if d.Row.Prefix.IsValid() {
		p.Prefix = d.Row.Prefix.String()
	}
	if !d.Row.Date.IsZero() {
		p.Date = d.Row.Date.Format("2006-01-02")
	}
	if d.Via.IsValid() {
		p.Via = d.Via.String()
	}
	return p
}

func (s say) writePlaced(all []placed) error {
	var b strings.Builder
	for _, p := range all {
		fmt.Fprintf(&b, "%s  %s\n", i18n.Pad(p.Address, 39), s.text("cli.side."+p.Side))
		for _, line := range i18n.Wrap(p.Note.In(s.lang), columns-4) {
			fmt.Fprintln(&b, "    "+line)
		}
	}
	_, err := fmt.Fprint(s.Stdout, b.String())
	return err
}
