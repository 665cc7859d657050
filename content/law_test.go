package content_test

import (
	"flag"
	"fmt"
	"os"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the zones are there on every machine
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/calendar"
	"github.com/noroshi-acd/noroshi/authority/regime/compile"
	"github.com/noroshi-acd/noroshi/authority/regime/fact"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/content"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

var update = flag.Bool("update", false, "write the digests anew, after every changed rule has been looked at")

func book(t *testing.T) *compile.Book {
	t.Helper()
	b, err := compile.Load(content.Law())
	if err != nil {
		t.Fatal(fault.Text(err, i18n.EN))
	}
	return b
}

// TestInvariant30_LawIsWhatItWas: no rule and no word of it changes unseen: each
// instrument has the digest that the list gives.
func TestInvariant30_LawIsWhatItWas(t *testing.T) {
	var lines strings.Builder
	for _, i := range book(t).Instruments {
		profile := string(i.ProfileDigest)
		if i.Profile == nil {
			profile = "–"
		}
		fmt.Fprintf(&lines, "%s %s %s\n", i.Rules.ID, i.Digest, profile)
	}
	for _, c := range book(t).Calendars {
		d, err := c.Digest()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&lines, "calendar/%s %s\n", c.ID, d)
	}
	const file = "testdata/law.txt"
	if *update {
		if err := os.WriteFile(file, []byte(lines.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), lines.String()); diff != "" {
		t.Errorf("the law has changed (-want +got); look at each change, then go test ./content -update:\n%s", diff)
	}
}

// TestInstruments: as many as the mission asks for, from all its countries.
func TestInstruments(t *testing.T) {
	b := book(t)
	where, own := map[paper.ID]int{}, 0
	for _, i := range b.Instruments {
		if i.Rules.OverlayOf == "" {
			where[i.Rules.Jurisdiction]++
			own++
		}
	}
	if own < 24 || len(where) < 8 {
		t.Errorf("%d instruments in %d jurisdictions: %v", own, len(where), where)
	}
	for _, id := range strings.Fields("jp-agr jp-gg jp-gi jp-ig jp-pol jp-sdf jp-nict jp-wiretap uk-s5 uk-s7 uk-bi uk-bei uk-tei us-1030f us-394 us-smco us-702 us-14086 us-calea au-isa7 au-ddw au-naw ca-cyb ca-dco ca-aco ca-31 de-19 nl-oog nl-hack nl-tw eu-epo eu-gdpr-eprivacy jp-agr/jfba-2025 jp-gg/jfba-2025 jp-gi/jfba-2025 jp-ig/jfba-2025 jp-pol/jfba-2025 jp-sdf/jfba-2025") {
		if b.Instrument(paper.ID(id)) == nil {
			t.Errorf("%s is not there", id)
		}
	}
}

// TestTextsReadInBothLanguages: Japanese is Japanese, English is not, and neither is
// empty; every citation begins with a source that is listed.
func TestTextsReadInBothLanguages(t *testing.T) {
	b := book(t)
	for _, i := range b.Instruments {
		at := string(i.Rules.ID)
		walk(at, reflect.ValueOf(*i.Rules), func(at string, v reflect.Value) {
			switch x := v.Interface().(type) {
			case paper.Words:
				if x != (paper.Words{}) {
					bilingual(t, at, x)
				}
			case fact.Cites:
				for _, c := range x {
					if _, ok := b.Source(c); !ok {
						t.Errorf("%s cites %q, which no source has", at, c)
					}
				}
			}
		})
		bilingual(t, at+".plain", i.Plain)
		bilingual(t, at+".label", i.Label)
	}
	for _, s := range b.Sources {
		bilingual(t, "source "+s.Short, s.Name)
	}
}

func bilingual(t *testing.T, at string, w paper.Words) {
	t.Helper()
	han := func(s string) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) })
	}
	if !han(w.JA) || han(w.EN) || !paper.Says(w.EN) {
		t.Errorf("%s: %q, %q", at, w.EN, w.JA)
	}
	if strings.ContainsAny(w.JA, ".;?!") && !strings.Contains(w.JA, "1 BvR") {
		t.Errorf("%s: marks of another script in %q", at, w.JA)
	}
}

