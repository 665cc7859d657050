package commission

import (
	"context"
	"crypto/ed25519"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/noroshi-acd/noroshi/authority"
	"github.com/noroshi-acd/noroshi/authority/live"
	"github.com/noroshi-acd/noroshi/authority/live/issue"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/regime/judge"
	"github.com/noroshi-acd/noroshi/authority/replay"
	"github.com/noroshi-acd/noroshi/authority/shelf"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/wire"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/httpd"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/keyfile"
	"github.com/noroshi-acd/noroshi/internal/pki"
	"github.com/noroshi-acd/noroshi/internal/run"
	"github.com/noroshi-acd/noroshi/internal/store"
	"github.com/noroshi-acd/noroshi/ledger"
	"github.com/noroshi-acd/noroshi/ledger/ask"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/oversight/register"
	"github.com/noroshi-acd/noroshi/role/commission/openings"
	"github.com/noroshi-acd/noroshi/role/commission/settings"
)

// Options are what a start needs beside the configuration.
type Options struct {
	// Begin makes the store and the log where they are not there yet. Without it both must
	// be there: what has vanished is not begun anew in silence.
	Begin bool
	// Behind serves though the store lacks entries that its log has.
	Behind bool
	Log    *slog.Logger
	Now    func() time.Time // nil: the machine's clock
}

// Service is a commission's service. It is opened, run once, and closed.
type Service struct {
	config *settings.Config
	log    *slog.Logger
	now    func() time.Time

	held   atomic.Pointer[holding] // the trust that holds
	law    map[paper.Digest]*judge.Evaluator
	own    *pki.Identity
	store  *store.DB
	ledger *ledger.Log
	desk   *authority.Desk

	oversees *register.Register
	openings *openings.Desk
	clock    *live.Clock
	issuer   *issue.Issuer
	stands   atomic.Pointer[map[paper.Digest]bool]
	server   *httpd.Server
	closes   []func() error
}

// holding is the trust root as it holds.
type holding struct {
	trust *shelf.Trust
	view  *trust.View
	peers pki.Peers
	over  bool // it does not hold any more
}

// Open opens the service. The caller MUST call Close.
func Open(ctx context.Context, c *settings.Config, o Options) (s *Service, err error) {
	s = &Service{config: c, log: o.Log, now: o.Now}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
			s = nil
		}
	}()
	if err := s.look(); err != nil {
		return s, err
	}
	if s.law, err = wire.Law(c.Commission.Law); err != nil {
		return s, err
	}
	if err := s.promised(); err != nil {
		return s, err
	}
	if s.own, err = pki.LoadIdentity(c.Commission.Machine); err != nil {
		return s, err
	}
	if s.own.Name.Body != c.Commission.Body || s.own.Name.Role != wire.Server {
		return s, wrong(fault.Permission, "machine", nil, "name", s.own.Name.String(), "body", c.Commission.Body)
	}
	if err := s.openStore(ctx, o.Begin); err != nil {
		return s, err
	}
	if err := s.openLedger(ctx, o.Begin); err != nil {
		return s, err
	}
	if err := s.openDesks(ctx, o.Behind); err != nil {
		return s, err
	}
	if err := s.openIssuer(); err != nil {
		return s, err
	}
	s.server, err = httpd.New(httpd.Parts{
		Config: c.Server, Own: func() *pki.Identity { return s.own }, Peers: s.peers, Routes: s.routes(),
		Healthy: s.healthy, Log: s.log, Now: s.now,
	})
	return s, err
}

// look reads the trust root anew. When it does not hold, the error says why, and none does.
func (s *Service) look() error {
	h, err := s.holds()
	if err == nil {
		s.held.Store(h)
		return nil
	}
	if old := s.held.Load(); old != nil {
		gone := *old
		gone.over = true
		s.held.Store(&gone)
	}
	return err
}

func (s *Service) holds() (*holding, error) {
	t, err := shelf.OpenTrust(s.config.Commission.Trust, paper.Digest(s.config.Commission.Root))
	if err != nil {
		return nil, err
	}
	now := s.now()
	t.Clock = paper.TimeOf(now)
	view, list := t.View(now)
	if len(list) > 0 {
		return nil, fault.Said(fault.Error{Kind: fault.Permission, Place: fault.Place{Path: t.Dir, Offset: -1, Field: list[0].Place}},
			i18n.Both("commission.op"), i18n.Both(list[0].Key(), list[0].Args...), i18n.Both("commission.hint.root"))
	}
	peers, err := t.Peers(view)
	return &holding{trust: t, view: view, peers: peers}, err
}

// view is the trust that holds, or the last that did: when none does, requests are
// refused before they get here, and nothing is signed.
func (s *Service) view() *trust.View { return s.held.Load().view }

// rootless says whether no trust root holds.
func (s *Service) rootless() bool { h := s.held.Load(); return h == nil || h.over }

// peers are those who may open a line: nobody while no trust root holds.
func (s *Service) peers() pki.Peers {
	if s.rootless() {
		return pki.Peers{}
	}
	return s.held.Load().peers
}

func (s *Service) profile(d paper.Digest) *regime.Profile { return s.held.Load().trust.Profile(d) }

func (s *Service) rules(d paper.Digest) *judge.Evaluator { return s.law[d] }

func (s *Service) openStore(ctx context.Context, begin bool) (err error) {
	dsn := s.config.Store.DSN
	s.store, err = store.Open(ctx, dsn)
	if err != nil && begin && fault.KindOf(err) == fault.NotFound {
		s.store, err = store.Create(ctx, dsn)
	}
	if err != nil {
		return err
	}
	s.closes = append(s.closes, s.store.Close)
	return s.store.Migrate(ctx, Nouns()...)
}

