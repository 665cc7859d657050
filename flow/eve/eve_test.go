package eve

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/flow/flowtest"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

func file(name, content string) *File {
	begin, _ := Recognise([]byte(content[:min(len(content), 64<<10)]))
	return &File{
		Path: name, Begin: begin, Skips: &fault.Skips{},
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil },
	}
}

// logs makes a file of each content.
func logs(contents ...string) []*File {
	var files []*File
	for i, c := range contents {
		files = append(files, file(fmt.Sprintf("eve%d.json", i), c))
	}
	return files
}

// drain reads all and writes each record in a line.
func drain(t flowtest.Failer, files []*File, o Options) []string {
	t.Helper()
	r := NewReader(files, o)
	defer r.Close()
	return flowtest.Drain(t, r)
}

// at writes a time so many milliseconds after one hour into 1970, in Tokyo.
func at(ms int) string {
	return fmt.Sprintf("1970-01-01T10:%02d:%02d.%03d000+0900", ms/60000%60, ms/1000%60, ms%1000)
}

// line writes a line of kind at ms of a flow between two ends that port tells apart.
func line(kind string, ms, port int, more string) string {
	return fmt.Sprintf(`{"timestamp":"%s","flow_id":%d,"event_type":"%s","src_ip":"10.0.0.1","src_port":%d,"dest_ip":"192.0.2.9","dest_port":443,"proto":"TCP",%s,"host":"s1"}`,
		at(ms), 1000+port, kind, port, more) + "\n"
}

const sum = `"flow":{"pkts_toserver":5,"pkts_toclient":6,"bytes_toserver":500,"bytes_toclient":600,"start":"1970-01-01T01:00:01.000000+0000","end":"1970-01-01T01:00:03.500000+0000","age":2,"state":"closed","reason":"timeout","alerted":false},"tcp":{"tcp_flags":"df","tcp_flags_ts":"df","tcp_flags_tc":"1b","syn":true,"state":"closed"}`

func flowLine(ms, port int) string { return line("flow", ms, port, sum) }

const one = "flow 1h0m1s+2.5s 10.0.0.1:1>192.0.2.9:443/6 500/600 bytes 5/6 packets est flags 1f/1b"

