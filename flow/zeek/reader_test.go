package zeek

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/flowtest"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// noLeak fails t when more goroutines run at its end than now.
func noLeak(t *testing.T) {
	t.Helper()
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		for range 100 {
			if runtime.NumGoroutine() <= before {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Errorf("%d goroutines ran before, %d run now", before, runtime.NumGoroutine())
	})
}

// day writes a conn and an ssl log of n exchanges.
func day(n int) (conn, ssl string) {
	var c, s strings.Builder
	c.WriteString(tsv("conn", connFields))
	s.WriteString(tsv("ssl", sslFields))
	for i := range n {
		ts := 1.7e9 + float64(i)/10
		fmt.Fprintf(&c, "%.6f\tC%016x\t10.20.%d.%d\t%d\t192.0.2.%d\t443\ttcp\tssl\t12.345678\t517\t90210\tSF\tShADadFf\t14\t1299\t80\t94370\n", ts, i, i>>8&255, i&255, i&0xffff, i%250)
		fmt.Fprintf(&s, "%.6f\tC%016x\t10.20.%d.%d\t%d\t192.0.2.%d\t443\tTLSv13\twww.site%d.example\te7d705a3286e19ea42f587b344ee6865\t-\t-\t-\t-\t-\n", ts+0.03, i, i>>8&255, i&255, i&0xffff, i%250, i%5000)
	}
	return c.String(), s.String()
}

func TestCloseEarly(t *testing.T) {
	noLeak(t)
	conn, ssl := day(20_000)
	closed := new(atomic.Int32)
	files := logs(conn, ssl)
	for _, f := range files {
		open := f.Open
		f.Open = func() (io.ReadCloser, error) {
			in, err := open()
			return counted{in, closed}, err
		}
	}
	r := NewReader(files, Options{})
	var b flow.Batch
	if err := r.Next(&b); err != nil || len(b.Records) == 0 {
		t.Fatalf("%d records, %v", len(b.Records), err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Errorf("the second Close: %v", err)
	}
	if b.Reset(); r.Next(&b) != io.EOF {
		t.Error("Next after Close is not io.EOF")
	}
	if n := closed.Load(); n != 2 {
		t.Errorf("%d files were closed, want 2", n)
	}
	NewReader(logs(conn), Options{}).Close() // never begun
}

type counted struct {
	io.ReadCloser
	n *atomic.Int32
}

func (c counted) Close() error {
	c.n.Add(1)
	return c.ReadCloser.Close()
}

func TestStrictEndsAll(t *testing.T) {
	noLeak(t)
	conn, ssl := day(5000)
	files := logs(conn+"garbage\n"+conn, ssl)
	files[0].Skips.Strict = true
	r := NewReader(files, Options{})
	records := 0
	var b flow.Batch
	var err error
	for err == nil {
		b.Reset()
		err = r.Next(&b)
		records += len(b.Records)
	}
	if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "log0:5007 (byte ") {
		t.Errorf("the error is %v", err)
	}
	if records < 5000 {
		t.Errorf("%d records came before the error, want the 5000 of the log", records)
	}
	// the goroutines have ended without Close
	if again := r.Next(&b); again == nil {
		t.Error("reading goes on behind the error")
	}
}

// TestStrictBeginsBadly: what begins with a bad line is not taken for an empty log.
func TestStrictBeginsBadly(t *testing.T) {
	noLeak(t)
	rows, _ := day(20)
	head := tsv("conn", connFields)
	files := logs(head + "garbage\n" + rows[len(head):])
	files[0].Skips.Strict = true
	var b flow.Batch
	err := NewReader(files, Options{}).Next(&b)
	if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "log0:") {
		t.Errorf("the error is %v", err)
	}
}

func zipped(s string) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	io.WriteString(w, s)
	w.Close()
	return out.Bytes()
}

func TestBrokenFile(t *testing.T) {
	noLeak(t)
	conn, ssl := day(5000)
	broken := zipped(conn)
	broken = broken[:len(broken)/2]
	for _, strict := range []bool{false, true} {
		files := logs(conn, ssl)
		files[0].Open = func() (io.ReadCloser, error) {
			z, err := gzip.NewReader(bytes.NewReader(broken))
			return z, err
		}
		files[0].Skips.Strict = strict
		got := drain(t, files)
		if n := files[0].Records; n < 1000 || n >= 5000 || len(got) < int(n) {
			t.Errorf("strict %v: %d records read, %d came", strict, n, len(got))
		}
		if strict {
			if last := got[len(got)-1]; !strings.Contains(last, "the file breaks off here") || !strings.Contains(last, "unexpected EOF") {
				t.Errorf("strict: the last is %q", last)
			}
		} else if s := files[0].Skips; s.Count != 1 || !strings.Contains(s.First[0].Error(), "breaks off") || fault.KindOf(s.First[0]) != fault.Invalid {
			t.Errorf("skipped %d: %v", s.Count, s.First)
		}
	}
}

