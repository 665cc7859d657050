//go:build linux && cgo

package duckdb

import (
	"cmp"
	"context"
	"database/sql"
	"math"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flowstore/keep"
)

// found collects the earliest records of an answer, one more than its limit, and forgets
// the others: what it holds is bounded by the limit, not by what is there.
type found struct {
	limit int
	bound int64 // a record that began after this one is not among the earliest
	batch flow.Batch
	list  []place
	one   flow.Batch
}

// place is where a record of the answer stands in it.
type place struct {
	first int64
	group *keep.View
	seq   int64
	at    int32 // in the batch
}

func newFound(limit int) *found { return &found{limit: limit, bound: math.MaxInt64} }

// before orders records by beginning, then by warrant, day and arrival.
func before(a, b place) int {
	return cmp.Or(cmp.Compare(a.first, b.first), strings.Compare(string(a.group.Warrant), string(b.group.Warrant)),
		strings.Compare(a.group.Day, b.group.Day), cmp.Compare(a.seq, b.seq))
}

// scan takes one row.
func (f *found) scan(rows *sql.Rows, g *keep.View) error {
	var r flow.Record
	var p place
	var via int32
	var srcHi, srcLo, dstHi, dstLo uint64
	var kind, state, service uint8
	var parts []byte
	err := rows.Scan(&p.seq, &via, &r.First, &r.Last, &srcHi, &srcLo, &dstHi, &dstLo,
		&r.SrcBytes, &r.DstBytes, &r.SrcPackets, &r.DstPackets, &r.Sampling, &r.Link, &r.Signature,
		&r.SrcPort, &r.DstPort, &r.Proto, &r.SrcFlags, &r.DstFlags, &kind, &state, &service, &r.Pseudonyms, &parts)
	if err != nil {
		return err
	}
	r.Src, r.Dst = whole(srcHi, srcLo), whole(dstHi, dstLo)
	r.Kind, r.State, r.Service = flow.Kind(kind), flow.State(state), flow.Service(service)
	if len(parts) > 0 {
		f.one.Reset()
		if err := flow.DecodeRecord(parts, &f.one); err != nil {
			return err
		}
		beside := &f.one.Records[0]
		r.Host, r.DNS, r.TLS = beside.Host, beside.DNS, beside.TLS
		f.batch.Copy(&f.one, &r)
	} else {
		f.batch.Records = append(f.batch.Records, r)
	}
	p.first, p.group, p.at = r.First, g, int32(len(f.batch.Records)-1)
	f.list = append(f.list, p)
	if len(f.list) >= 4*(f.limit+1) {
		f.trim()
	}
	return nil
}

// trim forgets what is not among the earliest, and the memory that it took.
func (f *found) trim() {
	slices.SortFunc(f.list, before)
	if len(f.list) <= f.limit+1 {
		return
	}
	f.list = f.list[:f.limit+1]
	f.bound = f.list[f.limit].first
	var kept flow.Batch
	for i := range f.list {
		kept.Copy(&f.batch, &f.batch.Records[f.list[i].at])
		f.list[i].at = int32(i)
	}
	f.batch = kept
}

// give hands the answer over, batch by batch.
func (f *found) give(ctx context.Context, yield func(*flow.Batch) error) (more bool, err error) {
	f.trim()
	more = len(f.list) > f.limit
	var out flow.Batch
	list := f.list[:min(len(f.list), f.limit)]
	for chunk := range slices.Chunk(list, flow.BatchSize) {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		out.Reset()
		for _, p := range chunk {
			out.Copy(&f.batch, &f.batch.Records[p.at])
		}
		if err := yield(&out); err != nil {
			return false, err
		}
	}
	return more, nil
}
