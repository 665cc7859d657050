package exchange

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/obs"
	"github.com/noroshi-acd/noroshi/ledger/cosign"
	"github.com/noroshi-acd/noroshi/ledger/cosign/cosigntest"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/testimony"
)

const origin = "ledger.example/acts"

// party is an honest witness with a server that shows what it has seen.
type party struct {
	*cosign.Witness
	t      *testing.T
	name   string
	key    ed25519.PrivateKey
	dir    string
	log    *cosigntest.Log
	server *httptest.Server
	peers  []Peer
}

func newParty(t *testing.T, name string, l *cosigntest.Log) *party {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &party{t: t, name: name, key: key, dir: t.TempDir(), log: l}
	_, vkey, err := proof.NewCosigner(name, key.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	if err := cosign.Create(p.dir, vkey); err != nil {
		t.Fatal(err)
	}
	p.open()
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		prefix := "/" + cosign.OriginHash(origin) + "/"
		text := p.Latest(origin)
		if name, ok := strings.CutPrefix(r.URL.Path, prefix+"seen/"); ok {
			text = p.Kept(origin, name)
		} else if r.URL.Path != prefix+"checkpoint" {
			text = nil
		}
		if text == nil {
			http.NotFound(w, r)
			return
		}
		w.Write(text)
	}))
	t.Cleanup(func() { p.server.Close(); p.Close() })
	return p
}

func (p *party) open() {
	w, err := cosign.Open(cosign.Config{Dir: p.dir, Name: p.name, Key: p.key, Logs: []string{p.log.VKey}, Clock: func() (time.Time, error) { return time.Now(), nil }})
	if err != nil {
		p.t.Fatal(err)
	}
	p.Witness = w
}

func (p *party) add(l *cosigntest.Log, old, size int64) {
	p.t.Helper()
	if _, err := p.Add(l.Request(old, size)); err != nil {
		p.t.Fatalf("%s: %v", p.name, err)
	}
}

// exchange makes an exchange of p with others; logURL may be empty.
func (p *party) exchange(logURL string, others ...*party) *Exchange {
	p.t.Helper()
	c := Config{Witness: p.Witness, Every: time.Hour, Client: NewClient(), Now: time.Now, Log: slog.New(slog.DiscardHandler), Count: obs.NewRegistry(), LogURLs: map[string]string{}}
	if logURL != "" {
		c.LogURLs[origin] = logURL
	}
	for _, o := range others {
		c.Peers = append(c.Peers, Peer{Key: o.Key(), URL: o.server.URL})
	}
	c.Peers = append(c.Peers, p.peers...)
	e, err := New(c)
	if err != nil {
		p.t.Fatal(err)
	}
	return e
}

func (p *party) stopped() bool {
	st, _ := p.Status(origin)
	return st.Stopped != nil
}

func logs(t *testing.T, n, fork int) (a, b *cosigntest.Log) {
	a = cosigntest.New(t, origin)
	a.Grow(n, "leaf")
	b = a.Branch(fork)
	b.Grow(n-fork, "other")
	return a, b
}

// TestASplitIsFoundAtDifferentSizes: the tiles prove it; when the log hides them, it
// stays open, which is no proof and no agreement, until anybody has them.
func TestASplitIsFoundAtDifferentSizes(t *testing.T) {
	a, b := logs(t, 600, 200)
	w1, w2 := newParty(t, "w1.example/w", a), newParty(t, "w2.example/w", a)
	w1.add(a, 0, 300)
	w2.add(b, 0, 500)
	hiding := httptest.NewServer(a) // shows the branch of w1 alone
	defer hiding.Close()
	e := w1.exchange(hiding.URL, w2)
	e.Round(t.Context())
	st := e.Standings()
	if len(st) != 1 || st[0].Open.IsZero() || st[0].Split || w1.stopped() {
		t.Fatalf("%+v, stopped %v", st, w1.stopped())
	}
	since := st[0].Open
	e.Round(t.Context())
	if st := e.Standings(); st[0].Open != since {
		t.Error("the time since when it is open moved")
	}
	telling := httptest.NewServer(b)
	defer telling.Close()
	e = w1.exchange(telling.URL, w2)
	e.Round(t.Context())
	if st := e.Standings(); !st[0].Split || !w1.stopped() {
		t.Fatalf("%+v, stopped %v", st, w1.stopped())
	}
	// The larger one finds the smaller one by its own tree.
	hidingB := httptest.NewServer(b)
	defer hidingB.Close()
	w2.exchange(hidingB.URL, w1).Round(t.Context())
	if !w2.stopped() {
		t.Error("the other witness did not find out")
	}
}