// key unlocks a key of the service's own by the passphrase in a file.
func key(path, passphrase string) (*keyfile.Private, error) {
	return keyfile.Load(path, func(path string) ([]byte, error) {
		if passphrase == "" {
			return nil, wrong(fault.Permission, "locked", nil, "file", path)
		}
		return shelf.Bytes(passphrase, 4<<10)
	})
}

func (s *Service) openLedger(ctx context.Context, begin bool) error {
	c, view := s.config.Ledger, s.view()
	k, err := key(c.Key, c.Passphrase)
	if err != nil {
		return err
	}
	g, ok := view.Log(c.Origin)
	vkey, err := proof.LogKey(c.Origin, k.Public.Key)
	if err != nil || !ok || g.Key != vkey || g.Duty != trust.Decisions || string(g.Body) != s.config.Commission.Body {
		return wrong(fault.Permission, "log", err, "origin", c.Origin)
	}
	if err := s.noMember(k.Public.Key); err != nil {
		return err
	}
	config := ledger.Config{
		Dir: c.Dir, Keys: c.Keys, Origin: c.Origin, Key: ed25519.PrivateKey(k.Key()), Role: paper.ID(s.config.Commission.Role),
		Quorum: view.Witnesses().K, Clock: s.now, Logger: s.log,
	}
	if config.Witnesses, err = s.witnesses(); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(c.Dir, "ledger.json")); begin && errors.Is(err, fs.ErrNotExist) {
		config.Birthday = s.now().UTC().Format(time.DateOnly)
	}
	if s.ledger, err = ledger.Open(ctx, config); err != nil {
		return err
	}
	s.closes = append(s.closes, s.ledger.Close)
	return nil
}

// noMember refuses a key that a member decides with: the server must not hold one.
//
// Invariant 13: whoever runs the server cannot decide.
func (s *Service) noMember(k ed25519.PublicKey) error {
	id := paper.PublicKey{Kind: paper.KindEd25519, Key: k}.ID()
	for _, b := range s.view().Bodies() {
		for _, known := range b.Keys {
			for _, r := range known.Roles {
				own := r == paper.ID(s.config.Commission.Role) && r != wire.Member
				if known.Key.ID() == id && r != "liveness" && !own {
					return wrong(fault.Permission, "person", nil, "person", string(known.Person), "role", string(r))
				}
			}
		}
	}
	return nil
}

// witnesses pairs the addresses of the configuration with the keys of the trust root.
func (s *Service) witnesses() ([]ask.Witness, error) {
	var all []ask.Witness
	for _, text := range s.config.Ledger.Witnesses {
		name, url, _ := strings.Cut(text, "=")
		found := slices.IndexFunc(s.view().Witnesses().Keys, func(w trust.Witness) bool { return strings.HasPrefix(w.Key, name+"+") })
		if found < 0 {
			return nil, wrong(fault.Invalid, "witness", nil, "name", name)
		}
		all = append(all, ask.Witness{URL: strings.TrimSuffix(url, "/"), Key: s.view().Witnesses().Keys[found].Key})
	}
	return all, nil
}

func (s *Service) openDesks(ctx context.Context, behind bool) (err error) {
	if err := s.people(ctx); err != nil {
		return err
	}
	s.desk, err = authority.Open(ctx, s.deskConfig())
	if err != nil {
		return err
	}
	s.closes = append(s.closes, s.desk.Close)
	s.oversees, err = register.Open(ctx, s.registerConfig())
	if err != nil {
		return err
	}
	s.closes = append(s.closes, s.oversees.Close)
	s.openings = &openings.Desk{Log: s.ledger, Register: s.oversees, Logger: s.log}
	return replay.Agree(ctx, s.store, s.ledger, behind)
}

// Run serves until ctx ends.
func (s *Service) Run(ctx context.Context, ready func(address string)) error {
	g := run.Group{}
	g.Add("clock", s.measure)
	g.Add("liveness", s.speak)
	g.Add("clocks", s.tick)
	g.Add("openings", s.finish)
	g.Add("server", func(ctx context.Context, up func()) error {
		return s.server.Run(ctx, func() {
			ready(s.server.Address(ctx))
			up()
		})
	})
	return g.Run(ctx)
}

// Close closes what is open, the last first.
func (s *Service) Close() error {
	var list []error
	for _, f := range slices.Backward(s.closes) {
		list = append(list, f())
	}
	s.closes = nil
	return errors.Join(list...)
}

func (s *Service) healthy(ctx context.Context) error {
	if list := s.problems(ctx); len(list) > 0 {
		return errors.New(list[0].EN)
	}
	return nil
}

// problems is what somebody has to look after.
func (s *Service) problems(ctx context.Context) []i18n.Text {
	var list []i18n.Text
	if s.rootless() {
		list = append(list, i18n.Both("commission.problem.root"))
	}
	if !s.clock.Now().Sure {
		list = append(list, i18n.Both("commission.problem.clock"))
	}
	if err := s.store.Healthy(ctx); err != nil {
		list = append(list, i18n.Both("commission.problem.store"))
	}
	up := 0
	for _, w := range s.ledger.Witnesses() {
		if w.Err == nil {
			up++
		}
	}
	if k := s.view().Witnesses().K; up < k {
		list = append(list, i18n.Both("commission.problem.witnesses", "n", up, "k", k))
	}
	return list
}

// wrong makes the house's error of a sentence of area commission, with its hint.
func wrong(kind fault.Kind, key string, cause error, args ...any) error {
	return fault.Said(fault.Error{Kind: kind, Place: fault.Place{Offset: -1}, Err: cause},
		i18n.Both("commission.op"), i18n.Both("commission.wrong."+key, args...), i18n.Both("commission.hint."+key, args...))
}
