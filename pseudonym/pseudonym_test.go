package pseudonym

import (
	"bytes"
	"context"
	"crypto/aes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

func addr(s string) flow.Addr { return flow.AddrFrom(netip.MustParseAddr(s)) }

func key(t testing.TB, digits string) *Key {
	t.Helper()
	secret, err := hex.DecodeString(digits)
	if err != nil {
		t.Fatal(err)
	}
	k, err := NewKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

const someKey = "2b7e151628aed2a6abf7158809cf4f3c"

// TestVectors are those of ipcrypt-deterministic in the specification
// (draft-denis-ipcrypt, appendix with test vectors).
func TestVectors(t *testing.T) {
	for _, v := range []struct{ key, plain, sealed string }{
		{"0123456789abcdeffedcba9876543210", "0.0.0.0", "bde9:6789:d353:824c:d7c6:f58a:6bd2:26eb"},
		{"1032547698badcfeefcdab8967452301", "255.255.255.255", "aed2:92f6:ea23:58c3:48fd:8b8:74e8:45d8"},
		{someKey, "192.0.2.1", "1dbd:c1b9:fff1:7586:7d0b:67b4:e76e:4777"},
	} {
		k, a := key(t, v.key), addr(v.plain)
		if !k.Seal(&a) || a != addr(v.sealed) {
			t.Errorf("%s: sealed %s, want %s", v.plain, a, v.sealed)
		}
		if !k.Open(&a) || a != addr(v.plain) {
			t.Errorf("%s: opened %s", v.plain, a)
		}
	}
}

// TestBijection: what is sealed opens, two addresses have two pseudonyms, and every 16
// bytes are the pseudonym of some address.
func TestBijection(t *testing.T) {
	k, other := key(t, someKey), Draw()
	bytes16 := rapid.SliceOfN(rapid.Byte(), 16, 16)
	rapid.Check(t, func(t *rapid.T) {
		a, b := flow.Addr(bytes16.Draw(t, "a")), flow.Addr(bytes16.Draw(t, "b"))
		sealed, beside, elsewhere, preimage := a, b, a, a
		k.Seal(&sealed)
		k.Seal(&beside)
		other.Seal(&elsewhere)
		k.Open(&preimage)
		if (a == b) != (sealed == beside) {
			t.Errorf("%x and %x: %x and %x", a, b, sealed, beside)
		}
		if sealed == elsewhere {
			t.Errorf("%x is %x under two keys", a, sealed)
		}
		k.Open(&sealed)
		k.Seal(&preimage)
		if sealed != a || preimage != a {
			t.Errorf("%x: opened %x, preimage sealed %x", a, sealed, preimage)
		}
	})
}

func FuzzSealOpen(f *testing.F) {
	f.Add(make([]byte, 32))
	f.Add(bytes.Repeat([]byte{0xff, 1}, 16))
	f.Add([]byte("0123456789abcdef\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xc0\x00\x02\x01"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 32 {
			return
		}
		secret := bytes.Clone(data[:16])
		k, err := NewKey(secret)
		if !bytes.Equal(secret, make([]byte, 16)) {
			t.Error("the caller still has the key")
		}
		if err != nil {
			if !plain(data[:16]) {
				t.Error(err)
			}
			return
		}
		a := flow.Addr(data[16:32])
		peer, _ := aes.NewCipher(data[:16])
		want := a
		peer.Encrypt(want[:], want[:])
		got := a
		if k.Seal(&got); got != want {
			t.Errorf("%x: %x, want %x", a, got, want)
		}
		if k.Open(&got); got != a {
			t.Errorf("%x: opens to %x", a, got)
		}
	})
}

func TestKeyRefusals(t *testing.T) {
	for _, n := range []int{0, 15, 17, 32} {
		secret := bytes.Repeat([]byte{1, 2}, n)[:n]
		if _, err := NewKey(secret); fault.KindOf(err) != fault.Invalid || fault.Hint(err) == "" {
			t.Errorf("%d bytes: %v", n, err)
		}
		if !bytes.Equal(secret, make([]byte, n)) {
			t.Errorf("%d bytes: a refused secret is not wiped", n)
		}
	}
	if _, err := NewKey(bytes.Repeat([]byte{7}, 16)); fault.KindOf(err) != fault.Invalid {
		t.Errorf("equal bytes: %v", err)
	}
}

// TestNeverPrinted: no verb, encoder or log line shows a key, nor what it is made of.
func TestNeverPrinted(t *testing.T) {
	k := key(t, someKey)
	held := struct {
		K *Key
		V any
	}{k, k}
	var texts []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T%v"} {
		args := []any{k}
		if verb == "%T%v" {
			args = []any{k, held}
		}
		texts = append(texts, fmt.Sprintf(verb, args...))
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", k, "held", held)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "key", k, "held", held)
	texts = append(texts, log.String(), k.String())
	if data, err := json.Marshal(held); err == nil {
		t.Errorf("JSON took the key: %s", data)
	}
	if _, err := k.MarshalBinary(); err == nil {
		t.Error("a key is encoded")
	}
	for _, s := range texts {
		for _, secret := range []string{"2b7e", "2B7E", "43 126", "0x2b", "+~", "enc"} {
			if strings.Contains(s, secret) {
				t.Errorf("%q shows %q", s, secret)
			}
		}
	}
}

// TestWipe: the expanded key itself is overwritten, and nothing can be sealed any more.
func TestWipe(t *testing.T) {
	k := key(t, someKey)
	block := reflect.ValueOf(k.block).Elem()
	if block.IsZero() {
		t.Fatal("the test looks at the wrong thing")
	}
	k.Wipe()
	if !block.IsZero() || !k.Wiped() {
		t.Error("the expanded key is still in memory")
	}
	for name, do := range map[string]func(*flow.Addr) bool{"seal": k.Seal, "open": k.Open} {
		a := addr("192.0.2.1")
		if do(&a) || !a.IsZero() {
			t.Errorf("%s under a wiped key gives %s", name, a)
		}
	}
	k.Wipe()
}

func TestDays(t *testing.T) {
	for _, tt := range []struct{ at, day string }{
		{"2026-11-22T00:00:00Z", "2026-11-22"},
		{"2026-11-22T23:59:59.999999999Z", "2026-11-22"},
		{"2026-11-22T08:59:59+09:00", "2026-11-21"},
		{"2026-11-22T09:00:00+09:00", "2026-11-22"},
		{"1969-12-31T23:59:59.999999999Z", "1969-12-31"},
		{"1970-01-01T00:00:00Z", "1970-01-01"},
		{"2028-02-29T12:00:00Z", "2028-02-29"},
	} {
		at, err := time.Parse(time.RFC3339Nano, tt.at)
		if err != nil {
			t.Fatal(err)
		}
		d := DayOf(at.UnixNano())
		if d.String() != tt.day || at.UnixNano() < d.Start() || at.UnixNano() >= d.End() {
			t.Errorf("%s lies in %s, from %d to %d", tt.at, d, d.Start(), d.End())
		}
	}
}

// maker is a source that counts, and can fail.
type maker struct {
	mu    sync.Mutex
	made  map[place]*Key
	count int
	err   error
}

func (m *maker) Key(_ context.Context, w paper.Digest, d Day) (*Key, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		return nil, m.err
	}
	k := Draw()
	m.made[place{w, d}] = k
	m.count++
	return k, nil
}

func newRing(t *testing.T, most int) (*Ring, *maker) {
	t.Helper()
	m := &maker{made: map[place]*Key{}}
	r, err := NewRing(m, most)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r, m
}

func hold(t *testing.T, r *Ring, w paper.Digest, d Day) *Held {
	t.Helper()
	h, err := r.Hold(t.Context(), w, d)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestRing(t *testing.T) {
	r, m := newRing(t, 2)
	a, again := hold(t, r, "a", 1), hold(t, r, "a", 1)
	if a.Key() != again.Key() || m.count != 1 {
		t.Errorf("one place, %d keys", m.count)
	}
	next := hold(t, r, "a", 2)
	if next.Key() == a.Key() {
		t.Error("two days have one key")
	}
	if _, err := r.Hold(t.Context(), "b", 1); fault.KindOf(err) != fault.Limit {
		t.Errorf("a third key while two are in use: %v", err)
	}
	if k := m.made[place{"b", 1}]; !k.Wiped() {
		t.Error("the key that found no place lives on")
	}
	a.Free()
	a.Free()
	if _, err := r.Hold(t.Context(), "b", 1); fault.KindOf(err) != fault.Limit {
		t.Errorf("a key that one still holds gave way: %v", err)
	}
	again.Free()
	b := hold(t, r, "b", 1)
	if !m.made[place{"a", 1}].Wiped() || m.made[place{"a", 2}].Wiped() || r.Len() != 2 {
		t.Error("the earliest unused key must give way, and be wiped")
	}
	if n := r.DropBefore(2); n != 1 || b.Key().Wiped() {
		t.Errorf("%d dropped; a held key must live until it is given back", n)
	}
	k := b.Key()
	if b.Free(); !k.Wiped() {
		t.Error("a dropped key lives on after it was given back")
	}
	if n := r.Drop("a"); n != 1 || next.Key().Wiped() {
		t.Error("drop of a warrant")
	}
	next.Free()
	r.Close()
	if _, err := r.Hold(t.Context(), "a", 1); fault.KindOf(err) != fault.Canceled {
		t.Errorf("a closed ring gives keys: %v", err)
	}
}

func TestRingSource(t *testing.T) {
	r, m := newRing(t, 2)
	m.err = &fault.Error{Kind: fault.Permission, Msg: "destroyed"}
	if _, err := r.Hold(t.Context(), "a", 1); fault.KindOf(err) != fault.Permission || !errors.Is(err, m.err) || r.Len() != 0 {
		t.Errorf("%v", err)
	}
	for _, most := range []int{0, -1, MaxLive + 1} {
		if _, err := NewRing(m, most); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%d keys: %v", most, err)
		}
	}
	if _, err := NewRing(nil, 1); err == nil {
		t.Error("a ring without source")
	}
}

// TestRingTogether: whoever holds a key can seal with it, whatever others do meanwhile,
// and at the end all keys that were ever made are wiped.
func TestRingTogether(t *testing.T) {
	var every []*Key
	var mu sync.Mutex
	r, err := NewRing(sourceFunc(func() *Key {
		k := Draw()
		mu.Lock()
		defer mu.Unlock()
		every = append(every, k)
		return k
	}), 3)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 300 {
				w, d := paper.Digest(fmt.Sprint((g+i)%3)), Day(i%4)
				h, err := r.Hold(t.Context(), w, d)
				if err != nil {
					continue // full
				}
				a := new(flow.Addr)
				a[0] = byte(i)
				if !h.Key().Seal(a) {
					t.Error("a held key was wiped")
				}
				h.Free()
				if i%7 == 0 {
					r.Drop(w)
				}
			}
		})
	}
	wg.Wait()
	r.Close()
	for _, k := range every {
		if !k.Wiped() {
			t.Fatal("a key outlives the ring")
		}
	}
	if len(every) < 4 {
		t.Errorf("only %d keys were made", len(every))
	}
}

