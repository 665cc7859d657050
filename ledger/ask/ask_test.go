package ask_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/noroshi-acd/noroshi/ledger/ask"
	"github.com/noroshi-acd/noroshi/ledger/ledgertest"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

const origin = "ledger.example/acts"

// field is four witnesses, who asks them, and a tree of made-up leaves.
type field struct {
	*ledgertest.Bed
	asker *ask.Asker
	hash  []tlog.Hash // as package tlog stores them
	size  int64
}

func newField(t testing.TB, timeout time.Duration) *field {
	t.Helper()
	bed, err := ledgertest.NewBed(origin, 4, 3, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(bed.Close)
	f := &field{Bed: bed}
	if f.asker, err = ask.New(bed.Log, bed.Asked(), 3, nil, timeout); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *field) read(list []int64) (out []tlog.Hash, err error) {
	for _, i := range list {
		out = append(out, f.hash[i])
	}
	return out, nil
}

// grow adds leaves.
func (f *field) grow(t testing.TB, n int) {
	t.Helper()
	for range n {
		add, err := tlog.StoredHashes(f.size, []byte{byte(f.size)}, tlog.HashReaderFunc(f.read))
		if err != nil {
			t.Fatal(err)
		}
		f.hash, f.size = append(f.hash, add...), f.size+1
	}
}

// tiles gives the tree's tiles, made anew at each reading.
func (f *field) tiles(path string) ([]byte, error) {
	for level := range 3 {
		for n := int64(0); proof.Width(level, n, f.size) > 0; n++ {
			if width := proof.Width(level, n, f.size); proof.TilePath(level, n, width) == path {
				return tlog.ReadTileData(tlog.Tile{H: 8, L: level, N: n, W: width}, tlog.HashReaderFunc(f.read))
			}
		}
	}
	return nil, errors.New("no such tile")
}

// cosign signs the tree as it is and asks.
func (f *field) cosign(t testing.TB, ctx context.Context) (*proof.Signed, error) {
	t.Helper()
	root, err := tlog.TreeHash(f.size, tlog.HashReaderFunc(f.read))
	if err != nil {
		t.Fatal(err)
	}
	c := proof.Checkpoint{Origin: origin, Size: f.size, Root: root}
	text, err := note.Sign(&note.Note{Text: c.Text()}, logSigner{f.Bed})
	if err != nil {
		t.Fatal(err)
	}
	cosigned, err := f.asker.Cosign(ctx, text, proof.NewTree(c, f.tiles))
	if err != nil {
		return nil, err
	}
	return proof.Open(cosigned, f.Log, f.asker.Quorum())
}

type logSigner struct{ *ledgertest.Bed }

func (s logSigner) Name() string    { return s.Log.Name() }
func (s logSigner) KeyHash() uint32 { return s.Log.KeyHash() }
func (s logSigner) Sign(text []byte) ([]byte, error) {
	return ed25519.Sign(s.Key, text), nil
}

// TestManners: one witness of whatever kind is borne; two are not, and the error says
// what each of them did.
func TestManners(t *testing.T) {
	for name, c := range map[string]struct {
		manner ledgertest.Manner
		want   string
	}{
		"absent":  {ledgertest.Absent, "status 503"},
		"silent":  {ledgertest.Silent, "deadline exceeded"},
		"forging": {ledgertest.Forging, "no cosignature of its own"},
		"ahead":   {ledgertest.Ahead, "the log went back, or the witness lies"},
		"endless": {ledgertest.Endless, "more than 16384 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newField(t, 1500*time.Millisecond)
			for round := range 3 {
				f.grow(t, 5)
				f.Witnesses[1].Be(c.manner)
				s, err := f.cosign(t, t.Context())
				if err != nil {
					t.Fatalf("round %d, one of four: %v", round, err)
				}
				if len(s.Cosignatures) < 3 {
					t.Fatalf("%d cosignatures", len(s.Cosignatures))
				}
			}
			f.grow(t, 5)
			f.Witnesses[2].Be(c.manner)
			_, err := f.cosign(t, t.Context())
			var few *proof.FewWitnesses
			if !errors.As(err, &few) || few.Want != 3 || few.Got > 2 {
				t.Fatalf("two of four: %v", err)
			}
			if !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "witness2.example") {
				t.Errorf("%v does not say %q of witness2.example", err, c.want)
			}
			// They come back: what they said before is not held against them.
			f.Witnesses[1].Be(ledgertest.Honest)
			f.Witnesses[2].Be(ledgertest.Honest)
			if _, err := f.cosign(t, t.Context()); err != nil {
				t.Errorf("after they came back: %v", err)
			}
			f.asker.Wait()
			for _, s := range f.asker.Standing() {
				if s.Name == "" || s.Size != f.size && s.Err == nil {
					t.Errorf("standing %+v at size %d", s, f.size)
				}
			}
		})
	}
}

