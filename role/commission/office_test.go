package commission_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/draft"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/shelf"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/wire"
	"github.com/noroshi-acd/noroshi/cli"
	"github.com/noroshi-acd/noroshi/content"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/keyfile"
	"github.com/noroshi-acd/noroshi/internal/run"
	"github.com/noroshi-acd/noroshi/oversight/opening"
)

// Names of the environment of a child: that it is the product, and the file of a key that
// it is to hold in its memory, though it must not (the control of the search for keys).
const verbEnv, plantEnv = "COMMISSION_TEST_VERB", "COMMISSION_TEST_PLANT"

// TestMain lets the test's program be the product as well, in processes of their own.
func TestMain(m *testing.M) {
	if os.Getenv(verbEnv) == "" {
		os.Exit(m.Run())
	}
	held := plant(os.Getenv(plantEnv))
	ctx, stop := run.Signals(context.Background())
	status := cli.Main(ctx, cli.World{Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv})
	stop()
	held()
	os.Exit(status)
}

// nation is the invented country of the scripts, in a folder: its commission's service and
// its witnesses run in processes of their own, its members and applicants are this test.
type nation struct {
	t     *testing.T
	dir   string
	env   []string
	trust *shelf.Trust
	view  *trust.View
	draft string

	mu      sync.Mutex
	service *exec.Cmd
	over    chan struct{} // closed when the service has ended
}

// found makes a country whose commission keeps its store at dsn.
func found(t *testing.T, dsn string) *nation {
	t.Helper()
	n := &nation{t: t, dir: t.TempDir()}
	bin, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf("#!/bin/sh\n%s=1 exec '%s' \"$@\"\n", verbEnv, bin)
	for err, what := range map[error]string{
		os.CopyFS(filepath.Join(n.dir, "office"), os.DirFS("../../testdata/office")):                        "office",
		os.CopyFS(filepath.Join(n.dir, "law"), content.Law()):                                               "law",
		errors.Join(os.Mkdir(n.at("bin"), 0o755), os.WriteFile(n.at("bin/noroshi"), []byte(script), 0o755)): "bin",
	} {
		if err != nil {
			t.Fatal(what, err)
		}
	}
	n.env = append(os.Environ(), "PATH="+n.at("bin")+":"+os.Getenv("PATH"), "NOROSHI_LANG=en")
	for i := range 9 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close() // all at once, so that no two are the same
		n.env = append(n.env, fmt.Sprintf("PORT%d=%d", i+1, l.Addr().(*net.TCPAddr).Port))
		if i == 8 {
			defer n.settle(dsn)
		}
	}
	return n
}

// settle makes the keys, the root and the configurations, once the ports are free again.
func (n *nation) settle(dsn string) {
	n.t.Helper()
	n.must("sh", "office/found.sh")
	text, err := os.ReadFile(n.at("c.toml"))
	if err != nil {
		n.t.Fatal(err)
	}
	changed := strings.Replace(string(text), `dsn = "sqlite:commission.db"`, fmt.Sprintf("dsn = %q", dsn), 1)
	script, err := os.ReadFile("../../testdata/script/killed.txt")
	if err != nil {
		n.t.Fatal(err)
	}
	_, ask, ok := strings.Cut(string(script), "-- ask.toml --\n")
	if !ok || changed == string(text) || strings.Contains(ask, "\n-- ") {
		n.t.Fatal("the scripts are not as this test knows them")
	}
	n.draft = ask
	if err := os.WriteFile(n.at("c.toml"), []byte(changed), 0o600); err != nil {
		n.t.Fatal(err)
	}
	pin, err := os.ReadFile(n.at("fingerprint"))
	if err != nil {
		n.t.Fatal(err)
	}
	if n.trust, err = shelf.OpenTrust(n.at("t"), paper.Digest(strings.TrimSpace(string(pin)))); err != nil {
		n.t.Fatal(err)
	}
	var lacks []any
	view, list := n.trust.View(time.Now())
	for _, l := range list {
		lacks = append(lacks, l)
	}
	if n.view = view; len(lacks) > 0 {
		n.t.Fatal(lacks...)
	}
	for i := range 4 {
		n.start(fmt.Sprintf("w%d.log", i+1), nil, "witness", "run", fmt.Sprintf("w%d.toml", i+1))
	}
}

