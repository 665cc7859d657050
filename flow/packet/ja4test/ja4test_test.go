package ja4test_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/packet/ja4test"
)

func TestFoundAndAgree(t *testing.T) {
	var b flow.Batch
	src, dst := flow.Addr4([4]byte{192, 0, 2, 1}), flow.Addr4([4]byte{192, 0, 2, 2})
	for _, x := range []struct {
		kind  flow.Kind
		print string
	}{{flow.KindFlow, "t13a"}, {flow.KindFacts, "t13b"}, {flow.KindFlow, "q13c"}, {flow.KindFlow, "q13c"}, {flow.KindFlow, ""}} {
		b.Records = append(b.Records, flow.Record{Kind: x.kind, Src: src, Dst: dst, SrcPort: 7, DstPort: 443, TLS: b.AddTLS(flow.TLS{JA4: b.AddText([]byte(x.print))})})
	}
	found := ja4test.Found(&b)
	want := ja4test.Prints{TCP: map[string][]string{"192.0.2.1:7>192.0.2.2:443": {"JA4.1 t13a", "JA4.2 t13b"}}, QUIC: map[string]int{"q13c": 2}}
	if d := cmp.Diff(want, found); d != "" {
		t.Error("-want +got", d)
	}
	if agree, expected, beyond := want.Agree(found); agree != 4 || expected != 4 || beyond != 0 {
		t.Errorf("%d of %d, %d beyond", agree, expected, beyond)
	}
	want.QUIC["q13c"] = 1
	want.TCP["192.0.2.1:7>192.0.2.2:443"][0] = "JA4.1 other"
	if agree, expected, beyond := want.Agree(found); agree != 2 || expected != 3 || beyond != 2 {
		t.Errorf("%d of %d, %d beyond", agree, expected, beyond)
	}
}
