package grant_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/grant"
	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
)

// forgedGrant spoils a grant that is right: the paper before it is signed, the envelope
// after it, or what it is held against.
type forgedGrant struct {
	open     func(r *rand.Rand, s *scene, o *grant.Open)
	envelope func(r *rand.Rand, s *scene, e *paper.Envelope)
	input    func(r *rand.Rand, s *scene, in *grant.OpenInput)
}

// deep gives a copy whose bytes may be changed.
func deep(e *paper.Envelope) {
	e.Payload, e.Signatures = slices.Clone(e.Payload), slices.Clone(e.Signatures)
	for i := range e.Signatures {
		e.Signatures[i].Sig = slices.Clone(e.Signatures[i].Sig)
	}
}

var grantFamilies = map[string]forgedGrant{
	"another hand": {envelope: func(r *rand.Rand, s *scene, e *paper.Envelope) {
		sig, _ := s.Signer([]string{"edge", "tap-1", "member-1", "agency-1", "nobody"}[r.IntN(5)]).Sign(paper.PAE(e.PayloadType, e.Payload))
		e.Signatures[0].Sig = sig // under the holder's id
	}},
	"another's id": {envelope: func(r *rand.Rand, s *scene, e *paper.Envelope) {
		e.Signatures[0].KeyID = s.Key("key-" + strconv.Itoa(r.IntN(1000))).ID()
	}},
	"signature flipped": {envelope: func(r *rand.Rand, _ *scene, e *paper.Envelope) { e.Signatures[0].Sig[r.IntN(64)] ^= 1 << r.IntN(8) }},
	"payload flipped":   {envelope: func(r *rand.Rand, _ *scene, e *paper.Envelope) { e.Payload[r.IntN(len(e.Payload))] ^= 1 << r.IntN(8) }},
	"later end": {envelope: func(_ *rand.Rand, _ *scene, e *paper.Envelope) {
		e.Payload = bytes.Replace(e.Payload, []byte("01:02:00Z"), []byte("01:09:00Z"), 1)
	}},
	"another type": {envelope: func(_ *rand.Rand, _ *scene, e *paper.Envelope) { e.PayloadType = grant.CloseType }},
	"another link": {open: func(r *rand.Rand, _ *scene, o *grant.Open) {
		o.Link = paper.ID("carrier-b/" + strconv.Itoa(r.IntN(100)))
	}},
	"another tap": {open: func(r *rand.Rand, s *scene, o *grant.Open) { o.Tap = s.Key("tap-" + strconv.Itoa(2+r.IntN(100))) }},
	"replayed under another warrant": {open: func(r *rand.Rand, _ *scene, o *grant.Open) {
		o.Warrant = paper.DigestOf([]byte(strconv.Itoa(r.IntN(1000))))
	}},
	"replayed after its window": {input: func(r *rand.Rand, s *scene, in *grant.OpenInput) {
		at := now + 120 + paper.Time(r.Int64N(86400))
		in.Clock = liveness.Clock{Earliest: at - paper.Time(r.Int64N(60)), Latest: at}
		in.Liveness, _ = s.Live(s.Statement(9, at, s.verified.Digest))
	}},
	"clock jump": {input: func(r *rand.Rand, s *scene, in *grant.OpenInput) {
		by := paper.Time(1 + r.Int64N(1<<30))
		switch r.IntN(3) {
		case 0:
			in.Clock.Earliest = in.Clock.Latest - 60 - by
		case 1:
			in.Clock.Earliest = in.Clock.Latest + by
		case 2:
			in.Clock = liveness.Clock{Earliest: now - 61 - by, Latest: now - 61 - by}
			in.Liveness, _ = s.Live(s.Statement(9, in.Clock.Latest, s.verified.Digest))
			if in.Liveness == nil { // before the keys
				in.Position = nil
			}
		}
	}},
	"wider caps": {open: func(r *rand.Rand, _ *scene, o *grant.Open) {
		if r.IntN(2) == 0 {
			o.MaxRecords = 1000001 + r.Int64N(1<<50)
		} else {
			o.MaxBytes = 1<<30 + 1 + r.Int64N(1<<50)
		}
	}},
	"caps used up": {input: func(r *rand.Rand, _ *scene, in *grant.OpenInput) {
		if r.IntN(2) == 0 {
			in.Used.Records = min(1000000-99+r.Int64N(math.MaxInt64-1000000), math.MaxInt64-r.Int64N(50))
		} else {
			in.Used.Bytes = 1<<30 - 999 + r.Int64N(1<<40)
		}
		if r.IntN(4) == 0 {
			in.Used.Records = math.MaxInt64 - r.Int64N(50) // a sum would turn round
		}
	}},
	"stale liveness": {input: func(r *rand.Rand, s *scene, in *grant.OpenInput) {
		in.Liveness, _ = s.Live(s.Statement(1, in.Clock.Latest-61-paper.Time(r.Int64N(100000)), s.verified.Digest))
	}},
	"revoked": {input: func(r *rand.Rand, s *scene, in *grant.OpenInput) {
		in.Liveness, _ = s.Live(s.Statement(2, now-paper.Time(r.Int64N(50)), paper.DigestOf([]byte("another"))))
	}},
	"link not in good standing": {input: func(_ *rand.Rand, s *scene, in *grant.OpenInput) {
		st := s.Statement(2, now, s.verified.Digest)
		st.Warrants[0].Links = []paper.ID{"carrier-a/2"}
		in.Liveness, _ = s.Live(st)
	}},
	"set withdrawn": {input: func(r *rand.Rand, s *scene, in *grant.OpenInput) {
		st := s.Statement(2, now, s.verified.Digest)
		st.Warrants[0].LeastSet = 5 + r.Int64N(1000)
		in.Liveness, _ = s.Live(st)
	}},
	"direction table not in force": {input: func(r *rand.Rand, s *scene, in *grant.OpenInput) {
		st := s.Statement(2, now, s.verified.Digest)
		st.Warrants[0].DirectionTable = paper.DigestOf([]byte(strconv.Itoa(r.IntN(1000))))
		if r.IntN(4) == 0 {
			st.Warrants[0].DirectionTable = ""
		}
		in.Liveness, _ = s.Live(st)
	}},
	"second in the minute": {input: func(r *rand.Rand, s *scene, in *grant.OpenInput) {
		o := s.open()
		o.From, o.To, o.Nonce = o.From+paper.Time(r.Int64N(30)), o.To-paper.Time(r.Int64N(30)), warranttest.Nonce("x")
		in.Earlier = append(in.Earlier, grant.Earlier{Open: o, Digest: paper.DigestOf([]byte(strconv.Itoa(r.IntN(1000)))), Closed: r.IntN(2) == 0})
	}},
	"one unclosed before": {input: func(r *rand.Rand, s *scene, in *grant.OpenInput) {
		o := s.open()
		o.To = in.Clock.Latest - 301 - paper.Time(r.Int64N(100000))
		o.From = o.To - 1
		in.Earlier = append(in.Earlier, grant.Earlier{Open: o, Digest: paper.DigestOf([]byte("x"))})
	}},
	"receipt": {input: func(r *rand.Rand, _ *scene, in *grant.OpenInput) {
		p := *in.Position
		switch r.IntN(4) {
		case 0:
			in.Position = nil
			return
		case 1:
			p.Index = p.Size + r.Int64N(100)
		case 2:
			p.Index = -1 - r.Int64N(100)
		case 3:
			p.Origin = []string{"", warranttest.Decisions, "acts.lab.example/log ", "Acts.lab.example/log"}[r.IntN(4)]
		}
		in.Position = &p
	}},
}

