package argus

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/columns"
	"github.com/noroshi-acd/noroshi/flow/flowtest"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

const ctu = "StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,sTos,dTos,TotPkts,TotBytes,SrcBytes,Label\n"

// drain reads all and writes each record in a line, at the end the error if there
// is one.
func drain(t flowtest.Failer, in io.Reader, skips *fault.Skips) ([]string, *Reader) {
	t.Helper()
	r := NewReader(in, "a.binetflow", skips, Options{})
	return flowtest.Drain(t, r), r
}

func TestRows(t *testing.T) {
	const start = "1970/01/01 00:00:05.250000"
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"TCP", ctu + start + ",1.500000,tcp,10.0.0.1,40000,   ->,192.0.2.1,443,FSPA_FSRPA,0,0,10,1000,400,flow=Background,with,commas\n",
			[]string{"flow 5.25s+1.5s 10.0.0.1:40000>192.0.2.1:443/6 400/600 bytes 5/5 packets est flags 1b/1f service 0"}},
		{"nobody answers", ctu + start + ",0.000000,tcp,10.0.0.1,1,   ->,192.0.2.1,443,S_,0,,3,180,180,\n",
			[]string{"flow 5.25s+0s 10.0.0.1:1>192.0.2.1:443/6 180/0 bytes 3/0 packets try flags 02/00 service 0"}},
		{"refused", ctu + start + ",0,tcp,10.0.0.1,1,   ->,192.0.2.1,443,S_RA,0,0,2,120,60,\n",
			[]string{"flow 5.25s+0s 10.0.0.1:1>192.0.2.1:443/6 60/60 bytes 1/1 packets refused flags 02/14 service 0"}},
		{"from the middle", ctu + start + ",0,tcp,10.0.0.1,1,  <?>,192.0.2.1,443,PA_PA,0,0,4,400,200,\n",
			[]string{"flow 5.25s+0s 10.0.0.1:1>192.0.2.1:443/6 200/200 bytes 2/2 packets mid flags 18/18 service 0"}},
		{"to the left", ctu + start + ",0,tcp,192.0.2.1,443,  <-,10.0.0.1,1,SA_SPA,0,0,4,400,300,\n",
			[]string{"flow 5.25s+0s 10.0.0.1:1>192.0.2.1:443/6 100/300 bytes 2/2 packets est flags 1a/12 service 0"}},
		{"to the left, unsure", ctu + start + ",0,udp,192.0.2.1,53,  <?,10.0.0.1,1,INT,0,,1,70,0,\n",
			[]string{"flow 5.25s+0s 10.0.0.1:1>192.0.2.1:53/17 70/0 bytes 1/0 packets try service 0"}},
		{"UDP", ctu + start + ",0,udp,10.0.0.1,5,  <->,192.0.2.1,53,CON,0,0,2,214,81,\n",
			[]string{"flow 5.25s+0s 10.0.0.1:5>192.0.2.1:53/17 81/133 bytes 1/1 packets est service 0"}},
		{"a name of Zeek", ctu + start + ",0,tcp,10.0.0.1,5,   ->,192.0.2.1,53,REJ,0,0,2,214,81,\n",
			[]string{"flow 5.25s+0s 10.0.0.1:5>192.0.2.1:53/6 81/133 bytes 1/1 packets refused service 0"}},
		{"ICMP unreachable", ctu + start + ",0,icmp,10.0.0.1,0x0403,   ->,192.0.2.1,0x97af,URF,0,,1,173,173,\n",
			[]string{"flow 5.25s+0s 10.0.0.1:3>192.0.2.1:4/1 173/0 bytes 1/0 packets ? service 0"}},
		{"echo", ctu + start + ",0,icmp,10.0.0.1,0x0008,  <->,192.0.2.1,0x7208,ECO,0,0,2,168,84,\n" + start + ",0,icmp,10.0.0.1,0x0008,   ->,192.0.2.1,0x7208,ECO,0,,1,84,84,\n",
			[]string{"flow 5.25s+0s 10.0.0.1:8>192.0.2.1:0/1 84/84 bytes 1/1 packets est service 0", "flow 5.25s+0s 10.0.0.1:8>192.0.2.1:0/1 84/0 bytes 1/0 packets try service 0"}},
		{"IPv6", ctu + start + ",0,ipv6-icmp,::,135,   ->,ff02::1:ffdd:53e7,0,NNS,0,,1,78,78,\n" + start + ",0,udp,fe80::1,546,   ->,ff02::1:2,547,INT,0,,1,148,148,\n",
			[]string{"flow 5.25s+0s :::135>ff02::1:ffdd:53e7:0/58 78/0 bytes 1/0 packets ? service 0", "flow 5.25s+0s fe80::1:546>ff02::1:2:547/17 148/0 bytes 1/0 packets try service 0"}},
		{"no ports", ctu + start + ",0,igmp,10.0.0.1,,   ->,224.0.0.1,,INT,0,,1,60,60,\n",
			[]string{"flow 5.25s+0s 10.0.0.1:0>224.0.0.1:0/2 60/0 bytes 1/0 packets try service 0"}},
		{"an unknown transport", ctu + start + ",0,sun-nd,10.0.0.1,,   ->,192.0.2.1,,INT,0,,1,60,60,\n",
			[]string{"flow 5.25s+0s 10.0.0.1:0>192.0.2.1:0/0 60/0 bytes 1/0 packets try service 0"}},
		{"not IP", ctu + start + ",0,arp,10.0.0.1,,  who,10.0.0.2,,CON,,,2,84,42,\n" + start + ",0,llc,00:00:00:00:00:00,0,   ->,00:00:00:00:00:00,0,INT,,,1,60,60,\n" +
			start + ",0,man,0,0,,0,0,STA,,,0,0,0,\n" + start + ",0,35020,00:00:5e:00:53:01,,   ->,01:80:c2:00:00:0e,,INT,,,1,60,60,\n", nil},
		{"packets of both sides", "StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,TotPkts,TotBytes,SrcBytes,SrcPkts\n" + start + ",0,tcp,10.0.0.1,1,   ->,192.0.2.1,2,SPA_SRPA,31,8764,1887,15\n",
			[]string{"flow 5.25s+0s 10.0.0.1:1>192.0.2.1:2/6 1887/6877 bytes 15/16 packets est flags 1a/1e service 0"}},
		{"tabs", strings.ReplaceAll(ctu+start+",0,udp,10.0.0.1,5,  <->,192.0.2.1,53,CON,0,0,2,214,81,flow=x\n", ",", "\t"),
			[]string{"flow 5.25s+0s 10.0.0.1:5>192.0.2.1:53/17 81/133 bytes 1/1 packets est service 0"}},
		{"ra -c, as it is", "StartTime,Flgs,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,TotPkts,TotBytes,State\n5.250000, e         ,tcp,10.0.0.1,1,   ->,192.0.2.1,443,9,900,CON\n5.250000, e         ,udp,10.0.0.1,1,   ->,192.0.2.1,443,3,300,INT\n",
			[]string{"flow 5.25s+0s 10.0.0.1:1>192.0.2.1:443/6 450/450 bytes 5/4 packets est service 0", "flow 5.25s+0s 10.0.0.1:1>192.0.2.1:443/17 300/0 bytes 3/0 packets try service 0"}},
		{"other names and order", "\"pkSeqID\",\"stime\",\"flgs\",\"proto\",\"saddr\",\"sport\",\"daddr\",\"dport\",\"pkts\",\"bytes\",\"state\",\"ltime\",\"seq\",\"spkts\",\"dpkts\",\"sbytes\",\"dbytes\"\n" +
			"1,\"5.25\",\"e\",\"udp\",\"10.0.0.1\",\"5\",\"192.0.2.1\",\"53\",5,500,\"CON\",6.5,9,2,3,200,300\n",
			[]string{"flow 5.25s+1.25s 10.0.0.1:5>192.0.2.1:53/17 200/300 bytes 2/3 packets est service 0"}},
		{"bytes of the other side", "StartTime;Proto;SrcAddr;DstAddr;TotBytes;DstBytes;TotPkts;DstPkts\n1970-01-01T00:00:01Z;esp;10.0.0.1;10.0.0.2;100;40;10;4\n",
			[]string{"flow 1s+0s 10.0.0.1:0>10.0.0.2:0/50 60/40 bytes 6/4 packets est service 0"}},
		{"windows, no last newline", strings.ReplaceAll(ctu+start+",0,udp,10.0.0.1,5,  <->,192.0.2.1,53,CON,0,0,2,214,81,x", "\n", "\r\n"),
			[]string{"flow 5.25s+0s 10.0.0.1:5>192.0.2.1:53/17 81/133 bytes 1/1 packets est service 0"}},
		{"one behind another", ctu + start + ",0,igmp,10.0.0.1,,   ->,224.0.0.1,,INT,0,,1,60,60,\n" + ctu + "StartTime,Proto,SrcAddr,DstAddr\n" + start + ",igmp,10.0.0.1,224.0.0.2\n",
			[]string{"flow 5.25s+0s 10.0.0.1:0>224.0.0.1:0/2 60/0 bytes 1/0 packets try service 0", "flow 5.25s+0s 10.0.0.1:0>224.0.0.2:0/2 0/0 bytes 0/0 packets ? service 0"}},
		{"order", ctu + "1970/01/01 00:00:09.0,0,igmp,10.0.0.9,,   ->,224.0.0.1,,INT,0,,1,60,60,\n" + start + ",9.0,igmp,10.0.0.5,,   ->,224.0.0.1,,INT,0,,1,60,60,\n",
			[]string{"flow 5.25s+9s 10.0.0.5:0>224.0.0.1:0/2 60/0 bytes 1/0 packets try service 0", "flow 9s+0s 10.0.0.9:0>224.0.0.1:0/2 60/0 bytes 1/0 packets try service 0"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			skips := &fault.Skips{}
			got, r := drain(t, strings.NewReader(tt.in), skips)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if skips.Count != 0 {
				t.Errorf("%d lines were skipped: %v", skips.Count, skips.First)
			}
			if tt.want == nil && r.Passed() != 4 {
				t.Errorf("%d rows were passed over, want 4", r.Passed())
			}
		})
	}
}

