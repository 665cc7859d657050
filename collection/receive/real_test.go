package receive

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/ipfix"
	"github.com/noroshi-acd/noroshi/flow/sflow"
)

// tool is the path of a program of the system; the test is left out where it is not.
func tool(t *testing.T, name string) string {
	t.Helper()
	for _, dir := range []string{"", "/usr/sbin/", "/usr/local/sbin/"} {
		if path, err := exec.LookPath(dir + name); err == nil {
			return path
		}
	}
	if os.Getenv("NOROSHI_REQUIRE_SHARED") == "1" {
		t.Fatalf("%s is not installed: apt-get install softflowd pmacct", name)
	}
	t.Skipf("%s is not installed", name)
	return ""
}

// writeCapture writes a capture of so many exchanges of UDP, one packet each.
func writeCapture(t *testing.T, path string, exchanges int) {
	t.Helper()
	b := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	b = append(b, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 1, 0, 0, 0)
	start := uint32(time.Now().Unix()) - 100
	for i := range exchanges {
		frame := []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0}
		ip := []byte{0x45, 0, 0, 40, byte(i >> 8), byte(i), 0, 0, 64, 17, 0, 0, 198, 51, 100, byte(i), 203, 0, 113, byte(i >> 8)}
		var sum uint32
		for k := 0; k < len(ip); k += 2 {
			sum += uint32(binary.BigEndian.Uint16(ip[k:]))
		}
		binary.BigEndian.PutUint16(ip[10:], ^uint16(sum+sum>>16))
		frame = append(frame, ip...)
		frame = binary.BigEndian.AppendUint16(frame, uint16(1024+i))
		frame = append(frame, 0, 53, 0, 20, 0, 0)
		frame = append(frame, make([]byte, 12)...)
		b = binary.LittleEndian.AppendUint32(b, start+uint32(i/1000))
		b = binary.LittleEndian.AppendUint32(b, uint32(i%1000)*1000)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(frame)))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(frame)))
		b = append(b, frame...)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// post is a socket with decoders and a table behind it, which can lose datagrams on
// purpose.
type post struct {
	s     *Socket
	d     *ipfix.Decoder
	sf    *sflow.Decoder
	table *Table
	batch flow.Batch
	lose  func(n int) bool
	came  int
	lost  []Message
}

func newPost(t *testing.T) *post {
	return &post{s: listen(t, Config{Address: "127.0.0.1:0"})[0], d: ipfix.NewDecoder(ipfix.Options{}),
		sf: sflow.NewDecoder(sflow.Options{}), table: NewTable(Options{}), lose: func(int) bool { return false }}
}

// collect takes what comes until done is closed and nothing has come for a while.
func (p *post) collect(t *testing.T, done chan struct{}) {
	t.Helper()
	for {
		if err := p.s.conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		d, err := p.s.Read()
		if err != nil {
			select {
			case <-done:
				p.table.Drops(p.s.Drops())
				return
			default:
				continue
			}
		}
		p.table.Drops(d.Dropped)
		m, ok := Head(d.Data)
		if !ok {
			p.table.Unreadable()
			continue
		}
		before := len(p.batch.Records)
		if m.Protocol == SFlow5 {
			m.Bad = p.sf.Decode(d.Data, flow.AddrFrom(d.From.Addr()), 0, &p.batch) != nil
		} else {
			m.Bad = p.d.Decode(d.Data, ipfix.Exporter{Addr: flow.AddrFrom(d.From.Addr()), Port: d.From.Port()}, &p.batch) != nil
			m.Counted = p.d.Counted()
		}
		m.Made = uint64(len(p.batch.Records) - before)
		if p.came++; p.lose(p.came) {
			p.batch.Records = p.batch.Records[:before]
			p.lost = append(p.lost, m)
			continue
		}
		p.table.Take(d.Data, d.From, m)
	}
}

// run runs an exporter to its end while what it sends is collected.
func (p *post) run(t *testing.T, name string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, tool(t, name), args...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		_ = cmd.Wait() // what it sent says how it ended
		close(done)
	}()
	p.collect(t, done)
	if p.came == 0 {
		t.Fatalf("%s sent nothing: %s", name, said.String())
	}
}