// TestForgedGrants: no forged or misused grant opens, and the honest one does. The seed
// changes and is printed; NOROSHI_SEED sets it. NOROSHI_FORGERIES is that of the
// warrants: a fifth as many grants are tried.
func TestForgedGrants(t *testing.T) {
	total, seed := 100_000, uint64(time.Now().UnixNano())
	if n, err := strconv.Atoi(os.Getenv("NOROSHI_FORGERIES")); err == nil && n > 0 {
		total = n
	}
	if testing.Short() {
		total = 2000
	}
	if n, err := strconv.ParseUint(os.Getenv("NOROSHI_SEED"), 10, 64); err == nil {
		seed = n
	}
	r, s := rand.New(rand.NewPCG(seed, 5)), newScene(t)
	honest := s.seal(t, grant.OpenType, s.open(), "hub")
	base := s.input(t, honest)
	each := total/5/len(grantFamilies) + 1
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for n := range grantFamilies {
			if !yield(n) {
				return
			}
		}
	}) {
		f := grantFamilies[name]
		if o, list := grant.VerifyOpen(base); o == nil {
			t.Fatalf("%s: the honest twin is refused: %v", name, unmet.List(list))
		}
		for range each {
			in, e := base, *honest
			deep(&e)
			if f.open != nil {
				o := s.open()
				f.open(r, s, &o)
				e = *s.seal(t, grant.OpenType, o, "hub")
			}
			if f.envelope != nil {
				f.envelope(r, s, &e)
			}
			if in.Envelope = &e; f.input != nil {
				f.input(r, s, &in)
			}
			if o, list := grant.VerifyOpen(in); o != nil || len(list) == 0 {
				t.Fatalf("seed %d: %s was accepted: %s", seed, name, e.Payload)
			}
		}
	}
	t.Logf("%d forged grants in %d families, 0 accepted; seed %d", each*len(grantFamilies), len(grantFamilies), seed)
}