func TestMissingFile(t *testing.T) {
	noLeak(t)
	conn, _ := day(10)
	files := logs(conn, conn)
	files[1].Open = func() (io.ReadCloser, error) { return nil, fs.ErrNotExist }
	if got := drain(t, files); len(got) != 10 {
		t.Errorf("%d records, want the 10 of the other file", len(got))
	}
	if s := files[1].Skips; s.Count != 1 || fault.KindOf(s.First[0]) != fault.NotFound {
		t.Errorf("skipped %d: %v", s.Count, s.First)
	}
}

// TestManyFiles reads hundreds of pieces: few may be open at a time, and the
// records must come in order of time.
func TestManyFiles(t *testing.T) {
	noLeak(t)
	open, most := new(atomic.Int32), new(atomic.Int32)
	var files []*File
	const pieces = 300
	for i := range pieces {
		f := file(fmt.Sprintf("conn.%d.log", i), tsv("conn", connFields, connRow(float64(i*3600), 1, fmt.Sprintf("A%d", i), i, "-"), connRow(float64(i*3600+3500), 1, fmt.Sprintf("B%d", i), i, "-")))
		inner := f.Open
		f.Open = func() (io.ReadCloser, error) {
			in, _ := inner()
			most.Store(max(most.Load(), open.Add(1)))
			return release{in, open}, nil
		}
		files = append([]*File{f}, files...)
	}
	r := NewReader(files, Options{})
	defer r.Close()
	var b flow.Batch
	n, last := 0, int64(-1)
	for {
		b.Reset()
		if err := r.Next(&b); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		for _, rec := range b.Records {
			if rec.First < last {
				t.Fatalf("record %d is of %v, behind %v", n, time.Duration(rec.First), time.Duration(last))
			}
			last = rec.First
			n++
		}
	}
	if n != 2*pieces || most.Load() > 8 {
		t.Errorf("%d records, want %d; at most %d files were open at a time", n, 2*pieces, most.Load())
	}
}

type release struct {
	io.ReadCloser
	n *atomic.Int32
}

func (r release) Close() error {
	r.n.Add(-1)
	return r.ReadCloser.Close()
}

// TestBrokenClock has one line of the year 2100 in the middle: what is behind it
// must not wait for it.
func TestBrokenClock(t *testing.T) {
	conn := tsv("conn", connFields, connRow(1, 1, "C1", 1, "-"), connRow(4102444800, 1, "C2", 2, "-"), connRow(2, 1, "C3", 3, "-"), connRow(5, 1, "C4", 4, "-"))
	dns := tsv("dns", dnsFields, "3 D1 10.0.0.1 5 10.0.0.53 53 udp 0.02 a.example 1 A 0 - -", "4 D2 10.0.0.1 6 10.0.0.53 53 udp 0.02 a.example 1 A 0 - -")
	var order []string
	for _, s := range drain(t, logs(conn, dns)) {
		order = append(order, strings.Fields(s)[1])
	}
	if got := strings.Join(order, " "); !strings.HasSuffix(got, "2s+1s 3s+20ms 4s+20ms 5s+1s") {
		t.Errorf("the order is %s", got)
	}
}

// TestGarbage gives lines that are all bad: the reader must come through, count
// them and keep few.
func TestGarbage(t *testing.T) {
	noLeak(t)
	files := logs(tsv("conn", connFields) + strings.Repeat("x\ty\n", 100_000))
	if got := drain(t, files); len(got) != 0 || files[0].Skips.Count != 100_000 || len(files[0].Skips.First) != fault.KeptSkips {
		t.Errorf("%d records, %d skipped, %d kept", len(got), files[0].Skips.Count, len(files[0].Skips.First))
	}
}

