package warrant_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
)

// forger makes misused and forged warrants out of honest ones.
type forger struct {
	*rand.Rand
	t      testing.TB
	worlds map[string]*warranttest.World
	bases  map[string]*vector
	views  map[*paper.Envelope]*trust.View
	lives  map[*paper.Envelope]*liveness.Verified
}

// The worlds: the plain one, one under a private root, and some with what no root
// should have but might.
var worldSpoils = map[string]func(*warranttest.World){
	"state":   func(*warranttest.World) {},
	"private": func(*warranttest.World) {},
	// The minister has a second key, with the commission's role.
	"two-hats": func(w *warranttest.World) {
		m := &w.Root.Bodies[2]
		m.Roles = []paper.ID{"member", "minister", "top"}
		second := m.Keys[0]
		second.Key, second.Roles = w.Key("minister-2"), []paper.ID{"member"}
		third := second
		third.Key, third.Person = w.Key("aide"), "person/aide"
		m.Keys = append(m.Keys, second, third)
	},
	// The fifth member's term was over before the warrant began, the fourth's begins
	// after it.
	"terms": func(w *warranttest.World) {
		c := &w.Root.Bodies[1]
		c.Keys[3].From, c.Keys[4].Until = warranttest.Now-3599, warranttest.Now-3600
	},
	// The root ends in three seconds.
	"last-seconds": func(w *warranttest.World) { w.Root.Expires = warranttest.Now + 3 },
	// The first member has a second key.
	"two-keys": func(w *warranttest.World) {
		k := w.Root.Bodies[1].Keys[0]
		k.Key = w.Key("member-1-again")
		w.Root.Bodies[1].Keys = append(w.Root.Bodies[1].Keys, k)
	},
	// The instrument permits queries, openings and sharing too.
	"query": func(w *warranttest.World) {
		w.Collection.Kinds = []regime.Kind{regime.Collection, regime.Query, regime.Reidentify, regime.Share}
	},
	// An urgent warrant must be confirmed within the hour.
	"confirm": func(w *warranttest.World) {
		w.Police.Paths.Urgent.After, w.Police.Paths.Urgent.ConfirmWithinS = regime.Confirm, 7200
	},
}

func newForger(t testing.TB, seed uint64) *forger {
	f := &forger{Rand: rand.New(rand.NewPCG(seed, 4)), t: t, worlds: map[string]*warranttest.World{}, bases: map[string]*vector{}, views: map[*paper.Envelope]*trust.View{}, lives: map[*paper.Envelope]*liveness.Verified{}}
	for name, spoil := range worldSpoils {
		kind := trust.State
		if name == "private" {
			kind = trust.Private
		}
		w := must(warranttest.New(kind, spoil))(t)
		f.worlds[name] = w
		chain := f.chain(w)
		f.bases[name+"/collection"] = honest(t, w, "a collection, as it should be", chain[0])
		f.bases[name+"/child"] = honest(t, w, "a child, as it should be", chain[:2]...)
		f.bases[name+"/grandchild"] = honest(t, w, "a grandchild, as it should be", chain...)
		f.bases[name+"/police"] = honest(t, w, "a measure, as it should be", must(w.Seal(w.PoliceWarrant()))(t))
		f.bases[name+"/urgent"] = honest(t, w, "an urgent measure, as it should be", must(w.Seal(urgent(w)))(t))
		f.bases[name+"/police-child"] = honest(t, w, "a measure by a child, as it should be", f.narrowed(w, w.PoliceWarrant())...)
	}
	for _, kind := range []regime.Kind{regime.Query, regime.Reidentify, regime.Share} {
		w := f.worlds["query"]
		f.bases["query/"+string(kind)] = honest(t, w, "an act on what was collected, as it should be", must(w.Seal(w.QueryWarrant(kind)))(t))
		f.bases["query/"+string(kind)+"-child"] = honest(t, w, "an act by a child, as it should be", f.narrowed(w, w.QueryWarrant(kind))...)
	}
	return f
}

func urgent(w *warranttest.World) *warrant.Warrant {
	x := w.PoliceWarrant()
	x.Path, x.Urgency = warrant.Urgent, &warrant.Urgency{Facts: "the attack has begun"}
	if w.Police.Paths.Urgent.After == regime.Confirm {
		x.NotAfter = x.NotBefore + 7200
		x.Urgency.ConfirmBy = x.NotAfter
	}
	return x
}

// chain is a collection for the hub, narrowed for the edge, narrowed for the agent.
func (f *forger) chain(w *warranttest.World) []*paper.Envelope {
	a := must(w.Seal(w.CollectionWarrant()))(f.t)
	x := must(warrant.Child(a, w.Key("edge"), "w/child", warranttest.Nonce("child")))(f.t)
	x.Scope.Criteria, x.Scope.MaxRecords = "dst in {192.0.2.0/28} and dst_port in {443}", 1000
	b := must(paper.Seal(warrant.Type, x, w.Signer("hub")))(f.t)
	y := must(warrant.Child(b, w.Key("agent"), "w/grandchild", warranttest.Nonce("grandchild")))(f.t)
	y.Scope.Links, y.NotAfter = y.Scope.Links[:1], y.NotAfter-86400
	return []*paper.Envelope{a, b, must(paper.Seal(warrant.Type, y, w.Signer("edge")))(f.t)}
}

// narrowed is a warrant and a child of it for the edge, with the same caps.
func (f *forger) narrowed(w *warranttest.World, x *warrant.Warrant) []*paper.Envelope {
	a := must(w.Seal(x))(f.t)
	y := must(warrant.Child(a, w.Key("edge"), "w/child", warranttest.Nonce("child")))(f.t)
	return []*paper.Envelope{a, must(paper.Seal(warrant.Type, y, w.Signer(holderOf(x))))(f.t)}
}

// holderOf is who holds the first warrants of the country.
func holderOf(x *warrant.Warrant) string {
	if x.Instrument == "lab/police" {
		return "agent"
	}
	return "hub"
}

// item is a forgery, and the honest thing that it was made of.
type item struct {
	world string
	base  string
	v     vector
}

func pick[T any](f *forger, list ...T) T { return list[f.IntN(len(list))] }

// from begins with one of the named bases ("police", or "terms/police"); none: any.
func (f *forger) from(names ...string) *item {
	if len(names) == 0 {
		names = []string{"collection", "child", "grandchild", "police", "urgent"}
	}
	name := pick(f, names...)
	if !strings.Contains(name, "/") {
		name = "state/" + name
	}
	world, _, _ := strings.Cut(name, "/")
	v := *f.bases[name]
	v.Chain, v.Stops = slices.Clone(v.Chain), slices.Clone(v.Stops)
	v.Profiles = slices.Clone(v.Profiles)
	return &item{world: world, base: name, v: v}
}

func (f *forger) w(i *item) *warranttest.World { return f.worlds[i.world] }

