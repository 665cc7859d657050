package eve

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/eve/lookup"
	"github.com/noroshi-acd/noroshi/flow/flowtest"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// told is what the standard library makes of a line; the oracle is built on it.
type told struct {
	Timestamp string
	FlowID    uint64 `json:"flow_id"`
	Kind      string `json:"event_type"`
	Src       string `json:"src_ip"`
	Dst       string `json:"dest_ip"`
	SrcPort   uint16 `json:"src_port"`
	DstPort   uint16 `json:"dest_port"`
	Proto     string
	App       string `json:"app_proto"`
	Flow      struct {
		PktsS  uint64 `json:"pkts_toserver"`
		PktsC  uint64 `json:"pkts_toclient"`
		BytesS uint64 `json:"bytes_toserver"`
		BytesC uint64 `json:"bytes_toclient"`
		Start  string
		End    string
	}
	TCP struct {
		TS string `json:"tcp_flags_ts"`
		TC string `json:"tcp_flags_tc"`
	}
	TLS   struct{ SNI string }
	HTTP  struct{ Hostname string }
	Alert struct {
		Signature uint32 `json:"signature_id"`
	}
}

func when(t flowtest.Failer, s string) int64 {
	for _, form := range []string{"2006-01-02T15:04:05.999999-0700", time.RFC3339Nano} {
		if at, err := time.Parse(form, s); err == nil {
			return at.UnixNano()
		}
	}
	t.Fatal("no time: " + s)
	return 0
}

// oracle gives, of the flow events of a log, times, ends, counters and flags, and of
// the names of each flow the first SNI, host and signature that stand in the log.
func oracle(t flowtest.Failer, log []byte) (out []string) {
	type names struct {
		sni, host string
		signature uint32
	}
	known := map[uint64]*names{}
	var events []told
	for l := range bytes.Lines(log) {
		if len(bytes.TrimSpace(l)) == 0 {
			continue
		}
		var e told
		if err := json.Unmarshal(l, &e); err != nil {
			t.Fatal(err)
		}
		n := known[e.FlowID]
		if n == nil {
			n = &names{}
			known[e.FlowID] = n
		}
		switch {
		case e.Kind == "tls" && n.sni == "":
			n.sni = strings.ToLower(e.TLS.SNI)
		case e.Kind == "http" && n.host == "":
			n.host = strings.ToLower(e.HTTP.Hostname)
		case e.Kind == "alert" && n.signature == 0:
			n.signature = e.Alert.Signature
		}
		events = append(events, e)
	}
	for _, e := range events {
		if e.Kind != "flow" {
			continue
		}
		var ts, tc uint8
		fmt.Sscanf(e.TCP.TS, "%x", &ts)
		fmt.Sscanf(e.TCP.TC, "%x", &tc)
		n := known[e.FlowID]
		out = append(out, fmt.Sprintf("%d-%d %s:%d>%s:%d %d/%d bytes %d/%d packets %02x/%02x %q %q %d", when(t, e.Flow.Start), when(t, e.Flow.End),
			netip.MustParseAddr(e.Src), e.SrcPort, netip.MustParseAddr(e.Dst), e.DstPort, e.Flow.BytesS, e.Flow.BytesC, e.Flow.PktsS, e.Flow.PktsC, ts&0x3f, tc&0x3f, n.sni, n.host, n.signature))
	}
	slices.Sort(out)
	return out
}

// flows gives what oracle gives, read by the reader.
func flows(t flowtest.Failer, files []*File, o Options) (out []string, kinds map[flow.Kind]int) {
	r := NewReader(files, o)
	defer r.Close()
	kinds = map[flow.Kind]int{}
	var b flow.Batch
	for {
		b.Reset()
		if err := r.Next(&b); errors.Is(err, io.EOF) {
			slices.Sort(out)
			return out, kinds
		} else if err != nil {
			t.Fatal(err)
		}
		for i := range b.Records {
			r := &b.Records[i]
			if kinds[r.Kind]++; r.Kind != flow.KindFlow {
				continue
			}
			sni := ""
			if x := b.TLSOf(r); x != nil {
				sni = b.String(x.SNI)
			}
			out = append(out, fmt.Sprintf("%d-%d %s:%d>%s:%d %d/%d bytes %d/%d packets %02x/%02x %q %q %d", r.First, r.Last, r.Src, r.SrcPort, r.Dst, r.DstPort,
				r.SrcBytes, r.DstBytes, r.SrcPackets, r.DstPackets, r.SrcFlags, r.DstFlags, sni, b.String(r.Host), r.Signature))
		}
	}
}