// TestSoftflowd: of what softflowd exports nothing is missing; of datagrams that are lost
// on purpose, exactly their records are.
func TestSoftflowd(t *testing.T) {
	const exchanges = 3000
	path := filepath.Join(t.TempDir(), "made.pcap")
	writeCapture(t, path, exchanges)
	for version, want := range map[string]struct {
		p   Protocol
		way ipfix.Counting
	}{"5": {NetFlow5, ipfix.CountsRecords}, "9": {NetFlow9, ipfix.CountsMessages}, "10": {IPFIX, ipfix.CountsAfter}} {
		for _, lossy := range []bool{false, true} {
			t.Run(fmt.Sprint(version, lossy), func(t *testing.T) {
				p := newPost(t)
				if lossy {
					p.lose = func(n int) bool { return n > 5 && n < 60 && n%9 == 0 }
				}
				p.run(t, "softflowd", "-d", "-r", path, "-v", version, "-n", p.s.Addr().String(),
					"-p", filepath.Join(t.TempDir(), "pid"), "-c", "none")
				check(t, p, want.p, want.way, exchanges, lossy)
			})
		}
	}
}

// TestPmacctd: the same of pmacctd's exporters.
func TestPmacctd(t *testing.T) {
	const exchanges = 600
	path := filepath.Join(t.TempDir(), "made.pcap")
	writeCapture(t, path, exchanges)
	for name, tt := range map[string]struct {
		config string
		p      Protocol
		way    ipfix.Counting
	}{
		"nfprobe 9":  {"plugins: nfprobe[x]\nnfprobe_version: 9\nnfprobe_receiver: %s\n", NetFlow9, ipfix.CountsMessages},
		"nfprobe 10": {"plugins: nfprobe[x]\nnfprobe_version: 10\nnfprobe_receiver: %s\n", IPFIX, ipfix.CountsRecords},
		"sfprobe":    {"plugins: sfprobe[x]\nsfprobe_agentip: 127.0.0.1\nsfprobe_receiver: %s\n", SFlow5, ipfix.CountsMessages},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // each waits some seconds for its end
			p := newPost(t)
			p.lose = func(n int) bool { return n > 5 && n < 15 && n%4 == 0 }
			config := filepath.Join(t.TempDir(), "conf")
			text := fmt.Sprintf("daemonize: false\npcap_savefile: %s\naggregate: src_host, dst_host, src_port, dst_port, proto, tos\n"+tt.config, path, p.s.Addr())
			if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			p.run(t, "pmacctd", "-f", config)
			check(t, p, tt.p, tt.way, exchanges, true)
		})
	}
}

func check(t *testing.T, p *post, protocol Protocol, way ipfix.Counting, exchanges int, lossy bool) {
	t.Helper()
	all := p.table.Exporters(true)
	if len(all) != 1 || p.table.Totals().Unreadable != 0 || p.table.Totals().Dropped != 0 {
		t.Fatalf("%+v, %+v", all, p.table.Totals())
	}
	x := all[0]
	var gone, missing uint64
	for i := range p.lost {
		gone += p.lost[i].Made
		_, n, _ := span(way, &p.lost[i])
		missing += uint64(n)
	}
	t.Logf("%d datagrams, %d records, %d of %d missing, counting %d", x.Datagrams, x.Records, x.LostGap, missing, x.Counting)
	if x.Protocol != protocol || x.Counting != way || x.LostGap != missing || x.LostSocket+x.Repeats+x.Restarts+x.Strays+x.Undecodable != 0 {
		t.Errorf("%+v; %d were lost on purpose", x, missing)
	}
	whole := x.Records+gone == uint64(exchanges)
	if protocol == SFlow5 { // at the end of a file sfprobe keeps a datagram that is not full
		whole = x.Records+gone > uint64(exchanges)*9/10 && x.Records+gone <= uint64(exchanges)
	}
	if !whole || lossy != (len(p.lost) > 0) {
		t.Errorf("%d records and %d lost of %d", x.Records, gone, exchanges)
	}
}
