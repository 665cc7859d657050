package witness_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/ledger/cosign"
	"github.com/noroshi-acd/noroshi/ledger/cosign/cosigntest"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/testimony"
	role "github.com/noroshi-acd/noroshi/role/witness"
)

const (
	insideMark = "NOROSHI_TEST_INSIDE_NETNS"
	origin     = "ledger.example/acts"
	logHome    = "10.77.0.1" // on side A
	logAway    = "10.77.0.2" // on side B, for a log with two faces
)

// TestInvariant03_PartitionsNeverMakeTwoQuorums runs four witnesses, the real program, in
// four network namespaces, cuts them apart in every way that matters, and heals them. It
// runs itself again in a namespace of its own, so that the machine's network is not
// touched.
func TestInvariant03_PartitionsNeverMakeTwoQuorums(t *testing.T) {
	if os.Getenv(insideMark) == "" {
		outside(t)
		return
	}
	n := newNet(t)
	_ = t.Run("honest log", n.honest) && t.Run("flapping", n.flapping) && t.Run("log with two faces", n.twoFaces)
}

// outside starts the test again in a namespace of its own.
func outside(t *testing.T) {
	give := t.Skipf
	if os.Getenv("NOROSHI_REQUIRE_NETNS") == "1" {
		give = t.Fatalf
	}
	if testing.Short() {
		t.Skip("short")
	}
	if os.Getuid() != 0 {
		give("network namespaces need root")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		give("network namespaces need ip of iproute2: %v", err)
	}
	probe := exec.Command("ip", "link", "add", "probe", "type", "bridge")
	probe.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if out, err := probe.CombinedOutput(); err != nil {
		give("this machine lets nobody make network namespaces and bridges: %v %s", err, out)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v", "-test.timeout", "170s")
	c.Env = append(os.Environ(), insideMark+"=1")
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	out, err := c.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name()+"/log_with_two_faces")) {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}

// network is four witnesses in namespaces on two bridges, A and B, with a trunk between.
type network struct {
	t         *testing.T
	log       *cosigntest.Log
	witnesses []*box
	quorum    proof.Quorum
	client    *http.Client
	sizes     map[*box]int64 // as the log believes
}

// box is a witness in its namespace.
type box struct {
	n                     int
	space, ip, vkey, file string
	process               *exec.Cmd
	stderr                bytes.Buffer
}

func (b *box) url() string { return "http://" + b.ip + ":8471" }

func ip(t *testing.T, args string) {
	t.Helper()
	if out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v %s", args, err, out)
	}
}

func newNet(t *testing.T) *network {
	n := &network{t: t, log: cosigntest.New(t, origin), sizes: map[*box]int64{}, client: &http.Client{Timeout: 700 * time.Millisecond, Transport: &http.Transport{DisableKeepAlives: true}}}
	ip(t, "link set lo up")
	// A bridge answers for its own address only: else both sides answer for the log.
	if err := os.WriteFile("/proc/sys/net/ipv4/conf/all/arp_ignore", []byte("1"), 0o600); err != nil {
		t.Fatal(err)
	}
	for i, side := range []string{"brA", "brB"} {
		// With a fixed address: else it changes with the ports, and nobody finds it for a while.
		ip(t, fmt.Sprintf("link add %s address 02:00:00:00:00:0%d type bridge", side, i+1))
		ip(t, "link set "+side+" up")
	}
	ip(t, "link add trunkA type veth peer name trunkB")
	ip(t, "link set trunkA master brA up")
	ip(t, "link set trunkB master brB up")
	ip(t, "addr add "+logHome+"/24 dev brA")
	listen, err := net.Listen("tcp", logHome+":9000")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: n.log}
	go server.Serve(listen)
	t.Cleanup(func() { server.Close() })
	bin := filepath.Join(t.TempDir(), "noroshi-witness")
	build := exec.Command("go", "build", "-o", bin, "github.com/noroshi-acd/noroshi/cmd/noroshi-witness")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	for i := 1; i <= 4; i++ {
		n.add(bin, i)
	}
	var keys []string
	for _, b := range n.witnesses {
		keys = append(keys, b.vkey)
	}
	if n.quorum, err = proof.NewQuorum(keys, 3); err != nil {
		t.Fatal(err)
	}
	for _, b := range n.witnesses {
		n.start(bin, b)
	}
	t.Cleanup(func() { n.t = t; n.end() })
	n.wait("all to serve", func() bool {
		for _, b := range n.witnesses {
			if _, err := n.report(b); err != nil {
				return false
			}
		}
		return true
	})
	return n
}