// TestNoContent plants markers in every column that is content.
func TestNoContent(t *testing.T) {
	flowtest.CheckNoContent(t, func(rt *rapid.T, p *flowtest.Plants) []byte {
		var files []string
		content := func(column string) string { return string(p.Content(column)) }
		keep := func(column string) string { return string(p.Keep(column)) }
		json := rapid.Bool().Draw(rt, "JSON")
		add := func(path string, cells ...string) {
			if !json {
				var fields, row []string
				for i := 0; i < len(cells); i += 2 {
					fields, row = append(fields, cells[i]), append(row, cells[i+1])
				}
				files = append(files, tsv(path, strings.Join(fields, " "), strings.Join(row, " ")))
				return
			}
			s := `{"_path":"` + path + `"`
			for i := 0; i < len(cells); i += 2 {
				s += `,"` + cells[i] + `":"` + strings.ReplaceAll(cells[i+1], "~", " ") + `"`
			}
			files = append(files, s+"}\n")
		}
		ends := []string{"ts", "1", "uid", "C1", "id.orig_h", "10.0.0.1", "id.orig_p", "5", "id.resp_h", "10.0.0.2", "id.resp_p", "80"}
		add("http", append(ends, "trans_depth", "1", "method", content("method"), "host", keep("host")+".example", "uri", "/"+content("URI"),
			"referrer", "http://x/"+content("referrer"), "user_agent", content("user agent"), "status_msg", content("status"), "username", content("user name"),
			"password", content("password"), "cookie_vars", content("cookie"), "orig_filenames", content("file name"), "proxied", content("proxied"), "origin", content("origin"))...)
		add("http", append(ends, "host", "x:"+content("Host that is none"), "trans_depth", "2")...)
		add("dns", append(ends, "proto", "udp", "query", keep("question")+".example", "qtype", "16", "qtype_name", "TXT", "rcode", "0",
			"answers", "TXT~24~"+content("TXT")+","+content("TXT that looks like a name"), "TTLs", "1,1")...)
		add("dns", append(ends, "proto", "udp", "query", "a.example", "qtype", "1", "rcode", "0", "answers", "TXT~5~"+content("TXT beside A")+",192.0.2.1", "TTLs", "1,1")...)
		add("dns", append(ends, "proto", "udp", "qtype_name", "NULL", "answers", content("NULL data"))...)
		add("dns", append(ends, "proto", "udp", "answers", content("answer to what is not known"))...)
		add("ssl", append(ends, "version", "TLSv12", "server_name", keep("SNI")+".example", "cipher", content("cipher"), "next_protocol", content("ALPN"), "last_alert", content("alert"),
			"ja3", content("JA3 that is none"), "ja4", content("JA4 that is none")+"/", "client_subject", content("client's subject"), "cert_chain_fuids", "F1", "subject", "CN="+keep("subject"))...)
		add("x509", "ts", "1", "id", "F1", "certificate.subject", "CN=x", "certificate.serial", content("serial"), "san.dns", keep("alternative name")+".example",
			"san.email", content("mail address"), "san.uri", content("URI of certificate"), "certificate.not_valid_after", "7000000000")
		add("conn", append(ends, "proto", "tcp", "service", "ssl,http", "conn_state", "SF", "duration", "5", "label", content("label"), "tunnel_parents", content("tunnel"), "history", "ShADad")...)
		add("smtp", append(ends, "subject", content("mail subject"), "from", content("sender"))...)
		add("files", append(ends, "filename", content("file name"), "mime_type", content("MIME type"))...)
		return []byte(strings.Join(files, "\x00"))
	}, func(input []byte) (flowtest.Reader, error) {
		return NewReader(logs(strings.Split(string(input), "\x00")...), Options{}), nil
	})
}

// shared gives the folder of the public data sets, or skips the test.
func shared(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("NOROSHI_DATA")
	if dir == "" {
		if os.Getenv("NOROSHI_REQUIRE_SHARED") == "1" {
			t.Fatal("NOROSHI_DATA is not set")
		}
		t.Skip("NOROSHI_DATA is not set")
	}
	return filepath.Join(dir, "detection")
}

