package cli_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/flow/flowtest"
)

// film is a capture in the making (pcap, Ethernet, microseconds).
type film struct{ b []byte }

func newFilm() *film {
	f := &film{}
	f.b = binary.LittleEndian.AppendUint32(f.b, 0xa1b2c3d4)
	for _, v := range []uint32{2 | 4<<16, 0, 0, 65535, 1} {
		f.b = binary.LittleEndian.AppendUint32(f.b, v)
	}
	return f
}

// packet adds an IPv4 packet at time at (s) with the header and payload above IP.
func (f *film) packet(at float64, src, dst string, proto byte, above []byte) {
	ip := []byte{0x45, 0, 0, 0, 0, 0, 0, 0, 64, proto, 0, 0}
	binary.BigEndian.PutUint16(ip[2:], uint16(20+len(above)))
	for _, a := range []string{src, dst} {
		four := netip.MustParseAddr(a).As4()
		ip = append(ip, four[:]...)
	}
	frame := append([]byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0}, append(ip, above...)...)
	for _, v := range []uint32{uint32(at), uint32((at - float64(int64(at))) * 1e6), uint32(len(frame)), uint32(len(frame))} {
		f.b = binary.LittleEndian.AppendUint32(f.b, v)
	}
	f.b = append(f.b, frame...)
}

// tcp plays a connection in which each side says one thing.
func (f *film) tcp(at float64, src, dst string, from, to int, up, down string) {
	seq := [2]uint32{1000, 5000}
	for i, step := range []struct {
		up    bool
		flags byte
		text  string
	}{{true, 2, ""}, {false, 0x12, ""}, {true, 0x10, ""}, {true, 0x18, up}, {false, 0x18, down}, {true, 0x11, ""}, {false, 0x11, ""}, {true, 0x10, ""}} {
		a, b, p, q, side := src, dst, from, to, 0
		if !step.up {
			a, b, p, q, side = dst, src, to, from, 1
		}
		h := make([]byte, 20)
		binary.BigEndian.PutUint16(h, uint16(p))
		binary.BigEndian.PutUint16(h[2:], uint16(q))
		binary.BigEndian.PutUint32(h[4:], seq[side])
		binary.BigEndian.PutUint32(h[8:], seq[1-side])
		h[12], h[13], h[14] = 0x50, step.flags, 0xff
		f.packet(at+0.01*float64(i), a, b, 6, append(h, step.text...))
		seq[side] += uint32(len(step.text))
		if step.flags&3 != 0 {
			seq[side]++
		}
	}
}

func (f *film) udp(at float64, src, dst string, from, to int, payload []byte) {
	h := make([]byte, 8)
	binary.BigEndian.PutUint16(h, uint16(from))
	binary.BigEndian.PutUint16(h[2:], uint16(to))
	binary.BigEndian.PutUint16(h[4:], uint16(8+len(payload)))
	f.packet(at, src, dst, 17, append(h, payload...))
}

// txt is a DNS question for TXT data and the answer that carries text.
func txt(id uint16, name, text string) (question, answer []byte) {
	q := binary.BigEndian.AppendUint16(nil, id)
	q = append(q, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0)
	for _, label := range strings.Split(name, ".") {
		q = append(append(q, byte(len(label))), label...)
	}
	q = append(q, 0, 0, 16, 0, 1)
	a := append([]byte{}, q...)
	a[2], a[3], a[7] = 0x81, 0x80, 1
	a = append(a, 0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0, byte(1+len(text)), byte(len(text)))
	return q, append(a, text...)
}