// add makes a namespace and a witness in it.
func (n *network) add(bin string, i int) {
	t := n.t
	b := &box{n: i, space: fmt.Sprintf("nw%d-%d", os.Getpid(), i), ip: fmt.Sprintf("10.77.0.1%d", i)}
	exec.Command("ip", "netns", "del", b.space).Run() // of a test that was killed
	ip(t, "netns add "+b.space)
	t.Cleanup(func() { exec.Command("ip", "netns", "del", b.space).Run() })
	side := "brA"
	if i > 2 {
		side = "brB"
	}
	ip(t, fmt.Sprintf("link add w%d type veth peer name eth0 netns %s", i, b.space))
	ip(t, fmt.Sprintf("link set w%d master %s up", i, side))
	for _, args := range []string{"link set lo up", "addr add " + b.ip + "/24 dev eth0", "link set eth0 up"} {
		ip(t, "-n "+b.space+" "+args)
	}
	dir := filepath.Join(t.TempDir(), "w")
	out, err := exec.Command(bin, "init", dir, "--name", fmt.Sprintf("w%d.example/w", i), "--json").Output()
	var made struct{ Key, Config string }
	if err != nil || json.Unmarshal(out, &made) != nil {
		t.Fatalf("%v %s", err, out)
	}
	b.vkey, b.file = made.Key, made.Config
	n.witnesses = append(n.witnesses, b)
}

// start writes the configuration and starts the program.
func (n *network) start(bin string, b *box) {
	var keys, urls []string
	for _, o := range n.witnesses {
		if o != b {
			keys = append(keys, strconv.Quote(o.vkey))
			urls = append(urls, strconv.Quote(strings.Split(o.vkey, "+")[0]+" "+o.url()))
		}
	}
	dir := filepath.Dir(b.file)
	text := fmt.Sprintf("[witness]\nname = 'w%d.example/w'\nkey = '%s/witness.key'\nstate = '%s/state'\nlisten = '%s:8471'\nhealth = '%s:8472'\n[logs]\nkeys = ['%s']\nurls = ['%s http://%s:9000']\n[peers]\nkeys = [%s]\nurls = [%s]\n[exchange]\nevery = '1s'\nalarm = '1m'\n[clock]\nvouched = true\n[limits]\nrate = 0.0\n",
		b.n, dir, dir, b.ip, b.ip, n.log.VKey, origin, logHome, strings.Join(keys, ","), strings.Join(urls, ","))
	if err := os.WriteFile(b.file, []byte(text), 0o600); err != nil {
		n.t.Fatal(err)
	}
	b.process = exec.Command("ip", "netns", "exec", b.space, bin, "run", b.file)
	b.process.Stderr = &b.stderr
	if err := b.process.Start(); err != nil {
		n.t.Fatal(err)
	}
}

// end tells all witnesses to stop, and wants that they end in order.
func (n *network) end() {
	for _, b := range n.witnesses {
		b.process.Process.Signal(syscall.SIGTERM)
	}
	for _, b := range n.witnesses {
		if err := b.process.Wait(); err != nil {
			n.t.Errorf("witness %d did not end in order: %v\n%s", b.n, err, b.stderr.String())
		}
		if n.t.Failed() {
			n.t.Logf("witness %d:\n%s", b.n, b.stderr.String())
		}
	}
}

func (n *network) wait(what string, ok func() bool) {
	n.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if ok() {
			return
		}
	}
	for _, args := range []string{"-br addr", "-br link", "neigh", "route"} {
		out, _ := exec.Command("ip", strings.Fields(args)...).CombinedOutput()
		n.t.Logf("ip %s\n%s", args, out)
	}
	n.t.Fatalf("waited in vain for %s", what)
}

