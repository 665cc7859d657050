//go:build !js

// Command noroshi-verify is the outside verifier alone: it checks an export of the logs
// and does not even contain the code to write one. Built for js/wasm it is the engine of
// a page that does the same in a browser.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/noroshi-acd/noroshi/cli/verify"
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
	root := verify.New(verify.Door{Stdout: &obs.Result{W: os.Stdout, Lang: lang}, Stderr: os.Stderr, Lang: lang})
	root.Use = "noroshi-verify EXPORT"
	root.SilenceErrors, root.SilenceUsage = true, true
	root.PersistentFlags().String("lang", "", i18n.Say(lang, "verify.door.flag_lang"))
	root.SetArgs(args)
	ask := root.RunE
	usage.Speak(root, lang)
	root.Args, root.RunE = usage.Args(lang, 1, 1), ask // it is all one verb
	err := usage.Execute(ctx, root)
	var status usage.Status
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		return int(status)
	}
	obs.Voice{W: os.Stderr, Lang: lang}.Complain(err)
	return fault.KindOf(err).ExitStatus()
}
