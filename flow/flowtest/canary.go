package flowtest

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/noroshi-acd/noroshi/flow"
)

// CanaryLen is the length of a canary in bytes.
const CanaryLen = 24

// fragment is how many bytes of a canary in a row count as a leak. Six of 36
// letters in a row by chance: one in two thousand million per position.
const fragment = 6

const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"

// NewCanary draws a marker of CanaryLen letters and digits of both cases that
// begins with a letter. It needs no escaping in a URL, in JSON, in TSV, in a
// host name or in a mail header, so that it arrives as it was planted.
func NewCanary(r *rand.Rand) []byte {
	c := make([]byte, CanaryLen)
	for i := range c {
		n := len(alphabet)
		if i == 0 {
			n = 26
		}
		c[i] = alphabet[r.IntN(n)]
		if r.IntN(2) == 0 {
			c[i] = bytes.ToUpper(c[i : i+1])[0]
		}
	}
	return c
}

// MustNotHold fails t when b holds six bytes in a row of any of the canaries:
// in its text (referred to or not), in its canonical encoding, or packed into a
// number; in clear, in another case, reversed, in hexadecimal, base32 or base64,
// or the canary's MD5, SHA-1 or SHA-256.
func MustNotHold(t testing.TB, b *flow.Batch, canaries ...[]byte) {
	t.Helper()
	for _, c := range canaries {
		if form := Holds(b, c); form != "" {
			t.Errorf("the batch holds content: canary %q, %s", c, form)
		}
	}
}

// Holds says in which form b holds the canary or a piece of it, "" for none.
func Holds(b *flow.Batch, canary []byte) string {
	index := map[[fragment]byte][]needle{}
	for _, n := range needles(canary) {
		k := [fragment]byte(n.bytes)
		index[k] = append(index[k], n)
	}
	for _, p := range []struct {
		name string
		data []byte
	}{{"text", b.Text}, {"canonical encoding", flow.AppendBatch(nil, b)}, {"numbers", numbers(b)}} {
		low := lower(p.data)
		for i := 0; i+fragment <= len(low); i++ {
			for _, n := range index[[fragment]byte(low[i:])] {
				if bytes.HasPrefix(low[i:], n.bytes) {
					return fmt.Sprintf("%s in its %s (%q)", n.form, p.name, n.bytes)
				}
			}
		}
	}
	return ""
}

// lower folds ASCII only: bytes.ToLower would rewrite what is not UTF-8.
func lower(s []byte) []byte {
	low := slices.Clone(s)
	for i, c := range low {
		if 'A' <= c && c <= 'Z' {
			low[i] = c + 'a' - 'A'
		}
	}
	return low
}

type needle struct {
	form  string
	bytes []byte // lower case
}

// needles gives every form of every piece of c that counts as a leak.
func needles(c []byte) []needle {
	var all []needle
	windows := func(form string, s []byte, width int) {
		s = lower(s)
		for i := 0; i+width <= len(s); i++ {
			all = append(all, needle{form, s[i : i+width]})
		}
	}
	back := slices.Clone(c)
	slices.Reverse(back)
	windows("as it is", c, fragment)
	windows("reversed", back, fragment)
	// Case folding and hex commute only for the bytes as they were planted, so
	// both cases are tried.
	for _, s := range [][]byte{c, bytes.ToLower(c), bytes.ToUpper(c)} {
		windows("in hexadecimal", []byte(hex.EncodeToString(s)), 2*fragment)
		for shift := range 5 {
			windows("in base32", []byte(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(s[shift:])), 10)
		}
		for shift := range 3 {
			windows("in base64", []byte(base64.RawStdEncoding.EncodeToString(s[shift:])), 8)
			windows("in base64", []byte(base64.RawURLEncoding.EncodeToString(s[shift:])), 8)
		}
		m, h1, h2 := md5.Sum(s), sha1.Sum(s), sha256.Sum256(s)
		for _, d := range [][]byte{m[:], h1[:], h2[:]} {
			all = append(all, needle{"as a digest", lower(d)}, needle{"as a digest", []byte(hex.EncodeToString(d))})
		}
	}
	return all
}

// numbers writes every number of b in both byte orders, whole records one after
// another, so that content packed into counters, times or addresses shows.
func numbers(b *flow.Batch) []byte {
	var out []byte
	put := func(size int, v uint64) {
		var w [8]byte
		binary.BigEndian.PutUint64(w[:], v)
		be := w[8-size:]
		le := slices.Clone(be)
		slices.Reverse(le)
		out = append(append(append(append(out, be...), 0), le...), 0)
	}
	for i := range b.Records {
		r := &b.Records[i]
		for _, v := range []uint64{uint64(r.First), uint64(r.Last), r.SrcBytes, r.DstBytes, r.SrcPackets, r.DstPackets} {
			put(8, v)
		}
		out = append(out, r.Src[:]...)
		out = append(out, r.Dst[:]...)
		out = binary.BigEndian.AppendUint32(out, r.Sampling)
		out = binary.BigEndian.AppendUint32(out, r.Link)
		out = binary.BigEndian.AppendUint32(out, r.Signature)
		out = binary.BigEndian.AppendUint16(out, r.SrcPort)
		out = binary.BigEndian.AppendUint16(out, r.DstPort)
		out = append(out, r.Proto, r.SrcFlags, r.DstFlags, 0)
	}
	for i := range b.Answers {
		out = append(out, b.Answers[i].Addr[:]...)
		out = binary.BigEndian.AppendUint32(out, b.Answers[i].TTL)
	}
	for i := range b.TLS {
		put(8, uint64(b.TLS[i].NotBefore))
		put(8, uint64(b.TLS[i].NotAfter))
	}
	return out
}
