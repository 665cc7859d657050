package cli_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/cli"
)

// run runs the command and gives what it prints.
func run(t *testing.T, args ...string) (status int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	status = cli.Main(context.Background(), cli.World{
		Args: args, Stdin: strings.NewReader(""), Stdout: &o, Stderr: &e, Getenv: func(string) string { return "" },
	})
	return status, o.String(), e.String()
}

// The made network: 203.0.113.0/24, 192.168.0.0/16 and 2001:db8:a::/48 are at home,
// 198.51.100.0/24 and 2001:db8:f::/48 abroad, 192.0.2.0/24 is nowhere.
const (
	homeList   = "203.0.113.0/24\n2001:db8:a::/48\n"
	abroadList = "198.51.100.0/24\n2001:db8:f::/48\n"
)

// begin is when the made network is first seen, s.
const begin = 1795132800

// stage writes Zeek logs of machines that do every thing a method looks for.
type stage struct {
	dir  string
	rnd  *rand.Rand
	uid  int
	logs map[string][]line
}

type line struct {
	at   float64
	text string
}

func newStage(t *testing.T) *stage {
	return &stage{dir: t.TempDir(), rnd: rand.New(rand.NewPCG(1, 2)), logs: map[string][]line{}}
}

func (s *stage) put(log string, at float64, fields ...any) {
	var b strings.Builder
	for i, f := range fields {
		if i > 0 {
			b.WriteByte('\t')
		}
		fmt.Fprint(&b, f)
	}
	s.logs[log] = append(s.logs[log], line{at, b.String()})
}

// conn is one connection and gives its uid.
func (s *stage) conn(at float64, src, dst string, port int, lasts float64, state string) string {
	s.uid++
	uid := fmt.Sprintf("C%06d", s.uid)
	history := "ShADadFf"
	if state == "S0" {
		history = "S"
	}
	s.put("conn", at, fmt.Sprintf("%.6f", at), uid, src, 20000+s.uid%40000, dst, port, "tcp", "-", lasts, 300+s.rnd.IntN(9), 200, state, history, 4, 473, 4, 284)
	return uid
}

// ask is one look-up.
func (s *stage) ask(at float64, src, server, name, kind, rcode, answers string) {
	s.uid++
	s.put("dns", at, fmt.Sprintf("%.6f", at), fmt.Sprintf("C%06d", s.uid), src, 20000+s.uid%40000, server, 53, "udp", 1+s.uid%60000, 0.02, name, kind, rcode, answers, "60.0")
}

func (s *stage) host(at float64, uid, src, dst, host string) {
	s.put("http", at, fmt.Sprintf("%.6f", at), uid, src, 40000, dst, 80, "GET", host)
}

func (s *stage) sni(at float64, uid, src, dst, name string) {
	s.put("ssl", at, fmt.Sprintf("%.6f", at), uid, src, 40000, dst, 443, "TLSv12", name, "T")
}

const ends = "ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\t"

// write writes the logs and gives their folder.
func (s *stage) write(t *testing.T) string {
	t.Helper()
	fields := map[string]string{
		"conn": "proto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes",
		"dns":  "proto\ttrans_id\trtt\tquery\tqtype_name\trcode_name\tanswers\tTTLs",
		"http": "method\thost", "ssl": "version\tserver_name\testablished",
	}
	for name, lines := range s.logs {
		slices.SortStableFunc(lines, func(a, b line) int { return cmp.Compare(a.at, b.at) })
		var b strings.Builder
		b.WriteString("#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\t" + name + "\n#fields\t" + ends + fields[name] + "\n")
		for _, l := range lines {
			b.WriteString(l.text + "\n")
		}
		s.file(t, "logs/"+name+".log", b.String())
	}
	return filepath.Join(s.dir, "logs")
}

// file writes a file and gives its path.
func (s *stage) file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// border gives the flags that lay out the made network.
func (s *stage) border(t *testing.T) []string {
	return []string{"--domestic-list", s.file(t, "home.txt", homeList), "--foreign-list", s.file(t, "abroad.txt", abroadList)}
}

// play lets every machine do its thing.
func (s *stage) play() {
	for i := range 60 { // beacons: by address, and to names that are addresses
		at := begin + 600*float64(i) + 5*s.rnd.Float64()
		s.conn(at, "203.0.113.5", "198.51.100.77", 4444, 0.5, "SF")
		s.conn(at+1, "2001:db8:a::5", "2001:db8:f::77", 4444, 0.5, "SF")
		s.host(at+2, s.conn(at+2, "192.168.7.5", "198.51.100.78", 80, 0.5, "SF"), "192.168.7.5", "198.51.100.78", "203.0.113.91")
		s.sni(at+3, s.conn(at+3, "203.0.113.15", "198.51.100.79", 443, 0.5, "SF"), "203.0.113.15", "198.51.100.79", "192.0.2.44")
		s.sni(at+4, s.conn(at+4, "203.0.113.16", "198.51.100.80", 443, 0.5, "SF"), "203.0.113.16", "198.51.100.80", "ip-203-0-113-92.example")
		s.conn(at+5, "198.51.100.90", "203.0.113.93", 8080, 0.5, "SF")
		s.conn(at+6, "203.0.113.5", "192.0.2.50", 4444, 0.5, "SF")
	}
	for i := range 250 { // scans out and in
		s.conn(begin+float64(i), "203.0.113.6", fmt.Sprintf("198.51.100.%d", i), 23, 0, "S0")
		s.conn(begin+float64(i), "198.51.100.200", fmt.Sprintf("203.0.113.%d", i), 22, 0, "S0")
		s.ask(begin+20*float64(i), "203.0.113.17", "198.51.100.53", fmt.Sprintf("%d.113.0.203.in-addr.arpa", i), "PTR", "NXDOMAIN", "-")
	}
	for i := range 400 { // a tunnel, made-up names
		s.ask(begin+3*float64(i), "203.0.113.7", "198.51.100.53", s.word(40, "0123456789abcdef")+".t.example.com", "TXT", "NOERROR", "-")
		s.ask(begin+5*float64(i), "203.0.113.8", "198.51.100.53", s.word(14, "abcdefghijklmnopqrstuvwxyz")+".com", "A", "NXDOMAIN", "-")
	}
	s.ask(begin+2100, "203.0.113.8", "198.51.100.53", s.word(14, "abcdefghijklmnopqrstuvwxyz")+".com", "A", "NOERROR", "203.0.113.99")
	s.conn(begin, "203.0.113.10", "198.51.100.88", 9001, 30000, "SF")
	for i := range 30 { // many of one mind
		for k := range 40 {
			s.conn(begin+900*float64(k)+float64(30*i)+20*s.rnd.Float64(), fmt.Sprintf("203.0.113.%d", 100+i), "198.51.100.66", 8443, 0.5, "SF")
		}
	}
}

func (s *stage) word(n int, letters string) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[s.rnd.IntN(len(letters))]
	}
	return string(b)
}
