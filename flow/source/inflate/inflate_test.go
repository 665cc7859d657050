package inflate

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// text is long enough for several blocks, and not of one letter.
var text = func() []byte {
	rnd := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	for b.Len() < 300_000 {
		b.WriteString(strings.Repeat("conn\t", rnd.IntN(4)))
		binary.Write(&b, binary.LittleEndian, rnd.Uint32())
	}
	return b.Bytes()
}()

// short is what the fixtures made with other tools hold.
const short = "#separator \\x09\n#path\tconn\n"

func compress(t testing.TB, method string, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	var err error
	switch method {
	case "gzip":
		w = gzip.NewWriter(&out)
	case "zstd":
		w, err = zstd.NewWriter(&out)
	case "xz":
		w, err = xz.WriterConfig{BlockSize: 100_000}.NewWriter(&out)
	case "":
		return data
	}
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func read(in io.Reader, l Limits) ([]byte, []string, error) {
	r, err := New(in, "a.log", i18n.EN, l)
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	return data, r.Layers(), err
}

func TestMethods(t *testing.T) {
	for _, outer := range []string{"", "gzip", "zstd", "xz"} {
		for _, inner := range []string{"", "gzip", "zstd", "xz"} {
			once := compress(t, outer, compress(t, inner, text))
			var want []string
			for _, m := range []string{outer, inner} {
				if m != "" {
					want = append(want, m)
				}
			}
			for name, in := range map[string]io.Reader{
				"whole": bytes.NewReader(once), "halves": iotest.HalfReader(bytes.NewReader(once)), "late EOF": iotest.DataErrReader(bytes.NewReader(once)),
			} {
				data, layers, err := read(in, DefaultLimits())
				if err != nil || !bytes.Equal(data, text) {
					t.Errorf("%s in %s, %s: %d bytes of %d, %v", inner, outer, name, len(data), len(text), err)
				}
				if d := cmp.Diff(want, layers); d != "" {
					t.Errorf("%s in %s: layers (-want +got):\n%s", inner, outer, d)
				}
			}
		}
	}
}

// Made with bzip2: short, and 20 MiB of zeros.
const (
	bzip2Short = "425a68393141592653594a2b813e000002db8000304800402000042a41dc40200021a81a1ea066a14d32313131357df9823970c6115154f654985f1772453850904a2b813e"
	bzip2Zeros = "425a6839314159265359e82cee1c00a0a0c800c00000020008200030cc0529a681204d841204f177245385090e82cee1c0"
)

// fixtures were made with bzip2, xz and Python's lzma.
var fixtures = map[string]struct{ hex, want string }{
	"bzip2":                {bzip2Short, short},
	"bzip2 empty":          {"425a683917724538509000000000", ""},
	"xz sha256":            {"fd377a585a00000ae1fb0ca10200210116000000742fe5a301001a23736570617261746f72205c7830390a237061746809636f6e6e0a00004683982e1351d5447c0652da797f64b0d2d91f68d675473f8112f8cfcafe838300014b1b09ea6eb9189b4b9a01000000000a595a", short},
	"xz no check":          {"fd377a585a000000ff12d9410200210116000000742fe5a301001a23736570617261746f72205c7830390a237061746809636f6e6e0a000000012b1bae8193dc06729e7a010000000000595a", short},
	"xz blocks with sizes": {"fd377a585a000004e6d6b44602c00e0a21011600f529749e01000923736570617261746f7200000086839ef8517c4ae102c00e0a21011600f529749e010009205c7830390a2370617400000044ade3f95f74e5d302c00b0721011600f77c29360100066809636f6e6e0a000048844bf4742e6dea0003220a220a1f0736008c00b1c467fb020000000004595a", short},
	"xz empty":             {"fd377a585a000004e6d6b446000000001cdf44211fb6f37d010000000004595a", ""},
}

func TestFixtures(t *testing.T) {
	for name, f := range fixtures {
		data, _, err := read(bytes.NewReader(unhex(t, f.hex)), DefaultLimits())
		if err != nil || string(data) != f.want {
			t.Errorf("%s: %q, %v", name, data, err)
		}
		// Concatenated, and for xz with stream padding between.
		twice := unhex(t, f.hex+f.hex)
		if strings.HasPrefix(name, "xz") {
			twice = unhex(t, f.hex+"00000000"+f.hex+"0000000000000000")
		}
		if data, _, err = read(bytes.NewReader(twice), DefaultLimits()); err != nil || string(data) != f.want+f.want {
			t.Errorf("%s twice: %q, %v", name, data, err)
		}
	}
}

func TestConcatenated(t *testing.T) {
	for _, m := range []string{"gzip", "zstd", "xz"} {
		var all []byte
		for i := 0; i < len(text); i += 100_000 {
			all = append(all, compress(t, m, text[i:min(i+100_000, len(text))])...)
		}
		data, _, err := read(bytes.NewReader(all), DefaultLimits())
		if err != nil || !bytes.Equal(data, text) {
			t.Errorf("%s: %d bytes of %d, %v", m, len(data), len(text), err)
		}
	}
}

// TestTruncated cuts streams anywhere: what was decoded comes first, then an
// error with the place, and never too much.
func TestTruncated(t *testing.T) {
	some := text[:20_000]
	streams := map[string][]byte{"bzip2": bzip2Of(t)}
	for _, m := range []string{"gzip", "zstd", "xz"} {
		streams[m] = compress(t, m, some)
	}
	for m, whole := range streams {
		want := some
		if m == "bzip2" {
			want = []byte(short)
		}
		step := max(1, len(whole)/200)
		for cut := headSize; cut < len(whole); cut += step {
			data, _, err := read(bytes.NewReader(whole[:cut]), DefaultLimits())
			var e *fault.Error
			if !errors.As(err, &e) || e.Kind != fault.Invalid || e.Place.Path != "a.log" || e.Place.Offset != int64(len(data)) || e.Hint == "" {
				t.Fatalf("%s cut at %d of %d: %d bytes, %#v", m, cut, len(whole), len(data), err)
			}
			if !bytes.HasPrefix(want, data) {
				t.Fatalf("%s cut at %d: wrong data", m, cut)
			}
		}
	}
}

func bzip2Of(t testing.TB) []byte { return unhex(t, bzip2Short) }

// TestDamaged changes bytes: never wrong data without an error, never a panic.
func TestDamaged(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	some := text[:20_000]
	for _, m := range []string{"gzip", "zstd", "xz"} {
		whole := compress(t, m, some)
		for range 300 {
			bad := bytes.Clone(whole)
			bad[headSize+rnd.IntN(len(bad)-headSize)] ^= byte(1 + rnd.IntN(255))
			data, layers, err := read(bytes.NewReader(bad), DefaultLimits())
			if err == nil && len(layers) == 1 && !bytes.Equal(data, some) {
				t.Fatalf("%s: other data and no error", m)
			}
		}
	}
}

type zeros struct{ n int64 }

func (z *zeros) Read(p []byte) (int, error) {
	n := min(int64(len(p)), z.n)
	clear(p[:n])
	if z.n -= n; n == 0 {
		return 0, io.EOF
	}
	return int(n), nil
}

func bomb(t testing.TB, method string, size int64) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	switch method {
	case "gzip":
		w, _ = gzip.NewWriterLevel(&out, 9)
	default:
		w, _ = zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1))
	}
	if _, err := io.Copy(w, &zeros{size}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestBombs(t *testing.T) {
	small := Limits{Depth: 2, Window: 64 << 20, Free: 8 << 20, Ratio: 1000}
	for name, data := range map[string][]byte{
		"gzip":            bomb(t, "gzip", 100<<20),
		"zstd":            bomb(t, "zstd", 100<<20),
		"gzip in gzip":    compress(t, "gzip", bomb(t, "gzip", 100<<20)),
		"gzip in zstd":    compress(t, "zstd", bomb(t, "gzip", 100<<20)),
		"bzip2":           unhex(t, bzip2Zeros),
		"bzip2 in gzip":   compress(t, "gzip", unhex(t, strings.Repeat(bzip2Zeros, 50))),
		"empty in empty":  compress(t, "zstd", bytes.Repeat(compress(t, "gzip", nil), 800_000)),
		"xz dictionaries": xzBlocks(t, 16<<20, 5000),
	} {
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r, err := New(bytes.NewReader(data), "a.log", i18n.EN, small)
		var n int64
		if err == nil {
			n, err = io.Copy(io.Discard, r)
			r.Close()
		}
		runtime.ReadMemStats(&after)
		var e *fault.Error
		if !errors.As(err, &e) || e.Kind != fault.Limit || e.Place.Path != "a.log" || e.Hint == "" || !strings.Contains(e.Msg, "far more") {
			t.Errorf("%s: %d bytes out, %v", name, n, err)
		}
		if n > small.Free+small.Ratio*bufferSize {
			t.Errorf("%s: stopped only after %d bytes", name, n)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 300<<20 {
			t.Errorf("%s: %d bytes of memory", name, used)
		}
	}
	// The same stream within the limits is read to its end.
	n, err := readAllOf(bomb(t, "gzip", 100<<20), DefaultLimits())
	if err != nil || n != 100<<20 {
		t.Errorf("100 MiB of zeros with the usual limits: %d, %v", n, err)
	}
}

func readAllOf(data []byte, l Limits) (int64, error) {
	r, err := New(bytes.NewReader(data), "a.log", i18n.EN, l)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	return io.Copy(io.Discard, r)
}

// TestLongZstd: the limit on memory is none on the length of a stream.
func TestLongZstd(t *testing.T) {
	l := DefaultLimits()
	l.Window = 8 << 20
	n, err := readAllOf(bomb(t, "zstd", 200<<20), l)
	if err != nil || n != 200<<20 {
		t.Errorf("%d, %v", n, err)
	}
}

// xzBlocks makes a stream of n blocks of one byte, each with its own dictionary.
func xzBlocks(t testing.TB, dict int64, n int) []byte {
	t.Helper()
	b := unhex(t, "fd377a585a000000ff12d941")
	code := byte(0)
	for ; int64(2|code&1)<<(code/2+11) < dict; code++ {
	}
	h := []byte{2, 0, 0x21, 1, code, 0, 0, 0}
	h = binary.LittleEndian.AppendUint32(h, crc32.ChecksumIEEE(h))
	for range n {
		b = append(append(b, h...), 1, 0, 0, 'x', 0, 0, 0, 0)
	}
	return b
}

func TestWindows(t *testing.T) {
	small := DefaultLimits()
	small.Window = 1 << 20
	var z bytes.Buffer
	w, err := zstd.NewWriter(&z, zstd.WithWindowSize(8<<20))
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		w.Write(text)
	}
	w.Close()
	for name, data := range map[string][]byte{
		"zstd window": z.Bytes(),
		// One segment: the window is as large as the content says that it is.
		"zstd one segment": {0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0},
		"xz":               xzBlocks(t, 4<<30-1, 1),
	} {
		_, _, err := read(bytes.NewReader(data), small)
		var e *fault.Error
		if !errors.As(err, &e) || e.Kind != fault.Limit || !strings.Contains(e.Msg, "1 MiB") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTooDeep(t *testing.T) {
	data := compress(t, "gzip", compress(t, "xz", compress(t, "zstd", text)))
	_, _, err := read(bytes.NewReader(data), DefaultLimits())
	var e *fault.Error
	if !errors.As(err, &e) || e.Kind != fault.Limit || !strings.Contains(e.Msg, "2 times") {
		t.Errorf("%v", err)
	}
}

func TestBrokenDisk(t *testing.T) {
	broken := errors.New("disk gone")
	whole := compress(t, "gzip", text)
	_, _, err := read(io.MultiReader(bytes.NewReader(whole[:1000]), iotest.ErrReader(broken)), DefaultLimits())
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "cannot be read") {
		t.Errorf("%v", err)
	}
}

func TestUnsupportedXZ(t *testing.T) {
	bcj := "fd377a585a000004e6d6b4460201040021010000da33ad0301001a23736570617261746f72205c7830390a237061746809636f6e6e0a0000e420da01b9ca26620001331bf719885e1fb6f37d010000000004595a"
	_, _, err := read(bytes.NewReader(unhex(t, bcj)), DefaultLimits())
	if err == nil || !strings.Contains(err.Error(), "filters other than LZMA2") {
		t.Errorf("%v", err)
	}
}

// TestXZAgainstLibrary: whatever the library's own container reader reads, ours
// reads alike.
func TestXZAgainstLibrary(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	whole := compress(t, "xz", text[:5000])
	for range 500 {
		bad := bytes.Clone(whole)
		if rnd.IntN(3) > 0 {
			bad[rnd.IntN(len(bad))] ^= 1 << rnd.IntN(8)
		}
		if !strings.HasPrefix(string(bad), xzMagic) {
			continue
		}
		want, werr := func() ([]byte, error) {
			r, err := xz.NewReader(bytes.NewReader(bad))
			if err != nil {
				return nil, err
			}
			return io.ReadAll(r)
		}()
		got, _, err := read(bytes.NewReader(bad), DefaultLimits())
		if werr == nil && (err != nil || !bytes.Equal(got, want)) {
			t.Fatalf("the library reads %d bytes, we %d: %v", len(want), len(got), err)
		}
		if werr != nil && err == nil {
			t.Fatalf("the library refuses (%v), we read %d bytes", werr, len(got))
		}
	}
}

func TestPeek(t *testing.T) {
	r, err := New(bytes.NewReader(compress(t, "gzip", text)), "a.log", i18n.EN, DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	head := bytes.Clone(r.Peek(64 << 10))
	all, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(all, text) || len(head) != 64<<10 || !bytes.HasPrefix(all, head) {
		t.Errorf("%d bytes peeked, %d read, %v", len(head), len(all), err)
	}
	r.Close()
	if _, err := r.Read(make([]byte, 1)); err == nil {
		t.Error("reads after Close")
	}
}

func FuzzReader(f *testing.F) {
	for _, m := range []string{"gzip", "zstd", "xz"} {
		f.Add(compress(f, m, text[:300]))
		f.Add(compress(f, "gzip", compress(f, m, text[:300])))
	}
	for _, x := range fixtures {
		f.Add(unhex(f, x.hex))
	}
	f.Add([]byte(short))
	l := Limits{Depth: 2, Window: 1 << 20, Free: 1 << 20, Ratio: 100}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := New(bytes.NewReader(data), "a", i18n.EN, l)
		if err != nil {
			var e *fault.Error
			if !errors.As(err, &e) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		n, err := io.Copy(io.Discard, r)
		var e *fault.Error
		if err != nil && !errors.As(err, &e) {
			t.Fatalf("%T: %v", err, err)
		}
		if n > l.Free+bufferSize && n > l.Ratio*int64(len(data)+1)+bufferSize {
			t.Fatalf("%d bytes out of %d", n, len(data))
		}
		r.Close()
	})
}

func BenchmarkRead(b *testing.B) {
	var log bytes.Buffer
	rnd := rand.New(rand.NewPCG(7, 8))
	for log.Len() < 8<<20 {
		log.WriteString("1790000000.123456\tC")
		log.WriteString(hex.EncodeToString(binary.LittleEndian.AppendUint64(nil, rnd.Uint64())))
		log.WriteString("\t192.0.2.17\t50123\t198.51.100.4\t443\ttcp\tssl\t12.5\t1432\t90211\tSF\n")
	}
	for _, m := range []string{"", "gzip", "zstd", "xz"} {
		data := compress(b, m, log.Bytes())
		b.Run("method="+m, func(b *testing.B) {
			b.SetBytes(int64(log.Len()))
			for b.Loop() {
				if _, err := readAllOf(data, DefaultLimits()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
