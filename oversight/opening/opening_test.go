package opening_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/oversight/act"
	"github.com/noroshi-acd/noroshi/oversight/opening"
)

const now paper.Time = 1795309200

func request() opening.Request {
	return opening.Request{Articles: []string{"63"}, At: now, Entries: []int64{1, 4}, Member: "m", Origin: "o", Purpose: "to publish the year"}
}

func many(n int) (list []int64) {
	for i := range int64(n) {
		list = append(list, i)
	}
	return list
}

// TestCheck: each way in which a request cannot stand.
func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*opening.Request)
		ok     bool
	}{
		"as it should be":          {func(*opening.Request) {}, true},
		"no entry":                 {func(r *opening.Request) { r.Entries = nil }, false},
		"no log":                   {func(r *opening.Request) { r.Origin = "" }, false},
		"an entry twice":           {func(r *opening.Request) { r.Entries = []int64{1, 1} }, false},
		"in no order":              {func(r *opening.Request) { r.Entries = []int64{4, 1} }, false},
		"below 0":                  {func(r *opening.Request) { r.Entries = []int64{-1} }, false},
		"as many as one can name":  {func(r *opening.Request) { r.Entries = many(opening.MaxByHand) }, true},
		"more than one can name":   {func(r *opening.Request) { r.Entries = many(opening.MaxByHand + 1) }, false},
		"as many as one can draw":  {func(r *opening.Request) { r.Entries, r.Sample = many(act.MaxList), reveal() }, true},
		"more than one can draw":   {func(r *opening.Request) { r.Entries, r.Sample = many(act.MaxList+1), reveal() }, false},
		"without a purpose":        {func(r *opening.Request) { r.Purpose = " 。" }, false},
		"without an article":       {func(r *opening.Request) { r.Articles = nil }, false},
		"an article that is empty": {func(r *opening.Request) { r.Articles = []string{""} }, false},
	} {
		r := request()
		c.change(&r)
		if err := r.Check(); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func reveal() *act.Reveal {
	return &act.Reveal{Commitment: paper.DigestOf([]byte("c")), Root: paper.DigestOf([]byte("root")), Secret: bytes.Repeat([]byte{7}, act.SecretSize), Size: 100}
}

// TestStale: a request opens nothing once its time is over.
func TestStale(t *testing.T) {
	r := request()
	limit := paper.Time(opening.Fresh / time.Second)
	if r.Stale(now, opening.Fresh) || r.Stale(now+limit, opening.Fresh) || !r.Stale(now+limit+1, opening.Fresh) {
		t.Error("the limit is elsewhere")
	}
}

// TestDrawn: what is asked for as a sample is the sample, whole and nothing beside it.
func TestDrawn(t *testing.T) {
	s := reveal()
	c := act.Commitment{At: now, First: 0, Last: 100, N: 10, Origin: "o", Secret: paper.DigestOf(s.Secret)}
	list, err := act.Draw(c, *s)
	if err != nil {
		t.Fatal(err)
	}
	r := request()
	r.Entries, r.Sample = list, s
	if err := r.Drawn(c); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*opening.Request, *act.Commitment){
		"one left out": func(r *opening.Request, _ *act.Commitment) { r.Entries = r.Entries[1:] },
		"another beside": func(r *opening.Request, _ *act.Commitment) {
			r.Entries = slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(list), 200))))
		},
		"of another log": func(_ *opening.Request, c *act.Commitment) { c.Origin = "other" },
		"another secret": func(_ *opening.Request, c *act.Commitment) { c.Secret = paper.DigestOf(nil) },
		"no sample":      func(r *opening.Request, _ *act.Commitment) { r.Sample = nil },
	} {
		r, c := r, c
		change(&r, &c)
		if r.Drawn(c) == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// FuzzOpen: what is read is written again to the same bytes.
func FuzzOpen(f *testing.F) {
	r := request()
	for _, s := range []*act.Reveal{nil, reveal()} {
		r.Sample = s
		text, err := paper.Marshal(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v := new(opening.Request)
		if paper.Unmarshal(data, v) != nil {
			return
		}
		if back, err := paper.Marshal(v); err != nil || string(back) != string(data) {
			t.Fatalf("%q reads, and is written as %q (%v)", data, back, err)
		}
	})
}