func TestEvents(t *testing.T) {
	const sha1 = "2dd19f8099 86fcac5f2a2afda3f37e967cdd2437"
	digest := strings.ReplaceAll(sha1, " ", "")
	colons := ""
	for i := 0; i < 40; i += 2 {
		colons += ":" + digest[i:i+2]
	}
	md5 := strings.Repeat("0aF", 10) + "12"
	tls := `"tls":{"subject":"CN=a\u002c b","issuerdn":"CN=ca","serial":"17:8E","fingerprint":"` + colons[1:] + `","sni":"WWW.Example.","version":"TLS 1.2","notbefore":"1970-01-01T00:00:10","notafter":"1970-01-01T00:00:20","subjectaltname":["*.a.example","no name","b.example"],"ja3":{"hash":"` + md5 + `","string":"771,1-2,3"},"ja3s":{"hash":"` + md5 + `"},"ja4":"t13d1516h2_8daaf6152771_b186095e22b6","certificate":"secret","chain":["secret"]}`
	tlsText := " tls 0303 sni=www.example ja3=" + strings.ToLower(md5) + " ja4=t13d1516h2_8daaf6152771_b186095e22b6 digest=" + digest + " subject=CN=a, b issuer=CN=ca san=*.a.example san=b.example valid 10s-20s"
	facts := func(port int) string { return fmt.Sprintf("facts 1h0m2s+0s 10.0.0.1:%d>192.0.2.9:443/6", port) }
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"flow", flowLine(9000, 1), []string{one + " service 0"}},
		{"service", line("flow", 9000, 1, sum+`,"app_proto":"ssh"`), []string{one + " service 5"}},
		{"failed detection", line("flow", 9000, 1, sum+`,"app_proto":"failed"`), []string{one + " service 0"}},
		{"ICMP", `{"timestamp":"1970-01-01T00:00:01Z","event_type":"flow","src_ip":"2001:db8::1","dest_ip":"2001:db8::2","proto":"IPv6-ICMP","icmp_type":128,"icmp_code":1,"flow":{"pkts_toserver":2,"bytes_toserver":200}}`,
			[]string{"flow 1s+0s 2001:db8::1:128>2001:db8::2:1/58 200/0 bytes 2/0 packets try service 0"}},
		{"numbered transport", strings.Replace(flowLine(1, 1), `"TCP"`, `"047"`, 1), []string{"flow 1h0m1s+2.5s 10.0.0.1:1>192.0.2.9:443/47 500/600 bytes 5/6 packets est flags 1f/1b service 0"}},
		{"sorted keys", `{"dest_ip":"10.0.0.2","dest_port":53,"dns":{"id":1,"rrname":"A.example","rrtype":"AAAA","type":"query"},"event_type":"dns","proto":"UDP","src_ip":"10.0.0.1","src_port":5,"timestamp":"1970-01-01T00:00:01.5+0000"}`,
			[]string{"dns 1.5s+0s 10.0.0.1:5>10.0.0.2:53/17 service 1 a.example? type 28 rcode 65535"}},
		{"tls joined", line("tls", 2000, 1, tls) + flowLine(9000, 1), []string{one + " service 2" + tlsText}},
		{"tls alone", line("tls", 2000, 1, tls), []string{facts(1) + " service 2" + tlsText}},
		{"tls without flow_id", strings.Replace(line("tls", 2000, 1, tls), `"flow_id"`, `"flow"`, 1) + flowLine(9000, 1), []string{one + " service 0", facts(1) + " service 2" + tlsText}},
		{"tls after its flow", flowLine(9000, 1) + line("tls", 2000, 1, `"tls":{"sni":"late.example","version":"TLSv1"}`), []string{one + " service 0", facts(1) + " service 2 tls 0301 sni=late.example"}},
		{"tls of another sensor", line("tls", 2000, 1, `"tls":{"sni":"a.example"}`) + strings.Replace(flowLine(9000, 1), `"s1"`, `"s2"`, 1), []string{one + " service 0", facts(1) + " service 2 tls 0000 sni=a.example"}},
		{"tls without facts", line("tls", 2000, 1, `"tls":{"version":"TLS 1.3","session_resumed":true}`) + flowLine(9000, 1), []string{one + " service 0"}},
		{"quic", line("quic", 2000, 1, `"quic":{"version":"1","sni":"q.example","ua":"secret","ja3":{"hash":"`+md5+`"},"ja4":"q13d0312h3_55b375c5d22e_06cda9e17597"}`) + line("flow", 9000, 1, sum+`,"app_proto":"quic"`),
			[]string{one + " service 6 tls 0304 sni=q.example ja3=" + strings.ToLower(md5) + " ja4=q13d0312h3_55b375c5d22e_06cda9e17597"}},
		{"http", line("http", 2000, 1, `"http":{"hostname":"Web.example:8080","url":"/secret","http_user_agent":"secret"}`) + flowLine(9000, 1), []string{one + " service 3 host=web.example"}},
		{"two hosts of one connection", line("http", 2000, 1, `"http":{"hostname":"a.example"}`) + line("http", 2000, 1, `"http":{"hostname":"b.example"}`) + line("http", 2000, 1, `"http":{"hostname":"a.example"}`) + flowLine(9000, 1),
			[]string{one + " service 3 host=a.example", facts(1) + " service 3 host=b.example"}},
		{"alert joined", line("alert", 2000, 1, `"alert":{"signature_id":2403388,"signature":"secret","category":"secret"},"payload_printable":"secret"`) + flowLine(9000, 1), []string{one + " service 0 signature 2403388"}},
		{"alert alone", line("alert", 2000, 1, `"alert":{"signature_id":7}`), []string{facts(1) + " service 0 signature 7"}},
		{"alert, to the client", line("alert", 2000, 443, `"direction":"to_client","alert":{"signature_id":7}`), []string{"facts 1h0m2s+0s 192.0.2.9:443>10.0.0.1:443/6 service 0 signature 7"}},
		{"alert with its flow's ends", line("alert", 2000, 443, `"direction":"to_client","alert":{"signature_id":7},"flow":{"src_ip":"192.0.2.7","src_port":5,"dest_ip":"10.0.0.9","dest_port":6}`),
			[]string{"facts 1h0m2s+0s 192.0.2.7:5>10.0.0.9:6/6 service 0 signature 7"}},
		{"two alerts, tls and http", line("alert", 2000, 1, `"alert":{"signature_id":7}`) + line("alert", 2000, 1, `"alert":{"signature_id":8}`) + line("tls", 2000, 1, `"tls":{"sni":"a.example"}`) + line("http", 2000, 1, `"http":{"hostname":"b.example"}`) + flowLine(9000, 1),
			[]string{one + " service 2 tls 0000 sni=a.example signature 7 host=b.example", facts(1) + " service 0 signature 8"}},
		{"alert about no IP", `{"timestamp":"1970-01-01T00:00:01Z","event_type":"alert","alert":{"signature_id":7}}`, nil},
		{"unused", line("stats", 1, 1, `"stats":{"uptime":1}`) + line("fileinfo", 1, 1, `"fileinfo":{"filename":"secret"}`) + line("anomaly", 1, 1, `"x":1`) + line("smtp", 1, 1, `"smtp":{}`) + line("drop", 1, 1, `"x":1`), nil},
		{"blank lines", "\n\r\n  \n" + flowLine(1, 1) + "\n", []string{one + " service 0"}},
		{"byte order mark, no last newline", "\xef\xbb\xbf" + strings.TrimSpace(flowLine(1, 1)), []string{one + " service 0"}},
		{"end before start", line("flow", 1, 1, `"flow":{"pkts_toserver":1,"start":"1970-01-01T00:00:05Z","end":"1970-01-01T00:00:03Z"}`), []string{"flow 5s+0s 10.0.0.1:1>192.0.2.9:443/6 0/0 bytes 1/0 packets try service 0"}},
		{"order", flowLine(9000, 1) + line("flow", 1, 2, `"flow":{"pkts_toserver":1,"start":"1970-01-01T00:00:05Z"}`),
			[]string{"flow 5s+59m55.001s 10.0.0.1:2>192.0.2.9:443/6 0/0 bytes 1/0 packets try service 0", one + " service 0"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := logs(tt.in)
			got := drain(t, files, Options{})
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if n := files[0].Skips.Count; n != 0 {
				t.Errorf("%d lines were skipped: %v", n, files[0].Skips.First)
			}
		})
	}
}

