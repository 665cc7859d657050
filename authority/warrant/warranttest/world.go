package warranttest

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/regime/regimetest"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
)

// Now is the instant at which everything in the country is right:
// 2026-11-22T01:00:00Z.
const Now paper.Time = 1795309200

const year = 366 * 86400

// The logs' origins.
const (
	Decisions = "decisions.lab.example/log"
	Acts      = "acts.lab.example/log"
)

// World is the country. Its keys are named after who holds them: "member-1" to
// "member-5", "minister", "chief", "agency-1", "agency-2", "liveness", "recovery-1" to
// "recovery-3", "hub" (holder of warrants), "edge", "tap-1", "tap-2", "agent".
type World struct {
	Seed       string
	Root       trust.Root
	Roots      []*paper.Envelope
	View       *trust.View
	Collection *regime.Profile
	Police     *regime.Profile
	Profiles   map[paper.Digest]*regime.Profile
}

// New makes the country; spoil may change profiles and root before they are sealed.
func New(kind trust.Kind, spoil ...func(*World)) (*World, error) {
	w := &World{Seed: "everybody knows", Profiles: map[paper.Digest]*regime.Profile{}}
	w.Collection, w.Police = regimetest.Profiles()
	w.Root = w.root(kind)
	for _, f := range spoil {
		f(w)
	}
	for _, p := range []*regime.Profile{w.Collection, w.Police} {
		d, err := p.Digest()
		if err != nil {
			return nil, err
		}
		w.Profiles[d] = p
		w.Root.Profiles = append(w.Root.Profiles, trust.ProfileEntry{Digest: d, From: p.From, Instrument: p.Instrument})
	}
	e, err := paper.Seal(trust.RootType, w.Root, w.Signer("member-1"), w.Signer("member-2"), w.Signer("agency-1"))
	if err != nil {
		return nil, err
	}
	w.Roots = []*paper.Envelope{e}
	view, list := trust.New(w.Roots, nil, e.Digest(), Now.Time())
	if len(list) > 0 {
		return nil, fmt.Errorf("the made-up root: %s", unmet.List(list))
	}
	w.View = view
	return w, nil
}

// Signer gives the key of that name.
func (w *World) Signer(name string) paper.Signer {
	seed := sha256.Sum256([]byte(w.Seed + "\n" + name))
	return paper.Ed25519(ed25519.NewKeyFromSeed(seed[:]))
}

// Key gives the public key of that name.
func (w *World) Key(name string) paper.PublicKey { return w.Signer(name).Public() }

// key is a line of a body's list.
func (w *World) key(name, person string, roles ...paper.ID) trust.Key {
	slices.Sort(roles)
	return trust.Key{Key: w.Key(name), Person: paper.ID(person), Roles: roles, From: Now - year, Until: Now + year}
}

func (w *World) root(kind trust.Kind) trust.Root {
	commission := trust.Body{
		ID: "commission", Jurisdiction: "lab", Name: paper.Words{EN: "the commission", JA: "監理委員会"},
		Roles: []paper.ID{"liveness", "member", "top"}, Threshold: 2, List: 1, CA: []paper.Digest{paper.DigestOf([]byte("commission"))},
	}
	for i := 1; i <= 5; i++ {
		roles := []paper.ID{"member"}
		if i <= 3 {
			roles = append(roles, "top")
		}
		name := fmt.Sprintf("member-%d", i)
		commission.Keys = append(commission.Keys, w.key(name, "person/"+name, roles...))
	}
	commission.Keys = append(commission.Keys, w.key("liveness", "person/registrar", "liveness"))
	body := func(id paper.ID, en, ja string, roles []paper.ID, keys ...trust.Key) trust.Body {
		return trust.Body{ID: id, Jurisdiction: "lab", Name: paper.Words{EN: en, JA: ja}, Roles: roles, Threshold: 1, List: 1, Keys: keys, CA: []paper.Digest{paper.DigestOf([]byte(id))}}
	}
	r := trust.Root{
		Name: "lab/root", Kind: kind, Version: 1, Issued: Now - 30*86400, Expires: Now + 300*86400, NoticeS: 14 * 86400,
		Bodies: []trust.Body{
			body("agency", "the agency", "取得機関", []paper.ID{"acquirer", "top"}, w.key("agency-1", "person/agency-1", "acquirer", "top"), w.key("agency-2", "person/agency-2", "acquirer")),
			commission,
			body("ministry", "the ministry", "所管省", []paper.ID{"minister", "top"}, w.key("minister", "person/minister", "minister", "top")),
			body("police", "the police", "警察", []paper.ID{"chief", "officer", "top"}, w.key("chief", "person/chief", "chief", "top")),
		},
		Top: trust.Top{Bodies: []paper.ID{"agency", "commission"}, K: 2},
		Logs: []trust.Log{
			{Body: "agency", Duty: trust.Acts, Origin: Acts, Key: w.NoteKey(Acts, "log-acts", 1)},
			{Body: "commission", Duty: trust.Decisions, Origin: Decisions, Key: w.NoteKey(Decisions, "log-decisions", 1)},
		},
		Witnesses: trust.Policy{K: 3, Faulty: 1},
		Profiles:  []trust.ProfileEntry{},
		Urgent:    []trust.UrgentIssuer{{Instrument: "lab/police", Role: "chief"}},
		Ceremony: trust.Ceremony{K: 2, NoticeS: 7 * 86400, Words: paper.Words{EN: "two of three recovery keys, of two bodies", JA: "二つの機関の回復鍵3本のうち2本"}, Keys: []trust.RecoveryKey{
			{Body: "agency", Key: w.Key("recovery-1"), Person: "person/safe-1"},
			{Body: "commission", Key: w.Key("recovery-2"), Person: "person/safe-2"},
			{Body: "commission", Key: w.Key("recovery-3"), Person: "person/safe-3"},
		}},
	}
	for i := 1; i <= 4; i++ {
		name := fmt.Sprintf("witness-%d.example", i)
		r.Witnesses.Keys = append(r.Witnesses.Keys, trust.Witness{Key: w.NoteKey(name, name, 4), Operator: paper.ID(name)})
	}
	return r
}