// paper reads the n-th warrant of i.
func (f *forger) read(i *item, n int) *warrant.Warrant {
	x := new(warrant.Warrant)
	if err := i.v.Chain[n].Open(warrant.Type, x); err != nil {
		f.t.Fatal(err)
	}
	return x
}

// names are who signs the n-th warrant of i.
func (f *forger) names(i *item, n int) []string {
	switch _, kind, _ := strings.Cut(i.base, "/"); {
	case n == 1:
		return []string{holderOf(f.read(i, 0))}
	case n == 2:
		return []string{"edge"}
	case kind == "urgent":
		return []string{"chief"}
	case strings.HasPrefix(kind, "police"):
		return []string{"member-1", "member-2", "member-3", "minister"}
	}
	return []string{"member-1", "member-2", "member-3"}
}

// put signs the payload as the n-th warrant by the names and has the liveness stand
// for it; children above it then name another parent.
func (f *forger) put(i *item, n int, payload []byte, names ...string) {
	w := f.w(i)
	e := &paper.Envelope{PayloadType: warrant.Type, Payload: payload, Signatures: []paper.Signature{}}
	for _, name := range names {
		if err := e.Add(w.Signer(name)); err != nil {
			f.t.Fatal(err)
		}
	}
	i.v.Chain[n] = e
	if n == 0 {
		f.live(i, w.Statement(6, warranttest.Now-9, e.Digest()))
	}
}

func (f *forger) live(i *item, s liveness.Statement) {
	i.v.Liveness = must(paper.Seal(liveness.Type, s, f.w(i).Signer("liveness")))(f.t)
}

// edit changes the n-th warrant and signs it again as is right.
func (f *forger) edit(i *item, n int, change func(x *warrant.Warrant)) *item {
	x := f.read(i, n)
	change(x)
	f.put(i, n, must(paper.Marshal(x))(f.t), f.names(i, n)...)
	return i
}

// text changes the JSON of the last warrant and signs it again as is right.
func (f *forger) text(i *item, old, fresh string) *item {
	n := len(i.v.Chain) - 1
	was := i.v.Chain[n].Payload
	now := bytes.Replace(was, []byte(old), []byte(fresh), 1)
	if bytes.Equal(was, now) {
		f.t.Fatalf("%s: %q is not in the paper, or stays", i.base, old)
	}
	f.put(i, n, now, f.names(i, n)...)
	return i
}

