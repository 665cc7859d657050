package stix

import (
	"encoding/json"
	"io"
	"slices"

	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/share"
)

// object is one STIX object.
type object map[string]any

// epoch is when the objects that never change were made.
const epoch = "2026-11-01T00:00:00.000Z"

// markings are the standard's own objects for the Traffic Light Protocol.
var markings = map[share.Marking]string{
	share.White: "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
	share.Green: "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da",
	share.Amber: "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82",
	share.Red:   "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
}

// bundle is a bundle in the making.
type bundle struct {
	r       *share.Result
	objects []object
	index   map[string]bool // ids that objects holds
	maker   string          // id of the identity that made it
	marking string
}

// Write writes the bundle of r. An error is w's.
func Write(w io.Writer, r *share.Result) error {
	b := &bundle{r: r, index: map[string]bool{}, marking: markings[r.Marking]}
	b.maker = id("identity", "noroshi")
	b.put(object{
		"type": "marking-definition", "spec_version": "2.1", "id": b.marking, "created": "2017-01-20T00:00:00.000Z",
		"definition_type": "tlp", "name": r.Marking.String(), "definition": map[string]string{"tlp": string(r.Marking)},
	})
	b.put(b.made(object{"type": "identity", "id": b.maker, "name": "Noroshi", "identity_class": "system", "description": i18n.Say(i18n.EN, "stix.maker")}, epoch, epoch))
	for i := range r.Findings {
		b.finding(&r.Findings[i])
	}
	b.report()
	key := "bundle|" + b.objects[len(b.objects)-1]["id"].(string)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(object{"type": "bundle", "id": "bundle--" + UUID5(namespaceOurs, []byte(key)), "objects": b.objects})
}

// put adds o unless its id is there, and gives the id.
func (b *bundle) put(o object) string {
	name := o["id"].(string)
	if !b.index[name] {
		b.index[name] = true
		b.objects = append(b.objects, o)
	}
	return name
}

// made gives o what every object that somebody made has.
func (b *bundle) made(o object, created, modified string) object {
	o["spec_version"], o["created"], o["modified"] = "2.1", created, max(created, modified)
	if o["id"] != b.maker {
		o["created_by_ref"] = b.maker
	}
	o["object_marking_refs"] = []string{b.marking}
	return o
}

// observable gives o what every observable has, with the id made from the
// properties named.
func (b *bundle) observable(o object, contributing ...string) string {
	from := map[string]any{}
	for _, name := range contributing {
		if v, ok := o[name]; ok {
			from[name] = v
		}
	}
	o["spec_version"] = "2.1"
	o["id"] = ObservableID(o["type"].(string), from)
	o["object_marking_refs"] = []string{b.marking}
	return b.put(o)
}

// report holds everything together.
func (b *bundle) report() {
	var refs []string
	kinds := []string{}
	for _, o := range b.objects {
		kind := o["type"].(string)
		if kind == "marking-definition" {
			continue
		}
		refs = append(refs, o["id"].(string))
		if (kind == "indicator" || kind == "observed-data" || kind == "attack-pattern") && !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	made := stamp(b.r.Made.UnixNano())
	name := i18n.Both("stix.report.name")
	text := i18n.Both("stix.report.text", "findings", len(b.r.Findings), "records", b.r.Records, "inputs", len(b.r.Inputs))
	report := b.made(object{
		"type": "report", "name": name.EN, "description": text.EN, "lang": "en", "published": made, "object_refs": refs,
	}, made, made)
	if len(kinds) > 0 {
		report["report_types"] = kinds
	}
	report["id"] = id("report", string(canonical(refs))+made)
	translation := b.translation(report, map[string]string{"name": name.JA, "description": text.JA})
	report["object_refs"] = append(refs, translation)
	b.put(report)
}

// translation adds what o says in Japanese and gives its id.
func (b *bundle) translation(o object, words map[string]string) string {
	modified := o["modified"].(string)
	return b.put(b.made(object{
		"type": "language-content", "id": id("language-content", o["id"].(string)+o["created"].(string)), "object_ref": o["id"], "object_modified": modified,
		"contents": map[string]any{"ja": words},
	}, o["created"].(string), modified))
}