// side writes one direction of a flow: of the client, or back of the server.
func side(ms, port int, back bool, more string) string {
	s := line("netflow", ms, port, `"netflow":{"pkts":4,"bytes":400,"start":"1970-01-01T00:00:01Z","end":"1970-01-01T00:00:02Z","age":1},"tcp":{"tcp_flags":"12"}`+more)
	if back {
		s = fmt.Sprintf(`{"timestamp":"%s","flow_id":%d,"event_type":"netflow","src_ip":"192.0.2.9","src_port":443,"dest_ip":"10.0.0.1","dest_port":%d,"proto":"TCP","netflow":{"pkts":3,"bytes":300,"start":"1970-01-01T00:00:01Z","end":"1970-01-01T00:00:04Z"},"tcp":{"tcp_flags":"1a"},"host":"s1"}`, at(ms), 1000+port, port) + "\n"
	}
	return s
}

func TestNetflow(t *testing.T) {
	whole := func(port int) string {
		return fmt.Sprintf("flow 1s+3s 10.0.0.1:%d>192.0.2.9:443/6 400/300 bytes 4/3 packets est flags 12/1a service 0", port)
	}
	alone := func(port int) string {
		return fmt.Sprintf("flow 1s+1s 10.0.0.1:%d>192.0.2.9:443/6 400/0 bytes 4/0 packets try flags 12/00 service 0", port)
	}
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"both halves", side(1, 1, false, "") + side(1, 1, true, ""), []string{whole(1)}},
		{"one half", side(1, 1, false, "") + side(1, 2, false, ""), []string{alone(1), alone(2)}},
		{"a line of another kind between", side(1, 1, false, "") + line("stats", 1, 1, `"a":1`) + side(1, 1, true, ""), []string{whole(1)}},
		{"names", line("tls", 1, 1, `"tls":{"sni":"a.example"}`) + side(1, 1, false, "") + side(1, 1, true, ""), []string{strings.Replace(whole(1), "service 0", "service 2 tls 0000 sni=a.example", 1)}},
		{"beside flow", side(1, 1, false, "") + flowLine(1, 1) + side(1, 1, true, "") + side(2, 2, false, ""), []string{one + " service 0"}},
		{"after flow", flowLine(1, 1) + side(1, 1, false, "") + side(1, 1, true, ""), []string{one + " service 0"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, drain(t, logs(tt.in), Options{})); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// question writes a dns event of a query from port, answer one towards it.
func question(ms, port int, dns string) string {
	return fmt.Sprintf(`{"timestamp":"%s","flow_id":%d,"event_type":"dns","src_ip":"10.0.0.1","src_port":%d,"dest_ip":"10.0.0.53","dest_port":53,"proto":"UDP","dns":{%s}}`, at(ms), port, port, dns) + "\n"
}

func answer(ms, port int, dns string) string {
	return fmt.Sprintf(`{"timestamp":"%s","flow_id":%d,"event_type":"dns","src_ip":"10.0.0.53","src_port":53,"dest_ip":"10.0.0.1","dest_port":%d,"proto":"UDP","dns":{%s}}`, at(ms), port, port, dns) + "\n"
}

func TestDNS(t *testing.T) {
	ask := question(1000, 5, `"type":"query","id":2,"rrname":"www.Example","rrtype":"A","tx_id":0`)
	const whole = "dns 1h0m1s+20ms 10.0.0.1:5>10.0.0.53:53/17 service 1 www.example? type 1 rcode 0"
	answers := `"answers":[{"rrname":"www.example","rrtype":"CNAME","ttl":505,"rdata":"E.example"},{"rrname":"e.example","rrtype":"A","ttl":60,"rdata":"192.0.2.1"},{"rrname":"e.example","rrtype":"TXT","ttl":60,"rdata":"secret.example"}]`
	const whole2 = `"version":2,"type":"answer","id":2,"rrname":"www.example","rrtype":"A","rcode":"NOERROR"`
	const came = " [5 ::e.example 505 s] [1 192.0.2.1 60 s]"
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"nobody answers", ask, []string{"dns 1h0m1s+0s 10.0.0.1:5>10.0.0.53:53/17 service 1 www.example? type 1 rcode 65535"}},
		{"second form", ask + answer(1020, 5, `"version":2,"type":"answer","id":2,"rrname":"www.example","rrtype":"A","rcode":"NOERROR",`+answers), []string{whole + came}},
		{"second form, ends of the question", ask + question(1020, 5, `"version":2,"type":"answer","id":2,"rrname":"www.example","rrtype":"A","rcode":"NXDOMAIN"`), []string{strings.Replace(whole, "rcode 0", "rcode 3", 1)}},
		{"second form, grouped", ask + answer(1020, 5, `"version":2,"type":"answer","id":2,"rrname":"www.example","rrtype":"A","rcode":"NOERROR","grouped":{"CNAME":["e.example"],"A":["192.0.2.1"],"TXT":["secret.example"],"SRV":[{"priority":1,"name":"srv.example"}]}`),
			[]string{whole + " [5 ::e.example 0 s] [1 192.0.2.1 0 s] [33 ::srv.example 0 s]"}},
		{"third form", question(1000, 5, `"version":3,"type":"request","tx_id":0,"id":2,"flags":"100","rd":true,"opcode":0,"rcode":"NOERROR","queries":[{"rrname":"www.example","rrtype":"A"}]`) +
			question(1020, 5, `"version":3,"type":"response","tx_id":1,"id":2,"opcode":0,"rcode":"NOERROR","queries":[{"rrname":"www.example","rrtype":"A"}],`+answers), []string{whole + came}},
		{"third form, two questions", question(1000, 5, `"version":3,"type":"request","id":2,"queries":[{"rrname":"www.example","rrtype":"A"},{"rrname":"two.example","rrtype":"MX"}]`) +
			question(1020, 5, `"version":3,"type":"response","id":2,"queries":[{"rrname":"www.example","rrtype":"A"},{"rrname":"two.example","rrtype":"MX"}],`+answers),
			[]string{whole + came, "dns 1h0m1s+20ms 10.0.0.1:5>10.0.0.53:53/17 service 1 two.example? type 15 rcode 0"}},
		{"first form", ask + answer(1020, 5, `"type":"answer","id":2,"rcode":"NOERROR","rrname":"www.example","rrtype":"CNAME","ttl":505,"rdata":"e.example"`) +
			answer(1020, 5, `"type":"answer","id":2,"rcode":"NOERROR","rrname":"e.example","rrtype":"A","ttl":60,"rdata":"192.0.2.1"`) +
			answer(1020, 5, `"type":"answer","id":2,"rcode":"NOERROR","rrname":"e.example","rrtype":"TXT","ttl":60,"rdata":"secret.example"`), []string{whole + came}},
		{"first form, no such name", ask + answer(1020, 5, `"type":"answer","id":2,"rcode":"NXDOMAIN","rrname":"www.example"`), []string{strings.Replace(whole, "rcode 0", "rcode 3", 1)}},
		{"answer alone", answer(1020, 5, `"version":2,"type":"answer","id":2,"rrname":"www.example","rrtype":"A","rcode":"NOERROR",`+answers),
			[]string{"dns 1h0m1.02s+0s 10.0.0.1:5>10.0.0.53:53/17 service 1 www.example? type 1 rcode 0" + came}},
		{"first form, answer alone", answer(1020, 5, `"type":"answer","id":2,"rcode":"NOERROR","rrname":"www.example","rrtype":"CNAME","ttl":505,"rdata":"e.example"`) + answer(1020, 5, `"type":"answer","id":2,"rcode":"NOERROR","rrname":"e.example","rrtype":"A","ttl":60,"rdata":"192.0.2.1"`),
			[]string{"dns 1h0m1.02s+0s 10.0.0.1:5>10.0.0.53:53/17 service 1 www.example? type 5 rcode 0" + came}},
		{"another number", ask + answer(1020, 5, `"version":2,"type":"answer","id":3,"rrname":"www.example","rrtype":"A","rcode":"REFUSED"`),
			[]string{"dns 1h0m1s+0s 10.0.0.1:5>10.0.0.53:53/17 service 1 www.example? type 1 rcode 65535", "dns 1h0m1.02s+0s 10.0.0.1:5>10.0.0.53:53/17 service 1 www.example? type 1 rcode 5"}},
		{"asked twice", ask + ask + answer(1020, 5, `"version":2,"type":"answer","id":2,"rrname":"www.example","rrtype":"A","rcode":"2"`),
			[]string{strings.Replace(whole, "rcode 0", "rcode 2", 1), "dns 1h0m1s+0s 10.0.0.1:5>10.0.0.53:53/17 service 1 www.example? type 1 rcode 65535"}},
		{"asked and answered twice", ask + ask + ask + answer(1020, 5, whole2) + answer(1020, 5, whole2) + ask + answer(1020, 5, whole2) + answer(1020, 5, whole2),
			[]string{whole, whole, whole, whole}},
		{"an update", question(1, 5, `"version":3,"type":"request","id":2,"opcode":5,"queries":[{"rrname":"www.example","rrtype":"A"}]`), nil},
		{"kept for long", ask + question(2000000, 6, `"type":"query","id":9,"rrname":"b","rrtype":"TXT"`) + answer(2000001, 5, `"version":2,"type":"answer","id":2,"rrname":"www.example","rrtype":"A","rcode":"NOERROR"`),
			[]string{"dns 1h0m1s+0s 10.0.0.1:5>10.0.0.53:53/17 service 1 www.example? type 1 rcode 65535",
				"dns 1h33m20s+0s 10.0.0.1:6>10.0.0.53:53/17 service 1 b? type 16 rcode 65535",
				"dns 1h33m20.001s+0s 10.0.0.1:5>10.0.0.53:53/17 service 1 www.example? type 1 rcode 0"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := logs(tt.in)
			if diff := cmp.Diff(tt.want, drain(t, files, Options{})); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if n := files[0].Skips.Count; n != 0 {
				t.Errorf("%d lines were skipped: %v", n, files[0].Skips.First)
			}
		})
	}
}

