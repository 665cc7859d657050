package usage

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// patience is how long a command may take to stop by itself.
const patience = time.Second

// Execute runs root until it ends. Once ctx is done it does not wait for long: a
// read from a pipe, or one that finds nothing for minutes, cannot be called back,
// and the process is about to end.
func Execute(ctx context.Context, root *cobra.Command) error {
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

// LangFlag finds the value of --lang before flags are parsed, because help itself is
// in a language; empty when it is not there.
func LangFlag(args []string) string {
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
