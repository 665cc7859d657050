package httpd

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/pki"
)

func wordsOf(key string) i18n.Text { return i18n.Both("httpd." + key) }

// work is what stands before and behind each route: who calls, limits, the log line.
func (s *Server) work(route Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began, id := time.Now(), newID()
		counted := &counting{ResponseWriter: w}
		peer, err := pki.PeerOf(r.TLS)
		if err == nil {
			err = s.answer(counted, r, route, peer)
		}
		if err != nil {
			if fault.KindOf(err) == fault.Internal {
				s.p.Log.Error("request failed", "id", id, "route", route.Pattern, "error", fault.Text(err, i18n.EN))
			}
			if counted.status == 0 {
				WriteError(counted, id, err)
			}
		}
		s.p.Log.LogAttrs(r.Context(), slog.LevelInfo, "request",
			slog.String("id", id), slog.String("route", route.Pattern), slog.Int("status", counted.status),
			slog.String("body", peer.Body), slog.String("role", peer.Role),
			slog.Int64("in", max(r.ContentLength, 0)), slog.Int64("out", counted.n), slog.Int64("ms", time.Since(began).Milliseconds()))
	})
}

// answer runs a route's handler within its limits.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, route Route, peer pki.Name) (err error) {
	if !route.Who(peer) {
		return wrong(fault.Permission, "notYou", nil, "role", peer.Role)
	}
	if r.ContentLength > int64(route.MaxBody) {
		return wrong(fault.Limit, "body", nil, "limit", route.MaxBody)
	}
	if !s.gate.enter(peer.Body) {
		return &statusError{wrong(fault.Limit, "busy", nil), http.StatusServiceUnavailable, 1}
	}
	defer s.gate.leave(peer.Body)
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	ctx, cancel := context.WithTimeout(context.WithValue(r.Context(), peerKey{}, peer), s.p.Config.Time)
	defer cancel()
	r = r.WithContext(ctx)
	r.Body = http.MaxBytesReader(w, r.Body, int64(route.MaxBody))
	if route.MaxBody == 0 { // also when its length was not told
		if _, err := io.CopyN(io.Discard, r.Body, 1); err != io.EOF {
			return wrong(fault.Limit, "body", err, "limit", 0)
		}
	}
	defer func() {
		if p := recover(); p != nil {
			s.p.Log.Error("a handler panicked", "route", route.Pattern, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = wrong(fault.Internal, "internal", nil)
		}
	}()
	return route.Do(w, r)
}

// counting notes what was answered.
type counting struct {
	http.ResponseWriter
	status int
	n      int64
}

// WriteHeader notes the status.
func (c *counting) WriteHeader(status int) {
	if c.status == 0 {
		c.status = status
	}
	c.ResponseWriter.WriteHeader(status)
}

// Write counts.
func (c *counting) Write(p []byte) (int, error) {
	if c.status == 0 {
		c.status = http.StatusOK
	}
	n, err := c.ResponseWriter.Write(p)
	c.n += int64(n)
	return n, err
}

// Unwrap is for http.ResponseController.
func (c *counting) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// gate bounds what is worked on, in all and for one body, so that a body that floods
// makes itself wait, and nobody else.
type gate struct {
	mu      sync.Mutex
	all     int
	by      map[string]int // by body; only those above zero
	most    int
	perBody int
}

func newGate(most, perBody int) *gate {
	return &gate{by: map[string]int{}, most: most, perBody: perBody}
}

func (g *gate) enter(body string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.all >= g.most || g.by[body] >= g.perBody {
		return false
	}
	g.all++
	g.by[body]++
	return true
}

func (g *gate) leave(body string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.all--
	if g.by[body]--; g.by[body] == 0 {
		delete(g.by, body)
	}
}

// door accepts a bounded number of connections, in all and from one address, and closes
// those beyond at once.
type door struct {
	net.Listener
	gate *gate
}

func newDoor(l net.Listener, most, perAddress int) *door {
	return &door{Listener: l, gate: newGate(most, perAddress)}
}

// Accept gives the next connection that there is room for.
func (d *door) Accept() (net.Conn, error) {
	for {
		c, err := d.Listener.Accept()
		if err != nil {
			return nil, err
		}
		host, _, _ := net.SplitHostPort(c.RemoteAddr().String())
		if d.gate.enter(host) {
			return &held{Conn: c, leave: func() { d.gate.leave(host) }}, nil
		}
		_ = c.Close() // nobody is listened to
	}
}

// held is a connection that makes room when it is closed.
type held struct {
	net.Conn
	once  sync.Once
	leave func()
}

// Close closes the connection, and makes room once.
func (h *held) Close() error {
	h.once.Do(h.leave)
	return h.Conn.Close()
}
