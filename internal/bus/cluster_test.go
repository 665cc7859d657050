package bus_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/noroshi-acd/noroshi/internal/bus"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/pki"
)

// server is one process of the stock nats-server.
type server struct {
	t            testing.TB
	program, cfg string
	log          string
	cmd          *exec.Cmd
}

func (s *server) start() {
	s.t.Helper()
	s.cmd = exec.Command(s.program, "-c", s.cfg)
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
}

// kill ends the process as a failure of the machine's power would, but for the disk's own
// memory.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

// cluster starts three servers built from the module, that hold each batch three times and
// know machines by their certificates, and gives their addresses.
func cluster(t *testing.T, c *country, senders ...pki.Name) ([]*server, []string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "nats-server")
	if out, err := exec.Command("go", "build", "-o", program, "github.com/nats-io/nats-server/v2").CombinedOutput(); err != nil {
		t.Fatalf("building the server: %v\n%s", err, out)
	}
	var ports []int
	var open []net.Listener
	for at := 20_000 + rand.IntN(10_000); len(ports) < 6; at++ { // below those that systems give out
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", at)); err == nil {
			open, ports = append(open, l), append(ports, at)
		}
	}
	for _, l := range open {
		c.must(l.Close())
	}
	var rights strings.Builder
	c.must(bus.WriteRights(&rights, []pki.Name{hub}, senders))
	var servers []*server
	var addresses []string
	for i := range 3 {
		dir := t.TempDir()
		name := pki.Name{Body: "acquirer", Role: "hub", Machine: fmt.Sprintf("bus-%d", i)}
		c.must(c.identity(name).Save(dir))
		c.must(os.WriteFile(filepath.Join(dir, "authority.pem"), pki.Text(c.bodies["acquirer"].Certificate), 0o600))
		tls := fmt.Sprintf("cert_file: %q, key_file: %[1]q, ca_file: %q", filepath.Join(dir, "identity.pem"), filepath.Join(dir, "authority.pem"))
		s := &server{t: t, program: program, cfg: filepath.Join(dir, "nats.conf"), log: filepath.Join(dir, "log")}
		c.must(os.WriteFile(s.cfg, fmt.Appendf(nil, `server_name: "bus-%d"
listen: "127.0.0.1:%d"
log_file: %q
tls { %s, verify_and_map: true, handshake_first: true, timeout: 10 }
jetstream { store_dir: %q, max_file_store: 1G, sync_interval: "2m" }
max_payload: 1100000
cluster { name: "bus", listen: "127.0.0.1:%d", tls { %s, verify: true, timeout: 10 }
  routes: ["nats://127.0.0.1:%d", "nats://127.0.0.1:%d", "nats://127.0.0.1:%d"] }
%s`, i, ports[i], s.log, tls, filepath.Join(dir, "js"), ports[3+i], tls, ports[3], ports[4], ports[5], rights.String()), 0o600))
		s.start()
		t.Cleanup(s.kill)
		servers, addresses = append(servers, s), append(addresses, fmt.Sprintf("tls://127.0.0.1:%d", ports[i]))
	}
	return servers, addresses
}

// TestOneBodyPerStockServer: a server that believes any authority any name is for one body.
func TestOneBodyPerStockServer(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	err := bus.WriteRights(&b, []pki.Name{hub}, []pki.Name{edge("a"), {Body: "operator", Role: "edge", Machine: "b"}})
	if fault.KindOf(err) != fault.Permission || b.Len() > 0 {
		t.Errorf("%v, wrote %q", err, b.String())
	}
}

// leader is which of the servers leads a stream.
func leader(t *testing.T, l *bus.Line, stream string) int {
	t.Helper()
	js, err := jetstream.New(bus.Raw(l))
	if err != nil {
		t.Fatal(err)
	}
	s, err := js.Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimPrefix(s.CachedInfo().Cluster.Leader, "bus-"))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestClusterLosesNothing: three real servers, the one that leads an edge's stream killed
