package noroshi_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/noroshi-acd/noroshi/content"
	"github.com/noroshi-acd/noroshi/internal/keyfile"
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

// noKeys wants that no file in some folders holds a private key, as bytes or written in
// any of the usual ways: nokeys KEY... FOLDER...
func noKeys(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: nokeys KEY... FOLDER...")
	}
	secrets, files := map[string][][]byte{}, 0
	for _, a := range args {
		if strings.HasSuffix(a, keyfile.KeyEnding) {
			k, err := keyfile.Load(ts.MkAbs(a), nil)
			ts.Check(err)
			seed := k.Key().Seed()
			secrets[a] = [][]byte{seed, []byte(hex.EncodeToString(seed)), []byte(base64.StdEncoding.EncodeToString(seed)), []byte(base64.RawURLEncoding.EncodeToString(seed))}
			continue
		}
		ts.Check(filepath.WalkDir(ts.MkAbs(a), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			files++
			for name, forms := range secrets {
				for _, form := range forms {
					if bytes.Contains(text, form) {
						ts.Fatalf("%s holds the key %s", path, name)
					}
				}
			}
			return err
		}))
	}
	if len(secrets) == 0 || files == 0 {
		ts.Fatalf("nothing was looked for or at: %d keys, %d files", len(secrets), files)
	}
}
