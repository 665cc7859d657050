package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/usage"
	"github.com/noroshi-acd/noroshi/share/document"
)

// kinds are the methods in the order in which they are described.
func kinds() []detect.Kind {
	return []detect.Kind{detect.Beacon, detect.LongLived, detect.DNSTunnel, detect.DGA, detect.Scan, detect.Spread, detect.KnownBad, detect.FanIn, detect.Habit, detect.OddHours, detect.OddVolume, detect.OddRegion, detect.FastFlux, detect.LookAlike, detect.OddTLS}
}

func newDetectors(s say) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "detectors [KIND]", Short: s.text("cli.detectors.short"), Args: usage.Args(s.lang, 0, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			show := kinds()
			if len(args) == 1 {
				show = nil
				for _, k := range kinds() {
					if string(k) == args[0] {
						show = []detect.Kind{k}
					}
				}
				if show == nil {
					return &fault.Error{Kind: fault.NotFound, Msg: s.text("cli.detectors.unknown", "kind", args[0]), Hint: s.text("cli.detectors.unknown_hint")}
				}
			}
			if asJSON {
				return document.Write(s.Stdout, describeKinds(show))
			}
			return s.writeKinds(show, len(args) == 1)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, s.text("cli.border.flag_json"))
	return c
}

// kindText is the public description of a method.
type kindText struct {
	Kind   detect.Kind `json:"kind"`
	Name   i18n.Text   `json:"name"`
	How    i18n.Text   `json:"how"`
	Guards i18n.Text   `json:"guards"`
	Next   i18n.Text   `json:"next"`
	Attack string      `json:"attack"`
}

func describeKinds(show []detect.Kind) []kindText {
	var out []kindText
	for _, k := range show {
		p := "detectors." + string(k)
		out = append(out, kindText{k, i18n.Both("cli.kind." + string(k)), i18n.Both(p + ".how"), i18n.Both(p + ".guards"), i18n.Both(p + ".next"), i18n.Say(i18n.EN, p+".attack")})
	}
	return out
}

func (s say) writeKinds(show []detect.Kind, whole bool) error {
	var b strings.Builder
	for _, k := range describeKinds(show) {
		fmt.Fprintf(&b, "%s  %s  (%s)\n", i18n.Pad(string(k.Kind), 11), k.Name.In(s.lang), k.Attack)
		if whole {
			s.method(&b, k)
			continue
		}
		for _, line := range i18n.Wrap(k.How.In(s.lang), columns-4) {
			fmt.Fprintln(&b, "    "+line)
		}
	}
	_, err := fmt.Fprint(s.Stdout, b.String())
	return err
}

// method says under heads how a method works, what counts against its findings, and
// what to do about one.
func (s say) method(b *strings.Builder, k kindText) {
	for _, part := range []struct {
		head string
		text i18n.Text
	}{{"method", k.How}, {"guards", k.Guards}, {"next", k.Next}} {
		fmt.Fprintln(b, "\n"+s.text("cli.explain."+part.head))
		for _, line := range i18n.Wrap(part.text.In(s.lang), columns-2) {
			fmt.Fprintln(b, "  "+line)
		}
	}
}