// under load and started again; nothing that was acknowledged is lost, and what comes twice is known by its
// id. Stock servers hold an edge to its own subject, too.
func TestClusterLosesNothing(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds and runs three servers")
	}
	c := made(t)
	edges := []pki.Name{edge("rack-7"), edge("rack-8")}
	servers, addresses := cluster(t, c, edges...)
	cfg := bus.DefaultConfig()
	cfg.Servers, cfg.Replicas, cfg.AckTime, cfg.PerSender = addresses, 3, 2*time.Second, 64<<20
	if p := cfg.Validate(); p != nil {
		t.Fatal(p)
	}
	own := c.line(bus.Dial(addresses, c.party(hub), quiet()))
	for end := time.Now().Add(90 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		err := own.Admit(ctx, cfg, edges...)
		cancel()
		if err == nil {
			break
		}
		if time.Now().After(end) {
			text, _ := os.ReadFile(servers[0].log)
			t.Fatalf("%v\n%s", err, text)
		}
	}
	s := newShelf()
	var failures atomic.Int64
	s.say = func(b bus.Batch) error { // every tenth batch only at its second attempt
		if b.Tries == 1 && strings.HasSuffix(b.ID, "7") {
			return errors.New("not now")
		}
		return nil
	}
	c.receive(own, cfg, s, quiet(), edges...)
	var all sync.WaitGroup
	stop := make(chan struct{})
	acked := make([]uint64, len(edges))
	for i, e := range edges {
		send := c.line(bus.Dial(addresses, c.party(e), quiet())).Sender(bus.SenderConfig{MaxBatch: 1 << 20, AckTime: time.Second}, c.to)
		all.Go(func() {
			body := strings.Repeat(e.Machine, 1000)
			for n := uint64(0); ; {
				if _, err := send.Send(t.Context(), bus.BatchID("g", n), []byte(body)); err == nil {
					n++ // acknowledged: the sender forgets it
					atomic.StoreUint64(&acked[i], n)
				} else {
					failures.Add(1)
					time.Sleep(20 * time.Millisecond)
				}
				select {
				case <-stop:
					return
				case <-time.After(2 * time.Millisecond):
				}
			}
		})
	}
	sum := func() uint64 { return atomic.LoadUint64(&acked[0]) + atomic.LoadUint64(&acked[1]) }
	more := func(n uint64) {
		t.Helper()
		from := sum()
		for end := time.Now().Add(90 * time.Second); sum() < from+n; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%d batches acknowledged, then no more", sum())
			}
		}
	}
	start := time.Now()
	lap := func(what string) { t.Logf("%5.1f s: %s, %d acknowledged", time.Since(start).Seconds(), what, sum()) }
	more(60)
	lap("steady")
	victim := servers[leader(t, own, "batch+acquirer+edge+rack-7")]
	victim.kill()
	more(60) // the two that are left choose another and go on
	lap("the leader dead")
	victim.start()
	more(60)
	lap("it is back")
	close(stop)
	all.Wait()
	missing := func() (list []string) {
		s.mu.Lock()
		defer s.mu.Unlock()
		for i, e := range edges {
			for n := range acked[i] {
				if key := e.Machine + " " + bus.BatchID("g", n); s.kept[key] != strings.Repeat(e.Machine, 1000) {
					list = append(list, key)
				}
			}
		}
		return list
	}
	for end := time.Now().Add(90 * time.Second); len(missing()) > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("acknowledged and lost: %q", missing())
		}
	}
	lap("all kept")
	// One of each edge that was sent and not acknowledged may have arrived, too.
	kept, twice, lost := s.counts()
	if lost != 0 || uint64(kept) < sum() || uint64(kept) > sum()+2 {
		t.Errorf("%d acknowledged, %d kept, %d lost", sum(), kept, lost)
	}
	t.Logf("%d acknowledged, %d kept, %d came again and were known, %d attempts to send failed", sum(), kept, twice, failures.Load())

	bus2 := pki.Name{Body: "acquirer", Role: "hub", Machine: "bus-2"}
	var log loud
	nc, err := c.raw(strings.TrimPrefix(addresses[2], "tls://"), bus2, c.party(edges[0]), &log)
	c.must(err)
	defer nc.Close()
	if m, err := nc.Request("batch.acquirer.edge.rack-8", []byte("x"), 300*time.Millisecond); err == nil || !strings.Contains(log.String(), "ermissions") {
		t.Errorf("a stock server let an edge send as another: %v, %s", m, log.String())
	}
	if nc, err := c.raw(strings.TrimPrefix(addresses[2], "tls://"), bus2, c.party(edge("rack-9")), &log); err == nil {
		nc.Close()
		t.Error("a stock server let in an edge that it was not told of")
	}
}