// exchanges writes the events of n made-up exchanges as a sensor does, each flow
// last of its own, with the exchanges mixed.
func exchanges(rnd *rand.Rand, n int) []string {
	type one struct {
		at   int
		line string
	}
	var all []one
	add := func(at int, kind string, port int, more string) {
		all = append(all, one{at, line(kind, at, port, more)})
	}
	for i := range n {
		begin, port := rnd.IntN(1+10*n), i+1
		end := begin + rnd.IntN(20000)
		at := begin + rnd.IntN(1+end-begin)
		if rnd.IntN(2) == 0 {
			add(at, "tls", port, fmt.Sprintf(`"tls":{"sni":"S%d.example","version":"TLS 1.3"}`, i))
		}
		if rnd.IntN(3) == 0 {
			add(at, "http", port, fmt.Sprintf(`"http":{"hostname":"h%d.example","url":"/"}`, i))
		}
		if rnd.IntN(5) == 0 {
			add(at, "alert", port, fmt.Sprintf(`"alert":{"gid":1,"signature_id":%d}`, 1+rnd.IntN(1<<31)))
		}
		if rnd.IntN(5) == 0 {
			add(at, "fileinfo", port, `"fileinfo":{"filename":"/","sid":[],"size":1}`)
		}
		add(end+1, "flow", port, fmt.Sprintf(`"app_proto":"failed","flow":{"pkts_toserver":%d,"pkts_toclient":%d,"bytes_toserver":%d,"bytes_toclient":%d,"start":"%s","end":"%s","age":1,"state":"closed","reason":"timeout"},"tcp":{"tcp_flags":"1b","tcp_flags_ts":"%02x","tcp_flags_tc":"%02x"}`,
			rnd.IntN(9), rnd.IntN(9), rnd.IntN(9e6), rnd.IntN(9e6), at2(begin), at2(end), rnd.IntN(256), rnd.IntN(256)))
	}
	slices.SortStableFunc(all, func(a, b one) int { return a.at - b.at })
	var lines []string
	for _, o := range all {
		lines = append(lines, o.line)
	}
	return lines
}

func at2(ms int) string { return strings.Replace(at(ms), "+0900", "+09:00", 1) }

// TestAgainstOracle reads made-up logs, cut into files by kind and by time, and
// compares with what the standard library and a map make of the whole.
func TestAgainstOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rnd := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		lines := exchanges(rnd, rapid.IntRange(0, 80).Draw(t, "exchanges"))
		var contents []string
		switch rapid.IntRange(0, 2).Draw(t, "files") {
		case 0:
			contents = []string{strings.Join(lines, "")}
		case 1: // as rotation leaves them
			n := rapid.IntRange(1, 4).Draw(t, "pieces")
			for i := range n {
				contents = append(contents, strings.Join(lines[len(lines)*i/n:len(lines)*(i+1)/n], ""))
			}
		case 2: // a file a kind
			byKind := map[bool]string{}
			for _, l := range lines {
				byKind[strings.Contains(l, `"flow","src_ip"`)] += l
			}
			contents = []string{byKind[true], byKind[false]}
		}
		files := logs(contents...)
		rnd.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
		got, kinds := flows(t, files, Options{Window: rapid.IntRange(2, 200).Draw(t, "window")})
		if diff := cmp.Diff(oracle(t, []byte(strings.Join(lines, ""))), got); diff != "" {
			t.Fatalf("-want +got\n%s", diff)
		}
		if kinds[flow.KindFacts] != 0 {
			t.Fatalf("%d names found no flow", kinds[flow.KindFacts])
		}
	})
}

