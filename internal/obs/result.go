package obs

import (
	"io"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Result is where results go. It says in the reader's language that they could not
// be written.
type Result struct {
	W    io.Writer
	Lang i18n.Lang
}

// Write writes p to W.
func (r *Result) Write(p []byte) (int, error) {
	n, err := r.W.Write(p)
	if err != nil {
		err = &fault.Error{Msg: i18n.Say(r.Lang, "obs.output"), Hint: i18n.Say(r.Lang, "obs.output_hint"), Err: err}
	}
	return n, err
}