func TestBadLines(t *testing.T) {
	const good = "1970/01/01 00:00:05.250000,1.5,tcp,10.0.0.1,40000,   ->,192.0.2.1,443,FSPA_FSPA,0,0,10,1000,400,x\n"
	for _, tt := range []struct{ name, bad, want string }{
		{"cut", good[:60] + "\n", "a.binetflow:3 (byte 198): the line has fewer than 14 columns"},
		{"time", strings.Replace(good, "1970/01/01", "1970/13/01", 1), "(byte 198, field StartTime): the value is not a time between the years 1970 and 2200"},
		{"no date", strings.Replace(good, "1970/01/01 ", "", 1), "(byte 198, field StartTime): the time has no date"},
		{"no time", strings.Replace(good, "1970/01/01 00:00:05.250000", "", 1), "(byte 198, field StartTime): the value is not a time between the years 1970 and 2200"},
		{"length", strings.Replace(good, "1.5", "-1.5", 1), "(byte 198, field Dur): the value is not a length of time"},
		{"address", strings.Replace(good, "10.0.0.1", "localhost", 1), "(byte 198, field SrcAddr): the value is not an IP address"},
		{"service for a port", strings.Replace(good, ",443,", ",https,", 1), "(byte 198, field Dport): the value is not a whole number"},
		{"port", strings.Replace(good, ",443,", ",65536,", 1), "(byte 198, field Dport): the value is not a port number"},
		{"hexadecimal", strings.Replace(good, ",443,", ",0x12345,", 1), "(byte 198, field Dport): the value is not a port number"},
		{"no hexadecimal", strings.Replace(good, ",443,", ",0xfg,", 1), "(byte 198, field Dport): the value is not a port number"},
		{"count", strings.Replace(good, ",1000,", ",1K,", 1), "(byte 198, field TotBytes): the value is not a whole number"},
		{"zero byte", "\x00" + good, "(byte 198): the line holds a zero byte"},
		{"long", strings.Repeat("x", 3<<20) + "\n", "(byte 198): the line is longer than 1,048,576 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			skips := &fault.Skips{}
			got, _ := drain(t, strings.NewReader(ctu+good+tt.bad+good), skips)
			if len(got) != 2 {
				t.Errorf("%d records, want the two around the bad line: %q", len(got), got)
			}
			want := strings.Replace(tt.want, "byte 198", fmt.Sprint("byte ", len(ctu)+len(good)), 1)
			if skips.Count != 1 || !strings.HasSuffix(skips.First[0].Error(), want) || !strings.Contains(skips.First[0].Error(), "a.binetflow:3") {
				t.Errorf("skipped %d: %v, want %q", skips.Count, skips.First, want)
			} else if fault.Hint(skips.First[0]) == "" || fault.HintIn(skips.First[0], "ja") == fault.Hint(skips.First[0]) {
				t.Errorf("hints %q and %q", fault.Hint(skips.First[0]), fault.HintIn(skips.First[0], "ja"))
			}
			if got, _ := drain(t, strings.NewReader(ctu+good+tt.bad+good), &fault.Skips{Strict: true}); len(got) != 2 || !strings.HasPrefix(got[1], "error: reading Argus text") {
				t.Errorf("strict: %q", got)
			}
		})
	}
}

