package flows

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/aggregate"
	"github.com/noroshi-acd/noroshi/flow/filter"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// errEnough ends the reading: as many records as were asked for are listed.
var errEnough = errors.New("enough")

// width is how many columns tables are written for.
const width = 80

// entry is a record as JSON and CSV show it.
type entry struct {
	First      string `json:"first"` // RFC 3339
	Last       string `json:"last"`
	Kind       string `json:"kind"`
	Proto      string `json:"proto"`
	Src        string `json:"src"`
	SrcPort    uint16 `json:"src_port"`
	Dst        string `json:"dst"`
	DstPort    uint16 `json:"dst_port"`
	SrcPackets uint64 `json:"src_packets"`
	DstPackets uint64 `json:"dst_packets"`
	SrcBytes   uint64 `json:"src_bytes"`
	DstBytes   uint64 `json:"dst_bytes"`
	State      string `json:"state"`
	Service    string `json:"service"`
	Direction  string `json:"direction"`
	Name       string `json:"name,omitempty"`
	JA4        string `json:"ja4,omitempty"`
}

// lister writes records in the form that was asked for.
type lister struct {
	*run
	w    *bufio.Writer
	json *json.Encoder
	csv  *csv.Writer
	n    int
}

func (r *run) lister() *lister {
	l := &lister{run: r, w: bufio.NewWriterSize(r.Stdout, 64<<10)}
	switch {
	case r.table != nil:
	case r.flags.json:
		l.json = json.NewEncoder(l.w)
		l.json.SetEscapeHTML(false)
	case r.flags.csv:
		l.csv = csv.NewWriter(l.w)
		_ = l.csv.Write([]string{"first", "last", "kind", "proto", "src", "src_port", "dst", "dst_port", "src_packets", "dst_packets", "src_bytes", "dst_bytes",
			"state", "service", "direction", "name", "ja4"}) // flush tells of errors
	}
	return l
}

func (l *lister) record(b *flow.Batch, r *flow.Record) error {
	if l.top > 0 && l.n == l.top {
		return errEnough
	}
	l.n++
	stamp := func(ns int64) string { return time.Unix(0, ns).UTC().Format(time.RFC3339Nano) }
	e := entry{First: stamp(r.First), Last: stamp(r.Last), Kind: filter.Kind(r.Kind), Proto: filter.Proto(r.Proto),
		Src: r.Src.String(), SrcPort: r.SrcPort, Dst: r.Dst.String(), DstPort: r.DstPort,
		SrcPackets: r.SrcPackets, DstPackets: r.DstPackets, SrcBytes: r.SrcBytes, DstBytes: r.DstBytes,
		State: filter.State(r.State), Service: filter.Service(r.Service), Direction: l.classes[l.class(r.Src, r.Dst)], Name: i18n.Escape(string(aggregate.Name(b, r)))}
	if x := b.TLSOf(r); x != nil {
		e.JA4 = i18n.Escape(b.String(x.JA4))
	}
	switch {
	case l.json != nil:
		return l.json.Encode(e)
	case l.csv != nil:
		u := func(n uint64) string { return strconv.FormatUint(n, 10) }
		return l.csv.Write([]string{e.First, e.Last, e.Kind, e.Proto, e.Src, u(uint64(e.SrcPort)), e.Dst, u(uint64(e.DstPort)), u(e.SrcPackets), u(e.DstPackets),
			u(e.SrcBytes), u(e.DstBytes), e.State, e.Service, e.Direction, harmless(e.Name), harmless(e.JA4)})
	}
	return l.lines(r, &e)
}

// lines writes a record in two lines, or three when its addresses are long.
func (l *lister) lines(r *flow.Record, e *entry) error {
	end := func(addr string, port uint16) string {
		if r.Proto == 1 || r.Proto == 58 {
			return addr
		}
		return net.JoinHostPort(addr, strconv.Itoa(int(port)))
	}
	head := fmt.Sprintf("%s %-5s ", time.Unix(0, r.First).UTC().Format("2006-01-02 15:04:05"), e.Proto)
	src, dst := end(e.Src, e.SrcPort), "→ "+end(e.Dst, e.DstPort)
	if i18n.Width(head+src+dst)+1 > width {
		src += "\n" + strings.Repeat(" ", len(head)-2)
	}
	say := func(key string, args ...any) string { return i18n.Say(l.Lang, "flows."+key, args...) }
	parts := []string{say("lasts", "took", time.Duration(r.Last-r.First)),
		say("amounts", "out", short(r.SrcBytes), "in", short(r.DstBytes), "outpackets", short(r.SrcPackets), "inpackets", short(r.DstPackets)), e.State}
	if r.Kind != flow.KindFlow {
		parts = append(parts, e.Kind)
	}
	if r.Service != flow.ServiceUnknown {
		parts = append(parts, e.Service)
	}
	text := "    " + strings.Join(parts, " · ")
	if e.Name != "" {
		text += " · " + e.Name
	}
	_, err := fmt.Fprintf(l.w, "%s%s %s\n%s\n", head, src, dst, i18n.Cut(text, width))
	return err
}

func (l *lister) flush() error {
	if l.csv != nil {
		if l.csv.Flush(); l.csv.Error() != nil {
			return l.csv.Error()
		}
	}
	return l.w.Flush()
}

// harmless keeps a spreadsheet from reading a text as a formula.
func harmless(s string) string {
	if s != "" && strings.IndexByte("=+-@", s[0]) >= 0 {
		return "'" + s
	}
	return s
}

// short writes a count in at most five characters: 999, 1.2k, 34M.
func short(n uint64) string {
	f, unit := float64(n), 0
	for f >= 999.5 && unit < 6 {
		f /= 1000
		unit++
	}
	switch {
	case unit == 0:
		return strconv.FormatUint(n, 10)
	case f < 9.95:
		return strconv.FormatFloat(f, 'f', 1, 64) + "kMGTPE"[unit-1:unit]
	}
	return strconv.FormatFloat(f, 'f', 0, 64) + "kMGTPE"[unit-1:unit]
}
