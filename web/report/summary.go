package report

import (
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/share"
)

// summary is the first screen: the answers that whoever decides needs.
type summary struct {
	Lead    string
	Answers []answer
}

// answer is one question with its answer.
type answer struct {
	Question, Answer string
	Act              bool // it says what to do
}

// machines counts the machines that findings name, at home and abroad.
type machines struct {
	obey, attack, unusual, outside int // distinct machines, each counted once
	sure                           int // those of obey and attack that a finding at high or above names
}

func count(r *share.Result) machines {
	obey, attack, unusual, outside, sure := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i := range r.Findings {
		f := &r.Findings[i]
		for _, m := range f.Machines() {
			switch {
			case !f.Inside():
				outside[m] = true
				continue
			case f.Unusual():
				unusual[m] = true
				continue
			case f.Attacks():
				attack[m] = true
			default:
				obey[m] = true
			}
			if f.Level >= detect.High {
				sure[m] = true
			}
		}
	}
	for m := range obey {
		delete(attack, m)
	}
	for _, known := range []map[string]bool{obey, attack} {
		for m := range known {
			delete(unusual, m)
		}
	}
	return machines{len(obey), len(attack), len(unusual), len(outside), len(sure)}
}

func summarise(l i18n.Lang, r *share.Result) summary {
	word := func(key string, args ...any) string { return i18n.Say(l, "report."+key, args...) }
	n := count(r)
	s := summary{Lead: lead(l, r, n)}
	add := func(key, text string) {
		s.Answers = append(s.Answers, answer{Question: word("ask." + key), Answer: text, Act: key == "first_step"})
	}
	if len(r.Findings) > 0 {
		add("first_step", firstStep(l, &r.Findings[0]))
		add("how_many", howMany(l, n, len(r.Findings)))
		add("how_sure", sureness(l, r))
		add("since", since(l, r))
	}
	add("read", whatWasRead(l, r))
	held := word("answer.held")
	if r.Edge != nil {
		held += gap(l) + word("answer.held_edge", "domestic", r.Edge.Domestic, "unknown", r.Edge.Unknown)
	}
	add("held", held)
	return s
}

// gap is what stands between two sentences.
func gap(l i18n.Lang) string {
	if l == i18n.JA {
		return ""
	}
	return " "
}

// lead is the one sentence that must be read.
func lead(l i18n.Lang, r *share.Result, n machines) string {
	key := "lead.maybe"
	switch ours := n.obey + n.attack; {
	case r.Records == 0:
		key = "lead.unread"
	case len(r.Findings) == 0:
		key = "lead.nothing"
	case ours == 0 && n.unusual > 0:
		key = "lead.unusual"
	case ours == 0:
		key = "lead.outside"
	case n.sure > 0:
		key = "lead.sure"
	}
	level := i18n.Say(l, "report.level."+r.MinLevel.String())
	if key == "lead.sure" || key == "lead.maybe" {
		switch {
		case n.attack == 0:
			key += "_obey"
		case n.obey == 0:
			key += "_attack"
		}
	}
	named := n.obey + n.attack
	if rest := named - n.sure; n.sure > 0 && rest > 0 {
		return i18n.Say(l, "report."+key, "n", n.sure) + gap(l) + i18n.Say(l, "report.lead.rest", "n", rest)
	}
	return i18n.Say(l, "report."+key, "n", named, "unusual", n.unusual, "outside", n.outside, "level", level)
}

// howMany counts machines by what they seem to do, and leaves out what none does.
func howMany(l i18n.Lang, n machines, findings int) string {
	var parts []string
	for _, x := range []struct {
		key string
		n   int
	}{{"obey", n.obey}, {"attack", n.attack}, {"unusual", n.unusual}, {"outside", n.outside}, {"findings", findings}} {
		if x.n > 0 {
			parts = append(parts, i18n.Say(l, "report.answer."+x.key, "n", x.n))
		}
	}
	return strings.Join(parts, gap(l))
}

// firstStep says where to begin.
func firstStep(l i18n.Lang, f *share.Finding) string {
	all := f.Machines()
	who := strings.Join(all[:min(3, len(all))], separator(l))
	begin := i18n.Say(l, "report.answer.first_step", "who", who)
	switch {
	case who == "":
		begin = i18n.Say(l, "report.answer.first_any", "kind", i18n.Say(l, "cli.kind."+string(f.Kind)))
	case len(all) > 3:
		begin = i18n.Say(l, "report.answer.first_many", "who", who, "more", len(all)-3)
	}
	return begin + gap(l) + i18n.Say(l, "detectors."+string(f.Kind)+".next")
}

// sureness counts findings by level and names the surest.
func sureness(l i18n.Lang, r *share.Result) string {
	var by [detect.Critical + 1]int
	for i := range r.Findings {
		by[r.Findings[i].Level]++
	}
	var parts []string
	for level := detect.Critical; ; level-- {
		if by[level] > 0 {
			parts = append(parts, i18n.Say(l, "report.answer.of_level", "level", i18n.Say(l, "report.level."+level.String()), "n", by[level]))
		}
		if level == detect.Low {
			break
		}
	}
	return i18n.Say(l, "report.answer.how_sure", "levels", strings.Join(parts, separator(l)), "top", sure(l, r.Findings[0].Score))
}

func separator(l i18n.Lang) string {
	if l == i18n.JA {
		return "、"
	}
	return ", "
}

// since says when the earliest of the surest findings began, and whether the
// records may begin too late to tell.
func since(l i18n.Lang, r *share.Result) string {
	sure := slices.ContainsFunc(r.Findings, func(f share.Finding) bool { return f.Level >= detect.High })
	var first *share.Finding
	for i := range r.Findings {
		f := &r.Findings[i]
		if (!sure || f.Level >= detect.High) && (first == nil || f.First < first.First) {
			first = f
		}
	}
	key := "report.answer.since"
	if span := r.Last - r.First; first.First-r.First <= span/20 {
		key = "report.answer.since_start"
	}
	return i18n.Say(l, key, "time", moment(first.First), "start", moment(r.First))
}

// whatWasRead says how much, of when, from how many.
func whatWasRead(l i18n.Lang, r *share.Result) string {
	var skipped uint64
	for _, in := range r.Inputs {
		skipped += in.Skipped
	}
	if r.Records == 0 {
		return i18n.Say(l, "report.answer.read_nothing", "inputs", len(r.Inputs), "skipped", skipped)
	}
	var rest string
	if skipped > 0 {
		rest = gap(l) + i18n.Say(l, "report.answer.unreadable", "n", skipped)
	}
	return i18n.Say(l, "report.answer.read", "inputs", len(r.Inputs), "records", r.Records, "hosts", r.Hosts, "first", moment(r.First), "last", moment(r.Last)) + rest
}
