package grant_test

import (
	"testing"

	"github.com/noroshi-acd/noroshi/authority/grant"
	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
)

const now = warranttest.Now // a full minute

type scene struct {
	*warranttest.World
	verified *warrant.Verified
}

func newScene(t testing.TB) *scene {
	t.Helper()
	w, err := warranttest.New(trust.Lab)
	if err != nil {
		t.Fatal(err)
	}
	e, err := w.Seal(w.CollectionWarrant())
	if err != nil {
		t.Fatal(err)
	}
	in, err := w.Input(e)
	if err != nil {
		t.Fatal(err)
	}
	v, list := warrant.Check(in)
	if len(list) > 0 {
		t.Fatal(unmet.List(list))
	}
	return &scene{w, v}
}

// open is a grant for the next minute.
func (s *scene) open() grant.Open {
	return grant.Open{
		Edge: s.Key("edge"), From: now + 60, To: now + 120, Link: "carrier-a/1", MaxBytes: 1000, MaxRecords: 100, Nonce: warranttest.Nonce("1"),
		SelectorSet: 4, Tap: s.Key("tap-1"), Warrant: s.verified.Digest,
	}
}

func (s *scene) seal(t testing.TB, payloadType string, v any, names ...string) *paper.Envelope {
	t.Helper()
	var signers []paper.Signer
	for _, n := range names {
		signers = append(signers, s.Signer(n))
	}
	e, err := paper.Seal(payloadType, v, signers...)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func (s *scene) input(t testing.TB, e *paper.Envelope) grant.OpenInput {
	t.Helper()
	live, err := s.Live(s.Statement(1, now-5, s.verified.Digest))
	if err != nil {
		t.Fatal(err)
	}
	return grant.OpenInput{
		Envelope: e, Warrant: s.verified, View: s.View, Liveness: live, Clock: liveness.Clock{Earliest: now - 1, Latest: now + 1},
		Position: &grant.Position{Origin: warranttest.Acts, Index: 7, Size: 9, Root: paper.DigestOf([]byte("root"))},
	}
}

func TestOpen(t *testing.T) {
	s := newScene(t)
	type spoil struct {
		open  func(o *grant.Open)
		input func(in *grant.OpenInput)
		by    string
		want  string
	}
	earlier := func(change func(o *grant.Open), closed bool) func(in *grant.OpenInput) {
		o := s.open()
		o.Nonce = warranttest.Nonce("earlier")
		change(&o)
		return func(in *grant.OpenInput) {
			in.Earlier = []grant.Earlier{{Open: o, Digest: paper.DigestOf([]byte("earlier")), Closed: closed}}
		}
	}
	for name, c := range map[string]spoil{
		"as is right":        {},
		"two minutes ahead":  {open: func(o *grant.Open) { o.From, o.To = now+120, now+180 }, want: "grant-too-early"}, // the clock may still be in the minute before
		"two ahead, surely":  {open: func(o *grant.Open) { o.From, o.To = now+120, now+180 }, input: func(in *grant.OpenInput) { in.Clock.Earliest = now }},
		"three ahead":        {open: func(o *grant.Open) { o.From, o.To = now+180, now+240 }, input: func(in *grant.OpenInput) { in.Clock.Earliest = now }, want: "grant-too-early"},
		"over":               {open: func(o *grant.Open) { o.From, o.To = now-60, now }, want: "grant-over"},
		"over, perhaps":      {open: func(o *grant.Open) { o.From, o.To = now-60, now }, input: func(in *grant.OpenInput) { in.Clock = liveness.Clock{Earliest: now - 10, Latest: now} }, want: "grant-over"},
		"by the edge":        {by: "edge", want: "grant-signature"},
		"by nobody":          {by: "-", want: "grant-signature"},
		"of another warrant": {open: func(o *grant.Open) { o.Warrant = paper.DigestOf(nil) }, want: "grant-warrant"},
		"on another link":    {open: func(o *grant.Open) { o.Link = "carrier-b/1" }, want: "link-outside"},
		"at another tap":     {open: func(o *grant.Open) { o.Tap = s.Key("tap-2") }, want: "tap-other"},
		"too many records":   {open: func(o *grant.Open) { o.MaxRecords = 1000001 }, want: "count-over"},
		"too many with used": {input: func(in *grant.OpenInput) { in.Used.Records = 1000000 - 99 }, want: "count-over"},
		"just enough":        {input: func(in *grant.OpenInput) { in.Used.Records = 1000000 - 100 }},
		"used below nothing": {input: func(in *grant.OpenInput) { in.Used.Bytes = -1 << 62 }, want: "count-over"},
		"too many bytes":     {input: func(in *grant.OpenInput) { in.Used.Bytes = 1 << 30 }, want: "count-over"},
		"after the warrant": {input: func(in *grant.OpenInput) {
			short := *in.Warrant
			short.Leaf.NotAfter = now + 119
			in.Warrant = &short
		}, want: "grant-outside-warrant"},
		"no liveness":                 {input: func(in *grant.OpenInput) { in.Liveness = nil }, want: "liveness-none"},
		"old liveness":                {input: func(in *grant.OpenInput) { in.Clock = liveness.Clock{Earliest: now + 56, Latest: now + 56} }, want: "liveness-old"},
		"withdrawn set":               {open: func(o *grant.Open) { o.SelectorSet = 0 }, want: "set-withdrawn"},
		"no receipt":                  {input: func(in *grant.OpenInput) { in.Position = nil }, want: "receipt-none"},
		"of the wrong log":            {input: func(in *grant.OpenInput) { in.Position.Origin = warranttest.Decisions }, want: "receipt-log"},
		"of an unknown log":           {input: func(in *grant.OpenInput) { in.Position.Origin = "x" }, want: "receipt-log"},
		"behind the size":             {input: func(in *grant.OpenInput) { in.Position.Index = 9 }, want: "receipt-order"},
		"before all":                  {input: func(in *grant.OpenInput) { in.Position.Index = -1 }, want: "receipt-order"},
		"clock unsure":                {input: func(in *grant.OpenInput) { in.Clock.Earliest -= 60 }, want: "clock-unsure"},
		"another in the minute":       {input: earlier(func(o *grant.Open) { o.To = o.From + 10 }, true), want: "grant-twice"},
		"another link's":              {input: earlier(func(o *grant.Open) { o.Link, o.Tap = "carrier-a/2", s.Key("tap-2") }, false)},
		"another warrant's":           {input: earlier(func(o *grant.Open) { o.Warrant = paper.DigestOf(nil) }, false)},
		"unclosed, in time":           {input: earlier(func(o *grant.Open) { o.From, o.To = now-360, now-300+1 }, false)},
		"unclosed, too late":          {input: earlier(func(o *grant.Open) { o.From, o.To = now-360, now-300 }, false), want: "grant-unclosed"},
		"closed, long ago":            {input: earlier(func(o *grant.Open) { o.From, o.To = now-360, now-300 }, true)},
		"unclosed of another warrant": {input: earlier(func(o *grant.Open) { o.Warrant, o.From, o.To = paper.DigestOf(nil), now-3660, now-3600 }, false), want: "grant-unclosed"},
	} {
		t.Run(name, func(t *testing.T) {
			o := s.open()
			if c.open != nil {
				c.open(&o)
			}
			by := []string{"hub"}
			if c.by != "" {
				by = []string{c.by}
			}
			if c.by == "-" {
				by = nil
			}
			in := s.input(t, s.seal(t, grant.OpenType, o, by...))
			if c.input != nil {
				c.input(&in)
			}
			got, list := grant.VerifyOpen(in)
			if (got == nil) != (c.want != "") || c.want != "" && !unmet.List(list).Has(c.want) || c.want == "" && len(list) > 0 {
				t.Errorf("got %v, want %q", unmet.List(list), c.want)
			}
			for _, u := range list {
				if c.want != u.Code && u.Code != "liveness-old" && u.Code != "grant-too-early" && u.Code != "link-not-live" {
					t.Errorf("also %v", u)
				}
			}
		})
	}
}

func TestFormOfOpen(t *testing.T) {
	s := newScene(t)
	for name, change := range map[string]func(o *grant.Open){
		"61 seconds":      func(o *grant.Open) { o.To++ },
		"over the minute": func(o *grant.Open) { o.From, o.To = now+90, now+121 },
		"backwards":       func(o *grant.Open) { o.From, o.To = o.To, o.From },
		"empty":           func(o *grant.Open) { o.To = o.From },
		"below nothing":   func(o *grant.Open) { o.MaxBytes = -1 },
		"tap is edge":     func(o *grant.Open) { o.Tap = o.Edge },
		"a short nonce":   func(o *grant.Open) { o.Nonce = "1" },
	} {
		o := s.open()
		change(&o)
		if _, err := paper.Seal(grant.OpenType, o); err == nil {
			t.Errorf("%s: written", name)
		}
	}
}

func TestRunning(t *testing.T) {
	s := newScene(t)
	o, list := grant.VerifyOpen(s.input(t, s.seal(t, grant.OpenType, s.open(), "hub")))
	if len(list) > 0 {
		t.Fatal(list)
	}
	for c, want := range map[liveness.Clock]bool{
		{Earliest: now + 59, Latest: now + 61}:   false,
		{Earliest: now + 60, Latest: now + 60}:   true,
		{Earliest: now + 60, Latest: now + 119}:  true,
		{Earliest: now + 110, Latest: now + 120}: false,
		{Earliest: now + 119, Latest: now + 60}:  false,
	} {
		if got := o.Running(c); got != want {
			t.Errorf("%d to %d: %v", c.Earliest-now, c.Latest-now, got)
		}
	}
}

func TestClose(t *testing.T) {
	s := newScene(t)
	opened, list := grant.VerifyOpen(s.input(t, s.seal(t, grant.OpenType, s.open(), "hub")))
	if len(list) > 0 {
		t.Fatal(list)
	}
	for name, c := range map[string]struct {
		change func(c *grant.Close, in *grant.CloseInput)
		by     []string
		want   string
	}{
		"as is right":         {func(*grant.Close, *grant.CloseInput) {}, []string{"tap-1", "edge"}, ""},
		"by the edge alone":   {func(*grant.Close, *grant.CloseInput) {}, []string{"edge"}, "close-signatures"},
		"by the tap and hub":  {func(*grant.Close, *grant.CloseInput) {}, []string{"tap-1", "hub"}, "close-signatures"},
		"of another grant":    {func(c *grant.Close, _ *grant.CloseInput) { c.Open = paper.DigestOf(nil) }, []string{"tap-1", "edge"}, "close-other"},
		"before it began":     {func(c *grant.Close, _ *grant.CloseInput) { c.At = now + 59 }, []string{"tap-1", "edge"}, "close-early"},
		"before the reliance": {func(_ *grant.Close, in *grant.CloseInput) { in.Position.Index = 9 }, []string{"tap-1", "edge"}, "close-order"},
		"relied before open":  {func(_ *grant.Close, in *grant.CloseInput) { in.Relied.Size = 7 }, []string{"tap-1", "edge"}, "close-order"},
		"relied on another":   {func(_ *grant.Close, in *grant.CloseInput) { in.Relied.Origin = "x" }, []string{"tap-1", "edge"}, "close-order"},
		"in another log":      {func(_ *grant.Close, in *grant.CloseInput) { in.Position.Origin = warranttest.Decisions }, []string{"tap-1", "edge"}, "receipt-log"},
		"without receipt":     {func(_ *grant.Close, in *grant.CloseInput) { in.Position = nil }, []string{"tap-1", "edge"}, "receipt-none"},
	} {
		cl := grant.Close{At: now + 125, Batches: paper.DigestOf([]byte("b")), Counts: []grant.Count{{N: 3, Name: "seen", Party: "edge"}, {N: 3, Name: "copied", Party: "tap"}}, Open: opened.Digest()}
		in := grant.CloseInput{
			Opened: opened, View: s.View, Relied: grant.Position{Origin: warranttest.Acts, Size: 10},
			Position: &grant.Position{Origin: warranttest.Acts, Index: 10, Size: 12},
		}
		c.change(&cl, &in)
		in.Envelope = s.seal(t, grant.CloseType, cl, c.by...)
		got, list := grant.VerifyClose(in)
		if (got == nil) != (c.want != "") || c.want != "" && !unmet.List(list).Has(c.want) || c.want == "" && len(list) > 0 {
			t.Errorf("%s: got %v, want %q", name, unmet.List(list), c.want)
		}
	}
	for name, counts := range map[string][]grant.Count{
		"out of order": {{N: 1, Name: "b", Party: "edge"}, {N: 1, Name: "a", Party: "edge"}},
		"twice":        {{N: 1, Name: "a", Party: "edge"}, {N: 1, Name: "a", Party: "edge"}},
		"of the hub":   {{N: 1, Name: "a", Party: "hub"}},
		"below 0":      {{N: -1, Name: "a", Party: "tap"}},
	} {
		if _, err := paper.Seal(grant.CloseType, grant.Close{At: now, Batches: opened.Digest(), Open: opened.Digest(), Counts: counts}); err == nil {
			t.Errorf("counts %s: written", name)
		}
	}
}

func FuzzVerifyOpen(f *testing.F) {
	s := newScene(f)
	o, err := paper.Marshal(s.open())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(o)
	f.Fuzz(func(t *testing.T, payload []byte) {
		e := &paper.Envelope{PayloadType: grant.OpenType, Payload: payload}
		if err := e.Add(s.Signer("hub")); err != nil {
			t.Fatal(err)
		}
		got, list := grant.VerifyOpen(s.input(t, e))
		if (got == nil) == (len(list) == 0) {
			t.Fatalf("%v with %v", got, list)
		}
	})
}
