package compile

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/looser"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// small is an instrument of an invented country.
const small = `id = "xx-a"
regime = "xx"
jurisdiction = "xx"
calendar = "xx"
articles = ["9", "17"]
kinds = ["collection"]
name.en = "collection"
name.ja = "収集"
plain.en = "It collects."
plain.ja = "集めるものです。"
mode = { value = "approval", mark = "S", cite = "Act 1 art. 17" }
status = { value = "in-force", mark = "S", cite = ["Act 1"] }

[[in_force]]
from = 2026-01-01T00:00:00+09:00
mark = "S"
cite = ["Act 1"]

[roles]
applicants = { value = ["minister"], mark = "S", cite = "Act 1" }

[[roles.locks]]
role = "member"
k = 3
of = 5
standard = "merits"
mark = "R"
cite = ["Act 1"]
says.en = "it is needed"
says.ja = "必要であること"

[[conditions]]
id = "necessity"
kind = "fact"
mark = "S"
cite = ["Act 1 art. 17(1)"]
min_words = 5
unmet.en = "it is not shown to be needed"
unmet.ja = "必要性が示されていない"
meet.en = "say why"
meet.ja = "理由を示す"

[[conditions]]
id = "abroad"
kind = "text"
when = ["foreign-target=yes", "kind=neutralise|access"]
mark = "U"
cite = ["Act 1 art. 17(2)"]
unmet.en = "it is not said where"
unmet.ja = "場所が示されていない"
meet.en = "say where"
meet.ja = "場所を示す"

[scope]
effects = { value = ["select", "forward"], mark = "S", cite = "Act 1" }

[time]
max_s = { value = "6 months", mark = "R", cite = "Act 1 art. 17" }

[time.urgent]
allowed = { value = true, mark = "S", cite = "Act 1" }
who = { value = ["minister"], mark = "S", cite = "Act 1" }
k = 1
after = { value = "confirm", mark = "S", cite = "Act 1" }
confirm_within = { value = "3 working_day", mark = "S", cite = "Act 1" }
on_refusal = { value = "erase", mark = "S", cite = "Act 1" }

[purpose]
allowed = { value = ["botnet"], mark = "S", cite = "Act 1" }
other_use = { mark = "U" }
`

const smallCalendar = `id = "xx"
country = "xx"
mark = "S"
cite = ["Act 2"]
first_year = 2026
last_year = 2027
weekend = [6, 7]

[[offsets]]
from = 2025-01-01T00:00:00Z
east_s = "9 h"

[[holidays]]
date = 2026-05-04
name.en = "day off"
name.ja = "休日"
`

