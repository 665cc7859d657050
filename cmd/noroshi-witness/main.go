// Command noroshi-witness is the witness alone: it cosigns, and does not even contain the
// code to do anything else.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/noroshi-acd/noroshi/cli/witness"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/obs"
	"github.com/noroshi-acd/noroshi/internal/run"
	"github.com/noroshi-acd/noroshi/internal/usage"
)

func main() {
	ctx, stop := run.Signals(context.Background())
	status := Main(ctx, os.Args[1:])
	stop()
	os.Exit(status)
}

// Main runs the command line and gives the exit status.
func Main(ctx context.Context, args []string) int {
	lang, ok := i18n.Choose(usage.LangFlag(args), os.Getenv)
	if !ok {
		fmt.Fprintln(os.Stderr, "noroshi: "+i18n.Say(lang, "cli.error.language"))
		return fault.Invalid.ExitStatus()
	}
	root := witness.New(witness.Door{Stdin: os.Stdin, Stdout: &obs.Result{W: os.Stdout, Lang: lang}, Stderr: os.Stderr, Lang: lang})
	root.Use = "noroshi-witness"
	root.SilenceErrors, root.SilenceUsage = true, true
	root.PersistentFlags().String("lang", "", i18n.Say(lang, "cli.root.lang"))
	root.SetArgs(args)
	usage.Speak(root, lang)
	if err := usage.Execute(ctx, root); err != nil {
		obs.Voice{W: os.Stderr, Lang: lang}.Complain(err)
		return fault.KindOf(err).ExitStatus()
	}
	return 0
}
