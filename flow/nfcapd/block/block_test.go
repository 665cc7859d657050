package block

import (
	"bytes"
	"testing"

	"github.com/noroshi-acd/noroshi/flow/nfcapd/unpack"
)

// framed gives a file of layout 2 with the bodies as blocks.
func framed(bodies ...string) []byte {
	b := make([]byte, HeadSize17)
	copy(b, []byte{0x0c, 0xa5, 2, 0})
	b[36] = byte(len(bodies))
	for _, s := range bodies {
		head := make([]byte, Overhead)
		head[0], head[4], head[8] = 1, byte(len(s)), 3
		b = append(append(b, head...), s...)
	}
	return b
}

// blocks gives the bodies of a file's blocks, and why there are no more.
func blocks(t *testing.T, file []byte) (bodies []string, end *End) {
	h, why, _ := ReadHead(file)
	if why != "" {
		return nil, &End{Why: why}
	}
	r := Reader{In: bytes.NewReader(file[h.Size:]), Head: h, At: int64(h.Size)}
	var b Block
	for r.Next(&b) {
		if len(b.Raw) > unpack.Max || b.At < int64(h.Size) || b.At > int64(len(file)) {
			t.Fatalf("a block of %d bytes at %d", len(b.Raw), b.At)
		}
		bodies = append(bodies, string(b.Raw))
	}
	if r.End == nil || r.Next(&b) {
		t.Fatal("no end")
	}
	return bodies, r.End
}

func TestNext(t *testing.T) {
	whole := framed("one", "two!")
	for name, c := range map[string]struct {
		file []byte
		n    int
		why  string
	}{
		"whole":     {whole, 2, ""},
		"cut":       {whole[:len(whole)-1], 2, "nfcapd.block.cut"}, // what is there of a plain block counts
		"cut head":  {whole[:len(whole)-9], 1, "nfcapd.block.cut"},
		"one short": {whole[:len(whole)-16], 1, "nfcapd.file.blocks"},
		"empty":     {append(framed(), framed("")[HeadSize17:]...), 0, "nfcapd.block.length"},
		"no file":   {[]byte("GIF89a"), 0, "nfcapd.file.magic"},
	} {
		bodies, end := blocks(t, c.file)
		if len(bodies) != c.n || end.Why != c.why {
			t.Errorf("%s: %q, %+v; want %d, %q", name, bodies, end, c.n, c.why)
		}
	}
}

func FuzzNext(f *testing.F) {
	f.Add(framed("one", "two!"))
	f.Add(framed())
	f.Fuzz(func(t *testing.T, file []byte) {
		if len(file) < 4 {
			return
		}
		Layout(file)
		blocks(t, file)
	})
}
