package zeeklog

import (
	"bufio"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/noroshi-acd/noroshi/bench/made/world"
)

// Counts says how many records went into each log.
type Counts struct{ Conn, DNS, TLS, HTTP, Certificates int64 }

// Total is the number of records in all logs.
func (c Counts) Total() int64 { return c.Conn + c.DNS + c.TLS + c.HTTP + c.Certificates }

// Options says how to write.
type Options struct {
	// ByEnd writes conn records when the connection ends, as a live sensor does;
	// otherwise in order of beginning.
	ByEnd bool
}

// The columns of the logs, as Zeek 6 writes them.
const (
	ends     = "ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p"
	endTypes = "time\tstring\taddr\tport\taddr\tport"
)

// Write plays s and writes its logs into dir, which must exist.
func Write(dir string, s *world.Stage, o Options) (Counts, error) {
	w := &logs{seen: map[string]bool{}, start: s.Start}
	for c := range world.Client(world.Clients) {
		sum := md5.Sum([]byte{byte(c), byte(s.Seed)})
		w.ja3[c] = hex.EncodeToString(sum[:])
	}
	var err error
	open := func(name, fields, types string) *bufio.Writer {
		if err != nil {
			return nil
		}
		var f *os.File
		if f, err = os.Create(filepath.Join(dir, name+".log")); err != nil {
			return nil
		}
		w.files = append(w.files, f)
		b := bufio.NewWriterSize(f, 1<<18)
		w.buffers = append(w.buffers, b)
		fmt.Fprintf(b, "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\t%s\n#open\t%s\n#fields\t%s\n#types\t%s\n",
			name, time.Unix(0, s.Start).UTC().Format("2006-01-02-15-04-05"), fields, types)
		return b
	}
	w.conn = open("conn", ends+"\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\tlocal_orig\tlocal_resp\tmissed_bytes\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\ttunnel_parents",
		endTypes+"\tenum\tstring\tinterval\tcount\tcount\tstring\tbool\tbool\tcount\tstring\tcount\tcount\tcount\tcount\tset[string]")
	w.dns = open("dns", ends+"\tproto\ttrans_id\trtt\tquery\tqclass\tqclass_name\tqtype\tqtype_name\trcode\trcode_name\tAA\tTC\tRD\tRA\tZ\tanswers\tTTLs\trejected",
		endTypes+"\tenum\tcount\tinterval\tstring\tcount\tstring\tcount\tstring\tcount\tstring\tbool\tbool\tbool\tbool\tcount\tvector[string]\tvector[interval]\tbool")
	w.tls = open("ssl", ends+"\tversion\tcipher\tcurve\tserver_name\tresumed\tlast_alert\tnext_protocol\testablished\tssl_history\tcert_chain_fps\tclient_cert_chain_fps\tsni_matches_cert\tja3",
		endTypes+"\tstring\tstring\tstring\tstring\tbool\tstring\tstring\tbool\tstring\tvector[string]\tvector[string]\tbool\tstring")
	w.http = open("http", ends+"\ttrans_depth\tmethod\thost\turi\tuser_agent\trequest_body_len\tresponse_body_len\tstatus_code\tstatus_msg",
		endTypes+"\tcount\tstring\tstring\tstring\tstring\tcount\tcount\tcount\tstring")
	w.x509 = open("x509", "ts\tfingerprint\tcertificate.version\tcertificate.serial\tcertificate.subject\tcertificate.issuer\tcertificate.not_valid_before\tcertificate.not_valid_after\tsan.dns",
		"time\tstring\tcount\tstring\tstring\tstring\ttime\ttime\tvector[string]")
	if err == nil {
		err = s.Play(func(x *world.Exchange) error { return w.see(x, o) })
	}
	for err == nil && w.late.Len() > 0 {
		_, line := w.late.Pop()
		_, err = w.conn.WriteString(line)
	}
	return w.counts, w.close(err, s.End)
}

// logs writes one set of logs.
type logs struct {
	conn, dns, tls, http, x509 *bufio.Writer
	files                      []*os.File
	buffers                    []*bufio.Writer
	late                       world.Queue[string] // conn lines that wait for their connection's end
	seen                       map[string]bool     // certificates written
	ja3                        [world.Clients]string
	counts                     Counts
	start                      int64
	line                       []byte
	uid                        []byte
	n                          uint64
}

