package quic

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"sync"
)

// Versions that are read.
const (
	Version1  = 0x00000001 // RFC 9000
	Version2  = 0x6b3343cf // RFC 9369
	drafts    = 0xff000000
	draft23   = drafts + 23 // the first with the salt that stayed until draft 28
	draft29   = drafts + 29
	draft33   = drafts + 33 // the first with the salt of version 1
	draft34   = drafts + 34
	keySize   = 16
	tagSize   = 16
	ivSize    = 12
	sampleLen = 16
)

// scheme is what a version calls its keys and packet types.
type scheme struct {
	salt                []byte
	secret, key, iv, hp string // HkdfLabel structures of RFC 8446, section 7.1
	initial, retry      byte   // packet types
}

// schemes by version.
var schemes = sync.OnceValue(func() map[uint32]*scheme {
	label := func(size byte, name string) string {
		name = "tls13 " + name
		return "\x00" + string([]byte{size, byte(len(name))}) + name + "\x00"
	}
	named := func(salt, prefix string, initial, retry byte) *scheme {
		return &scheme{salt: []byte(salt), secret: label(sha256.Size, "client in"), key: label(keySize, prefix+" key"),
			iv: label(ivSize, prefix+" iv"), hp: label(keySize, prefix+" hp"), initial: initial, retry: retry}
	}
	one := named("\x38\x76\x2c\xf7\xf5\x59\x34\xb3\x4d\x17\x9a\xe6\xa4\xc8\x0c\xad\xcc\xbb\x7f\x0a", "quic", 0, 3)
	older := named("\xaf\xbf\xec\x28\x99\x93\xd2\x4c\x9e\x97\x86\xf1\x9c\x61\x11\xe0\x43\x90\xa8\x99", "quic", 0, 3)
	oldest := named("\xc3\xee\xf7\x12\xc7\x2e\xbb\x5a\x11\xa7\xd2\x43\x2b\xb4\x63\x65\xbe\xf9\xf5\x02", "quic", 0, 3)
	all := map[uint32]*scheme{
		Version1: one,
		Version2: named("\x0d\xed\xe3\xde\xf7\x00\xa6\xdb\x81\x93\x81\xbe\x6e\x26\x9d\xcb\xf9\xbd\x2e\xd9", "quicv2", 1, 0),
	}
	for v := uint32(draft23); v <= draft34; v++ {
		switch {
		case v < draft29:
			all[v] = oldest
		case v < draft33:
			all[v] = older
		default:
			all[v] = one
		}
	}
	return all
})

// keys protect a client's Initial packets.
type keys struct {
	packet cipher.AEAD
	header cipher.Block
	iv     [ivSize]byte
}

// derive gives the keys that follow from the connection identifier id.
func (s *scheme) derive(id []byte) (k keys, ok bool) {
	first, err := hkdf.Extract(sha256.New, id, s.salt)
	if err != nil {
		return k, false
	}
	secret, err := hkdf.Expand(sha256.New, first, s.secret, sha256.Size)
	if err != nil {
		return k, false
	}
	key, err1 := hkdf.Expand(sha256.New, secret, s.key, keySize)
	iv, err2 := hkdf.Expand(sha256.New, secret, s.iv, ivSize)
	hp, err3 := hkdf.Expand(sha256.New, secret, s.hp, keySize)
	if err1 != nil || err2 != nil || err3 != nil {
		return k, false
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return k, false
	}
	if k.packet, err = cipher.NewGCM(block); err != nil {
		return k, false
	}
	if k.header, err = aes.NewCipher(hp); err != nil {
		return k, false
	}
	k.iv = [ivSize]byte(iv)
	return k, true
}
