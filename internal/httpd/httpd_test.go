package httpd_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/httpd"
	"github.com/noroshi-acd/noroshi/internal/obs"
	"github.com/noroshi-acd/noroshi/internal/pki"
	"github.com/noroshi-acd/noroshi/internal/run/runtest"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func now() time.Time { return noon }

func authority(t *testing.T, body string) *pki.Authority {
	t.Helper()
	a, err := pki.NewAuthority(body, noon.Add(-time.Hour), 0)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func identity(t *testing.T, a *pki.Authority, role, machine string) *pki.Identity {
	t.Helper()
	i, err := a.Issue(pki.Name{Body: a.Body, Role: role, Machine: machine}, []string{"127.0.0.1"}, noon, 0)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// stage is a commission's server with callers of two bodies.
type stage struct {
	t          *testing.T
	commission *pki.Authority
	agency     *pki.Authority
	server     *pki.Identity
	hub        *pki.Identity
	peers      atomic.Pointer[pki.Peers]
	log        *lines
	address    string
	stop       func() error
	closers    []func()
}

// lines is a log that can be read while it is written.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func small() httpd.Config {
	c := httpd.DefaultConfig()
	c.Listen, c.HeaderTime, c.StopTime = "127.0.0.1:0", 2*time.Second, 5*time.Second
	return c
}

// begin starts a server with these routes.
func begin(t *testing.T, c httpd.Config, routes ...httpd.Route) *stage {
	t.Helper()
	runtest.Leaks(t)
	s := &stage{t: t, commission: authority(t, "commission"), agency: authority(t, "agency"), log: &lines{}}
	s.server, s.hub = identity(t, s.commission, "commission", "c1"), identity(t, s.agency, "hub", "h1")
	s.peers.Store(&pki.Peers{
		"commission": {Authorities: caOf(s.commission), Roles: []string{"commission", "member"}},
		"agency":     {Authorities: caOf(s.agency), Roles: []string{"hub"}},
	})
	server, err := httpd.New(httpd.Parts{
		Config: c, Own: func() *pki.Identity { return s.server }, Peers: func() pki.Peers { return *s.peers.Load() },
		Routes: routes, Log: obs.NewLogger(s.log, slog.LevelDebug, false), Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx, func() {}) }()
	s.address = server.Address(ctx)
	var once sync.Once
	var ended error
	s.stop = func() error {
		once.Do(func() { cancel(); ended = <-done })
		return ended
	}
	t.Cleanup(func() {
		for _, f := range s.closers {
			f()
		}
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func caOf(a *pki.Authority) []*x509.Certificate { return []*x509.Certificate{a.Certificate} }

// call makes a client that shows an identity.
func (s *stage) call(i *pki.Identity) *http.Client {
	c := httpd.Client(func() *pki.Identity { return i }, func() pki.Peers { return *s.peers.Load() }, pki.Name{Body: "commission", Role: "commission", Machine: "c1"}, now, 20*time.Second)
	s.closers = append(s.closers, c.CloseIdleConnections)
	return c
}

// ask makes a request and gives status and answer.
func (s *stage) ask(c *http.Client, method, path string, body io.Reader) (int, string, error) {
	r, err := http.NewRequest(method, "https://"+s.address+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	a, err := c.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	return a.StatusCode, string(text), err
}

func echo(w http.ResponseWriter, r *http.Request) error {
	text, err := httpd.Body(r)
	if err != nil {
		return err
	}
	return httpd.Answer(w, http.StatusOK, map[string]string{"peer": httpd.Peer(r.Context()).String(), "text": string(text)})
}

func routes() []httpd.Route {
	return []httpd.Route{
		{Pattern: "POST /v1/echo/{id}", Who: pki.Roles("hub", "member"), MaxBody: 1000, Do: echo},
		{Pattern: "GET /v1/votes", Who: pki.Roles("member"), Do: echo},
		{Pattern: "GET /v1/panic", Who: pki.Roles("hub"), Do: func(http.ResponseWriter, *http.Request) error { panic("in the handler") }},
		{Pattern: "GET /v1/broken", Who: pki.Roles("hub"), Do: func(http.ResponseWriter, *http.Request) error {
			return errors.New("the secret cause")
		}},
	}
}

// Who gets through, and who does not, with real certificates.
func TestWhoGetsThrough(t *testing.T) {
	s := begin(t, small(), routes()...)
	stranger := authority(t, "stranger")
	forged := *stranger // its own key, and the agency's name
	forged.Body = "agency"
	other := *s.commission // the commission's authority speaks for the agency
	other.Body = "agency"
	old, err := s.agency.Issue(pki.Name{Body: "agency", Role: "hub", Machine: "h1"}, nil, noon.Add(-30*time.Hour), 20*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	early, err := s.agency.Issue(pki.Name{Body: "agency", Role: "hub", Machine: "h1"}, nil, noon.Add(time.Hour), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		who    *pki.Identity
		status int // 0: not even the handshake
	}{
		{"the hub", s.hub, 200},
		{"a member", identity(t, s.commission, "member", "m1"), 200},
		{"unknown body", identity(t, stranger, "hub", "h1"), 0},
		{"a stranger under the agency's name", identity(t, &forged, "hub", "h1"), 0},
		{"the commission's authority under the agency's name", identity(t, &other, "hub", "h1"), 0},
		{"ended", old, 0},
		{"not begun", early, 0},
		{"a role that the root does not give to the body", identity(t, s.agency, "member", "m1"), 0},
		{"a role of the body that no route lets in", identity(t, s.commission, "commission", "c2"), 0},
	} {
		status, text, err := s.ask(s.call(tt.who), "POST", "/v1/echo/7", strings.NewReader("hello"))
		if status != tt.status || tt.status == 0 && err == nil {
			t.Errorf("%s: status %d (%v), want %d: %s", tt.name, status, err, tt.status, text)
		}
		if status == 200 && !strings.Contains(text, tt.who.Name.String()) {
			t.Errorf("%s is taken for %s", tt.name, text)
		}
	}
	// Without a certificate, in the clear, and in an older version.
	bare := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	if status, _, err := s.ask(bare, "POST", "/v1/echo/7", nil); err == nil {
		t.Errorf("without a certificate: %d", status)
	}
	c, err := tls.Dial("tcp", s.address, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12})
	if err == nil {
		_ = c.Close()
		t.Error("TLS 1.2 is spoken")
	}
	if a, err := http.Get("http://" + s.address + "/healthz"); err == nil {
		if _ = a.Body.Close(); a.StatusCode != http.StatusBadRequest {
			t.Errorf("in the clear: %s", a.Status)
		}
	}
	// A peer that is not who the client calls.
	wrong := httpd.Client(func() *pki.Identity { return s.hub }, func() pki.Peers { return *s.peers.Load() }, pki.Name{Body: "commission", Role: "commission", Machine: "c9"}, now, 5*time.Second)
	if status, _, err := s.ask(wrong, "POST", "/v1/echo/7", nil); err == nil {
		t.Errorf("a server under another name answers %d", status)
	}
	for _, bad := range []string{"127.0.0.1:", "::1"} {
		if strings.Contains(strings.ReplaceAll(s.log.String(), s.address, ""), bad) {
			t.Errorf("the log names addresses:\n%s", s.log)
		}
	}
}

// A pin that is taken back, and a renewed identity, count from the next connection.
func TestPinsAreAskedEachTime(t *testing.T) {
	s := begin(t, small(), routes()...)
	if status, _, err := s.ask(s.call(s.hub), "POST", "/v1/echo/7", nil); status != 200 {
		t.Fatal(status, err)
	}
	peers := pki.Peers{"commission": (*s.peers.Load())["commission"]}
	s.peers.Store(&peers)
	if status, _, err := s.ask(s.call(s.hub), "POST", "/v1/echo/7", nil); err == nil {
		t.Errorf("after the pin was taken back: %d", status)
	}
}

func TestRoutes(t *testing.T) {
	s := begin(t, small(), routes()...)
	hub := s.call(s.hub)
	for _, tt := range []struct {
		method, path string
		body         io.Reader
		status       int
		says         string
	}{
		{"POST", "/v1/echo/7", strings.NewReader(strings.Repeat("x", 1000)), 200, "xxx"},
		{"POST", "/v1/echo/7", strings.NewReader(strings.Repeat("x", 1001)), 413, "1,000"},
		{"POST", "/v1/echo/7", io.MultiReader(strings.NewReader(strings.Repeat("x", 5000))), 413, "1,000"}, // of untold length
		{"GET", "/v1/votes", nil, 403, "hub"},
		{"GET", "/v1/votes", io.MultiReader(strings.NewReader("x")), 403, "hub"},
		{"GET", "/v1/echo/7", nil, 404, "nothing"},
		{"GET", "/v2", nil, 404, "nothing"},
		{"GET", "/v1/panic", nil, 500, "request"},
		{"GET", "/v1/broken", nil, 500, "request"},
		{"GET", "/v1/broken", io.MultiReader(strings.NewReader("x")), 413, "0"},
		{"GET", "/healthz", nil, 200, "ok"},
	} {
		status, text, err := s.ask(hub, tt.method, tt.path, tt.body)
		if err != nil || status != tt.status || !strings.Contains(text, tt.says) {
			t.Errorf("%s %s: %d %q (%v), want %d with %q", tt.method, tt.path, status, text, err, tt.status, tt.says)
			continue
		}
		if strings.Contains(text, "secret") || strings.Contains(text, "in the handler") {
			t.Errorf("%s %s tells strangers %q", tt.method, tt.path, text)
		}
		var r httpd.Refusal
		if status >= 400 {
			if err := json.Unmarshal([]byte(text), &r); err != nil || r.Message.JA == "" || r.Message.EN == "" || r.Hint.JA == "" || r.Request == "" {
				t.Errorf("%s %s: the refusal is %q (%v)", tt.method, tt.path, text, err)
			}
		}
	}
	for _, want := range []string{"the secret cause", "in the handler", `route="GET /v1/broken" status=500 body=agency role=hub`} {
		if !strings.Contains(s.log.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, s.log)
		}
	}
	if strings.Contains(s.log.String(), "/v1/echo/7") {
		t.Errorf("the log names what was asked for:\n%s", s.log)
	}
}

// A browser that bears a certificate cannot be sent here by another page.
func TestNoOtherOrigin(t *testing.T) {
	s := begin(t, small(), routes()...)
	r, err := http.NewRequest("POST", "https://"+s.address+"/v1/echo/7", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	a, err := s.call(s.hub).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if _ = a.Body.Close(); a.StatusCode != http.StatusForbidden {
		t.Errorf("from another origin: %s", a.Status)
	}
}

// A head that is too long or too slow ends the connection; others are served meanwhile.
func TestSlowAndLong(t *testing.T) {
	c := small()
	c.HeaderTime = 300 * time.Millisecond
	c.Time = 600 * time.Millisecond
	s := begin(t, c, routes()...)
	dial := func() *tls.Conn {
		t.Helper()
		config := pki.Client(func() *pki.Identity { return s.hub }, func() pki.Peers { return *s.peers.Load() }, pki.Name{Body: "commission", Role: "commission", Machine: "c1"}, now)
		c, err := tls.Dial("tcp", s.address, config)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		_ = c.SetDeadline(time.Now().Add(10 * time.Second))
		return c
	}
	long := dial()
	_, _ = fmt.Fprintf(long, "GET /healthz HTTP/1.1\r\nHost: x\r\nX: %s\r\n\r\n", strings.Repeat("y", 64<<10))
	if text, _ := io.ReadAll(long); !bytes.Contains(text, []byte("431")) {
		t.Errorf("a head of 64 KiB: %q", text)
	}
	for name, head := range map[string]string{
		"a head that does not end": "GET /healthz HTTP/1.1\r\nHost: x\r\n",
		"a body that does not end": "POST /v1/echo/7 HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc",
		"silence":                  "",
	} {
		began := time.Now()
		slow := dial()
		_, _ = io.WriteString(slow, head)
		if status, _, err := s.ask(s.call(s.hub), "GET", "/healthz", nil); status != 200 {
			t.Errorf("beside %s: %d %v", name, status, err)
		}
		if _, err := io.ReadAll(slow); errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 8*time.Second {
			t.Errorf("%s is held for %s (%v)", name, time.Since(began), err)
		}
	}
	raw, err := net.Dial("tcp", s.address) // no handshake at all
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	_ = raw.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.ReadAll(raw); err != nil && !errors.Is(err, net.ErrClosed) && strings.Contains(err.Error(), "timeout") {
		t.Errorf("a connection without a handshake is held: %v", err)
	}
}

// A body that floods makes itself wait, and not the others.
func TestAFloodWaitsAlone(t *testing.T) {
	c := small()
	c.AtWork, c.PerBody = 4, 2
	hold, entered := make(chan struct{}), make(chan struct{}, 8)
	s := begin(t, c, httpd.Route{Pattern: "GET /wait", Who: pki.Roles("hub"), Do: func(w http.ResponseWriter, r *http.Request) error {
		entered <- struct{}{}
		<-hold
		return httpd.Answer(w, 200, "done")
	}}, httpd.Route{Pattern: "GET /quick", Who: pki.Roles("member", "hub"), Do: func(w http.ResponseWriter, r *http.Request) error {
		return httpd.Answer(w, 200, "done")
	}})
	hub, member := s.call(s.hub), s.call(identity(t, s.commission, "member", "m1"))
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			if status, _, err := s.ask(hub, "GET", "/wait", nil); status != 200 {
				t.Errorf("one that waited: %d %v", status, err)
			}
		})
		<-entered
	}
	if status, text, err := s.ask(s.call(s.hub), "GET", "/quick", nil); status != http.StatusServiceUnavailable {
		t.Errorf("the third of the same body: %d %s %v", status, text, err)
	}
	if status, _, err := s.ask(member, "GET", "/quick", nil); status != 200 {
		t.Errorf("another body: %d %v", status, err)
	}
	close(hold)
	group.Wait()
	if status, _, err := s.ask(hub, "GET", "/quick", nil); status != 200 {
		t.Errorf("after the flood: %d %v", status, err)
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	c := small()
	c.Connections, c.PerAddress, c.HeaderTime = 3, 3, 5*time.Second
	s := begin(t, c, routes()...)
	var idle []net.Conn
	for range 3 {
		n, err := net.Dial("tcp", s.address)
		if err != nil {
			t.Fatal(err)
		}
		idle = append(idle, n)
	}
	time.Sleep(50 * time.Millisecond) // accepted
	if status, _, err := s.ask(s.call(s.hub), "GET", "/healthz", nil); err == nil {
		t.Errorf("beyond the bound: %d", status)
	}
	_ = idle[0].Close()
	deadline := time.Now().Add(5 * time.Second)
	for {
		if status, _, _ := s.ask(s.call(s.hub), "GET", "/healthz", nil); status == 200 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a closed connection made no room")
		}
		time.Sleep(20 * time.Millisecond)
	}
	for _, n := range idle {
		_ = n.Close()
	}
}

// Told to stop, the server lets work end, and takes no new.
func TestStop(t *testing.T) {
	for name, tt := range map[string]struct {
		limit, work time.Duration
		whole       bool
	}{
		"work ends":   {5 * time.Second, 200 * time.Millisecond, true},
		"work is cut": {100 * time.Millisecond, 3 * time.Second, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := small()
			c.StopTime = tt.limit
			entered := make(chan struct{})
			s := begin(t, c, httpd.Route{Pattern: "GET /work", Who: pki.Roles("hub"), Do: func(w http.ResponseWriter, r *http.Request) error {
				close(entered)
				select {
				case <-time.After(tt.work):
				case <-r.Context().Done():
					return r.Context().Err()
				}
				return httpd.Answer(w, 200, "done")
			}})
			got := make(chan int, 1)
			hub := s.call(s.hub)
			go func() {
				status, _, _ := s.ask(hub, "GET", "/work", nil)
				got <- status
			}()
			<-entered
			began := time.Now()
			if err := s.stop(); err != nil {
				t.Error(err)
			}
			if status := <-got; (status == 200) != tt.whole {
				t.Errorf("the work at the stop: status %d, want it whole: %v", status, tt.whole)
			}
			if !tt.whole && time.Since(began) > 2*time.Second {
				t.Errorf("the stop took %s", time.Since(began))
			}
			if status, _, err := s.ask(s.call(s.hub), "GET", "/healthz", nil); err == nil {
				t.Errorf("after the stop: %d", status)
			}
		})
	}
}

func TestHealthOnLoopback(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free := l.Addr().String()
	_ = l.Close()
	c := small()
	c.Health = free
	s := begin(t, c, routes()...)
	_ = s
	for path, want := range map[string]int{"/healthz": 200, "/v1/echo/7": 404, "/": 404} {
		a, err := http.Get("http://" + free + path)
		if err != nil {
			t.Fatal(err)
		}
		if _ = a.Body.Close(); a.StatusCode != want {
			t.Errorf("%s: %s, want %d", path, a.Status, want)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestUnwell(t *testing.T) {
	a := authority(t, "commission")
	i := identity(t, a, "commission", "c1")
	p := httpd.Parts{Config: small(), Own: func() *pki.Identity { return i }, Peers: func() pki.Peers {
		return pki.Peers{"commission": {Authorities: caOf(a), Roles: []string{"commission"}}}
	}, Routes: []httpd.Route{{Pattern: "GET /x", Who: pki.Roles("commission"), Do: echo}}, Now: now,
		Healthy: func(context.Context) error { return errors.New("the disk is full of secrets") }, Log: slog.New(slog.DiscardHandler)}
	s, err := httpd.New(p)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, func() {}) }()
	client := httpd.Client(p.Own, p.Peers, i.Name, now, 5*time.Second)
	answer, err := client.Get("https://" + s.Address(ctx) + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if answer.StatusCode != 503 || strings.Contains(string(text), "secrets") {
		t.Errorf("unwell: %s %s", answer.Status, text)
	}
	client.CloseIdleConnections()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestNewRefuses(t *testing.T) {
	good := httpd.Route{Pattern: "GET /x", Who: pki.Roles("hub"), Do: echo}
	for name, spoil := range map[string]func(*httpd.Config, *httpd.Route){
		"nobody may":      func(_ *httpd.Config, r *httpd.Route) { r.Who = nil },
		"no method":       func(_ *httpd.Config, r *httpd.Route) { r.Pattern = "/x" },
		"no handler":      func(_ *httpd.Config, r *httpd.Route) { r.Do = nil },
		"too large":       func(c *httpd.Config, r *httpd.Route) { r.MaxBody = c.MaxBody + 1 },
		"public health":   func(c *httpd.Config, _ *httpd.Route) { c.Health = "0.0.0.0:9" },
		"named health":    func(c *httpd.Config, _ *httpd.Route) { c.Health = "example.org:9" },
		"no port":         func(c *httpd.Config, _ *httpd.Route) { c.Listen = "127.0.0.1" },
		"no time":         func(c *httpd.Config, _ *httpd.Route) { c.Time = 0 },
		"more than there": func(c *httpd.Config, _ *httpd.Route) { c.PerBody = c.AtWork + 1 },
	} {
		c, r := small(), good
		spoil(&c, &r)
		if _, err := httpd.New(httpd.Parts{Config: c, Routes: []httpd.Route{r}, Log: slog.Default(), Now: now}); err == nil || fault.Hint(err) == "" {
			t.Errorf("%s: %v, want it refused with a hint", name, err)
		}
	}
	if c := httpd.DefaultConfig(); len(c.Validate()) > 0 || !strings.HasPrefix(c.Listen, "127.0.0.1:") {
		t.Errorf("the defaults: %v %v", c, c.Validate())
	}
}
