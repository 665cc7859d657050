package cli

import (
	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/cli/flows"
	"github.com/noroshi-acd/noroshi/direction"
)

func newFlows(s say) *cobra.Command {
	return flows.New(flows.Door{Stdin: s.Stdin, Stdout: s.Stdout, Stderr: s.Stderr, Lang: s.lang, Border: func(c *cobra.Command) func() (*direction.Table, error) {
		var domestic, mmdb string
		var home, abroad, anycast []string
		borderFlags(s, c, &domestic, &mmdb, &home, &abroad, &anycast)
		return func() (*direction.Table, error) { return border(domestic, mmdb, home, abroad, anycast) }
	}})
}