// forgings are the ways to forge and to misuse; misuses are more of them.
var forgings = map[string]func(f *forger) *item{
	"signatures-below-threshold": func(f *forger) *item {
		i := f.from("collection", "police", "urgent")
		names := f.names(i, 0)
		f.Shuffle(len(names), func(a, b int) { names[a], names[b] = names[b], names[a] })
		f.put(i, 0, i.v.Chain[0].Payload, names[:f.IntN(len(names))]...)
		return i
	},
	"signatures-one-key-under-two-ids": func(f *forger) *item {
		i := f.from("collection", "police")
		e := *i.v.Chain[0]
		e.Signatures = slices.Clone(e.Signatures)
		from, to := f.Perm(len(e.Signatures))[0], 0
		for to = from; to == from; to = f.IntN(len(e.Signatures)) {
		}
		if pick(f, true, false) {
			e.Signatures[to].Sig = e.Signatures[from].Sig // the id of another, the hand of one
		} else {
			e.Signatures[to].KeyID = f.w(i).Key("nobody").ID()
		}
		i.v.Chain[0] = &e
		return i
	},
	"signatures-duplicated": func(f *forger) *item {
		i := f.from("collection", "police")
		e := *i.v.Chain[0]
		s := pick(f, e.Signatures...)
		e.Signatures = make([]paper.Signature, len(e.Signatures)+f.IntN(80))
		for n := range e.Signatures {
			e.Signatures[n] = s
		}
		i.v.Chain[0] = &e
		return i
	},
	"signatures-dropped": func(f *forger) *item {
		i := f.from()
		n := f.IntN(len(i.v.Chain))
		e := *i.v.Chain[n]
		at := f.IntN(len(e.Signatures))
		e.Signatures = slices.Delete(slices.Clone(e.Signatures), at, at+1)
		i.v.Chain[n] = &e
		return i
	},
	"signatures-flipped": func(f *forger) *item {
		i := f.from()
		n := f.IntN(len(i.v.Chain))
		e := *i.v.Chain[n]
		e.Signatures = slices.Clone(e.Signatures)
		at := f.IntN(len(e.Signatures))
		e.Signatures[at].Sig = slices.Clone(e.Signatures[at].Sig)
		e.Signatures[at].Sig[f.IntN(64)] ^= 1 << f.IntN(8)
		i.v.Chain[n] = &e
		return i
	},
	"signatures-foreign-keys-stolen-ids": func(f *forger) *item {
		i := f.from("collection", "police", "urgent")
		e := *i.v.Chain[0]
		e.Signatures = slices.Clone(e.Signatures)
		keep := f.IntN(len(e.Signatures)) // insiders that stay
		for n := keep; n < len(e.Signatures); n++ {
			sig := must(f.w(i).Signer("foreign-" + strconv.Itoa(n)).Sign(paper.PAE(e.PayloadType, e.Payload)))(f.t)
			e.Signatures[n].Sig = sig
		}
		i.v.Chain[0] = &e
		return i
	},
	"signatures-insider-and-foreign": func(f *forger) *item {
		i := f.from("collection", "police", "urgent")
		names := f.names(i, 0)
		f.Shuffle(len(names), func(a, b int) { names[a], names[b] = names[b], names[a] })
		for n := 1 + f.IntN(len(names)); n > 0; n-- {
			names[n-1] = "foreign-" + strconv.Itoa(n)
		}
		f.put(i, 0, i.v.Chain[0].Payload, names...)
		return i
	},
	"signatures-of-another-paper": func(f *forger) *item {
		i, o := f.from("collection"), f.from("police", "urgent")
		e := *i.v.Chain[0]
		e.Signatures = o.v.Chain[0].Signatures
		i.v.Chain[0] = &e
		return i
	},
	"role-missing": func(f *forger) *item {
		i := f.from("collection", "police", "urgent")
		names := f.names(i, 0)
		for n := range names {
			if n == 0 || f.IntN(2) == 0 {
				names[n] = pick(f, "agency-1", "agency-2", "liveness", "recovery-1", "recovery-2", "hub", "witness-1.example")
			}
		}
		slices.Sort(names)
		f.put(i, 0, i.v.Chain[0].Payload, slices.Compact(names)...)
		return i
	},
	"role-over-or-not-yet": func(f *forger) *item {
		i := f.from("terms/collection", "terms/police")
		names := f.names(i, 0)
		for n := 0; n <= f.IntN(2); n++ {
			names[f.IntN(3)] = pick(f, "member-4", "member-5")
		}
		slices.Sort(names)
		f.put(i, 0, i.v.Chain[0].Payload, slices.Compact(names)...)
		return i
	},
	"locks-person-in-two": func(f *forger) *item {
		i := f.from("two-hats/police")
		names := []string{"minister", "minister-2", "member-1", "member-2", "member-3", "member-4"}
		f.put(i, 0, i.v.Chain[0].Payload, names[:4+f.IntN(3)]...)
		return i
	},
	"locks-body-in-two": func(f *forger) *item {
		i := f.from("two-hats/police")
		names := []string{"minister", "aide", "member-1", "member-2", "member-3", "member-4"}
		f.put(i, 0, i.v.Chain[0].Payload, names[:4+f.IntN(3)]...)
		return i
	},
	"replay-at-another-link": func(f *forger) *item {
		i := f.from("collection", "child", "grandchild")
		switch f.IntN(3) {
		case 0:
			i.v.Use.Link = paper.ID(pick(f, "carrier-a/3", "carrier-b/1", "carrier-a/10", "carrier-a", "") + pick(f, "", "x"))
		case 1:
			i.v.Use.Tap = f.w(i).Key("tap-" + strconv.Itoa(2+f.IntN(9))).ID()
		case 2:
			i.v.Use.Link = "carrier-a/2" // with the tap of the first
		}
		return i
	},
	"direction-or-table-other": func(f *forger) *item {
		i := f.from("collection", "child", "grandchild")
		if pick(f, true, false) {
			i.v.Use.Direction = regime.Direction(pick(f, "outbound", "domestic", "unknown", "", "Inbound"))
		} else {
			i.v.Use.DirectionTable = paper.DigestOf([]byte(strconv.Itoa(f.IntN(1000))))
		}
		return i
	},
	"clock-jump": func(f *forger) *item {
		i := f.from()
		last := f.read(i, len(i.v.Chain)-1)
		by := paper.Time(1 + f.Int64N(1<<uint(1+f.IntN(30))))
		switch f.IntN(4) {
		case 0: // before the beginning
			i.v.Latest = last.NotBefore - by + pick(f, paper.Time(0), 4)
			i.v.Earliest = min(last.NotBefore-1, i.v.Latest)
		case 1: // at the end, and after it
			i.v.Latest = last.NotAfter + by - 1
			i.v.Earliest = i.v.Latest - 4
		case 2: // too wide
			i.v.Earliest = i.v.Latest - 61 - by
		case 3: // backwards
			i.v.Earliest = i.v.Latest + by
		}
		s := f.w(i).Statement(9, max(i.v.Latest-1, 1), i.v.Chain[0].Digest())
		f.live(i, s)
		return i
	},
	"liveness-stale": func(f *forger) *item {
		i := f.from()
		if i.v.Start = pick(f, true, false); !i.v.Start {
			i.v.LeaseS = f.Int64N(3600)
		}
		limit := int64(60)
		if !i.v.Start && i.v.LeaseS > 0 {
			limit = i.v.LeaseS
		}
		f.live(i, f.w(i).Statement(4, i.v.Latest-paper.Time(limit+1+f.Int64N(100000)), i.v.Chain[0].Digest()))
		return i
	},
	"liveness-replayed": func(f *forger) *item {
		i := f.from()
		s := f.w(i).Statement(4, warranttest.Now-9, i.v.Chain[0].Digest())
		switch f.IntN(5) {
		case 0: // another state of the lists
			s.RootHash = paper.DigestOf([]byte(strconv.Itoa(f.IntN(1000))))
		case 1: // another version
			s.RootVersion = 2 + f.Int64N(100)
		case 2: // another root
			s.Root = "lab/other"
		case 3: // of the future
			s.Time = i.v.Latest + 1 + paper.Time(f.Int64N(10000))
		case 4: // yesterday's name
			s.Warrants[0].Blind = liveness.Blind(i.v.Chain[0].Digest(), (s.Time - 86400).Day())
		}
		f.live(i, s)
		return i
	},
	"liveness-by-another": func(f *forger) *item {
		i := f.from()
		s := f.w(i).Statement(4, warranttest.Now-9, i.v.Chain[0].Digest())
		i.v.Liveness = must(paper.Seal(liveness.Type, s, f.w(i).Signer(pick(f, "member-1", "hub", "agency-1", "nobody", "log-decisions"))))(f.t)
		return i
	},
	"liveness-none": func(f *forger) *item {
		i := f.from()
		i.v.Liveness = nil
		i.v.Start, i.v.LeaseS = pick(f, true, false), f.Int64N(1000000)
		return i
	},
	"revocation-withheld": func(f *forger) *item {
		i := f.from()
		s := f.w(i).Statement(7, warranttest.Now-paper.Time(f.Int64N(9)), paper.DigestOf([]byte("another")))
		switch f.IntN(3) {
		case 0:
			s.Warrants = s.Warrants[:0]
		case 1: // a child bears the name of its parent's standing
			s.Warrants[0].Blind = liveness.Blind(i.v.Chain[len(i.v.Chain)-1].Digest(), "1999-01-01")
		}
		i.v.Start, i.v.LeaseS = pick(f, true, false), 100000
		f.live(i, s)
		return i
	},
	"stopped": func(f *forger) *item {
		i := f.from()
		d := i.v.Chain[f.IntN(len(i.v.Chain))].Digest()
		at := i.v.Latest - paper.Time(f.Int64N(3600))
		var e *paper.Envelope
		if pick(f, true, false) {
			e = must(paper.Seal(warrant.SuspensionType, warrant.Suspension{At: at, Until: at + 3603 + paper.Time(f.Int64N(80000)), Reason: "doubts", Warrant: d}, f.w(i).Signer("member-"+strconv.Itoa(1+f.IntN(5)))))(f.t)
		} else {
			e = must(paper.Seal(warrant.RevocationType, warrant.Revocation{At: at, Reason: "refused", Warrant: d}, f.w(i).Signer("member-1"), f.w(i).Signer("member-4"), f.w(i).Signer("member-5")))(f.t)
		}
		i.v.Stops = append(i.v.Stops, e)
		return i
	},
	"selector-set-withdrawn": func(f *forger) *item {
		i := f.from("collection", "child", "grandchild")
		s := f.w(i).Statement(7, warranttest.Now-3, i.v.Chain[0].Digest())
		switch f.IntN(3) {
		case 0:
			s.Warrants[0].LeastSet = i.v.Use.SelectorSet + 1 + f.Int64N(1000)
		case 1:
			s.Warrants[0].Links = []paper.ID{"carrier-a/2"}
		case 2:
			s.Warrants[0].DirectionTable = paper.DigestOf([]byte("newer"))
		}
		f.live(i, s)
		return i
	},
	"look-alike-identifiers": func(f *forger) *item {
		i := f.from("collection", "police")
		odd := pick(f, "botnеt", "botnet\u200b", "ｂotnet", "botnet ", " botnet", "Botnet", "botnet\u202e", "botne\u0442", "botnet\x00", "bo\u0301tnet")
		if pick(f, true, false) {
			i.v.Use.Purpose = paper.ID(odd)
			return i
		}
		quoted, _ := json.Marshal(odd)
		return f.text(i, `"purpose":"botnet"`, `"purpose":`+string(quoted))
	},
	"json-twice-and-otherwise": func(f *forger) *item {
		change := pick(f,
			[2]string{`"purpose":"botnet"`, `"purpose":"botnet","purpose":"botnet"`},
			[2]string{`"purpose":"botnet"`, `"purpose":"botnet","purpose":"espionage"`},
			[2]string{`"purpose":"botnet"`, `"purpose": "botnet"`},
			[2]string{`"purpose":"botnet"`, `"purpos\u0065":"botnet"`},
			[2]string{`"purpose":"botnet"`, `"purpose":"botne\u0074"`},
			[2]string{`"purpose":"botnet","root":`, `"purpose":"botnet","quorum":1,"root":`},
			[2]string{`"purpose":"botnet",`, ``},
			[2]string{`"purpose":"botnet"`, `"purpose":null`},
			[2]string{`"purpose":"botnet"`, `"purpose":["botnet"]`},
			[2]string{`{"application":`, "\ufeff" + `{"application":`},
			[2]string{`{"application":`, "\n" + `{"application":`},
			[2]string{`"links":[`, `"links":[,`},
			[2]string{`}`, `},`},
			[2]string{`"instrument":`, `"Instrument":`},
		)
		return f.text(f.from("collection", "police"), change[0], change[1])
	},
	"huge-numbers": func(f *forger) *item {
		i := f.from("collection", "police")
		n := pick(f, "9007199254740992", "9223372036854775808", "1e400", "1E2", "-0", "00", "1.0", "99999999999999999999999999999999", "-1", "-9007199254740991", "0x10", "+1", "Infinity", "NaN", `"1"`)
		x := f.read(i, 0)
		field := pick(f, fmt.Sprintf(`"max_bytes":%d`, x.Scope.MaxBytes), fmt.Sprintf(`"max_records":%d`, x.Scope.MaxRecords), fmt.Sprintf(`"max_uses":%d`, x.Scope.MaxUses), fmt.Sprintf(`"memory_s":%d`, x.Scope.MemoryS))
		name, _, _ := strings.Cut(field, ":")
		return f.text(i, field, name+":"+n)
	},
	"memory-beyond-a-day": func(f *forger) *item {
		return f.edit(f.from("collection", "police"), 0, func(x *warrant.Warrant) { x.Scope.MemoryS = 86401 + f.Int64N(1<<40) })
	},
	"child-wider": func(f *forger) *item {
		i := f.from("child", "grandchild")
		n := len(i.v.Chain) - 1
		return f.edit(i, n, func(x *warrant.Warrant) { pick(f, widenings...)(x) })
	},
	"child-of-another-hand": func(f *forger) *item {
		i := f.from("child", "grandchild")
		n := len(i.v.Chain) - 1
		f.put(i, n, i.v.Chain[n].Payload, pick(f, "agent", "tap-1", "member-1", "nobody", "minister"))
		return i
	},
	"child-of-another-parent": func(f *forger) *item {
		i := f.from("child", "grandchild")
		n := len(i.v.Chain) - 1
		if pick(f, true, false) && n > 1 {
			i.v.Chain = slices.Delete(i.v.Chain, 1, 2)
			return i
		}
		return f.edit(i, n, func(x *warrant.Warrant) { x.Parent = paper.DigestOf([]byte(strconv.Itoa(f.IntN(1000)))) })
	},
	"chain-cut-or-turned": func(f *forger) *item {
		i := f.from("child", "grandchild")
		if pick(f, true, false) {
			i.v.Chain = i.v.Chain[1:]
		} else {
			slices.Reverse(i.v.Chain)
		}
		f.live(i, f.w(i).Statement(8, warranttest.Now-2, i.v.Chain[0].Digest()))
		return i
	},
	"chain-too-deep": func(f *forger) *item {
		i := f.from("grandchild")
		x := must(warrant.Child(i.v.Chain[2], f.w(i).Key("tap-1"), "w/fourth", warranttest.Nonce(strconv.Itoa(f.IntN(1000)))))(f.t)
		for n := f.IntN(3); n >= 0; n-- {
			i.v.Chain = append(i.v.Chain, must(paper.Seal(warrant.Type, x, f.w(i).Signer("agent")))(f.t))
		}
		i.v.Use.Actor = x.Holder
		return i
	},
	"payload-flipped": func(f *forger) *item {
		i := f.from()
		n := f.IntN(len(i.v.Chain))
		e := *i.v.Chain[n]
		e.Payload = slices.Clone(e.Payload)
		e.Payload[f.IntN(len(e.Payload))] ^= 1 << f.IntN(8)
		i.v.Chain[n] = &e
		if n == 0 {
			f.live(i, f.w(i).Statement(8, warranttest.Now-2, e.Digest()))
		}
		return i
	},
	"payload-changed-unsigned": func(f *forger) *item {
		i := f.from()
		n := f.IntN(len(i.v.Chain))
		x := f.read(i, n)
		pick(f, func() { x.NotAfter-- }, func() { x.Nonce = warranttest.Nonce("another") }, func() { x.Scope.MaxBytes /= 3 }, func() { x.ID += "x" }, func() { x.Case = "case/3"; i.v.Use.Case = "case/3" })()
		e := *i.v.Chain[n]
		e.Payload = must(paper.Marshal(x))(f.t)
		if bytes.Equal(e.Payload, i.v.Chain[n].Payload) {
			e.Payload = append(slices.Clone(e.Payload), ' ')
		}
		i.v.Chain[n] = &e
		if n == 0 {
			f.live(i, f.w(i).Statement(8, warranttest.Now-2, e.Digest()))
		}
		return i
	},
	"paper-of-another-type": func(f *forger) *item {
		i := f.from()
		n := f.IntN(len(i.v.Chain))
		e := *i.v.Chain[n]
		e.PayloadType = pick(f, trust.RootType, liveness.Type, warrant.RevocationType, "application/vnd.noroshi.warrant+JSON", "application/vnd.noroshi.warrant+json ", "")
		e.Signatures = nil
		for _, name := range f.names(i, n) {
			if err := e.Add(f.w(i).Signer(name)); err != nil {
				f.t.Fatal(err)
			}
		}
		i.v.Chain[n] = &e
		return i
	},
	"warrant-expired-or-not-yet": func(f *forger) *item {
		i := f.from("collection", "police")
		return f.edit(i, 0, func(x *warrant.Warrant) {
			if pick(f, true, false) {
				x.NotAfter = i.v.Latest - paper.Time(f.Int64N(3000))
			} else {
				x.NotBefore = i.v.Earliest + 1 + paper.Time(f.Int64N(3000))
			}
		})
	},
	"warrant-too-long-or-early": func(f *forger) *item {
		i := f.from("collection", "police")
		return f.edit(i, 0, func(x *warrant.Warrant) {
			switch f.IntN(3) {
			case 0:
				x.NotAfter = x.NotBefore + 15552001 + paper.Time(f.Int64N(1<<30))
			case 1:
				x.NotBefore -= 326 * 86400 // before the law, and before the keys
			case 2:
				x.NotBefore, x.NotAfter = x.NotAfter, x.NotBefore
			}
		})
	},
	"other-target-or-effect": func(f *forger) *item {
		i := f.from("police", "urgent", "private/police")
		t := *i.v.Use.Target
		switch f.IntN(9) {
		case 0:
			t.Path = pick(f, "/tmp/.X", "/tmp/.x ", "/tmp/../tmp/.x", "/tmp//.x", "/tmp/.x\u200b")
		case 1:
			t.Hash = paper.DigestOf([]byte(strconv.Itoa(f.IntN(1000))))
		case 2:
			t.Value = pick(f, "device/8", "device/70", "Device/7", "device/7 ", "")
		case 3:
			t = warrant.Target{Kind: warrant.Address, Value: pick(f, "198.51.100.16", "198.51.101.1", "::ffff:198.51.100.1", "198.51.100.01", "2001:db8::1"), Consent: t.Consent}
		case 4:
			t = warrant.Target{Kind: warrant.Prefix, Value: pick(f, "198.51.100.0/27", "198.51.100.0/24", "0.0.0.0/0", "198.51.100.1/28", "198.51.100.8/28"), Consent: t.Consent}
		case 5:
			t.Kind = pick(f, warrant.Process, warrant.Device, warrant.Name, "files", "")
		case 6:
			t.Consent = paper.DigestOf([]byte("another's"))
		case 7:
			i.v.Use.Target = nil
		case 8:
			i.v.Use.Effect = paper.ID(pick(f, "reboot", "disarm", "confirm", "Delete", "delete ", " delete", "delete\u200b", "ｄelete", "", "forward"))
			return i
		}
		if i.v.Use.Target != nil {
			i.v.Use.Target = &t
		}
		return i
	},
	"other-executor": func(f *forger) *item {
		i := f.from()
		i.v.Use.Actor = f.w(i).Key(pick(f, "agency-1", "member-1", "tap-1", "nobody", "police"))
		return i
	},
	"other-person": func(f *forger) *item {
		i := f.from("police", "urgent")
		switch f.IntN(3) {
		case 0:
			i.v.Use.Person = paper.ID(pick(f, "person/officer-3", "person/Officer-1", "person/officer-1 ", ""))
		case 1:
			i.v.Use.Duty = paper.ID(pick(f, "second", "chief", "Executor", ""))
		case 2:
			f.edit(i, 0, func(x *warrant.Warrant) { x.People[0].Until = i.v.Latest - paper.Time(f.Int64N(1000)) })
		}
		return i
	},
	"other-purpose-case-instrument-kind": func(f *forger) *item {
		i := f.from()
		u := &i.v.Use
		pick(f, func() { u.Purpose = "espionage" }, func() { u.Case = "case/9" }, func() { u.Instrument = "lab/other" }, func() { u.Kind = regime.Query }, func() { u.Kind = regime.Access }, func() { u.Kind = regime.Share }, func() { u.Kind = "Collection" })()
		return i
	},
	"counts-over": func(f *forger) *item {
		i := f.from()
		c := &i.v.Use.Counts
		n := pick(f, int64(1<<53-1), 1<<31+1, -1, -1<<40, 1<<40)
		pick(f, func() { c.Bytes = n }, func() { c.Records = n }, func() { c.Targets = n }, func() { c.Uses = n }, func() { c.MemoryS = n })()
		return i
	},
	"selector-outside": func(f *forger) *item {
		i := f.from("collection", "child", "grandchild")
		i.v.Use.Selector = pick(f, "dst in {192.0.3.1} and dst_port in {443}", "dst in {192.0.2.7}", "dst in {192.0.2.7} and dst_port in {444}", "dst in {0.0.0.0/0}", "dst_port in {443} and dst in {192.0.2.7}",
			"dst in {192.0.2.7} and dst_port in {443} or proto in {6}", "tls.sni in {bad.example}", "tls.sni in {xbad.example}", "tls.sni in {*.example}", "dst in {::ffff:192.0.2.7} and dst_port in {443}", "src in {192.0.2.7} and src_port in {443}", "nonsense")
		return i
	},
	"root-kind-other": func(f *forger) *item {
		i := f.from("collection", "police")
		return f.edit(i, 0, func(x *warrant.Warrant) {
			if pick(f, true, false) {
				x.RootKind = pick(f, trust.Lab, trust.Private, "State", "")
			} else {
				x.Root = pick(f, paper.ID("lab/other"), "lab/root2")
			}
		})
	},
	"consent-missing": func(f *forger) *item {
		i := f.from("private/police")
		f.edit(i, 0, func(x *warrant.Warrant) {
			for n := range x.Scope.Targets {
				x.Scope.Targets[n].Consent = ""
			}
		})
		t := *i.v.Use.Target
		t.Consent = ""
		i.v.Use.Target = &t
		return i
	},
	"profile-swapped": func(f *forger) *item {
		i := f.from("collection", "police", "urgent")
		p := *i.v.Profiles[0].Profile
		p.Locks = slices.Clone(p.Locks)
		p.Locks[0].K = 1 + f.IntN(2)
		p.LongestS -= f.Int64N(1000)
		p.Articles = append(slices.Clone(p.Articles), "99")
		own := must(p.Digest())(f.t)
		switch f.IntN(3) {
		case 0: // another one under the right digest
			i.v.Profiles = []profileAs{{i.v.Profiles[0].As, &p}}
			return i
		case 1: // one that the root does not name
			i.v.Profiles = []profileAs{{own, &p}}
			return f.edit(i, 0, func(x *warrant.Warrant) { x.Profile = own })
		}
		i.v.Profiles[0].As = own // none at hand
		return i
	},
	"profile-of-another-instrument": func(f *forger) *item {
		i := f.from("police")
		o := f.from("collection")
		i.v.Profiles = o.v.Profiles
		return f.edit(i, 0, func(x *warrant.Warrant) { x.Profile = o.v.Profiles[0].As })
	},
	"beyond-the-instrument": func(f *forger) *item {
		i := f.from("collection", "police")
		return f.edit(i, 0, func(x *warrant.Warrant) {
			switch f.IntN(7) {
			case 0:
				x.Scope.Effects = append(x.Scope.Effects, "wipe")
			case 1:
				x.Articles = []string{"99"}
			case 2:
				x.Articles = []string{}
			case 3:
				x.Purpose = "curiosity"
			case 4:
				x.Kind = pick(f, regime.Query, regime.Reidentify, regime.Share)
			case 5:
				x.Conditions = x.Conditions[:f.IntN(len(x.Conditions))]
			case 6:
				x.Conditions[f.IntN(len(x.Conditions))].Finding = pick(f, "", " ", "\u3000")
			}
		})
	},
	"target-pattern-or-wide": func(f *forger) *item {
		i := f.from("police")
		return f.edit(i, 0, func(x *warrant.Warrant) {
			x.Scope.Targets = []warrant.Target{pick(f, warrant.Target{Kind: warrant.Prefix, Value: "198.51.0.0/16"}, warrant.Target{Kind: warrant.Name, Value: "*.example"}, warrant.Target{Kind: warrant.Name, Value: "example"},
				warrant.Target{Kind: warrant.File, Value: "device/7", Path: "/tmp/*"}, warrant.Target{Kind: warrant.Address, Value: "0.0.0.0/0"}, warrant.Target{Kind: warrant.Prefix, Value: "2001:db8::/32"}, warrant.Target{Kind: "any", Value: "x"})}
			i.v.Use.Target = &x.Scope.Targets[0]
		})
	},
	"urgent-where-none": func(f *forger) *item {
		i := f.from("collection")
		x := f.read(i, 0)
		x.Path, x.Urgency = warrant.Urgent, &warrant.Urgency{Facts: "now"}
		f.put(i, 0, must(paper.Marshal(x))(f.t), pick(f, "chief", "minister", "member-1"))
		return i
	},
	"urgent-without-facts": func(f *forger) *item {
		i := f.from("urgent", "confirm/urgent")
		return f.edit(i, 0, func(x *warrant.Warrant) {
			switch f.IntN(4) {
			case 0:
				x.Urgency = nil
			case 1:
				x.Urgency.Facts = pick(f, "", "  ", "\u3000")
			case 2:
				x.Urgency.ConfirmBy = x.NotAfter + 1 + paper.Time(f.Int64N(1000))
			case 3:
				x.Path = warrant.Ordinary
			}
		})
	},
	"urgent-past-its-confirmation": func(f *forger) *item {
		i := f.from("confirm/urgent")
		return f.edit(i, 0, func(x *warrant.Warrant) {
			x.NotAfter += 1 + paper.Time(f.Int64N(86400))
			x.Urgency.ConfirmBy = pick(f, x.NotAfter, x.Urgency.ConfirmBy, 0)
		})
	},
	"urgent-too-often": func(f *forger) *item {
		i := f.from("urgent")
		if f.IntN(5) == 0 {
			i.v.Urgents = nil
			return i
		}
		seen := warrant.UrgentSeen{Body: "police", Day: (warranttest.Now - 3600).Day(), Case: "case/100", Decided: true, Targets: []warrant.Target{}}
		list := []warrant.UrgentSeen{}
		for n := range 3 + f.IntN(3) {
			seen.Warrant = paper.DigestOf([]byte(strconv.Itoa(n)))
			list = append(list, seen)
		}
		if pick(f, true, false) {
			list = list[:1]
			list[0].Decided = false
			if pick(f, true, false) {
				list[0].Case = "case/2"
			} else {
				list[0].Targets = []warrant.Target{{Kind: warrant.Address, Value: "198.51.100.3"}}
			}
			list[0].Body = pick(f, paper.ID("police"), "ministry")
		}
		i.v.Urgents = &list
		return i
	},
	"root-of-another": func(f *forger) *item {
		i := f.from("collection", "police")
		i.v.Roots = f.worlds[pick(f, "two-hats", "terms", "private")].Roots
		return i
	},
	"root-unsigned": func(f *forger) *item {
		i := f.from("collection")
		r := f.w(i).Root
		r.Expires -= paper.Time(f.Int64N(1000))
		names := pick(f, []string{"member-1", "member-2"}, []string{"agency-1", "member-1"}, []string{"agency-1", "agency-2"}, []string{"agency-1", "minister", "chief"}, []string{})
		var signers []paper.Signer
		for _, n := range names {
			signers = append(signers, f.w(i).Signer(n))
		}
		e := must(paper.Seal(trust.RootType, r, signers...))(f.t)
		i.v.Roots, i.v.Pinned = []*paper.Envelope{e}, e.Digest()
		return i
	},
	"root-over": func(f *forger) *item {
		i := f.from("last-seconds/collection", "last-seconds/child", "last-seconds/police")
		i.v.Latest = f.w(i).Root.Expires + paper.Time(f.Int64N(30))
		i.v.Earliest = min(i.v.Latest-paper.Time(f.Int64N(30)), f.w(i).Root.Expires-1)
		return i
	},
	"signatures-one-person-two-keys": func(f *forger) *item {
		i := f.from("two-keys/collection", "two-keys/police")
		names := []string{"member-1", "member-1-again", "member-2"}
		if strings.HasSuffix(i.base, "police") {
			names = append(names, "minister")
		}
		f.put(i, 0, i.v.Chain[0].Payload, names...)
		return i
	},
}

