package misp

import (
	"errors"
	"io"
	"strings"

	"github.com/noroshi-acd/noroshi/detect/knownbad/indicator"
	"github.com/noroshi-acd/noroshi/intelligence/feed/walk"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// event is what holds for all attributes of one event.
type event struct {
	info, org string
	since     int64
	voice     indicator.Voice
}

// reading is one of two passes over a document: an event's own words may stand behind
// its attributes.
type reading struct {
	w      *walk.Walk
	out    walk.Out
	first  bool    // only the events' own words are read
	events []event // by their order
	n      int     // events met in this pass
}

// maxEvents bounds how many events one document may hold.
const maxEvents = 1 << 18

// Read reads the document that open gives, which it calls twice: an event, a list of
// events, or the answer to a search for events or attributes. path names it in errors,
// which are *[fault.Error] with line and JSON path.
func Read(open func() (io.ReadCloser, error), path string, out walk.Out) error {
	var events []event
	for _, first := range []bool{true, false} {
		in, err := open()
		if err != nil {
			return err
		}
		r := &reading{w: walk.New(in, path), out: out, first: first, events: events}
		err = r.document(0)
		if errors.Is(err, walk.ErrShape) {
			err = r.refuse("form", r.w.Place())
		}
		in.Close()
		if err != nil && !first {
			return err
		}
		events = r.events
	}
	return nil
}

func (r *reading) refuse(reason string, at fault.Place) error {
	if r.first {
		return nil
	}
	return r.out.Refuse(reason, at)
}

// lenient makes a value of another sort a refusal.
func (r *reading) lenient(err error) error {
	if errors.Is(err, walk.ErrShape) {
		return r.refuse("form", r.w.Place())
	}
	return err
}

// document reads what holds events: {"Event": …}, {"response": …}, or a list of them.
func (r *reading) document(depth int) error {
	return r.w.Either(func(key string) error {
		switch {
		case key == "Event":
			return r.lenient(r.event())
		case key == "response" && depth < 4:
			return r.lenient(r.document(depth + 1))
		case key == "Attribute":
			return r.loose()
		}
		return r.w.Skip()
	}, func() error {
		if depth >= 4 {
			return r.w.Skip()
		}
		return r.lenient(r.document(depth + 1))
	})
}

// loose reads attributes that stand outside an event.
func (r *reading) loose() error {
	if r.first {
		return r.w.Skip()
	}
	return r.lenient(r.attributes(&event{}))
}

func (r *reading) event() error {
	var e event
	at := r.n
	if r.n++; !r.first && at < len(r.events) {
		e = r.events[at]
	}
	err := r.w.Object(func(key string) error {
		if r.first {
			return r.own(&e, key)
		}
		switch key {
		case "Attribute":
			return r.lenient(r.attributes(&e))
		case "Object":
			return r.lenient(r.objects(&e))
		}
		return r.w.Skip()
	})
	if r.first && len(r.events) < maxEvents {
		r.events = append(r.events, e)
	}
	return err
}

// own reads one of an event's own words.
func (r *reading) own(e *event, key string) error {
	var err error
	switch key {
	case "info":
		if err = r.w.Decode(&e.info); err == nil {
			e.info = cut(e.info)
		}
	case "Orgc":
		var org struct {
			Name string `json:"name"`
		}
		if err = r.w.Decode(&org); err == nil {
			e.org = cut(org.Name)
		}
	case "timestamp":
		var t text
		if err = r.w.Decode(&t); err == nil {
			e.since = instant(string(t))
		}
	case "Tag":
		var tags []tag
		if err = r.w.Decode(&tags); err == nil {
			grade(&e.voice, tags)
		}
	default:
		return r.w.Skip()
	}
	return r.lenient(err)
}

func (r *reading) objects(e *event) error {
	return r.w.Array(func() error {
		var o object
		switch err := r.w.Decode(&o); {
		case errors.Is(err, walk.ErrShape):
			return r.refuse("form", r.w.Place())
		case err != nil:
			return err
		}
		at := r.w.Place()
		port := o.port()
		for i := range o.Attributes {
			a := &o.Attributes[i]
			a.Deleted = a.Deleted || o.Deleted
			if a.Comment == "" {
				a.Comment = o.Comment
			}
			if err := r.attribute(e, a, port, at); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *reading) attributes(e *event) error {
	return r.w.Array(func() error {
		var a attribute
		switch err := r.w.Decode(&a); {
		case errors.Is(err, walk.ErrShape):
			return r.refuse("form", r.w.Place())
		case err != nil:
			return err
		}
		return r.attribute(e, &a, 0, r.w.Place())
	})
}

// attribute hands on what an attribute says.
func (r *reading) attribute(e *event, a *attribute, port uint16, at fault.Place) error {
	switch {
	case bool(a.Deleted):
		return r.refuse("deleted", at)
	case a.reason() != "":
		return r.refuse(a.reason(), at)
	case !bool(a.ToIDS):
		return r.refuse("context", at)
	}
	values, bound := a.values()
	if bound == 0 {
		bound = port
	}
	for _, v := range values {
		in, reason := indicator.Parse(v.text, v.loose)
		if reason == "" && !v.allows(in.Kind) {
			reason = "unsupported"
		}
		if reason != "" {
			if err := r.refuse(string(reason), at); err != nil {
				return err
			}
			continue
		}
		e.dress(&in, a, len(values) > 1)
		if in.Kind <= indicator.Name {
			in.Port = bound
		}
		in.FromURL = in.FromURL || a.Type == "url" && in.Kind == indicator.Name
		if err := r.out.Take(&in, at); err != nil {
			return err
		}
	}
	return nil
}

// dress gives in what its attribute and its event say beside the value.
func (e *event) dress(in *indicator.Indicator, a *attribute, several bool) {
	in.Source, in.Voice, in.Since = e.org, e.voice, e.since
	grade(&in.Voice, a.Tags)
	if in.Description = cut(a.Comment); in.Description == "" {
		in.Description = e.info
	}
	for _, t := range []text{a.Timestamp, a.LastSeen} {
		if at := instant(string(t)); at != 0 {
			in.Since = at
		}
	}
	in.Partial = several && in.Kind != indicator.Name // the name is what both are about
}

// grade reads what tags say of marking and belief; of several markings the narrowest
// holds, of several grades the lowest.
func grade(v *indicator.Voice, tags []tag) {
	for _, t := range tags {
		name := strings.ToLower(t.Name)
		if m, ok := indicator.ParseTLP(name); ok && strings.HasPrefix(name, "tlp:") {
			v.TLP = max(v.TLP, m)
		}
		scale, value, ok := strings.Cut(name, "=")
		if !ok {
			continue
		}
		value = strings.Trim(value, `"`)
		switch scale {
		case "admiralty-scale:source-reliability":
			if g, ok := indicator.ParseReliability(value); ok {
				v.Reliability = max(v.Reliability, g)
			}
		case "admiralty-scale:information-credibility":
			if g, ok := indicator.ParseCredibility(value); ok {
				v.Credibility = max(v.Credibility, g)
			}
		}
	}
}
