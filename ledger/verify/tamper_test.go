package verify_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/grant"
	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/books"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/verify"
	"github.com/noroshi-acd/noroshi/ledger/verify/archive"
	"github.com/noroshi-acd/noroshi/ledger/verify/trusted"
	"github.com/noroshi-acd/noroshi/ledger/verify/verifytest"
)

// trial is one export that is being tampered with.
type trial struct {
	*verifytest.Made
	rng *rand.Rand
	out *archive.Memory
}

// want is the first bad entry of a tampered export.
type want struct {
	log         string
	first, last int64 // the index must lie among them; -1: no entry in particular
	exact       bool  // and be named alone
}

func (t *trial) log() *verifytest.Log {
	if t.rng.IntN(3) == 0 {
		return t.Decisions
	}
	return t.Acts
}

func exactly(l *verifytest.Log, i int) want { return want{l.Origin, int64(i), int64(i), true} }

func nowhere(l *verifytest.Log) want {
	if l == nil {
		return want{"", -1, -1, false}
	}
	return want{l.Origin, -1, -1, false}
}

// pick chooses an entry of a class; more says which of them will do.
func (t *trial) pick(l *verifytest.Log, c proof.Class, more ...func(i int, e *verifytest.Entry) bool) int {
	var list []int
	for i, e := range l.Entries {
		if e.Class == c && (len(more) == 0 || more[0](i, e)) {
			list = append(list, i)
		}
	}
	return list[t.rng.IntN(len(list))]
}

// change gives a file with one bit changed.
func (t *trial) flip(name string, from, to int) {
	data := bytes.Clone(t.out.Get(name))
	data[from+t.rng.IntN(to-from)] ^= 1 << t.rng.IntN(8)
	t.out.Set(name, data)
}

// tile gives the path of the tile or bundle that holds leaf i as the log now is, and
// the place of i in it.
func tile(l *verifytest.Log, kind string, i int) (string, int) {
	n, size := i/256, len(l.Entries)
	name := fmt.Sprintf("%stile/%s/%03d", l.Dir(), kind, n)
	if w := size - n*256; w < 256 {
		name += fmt.Sprintf(".p/%d", w)
	}
	return name, i % 256
}

// again writes a log in which an entry is another, all signed anew.
func (t *trial) again(l *verifytest.Log, i int, e *verifytest.Entry) {
	c := l.Clone()
	e.Key = l.Entries[i].Key
	if err := c.Replace(i, e); err != nil {
		panic(err)
	}
	if old := l.Entries[i]; old.Payload != nil && old.Content != e.Content {
		t.out.Remove(l.Dir() + "content/" + strings.TrimPrefix(string(old.Content), "sha256:"))
	}
	c.Write(t.out, i)
}

// like makes an entry with the time and warrant of another.
func (t *trial) like(l *verifytest.Log, i int, class proof.Class, payload any) *verifytest.Entry {
	return t.Entry(l, l.Entries[i].At, class, l.Entries[i].Warrant, payload)
}

// harmless is an entry that stands where another should.
func (t *trial) harmless(l *verifytest.Log, i int) *verifytest.Entry {
	return t.Entry(l, l.Entries[i].At, proof.Build, "", fmt.Appendf(nil, "build %d", i))
}

// open reads the paper of an entry.
func open[T any](l *verifytest.Log, i int, payloadType string) T {
	var v T
	e, err := paper.ParseEnvelope(l.Entries[i].Payload)
	if err == nil {
		err = e.Open(payloadType, &v)
	}
	if err != nil {
		panic(err)
	}
	return v
}

