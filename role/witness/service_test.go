package witness

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/keyfile"
	"github.com/noroshi-acd/noroshi/ledger/cosign"
	"github.com/noroshi-acd/noroshi/ledger/cosign/cosigntest"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

const origin = "ledger.example/acts"

// settle makes a key, a state and a configuration, as init does.
func settle(t *testing.T, l *cosigntest.Log) (*Config, string) {
	t.Helper()
	dir := t.TempDir()
	key, err := keyfile.New(keyfile.Labels{Person: "witness", Body: "witness"}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := key.Save(filepath.Join(dir, "witness"), nil); err != nil {
		t.Fatal(err)
	}
	_, vkey, err := proof.NewCosigner("w.example/1", key.Public.Key)
	if err != nil {
		t.Fatal(err)
	}
	c := DefaultConfig()
	c.Witness = Identity{Name: "w.example/1", Key: filepath.Join(dir, "witness.key"), State: filepath.Join(dir, "state"), Listen: "127.0.0.1:0", Health: "127.0.0.1:0"}
	c.Logs.Keys = []string{l.VKey}
	c.Clock.Vouched = true
	c.Exchange.Every = time.Second
	if err := cosign.Create(c.Witness.State, vkey); err != nil {
		t.Fatal(err)
	}
	return c, vkey
}

// start runs a service until the test stops it; stop gives what Run said.
func start(t *testing.T, c *Config, s source) (service *Service, url string, stop func() error) {
	t.Helper()
	w, err := assemble(c, i18n.EN, slog.New(slog.DiscardHandler), s)
	if err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	c.Witness.Listen = port
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if conn, err := net.Dial("tcp", port); err == nil {
			conn.Close()
			break
		}
		if time.Now().After(end) {
			t.Fatal("it does not serve")
		}
	}
	return w, "http://" + port, func() error { cancel(); return <-ended }
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func post(t *testing.T, url string, body []byte) (int, string) {
	t.Helper()
	resp, err := http.Post(url+"/add-checkpoint", "", bytes.NewReader(body))
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error()
	}
	return resp.StatusCode, string(text)
}

// TestServiceCopiesServesAndStops: a mirror follows what was cosigned and is served; the
// end is in order; a mirror that knows more than the state keeps it from starting.
func TestServiceCopiesServesAndStops(t *testing.T) {
	l := cosigntest.New(t, origin)
	l.Grow(300, "leaf")
	place := httptest.NewServer(l)
	defer place.Close()
	c, _ := settle(t, l)
	c.Logs.URLs = []string{origin + " " + place.URL}
	c.Mirror = Mirror{Folder: t.TempDir(), Logs: []string{origin}}
	empty := t.TempDir()
	if err := os.CopyFS(empty, os.DirFS(c.Witness.State)); err != nil {
		t.Fatal(err)
	}
	_, url, stop := start(t, c, system())
	if code, text := post(t, url, l.Request(0, 300)); code != 200 {
		t.Fatal(code, text)
	}
	read := func(path string) ([]byte, error) {
		resp, err := http.Get(url + "/mirror/" + cosign.OriginHash(origin) + "/" + path)
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close()
		if resp.StatusCode != 200 {
			return nil, errors.New(resp.Status)
		}
		return io.ReadAll(resp.Body)
	}
	for end := time.Now().Add(15 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if _, err := read("checkpoint"); err == nil {
			break
		} else if time.Now().After(end) {
			t.Fatal(err)
		}
	}
	tree := proof.NewTree(proof.Checkpoint{Origin: origin, Size: 300, Root: l.Root(300)}, read)
	if root, err := tree.RootAt(123); err != nil || root != l.Root(123) {
		t.Error(err)
	}
	if err := stop(); err != nil {
		t.Errorf("it did not end in order: %v", err)
	}
	c.Witness.State = empty // a backup of before
	w, err := assemble(c, i18n.EN, slog.New(slog.DiscardHandler), system())
	if err != nil {
		t.Fatal(err)
	}
	c.Witness.Listen = "127.0.0.1:0"
	var back *cosign.Rollback
	if err := w.Run(t.Context()); !errors.As(err, &back) || fault.HintIn(err, i18n.EN) == "" {
		t.Errorf("started on an older state: %v", err)
	}
	if w, err = assemble(c, i18n.EN, slog.New(slog.DiscardHandler), system()); err != nil {
		t.Fatal(err)
	}
	os.RemoveAll(c.Mirror.Folder)
	if err := w.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "300") {
		t.Errorf("forgot that its state is older: %v", err)
	}
}

