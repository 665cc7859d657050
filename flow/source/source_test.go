package source

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/source/inflate"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// lay writes files under a new folder; a name that ends in → is a link.
func lay(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "/") {
			os.Mkdir(p, 0o755)
			continue
		}
		var err error
		if link, ok := strings.CutSuffix(p, "→"); ok {
			err = os.Symlink(content, link)
		} else {
			err = os.WriteFile(p, []byte(content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func under(dir string, names ...string) []string {
	var all []string
	for _, n := range names {
		all = append(all, filepath.Join(dir, n))
	}
	return all
}

func pack(t testing.TB, method, data string) string {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	switch method {
	case "gzip":
		w = gzip.NewWriter(&out)
	case "zstd":
		w, _ = zstd.NewWriter(&out)
	case "xz":
		w, _ = xz.NewWriter(&out)
	default:
		return data
	}
	io.WriteString(w, data)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// seen is an input in one line.
func seen(s *Set, dir string) []string {
	var all []string
	for _, in := range s.Inputs() {
		name, _ := filepath.Rel(dir, in.Path)
		if in.Path == stdin {
			name = stdin
		}
		all = append(all, fmt.Sprintf("%s: %s %s %d records, %d skipped, %d errors", name, in.Format, strings.Join(in.Compression, "+"), in.Records, in.Skipped, len(in.Errors)))
	}
	return all
}

func fakeOptions() Options { return Options{families: []family{&fakes{}}} }

func mustOpen(t *testing.T, o Options, paths ...string) *Set {
	t.Helper()
	s, err := Open(paths, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestEveryCompressionAndSource reads a conn log and a capture in each packing,
// as a file, in a folder, by a pattern, through standard input and a pipe.
func TestEveryCompressionAndSource(t *testing.T) {
	for content, data := range map[string]string{"zeek conn": zeekLog(100, 200, 300), "pcap": pcapFile(100, 200, 300)} {
		for _, method := range []string{"", "gzip", "zstd", "xz", "gzip+xz", "bzip2"} {
			packed := data
			if outer, inner, ok := strings.Cut(method, "+"); ok {
				packed = pack(t, outer, pack(t, inner, data))
			} else if method == "bzip2" {
				if content != "zeek conn" {
					continue
				}
				b, _ := hex.DecodeString(bzip2Log)
				packed = string(b)
			} else {
				packed = pack(t, method, data)
			}
			dir := lay(t, map[string]string{"in/x.bin": packed})
			file := filepath.Join(dir, "in", "x.bin")
			for name, path := range map[string]string{
				"file": file, "folder": filepath.Join(dir, "in"), "pattern": filepath.Join(dir, "i*", "*.b?n"), "stdin": stdin, "pipe": pipe(t, dir, packed),
			} {
				t.Run(content+" "+method+" "+name, func(t *testing.T) {
					s := mustOpen(t, Options{Strict: true, Stdin: strings.NewReader(packed)}, path)
					got, err := drain(s)
					if err != nil || len(got) != 3 {
						t.Fatalf("%d records: %v", len(got), err)
					}
					in := s.Inputs()[0]
					if in.Format != content || strings.Join(in.Compression, "+") != method || in.Records != 3 || in.Read != int64(len(packed)) || !in.Used {
						t.Errorf("%+v", in)
					}
					read, all := s.Progress()
					if read != int64(len(packed)) || all != read && (name == "stdin" || name == "pipe") != (all == -1) {
						t.Errorf("progress %d of %d", read, all)
					}
				})
			}
		}
	}
}

// pipe makes a named pipe into which data is written when it is read.
func pipe(t testing.TB, dir, data string) string {
	t.Helper()
	p := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(p, 0o644); err != nil {
		t.Skip("no named pipes here")
	}
	go func() {
		if w, err := os.OpenFile(p, os.O_WRONLY, 0); err == nil {
			io.WriteString(w, data)
			w.Close()
		}
	}()
	return p
}

func TestFolder(t *testing.T) {
	dir := lay(t, map[string]string{
		"a.log":             fakeFile("a", 1, 5),
		"b/b.log.gz":        pack(t, "gzip", fakeFile("b", 2, 4)),
		"b/README.md":       "# about\n",
		"b/run.py":          "import os\n",
		"b/bin":             "\x7fELF\x00\x00",
		"b/empty.log":       "",
		"b/empty.log.gz":    pack(t, "gzip", ""),
		"c/link→":           "../b/b.log.gz", // the same file
		"c/round→":          "..",            // a circle
		"c/lost→":           "nowhere",
		"c/self→":           "self",
		"d/deep/er/c.log":   fakeFile("c", 3),
		"d/zip":             "PK\x03\x04....",
		"d/wrong.log":       fakeFile("d", 6) + "!\n!\n",
		"d/archive-of-logs": strings.Repeat("\x00", 257) + "ustar\x00",
	})
	s := mustOpen(t, fakeOptions(), dir)
	got, err := drain(s)
	if d := cmp.Diff([]string{"1 a", "2 b", "3 c", "4 b", "5 a", "6 d"}, got); d != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	want := []string{
		"a.log: fake  2 records, 0 skipped, 0 errors",
		"b/README.md: unrecognised  0 records, 0 skipped, 0 errors",
		"b/b.log.gz: fake gzip 2 records, 0 skipped, 0 errors",
		"b/bin: unrecognised  0 records, 0 skipped, 0 errors",
		"b/empty.log: empty  0 records, 0 skipped, 0 errors",
		"b/empty.log.gz: empty gzip 0 records, 0 skipped, 0 errors",
		"b/run.py: unrecognised  0 records, 0 skipped, 0 errors",
		"c/lost:   0 records, 0 skipped, 1 errors",
		"c/self:   0 records, 0 skipped, 1 errors",
		"d/archive-of-logs: unrecognised  0 records, 0 skipped, 0 errors",
		"d/deep/er/c.log: fake  1 records, 0 skipped, 0 errors",
		"d/wrong.log: fake  1 records, 2 skipped, 2 errors",
		"d/zip: unrecognised  0 records, 0 skipped, 0 errors",
	}
	if d := cmp.Diff(want, seen(s, dir)); d != "" {
		t.Errorf("inputs (-want +got):\n%s", d)
	}
}

func TestSameFileOnce(t *testing.T) {
	dir := lay(t, map[string]string{"a.log": fakeFile("a", 1), "l→": "a.log"})
	s := mustOpen(t, fakeOptions(), append(under(dir, "a.log", "l", "a.log", "*.log"), dir, stdin, stdin)...)
	got, err := drain(s)
	if err != nil || len(got) != 1 {
		t.Errorf("%v, %v", got, err)
	}
	if n := len(s.Inputs()); n != 2 { // a.log and standard input
		t.Errorf("%d inputs", n)
	}
}

// bzip2Log is zeekLog(100, 200, 300) as bzip2 packs it.
const bzip2Log = "425a6839314159265359d72ce0d70000275f80103048677e6009000804bfe7df6030010d9306453d20d3269a80340069ea011ea048801a00346800d06d534127a9a6100c9a001a1a3ce59e656058e050cca1c4da54f4a76a79abba41d14b3d4835d4ba8fc8b8be7afa739e15c157705d93857971bc70c323a1bd26398e20446438a3be966661c82f52b2e14eb8e074a9418b0518999c0b879933104142a2b3151083b0a5d6eab38b3aab6fa25f090bb0f29fa88a2774f162af4f8fdef450638cbca8b9caaa87aa94ac2651056659d2c8ce49c3db4f9253658d29e3280d093694cb360ad54c455ab49ab774cd230d612530ec03191928bc8b5a30b66b596638b9118498c1a416a4bd038d500f5b16b1078fb13f87f177245385090d72ce0d70"

// TestVerdicts says when Open fails, and how.
func TestVerdicts(t *testing.T) {
	dir := lay(t, map[string]string{
		"good":           fakeFile("a", 1),
		"none":           "",
		"text":           "hello\x1b[31m\n",
		"esc\x1b[2Jape":  "hello",
		"tar":            strings.Repeat("\x00", 257) + "ustar\x00",
		"cut":            pack(t, "gzip", fakeFile("x", 1, 2, 3))[:12],
		"deep":           pack(t, "gzip", pack(t, "xz", pack(t, "zstd", fakeFile("x", 1)))),
		"hole/":          "",
		"books/README":   "hello",
		"mixed/README":   "hello",
		"mixed/good.log": fakeFile("a", 1),
	})
	tests := []struct {
		paths       string
		kind        fault.Kind
		want        string // in the message, "" for no error
		strict      string // in the message of strict mode
		listed      int    // errors among Inputs
		description string
	}{
		{paths: "good"},
		{paths: "mixed", description: "what lies in a folder need not be a source"},
		{paths: "none", strict: "the file is empty"},
		{paths: "good none", strict: "the file is empty"},
		{paths: "text", kind: fault.Invalid, want: `begins with "hello\x1b[31m\x0a"`},
		{paths: "good text", listed: 1, strict: "no known format"},
		{paths: "esc*", kind: fault.Invalid, want: `esc\x1b[2Jape: the content`},
		{paths: "good tar", listed: 1, strict: "tar archive"},
		{paths: "tar none", kind: fault.Invalid, want: "tar archive"},
		{paths: "cut", kind: fault.Invalid, want: "end too early"},
		{paths: "good cut", listed: 1, strict: "end too early"},
		{paths: "deep", kind: fault.Limit, want: "compressed more than 2 times"},
		{paths: "nowhere", kind: fault.NotFound, want: "no such file"},
		{paths: "good nowhere", listed: 1, strict: "no such file"},
		{paths: "*.nothing", kind: fault.NotFound, want: "no such file"},
		{paths: "[", kind: fault.NotFound, want: "no such file"},
		{paths: "hole", kind: fault.NotFound, want: "the folder holds no files"},
		{paths: "books", kind: fault.NotFound, want: "none of 1 files"},
		{paths: "", kind: fault.NotFound, want: "none of 0 files"},
	}
	for _, tt := range tests {
		for _, strict := range []bool{false, true} {
			o := fakeOptions()
			o.Strict = strict
			want := tt.want
			if strict && want == "" {
				want = tt.strict
			}
			s, err := Open(under(dir, strings.Fields(tt.paths)...), o)
			if want == "" {
				if err != nil {
					t.Errorf("%q, strict %v: %v", tt.paths, strict, err)
					continue
				}
				listed := 0
				for _, in := range s.Inputs() {
					listed += len(in.Errors)
				}
				if _, err := drain(s); err != nil || listed != tt.listed {
					t.Errorf("%q, strict %v: %d errors listed, %v", tt.paths, strict, listed, err)
				}
				s.Close()
				continue
			}
			var e *fault.Error
			if !errors.As(err, &e) || !strings.Contains(err.Error(), want) || e.Hint == "" || strings.Contains(e.Hint, "source.") {
				t.Errorf("%q, strict %v: %v; want one with %q", tt.paths, strict, err, want)
			} else if !strict && e.Kind != tt.kind {
				t.Errorf("%q: kind %v, want %v", tt.paths, e.Kind, tt.kind)
			}
			if err != nil && strings.ContainsAny(err.Error(), "\x1b\x00\n") {
				t.Errorf("%q: control characters in %q", tt.paths, err)
			}
		}
	}
}

func TestMessagesInJapanese(t *testing.T) {
	dir := lay(t, map[string]string{"text": "hello", "cut": pack(t, "gzip", fakeFile("x", 1, 2, 3))[:12]})
	for name, want := range map[string]string{"text": "対応していない形式です。先頭は「hello」です", "cut": "途切れています", "gone": "見つかりません"} {
		o := fakeOptions()
		o.Lang = i18n.JA
		if _, err := Open(under(dir, name), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDamagedOnTheWay: what came before is delivered, the place is noted, the
// other inputs are read; in strict mode the reading ends.
func TestDamagedOnTheWay(t *testing.T) {
	var times []int64
	for i := range int64(20_000) {
		times = append(times, 10*i+i*i%7)
	}
	whole := pack(t, "gzip", fakeFile("a", times...))
	for name, tt := range map[string]struct {
		content, want string
		atLeast       int
	}{
		"truncated": {whole[:len(whole)/2], "gzip data end too early", 5000},
		"damaged":   {whole[:len(whole)/2] + strings.Repeat("\xff", 100), "gzip data are damaged", 5000},
		"bomb":      {pack(t, "gzip", "FAKE\n"+strings.Repeat("5 a\n", 1<<20)), "far more than any log", 100_000},
		"reader":    {fakeFile("a", 1, 2, 3) + "stop\n", "stopped in the middle", 3},
	} {
		dir := lay(t, map[string]string{"a": tt.content, "b": fakeFile("b", 7, 1<<40)})
		o := fakeOptions()
		o.Limits = inflate.Limits{Depth: 2, Window: 1 << 20, Free: 1 << 20, Ratio: 20}
		s := mustOpen(t, o, under(dir, "a", "b")...)
		got, err := drain(s)
		ins := s.Inputs()
		if err != nil || len(got) < tt.atLeast+2 || ins[0].Records+2 != uint64(len(got)) || len(ins[1].Errors) != 0 {
			t.Errorf("%s: %d records, %v, %+v", name, len(got), err, ins)
		}
		// Damaged data may give some wrong lines before the damage shows.
		last := ins[0].Errors[len(ins[0].Errors)-1]
		if len(ins[0].Errors) != 1 && name != "damaged" || !strings.Contains(last.Error(), tt.want) {
			t.Errorf("%s: errors %v", name, ins[0].Errors)
		}
		var e *fault.Error
		if name != "reader" && (!errors.As(last, &e) || e.Place.Path != filepath.Join(dir, "a") || e.Place.Offset < int64(5*tt.atLeast/2)) {
			t.Errorf("%s: place %+v", name, e)
		}
		o.Strict = true
		if _, err := drain(mustOpen(t, o, under(dir, "a", "b")...)); err == nil || name != "damaged" && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s, strict: %v", name, err)
		}
	}
}

func TestNothingInIt(t *testing.T) {
	dir := lay(t, map[string]string{"stop": "FAKE\nstop\n", "bad": "FAKE\n!\n!\n", "hollow": "FAKE\n"})
	for name, want := range map[string]string{"stop": "stopped in the middle", "bad": "bad", "hollow": ""} {
		_, err := drain(mustOpen(t, fakeOptions(), filepath.Join(dir, name)))
		if (err != nil) != (want != "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	o := fakeOptions()
	o.Strict = true
	if _, err := drain(mustOpen(t, o, filepath.Join(dir, "bad"))); err == nil || !strings.Contains(err.Error(), ":2: bad") {
		t.Errorf("strict: %v", err)
	}
}

func TestTooManyFiles(t *testing.T) {
	dir := lay(t, map[string]string{"a": fakeFile("a", 1), "b": fakeFile("b", 1), "c": fakeFile("c", 1)})
	o := fakeOptions()
	o.Files = 2
	if _, err := Open([]string{dir}, o); fault.KindOf(err) != fault.Limit {
		t.Error(err)
	}
}

// TestMerge compares with the obvious: all records sorted by time, then stream.
func TestMerge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := &fakes{batch: rapid.IntRange(1, 9).Draw(t, "batch")}
		m := &merge{}
		type item struct {
			t    int64
			name string
		}
		var want []item
		sorted := rapid.Bool().Draw(t, "sorted")
		for i := range rapid.IntRange(0, 6).Draw(t, "streams") {
			times := rapid.SliceOfN(rapid.Int64Range(0, 40), 0, 30).Draw(t, "times")
			if sorted {
				slices.Sort(times)
			}
			name := string(rune('a' + i))
			f := &file{found: &found{begin: -1 << 63}, o: &Options{}}
			if len(times) > 0 && rapid.Bool().Draw(t, "begin known") {
				f.found.begin = slices.Min(times)
			}
			for _, x := range times {
				want = append(want, item{x, name})
			}
			ss := k.streams([]*file{f})
			text := fakeFile(name, times...)
			open := func() (reader, error) {
				r := &fakeReader{k: k, f: f, in: io.NopCloser(strings.NewReader(text))}
				r.start()
				return r, nil
			}
			ss[0].open = open
			m.add(ss...)
		}
		var got []item
		var b flow.Batch
		for {
			b.Reset()
			err := m.next(&b)
			if err == io.EOF && len(b.Records) == 0 {
				break
			}
			if err != nil || len(b.Records) == 0 {
				t.Fatalf("%d records, %v", len(b.Records), err)
			}
			for i := range b.Records {
				got = append(got, item{b.Records[i].First, b.String(b.Records[i].Host)})
			}
		}
		order := func(x, y item) int {
			if x.t != y.t {
				return int(x.t - y.t)
			}
			return strings.Compare(x.name, y.name)
		}
		if sorted && !slices.IsSortedFunc(got, func(x, y item) int { return int(x.t - y.t) }) {
			t.Fatalf("not in order: %v", got)
		}
		slices.SortStableFunc(want, order)
		slices.SortStableFunc(got, order)
		if !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
		if k.open.Load() != 0 {
			t.Fatalf("%d readers left open", k.open.Load())
		}
	})
}

// TestLazy: files that follow one another in time are not open together, and of
// those that overlap no more than maxLive.
func TestLazy(t *testing.T) {
	follow, overlap := map[string]string{}, map[string]string{}
	for i := range int64(300) {
		name := fmt.Sprintf("%03d", 300-i)
		follow[name] = fakeFile(name, 100*i, 100*i+50, 100*i+99)
		if i < 40 {
			overlap[name] = fakeFile(name, i, 1000+i)
		}
	}
	for _, tt := range []struct {
		files         map[string]string
		records, most int
	}{{follow, 900, 2}, {overlap, 80, maxLive}} {
		k := &fakes{}
		got, err := drain(mustOpen(t, Options{families: []family{k}}, lay(t, tt.files)))
		if err != nil || len(got) != tt.records || int(k.most.Load()) > tt.most || k.open.Load() != 0 {
			t.Errorf("%d records, %v; at most %d open, %d left", len(got), err, k.most.Load(), k.open.Load())
		}
	}
}

// TestMixed reads logs and captures side by side, one log through standard
// input, which the reader of many logs wants to open twice.
func TestMixed(t *testing.T) {
	files := map[string]string{"weird.log": strings.Replace(zeekLog(), "#path\tconn", "#path\tweird", 1)}
	for i := range 20 {
		files[fmt.Sprintf("%02d/conn.log", i)] = zeekLog(1000*i+1, 1000*i+500)
		files[fmt.Sprintf("%02d/dump", i)] = pack(t, "zstd", pcapFile(1000*i+200))
	}
	dir := lay(t, files)
	s := mustOpen(t, Options{Stdin: strings.NewReader(pack(t, "gzip", zeekLog(300, 30_000)))}, dir, stdin)
	// Others may ask at any time.
	stop, done := make(chan bool), make(chan bool)
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
				s.Inputs()
				s.Progress()
				runtime.Gosched()
			}
		}
	}()
	got, err := drain(s)
	close(stop)
	<-done
	if err != nil || len(got) != 62 {
		t.Errorf("%d records, %v", len(got), err)
	}
	for _, in := range s.Inputs() {
		want := uint64(2)
		switch in.Format {
		case "pcap":
			want = 1
		case "zeek other":
			want = 0
		}
		if in.Records != want || len(in.Errors) > 0 || in.Used == (in.Format == "zeek other") {
			t.Errorf("%+v", in)
		}
	}
}

func TestClose(t *testing.T) {
	k := &fakes{}
	s, err := Open([]string{lay(t, map[string]string{"a": fakeFile("a", 1, 2, 3, 4, 5, 6, 7, 8, 9), "b": fakeFile("b", 2)})}, Options{families: []family{k}})
	if err != nil {
		t.Fatal(err)
	}
	var b flow.Batch
	if err := s.Next(&b); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil || k.open.Load() != 0 {
		t.Errorf("%v, %d left open", err, k.open.Load())
	}
	b.Reset()
	if err := s.Next(&b); err != io.EOF {
		t.Errorf("Next after Close: %v", err)
	}
	if len(s.Inputs()) != 2 {
		t.Error("Inputs is silent after Close")
	}
}

// TestRealFolders asks that nothing in the shared captures that is a log or a
// capture stays unrecognised.
func TestRealFolders(t *testing.T) {
	data := os.Getenv("NOROSHI_DATA")
	if data == "" {
		if os.Getenv("NOROSHI_REQUIRE_SHARED") == "1" {
			t.Fatal("NOROSHI_DATA is not set")
		}
		t.Skip("NOROSHI_DATA is not set")
	}
	s := mustOpen(t, Options{}, under(filepath.Join(data, "detection"), "zeek-labelled", "rita-logs", "ndpi-pcaps", "dns-tunnel")...)
	formats := map[string]int{}
	for _, in := range s.Inputs() {
		kind, _, _ := strings.Cut(in.Format, " ")
		formats[kind]++
		name := strings.TrimSuffix(filepath.Base(in.Path), ".gz")
		source := strings.HasSuffix(name, ".log") && !strings.HasPrefix(name, "conn-summary") || strings.HasSuffix(name, ".pcap") || strings.HasSuffix(name, ".pcapng")
		if source && in.Format == Unrecognised {
			t.Errorf("%s is not recognised", in.Path)
		}
	}
	if formats["zeek"] < 50 || formats["pcap"]+formats["pcapng"] < 500 {
		t.Errorf("found only %v", formats)
	}
}

// FuzzOpen gives any bytes to recognition, decompression and readers.
func FuzzOpen(f *testing.F) {
	for _, m := range []string{"", "gzip", "zstd", "xz"} {
		f.Add([]byte(pack(f, m, zeekLog(1, 2))))
		f.Add([]byte(pack(f, m, pcapFile(1, 2))))
	}
	f.Add([]byte(""))
	f.Add([]byte(`{"ts":1.5,"uid":"C1","id.orig_h":"192.0.2.1","id.orig_p":1,"id.resp_h":"192.0.2.2","id.resp_p":2,"proto":"udp"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, strict := range []bool{false, true} {
			o := Options{Strict: strict, Stdin: bytes.NewReader(data), Limits: inflate.Limits{Depth: 2, Window: 1 << 20, Free: 1 << 20, Ratio: 100}}
			s, err := Open([]string{stdin}, o)
			if err == nil {
				_, err = drain(s)
				s.Inputs()
				s.Close()
			}
			var e *fault.Error
			if err != nil && !errors.As(err, &e) {
				t.Fatalf("%T: %v", err, err)
			}
			if err != nil && strings.ContainsAny(err.Error(), "\x1b\x00\n") {
				t.Fatalf("control characters in %q", err)
			}
		}
	})
}
