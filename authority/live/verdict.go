package live

import (
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Verdict is why something may go on, or not.
type Verdict uint8

// The verdicts.
const (
	Through   Verdict = iota // permitted
	Unsure                   // the clock cannot prove the time to within 30 s
	NoWindow                 // no grant is open now
	Silent                   // there is no liveness that can be relied on
	Stale                    // the liveness is older than its lease, or the warrant is over
	Revoked                  // the commission does not say that it stands
	Suspended                // a member has suspended the warrant
	Unclosed                 // an earlier grant of the link was not closed in time
	Records                  // the window's cap of records would be passed
	Bytes                    // the window's cap of bytes would be passed
)

// Verdicts lists all verdicts.
func Verdicts() []Verdict {
	return []Verdict{Through, Unsure, NoWindow, Silent, Stale, Revoked, Suspended, Unclosed, Records, Bytes}
}

// names are the verdicts as counters and JSON call them.
var names = [...]string{"through", "clock_unsure", "no_window", "silent", "stale", "revoked", "suspended", "unclosed", "records", "bytes"}

// String gives the name of the verdict's counter.
func (v Verdict) String() string {
	if int(v) < len(names) {
		return names[v]
	}
	return "unknown"
}

// Sentence says the verdict to a person.
func (v Verdict) Sentence(l i18n.Lang) string { return i18n.Say(l, "live.verdict."+v.String()) }