func TestBroken(t *testing.T) {
	const good = "1970/01/01 00:00:05.250000,1.5,tcp,10.0.0.1,40000,   ->,192.0.2.1,443,FSPA_FSPA,0,0,10,1000,400,x\n"
	skips := &fault.Skips{}
	got, r := drain(t, io.MultiReader(strings.NewReader(ctu+good+good[:50]), iotest.ErrReader(io.ErrUnexpectedEOF)), skips)
	if len(got) != 1 || skips.Count != 1 || !errors.Is(skips.First[0], io.ErrUnexpectedEOF) {
		t.Errorf("%q, skipped %v", got, skips.First)
	}
	var b flow.Batch
	if err := r.Next(&b); err != io.EOF {
		t.Errorf("after the end: %v", err)
	}
	r.Close()
	if err := r.Next(&b); err != io.EOF {
		t.Errorf("after Close: %v", err)
	}
	skips = &fault.Skips{}
	if got, _ := drain(t, strings.NewReader(good+good), skips); len(got) != 0 || skips.Count != 1 {
		t.Errorf("without header: %q, skipped %v", got, skips.First)
	}
	if got, _ := drain(t, strings.NewReader(good), &fault.Skips{Strict: true}); len(got) != 1 || !strings.Contains(got[0], "the header does not name") {
		t.Errorf("without header, strict: %q", got)
	}
}

