package zeek

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/flowtest"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

const head = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n"

const (
	connFields = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state history orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes"
	sslFields  = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p version server_name ja3 ja4 subject issuer cert_chain_fuids cert_chain_fps"
	httpFields = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p trans_depth method host uri referrer user_agent"
	dnsFields  = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto rtt query qtype qtype_name rcode answers TTLs"
)

// tsv writes a log; the cells of a row stand between spaces, ~ is a space in one.
func tsv(path, fields string, rows ...string) string {
	s := head + "#path\t" + path + "\n#fields\t" + strings.ReplaceAll(fields, " ", "\t") + "\n"
	for _, r := range rows {
		s += strings.ReplaceAll(strings.Join(strings.Fields(r), "\t"), "~", " ") + "\n"
	}
	return s
}

func file(name, content string) *File {
	l, _ := Recognise([]byte(content))
	return &File{
		Path: name, Log: l, Skips: &fault.Skips{},
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil },
	}
}

// logs makes files that are called as their contents are.
func logs(contents ...string) []*File {
	var files []*File
	for i, c := range contents {
		files = append(files, file(fmt.Sprintf("log%d", i), c))
	}
	return files
}

// drain reads all and writes each record in a line.
func drain(t flowtest.Failer, files []*File) []string {
	t.Helper()
	r := NewReader(files, Options{})
	defer r.Close()
	return flowtest.Drain(t, r)
}

