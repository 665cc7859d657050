package dns

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	mdns "github.com/miekg/dns"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/flow"
)

// said is a message in a form that compares.
type said struct {
	ID        uint16
	Response  bool
	Rcode     uint16
	Questions []string
	Answers   []string
}

func ours(m *Message) said {
	s := said{ID: m.ID, Response: m.Response, Rcode: m.Rcode}
	for _, q := range m.Questions {
		s.Questions = append(s.Questions, fmt.Sprintf("%s %d %d", m.Bytes(q.Name), q.Type, q.Class))
	}
	for _, a := range m.Answers {
		what := string(m.Bytes(a.Name))
		if a.Type == 1 || a.Type == 28 {
			what = a.Addr.String()
		}
		s.Answers = append(s.Answers, fmt.Sprintf("%d %d %s", a.Type, a.TTL, what))
	}
	return s
}

// plain turns miekg's presentation of a name into ours.
func plain(name string) string {
	if name == "." {
		return "."
	}
	var out []byte
	for i := 0; i < len(name); i++ {
		c := name[i]
		switch {
		case c == '.':
			out = append(out, '.')
			continue
		case c == '\\' && i+3 < len(name) && '0' <= name[i+1] && name[i+1] <= '9':
			c = (name[i+1]-'0')*100 + (name[i+2]-'0')*10 + name[i+3] - '0'
			i += 3
		case c == '\\':
			i++
			c = name[i]
		}
		out = appendLabel(out, []byte{c})
	}
	return strings.TrimSuffix(string(out), ".")
}

func theirs(m *mdns.Msg) said {
	s := said{ID: m.Id, Response: m.Response, Rcode: uint16(m.Rcode)}
	for _, q := range m.Question {
		s.Questions = append(s.Questions, fmt.Sprintf("%s %d %d", plain(q.Name), q.Qtype, q.Qclass))
	}
	for _, rr := range m.Answer {
		h := rr.Header()
		what := ""
		switch rr := rr.(type) {
		case *mdns.A:
			what = netip.AddrFrom4([4]byte(rr.A.To4())).String()
		case *mdns.AAAA:
			what = netip.AddrFrom16([16]byte(rr.AAAA.To16())).Unmap().String()
		case *mdns.CNAME:
			what = plain(rr.Target)
		case *mdns.NS:
			what = plain(rr.Ns)
		case *mdns.PTR:
			what = plain(rr.Ptr)
		case *mdns.MX:
			what = plain(rr.Mx)
		case *mdns.SRV:
			what = plain(rr.Target)
		default:
			continue
		}
		if len(s.Answers) < MaxAnswers {
			s.Answers = append(s.Answers, fmt.Sprintf("%d %d %s", h.Rrtype, h.Ttl, what))
		}
	}
	return s
}

func pack(t testing.TB, m *mdns.Msg) []byte {
	t.Helper()
	b, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// full is an answer with every type that is read and some that are not.
func full(t testing.TB) []byte {
	m := new(mdns.Msg).SetQuestion("WWW.Example.COM.", mdns.TypeANY)
	m.Response, m.Compress = true, true
	for _, s := range []string{
		"www.example.com. 300 IN CNAME web.Example.com.", "web.example.com. 60 IN A 192.0.2.7",
		"web.example.com. 60 IN AAAA 2001:db8::7", "example.com. 1 IN NS ns.example.net.",
		"7.2.0.192.in-addr.arpa. 5 IN PTR web.example.com.", "example.com. 5 IN MX 10 mail.example.com.",
		"_sip._udp.example.com. 5 IN SRV 1 2 5060 sip.example.com.", `example.com. 5 IN TXT "a secret in words"`,
	} {
		rr, err := mdns.NewRR(s)
		if err != nil {
			t.Fatal(err)
		}
		m.Answer = append(m.Answer, rr)
	}
	m.SetEdns0(1232, true)
	m.SetRcode(m, mdns.RcodeBadVers)
	m.Extra = nil
	m.SetEdns0(1232, true)
	m.Rcode = mdns.RcodeBadVers
	return pack(t, m)
}

func TestParseAgreesWithMiekg(t *testing.T) {
	b := full(t)
	var m Message
	if err := m.Parse(b); err != nil || m.Broken {
		t.Fatalf("Parse: %v, broken %v", err, m.Broken)
	}
	var want mdns.Msg
	if err := want.Unpack(b); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(theirs(&want), ours(&m)); d != "" {
		t.Errorf("-miekg +ours:\n%s", d)
	}
	if bytes.Contains(m.text, []byte("secret")) || len(m.Answers) != 7 {
		t.Errorf("%d answers, text %q", len(m.Answers), m.text)
	}
}

func TestNames(t *testing.T) {
	label := func(n int) string { return strings.Repeat("a", n) }
	for _, c := range []struct{ name, wire, want string }{
		{"folded", "\x03WWW\x02Ab\x00", "www.ab"},
		{"root", "\x00", "."},
		{"bytes of a tunnel", "\x04\x00\xffA \x01b\x00", `\000\255a\032.b`},
		{"dot and backslash inside", "\x03a.\\\x00", `a\046\092`},
		{"longest", "\x3f" + label(63) + "\x3f" + label(63) + "\x3f" + label(63) + "\x3d" + label(61) + "\x00",
			label(63) + "." + label(63) + "." + label(63) + "." + label(61)},
		{"too long", "\x3f" + label(63) + "\x3f" + label(63) + "\x3f" + label(63) + "\x3e" + label(62) + "\x00", ""},
		{"cut short", "\x05ab", ""},
		{"bad label type", "\x41a\x00", ""},
		{"pointer to itself", "\xc0\x0c", ""},
		{"pointer forwards", "\xc0\x20", ""},
		{"pointer in a circle", "\x01a\xc0\x0c", ""},
		{"pointer into the header", "\xc0\x02", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			msg := append([]byte{0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0}, c.wire...)
			msg = append(msg, 0, 10, 0, 1)
			var m Message
			err := m.Parse(msg)
			if (err != nil) != (c.want == "") {
				t.Fatalf("Parse: %v", err)
			}
			if err == nil && string(m.Bytes(m.Questions[0].Name)) != c.want {
				t.Errorf("got %q, want %q", m.Bytes(m.Questions[0].Name), c.want)
			}
		})
	}
}

