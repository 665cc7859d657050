package regimes

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/regime/calendar"
	"github.com/noroshi-acd/noroshi/authority/regime/compare"
	"github.com/noroshi-acd/noroshi/authority/regime/compile"
	"github.com/noroshi-acd/noroshi/authority/regime/fact"
	"github.com/noroshi-acd/noroshi/authority/regime/judge"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/authority/regime/rules/rulestest"
	"github.com/noroshi-acd/noroshi/authority/regime/spoken"
	"github.com/noroshi-acd/noroshi/content"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// outputs are all that the verbs write of one law: to people in a language, and as JSON.
func outputs(t *testing.T, l i18n.Lang, b *compile.Book, r *rules.Rules) map[string]string {
	t.Helper()
	book := &compile.Book{Calendars: b.Calendars, Sources: b.Sources, Instruments: []*compile.Instrument{{Rules: r, Profile: &regime.Profile{}}}}
	i := book.Instruments[0]
	var out strings.Builder
	v := &view{Voice: &spoken.Voice{Book: book, Lang: l}, Stdout: &out, flags: flags{width: 90}}
	said := map[string]string{"show": v.Show(i), "explain": v.Plainly(i)}
	asJSON := func(name string, x any) {
		data, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		said[name+" --json"] = string(data)
	}
	asJSON("show", spoken.All(i))
	asJSON("explain", v.Explain(i))
	e, err := judge.Compile(r, b.Calendars...)
	if err != nil {
		t.Fatal(err)
	}
	for name, q := range poor(r) {
		c := v.judged(e, q)
		c.name = r.Name
		said["check "+name] = v.checked(c)
		c.Rules = ""
		asJSON("check "+name, c)
	}
	c := &compare.Case{Name: paper.Words{EN: "x", JA: "x"}, At: 1795402800, From: 1795402800, Until: 1795402800 + 9e8, Instruments: []paper.ID{r.ID}, Kinds: []regime.Kind{regime.Query}, Path: rules.Ordinary}
	for _, k := range r.Conditions {
		if k.Kind == rules.FactKind {
			c.Findings = append(c.Findings, rules.Finding{Condition: k.ID, Evidence: []paper.ID{}})
		}
	}
	slices.SortFunc(c.Findings, func(a, b rules.Finding) int { return strings.Compare(string(a.Condition), string(b.Condition)) })
	columns, err := compare.Compare(book, c)
	if err != nil {
		t.Fatal(err)
	}
	said["compare"] = v.table(c, columns)
	page, err := v.pageOf(c, columns)
	if err != nil {
		t.Fatal(err)
	}
	said["compare --html"] = string(page)
	asJSON("compare", v.compared(columns))
	if err := v.list(); err != nil {
		t.Fatal(err)
	}
	said["list"] = out.String()
	out.Reset()
	v.json = true
	if err := v.list(); err != nil {
		t.Fatal(err)
	}
	said["list --json"] = out.String()
	for name, text := range said {
		legend := i18n.Say(l, "regimes.legend")
		if at := strings.LastIndex(text, legend); at >= 0 && !strings.Contains(name, "json") {
			text = text[:at]
		}
		said[name] = flat(text)
	}
	return said
}

// poor are requests that lack as much as can be, on both paths.
func poor(r *rules.Rules) map[string]*rules.Request {
	all := map[string]*rules.Request{}
	mode := rules.Order
	if r.Mode.Or("") != rules.Approval {
		mode = rules.Approval
	}
	for _, p := range []rules.Path{rules.Ordinary, rules.Urgently} {
		for _, k := range append(slices.Clone(r.Kinds), regime.Share) {
			q := &rules.Request{
				Articles: slices.Clone(r.Articles), At: 1795402800, From: 1795402801, Until: 1795402800 + 9e8, Instrument: r.ID, Kind: k, Path: p, Applicant: "nobody", Purpose: "nothing",
				Consultations: []rules.Consultation{}, Directions: []regime.Direction{"transit", "unknown"}, Effects: []paper.ID{"other"}, Findings: []rules.Finding{}, ForeignTarget: true,
				Links: 1e6, RetentionS: 1e9, VolumePermille: 1001, Mode: mode, Renewal: &rules.Renewal{Count: 999, Previous: 1795402800 + 8e8},
				OtherUse: &rules.OtherPurpose{ObtainedFor: "something"},
			}
			if k == regime.Collection {
				q.OtherUse, q.DataClass = nil, "other"
			}
			all[fmt.Sprint(p, " ", k)] = q
		}
	}
	return all
}

// spot is one fact: where it stands, and how it is changed.
type spot struct {
	at   string
	mark reflect.Value
	vary func() // changes what the fact says; nil where nothing is said
}

// spots lists the facts of r, which is changed through them.
func spots(at string, v reflect.Value) []spot {
	var list []spot
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return spots(at, v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			list = append(list, spots(fmt.Sprintf("%s[%d]", at, i), v.Index(i))...)
		}
	case reflect.Struct:
		if m := v.FieldByName("Mark"); m.IsValid() && m.Len() > 0 {
			list = append(list, spot{at, m, variation(v)})
		}
		for i := range v.NumField() {
			list = append(list, spots(at+"."+v.Type().Field(i).Name, v.Field(i))...)
		}
	}
	return list
}

