package warrant_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
)

var update = flag.Bool("update", false, "write the test vectors anew")

// vector is one check as a file: docs/spec/warrant.md says how to read it.
type vector struct {
	About    string                `json:"about"`
	Chain    []*paper.Envelope     `json:"chain"`
	Earliest paper.Time            `json:"earliest"`
	Latest   paper.Time            `json:"latest"`
	LeaseS   int64                 `json:"lease_s,omitempty"`
	Liveness *paper.Envelope       `json:"liveness,omitempty"`
	Pinned   paper.Digest          `json:"pinned"`
	Profiles []profileAs           `json:"profiles"`
	Roots    []*paper.Envelope     `json:"roots"`
	Start    bool                  `json:"start"`
	Stops    []*paper.Envelope     `json:"stops"` // checked against the first profile
	Unmet    []string              `json:"unmet"` // "place code", sorted, none twice
	Urgents  *[]warrant.UrgentSeen `json:"urgents,omitempty"`
	Use      warrant.Use           `json:"use"`
}

// profileAs is a profile as somebody hands it out: under that digest.
type profileAs struct {
	As      paper.Digest    `json:"as"`
	Profile *regime.Profile `json:"profile"`
}

// first runs the product's verifier.
func first(v *vector) []string {
	var found []string
	note := func(list []warrant.Unmet) {
		for _, u := range list {
			found = append(found, u.Place+" "+u.Code)
		}
	}
	view, l := trust.New(v.Roots, nil, v.Pinned, v.Earliest.Time())
	note(l)
	if view != nil {
		note(check(v, view, note))
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func check(v *vector, view *trust.View, note func([]warrant.Unmet)) []warrant.Unmet {
	in := warrant.Input{
		Chain: v.Chain, View: view, Use: v.Use, Clock: warrant.Clock{Earliest: v.Earliest, Latest: v.Latest}, Start: v.Start, LeaseS: v.LeaseS,
		Profiles: func(d paper.Digest) *regime.Profile {
			i := slices.IndexFunc(v.Profiles, func(p profileAs) bool { return p.As == d })
			if i < 0 {
				return nil
			}
			return v.Profiles[i].Profile
		},
	}
	if v.Liveness != nil {
		live, l := liveness.Verify(v.Liveness, view)
		note(l)
		in.Liveness = live
	}
	for _, e := range v.Stops {
		s, l := warrant.VerifyStop(e, view, v.Profiles[0].Profile)
		if note(l); s != nil {
			in.Stops = append(in.Stops, s)
		}
	}
	if v.Urgents != nil {
		in.Urgents = &warrant.UrgentCount{Warrants: *v.Urgents}
	}
	_, l := warrant.Check(in)
	return l
}

func blinded(digest, day string) string {
	key, _ := hex.DecodeString(strings.TrimPrefix(digest, "sha256:"))
	h := hmac.New(sha256.New, key)
	h.Write([]byte("noroshi liveness\n" + day))
	return hex.EncodeToString(h.Sum(nil))
}

// honest makes a vector in which everything is right for the chain.
func honest(t testing.TB, w *warranttest.World, about string, chain ...*paper.Envelope) *vector {
	in := must(w.Input(chain...))(t)
	first := new(warrant.Warrant)
	if err := chain[0].Open(warrant.Type, first); err != nil {
		t.Fatal(err)
	}
	v := &vector{
		About: about, Chain: chain, Earliest: in.Clock.Earliest, Latest: in.Clock.Latest, Pinned: w.Roots[0].Digest(), Roots: w.Roots,
		Start: true, Use: in.Use, Unmet: []string{}, Urgents: &[]warrant.UrgentSeen{}, Stops: []*paper.Envelope{},
		Profiles: []profileAs{{first.Profile, w.Profiles[first.Profile]}},
	}
	v.Liveness = must(paper.Seal(liveness.Type, w.Statement(5, warranttest.Now-10, chain[0].Digest()), w.Signer("liveness")))(t)
	return v
}

// TestVectors: the files hold what both verifiers say, and are what the forgeries'
// families make with seed 1. Another implementation can be held against them.
func TestVectors(t *testing.T) {
	dir := filepath.Join("testdata", "vectors")
	for name, v := range vectors(t) {
		v.Unmet = append([]string{}, first(v)...)
		path := filepath.Join(dir, name+".json")
		data, err := paper.Marshal(v)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if *update {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		stored, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(stored), string(data)); diff != "" {
			t.Errorf("%s is not what is made now (go test -run TestVectors -update):\n%.400s", name, diff)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) < 30 {
		t.Fatalf("%d vectors, %v", len(files), err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		v := new(vector)
		if err := paper.Unmarshal(data, v); err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if diff := cmp.Diff(v.Unmet, append([]string{}, first(v)...)); diff != "" {
			t.Errorf("%s, the verifier (-file +verifier):\n%s", path, diff)
		}
		if strings.HasPrefix(filepath.Base(path), "root-") {
			continue // the second verifier knows right roots only
		}
		if diff := cmp.Diff(v.Unmet, append([]string{}, oracle(v)...)); diff != "" {
			t.Errorf("%s, the second verifier (-file +second):\n%s", path, diff)
		}
	}
}
