package quictest

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"
)

// Initial is a client's Initial packet to be made.
type Initial struct {
	Version uint32
	KeyID   string // connection identifier that the keys follow from
	ID      string // destination's connection identifier in the header
	Token   string
	Number  uint32 // of the packet
	Size    int    // bytes that the number takes, 1 to 4; 0 means 1
	Frames  []byte
	Pad     int  // length of the frames with padding behind them
	Grease  bool // clear the fixed bit (RFC 9287)
}

const version2 = 0x6b3343cf

// salt is that of a version, in hexadecimal.
func salt(version uint32) string {
	switch {
	case version == version2:
		return "0dede3def700a6db819381be6e269dcbf9bd2ed9"
	case version == 1, version == 0xff000021, version == 0xff000022:
		return "38762cf7f55934b34d179ae6a4c80cadccbb7f0a"
	case version >= 0xff00001d:
		return "afbfec289993d24c9e9786f19c6111e04390a899"
	}
	return "c3eef712c72ebb5a11a7d2432bb46365bef9f502"
}

// Keys gives the key, the nonce's base and the header key of a client's Initial packets.
func Keys(t testing.TB, version uint32, id string) (key, iv, hp []byte) {
	t.Helper()
	s, err := hex.DecodeString(salt(version))
	if err != nil {
		t.Fatal(err)
	}
	expand := func(secret []byte, label string, n int) []byte {
		info := append([]byte{0, byte(n), byte(6 + len(label))}, "tls13 "+label+"\x00"...)
		out, err := hkdf.Expand(sha256.New, secret, string(info), n)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	first, err := hkdf.Extract(sha256.New, []byte(id), s)
	if err != nil {
		t.Fatal(err)
	}
	client := expand(first, "client in", 32)
	name := "quic"
	if version == version2 {
		name = "quicv2"
	}
	return expand(client, name+" key", 16), expand(client, name+" iv", 12), expand(client, name+" hp", 16)
}

// Packet gives the packet as it is sent.
func (i Initial) Packet(t testing.TB) []byte {
	t.Helper()
	const tag, numbers = 16, 4
	key, iv, hp := Keys(t, i.Version, i.KeyID)
	size := max(i.Size, 1)
	kind := byte(0xc0)
	if i.Version == version2 {
		kind = 0xd0
	}
	if i.Grease {
		kind &^= 0x40
	}
	h := binary.BigEndian.AppendUint32([]byte{kind | byte(size-1)}, i.Version)
	h = append(append(h, byte(len(i.ID))), i.ID...)
	h = append(h, 0) // no source identifier
	h = append(append(h, Varint(len(i.Token))...), i.Token...)
	plain := append(bytes.Clone(i.Frames), make([]byte, max(0, i.Pad-len(i.Frames)))...)
	h = append(h, Varint(size+len(plain)+tag)...)
	at := len(h)
	number := binary.BigEndian.AppendUint32(nil, i.Number)
	h = append(h, number[numbers-size:]...)
	for k, c := range number {
		iv[len(iv)-numbers+k] ^= c
	}
	aead, err := cipher.NewGCM(block(t, key))
	if err != nil {
		t.Fatal(err)
	}
	b := aead.Seal(bytes.Clone(h), iv, plain, h)
	var mask [16]byte
	block(t, hp).Encrypt(mask[:], b[at+numbers:])
	b[0] ^= mask[0] & 0x0f
	for k := range size {
		b[at+k] ^= mask[1+k]
	}
	return b
}

func block(t testing.TB, key []byte) cipher.Block {
	t.Helper()
	b, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Varint is n as a variable-length integer (RFC 9000, section 16), n < 2³⁰.
func Varint(n int) []byte {
	switch {
	case n < 1<<6:
		return []byte{byte(n)}
	case n < 1<<14:
		return []byte{byte(n>>8) | 0x40, byte(n)}
	}
	return binary.BigEndian.AppendUint32(nil, uint32(n)|0x80000000)
}

// Crypto is a CRYPTO frame that says b at an offset of the handshake.
func Crypto(at int, b []byte) []byte {
	const frame = 6
	return append(append(append([]byte{frame}, Varint(at)...), Varint(len(b))...), b...)
}

// ClientHello is a real ClientHello message for a server name. parameters are the
// transport parameters in it.
func ClientHello(t testing.TB, name, parameters string) []byte {
	t.Helper()
	c := tls.QUICClient(&tls.QUICConfig{TLSConfig: &tls.Config{ServerName: strings.ToLower(name), NextProtos: []string{"h3"}, MinVersion: tls.VersionTLS13}})
	defer c.Close()
	c.SetTransportParameters([]byte(parameters))
	if err := c.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	var b []byte
	for e := c.NextEvent(); e.Kind != tls.QUICNoEvent; e = c.NextEvent() {
		if e.Kind == tls.QUICWriteData && e.Level == tls.QUICEncryptionLevelInitial {
			b = append(b, e.Data...)
		}
	}
	return b
}