func law(files ...string) fstest.MapFS {
	fsys := fstest.MapFS{"calendars/xx.toml": {Data: []byte(smallCalendar)}, "regimes/xx-a.toml": {Data: []byte(small)}}
	for i := 0; i+1 < len(files); i += 2 {
		fsys[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return fsys
}

func TestLoadReadsEveryMember(t *testing.T) {
	b, err := Load(law())
	if err != nil {
		t.Fatal(err)
	}
	i := b.Instrument("xx-a")
	r := i.Rules
	if got, _ := r.Time.MaxS.Known(); got != 181*86400 {
		t.Errorf("6 months are %d s, want the shortest that they can be", got)
	}
	if got, _ := r.Time.Urgent.ConfirmWithin.Known(); got != (rules.Span{N: 3, Unit: rules.WorkingDay}) {
		t.Errorf("confirm within %v", got)
	}
	if diff := cmp.Diff([]paper.ID{"forward", "select"}, r.Scope.Effects.Or(nil)); diff != "" {
		t.Error(diff)
	}
	want := []rules.Predicate{{Attribute: rules.ByForeign, Is: []paper.ID{"yes"}}, {Attribute: rules.ByKind, Is: []paper.ID{"access", "neutralise"}}}
	if diff := cmp.Diff(want, r.Conditions[1].When); diff != "" {
		t.Error(diff)
	}
	if r.InForce[0].From.String() != "2025-12-31T15:00:00Z" {
		t.Errorf("in force from %s", r.InForce[0].From)
	}
	if f := r.Purpose.OtherUse; f.Value != nil || f.Mark != "U" || f.Cite == nil {
		t.Errorf("what is not known became %+v", f)
	}
	p := i.Profile
	if p == nil {
		t.Fatal(i.None.EN)
	}
	if p.Rules != i.Digest || p.LongestS != 181*86400 || p.Paths.Urgent == nil || p.Paths.Urgent.ConfirmWithinS != 3*86400-3600 || p.Paths.Urgent.OnRefusal != "stop-erase" {
		t.Errorf("the profile is %+v %+v", p, p.Paths.Urgent)
	}
	if diff := cmp.Diff([]paper.ID{"necessity"}, p.Conditions); diff != "" {
		t.Errorf("a profile asks of every request what only some must meet: %s", diff)
	}
	if c := b.Calendar("xx"); c == nil || c.Offsets[0].EastS != 9*3600 || c.Holidays[0].Date != "2026-05-04" {
		t.Errorf("the calendar is %+v", c)
	}
}

// TestLoadRefuses: each mistake is found, at its line, with its key.
func TestLoadRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		old, new    string
		line        int64
		field, says string
	}{
		"unknown member":           {`id = "xx-a"`, "id = \"xx-a\"\nzeal = 3", 2, "zeal", "no member"},
		"unknown member of a fact": {`value = "approval", mark`, `value = "approval", sure = true, mark`, 11, "mode.sure", "no member"},
		"twice":                    {`regime = "xx"`, "regime = \"xx\"\nregime = \"yy\"", 3, "", ""},
		"another mark":             {`mark = "R", cite = "Act 1 art. 17" }`, `mark = "Z", cite = "Act 1 art. 17" }`, 58, "time.max_s.mark", "no mark"},
		"no citation":              {`, mark = "S", cite = "Act 1 art. 17" }`, `, mark = "S" }`, 11, "mode", "citation"},
		"a length without unit":    {`"6 months"`, `"6"`, 58, "time.max_s.value", ""},
		"a span without unit":      {`"3 working_day"`, `"soon"`, 65, "time.urgent.confirm_within.value", ""},
		"a date without zone":      {`2026-01-01T00:00:00+09:00`, `2026-01-01`, 15, "in_force[0].from", ""},
		"a fraction":               {`k = 3`, `k = 3.0`, 24, "roles.locks[0].k", ""},
		"no such predicate":        {`"foreign-target=yes"`, `"foreign target"`, 46, "conditions[1].when[0]", ""},
		"an attribute never so":    {`"foreign-target=yes"`, `"foreign-target=perhaps"`, 46, "conditions[1].when[0]", "yes or no"},
		"one language":             {"unmet.ja = \"場所が示されていない\"\n", "", 0, "conditions[1].unmet.ja", "missing"},
		"plain words missing":      {"plain.ja = \"集めるものです。\"\n", "", 0, "plain.ja", ""},
		"condition twice":          {`id = "abroad"`, `id = "necessity"`, 0, "", "twice"},
		"more keys than members":   {`of = 5`, `of = 2`, 22, "roles.locks[0]", "keys"},
		"no calendar of that name": {`calendar = "xx"`, `calendar = "yy"`, 4, "calendar", ""},
		"invisible text":           {`it is needed`, "it is\u202e needed", 0, "roles.locks[0].says.en", ""},
		"no TOML":                  {`[scope]`, `[scope`, 54, "", ""},
	} {
		text := strings.Replace(small, tt.old, tt.new, 1)
		if text == small {
			t.Fatalf("%s: nothing was changed", name)
		}
		_, err := Load(law("regimes/xx-a.toml", text))
		var f *fault.Error
		if !errors.As(err, &f) {
			t.Errorf("%s: taken, or no fault: %v", name, err)
			continue
		}
		if f.Place.Path != "regimes/xx-a.toml" || tt.line != 0 && f.Place.Line != tt.line || tt.field != "" && f.Place.Field != tt.field || !strings.Contains(f.Error(), tt.says) || f.Hint == "" || f.JA.Hint == "" {
			t.Errorf("%s: at %s: %v (hint %q)", name, f.Place, f, f.Hint)
		}
	}
}

