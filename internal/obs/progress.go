package obs

import (
	"io"
	"os"
	"time"

	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// every is the time between two writings of the progress line.
const every = 200 * time.Millisecond

// Progress is one line on a terminal that says how far the work is. Its zero value
// and nil write nothing. It is for one goroutine.
type Progress struct {
	w       io.Writer
	lang    i18n.Lang
	columns int
	now     func() time.Time
	start   time.Time
	last    time.Time
	shown   bool
}

// NewProgress gives a progress line on f, or one that writes nothing when f is no
// terminal. columns is the terminal's width, 0 for 80.
func NewProgress(f *os.File, l i18n.Lang, columns int) *Progress {
	if !IsTerminal(f) {
		return &Progress{}
	}
	return newProgress(f, l, columns, time.Now)
}

func newProgress(w io.Writer, l i18n.Lang, columns int, now func() time.Time) *Progress {
	if columns <= 0 {
		columns = 80
	}
	return &Progress{w: w, lang: l, columns: columns, now: now, start: now()}
}

// Update writes the line anew, at most five times a second: records so far, their
// rate, and, when done and total (bytes, or any like unit) tell, the share and the
// time left. It may be called after every batch.
func (p *Progress) Update(records uint64, done, total int64) {
	if p == nil || p.w == nil {
		return
	}
	now := p.now()
	if now.Sub(p.last) < every {
		return
	}
	p.last, p.shown = now, true
	_, _ = io.WriteString(p.w, "\r"+i18n.Pad(p.line(now, records, done, total), p.columns-1))
}

func (p *Progress) line(now time.Time, records uint64, done, total int64) string {
	elapsed := now.Sub(p.start)
	rate := uint64(0)
	if s := elapsed.Seconds(); s > 0 {
		rate = uint64(float64(records) / s)
	}
	if done <= 0 || total <= 0 || done > total || elapsed < time.Second {
		return i18n.Say(p.lang, "obs.progress", "records", records, "rate", rate)
	}
	share := float64(done) / float64(total)
	left := time.Duration(min(float64(elapsed)*(1-share)/share, float64(365*24*time.Hour)))
	return i18n.Say(p.lang, "obs.progress_left", "records", records, "rate", rate,
		"share", i18n.Share(share), "left", left.Round(time.Second))
}

// Done takes the line away, so that what follows starts clean.
func (p *Progress) Done() {
	if p == nil || !p.shown {
		return
	}
	p.shown = false
	_, _ = io.WriteString(p.w, "\r"+i18n.Pad("", p.columns-1)+"\r")
}

// IsTerminal says whether f is a terminal: a character device that is not the null
// device. (Other character devices, such as a printer's, count too.)
func IsTerminal(f *os.File) bool {
	if f == nil {
		return false
	}
	is, err := f.Stat()
	if err != nil || is.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(is, null)
}
