//go:build linux && cgo

package duckdb

import (
	"fmt"
	"sync"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flowstore/keep"
)

// source gives records, piece by piece, to one of DuckDB's threads after another.
type source interface {
	// next fills b and says which of its records are meant (nil: all), and how they are
	// numbered; ok is false at the end.
	next(b *flow.Batch) (p piece, ok bool, err error)
	size() int
}

// piece is some records of a batch.
type piece struct {
	batch *flow.Batch
	at    []ref // nil: all, numbered from seq
	seq   int64
	via   int32
}

// ref is one record of a sorted list.
type ref struct {
	hi, lo uint64
	first  int64
	batch  int32
	at     int32
}

// shelf holds, by number, what DuckDB is reading just now.
type shelf struct {
	mu    sync.Mutex
	last  uint64
	lists map[uint64]source
}

// put makes a source readable as waiting(number) until it is taken away; once.
func (s *shelf) put(x source) (number uint64, take func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	number = s.last
	s.lists[number] = x
	return number, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.lists, number)
	}
}

func (s *shelf) get(number any) (source, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, ok := number.(uint64)
	x, there := s.lists[n]
	return x, ok && there
}

// function is the table function waiting(number): the records of a source.
func (s *shelf) function() (driver.ParallelChunkTableFunction, error) {
	number, err := driver.NewTypeInfo(driver.TYPE_UBIGINT)
	if err != nil {
		return driver.ParallelChunkTableFunction{}, err
	}
	var infos []driver.ColumnInfo
	for _, c := range columns() {
		t, err := driver.NewTypeInfo(c.typ)
		if err != nil {
			return driver.ParallelChunkTableFunction{}, err
		}
		infos = append(infos, driver.ColumnInfo{Name: c.name, T: t})
	}
	return driver.ParallelChunkTableFunction{
		Config: driver.TableFunctionConfig{Arguments: []driver.TypeInfo{number}},
		BindArguments: func(_ map[string]any, args ...any) (driver.ParallelChunkTableSource, error) {
			x, ok := s.get(args[0])
			if !ok {
				return nil, fmt.Errorf("there is no list %v", args)
			}
			return &scan{infos: infos, from: x}, nil
		},
	}, nil
}

// scan is one reading of a source, by several of DuckDB's threads.
type scan struct {
	infos []driver.ColumnInfo
	mu    sync.Mutex // guards from
	from  source
}

// reading is what one thread has taken.
type reading struct {
	own   flow.Batch
	piece piece
	left  int // of the piece
	buf   []byte
	names []byte
}

func (s *scan) ColumnInfos() []driver.ColumnInfo { return s.infos }

func (s *scan) Cardinality() *driver.CardinalityInfo {
	return &driver.CardinalityInfo{Cardinality: uint(s.from.size()), Exact: true}
}

func (s *scan) Init() driver.ParallelTableSourceInfo { return driver.ParallelTableSourceInfo{} }

func (s *scan) NewLocalState() any { return &reading{} }

// FillChunk gives the next records to one thread, none at the end.
func (s *scan) FillChunk(state any, chunk driver.DataChunk) error {
	r, n, most := state.(*reading), 0, driver.GetDataChunkCapacity()
	for n < most {
		if r.left == 0 {
			more, err := s.take(r)
			if err != nil {
				return err
			}
			if !more {
				break
			}
			continue
		}
		if err := r.row(chunk, n); err != nil {
			return err
		}
		n++
	}
	return chunk.SetSize(n)
}

func (s *scan) take(r *reading) (more bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.piece, more, err = s.from.next(&r.own)
	if !more || err != nil {
		return false, err
	}
	r.left = len(r.piece.at)
	if r.piece.at == nil {
		r.left = len(r.piece.batch.Records)
	}
	return true, nil
}

// waiting is a source of batches as they lie in journals. A reading uses it up.
type waiting struct{ list []keep.Pending }

func (w *waiting) next(b *flow.Batch) (piece, bool, error) {
	if len(w.list) == 0 {
		return piece{}, false, nil
	}
	p := w.list[0]
	w.list = w.list[1:]
	return piece{batch: b, seq: p.Seq, via: p.Via}, true, flow.DecodeBatch(p.Content, b)
}

func (w *waiting) size() int {
	n := int64(0)
	for _, p := range w.list {
		n += p.Records
	}
	return int(n)
}

// row gives the next record of the piece.
func (r *reading) row(chunk driver.DataChunk, n int) error {
	p := &r.piece
	if p.at == nil {
		i := len(p.batch.Records) - r.left
		r.left--
		return r.set(chunk, n, p.batch, &p.batch.Records[i], p.seq+int64(i), p.via)
	}
	i := p.at[len(p.at)-r.left]
	r.left--
	return r.set(chunk, n, p.batch, &p.batch.Records[i.at], p.seq+int64(i.at), p.via)
}

func set[T any](chunk driver.DataChunk, row int, err *error, col int, v T) {
	if *err == nil {
		*err = driver.SetChunkValue(chunk, col, row, v)
	}
}

// setBytes leaves out what is empty.
func setBytes(chunk driver.DataChunk, row int, err *error, col int, v []byte) {
	if len(v) == 0 {
		if *err == nil {
			*err = chunk.SetValue(col, row, nil)
		}
		return
	}
	set(chunk, row, err, col, v)
}

func (r *reading) set(chunk driver.DataChunk, n int, b *flow.Batch, x *flow.Record, seq int64, via int32) (err error) {
	set(chunk, n, &err, colSeq, seq)
	set(chunk, n, &err, colVia, via)
	set(chunk, n, &err, colFirst, x.First)
	set(chunk, n, &err, colLast, x.Last)
	hi, lo := halves(x.Src)
	set(chunk, n, &err, colSrcHi, hi)
	set(chunk, n, &err, colSrcLo, lo)
	hi, lo = halves(x.Dst)
	set(chunk, n, &err, colDstHi, hi)
	set(chunk, n, &err, colDstLo, lo)
	set(chunk, n, &err, colSrcBytes, x.SrcBytes)
	set(chunk, n, &err, colDstBytes, x.DstBytes)
	set(chunk, n, &err, colSrcPackets, x.SrcPackets)
	set(chunk, n, &err, colDstPackets, x.DstPackets)
	set(chunk, n, &err, colSampling, x.Sampling)
	set(chunk, n, &err, colLink, x.Link)
	set(chunk, n, &err, colSignature, x.Signature)
	set(chunk, n, &err, colSrcPort, x.SrcPort)
	set(chunk, n, &err, colDstPort, x.DstPort)
	set(chunk, n, &err, colProto, x.Proto)
	set(chunk, n, &err, colSrcFlags, x.SrcFlags)
	set(chunk, n, &err, colDstFlags, x.DstFlags)
	set(chunk, n, &err, colKind, uint8(x.Kind))
	set(chunk, n, &err, colState, uint8(x.State))
	set(chunk, n, &err, colService, uint8(x.Service))
	set(chunk, n, &err, colPseudonyms, x.Pseudonyms)
	r.buf = partsOf(r.buf[:0], b, x)
	setBytes(chunk, n, &err, colParts, r.buf)
	r.names = namesOf(r.names, b, x)
	setBytes(chunk, n, &err, colNames, r.names)
	return err
}
