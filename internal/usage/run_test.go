package usage

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

func TestLangFlag(t *testing.T) {
	for args, want := range map[string]string{
		"": "", "analyze x": "", "--lang ja analyze": "ja", "analyze --lang=en x": "en", "analyze --lang": "", "--language ja": "",
	} {
		if got := LangFlag(strings.Fields(args)); got != want {
			t.Errorf("%q: %q, want %q", args, got, want)
		}
	}
}

func TestExecuteDoesNotWaitForLong(t *testing.T) {
	stuck := make(chan struct{})
	defer close(stuck)
	c := &cobra.Command{Use: "x", RunE: func(*cobra.Command, []string) error { <-stuck; return nil }}
	c.SetArgs(nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Execute(ctx, c); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	fails := errors.New("fails")
	c = &cobra.Command{Use: "x", SilenceErrors: true, SilenceUsage: true, RunE: func(*cobra.Command, []string) error { return fails }}
	c.SetArgs(nil)
	if err := Execute(t.Context(), c); !errors.Is(err, fails) {
		t.Error(err)
	}
}

// TestExecuteWaitsForWhoServes: a command that serves may take longer than others to end.
func TestExecuteWaitsForWhoServes(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	done := errors.New("ended in order")
	c := &cobra.Command{Use: "x", SilenceErrors: true, SilenceUsage: true, RunE: func(c *cobra.Command, _ []string) error {
		Serves(c.Context())
		cancel()
		time.Sleep(patience + patience/4)
		return done
	}}
	c.SetArgs(nil)
	if err := Execute(ctx, c); !errors.Is(err, done) {
		t.Errorf("%v, want that it ended in order", err)
	}
}
