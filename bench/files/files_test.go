package files

import (
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/nfcapd"
	"github.com/noroshi-acd/noroshi/flow/nfcapd/nfcapdtest"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// TestMake: a file holds what was asked for, the host that is filtered for among it.
func TestMake(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := Make(path, rand.New(rand.NewPCG(1, 2)), 20_000, nfcapdtest.LZ4); err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	skips := &fault.Skips{Strict: true}
	r := nfcapd.NewReader(in, path, skips, nfcapd.Options{})
	defer r.Close()
	n, hits := 0, 0
	var b flow.Batch
	for {
		b.Reset()
		if err := r.Next(&b); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		for i := range b.Records {
			n++
			if b.Records[i].Src.String() == host {
				hits++
			}
		}
	}
	if n != 20_000 || hits == 0 {
		t.Errorf("%d flows, %d of %s", n, hits, host)
	}
}

func TestAgree(t *testing.T) {
	q := questions()[1]
	if err := q.agree(strings.NewReader("src,bytes\n10.0.0.1,5\n"), strings.NewReader("ts,val,fl\nx, 10.0.0.1,3\n")); err != nil {
		t.Error(err)
	}
	for _, theirs := range []string{"ts,val\nx,10.0.0.2\n", "ts,fl\nx,1\n", "ts,val\n", ""} {
		if q.agree(strings.NewReader("src,bytes\n10.0.0.1,5\n"), strings.NewReader(theirs)) == nil {
			t.Errorf("%q agrees", theirs)
		}
	}
}