type sourceFunc func() *Key

func (f sourceFunc) Key(context.Context, paper.Digest, Day) (*Key, error) { return f(), nil }

// border takes 198.51.100.0/24 and 2001:db8:f::/48 for foreign, 192.0.2.0/24 for
// unknown, the rest for domestic.
type border struct{}

func (border) Side(a flow.Addr) direction.Side {
	p := a.Netip()
	switch {
	case netip.MustParsePrefix("198.51.100.0/24").Contains(p), netip.MustParsePrefix("2001:db8:f::/48").Contains(p):
		return direction.SideForeign
	case netip.MustParsePrefix("192.0.2.0/24").Contains(p):
		return direction.SideUnknown
	}
	return direction.SideDomestic
}

// TestInvariant06_WhatIsNotForeignIsHidden: in a whole record, ends, answers and texts.
func TestInvariant06_WhatIsNotForeignIsHidden(t *testing.T) {
	k := key(t, someKey)
	h := NewHider(border{})
	b := &flow.Batch{}
	text := func(s string) flow.Text { return b.AddText([]byte(s)) }
	d := flow.DNS{Question: text("7.113.0.203.in-addr.arpa"), Type: 12}
	b.Answers = []flow.Answer{{Addr: addr("198.51.100.9"), Name: text("ip-203-0-113-7.example")}, {Addr: addr("203.0.113.9"), Name: text("mail4567.example")}, {Addr: addr("192.0.2.9")}, {}}
	d.Answers = flow.Span{From: 0, To: 4}
	b.Names = []flow.Text{text("www.example"), text("203.0.113.7")}
	x := flow.TLS{SNI: text("host-2001-db8.example"), Subject: text("CN=2001:db8::7"), Issuer: text("CN=198.51.100.1"), Names: flow.Span{From: 0, To: 2}}
	b.Records = []flow.Record{{Src: addr("203.0.113.7"), Dst: addr("198.51.100.7"), Host: text("203.0.113.7"), DNS: b.AddDNS(d), TLS: b.AddTLS(x)}}
	r := &b.Records[0]
	n, ok := h.Record(k, b, r)
	if want := (Hidden{Addresses: 3, Texts: 5}); !ok || n != want {
		t.Errorf("hidden %+v, %v, want %+v", n, ok, want)
	}
	seal := func(s string) flow.Addr {
		a := addr(s)
		k.Seal(&a)
		return a
	}
	if r.Src != seal("203.0.113.7") || r.Dst != addr("198.51.100.7") || r.Pseudonyms != flow.PseudonymSrc || !r.Src.Is4() && r.Src == addr("203.0.113.7") {
		t.Errorf("ends: %s %s, %b", r.Src, r.Dst, r.Pseudonyms)
	}
	var got []string
	for _, a := range b.Answers {
		got = append(got, fmt.Sprint(a.Addr, a.Pseudonym, b.String(a.Name)))
	}
	want := []string{
		fmt.Sprint(addr("198.51.100.9"), 0, ""), fmt.Sprint(seal("203.0.113.9"), 1, "mail4567.example"),
		fmt.Sprint(seal("192.0.2.9"), 1, ""), fmt.Sprint(flow.Addr{}, 0, ""),
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("answers:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	q := b.DNSOf(r)
	s := b.TLSOf(r)
	if q.Question.Len != 0 || r.Host.Len != 0 || s.Subject.Len != 0 || b.Names[1].Len != 0 || b.String(b.Names[0]) != "www.example" || b.String(s.Issuer) != "CN=198.51.100.1" || b.String(s.SNI) != "host-2001-db8.example" {
		t.Errorf("texts: %q %q %q %q %q %q", b.String(q.Question), b.String(r.Host), b.String(s.Subject), b.String(b.Names[1]), b.String(s.Issuer), b.String(s.SNI))
	}
	before := flow.AppendBatch(nil, b)
	if n, ok := h.Record(k, b, r); !ok || n != (Hidden{}) || !bytes.Equal(before, flow.AppendBatch(nil, b)) {
		t.Errorf("a second time changes the record: %+v", n)
	}
	var back flow.Batch
	if err := flow.DecodeBatch(before, &back); err != nil || back.Records[0].Pseudonyms != flow.PseudonymSrc || back.Answers[1].Pseudonym != 1 {
		t.Errorf("the marks do not travel: %v", err)
	}
	src, dst := Ends(border{}, r)
	if src != direction.SideDomestic || dst != direction.SideForeign {
		t.Errorf("ends are %s, %s", src, dst)
	}
}

// TestEndsAreNotLookedUp: a pseudonym that looks like a foreign address stays domestic.
func TestEndsAreNotLookedUp(t *testing.T) {
	r := &flow.Record{Src: addr("198.51.100.7"), Dst: addr("2001:db8:f::1"), Pseudonyms: flow.PseudonymSrc | flow.PseudonymDst}
	if src, dst := Ends(border{}, r); src != direction.SideDomestic || dst != direction.SideDomestic {
		t.Errorf("%s, %s", src, dst)
	}
	if n, ok := NewHider(border{}).Record(key(t, someKey), &flow.Batch{}, r); !ok || n.Addresses != 0 || r.Src != addr("198.51.100.7") {
		t.Error("a pseudonym was sealed twice")
	}
}

// TestWipedKeyShowsNothing: without its key a record keeps no domestic address.
func TestWipedKeyShowsNothing(t *testing.T) {
	k := Draw()
	k.Wipe()
	r := &flow.Record{Src: addr("203.0.113.7"), Dst: addr("198.51.100.7")}
	if _, ok := NewHider(border{}).Record(k, &flow.Batch{}, r); ok || !r.Src.IsZero() {
		t.Errorf("%v, %s", ok, r.Src)
	}
}

func TestText(t *testing.T) {
	a := addr("192.0.2.1")
	if got := Text(a); got != "pseudonym:00000000000000000000ffffc0000201" {
		t.Error(got)
	}
	for _, bad := range []string{"", "192.0.2.1", "pseudonym:", Text(a)[1:], Text(a) + "0", strings.ToUpper(Text(a)), strings.Replace(Text(a), "ff", "FF", 1), strings.Replace(Text(a), "c0", "cx", 1)} {
		if _, err := Parse(bad); fault.KindOf(err) != fault.Invalid || fault.Hint(err) == "" {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := netip.ParseAddr(Text(a)); err == nil {
		t.Error("a parser of addresses takes it for one")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(Text(addr("192.0.2.1")))
	f.Add("pseudonym:zz")
	f.Fuzz(func(t *testing.T, s string) {
		if a, err := Parse(s); err == nil && Text(a) != s {
			t.Errorf("%q is another spelling of %q", s, Text(a))
		}
	})
}

// BenchmarkSeal is held against one bare block of crypto/aes in the same run.
func BenchmarkSeal(b *testing.B) {
	addrs := make([]flow.Addr, 2048)
	for i := range addrs {
		addrs[i] = flow.Addr4([4]byte{203, 0, byte(i >> 8), byte(i)})
	}
	k := Draw()
	peer, _ := aes.NewCipher([]byte("0123456789abcdef"))
	b.Run("peer=aes-block", func(b *testing.B) {
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			a := &addrs[i&2047]
			peer.Encrypt(a[:], a[:])
			i++
		}
	})
	b.Run("seal", func(b *testing.B) {
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			k.Seal(&addrs[i&2047])
			i++
		}
	})
	b.Run("open", func(b *testing.B) {
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			k.Open(&addrs[i&2047])
			i++
		}
	})
	h := NewHider(home{})
	batch := &flow.Batch{Records: make([]flow.Record, 2048)}
	host := batch.AddName([]byte("www.example.net"))
	b.Run("record", func(b *testing.B) {
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			r := &batch.Records[i&2047]
			*r = flow.Record{Src: addrs[i&2047], Dst: addrs[(i+1)&2047], Host: host}
			h.Record(k, batch, r)
			i++
		}
	})
}

type home struct{}

func (home) Side(flow.Addr) direction.Side { return direction.SideDomestic }

// TestNoAllocation: sealing records of a batch allocates nothing.
func TestNoAllocation(t *testing.T) {
	k, h := Draw(), NewHider(home{})
	b := &flow.Batch{Records: make([]flow.Record, 1)}
	host := b.AddName([]byte("www.example.net"))
	if n := testing.AllocsPerRun(100, func() {
		b.Records[0] = flow.Record{Src: flow.Addr{1}, Dst: flow.Addr{2}, Host: host}
		h.Record(k, b, &b.Records[0])
		k.Open(&b.Records[0].Src)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