func (w *logs) close(err error, end int64) error {
	for i, b := range w.buffers {
		fmt.Fprintf(b, "#close\t%s\n", time.Unix(0, end).UTC().Format("2006-01-02-15-04-05"))
		if e := b.Flush(); err == nil {
			err = e
		}
		if e := w.files[i].Close(); err == nil {
			err = e
		}
	}
	for _, f := range w.files[len(w.buffers):] {
		f.Close()
	}
	if err != nil {
		return fmt.Errorf("writing logs: %w", err)
	}
	return nil
}

// see writes one exchange into the logs that tell of it.
func (w *logs) see(x *world.Exchange, o Options) error {
	w.n++
	w.uid = append(w.uid[:0], 'C')
	for v := w.n * 0x9e3779b97f4a7c15; len(w.uid) < 14; v /= 36 {
		w.uid = append(w.uid, "0123456789abcdefghijklmnopqrstuvwxyz"[v%36])
	}
	if o.ByEnd {
		for w.late.Len() > 0 && w.late.Next() <= x.At {
			_, line := w.late.Pop()
			if _, err := w.conn.WriteString(line); err != nil {
				return err
			}
		}
	}
	w.connection(x)
	var err error
	if o.ByEnd {
		w.late.Push(x.At+x.Dur, string(w.line))
	} else {
		_, err = w.conn.Write(w.line)
	}
	if err != nil || x.Ending == world.NoAnswer && x.Protocol != world.DNS || x.Ending == world.Refused {
		return err
	}
	switch x.Protocol {
	case world.DNS:
		w.question(x)
		_, err = w.dns.Write(w.line)
	case world.TLS:
		err = w.handshake(x)
	case world.HTTP:
		w.request(x)
		_, err = w.http.Write(w.line)
	}
	return err
}

// begin starts a line with the columns that all logs share.
func (w *logs) begin(x *world.Exchange, at int64) {
	b := stamp(w.line[:0], at)
	b = append(append(append(b, '\t'), w.uid...), '\t')
	b = append(x.Src.AppendTo(b), '\t')
	b = append(strconv.AppendUint(b, uint64(x.SrcPort), 10), '\t')
	b = append(x.Dst.AppendTo(b), '\t')
	w.line = append(strconv.AppendUint(b, uint64(x.DstPort), 10), '\t')
}

// stamp writes ns as seconds with six decimals.
func stamp(b []byte, ns int64) []byte {
	b = append(strconv.AppendInt(b, ns/1e9, 10), '.')
	micro := ns % 1e9 / 1e3
	for d := int64(100000); d > 1 && micro < d; d /= 10 {
		b = append(b, '0')
	}
	return strconv.AppendInt(b, micro, 10)
}

func (w *logs) text(s string) {
	if s == "" {
		s = "-"
	}
	w.line = append(append(w.line, s...), '\t')
}

func (w *logs) number(n int64) { w.line = append(strconv.AppendInt(w.line, n, 10), '\t') }

// end ends the line in place of the last tab.
func (w *logs) end() { w.line[len(w.line)-1] = '\n' }

func (w *logs) connection(x *world.Exchange) {
	w.counts.Conn++
	w.begin(x, x.At)
	head := int64(28)
	proto := "udp"
	switch x.Protocol.Transport() {
	case 6:
		proto, head = "tcp", 40
	case 1:
		proto = "icmp"
	}
	w.text(proto)
	w.text([...]string{"", "", "", "dns", "ssl", "http", "ntp", "ssh", "quic", "mqtt", "sip"}[x.Protocol])
	if x.Ending == world.NoAnswer && x.UpCount < 2 {
		w.line = append(w.line, "-\t-\t-\t"...)
	} else {
		w.line = append(stamp(w.line, x.Dur), '\t')
		w.number(x.Up)
		w.number(x.Down)
	}
	state, history := outcome(x, proto)
	w.text(state)
	w.line = append(w.line, "T\t"...)
	if x.Dst.IsPrivate() {
		w.line = append(w.line, "T\t0\t"...)
	} else {
		w.line = append(w.line, "F\t0\t"...)
	}
	w.text(history)
	up, down := x.Packets()
	w.number(up)
	w.number(x.Up + up*head)
	w.number(down)
	w.number(x.Down + down*head)
	w.text("")
	w.end()
}

