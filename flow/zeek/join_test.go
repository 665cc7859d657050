package zeek

import (
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/flow"
)

// names reduces records to kind, source port, SNI and host, sorted.
func names(records []string) []string {
	var out []string
	for _, s := range records {
		f := strings.Fields(s)
		from, _, _ := strings.Cut(f[2], ">")
		short := f[0] + " " + from[strings.LastIndexByte(from, ':')+1:]
		for _, w := range f {
			if strings.HasPrefix(w, "sni=") || strings.HasPrefix(w, "host=") || strings.HasPrefix(w, "subject=") {
				short += " " + w
			}
		}
		out = append(out, short)
	}
	slices.Sort(out)
	return out
}

func connRow(ts, duration float64, uid string, port int, service string) string {
	return fmt.Sprintf("%f %s 10.0.0.1 %d 10.0.0.2 443 tcp %s %f 1 1 SF ShADad 1 1 1 1", ts, uid, port, service, duration)
}

func sslRow(ts float64, uid string, port int, sni string) string {
	return fmt.Sprintf("%f %s 10.0.0.1 %d 10.0.0.2 443 TLSv12 %s - - - - F%d -", ts, uid, port, sni, port)
}

func httpRow(ts float64, uid string, port int, host string) string {
	return fmt.Sprintf("%f %s 10.0.0.1 %d 10.0.0.2 443 1 GET %s /secret - agent", ts, uid, port, host)
}