func TestConn(t *testing.T) {
	for _, tt := range []struct{ name, row, want string }{
		{"whole", "13.184015 C1 192.168.1.116 50814 8.8.8.8 443 tcp ssl 1.5 34 62 SF ShADadFf 1 62 2 90",
			"flow 13.184015s+1.5s 192.168.1.116:50814>8.8.8.8:443/6 62/90 bytes 1/2 packets est flags 13/13 service 2"},
		{"IPv6, unset", "1 C1 fe80::1 1 ff02::1:3 5355 udp - - - - S0 D - - - -",
			"flow 1s+0s fe80::1:1>ff02::1:3:5355/17 0/0 bytes 0/0 packets ? service 0"},
		{"no IP bytes", "1 C1 10.0.0.1 1 10.0.0.2 2 udp dns 2 34 62 SF Dd 1 0 1 0",
			"flow 1s+2s 10.0.0.1:1>10.0.0.2:2/17 34/62 bytes 1/1 packets est service 1"},
		{"unanswered", "1 C1 10.0.0.1 1 10.0.0.2 2 tcp - - - - S0 S 2 80 0 0",
			"flow 1s+0s 10.0.0.1:1>10.0.0.2:2/6 80/0 bytes 2/0 packets try flags 02/00 service 0"},
		{"half-open scan", "1 C1 10.0.0.1 1 10.0.0.2 2 tcp - - - - SH SF 2 80 0 0",
			"flow 1s+0s 10.0.0.1:1>10.0.0.2:2/6 80/0 bytes 2/0 packets try flags 03/00 service 0"},
		{"refused", "1 C1 10.0.0.1 1 10.0.0.2 2 tcp - 0.1 0 0 REJ Sr 1 60 1 40",
			"flow 1s+100ms 10.0.0.1:1>10.0.0.2:2/6 60/40 bytes 1/1 packets refused flags 02/04 service 0"},
		{"given up", "1 C1 10.0.0.1 1 10.0.0.2 2 tcp - 0.1 0 0 RSTOS0 SR 2 60 0 0",
			"flow 1s+100ms 10.0.0.1:1>10.0.0.2:2/6 60/0 bytes 2/0 packets try flags 06/00 service 0"},
		{"cut by the responder", "1 C1 10.0.0.1 1 10.0.0.2 2 tcp ssl 1 10 20 RSTR ShADadttFr 6 375 12 1712",
			"flow 1s+1s 10.0.0.1:1>10.0.0.2:2/6 375/1712 bytes 6/12 packets est flags 13/16 service 2"},
		{"in the middle", "1 C1 10.0.0.1 1 10.0.0.2 2 tcp - 1 10 20 OTH DdA 6 375 12 1712",
			"flow 1s+1s 10.0.0.1:1>10.0.0.2:2/6 375/1712 bytes 6/12 packets mid flags 10/10 service 0"},
		{"answer only", "1 C1 10.0.0.1 1 10.0.0.2 53 udp dns 0.1 0 111 SHR Cd 0 0 1 139",
			"flow 1s+100ms 10.0.0.1:1>10.0.0.2:53/17 0/139 bytes 0/1 packets mid service 1"},
		{"ping", "1 C1 10.0.0.1 8 10.0.0.2 0 icmp - - - - OTH - 1 84 0 0",
			"flow 1s+0s 10.0.0.1:8>10.0.0.2:0/1 84/0 bytes 1/0 packets try service 0"},
		{"port unreachable", "1 C1 10.0.0.1 3 10.0.0.2 3 icmp - - - - OTH - 1 84 0 0",
			"flow 1s+0s 10.0.0.1:3>10.0.0.2:3/1 84/0 bytes 1/0 packets ? service 0"},
		{"ICMPv6", "1 C1 fe80::1 128 fe80::2 129 icmp - - - - OTH - 1 84 1 84",
			"flow 1s+0s fe80::1:128>fe80::2:129/58 84/84 bytes 1/1 packets est service 0"},
		{"services", "1 C1 10.0.0.1 1 10.0.0.2 2 udp gssapi,smb,krb - - - SF Dd 1 60 1 60",
			"flow 1s+0s 10.0.0.1:1>10.0.0.2:2/17 60/60 bytes 1/1 packets est service 10"},
		{"service taken back", "1 C1 10.0.0.1 1 10.0.0.2 2 udp -ssl,quic - - - SF Dd 1 60 1 60",
			"flow 1s+0s 10.0.0.1:1>10.0.0.2:2/17 60/60 bytes 1/1 packets est service 6"},
		{"transport by number", "1 C1 10.0.0.1 0 10.0.0.2 0 47 ayiya - - - OTH - 1 60 1 60",
			"flow 1s+0s 10.0.0.1:0>10.0.0.2:0/47 60/60 bytes 1/1 packets est service 19"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := logs(tsv("conn", connFields, tt.row))
			if diff := cmp.Diff([]string{tt.want}, drain(t, files)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if files[0].Records != 1 || files[0].Skips.Count != 0 {
				t.Errorf("%d records, skipped %v", files[0].Records, files[0].Skips.First)
			}
		})
	}
}

// TestJSON checks that each form of JSON gives what TSV gives.
func TestJSON(t *testing.T) {
	want := "flow 464212h20m56.755299s+1.5s 10.0.0.1:5>10.0.0.2:443/6 62/90 bytes 1/2 packets est flags 12/12 service 2"
	for _, in := range []string{
		`{"ts":1671164456.755299,"uid":"C1","id.orig_h":"10.0.0.1","id.orig_p":5,"id.resp_h":"10.0.0.2","id.resp_p":443,"proto":"tcp","service":"ssl","duration":1.5,"orig_pkts":1,"orig_ip_bytes":62,"resp_pkts":2,"resp_ip_bytes":90,"conn_state":"SF","history":"ShADad"}`,
		`{"ts":"2022-12-16T04:20:56.755299Z","uid":"C1","id":{"orig_h":"10.0.0.1","orig_p":5,"resp_h":"10.0.0.2","resp_p":443},"proto":"tcp","service":["ssl"],"duration":1.5,"orig_pkts":1,"orig_ip_bytes":62,"resp_pkts":2,"resp_ip_bytes":90,"conn_state":"SF","history":"ShADad"}`,
		`{"_path":"conn","ts":1.671164456755299e9,"uid":"C1","id_orig_h":"10.0.0.1","id_orig_p":"5","id_resp_h":"10.0.0.2","id_resp_p":443.0,"proto":"tcp","service":"ssl","duration":15e-1,"orig_pkts":1,"orig_ip_bytes":62,"resp_pkts":2,"resp_ip_bytes":90,"conn_state":"SF","history":"ShADad"}`,
	} {
		if diff := cmp.Diff([]string{want}, drain(t, logs(in))); diff != "" {
			t.Errorf("%s\n-want +got\n%s", in, diff)
		}
	}
}