// TestLookupsAgainstMap asks and answers at random, within what is waited for.
func TestLookupsAgainstMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type exchange struct{ form, port, id, asked, answered int }
		var events []struct {
			at   int
			text string
		}
		put := func(at int, text string) {
			events = append(events, struct {
				at   int
				text string
			}{at, text})
		}
		var want []string
		for i := range rapid.IntRange(0, 60).Draw(t, "questions") {
			x := exchange{rapid.IntRange(1, 3).Draw(t, "form"), 1000 + i%7, i, rapid.IntRange(0, 5000).Draw(t, "asked"), 0}
			x.answered = x.asked + rapid.IntRange(1, 800000).Draw(t, "delay")
			silent := rapid.Bool().Draw(t, "silent")
			q := fmt.Sprintf(`"rrname":"n%d.Example","rrtype":"A"`, i)
			switch x.form {
			case 3:
				q = fmt.Sprintf(`"version":3,"queries":[{%s}]`, q)
				put(x.asked, question(x.asked, x.port, fmt.Sprintf(`"type":"request","id":%d,%s`, x.id, q)))
			default:
				put(x.asked, question(x.asked, x.port, fmt.Sprintf(`"type":"query","id":%d,%s`, x.id, q)))
			}
			end, rcode, came := x.asked, 65535, ""
			if !silent {
				end, rcode, came = x.answered, 0, " [1 192.0.2.7 60 s]"
				rr := `"rrname":"x","rrtype":"A","ttl":60,"rdata":"192.0.2.7"`
				switch x.form {
				case 1:
					put(end, answer(end, x.port, fmt.Sprintf(`"type":"answer","id":%d,"rcode":"NOERROR",%s,"ttl":60,"rdata":"192.0.2.7"`, x.id, q)))
				case 2:
					put(end, answer(end, x.port, fmt.Sprintf(`"type":"answer","version":2,"id":%d,"rcode":"NOERROR",%s,"answers":[{%s}]`, x.id, q, rr)))
				case 3:
					put(end, question(end, x.port, fmt.Sprintf(`"type":"response","id":%d,"rcode":"NOERROR",%s,"answers":[{%s}]`, x.id, q, rr)))
				}
			}
			want = append(want, fmt.Sprintf("dns %v+%v 10.0.0.1:%d>10.0.0.53:53/17 service 1 n%d.example? type 1 rcode %d%s",
				time.Hour+time.Duration(x.asked)*time.Millisecond, time.Duration(end-x.asked)*time.Millisecond, x.port, i, rcode, came))
		}
		slices.SortStableFunc(events, func(a, b struct {
			at   int
			text string
		}) int {
			return a.at - b.at
		})
		log := ""
		for _, e := range events {
			log += e.text
		}
		got := drain(t, logs(log), Options{})
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("-want +got\n%s", diff)
		}
	})
}

// TestBounded gives names that never find their flow, questions that are never
// answered and answers in endless parts: little is held, nothing goes lost.
func TestBounded(t *testing.T) {
	const n = lookup.MaxHeld + 20_000
	var log bytes.Buffer
	for i := range n {
		fmt.Fprintf(&log, `{"timestamp":"1970-01-01T00:00:01Z","flow_id":%d,"event_type":"tls","src_ip":"10.0.0.1","dest_ip":"10.0.0.2","proto":"TCP","tls":{"sni":"n%d.example"}}`+"\n", i+1, i)
		fmt.Fprintf(&log, `{"timestamp":"1970-01-01T00:00:01Z","event_type":"dns","src_ip":"10.0.0.1","src_port":5,"dest_ip":"10.0.0.2","dest_port":53,"dns":{"type":"query","id":%d,"rrname":"n%d.example","rrtype":"A"}}`+"\n", i%65536, i)
		fmt.Fprintf(&log, `{"timestamp":"1970-01-01T00:00:01Z","event_type":"dns","src_ip":"10.0.0.1","src_port":6,"dest_ip":"10.0.0.2","dest_port":53,"dns":{"type":"answer","id":1,"rcode":"NOERROR","rrname":"a.example","rrtype":"CNAME","rdata":"n%d.example"}}`+"\n", i)
	}
	r := NewReader(logs(log.String()), Options{Waiting: 100, Window: 1000})
	defer r.Close()
	kinds := map[flow.Kind]int{}
	var b flow.Batch
	for {
		b.Reset()
		if err := r.Next(&b); err != nil {
			break
		}
		for i := range b.Records {
			kinds[b.Records[i].Kind]++
		}
		if r.asked.Len() > lookup.MaxHeld {
			t.Fatalf("%d questions are held", r.asked.Len())
		}
	}
	if kinds[flow.KindFacts] != n || kinds[flow.KindDNS] < n || kinds[flow.KindDNS] > n+100 {
		t.Errorf("%v, want %d names and as many questions", kinds, n)
	}
}

