package nfdump

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/flowtest"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// drain reads all and writes each record in a line, at the end the error if there is
// one.
func drain(t flowtest.Failer, in string, skips *fault.Skips) []string {
	t.Helper()
	r := NewReader(strings.NewReader(in), "a.csv", skips, Options{})
	defer r.Close()
	return flowtest.Drain(t, r)
}

// wide is a header as 1.6 and 1.7 write it, as far as it matters.
const wide = "ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt,in,out,smk,ra,eng\n"

func TestRows(t *testing.T) {
	const summary = "Summary\nflows,bytes,packets,avg_bps,avg_pps,avg_bpp\n3,4,5,6,7,8\n"
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"TCP both ways", wide + "1970-01-01 00:00:05,1970-01-01 00:00:06,1.250,10.0.0.1,192.0.2.1,40000,443,TCP,...AP.SF,0,0,13,1525,11,9000,0,0,0,192.0.2.9,0/0\n" + summary,
			[]string{"flow 5s+1.25s 10.0.0.1:40000>192.0.2.1:443/6 1525/9000 bytes 13/11 packets est flags 1b/00 service 0"}},
		{"one way, flags of 1.6", wide + "1970-01-01 00:00:05,1970-01-01 00:00:05,0.000,10.0.0.1,192.0.2.1,1,2,TCP,....S.,0,0,1,60,0,0,0,0,0,192.0.2.9,0/0\n",
			[]string{"flow 5s+0s 10.0.0.1:1>192.0.2.1:2/6 60/0 bytes 1/0 packets try flags 02/00 service 0"}},
		{"bare, number of the transport, epoch", "ts,sa,da,sp,dp,pr,ipkt,ibyt\n5.25,2001:db8::1,2001:db8::2,5,53,17,1,80\n",
			[]string{"flow 5.25s+0s 2001:db8::1:5>2001:db8::2:53/17 80/0 bytes 1/0 packets try service 0"}},
		{"end and no length", "ts,te,sa,da,pr\n1970-01-01 00:00:05.5,1970-01-01 00:00:07,10.0.0.1,10.0.0.2,GRE\n",
			[]string{"flow 5.5s+1.5s 10.0.0.1:0>10.0.0.2:0/47 0/0 bytes 0/0 packets ? service 0"}},
		{"names of later versions", "firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,flows\n1970-01-01 00:00:05.123,00:01:05.250,UDP,10.0.0.1,5,192.0.2.1,53,2,160,1\n",
			[]string{"flow 5.123s+1m5.25s 10.0.0.1:5>192.0.2.1:53/17 160/0 bytes 2/0 packets try service 0"}},
		{"ICMP in both spellings", "ts;sa;da;sp;dp;pr;ipkt;opkt;flg\n5;10.0.0.1;192.0.2.1;0;8.0;ICMP;1;1;........\n5;10.0.0.1;192.0.2.1;0;769;1;1;0;........\n",
			[]string{"flow 5s+0s 10.0.0.1:8>192.0.2.1:0/1 0/0 bytes 1/1 packets est service 0", "flow 5s+0s 10.0.0.1:3>192.0.2.1:1/1 0/0 bytes 1/0 packets ? service 0"}},
		{"flags as numbers", "ts,sa,da,pr,flg,ipkt\n1,10.0.0.1,10.0.0.2,6,0x1b,1\n2,10.0.0.1,10.0.0.2,6,194,1\n",
			[]string{"flow 1s+0s 10.0.0.1:0>10.0.0.2:0/6 0/0 bytes 1/0 packets try flags 1b/00 service 0", "flow 2s+0s 10.0.0.1:0>10.0.0.2:0/6 0/0 bytes 1/0 packets try flags 02/00 service 0"}},
		{"one behind another, out of order, windows", strings.ReplaceAll(wide+summary+"\nts,sa,da,pr\n9,10.0.0.1,10.0.0.2,2\n5,10.0.0.1,10.0.0.2,2\n"+summary+"No matching flows", "\n", "\r\n"),
			[]string{"flow 5s+0s 10.0.0.1:0>10.0.0.2:0/2 0/0 bytes 0/0 packets ? service 0", "flow 9s+0s 10.0.0.1:0>10.0.0.2:0/2 0/0 bytes 0/0 packets ? service 0"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, ok := Recognise([]byte(tt.in)); !ok {
				t.Error("not recognised")
			}
			skips := &fault.Skips{}
			if diff := cmp.Diff(tt.want, drain(t, tt.in, skips)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if skips.Count != 0 {
				t.Errorf("%d lines were skipped: %v", skips.Count, skips.First)
			}
		})
	}
}

