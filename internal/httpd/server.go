package httpd

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/pki"
)

// Parts is what a server is made of.
type Parts struct {
	Config  Config
	Own     func() *pki.Identity // asked at each connection, so that a renewal needs no restart
	Peers   func() pki.Peers     // asked at each connection: the trust root in force
	Routes  []Route
	Healthy func(context.Context) error // nil when the service works; nil itself: always
	Log     *slog.Logger
	Now     func() time.Time
}

// Server serves one service. It is made inert and run once.
type Server struct {
	p    Parts
	mux  *http.ServeMux
	gate *gate
	at   chan net.Addr // where it listens, once
}

// New makes a server. It refuses a configuration that cannot be, and routes that name
// no method, or nobody who may take them, or more than the most that is read.
func New(p Parts) (*Server, error) {
	if list := p.Config.Validate(); len(list) > 0 {
		return nil, fault.Said(fault.Error{Kind: fault.Invalid, Place: fault.Place{Field: list[0].Key, Offset: -1}}, wordsOf("op"), list[0].What, wordsOf("hint.config"))
	}
	s := &Server{p: p, mux: http.NewServeMux(), gate: newGate(p.Config.AtWork, p.Config.PerBody), at: make(chan net.Addr, 1)}
	for _, r := range p.Routes {
		if r.Who == nil || r.Do == nil || method(r.Pattern) == "" || r.MaxBody < 0 || r.MaxBody > p.Config.MaxBody {
			return nil, wrong(fault.Internal, "route", nil, "pattern", r.Pattern)
		}
		s.mux.Handle(r.Pattern, s.work(r))
	}
	s.mux.Handle("GET /healthz", s.work(Route{Pattern: "GET /healthz", Who: s.anyone, Do: s.health}))
	s.mux.Handle("/", s.work(Route{Pattern: "/", Who: s.anyone, MaxBody: p.Config.MaxBody, Do: func(http.ResponseWriter, *http.Request) error {
		return wrong(fault.NotFound, "nothing", nil)
	}}))
	return s, nil
}

// anyone lets those through whom any route lets through.
func (s *Server) anyone(n pki.Name) bool {
	return slices.ContainsFunc(s.p.Routes, func(r Route) bool { return r.Who(n) })
}

// Run listens and serves until ctx is done, then stops: it takes no new request, and
// gives those that are worked on the time to end. It is a run.Part: ready is called once
// it listens. A listener that fails ends it with the error.
func (s *Server) Run(ctx context.Context, ready func()) error {
	c := s.p.Config
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return wrong(fault.Permission, "listen", err, "address", c.Listen)
	}
	server := s.server(http.NewCrossOriginProtection().Handler(s.mux))
	server.TLSConfig = pki.Server(s.p.Own, s.p.Peers, s.anyone, s.p.Now)
	running := []*http.Server{server}
	ended := make(chan error, 2)
	go func() { ended <- server.ServeTLS(newDoor(l, c.Connections, c.PerAddress), "", "") }()
	if c.Health != "" {
		h, err := net.Listen("tcp", c.Health)
		if err != nil {
			return errors.Join(wrong(fault.Permission, "listen", err, "address", c.Health), server.Close(), drain(ended, 1))
		}
		plain := s.server(http.HandlerFunc(s.plainHealth))
		running = append(running, plain)
		go func() { ended <- plain.Serve(newDoor(h, c.PerAddress, c.PerAddress)) }()
	}
	s.at <- l.Addr()
	s.p.Log.Info("listening", "address", l.Addr().String())
	ready()
	var failed error
	left := len(running)
	select {
	case <-ctx.Done():
	case failed = <-ended:
		left--
	}
	return errors.Join(failed, s.stop(running), drain(ended, left))
}

// drain waits for servers to end; that they were closed is no error.
func drain(ended <-chan error, n int) error {
	var list []error
	for range n {
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			list = append(list, err)
		}
	}
	return errors.Join(list...)
}

// stop lets what is worked on end, and then cuts it.
func (s *Server) stop(running []*http.Server) error {
	limit, cancel := context.WithTimeout(context.Background(), s.p.Config.StopTime)
	defer cancel()
	var list []error
	for _, server := range running {
		if err := server.Shutdown(limit); err != nil {
			s.p.Log.Warn("requests were cut at the stop")
			list = append(list, server.Close())
		}
	}
	return errors.Join(list...)
}

func (s *Server) server(h http.Handler) *http.Server {
	c := s.p.Config
	return &http.Server{
		Handler: h, MaxHeaderBytes: c.MaxHeader,
		ReadHeaderTimeout: c.HeaderTime, ReadTimeout: c.Time, WriteTimeout: c.Time + c.HeaderTime, IdleTimeout: c.IdleTime,
		HTTP2:    &http.HTTP2Config{MaxConcurrentStreams: c.PerBody, MaxReadFrameSize: 16 << 10, SendPingTimeout: c.HeaderTime},
		ErrorLog: slog.NewLogLogger(nameless{s.p.Log.Handler()}, slog.LevelDebug),
	}
}

// Address is where the server listens, once it does; "" when ctx ends before. It may be
// asked once.
func (s *Server) Address(ctx context.Context) string {
	select {
	case a := <-s.at:
		return a.String()
	case <-ctx.Done():
		return ""
	}
}

func (s *Server) health(w http.ResponseWriter, r *http.Request) error {
	if s.p.Healthy != nil {
		if err := s.p.Healthy(r.Context()); err != nil {
			return &statusError{wrong(fault.Limit, "unwell", err), http.StatusServiceUnavailable, 30}
		}
	}
	return Answer(w, http.StatusOK, map[string]string{"status": "ok"})
}

// plainHealth answers on loopback, to whoever watches this machine.
func (s *Server) plainHealth(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet || r.URL.Path != "/healthz" {
		http.NotFound(w, r)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.p.Config.HeaderTime)
	defer cancel()
	if err := s.health(w, r.WithContext(ctx)); err != nil {
		WriteError(w, "", err)
	}
}

// newID names a request.
func newID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// nameless passes on what the standard library says of connections, without the address
// of who called.
type nameless struct{ slog.Handler }

var address = regexp.MustCompile(`\[?[0-9a-fA-F:.]*[.:][0-9a-fA-F:.]+(%[^ \]]+)?\]?:\d+`)

// Handle takes the addresses out of a line.
func (h nameless) Handle(ctx context.Context, r slog.Record) error {
	r.Message = address.ReplaceAllString(r.Message, "(caller)")
	return h.Handler.Handle(ctx, r)
}