// TestSharedLogs reads real logs whole: each used log gives as many records as it
// has lines of values, and none is bad.
func TestSharedLogs(t *testing.T) {
	for _, dir := range []string{"zeek-labelled", "rita-logs"} {
		root := filepath.Join(shared(t), dir)
		byDir := map[string][]*File{}
		lines := map[*File]uint64{}
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.Contains(path, ".log") {
				return err
			}
			open := func() (io.ReadCloser, error) {
				data, err := os.ReadFile(path)
				if err != nil || !strings.HasSuffix(path, ".gz") {
					return io.NopCloser(bytes.NewReader(data)), err
				}
				return gzip.NewReader(bytes.NewReader(data))
			}
			in, err := open()
			if err != nil {
				return err
			}
			data, err := io.ReadAll(in)
			if err != nil {
				return err
			}
			l, ok := Recognise(data[:min(len(data), 8192)])
			if !ok {
				if !strings.Contains(path, "conn-summary") { // a report, no log
					t.Errorf("%s is not recognised", path)
				}
				return nil
			}
			f := &File{Path: path, Log: l, Open: open, Skips: &fault.Skips{}}
			for line := range bytes.Lines(data) {
				if line[0] != '#' && len(bytes.TrimSpace(line)) > 0 {
					lines[f]++
				}
			}
			byDir[filepath.Dir(path)] = append(byDir[filepath.Dir(path)], f)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(byDir) == 0 {
			t.Errorf("%s holds no logs", root)
		}
		for _, files := range byDir {
			drain(t, files)
			for _, f := range files {
				want := lines[f]
				if f.Log.Kind == Other {
					want = 0
				}
				if f.Records != want || f.Skips.Count != 0 {
					t.Errorf("%s (%v): %d records, want %d; skipped %d: %v", f.Path, f.Log, f.Records, want, f.Skips.Count, f.Skips.First)
				}
			}
		}
	}
}

// benchmark reads files as often as b asks and says how fast.
func benchmark(b *testing.B, contents ...string) {
	size := 0
	for _, c := range contents {
		size += len(c)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	var batch flow.Batch
	var lines uint64
	for b.Loop() {
		files := logs(contents...)
		r := NewReader(files, Options{})
		for {
			batch.Reset()
			if err := r.Next(&batch); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
		r.Close()
		for _, f := range files {
			lines += f.Records
		}
	}
	b.ReportMetric(float64(lines)/b.Elapsed().Seconds(), "records/s")
}

const benchRows = 100_000

func BenchmarkConn(b *testing.B) {
	conn, _ := day(benchRows)
	benchmark(b, conn)
}

func BenchmarkSSL(b *testing.B) {
	_, ssl := day(benchRows)
	benchmark(b, ssl)
}

func BenchmarkJoin(b *testing.B) {
	conn, ssl := day(benchRows)
	benchmark(b, conn, ssl)
}

func BenchmarkDNS(b *testing.B) {
	var s strings.Builder
	s.WriteString(tsv("dns", dnsFields))
	for i := range benchRows {
		fmt.Fprintf(&s, "%.6f\tC%016x\t10.20.%d.%d\t%d\t10.20.0.53\t53\tudp\t0.010000\twww.site%d.example\t1\tA\t0\talias.example,192.0.2.1\t60.000000,60.000000\n", 1.7e9+float64(i)/10, i, i>>8&255, i&255, i&0xffff, i%5000)
	}
	benchmark(b, s.String())
}

func BenchmarkHTTP(b *testing.B) {
	var s strings.Builder
	s.WriteString(tsv("http", httpFields))
	for i := range benchRows {
		fmt.Fprintf(&s, "%.6f\tC%016x\t10.20.%d.%d\t%d\t192.0.2.9\t80\t1\tGET\twww.site%d.example\t/a/long/path?with=arguments\t-\tMozilla/5.0 (X11; Linux x86_64; rv:63.0)\n", 1.7e9+float64(i)/10, i, i>>8&255, i&255, i&0xffff, i%5000)
	}
	benchmark(b, s.String())
}

func BenchmarkX509(b *testing.B) {
	var s strings.Builder
	s.WriteString(tsv("x509", "ts id certificate.subject certificate.issuer certificate.not_valid_before certificate.not_valid_after san.dns"))
	for i := range benchRows {
		fmt.Fprintf(&s, "%.6f\tF%016x\tCN=site%d.example,O=Site\tCN=CA,O=CA\t1607004052.000000\t1614780052.000000\tsite%d.example,*.site%d.example\n", 1.7e9+float64(i)/10, i, i, i, i)
	}
	benchmark(b, s.String())
}

func BenchmarkConnJSON(b *testing.B) {
	var s strings.Builder
	for i := range benchRows {
		fmt.Fprintf(&s, `{"ts":%.6f,"uid":"C%016x","id.orig_h":"10.20.%d.%d","id.orig_p":%d,"id.resp_h":"192.0.2.9","id.resp_p":443,"proto":"tcp","service":"ssl","duration":12.345678,"orig_bytes":517,"resp_bytes":90210,"conn_state":"SF","local_orig":true,"local_resp":false,"missed_bytes":0,"history":"ShADadFf","orig_pkts":14,"orig_ip_bytes":1299,"resp_pkts":80,"resp_ip_bytes":94370}`+"\n", 1.7e9+float64(i)/10, i, i>>8&255, i&255, i&0xffff)
	}
	benchmark(b, s.String())
}
