package flowtest

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/flow"
)

func TestHolds(t *testing.T) {
	c := NewCanary(rand.New(rand.NewPCG(1, 2)))
	back := slices.Clone(c)
	slices.Reverse(back)
	tests := []struct {
		name string
		fill func(b *flow.Batch)
		want bool
	}{
		{"nothing", func(b *flow.Batch) { b.AddText([]byte("www.example.net")) }, false},
		{"another canary", func(b *flow.Batch) { b.AddText(NewCanary(rand.New(rand.NewPCG(3, 4)))) }, false},
		{"five bytes", func(b *flow.Batch) { b.AddText(c[3:8]) }, false},
		{"six bytes", func(b *flow.Batch) { b.AddText(c[3:9]) }, true},
		{"whole", func(b *flow.Batch) { b.AddText(c) }, true},
		{"lower case", func(b *flow.Batch) { b.AddName(c) }, true},
		{"upper case", func(b *flow.Batch) { b.AddText(bytes.ToUpper(c)) }, true},
		{"reversed", func(b *flow.Batch) { b.AddText(back[:7]) }, true},
		{"hexadecimal", func(b *flow.Batch) { b.AddText([]byte(hex.EncodeToString(c[5:14]))) }, true},
		{"base64 at an odd place", func(b *flow.Batch) {
			b.AddText([]byte(base64.StdEncoding.EncodeToString(append([]byte("ab"), c...))))
		}, true},
		{"after bytes that are not UTF-8", func(b *flow.Batch) { b.AddText(append([]byte{0xff, 0xc3}, c...)) }, true},
		{"octet counter", func(b *flow.Batch) {
			b.Records = append(b.Records, flow.Record{SrcBytes: binary.LittleEndian.Uint64(c)})
		}, true},
		{"time", func(b *flow.Batch) {
			b.TLS = append(b.TLS, flow.TLS{NotAfter: int64(binary.BigEndian.Uint64(c[8:]))})
		}, true},
		{"address", func(b *flow.Batch) { b.Records = append(b.Records, flow.Record{Dst: flow.Addr(c)}) }, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b flow.Batch
			tt.fill(&b)
			if got := Holds(&b, c); (got != "") != tt.want {
				t.Errorf("Holds gives %q, want a leak: %v", got, tt.want)
			}
		})
	}
}

// lines is a toy reader: each line "name content" is a record.
type lines struct {
	rest []string
	leak bool
}

func (l *lines) Next(b *flow.Batch) error {
	if len(l.rest) == 0 {
		return io.EOF
	}
	name, content, _ := strings.Cut(l.rest[0], " ")
	l.rest = l.rest[1:]
	r := flow.Record{Host: b.AddName([]byte(name))}
	if l.leak {
		r.SrcBytes = binary.BigEndian.Uint64([]byte(content))
	}
	b.Records = append(b.Records, r)
	return nil
}

func TestCheckNoContent(t *testing.T) {
	craft := func(_ *rapid.T, p *Plants) []byte {
		return slices.Concat(p.Keep("host"), []byte(" "), p.Content("cookie"))
	}
	CheckNoContent(t, craft, func(in []byte) (Reader, error) {
		return &lines{rest: strings.Split(string(in), "\n")}, nil
	})
	for _, tt := range []struct {
		name, want string
		open       func(in []byte) (Reader, error)
	}{
		{"leaking", `content of "cookie" came through`, func(in []byte) (Reader, error) {
			return &lines{rest: []string{string(in)}, leak: true}, nil
		}},
		{"blind", "no record", func([]byte) (Reader, error) { return &lines{}, nil }},
		{"half blind", "did not arrive", func([]byte) (Reader, error) { return &lines{rest: []string{"x y"}}, nil }},
	} {
		p := &Plants{rnd: rand.New(rand.NewPCG(5, 6))}
		if err := check(p, craft(nil, p), tt.open); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one with %q", tt.name, err, tt.want)
		}
	}
}
