package draft

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/keyfile"
)

// folder makes a folder with a key, a file of evidence and drafts by name.
func folder(t testing.TB, drafts map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	k, err := keyfile.New(keyfile.Labels{Person: "person/hub", Body: "agency", Roles: []string{"acquirer"}}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Save(filepath.Join(dir, "hub"), nil); err != nil {
		t.Fatal(err)
	}
	for name, text := range drafts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func world(t testing.TB) *warranttest.World {
	t.Helper()
	w, err := warranttest.New(trust.Lab)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// good is a draft of a collection in which lists stand in no order.
const good = `
id = "w/1"
instrument = "lab/collection"
articles = ["18", "17"]
purpose = "botnet"
case = "case/1"
holder = "key:hub.pub"
lasts = "720h"
application = { index = 7 }
decision = { index = 9 }
[[conditions]]
id = "no-other-means"
finding = "carriers were asked"
evidence = ["file:e1", "sha256:0000000000000000000000000000000000000000000000000000000000000000"]
[[conditions]]
id = "necessity"
finding = "steered from abroad"
evidence = ["file:e1"]
[scope]
directions = ["transit", "inbound"]
effects = ["select", "forward"]
criteria = "dst in {192.0.2.0/24}  and  dst_port in {443}"
direction_table = "file:e1"
max_records = 100
max_bytes = 1000
memory_s = 3600
[[scope.links]]
id = "carrier-a/2"
tap = "keyid:hub.pub"
[[scope.links]]
id = "carrier-a/1"
tap = "keyid:hub.pub"
`

// TestWarrant: a draft becomes a warrant that its locks can sign and a check permits.
func TestWarrant(t *testing.T) {
	w, dir := world(t), folder(t, map[string]string{"w.toml": good, "e1": "evidence"})
	d, err := Read(filepath.Join(dir, "w.toml"), warranttest.Now.Time())
	if err != nil {
		t.Fatal(err)
	}
	x, err := d.Warrant(w.View, w.Profiles, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]paper.ID{"necessity", "no-other-means"}, []paper.ID{x.Conditions[0].ID, x.Conditions[1].ID}); diff != "" {
		t.Errorf("order of conditions\n%s", diff)
	}
	if x.NotBefore != warranttest.Now || x.NotAfter != warranttest.Now+720*3600 || x.Path != warrant.Ordinary || x.Kind != "collection" || x.Application.Origin != warranttest.Decisions {
		t.Errorf("filled in: %+v", x)
	}
	e, err := w.Seal(x)
	if err != nil {
		t.Fatal(err)
	}
	if list := Faults([]*paper.Envelope{e}, w.View, w.Profile, warranttest.Now); len(list) > 0 {
		t.Errorf("%v", list)
	}
	in, err := w.Input(e)
	if err != nil {
		t.Fatal(err)
	}
	// The liveness of the made-up country speaks of its own table.
	table := paper.DigestOf([]byte("evidence"))
	s := w.Statement(6, warranttest.Now, e.Digest())
	s.Warrants[0].DirectionTable = table
	if in.Liveness, err = w.Live(s); err != nil {
		t.Fatal(err)
	}
	in.Use.DirectionTable, in.Clock.Earliest = table, warranttest.Now
	if _, list := warrant.Check(in); len(list) > 0 {
		t.Errorf("%v", list)
	}
}

// TestWrong: what is wrong with a draft is said with file and member, in both languages.
func TestWrong(t *testing.T) {
	w := world(t)
	for name, c := range map[string]struct{ from, to, want string }{
		"no TOML":          {`id = "w/1"`, `id = `, ":2"},
		"a fraction":       {"max_records = 100", "max_records = 1.5", "scope.max_records"},
		"unknown member":   {"memory_s = 3600", "memory = 3600", "scope.memory"},
		"no purpose":       {`purpose = "botnet"`, "", "purpose"},
		"no such key":      {"key:hub.pub", "key:none.pub", "none.pub"},
		"no such evidence": {`evidence = ["file:e1"]`, `evidence = ["file:e9"]`, "e9"},
		"bad length":       {`lasts = "720h"`, `lasts = "a month"`, "lasts"},
		"two ends":         {`lasts = "720h"`, "lasts = \"720h\"\nnot_after = 2027-01-01T00:00:00Z", "not_after"},
		"not the draft's":  {`id = "w/1"`, "id = \"w/1\"\nroot = \"x\"", "root"},
		"no such power":    {"lab/collection", "lab/torture", "instrument"},
		"criteria":         {"dst in {192.0.2.0/24}", "dst like x", "criteria"},
		"an instant":       {`lasts = "720h"`, `not_after = "now+9m9m9h9s9z"`, "not_after"},
		"domestic":         {`"transit", "inbound"`, `"domestic"`, "scope.directions"},
	} {
		text := strings.Replace(good, c.from, c.to, 1)
		if text == good {
			t.Fatalf("%s changes nothing", name)
		}
		path := filepath.Join(folder(t, map[string]string{"w.toml": text, "e1": "x"}), "w.toml")
		d, err := Read(path, warranttest.Now.Time())
		if err == nil {
			_, err = d.Warrant(w.View, w.Profiles, rand.Reader)
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || fault.Text(err, "ja") == fault.Text(err, "en") {
			t.Errorf("%s: %v, want a place with %q", name, err, c.want)
		}
	}
}

// TestNarrow: what a draft names replaces the parent's; what a child cannot change is
// refused.
func TestNarrow(t *testing.T) {
	w := world(t)
	parent := w.CollectionWarrant()
	e, err := w.Seal(parent)
	if err != nil {
		t.Fatal(err)
	}
	dir := folder(t, map[string]string{
		"less.toml":  "lasts = \"1h\"\nnot_before = \"now\"\n[scope]\nmax_records = 5\neffects = [\"select\"]\n",
		"more.toml":  "[scope]\nmax_records = 2000000\n",
		"other.toml": "purpose = \"espionage\"\n",
	})
	for name, want := range map[string]string{"less.toml": "", "more.toml": "narrow-wider", "other.toml": "error"} {
		child, err := warrant.Child(e, w.Key("agent"), "w/child", warranttest.Nonce("child"))
		if err != nil {
			t.Fatal(err)
		}
		d, err := Read(filepath.Join(dir, name), warranttest.Now.Time())
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Narrow(child); err != nil {
			if want != "error" {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		list := warrant.Narrow(parent, child)
		if (want == "") != (len(list) == 0) || want != "" && list[0].Code != want {
			t.Errorf("%s: %v, want %q", name, list, want)
		}
		if name == "less.toml" && (child.Scope.MaxRecords != 5 || child.NotAfter != warranttest.Now+3600 || child.Scope.MaxBytes != parent.Scope.MaxBytes) {
			t.Errorf("%+v", child)
		}
	}
}

// TestKeys: a body's next list follows the one in force, and its top signs it.
func TestKeys(t *testing.T) {
	w, dir := world(t), folder(t, nil)
	old := w.Key("agency-2").ID()
	now := warranttest.Now.Time()
	n, err := Keys(w.View, "agency", []string{filepath.Join(dir, "hub.pub")}, []string{string(old[:12])}, now)
	if err != nil {
		t.Fatal(err)
	}
	e, err := paper.Seal(trust.ListType, n, w.Signer("agency-1"))
	if err != nil {
		t.Fatal(err)
	}
	v, list := trust.New(w.Roots, []*paper.Envelope{e}, w.Roots[0].Digest(), now.Add(time.Second))
	if len(list) > 0 {
		t.Fatal(list)
	}
	holders := v.Keys("acquirer", paper.TimeOf(now))
	if len(holders) != 2 || holders[1].Person != "person/hub" {
		t.Errorf("%v", holders)
	}
	for _, bad := range [][2]string{{"nobody", ""}, {"agency", "0123"}, {"agency", string(old[:4])}, {"police", ""}} {
		if n, err := Keys(w.View, paper.ID(bad[0]), []string{filepath.Join(dir, "hub.pub")}, strings.Fields(bad[1]), now); err == nil {
			t.Errorf("%v: %+v", bad, n)
		}
	}
}

func FuzzWarrant(f *testing.F) {
	w := world(f)
	dir := folder(f, map[string]string{"e1": "x"})
	f.Add(good)
	f.Add("scope = 1\n[[conditions]]\n")
	f.Add("holder = \"key:../../etc/passwd\"\nnot_before = 1979-05-27\n")
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(dir, "f.toml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Skip()
		}
		d, err := Read(path, warranttest.Now.Time())
		if err != nil {
			return
		}
		x, err := d.Warrant(w.View, w.Profiles, rand.Reader)
		if err != nil {
			return
		}
		if _, err := paper.Marshal(x); err != nil {
			t.Errorf("a draft became what no paper can hold: %v", err)
		}
	})
}

// TestNoIsLeftOut: who writes that something is not so is read as who does not write that
// it is; no place is named twice when something is wrong.
func TestNoIsLeftOut(t *testing.T) {
	path := filepath.Join(folder(t, map[string]string{"x.toml": "a = 1\n[[b]]\nmet = false\ntext = \"no\""}), "x.toml")
	d, err := Read(path, warranttest.Now.Time())
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		A int64 `json:"a"`
		B []struct {
			Met  bool   `json:"met,omitempty"`
			Text string `json:"text"`
		} `json:"b"`
	}
	if err := d.paper(&v); err != nil || len(v.B) != 1 || v.B[0].Met {
		t.Errorf("%v %+v", err, v)
	}
	var other struct {
		A int64 `json:"a"`
		B []struct {
			Words string `json:"words"`
		} `json:"b"`
	}
	if err := d.paper(&other); err == nil || strings.Count(err.Error(), "b[0].text") > 1 {
		t.Errorf("%v", err)
	}
}