func TestRecognise(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		begin    int64
		ok       bool
	}{
		{"CTU-13", ctu + "1970/01/01 00:00:09,0,man,0,0,,0,0,STA,,,0,0,0,\n1970/01/01 00:00:09,0,udp,1.1.1.1,5,->,2.2.2.2,6,INT,0,,1,1,1,\n1970/01/01 00:00:05,0,udp,1.1.1.1,5,->,2.2.2.2,6,INT,0,,1,1,1,\n1970/01/01 00:00:01,0,udp", 5e9, true},
		{"header only", ctu, 0, true},
		{"tabs and hash", "#" + strings.ReplaceAll(ctu, ",", "\t"), 0, true},
		{"lower case", "stime,proto,saddr,daddr\n", 0, true},
		{"another CSV", "time,source,destination\n1,2,3\n", 0, false},
		{"no destination", "StartTime,Proto,SrcAddr\n", 0, false},
		{"Zeek", "#separator \\x09\n#fields\tts\tuid\tproto\n", 0, false},
		{"nfdump", "ts,te,td,sa,da,sp,dp,pr,flg\n", 0, false},
		{"empty", "", 0, false}, {"text", "hello\n", 0, false}, {"binary", "\xd4\xc3\xb2\xa1\x00,", 0, false},
		{"many columns", ctu[:len(ctu)-1] + strings.Repeat(",x", 600) + "\n", 0, false},
	} {
		if begin, ok := Recognise([]byte(tt.in)); begin != tt.begin || ok != tt.ok {
			t.Errorf("%s: %d, %v; want %d, %v", tt.name, begin, ok, tt.begin, tt.ok)
		}
	}
}

// oracle reads the rows that are TCP or UDP with the standard library: times, ends,
// bytes, and whether totals are kept.
func oracle(t flowtest.Failer, text []byte) (out []string) {
	in := csv.NewReader(bytes.NewReader(text))
	if bytes.IndexByte(text, '\t') >= 0 {
		in.Comma = '\t'
	}
	in.FieldsPerRecord, in.LazyQuotes = -1, true
	rows, err := in.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	for _, row := range rows[1:] {
		cell := func(name string) string { return strings.TrimSpace(row[at[name]]) }
		number := func(name string) int64 {
			n, _ := strconv.ParseInt(cell(name), 10, 64)
			return n
		}
		if p := cell("Proto"); p != "tcp" && p != "udp" && p != "rtp" {
			continue
		}
		start, err := time.Parse("2006/01/02 15:04:05.999999", cell("StartTime"))
		if err != nil {
			t.Fatal(err)
		}
		length, err := time.ParseDuration(cell("Dur") + "s")
		if err != nil {
			t.Fatal(err)
		}
		src, dst := netip.AddrPortFrom(netip.MustParseAddr(cell("SrcAddr")), uint16(number("Sport"))), netip.AddrPortFrom(netip.MustParseAddr(cell("DstAddr")), uint16(number("Dport")))
		sent, came := number("SrcBytes"), number("TotBytes")-number("SrcBytes")
		if d := cell("Dir"); d == "<-" || d == "<?" {
			src, dst, sent, came = dst, src, came, sent
		}
		out = append(out, fmt.Sprintf("%d+%d %v>%v %d/%d bytes %d packets", start.UnixNano(), length, src, dst, sent, came, number("TotPkts")))
	}
	slices.Sort(out)
	return out
}

