package bus

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/noroshi-acd/noroshi/internal/fault"
)

// startTime is how long a node may take to start. It reads back what lies on its disk.
const startTime = time.Minute

// Node is a NATS server in this process: a keeper's, which holds batches, or a sender's,
// which holds nothing and only joins the keeper's as a leaf.
type Node struct {
	party Party
	dir   string // "" for a leaf
	door  *door
	opts  *server.Options
	log   *slog.Logger
	srv   *server.Server
}

// NewNode makes a keeper's node. c MUST be valid and name no servers.
func NewNode(c Config, p Party, log *slog.Logger) (*Node, error) {
	o := options(p)
	o.JetStream, o.StoreDir = true, c.Dir
	o.JetStreamMaxStore, o.JetStreamMaxMemory = int64(c.MaxStore), 64<<20
	o.SyncAlways, o.SyncInterval = c.SyncEvery == 0, c.SyncEvery
	o.MaxPayload, o.MaxConn = int32(c.MaxBatch+slack), c.Lines
	o.MaxPending = int64(max(8<<20, 4*(c.MaxBatch+slack)))
	if c.Listen != "" {
		o.DontListen, o.TLSConfig, o.TLS, o.TLSHandshakeFirst, o.TLSTimeout = false, p.server(), true, true, 10
		if err := at(c.Listen, &o.Host, &o.Port); err != nil {
			return nil, err
		}
	}
	if c.LeafListen != "" {
		l := &o.LeafNode
		l.TLSConfig, l.TLSHandshakeFirst, l.TLSTimeout = p.server(), true, 10
		l.NoAdvertise, l.IsolateLeafnodeInterest = true, true
		l.Compression.Mode = server.CompressionOff // what is sealed does not get smaller
		if err := at(c.LeafListen, &l.Host, &l.Port); err != nil {
			return nil, err
		}
	}
	return newNode(p, o, c.Dir, c.Session, log)
}

// NewLeaf makes a sender's node: lines of this process go through one line to the
// keeper's, which comes back by itself when it was cut. c MUST be valid.
func NewLeaf(c SenderConfig, p Party, log *slog.Logger) (*Node, error) {
	o := options(p)
	o.MaxPayload = int32(c.MaxBatch + slack)
	o.LeafNode.ReconnectInterval = time.Second
	r := &server.RemoteLeafOpts{TLS: true, TLSConfig: p.client(), TLSHandshakeFirst: true, TLSTimeout: 10}
	r.Compression.Mode = server.CompressionOff
	for _, s := range c.Servers {
		u, err := url.Parse(s)
		if err != nil {
			return nil, wrong(fault.Invalid, "address", fault.Place{Field: "servers"}, err, "address", s)
		}
		r.URLs = append(r.URLs, u)
	}
	o.LeafNode.Remotes = []*server.RemoteLeafOpts{r}
	return newNode(p, o, "", 0, log)
}

// options are those of every node. No listener is open.
func options(p Party) *server.Options {
	return &server.Options{
		ServerName: parts(p.Own().Name)[0] + "-" + parts(p.Own().Name)[1] + "-" + parts(p.Own().Name)[2],
		DontListen: true, NoSigs: true, DisableJetStreamBanner: true,
		MaxControlLine: 4096, MaxTracedMsgLen: 1,
	}
}

func newNode(p Party, o *server.Options, dir string, session time.Duration, log *slog.Logger) (*Node, error) {
	n := &Node{party: p, dir: dir, door: &door{party: p, token: rand.Text(), session: session}, opts: o, log: log}
	o.CustomClientAuthentication = n.door
	return n, nil
}

func at(address string, host *string, port *int) error {
	h, text, err := net.SplitHostPort(address)
	if err == nil {
		*port, err = strconv.Atoi(text)
	}
	if err != nil {
		return wrong(fault.Invalid, "address", fault.Place{}, err, "address", address)
	}
	if *host = h; *port == 0 {
		*port = server.RANDOM_PORT
	}
	return nil
}

// Run starts the node, says when it is ready, and stops it when ctx is done: lines are
// closed, files are made durable. It is called once.
func (n *Node) Run(ctx context.Context, ready func()) error {
	if n.dir != "" {
		if err := os.MkdirAll(n.dir, 0o700); err != nil {
			return wrong(fault.Invalid, "folder", fault.Place{Path: n.dir}, err)
		}
	}
	srv, err := server.NewServer(n.opts)
	if err != nil {
		return wrong(fault.Invalid, "start", fault.Place{Path: n.dir}, err)
	}
	ear := &ear{log: n.log}
	srv.SetLoggerV2(ear, false, false, false)
	n.srv = srv
	done := make(chan struct{})
	go func() {
		defer close(done)
		srv.Start()
	}()
	defer func() {
		srv.Shutdown()
		srv.WaitForShutdown()
		<-done
	}()
	if !srv.ReadyForConnections(startTime) || n.opts.JetStream && !srv.JetStreamEnabled() {
		return wrong(fault.Invalid, "start", fault.Place{Path: n.dir}, ear.fatal())
	}
	ready()
	return n.watch(ctx, ear)
}

// watch waits until ctx is done, or the server gives its store up: it does so on its own
// when the disk is full or broken, and would then refuse every batch in silence.
func (n *Node) watch(ctx context.Context, ear *ear) error {
	for tick := time.NewTicker(time.Second); ; {
		select {
		case <-ctx.Done():
			tick.Stop()
			return nil
		case <-tick.C:
			if n.opts.JetStream && !n.srv.JetStreamEnabled() {
				tick.Stop()
				return wrong(fault.Limit, "store", fault.Place{Path: n.dir}, ear.fatal())
			}
		}
	}
}

// Addresses gives where the node listens for lines and for leaf nodes, "" for nowhere. The
// node MUST be ready.
func (n *Node) Addresses() (line, leaf string) {
	if a, ok := n.srv.Addr().(*net.TCPAddr); ok && a != nil {
		line = a.String()
	}
	if n.opts.LeafNode.Port != 0 {
		leaf = net.JoinHostPort(n.opts.LeafNode.Host, strconv.Itoa(n.opts.LeafNode.Port))
	}
	return line, leaf
}

// ear takes the server's log lines. They name lines and streams, never what is in a batch.
type ear struct {
	log  *slog.Logger
	mu   sync.Mutex
	last error // guarded by mu
}

var _ server.Logger = (*ear)(nil)

// Noticef takes a line.
func (e *ear) Noticef(f string, v ...any) { e.log.Debug("bus: " + fmt.Sprintf(f, v...)) }

// Warnf takes a line.
func (e *ear) Warnf(f string, v ...any) { e.log.Debug("bus: " + fmt.Sprintf(f, v...)) }

// Errorf takes a line, and keeps it as a reason should the store be given up.
func (e *ear) Errorf(f string, v ...any) {
	e.log.Warn("bus: " + fmt.Sprintf(f, v...))
	e.Fatalf(f, v...)
}

// Debugf takes a line and drops it.
func (e *ear) Debugf(string, ...any) {}

// Tracef takes a line and drops it.
func (e *ear) Tracef(string, ...any) {}

// Fatalf keeps why the server cannot run. It ends nothing: Run says it.
func (e *ear) Fatalf(f string, v ...any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.last = fmt.Errorf(f, v...)
}

func (e *ear) fatal() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.last
}