func TestBrokenFile(t *testing.T) {
	broken := errors.New("broken")
	f := file("a.json", "")
	f.Open = func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader(flowLine(1, 1)+`{"time`), iotest.ErrReader(broken))), nil
	}
	missing := file("b.json", "")
	missing.Open = func() (io.ReadCloser, error) { return nil, os.ErrNotExist }
	got := drain(t, []*File{f, missing}, Options{})
	if len(got) != 1 || f.Skips.Count != 1 || !errors.Is(f.Skips.First[0], broken) || fault.KindOf(f.Skips.First[0]) != fault.Invalid {
		t.Errorf("%q, skipped %v", got, f.Skips.First)
	}
	if missing.Skips.Count != 1 || fault.KindOf(missing.Skips.First[0]) != fault.NotFound {
		t.Errorf("missing: %v", missing.Skips.First)
	}
}

type closeCount struct {
	io.Reader
	n *int
}

func (c closeCount) Close() error { *c.n--; return nil }

func TestManyFilesAreOpenedInTurn(t *testing.T) {
	open, most := 0, 0
	var files []*File
	for i := range 200 {
		f := file(fmt.Sprint(i), strings.Replace(flowLine(i*1000, i+1), "1970-01-01T01:00:01", fmt.Sprintf("1970-01-01T01:00:%02d", i%60), 1))
		f.Begin = int64(i) * 1e9
		inner := f.Open
		f.Open = func() (io.ReadCloser, error) {
			in, err := inner()
			open++
			most = max(most, open)
			return closeCount{in, &open}, err
		}
		files = append(files, f)
	}
	if got := drain(t, files, Options{}); len(got) != 200 {
		t.Errorf("%d records, want 200", len(got))
	}
	if open != 0 || most > maxAlive {
		t.Errorf("%d files are left open, at most %d were", open, most)
	}
	r := NewReader(logs(strings.Repeat(flowLine(1, 1), 10)), Options{Window: 2})
	var b flow.Batch
	if err := r.Next(&b); err != nil {
		t.Fatal(err)
	}
	r.Close()
	if err := r.Next(&b); err != io.EOF {
		t.Errorf("after Close: %v", err)
	}
}