// TestInvariant03_ADishonestWitnessMakesNoSecondQuorum: a log with two faces, and one of
// four witnesses signs everything. Of the two branches one gets a quorum at most; the
// exchange proves the split and names the liar.
func TestInvariant03_ADishonestWitnessMakesNoSecondQuorum(t *testing.T) {
	a, b := logs(t, 20, 10)
	w := []*party{newParty(t, "w1.example/w", a), newParty(t, "w2.example/w", a), newParty(t, "w3.example/w", a)}
	public, liarKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	liar, liarVKey, err := proof.NewCosigner("liar.example/w", public)
	if err != nil {
		t.Fatal(err)
	}
	lie := func(l *cosigntest.Log) []byte {
		text := proof.Checkpoint{Origin: origin, Size: 20, Root: l.Root(20)}.Text()
		joined, err := proof.Join(l.Sign(20), proof.SignatureLine(liar, proof.Cosign(liarKey, []byte(text), 1)))
		if err != nil {
			t.Fatal(err)
		}
		return joined
	}
	keys := []string{liarVKey}
	for _, p := range w {
		keys = append(keys, p.Key())
		p.add(a, 0, 10)
	}
	quorum, err := proof.NewQuorum(keys, 3)
	if err != nil {
		t.Fatal(err)
	}
	v, _ := proof.ParseLogKey(a.VKey)
	// The log shows each honest witness, in every way, one of its branches.
	for split := range 8 {
		views := map[*cosigntest.Log]int{a: 1, b: 1} // the liar signs both
		for i := range w {
			if split>>i&1 == 0 {
				views[a]++
			} else {
				views[b]++
			}
		}
		if views[a] >= quorum.K() && views[b] >= quorum.K() {
			t.Fatalf("split %b: two quorums", split)
		}
	}
	w[0].add(a, 10, 20)
	w[1].add(a, 10, 20)
	w[2].add(b, 10, 20)
	for l, list := range map[*cosigntest.Log][]*party{a: w[:2], b: w[2:]} {
		text := lie(l)
		for _, p := range list {
			latest := string(p.Latest(origin))
			if text, err = proof.Join(text, latest[strings.LastIndex(latest, "— "):]); err != nil {
				t.Fatal(err)
			}
		}
		_, err := proof.Open(text, v, quorum)
		if (err == nil) != (l == a) {
			t.Errorf("the branch of %d witnesses: %v", len(list), err)
		}
	}
	// The liar shows the first its own branch, and later the other.
	var mu sync.Mutex
	shown := lie(a)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		rw.Write(shown)
	}))
	defer server.Close()
	w[0].peers = []Peer{{Key: liarVKey, URL: server.URL}}
	e := w[0].exchange("", w[1])
	e.Round(t.Context())
	if w[0].stopped() {
		t.Fatal("stopped, though all that it was shown is of one tree")
	}
	mu.Lock()
	shown = lie(b)
	mu.Unlock()
	e.Round(t.Context())
	if !w[0].stopped() {
		t.Fatal("the other branch was shown, and the witness goes on")
	}
	papers, err := w[0].Testimony(origin, 10)
	if err != nil || len(papers) == 0 {
		t.Fatal(err)
	}
	envelope, err := paper.ParseEnvelope(papers[0])
	if err != nil {
		t.Fatal(err)
	}
	var s testimony.Split
	if err := envelope.Open(testimony.SplitType, &s); err != nil {
		t.Fatal(err)
	}
	f, err := s.Judge(v, quorum)
	if err != nil || !f.Proven || fmt.Sprint(f.Both) != "[liar.example/w]" {
		t.Errorf("%+v, %v", f, err)
	}
}