// TestQuestionSurvives: whatever is wrong behind it, the question is kept.
func TestQuestionSurvives(t *testing.T) {
	b := full(t)
	var m Message
	for n := 33; n < len(b); n++ {
		if err := m.Parse(b[:n]); err != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
		if !m.Broken {
			t.Errorf("cut at %d is not seen", n)
		}
	}
}

func FuzzMessage(f *testing.F) {
	f.Add(full(f))
	f.Add(pack(f, new(mdns.Msg).SetQuestion("a.example.", 10)))
	f.Add([]byte("\x00\x01\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x05\x00\x04\x01\x02\x03\x04"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var m Message
		if err := m.Parse(b); err != nil {
			return
		}
		if len(m.text) > (MaxAnswers+MaxQuestions)*4*maxName || len(m.Answers) > MaxAnswers {
			t.Fatalf("%d bytes of text, %d answers", len(m.text), len(m.Answers))
		}
		for _, c := range m.text {
			if c <= ' ' || c >= 0x7f {
				t.Fatalf("byte %#x in a name", c)
			}
		}
		var want mdns.Msg
		if want.Unpack(b) != nil || m.Broken || len(want.Question) != len(m.Questions) {
			return
		}
		w := theirs(&want)
		got := ours(&m)
		w.Rcode, got.Rcode = w.Rcode&15, got.Rcode&15 // several OPT records: any may count
		if len(want.Answer) != int(b[6])<<8|int(b[7]) {
			return
		}
		for _, rr := range want.Answer {
			if rr.Header().Rdlength == 0 {
				return // miekg lets empty data of an update pass
			}
		}
		if d := cmp.Diff(w, got); d != "" {
			t.Errorf("-miekg +ours:\n%s", d)
		}
	})
}

// script plays messages to a tracker and writes down the lookups.
func script(t testing.TB, o Options, play func(add func(at time.Duration, e Ends, msg *mdns.Msg))) []string {
	var got []string
	tr := NewTracker(o, func(l *Lookup) {
		var answers []string
		for _, a := range l.Answers {
			answers = append(answers, a.Addr.String())
		}
		got = append(got, fmt.Sprintf("%v %d>%d %v-%v %s %d rcode %d %v", l.Src, l.SrcPort, l.DstPort,
			time.Duration(l.First), time.Duration(l.Last), l.Question, l.Type, l.Rcode, answers))
	})
	var m Message
	play(func(at time.Duration, e Ends, msg *mdns.Msg) {
		if err := m.Parse(pack(t, msg)); err != nil {
			t.Fatal(err)
		}
		tr.Add(int64(at), int64(at), e, &m)
	})
	tr.Flush()
	if len(tr.index) != 0 {
		t.Errorf("%d questions left in the index", len(tr.index))
	}
	return got
}

