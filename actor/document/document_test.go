package document_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/actor"
	"github.com/noroshi-acd/noroshi/actor/document"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// country is a small register.
func country() *actor.Document {
	name := paper.Words{EN: "Name", JA: "名"}
	return &actor.Document{
		Bodies:    []actor.Body{{ID: "police", Jurisdiction: "lab", Name: name, From: 1, Until: actor.Forever}},
		People:    []actor.Person{{ID: "chie", Name: name}},
		Duties:    []actor.Duty{{Number: 1, Body: "police", Person: "chie", Role: "clerk", From: 5, Until: 9, Act: "order"}},
		Trainings: []actor.Training{{Number: 1, Person: "chie", Name: "secrets", From: 5, Until: 9, Act: "course"}},
	}
}

// The text in the specification is one that is read, and says what stands beside it.
func TestSpecification(t *testing.T) {
	spec, err := os.ReadFile("../../docs/spec/register.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(spec), "```toml\n")
	text, _, _ = strings.Cut(text, "```")
	d, err := document.Read("register.md", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Bodies) != 1 || len(d.People) != 1 || len(d.Duties) != 1 || len(d.Trainings) != 1 || len(d.Needs) != 1 || len(d.Locks) != 1 || d.Bodies[0].Until != actor.Forever || d.Duties[0].Until.String() != "2031-04-01T00:00:00Z" {
		t.Errorf("%+v", d)
	}
}

func TestReadRefuses(t *testing.T) {
	const begin = "[[body]]\nid = \"police\"\njurisdiction = \"lab\"\nname = {en = \"Police\", ja = \"警察\"}\nfrom = 2020-01-01T00:00:00Z\n\n[[person]]\nid = \"chie\"\nname = {en = \"Chie\", ja = \"千恵\"}\n\n"
	if _, err := document.Read("x", []byte(begin)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text, field string
		line        int64
	}{
		"no TOML":        {"[[body\n", "", 1},
		"unknown member": {begin + "[[person]]\nid = \"x\"\nage = 7\n", "person.age", 13},
		"wrong type":     {begin + "[[person]]\nid = 7\n", "person.id", 12},
		"no such person": {begin + "[[duty]]\nbody = \"police\"\nperson = \"x\"\nrole = \"r\"\nfrom = 2021-01-01T00:00:00Z\nact = \"a\"\n", "duty[1].person", 0},
		"no beginning":   {begin + "[[duty]]\nbody = \"police\"\nperson = \"chie\"\nrole = \"r\"\nact = \"a\"\n", "duty[1].from", 0},
		"person twice":   {begin + "[[person]]\nid = \"chie\"\nname = {en = \"C\", ja = \"千\"}\n", "person[2].id", 0},
	} {
		_, err := document.Read("x.toml", []byte(c.text))
		var e *fault.Error
		if !errors.As(err, &e) || e.Place.Path != "x.toml" || e.Place.Line != c.line || e.Place.Field != c.field || e.Hint == "" {
			t.Errorf("%s: %v, want line %d, member %q", name, err, c.line, c.field)
		}
	}
}

func FuzzRead(f *testing.F) {
	text, err := document.Text(country())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte("[[lock]]\ninstrument = \"x\"\nroles = [\"a\", \"b\"]\n[[need]]\nrole = \"a\"\ntraining = \"t\"\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := document.Read("x", text)
		if err != nil {
			var e *fault.Error
			if !errors.As(err, &e) || e.Hint == "" {
				t.Fatalf("%v is not in the house's form", err)
			}
			return
		}
		again, err := document.Text(d)
		if err != nil {
			t.Fatal(err)
		}
		back, err := document.Read("x", again)
		if err != nil {
			t.Fatalf("%v\n%s", err, again)
		}
		if diff := cmp.Diff(d, back); diff != "" {
			t.Fatal(diff)
		}
	})
}
