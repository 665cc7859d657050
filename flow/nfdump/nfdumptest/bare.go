package nfdumptest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Bare reads a Zeek connection log (TSV) and writes what nfdump would have of it. Its
// errors name the line.
func Bare(w io.Writer, log io.Reader) error {
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, "ts,td,sa,da,sp,dp,pr,ipkt,ibyt,opkt,obyt")
	at := map[string]int{}
	lines := bufio.NewScanner(log)
	for n := 1; lines.Scan(); n++ {
		v := strings.Split(lines.Text(), "\t")
		if v[0] == "#fields" {
			for i, name := range v[1:] {
				at[name] = i
			}
		}
		if strings.HasPrefix(v[0], "#") {
			continue
		}
		get := func(name string) string {
			if i, ok := at[name]; ok && i < len(v) && v[i] != "-" {
				return v[i]
			}
			return "0"
		}
		lasts, err := strconv.ParseFloat(get("duration"), 64)
		if len(at) == 0 {
			err = errors.New("no #fields before it")
		}
		if err != nil {
			return fmt.Errorf("line %d is not of a connection log: %w", n, err)
		}
		fmt.Fprintf(out, "%s,%.3f,%s,%s,%s,%s,%s,%s,%s,%s,%s\n", get("ts"), lasts, get("id.orig_h"), get("id.resp_h"), get("id.orig_p"), get("id.resp_p"), get("proto"),
			get("orig_pkts"), get("orig_ip_bytes"), get("resp_pkts"), get("resp_ip_bytes"))
	}
	return errors.Join(lines.Err(), out.Flush())
}