// TestInvariant05_NoContentComesThrough: whatever stands in the places of an event
// that hold content, in every kind of event, does not arrive; names do.
func TestInvariant05_NoContentComesThrough(t *testing.T) {
	flowtest.CheckNoContent(t, func(rt *rapid.T, p *flowtest.Plants) []byte {
		var out bytes.Buffer
		port := 0
		around := func() string { // what an alert, or any event, may carry
			s := ""
			for _, place := range []string{"payload", "payload_printable", "packet", "stream_data", "http_body", "http_body_printable", "in_iface", "community_id", "email", "note"} {
				if rapid.Bool().Draw(rt, place) {
					s += fmt.Sprintf(`,"%s":"%s"`, place, p.Content(place))
				}
			}
			return s + fmt.Sprintf(`,"http":{"hostname_":"x","url":"/%s","http_user_agent":"%s","http_refer":"http://%s/","cookie":"%s","xff":"%s","request_headers":[{"name":"Host","value":"%s"}]},"smtp":{"helo":"%s","mail_from":"%s"},"email":{"subject":"%s","attachment":["%s"]},"fileinfo":{"filename":"/%s"},"files":[{"filename":"%s"}],"vars":{"flowbits":["%s"]}`,
				p.Content("url"), p.Content("user agent"), p.Content("referrer"), p.Content("cookie"), p.Content("forwarded"), p.Content("header"), p.Content("helo"), p.Content("sender"),
				p.Content("mail subject"), p.Content("attachment"), p.Content("file"), p.Content("file in a list"), p.Content("flow bit"))
		}
		put := func(kind, more string) {
			port++
			if rapid.IntRange(0, 3).Draw(rt, "what stands around "+kind) == 0 {
				more += around()
			}
			out.WriteString(line(kind, port, port, more))
		}
		put("alert", fmt.Sprintf(`"alert":{"signature_id":1,"signature":"%s","category":"%s","metadata":{"x":["%s"]},"rule":"%s"}`, p.Content("signature"), p.Content("category"), p.Content("metadata"), p.Content("rule")))
		put("fileinfo", `"a":1`)
		put("smtp", `"a":1`)
		put("ftp", fmt.Sprintf(`"ftp":{"command":"RETR","command_data":"%s"}`, p.Content("FTP")))
		put("ssh", fmt.Sprintf(`"ssh":{"client":{"software_version":"%s"}}`, p.Content("SSH")))
		put("flow", sum)
		put("netflow", `"netflow":{"pkts":1}`)
		put("tls", fmt.Sprintf(`"tls":{"sni":"%s.example","certificate":"%s","chain":["%s"],"client":{"subject":"%s"}}`, p.Keep("SNI"), p.Content("certificate"), p.Content("chain"), p.Content("client certificate")))
		put("quic", fmt.Sprintf(`"quic":{"sni":"%s.example","ua":"%s","extensions":[{"name":"%s"}]}`, p.Keep("QUIC SNI"), p.Content("QUIC user agent"), p.Content("QUIC extension")))
		port++
		out.WriteString(line("http", port, port, fmt.Sprintf(`"http":{"hostname":"%s.example","url":"/%s","http_user_agent":"%s","http_refer":"%s"}`, p.Keep("host"), p.Content("url"), p.Content("user agent"), p.Content("referrer"))))
		out.WriteString(question(port, 1, fmt.Sprintf(`"type":"query","id":1,"rrname":"%s.example","rrtype":"TXT"`, p.Keep("question"))))
		out.WriteString(question(port, 2, fmt.Sprintf(`"type":"answer","id":2,"version":2,"rrname":"x","rrtype":"A","rcode":"NOERROR","answers":[{"rrname":"x","rrtype":"CNAME","rdata":"%s.example"},{"rrname":"x","rrtype":"TXT","rdata":"%s"},{"rrname":"x","rrtype":"NULL","rdata":"%s"},{"rrname":"x","rrtype":"SOA","soa":{"mname":"%s"}}],"authorities":[{"rdata":"%s"}]`,
			p.Keep("CNAME"), p.Content("TXT"), p.Content("NULL"), p.Content("SOA"), p.Content("authority"))))
		out.WriteString(question(port, 3, fmt.Sprintf(`"type":"answer","id":2,"version":2,"rrname":"x","rrtype":"TXT","rcode":"NOERROR","grouped":{"TXT":["%s"],"NULL":["%s"]}`, p.Content("grouped TXT"), p.Content("grouped NULL"))))
		out.WriteString(question(port, 4, fmt.Sprintf(`"type":"answer","id":2,"rrname":"y","rrtype":"TXT","rcode":"NOERROR","rdata":"%s"`, p.Content("TXT in the first form"))))
		return out.Bytes()
	}, func(input []byte) (flowtest.Reader, error) { return NewReader(logs(string(input)), Options{}), nil })
}

