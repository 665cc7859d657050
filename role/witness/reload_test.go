package witness

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger/cosign/cosigntest"
)

// rootFolder is a trust root's folder that versions are put into.
type rootFolder struct {
	t   *testing.T
	dir string
	w   *warranttest.World
}

func (f rootFolder) put(name string, r trust.Root, by ...string) *paper.Envelope {
	f.t.Helper()
	var signers []paper.Signer
	for _, n := range by {
		signers = append(signers, f.w.Signer(n))
	}
	e, err := paper.Seal(trust.RootType, r, signers...)
	if err != nil {
		f.t.Fatal(err)
	}
	text, err := e.Marshal()
	if err != nil {
		f.t.Fatal(err)
	}
	f.write("root/"+name, string(text))
	return e
}

func (f rootFolder) write(name, text string) {
	f.t.Helper()
	path := filepath.Join(f.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		f.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(what)
		}
	}
}

// TestTheRootIsFollowedWhileItRuns: a version that the top has signed is followed at a
// hangup, without a restart and without losing what was cosigned; noise, a version that
// somebody else signed, and a folder that went back change nothing.
func TestTheRootIsFollowedWhileItRuns(t *testing.T) {
	top := []string{"agency-1", "member-1", "member-2"}
	acts, more := cosigntest.New(t, warranttest.Acts), cosigntest.New(t, "more.example/log")
	acts.Grow(8, "leaf")
	more.Grow(8, "leaf")
	c, self := settle(t, acts)
	w, err := warranttest.New(trust.Lab)
	if err != nil {
		t.Fatal(err)
	}
	f := rootFolder{t, t.TempDir(), w}
	r := w.Root
	r.NoticeS, r.Witnesses.Keys[0].Key, r.Logs[0].Key = 0, self, acts.VKey
	first := f.put("000001.json", r, top...)
	c.Logs.Keys, c.Trust = nil, Trust{Folder: f.dir, Fingerprint: string(first.Digest())}
	c.Witness.Listen, c.Witness.Health = freePort(t), freePort(t)
	url, health := "http://"+c.Witness.Listen, "http://"+c.Witness.Health+"/healthz"

	begun := time.Now()
	from := source{wall: func() time.Time { return warranttest.Now.Time().Add(time.Since(begun)) }, steady: func() time.Duration { return time.Since(begun) }, kernel: func() bool { return true }}
	ctx, stop := context.WithCancel(t.Context())
	hangup, ended := make(chan os.Signal, 1), make(chan error, 1)
	go func() { ended <- serve(ctx, c, i18n.EN, slog.New(slog.DiscardHandler), from, hangup, time.Hour) }()
	look := func() string {
		resp, err := http.Get(health)
		if err != nil {
			return err.Error()
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		return string(text)
	}
	// noticed has the witness look at its root, and waits until it has.
	noticed := func() {
		t.Helper()
		hangup <- syscall.SIGHUP
		eventually(t, "the hangup is not heard", func() bool { return len(hangup) == 0 })
		time.Sleep(100 * time.Millisecond)
	}
	eventually(t, "it does not serve", func() bool { code, _ := post(t, url, acts.Request(0, 4)); return code == 200 || code == 409 })
	if code, text := post(t, url, more.Request(0, 4)); code != 404 {
		t.Fatalf("a log that the root does not name: %d %s", code, text)
	}

	r.Version, r.Previous, r.Issued = 2, first.Digest(), warranttest.Now-60
	r.Logs = append(r.Logs, trust.Log{Body: "agency", Duty: trust.Acts, Origin: "more.example/log", Key: more.VKey})
	for name, put := range map[string]func(){
		"garbage":              func() { f.write("root/000002.json", "{") },
		"signed by a stranger": func() { f.put("000002.json", r, "stranger") },
		"signed by one body":   func() { f.put("000002.json", r, "member-1", "member-2", "member-3") },
	} {
		put()
		noticed()
		if code, _ := post(t, url, more.Request(0, 4)); code != 404 {
			t.Fatalf("%s: the new log is cosigned: %d", name, code)
		}
		if text := look(); !strings.Contains(text, "well") {
			t.Errorf("%s: noise is an alarm: %s", name, text)
		}
	}

	f.put("000002.json", r, top...)
	hangup <- syscall.SIGHUP
	eventually(t, "the second version is not followed", func() bool { code, _ := post(t, url, more.Request(0, 4)); return code == 200 })
	if code, text := post(t, url, acts.Request(0, 6)); code != 409 {
		t.Errorf("it forgot what it had cosigned: %d %s", code, text)
	}
	if code, text := post(t, url, acts.Request(4, 8)); code != 200 {
		t.Errorf("it does not go on: %d %s", code, text)
	}

	if err := os.Remove(filepath.Join(f.dir, "root", "000002.json")); err != nil {
		t.Fatal(err)
	}
	noticed()
	if code, text := post(t, url, more.Request(4, 8)); code != 200 {
		t.Errorf("a folder that went back took a log away: %d %s", code, text)
	}
	if text := look(); !strings.Contains(text, "version 2 stays in force") {
		t.Errorf("a folder that went back is no alarm: %s", text)
	}
	f.put("000002.json", r, top...)
	noticed()
	if text := look(); !strings.Contains(text, "well") {
		t.Errorf("the alarm is not over: %s", text)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("it did not end in order: %v", err)
	}
}

// TestTheRootOfTheOwnersRecords: a version whose signer has retired since counts by the
// record that the owner made of it, and not without.
func TestTheRootOfTheOwnersRecords(t *testing.T) {
	w, err := warranttest.New(trust.Lab)
	if err != nil {
		t.Fatal(err)
	}
	f := rootFolder{t, t.TempDir(), w}
	r, now := w.Root, warranttest.Now
	r.Bodies[0].Keys[0].Until = now - 86400
	first := f.put("000001.json", r, "agency-1", "member-1", "member-2")
	r.Version, r.Previous, r.Issued = 2, first.Digest(), now-2*86400
	second := f.put("000002.json", r, "agency-1", "member-1", "member-2")
	version := func() (int64, []string) {
		v, left, err := LoadRoot(f.dir, first.Digest(), now.Time())
		if err != nil {
			t.Fatal(err)
		}
		return v.Version(), left
	}
	if n, left := version(); n != 1 || len(left) == 0 || !strings.Contains(left[0], "000002.json") {
		t.Errorf("by this clock version %d holds, left out: %v", n, left)
	}
	f.write("recorded", string(second.Digest())+" "+(now-2*86400+60).String()+"\n")
	if n, left := version(); n != 2 || len(left) > 0 {
		t.Errorf("by the record version %d holds, left out: %v", n, left)
	}
	f.write("recorded", "yesterday\n")
	if _, _, err := LoadRoot(f.dir, first.Digest(), now.Time()); err == nil {
		t.Error("a line that is no record was passed over")
	}
}