func (n *nation) at(name string) string { return filepath.Join(n.dir, name) }

// command is a verb of the product, or another program, in the country's folder.
func (n *nation) command(name string, args ...string) *exec.Cmd {
	if name == "noroshi" {
		name = n.at("bin/noroshi")
	}
	c := exec.Command(name, args...)
	c.Dir, c.Env = n.dir, n.env
	return c
}

// must runs a program that must succeed, and gives what it says.
func (n *nation) must(name string, args ...string) string {
	n.t.Helper()
	out, err := n.command(name, args...).CombinedOutput()
	if err != nil {
		n.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// start starts a verb that runs until it is told to stop, at the latest with the test.
func (n *nation) start(log string, env []string, args ...string) (*exec.Cmd, chan struct{}) {
	n.t.Helper()
	f, err := os.OpenFile(n.at(log), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		n.t.Fatal(err)
	}
	defer f.Close()
	c := n.command("noroshi", args...)
	c.Env = append(c.Env, env...)
	c.Stdout, c.Stderr = f, f
	if err := c.Start(); err != nil {
		n.t.Fatal(err)
	}
	over := make(chan struct{})
	go func() { _ = c.Wait(); close(over) }()
	n.t.Cleanup(func() { _ = c.Process.Kill(); <-over })
	return c, over
}

// serve starts the commission's service; with ready it waits until nothing is wrong.
func (n *nation) serve(ready bool, env ...string) {
	n.t.Helper()
	c, over := n.start("service.log", env, "commission", "serve", "c.toml", "--begin")
	n.mu.Lock()
	n.service, n.over = c, over
	n.mu.Unlock()
	if ready {
		n.ready()
	}
}

// ready waits until the service answers and knows the time.
func (n *nation) ready() {
	n.t.Helper()
	client := n.client("m1")
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		s, err := client.State(n.t.Context())
		if err == nil && len(s.Problems) == 0 {
			return
		}
		select {
		case <-n.over:
			n.t.Fatalf("the service has ended by itself:\n%s", n.tail("service.log"))
		default:
		}
		if time.Now().After(end) {
			n.t.Fatalf("the service is not ready: %v %v\n%s", s, err, n.tail("service.log"))
		}
	}
}

func (n *nation) tail(log string) string {
	text, _ := os.ReadFile(n.at(log))
	return string(text[max(0, len(text)-4000):])
}

// kill ends the service without a warning.
func (n *nation) kill() {
	_ = n.service.Process.Kill()
	<-n.over
}

// stop lets the service end in order.
func (n *nation) stop() {
	n.t.Helper()
	_ = n.service.Process.Signal(os.Interrupt)
	<-n.over
	if code := n.service.ProcessState.ExitCode(); code != 0 && code != 130 {
		n.t.Errorf("the service ended with %d:\n%s", code, n.tail("service.log"))
	}
}

// client is a machine's line to the service: m1, m2, desk, monitor, cabinet or police.
func (n *nation) client(machine string) *wire.Client {
	n.t.Helper()
	c, _, _, err := wire.Connect(i18n.EN, n.at(machine+".toml"), time.Now)
	if err != nil {
		n.t.Fatal(err)
	}
	return c
}

// signer is a person's key, as it lies on that person's machine.
func (n *nation) signer(name string) paper.Signer {
	n.t.Helper()
	k, err := keyfile.Load(n.at("keys/"+name+keyfile.KeyEnding), nil)
	if err != nil {
		n.t.Fatal(err)
	}
	return paper.Ed25519(k.Key())
}

// people are the signers of the country.
func (n *nation) people() map[string]paper.Signer {
	n.t.Helper()
	all := map[string]paper.Signer{}
	for _, name := range []string{"m1", "m2", "m3", "m4", "m5", "pm"} {
		all[name] = n.signer(name)
	}
	return all
}

// application makes the Cabinet Office's application number i, signed.
func (n *nation) application(i string, pm paper.Signer) (*paper.Envelope, error) {
	name := n.at("ask-" + i + ".toml")
	text := strings.Replace(strings.Replace(n.draft, `"a/1"`, `"a/`+i+`"`, 1), `"case/1"`, `"case/`+i+`"`, 1)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		return nil, err
	}
	x, err := draft.Read(name, time.Now().UTC())
	if err != nil {
		return nil, err
	}
	a, err := x.Application(n.view, n.trust.Profiles, nil, rand.Reader)
	if err != nil {
		return nil, err
	}
	return paper.Seal(application.Type, a, pm)
}