// exchanged gives what oracle gives, read by the reader.
func exchanged(t flowtest.Failer, text []byte, window int) (out []string, r *Reader, skips *fault.Skips) {
	skips = &fault.Skips{}
	r = NewReader(iotest.HalfReader(bytes.NewReader(text)), "x", skips, Options{Window: window})
	var b flow.Batch
	for {
		b.Reset()
		if err := r.Next(&b); errors.Is(err, io.EOF) {
			slices.Sort(out)
			return out, r, skips
		} else if err != nil {
			t.Fatal(err)
		}
		for i := range b.Records {
			rec := &b.Records[i]
			if rec.Proto != 6 && rec.Proto != 17 {
				continue
			}
			out = append(out, fmt.Sprintf("%d+%d %v>%v %d/%d bytes %d packets", rec.First, rec.Last-rec.First, netip.AddrPortFrom(rec.Src.Netip(), rec.SrcPort), netip.AddrPortFrom(rec.Dst.Netip(), rec.DstPort),
				rec.SrcBytes, rec.DstBytes, rec.SrcPackets+rec.DstPackets))
		}
	}
}

// rows makes up the lines of a binetflow file.
func craft(rnd *rand.Rand, n int, sep string) []byte {
	var out bytes.Buffer
	out.WriteString(strings.ReplaceAll(ctu, ",", sep))
	start := time.Unix(1313048819, 0).UTC()
	pick := func(from ...string) string { return from[rnd.IntN(len(from))] }
	for range n {
		start = start.Add(time.Duration(rnd.IntN(2e6)-3e5) * time.Microsecond)
		bytes := rnd.IntN(1e6)
		cells := []string{start.Format("2006/01/02 15:04:05.000000"), fmt.Sprintf("%.6f", rnd.Float64()*3600), pick("tcp", "udp", "tcp", "rtp", "arp"),
			pick("10.0.0.1", "147.32.84.165", "fe80::1"), fmt.Sprint(rnd.IntN(65536)), pick("   ->", "  <->", "  <-", "  <?>", "   ?>", "  <?"), pick("192.0.2.1", "2001:db8::5"), pick("53", "443", ""),
			pick("S_", "S_RA", "FSPA_FSPA", "CON", "INT", "_SA", "PA_", "RST"), pick("0", ""), pick("0", ""), fmt.Sprint(1 + rnd.IntN(1000)), fmt.Sprint(bytes), fmt.Sprint(rnd.IntN(bytes + 1)), "flow=Background"}
		out.WriteString(strings.Join(cells, sep) + "\n")
	}
	return out.Bytes()
}

func TestAgainstOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rnd := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		text := craft(rnd, rapid.IntRange(0, 200).Draw(t, "rows"), rapid.SampledFrom([]string{",", "\t"}).Draw(t, "separator"))
		got, _, skips := exchanged(t, text, rapid.IntRange(2, 300).Draw(t, "window"))
		if diff := cmp.Diff(oracle(t, text), got); diff != "" || skips.Count != 0 {
			t.Fatalf("skipped %v -want +got\n%s", skips.First, diff)
		}
	})
}