func TestBadLines(t *testing.T) {
	const head, good = "ts,td,sa,da,sp,dp,pr,flg,ipkt\n", "5,1.5,10.0.0.1,10.0.0.2,7,443,TCP,....S.,3\n"
	for _, tt := range []struct{ name, bad, want string }{
		{"cut", good[:20] + "\n", "fewer than 9 columns"},
		{"time", "x" + good, "field ts): the value is not a time"},
		{"length", strings.Replace(good, "1.5", "00:05", 1), "field td): the value is not a length of time"},
		{"days", strings.Replace(good, "1.5", "xd 1", 1), "field td): the value is not a length of time"},
		{"address", strings.Replace(good, "10.0.0.2", "localhost", 1), "field da): the value is not an IP address"},
		{"port", strings.Replace(good, "443", "65536", 1), "field dp): the value is not a port number"},
		{"ICMP", strings.Replace(good, "443,TCP", "8.256,ICMP", 1), "field dp): the value is not a port number"},
		{"scaled", strings.Replace(good, ",3\n", ",3 M\n", 1), "field ipkt): the value is not a whole number"},
		{"flags", strings.Replace(good, "....S.", "....Q.", 1), "field flg): the value is not a set of TCP flags"},
		{"wide flags", strings.Replace(good, "....S.", "0x1ff", 1), "field flg): the value is not a set of TCP flags"},
		{"zero byte", "\x00" + good, "zero byte"},
		{"long", strings.Repeat("x", 3<<20) + "\n", "longer than 1,048,576 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			skips := &fault.Skips{}
			if got := drain(t, head+good+tt.bad+good, skips); len(got) != 2 {
				t.Errorf("%d records, want the two around the bad line: %q", len(got), got)
			}
			if skips.Count != 1 || !strings.Contains(skips.First[0].Error(), tt.want) || fault.Hint(skips.First[0]) == "" {
				t.Errorf("skipped %d %v, want %q with a hint", skips.Count, skips.First, tt.want)
			}
			strict := drain(t, head+good+tt.bad+good, &fault.Skips{Strict: true})
			if len(strict) != 2 || !strings.HasPrefix(strict[1], "error: ") {
				t.Errorf("strict: %q", strict)
			}
		})
	}
}

func TestRecognise(t *testing.T) {
	for _, tt := range []struct {
		in    string
		begin int64
		ok    bool
	}{
		{wide + "1970-01-01 00:00:09,,,10.0.0.1\n", 0, true}, // the last line is not whole
		{"ts,sa,da,pr\n9,10.0.0.1,10.0.0.2,6\n5,10.0.0.1,10.0.0.2,6\n1,", 5e9, true},
		{"ts,te,td,pr,val,fl,flP,ipkt,ipktP,ibyt\n", 0, false}, // statistics
		{"StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport\n", 0, false},
		{"#fields\tts\tuid\tid.orig_h\n", 0, false},
		{"2026-11-20 00:00:00,2026-11-20 00:00:00,0.000,10.0.0.1,10.0.0.2\n", 0, false}, // -q
		{"", 0, false},
	} {
		if begin, ok := Recognise([]byte(tt.in)); begin != tt.begin || ok != tt.ok {
			t.Errorf("%q: %d %v", tt.in, begin, ok)
		}
	}
	got := drain(t, "a,b\n1,2\n", &fault.Skips{})
	if len(got) != 0 {
		t.Errorf("%q", got)
	}
}

// TestLink: rows of one router are of one observation point, those of another of
// another.
func TestLink(t *testing.T) {
	a, b, c := link([]byte("192.0.2.1"), []byte("0/0")), link([]byte("192.0.2.2"), []byte("0/0")), link([]byte("192.0.2.1"), []byte("0/1"))
	if a == b || a == c || b == c {
		t.Errorf("%d %d %d", a, b, c)
	}
	for _, n := range []uint32{a, b, c, link(nil, nil)} {
		if n < 0x8000 || n > 0xffff {
			t.Errorf("%d is out of range", n)
		}
	}
}

