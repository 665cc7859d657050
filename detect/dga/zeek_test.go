package dga

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
)

// shared gives a path in the shared data, or skips.
func shared(t testing.TB, path string) string {
	t.Helper()
	root := os.Getenv("NOROSHI_DATA")
	full := filepath.Join(root, path)
	if _, err := os.Stat(full); root == "" || err != nil {
		if os.Getenv("NOROSHI_REQUIRE_SHARED") == "1" {
			t.Fatalf("the shared data is required: %v", err)
		}
		t.Skip("NOROSHI_DATA does not lead to the shared data")
	}
	return full
}

// replay gives a Zeek DNS log, in the order of its lines, to d.
func replay(t testing.TB, d *Detector, path string) (lookups int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	col := map[string]int{}
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		f := strings.Split(sc.Text(), "\t")
		if f[0] == "#fields" {
			for i, n := range f[1:] {
				col[n] = i
			}
		}
		if strings.HasPrefix(f[0], "#") {
			continue
		}
		get := func(n string) string { return f[col[n]] }
		at, _ := strconv.ParseFloat(get("ts"), 64)
		l := asked{at: int64(at * 1e9), src: get("id.orig_h"), name: get("query"), rcode: flow.NoRcode}
		if n, err := strconv.Atoi(get("qtype")); err == nil {
			l.qtype = uint16(n)
		}
		if n, err := strconv.Atoi(get("rcode")); err == nil {
			l.rcode = uint16(n)
		}
		port, _ := strconv.Atoi(get("id.resp_p"))
		l.port = uint16(port)
		l.answers = strings.Split(get("answers"), ",")
		if l.name != "-" {
			observe(d, l)
			lookups++
		}
	}
	return lookups
}

// asked is one lookup of a test.
type asked struct {
	at      int64 // ns
	src     string
	name    string
	qtype   uint16 // 0 is A
	rcode   uint16
	port    uint16
	answers []string
}

var batch flow.Batch

func observe(d *Detector, l asked) {
	b := &batch
	b.Reset()
	q := flow.DNS{Question: b.AddName([]byte(l.name)), Type: l.qtype, Rcode: l.rcode}
	if q.Type == 0 {
		q.Type = 1
	}
	for _, a := range l.answers {
		if ip, err := netip.ParseAddr(a); err == nil {
			b.Answers = append(b.Answers, flow.Answer{Addr: flow.AddrFrom(ip), Type: q.Type})
		}
	}
	q.Answers.To = uint32(len(b.Answers))
	r := flow.Record{First: l.at, Last: l.at, Src: flow.AddrFrom(netip.MustParseAddr(l.src)), DstPort: l.port, Proto: 17, Kind: flow.KindDNS, DNS: b.AddDNS(q)}
	if l.port == 0 {
		r.DstPort = 53
	}
	b.Records = append(b.Records, r)
	d.Observe(&detect.Event{Batch: b, Rec: &b.Records[0], DNS: &b.DNS[0], Now: l.at})
}

// TestLabelledSimda: the infected host of a real capture stands at high, and no
// other host does.
func TestLabelledSimda(t *testing.T) {
	d := New(DefaultConfig())
	n := replay(t, d, shared(t, "detection/zeek-labelled/005-zeek-scenario-malicious/dns.log"))
	found := d.Findings(nil)
	for _, f := range found {
		t.Logf("%d lookups: %s %.3f %s\n%v\n%s\n%s", n, f.Src, f.Score, f.Name, f.Evidence, f.Why.EN, f.Why.JA)
	}
	if len(found) == 0 || detect.LevelOf(found[0].Score) < detect.High {
		t.Fatal("the bot was not found at high")
	}
}

// TestHonestLogs: no finding in logs of honest hosts and of other malware.
func TestHonestLogs(t *testing.T) {
	for _, path := range []string{"003-zeek-scenario-malicious/dns.log", "010-zeek-mixed/data/dns.log.labeled"} {
		d := New(DefaultConfig())
		n := replay(t, d, shared(t, "detection/zeek-labelled/"+path))
		for _, f := range d.Findings(nil) {
			t.Errorf("%s (%d lookups): %s %.3f %v", path, n, f.Src, f.Score, f.Evidence)
		}
	}
}

// TestHostsOfTwenty: hosts that ask, two minutes apart, for 20 dead names of a set
// that the model never learnt from. All made up: high. All honest: nothing.
func TestHostsOfTwenty(t *testing.T) {
	const hosts, size = 1000, 20
	for file, wantHigh := range map[string]bool{"test_dga.csv": true, "test_non_dga.csv": false} {
		data, err := os.ReadFile(shared(t, "detection/ndpi-dga/tests/dga/"+file))
		if err != nil {
			t.Fatal(err)
		}
		names := strings.Fields(strings.ToLower(string(data)))
		r := rand.New(rand.NewPCG(5, 5))
		high, medium, needed := 0, 0, 0
		d := New(DefaultConfig())
		for k := range hosts {
			src, first := fmt.Sprintf("10.3.%d.%d", k>>8, k&255), 0
			h := flow.AddrFrom(netip.MustParseAddr(src))
			var score float64
			for i := range size {
				observe(d, asked{at: int64(i+1) * 120 * second, src: src, name: names[r.IntN(len(names))], rcode: 3})
				if p := d.hosts.Get(detect.HashAddr(h)); p != nil {
					score = (*p).peak.score
				}
				if first == 0 && score >= detect.HighScore {
					first = i + 1
				}
			}
			if score >= detect.MediumScore {
				medium++
			}
			if first > 0 {
				high++
				needed += first
			}
		}
		t.Logf("%s: of %d hosts %.4f at high (after %.1f names on average), %.4f at medium", file, hosts, float64(high)/hosts, float64(needed)/float64(max(high, 1)), float64(medium)/hosts)
		if wantHigh && high*100 < hosts*99 || !wantHigh && medium*1000 > hosts {
			t.Errorf("%s: %d of %d at high, %d at medium", file, high, hosts, medium)
		}
	}
}

func TestDay(t *testing.T) {
	path := os.Getenv("NOROSHI_DAY_DNS")
	if path == "" {
		t.Skip("NOROSHI_DAY_DNS names no DNS log of a made-up day")
	}
	d := New(DefaultConfig())
	n := replay(t, d, path)
	found := d.Findings(nil)
	t.Logf("%d lookups, %d findings", n, len(found))
	for _, f := range found {
		t.Errorf("%s %.3f %v", f.Src, f.Score, f.Evidence)
	}
}
