package noroshi_test

import (
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/noroshi-acd/noroshi/content"
)

// office puts a commission with two bodies that apply into a script's folder, and the law
// that the product holds into its folder law: office.
func office(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: office")
	}
	ts.Check(os.CopyFS(filepath.Join(ts.Getenv("WORK"), "office"), os.DirFS("testdata/office")))
	ts.Check(os.CopyFS(filepath.Join(ts.Getenv("WORK"), "law"), content.Law()))
}