// TestInvariant05_NoContentComesThrough: user data, labels and columns of any other
// name do not arrive. Text has no field to arrive in, so that an address is the proof
// that the row was read.
func TestInvariant05_NoContentComesThrough(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rnd := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		names := []string{"StartTime", "Dur", "Proto", "SrcAddr", "Sport", "Dir", "DstAddr", "Dport", "State", "TotPkts", "TotBytes", "SrcBytes"}
		values := []string{"1970/01/01 00:00:05", "1", "tcp", "10.0.0.1", "1", "->", "192.0.2.77", "80", "FSPA_FSPA", "10", "1000", "400"}
		var canaries [][]byte
		for _, name := range []string{"srcUdata", "dstUdata", "suser", "duser", "Label", "State2", "url", "StartTime", "State"} {
			c := flowtest.NewCanary(rnd)
			at := rapid.IntRange(0, len(names)).Draw(rt, name)
			if slices.Contains(values, name) || slices.Contains(names, name) {
				at = len(names) // a second column of a name is not read
			}
			names, values = slices.Insert(names, at, name), slices.Insert(values, at, string(c))
			canaries = append(canaries, c)
		}
		text := strings.Join(names, ",") + "\n" + strings.Join(values, ",") + "\n"
		r := NewReader(strings.NewReader(text), "x", &fault.Skips{Strict: true}, Options{})
		var b flow.Batch
		if err := r.Next(&b); err != nil {
			rt.Fatal(err)
		}
		if len(b.Records) != 1 || b.Records[0].Dst.String() != "192.0.2.77" {
			rt.Fatalf("the row was not read as meant: %d records", len(b.Records))
		}
		for _, c := range canaries {
			if form := flowtest.Holds(&b, c); form != "" {
				rt.Fatalf("canary %q came through %s", c, form)
			}
		}
	})
}

func FuzzReader(f *testing.F) {
	f.Add(craft(rand.New(rand.NewPCG(1, 1)), 5, ","), false)
	f.Add(craft(rand.New(rand.NewPCG(2, 1)), 5, "\t"), true)
	f.Add([]byte("stime|proto|saddr|daddr|sport\n1|icmp|::|::|0x0008\n9e9|tcp|1.1.1.1|::1|65535\n"), false)
	f.Fuzz(func(t *testing.T, data []byte, strict bool) {
		Recognise(data)
		r := NewReader(bytes.NewReader(data), "x", &fault.Skips{Strict: strict}, Options{Window: 4})
		var b flow.Batch
		records := 0
		for {
			b.Reset()
			if err := r.Next(&b); err != nil {
				break
			}
			if records += len(b.Records); len(b.Records) == 0 || records > len(data) {
				t.Fatalf("%d records of %d bytes", records, len(data))
			}
			for i := range b.Records {
				if r := &b.Records[i]; r.First > r.Last || r.First < 0 {
					t.Fatalf("record %s", flowtest.Show(&b, r))
				}
			}
			var again flow.Batch
			if err := flow.DecodeBatch(flow.AppendBatch(nil, &b), &again); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestSharedFiles reads real files whole and compares with the oracle.
func TestSharedFiles(t *testing.T) {
	dir := os.Getenv("NOROSHI_DATA")
	if dir == "" {
		if os.Getenv("NOROSHI_REQUIRE_SHARED") == "1" {
			t.Fatal("NOROSHI_DATA is not set")
		}
		t.Skip("NOROSHI_DATA is not set")
	}
	paths, err := filepath.Glob(filepath.Join(dir, "detection", "slips-mixed", "dataset", "*.binetflow"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no Argus text in the data: %v", err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got, r, skips := exchanged(t, text, 0)
		if diff := cmp.Diff(oracle(t, text), got); diff != "" || skips.Count != 0 {
			t.Errorf("%s: skipped %v -want +got\n%s", path, skips.First, diff)
		}
		t.Logf("%s: %d TCP and UDP records, %d rows passed over", filepath.Base(path), len(got), r.Passed())
	}
}

func TestNoAllocations(t *testing.T) {
	text := craft(rand.New(rand.NewPCG(1, 1)), 5000, ",")
	d := &rows{}
	var w columns.Row
	var rec flow.Record
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	format := headers()
	w.Layout, _ = format.Header(lines[0])
	n := testing.AllocsPerRun(10, func() {
		for _, line := range lines[1:] {
			if d.Line(&w, line) == columns.Record {
				rec = d.Record(&w)
			}
		}
	})
	if n != 0 || rec.First == 0 {
		t.Errorf("%v allocations; %v", n, rec)
	}
}

func BenchmarkReader(b *testing.B) {
	text := craft(rand.New(rand.NewPCG(1, 1)), 300_000, ",")
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	records := 0
	var batch flow.Batch
	for b.Loop() {
		r := NewReader(bytes.NewReader(text), "x", &fault.Skips{}, Options{})
		for batch.Reset(); r.Next(&batch) == nil; batch.Reset() {
			records += len(batch.Records)
		}
	}
	b.ReportMetric(float64(records)/b.Elapsed().Seconds(), "records/s")
}