// TestInvariant05_NoContentInAnyOutput plants markers wherever people say something
// to one another, and in lines and packets that are broken, and looks for eight
// letters in a row of them in everything that the command prints.
func TestInvariant05_NoContentInAnyOutput(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	canary := string(flowtest.NewCanary(r))
	c2, mail := "198.51.100.77", "198.51.100.25"
	f := newFilm()
	for i := range 60 {
		at := begin + 300*float64(i) + 2*r.Float64()
		f.tcp(at, "203.0.113.5", c2, 20000+i, 80,
			fmt.Sprintf("POST /%[1]s/x?q=%[1]s HTTP/1.1\r\nHost: c2.example\r\nUser-Agent: %[1]s\r\nCookie: s=%[1]s\r\nReferer: http://%[1]s/\r\n\r\n%[1]s", canary),
			"HTTP/1.1 200 "+canary+"\r\nSet-Cookie: "+canary+"\r\nServer: "+canary+"\r\n\r\n"+canary)
		f.tcp(at+1, "203.0.113.6", mail, 21000+i, 25, "MAIL FROM:<"+canary+"@example>\r\nSubject: "+canary+"\r\n", "220 "+canary+"\r\n")
		f.tcp(at+2, "203.0.113.6", mail, 22000+i, 21, "USER "+canary+"\r\nPASS "+canary+"\r\n", "230 "+canary+"\r\n")
		f.udp(at+3, "203.0.113.7", c2, 23000+i, 4444, []byte(canary))
		f.packet(at+4, "203.0.113.7", c2, 1, append([]byte{8, 0, 0, 0, 0, 1, 0, byte(i)}, canary...))
		for k := range 8 {
			q, a := txt(uint16(i*8+k), fmt.Sprintf("%032x.t.example.com", r.Uint64()), canary+canary)
			f.udp(at+5+float64(k), "203.0.113.8", "198.51.100.53", 24000+i*8+k, 53, q)
			f.udp(at+5.1+float64(k), "198.51.100.53", "203.0.113.8", 53, 24000+i*8+k, a)
		}
	}
	f.b = append(f.b, canary...) // broken off
	s := newStage(t)
	s.file(t, "in/a.pcap", string(f.b))
	s.file(t, "in/http.log", strings.ReplaceAll("#separator \\x09\n#path\thttp\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tmethod\thost\turi\treferrer\tuser_agent\tcookie\tusername\tpassword\n"+
		"1795132800.0\tC1\t203.0.113.5\t1\t198.51.100.77\t80\tGET\tc2.example\t/X\tX\tX\tX\tX\tX\n1795132801.0\tX\tX\tX\tX\tX\tX\tX\tX\tX\tX\tX\tX\tX\nX\nX\tX\n", "X", canary))
	s.file(t, "in/dns.log", strings.ReplaceAll("#separator \\x09\n#path\tdns\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tquery\tqtype_name\tanswers\n"+
		"1795132800.0\tC2\t203.0.113.8\t1\t198.51.100.53\t53\tudp\ta.example\tTXT\tTXT 48 XX\n", "X", canary))
	s.file(t, "in/http.json", strings.ReplaceAll(`{"_path":"http","ts":1795132800.5,"uid":"C3","id.orig_h":"203.0.113.5","id.orig_p":1,"id.resp_h":"198.51.100.77","id.resp_p":80,"host":"c2.example","uri":"/X","user_agent":"X"}
{"_path":"http","ts":"X","uid":"X","id.orig_h":"X"}
{"X":
`, "X", canary))
	args := append([]string{"analyze", s.dir + "/in", "--min-level", "low"}, s.border(t)...)
	printed := map[string]string{}
	for name, more := range map[string][]string{"json": {"--json"}, "table": nil, "ja": {"--lang", "ja"}, "first": {"--explain", "1"}, "second": {"--explain", "2"}, "strict": {"--strict"}, "edge": {"--as-edge", "--json"}} {
		status, out, errs := run(t, append(args, more...)...)
		printed[name], printed[name+" errors"] = out, errs
		if name == "json" && (status != 1 || !strings.Contains(out, `"beacon"`) || !strings.Contains(out, `"dns-tunnel"`) || !strings.Contains(out, `"skipped": 2`)) {
			t.Errorf("the test shows less than it says: status %d, %s %s", status, out, errs)
		}
	}
	for name, text := range printed {
		low := strings.ToLower(text)
		for i := range len(canary) - 8 {
			if piece := strings.ToLower(canary[i : i+8]); strings.Contains(low, piece) {
				t.Errorf("%s shows content: %q", name, piece)
				break
			}
		}
	}
}
