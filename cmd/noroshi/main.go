// Command noroshi is the full binary: every role and every verb.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/noroshi-acd/noroshi/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := cli.Main(ctx, cli.World{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv,
	})
	stop()
	os.Exit(status)
}