// acts are what is not a collection.
var acts = []string{"police", "police-child", "urgent", "query/query", "query/reidentify", "query/share", "query/query-child", "query/share-child"}

// misuses are the ways to leave out what the scope restricts, to restrict what the act
// does not have, to multiply caps by children, and to decide for oneself.
var misuses = map[string]func(f *forger) *item{
	"dimension-left-out": func(f *forger) *item {
		i := f.from(append([]string{"collection", "child", "grandchild"}, acts[3:]...)...)
		u := &i.v.Use
		left := []func(){
			func() { u.Link, u.Tap = "", "" }, func() { u.Direction = "" }, func() { u.DirectionTable = "" },
			func() { u.Selector, u.SelectorSet = "", 0 },
		}
		if u.Target != nil {
			left = append(left, func() { u.Target, u.Counts.Targets = nil, 0 })
		}
		f.Shuffle(len(left), func(a, b int) { left[a], left[b] = left[b], left[a] })
		for _, leave := range left[:1+f.IntN(len(left))] {
			leave()
		}
		return i
	},
	"target-left-out": func(f *forger) *item {
		i := f.from(acts...)
		i.v.Use.Target = nil
		return i
	},
	"dimension-left-out-of-a-narrow-scope": func(f *forger) *item { // one thing is restricted, and just that is not named
		i := f.from("query/query", "query/reidentify", "query/share")
		keep := f.IntN(5)
		f.edit(i, 0, func(x *warrant.Warrant) {
			s := &x.Scope
			strike := []func(){
				func() { s.Links = []warrant.Link{} }, func() { s.Criteria = "" }, func() { s.Targets, s.MaxTargets = []warrant.Target{}, 0 },
				func() { s.Directions = []regime.Direction{} }, func() { s.DirectionTable = "" },
			}
			for n, f := range strike {
				if n != keep && (keep < 3 || n > 0) { // a scope must reach something: links stay
					f()
				}
			}
			i.v.Use = x.Sample()
		})
		u := &i.v.Use
		[]func(){
			func() { u.Link, u.Tap = "", "" }, func() { u.Selector = "" }, func() { u.Target, u.Counts.Targets = nil, 0 },
			func() { u.Direction = "" }, func() { u.DirectionTable = "" },
		}[keep]()
		return i
	},
	"dimension-that-the-act-lacks": func(f *forger) *item {
		i := f.from(append([]string{"collection", "child"}, acts...)...)
		u, w := &i.v.Use, f.w(i)
		lacks := []func(){func() { u.SelectorSet = 1 + f.Int64N(9) }}
		switch u.Kind {
		case regime.Collection:
			lacks = []func(){func() { u.Target = &warrant.Target{Kind: warrant.Address, Value: "192.0.2.7"} }, func() { u.Counts.Uses = 1 }, func() { u.Counts.Targets = 1 }}
		case regime.Neutralise:
			lacks = append(lacks, func() { u.Link = "carrier-a/1" }, func() { u.Tap = w.Key("tap-1").ID() }, func() { u.Direction = "inbound" }, func() { u.DirectionTable = paper.DigestOf([]byte("table")) }, func() { u.Selector = "proto in {6}" }, func() { u.Counts.MemoryS = 1 })
		}
		pick(f, lacks...)()
		return i
	},
	"restricts-what-the-act-lacks": func(f *forger) *item {
		i := f.from("collection", "police", "urgent", "query/query", "query/share")
		return f.edit(i, 0, func(x *warrant.Warrant) {
			s := &x.Scope
			idle := []func(){func() { s.MemoryS = 1 + f.Int64N(86400) }}
			switch x.Kind {
			case regime.Collection:
				idle = []func(){func() { s.MaxUses = 1 + f.Int64N(100) }, func() { s.MaxTargets = 1 + f.Int64N(100) }, func() { s.Targets = []warrant.Target{{Kind: warrant.Address, Value: "192.0.2.7"}} }}
			case regime.Neutralise:
				idle = append(idle, func() { s.Links = []warrant.Link{{ID: "carrier-a/1", Tap: f.w(i).Key("tap-1").ID()}} }, func() { s.Criteria = "proto in {6}" }, func() { s.DirectionTable = paper.DigestOf([]byte("table")) }, func() { s.Directions = []regime.Direction{"inbound"} })
			}
			pick(f, idle...)()
		})
	},
	"reaches-nothing-named": func(f *forger) *item {
		i := f.from("query/query", "query/reidentify", "query/share")
		return f.edit(i, 0, func(x *warrant.Warrant) {
			s := &x.Scope
			s.Links, s.Targets, s.Criteria, s.MaxTargets = []warrant.Link{}, []warrant.Target{}, "", 0
			if pick(f, true, false) {
				s.Directions, s.DirectionTable = []regime.Direction{}, ""
			}
			i.v.Use = x.Sample()
		})
	},
	"caps-multiplied-by-children": func(f *forger) *item {
		i := f.from("child", "grandchild", "police-child", "query/query-child", "query/share-child")
		u := &i.v.Use
		u.Above = slices.Clone(u.Above)
		n := f.IntN(len(u.Above))
		s := f.read(i, n).Scope
		over := []func(){func() { u.Above[n].Records = s.MaxRecords + 1 + f.Int64N(1<<40) }, func() { u.Above[n].Bytes = s.MaxBytes + 1 + f.Int64N(1<<40) }}
		if u.Kind != regime.Collection { // what siblings did is the parent's use too
			over = append(over, func() { u.Above[n].Uses = s.MaxUses + 1 + f.Int64N(9) }, func() { u.Above[n].Targets = s.MaxTargets + 1 + f.Int64N(9) })
		}
		pick(f, over...)()
		return i
	},
	"caps-of-parents-uncounted": func(f *forger) *item {
		i := f.from("child", "grandchild", "police-child", "query/query-child", "query/share-child")
		u := &i.v.Use
		u.Above = slices.Clone(u.Above)
		n := f.IntN(len(u.Above))
		switch f.IntN(4) {
		case 0:
			u.Above = u.Above[1:]
		case 1:
			u.Above = append(u.Above, u.Counts)
		case 2: // a parent that was used less than its child
			if u.Above[n] = (warrant.Counts{}); u.Kind == regime.Collection {
				u.Above[n].Records = u.Counts.Records - 1
			}
		case 3:
			u.Above[n].Bytes = -1 - f.Int64N(1<<40)
		}
		return i
	},
	"child-without-its-parents-limits": func(f *forger) *item {
		i := f.from("query/query-child", "query/share-child")
		f.edit(i, 1, func(x *warrant.Warrant) {
			s := &x.Scope
			strike := []func(){
				func() { s.Links = []warrant.Link{} }, func() { s.Criteria = "" }, func() { s.Targets, s.MaxTargets = []warrant.Target{}, 0 },
				func() { s.Directions = []regime.Direction{} }, func() { s.DirectionTable = "" },
			}
			f.Shuffle(len(strike), func(a, b int) { strike[a], strike[b] = strike[b], strike[a] })
			for _, f := range strike[:1+f.IntN(3)] {
				f()
			}
			above := i.v.Use.Above
			i.v.Use = x.Sample()
			i.v.Use.Above = above
		})
		return i
	},
	"use-that-counts-nothing": func(f *forger) *item {
		i := f.from(acts...)
		u := &i.v.Use
		pick(f, func() { u.Counts.Uses = 0 }, func() { u.Counts.Targets = 0 }, func() { u.Counts = warrant.Counts{} })()
		return i
	},
	"holder-among-the-signers": func(f *forger) *item {
		i := f.from("collection", "police", "urgent", "two-keys/collection", "two-keys/police", "child", "police-child")
		n := len(i.v.Chain) - 1
		names := f.names(i, 0)
		own := pick(f, names...)
		if strings.HasPrefix(i.base, "two-keys") {
			own = "member-1-again" // the person has signed with the other key
		}
		f.edit(i, n, func(x *warrant.Warrant) { x.Holder = f.w(i).Key(own) })
		i.v.Use.Actor = f.w(i).Key(own)
		return i
	},
	"text-that-nobody-sees": func(f *forger) *item {
		blank := pick(f, "\u2800", "\u3164", "\uffa0", "\u115f", "\u1160", "\u00a0", "\u2003", "\u202f", "\u200b", "\u034f", "\ufe0f", "\U000e0100", "\U0001d159", "\U00016fe4", "\u17b4", "\ufeff")
		i := f.from("collection", "police", "urgent")
		quoted := func(s string) string { q, _ := json.Marshal(s); return string(q) }
		x := f.read(i, 0)
		was := pick(f, x.Conditions[0].Finding, x.Articles[0], x.Decision.Origin)
		now := was + blank
		switch f.IntN(4) {
		case 0:
			now = blank + was
		case 1:
			now = was[:len(was)/2] + blank + was[len(was)/2:]
		case 2:
			was = x.Conditions[0].Finding
			now = strings.Repeat(blank, 1+f.IntN(20))
		}
		return f.text(i, quoted(was), quoted(now))
	},
	"reason-that-says-nothing": func(f *forger) *item {
		i := f.from("collection", "police", "urgent")
		nothing := pick(f, "", " ", "\u3000", "-", "…", "。", "　・　", "!!", "\u0301", "※")
		return f.edit(i, 0, func(x *warrant.Warrant) {
			if x.Urgency != nil && pick(f, true, false) {
				x.Urgency.Facts = nothing
				return
			}
			x.Conditions[f.IntN(len(x.Conditions))].Finding = nothing
		})
	},
}

