package noroshi_test

import (
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/noroshi-acd/noroshi/ledger/verify/verifytest"
)

// madeExport writes an export of two made-up logs into a folder, and sets FINGERPRINT, AT
// (a minute after the witnesses last looked), DECISIONS and ACTS (the logs' folders).
func madeExport(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: madeexport FOLDER")
	}
	m, err := verifytest.Make(verifytest.Options{Minutes: 4, Queries: 3, Seed: "script"})
	ts.Check(err)
	dir := ts.MkAbs(args[0])
	for _, name := range m.Export.Names() {
		path := filepath.Join(dir, filepath.FromSlash(name))
		ts.Check(os.MkdirAll(filepath.Dir(path), 0o755))
		ts.Check(os.WriteFile(path, m.Export.Get(name), 0o600))
	}
	ts.Setenv("FINGERPRINT", string(m.Root))
	ts.Setenv("AT", (m.End + 60).String())
	ts.Setenv("DECISIONS", filepath.Join(dir, m.Decisions.Dir()))
	ts.Setenv("ACTS", filepath.Join(dir, m.Acts.Dir()))
}
