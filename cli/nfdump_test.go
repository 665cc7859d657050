package cli_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// bare cuts a Zeek connection log down to what nfdump would have: ends, times and
// counters, without identifier, state or service.
func bare(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b strings.Builder
	b.WriteString("ts,td,sa,da,sp,dp,pr,ipkt,ibyt,opkt,obyt\n")
	at := map[string]int{}
	for s := bufio.NewScanner(f); s.Scan(); {
		v := strings.Split(s.Text(), "\t")
		if v[0] == "#fields" {
			for i, name := range v[1:] {
				at[name] = i
			}
		}
		if strings.HasPrefix(v[0], "#") {
			continue
		}
		get := func(name string) string { return strings.Replace(v[at[name]], "-", "0", 1) }
		lasts, err := strconv.ParseFloat(get("duration"), 64)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s,%.3f,%s,%s,%s,%s,%s,%s,%s,%s,%s\n", get("ts"), lasts, v[at["id.orig_h"]], v[at["id.resp_h"]], get("id.orig_p"), get("id.resp_p"), get("proto"),
			get("orig_pkts"), get("orig_ip_bytes"), get("resp_pkts"), get("resp_ip_bytes"))
	}
	out := filepath.Join(t.TempDir(), "bare.csv")
	if err := os.WriteFile(out, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestBareFlows: command servers in public logs are still found, at level high, when
// nothing but bare flows is left.
func TestBareFlows(t *testing.T) {
	dir := os.Getenv("NOROSHI_DATA")
	if dir == "" {
		if os.Getenv("NOROSHI_REQUIRE_SHARED") == "1" {
			t.Fatal("NOROSHI_DATA is not set")
		}
		t.Skip("NOROSHI_DATA is not set")
	}
	for _, name := range []string{"001", "003"} {
		logs, err := filepath.Glob(filepath.Join(dir, "detection", "zeek-labelled", name+"-*", "conn.log"))
		if err != nil || len(logs) != 1 {
			t.Fatalf("%s: %v %v", name, logs, err)
		}
		top := func(path string) (dst string) {
			_, out, errs := run(t, "analyze", "--json", "--min-level", "high", path)
			var d struct {
				Findings []struct{ Kind, Level, Src, Dst string }
			}
			if err := json.Unmarshal([]byte(out), &d); err != nil {
				t.Fatalf("%v: %s", err, errs)
			}
			for _, f := range d.Findings {
				if f.Kind == "beacon" {
					return f.Src + " " + f.Dst
				}
			}
			return ""
		}
		want := top(logs[0])
		if want == "" {
			t.Fatalf("%s: nothing found in the log itself", name)
		}
		if got := top(bare(t, logs[0])); got != want {
			t.Errorf("%s: found %q in bare flows, want %q", name, got, want)
		}
	}
}
