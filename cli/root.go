package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/authority/desk"
	"github.com/noroshi-acd/noroshi/authority/office"
	"github.com/noroshi-acd/noroshi/authority/wire"
	"github.com/noroshi-acd/noroshi/cli/apply"
	"github.com/noroshi-acd/noroshi/cli/commission"
	"github.com/noroshi-acd/noroshi/cli/feeds"
	"github.com/noroshi-acd/noroshi/cli/logs"
	"github.com/noroshi-acd/noroshi/cli/oversee"
	"github.com/noroshi-acd/noroshi/cli/papers"
	"github.com/noroshi-acd/noroshi/cli/regimes"
	"github.com/noroshi-acd/noroshi/cli/store"
	"github.com/noroshi-acd/noroshi/cli/trust"
	"github.com/noroshi-acd/noroshi/cli/verify"
	"github.com/noroshi-acd/noroshi/cli/witness"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/obs"
	"github.com/noroshi-acd/noroshi/internal/usage"
)

// World is what a command may touch, so that tests can hand it their own.
type World struct {
	Args   []string
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	Getenv func(string) string
}

// say is a command's voice: the world plus the reader's language.
type say struct {
	World
	lang i18n.Lang
}

// text gives a sentence of the catalogue in the reader's language.
func (s say) text(key string, args ...any) string { return i18n.Say(s.lang, key, args...) }

// statusError ends a command with an exit status and no message.
type statusError = usage.Status

// Main runs the command line in w and gives the exit status: 0 for success (for
// analyze: nothing found), 1 for findings, 2 for an error, 130 when interrupted.
func Main(ctx context.Context, w World) int {
	lang, ok := i18n.Choose(usage.LangFlag(w.Args), w.Getenv)
	w.Stdout = &obs.Result{W: w.Stdout, Lang: lang}
	s := say{World: w, lang: lang}
	if !ok {
		fmt.Fprintln(w.Stderr, "noroshi: "+s.text("cli.error.language"))
		return 2
	}
	root := newRoot(s)
	root.SetArgs(w.Args)
	root.SetIn(w.Stdin)
	root.SetOut(w.Stdout)
	root.SetErr(w.Stderr)
	err := usage.Execute(ctx, root)
	var status statusError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		return int(status)
	case ctx.Err() != nil:
		fmt.Fprintln(w.Stderr, "noroshi: "+s.text("cli.error.interrupted"))
		return fault.Canceled.ExitStatus()
	}
	s.complain(err)
	return fault.KindOf(err).ExitStatus()
}

// complain writes err by the house rule: prefix, no full stop, the hint on its own line.
func (s say) complain(err error) { obs.Voice{W: s.Stderr, Lang: s.lang}.Complain(err) }

func newRoot(s say) *cobra.Command {
	root := &cobra.Command{
		Use: "noroshi", Short: s.text("cli.root.short"), Long: s.text("cli.root.long"),
		SilenceErrors: true, SilenceUsage: true,
	}
	root.PersistentFlags().String("lang", "", s.text("cli.root.lang"))
	root.AddCommand(newAnalyze(s), feeds.New(feeds.Door{Stdout: s.Stdout, Lang: s.lang}), newFlows(s), newConfig(s), newDetectors(s), newDirection(s), newVersion(s), witness.New(witness.Door{Stdin: s.Stdin, Stdout: s.Stdout, Stderr: s.Stderr, Lang: s.lang}))
	d := &desk.Desk{Stdin: s.Stdin, Stdout: s.Stdout, Stderr: s.Stderr, Lang: s.lang}
	root.AddCommand(trust.NewKeys(d), trust.NewInit(d), trust.NewRoot(d), papers.NewSign(d), papers.NewWarrant(d), papers.NewLive(d), papers.NewGrant(d), logs.New(d))
	door := &office.Door{Desk: d}
	root.AddCommand(apply.New(door), commission.New(door, oversee.Verbs(door)...), store.New(door))
	root.AddCommand(verify.New(verify.Door{Stdout: s.Stdout, Stderr: s.Stderr, Lang: s.lang, Law: wire.Rules}), regimes.New(regimes.Door{Stdin: s.Stdin, Stdout: s.Stdout, Lang: s.lang}))
	usage.Speak(root, s.lang)
	return root
}

func newVersion(s say) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: s.text("cli.version.short"), Args: usage.Args(s.lang, 0, 0),
		RunE: func(*cobra.Command, []string) error {
			revision := "unknown"
			if info, ok := debug.ReadBuildInfo(); ok {
				for _, kv := range info.Settings {
					if kv.Key == "vcs.revision" {
						revision = kv.Value
					}
				}
			}
			_, err := fmt.Fprintf(s.Stdout, "noroshi %s (%s)\n", version, revision)
			return err
		},
	}
}

// version is the release that this tree leads to.
const version = "0.1.0-dev"
