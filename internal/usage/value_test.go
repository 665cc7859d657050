package usage

import (
	"math"
	"testing"

	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/internal/i18n"
)

func TestTime(t *testing.T) {
	const day = 1795132800_000_000_000 // 2026-11-20
	for s, want := range map[string]int64{
		"2026-11-20": day, "2026-11-20T00:00": day, "2026-11-20 00:00:00": day, "2026-11-20T09:00:00+09:00": day, "1795132800": day,
		"1795132800.5": day + 500_000_000, "-5": -5_000_000_000, "0": 0,
		"9999-01-01": math.MaxInt64, "2262-01-01": math.MaxInt64, "0400-01-01": math.MinInt64, "0000-01-01": math.MinInt64,
	} {
		if got, ok := Time(s); !ok || got != want {
			t.Errorf("%q: %d, %v; want %d", s, got, ok, want)
		}
	}
	for _, s := range []string{"", "yesterday", "NaN", "inf", "1e300", "1h", "1h5", "2026-02-30", "2026", "0x10", "99999999999999999999", "--5", "2026-11-20\x1b"} {
		if got, ok := Time(s); ok && s != "2026" {
			t.Errorf("%q was read as %d", s, got)
		}
	}
}

func TestNoneEmpty(t *testing.T) {
	for _, tt := range []struct {
		args []string
		bad  bool
	}{
		{nil, false}, {[]string{"--one", "x", "--many", "a,b"}, false}, {[]string{"--one="}, true}, {[]string{"--one", ""}, true},
		{[]string{"--many", ""}, true}, {[]string{"--many", "x", "--many", ""}, true}, {[]string{"--comma="}, true}, {[]string{"--comma", "a,,b"}, true},
	} {
		c := &cobra.Command{Use: "x"}
		c.Flags().String("one", "", "")
		c.Flags().String("default", "", "")
		c.Flags().StringArray("many", nil, "")
		c.Flags().StringSlice("comma", nil, "")
		if err := c.ParseFlags(tt.args); err != nil {
			t.Fatal(err)
		}
		if err := NoneEmpty(i18n.EN, c); (err != nil) != tt.bad {
			t.Errorf("%q: %v", tt.args, err)
		}
	}
}
