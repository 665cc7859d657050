package flows

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// do runs the verb.
func do(l i18n.Lang, args ...string) (out, errs string, err error) {
	var o, e bytes.Buffer
	c := New(Door{Stdin: strings.NewReader(""), Stdout: &o, Stderr: &e, Lang: l, Border: func(*cobra.Command) func() (*direction.Table, error) {
		return func() (*direction.Table, error) { return direction.New(direction.Options{}) }
	}})
	c.SetArgs(args)
	c.SilenceErrors, c.SilenceUsage = true, true
	err = c.Execute()
	return o.String(), e.String(), err
}

// made writes flows from hosts to two servers, over IPv4 and IPv6.
func made(t *testing.T, hosts int) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("ts,td,sa,da,sp,dp,pr,ipkt,ibyt,opkt,obyt\n")
	for i := range hosts {
		fmt.Fprintf(&b, "%d,1.5,192.0.2.%d,198.51.100.1,40000,443,TCP,3,%d,2,200\n", 1000+i, 1+i, 1_000_000*(i+1))
		fmt.Fprintf(&b, "%d,0,2001:db8:1111:2222:3333:4444:5555:%x,2001:db8:ffff:eeee:dddd:cccc:bbbb:aaaa,40000,53,UDP,1,80,1,90\n", 1300+i, i+1)
	}
	path := filepath.Join(t.TempDir(), "flows")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestWidth: whatever is shown fits 80 columns, in every language.
func TestWidth(t *testing.T) {
	path := made(t, 5)
	for _, l := range []i18n.Lang{i18n.EN, i18n.JA} {
		for _, args := range [][]string{nil, {"--by", "src,dst,port"}, {"--by", "src,dst", "--sum", "bytes,packets,flows,records,src-bytes,dst-bytes", "--bin", "5m"}, {"--by", "src", "--groups", "2"}} {
			out, errs, err := do(l, append(args, path)...)
			if err != nil || out == "" {
				t.Fatalf("%v: %v %s", args, err, errs)
			}
			for line := range strings.Lines(out) {
				if i18n.Width(strings.TrimSuffix(line, "\n")) > 80 {
					t.Errorf("%v: too wide: %s", args, line)
				}
			}
		}
	}
}

func TestGroups(t *testing.T) {
	path := made(t, 3)
	out, errs, err := do(i18n.EN, path, "--filter", "tcp and src bytes >= 2M", "--by", "src", "--top", "1")
	if diff := cmp.Diff("src            bytes  packets  flows\n192.0.2.3  3,000,200        5      1\n1 more group; --top 0 shows all\n", out); err != nil || diff != "" {
		t.Errorf("%v -want +got\n%s", err, diff)
	}
	if errs != "6 records read, 2 meet the filter\n" {
		t.Errorf("%q", errs)
	}
	out, _, err = do(i18n.EN, path, "--by", "dst,port", "--bin", "5m", "--json", "--sum", "flows")
	var doc struct {
		Exact bool
		Rows  []struct {
			Group map[string]string
			Sums  map[string]uint64
		}
	}
	if e := json.Unmarshal([]byte(out), &doc); err != nil || e != nil || !doc.Exact || len(doc.Rows) != 2 {
		t.Fatalf("%v %v: %s", err, e, out)
	}
	if diff := cmp.Diff(map[string]string{"time": "1970-01-01T00:15:00Z", "dst": "198.51.100.1", "port": "443"}, doc.Rows[0].Group); diff != "" || doc.Rows[0].Sums["flows"] != 3 {
		t.Errorf("%v -want +got\n%s", doc.Rows[0].Sums, diff)
	}
	out, _, err = do(i18n.EN, path, "--by", "src", "--groups", "2")
	if err != nil || !strings.Contains(out, "≤") || !strings.Contains(out, "More than 2 groups") {
		t.Errorf("%v: estimates do not say so: %s", err, out)
	}
}

func TestRecords(t *testing.T) {
	path := made(t, 3)
	out, _, err := do(i18n.EN, path, "--csv", "-f", "ipv6")
	rows, e := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil || e != nil || len(rows) != 4 || rows[1][7] != "53" || rows[1][4] != "2001:db8:1111:2222:3333:4444:5555:1" {
		t.Errorf("%v %v: %s", err, e, out)
	}
	out, _, err = do(i18n.EN, path, "--json", "--top", "2")
	if err != nil || strings.Count(out, "\n") != 2 {
		t.Errorf("%v: %s", err, out)
	}
	for line := range strings.Lines(out) {
		var one entry
		if err := json.Unmarshal([]byte(line), &one); err != nil || one.State != "established" || one.SrcBytes == 0 {
			t.Errorf("%v: %s", err, line)
		}
	}
	if got := []string{short(0), short(999), short(1000), short(9_950), short(34_000_000), short(999_600), short(1 << 63)}; !cmp.Equal(got, []string{"0", "999", "1.0k", "10k", "34M", "1.0M", "9.2E"}) {
		t.Errorf("%q", got)
	}
	if harmless("=1+1") != "'=1+1" || harmless("a=b") != "a=b" || harmless("") != "" {
		t.Error("formulas come through")
	}
}

// TestWrong: what is wrong with flags is said in both languages, with a hint.
func TestWrong(t *testing.T) {
	path := made(t, 1)
	for _, args := range [][]string{{"--by", "sources"}, {"--by", "src,src/24"}, {"--by", "src,"}, {"--sum", "octets"}, {"--json", "--csv"}, {"--top", "-1"}, {"--groups", "0"}, {"--bin", "-5m"}, {"-f", "tcp and"}} {
		_, errs, err := do(i18n.JA, append(args, path)...)
		en, ja := fault.Text(err, i18n.EN), fault.Text(err, i18n.JA)
		if err == nil || en == ja || fault.HintIn(err, i18n.JA) == fault.HintIn(err, i18n.EN) || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%v: %q %q", args, en, ja)
		}
		if (args[0] == "-f") != strings.Contains(errs, "^") {
			t.Errorf("%v: %q", args, errs)
		}
	}
}