func TestBadLines(t *testing.T) {
	good := flowLine(1, 1)
	for _, tt := range []struct{ name, bad, want string }{
		{"cut", strings.TrimSpace(good)[:100] + "\n", "the line is not one whole JSON object"},
		{"no object", "[1]\n", "the line is not one whole JSON object"},
		{"zero byte", "\x00{}\n", "the line holds a zero byte"},
		{"no kind", `{"timestamp":"1970-01-01T00:00:01Z"}` + "\n", "(byte N, field event_type): the line lacks a value that a flow record needs"},
		{"no time", `{"event_type":"flow","src_ip":"10.0.0.1","dest_ip":"10.0.0.2"}` + "\n", "(byte N, field timestamp): the line lacks a value that a flow record needs"},
		{"time", strings.Replace(good, at(1), "1.1.70", 1), "(byte N, field timestamp): the value is not a time between the years 1970 and 2200"},
		{"source", strings.Replace(good, "10.0.0.1", "10.0.0.256", 1), "(byte N, field src_ip): the value is not an IP address"},
		{"no destination", strings.Replace(good, "dest_ip", "dest", 1), "(byte N, field dest_ip): the line lacks a value that a flow record needs"},
		{"port", strings.Replace(good, `"dest_port":443`, `"dest_port":65536`, 1), "(byte N, field dest_port): the value is not a port number"},
		{"count", strings.Replace(good, `"bytes_toclient":600`, `"bytes_toclient":-1`, 1), "(byte N, field flow.bytes_toclient): the value is not a whole number"},
		{"end", strings.Replace(good, "1970-01-01T01:00:03", "2970-01-01T01:00:03", 1), "(byte N, field flow.end): the value is not a time between the years 1970 and 2200"},
		{"signature", line("alert", 1, 1, `"alert":{"signature_id":4294967296}`), "(byte N, field alert.signature_id): the value is not a whole number"},
		{"name", question(1, 1, `"type":"query","rrname":"`+strings.Repeat("x", 256)+`"`), "(byte N, field dns.rrname): the name is longer than 255 bytes"},
		{"long", strings.Repeat("x", 3<<20) + "\n", "the line is longer than 1,048,576 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := logs(good + tt.bad + strings.Replace(good, `"src_port":1`, `"src_port":3`, 1))
			got := drain(t, files, Options{})
			if len(got) != 2 || files[0].Records != 2 {
				t.Errorf("%d records, want the two around the bad line: %q", len(got), got)
			}
			tt.want = strings.Replace(tt.want, "byte N", fmt.Sprint("byte ", len(good)), 1)
			if s := files[0].Skips; s.Count != 1 || !strings.HasSuffix(s.First[0].Error(), tt.want) || !strings.Contains(s.First[0].Error(), "eve0.json:2") {
				t.Errorf("skipped %d: %v, want %q", s.Count, s.First, tt.want)
			} else if fault.Hint(s.First[0]) == "" || fault.HintIn(s.First[0], "ja") == fault.Hint(s.First[0]) {
				t.Errorf("hints %q and %q", fault.Hint(s.First[0]), fault.HintIn(s.First[0], "ja"))
			}
			strict := logs(good + tt.bad + good)
			strict[0].Skips.Strict = true
			if got := drain(t, strict, Options{}); len(got) != 2 || !strings.HasPrefix(got[1], "error: reading EVE log") {
				t.Errorf("strict: %q", got)
			}
		})
	}
}