// variation gives what changes a marked thing so that whoever shows it shows another; its
// words, its number, its first word of a list.
func variation(v reflect.Value) func() {
	for _, name := range []string{"Says", "Unmet", "Value", "From"} {
		f := v.FieldByName(name)
		if !f.IsValid() {
			continue
		}
		if f.Kind() == reflect.Pointer {
			if f.IsNil() {
				return nil
			}
			f = f.Elem()
		}
		switch x := f.Interface().(type) {
		case paper.Words:
			return func() { f.Set(reflect.ValueOf(paper.Words{EN: x.EN + " varied", JA: x.JA + "変更"})) }
		case rules.Span:
			return func() { f.Set(reflect.ValueOf(rules.Span{N: x.N + 1, Unit: x.Unit})) }
		case bool:
			return nil // with another answer, other facts are shown or not
		case rules.Mode, rules.Status, rules.After, rules.OnRefusal, rules.OtherUse, rules.Event:
			return other(f)
		}
		switch {
		case f.Kind() == reflect.Int64 && f.Int() == 0:
			return func() { f.SetInt(1e9) }
		}
		switch f.Kind() {
		case reflect.Int64:
			return func() { f.SetInt(f.Int() - 1) }
		case reflect.String:
			return func() { f.SetString("varied") }
		case reflect.Slice:
			if f.Len() > 1 {
				return func() { f.SetLen(f.Len() - 1) }
			}
			if f.Len() > 0 {
				return func() { f.Index(f.Len() - 1).SetString("zz-varied") }
			}
		}
	}
	return nil
}

// other changes one of few words into another of them, of the same consequence.
func other(f reflect.Value) func() {
	for _, pair := range [][2]string{{"order", "immediate"}, {"approval", "immediate"}, {"immediate", "order"}, {"in-force", "unverified"}, {"not-in-force", "unverified"}, {"unverified", "in-force"},
		{"comparison", "repealed"}, {"erase", "stop"}, {"stop", "erase"}, {"judge-orders", "stop"}, {"never", "consent"}, {"consent", "approval"}, {"obtained", "selected"}, {"ended", "obtained"}} {
		if f.String() == pair[0] {
			return func() { f.SetString(pair[1]) }
		}
	}
	return nil
}

// fresh is a copy of r with every mark "seen".
func fresh(t *testing.T, r *rules.Rules) (*rules.Rules, []spot) {
	t.Helper()
	data, err := paper.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	c, err := rules.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	list := spots("", reflect.ValueOf(c))
	for _, s := range list {
		s.mark.SetString("S")
	}
	return c, list
}

// marksIn counts a mark in a text or in JSON.
func marksIn(text string, m fact.Mark) int {
	return strings.Count(text, "["+string(m)+"]") + strings.Count(text, `mark":"`+string(m)+`"`)
}

// TestEveryUncertainFactShowsItsMarkEverywhere: a fact stands in an output when the output
// is another once the fact is another. Wherever one stands, its mark stands too, and no
// surer one: in lists, in the whole, in plain words, in answers to requests, side by side,
// as text, as a page and as JSON. Of the law that ships, each fact that is remembered,
// uncertain or quoted is tried with its own mark; of a law with every member each with all.
func TestEveryUncertainFactShowsItsMarkEverywhere(t *testing.T) {
	b, err := compile.Load(content.Law())
	if err != nil {
		t.Fatal(err)
	}
	b.Calendars = append(slices.Clone([]*calendar.Calendar(b.Calendars)), rulestest.Days())
	laws := []*rules.Rules{rulestest.Whole()}
	for _, i := range b.Instruments {
		if i.Rules.OverlayOf == "" {
			laws = append(laws, i.Rules)
		}
	}
	shown, untried := map[string]int{}, []string{}
	for n, r := range laws {
		l := []i18n.Lang{i18n.EN, i18n.JA}[n%2]
		_, had := fresh(t, r)
		own := spots("", reflect.ValueOf(r))
		plain, _ := fresh(t, r)
		base := outputs(t, l, b, plain)
		for k := range had {
			marks := []fact.Mark{fact.Mark(own[k].mark.String())}
			if n == 0 {
				marks = []fact.Mark{fact.Quoted, fact.Remembered, fact.Uncertain}
			} else if marks[0] == fact.Seen {
				continue
			}
			varied, list := fresh(t, r)
			if list[k].vary == nil {
				continue
			}
			list[k].vary()
			if _, err := paper.Marshal(varied); err != nil {
				untried = append(untried, string(r.ID)+list[k].at)
				continue
			}
			said := outputs(t, l, b, varied)
			for _, m := range marks {
				unsure, list := fresh(t, r)
				list[k].mark.SetString(string(m))
				marked := outputs(t, l, b, unsure)
				for name, text := range said {
					if text == base[name] {
						continue // it does not stand there
					}
					shown[strings.Fields(name)[0]]++
					if marksIn(marked[name], m) <= marksIn(base[name], m) {
						t.Errorf("%s: %s stands without [%s] in %s", r.ID, list[k].at, m, name)
					}
				}
			}
		}
	}
	t.Log(shown, untried)
	for _, name := range []string{"list", "show", "explain", "check", "compare"} {
		if shown[name] < 20 {
			t.Errorf("%s showed only %d facts", name, shown[name])
		}
	}
}