// NoteKey writes the verifier key "name+hash+base64" of the key called signer, of a
// signature type (1 for a log, 4 for a witness).
func (w *World) NoteKey(name, signer string, algorithm byte) string {
	data := append([]byte{algorithm}, w.Key(signer).Key...)
	sum := sha256.Sum256(append([]byte(name+"\n"), data...))
	return name + "+" + hex.EncodeToString(sum[:4]) + "+" + base64.StdEncoding.EncodeToString(data)
}

// Nonce makes 64 digits of text.
func Nonce(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// CollectionWarrant is a warrant for two links, held by the hub, that begins an hour
// before Now and lasts thirty days.
func (w *World) CollectionWarrant() *warrant.Warrant {
	profile, _ := w.Collection.Digest()
	return &warrant.Warrant{
		Application: warrant.Entry{Index: 7, Origin: Decisions}, Decision: warrant.Entry{Index: 9, Origin: Decisions},
		Articles: []string{"17"}, Case: "case/1",
		Conditions: []warrant.Condition{
			{ID: "necessity", Finding: "the botnet is steered from abroad", Evidence: []paper.Digest{paper.DigestOf([]byte("e1"))}},
			{ID: "no-other-means", Finding: "carriers have been asked without success", Evidence: []paper.Digest{paper.DigestOf([]byte("e2"))}},
		},
		Holder: w.Key("hub"), ID: "w/collection-1", Instrument: "lab/collection", Kind: regime.Collection, Nonce: Nonce("collection"),
		NotBefore: Now - 3600, NotAfter: Now + 30*86400, Path: warrant.Ordinary, People: []warrant.Person{}, Profile: profile,
		Purpose: "botnet", Root: w.Root.Name, RootKind: w.Root.Kind,
		Scope: warrant.Scope{
			Criteria:       "dst in {192.0.2.0/24} and dst_port in {443} or tls.sni in {*.bad.example}",
			DirectionTable: paper.DigestOf([]byte("table")), Directions: []regime.Direction{"inbound", "transit"},
			Effects: []paper.ID{"forward", "select"}, Links: []warrant.Link{{ID: "carrier-a/1", Tap: w.Key("tap-1").ID()}, {ID: "carrier-a/2", Tap: w.Key("tap-2").ID()}},
			MaxBytes: 1 << 30, MaxRecords: 1000000, MemoryS: 86400, Targets: []warrant.Target{}, MaxUses: 0,
		},
	}
}

// PoliceWarrant is a warrant for one file and one small prefix, held by an agent.
func (w *World) PoliceWarrant() *warrant.Warrant {
	profile, _ := w.Police.Digest()
	consent := paper.Digest("")
	if w.Root.Kind == trust.Private {
		consent = paper.DigestOf([]byte("consent"))
	}
	return &warrant.Warrant{
		Application: warrant.Entry{Index: 11, Origin: Decisions}, Decision: warrant.Entry{Index: 12, Origin: Decisions},
		Articles: []string{"6-2"}, Case: "case/2",
		Conditions: []warrant.Condition{
			{ID: "danger", Finding: "a hospital is about to be attacked", Evidence: []paper.Digest{paper.DigestOf([]byte("e3"))}},
			{ID: "no-other-means", Finding: "the owner cannot be reached", Evidence: []paper.Digest{paper.DigestOf([]byte("e4"))}},
		},
		Holder: w.Key("agent"), ID: "w/police-1", Instrument: "lab/police", Kind: regime.Neutralise, Nonce: Nonce("police"),
		NotBefore: Now - 3600, NotAfter: Now + 86400, Path: warrant.Ordinary, Profile: profile, Purpose: "botnet",
		People: []warrant.Person{{Duty: "executor", Person: "person/officer-1", Until: Now + 40000}, {Duty: "second", Person: "person/officer-2", Until: Now + 40000}},
		Root:   w.Root.Name, RootKind: w.Root.Kind,
		Scope: warrant.Scope{
			Directions: []regime.Direction{}, Effects: []paper.ID{"delete", "stop"}, Links: []warrant.Link{}, MaxTargets: 2, MaxUses: 3,
			Targets: []warrant.Target{
				{Kind: warrant.File, Value: "device/7", Path: "/tmp/.x", Hash: paper.DigestOf([]byte("malware")), Consent: consent},
				{Kind: warrant.Prefix, Value: "198.51.100.0/28", Consent: consent},
			},
		},
	}
}

// Seal signs a first warrant with the keys of those names; none: all that its locks
// need.
func (w *World) Seal(x *warrant.Warrant, names ...string) (*paper.Envelope, error) {
	if len(names) == 0 {
		names = []string{"member-1", "member-2", "member-3"}
		switch {
		case x.Path == warrant.Urgent:
			names = []string{"chief"}
		case x.Instrument == "lab/police":
			names = append(names, "minister")
		}
	}
	signers := make([]paper.Signer, len(names))
	for i, n := range names {
		signers[i] = w.Signer(n)
	}
	return paper.Seal(warrant.Type, x, signers...)
}

// Statement makes a statement at an instant in which the warrants stand, with both
// links.
func (w *World) Statement(number int64, at paper.Time, warrants ...paper.Digest) liveness.Statement {
	s := liveness.Statement{Number: number, Root: w.Root.Name, RootHash: w.View.Digest(), RootVersion: w.View.Version(), Time: at, Warrants: []liveness.Standing{}}
	for _, d := range warrants {
		s.Warrants = append(s.Warrants, liveness.Standing{
			Blind: liveness.Blind(d, at.Day()), DirectionTable: paper.DigestOf([]byte("table")), LeastSet: 1, Links: []paper.ID{"carrier-a/1", "carrier-a/2"},
		})
	}
	slices.SortFunc(s.Warrants, func(a, b liveness.Standing) int {
		if a.Blind < b.Blind {
			return -1
		}
		return 1
	})
	return s
}

// Live signs a statement and verifies it.
func (w *World) Live(s liveness.Statement) (*liveness.Verified, error) {
	e, err := paper.Seal(liveness.Type, s, w.Signer("liveness"))
	if err != nil {
		return nil, err
	}
	v, list := liveness.Verify(e, w.View)
	if len(list) > 0 {
		return nil, fmt.Errorf("the made-up liveness: %s", unmet.List(list))
	}
	return v, nil
}

// QueryWarrant is a warrant of the collection's instrument for an act on what was
// collected: a query, an opening or a sharing. The instrument must permit the kind.
func (w *World) QueryWarrant(kind regime.Kind) *warrant.Warrant {
	x := w.CollectionWarrant()
	x.ID, x.Kind, x.Nonce = paper.ID("w/"+string(kind)+"-1"), kind, Nonce(string(kind))
	x.Scope.Targets = []warrant.Target{{Kind: warrant.Address, Value: "192.0.2.7"}, {Kind: warrant.Name, Value: "c2.bad.example"}}
	x.Scope.MaxTargets, x.Scope.MaxUses, x.Scope.MemoryS = 2, 5, 0
	return x
}

// Use is a use that lies inside the warrant.
func (w *World) Use(x *warrant.Warrant) warrant.Use {
	u := x.Sample()
	if x.Kind == regime.Collection {
		u.SelectorSet = 4
		u.Selector = "dst in {192.0.2.7} and dst_port in {443}"
		u.Counts = warrant.Counts{Records: 10, Bytes: 1000, MemoryS: 3600}
	}
	return u
}

// Profile gives the profile of a digest, nil when there is none.
func (w *World) Profile(d paper.Digest) *regime.Profile { return w.Profiles[d] }

// Input is a check of the chain at Now that finds everything right, when the chain is.
// The use is one that the last warrant permits.
func (w *World) Input(chain ...*paper.Envelope) (warrant.Input, error) {
	leaf := new(warrant.Warrant)
	if err := chain[len(chain)-1].Open(warrant.Type, leaf); err != nil {
		return warrant.Input{}, err
	}
	live, err := w.Live(w.Statement(5, Now-10, chain[0].Digest()))
	if err != nil {
		return warrant.Input{}, err
	}
	use := w.Use(leaf)
	use.Above = slices.Repeat([]warrant.Counts{use.Counts}, len(chain)-1)
	return warrant.Input{
		Chain: chain, View: w.View, Profiles: w.Profile, Use: use, Liveness: live,
		Clock: warrant.Clock{Earliest: Now - 2, Latest: Now + 2}, Start: true, Urgents: &warrant.UrgentCount{},
	}, nil
}
