package grant_test

import (
	"testing"

	"github.com/noroshi-acd/noroshi/authority/grant"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
)

// TestInvariant19_EachWarrantOfTheChain: a child's window must fit into what is left of
// its parent too, and a count that is missing is no count of nothing.
func TestInvariant19_EachWarrantOfTheChain(t *testing.T) {
	s := newScene(t)
	first, err := s.Seal(s.CollectionWarrant())
	if err != nil {
		t.Fatal(err)
	}
	w, err := warrant.Child(first, s.Key("hub"), "child/1", warranttest.Nonce("c"))
	if err != nil {
		t.Fatal(err)
	}
	child := s.seal(t, warrant.Type, *w, "hub")
	in, err := s.Input(first, child)
	if err != nil {
		t.Fatal(err)
	}
	v, list := warrant.Check(in)
	if len(list) > 0 {
		t.Fatal(unmet.List(list))
	}
	o := s.open()
	o.Warrant = v.Digest
	e := s.seal(t, grant.OpenType, o, "hub")
	other := o
	other.Warrant = paper.DigestOf([]byte("a sibling"))
	records, bytes := w.Scope.MaxRecords, w.Scope.MaxBytes
	for name, c := range map[string]struct {
		leaf    grant.Used
		above   []grant.Used
		earlier *grant.Earlier
		want    string
	}{
		"room in both":              {leaf: grant.Used{Records: 1}, above: []grant.Used{{Records: records - 100, Bytes: bytes - 1000}}},
		"records of the parent":     {above: []grant.Used{{Records: records - 99}}, want: "count-over"},
		"bytes of the parent":       {above: []grant.Used{{Bytes: bytes - 999}}, want: "count-over"},
		"the parent's below none":   {above: []grant.Used{{Bytes: -1}}, want: "count-over"},
		"records of the child":      {leaf: grant.Used{Records: records - 99}, above: []grant.Used{{}}, want: "count-over"},
		"nobody counted the parent": {want: "count-missing"},
		"one count too many":        {above: []grant.Used{{}, {}}, want: "count-missing"},
		"a sibling's":               {above: []grant.Used{{}}, earlier: &grant.Earlier{Open: other, Digest: "x", First: v.Chain[0]}, want: "grant-twice"},
		"the parent's":              {above: []grant.Used{{}}, earlier: &grant.Earlier{Open: s.open(), Digest: "x"}, want: "grant-twice"},
		"another first warrant's":   {above: []grant.Used{{}}, earlier: &grant.Earlier{Open: other, Digest: "x", First: other.Warrant}},
	} {
		x := s.input(t, e)
		x.Warrant, x.Used, x.Above = v, c.leaf, c.above
		if c.earlier != nil {
			x.Earlier = []grant.Earlier{*c.earlier}
		}
		got, list := grant.VerifyOpen(x)
		if (got == nil) != (c.want != "") || c.want != "" && !unmet.List(list).Has(c.want) || c.want == "" && len(list) > 0 {
			t.Errorf("%s: %v, want %q", name, unmet.List(list), c.want)
		}
	}
}