// TestADishonestPeerCannotStopAWitness: nonsense, other keys, the old, too much, slowly.
func TestADishonestPeerCannotStopAWitness(t *testing.T) {
	a, _ := logs(t, 40, 10)
	thief := cosigntest.New(t, origin)
	thief.Grow(40, "other")
	w1, w2 := newParty(t, "w1.example/w", a), newParty(t, "w2.example/w", a)
	w1.add(a, 0, 20)
	w2.add(a, 0, 30)
	good := w2.Latest(origin)
	answer := good
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/mirror/") {
			rw.Write(make([]byte, 32))
			return
		}
		rw.Write(answer)
	}))
	defer server.Close()
	w2.server.Close()
	w2.server = server
	truth := httptest.NewServer(a)
	defer truth.Close()
	e := w1.exchange(truth.URL, w2)
	e.Round(t.Context())
	if st := e.Standings()[0]; st.Size != 30 || !st.Open.IsZero() || w1.stopped() {
		t.Fatalf("%+v", st)
	}
	for name, body := range map[string][]byte{
		"nothing": {}, "nonsense": []byte("hello\n"), "another log": thief.Sign(40), "only the log": a.Sign(40),
		"own checkpoint": w1.Latest(origin), "endless": make([]byte, mostNote+10), "spoiled": append(good[:len(good)-20:len(good)-20], "AAAAAAAAAAAAAAAAAAA\n"...),
	} {
		answer = body
		e.Round(t.Context())
		st := e.Standings()[0]
		if w1.stopped() || st.Size != 30 || st.Fault == "" {
			t.Errorf("%s: stopped %v, %+v", name, w1.stopped(), st)
		}
	}
	w1.add(a, 20, 40)
}

// TestRecollect: who has a later word of ours tells, and the state is not used.
func TestRecollect(t *testing.T) {
	a, _ := logs(t, 40, 10)
	w1, w2 := newParty(t, "w1.example/w", a), newParty(t, "w2.example/w", a)
	w1.add(a, 0, 10)
	older := t.TempDir()
	w1.Close()
	copyDir(t, older, w1.dir)
	backup := t.TempDir()
	copyDir(t, backup, w1.dir)
	w1.open()
	time.Sleep(1100 * time.Millisecond) // another second for another cosignature
	w1.add(a, 10, 30)
	w2.add(a, 0, 10)
	w2.exchange("", w1).Round(t.Context())
	if asked, unreached, err := w1.exchange("", w2).Recollect(t.Context()); err != nil || asked != 1 || unreached != 0 {
		t.Fatal(asked, unreached, err)
	}
	w1.Close()
	w1.dir = older
	w1.open()
	if _, _, err := w1.exchange("", w2).Recollect(t.Context()); err == nil || !w1.stopped() {
		t.Errorf("%v, stopped %v", err, w1.stopped())
	}
	// One that could not be asked at the start is asked in a round.
	if err := os.RemoveAll(older); err != nil {
		t.Fatal(err)
	}
	w1.Close()
	copyDir(t, older, backup)
	w1.open()
	w1.exchange("", w2).Round(t.Context())
	if !w1.stopped() {
		t.Error("a round did not find the later word")
	}
	w2.server.Close()
	if _, unreached, err := w1.exchange("", w2).Recollect(t.Context()); err != nil || unreached != 1 {
		t.Errorf("%d, %v", unreached, err)
	}
}

// TestNoRedirects: a peer cannot send a witness elsewhere.
func TestNoRedirects(t *testing.T) {
	reached := false
	inner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer inner.Close()
	outer := httptest.NewServer(http.RedirectHandler(inner.URL, http.StatusFound))
	defer outer.Close()
	if _, err := Get(t.Context(), NewClient(), outer.URL+"/x", 100, time.Now); err == nil || reached {
		t.Errorf("%v, reached %v", err, reached)
	}
}

func copyDir(t *testing.T, to, from string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}
