package stix

import (
	"encoding/json"
	"errors"
	"hash/maphash"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/detect/knownbad/indicator"
	"github.com/noroshi-acd/noroshi/intelligence/feed/walk"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// maxKnown bounds how many identities, markings and versions of a bundle are held.
const maxKnown = 1 << 20

// object is what is read of an object.
type object struct {
	Type        string          `json:"type"`
	ID          string          `json:"id"`
	CreatedBy   string          `json:"created_by_ref"`
	Revoked     bool            `json:"revoked"`
	Created     string          `json:"created"`
	Modified    string          `json:"modified"`
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Types       []string        `json:"indicator_types"`
	Labels      []string        `json:"labels"`
	Pattern     string          `json:"pattern"`
	PatternType string          `json:"pattern_type"`
	ValidFrom   string          `json:"valid_from"`
	ValidUntil  string          `json:"valid_until"`
	Confidence  *float64        `json:"confidence"`
	Markings    []string        `json:"object_marking_refs"`
	Definition  json.RawMessage `json:"definition"`
	Extensions  json.RawMessage `json:"extensions"`
}

// version is the newest that a bundle holds of one object.
type version struct {
	modified int64
	revoked  bool
}

// known is what the first reading finds, which the second needs: STIX puts its objects
// in any order.
type known struct {
	seed     maphash.Seed
	names    map[string]string // of identities, by id
	markings map[string]indicator.TLP
	versions map[uint64]version // of indicators, by the hash of their id
}

// Read reads the bundle that open gives, which it calls twice, and hands its
// indicators to out. path names it in errors, which are *[fault.Error] with line and
// JSON path.
func Read(open func() (io.ReadCloser, error), path string, out walk.Out) error {
	k := &known{seed: maphash.MakeSeed(), names: map[string]string{}, markings: fixedMarkings(), versions: map[uint64]version{}}
	if err := each(open, path, func(o *object, _ fault.Place) error {
		k.learn(o)
		return nil
	}, func(fault.Place) error { return nil }); err != nil && fault.KindOf(err) == fault.NotFound {
		return err
	}
	return each(open, path, func(o *object, at fault.Place) error {
		if o.Type != "indicator" {
			return nil
		}
		return k.tell(o, at, out)
	}, func(at fault.Place) error { return out.Refuse("form", at) })
}

// each calls use for every object of the bundle, and odd for what is none.
func each(open func() (io.ReadCloser, error), path string, use func(*object, fault.Place) error, odd func(fault.Place) error) error {
	in, err := open()
	if err != nil {
		return err
	}
	defer in.Close()
	w := walk.New(in, path)
	one := func() error {
		var o object
		switch err := w.Decode(&o); {
		case errors.Is(err, walk.ErrShape):
			if o.Type != "" && o.Type != "indicator" {
				return nil // of another sort than we know, and none of ours
			}
			return odd(w.Place())
		case err != nil:
			return err
		}
		return use(&o, w.Place())
	}
	err = w.Object(func(key string) error {
		if key != "objects" {
			return w.Skip()
		}
		if err := w.Array(one); !errors.Is(err, walk.ErrShape) {
			return err
		}
		return odd(w.Place())
	})
	if errors.Is(err, walk.ErrShape) {
		return odd(w.Place())
	}
	return err
}

// learn takes in what the second reading needs.
func (k *known) learn(o *object) {
	switch o.Type {
	case "identity":
		if len(k.names) < maxKnown {
			k.names[o.ID] = cut(o.Name)
		}
	case "marking-definition":
		if len(k.markings) < maxKnown {
			k.markings[o.ID] = max(k.markings[o.ID], marking(o))
		}
	case "indicator":
		h := maphash.String(k.seed, o.ID)
		v, seen := k.versions[h]
		if at := instant(o.Modified); (seen || len(k.versions) < maxKnown) && (!seen || at >= v.modified) {
			k.versions[h] = version{at, o.Revoked || v.revoked && at == v.modified}
		}
	}
}

// tell hands on what an indicator's pattern comes to.
func (k *known) tell(o *object, at fault.Place, out walk.Out) error {
	v := k.versions[maphash.String(k.seed, o.ID)]
	pattern := at
	pattern.Field += ".pattern"
	switch {
	case o.Revoked, v.revoked:
		return out.Refuse("revoked", at)
	case instant(o.Modified) < v.modified:
		return out.Refuse("old", at)
	case slices.Contains(o.Types, "benign"), slices.Contains(o.Labels, "benign"):
		return out.Refuse("benign", at)
	case o.PatternType != "" && o.PatternType != "stix":
		return out.Refuse("language", pattern)
	}
	all, err := read(o.Pattern)
	if err != nil {
		return out.Refuse("pattern", pattern)
	}
	for _, reason := range all.refused {
		if err := out.Refuse(reason, pattern); err != nil {
			return err
		}
	}
	for _, in := range all.any {
		k.dress(&in, o)
		if err := out.Take(&in, pattern); err != nil {
			return err
		}
	}
	return nil
}

// dress gives in what its object says beside the pattern.
func (k *known) dress(in *indicator.Indicator, o *object) {
	in.Description = o.Name
	if in.Description == "" {
		in.Description = o.Description
	}
	in.Description = cut(in.Description)
	in.Source = k.names[o.CreatedBy]
	if c := o.Confidence; c != nil && *c >= 0 && *c <= 100 {
		in.Confidence = int(*c)
	}
	if in.Since = instant(o.ValidFrom); in.Since == 0 {
		in.Since = instant(o.Created)
	}
	in.Expires = instant(o.ValidUntil)
	for _, ref := range o.Markings {
		in.Voice.TLP = max(in.Voice.TLP, k.markings[ref])
	}
}

// cut bounds a text to what one may want to read.
func cut(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 160 {
		s = strings.ToValidUTF8(s[:160], "")
	}
	return s
}

// instant reads a time of STIX, ns; 0 when it is none or cannot be held.
func instant(s string) int64 {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || t.Year() < 1970 || t.Year() > 2200 {
		return 0
	}
	return t.UnixNano()
}

// fixedMarkings are the markings that the standard and its extension for TLP 2.0 give
// by their ids alone.
func fixedMarkings() map[string]indicator.TLP {
	const m = "marking-definition--"
	return map[string]indicator.TLP{
		m + "613f2e26-407d-48c7-9eca-b8e91df99dc9": indicator.Clear,
		m + "34098fce-860f-48ae-8e50-ebd3cc5e41da": indicator.Green,
		m + "f88d31f6-486f-44da-b317-01333bde0b82": indicator.Amber,
		m + "5e57c739-391a-4eb3-b6be-7d15ca92d5ed": indicator.Red,
		m + "94868c89-83c2-464b-929b-a1a8aa3c8487": indicator.Clear,
		m + "bab4a63c-aed9-4cf5-a766-dfca5abac2bb": indicator.Green,
		m + "55d920b0-5e8b-4f79-9ee9-91f868d9b421": indicator.Amber,
		m + "939a9414-2ddd-4d32-a0cd-375ea402b003": indicator.AmberStrict,
		m + "e828b379-4e03-4974-9ac4-e53a884c97c1": indicator.Red,
	}
}

// marking reads a definition of a marking, in the form of TLP 1 or 2.
func marking(o *object) indicator.TLP {
	var one struct {
		TLP string `json:"tlp"`
	}
	if json.Unmarshal(o.Definition, &one) == nil {
		if t, ok := indicator.ParseTLP(one.TLP); ok {
			return t
		}
	}
	var two map[string]struct {
		TLP string `json:"tlp_2_0"`
	}
	if json.Unmarshal(o.Extensions, &two) == nil {
		for _, x := range two {
			if t, ok := indicator.ParseTLP(x.TLP); ok {
				return t
			}
		}
	}
	t, _ := indicator.ParseTLP(o.Name)
	return t
}