// TestAgainstWriting writes records with the columns in any order and reads them back.
func TestAgainstWriting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.Permutation([]string{"ts", "td", "sa", "da", "sp", "dp", "pr", "ipkt", "ibyt", "opkt", "obyt", "label"}).Draw(t, "columns")
		sep := rapid.SampledFrom([]string{",", ";", "\t", "|"}).Draw(t, "separator")
		text := strings.Join(names, sep) + "\n"
		rnd := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		var want []string
		for i := range rapid.IntRange(0, 5).Draw(t, "rows") {
			first, lasts := time.Duration(i)*time.Second, time.Duration(rnd.IntN(90_000))*time.Millisecond
			src, dst := netip.AddrFrom4([4]byte{10, 0, 0, byte(rnd.Uint32())}), netip.AddrFrom16([16]byte{0x20, 1, 15: byte(rnd.Uint32())})
			n := [6]int{rnd.IntN(1 << 16), rnd.IntN(1 << 16), 1 + rnd.IntN(1e6), 1 + rnd.IntN(1e9), rnd.IntN(2) * (1 + rnd.IntN(1e6)), 0}
			if n[4] > 0 {
				n[5] = n[4] * 40
			}
			v := map[string]string{"ts": fmt.Sprint(first.Seconds()), "td": fmt.Sprintf("%.3f", lasts.Seconds()), "sa": src.String(), "da": dst.String(),
				"sp": fmt.Sprint(n[0]), "dp": fmt.Sprint(n[1]), "pr": "UDP", "ipkt": fmt.Sprint(n[2]), "ibyt": fmt.Sprint(n[3]), "opkt": fmt.Sprint(n[4]), "obyt": fmt.Sprint(n[5]), "label": "x"}
			for i, name := range names {
				if i > 0 {
					text += sep
				}
				text += v[name]
			}
			text += "\n"
			state := "try"
			if n[4] > 0 {
				state = "est"
			}
			want = append(want, fmt.Sprintf("flow %v+%v %v:%d>%v:%d/17 %d/%d bytes %d/%d packets %s service 0", first, lasts, src, n[0], dst, n[1], n[3], n[5], n[2], n[4], state))
		}
		if diff := cmp.Diff(want, drain(t, text, &fault.Skips{Strict: true})); diff != "" {
			t.Fatalf("-want +got\n%s\n%s", diff, text)
		}
	})
}

// TestNoContent plants canaries in columns that may hold what people said.
func TestNoContent(t *testing.T) {
	flowtest.CheckNoContent(t, func(rt *rapid.T, p *flowtest.Plants) []byte {
		text := "ts,sa,nselUser,label,da,pr,sniName,x\n"
		for i := range rapid.IntRange(1, 4).Draw(rt, "rows") {
			text += fmt.Sprintf("%d,10.0.0.1,%s,%s,10.0.0.2,6,%s,%s\n", i, p.Content("user"), p.Content("label"), p.Content("payload"), p.Content("unknown column"))
		}
		return []byte(text)
	}, func(in []byte) (flowtest.Reader, error) {
		return NewReader(strings.NewReader(string(in)), "a.csv", &fault.Skips{Strict: true}, Options{}), nil
	})
}

func FuzzReader(f *testing.F) {
	f.Add(wide + "1970-01-01 00:00:05,1970-01-01 00:00:06,1.250,10.0.0.1,192.0.2.1,40000,443,TCP,...AP.SF,0,0,13,1525,11,9000,0,0,0,192.0.2.9,0/0\nSummary\na,b\n")
	f.Add("ts,sa,da,sp,dp,pr,flg\n5,::1,::,0,8.0,ICMP,0x1b\n")
	f.Fuzz(func(t *testing.T, in string) {
		Recognise([]byte(in))
		skips := &fault.Skips{}
		for _, line := range drain(t, in, skips) {
			if strings.HasPrefix(line, "error") {
				t.Fatal(line)
			}
		}
		for _, err := range skips.First {
			if strings.ContainsAny(err.Error(), "\x00\n\x1b") {
				t.Fatalf("%q", err)
			}
		}
	})
}

// BenchmarkRead reads rows as nfdump 1.7 writes them.
func BenchmarkRead(b *testing.B) {
	row := "2026-11-20 00:00:05,2026-11-20 00:00:06,1.250,10.0.0.1,192.0.2.1,40000,443,TCP,...AP.SF,0,0,13,1525,0,0,0,0,0,192.0.2.9,0/0\n"
	text := wide + strings.Repeat(row, 100_000)
	var batch flow.Batch
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		r := NewReader(strings.NewReader(text), "a.csv", &fault.Skips{}, Options{})
		for batch.Reset(); r.Next(&batch) == nil; batch.Reset() {
		}
	}
	b.ReportMetric(100_000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