func TestJoin(t *testing.T) {
	for _, tt := range []struct {
		name             string
		conn, ssl, http  []string
		open             []string
		want             []string
		noConn, openConn bool
	}{
		{name: "both at once", conn: []string{connRow(1, 5, "C1", 1, "ssl")}, ssl: []string{sslRow(1.1, "C1", 1, "a.example")},
			want: []string{"flow 1 sni=a.example"}},
		{name: "service not known", conn: []string{connRow(1, 5, "C1", 1, "-")}, ssl: []string{sslRow(1.1, "C1", 1, "a.example")},
			want: []string{"flow 1 sni=a.example"}},
		{name: "conn hours later, as Zeek writes it",
			conn: []string{connRow(9000, 1, "C2", 2, "-"), connRow(1, 20000, "C1", 1, "ssl"), connRow(20002, 1, "C3", 3, "-")},
			ssl:  []string{sslRow(1.1, "C1", 1, "a.example")}, want: []string{"flow 1 sni=a.example", "flow 2", "flow 3"}},
		{name: "conn first, as sorted by its beginning",
			conn: []string{connRow(1, 20000, "C1", 1, "ssl"), connRow(9000, 1, "C2", 2, "-")},
			ssl:  []string{sslRow(120, "C1", 1, "a.example"), sslRow(9000, "C2", 2, "b.example")}, want: []string{"flow 1 sni=a.example", "flow 2 sni=b.example"}},
		{name: "service names what has no line", conn: []string{connRow(1, 5, "C1", 1, "ssl,http"), connRow(900, 5, "C2", 2, "ssl")},
			ssl: []string{sslRow(1.1, "C9", 9, "a.example")}, http: []string{httpRow(2000, "C8", 8, "b.example")},
			want: []string{"facts 8 host=b.example", "facts 9 sni=a.example", "flow 1", "flow 2"}},
		{name: "TLS in a proxy's connection", conn: []string{connRow(1, 5, "C1", 1, "http,ssl")}, ssl: []string{sslRow(2, "C1", 1, "a.example")},
			http: []string{httpRow(1.5, "C1", 1, "a.example:443")}, want: []string{"flow 1 sni=a.example host=a.example"}},
		{name: "several hosts", conn: []string{connRow(1, 50, "C1", 1, "http")},
			http: []string{httpRow(2, "C1", 1, "a.example"), httpRow(3, "C1", 1, "a.example"), httpRow(4, "C1", 1, "b.example"), httpRow(5, "C1", 1, "b.example"), httpRow(6, "C1", 1, "a.example"), httpRow(7, "C1", 1, "b.example")},
			want: []string{"facts 1 host=b.example", "facts 1 host=b.example", "flow 1 host=a.example"}},
		{name: "several hosts, conn first", conn: []string{connRow(1, 5000, "C1", 1, "http"), connRow(900, 1, "C2", 2, "-")},
			http: []string{httpRow(2, "C1", 1, "a.example"), httpRow(400, "C1", 1, "b.example"), httpRow(3000, "C1", 1, "a.example")},
			want: []string{"facts 1 host=b.example", "flow 1 host=a.example", "flow 2"}},
		{name: "blank host", conn: []string{connRow(1, 5, "C1", 1, "http")}, http: []string{httpRow(2, "C1", 1, "-")}, want: []string{"flow 1"}},
		{name: "no conn log", ssl: []string{sslRow(1, "C1", 1, "a.example"), sslRow(2, "C2", 2, "b.example")}, http: []string{httpRow(1, "C3", 3, "c.example"), httpRow(2, "C3", 3, "c.example")},
			want: []string{"facts 1 sni=a.example", "facts 2 sni=b.example", "facts 3 host=c.example"}},
		{name: "no uid", conn: []string{connRow(1, 5, "-", 1, "ssl")}, ssl: []string{sslRow(1, "-", 1, "a.example")}, http: []string{httpRow(1, "-", 1, "b.example")},
			want: []string{"facts 1 host=b.example", "facts 1 sni=a.example", "flow 1"}},
		{name: "open and then closed", open: []string{connRow(1, 3600, "C1", 1, "ssl"), connRow(1, 7200, "C1", 1, "ssl")},
			conn: []string{connRow(1, 9000, "C1", 1, "ssl"), connRow(9500, 1, "C2", 2, "-")}, ssl: []string{sslRow(1.1, "C1", 1, "a.example")},
			want: []string{"flow 1 sni=a.example", "flow 2", "open 1 sni=a.example", "open 1 sni=a.example"}},
		{name: "open only", open: []string{connRow(1, 3600, "C1", 1, "ssl")}, ssl: []string{sslRow(1.1, "C1", 1, "a.example")},
			want: []string{"open 1 sni=a.example"}},
		{name: "open, the same line of ssl twice", open: []string{connRow(1, 3600, "C1", 1, "ssl")}, ssl: []string{sslRow(1.1, "C1", 1, "a.example"), sslRow(1.1, "C1", 1, "a.example")},
			want: []string{"open 1 sni=a.example"}},
		{name: "two conn lines of one uid", conn: []string{connRow(1, 500, "C1", 1, "ssl"), connRow(2, 500, "C1", 1, "ssl")}, ssl: []string{sslRow(1000, "C9", 9, "a.example")},
			want: []string{"facts 9 sni=a.example", "flow 1", "flow 1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var contents []string
			for path, rows := range map[string][]string{"conn " + connFields: tt.conn, "ssl " + sslFields: tt.ssl, "http " + httpFields: tt.http, "open_conn " + connFields: tt.open} {
				if name, fields, _ := strings.Cut(path, " "); rows != nil {
					contents = append(contents, tsv(name, fields, rows...))
				}
			}
			// the order of the files must not matter; a map gives several
			if diff := cmp.Diff(tt.want, names(drain(t, logs(contents...)))); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestCertificates(t *testing.T) {
	const sha = "58138f07832744f9dd82dd64790855318fbfd11c4d833c4367dd6c0d76d92968"
	conn := tsv("conn", connFields, connRow(1, 5, "C1", 1, "ssl"))
	want := " subject=CN=a issuer=CN=ca san=*.a.example san=b.example valid 1s-2s"
	for _, tt := range []struct{ name, ssl, x509, want string }{
		{"by file", sslRow(1, "C1", 1, "s"),
			tsv("x509", "ts id certificate.subject certificate.issuer san.dns certificate.not_valid_before certificate.not_valid_after", "1.2 F1 CN=a CN=ca *.A.example,no~name,b.example 1 2"), want},
		{"by fingerprint", "1 C1 10.0.0.1 1 10.0.0.2 443 TLSv12 s - - - - - " + sha,
			tsv("x509", "ts fingerprint certificate.subject certificate.issuer san.dns certificate.not_valid_before certificate.not_valid_after", "1.2 "+sha+" CN=a CN=ca *.A.example,no~name,b.example 1 2"), " digest=" + sha + want},
		{"JSON", sslRow(1, "C1", 1, "s"),
			`{"ts":1.2,"id":"F1","certificate":{"subject":"CN=a","issuer":"CN=ca","not_valid_before":1.0,"not_valid_after":"1970-01-01T00:00:02Z"},"san":{"dns":["*.a.example","b.example"]}}`, want},
		{"another", sslRow(1, "C1", 7, "s"), tsv("x509", "ts id certificate.subject", "1.2 F1 CN=a"), ""},
		{"absurd validity", sslRow(1, "C1", 1, "s"), tsv("x509", "ts id certificate.subject certificate.not_valid_after", "1.2 F1 CN=a 253402300799"), " subject=CN=a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := drain(t, logs(conn, tsv("ssl", sslFields, tt.ssl), tt.x509))
			if len(got) != 1 || !strings.HasSuffix(got[0], " tls 0303 sni=s"+tt.want) {
				t.Errorf("got %q, want it to end %q", got, tt.want)
			}
		})
	}
}

// TestJoinAgainstMap joins random logs in random order of lines and files, and
// compares with joining by a map that knows all lines. Times stay within what the
// join waits for, so that nothing may be missed.
func TestJoinAgainstMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rnd := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		byEnd := rapid.Bool().Draw(t, "conn sorted by end")
		type row struct {
			at   float64
			line string
		}
		var conn, ssl, http []row
		var want []string
		for i := range rapid.IntRange(1, 300).Draw(t, "exchanges") {
			uid, port := fmt.Sprintf("C%d", i), i+1
			begin, length := float64(i)+rnd.Float64(), rnd.ExpFloat64()*200
			hasTLS, hasHTTP := rnd.IntN(2) == 0, rnd.IntN(3) == 0
			var service []string
			short := fmt.Sprintf("flow %d", port)
			first := begin + rnd.Float64()*min(length, 1)
			if hasTLS {
				service = append(service, "ssl")
				ssl = append(ssl, row{first, sslRow(first, uid, port, fmt.Sprintf("s%d.example", i))})
				short += fmt.Sprintf(" sni=s%d.example", i)
			}
			if hasHTTP {
				service = append(service, "http")
				http = append(http, row{first, httpRow(first, uid, port, fmt.Sprintf("h%d.example", i))})
				short += fmt.Sprintf(" host=h%d.example", i)
			}
			c := row{begin, connRow(begin, length, uid, port, strings.Join(append(service, "-")[:max(1, len(service))], ","))}
			if byEnd {
				c.at += length
			}
			conn = append(conn, c)
			want = append(want, short)
		}
		write := func(rows []row, path, fields string) []string {
			slices.SortFunc(rows, func(a, b row) int { return int((a.at - b.at) * 1e6) })
			n := rnd.IntN(3) + 1 // pieces, as rotation leaves them
			var out []string
			for i := range n {
				var lines []string
				for _, r := range rows[len(rows)*i/n : len(rows)*(i+1)/n] {
					lines = append(lines, r.line)
				}
				out = append(out, tsv(path, fields, lines...))
			}
			return out
		}
		files := append(append(write(conn, "conn", connFields), write(ssl, "ssl", sslFields)...), write(http, "http", httpFields)...)
		rnd.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
		slices.Sort(want)
		if diff := cmp.Diff(want, names(drain(t, logs(files...)))); diff != "" {
			t.Fatalf("-want +got\n%s", diff)
		}
	})
}

