package paper

import "testing"

// TestUnmarshalForgets: what stood in the value before is not taken for what the paper
// says, where the paper leaves an optional member out.
func TestUnmarshalForgets(t *testing.T) {
	type part struct {
		A string `json:"a,omitempty"`
	}
	type whole struct {
		B part   `json:"b"`
		C string `json:"c,omitempty"`
		D []part `json:"d"`
	}
	v := whole{B: part{"old"}, C: "old", D: []part{{"old"}}}
	if err := Unmarshal([]byte(`{"b":{},"d":[{}]}`), &v); err != nil {
		t.Fatal(err)
	}
	if v.B.A+v.C+v.D[0].A != "" {
		t.Errorf("left over: %+v", v)
	}
}
