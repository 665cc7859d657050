package conf

import (
	"time"

	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Problem is a value that cannot be.
type Problem struct {
	Key  string    // below the section: "window", "limits.records"
	What i18n.Text // what the value must be and what it is: "must be at least 1 min; it is 5 s"
}

// value is what has an order in a configuration.
type value interface {
	int | uint64 | float64 | time.Duration
}

// Between gives the problem that the value at key does not lie from least to most,
// both included, or nothing. What is not a number lies nowhere.
func Between[T value](key string, is, least, most T) []Problem {
	if is >= least && is <= most {
		return nil
	}
	return []Problem{{key, i18n.Both("conf.between", "least", said(least), "most", said(most), "is", said(is))}}
}

// AtLeast gives the problem that the value at key is below least, or nothing.
func AtLeast[T value](key string, is, least T) []Problem {
	if is >= least {
		return nil
	}
	return []Problem{{key, i18n.Both("conf.at_least", "least", said(least), "is", said(is))}}
}

// said writes a length of time as one would in the file, and exactly.
func said(v any) any {
	if d, ok := v.(time.Duration); ok {
		return written(d)
	}
	return v
}