// families are the ways to tamper; each gives what the verifier must name.
func families() map[string]func(t *trial) want {
	return map[string]func(t *trial) want{
		"flip a leaf": func(t *trial) want {
			l := t.log()
			i := t.rng.IntN(len(l.Entries))
			name, k := tile(l, "entries", i)
			t.flip(name, k*34, k*34+34)
			return exactly(l, i)
		},
		"flip a hash": func(t *trial) want {
			l := t.log()
			i := t.rng.IntN(len(l.Entries))
			name, k := tile(l, "0", i)
			t.flip(name, k*32, k*32+32)
			return exactly(l, i)
		},
		"flip leaf and hash": func(t *trial) want {
			i := t.rng.IntN(len(t.Acts.Entries))
			name, k := tile(t.Acts, "entries", i)
			data := bytes.Clone(t.out.Get(name))
			data[k*34+2+t.rng.IntN(32)] ^= 1
			t.out.Set(name, data)
			hash := leafHash(data[k*34+2 : k*34+34])
			name, k = tile(t.Acts, "0", i)
			data = bytes.Clone(t.out.Get(name))
			copy(data[k*32:], hash[:])
			t.out.Set(name, data)
			if t.Acts.Entries[i].Sealed {
				return want{t.Acts.Origin, int64(i), int64(i), false}
			}
			return exactly(t.Acts, i)
		},
		"flip an upper hash": func(t *trial) want {
			n := len(t.Acts.Entries) / 256
			k := t.rng.IntN(n)
			t.flip(fmt.Sprintf("%stile/1/000.p/%d", t.Acts.Dir(), n), k*32, k*32+32)
			return want{t.Acts.Origin, int64(k * 256), int64(k*256 + 255), false}
		},
		"flip an opened entry": func(t *trial) want {
			l := t.log()
			i := t.rng.IntN(len(l.Entries))
			for l.Entries[i].Sealed {
				i--
			}
			name := fmt.Sprintf("%sopened/%012d.json", l.Dir(), i)
			t.flip(name, 0, len(t.out.Get(name)))
			return exactly(l, i)
		},
		"flip a payload": func(t *trial) want {
			l, i := t.payload()
			name := l.Dir() + "content/" + strings.TrimPrefix(string(l.Entries[i].Content), "sha256:")
			t.flip(name, 0, len(t.out.Get(name)))
			return exactly(l, i)
		},
		"remove a payload": func(t *trial) want {
			l, i := t.payload()
			t.out.Remove(l.Dir() + "content/" + strings.TrimPrefix(string(l.Entries[i].Content), "sha256:"))
			return exactly(l, i)
		},
		"remove an opened entry": func(t *trial) want {
			l, i := t.payload()
			if c := l.Entries[i].Class; c != proof.Query && c != proof.Build { // else others miss it first
				return families()["remove a payload"](t)
			}
			t.out.Remove(fmt.Sprintf("%sopened/%012d.json", l.Dir(), i))
			return exactly(l, i)
		},
		"flip a checkpoint": func(t *trial) want {
			l := t.log()
			name := l.Dir() + "checkpoint"
			t.flip(name, 0, len(t.out.Get(name)))
			return nowhere(l)
		},
		"flip an earlier checkpoint": func(t *trial) want {
			l := t.log()
			s := l.Stamps[t.rng.IntN(len(l.Stamps)-1)]
			name := fmt.Sprintf("%scheckpoints/%020d", l.Dir(), s.Size)
			t.flip(name, 0, len(t.out.Get(name)))
			return nowhere(l)
		},
		"cut a bundle": func(t *trial) want {
			l := t.log()
			i := t.rng.IntN(len(l.Entries))
			name, k := tile(l, "entries", i)
			t.out.Set(name, t.out.Get(name)[:k*34+t.rng.IntN(34)])
			return exactly(l, i)
		},
		"cut a tile": func(t *trial) want {
			l := t.log()
			i := t.rng.IntN(len(l.Entries))
			name, k := tile(l, "0", i)
			t.out.Set(name, t.out.Get(name)[:k*32])
			return want{l.Origin, int64(i - i%256), int64(min(i-i%256+255, len(l.Entries)-1)), false}
		},
		"swap leaves": func(t *trial) want {
			l := t.log()
			i, j := t.two(len(l.Entries))
			a, p := tile(l, "entries", i)
			b, q := tile(l, "entries", j)
			x := bytes.Clone(t.out.Get(a)[p*34 : p*34+34])
			y := bytes.Clone(t.out.Get(b)[q*34 : q*34+34])
			data := bytes.Clone(t.out.Get(a))
			copy(data[p*34:], y)
			t.out.Set(a, data)
			data = bytes.Clone(t.out.Get(b))
			copy(data[q*34:], x)
			t.out.Set(b, data)
			return exactly(l, i)
		},
		"swap opened entries": func(t *trial) want {
			l := t.Decisions
			i, j := t.two(len(l.Entries))
			a, b := fmt.Sprintf("%sopened/%012d.json", l.Dir(), i), fmt.Sprintf("%sopened/%012d.json", l.Dir(), j)
			x, y := t.out.Get(a), t.out.Get(b)
			t.out.Set(a, y)
			t.out.Set(b, x)
			return exactly(l, i)
		},
		"reorder without new signatures": func(t *trial) want {
			l := t.Acts
			i := t.pick(l, proof.Query, func(i int, _ *verifytest.Entry) bool { return l.Entries[i+1].Class == proof.Query })
			c := l.Clone()
			a, b := *l.Entries[i+1], *l.Entries[i]
			if c.Replace(i, &a) != nil || c.Replace(i+1, &b) != nil {
				panic("replace")
			}
			c.Stamps = nil
			c.Write(t.out, i)
			return want{l.Origin, int64(i), int64(i), false}
		},
		"fork": func(t *trial) want {
			l := t.log()
			k := t.rng.IntN(len(l.Stamps) - 1)
			s := l.Stamps[k]
			root := l.Root(s.Size)
			root[t.rng.IntN(32)] ^= 1
			t.out.Set(fmt.Sprintf("%scheckpoints/%020d", l.Dir(), s.Size), l.Note(s, root))
			return want{l.Origin, s.Size - 1, s.Size - 1, false}
		},
		"fork of the latest": func(t *trial) want {
			l := t.log()
			s := l.Stamps[len(l.Stamps)-1]
			root := l.Root(s.Size)
			root[t.rng.IntN(32)] ^= 1
			t.out.Set(l.Dir()+"checkpoint", l.Note(s, root))
			return nowhere(l) // the reader's own checkpoint bears the entries out
		},
		"roll back": func(t *trial) want {
			l := t.log()
			k := len(l.Stamps)/2 + t.rng.IntN(len(l.Stamps)/2-2)
			c := l.Clone()
			c.Stamps, c.Entries, c.Kept = l.Stamps[:k+1], l.Entries[:l.Stamps[k].Size], nil
			for _, name := range t.out.Names() {
				if strings.HasPrefix(name, l.Dir()) {
					t.out.Remove(name)
				}
			}
			c.Write(t.out, 0)
			return want{l.Origin, l.Stamps[k].Size, l.Stamps[k].Size, false}
		},
		"stale partial tile": func(t *trial) want {
			l := t.log()
			size := l.Kept[t.rng.IntN(len(l.Kept)-1)]
			w := int(size % 256)
			if w == 0 {
				return families()["flip a hash"](t)
			}
			k := t.rng.IntN(w)
			if t.rng.IntN(2) == 0 {
				t.flip(fmt.Sprintf("%stile/0/%03d.p/%d", l.Dir(), size/256, w), k*32, k*32+32)
			} else {
				t.flip(fmt.Sprintf("%stile/entries/%03d.p/%d", l.Dir(), size/256, w), k*34, k*34+34)
			}
			return exactly(l, int(size)-w+k)
		},
		"stale tile in place of the last": func(t *trial) want {
			l := t.log()
			n, size := len(l.Entries)/256, int(l.Kept[0])
			if size/256 < n {
				size = n*256 + 1
			}
			w := size - n*256
			name, _ := tile(l, "0", len(l.Entries)-1)
			t.out.Set(name, t.out.Get(name)[:w*32])
			name, _ = tile(l, "entries", len(l.Entries)-1)
			t.out.Set(name, t.out.Get(name)[:w*34])
			return exactly(l, size)
		},
		"foreign log key": func(t *trial) want {
			l := t.log().Clone()
			l.Signer = "somebody"
			s := l.Stamps[len(l.Stamps)-1]
			t.out.Set(l.Dir()+"checkpoint", l.Note(s, l.Root(s.Size)))
			return nowhere(l)
		},
		"signed alone": func(t *trial) want {
			l := t.log().Clone()
			l.Witnesses = l.Witnesses[:t.rng.IntN(3)]
			k := t.rng.IntN(len(l.Stamps))
			name := fmt.Sprintf("%scheckpoints/%020d", l.Dir(), l.Stamps[k].Size)
			if k == len(l.Stamps)-1 {
				name = l.Dir() + "checkpoint"
			}
			t.out.Set(name, l.Note(l.Stamps[k], l.Root(l.Stamps[k].Size)))
			return nowhere(l)
		},
		"foreign witnesses": func(t *trial) want {
			l := t.log().Clone()
			l.Witnesses = []string{"witness-1.example", "witness-5.example", "witness-6.example"}
			s := l.Stamps[len(l.Stamps)-1]
			t.out.Set(l.Dir()+"checkpoint", l.Note(s, l.Root(s.Size)))
			return nowhere(l)
		},
		"a file that nobody knows": func(t *trial) want {
			l := t.log()
			name := []string{"tile/0/x001/000", "tile/9/000", "tile/entries/000.p/300", "content/00", "opened/x.json", "opened/000000999999.json", "README", "tile/0/00"}[t.rng.IntN(8)]
			t.out.Set(l.Dir()+name, []byte("x"))
			return nowhere(l)
		},
		"another trust root": func(t *trial) want {
			t.flip("root/000001.json", 0, len(t.out.Get("root/000001.json")))
			return nowhere(nil)
		},
	}
}

