package usage

import (
	"context"
	"errors"
	"strings"
	"testing"

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
