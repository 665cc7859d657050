package compare_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/compare"
	"github.com/noroshi-acd/noroshi/authority/regime/compile"
	"github.com/noroshi-acd/noroshi/content"
)

func book(t *testing.T) *compile.Book {
	t.Helper()
	b, err := compile.Load(content.Law())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sign is a sign of an attack: nothing has happened yet.
const sign = `{
 "name": {"en": "signs of an attack", "ja": "攻撃の予兆"},
 "at": "2027-12-01T00:00:00Z", "from": "2027-12-02T00:00:00Z", "until": "2027-12-09T00:00:00Z", "path": "ordinary",
 "instruments": ["jp-gg", "uk-bi", "us-smco", "au-ddw", "ca-aco", "jp-wiretap", "us-702", "us-1030f", "jp-nict"],
 "kinds": ["collection", "neutralise"], "directions": ["transit"], "effects": ["forward", "select", "disarm"],
 "data_classes": ["machine-information"], "purposes": ["prevent-damage", "national-security", "defence", "frustrate-offences"],
 "foreign_target": true, "named_people": 2,
 "findings": [
  {"condition": "crime-suspected", "met": false, "text": "no offence yet"},
  {"condition": "suspicion", "met": true, "evidence": ["finding"], "text": "one two three four five six seven eight nine ten eleven"},
  {"condition": "no-other-means", "met": true, "evidence": ["finding"], "text": "one two three four five six seven eight nine ten eleven"},
  {"condition": "scope", "text": "the links a/1 and a/2 of one carrier"},
  {"condition": "period", "text": "a week is enough"},
  {"condition": "target-acts", "text": "calls of a botnet"},
  {"condition": "selection-criteria", "evidence": ["criteria"], "text": "attached"}
 ]}`

func columns(t *testing.T, text string) map[paper.ID]compare.Column {
	t.Helper()
	c, err := compare.ReadCase([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	list, err := compare.Compare(book(t), c)
	if err != nil {
		t.Fatal(err)
	}
	out := map[paper.ID]compare.Column{}
	for n, k := range list {
		if k.Instrument.Rules.ID != c.Instruments[n] {
			t.Errorf("column %d is %s, asked was %s", n, k.Instrument.Rules.ID, c.Instruments[n])
		}
		out[k.Instrument.Rules.ID] = k
	}
	return out
}

func TestASignUnderManyLaws(t *testing.T) {
	got := columns(t, sign)
	want := map[paper.ID]compare.Answer{
		"jp-gg": compare.Ready, "uk-bi": compare.Lacking, "us-smco": compare.Lacking, "au-ddw": compare.Lacking, "ca-aco": compare.Lacking,
		"jp-wiretap": compare.Denied, "us-702": compare.NotYet, "us-1030f": compare.Idle, "jp-nict": compare.Beyond,
	}
	answers := map[paper.ID]compare.Answer{}
	for id, k := range got {
		answers[id] = k.Answer
	}
	if diff := cmp.Diff(want, answers); diff != "" {
		t.Error(diff)
	}
	if k := got["jp-wiretap"]; len(k.Because) != 1 || !strings.Contains(k.Because[0].Unmet.EN, "a sign is not yet a crime") {
		t.Errorf("the wiretapping act says no because of %+v", k.Because)
	}
	if k := got["jp-gg"]; len(k.Asked) != 6 || len(k.Open) != 0 || len(k.Unmet) != 0 {
		t.Errorf("jp-gg: asked %d, open %v, unmet %v", len(k.Asked), k.Open, k.Unmet)
	}
	if k := got["uk-bi"]; k.Request.Kind != "collection" || k.Request.DataClass != "machine-information" || k.Request.Purpose != "national-security" {
		t.Errorf("in the United Kingdom is asked %+v", k.Request)
	}
	if k := got["us-smco"]; k.Request.Kind != "neutralise" || !slices.Equal(k.Request.Effects, []paper.ID{"disarm"}) {
		t.Errorf("in the United States is asked %+v", k.Request)
	}
}

// TestBeforeTheLaw: the same a year earlier, when the chapter was not in force.
func TestBeforeTheLaw(t *testing.T) {
	got := columns(t, strings.NewReplacer("2027-12-0", "2026-12-0").Replace(sign))
	if got["jp-gg"].Answer != compare.NotYet {
		t.Errorf("jp-gg says %s before it is in force", got["jp-gg"].Answer)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, change := range map[string][2]string{
		"unknown member":    {`"path"`, `"zeal": 1, "path"`},
		"twice":             {`"path": "ordinary"`, `"path": "ordinary", "path": "urgent"`},
		"null":              {`"ordinary"`, `null`},
		"fraction":          {`"named_people": 2`, `"named_people": 2.5`},
		"no instruments":    {`"instruments": [`, `"instruments": [], "others": [`},
		"instrument twice":  {`"jp-nict"]`, `"jp-gg"]`},
		"ends before":       {`"until": "2027-12-09`, `"until": "2027-11-09`},
		"another kind":      {`"neutralise"]`, `"abolish"]`},
		"something behind":  {"\n ]}", "\n ]} {}"},
		"cut off":           {"\n ]}", ""},
		"finding twice":     {`"period", "text"`, `"scope", "text"`},
		"invisible name":    {`"signs of`, `"signs\u202e of`},
		"a list, no object": {sign, `[]`},
	} {
		text := strings.Replace(sign, change[0], change[1], 1)
		if text == sign {
			t.Fatalf("%s: nothing was changed", name)
		}
		if c, err := compare.ReadCase([]byte(text)); err == nil {
			t.Errorf("%s: taken: %+v", name, c)
		}
	}
	if _, err := compare.ReadCase([]byte(strings.Repeat(`{"a":`, 100_000))); err == nil {
		t.Error("what is too deep is taken")
	}
}

func TestCompareRefuses(t *testing.T) {
	c, err := compare.ReadCase([]byte(strings.Replace(sign, `"uk-bi"`, `"uk-none"`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	var none *compare.ErrNone
	if _, err := compare.Compare(book(t), c); !errors.As(err, &none) || none.ID != "uk-none" {
		t.Errorf("an instrument that is not there: %v", err)
	}
}

const request = `{"until":"2026-11-25T00:00:00Z","instrument":"jp-pol","articles":["6-2"],"applicant":"executor","kind":"neutralise","path":"ordinary",
"purpose":"prevent-harm","effects":["disarm","confirm"],"foreign_target":false,"at":"2026-11-22T01:00:00Z","from":"2026-11-22T02:00:00Z",
"findings":[{"condition":"urgency","met":true,"text":"now or never"},{"condition":"danger","met":true,"evidence":["b","a"]}]}`

func TestReadRequestPutsSetsInOrder(t *testing.T) {
	q, err := compare.ReadRequest([]byte(request))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(q.Effects, []paper.ID{"confirm", "disarm"}) || len(q.Findings) != 2 || q.Findings[0].Condition != "danger" || !slices.Equal(q.Findings[0].Evidence, []paper.ID{"a", "b"}) {
		t.Errorf("read as %+v", q)
	}
	if q.Findings[1].Words != 3 || q.Findings[0].Words != 0 || q.ForeignTarget {
		t.Errorf("words are %d and %d", q.Findings[1].Words, q.Findings[0].Words)
	}
	if err := q.Check(); err != nil {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(sign))
	f.Add([]byte(request))
	f.Add([]byte(`{"findings":[{"text":{"a":[]}}],"kinds":3}`))
	b, err := compile.Load(content.Law())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if q, err := compare.ReadRequest(data); err == nil {
			if text, err := paper.Marshal(q); err != nil || len(text) == 0 {
				t.Fatalf("what was read cannot be written: %v", err)
			}
		}
		c, err := compare.ReadCase(data)
		if err != nil {
			return
		}
		var none *compare.ErrNone
		if _, err := compare.Compare(b, c); err != nil && !errors.As(err, &none) {
			t.Fatal(err)
		}
	})
}
