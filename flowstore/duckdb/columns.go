//go:build linux && cgo

package duckdb

import (
	"bytes"
	"encoding/binary"
	"strings"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/noroshi-acd/noroshi/flow"
)

// column is one column of a cell.
type column struct {
	name string
	typ  driver.Type
}

// The numbers of the columns.
const (
	colSeq = iota
	colVia
	colFirst
	colLast
	colSrcHi
	colSrcLo
	colDstHi
	colDstLo
	colSrcBytes
	colDstBytes
	colSrcPackets
	colDstPackets
	colSampling
	colLink
	colSignature
	colSrcPort
	colDstPort
	colProto
	colSrcFlags
	colDstFlags
	colKind
	colState
	colService
	colPseudonyms
	colParts
	colNames
)

// columns lists the columns of a cell. parts holds host, DNS and TLS facts as a record of
// flow's own encoding that has nothing else, so that what comes out is what went in;
// names holds the names among them for searching, each between line feeds.
func columns() []column {
	return []column{
		colSeq: {"seq", driver.TYPE_BIGINT}, colVia: {"via", driver.TYPE_INTEGER},
		colFirst: {"first", driver.TYPE_BIGINT}, colLast: {"last", driver.TYPE_BIGINT},
		colSrcHi: {"src_hi", driver.TYPE_UBIGINT}, colSrcLo: {"src_lo", driver.TYPE_UBIGINT},
		colDstHi: {"dst_hi", driver.TYPE_UBIGINT}, colDstLo: {"dst_lo", driver.TYPE_UBIGINT},
		colSrcBytes: {"src_bytes", driver.TYPE_UBIGINT}, colDstBytes: {"dst_bytes", driver.TYPE_UBIGINT},
		colSrcPackets: {"src_packets", driver.TYPE_UBIGINT}, colDstPackets: {"dst_packets", driver.TYPE_UBIGINT},
		colSampling: {"sampling", driver.TYPE_UINTEGER}, colLink: {"link", driver.TYPE_UINTEGER},
		colSignature: {"signature", driver.TYPE_UINTEGER},
		colSrcPort:   {"src_port", driver.TYPE_USMALLINT}, colDstPort: {"dst_port", driver.TYPE_USMALLINT},
		colProto: {"proto", driver.TYPE_UTINYINT}, colSrcFlags: {"src_flags", driver.TYPE_UTINYINT},
		colDstFlags: {"dst_flags", driver.TYPE_UTINYINT}, colKind: {"kind", driver.TYPE_UTINYINT},
		colState: {"state", driver.TYPE_UTINYINT}, colService: {"service", driver.TYPE_UTINYINT},
		colPseudonyms: {"pseudonyms", driver.TYPE_UTINYINT},
		colParts:      {"parts", driver.TYPE_BLOB}, colNames: {"names", driver.TYPE_VARCHAR},
	}
}

// list names the columns for SQL, without names, which no answer needs.
func list() string {
	var b strings.Builder
	for i, c := range columns()[:colNames] {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(c.name)
	}
	return b.String()
}

// halves gives an address as two numbers, so that ranges of addresses are ranges of
// numbers.
func halves(a flow.Addr) (hi, lo uint64) {
	return binary.BigEndian.Uint64(a[:8]), binary.BigEndian.Uint64(a[8:])
}

func whole(hi, lo uint64) (a flow.Addr) {
	binary.BigEndian.PutUint64(a[:8], hi)
	binary.BigEndian.PutUint64(a[8:], lo)
	return a
}

// partsOf encodes what of r stands beside it, nil when there is nothing.
func partsOf(dst []byte, b *flow.Batch, r *flow.Record) []byte {
	if r.Host.Len == 0 && r.DNS == 0 && r.TLS == 0 {
		return nil
	}
	return flow.AppendRecord(dst, b, &flow.Record{Host: r.Host, DNS: r.DNS, TLS: r.TLS})
}

// namesOf lists the names of r in lower case between line feeds, "" when there are none.
// What is no name, a line feed or no UTF-8, cannot be searched for.
func namesOf(buf []byte, b *flow.Batch, r *flow.Record) []byte {
	buf = buf[:0]
	add := func(t flow.Text) {
		if t.Len == 0 {
			return
		}
		if len(buf) == 0 {
			buf = append(buf, '\n')
		}
		name := bytes.ToLower(bytes.ToValidUTF8(b.Bytes(t), []byte("?")))
		buf = append(buf, bytes.ReplaceAll(name, []byte("\n"), []byte("?"))...)
		buf = append(buf, '\n')
	}
	add(r.Host)
	if d := b.DNSOf(r); d != nil {
		add(d.Question)
		for _, a := range b.Answers[d.Answers.From:d.Answers.To] {
			add(a.Name)
		}
	}
	if t := b.TLSOf(r); t != nil {
		add(t.SNI)
		for _, n := range b.Names[t.Names.From:t.Names.To] {
			add(n)
		}
	}
	return buf
}
