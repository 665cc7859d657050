package noroshi_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/noroshi-acd/noroshi/authority/shelf"
	"github.com/noroshi-acd/noroshi/internal/keyfile"
	"github.com/noroshi-acd/noroshi/ledger"
	"github.com/noroshi-acd/noroshi/ledger/ask"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// witnesses is how many witnesses the invented country of testdata/country has.
const witnesses = 4

// country puts the invented country into a script's folder and finds it free ports: of
// its witnesses PORT1 to PORT4, of their health PORT5 to PORT8, of its commission PORT9.
func country(e *testscript.Env) error {
	if err := os.CopyFS(filepath.Join(e.WorkDir, "country"), os.DirFS("testdata/country")); err != nil {
		return err
	}
	for i := range 2*witnesses + 1 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		defer l.Close() // all at once, so that no two are the same
		e.Setenv(fmt.Sprintf("PORT%d", i+1), fmt.Sprint(l.Addr().(*net.TCPAddr).Port))
	}
	return nil
}

// backdate is a hub whose log lies about the time: backdate FOLDER KEYS KEY ORIGIN PAPER
// CLASS AGO records a paper as if it had been written that long ago.
func backdate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 7 {
		ts.Fatalf("usage: backdate FOLDER KEYS KEY ORIGIN PAPER CLASS AGO")
	}
	ago, err := time.ParseDuration(args[6])
	ts.Check(err)
	key, err := keyfile.Load(ts.MkAbs(args[2]), nil)
	ts.Check(err)
	e, err := shelf.Read(ts.MkAbs(args[4]))
	ts.Check(err)
	text, err := e.Marshal()
	ts.Check(err)
	c := ledger.Config{
		Dir: ts.MkAbs(args[0]), Keys: ts.MkAbs(args[1]), Origin: args[3], Key: key.Key(), Role: "acquirer", Quorum: 3,
		Clock: func() time.Time { return time.Now().Add(-ago) },
	}
	for i := range witnesses {
		k, err := keyfile.LoadPublic(ts.MkAbs(fmt.Sprintf("w%d/witness.pub", i+1)))
		ts.Check(err)
		_, vkey, err := proof.NewCosigner(fmt.Sprintf("w%d.example", i+1), k.Key)
		ts.Check(err)
		c.Witnesses = append(c.Witnesses, ask.Witness{URL: "http://127.0.0.1:" + ts.Getenv(fmt.Sprintf("PORT%d", i+1)), Key: vkey})
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	l, err := ledger.Open(ctx, c)
	ts.Check(err)
	defer l.Close()
	index, err := l.Append(ctx, ledger.Act{Entry: proof.Entry{Class: proof.Class(args[5]), Role: "acquirer", Paper: e.Digest()}, Payload: text})
	ts.Check(err)
	_, err = l.Await(ctx, index)
	ts.Check(err)
}