// acts are the ways of a hub, or of a commission, that is dishonest from the beginning:
// logs and witnesses have signed everything.
func dishonest() map[string]func(t *trial) want {
	return map[string]func(t *trial) want{
		"missing close": func(t *trial) want {
			l := t.Acts
			i := t.pick(l, proof.GrantClose, func(_ int, e *verifytest.Entry) bool { return e.At < t.End-400 })
			c := open[grant.Close](l, i, grant.CloseType)
			t.again(l, i, t.harmless(l, i))
			return exactly(l, slices.IndexFunc(l.Entries, func(e *verifytest.Entry) bool { return e.Paper == c.Open }))
		},
		"exchanged paper": func(t *trial) want {
			l := t.Acts
			i := t.pick(l, proof.GrantOpen)
			e := *l.Entries[i]
			o := open[grant.Open](l, i, grant.OpenType)
			o.MaxRecords++
			other := t.like(l, i, proof.GrantOpen, t.Seal(grant.OpenType, o, "hub"))
			e.Payload, e.Content = other.Payload, other.Content
			t.again(l, i, &e)
			return exactly(l, i)
		},
		"grant outside the warrant": func(t *trial) want {
			l := t.Acts
			i := t.pick(l, proof.GrantOpen)
			o, signer := open[grant.Open](l, i, grant.OpenType), "hub"
			switch t.rng.IntN(6) {
			case 0:
				o.Link = "carrier-b/1"
			case 1:
				o.MaxRecords = 2000000
			case 2:
				o.Tap = t.World.Key("tap-9")
			case 3:
				o.SelectorSet = 0
			case 4:
				signer = "agency-1"
			default:
				o.From, o.To = o.From-120, o.To-120
			}
			t.again(l, i, t.like(l, i, proof.GrantOpen, t.Seal(grant.OpenType, o, signer)))
			return exactly(l, i)
		},
		"back-dated": func(t *trial) want {
			l := t.Acts
			i := t.pick(l, proof.Query, func(i int, _ *verifytest.Entry) bool { return int64(i) > l.Stamps[2].Size })
			e := *l.Entries[i]
			e.At -= paper.Time(90 + t.rng.IntN(100))
			t.again(l, i, &e)
			return exactly(l, i)
		},
		"close before a checkpoint": func(t *trial) want {
			l := t.Acts
			i := t.pick(l, proof.GrantOpen)
			k := i
			for l.Entries[k].Class != proof.Query {
				k++
			}
			j := slices.IndexFunc(l.Entries, func(e *verifytest.Entry) bool {
				return e.Class == proof.GrantClose && bytes.Contains(e.Payload, []byte("payload")) && open1(e).Open == l.Entries[i].Paper
			})
			c := open[grant.Close](l, j, grant.CloseType)
			e := t.like(l, k, proof.GrantClose, t.Seal(grant.CloseType, c, t.tapOf(l, i), "edge"))
			e.Warrant = l.Entries[i].Warrant
			t.again(l, k, e)
			return exactly(l, k)
		},
		"closed twice": func(t *trial) want {
			l := t.Acts
			i := t.pick(l, proof.GrantClose)
			k := i + 1
			for l.Entries[k].Class != proof.Query {
				k++
			}
			e := *l.Entries[i]
			t.again(l, k, &e)
			return exactly(l, k)
		},
		"dropped liveness": func(t *trial) want {
			l := t.Decisions
			i := t.pick(l, proof.Liveness, func(i int, _ *verifytest.Entry) bool { return i < len(l.Entries)-4 && i > 14 })
			t.again(l, i, t.harmless(l, i))
			for i++; l.Entries[i].Class != proof.Liveness; i++ {
			}
			return exactly(l, i)
		},
		"liveness fork": func(t *trial) want {
			l := t.Decisions
			i := t.pick(l, proof.Liveness, func(i int, _ *verifytest.Entry) bool { return i > 14 })
			s := open[liveness.Statement](l, i, liveness.Type)
			s.Number--
			t.again(l, i, t.like(l, i, proof.Liveness, t.Seal(liveness.Type, s, "liveness")))
			return exactly(l, i)
		},
		"liveness by somebody": func(t *trial) want {
			l := t.Decisions
			i := t.pick(l, proof.Liveness)
			s := open[liveness.Statement](l, i, liveness.Type)
			t.again(l, i, t.like(l, i, proof.Liveness, t.Seal(liveness.Type, s, "member-1")))
			return exactly(l, i)
		},
		"warrant without its lock": func(t *trial) want {
			l := t.Decisions
			i := t.pick(l, proof.Warrant)
			w := open[warrant.Warrant](l, i, warrant.Type)
			e := t.like(l, i, proof.Warrant, t.Seal(warrant.Type, w, "member-1", "member-2", "agency-1"))
			t.again(l, i, e)
			return exactly(l, i)
		},
		"act under a revoked warrant": func(t *trial) want {
			l := t.Acts
			i := t.pick(l, proof.Query, func(_ int, e *verifytest.Entry) bool { return e.At > verifytest.Begin+60*8 })
			e := *l.Entries[i]
			e.Warrant = t.Revoked
			t.again(l, i, &e)
			return exactly(l, i)
		},
		"act without or under another warrant": func(t *trial) want {
			l := t.Acts
			i := t.pick(l, proof.Query)
			e := *l.Entries[i]
			switch t.rng.IntN(3) {
			case 0:
				e.Warrant = ""
			case 1:
				e.Warrant = paper.DigestOf([]byte("no warrant"))
			default:
				e.Instrument = "lab/police"
			}
			t.again(l, i, &e)
			return exactly(l, i)
		},
		"books that do not balance": func(t *trial) want {
			l := t.Acts
			i := t.pick(l, proof.Books)
			p := open[books.Page](l, i, books.PageType)
			p.Counts = slices.Clone(p.Counts)
			k := t.rng.IntN(len(p.Counts))
			p.Counts[k].N += int64(1 + t.rng.IntN(5))
			t.again(l, i, t.like(l, i, proof.Books, t.Seal(books.PageType, p, t.keeper(p))))
			return exactly(l, i)
		},
		"page by somebody": func(t *trial) want {
			l := t.Acts
			i := t.pick(l, proof.Books)
			p := open[books.Page](l, i, books.PageType)
			t.again(l, i, t.like(l, i, proof.Books, t.Seal(books.PageType, p, "agency-2")))
			return exactly(l, i)
		},
		"missing page": func(t *trial) want {
			l := t.Acts
			i := t.pick(l, proof.Books, func(i int, _ *verifytest.Entry) bool { return !open[books.Page](l, i, books.PageType).Last })
			p := open[books.Page](l, i, books.PageType)
			t.again(l, i, t.harmless(l, i))
			for k := i + 1; ; k++ {
				if l.Entries[k].Class != proof.Books {
					continue
				}
				if q := open[books.Page](l, k, books.PageType); q.Sheet == p.Sheet && q.Link == p.Link && q.Warrant == p.Warrant {
					return exactly(l, k)
				}
			}
		},
		"disposed of and still there": func(t *trial) want {
			l := t.Acts
			i := t.pick(l, proof.Result)
			k := i - slices.IndexFunc(l.Entries, func(e *verifytest.Entry) bool { return e.Class == proof.Result })
			t.out.Set(l.Dir()+"content/"+strings.TrimPrefix(string(l.Entries[i].Content), "sha256:"), fmt.Appendf(nil, "result %d", k))
			return exactly(l, i)
		},
		"disposal of another number": func(t *trial) want {
			l := t.Acts
			i := t.pick(l, proof.Disposal)
			d := open[proof.KeyDeath](l, i, proof.DisposalType)
			d.Keys = slices.Clone(d.Keys)
			d.Keys[0].N -= int64(1 + t.rng.IntN(3))
			t.again(l, i, t.like(l, i, proof.Disposal, t.Seal(proof.DisposalType, d, "agency-1")))
			return exactly(l, i)
		},
		"disposal that nobody recorded": func(t *trial) want {
			l := t.Acts
			i := t.pick(l, proof.Disposal)
			t.again(l, i, t.harmless(l, i))
			return exactly(l, slices.IndexFunc(l.Entries, func(e *verifytest.Entry) bool { return e.Class == proof.Result }))
		},
		"period that counts otherwise": func(t *trial) want {
			l := t.Acts
			i := t.pick(l, proof.Period)
			r := open[proof.PeriodReport](l, i, proof.PeriodType)
			r.Counts = slices.Clone(r.Counts)
			r.Counts[0].N++
			r.Counts[1].N--
			t.again(l, i, t.like(l, i, proof.Period, t.Seal(proof.PeriodType, r, "agency-1")))
			return exactly(l, i)
		},
		"class of the other log": func(t *trial) want {
			l := t.Decisions
			i := t.pick(l, proof.Application)
			e := *l.Entries[i]
			e.Class = proof.Disclosure
			t.again(l, i, &e)
			return exactly(l, i)
		},
	}
}

