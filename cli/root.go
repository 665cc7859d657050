package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

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
type statusError int

func (statusError) Error() string { return "" }

// Main runs the command line in w and gives the exit status: 0 for success (for
// analyze: nothing found), 1 for findings, 2 for an error, 130 when interrupted.
func Main(ctx context.Context, w World) int {
	lang, ok := i18n.Choose(langFlag(w.Args), w.Getenv)
	w.Stdout = &output{w: w.Stdout, lang: lang}
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
	err := execute(ctx, root)
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

// patience is how long a command may take to stop by itself.
const patience = time.Second

// execute runs root until it ends. Once ctx is done it does not wait for long: a
// read from a pipe, or one that finds nothing for minutes, cannot be called back,
// and the process is about to end.
func execute(ctx context.Context, root *cobra.Command) error {
	ended := make(chan error, 1)
	go func() { ended <- root.ExecuteContext(ctx) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-ended:
		return err
	case <-time.After(patience):
		return ctx.Err()
	}
}

// output is where results go. It says in the reader's language that they could not
// be written.
type output struct {
	w    io.Writer
	lang i18n.Lang
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	if err != nil {
		err = &fault.Error{Msg: i18n.Say(o.lang, "cli.error.output"), Hint: i18n.Say(o.lang, "cli.error.output_hint"), Err: err}
	}
	return n, err
}

// complain writes err by the house rule: prefix, no full stop, the hint on a line
// of its own.
func (s say) complain(err error) {
	obs.Voice{W: s.Stderr, Lang: s.lang}.Complain(err)
}

// langFlag finds --lang before flags are parsed, because help itself is in a
// language.
func langFlag(args []string) string {
	for i, a := range args {
		if v, ok := strings.CutPrefix(a, "--lang="); ok {
			return v
		}
		if a == "--lang" && i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}

func newRoot(s say) *cobra.Command {
	root := &cobra.Command{
		Use: "noroshi", Short: s.text("cli.root.short"), Long: s.text("cli.root.long"),
		SilenceErrors: true, SilenceUsage: true,
	}
	root.PersistentFlags().String("lang", "", s.text("cli.root.lang"))
	root.AddCommand(newAnalyze(s), newDetectors(s), newDirection(s), newVersion(s))
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
