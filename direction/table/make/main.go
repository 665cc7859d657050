// Command make compiles the country table that the program ships with from two CSV
// files of the form first,last,country with dotted or colon addresses. It refuses
// rows that overlap, are out of order or are finer than an IPv6 /64, and it writes
// nothing unless every row was read.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"encoding/binary"

	"github.com/noroshi-acd/noroshi/direction/table"
)

func main() {
	v4 := flag.String("v4", "", "CSV of IPv4 ranges")
	v6 := flag.String("v6", "", "CSV of IPv6 ranges")
	out := flag.String("out", "countries.table", "file to write")
	date := flag.String("date", "", "day of the source, 2006-01-02")
	h := table.Header{}
	flag.StringVar(&h.Source, "source", "", "what the source calls itself")
	flag.StringVar(&h.Version, "version", "", "the source's version")
	flag.StringVar(&h.Licence, "licence", "", "the source's licence")
	flag.StringVar(&h.Attribution, "attribution", "", "whom the licence asks to name")
	flag.StringVar(&h.Notice, "notice", "", "what a reader should know")
	flag.Parse()
	if err := run(*v4, *v6, *out, *date, h); err != nil {
		fmt.Fprintln(os.Stderr, "make:", err)
		os.Exit(2)
	}
}

func run(v4, v6, out, date string, h table.Header) error {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return err
	}
	t := &table.Table{Header: h}
	t.Date, t.Files = day, []string{filepath.Base(v4), filepath.Base(v6)}
	index := map[string]uint8{}
	number := func(code string) uint8 {
		i, ok := index[code]
		if !ok {
			i = uint8(len(t.Countries))
			index[code], t.Countries = i, append(t.Countries, code)
		}
		return i
	}
	err = rows(v4, func(first, last netip.Addr, code string) error {
		if !first.Is4() || !last.Is4() {
			return fmt.Errorf("not an IPv4 range")
		}
		a, b := first.As4(), last.As4()
		t.V4.Add(binary.BigEndian.Uint32(a[:]), binary.BigEndian.Uint32(b[:]), number(code))
		return nil
	})
	if err != nil {
		return err
	}
	err = rows(v6, func(first, last netip.Addr, code string) error {
		a, b := first.As16(), last.As16()
		if !first.Is6() || binary.BigEndian.Uint64(a[8:]) != 0 || ^binary.BigEndian.Uint64(b[8:]) != 0 {
			return fmt.Errorf("not a range of whole IPv6 /64 networks")
		}
		t.V6.Add(binary.BigEndian.Uint64(a[:8]), binary.BigEndian.Uint64(b[:8]), number(code))
		return nil
	})
	if err != nil {
		return err
	}
	data, err := table.Encode(t)
	if err != nil {
		return err
	}
	if back, err := table.Decode(data); err != nil || !slices.Equal(back.V4.Last, t.V4.Last) || !slices.Equal(back.V6.Last, t.V6.Last) {
		return fmt.Errorf("the table does not read back as it was written: %w", err)
	}
	fmt.Printf("%d IPv4 rows, %d IPv6 rows, %d countries, %d bytes\n", t.V4.Len(), t.V6.Len(), len(t.Countries), len(data))
	return os.WriteFile(out, data, 0o644)
}

// rows calls each for every line of the CSV file at path.
func rows(path string, each func(first, last netip.Addr, code string) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	in := bufio.NewScanner(f)
	for line := 1; in.Scan(); line++ {
		part := strings.Split(in.Text(), ",")
		if len(part) != 3 {
			return fmt.Errorf("%s:%d: not first,last,country", path, line)
		}
		first, err := netip.ParseAddr(part[0])
		if err != nil {
			return fmt.Errorf("%s:%d: %w", path, line, err)
		}
		last, err := netip.ParseAddr(part[1])
		if err != nil {
			return fmt.Errorf("%s:%d: %w", path, line, err)
		}
		if err := each(first, last, part[2]); err != nil {
			return fmt.Errorf("%s:%d: %w", path, line, err)
		}
	}
	return in.Err()
}