func TestRecognise(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		begin    int64
		ok       bool
	}{
		{"flow", flowLine(5000, 1), 3601e9, true},
		{"earliest", line("stats", 9000, 1, `"a":1`) + line("tls", 500, 1, `"a":1`) + line("tls", 700, 1, `"a":1`), 3600.5e9, true},
		{"cut off", line("alert", 0, 1, `"payload":"`+strings.Repeat("x", 70000))[:65536], 3600e9, true},
		{"rotated within a line", `"x":1}` + "\n" + flowLine(0, 1), 3601e9, true},
		{"blank first", "\n\n" + flowLine(0, 1), 3601e9, true},
		{"Zeek", `{"ts":1.5,"uid":"C1","id.orig_h":"1.2.3.4","conn_state":"SF"}`, 0, false},
		{"another program", `{"timestamp":"1970-01-01T00:00:01Z","level":"info"}`, 0, false},
		{"no time", `{"timestamp":"yesterday","event_type":"dns"}`, 0, false},
		{"array", `[{"timestamp":"1970-01-01T00:00:01Z","event_type":"dns"}]`, 0, false},
		{"empty", "", 0, false}, {"text", "hello\n", 0, false}, {"binary", "\xd4\xc3\xb2\xa1\x00{", 0, false},
	} {
		if begin, ok := Recognise([]byte(tt.in)); begin != tt.begin || ok != tt.ok {
			t.Errorf("%s: %d, %v; want %d, %v", tt.name, begin, ok, tt.begin, tt.ok)
		}
	}
}