// walk visits every value below v.
func walk(at string, v reflect.Value, visit func(at string, v reflect.Value)) {
	if v.CanInterface() {
		visit(at, v)
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			walk(at, v.Elem(), visit)
		}
	case reflect.Slice:
		for n := range v.Len() {
			walk(fmt.Sprintf("%s[%d]", at, n), v.Index(n), visit)
		}
	case reflect.Struct:
		for n := range v.NumField() {
			walk(at+"."+v.Type().Field(n).Name, v.Field(n), visit)
		}
	}
}

// TestNamesHaveWords: whatever the law names, a reader sees as a word, not as an id.
func TestNamesHaveWords(t *testing.T) {
	for _, i := range book(t).Instruments {
		r := i.Rules
		ids := slices.Concat(r.Roles.Applicants.Or(nil), r.Roles.Reviewers.Or(nil), r.Scope.Effects.Or(nil), r.Scope.DataClass.Or(nil), r.Purpose.Allowed.Or(nil))
		for _, d := range r.Scope.Directions.Or(nil) {
			ids = append(ids, paper.ID(d))
		}
		for _, l := range r.Roles.Locks {
			ids = append(ids, l.Role)
		}
		for _, c := range r.Roles.Consult {
			ids = append(ids, c.Role)
		}
		for _, c := range r.Conditions {
			ids = append(ids, c.Risks...)
			if c.Evidence != "" {
				ids = append(ids, c.Evidence)
			}
		}
		for _, p := range r.Reports {
			ids = append(ids, p.To)
		}
		for _, s := range r.Sharing {
			ids = append(ids, s.With)
		}
		if u := r.Time.Urgent; u != nil {
			ids = append(ids, u.Who.Or(nil)...)
		}
		for _, id := range ids {
			if key := "regimes.term." + string(id); i18n.Say(i18n.JA, key) == key {
				t.Errorf("%s: %s has no name", r.ID, id)
			}
		}
		if key := "regimes.where." + string(r.Jurisdiction); i18n.Say(i18n.EN, key) == key {
			t.Errorf("%s: the country %s has no name", r.ID, r.Jurisdiction)
		}
	}
}

// TestInvariant17_AlternativesAreAsked: the instruments whose law asks whether other
// means would do ask it, and without an answer nothing is complete.
func TestInvariant17_AlternativesAreAsked(t *testing.T) {
	for _, id := range []paper.ID{"uk-s5", "uk-tei", "jp-gg", "jp-gi", "jp-ig", "au-ddw", "ca-dco", "ca-aco", "nl-oog", "nl-hack", "jp-agr/jfba-2025"} {
		i := book(t).Instrument(id)
		at := slices.IndexFunc(i.Rules.Conditions, func(c rules.Condition) bool { return c.ID == "no-other-means" })
		if at < 0 {
			t.Errorf("%s does not ask for other means", id)
			continue
		}
		c := i.Rules.Conditions[at]
		if c.Kind != rules.FactKind || c.MinWords == 0 || len(c.When) > 0 || i.Profile != nil && !slices.Contains(i.Profile.Conditions, c.ID) {
			t.Errorf("%s asks for other means too softly: %+v", id, c)
		}
	}
	if s5 := book(t).Instrument("uk-s5").Rules; !slices.ContainsFunc(s5.Conditions, func(c rules.Condition) bool { return slices.Contains(c.Cite, "ISA 1994 s.5(2A)") }) {
		t.Error("subsection (2A) is cited nowhere")
	}
}

// TestInvariant10_CollectionHasNoUrgentPath: no Japanese collection measure has one.
func TestInvariant10_CollectionHasNoUrgentPath(t *testing.T) {
	for _, id := range []paper.ID{"jp-agr", "jp-gg", "jp-gi", "jp-ig"} {
		i := book(t).Instrument(id)
		if u := i.Rules.Time.Urgent; u == nil || u.Allowed.Or(true) || i.Profile == nil || i.Profile.Paths.Urgent != nil {
			t.Errorf("%s has an urgent path", id)
		}
	}
	if p := book(t).Instrument("jp-pol").Profile; p.Paths.Urgent == nil || p.Paths.Urgent.After != string(rules.PromptNotice) {
		t.Errorf("the police measure has %+v", p.Paths.Urgent)
	}
	over := book(t).Instrument("jp-pol/jfba-2025").Profile.Paths.Urgent
	if over == nil || over.After != string(rules.Confirm) || over.OnRefusal != "stop-erase" {
		t.Errorf("the overlay has %+v", over)
	}
}