func TestLoadRefusesFolders(t *testing.T) {
	if _, err := Load(fstest.MapFS{}); err == nil {
		t.Error("no folders are taken for a law")
	}
	if _, err := Load(law("regimes/again.toml", small)); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("two instruments of one name: %v", err)
	}
	if _, err := Load(law("regimes/large.toml", strings.Repeat("# x\n", maxFile/4+1))); fault.KindOf(err) != fault.Limit {
		t.Errorf("a file that is too large: %v", err)
	}
	deep := "id = " + strings.Repeat("[", 40) + strings.Repeat("]", 40)
	if _, err := Load(law("regimes/deep.toml", deep)); fault.KindOf(err) != fault.Limit {
		t.Errorf("a file that is too deep: %v", err)
	}
	two, err := Load(law("regimes/b.toml", "x = 1", "regimes/c.toml", "y = 1"))
	if joined, ok := err.(interface{ Unwrap() []error }); two != nil || !ok || len(joined.Unwrap()) != 2 {
		t.Errorf("of two bad files only this is said: %v", err)
	}
}

// TestShortest: months are never longer than the law's, from whatever day they run.
func TestShortest(t *testing.T) {
	for months := int64(1); months <= 36; months++ {
		least := int64(1 << 40)
		for day := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() < 2009; day = day.AddDate(0, 0, 1) {
			to := day.AddDate(0, int(months), 0)
			if to.Day() != day.Day() {
				continue // no such day: the law ends the month earlier or later, as it says
			}
			least = min(least, int64(to.Sub(day)/(24*time.Hour)))
		}
		if got := shortest(months); got != least {
			t.Errorf("%d months have %d days, the shortest are %d", months, got, least)
		}
		if Months(least*86400) != months {
			t.Errorf("%d days are not known as %d months", least, months)
		}
	}
	if Months(90*86400) != 0 {
		t.Error("90 days are no number of months")
	}
}

const smallOverlay = `overlay = "strict"
name.en = "strict"
name.ja = "厳格"
plain.en = "Stricter."
plain.ja = "より厳しい。"

[[on]]
of = ["xx-a"]

[[on.conditions]]
id = "necessity"
min_words = 50

[[on.conditions]]
id = "others"
kind = "fact"
mark = "S"
cite = ["Opinion"]
unmet.en = "others are not looked at"
unmet.ja = "第三者が考慮されていない"
meet.en = "look at others"
meet.ja = "第三者を考慮する"
`

func TestOverlay(t *testing.T) {
	b, err := Load(law("regimes/o.toml", smallOverlay))
	if err != nil {
		t.Fatal(err)
	}
	base, over := b.Instrument("xx-a"), b.Instrument("xx-a/strict")
	if over == nil || over.Rules.OverlayOf != "xx-a" || len(over.Rules.Conditions) != 3 || over.Rules.Conditions[0].MinWords != 50 || over.Digest == base.Digest {
		t.Fatalf("the overlay is %+v", over)
	}
	if base.Rules.Conditions[0].MinWords != 5 || len(base.Rules.Conditions) != 2 {
		t.Error("the overlay changed what lies below it")
	}
	if over.Profile == nil || len(over.Profile.Conditions) != 2 || over.Profile.Rules != over.Digest {
		t.Errorf("its profile is %+v", over.Profile)
	}
	if at, loose := looser.Than(over.Rules, base.Rules); !loose || at != "conditions.necessity" {
		t.Errorf("the law is not looser than its overlay: %q", at)
	}
}

