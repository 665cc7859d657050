package usage

import (
	"math"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// NoneEmpty refuses a flag of c that was given without a value, as a script does
// whose variable is unset: the list that was meant would silently not be read.
func NoneEmpty(l i18n.Lang, c *cobra.Command) error {
	v := voice{l}
	var err error
	c.Flags().Visit(func(f *pflag.Flag) {
		empty := f.Value.String() == ""
		if list, ok := f.Value.(pflag.SliceValue); ok {
			empty = len(list.GetSlice()) == 0
			for _, one := range list.GetSlice() {
				empty = empty || one == ""
			}
		}
		if empty && err == nil {
			err = v.wrong(c, v.say("usage.flag.empty", "flag", "--"+f.Name))
		}
	})
	return err
}

// Time reads a time, in ns since 1970: RFC 3339, a date, a date and time (UTC), or
// seconds since 1970 for captures whose clock counts from zero. What lies outside
// the years 1678 to 2261 becomes the end that it lies beyond.
func Time(s string) (int64, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		t, err := time.Parse(layout, s)
		switch {
		case err != nil:
			continue
		case t.Year() < 1678:
			return math.MinInt64, true
		case t.Year() > 2261:
			return math.MaxInt64, true
		}
		return t.UnixNano(), true
	}
	if strings.Trim(s, "+-.0123456789") != "" {
		return 0, false
	}
	d, err := time.ParseDuration(s + "s")
	return int64(d), err == nil
}
