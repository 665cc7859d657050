package testimony_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"testing"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/ledger/cosign/cosigntest"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/testimony"
)

func split(a, b *cosigntest.Log, older, newer int64) testimony.Split {
	s := testimony.Split{Found: 1, Log: a.VKey, Older: a.Sign(older), Newer: b.Sign(newer), Witness: "w.example/1"}
	if older < newer {
		s.Root = proof.RootDigest(b.Root(older))
		for _, h := range b.Proof(older, newer) {
			s.Proof = append(s.Proof, proof.RootDigest(h))
		}
	}
	return s
}

// TestJudge: a split is proven exactly when two branches parted below the older size;
// nothing that is of one tree can be made a proof, whatever is changed in the paper.
func TestJudge(t *testing.T) {
	a := cosigntest.New(t, "ledger.example/acts")
	a.Grow(60, "leaf")
	rapid.Check(t, func(r *rapid.T) {
		fork := rapid.IntRange(0, 40).Draw(r, "fork")
		b := a.Branch(fork)
		b.Grow(60-fork, "other")
		v, err := proof.ParseLogKey(a.VKey)
		if err != nil {
			r.Fatal(err)
		}
		older := rapid.Int64Range(1, 60).Draw(r, "older")
		newer := rapid.Int64Range(older, 60).Draw(r, "newer")
		s := split(a, b, older, newer)
		f, err := s.Judge(v, proof.Quorum{})
		if apart := older > int64(fork); (err == nil && f.Proven) != apart {
			r.Fatalf("fork at %d, sizes %d and %d: %+v, %v", fork, older, newer, f, err)
		}
		same := split(a, a, older, newer)
		if rapid.Bool().Draw(r, "lie") && older < newer {
			same.Root = proof.RootDigest(b.Root(older))
		}
		if f, err := same.Judge(v, proof.Quorum{}); err == nil && f.Proven {
			r.Fatalf("an honest log is found guilty: %+v", f)
		}
		doubt := same
		doubt.Root, doubt.Proof = "", nil
		if f, err := doubt.Judge(v, proof.Quorum{}); older < newer && (err != nil || f.Proven) {
			r.Fatalf("a doubt is %+v, %v", f, err)
		}
	})
}

// TestJudgeNamesWhoSignedBoth: a witness under both sides of a split is dishonest.
func TestJudgeNamesWhoSignedBoth(t *testing.T) {
	a := cosigntest.New(t, "ledger.example/acts")
	a.Grow(10, "leaf")
	b := a.Branch(5)
	b.Grow(5, "other")
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c, vkey, err := proof.NewCosigner("liar.example/1", public)
	if err != nil {
		t.Fatal(err)
	}
	s := split(a, b, 10, 10)
	v, _ := proof.ParseLogKey(a.VKey)
	q, _ := proof.NewQuorum([]string{vkey}, 1)
	for i, side := range []*[]byte{&s.Older, &s.Newer} {
		log := []*cosigntest.Log{a, b}[i]
		text := proof.Checkpoint{Origin: a.Origin, Size: 10, Root: log.Root(10)}.Text()
		*side, err = proof.Join(*side, proof.SignatureLine(c, proof.Cosign(private, []byte(text), 1)))
		if err != nil {
			t.Fatal(err)
		}
	}
	f, err := s.Judge(v, q)
	if err != nil || len(f.Both) != 1 || f.Both[0] != "liar.example/1" {
		t.Errorf("%+v, %v", f, err)
	}
	thief := cosigntest.New(t, "ledger.example/acts")
	other, _ := proof.ParseLogKey(thief.VKey)
	if f, err := s.Judge(other, q); err == nil {
		t.Errorf("under another key it shows %+v", f)
	}
}

// TestPapersComeBack: what is sealed is read to the same.
func TestPapersComeBack(t *testing.T) {
	a := cosigntest.New(t, "ledger.example/acts")
	a.Grow(10, "leaf")
	b := a.Branch(5)
	b.Grow(5, "other")
	_, key, _ := ed25519.GenerateKey(rand.Reader)
	s := split(a, b, 7, 10)
	e, err := paper.Seal(testimony.SplitType, s, paper.Ed25519(key))
	if err != nil {
		t.Fatal(err)
	}
	var back testimony.Split
	if err := e.Open(testimony.SplitType, &back); err != nil || string(back.Newer) != string(s.Newer) || back.Root != s.Root {
		t.Errorf("%+v, %v", back, err)
	}
	for _, bad := range []any{
		testimony.Decision{At: 1, Deed: "forgive", Origin: "x", Person: "p", Reason: "r"},
		testimony.Decision{At: 1, Deed: testimony.Resume, Origin: "x", Reason: "r"},
		testimony.Decision{At: 1, Deed: testimony.Resume, Origin: "x", Person: "p"},
	} {
		e, err := paper.Seal(testimony.DecisionType, bad, paper.Ed25519(key))
		var d testimony.Decision
		if err == nil && e.Open(testimony.DecisionType, &d) == nil {
			t.Errorf("%+v is taken for a decision", bad)
		}
	}
	late := testimony.Anchor{At: 5, Origin: "x", Late: true}
	if late.Check() == nil {
		t.Error("late, and nobody knows since when")
	}
}

// FuzzJudge: no paper makes it panic, and none proves an honest log guilty.
func FuzzJudge(f *testing.F) {
	a := cosigntest.New(f, "ledger.example/acts")
	a.Grow(10, "leaf")
	v, _ := proof.ParseLogKey(a.VKey)
	f.Add(a.Sign(5), a.Sign(10), string(proof.RootDigest(a.Root(5))), []byte{1})
	f.Fuzz(func(t *testing.T, older, newer []byte, root string, path []byte) {
		s := testimony.Split{Log: a.VKey, Older: older, Newer: newer, Root: paper.Digest(root), Witness: "w"}
		for len(path) >= 32 {
			s.Proof = append(s.Proof, proof.RootDigest([32]byte(path[:32])))
			path = path[32:]
		}
		if found, err := s.Judge(v, proof.Quorum{}); err == nil && found.Proven {
			t.Errorf("an honest log is found guilty: %+v", found)
		}
	})
}
