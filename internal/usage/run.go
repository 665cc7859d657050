package usage

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
)

// How long a command may take to stop by itself, and one that serves others.
const (
	patience = time.Second
	farewell = 30 * time.Second
)

// serving is the key under which a command says that it serves.
type serving struct{}

// Serves says that the command of ctx serves others and knows how to stop: it is given
// the time to let requests end.
func Serves(ctx context.Context) {
	if s, ok := ctx.Value(serving{}).(*atomic.Bool); ok {
		s.Store(true)
	}
}

// Execute runs root until it ends. Once ctx is done it does not wait for long: a
// read from a pipe, or one that finds nothing for minutes, cannot be called back,
// and the process is about to end.
func Execute(ctx context.Context, root *cobra.Command) error {
	ended, serves := make(chan error, 1), new(atomic.Bool)
	go func() { ended <- root.ExecuteContext(context.WithValue(ctx, serving{}, serves)) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	wait := patience
	if serves.Load() {
		wait = farewell
	}
	select {
	case err := <-ended:
		return err
	case <-time.After(wait):
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