// widenings are the ways in which a child reaches further.
var widenings = []func(x *warrant.Warrant){
	func(x *warrant.Warrant) { x.NotAfter += 86400 * 2 },
	func(x *warrant.Warrant) { x.NotBefore-- },
	func(x *warrant.Warrant) { x.Scope.MaxRecords = 1000001 },
	func(x *warrant.Warrant) { x.Scope.MaxBytes++ },
	func(x *warrant.Warrant) { x.Scope.MaxUses++ },
	func(x *warrant.Warrant) { x.Scope.MaxTargets++ },
	func(x *warrant.Warrant) {
		x.Scope.Criteria = "dst in {192.0.2.0/23} and dst_port in {443}"
	},
	func(x *warrant.Warrant) { x.Scope.Criteria = "dst in {192.0.2.7}" },
	func(x *warrant.Warrant) { x.Scope.Criteria = "proto in {6}" },
	func(x *warrant.Warrant) { x.Scope.Effects = append(x.Scope.Effects, "zap") },
	func(x *warrant.Warrant) { x.Scope.Directions = append([]regime.Direction{}, "inbound", "outbound") },
	func(x *warrant.Warrant) {
		x.Scope.Links = append(slices.Clone(x.Scope.Links), warrant.Link{ID: "carrier-z/1", Tap: x.Scope.Links[0].Tap})
	},
	func(x *warrant.Warrant) {
		x.Scope.Links = []warrant.Link{{ID: x.Scope.Links[0].ID, Tap: paper.KeyID(warranttest.Nonce("tap"))}}
	},
	func(x *warrant.Warrant) {
		x.Scope.Targets = []warrant.Target{{Kind: warrant.Device, Value: "device/1"}}
	},
	func(x *warrant.Warrant) { x.Scope.DirectionTable = paper.DigestOf([]byte("other")) },
	func(x *warrant.Warrant) { x.Purpose = "espionage" },
	func(x *warrant.Warrant) { x.Case = "case/2" },
	func(x *warrant.Warrant) { x.Articles = []string{"17", "18"} },
	func(x *warrant.Warrant) { x.Profile = paper.DigestOf([]byte("other")) },
	func(x *warrant.Warrant) { x.Kind = regime.Query },
	func(x *warrant.Warrant) { x.Conditions = x.Conditions[:1] },
	func(x *warrant.Warrant) { x.Root = "lab/other" },
	func(x *warrant.Warrant) { x.Decision.Index++ },
}