// TestServiceSaysWhatIsWrong on its health address.
func TestServiceSaysWhatIsWrong(t *testing.T) {
	l := cosigntest.New(t, origin)
	l.Grow(20, "leaf")
	c, _ := settle(t, l)
	b := &bench{wall: time.Unix(1_800_000_000, 0), kernel: true}
	s, url, stop := start(t, c, source{wall: time.Now, steady: func() time.Duration { return 0 }, kernel: func() bool { return b.kernel }})
	_ = url
	get := func(path string) (int, string) {
		w := httptest.NewRecorder()
		s.healthHandler().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		return w.Code, w.Body.String()
	}
	if code, text := get("/healthz"); code != 200 {
		t.Errorf("%d %s", code, text)
	}
	other := l.Branch(5)
	other.Grow(15, "other")
	if code, text := post(t, url, l.Request(0, 10)); code != 200 {
		t.Fatal(code, text)
	}
	if code, text := post(t, url, other.Request(0, 10)); code != 422 {
		t.Fatal(code, text)
	}
	if code, text := get("/healthz"); code != 503 || !strings.Contains(text, "two stories") {
		t.Errorf("%d %s", code, text)
	}
	_, text := get("/status")
	var r Report
	if err := json.Unmarshal([]byte(text), &r); err != nil || r.Logs[0].Stopped != "split" || r.Problems[0].JA == "" {
		t.Errorf("%+v, %v", r, err)
	}
	if _, text := get("/metrics"); !strings.Contains(text, "noroshi_witness_stopped_logs 1\n") || !strings.Contains(text, "noroshi_witness_refused_forked_total 1\n") {
		t.Errorf("%s", text)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// TestConfigIsChecked: each wrong plan has its own sentence.
func TestConfigIsChecked(t *testing.T) {
	l := cosigntest.New(t, origin)
	for want, change := range map[string]func(c *Config, vkey string){
		"no log to watch":    func(c *Config, _ string) { c.Logs.Keys = nil },
		"needs a trust root": func(c *Config, _ string) { c.Sealed.Within = time.Hour },
		"no log or witness":  func(c *Config, _ string) { c.Peers.URLs = []string{"w9.example/1 http://127.0.0.1:1"} },
		"cannot be copied":   func(c *Config, _ string) { c.Mirror = Mirror{Folder: "x", Logs: []string{origin}} },
		"trust root cannot": func(c *Config, _ string) {
			c.Logs.Keys = nil
			c.Trust = Trust{Folder: "nowhere", Fingerprint: "sha256:" + strings.Repeat("0", 64)}
		},
		"file and in the trust": func(c *Config, _ string) { c.Trust = Trust{Folder: "nowhere"} },
		"state cannot be taken": func(c *Config, _ string) { c.Witness.Name = "w.example/2" },
	} {
		c, vkey := settle(t, l)
		change(c, vkey)
		w, err := OpenState(c)
		if err == nil {
			w.Close()
		}
		if err == nil || !strings.Contains(fault.Text(err, i18n.EN), want) || fault.HintIn(err, i18n.JA) == "" {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// TestInvariant03_KilledAtAnyInstantItRemembers kills the real program without warning
// while a log grows, again and again: nothing that was answered is forgotten.
func TestInvariant03_KilledAtAnyInstantItRemembers(t *testing.T) {
	if testing.Short() {
		t.Skip("short")
	}
	bin := filepath.Join(t.TempDir(), "noroshi-witness")
	if out, err := exec.Command("go", "build", "-o", bin, "github.com/noroshi-acd/noroshi/cmd/noroshi-witness").CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	l := cosigntest.New(t, origin)
	l.Grow(2000, "leaf")
	fork := l.Branch(1)
	fork.Grow(3999, "other") // its size the log itself never reaches: two roots of one size would be a split
	c, _ := settle(t, l)
	c.Witness.Listen, c.Witness.Health = freePort(t), freePort(t)
	c.Limits.Rate = 0
	file := filepath.Join(t.TempDir(), "witness.toml")
	var b bytes.Buffer
	if err := c.Show(&b, i18n.EN); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	url, answered, answers := "http://"+c.Witness.Listen, int64(0), 0
	for round := range 12 {
		p := exec.Command(bin, "run", file)
		var said bytes.Buffer
		p.Stderr = &said
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		kill := time.AfterFunc(time.Duration(60+mathrand.IntN(240))*time.Millisecond, func() { p.Process.Kill() })
		dead := make(chan struct{})
		go func() { p.Wait(); close(dead) }()
		asked := answered
		for {
			code, text := post(t, url, l.Request(asked, min(asked+1, 2000)))
			if code == 200 {
				asked++
				answered, answers = asked, answers+1
				continue
			}
			if code == 409 {
				var known int64
				fmt.Sscan(text, &known)
				if known < answered || known > answered+1 { // one may be written and not answered
					t.Fatalf("round %d: it says %d, has answered %d", round, known, answered)
				}
				asked = known
				if code, _ := post(t, url, fork.Request(known, 4000)); code == 200 {
					t.Fatalf("round %d: another branch was cosigned at %d", round, known)
				}
				continue
			}
			if code != 0 {
				t.Fatalf("round %d: %d %s", round, code, text)
			}
			select { // not there yet, or no more
			case <-dead:
			case <-time.After(5 * time.Millisecond):
				continue
			}
			break
		}
		kill.Stop()
		if strings.Contains(said.String(), "noroshi:") {
			t.Fatalf("round %d: %s", round, said.String())
		}
	}
	if answers < 12 {
		t.Errorf("only %d answers in twelve lives", answers)
	}
	t.Logf("%d answers in twelve lives, none forgotten", answers)
}
