package trusted

import (
	"bytes"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/ledger/verify/archive"
	"github.com/noroshi-acd/noroshi/ledger/verify/flaw"
)

// root is the file of an honest trust root, and its fingerprint.
func root(t testing.TB) ([]byte, paper.Digest) {
	t.Helper()
	w, err := warranttest.New(trust.Lab)
	if err != nil {
		t.Fatal(err)
	}
	text, err := w.Roots[0].Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return text, w.Roots[0].Digest()
}

// load follows a root alone, and gives the codes of what is wrong with it.
func load(text []byte, pinned paper.Digest, now paper.Time) (*Views, []string) {
	var codes []string
	fsys := archive.NewMemory(map[string][]byte{"root/000001.json": text})
	v := Load(fsys, pinned, now, nil, NewKnown(), func(f flaw.Flaw) { codes = append(codes, f.Code) })
	return v, codes
}

func TestTimes(t *testing.T) {
	text, pinned := root(t)
	v, codes := load(text, pinned, warranttest.Now)
	if len(codes) > 0 || len(v.All()) != 1 {
		t.Fatalf("an honest root: %v, %d views", codes, len(v.All()))
	}
	issued, expires := v.All()[0].At(), v.All()[0].Expires()
	for at, want := range map[paper.Time]bool{issued - 1: false, issued: true, expires - 1: true, expires: false} {
		if got := v.At(at) != nil; got != want {
			t.Errorf("trust at %s: %v, want %v", at, got, want)
		}
	}
	if _, codes := load(text, paper.DigestOf(nil), warranttest.Now); len(codes) == 0 {
		t.Error("another fingerprint was followed")
	}
	if _, codes := load(text, pinned, issued-1); len(codes) == 0 {
		t.Error("a root of the future was followed")
	}
}

func TestReadInto(t *testing.T) {
	fsys := archive.NewMemory(map[string][]byte{"a": bytes.Repeat([]byte("x"), 100)})
	for _, room := range []int{0, 1, 99, 100, 101, 500} {
		data, err := ReadInto(make([]byte, 0, room), fsys, "a", 100)
		if err != nil || len(data) != 100 {
			t.Errorf("into %d bytes: %d, %v", room, len(data), err)
		}
		if _, err := ReadInto(make([]byte, 0, room), fsys, "a", 99); err == nil {
			t.Errorf("into %d bytes: a file above the limit was read", room)
		}
	}
}

// FuzzLoad: whatever stands in the file of a root, there is trust only when it is the
// paper of the fingerprint.
func FuzzLoad(f *testing.F) {
	text, pinned := root(f)
	f.Add(text)
	f.Add(bytes.Replace(text, []byte("payload"), []byte("pAyload"), 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, codes := load(data, pinned, warranttest.Now)
		if len(v.All()) == 0 {
			if len(codes) == 0 {
				t.Error("nothing is trusted, and nothing is wrong")
			}
			return
		}
		e, err := paper.ParseEnvelope(data)
		if err != nil || e.Digest() != pinned {
			t.Errorf("trust out of %q", data)
		}
	})
}
