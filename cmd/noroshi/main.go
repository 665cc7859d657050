// Command noroshi is the full binary: every role and every verb.
package main

import (
	"context"
	"os"

	"github.com/noroshi-acd/noroshi/cli"
	"github.com/noroshi-acd/noroshi/internal/run"
)

func main() {
	ctx, stop := run.Signals(context.Background()) // a second signal ends the process at once
	status := cli.Main(ctx, cli.World{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv,
	})
	stop()
	os.Exit(status)
}
