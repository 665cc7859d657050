package source

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// fakes is a family for tests: "FAKE\n", then a line per record with its time and
// host name. "!" is a bad record, "stop" an end in the middle.
type fakes struct {
	open, most atomic.Int32 // readers open now, and at most
	batch      int
}

func (*fakes) recognise(head []byte) *found {
	rest, ok := bytes.CutPrefix(head, []byte("FAKE\n"))
	if !ok {
		return nil
	}
	f := &found{format: "fake", begin: math.MinInt64}
	if word, _, ok := bytes.Cut(rest, []byte(" ")); ok {
		if t, err := strconv.ParseInt(string(word), 10, 64); err == nil {
			f.begin = t
		}
	}
	return f
}

func (k *fakes) streams(files []*file) (all []*stream) {
	for _, f := range files {
		all = append(all, &stream{files: []*file{f}, begin: f.found.begin, open: func() (reader, error) {
			in, err := f.open()
			if err != nil {
				return nil, err
			}
			r := &fakeReader{k: k, f: f, in: in}
			r.start()
			return r, nil
		}})
	}
	return all
}

type fakeReader struct {
	k     *fakes
	f     *file
	in    io.ReadCloser
	lines *bufio.Scanner
	n     int64
}

func (r *fakeReader) start() {
	r.k.most.Store(max(r.k.most.Load(), r.k.open.Add(1)))
	r.lines = bufio.NewScanner(r.in)
	r.lines.Scan()
}

func (r *fakeReader) Close() error {
	r.k.open.Add(-1)
	return r.in.Close()
}

func (r *fakeReader) Next(b *flow.Batch) error {
	for len(b.Records) < cmp.Or(r.k.batch, 7) {
		if !r.lines.Scan() {
			if err := r.lines.Err(); err != nil && len(b.Records) == 0 {
				return err
			}
			if len(b.Records) == 0 {
				return io.EOF
			}
			return nil
		}
		r.n++
		word, host, _ := strings.Cut(r.lines.Text(), " ")
		t, err := strconv.ParseInt(word, 10, 64)
		switch {
		case word == "stop":
			return errors.New("stopped in the middle")
		case err != nil:
			if err := r.f.skips.Skip(&fault.Error{Kind: fault.Invalid, Place: fault.Place{Path: r.f.name, Line: r.n + 1}, Msg: "bad"}); err != nil {
				return err
			}
			continue
		}
		b.Records = append(b.Records, flow.Record{First: t, Host: b.AddName([]byte(host))})
	}
	return nil
}

// lines writes a fake file with records at these times, named after it.
func fakeFile(name string, times ...int64) string {
	var b strings.Builder
	b.WriteString("FAKE\n")
	for _, t := range times {
		fmt.Fprintf(&b, "%d %s\n", t, name)
	}
	return b.String()
}

// drain reads all of s as "time host" and fails on what a reader must not do.
func drain(s *Set) (got []string, err error) {
	var b flow.Batch
	for {
		b.Reset()
		err := s.Next(&b)
		if err != nil && len(b.Records) > 0 || err == nil && len(b.Records) == 0 {
			return got, fmt.Errorf("Next gave %d records and %w", len(b.Records), err)
		}
		if err == io.EOF {
			return got, nil
		}
		if err != nil {
			return got, err
		}
		for i := range b.Records {
			got = append(got, fmt.Sprintf("%d %s", b.Records[i].First, b.String(b.Records[i].Host)))
		}
	}
}

// zeekLog is a small conn log; its records begin at these seconds.
func zeekLog(seconds ...int) string {
	var b strings.Builder
	b.WriteString("#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n" +
		"#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\n" +
		"#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount\tcount\tstring\n")
	for _, s := range seconds {
		fmt.Fprintf(&b, "%d.000000\tC%d\t192.0.2.1\t%d\t198.51.100.2\t443\ttcp\t-\t1.0\t10\t20\tSF\n", s, s, 1024+s%60000)
	}
	return b.String()
}

// pcapFile is a capture of one DNS-less UDP packet per second given.
func pcapFile(seconds ...int) string {
	b := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	for _, v := range []uint32{2 | 4<<16, 0, 0, 65535, 1} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	udp := slices.Concat([]byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 36, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 7, 198, 51, 100, 9, 0x30, 0x39, 0x1f, 0x90, 0, 16, 0, 0}, []byte("abcdefgh"))
	for i, s := range seconds {
		udp[34] = 0x40 + byte(i)
		for _, v := range []uint32{uint32(s), 0, uint32(len(udp)), uint32(len(udp))} {
			b = binary.LittleEndian.AppendUint32(b, v)
		}
		b = append(b, udp...)
	}
	return string(b)
}
