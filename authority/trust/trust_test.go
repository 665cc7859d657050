package trust_test

import (
	"encoding/json"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
)

const now = warranttest.Now

func world(t testing.TB, spoil ...func(*warranttest.World)) *warranttest.World {
	t.Helper()
	w, err := warranttest.New(trust.Lab, spoil...)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func seal(t testing.TB, w *warranttest.World, payloadType string, v any, names ...string) *paper.Envelope {
	t.Helper()
	var signers []paper.Signer
	for _, n := range names {
		signers = append(signers, w.Signer(n))
	}
	e, err := paper.Seal(payloadType, v, signers...)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// next is a copy of the root as its next version, one day old.
func next(t testing.TB, w *warranttest.World) *trust.Root {
	t.Helper()
	r := new(trust.Root)
	if err := w.Roots[0].Open(trust.RootType, r); err != nil {
		t.Fatal(err)
	}
	r.Version, r.Previous, r.Issued = 2, w.Roots[0].Digest(), now-86400
	return r
}

// top are those who speak for agency and commission.
var top = []string{"agency-1", "member-1", "member-2"}

func codes(list []trust.Unmet) string {
	var s []string
	for _, u := range list {
		s = append(s, u.Code)
	}
	slices.Sort(s)
	return strings.Join(slices.Compact(s), " ")
}

// prompt is a record that was made at the time that each paper states.
func prompt(t testing.TB, all ...*paper.Envelope) func(paper.Digest) (paper.Time, bool) {
	t.Helper()
	times := map[paper.Digest]paper.Time{}
	for _, e := range all {
		var r trust.Root
		var l trust.List
		if e.Open(trust.RootType, &r) == nil {
			times[e.Digest()] = r.Issued
		} else if e.Open(trust.ListType, &l) == nil {
			times[e.Digest()] = l.Issued
		}
	}
	return func(d paper.Digest) (paper.Time, bool) { at, ok := times[d]; return at, ok }
}

// promptly follows papers that were recorded at once.
func promptly(t testing.TB, w *warranttest.World, roots []*paper.Envelope, lists ...*paper.Envelope) (*trust.View, []trust.Unmet) {
	t.Helper()
	return trust.Follow(trust.History{Roots: roots, Lists: lists, Pinned: w.Roots[0].Digest(), Recorded: prompt(t, append(slices.Clone(roots), lists...)...)}, now.Time())
}

// outcome is what is wrong, or in brackets what was left out.
func outcome(v *trust.View, list []trust.Unmet) string {
	if v == nil {
		return codes(list)
	}
	if left := codes(v.LeftOut()); left != "" {
		return "(" + left + ")"
	}
	return ""
}

func TestRootAlone(t *testing.T) {
	w := world(t)
	key := func(name string) trust.Key {
		return trust.Key{Key: w.Key(name), Person: paper.ID("person/" + name), Roles: []paper.ID{"top"}, From: now - 1000000, Until: now + 1000000}
	}
	for name, c := range map[string]struct {
		change func(r *trust.Root)
		want   string
	}{
		"nothing":                     {func(*trust.Root) {}, ""},
		"unknown kind":                {func(r *trust.Root) { r.Kind = "empire" }, "root-kind"},
		"first version with previous": {func(r *trust.Root) { r.Previous = paper.DigestOf(nil) }, "root-version-number"},
		"expires before issued":       {func(r *trust.Root) { r.Expires = r.Issued }, "root-times"},
		"over":                        {func(r *trust.Root) { r.Expires = now }, "root-expired"},
		"bodies out of order":         {func(r *trust.Root) { slices.Reverse(r.Bodies) }, "root-order"},
		"a body twice":                {func(r *trust.Root) { r.Bodies = append(r.Bodies, r.Bodies[3]) }, "key-twice person-in-two-bodies root-order"},
		"a key in two bodies":         {func(r *trust.Root) { k := key("member-1"); r.Bodies[3].Keys = append(r.Bodies[3].Keys, k) }, "key-twice person-in-two-bodies"},
		"a key twice in a body": {func(r *trust.Root) {
			k := r.Bodies[1].Keys[0]
			k.Person = "person/other"
			r.Bodies[1].Keys = append(r.Bodies[1].Keys, k)
		}, "key-twice"},
		"a person in two bodies": {func(r *trust.Root) {
			k := key("x")
			k.Person = "person/member-1"
			r.Bodies[3].Keys = append(r.Bodies[3].Keys, k)
		}, "person-in-two-bodies"},
		"a role that a body may not give": {func(r *trust.Root) { r.Bodies[3].Keys[0].Roles = []paper.ID{"chief", "member", "top"} }, "role-not-given"},
		"too few for the threshold":       {func(r *trust.Root) { r.Bodies[1].Threshold = 4 }, "body-threshold"},
		"two keys of one person": {func(r *trust.Root) {
			r.Bodies[3].Threshold = 2
			k := key("x")
			k.Person = "person/chief"
			r.Bodies[3].Keys = append(r.Bodies[3].Keys, k)
		}, "body-threshold"},
		"no threshold":          {func(r *trust.Root) { r.Bodies[3].Threshold = 0 }, "body-threshold"},
		"a key over before":     {func(r *trust.Root) { r.Bodies[3].Keys[0].Until = r.Bodies[3].Keys[0].From }, "root-times"},
		"top of one":            {func(r *trust.Root) { r.Top.K = 1 }, "top-k"},
		"top of one body twice": {func(r *trust.Root) { r.Top.Bodies = []paper.ID{"agency", "agency"} }, "top-body top-k"},
		"top of nobody":         {func(r *trust.Root) { r.Top.Bodies = []paper.ID{"agency", "commission", "ghost"}; r.Top.K = 3 }, "top-body"},
		"quorum too small":      {func(r *trust.Root) { r.Witnesses.K = 2 }, "witness-quorum"},
		"nobody faulty":         {func(r *trust.Root) { r.Witnesses.Faulty = 0 }, "witness-quorum"},
		"witness is a party":    {func(r *trust.Root) { r.Witnesses.Keys[2].Operator = "agency" }, "witness-operator"},
		"one operator twice":    {func(r *trust.Root) { r.Witnesses.Keys[2].Operator = r.Witnesses.Keys[1].Operator }, "witness-twice"},
		"one witness key twice": {func(r *trust.Root) { r.Witnesses.Keys[2].Key = w.NoteKey("other.example", "witness-1.example", 4) }, "witness-twice"},
		"one witness name twice": {func(r *trust.Root) {
			r.Witnesses.Keys[2].Key = w.NoteKey("witness-1.example", "witness-3.example", 4)
		}, "witness-twice"},
		"a log's key as witness":     {func(r *trust.Root) { r.Witnesses.Keys[2].Key = w.NoteKey("witness-3.example", "x", 1) }, "verifier-key"},
		"a member's key as witness":  {func(r *trust.Root) { r.Witnesses.Keys[2].Key = w.NoteKey("witness-3.example", "member-1", 4) }, "key-twice"},
		"a wrong hash":               {func(r *trust.Root) { r.Logs[0].Key = strings.Replace(r.Logs[0].Key, "+", "+0", 1) }, "verifier-key"},
		"a log under another name":   {func(r *trust.Root) { r.Logs[0].Origin = "elsewhere" }, "verifier-key"},
		"two logs of one origin":     {func(r *trust.Root) { r.Logs = append(r.Logs, r.Logs[0]) }, "log-twice"},
		"a log of nobody":            {func(r *trust.Root) { r.Logs[0].Body = "ghost" }, "log-body"},
		"a log without duty":         {func(r *trust.Root) { r.Logs[0].Duty = "gossip" }, "log-duty"},
		"ceremony of one":            {func(r *trust.Root) { r.Ceremony.K = 1 }, "ceremony-k"},
		"recovery key is a member's": {func(r *trust.Root) { r.Ceremony.Keys[0].Key = w.Key("member-1") }, "key-twice"},
		"recovery key twice":         {func(r *trust.Root) { r.Ceremony.Keys[0].Key = r.Ceremony.Keys[1].Key }, "key-twice"},
		"a profile over before":      {func(r *trust.Root) { r.Profiles[0].Until = r.Profiles[0].From }, "root-times"},
		"robot in a state":           {func(r *trust.Root) { r.Kind = trust.State; r.Bodies[3].Keys[0].Robot = true }, "robot-outside-lab"},
		"robot in a lab":             {func(r *trust.Root) { r.Bodies[3].Keys[0].Robot = true }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := next(t, w)
			r.Version, r.Previous = 1, ""
			c.change(r)
			e := seal(t, w, trust.RootType, r, top...)
			v, list := trust.New([]*paper.Envelope{e}, nil, e.Digest(), now.Time())
			if got := codes(list); got != c.want || (v == nil) != (c.want != "") {
				t.Errorf("got %q, want %q: %v", got, c.want, unmet.List(list))
			}
		})
	}
}

func TestRootSignatures(t *testing.T) {
	w := world(t)
	for names, want := range map[string]string{
		"agency-1 member-1 member-2":                "",
		"agency-1 member-1 member-3":                "",
		"agency-1 member-1":                         "top-signatures",
		"agency-1 member-1 member-4":                "top-signatures", // has no voice in the top
		"agency-2 member-1 member-2":                "top-signatures",
		"member-1 member-2 member-3":                "top-signatures",
		"agency-1 minister chief":                   "top-signatures",
		"recovery-1 recovery-2":                     "top-signatures",
		"agency-1 member-1 stranger":                "top-signatures",
		"agency-1 agency-2 member-1 member-2 chief": "",
		"": "top-signatures",
	} {
		e := seal(t, w, trust.RootType, w.Root, strings.Fields(names)...)
		_, list := trust.New([]*paper.Envelope{e}, nil, e.Digest(), now.Time())
		if got := codes(list); got != want {
			t.Errorf("%s: got %q, want %q", names, got, want)
		}
	}
	twice := world(t, func(w *warranttest.World) {
		k := w.Root.Bodies[1].Keys[0]
		k.Key = w.Key("member-1-again")
		w.Root.Bodies[1].Keys = append(w.Root.Bodies[1].Keys, k)
	})
	e := seal(t, twice, trust.RootType, twice.Root, "agency-1", "member-1", "member-1-again")
	if _, list := trust.New([]*paper.Envelope{e}, nil, e.Digest(), now.Time()); codes(list) != "top-signatures" {
		t.Errorf("one person with two keys: %v", list)
	}
	if _, list := trust.New(w.Roots, nil, paper.DigestOf(nil), now.Time()); codes(list) != "root-fingerprint" {
		t.Errorf("another fingerprint: %v", list)
	}
	if _, list := trust.New(nil, nil, paper.DigestOf(nil), now.Time()); codes(list) != "root-none" {
		t.Errorf("no root: %v", list)
	}
	if _, list := trust.New(w.Roots, nil, w.Roots[0].Digest(), time.Unix(int64(now)-40*86400, 0)); codes(list) != "root-not-yet" {
		t.Errorf("before its time: %v", list)
	}
}

func TestNextVersion(t *testing.T) {
	w := world(t)
	for name, c := range map[string]struct {
		change func(r *trust.Root)
		names  string
		want   string
		stays  bool // the first version stays in force
	}{
		"as it is":                    {func(*trust.Root) {}, "agency-1 member-1 member-2", "", false},
		"skips a number":              {func(r *trust.Root) { r.Version = 3 }, "agency-1 member-1 member-2", "root-version-number", false},
		"another previous":            {func(r *trust.Root) { r.Previous = paper.DigestOf(nil) }, "agency-1 member-1 member-2", "root-previous", false},
		"another name":                {func(r *trust.Root) { r.Name = "lab/other" }, "agency-1 member-1 member-2", "root-other", false},
		"another kind":                {func(r *trust.Root) { r.Kind = trust.State }, "agency-1 member-1 member-2", "root-other", false},
		"older than the one before":   {func(r *trust.Root) { r.Issued = now - 31*86400 }, "agency-1 member-1 member-2", "root-times", false},
		"of the future":               {func(r *trust.Root) { r.Issued = now + 1 }, "agency-1 member-1 member-2", "", true},
		"by one body":                 {func(*trust.Root) {}, "member-1 member-2 member-3", "(top-signatures)", true},
		"by a new top alone":          {func(r *trust.Root) { r.Top.Bodies = []paper.ID{"ministry", "police"} }, "minister chief", "(top-signatures)", true},
		"by the old top alone":        {func(r *trust.Root) { r.Top.Bodies = []paper.ID{"ministry", "police"} }, "agency-1 member-1 member-2", "(top-signatures)", true},
		"by both tops, before notice": {func(r *trust.Root) { r.Top.Bodies = []paper.ID{"ministry", "police"} }, "agency-1 member-1 member-2 minister chief", "", true},
		"by both tops, after notice": {func(r *trust.Root) {
			r.Top.Bodies, r.Issued = []paper.ID{"ministry", "police"}, now-14*86400
		}, "agency-1 member-1 member-2 minister chief", "", false},
		"takes a body's keys":           {func(r *trust.Root) { r.Bodies[3].Keys[0].Until++ }, "agency-1 member-1 member-2", "list-taken", false},
		"takes them as a new list":      {func(r *trust.Root) { r.Bodies[3].Keys[0].Until++; r.Bodies[3].List++ }, "agency-1 member-1 member-2", "(list-taken)", true},
		"changes them with the body":    {func(r *trust.Root) { r.Bodies[3].Keys[0].Until++; r.Bodies[3].List++ }, "agency-1 member-1 member-2 chief", "", false},
		"goes back to an older list":    {func(r *trust.Root) { r.Bodies[3].List = 0 }, "agency-1 member-1 member-2", "list-version", false},
		"recovery, before its notice":   {func(r *trust.Root) { r.Bodies[3].Keys[0].Until++; r.Bodies[3].List++ }, "agency-1 member-1 member-2 recovery-1 recovery-2", "", true},
		"recovery, after its notice":    {func(r *trust.Root) { r.Bodies[3].Keys[0].Until++; r.Bodies[3].List++; r.Issued = now - 8*86400 }, "agency-1 member-1 member-2 recovery-1 recovery-2", "", false},
		"recovery keys of one body":     {func(r *trust.Root) { r.Bodies[3].List++; r.Issued = now - 8*86400 }, "agency-1 member-1 member-2 recovery-2 recovery-3", "(list-taken)", true},
		"recovery without the new keys": {func(r *trust.Root) { r.Bodies[3].List++; r.Issued = now - 8*86400 }, "recovery-1 recovery-2", "(top-signatures)", true},
	} {
		t.Run(name, func(t *testing.T) {
			r := next(t, w)
			c.change(r)
			e := seal(t, w, trust.RootType, r, strings.Fields(c.names)...)
			v, list := promptly(t, w, []*paper.Envelope{w.Roots[0], e})
			if got := outcome(v, list); got != c.want {
				t.Fatalf("got %q, want %q: %v", got, c.want, unmet.List(list))
			}
			if v == nil {
				return
			}
			if want := map[bool]int64{true: 1, false: 2}[c.stays]; v.Version() != want {
				t.Errorf("version %d is in force, want %d", v.Version(), want)
			}
			if recovered := strings.Contains(c.names, "recovery-1") && !c.stays; v.Recovered() != recovered {
				t.Errorf("recovered: %v", v.Recovered())
			}
		})
	}
}

// TestInvariant30_RulesChangeByTwoBodiesAfterNotice: a profile comes into force, goes,
// or is cut only after the notice of the version before; until then the old one holds.
func TestInvariant30_RulesChangeByTwoBodiesAfterNotice(t *testing.T) {
	w := world(t)
	notice := paper.Time(14 * 86400)
	issued := now - 86400
	fresh := paper.DigestOf([]byte("fresh"))
	for name, c := range map[string]struct {
		change func(r *trust.Root)
		want   string
	}{
		"new one after notice": {func(r *trust.Root) {
			r.Profiles = append(r.Profiles, trust.ProfileEntry{Digest: fresh, From: issued + notice, Instrument: "lab/collection"})
		}, ""},
		"new one a second early": {func(r *trust.Root) {
			r.Profiles = append(r.Profiles, trust.ProfileEntry{Digest: fresh, From: issued + notice - 1, Instrument: "lab/collection"})
		}, "profile-notice"},
		"new instrument at once": {func(r *trust.Root) {
			r.Profiles = append(r.Profiles, trust.ProfileEntry{Digest: fresh, From: issued, Instrument: "lab/new"})
		}, "profile-notice"},
		"back-dated": {func(r *trust.Root) {
			r.Profiles = append(r.Profiles, trust.ProfileEntry{Digest: fresh, From: issued - 100*86400, Instrument: "lab/collection"})
		}, "profile-notice"},
		"dropped at once":           {func(r *trust.Root) { r.Profiles = r.Profiles[1:] }, "profile-notice"},
		"ended at once":             {func(r *trust.Root) { r.Profiles[0].Until = now }, "profile-notice"},
		"ended after notice":        {func(r *trust.Root) { r.Profiles[0].Until = issued + notice }, ""},
		"swapped at once":           {func(r *trust.Root) { r.Profiles[0].Digest = fresh }, "profile-notice"},
		"shorter notice, then swap": {func(r *trust.Root) { r.NoticeS = 0; r.Profiles[0].Digest = fresh }, "profile-notice"},
		"order alone":               {func(r *trust.Root) { slices.Reverse(r.Profiles) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := next(t, w)
			c.change(r)
			e := seal(t, w, trust.RootType, r, top...)
			chain := []*paper.Envelope{w.Roots[0], e}
			_, list := promptly(t, w, chain)
			if got := codes(list); got != c.want {
				t.Fatalf("got %q, want %q: %v", got, c.want, unmet.List(list))
			}
			one := seal(t, w, trust.RootType, r, "member-1", "member-2", "member-3")
			if v, list := promptly(t, w, []*paper.Envelope{w.Roots[0], one}); v == nil || v.Version() != 1 || !strings.Contains(outcome(v, list), "top-signatures") {
				t.Errorf("one body alone changed the rules: %v", list)
			}
		})
	}
	r := next(t, w)
	r.Profiles = append(r.Profiles, trust.ProfileEntry{Digest: fresh, From: issued + notice, Instrument: "lab/collection"})
	v, list := promptly(t, w, []*paper.Envelope{w.Roots[0], seal(t, w, trust.RootType, r, top...)})
	if len(list) > 0 {
		t.Fatal(list)
	}
	old := r.Profiles[0].Digest
	for at, want := range map[paper.Time][2]error{
		issued:              {nil, trust.ErrProfileNotYet},
		issued + notice - 1: {nil, trust.ErrProfileNotYet},
		issued + notice:     {trust.ErrProfileReplaced, nil},
	} {
		if got := [2]error{v.Profile(old, at), v.Profile(fresh, at)}; got != want {
			t.Errorf("%s: old %v, fresh %v, want %v", at, got[0], got[1], want)
		}
	}
	if err := v.Profile(paper.DigestOf(nil), now); err != trust.ErrProfileUnknown {
		t.Errorf("a profile that nobody listed: %v", err)
	}
}

// TestInvariant03_NoQuorumThatCanBeSplit: the loader takes n, k, f exactly when every
// two quorums share more witnesses than may be dishonest, by trying all of them.
func TestInvariant03_NoQuorumThatCanBeSplit(t *testing.T) {
	w := world(t)
	for n := 1; n <= 7; n++ {
		for k := 0; k <= n+1; k++ {
			least := n // smallest common part of two quorums
			for a := range 1 << n {
				for b := range 1 << n {
					if bits.OnesCount(uint(a)) == k && bits.OnesCount(uint(b)) == k {
						least = min(least, bits.OnesCount(uint(a&b)))
					}
				}
			}
			for f := 0; f <= n; f++ {
				safe := f >= 1 && k >= 1 && k <= n && least > f
				r := next(t, w)
				r.Version, r.Previous = 1, ""
				r.Witnesses = trust.Policy{K: k, Faulty: f}
				for i := range n {
					name := fmt.Sprintf("w%d.example", i)
					r.Witnesses.Keys = append(r.Witnesses.Keys, trust.Witness{Key: w.NoteKey(name, name, 4), Operator: paper.ID(name)})
				}
				e := seal(t, w, trust.RootType, r, top...)
				if v, list := trust.New([]*paper.Envelope{e}, nil, e.Digest(), now.Time()); (v != nil) != safe {
					t.Errorf("%d of %d with %d faulty: taken %v, must be %v: %v", k, n, f, v != nil, safe, list)
				}
			}
		}
	}
}

// rotated is the next list of the police: a new key in place of the old.
func rotated(t testing.TB, w *warranttest.World, b trust.Body, key string) *trust.List {
	t.Helper()
	d, err := b.ListDigest(w.Root.Name)
	if err != nil {
		t.Fatal(err)
	}
	k := b.Keys[0]
	k.Key = w.Key(key)
	return &trust.List{Body: b.ID, Issued: now - 3600, Keys: []trust.Key{k}, Previous: d, Root: w.Root.Name, Threshold: 1, Version: b.List + 1}
}

func TestRotation(t *testing.T) {
	w := world(t)
	police, _ := w.View.Body("police")
	for name, c := range map[string]struct {
		change func(l *trust.List)
		by     string
		want   string
		holder string // whose key is the chief's afterwards
	}{
		"as is right":         {func(*trust.List) {}, "chief", "", "chief-2"},
		"by another body":     {func(*trust.List) {}, "minister", "(list-signatures)", "chief"},
		"by the new key":      {func(*trust.List) {}, "chief-2", "(list-signatures)", "chief"},
		"by nobody":           {func(*trust.List) {}, "", "(list-signatures)", "chief"},
		"not yet":             {func(l *trust.List) { l.Issued = now + 1 }, "chief", "", "chief"},
		"another root":        {func(l *trust.List) { l.Root = "lab/other" }, "chief", "", "chief"},
		"follows nothing":     {func(l *trust.List) { l.Previous = paper.DigestOf(nil) }, "chief", "list-unconnected", ""},
		"history":             {func(l *trust.List) { l.Previous = paper.DigestOf(nil); l.Version = 1 }, "chief", "", "chief"},
		"skips a number":      {func(l *trust.List) { l.Version++ }, "chief", "list-version", ""},
		"takes a role":        {func(l *trust.List) { l.Keys[0].Roles = []paper.ID{"chief", "member", "top"} }, "chief", "role-not-given", ""},
		"takes another's key": {func(l *trust.List) { l.Keys[0].Key = w.Key("member-1") }, "chief", "key-twice", ""},
		"takes a member":      {func(l *trust.List) { l.Keys[0].Person = "person/member-1" }, "chief", "person-in-two-bodies", ""},
		"leaves no voice":     {func(l *trust.List) { l.Keys[0].Roles = []paper.ID{"chief"} }, "chief", "body-threshold", ""},
	} {
		t.Run(name, func(t *testing.T) {
			l := rotated(t, w, police, "chief-2")
			c.change(l)
			e := seal(t, w, trust.ListType, l, strings.Fields(c.by)...)
			v, list := trust.New(w.Roots, []*paper.Envelope{e}, w.Roots[0].Digest(), now.Time())
			if got := outcome(v, list); got != c.want {
				t.Fatalf("got %q, want %q: %v", got, c.want, unmet.List(list))
			}
			if v == nil {
				return
			}
			if h := v.Keys("chief", now); len(h) != 1 || !h[0].Key.Same(w.Key(c.holder)) {
				t.Errorf("the chiefs are %v, want %s", h, c.holder)
			}
			if changed := v.Digest() != w.View.Digest(); changed != (c.holder == "chief-2") {
				t.Errorf("the view's digest changed: %v", changed)
			}
		})
	}
}

// TestRotationsOneAfterAnother: a chain of lists in any order of arrival, a fork in
// it, one that is withheld, and a root version that takes the lists over.
func TestRotationsOneAfterAnother(t *testing.T) {
	w := world(t)
	police, _ := w.View.Body("police")
	first := rotated(t, w, police, "chief-2")
	after := police
	after.Keys, after.List = first.Keys, 2
	second := rotated(t, w, after, "chief-3")
	second.Issued++
	a, b := seal(t, w, trust.ListType, first, "chief"), seal(t, w, trust.ListType, second, "chief-2")
	pinned := w.Roots[0].Digest()
	for _, order := range [][]*paper.Envelope{{a, b}, {b, a}, {a, b, a}} {
		v, list := trust.New(w.Roots, order, pinned, now.Time())
		if len(list) > 0 {
			t.Fatal(list)
		}
		if h := v.Keys("chief", now); len(h) != 1 || !h[0].Key.Same(w.Key("chief-3")) {
			t.Errorf("the chiefs are %v", h)
		}
	}
	if v, list := trust.New(w.Roots, []*paper.Envelope{b}, pinned, now.Time()); outcome(v, list) != "(list-unconnected)" || v.Digest() != w.View.Digest() {
		t.Errorf("a list was withheld: %v", list)
	}
	other := rotated(t, w, police, "chief-4")
	fork := seal(t, w, trust.ListType, other, "chief")
	if _, list := trust.New(w.Roots, []*paper.Envelope{a, fork}, pinned, now.Time()); !unmet.List(list).Has("list-fork") {
		t.Errorf("two lists follow one: %v", list)
	}
	r := next(t, w)
	r.Issued = now - 100
	r.Bodies[3].Keys, r.Bodies[3].List = second.Keys, 3
	e := seal(t, w, trust.RootType, r, top...)
	v, list := promptly(t, w, []*paper.Envelope{w.Roots[0], e}, a, b)
	if len(list) > 0 || v.Version() != 2 || !v.Keys("chief", now)[0].Key.Same(w.Key("chief-3")) {
		t.Errorf("the root that takes the lists over: %v", list)
	}
	r.Bodies[3].Keys, r.Bodies[3].List = first.Keys, 2
	e = seal(t, w, trust.RootType, r, top...)
	if _, list := promptly(t, w, []*paper.Envelope{w.Roots[0], e}, a, b); codes(list) != "list-rolled-back" {
		t.Errorf("a root that goes back to the list before: %v", list)
	}
}

func TestLongLists(t *testing.T) {
	w := world(t)
	for name, change := range map[string]func(r *trust.Root){
		"bodies":   func(r *trust.Root) { r.Bodies = slices.Repeat(r.Bodies, 65) },
		"keys":     func(r *trust.Root) { r.Bodies[0].Keys = slices.Repeat(r.Bodies[0].Keys, 129) },
		"profiles": func(r *trust.Root) { r.Profiles = slices.Repeat(r.Profiles, 129) },
		"roles":    func(r *trust.Root) { r.Bodies[0].Keys[0].Roles = slices.Repeat([]paper.ID{"top"}, 257) },
	} {
		r := next(t, w)
		change(r)
		if _, err := paper.Seal(trust.RootType, r); err == nil {
			t.Errorf("too many %s were written", name)
		}
	}
}

func TestHolders(t *testing.T) {
	w := world(t, func(w *warranttest.World) { w.Root.Bodies[1].Keys[4].Until = now })
	if n := len(w.View.Keys("member", now)); n != 4 {
		t.Errorf("%d members now, want 4", n)
	}
	if n := len(w.View.Keys("member", now-1)); n != 5 {
		t.Errorf("%d members a second ago, want 5", n)
	}
	e := seal(t, w, "application/vnd.noroshi.thing+json", map[string]any{}, "member-1", "member-5", "agency-1", "stranger")
	if s := w.View.Signed(e, "member", now); len(s) != 1 || s[0].Person != "person/member-1" || s[0].Body != "commission" {
		t.Errorf("signed by %v", s)
	}
	if !w.View.MayUrge("lab/police", "chief") || w.View.MayUrge("lab/police", "minister") || w.View.MayUrge("lab/collection", "chief") {
		t.Error("who may use the urgent path is wrong")
	}
	if _, ok := w.View.Log("nowhere"); ok {
		t.Error("a log that is not there")
	}
}

func FuzzNew(f *testing.F) {
	w := world(f)
	root, err := w.Roots[0].Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(w.Roots[0].Payload))
	f.Add(string(root))
	f.Fuzz(func(t *testing.T, payload string) {
		e := seal(t, w, trust.RootType, json.Number("1"))
		e.Payload = []byte(payload)
		for _, n := range top {
			if err := e.Add(w.Signer(n)); err != nil {
				t.Fatal(err)
			}
		}
		v, list := trust.New([]*paper.Envelope{e}, []*paper.Envelope{e}, e.Digest(), now.Time())
		if (v == nil) == (len(list) == 0) {
			t.Fatalf("view %v with %v", v, list)
		}
	})
}
