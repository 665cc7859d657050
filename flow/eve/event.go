package eve

import (
	"bytes"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/exchange"
	"github.com/noroshi-acd/noroshi/flow/jsontext"
	"github.com/noroshi-acd/noroshi/flow/scalar"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// event is one line: values and inner objects as they stand, nil for what is not
// there. They are valid until the next line.
type event struct {
	timestamp, flowID, kind, sensor    []byte
	src, sport, dst, dport, proto      []byte
	app, direction, icmpType, icmpCode []byte
	flow, netflow, tcp, dns, tls, quic []byte
	http, alert                        []byte
	time                               int64 // ns, of the event
	scratch                            []byte
	path                               string
	number, at                         int64 // of the line
	bad                                *fault.Error
}

// parse cuts a line; it says whether the line is one whole object.
func (e *event) parse(line []byte) bool {
	*e = event{scratch: e.scratch[:0], path: e.path, number: e.number, at: e.at}
	o := jsontext.Open(line)
	for o.Next() {
		if f := e.field(o.Key); f != nil {
			*f = o.Value
		}
	}
	return o.Whole()
}

// field gives the place for a member, nil for one that is not read.
func (e *event) field(name []byte) *[]byte {
	switch string(name) {
	case "timestamp":
		return &e.timestamp
	case "flow_id":
		return &e.flowID
	case "event_type":
		return &e.kind
	case "host":
		return &e.sensor
	case "src_ip":
		return &e.src
	case "src_port":
		return &e.sport
	case "dest_ip":
		return &e.dst
	case "dest_port":
		return &e.dport
	case "proto":
		return &e.proto
	}
	return e.detail(name)
}

func (e *event) detail(name []byte) *[]byte {
	switch string(name) {
	case "app_proto":
		return &e.app
	case "direction":
		return &e.direction
	case "icmp_type":
		return &e.icmpType
	case "icmp_code":
		return &e.icmpCode
	case "flow":
		return &e.flow
	case "netflow":
		return &e.netflow
	case "tcp":
		return &e.tcp
	case "dns":
		return &e.dns
	case "tls":
		return &e.tls
	case "quic":
		return &e.quic
	case "http":
		return &e.http
	case "alert":
		return &e.alert
	}
	return nil
}

// used says whether events of this kind are read.
func (e *event) used() bool {
	switch string(e.kind) {
	case "flow", "netflow", "dns", "tls", "quic", "http", "alert":
		return true
	}
	return false
}

// headLines is how many lines are looked at to recognise a log.
const headLines = 20

// Recognise says whether head, the beginning of an input, is EVE JSON. begin is
// the earliest time among its lines, in ns, 0 for none.
func Recognise(head []byte) (begin int64, ok bool) {
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	n := 0
	var e event
	for line := range bytes.Lines(head) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if n++; !ok && n > headLines {
			break
		}
		e.parse(line) // may be cut off; its first members count all the same
		t, isTime := scalar.Instant(e.timestamp)
		if e.kind == nil || !isTime {
			continue
		}
		if inner := jsontext.Open(e.flow); string(e.kind) == "flow" {
			for inner.Next() {
				if start, ok := scalar.Instant(inner.Value); ok && string(inner.Key) == "start" {
					t = start
				}
			}
		}
		if !ok || t < begin {
			begin = t
		}
		ok = true
	}
	return begin, ok
}

// text gives the inside of a string without escapes, valid until the next line.
func (e *event) text(v []byte) (text []byte) {
	text, e.scratch = jsontext.Unescape(e.scratch, v)
	return text
}

// flaw notes that a field is bad; key is the sentence in the catalogue.
func (e *event) flaw(field, key string, args ...any) {
	if e.bad == nil {
		e.bad = said(fault.Invalid, fault.Place{Path: e.path, Line: e.number, Offset: e.at, Field: field}, key, args...)
	}
}

// said makes an error with the sentence of key and the hint of key+"-hint". It
// quotes no value: what a line holds may be content.
func said(kind fault.Kind, at fault.Place, key string, args ...any) *fault.Error {
	return fault.Said(fault.Error{Kind: kind, Place: at}, i18n.Both("eve.read"), i18n.Both(key, args...), i18n.Both(key+"-hint"))
}

func (e *event) count(v []byte, field string) uint64 {
	if v == nil {
		return 0
	}
	n, ok := scalar.Count(v)
	if !ok {
		e.flaw(field, "eve.value.count")
	}
	return n
}

func (e *event) port(v []byte, field string) uint16 {
	n := e.count(v, field)
	if n > 0xffff {
		e.flaw(field, "eve.value.port")
	}
	return uint16(n)
}

// instant reads a time; without one it gives that of the event.
func (e *event) instant(v []byte, field string) int64 {
	if v == nil {
		return e.time
	}
	t, ok := scalar.Instant(v)
	if !ok {
		e.flaw(field, "eve.value.time")
	}
	return t
}

func (e *event) addr(v []byte, field string) flow.Addr {
	if v == nil {
		e.flaw(field, "eve.value.missing")
		return flow.Addr{}
	}
	a, ok := scalar.IP(v)
	if !ok {
		e.flaw(field, "eve.value.address")
	}
	return a
}

// ends gives a record with the time and the endpoints that all events have.
func (e *event) ends() flow.Record {
	rec := flow.Record{
		First: e.time, Last: e.time, Src: e.addr(e.src, "src_ip"), Dst: e.addr(e.dst, "dest_ip"),
		SrcPort: e.port(e.sport, "src_port"), DstPort: e.port(e.dport, "dest_port"),
	}
	rec.Proto = exchange.Proto(e.proto, rec.Src.Is4())
	if rec.Proto == exchange.ICMP || rec.Proto == exchange.ICMPv6 {
		rec.SrcPort, rec.DstPort = e.port(e.icmpType, "icmp_type"), e.port(e.icmpCode, "icmp_code")
	}
	return rec
}
