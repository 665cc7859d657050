package obs

import (
	"io"
	"log/slog"
	"strings"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// NewLogger makes a logger that writes one line of text per event to w: level,
// message, attributes as name=value. Control characters in messages and values are
// escaped. Times are left out when timed is false, for a person at a terminal.
func NewLogger(w io.Writer, level slog.Leveler, timed bool) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{
		Level: level,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			switch {
			case len(groups) == 0 && a.Key == slog.TimeKey && !timed:
				return slog.Attr{}
			case len(groups) == 0 && a.Key == slog.LevelKey:
				return slog.String(slog.LevelKey, strings.ToLower(a.Value.String()))
			}
			return a
		},
	}))
}

// ParseLevel reads debug, info, warn or error.
func ParseLevel(s string) (slog.Level, bool) {
	for _, l := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
		if strings.EqualFold(s, l.String()) {
			return l, true
		}
	}
	return slog.LevelInfo, false
}

// Voice is how the program speaks to the person who started it: "noroshi: " before
// each sentence, a hint on a line of its own. It is for one goroutine.
type Voice struct {
	W    io.Writer
	Lang i18n.Lang
}

// Say writes the sentence of key.
func (v Voice) Say(key string, args ...any) {
	v.line(i18n.Say(v.Lang, key, args...))
}

// Complain writes an error, or each of several joined ones, with its own hint.
func (v Voice) Complain(err error) {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range many.Unwrap() {
			v.Complain(one)
		}
		return
	}
	v.Tell(fault.Text(err, v.Lang), fault.HintIn(err, v.Lang))
}

// Tell writes a finished sentence, escaped line by line, and a hint when there is one.
func (v Voice) Tell(sentence, hint string) {
	for line := range strings.SplitSeq(strings.TrimRight(sentence, "\n"), "\n") {
		v.line(i18n.Escape(line))
	}
	if hint != "" {
		v.line(i18n.Say(v.Lang, "obs.hint", "hint", hint))
	}
}

func (v Voice) line(s string) {
	_, _ = io.WriteString(v.W, "noroshi: "+s+"\n") // nobody is left to tell
}