// vote is a member's vote, signed on the member's machine.
func vote(about paper.Digest, member string, p decision.Position, by paper.Signer) (*paper.Envelope, error) {
	return paper.Seal(decision.VoteType, decision.Vote{
		Application: about, At: paper.TimeOf(time.Now()), Member: paper.ID("person/" + member), Position: p, Reasons: "Borne out, " + member + " finds.",
	}, by)
}

// permit fetches the warrant that an application leads to and lets three members sign it.
func permit(ctx context.Context, c *wire.Client, about paper.Digest, id string, members ...paper.Signer) (*paper.Envelope, error) {
	nonce, err := draft.Nonce(rand.Reader)
	if err != nil {
		return nil, err
	}
	p, err := c.Packet(ctx, about)
	if err != nil {
		return nil, err
	}
	begin := paper.Time(0)
	if now := paper.TimeOf(time.Now()); p.Record.Grant != nil && now > p.Record.Grant.From {
		begin = now
	}
	w, err := c.Draft(ctx, about, paper.ID(id), nonce, begin)
	if err != nil {
		return nil, err
	}
	return paper.Seal(warrant.Type, w, members...)
}

// revocation is the commission's, signed by three members.
func revocation(w paper.Digest, members ...paper.Signer) (*paper.Envelope, error) {
	return paper.Seal(warrant.RevocationType, warrant.Revocation{At: paper.TimeOf(time.Now()), Reason: "The purpose is reached.", Warrant: w}, members...)
}

// verified opens what is left when everything has ended: the log is opened to everybody,
// exported, and verified by the verb that a stranger has.
func (n *nation) verified() {
	n.t.Helper()
	client := n.client("m1")
	s, err := client.State(n.t.Context())
	if err != nil {
		n.t.Fatal(err)
	}
	for first := int64(0); first < s.Size; first += 100 {
		r := opening.Request{Articles: []string{"63"}, At: paper.TimeOf(time.Now()), Member: "person/m1", Origin: s.Origin, Purpose: "The end of the test."}
		for i := first; i < min(first+100, s.Size); i++ {
			r.Entries = append(r.Entries, i)
		}
		e, err := paper.Seal(opening.Type, r, n.signer("m1"))
		if err != nil {
			n.t.Fatal(err)
		}
		if _, err := client.Bring(n.t.Context(), e); err != nil {
			n.t.Fatal(err)
		}
	}
	text := "[ledger]\ndir = \"ld\"\nkeys = \"kd\"\norigin = \"decisions.lab.example/log\"\nkey = \"keys/log-d.key\"\ntrust = \"t\"\n"
	if err := os.WriteFile(n.at("d.toml"), []byte(text), 0o600); err != nil {
		n.t.Fatal(err)
	}
	n.stop()
	n.must("noroshi", "ledger", "export", "x", "d.toml")
	pin, err := os.ReadFile(n.at("fingerprint"))
	if err != nil {
		n.t.Fatal(err)
	}
	if out := n.must("noroshi", "verify", "--root", strings.TrimSpace(string(pin)), "--fresh", "1h", "x"); !strings.Contains(out, "nothing is wrong") {
		n.t.Errorf("noroshi verify says:\n%s", out)
	}
}

// reading is a file that is read to its end, or nothing.
func reading(path string) []byte {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	text, _ := io.ReadAll(f)
	return text
}