// TestJapaneseDietReport: the six items that parliament asked for are there, each where
// its instrument is.
func TestJapaneseDietReport(t *testing.T) {
	where := map[paper.ID][]paper.ID{}
	for _, i := range book(t).Instruments {
		if i.Rules.Jurisdiction != "jp" || i.Rules.OverlayOf != "" {
			continue
		}
		for _, p := range i.Rules.Reports {
			for _, item := range p.Items {
				if p.ID == "diet" && len(item.Counts) > 0 {
					where[item.ID] = append(where[item.ID], i.Rules.ID)
				}
			}
		}
	}
	want := map[paper.ID][]paper.ID{
		"1": {"jp-gg"}, "2": {"jp-gi"}, "3": {"jp-ig"}, "6": {"jp-pol", "jp-sdf"},
		"4": {"jp-agr", "jp-gg", "jp-gi", "jp-ig", "jp-pol", "jp-sdf"}, "5": {"jp-agr", "jp-gg", "jp-gi", "jp-ig", "jp-pol", "jp-sdf"},
	}
	if diff := cmp.Diff(want, where); diff != "" {
		t.Error(diff)
	}
}

// TestCalendars holds the holidays against the rules that make them, worked out anew.
func TestCalendars(t *testing.T) {
	for country, rule := range map[paper.ID]func(int) map[string]bool{"jp": japan, "gb": england, "au": canberra} {
		c := book(t).Calendar(country)
		got := map[string]bool{}
		for _, h := range c.Holidays {
			got[string(h.Date)] = true
		}
		want := map[string]bool{}
		for year := int(c.FirstYear); year <= int(c.LastYear); year++ {
			for day := range rule(year) {
				if at, err := time.Parse(time.DateOnly, day); err != nil || at.Weekday() != time.Saturday && at.Weekday() != time.Sunday {
					want[day] = true
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-rule +calendar): %s", country, diff)
		}
		if c.FirstYear > 2025 || c.LastYear < 2028 {
			t.Errorf("%s covers %d to %d", country, c.FirstYear, c.LastYear)
		}
		zone(t, c)
	}
}

// zone holds the clock on the wall against the time-zone database, at noon of each day.
func zone(t *testing.T, c *calendar.Calendar) {
	t.Helper()
	name := map[paper.ID]string{"jp": "Asia/Tokyo", "gb": "Europe/London", "au": "Australia/Sydney"}[c.ID]
	where, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	for at := time.Date(int(c.FirstYear), 1, 1, 0, 0, 0, 0, time.UTC); at.Year() <= int(c.LastYear); at = at.Add(30 * time.Minute) {
		_, want := at.In(where).Zone()
		got := int64(0)
		for _, o := range c.Offsets {
			if o.From <= paper.TimeOf(at) {
				got = o.EastS
			}
		}
		if got != int64(want) {
			t.Fatalf("%s: at %s the clock is %d s east, want %d", c.ID, at, got, want)
		}
	}
}

func day(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }

// nth is the nth Monday of a month.
func nth(y, m, n int) time.Time {
	for d := day(y, m, 1); ; d = d.AddDate(0, 0, 1) {
		if d.Weekday() == time.Monday {
			if n--; n == 0 {
				return d
			}
		}
	}
}

// easter is Easter Sunday by Gauss's rule for these centuries.
func easter(y int) time.Time {
	d := (19*(y%19) + 24) % 30
	e := (2*(y%4) + 4*(y%7) + 6*d + 5) % 7
	return day(y, 3, 22+d+e)
}

// moved is where a holiday is taken that falls on a weekend.
func moved(d time.Time) time.Time {
	for d.Weekday() == time.Saturday || d.Weekday() == time.Sunday {
		d = d.AddDate(0, 0, 1)
	}
	return d
}

func set(days ...time.Time) map[string]bool {
	out := map[string]bool{}
	for _, d := range days {
		out[d.Format(time.DateOnly)] = true
	}
	return out
}

func japan(y int) map[string]bool {
	spring := int(20.8431 + 0.242194*float64(y-1980) - float64((y-1980)/4))
	autumn := int(23.2488 + 0.242194*float64(y-1980) - float64((y-1980)/4))
	national := set(day(y, 1, 1), nth(y, 1, 2), day(y, 2, 11), day(y, 2, 23), day(y, 3, spring), day(y, 4, 29), day(y, 5, 3), day(y, 5, 4), day(y, 5, 5),
		nth(y, 7, 3), day(y, 8, 11), nth(y, 9, 3), day(y, 9, autumn), nth(y, 10, 2), day(y, 11, 3), day(y, 11, 23))
	is := func(d time.Time) bool { return national[d.Format(time.DateOnly)] }
	out := set(day(y, 1, 2), day(y, 1, 3), day(y, 12, 29), day(y, 12, 30), day(y, 12, 31))
	for d := day(y, 1, 1); d.Year() == y; d = d.AddDate(0, 0, 1) {
		sunday := d.AddDate(0, 0, -int(d.Weekday()))
		run := is(sunday) // a Sunday's holiday is made up for on the first day after it that is none
		for x := sunday.AddDate(0, 0, 1); run && x.Before(d); x = x.AddDate(0, 0, 1) {
			run = is(x)
		}
		if is(d) || d.Weekday() != time.Sunday && run && !is(d) || is(d.AddDate(0, 0, -1)) && is(d.AddDate(0, 0, 1)) {
			out[d.Format(time.DateOnly)] = true
		}
	}
	return out
}

// feast gives the days that are taken for Christmas and the day after.
func feast(y int) (time.Time, time.Time) {
	first := moved(day(y, 12, 25))
	second := moved(day(y, 12, 26))
	if !second.After(first) {
		second = moved(first.AddDate(0, 0, 1))
	}
	if first.After(day(y, 12, 26)) && day(y, 12, 26).Weekday() != time.Saturday && day(y, 12, 26).Weekday() != time.Sunday {
		first, second = day(y, 12, 27), day(y, 12, 26)
	}
	return first, second
}

func england(y int) map[string]bool {
	a, b := feast(y)
	last := func(m int) time.Time { return nth(y, m+1, 1).AddDate(0, 0, -7) }
	return set(moved(day(y, 1, 1)), easter(y).AddDate(0, 0, -2), easter(y).AddDate(0, 0, 1), nth(y, 5, 1), last(5), last(8), a, b)
}

func canberra(y int) map[string]bool {
	a, b := feast(y)
	anzac := day(y, 4, 25)
	if anzac.Weekday() == time.Sunday {
		anzac = anzac.AddDate(0, 0, 1)
	}
	reconciliation := day(y, 5, 27)
	for reconciliation.Weekday() != time.Monday {
		reconciliation = reconciliation.AddDate(0, 0, 1)
	}
	return set(moved(day(y, 1, 1)), moved(day(y, 1, 26)), nth(y, 3, 2), easter(y).AddDate(0, 0, -2), easter(y).AddDate(0, 0, 1), anzac, reconciliation, nth(y, 6, 2), nth(y, 10, 1), a, b)
}

// TestFilesSayWhatTheyAre: each file has its head, and is called like its instrument.
func TestFilesSayWhatTheyAre(t *testing.T) {
	entries, err := content.Law().ReadDir("regimes")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := content.Law().ReadFile(path.Join("regimes", e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(e.Name(), ".toml")
		if !strings.HasPrefix(string(data), "# ") || name != "sources" && !strings.Contains(string(data), "\nid = \""+name+"\"\n") && !strings.Contains(string(data), "\noverlay = \""+name+"\"\n") {
			t.Errorf("%s does not say what it is", e.Name())
		}
	}
}