func open1(e *verifytest.Entry) (c grant.Close) {
	env, err := paper.ParseEnvelope(e.Payload)
	if err == nil {
		_ = env.Open(grant.CloseType, &c)
	}
	return c
}

func (t *trial) tapOf(l *verifytest.Log, i int) string {
	if open[grant.Open](l, i, grant.OpenType).Link == "carrier-a/1" {
		return "tap-1"
	}
	return "tap-2"
}

func (t *trial) keeper(p books.Page) string {
	switch p.Sheet.Party() {
	case "tap":
		return map[paper.ID]string{"carrier-a/1": "tap-1", "carrier-a/2": "tap-2"}[p.Link]
	case "edge":
		return "edge"
	}
	return "hub"
}

// payload picks an entry whose payload is in the export.
func (t *trial) payload() (*verifytest.Log, int) {
	l := t.log()
	for {
		if i := t.rng.IntN(len(l.Entries)); l.Entries[i].Payload != nil && !l.Entries[i].Sealed {
			return l, i
		}
	}
}

// two gives i < j below n.
func (t *trial) two(n int) (i, j int) {
	for i == j {
		i, j = t.rng.IntN(n), t.rng.IntN(n)
	}
	return min(i, j), max(i, j)
}

// met says whether the report names what it must.
func (w want) met(r *verify.Report) bool {
	f := r.First
	switch {
	case r.Right || f == nil || f.Log != w.log:
		return false
	case w.first < 0:
		return f.Index == nil
	case f.Index == nil:
		return false
	case w.exact:
		return *f.Index == w.first && *f.Last == w.last
	}
	return *f.Index <= w.first && *f.Last >= w.last
}

