package check

import (
	"strings"
)

// rule is what a type owes beyond the form of its properties.
type rule func(j *judge, o map[string]any)

// rules gives them by class and by type.
func rules() map[string][]rule {
	return map[string][]rule{
		"sdo":                {ordered("created", "modified", true)},
		"sro":                {ordered("created", "modified", true)},
		"campaign":           {ordered("first_seen", "last_seen", true)},
		"infrastructure":     {ordered("first_seen", "last_seen", true)},
		"intrusion-set":      {ordered("first_seen", "last_seen", true)},
		"malware":            {ordered("first_seen", "last_seen", true), familyName},
		"threat-actor":       {ordered("first_seen", "last_seen", true)},
		"sighting":           {ordered("first_seen", "last_seen", true)},
		"observed-data":      {ordered("first_observed", "last_observed", true), oneOf("objects", "object_refs"), together},
		"indicator":          {ordered("valid_from", "valid_until", false), patterned},
		"relationship":       {ordered("start_time", "stop_time", false)},
		"network-traffic":    {ordered("start", "end", true), oneOf("src_ref", "dst_ref"), inactive},
		"malware-analysis":   {oneOf("result", "analysis_sco_refs")},
		"file":               {oneOf("hashes", "name")},
		"artifact":           {oneOf("payload_bin", "url")},
		"location":           {place},
		"marking-definition": {marking},
		"process":            {some("is_hidden", "pid", "created_time", "cwd", "command_line", "environment_variables", "opened_connection_refs", "creator_user_ref", "image_ref", "parent_ref", "child_refs", "extensions")},
		"x509-certificate":   {some("hashes", "version", "serial_number", "signature_algorithm", "issuer", "subject", "validity_not_before", "validity_not_after", "is_self_signed")},
	}
}

// ordered wants the time in one property not to lie after that in another; equal is
// allowed when same.
func ordered(first, second string, same bool) rule {
	return func(j *judge, o map[string]any) {
		a, _ := o[first].(string)
		b, _ := o[second].(string)
		from, ok1 := moment(a)
		to, ok2 := moment(b)
		if ok1 && ok2 && (to.Before(from) || !same && !to.After(from)) {
			j.must(second, "%s lies before %s (%s)", b, first, a)
		}
	}
}

// oneOf wants at least one of the properties.
func oneOf(names ...string) rule {
	return func(j *judge, o map[string]any) {
		for _, n := range names {
			if _, ok := o[n]; ok {
				return
			}
		}
		j.must("", "must have %s", strings.Join(names, " or "))
	}
}

// some is oneOf for long lists.
func some(names ...string) rule { return oneOf(names...) }

func familyName(j *judge, o map[string]any) {
	if o["is_family"] == true && o["name"] == nil {
		j.must("name", "a family must have a name")
	}
}

func together(j *judge, o map[string]any) {
	if o["objects"] != nil && o["object_refs"] != nil {
		j.must("objects", "cannot stand beside object_refs")
	}
	if o["objects"] != nil {
		j.should("objects", "is deprecated, object_refs took its place")
	}
}

func patterned(j *judge, o map[string]any) {
	text, _ := o["pattern"].(string)
	if o["pattern_type"] != "stix" || text == "" {
		return
	}
	if err := Pattern(text); err != nil {
		j.must("pattern", "%v", err)
	}
}

func inactive(j *judge, o map[string]any) {
	if o["is_active"] == true && o["end"] != nil {
		j.must("end", "traffic that goes on has no end")
	}
	for _, end := range []string{"src_ref", "dst_ref"} {
		if o[end] == nil && o[strings.TrimSuffix(end, "ref")+"port"] != nil {
			j.should(strings.TrimSuffix(end, "ref")+"port", "a port without an address says little")
		}
	}
}

func place(j *judge, o map[string]any) {
	if o["region"] == nil && o["country"] == nil && (o["latitude"] == nil || o["longitude"] == nil) {
		j.must("", "must have a region, a country, or latitude and longitude")
	}
	if (o["latitude"] == nil) != (o["longitude"] == nil) {
		j.must("latitude", "latitude and longitude stand together")
	}
}

func marking(j *judge, o map[string]any) {
	d, _ := o["definition"].(map[string]any)
	switch {
	case o["extensions"] != nil && o["definition_type"] == nil:
	case o["definition_type"] == "tlp":
		level, _ := d["tlp"].(string)
		j.value("definition.tlp", level, "closed:tlp")
		if i := index(vocabulary("tlp"), level); i >= 0 && o["id"] != tlp[i] {
			j.must("id", "the marking for %s has the id %s", level, tlp[i])
		}
	case o["definition_type"] == "statement":
		if s, _ := d["statement"].(string); s == "" {
			j.must("definition.statement", "is missing")
		}
	default:
		j.must("definition_type", "must be tlp or statement, or an extension")
	}
}

func index(list []string, s string) int {
	for i, x := range list {
		if x == s {
			return i
		}
	}
	return -1
}