func TestTracker(t *testing.T) {
	to := Ends{flow.Addr{15: 1}, flow.Addr{15: 2}, 5000, 53, 17}
	back := Ends{to.Dst, to.Src, 53, 5000, 17}
	ask := func(id uint16, name string, kind uint16) *mdns.Msg {
		m := new(mdns.Msg).SetQuestion(name, kind)
		m.Id = id
		return m
	}
	answer := func(id uint16, name string, kind uint16, rrs ...string) *mdns.Msg {
		m := ask(id, name, kind)
		m.Response = true
		for _, s := range rrs {
			rr, _ := mdns.NewRR(s)
			m.Answer = append(m.Answer, rr)
		}
		return m
	}
	nx := answer(2, "no.example.", 28)
	nx.Rcode = 3
	update := ask(9, "zone.example.", 6)
	update.Opcode = mdns.OpcodeUpdate
	got := script(t, Options{}, func(add func(time.Duration, Ends, *mdns.Msg)) {
		add(1*time.Second, to, ask(1, "A.example.", 1))
		add(1*time.Second, to, ask(2, "no.example.", 28))
		add(2*time.Second, back, answer(1, "a.EXAMPLE.", 1, "a.example. 5 IN A 192.0.2.1"))
		add(2*time.Second, back, answer(1, "a.example.", 1, "a.example. 5 IN A 192.0.2.66")) // repeated
		add(3*time.Second, back, nx)
		add(4*time.Second, to, ask(3, "lost.example.", 65399))
		add(5*time.Second, to, ask(4, "again.example.", 10))
		add(6*time.Second, to, ask(4, "again.example.", 10))
		add(7*time.Second, back, answer(4, "again.example.", 10))
		add(8*time.Second, back, answer(7, "unasked.example.", 1))
		add(8*time.Second, back, answer(3, "other.example.", 65399)) // right number, wrong question
		add(9*time.Second, to, update)
		add(9*time.Second, back, answer(11, "swapped.example.", 1)) // the answer was captured first
		add(9*time.Second, to, ask(11, "swapped.example.", 1))
		add(9*time.Second, to, ask(11, "swapped.example.", 1)) // and this is a repetition
		add(30*time.Second, to, ask(1, "a.example.", 1))
	})
	want := []string{
		"::1 5000>53 1s-2s a.example 1 rcode 0 [192.0.2.1]",
		"::1 5000>53 1s-3s no.example 28 rcode 3 []",
		"::1 5000>53 5s-5s again.example 10 rcode 65535 []",
		"::1 5000>53 6s-7s again.example 10 rcode 0 []",
		"::1 5000>53 8s-8s unasked.example 1 rcode 0 []",
		"::1 5000>53 8s-8s other.example 65399 rcode 0 []",
		"::1 5000>53 9s-9s swapped.example 1 rcode 0 []",
		"::1 5000>53 4s-4s lost.example 65399 rcode 65535 []",
		"::1 5000>53 9s-9s swapped.example 1 rcode 65535 []",
		"::1 5000>53 30s-30s a.example 1 rcode 65535 []",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// TestEveryQuestionGivesOneLookup, whatever is answered and however few may wait.
func TestEveryQuestionGivesOneLookup(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.IntRange(1, 600).Draw(t, "pending")
		seen, lookups := map[string]int{}, 0
		tr := NewTracker(Options{Pending: most}, func(l *Lookup) { seen[string(l.Question)]++; lookups++ })
		n := rapid.IntRange(0, 1000).Draw(t, "questions")
		var m Message
		to := Ends{flow.Addr{15: 1}, flow.Addr{15: 2}, 5000, 53, 17}
		back := Ends{to.Dst, to.Src, 53, 5000, 17}
		answered := rapid.SliceOfN(rapid.IntRange(0, 20), n, n).Draw(t, "delays")
		for i := range n + 20 {
			now := int64(i) * int64(time.Second)
			if i < n {
				q := new(mdns.Msg).SetQuestion(fmt.Sprintf("q%d.example.", i), 1)
				b, _ := q.Pack()
				if m.Parse(b) != nil {
					t.Fatal("own message refused")
				}
				tr.Add(now, now, to, &m)
				m.Response = true
				if answered[i] < 8 && most > 0 {
					tr.Add(now+int64(answered[i]), now, back, &m)
				}
			}
			if tr.to-tr.from > uint64(most) {
				t.Fatalf("%d wait, at most %d may", tr.to-tr.from, most)
			}
			tr.Advance(now)
		}
		tr.Flush()
		if lookups != n || len(seen) != n {
			t.Fatalf("%d lookups about %d names for %d questions", lookups, len(seen), n)
		}
	})
}

func TestAppendHost(t *testing.T) {
	for in, want := range map[string]string{"A.b": "a.b", "x\x00y.z": `x\000y.z`, "é": `\195\169`, "": "", "*.a": "*.a"} {
		if got := string(AppendHost(nil, []byte(in))); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
	if !slices.Equal(AppendHost([]byte("x"), []byte("Y")), []byte("xy")) {
		t.Error("what is there is not kept")
	}
}
