package verify

import (
	"fmt"
	"io"

	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Write says the report to a person: the verdict first, then what it rests on.
func (r *Report) Write(w io.Writer, l i18n.Lang) error {
	say := func(key string, args ...any) string { return i18n.Say(l, key, args...) }
	var lines []string
	add := func(s string) { lines = append(lines, s) }
	add(r.Verdict.In(l))
	for _, v := range r.Recovered {
		add(say("verify.recovered", "version", i18n.Nominal(v.Version), "from", v.From))
	}
	for _, o := range r.Overdue[:min(len(r.Overdue), 20)] {
		add(say("verify.owed", "index", i18n.Nominal(o.Index), "log", o.Log, "class", i18n.Both("verify.class."+string(o.Class)), "due", o.Due))
	}
	if n := len(r.Overdue) - 20; n > 0 {
		add(say("verify.owed_more", "n", n))
	}
	add("")
	add(say("verify.mode."+string(r.Mode), "root", string(r.Root)))
	add(r.Fresh.In(l))
	for _, g := range r.Logs {
		add(say("verify.log", "log", g.Origin, "duty", i18n.Both("verify.duty."+string(g.Duty)), "size", g.Size, "time", g.Stamp, "witnesses", len(g.Witnesses), "history", g.History, "opened", g.Opened, "sealed", g.Sealed))
	}
	if len(r.Logs) > 0 {
		add(say("verify.age", "age", r.age()))
	}
	for _, origin := range r.Absent {
		add(say("verify.absent", "log", origin))
	}
	c := r.Checked
	add(say("verify.checked", "papers", c.Papers, "warrants", c.Warrants, "grants", c.Grants, "pages", c.Pages, "statements", c.Statements, "disposed", c.Disposed))
	if !r.Right {
		add("")
		add(say("verify.list", "n", r.Flaws))
		for _, f := range r.List[:min(len(r.List), 20)] {
			add("  " + f.Sentence.In(l))
		}
		if r.Flaws > 20 {
			add("  " + say("verify.further", "n", r.Flaws-20))
		}
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}