// TestSlow: one slow witness costs the others nothing, and its own request is not cut.
func TestSlow(t *testing.T) {
	f := newField(t, 5*time.Second)
	f.Witnesses[0].Wait(3 * time.Second)
	start := time.Now()
	for range 5 {
		f.grow(t, 1)
		if _, err := f.cosign(t, t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(start); took > 2700*time.Millisecond {
		t.Errorf("five rounds took %v with a witness that takes three seconds", took)
	}
	f.asker.Wait()
	if got := f.Witnesses[0].Size(origin); got == 0 {
		t.Error("the slow witness never got to cosign")
	}
}

// TestBehind: witnesses that are at another size than is thought, or forgot everything,
// are asked again from where they are.
func TestBehind(t *testing.T) {
	f := newField(t, time.Second)
	f.grow(t, 300)
	if _, err := f.cosign(t, t.Context()); err != nil {
		t.Fatal(err)
	}
	f.asker.Wait()
	for _, w := range f.Witnesses {
		w.Forget()
	}
	f.grow(t, 300)
	if _, err := f.cosign(t, t.Context()); err != nil {
		t.Fatal(err)
	}
	// A new process knows of the witnesses what the published checkpoint says.
	var err error
	if f.asker, err = ask.New(f.Log, f.Asked(), 3, nil, time.Second); err != nil {
		t.Fatal(err)
	}
	f.grow(t, 1)
	s, err := f.cosign(t, t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f.asker.Knows(s)
	for _, standing := range f.asker.Standing() {
		if standing.Size != 601 && standing.Err == nil && standing.Size != 0 {
			t.Errorf("%+v", standing)
		}
	}
}

// TestInvariant03_NoCosignatureForAFork: honest witnesses cosign neither another past
// nor a shorter one, whatever the log signs.
func TestInvariant03_NoCosignatureForAFork(t *testing.T) {
	f := newField(t, time.Second)
	f.grow(t, 20)
	if _, err := f.cosign(t, t.Context()); err != nil {
		t.Fatal(err)
	}
	f.asker.Wait()
	var few *proof.FewWitnesses
	f.hash, f.size = nil, 0
	f.grow(t, 10)
	if _, err := f.cosign(t, t.Context()); !errors.As(err, &few) || few.Got != 0 {
		t.Errorf("a shorter log: %v", err)
	}
	forged := &field{Bed: f.Bed, asker: f.asker}
	for i := range 25 {
		add, err := tlog.StoredHashes(int64(i), []byte{byte(i), 1}, tlog.HashReaderFunc(forged.read))
		if err != nil {
			t.Fatal(err)
		}
		forged.hash, forged.size = append(forged.hash, add...), forged.size+1
	}
	if _, err := forged.cosign(t, t.Context()); !errors.As(err, &few) || few.Got != 0 {
		t.Errorf("a fork: %v", err)
	}
}

// TestNoRedirect: a witness cannot send the checkpoint on to somebody else.
func TestNoRedirect(t *testing.T) {
	f := newField(t, time.Second)
	f.grow(t, 3)
	other := 0
	thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { other++ }))
	defer thief.Close()
	guide := httptest.NewServer(http.RedirectHandler(thief.URL, http.StatusTemporaryRedirect))
	defer guide.Close()
	list := f.Asked()
	for i := range list[:2] {
		list[i].URL = guide.URL
	}
	var err error
	if f.asker, err = ask.New(f.Log, list, 3, nil, time.Second); err != nil {
		t.Fatal(err)
	}
	if _, err := f.cosign(t, t.Context()); err == nil || !strings.Contains(err.Error(), "status 307") {
		t.Errorf("got %v", err)
	}
	if other != 0 {
		t.Error("the request was sent on")
	}
}

// FuzzAnswer: whatever a witness answers, nothing panics or hangs, and no quorum comes of it.
func FuzzAnswer(f *testing.F) {
	f.Add(200, "— witness1.example AAAA\n")
	f.Add(409, "12\n")
	f.Add(409, "-1")
	f.Add(409, "99999999999999999999")
	f.Add(200, "")
	f.Add(301, "x")
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			t.Skip()
		}
		bed := newField(t, time.Second)
		bed.grow(t, 7)
		client := &http.Client{Transport: answers(func(*http.Request) *http.Response {
			w := httptest.NewRecorder()
			w.WriteHeader(status)
			_, _ = w.WriteString(body)
			return w.Result()
		})}
		var err error
		if bed.asker, err = ask.New(bed.Log, bed.Asked(), 3, client, time.Second); err != nil {
			t.Fatal(err)
		}
		if s, err := bed.cosign(t, t.Context()); err == nil {
			t.Errorf("%d cosignatures came of status %d and %q", len(s.Cosignatures), status, body)
		}
	})
}

type answers func(*http.Request) *http.Response

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) { return a(r), nil }
