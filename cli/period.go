package cli

import (
	"math"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/usage"
)

// period reads --since and --until: ns since 1970, of which since is the first that
// counts and until the first that does not.
func (s say) period(sinceText, untilText string) (since, until int64, err error) {
	since, until = math.MinInt64, math.MaxInt64
	for _, x := range []struct {
		flag, value string
		to          *int64
	}{{"--since", sinceText, &since}, {"--until", untilText, &until}} {
		if x.value == "" {
			continue
		}
		t, ok := usage.Time(x.value)
		if !ok {
			return 0, 0, &fault.Error{Kind: fault.Invalid, Msg: s.text("cli.analyze.bad_time", "flag", x.flag, "value", x.value), Hint: s.text("cli.analyze.times")}
		}
		*x.to = t
	}
	if since >= until {
		return 0, 0, &fault.Error{Kind: fault.Invalid, Msg: s.text("cli.analyze.no_time", "since", sinceText, "until", untilText), Hint: s.text("cli.analyze.no_time_hint")}
	}
	return since, until, nil
}
