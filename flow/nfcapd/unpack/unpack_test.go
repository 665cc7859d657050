package unpack

import (
	"bytes"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// TestBlock: each method gives back what went in, and refuses more than Max.
func TestBlock(t *testing.T) {
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	pack := func(m Method, b []byte) []byte {
		switch m {
		case LZ4:
			out := make([]byte, lz4.CompressBlockBound(len(b)))
			n, err := lz4.CompressBlock(b, out, nil)
			if err != nil {
				t.Fatal(err)
			}
			return out[:n]
		case Zstd:
			return z.EncodeAll(b, nil)
		}
		return b
	}
	var u Unpacker
	defer u.Close()
	var out []byte
	for _, size := range []int{1000, 3 << 20, Max, Max + 1, 100} {
		for _, m := range []Method{Plain, LZ4, Zstd} {
			want := bytes.Repeat([]byte("0123456789"), size/10+1)[:size]
			raw := pack(m, want)
			var data []byte
			var err error
			if data, out, err = u.Block(m, raw, out); size > Max && m != Plain {
				if err == nil || len(data) > 0 {
					t.Errorf("%v: %d bytes came", m, len(data))
				}
				continue
			}
			if err != nil || !bytes.Equal(data, want) {
				t.Errorf("%v of %d bytes: %d bytes, %v", m, size, len(data), err)
			}
			if m == Plain {
				continue
			}
			if data, _, err := u.Block(m, raw[:len(raw)/2], nil); err == nil && len(data) == size {
				t.Errorf("%v: half of it gave all", m)
			}
		}
	}
	for _, m := range []Method{LZO, Bzip2, LZ4, Zstd} {
		if data, _, err := u.Block(m, []byte("this is nothing of the kind"), nil); err == nil {
			t.Errorf("%v: %q", m, data)
		}
	}
}

// TestLZO decompresses what was compressed by hand: each kind of instruction.
func TestLZO(t *testing.T) {
	many := strings.Repeat("0123456", 300)
	for _, c := range []struct {
		in, want string
		whole    bool
	}{
		{"\x15abcd\x11\x00\x00", "abcd", true},
		{"\x01abcd\x11\x00\x00", "abcd", true},
		{"\x15abcd\x48\x00\x11\x00\x00", "abcdbcd", true},
		{"\x15abcd\x6c\x00\x11\x00\x00", "abcdabcd", true},
		{"\x15abcd\x21\x0c\x00\x11\x00\x00", "abcdabc", true},
		{"\x15abcd\x20\x01\x0c\x00\x11\x00\x00", "abcd" + strings.Repeat("abcd", 8) + "ab", true},
		{"\x15abcd\x6d\x00e\x0c\x00\x11\x00\x00", "abcdabcdebc", true},
		{"\x00" + strings.Repeat("\x00", 8) + string(rune(2100-18-8*255)) + many + "\x00\x00\x11\x00\x00", many + many[51:54], true},
		{"\x15abcd", "abcd", false},
		{"\x15ab", "ab", false},
		{"\x15abcd\x6c\xff\x11\x00\x00", "abcd", false},
		{"\x15abcd\x6c", "abcd", false},
		{"\x15abcd\x20\x00\x00\x00", "abcd", false},
		{"", "", false},
	} {
		out := make([]byte, 3000)
		n, whole := unlzo(out, []byte(c.in))
		if string(out[:n]) != c.want || whole != c.whole {
			t.Errorf("%q gives %q, %v", c.in, out[:n], whole)
		}
		if m, whole := unlzo(out[:n/2], []byte(c.in)); m > n/2 || whole && n > 0 {
			t.Errorf("%q gives %d bytes where %d have room", c.in, m, n/2)
		}
	}
}

func FuzzLZO(f *testing.F) {
	f.Add([]byte("\x15abcd\x6d\x00e\x0c\x00\x11\x00\x00"))
	f.Add([]byte("\x15abcd\x20\x01\x0c\x00\x11\x00\x00"))
	f.Fuzz(func(t *testing.T, in []byte) {
		large, small := make([]byte, 4096), make([]byte, 64)
		n, _ := unlzo(large, in)
		m, _ := unlzo(small, in)
		if !bytes.HasPrefix(large[:n], small[:m]) {
			t.Error("less room changes what comes")
		}
	})
}
