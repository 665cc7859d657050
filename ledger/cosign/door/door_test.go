package door

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/transparency-dev/formats/log"
	formatnote "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"

	"github.com/noroshi-acd/noroshi/internal/obs"
	"github.com/noroshi-acd/noroshi/ledger/cosign"
	"github.com/noroshi-acd/noroshi/ledger/cosign/cosigntest"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

const origin = "ledger.example/acts"

// house is a witness behind a door.
type house struct {
	*Door
	vkey string
	log  *cosigntest.Log
}

func newHouse(t *testing.T, limits Limits) *house {
	t.Helper()
	l := cosigntest.New(t, origin)
	l.Grow(400, "leaf")
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, vkey, err := proof.NewCosigner("w.example/1", public)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := cosign.Create(dir, vkey); err != nil {
		t.Fatal(err)
	}
	w, err := cosign.Open(cosign.Config{Dir: dir, Name: "w.example/1", Key: key, Logs: []string{l.VKey}, Clock: func() (time.Time, error) { return time.Now(), nil }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return &house{New(Config{Witness: w, Limits: limits, Now: time.Now, Log: slog.New(slog.DiscardHandler), Count: obs.NewRegistry()}), vkey, l}
}

// post asks as somebody at an address does.
func (h *house) post(from string, body []byte) *http.Response {
	r := httptest.NewRequest("POST", "/add-checkpoint", bytes.NewReader(body))
	r.RemoteAddr = from
	w := httptest.NewRecorder()
	h.Handler().ServeHTTP(w, r)
	return w.Result()
}

func text(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestAClientOfTheProtocolIsServed: another implementation's client code reads what the
// door answers, over a real connection.
func TestAClientOfTheProtocolIsServed(t *testing.T) {
	h := newHouse(t, DefaultLimits())
	listen, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := h.Server()
	go server.Serve(h.Listen(listen))
	defer server.Shutdown(context.Background())
	base := "http://" + listen.Addr().String()
	signed := h.log.Sign(100)
	resp, err := http.Post(base+"/add-checkpoint", "", strings.NewReader("old 0\n\n"+string(signed)))
	if err != nil || resp.StatusCode != 200 {
		t.Fatal(resp, err)
	}
	answer := text(t, resp)
	v, err := formatnote.NewVerifierForCosignatureV1(h.vkey)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := note.NewVerifier(h.log.VKey)
	if err != nil {
		t.Fatal(err)
	}
	cp, _, n, err := log.ParseCheckpoint(append(signed, answer...), origin, ours, v)
	if err != nil || cp.Size != 100 || len(n.Sigs) != 2 {
		t.Fatalf("%+v, %+v, %v", cp, n, err)
	}
	stamp, err := formatnote.CoSigV1Timestamp(n.Sigs[1])
	if err != nil || time.Since(stamp).Abs() > time.Minute {
		t.Errorf("%v, %v", stamp, err)
	}
	resp, err = http.Post(base+"/add-checkpoint", "", bytes.NewReader(h.log.Request(50, 120)))
	if err != nil || resp.StatusCode != 409 || resp.Header.Get("Content-Type") != "text/x.tlog.size" || text(t, resp) != "100\n" {
		t.Errorf("%+v, %v", resp, err)
	}
	resp, err = http.Get(base + "/" + cosign.OriginHash(origin) + "/checkpoint")
	if err != nil || resp.StatusCode != 200 {
		t.Fatal(resp, err)
	}
	if _, _, n, err := log.ParseCheckpoint([]byte(text(t, resp)), origin, ours, v); err != nil || len(n.Sigs) != 2 {
		t.Error(err)
	}
	for path, want := range map[string]int{
		"/" + cosign.OriginHash("nobody") + "/checkpoint": 404, "/add-checkpoint": 404, "/" + cosign.OriginHash(origin) + "/testimony": 404,
		"/" + cosign.OriginHash(origin) + "/anchor": 404, "/" + cosign.OriginHash(origin) + "/seen/..": 404, "/mirror/" + cosign.OriginHash(origin) + "/tile/0/000": 404,
	} {
		resp, err := http.Get(base + path)
		if err != nil || resp.StatusCode != want {
			t.Errorf("%s: %v, %v", path, resp, err)
		}
	}
}

// TestAFloodDoesNotDisarm: a thousand strangers ask without pause, with everything that
// costs most; the log goes on, within its time.
func TestAFloodDoesNotDisarm(t *testing.T) {
	limits := DefaultLimits()
	limits.Wait = 100 * time.Millisecond
	h := newHouse(t, limits)
	if r := h.post("192.0.2.1:1", h.log.Request(0, 10)); r.StatusCode != 200 {
		t.Fatal(text(t, r))
	}
	bad := [][]byte{
		(&proof.Request{Old: 10, Note: h.log.Sign(300)}).Marshal(), // signed, without proof
		h.log.Request(0, 10),
		bytes.Repeat([]byte("x"), proof.MaxRequest),
		bytes.Repeat([]byte("x"), proof.MaxRequest+1),
		[]byte("old 10\n\n" + origin + "\n11\n" + strings.Repeat("A", 60000)),
	}
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var asked, busy atomic.Int64
	for i := range 64 {
		wg.Go(func() {
			for n := i; ctx.Err() == nil; n += 64 {
				r := h.post(fmt.Sprintf("198.51.%d.%d:1", n/250%250, n%250), bad[n%len(bad)])
				asked.Add(1)
				if r.StatusCode == 429 {
					busy.Add(1)
				}
			}
		})
	}
	var slowest time.Duration
	for size := int64(11); size <= 40; size++ {
		began := time.Now()
		r := h.post("192.0.2.1:1", h.log.Request(size-1, size))
		if took := time.Since(began); took > slowest {
			slowest = took
		}
		if r.StatusCode != 200 {
			t.Fatalf("size %d: %s", size, text(t, r))
		}
	}
	stop()
	wg.Wait()
	t.Logf("beside %d hostile requests (%d turned away) the slowest cosignature took %v", asked.Load(), busy.Load(), slowest)
	if st, _ := h.c.Witness.Status(origin); st.Stopped != nil || st.Size != 40 {
		t.Errorf("%+v", st)
	}
}

// TestOneAddressHasItsBound, and IPv6 counts by the network that one subscriber has.
func TestOneAddressHasItsBound(t *testing.T) {
	limits := DefaultLimits()
	limits.Rate, limits.Burst = 1, 5
	h := newHouse(t, limits)
	count := func(from func(i int) string) (busy int) {
		for i := range 50 {
			if h.post(from(i), []byte("x")).StatusCode == 429 {
				busy++
			}
		}
		return busy
	}
	if n := count(func(int) string { return "192.0.2.7:1" }); n < 44 {
		t.Errorf("one address was turned away %d times of 50", n)
	}
	if n := count(func(i int) string { return fmt.Sprintf("[2001:db8::%x]:1", i) }); n < 44 {
		t.Errorf("one /64 was turned away %d times of 50", n)
	}
	if n := count(func(i int) string { return fmt.Sprintf("[2001:db8:0:%x::1]:1", i+1) }); n != 0 {
		t.Errorf("fifty networks were turned away %d times", n)
	}
	limits.Always = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	h = newHouse(t, limits)
	if n := count(func(int) string { return "192.0.2.7:1" }); n != 0 {
		t.Errorf("a known network was turned away %d times", n)
	}
}

// TestMemoryOfAddressesIsBounded: strangers are forgotten, the known are not.
func TestMemoryOfAddressesIsBounded(t *testing.T) {
	b := newBuckets(Limits{Rate: 1, Burst: 2, Addresses: 100, Known: time.Hour})
	now := time.Unix(1_800_000_000, 0)
	log := netip.MustParseAddr("192.0.2.1")
	b.know(log, now)
	for i := range 10_000 {
		b.take(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), now)
	}
	if len(b.table) != 100 || b.queue.Len() != 100 {
		t.Errorf("%d addresses are kept, the bound is 100", len(b.table))
	}
	if !b.isKnown(log, now.Add(59*time.Minute)) || b.isKnown(log, now.Add(time.Hour)) {
		t.Error("the log is forgotten too early or too late")
	}
	for i := range 200 { // all known: still bounded
		b.know(netip.AddrFrom4([4]byte{172, 16, 0, byte(i)}), now)
	}
	if len(b.table) != 100 {
		t.Errorf("%d addresses are kept", len(b.table))
	}
}

// TestConnectionsAreBounded: an address that holds many open gets no more, another does.
func TestConnectionsAreBounded(t *testing.T) {
	limits := DefaultLimits()
	limits.PerAddress = 4
	h := newHouse(t, limits)
	listen, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := h.Server()
	go server.Serve(h.Listen(listen))
	defer server.Close()
	var held []net.Conn
	for range 4 {
		c, err := net.Dial("tcp", listen.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		held = append(held, c)
	}
	alive := func(from string) bool {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
		c, err := d.Dial("tcp", listen.Addr().String())
		if err != nil {
			return false
		}
		defer c.Close()
		fmt.Fprintf(c, "GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
		c.SetReadDeadline(time.Now().Add(5 * time.Second))
		n, _ := c.Read(make([]byte, 10))
		return n > 0
	}
	if alive("127.0.0.1") {
		t.Error("a fifth connection was served")
	}
	if !alive("127.0.0.2") {
		t.Error("another address was not served")
	}
	held[0].Close()
	for end := time.Now().Add(5 * time.Second); !alive("127.0.0.1"); {
		if time.Now().After(end) {
			t.Fatal("the room of a closed connection is not given back")
		}
	}
}