func TestDNS(t *testing.T) {
	const ends = "dns 1s+20ms 10.0.0.1:5>10.0.0.53:53/17 service 1"
	for _, tt := range []struct{ name, row, want string }{
		{"addresses", "WWW.Example.NET. 1 A 0 alias.example.org,192.0.2.1,2001:db8::1 60.000000,5.5,7",
			"www.example.net? type 1 rcode 0 [5 ::alias.example.org 60 s] [1 192.0.2.1 5 s] [28 2001:db8::1 7 s]"},
		{"type by name", "a.example - AAAA 3 - -", "a.example? type 28 rcode 3"},
		{"unanswered", "a.example 1 A - - -", "a.example? type 1 rcode 65535"},
		{"text", "a.example 16 TXT 0 TXT~18~secret,secret.example,192.0.2.1 1,1,1", "a.example? type 16 rcode 0"},
		{"text by name", "a.example - TXT 0 secret.example 1", "a.example? type 16 rcode 0"},
		{"null", "a.example 10 NULL 0 secret 1", "a.example? type 10 rcode 0"},
		{"any", "a.example 255 * 0 secret.example,192.0.2.1 1,1", "a.example? type 255 rcode 0"},
		{"unknown name of a type", "a.example - NEW 0 secret 1", "a.example? type 0 rcode 0"},
		{"text among addresses", "a.example 1 A 0 TXT~6~secret,v=spf1~all,192.0.2.1 1,2,3", "a.example? type 1 rcode 0 [1 192.0.2.1 3 s]"},
		{"question unknown", "- - - 0 secret.example,192.0.2.1 1,2", "? type 0 rcode 0 [1 192.0.2.1 2 s]"},
		{"pointer", "1.2.0.192.in-addr.arpa 12 PTR 0 Host.Example -", "1.2.0.192.in-addr.arpa? type 12 rcode 0 [12 ::host.example 0 s]"},
		{"mail", "a.example 15 MX 0 mx.example 9999999999999", "a.example? type 15 rcode 0 [15 ::mx.example 0 s]"},
		{"escaped question", `\xffq\x09z.example 1 A 0 - -`, "\xffq\tz.example? type 1 rcode 0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := drain(t, logs(tsv("dns", dnsFields, "1 C1 10.0.0.1 5 10.0.0.53 53 udp 0.02 "+tt.row)))
			if diff := cmp.Diff([]string{ends + " " + tt.want}, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
	json := `{"ts":1,"uid":"C1","id.orig_h":"10.0.0.1","id.orig_p":5,"id.resp_h":"10.0.0.53","id.resp_p":53,"proto":"udp","rtt":0.02,"query":"a.example","qtype":1,"rcode":0,"answers":["b.example","TXT 3 a,b","192.0.2.1"],"TTLs":[60.0,1.0,5.0]}`
	want := ends + " a.example? type 1 rcode 0 [5 ::b.example 60 s] [1 192.0.2.1 5 s]"
	if diff := cmp.Diff([]string{want}, drain(t, logs(json))); diff != "" {
		t.Errorf("JSON: -want +got\n%s", diff)
	}
}

func TestSSLAlone(t *testing.T) {
	const ends = "facts 1s+0s 10.0.0.1:5>10.0.0.2:443/6 service 2"
	const ja3, sha1, sha256 = "e7d705a3286e19ea42f587b344ee6865", "0123456789abcdef0123456789ABCDEF01234567", "58138f07832744f9dd82dd64790855318fbfd11c4d833c4367dd6c0d76d92968"
	for _, tt := range []struct{ name, row, want string }{
		{"whole", "TLSv12 WWW.Example.net " + ja3 + " t13d1516h2_8daaf6152771_b0da82dd1658 CN=a,O=b\\\\,~c CN=ca F1,F2 " + sha256 + ",x",
			" tls 0303 sni=www.example.net ja3=" + ja3 + " ja4=t13d1516h2_8daaf6152771_b0da82dd1658 digest=" + sha256 + " subject=CN=a,O=b\\, c issuer=CN=ca"},
		{"nothing", "- - - - - - - -", " tls 0000"},
		{"not what they claim", "TLSv99 a~b/c nonsense no~ja4 - - - nonsense", " tls 0000"},
		{"SHA-1", "TLSv13 - - - - - - " + sha1, " tls 0304 digest=" + strings.ToLower(sha1)},
		{"address", "TLSv10 192.0.2.1 - - - - - -", " tls 0301 sni=192.0.2.1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := drain(t, logs(tsv("ssl", sslFields, "1 C1 10.0.0.1 5 10.0.0.2 443 "+tt.row)))
			if diff := cmp.Diff([]string{ends + tt.want}, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestBadValues(t *testing.T) {
	good := "1 C1 10.0.0.1 5 10.0.0.2 443 tcp - 1 1 1 SF - 1 1 1 1"
	for _, tt := range []struct{ name, row, want string }{
		{"far future", "7258118401 C1 10.0.0.1 5 10.0.0.2 443 tcp - 1 1 1 SF - 1 1 1 1", "field ts): the value is not a time"},
		{"before 1970", "-5 C1 10.0.0.1 5 10.0.0.2 443 tcp - 1 1 1 SF - 1 1 1 1", "field ts): the value is not a time"},
		{"no number", "nan C1 10.0.0.1 5 10.0.0.2 443 tcp - 1 1 1 SF - 1 1 1 1", "field ts): the value is not a time"},
		{"no time", "- C1 10.0.0.1 5 10.0.0.2 443 tcp - 1 1 1 SF - 1 1 1 1", "field ts): the line lacks a value"},
		{"address", "1 C1 10.0.0.1.2 5 10.0.0.2 443 tcp - 1 1 1 SF - 1 1 1 1", "field id.orig_h): the value is not an IP address"},
		{"port", "1 C1 10.0.0.1 5 10.0.0.2 65536 tcp - 1 1 1 SF - 1 1 1 1", "field id.resp_p): the value is not a port"},
		{"duration", "1 C1 10.0.0.1 5 10.0.0.2 443 tcp - -1 1 1 SF - 1 1 1 1", "field duration): the value is not a length"},
		{"endless", "7000000000 C1 10.0.0.1 5 10.0.0.2 443 tcp - 7000000000 1 1 SF - 1 1 1 1", "field duration): the value is not a length"},
		{"bytes", "1 C1 10.0.0.1 5 10.0.0.2 443 tcp - 1 1 1 SF - 1 1 1 99999999999999999999", "field resp_ip_bytes): the value is not a whole number"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := logs(tsv("conn", connFields, good, tt.row, good))
			if got := drain(t, files); len(got) != 2 {
				t.Errorf("%d records came, want the two good ones", len(got))
			}
			s := files[0].Skips
			if s.Count != 1 || !strings.Contains(s.First[0].Error(), "log0:8 (byte ") || !strings.Contains(s.First[0].Error(), tt.want) {
				t.Errorf("skipped %d: %v; want %q", s.Count, s.First, tt.want)
			}
			files = logs(tsv("conn", connFields, good, tt.row, good))
			files[0].Skips.Strict = true
			if got := drain(t, files); len(got) != 2 || !strings.HasPrefix(got[1], "error: reading Zeek log: log0:8") {
				t.Errorf("strict: %q", got)
			}
		})
	}
}

// TestBoundsOfFields checks that no text of a hostile log makes a record large.
func TestBoundsOfFields(t *testing.T) {
	many := strings.Repeat(strings.Repeat("n", 200)+".example,", 500) + "z"
	huge := strings.Repeat("s", 100_000)
	var b flow.Batch
	r := NewReader(logs(
		tsv("conn", connFields, "2 C1 10.0.0.1 5 10.0.0.2 443 tcp ssl 1 1 1 SF - 1 1 1 1"),
		tsv("x509", "ts id certificate.subject certificate.issuer san.dns", "1 F1 "+huge+" "+huge+" "+many),
		tsv("ssl", sslFields, "2 C1 10.0.0.1 5 10.0.0.2 443 TLSv12 "+huge+" "+huge+" "+huge+" "+huge+" "+huge+" F1 -"),
		tsv("dns", dnsFields, "2 C2 10.0.0.1 5 10.0.0.2 53 udp - a.example 1 A 0 "+many+" -", "3 C2 10.0.0.1 5 10.0.0.2 53 udp - "+huge[:256]+" 1 A 0 - -"),
	), Options{})
	defer r.Close()
	if err := r.Next(&b); err != nil { // so few records come in one batch
		t.Fatal(err)
	}
	if len(b.Records) != 2 || len(b.Text) > 150_000 || len(b.Answers) != maxAnswers || len(b.Names) != maxAltNames {
		t.Errorf("%d records with %d bytes of text, %d answers, %d names", len(b.Records), len(b.Text), len(b.Answers), len(b.Names))
	}
}

func TestRecogniseOther(t *testing.T) {
	files := logs(tsv("weird", "ts uid name", "1 C1 x"), tsv("conn", connFields))
	if got := drain(t, files); len(got) != 0 || files[0].Skips.Count != 0 {
		t.Errorf("an unused and an empty log give %q, skipped %v", got, files[0].Skips.First)
	}
	if got := drain(t, nil); got != nil {
		t.Errorf("no files give %q", got)
	}
}

func TestOpenByName(t *testing.T) {
	f := file("a/open_conn.10:00:00.log.gz", tsv("conn", connFields, "1 C1 10.0.0.1 5 10.0.0.2 443 tcp - 1 1 1 SF - 1 1 1 1"))
	if got := drain(t, []*File{f}); len(got) != 1 || !strings.HasPrefix(got[0], "open ") {
		t.Errorf("got %q", got)
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte(tsv("conn", connFields, "1 C1 10.0.0.1 5 10.0.0.2 443 tcp ssl,http 1 1 1 SF - 1 1 1 1")), []byte(tsv("ssl", sslFields, "1 C1 10.0.0.1 5 10.0.0.2 443 TLSv12 a b c d e F f")))
	f.Add([]byte(tsv("http", httpFields, "1 C1 10.0.0.1 5 10.0.0.2 443 1 GET a b c d")), []byte(`{"ts":1,"uid":"C1","id":{"orig_h":"1.2.3.4"},"conn_state":"SF"}`))
	f.Add([]byte(tsv("x509", "ts id certificate.subject san.dns", "1 F a b,c")), []byte(tsv("dns", dnsFields, "1 C1 ::1 5 ::2 53 udp 1 a 1 A 0 b,1.2.3.4 1,2")))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		var files []*File
		for _, in := range [][]byte{a, b} {
			if l, ok := Recognise(in); ok {
				files = append(files, &File{Log: l, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(in)), nil }})
			}
		}
		if n := len(drain(t, files)); n > len(a)+len(b) {
			t.Fatalf("%d records of %d bytes", n, len(a)+len(b))
		}
	})
}