// TestWaitingIsBounded gives many names whose conn line never comes, then the
// other way round: all must go out, and few be held.
func TestWaitingIsBounded(t *testing.T) {
	var ssl, conn []string
	for i := range 3000 {
		ssl = append(ssl, sslRow(float64(i)/1000, fmt.Sprintf("S%d", i), i, "a.example"))
		conn = append(conn, connRow(float64(i)/1000, 4000, fmt.Sprintf("C%d", i), i, "ssl"))
	}
	ssl = append(ssl, sslRow(9000, "S", 60000, "z.example"))
	conn = append(conn, connRow(9000, 1, "C", 60001, "-"))
	r := NewReader(logs(tsv("conn", connFields, conn...), tsv("ssl", sslFields, ssl...)), Options{Waiting: 100})
	defer r.Close()
	count := map[flow.Kind]int{}
	var b flow.Batch
	for {
		b.Reset()
		if err := r.Next(&b); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		for _, rec := range b.Records {
			count[rec.Kind]++
		}
	}
	if diff := cmp.Diff(map[flow.Kind]int{flow.KindFlow: 3001, flow.KindFacts: 3001}, count); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestCopies(t *testing.T) {
	rows := []string{connRow(1, 5, "C1", 1, "-"), connRow(2, 5, "C2", 2, "-"), connRow(2, 5, "C2", 2, "-")}
	plain := tsv("conn", connFields, rows...)
	var labelled []string
	for _, r := range rows {
		labelled = append(labelled, r+" Malicious C&C")
	}
	files := logs(plain, tsv("conn", connFields+" label detailed-label", labelled...), tsv("open_conn", connFields, rows[0]))
	want := []string{"flow 1", "flow 2", "flow 2", "open 1"}
	if diff := cmp.Diff(want, names(drain(t, files))); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if files[1].Records != 3 {
		t.Errorf("the copy has %d records, want 3", files[1].Records)
	}
}