// families are all the ways.
func families() map[string]func(f *forger) *item {
	all := maps.Clone(forgings)
	maps.Copy(all, misuses)
	return all
}

// judge runs the product's verifier, as first does, but keeps what was verified before.
func (f *forger) judge(v *vector) []string {
	view, known := f.views[v.Roots[0]]
	if !known || v.Pinned != v.Roots[0].Digest() {
		return first(v)
	}
	var found []string
	note := func(list []warrant.Unmet) {
		for _, u := range list {
			found = append(found, u.Place+" "+u.Code)
		}
	}
	note(check(v, view, note))
	slices.Sort(found)
	return slices.Compact(found)
}

func forgeries(def int) int {
	if n, err := strconv.Atoi(os.Getenv("NOROSHI_FORGERIES")); err == nil && n > 0 {
		return n
	}
	return def
}

// family tries n forgeries of one family, and gives how many were compared with the
// second verifier.
func (f *forger) family(name string, seed uint64, n int) (compared int64) {
	bases, forge := map[string]bool{}, families()[name]
	for n := range n {
		i := forge(f)
		bases[i.base] = true
		got := f.judge(&i.v)
		if len(got) == 0 {
			data, _ := paper.Marshal(i.v)
			f.t.Fatalf("seed %d: %s from %s was accepted: %s", seed, name, i.base, data)
		}
		if _, err := paper.Marshal(i.v.Use); n%20 != 0 || err != nil || strings.HasPrefix(name, "root-") {
			continue
		}
		compared++
		if diff := cmp.Diff(got, oracle(&i.v)); diff != "" {
			data, _ := paper.Marshal(i.v)
			f.t.Fatalf("seed %d: %s from %s (-first +second):\n%s\n%s", seed, name, i.base, diff, data)
		}
	}
	for base := range bases {
		if got := f.judge(f.bases[base]); len(got) > 0 {
			f.t.Errorf("%s: the honest twin %s is refused: %v", name, base, got)
		}
	}
	return compared
}

