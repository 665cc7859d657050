package cli

import (
	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/authority/desk"
	"github.com/noroshi-acd/noroshi/cli/logs"
	"github.com/noroshi-acd/noroshi/cli/papers"
	"github.com/noroshi-acd/noroshi/cli/trust"
)

// newPapers gives the verbs on signed papers, in the order of a warrant's life.
func newPapers(s say) []*cobra.Command {
	d := &desk.Desk{Stdin: s.Stdin, Stdout: s.Stdout, Stderr: s.Stderr, Lang: s.lang}
	return []*cobra.Command{trust.NewKeys(d), trust.NewInit(d), trust.NewRoot(d), papers.NewSign(d), papers.NewWarrant(d), papers.NewLive(d), papers.NewGrant(d), logs.New(d)}
}
