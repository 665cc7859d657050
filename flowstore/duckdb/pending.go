package duckdb

import (
	"fmt"
	"sync"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flowstore/keep"
)

// shelf holds, by number, the lists of batches that DuckDB is reading just now.
type shelf struct {
	mu    sync.Mutex
	next  uint64
	lists map[uint64][]keep.Pending
}

// put makes a list readable as waiting(number) until it is taken away.
func (s *shelf) put(list []keep.Pending) (number uint64, take func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next++
	number = s.next
	s.lists[number] = list
	return number, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.lists, number)
	}
}

func (s *shelf) get(number uint64) ([]keep.Pending, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list, ok := s.lists[number]
	return list, ok
}

// function is the table function waiting(number): the records of a list, in its order.
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
			n, ok := args[0].(uint64)
			list, there := s.get(n)
			if !ok || !there {
				return nil, fmt.Errorf("there is no list %v", args)
			}
			return &waiting{infos: infos, list: list}, nil
		},
	}, nil
}

// waiting is one reading of a list, by several of DuckDB's threads.
type waiting struct {
	infos []driver.ColumnInfo
	mu    sync.Mutex
	list  []keep.Pending // what no thread has taken yet
}

// reading is what one thread has taken.
type reading struct {
	batch flow.Batch
	from  keep.Pending
	at    int
	buf   []byte
	names []byte
}

func (w *waiting) ColumnInfos() []driver.ColumnInfo { return w.infos }

func (w *waiting) Cardinality() *driver.CardinalityInfo {
	n := int64(0)
	for _, p := range w.list {
		n += p.Records
	}
	return &driver.CardinalityInfo{Cardinality: uint(n), Exact: true}
}

func (w *waiting) Init() driver.ParallelTableSourceInfo { return driver.ParallelTableSourceInfo{} }

func (w *waiting) NewLocalState() any { return &reading{} }

// FillChunk gives the next records to one thread, none at the end.
func (w *waiting) FillChunk(state any, chunk driver.DataChunk) error {
	r, n, most := state.(*reading), 0, driver.GetDataChunkCapacity()
	for n < most {
		if r.at == len(r.batch.Records) {
			more, err := w.take(r)
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

func (w *waiting) take(r *reading) (bool, error) {
	w.mu.Lock()
	if len(w.list) == 0 {
		w.mu.Unlock()
		return false, nil
	}
	r.from, w.list = w.list[0], w.list[1:]
	w.mu.Unlock()
	r.at = 0
	return true, flow.DecodeBatch(r.from.Content, &r.batch)
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

func (r *reading) row(chunk driver.DataChunk, n int) (err error) {
	x := &r.batch.Records[r.at]
	set(chunk, n, &err, colSeq, r.from.Seq+int64(r.at))
	set(chunk, n, &err, colVia, r.from.Via)
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
	r.buf = partsOf(r.buf[:0], &r.batch, x)
	setBytes(chunk, n, &err, colParts, r.buf)
	r.names = namesOf(r.names, &r.batch, x)
	setBytes(chunk, n, &err, colNames, r.names)
	r.at++
	return err
}