func (n *network) report(b *box) (*role.Report, error) {
	resp, err := n.client.Get("http://" + b.ip + ":8472/status")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	r := new(role.Report)
	return r, json.NewDecoder(resp.Body).Decode(r)
}

// errStatus is an answer that is no cosignature.
type errStatus int

func (e errStatus) Error() string { return "status " + strconv.Itoa(int(e)) }

// ask asks one witness as a log does: a stale size is learnt and tried once more.
func (n *network) ask(l *cosigntest.Log, b *box, size int64) (string, error) {
	for range 2 {
		resp, err := n.client.Post(b.url()+"/add-checkpoint", "text/plain", bytes.NewReader(l.Request(n.sizes[b], size)))
		if err != nil {
			return "", err
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		switch {
		case err != nil:
			return "", err
		case resp.StatusCode == http.StatusOK:
			n.sizes[b] = size
			return string(body), nil
		case resp.StatusCode == http.StatusConflict && resp.Header.Get("Content-Type") == "text/x.tlog.size":
			known, err := strconv.ParseInt(strings.TrimSuffix(string(body), "\n"), 10, 64)
			if err != nil || known > size {
				return "", errStatus(resp.StatusCode)
			}
			n.sizes[b] = known
		default:
			return "", errStatus(resp.StatusCode)
		}
	}
	return "", errStatus(http.StatusConflict)
}

// gather asks witnesses at once and gives the checkpoint with what they signed, and
// whether it counts.
func (n *network) gather(l *cosigntest.Log, size int64, from ...*box) (signed int, counts bool) {
	n.t.Helper()
	type answer struct {
		line string
		err  error
	}
	answers := make(chan answer, len(from))
	for _, b := range from { // one after the other: sizes is not shared
		line, err := n.ask(l, b, size)
		answers <- answer{line, err}
	}
	text := l.Sign(size)
	for range from {
		a := <-answers
		if a.err == nil {
			joined, err := proof.Join(text, a.line)
			if err != nil {
				n.t.Fatal(err)
			}
			text = joined
		}
	}
	v, _ := proof.ParseLogKey(l.VKey)
	s, err := proof.OpenLog(text, v, n.quorum)
	if err != nil {
		n.t.Fatal(err)
	}
	_, err = proof.Open(text, v, n.quorum)
	return len(s.Cosignatures), err == nil
}

func (n *network) expect(l *cosigntest.Log, size int64, signed int, counts bool, from ...*box) {
	n.t.Helper()
	if got, ok := n.gather(l, size, from...); got != signed || ok != counts {
		n.t.Fatalf("size %d: %d cosignatures, counts %v; want %d, %v", size, got, ok, signed, counts)
	}
}

func (n *network) trunk(state string) { ip(n.t, "link set trunkA "+state) }

// honest: 2|2 stops the log, 3|1 does not, and who was away catches up.
func (n *network) honest(t *testing.T) {
	n.t = t
	all, l := n.witnesses, n.log
	l.Grow(10, "leaf")
	n.expect(l, 10, 4, true, all...)
	n.trunk("down")
	l.Grow(10, "leaf")
	n.expect(l, 20, 2, false, all...)
	n.trunk("up")
	n.heal()
	n.expect(l, 20, 4, true, all...)
	ip(t, "link set w3 master brA") // now 3|1
	n.trunk("down")
	n.reach(all[:3]...)
	l.Grow(10, "leaf")
	n.expect(l, 30, 3, true, all...)
	l.Grow(10, "leaf")
	n.expect(l, 40, 3, true, all...)
	n.trunk("up")
	n.heal()
	l.Grow(10, "leaf")
	n.expect(l, 50, 4, true, all...)
	ip(t, "link set w3 master brB")
	n.heal()
	n.settled(50)
}

// heal waits until every witness can be reached again.
func (n *network) heal() {
	n.t.Helper()
	n.reach(n.witnesses...)
}

// reach waits until the lines to some are there: bridges learn where a port has moved.
func (n *network) reach(list ...*box) {
	n.t.Helper()
	n.wait("the line", func() bool {
		for _, b := range list {
			if _, err := n.report(b); err != nil {
				return false
			}
		}
		return true
	})
}

// settled waits until all witnesses have compared one size with one another, and wants no
// alarm.
func (n *network) settled(size int64) {
	n.t.Helper()
	n.wait("all witnesses to agree", func() bool {
		for _, b := range n.witnesses {
			r, err := n.report(b)
			if err != nil || len(r.Peers) != 3 {
				return false
			}
			for _, p := range r.Peers {
				if p.Size != size || p.Open != "" {
					return false
				}
			}
			if r.Logs[0].Stopped != "" || r.Logs[0].Size != size {
				n.t.Fatalf("witness %d: %+v", b.n, r)
			}
		}
		return true
	})
}

// flapping: the line goes up and down while the log grows.
func (n *network) flapping(t *testing.T) {
	n.t = t
	size, counted := int64(50), 0
	for i := range 16 {
		n.trunk([]string{"down", "up"}[i%2])
		n.log.Grow(3, "leaf")
		size += 3
		signed, ok := n.gather(n.log, size, n.witnesses...)
		if ok != (signed >= 3) {
			t.Fatalf("%d cosignatures, counts %v", signed, ok)
		}
		if ok {
			counted++
		}
	}
	n.trunk("up")
	n.heal()
	n.log.Grow(1, "leaf")
	n.expect(n.log, size+1, 4, true, n.witnesses...)
	n.settled(size + 1)
	t.Logf("%d of 16 checkpoints counted while the line flapped", counted)
}

// twoFaces: a log shows one branch to each side of a partition. Neither has a quorum; when
// the line heals, every witness finds out, stops, and holds the proof.
func (n *network) twoFaces(t *testing.T) {
	n.t = t
	a, b := n.witnesses[:2], n.witnesses[2:]
	base := n.log.Size()
	other := n.log.Branch(int(base))
	other.Grow(5, "other")
	n.trunk("down")
	ip(t, "addr add "+logAway+"/32 dev brB")
	for _, w := range b {
		ip(t, "route add "+w.ip+"/32 dev brB src "+logAway)
	}
	n.heal()
	n.log.Grow(5, "leaf")
	n.expect(n.log, base+5, 2, false, a...)
	n.expect(other, base+5, 2, false, b...)
	for _, w := range b {
		ip(t, "route del "+w.ip+"/32")
	}
	ip(t, "addr del "+logAway+"/32 dev brB")
	n.trunk("up")
	n.wait("every witness to stop", func() bool {
		for _, w := range n.witnesses {
			r, err := n.report(w)
			if err != nil || r.Logs[0].Stopped != "split" {
				return false
			}
		}
		return true
	})
	n.log.Grow(5, "leaf")
	v, _ := proof.ParseLogKey(n.log.VKey)
	for _, w := range n.witnesses {
		if _, err := n.ask(n.log, w, base+10); !errors.Is(err, errStatus(503)) && !errors.Is(err, errStatus(422)) {
			t.Errorf("witness %d: %v", w.n, err)
		}
		resp, err := n.client.Get(w.url() + "/" + cosign.OriginHash(origin) + "/testimony")
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		line, _, _ := bytes.Cut(text, []byte("\n"))
		e, err := paper.ParseEnvelope(line)
		if err != nil {
			t.Fatalf("witness %d: %v in %s", w.n, err, text)
		}
		var s testimony.Split
		if err := e.Open(testimony.SplitType, &s); err != nil {
			t.Fatal(err)
		}
		if f, err := s.Judge(v, n.quorum); err != nil || !f.Proven || len(f.Both) != 0 {
			t.Errorf("witness %d: %+v, %v", w.n, f, err)
		}
		health, err := n.client.Get("http://" + w.ip + ":8472/healthz")
		if err != nil {
			t.Fatal(err)
		}
		health.Body.Close()
		if health.StatusCode != 503 {
			t.Errorf("witness %d says it is well", w.n)
		}
	}
}
