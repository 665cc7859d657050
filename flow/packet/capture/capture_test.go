package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/internal/fault"
)

// read gives all frames of a file as lines of text.
func read(t testing.TB, b []byte, one bool) (lines []string, skips *fault.Skips, err error) {
	t.Helper()
	skips = &fault.Skips{}
	in := io.Reader(bytes.NewReader(b))
	if one {
		in = iotest.OneByteReader(in)
	}
	r, err := NewReader(in, "made", skips)
	if err != nil {
		return nil, skips, err
	}
	var f Frame
	for {
		if err := r.Next(&f); err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return lines, skips, err
		}
		if int(f.Wire) < len(f.Data) {
			t.Fatalf("wire length %d of %d captured", f.Wire, len(f.Data))
		}
		lines = append(lines, fmt.Sprintf("%d %s %d link %d at %d", f.Time, f.Data, f.Wire, f.Link, f.Offset))
	}
}

// pcap makes a file of packets with the given data, a second and 7 units apart.
func pcap(o binary.AppendByteOrder, magic uint32, link uint32, data ...string) []byte {
	b := o.AppendUint32(nil, magic)
	b = append(o.AppendUint16(o.AppendUint16(b, 2), 4), make([]byte, 8)...)
	b = o.AppendUint32(o.AppendUint32(b, 65535), link)
	for i, d := range data {
		b = o.AppendUint32(o.AppendUint32(b, uint32(1_700_000_000+i)), uint32(7*i))
		b = o.AppendUint32(o.AppendUint32(b, uint32(len(d))), uint32(len(d)+100))
		if magic == magicModified {
			b = append(b, make([]byte, 8)...)
		}
		b = append(b, d...)
	}
	return b
}

func TestPcap(t *testing.T) {
	for _, o := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		for magic, unit := range map[uint32]int64{magicMicro: 1000, magicNano: 1, magicModified: 1000} {
			b := pcap(o, magic, 0x14000000|101, "one", "", "three")
			head := 16
			if magic == magicModified {
				head = 24
			}
			want := []string{
				"1700000000000000000 one 103 link 101 at 24",
				fmt.Sprintf("%d  100 link 101 at %d", 1700000001e9+7*unit, 27+head),
				fmt.Sprintf("%d three 105 link 101 at %d", 1700000002e9+14*unit, 27+2*head),
			}
			for _, one := range []bool{false, true} {
				got, skips, err := read(t, b, one)
				if err != nil || skips.Count != 0 || !Recognise(b) {
					t.Fatalf("%v %x: %v, %d skipped", o, magic, err, skips.Count)
				}
				if d := cmp.Diff(want, got); d != "" {
					t.Errorf("%v %x: -want +got:\n%s", o, magic, d)
				}
			}
		}
	}
}

// TestCutAnywhere: a file cut at any byte gives what stands before the cut, and says
// where it was cut.
func TestCutAnywhere(t *testing.T) {
	for _, b := range [][]byte{pcap(binary.BigEndian, magicNano, 1, "one", "two", "three"), ng(binary.LittleEndian)} {
		whole, _, _ := read(t, b, false)
		for n := range len(b) {
			got, skips, err := read(t, b[:n], false)
			if err != nil {
				if fault.KindOf(err) != fault.Invalid || n > 24 {
					t.Errorf("cut at %d: %v", n, err)
				}
				continue
			}
			if !slices.Equal(got, whole[:len(got)]) {
				t.Errorf("cut at %d: got %q", n, got)
			}
			if skips.Count > 1 {
				t.Errorf("cut at %d: %v", n, skips.First)
			}
			if n > 28 && skips.Count == 1 && !strings.Contains(skips.First[0].Error(), "byte") {
				t.Errorf("no place in %v", skips.First[0])
			}
		}
	}
}