// outcome gives conn_state and history of x over transport proto.
func outcome(x *world.Exchange, proto string) (state, history string) {
	state, history = "SF", "ShADadFf"
	switch x.Ending {
	case world.Open:
		state, history = "S1", "ShADad"
	case world.Reset:
		state, history = "RSTO", "ShADadR"
	case world.NoAnswer:
		state, history = "S0", "S"
	case world.Refused:
		state, history = "REJ", "Sr"
	case world.OneSided:
		state, history = "S0", "D"
	}
	if proto != "tcp" {
		if history = "Dd"; state == "S0" {
			history = "D"
		}
		if state == "S1" || state == "RSTO" {
			state = "SF"
		}
	}
	if proto == "icmp" {
		state, history = "OTH", ""
	}
	return state, history
}

func (w *logs) question(x *world.Exchange) {
	w.counts.DNS++
	w.begin(x, x.At)
	w.text("udp")
	w.number(int64(w.n * 40503 % 65536))
	w.line = append(stamp(w.line, x.Dur), '\t')
	w.text(x.Name)
	w.line = append(w.line, "1\tC_INTERNET\t"...)
	w.number(int64(x.Type))
	w.text(map[uint16]string{world.TypeA: "A", world.TypeNULL: "NULL", world.TypeCNAME: "CNAME", world.TypeMX: "MX", world.TypeTXT: "TXT", world.TypeAAAA: "AAAA"}[x.Type])
	w.number(int64(x.Rcode))
	w.text(map[uint16]string{0: "NOERROR", world.ServFail: "SERVFAIL", world.NXDomain: "NXDOMAIN"}[x.Rcode])
	w.line = append(w.line, "F\tF\tT\tT\t0\t"...)
	if len(x.Answers) == 0 {
		w.line = append(w.line, "-\t-\tF\n"...)
		return
	}
	for i, a := range x.Answers {
		if i > 0 {
			w.line = append(w.line, ',')
		}
		w.line = a.AppendTo(w.line)
	}
	w.line = append(w.line, '\t')
	for i := range x.Answers {
		if i > 0 {
			w.line = append(w.line, ',')
		}
		w.line = stamp(w.line, int64(x.TTL))
	}
	w.line = append(w.line, "\tF\n"...)
}

func (w *logs) request(x *world.Exchange) {
	w.counts.HTTP++
	w.begin(x, x.At+int64(40*time.Millisecond))
	w.line = append(w.line, "1\tGET\t"...)
	if x.Name == "" {
		w.text(x.Dst.String())
	} else {
		w.text(x.Name)
	}
	w.line = append(w.line, "/\t-\t0\t"...)
	w.number(max(x.Down-150, 0))
	w.line = append(w.line, "200\tOK\n"...)
}

// handshake writes the ssl record and, the first time that TLS 1.2 shows a
// certificate, the x509 record.
func (w *logs) handshake(x *world.Exchange) error {
	w.counts.TLS++
	at := x.At + int64(40*time.Millisecond)
	w.begin(x, at)
	old := x.SelfSigned || x.Client == world.Embedded || x.Name != "" && len(x.Name)%6 == 0
	if old {
		w.line = append(w.line, "TLSv12\tTLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\tx25519\t"...)
	} else {
		w.line = append(w.line, "TLSv13\tTLS_AES_128_GCM_SHA256\tx25519\t"...)
	}
	w.text(x.Name)
	w.line = append(w.line, "F\t-\t-\tT\tCsi\t"...)
	if !old {
		w.line = append(w.line, "-\t-\t-\t"...)
		w.text(w.ja3[x.Client])
		w.end()
		_, err := w.tls.Write(w.line)
		return err
	}
	subject := x.Name
	if subject == "" {
		subject = "localhost"
	}
	h := fnv.New128a()
	h.Write([]byte(subject))
	print := hex.EncodeToString(h.Sum(nil))
	print += print
	w.text(print)
	w.line = append(w.line, "(empty)\tT\t"...)
	w.text(w.ja3[x.Client])
	w.end()
	if _, err := w.tls.Write(w.line); err != nil || w.seen[print] {
		return err
	}
	w.seen[print] = true
	w.counts.Certificates++
	issuer := "CN=Common Web Trust R2,O=Made-up Trust"
	if x.SelfSigned {
		issuer = "CN=" + subject
	}
	w.line = append(stamp(w.line[:0], at), '\t')
	w.text(print)
	w.line = append(w.line, "3\t"...)
	w.text(print[:16])
	w.text("CN=" + subject)
	w.text(issuer)
	w.line = append(stamp(w.line, w.start-20*int64(24*time.Hour)), '\t')
	w.line = append(stamp(w.line, w.start+70*int64(24*time.Hour)), '\t')
	w.text(x.Name)
	w.end()
	_, err := w.x509.Write(w.line)
	return err
}
