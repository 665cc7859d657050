// Command noroshi is the full binary: every role and every verb.
package main

import (
	"context"
	"os"
	"runtime/debug"

	"github.com/noroshi-acd/noroshi/cli"
	"github.com/noroshi-acd/noroshi/internal/run"
)

// softMemory is the size, in bytes, from which on the collector works harder: by
// itself it lets the heap grow to twice what is in use. GOMEMLIMIT overrides it.
const softMemory = 960 << 20

func main() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(softMemory)
	}
	ctx, stop := run.Signals(context.Background()) // a second signal ends the process at once
	status := cli.Main(ctx, cli.World{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv,
	})
	stop()
	os.Exit(status)
}