// runs is how many exports are tampered with: what NOROSHI_TAMPER says (10,000 in CI,
// 100,000 in a soak), else 1,000.
func runs(t *testing.T) int {
	if n, err := strconv.Atoi(os.Getenv("NOROSHI_TAMPER")); err == nil {
		return n
	}
	if testing.Short() {
		return 180
	}
	return 1000
}

// TestTamper tampers with exports of more than 1,000 entries, each family in turn, with
// a new seed every time: none goes undetected, and the first bad entry is named.
func TestTamper(t *testing.T) {
	m := life(t)
	if n := len(m.Acts.Entries) + len(m.Decisions.Entries); n < 1000 {
		t.Fatalf("%d entries", n)
	}
	seed := uint64(time.Now().UnixNano())
	if s, err := strconv.ParseUint(os.Getenv("NOROSHI_SEED"), 10, 64); err == nil {
		seed = s
	}
	n, known := runs(t), trusted.NewKnown()
	all := families()
	maps.Copy(all, dishonest())
	maps.Copy(all, silent())
	var names []string
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	t.Logf("%d tampered exports of %d families, NOROSHI_SEED=%d", n, len(names), seed)
	since := [][]byte{m.Export.Get(m.Decisions.Dir() + "checkpoint"), m.Export.Get(m.Acts.Dir() + "checkpoint")}
	m.Export.Clone() // lists its folders once
	var wg sync.WaitGroup
	var mu sync.Mutex
	failed := 0
	for worker := range runtime.GOMAXPROCS(0) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := worker; i < n; i += runtime.GOMAXPROCS(0) {
				name := names[i%len(names)]
				x := &trial{Made: m, rng: rand.New(rand.NewPCG(seed, uint64(i))), out: m.Export.Clone()}
				w := all[name](x)
				o := ask(m, known)
				o.FS, o.Since = x.out, since
				r, err := verify.Run(t.Context(), o)
				if err == nil && w.met(r) {
					continue
				}
				mu.Lock()
				if failed++; failed <= 20 {
					t.Errorf("%s (%d): want %+v, got %v %s", name, i, w, err, shown(r))
				}
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
	if failed > 0 {
		t.Errorf("%d of %d were not found right", failed, n)
	}
}

func shown(r *verify.Report) string {
	if r == nil {
		return "nothing"
	}
	s := r.Verdict.EN
	for _, f := range r.List[:min(3, len(r.List))] {
		s += "\n    " + f.Code + ": " + f.Sentence.EN
	}
	return s
}

func leafHash(leaf []byte) [32]byte { return proof.Commitment(leaf).Hash() }

// tampered verifies an export of one family.
func tampered(t *testing.T, m *verifytest.Made, name string) *verify.Report {
	t.Helper()
	all := families()
	maps.Copy(all, dishonest())
	maps.Copy(all, silent())
	f := all[name]
	x := &trial{Made: m, rng: rand.New(rand.NewPCG(1, 2)), out: m.Export.Clone()}
	w := f(x)
	o := ask(m, nil)
	o.FS = x.out
	o.Since = [][]byte{m.Export.Get(m.Decisions.Dir() + "checkpoint"), m.Export.Get(m.Acts.Dir() + "checkpoint")}
	r := run(t, o)
	if !w.met(r) {
		t.Fatalf("%s: want %+v, got %s", name, w, shown(r))
	}
	return r
}
