package quic

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/flow/packet/quic/quictest"
)

func unhex(t testing.TB, s string) []byte {
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

type sealed = quictest.Initial

// TestKeys against RFC 9001 appendix A.1, RFC 9369 appendix A.1 and draft 29.
func TestKeys(t *testing.T) {
	id := unhex(t, "8394c8f03e515708")
	for _, c := range []struct {
		version     uint32
		key, iv, hp string
	}{
		{Version1, "1f369613dd76d5467730efcbe3b1a22d", "fa044b2f42a3fd3b46fb255c", "9f50449e04a0e810283a1e9933adedd2"},
		{Version2, "8b1a0bc121284290a29e0971b5cd045d", "91f73e2351d8fa91660e909f", "45b95e15235d6f45a6b19cbcb0294ba9"},
		{draft29, "175257a31eb09dea9366d8bb79ad80ba", "6b26114b9cba2b63a9e8dd4f", "9ddd12c994c0698b89374a9c077a3077"},
	} {
		k, ok := schemes()[c.version].derive(id)
		if !ok || hex.EncodeToString(k.iv[:]) != c.iv {
			t.Errorf("version %x: iv %x, want %s", c.version, k.iv, c.iv)
		}
		// Keys show themselves by what they do to a block.
		var got, want [16]byte
		k.header.Encrypt(got[:], make([]byte, 16))
		block(t, unhex(t, c.hp)).Encrypt(want[:], make([]byte, 16))
		if got != want {
			t.Errorf("version %x: another header key", c.version)
		}
		nonce := make([]byte, ivSize)
		if !bytes.Equal(k.packet.Seal(nil, nonce, nil, nil), gcm(t, unhex(t, c.key)).Seal(nil, nonce, nil, nil)) {
			t.Errorf("version %x: another packet key", c.version)
		}
	}
}

func block(t testing.TB, key []byte) cipher.Block {
	b, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func gcm(t testing.TB, key []byte) cipher.AEAD {
	a, err := cipher.NewGCM(block(t, key))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// rfcFrames are those of RFC 9001 appendix A.2.
const rfcFrames = `060040f1010000ed0303ebf8fa56f129 39b9584a3896472ec40bb863cfd3e868
 04fe3a47f06a2b69484c000004130113 02010000c000000010000e00000b6578 616d706c652e636f6dff01000100000a
 00080006001d00170018001000070005 04616c706e0005000501000000000033 00260024001d00209370b2c9caa47fba
 baf4559fedba753de171fa71f50f1ce1 5d43e994ec74d748002b000302030400 0d0010000e0403050306030203080408
 050806002d00020101001c0002400100 3900320408ffffffffffffffff050480 00ffff07048000ffff08011001048000
 75300901100f088394c8f03e51570806 048000ffff`

// TestStandardPacket is RFC 9001 appendix A.2: the packet is made byte for byte as it
// stands there (as far as its first and last bytes show), and opened again.
func TestStandardPacket(t *testing.T) {
	id := string(unhex(t, "8394c8f03e515708"))
	b := sealed{Version: Version1, KeyID: id, ID: id, Number: 2, Size: 4, Frames: unhex(t, rfcFrames), Pad: 1162}.Packet(t)
	if len(b) != 1200 || !bytes.HasPrefix(b, unhex(t, "c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11d242b123dc9bd8bab936b47d92ec356c")) ||
		!bytes.HasSuffix(b, unhex(t, "e221af44860018ab0856972e194cd934")) {
		t.Errorf("%d bytes: %x … %x", len(b), b[:48], b[len(b)-16:])
	}
	var o Opener
	body, left, err := o.Read(nil, b)
	if err != nil || left != nil || !bytes.Equal(body, unhex(t, rfcFrames)[8:]) {
		t.Errorf("%x, %v", body, err)
	}
}

func TestVersionsAndForms(t *testing.T) {
	hello := quictest.ClientHello(t, "a.example", "parameters")
	id := "identifier"
	long := sealed{KeyID: id, ID: id, Size: 1, Frames: quictest.Crypto(0, hello), Pad: 1162}
	for v := uint32(draft23); v <= draft34+2; v++ {
		s := long
		s.Version = v
		if v > draft34 {
			s.Version = []uint32{Version1, Version2}[v-draft34-1]
		}
		for size := 1; size <= 4; size++ {
			s.Size, s.Number, s.Token = size, uint32(size), strings.Repeat("t", 40*(size-1))
			b := s.Packet(t)
			var o Opener
			if body, _, err := o.Read(nil, b); err != nil || !bytes.Equal(body, hello[4:]) {
				t.Errorf("version %x, number of %d bytes: %v", s.Version, size, err)
			}
			b[len(b)-1]++
			if _, left, err := o.Read(nil, b); !errors.Is(err, ErrMore) || left != nil {
				t.Errorf("version %x, changed: %v", s.Version, err)
			}
		}
	}
	long.Version = Version1
	b := long.Packet(t)
	for name, d := range map[string][]byte{
		"empty": nil, "short header": append([]byte{0x40}, b[1:]...), "version negotiation": append([]byte{0xc0, 0, 0, 0, 0}, b[5:]...),
		"version of nobody": append([]byte{0xc0, 0x1a, 0x2a, 0x3a, 0x4a}, b[5:]...), "Retry": append([]byte{0xf0}, b[1:]...),
		"identifier too long": append(append(bytes.Clone(b[:5]), 21), b[6:]...), "0-RTT": append([]byte{0xd0}, b[1:]...),
	} {
		var o Opener
		if _, left, err := o.Read(nil, d); !errors.Is(err, ErrMore) || left != nil || o.Held() != 0 {
			t.Errorf("%s: %v, %v", name, left, err)
		}
	}
	for n := range b { // cut anywhere
		var o Opener
		if _, left, err := o.Read(nil, b[:n]); !errors.Is(err, ErrMore) || left != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
	}
}

// TestPiecesInAnyOrder: however a hello is cut into frames, packets and datagrams, in
// whatever order, with whatever between them, it is found when its last piece is there
// and not before.
func TestPiecesInAnyOrder(t *testing.T) {
	hello := quictest.ClientHello(t, strings.Repeat("long-name.", 20)+"example", "parameters")
	zeroRTT := unhex(t, "d0 00000001 08 0102030405060708 00 4004 01020304")
	var o Opener
	rapid.Check(t, func(rt *rapid.T) {
		rnd := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		var pieces [][2]int
		step := rapid.IntRange(1, 400).Draw(rt, "largest piece")
		for at := 0; at < len(hello); {
			end := min(at+1+rnd.IntN(step), len(hello))
			pieces = append(pieces, [2]int{max(0, at-rnd.IntN(3)), end})
			at = end
		}
		if len(pieces) > maxSpans {
			rnd.Shuffle(len(pieces)/8, func(i, j int) { pieces[i], pieces[j] = pieces[j], pieces[i] })
		} else {
			rnd.Shuffle(len(pieces), func(i, j int) { pieces[i], pieces[j] = pieces[j], pieces[i] })
		}
		id := "12345678"[:rapid.IntRange(0, 8).Draw(rt, "identifier")]
		var c *Conn
		there := make([]bool, len(hello))
		packets := rapid.IntRange(1, 8).Draw(rt, "packets")
		for n := range packets {
			var frames []byte
			part := pieces[len(pieces)*n/packets : len(pieces)*(n+1)/packets]
			for _, p := range part {
				frames = append(frames, [][]byte{nil, {framePing}, {framePadding, framePadding}, unhex(t, "02 05 00 01 00 00 00"), unhex(t, "03 05 00 00 00 01 02 03")}[rnd.IntN(5)]...)
				frames = append(frames, quictest.Crypto(p[0], hello[p[0]:p[1]])...)
				for i := p[0]; i < p[1]; i++ {
					there[i] = true
				}
			}
			s := sealed{Version: Version1, KeyID: id, ID: id, Number: uint32(n), Size: 1, Frames: frames, Pad: 60}
			if n > 0 { // the server chose another identifier
				s.ID = "server"
			}
			b := s.Packet(t)
			if rnd.IntN(2) == 0 {
				b = append(bytes.Clone(zeroRTT), b...)
			} else if rnd.IntN(2) == 0 {
				b = append(b, zeroRTT...)
			}
			var body []byte
			var err error
			body, c, err = o.Read(c, b)
			whole := !slices.Contains(there, false)
			switch {
			case whole && (err != nil || !bytes.Equal(body, hello[4:])):
				rt.Fatalf("packet %d: %v", n, err)
			case whole:
				if o.Held() != 0 {
					rt.Fatalf("%d held", o.Held())
				}
				return
			case !errors.Is(err, ErrMore) || c == nil:
				rt.Fatalf("packet %d of %d: %v, %v", n, packets, c, err)
			}
		}
		rt.Fatal("never whole")
	})
	for _, c := range o.free {
		if c.hello.data != [maxHello]byte{} || c.keys.packet != nil {
			t.Error("something is left of a ClientHello")
		}
	}
	if o.Wipe(); !bytes.Equal(o.plain[:cap(o.plain)], make([]byte, cap(o.plain))) {
		t.Error("something is left of a packet")
	}
}

// TestRetry: after a Retry the client begins anew, with keys that follow from the
// identifier that the server chose; after a version negotiation with another version.
func TestRetry(t *testing.T) {
	hello := quictest.ClientHello(t, "retried.example", "parameters")
	half := sealed{Version: Version1, KeyID: "first id", ID: "first id", Size: 1, Frames: quictest.Crypto(0, hello[:50]), Pad: 60}
	for name, s := range map[string]sealed{
		"Retry":               {Version: Version1, KeyID: "second", ID: "second", Token: "token", Size: 1, Number: 1, Frames: quictest.Crypto(0, hello)},
		"another version":     {Version: Version2, KeyID: "first id", ID: "first id", Size: 2, Number: 1, Frames: quictest.Crypto(0, hello)},
		"no identifier":       {Version: Version1, Size: 2, Number: 1, Frames: quictest.Crypto(0, hello)},
		"the rest of another": {Version: Version1, KeyID: "second", ID: "second", Size: 1, Frames: quictest.Crypto(50, hello[50:])},
	} {
		var o Opener
		_, c, err := o.Read(nil, half.Packet(t))
		if !errors.Is(err, ErrMore) || c == nil || o.Held() != 1 {
			t.Fatalf("%s: %v, %d held", name, err, o.Held())
		}
		body, c, err := o.Read(c, s.Packet(t))
		if name == "the rest of another" {
			if !errors.Is(err, ErrMore) {
				t.Errorf("%s: %v", name, err)
			}
			o.Drop(c)
		} else if err != nil || !bytes.Equal(body, hello[4:]) {
			t.Errorf("%s: %v", name, err)
		}
		if o.Held() != 0 {
			t.Errorf("%s: %d held", name, o.Held())
		}
	}
}

// TestGivenUp: what can be no ClientHello, or is too much of one, is let go.
func TestGivenUp(t *testing.T) {
	hello := quictest.ClientHello(t, "a.example", "parameters")
	var islands []byte
	for i := range maxSpans + 1 {
		islands = append(islands, quictest.Crypto(5+2*i, []byte{1})...)
	}
	for name, frames := range map[string][]byte{
		"ServerHello": quictest.Crypto(0, []byte{2, 0, 0, 1, 0}), "too long": quictest.Crypto(0, []byte{1, 0, 0x20, 0}), "far away": quictest.Crypto(maxHello-3, hello[:4]),
		"absurdly far": append([]byte{frameCrypto}, unhex(t, "ffffffffffffffff 01 00")...), "too many pieces": islands,
		"frame cut short": quictest.Crypto(0, hello)[:30], "ranges without end": unhex(t, "02 05 00 4fff 00"),
	} {
		var o Opener
		if _, c, err := o.Read(nil, sealed{Version: Version1, Size: 1, Frames: frames, Pad: 40}.Packet(t)); !errors.Is(err, ErrNot) || c != nil || o.Held() != 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A client that never comes to an end.
	var o Opener
	var c *Conn
	err, n := ErrMore, 0
	for ; errors.Is(err, ErrMore) && n < 100; n++ {
		_, c, err = o.Read(c, sealed{Version: Version1, Size: 1, Number: uint32(n), Frames: quictest.Crypto(n, hello[n:n+1]), Pad: 40}.Packet(t))
	}
	if n != maxPackets+1 || c != nil || o.Held() != 0 {
		t.Errorf("given up after %d packets, %d held", n, o.Held())
	}
}

// TestHeldIsBounded: a flood of half hellos takes no more than its share, and a whole
// one is still read.
func TestHeldIsBounded(t *testing.T) {
	hello := quictest.ClientHello(t, "a.example", "parameters")
	half := sealed{Version: Version1, Size: 1, Frames: quictest.Crypto(0, hello[:20]), Pad: 40}.Packet(t)
	var o Opener
	var all []*Conn
	for range MaxHeld + 50 {
		if _, c, _ := o.Read(nil, half); c != nil {
			all = append(all, c)
		}
	}
	if len(all) != MaxHeld || o.Held() != MaxHeld || o.Refused != 50 {
		t.Errorf("%d held, %d refused", len(all), o.Refused)
	}
	if _, _, err := o.Read(nil, sealed{Version: Version1, Size: 1, Frames: quictest.Crypto(0, hello), Pad: 40}.Packet(t)); err != nil {
		t.Error(err)
	}
	for _, c := range all {
		o.Drop(c)
	}
	if o.Held() != 0 || len(o.free) > MaxHeld+1 {
		t.Errorf("%d held, %d free", o.Held(), len(o.free))
	}
}

func FuzzDatagram(f *testing.F) {
	hello := quictest.ClientHello(f, "a.example", "parameters")
	id := "identify"
	whole := sealed{Version: Version1, KeyID: id, ID: id, Size: 1, Frames: quictest.Crypto(0, hello), Pad: 1162}.Packet(f)
	f.Add(whole, whole)
	f.Add(sealed{Version: Version2, KeyID: id, ID: id, Size: 2, Frames: quictest.Crypto(0, hello[:90])}.Packet(f), sealed{Version: Version2, KeyID: id, ID: "other", Number: 1, Size: 2, Frames: quictest.Crypto(90, hello[90:])}.Packet(f))
	f.Add([]byte("\xc0\x00\x00\x00\x00"), []byte("\xd0\x6b\x33\x43\xcf\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		var o Opener
		_, c, _ := o.Read(nil, a)
		_, c, _ = o.Read(c, b)
		o.Drop(c)
		if o.Held() != 0 || len(o.free) != 1 || o.free[0].hello.data != [maxHello]byte{} {
			t.Errorf("%d held, %d free", o.Held(), len(o.free))
		}
	})
}

// FuzzFrames: what is put together is what a slow twin puts together, byte for byte.
func FuzzFrames(f *testing.F) {
	f.Add(append(quictest.Crypto(3, []byte("defg")), quictest.Crypto(0, []byte("\x01\x00\x00d"))...))
	f.Add(unhex(f, rfcFrames))
	f.Add(unhex(f, "03 05 00 01 00 00 00 01 02 03 06 00 04 01000001 06 04 01 00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var h hello
		if h.frames(b) != nil {
			return
		}
		want := map[int]byte{}
		for len(b) > 0 { // the same frames, read without care: they are sound
			kind := b[0]
			b = b[1:]
			if kind > frameCrypto || kind == 4 || kind == 5 {
				break
			}
			take := func() int {
				v, n := number(b)
				b = b[n:]
				return int(v)
			}
			switch kind {
			case frameACK, frameACKECN:
				take()
				take()
				for n := 2*take() + 1 + 3*int(kind-frameACK); n > 0; n-- {
					take()
				}
			case frameCrypto:
				at, size := take(), take()
				for i, c := range b[:size] {
					want[at+i] = c
				}
				b = b[size:]
			}
		}
		have := 0
		for i, s := range h.spans {
			if s.from >= s.to || i > 0 && s.from <= h.spans[i-1].to {
				t.Errorf("spans %v", h.spans)
			}
			for k := s.from; k < s.to; k++ {
				if c, ok := want[k]; !ok || c != h.data[k] {
					t.Fatalf("byte %d: %x, want %x", k, h.data[k], c)
				}
				have++
			}
		}
		if have != len(want) {
			t.Errorf("%d bytes, want %d", have, len(want))
		}
		h.wipe()
		if sha256.Sum256(h.data[:]) != sha256.Sum256(make([]byte, maxHello)) {
			t.Error("not wiped")
		}
	})
}

func BenchmarkRead(b *testing.B) {
	hello := quictest.ClientHello(b, "a.example", "parameters")
	id := "identify"
	for name, d := range map[string][]byte{
		"ClientHello": sealed{Version: Version1, KeyID: id, ID: id, Size: 1, Frames: quictest.Crypto(0, hello), Pad: 1162}.Packet(b),
		"not ours":    sealed{Version: Version1, KeyID: "other", ID: id, Size: 1, Frames: quictest.Crypto(0, hello), Pad: 1162}.Packet(b),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var o Opener
			for b.Loop() {
				_, c, _ := o.Read(nil, d)
				o.Drop(c)
			}
		})
	}
}
