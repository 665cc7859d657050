package packet

import (
	"time"

	"github.com/noroshi-acd/noroshi/flow/packet/capture"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Limits of what is taken for the ordinary course of time.
const (
	maxJump  = int64(24 * time.Hour)       // between neighbours, either way
	maxStart = int64(365 * 24 * time.Hour) // between the first two
	maxLate  = int64(10 * time.Minute)     // behind the latest stamp
	maxRun   = 64                          // packets that late in a row: the clock was set back
)

// clock keeps one absurd stamp from ending all flows. A frame whose stamp lies more
// than a day from its neighbours is held until the next one says which is right: if
// that lies nearer to the held frame than to the time before, time really jumped.
type clock struct {
	now   int64 // the latest stamp believed
	begun bool
	run   int // packets in a row that are late by more than maxLate
	held  *capture.Frame
	data  []byte // of the held frame
}

// steady says whether a frame at t needs no thought, and moves the clock.
func (c *clock) steady(t int64) bool {
	d := t - c.now
	if !c.begun || c.held != nil || d > maxJump || d < -maxLate || t < 0 {
		return false
	}
	c.now = max(c.now, t)
	c.run = 0
	return true
}

// unsteady counts, holds or skips a frame whose stamp is out of the ordinary.
func (r *Reader) unsteady(f *capture.Frame) error {
	c := &r.clock
	if f.Time < 0 || f.Time > 1<<63-1-2*maxStart {
		return r.badTime(f)
	}
	if h := c.held; h != nil {
		c.held = nil
		if c.confirms(h.Time, f.Time) {
			if err := r.accept(h); err != nil {
				return err
			}
		} else if err := r.badTime(h); err != nil {
			return err
		}
	}
	switch late := c.now - f.Time; {
	case !c.begun || late > maxJump || -late > maxJump:
		c.data = append(c.data[:0], f.Data...)
		h := *f
		h.Data = c.data
		c.held = &h
		return nil
	case late > maxLate:
		if c.run++; c.run >= maxRun {
			r.rewind(f.Time)
		}
	default:
		c.now, c.run = max(c.now, f.Time), 0
	}
	return r.count(f)
}

// confirms says whether a frame at next makes the held stamp believable.
func (c *clock) confirms(held, next int64) bool {
	apart := max(held-next, next-held)
	if !c.begun {
		return apart <= maxStart
	}
	return apart <= max(c.now-next, next-c.now)
}

// accept counts a frame that was held, and sets the clock by it.
func (r *Reader) accept(f *capture.Frame) error {
	if c := &r.clock; c.begun && c.now-f.Time > maxLate {
		r.rewind(f.Time)
	} else {
		c.begun, c.now = true, f.Time
	}
	return r.count(f)
}

// release counts the frame that is still held when the input ends.
func (r *Reader) release() error {
	h := r.clock.held
	if h == nil {
		return nil
	}
	r.clock.held = nil
	return r.accept(h)
}

// rewind sets the clock back: flows of the time before have ended.
func (r *Reader) rewind(now int64) {
	r.flush()
	r.meter.Rewind(now)
	r.clock.now, r.clock.run = now, 0
}

// problem is the error about the packet at byte at.
func (r *Reader) problem(at int64, field string, msg, hint i18n.Text) error {
	return fault.Said(fault.Error{Kind: fault.Invalid, Place: fault.Place{Path: r.path, Offset: at, Field: field}}, i18n.Both("packet.read"), msg, hint)
}

func (r *Reader) badTime(f *capture.Frame) error {
	msg := i18n.Both("packet.frame.time_none")
	if f.Time >= 0 {
		msg = i18n.Both("packet.frame.time", "time", time.Unix(0, f.Time))
	}
	return r.skips.Skip(r.problem(f.Offset, "time", msg, i18n.Both("packet.frame.time_hint")))
}

// badFrame is the error about a header that is short or wrong, in the frame at byte at.
func (r *Reader) badFrame(key string, at int64) error {
	return r.problem(at, "", i18n.Both("packet.frame."+key, "layer", r.h.Layer), i18n.Both("packet.frame.hint"))
}

func (r *Reader) unreadable(l capture.Link, at int64) error {
	return r.problem(at, "link type", i18n.Both("packet.link.unknown", "type", l), i18n.Both("packet.link.hint"))
}