// TestOverlayMustNotLoosen: whatever would permit more is found, with its member.
func TestOverlayMustNotLoosen(t *testing.T) {
	for name, tt := range map[string]struct{ patch, at string }{
		"fewer keys":         {"[[on.roles.locks]]\nrole = \"member\"\nk = 2", "roles"},
		"another standard":   {"[[on.roles.locks]]\nrole = \"member\"\nstandard = \"jr\"", "roles"},
		"an on-call number":  {"[[on.roles.locks]]\nrole = \"member\"\n[on.roles.locks.on_call]\nk = 1\nmark = \"S\"\ncite = [\"x\"]\nwhole_after = \"2 day\"", "roles"},
		"another applicant":  {"[on.roles]\napplicants = { value = [\"anybody\"], mark = \"S\", cite = \"x\" }", "roles"},
		"not known any more": {"[on.roles]\napplicants = { mark = \"S\", cite = \"x\" }", "roles"},
		"holder may sign":    {"[on.roles]\nholder_signs = { value = true, mark = \"S\", cite = \"x\" }", "roles"},
		"longer":             {"[on.time]\nmax_s = { value = \"7 months\", mark = \"S\", cite = \"x\" }", "time"},
		"extension":          {"[on.time.renew]\nallowed = { value = true, mark = \"S\", cite = \"x\" }", "time"},
		"later confirmation": {"[on.time.urgent]\nconfirm_within = { value = \"4 working_day\", mark = \"S\", cite = \"x\" }", "time"},
		"notice alone":       {"[on.time.urgent]\nafter = { value = \"prompt-notice\", mark = \"S\", cite = \"x\" }\nconfirm_within = { mark = \"S\", cite = \"x\" }", "time"},
		"no erasure":         {"[on.time.urgent]\non_refusal = { value = \"stop\", mark = \"S\", cite = \"x\" }", "time"},
		"immediate":          {"mode = { value = \"immediate\", mark = \"S\", cite = \"x\" }", "mode"},
		"more effects":       {"[on.scope]\neffects = { value = [\"forward\", \"select\", \"stop\"], mark = \"S\", cite = \"x\" }", "scope"},
		"more articles":      {"articles = [\"17\", \"18\"]", "articles"},
		"more kinds":         {"kinds = [\"collection\", \"neutralise\"]", "kinds"},
		"another purpose":    {"[on.purpose]\nallowed = { value = [\"botnet\", \"tax\"], mark = \"S\", cite = \"x\" }", "purpose.allowed"},
		"earlier":            {"[[on.in_force]]\nfrom = 2025-01-01T00:00:00Z\nto = 2025-12-31T15:00:00Z\nmark = \"S\"\ncite = [\"x\"]", "in_force"},
		"fewer words":        {"[[on.conditions]]\nid = \"necessity\"\nmin_words = 1", "conditions.necessity"},
		"asked less often":   {"[[on.conditions]]\nid = \"necessity\"\nwhen = [\"path=ordinary\"]", "conditions.necessity"},
		"another kind":       {"[[on.conditions]]\nid = \"necessity\"\nkind = \"text\"", "conditions.necessity"},
		"a new recipient":    {"[[on.sharing]]\nwith = \"press\"\nmark = \"S\"\ncite = [\"x\"]\nsays.en = \"a\"\nsays.ja = \"あ\"", "sharing"},
		"another regime":     {"regime = \"yy\"", "regime"},
	} {
		text := smallOverlay[:strings.Index(smallOverlay, "[[on.conditions]]")] + tt.patch + "\n"
		_, err := Load(law("regimes/o.toml", text))
		var f *fault.Error
		if !errors.As(err, &f) || f.Place.Field != tt.at || f.Place.Line == 0 || !strings.Contains(f.Msg, "xx-a looser") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, patch := range map[string]string{
		"shorter":         "[on.time]\nmax_s = { value = \"3 months\", mark = \"S\", cite = \"x\" }",
		"more keys":       "[[on.roles.locks]]\nrole = \"member\"\nk = 5",
		"another lock":    "[[on.roles.locks]]\nrole = \"judge\"\nk = 1\nstandard = \"legality\"\nmark = \"S\"\ncite = [\"x\"]\nsays.en = \"a\"\nsays.ja = \"あ\"",
		"no other use":    "[on.purpose]\nother_use = { value = \"never\", mark = \"S\", cite = \"x\" }",
		"no urgent path":  "[on.time.urgent]\nallowed = { value = false, mark = \"S\", cite = \"x\" }",
		"asked more":      "[[on.conditions]]\nid = \"abroad\"\nwhen = [\"foreign-target=yes\"]",
		"a shorter span":  "[on.time.urgent]\nconfirm_within = { value = \"48 h\", mark = \"S\", cite = \"x\" }",
		"a cap on volume": "[on.scope]\nvolume_cap_permille = { value = 300, mark = \"S\", cite = \"x\" }",
	} {
		text := smallOverlay[:strings.Index(smallOverlay, "[[on.conditions]]")] + patch + "\n"
		if _, err := Load(law("regimes/o.toml", text)); err != nil {
			t.Errorf("%s is refused: %v", name, err)
		}
	}
}

func TestOverlayRefuses(t *testing.T) {
	for name, change := range map[string][2]string{
		"of nothing":        {`of = ["xx-a"]`, `of = []`},
		"of what is absent": {`of = ["xx-a"]`, `of = ["xx-b"]`},
		"a bad id":          {`overlay = "strict"`, `overlay = "very strict"`},
		"something else":    {`overlay = "strict"`, "overlay = \"strict\"\nregime = \"xx\""},
		"one language":      {`name.ja = "厳格"`, ``},
	} {
		if _, err := Load(law("regimes/o.toml", strings.Replace(smallOverlay, change[0], change[1], 1))); fault.KindOf(err) != fault.Invalid || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCite(t *testing.T) {
	b := &Book{Sources: []Source{{Short: "Act 42", JA: "強化法", Form: "ja"}, {Short: "ISA 1994", JA: "1994年情報機関法"}, {Short: "10 USC", JA: "合衆国法典10編"}}}
	for cite, want := range map[string]string{
		"Act 42 art. 17(1)":                 "強化法17条1項",
		"Act 42 art. 61(2)(3)":              "強化法61条2項3号",
		"Act 42 art. 6-2(4)":                "強化法6条の2第4項",
		"Act 42 arts 11–16":                 "強化法11条から16条まで",
		"Act 42 supplementary provisions":   "強化法附則",
		"Act 42":                            "強化法",
		"ISA 1994 s.5(2A)":                  "1994年情報機関法5条(2A)",
		"10 USC 394(a)":                     "合衆国法典10編394条(a)",
		"Act 420 art. 1":                    "Act 420 art. 1",
		"something that nobody has listed.": "something that nobody has listed.",
	} {
		if got := b.Cite(i18n.JA, cite); got != want {
			t.Errorf("%s is %s, want %s", cite, got, want)
		}
		if got := b.Cite(i18n.EN, cite); got != cite {
			t.Errorf("%s is %s in English", cite, got)
		}
	}
}

// FuzzInstrument: whatever is read is a paper that reads as itself; whatever is not has
// its place.
func FuzzInstrument(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(smallOverlay))
	f.Add([]byte("[[a]]\n[a.b]\n[[a.b.c]]\nd = {e = [[1]]}\n"))
	f.Add([]byte("\ufeffid = 1979-05-27\nx = 07:32:00\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		i, o, err := one("regimes/x.toml", data)
		var e *fault.Error
		switch {
		case err != nil && (!errors.As(err, &e) || e.Place.Path == "" || e.Hint == ""):
			t.Fatalf("%v has no place or no hint", err)
		case err == nil && o != nil:
			_, _ = o.over(&Book{})
		case err == nil:
			text, err := paper.Marshal(i.Rules)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := rules.Parse(text); err != nil {
				t.Fatal(err)
			}
			if i.Profile != nil && i.Profile.Check() != nil {
				t.Fatal(i.Profile.Check())
			}
		}
	})
}
