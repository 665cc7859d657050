package flowtest

import (
	"errors"
	"io"

	"github.com/noroshi-acd/noroshi/flow"
)

// Failer is what can fail: a test, or a property's run.
type Failer interface {
	Helper()
	Fatal(args ...any)
}

// Drain reads all that r has and writes each record in a line, as [Show] does; behind
// them stands the error that ended it, if that was not io.EOF. A reader that gives
// nothing and no error fails t.
func Drain(t Failer, r Reader) []string {
	t.Helper()
	var got []string
	var b flow.Batch
	for {
		b.Reset()
		err := r.Next(&b)
		if errors.Is(err, io.EOF) {
			return got
		}
		if err != nil {
			return append(got, "error: "+err.Error())
		}
		if len(b.Records) == 0 {
			t.Fatal("Next gave nothing and no error")
		}
		for i := range b.Records {
			got = append(got, Show(&b, &b.Records[i]))
		}
	}
}