func TestDamageIsPassedOver(t *testing.T) {
	b := pcap(binary.LittleEndian, magicMicro, 1, "one", "two", "three", "four")
	copy(b[24+19+8:], "\xff\xff\xff\xff") // the length of "two"
	got, skips, err := read(t, b, false)
	if err != nil || skips.Count != 1 || len(got) != 3 || !strings.Contains(got[1], "three") {
		t.Errorf("got %q, %d skipped, %v", got, skips.Count, err)
	}
	r, err := NewReader(bytes.NewReader(b), "made", &fault.Skips{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	var f Frame
	if err := r.Next(&f); err != nil {
		t.Error(err)
	}
	if err := r.Next(&f); fault.KindOf(err) != fault.Invalid || fault.Hint(err) == "" {
		t.Errorf("strict: %v", err)
	}
}

func TestNoCapture(t *testing.T) {
	for _, s := range []string{"", "abc", "#separator \\x09\n", strings.Repeat("\x00", 100), "\x0a\x0d\x0d\x0aabcdabcdabcd"} {
		if _, _, err := read(t, []byte(s), false); s != "\x0a\x0d\x0d\x0aabcdabcdabcd" && fault.KindOf(err) != fault.Invalid {
			t.Errorf("%q: %v", s, err)
		}
		if Recognise([]byte(s)) {
			t.Errorf("%q is recognised", s)
		}
	}
}

func TestInputBreaks(t *testing.T) {
	broken := errors.New("the disk is gone")
	b := pcap(binary.LittleEndian, magicMicro, 1, "one", "two")
	r, err := NewReader(io.MultiReader(bytes.NewReader(b[:50]), iotest.ErrReader(broken)), "made", &fault.Skips{})
	if err != nil {
		t.Fatal(err)
	}
	var f Frame
	if err := r.Next(&f); err != nil || string(f.Data) != "one" {
		t.Errorf("%q, %v", f.Data, err)
	}
	if err := r.Next(&f); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// block makes a block of pcapng.
func block(o binary.AppendByteOrder, kind uint32, body []byte) []byte {
	body = append(body, make([]byte, -len(body)&3)...)
	b := o.AppendUint32(o.AppendUint32(nil, kind), uint32(len(body)+12))
	return o.AppendUint32(append(b, body...), uint32(len(body)+12))
}

func sectionHead(o binary.AppendByteOrder) []byte {
	b := o.AppendUint32(nil, magicOrder)
	return block(o, magicSection, append(b, 0, 1, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255))
}

func faceBlock(o binary.AppendByteOrder, link uint16, resolution byte, offset int64) []byte {
	b := append(o.AppendUint16(nil, link), 0, 0)
	b = o.AppendUint32(b, 1000)
	b = append(o.AppendUint16(o.AppendUint16(b, 9), 1), resolution, 0, 0, 0)
	b = o.AppendUint64(o.AppendUint16(o.AppendUint16(b, 14), 8), uint64(offset))
	return block(o, blockInterface, append(b, 0, 0, 0, 0))
}

func enhanced(o binary.AppendByteOrder, face uint32, stamp uint64, data string) []byte {
	b := o.AppendUint32(o.AppendUint32(o.AppendUint32(nil, face), uint32(stamp>>32)), uint32(stamp))
	b = o.AppendUint32(o.AppendUint32(b, uint32(len(data))), uint32(len(data)))
	return block(o, blockEnhanced, append(b, data...))
}

// ng makes a pcapng file of two interfaces and all kinds of block.
func ng(o binary.AppendByteOrder) []byte {
	b := sectionHead(o)
	b = append(b, faceBlock(o, 1, 9, 0)...)
	b = append(b, block(o, 0xbad, []byte("a custom block"))...)
	b = append(b, faceBlock(o, 276, 0x80|10, 100)...)
	b = append(b, enhanced(o, 0, 1_700_000_000_000_000_001, "one")...)
	b = append(b, enhanced(o, 1, 1_700_000_000<<10|512, "two")...)
	simple := o.AppendUint32(nil, 5)
	b = append(b, block(o, blockSimple, append(simple, "three"...))...)
	old := o.AppendUint16(o.AppendUint16(nil, 1), 9)
	old = o.AppendUint32(o.AppendUint32(old, 0), 2048)
	old = o.AppendUint32(o.AppendUint32(old, 4), 60)
	return append(b, block(o, blockPacket, append(old, "four"...))...)
}

func TestPcapng(t *testing.T) {
	for _, o := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		one := ng(o)
		var other binary.AppendByteOrder = binary.BigEndian
		if o == other {
			other = binary.LittleEndian
		}
		// A section in the other order, with an interface 0 of its own.
		b := append(bytes.Clone(one), sectionHead(other)...)
		b = append(b, faceBlock(other, 101, 6, 0)...)
		b = append(b, enhanced(other, 0, 5, "five")...)
		b = append(b, enhanced(other, 1, 5, "no such interface")...)
		got, skips, err := read(t, b, true)
		if err != nil || skips.Count != 1 {
			t.Fatalf("%v, skipped %v", err, skips.First)
		}
		want := []string{"1700000000000000001 one 3 link 1", "1700000100500000000 two 3 link 276",
			"1700000100500000000 three 5 link 1", "102000000000 four 60 link 276", "5000 five 4 link 101"}
		for i := range got {
			got[i], _, _ = strings.Cut(got[i], " at ")
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%v: -want +got:\n%s", o, d)
		}
	}
}

func TestStamps(t *testing.T) {
	for _, c := range []struct {
		f    face
		t    uint64
		want int64
	}{
		{face{exp: 0}, 5, 5e9},
		{face{exp: 3}, 5123, 5_123_000_000},
		{face{exp: 12}, 5_123_456_789_999, 5_123_456_789},
		{face{exp: 20}, 5e18, 5e7},
		{face{exp: 127}, 1 << 63, 0},
		{face{base2: true, exp: 0}, 5, 5e9},
		{face{base2: true, exp: 32}, 5<<32 | 1<<31, 5_500_000_000},
		{face{base2: true, exp: 64}, 1 << 63, 500_000_000},
		{face{base2: true, exp: 127}, 1 << 63, 0},
		{face{exp: 0}, 1 << 40, NoTime},
		{face{exp: 6, offset: -10}, 3e6, -7e9},
		{face{exp: 6, offset: 1 << 62}, 3e6, NoTime},
	} {
		if got := c.f.time(c.t); got != c.want {
			t.Errorf("%+v: %d gives %d, want %d", c.f, c.t, got, c.want)
		}
	}
}

// TestLargeBlocks: a block larger than the buffer is passed over, what follows is read.
func TestLargeBlocks(t *testing.T) {
	o := binary.LittleEndian
	b := append(sectionHead(o), faceBlock(o, 1, 9, 0)...)
	b = append(b, block(o, 10, make([]byte, 3<<20))...)
	b = append(b, enhanced(o, 0, 1, strings.Repeat("x", 2<<20))...)
	b = append(b, enhanced(o, 0, 1, "small")...)
	got, skips, err := read(t, b, false)
	if err != nil || len(got) != 1 || skips.Count != 1 {
		t.Errorf("%d frames, skipped %v, %v", len(got), skips.First, err)
	}
}

func FuzzCapture(f *testing.F) {
	f.Add(pcap(binary.LittleEndian, magicMicro, 1, "one", "two"))
	f.Add(pcap(binary.BigEndian, magicModified, 1, "one", "two"))
	f.Add(ng(binary.LittleEndian))
	f.Add(ng(binary.BigEndian))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, skips, err := read(t, b, false)
		if err != nil {
			return
		}
		if len(got) > len(b)/12 || skips.Count > uint64(len(b)) {
			t.Errorf("%d frames and %d skips from %d bytes", len(got), skips.Count, len(b))
		}
		again, _, _ := read(t, b, true)
		if !slices.Equal(got, again) {
			t.Error("read byte by byte the file says something else")
		}
	})
}