func FuzzReader(f *testing.F) {
	f.Add([]byte(flowLine(1, 1)), false)
	f.Add([]byte(line("tls", 2000, 1, `"tls":{"sni":"a.example","subject":"\u00e9","fingerprint":"00:11","ja3":{"hash":"x"},"subjectaltname":["a"]}`)+flowLine(9000, 1)), true)
	f.Add([]byte(question(1, 1, `"type":"query","id":1,"rrname":"a","rrtype":"A"`)+answer(2, 1, `"type":"answer","version":2,"id":1,"rrname":"a","rrtype":"A","answers":[{"rrtype":"A","rdata":"1.2.3.4"}],"grouped":{"A":["1.2.3.4"]}`)), true)
	f.Add([]byte(line("alert", 1, 1, `"alert":{"signature_id":1},"flow":{"src_ip":"::1"}`)+side(1, 1, false, "")+side(1, 1, true, "")), false)
	f.Add([]byte(question(1, 1, `"type":"response","queries":[{"rrname":"a"},{"rrname":"b"}],"answers":[{"rrtype":"SRV","rdata":{"name":"c"}}]`)), false)
	f.Fuzz(func(t *testing.T, data []byte, strict bool) {
		Recognise(data)
		file := file("x", string(data))
		file.Skips.Strict = strict
		r := NewReader([]*File{file}, Options{Waiting: 4, Window: 4})
		defer r.Close()
		var b flow.Batch
		records := 0
		for {
			b.Reset()
			err := r.Next(&b)
			if err != nil {
				break
			}
			if records += len(b.Records); len(b.Records) == 0 || records > 8*len(data)+8 {
				t.Fatalf("%d records of %d bytes", records, len(data))
			}
			enc := flow.AppendBatch(nil, &b)
			var again flow.Batch
			if err := flow.DecodeBatch(enc, &again); err != nil {
				t.Fatal(err)
			}
			for i := range b.Records {
				if r := &b.Records[i]; r.First > r.Last || r.First < 0 {
					t.Fatalf("record %s", flowtest.Show(&b, r))
				}
			}
		}
	})
}

// TestSharedLog reads a real log whole and compares its flows with the oracle's.
func TestSharedLog(t *testing.T) {
	dir := os.Getenv("NOROSHI_DATA")
	if dir == "" {
		if os.Getenv("NOROSHI_REQUIRE_SHARED") == "1" {
			t.Fatal("NOROSHI_DATA is not set")
		}
		t.Skip("NOROSHI_DATA is not set")
	}
	paths, err := filepath.Glob(filepath.Join(dir, "detection", "slips-mixed", "dataset", "*.suricata.json"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no EVE log in the data: %v", err)
	}
	for _, path := range paths {
		log, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files := logs(string(log))
		got, kinds := flows(t, files, Options{})
		if diff := cmp.Diff(oracle(t, log), got); diff != "" {
			t.Errorf("%s: -want +got\n%s", path, diff)
		}
		events := map[string]int{}
		for l := range bytes.Lines(log) {
			var e told
			if json.Unmarshal(l, &e) == nil {
				events[e.Kind]++
			}
		}
		t.Logf("%v, %d passed over; %v", kinds, NewReader(files, Options{}).Passed(), events)
		if files[0].Skips.Count != 0 || int(files[0].Records) != events["flow"]+events["dns"]+events["tls"]+events["http"]+events["alert"] {
			t.Errorf("%s: %d records, %d skipped: %v", path, files[0].Records, files[0].Skips.Count, files[0].Skips.First)
		}
	}
}

func benchmark(b *testing.B, log string) {
	b.SetBytes(int64(len(log)))
	b.ReportAllocs()
	n := strings.Count(log, "\n")
	var batch flow.Batch
	for b.Loop() {
		r := NewReader(logs(log), Options{})
		for batch.Reset(); r.Next(&batch) == nil; batch.Reset() {
		}
		r.Close()
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkFlow(b *testing.B) {
	var log strings.Builder
	for i := range 200_000 {
		log.WriteString(line("flow", i, i%60000, sum))
	}
	benchmark(b, log.String())
}

func BenchmarkMixed(b *testing.B) {
	benchmark(b, strings.Join(exchanges(rand.New(rand.NewPCG(1, 2)), 60_000), ""))
}

func BenchmarkDNS(b *testing.B) {
	var log strings.Builder
	for i := range 100_000 {
		log.WriteString(question(i, i%60000, `"type":"query","id":1,"rrname":"www.example","rrtype":"A","tx_id":0`))
		log.WriteString(answer(i+1, i%60000, `"version":2,"type":"answer","id":1,"flags":"8180","qr":true,"rd":true,"ra":true,"rrname":"www.example","rrtype":"A","rcode":"NOERROR","answers":[{"rrname":"www.example","rrtype":"A","ttl":505,"rdata":"192.0.2.1"}],"grouped":{"A":["192.0.2.1"]}`))
	}
	benchmark(b, log.String())
}
