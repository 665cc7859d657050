package noroshi_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/noroshi-acd/noroshi/cli"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/nfcapd/nfcapdtest"
)

// TestMain makes the noroshi command available to scripts without building it.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"noroshi": func() {
			os.Exit(cli.Main(context.Background(), cli.World{
				Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv,
			}))
		},
	})
}

// TestLives runs the lives of the product: each file in testdata/script is one.
func TestLives(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("NOROSHI_LANG", "en")
			return country(e)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"status": status, "madeexport": madeExport, "nfcapd": nfcapd, "backdate": backdate, "office": office, "nokeys": noKeys},
	})
}

// status runs a command and wants its exit status: status 2 noroshi analyze …
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status CODE COMMAND...")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = "other"
		if e, ok := err.(interface{ ExitCode() int }); ok {
			got = string(rune('0' + e.ExitCode()))
		}
	}
	if got != args[0] {
		ts.Fatalf("exit status %s, want %s", got, args[0])
	}
}

// nfcapd writes a file as a collector does of a router that counts each direction by
// itself: nfcapd FILE. It holds 3,000 exchanges, each in two halves.
func nfcapd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: nfcapd FILE")
	}
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	w := nfcapdtest.NewWriter(f, nfcapdtest.Options{Method: nfcapdtest.LZ4, Block: 16 << 10, Exporter: [4]byte{192, 0, 2, 1}})
	for i := range 3000 {
		at := (1_795_000_000 + int64(i)/100) * int64(time.Second)
		there := flow.Record{First: at, Last: at + int64(time.Second), Proto: 6, SrcFlags: flow.SYN | flow.ACK | flow.FIN, SrcPackets: 5, SrcBytes: 500,
			Src: flow.Addr4([4]byte{10, 1, 0, byte(i % 3)}), Dst: flow.Addr4([4]byte{198, 51, 100, 7}), SrcPort: uint16(20_000 + i), DstPort: 443}
		back := there
		back.Src, back.Dst, back.SrcPort, back.DstPort = there.Dst, there.Src, there.DstPort, there.SrcPort
		back.SrcPackets, back.SrcBytes = 7, 7000
		w.Record(&there)
		w.Record(&back)
	}
	ts.Check(errors.Join(w.Close(), f.Close()))
}
