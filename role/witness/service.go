package witness

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/keyfile"
	"github.com/noroshi-acd/noroshi/internal/obs"
	"github.com/noroshi-acd/noroshi/internal/run"
	"github.com/noroshi-acd/noroshi/ledger/cosign"
	"github.com/noroshi-acd/noroshi/ledger/cosign/door"
	"github.com/noroshi-acd/noroshi/ledger/cosign/exchange"
	"github.com/noroshi-acd/noroshi/ledger/cosign/mirror"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Service is a witness that runs. New makes it, and it does nothing before Run.
type Service struct {
	config   *Config
	log      *slog.Logger
	lang     i18n.Lang
	clock    *clock
	count    *obs.Registry
	witness  *cosign.Witness
	exchange *exchange.Exchange
	mirrors  map[string]*mirror.Mirror
	door     *door.Door
	plan     *plan
	client   *http.Client
	listen   net.Listener
	health   net.Listener
	begun    time.Time
	copies   copying

	hangup    <-chan os.Signal // have the trust root be looked at; nil: only every so often
	every     time.Duration
	version   atomic.Int64           // of the root that is followed
	rootFault atomic.Pointer[string] // why the root in the folder is not followed; empty: it is
	moved     atomic.Bool            // the root leads elsewhere, and the service must go on under it
}

// OpenState takes the witness's state into use without serving anything: for decisions
// and for looking. The caller MUST close it.
func OpenState(c *Config) (*cosign.Witness, error) { return openState(c, newClock(system(), c.Clock)) }

func openState(c *Config, clock *clock) (*cosign.Witness, error) {
	key, err := keyfile.Load(c.Witness.Key, func(string) ([]byte, error) {
		return nil, wrong("locked", fault.Place{Path: c.Witness.Key}, nil)
	})
	if err != nil {
		return nil, err
	}
	_, vkey, err := proof.NewCosigner(c.Witness.Name, key.Public.Key)
	if err != nil {
		return nil, wrong("name", fault.Place{Field: "witness.name"}, err)
	}
	p, err := c.plan(vkey, clock.wall())
	if err != nil {
		return nil, err
	}
	clock.lasts(p.until)
	w, err := cosign.Open(cosign.Config{Dir: c.Witness.State, Name: c.Witness.Name, Key: key.Key(), Logs: p.logs, Clock: clock.Now, AnchorWithin: c.Sealed.Within})
	if err != nil {
		return nil, wrong("state", fault.Place{Path: c.Witness.State}, err)
	}
	return w, nil
}

// New opens the state and puts the service together. log is for the operator.
func New(c *Config, l i18n.Lang, log *slog.Logger) (*Service, error) {
	return assemble(c, l, log, system())
}

func assemble(c *Config, l i18n.Lang, log *slog.Logger, s source) (_ *Service, err error) {
	w := &Service{config: c, log: log, lang: l, clock: newClock(s, c.Clock), count: obs.NewRegistry(), mirrors: map[string]*mirror.Mirror{}, client: exchange.NewClient()}
	if w.witness, err = openState(c, w.clock); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			w.Close()
		}
	}()
	if w.plan, err = c.plan(w.witness.Key(), s.wall()); err != nil {
		return nil, err
	}
	w.exchange, err = exchange.New(exchange.Config{
		Witness: w.witness, Peers: w.plan.peers, LogURLs: w.plan.logURLs, Outer: w.plan.outer, Every: c.Exchange.Every,
		Client: w.client, Now: s.wall, Log: log, Count: w.count, Offset: w.clock.Offset,
	})
	if err != nil {
		return nil, wrong("witnesses", fault.Place{Field: "peers.keys"}, err)
	}
	for _, origin := range c.Mirror.Logs {
		dir := filepath.Join(c.Mirror.Folder, cosign.OriginHash(origin))
		m, err := mirror.Open(dir, w.plan.logURLs[origin], w.witness.Verifier(origin), w.client, s.wall)
		if err != nil {
			return nil, wrong("mirror_open", fault.Place{Path: dir}, err)
		}
		w.mirrors[origin] = m
	}
	w.door = door.New(door.Config{Witness: w.witness, Mirrors: w.mirrors, Limits: c.Limits.door(), Now: s.wall, Log: log, Count: w.count})
	w.gauges()
	return w, nil
}