// TestForgeries: whatever is forged or misused is refused, by both verifiers for the
// same reasons, and the honest thing that it was made of is taken. The seed changes
// and is printed; NOROSHI_SEED sets it, NOROSHI_FORGERIES how many.
func TestForgeries(t *testing.T) {
	total, seed := forgeries(100_000), uint64(time.Now().UnixNano())
	if testing.Short() {
		total = 2000
	}
	if s, err := strconv.ParseUint(os.Getenv("NOROSHI_SEED"), 10, 64); err == nil {
		seed = s
	}
	f := newForger(t, seed)
	for _, w := range f.worlds {
		f.views[w.Roots[0]] = w.View
	}
	for base, v := range f.bases {
		if got := first(v); len(got) > 0 {
			t.Fatalf("the honest %s is refused: %v", base, got)
		}
		if got := oracle(v); len(got) > 0 {
			t.Fatalf("the honest %s is refused by the second verifier: %v", base, got)
		}
	}
	names := slices.Sorted(maps.Keys(families()))
	each := total/len(names) + 1
	var compared atomic.Int64
	t.Run("families", func(t *testing.T) {
		for n, name := range names {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				g := *f
				g.Rand, g.t = rand.New(rand.NewPCG(seed, uint64(n))), t
				compared.Add(g.family(name, seed, each))
			})
		}
	})
	if t.Failed() {
		return
	}
	t.Logf("%d forgeries in %d families, 0 accepted, %d compared with the second verifier; seed %d", each*len(names), len(names), compared.Load(), seed)
}

// vectors are one forgery of each family that can stand on paper, and the honest ones.
func vectors(t testing.TB) map[string]*vector {
	f := newForger(t, 1)
	all := map[string]*vector{}
	for _, base := range []string{"collection", "child", "grandchild", "police", "urgent"} {
		all["honest-"+base] = f.bases["state/"+base]
	}
	for _, base := range []string{"state/police-child", "query/query", "query/share-child", "query/reidentify"} {
		_, kind, _ := strings.Cut(base, "/")
		all["honest-"+kind] = f.bases[base]
	}
	all["honest-private"] = f.bases["private/police"]
	ways := families()
	for _, name := range slices.Sorted(maps.Keys(ways)) {
		f.Rand = rand.New(rand.NewPCG(1, uint64(len(name))))
		for try := 0; try < 20; try++ {
			i := ways[name](f)
			i.v.About = "forged: " + strings.ReplaceAll(name, "-", " ")
			if _, err := paper.Marshal(i.v); err == nil {
				all[name] = &i.v
				break
			}
		}
	}
	return all
}
