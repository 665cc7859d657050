package check

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/share/stix"
)

// Complaint is one thing that is wrong.
type Complaint struct {
	Must  bool   // the standard demands it; else it advises it
	Place string // objects[3].valid_from
	ID    string // of the object
	Text  string
}

// String writes c in one line.
func (c Complaint) String() string {
	how := "should"
	if c.Must {
		how = "must"
	}
	return how + ": " + c.Place + " (" + c.ID + "): " + c.Text
}

// Limits of what is judged.
const (
	maxBytes      = 256 << 20
	maxComplaints = 1000
	maxDepth      = 32
)

// Bundle judges the JSON text of a bundle and gives what is wrong, the graver
// first; nothing when it is valid.
func Bundle(text []byte) []Complaint {
	j := &judge{known: map[string]string{}}
	if len(text) > maxBytes {
		j.must("", "the bundle has %d octets, more than the %d that are judged", len(text), maxBytes)
		return j.found
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var b map[string]any
	if err := d.Decode(&b); err != nil {
		j.must("", "no JSON object: %v", err)
		return j.found
	}
	if _, err := d.Token(); err != io.EOF {
		j.must("", "something stands behind the bundle")
	}
	j.bundle(b)
	slices.SortStableFunc(j.found, func(a, b Complaint) int {
		switch {
		case a.Must == b.Must:
			return 0
		case a.Must:
			return -1
		}
		return 1
	})
	return j.found
}

// judge is one judgement under way.
type judge struct {
	found []Complaint
	known map[string]string // id → type of what the bundle holds
	place string            // of the object that is looked at
	id    string
	depth int
}

func (j *judge) must(at, format string, args ...any)   { j.say(true, at, format, args...) }
func (j *judge) should(at, format string, args ...any) { j.say(false, at, format, args...) }

func (j *judge) say(must bool, at, format string, args ...any) {
	if len(j.found) < maxComplaints {
		place := strings.TrimPrefix(j.place+"."+at, ".")
		j.found = append(j.found, Complaint{must, strings.TrimSuffix(place, "."), j.id, fmt.Sprintf(format, args...)})
	}
}

// tlp are the markings that every reader knows, in the bundle or not.
var tlp = []string{
	"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9", "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da",
	"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82", "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
}

func (j *judge) bundle(b map[string]any) {
	if b["type"] != "bundle" {
		j.must("type", "is %v, not bundle", b["type"])
	}
	j.id, _ = b["id"].(string)
	j.identifier("id", b["id"], "bundle")
	for _, name := range slices.Sorted(maps.Keys(b)) {
		if !slices.Contains([]string{"type", "id", "objects"}, name) {
			j.must(name, "a bundle has no such property")
		}
	}
	list, ok := b["objects"].([]any)
	if _, there := b["objects"]; there && (!ok || len(list) == 0) {
		j.must("objects", "must be a list that is not empty")
	}
	for _, id := range tlp {
		j.known[id] = "marking-definition"
	}
	for i, x := range list {
		o, _ := x.(map[string]any)
		id, _ := o["id"].(string)
		kind, _ := o["type"].(string)
		if j.known[id] != "" && !slices.Contains(tlp, id) && sameVersion(list[:i], o) {
			j.place, j.id = fmt.Sprintf("objects[%d]", i), id
			j.must("id", "stands twice in the bundle")
		}
		if id != "" {
			j.known[id] = kind
		}
	}
	for i, x := range list {
		j.place, j.id = fmt.Sprintf("objects[%d]", i), ""
		o, ok := x.(map[string]any)
		if !ok {
			j.must("", "is no object")
			continue
		}
		j.object(o)
	}
	j.place, j.id = "", ""
}

// sameVersion says whether list holds the same version of o.
func sameVersion(list []any, o map[string]any) bool {
	return slices.ContainsFunc(list, func(x any) bool {
		y, _ := x.(map[string]any)
		return y["id"] == o["id"] && y["modified"] == o["modified"]
	})
}

// object judges one object of the bundle.
func (j *judge) object(o map[string]any) {
	kind, _ := o["type"].(string)
	j.id, _ = o["id"].(string)
	shape, ok := shapes()[kind]
	if !ok {
		if !j.extended(o, "new-sdo", "new-sco", "new-sro") {
			j.must("type", "the standard has no type %q", kind)
		}
		j.identifier("id", o["id"], kind)
		return
	}
	j.identifier("id", o["id"], kind)
	for _, p := range shape.properties {
		v, there := o[p.name]
		switch {
		case there:
			j.value(p.name, v, p.form)
		case p.required:
			j.must(p.name, "is missing")
		}
	}
	free := j.extended(o, "toplevel-property-extension")
	for _, name := range slices.Sorted(maps.Keys(o)) {
		if !shape.has(name) && !free {
			j.must(name, "%s has no such property, and no extension brings it", kind)
		}
	}
	for _, rule := range rules()[shape.class] {
		rule(j, o)
	}
	for _, rule := range rules()[kind] {
		rule(j, o)
	}
	if shape.class == "sco" {
		j.deterministic(kind, o)
	}
}

// extended says whether o names an extension of one of the sorts.
func (j *judge) extended(o map[string]any, sorts ...string) bool {
	all, _ := o["extensions"].(map[string]any)
	for name, x := range all {
		e, _ := x.(map[string]any)
		if sort, _ := e["extension_type"].(string); strings.HasPrefix(name, "extension-definition--") && slices.Contains(sorts, sort) {
			return true
		}
	}
	return false
}

// deterministic judges the id of an observable whose UUID is name-based: it should
// be made from the properties that the standard names. Only properties that hold
// text, whole numbers, references or lists of these are judged.
func (j *judge) deterministic(kind string, o map[string]any) {
	names, ok := contributing()[kind]
	if !ok || len(j.id) < 22 || j.id[len(j.id)-22] != '5' {
		return
	}
	from := map[string]any{}
	for _, n := range names {
		if v, there := o[n]; there {
			if _, deep := v.(map[string]any); deep {
				return
			}
			from[n] = v
		}
	}
	if want := stix.ObservableID(kind, from); len(from) > 0 && want != j.id {
		j.should("id", "made from its properties it would be %s", want)
	}
}