// Close gives the state free. It is for a service that was not run, or whose Run ended.
func (s *Service) Close() error { return s.witness.Close() }

// Key is the witness's verifier key.
func (s *Service) Key() string { return s.witness.Key() }

// Run serves until ctx is done, and then lets requests end. It refuses to begin when
// anybody shows a later word of this witness than its state knows.
func (s *Service) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, s.Close()) }()
	s.begun = s.clock.wall()
	// Before it listens: others that start at this moment are not to wait for an answer.
	if err := s.recollect(ctx); err != nil {
		return err
	}
	if err := s.bind(); err != nil {
		return err
	}
	g := &run.Group{Limit: 20 * time.Second}
	g.Add("health", s.serve(&http.Server{Handler: s.healthHandler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second}, s.health, "", ""))
	g.Add("door", s.serve(s.door.Server(), s.door.Listen(s.listen), s.config.Witness.Cert, s.config.Witness.TLSKey))
	g.Add("exchange", func(ctx context.Context, ready func()) error { ready(); return s.exchange.Run(ctx) })
	g.Add("mirrors", func(ctx context.Context, ready func()) error { ready(); return s.copy(ctx) })
	g.Add("root", func(ctx context.Context, ready func()) error { ready(); return s.follow(ctx) })
	g.Add("watch", func(ctx context.Context, ready func()) error { ready(); return s.watch(ctx) })
	s.log.Info("serving", "witness", s.witness.Key(), "address", s.listen.Addr().String(), "health", s.health.Addr().String(), "logs", len(s.plan.logs), "peers", len(s.plan.peers))
	return g.Run(ctx)
}

// bind takes the addresses.
func (s *Service) bind() (err error) {
	if s.listen, err = net.Listen("tcp", s.config.Witness.Listen); err != nil {
		return wrong("listen", fault.Place{Field: "witness.listen"}, err, "address", s.config.Witness.Listen)
	}
	if s.health, err = net.Listen("tcp", s.config.Witness.Health); err != nil {
		s.listen.Close()
		return wrong("listen", fault.Place{Field: "witness.health"}, err, "address", s.config.Witness.Health)
	}
	return nil
}

// recollect looks for later words of this witness: in its mirrors, at the peers, at the
// logs.
func (s *Service) recollect(ctx context.Context) error {
	var back *cosign.Rollback
	for origin, m := range s.mirrors {
		if text := m.Checkpoint(); text != nil {
			if _, _, err := s.witness.Look(origin, text, "the own mirror"); errors.As(err, &back) {
				return wrong("rollback", fault.Place{Path: s.config.Witness.State}, err)
			}
		}
	}
	asked, unreached, err := s.exchange.Recollect(ctx)
	if err != nil {
		return wrong("rollback", fault.Place{Path: s.config.Witness.State}, err)
	}
	for _, origin := range s.witness.Origins() {
		if st, _ := s.witness.Status(origin); st.Stopped != nil && st.Stopped.Cause == cosign.ByRollback {
			err := fmt.Errorf("%s: size %d here, %d at %s", origin, st.Size, st.Stopped.Found, st.Stopped.Place)
			return wrong("rollback", fault.Place{Path: s.config.Witness.State}, err)
		}
	}
	if unreached > 0 {
		s.log.Warn("not everybody could be asked whether this state is the latest", "asked", asked, "unreached", unreached)
	}
	return nil
}

// serve gives the part that runs an HTTP server.
func (s *Service) serve(server *http.Server, l net.Listener, cert, key string) run.Part {
	return func(ctx context.Context, ready func()) error {
		ended := make(chan error, 1)
		go func() {
			if cert != "" {
				ended <- server.ServeTLS(l, cert, key)
				return
			}
			ended <- server.Serve(l)
		}()
		ready()
		select {
		case err := <-ended:
			return err
		case <-ctx.Done():
		}
		within, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		err := server.Shutdown(within)
		if err != nil {
			err = errors.Join(err, server.Close())
		}
		if e := <-ended; !errors.Is(e, http.ErrServerClosed) {
			err = errors.Join(err, e)
		}
		return err
	}
}

// describe joins sentences for a log line.
func describe(l i18n.Lang, list []i18n.Text) string {
	var lines []string
	for _, t := range list {
		lines = append(lines, t.In(l))
	}
	return strings.Join(lines, "; ")
}
