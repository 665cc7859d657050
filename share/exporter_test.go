package share_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/ipfix"
	"github.com/noroshi-acd/noroshi/flow/sflow"
	"github.com/noroshi-acd/noroshi/share"
)

// TestTellExporters: each protocol is named, losses are counted in what its numbers
// count, and where these are not understood no loss is claimed.
func TestTellExporters(t *testing.T) {
	a := flow.Addr4([4]byte{192, 0, 2, 1})
	from := ipfix.Exporter{Addr: a}
	got := share.TellExporters([]ipfix.ExporterStats{
		{Exporter: from, Version: 5, Domain: 65537, Messages: 3, Flows: 90},
		{Exporter: from, Version: 9, Messages: 4, Flows: 9, Lost: 2, Unread: 1, Counting: ipfix.CountsMessages},
		{Exporter: from, Version: 10, Messages: 1, Lost: 7, Counting: ipfix.CountsAfter},
		{Exporter: from, Version: 10, Messages: 5, Lost: 99, Counting: ipfix.CountsUnknown},
	}, []sflow.AgentStats{{Agent: a, Sub: 8, Datagrams: 6, Flows: 60, Dropped: 5}}, share.Cover{Addr: func(flow.Addr) string { return "A" }})
	want := []share.Exporter{
		{Addr: "A", Protocol: "NetFlow v5", Domain: 65537, Messages: 3, Flows: 90, Units: share.Records},
		{Addr: "A", Protocol: "NetFlow v9", Messages: 4, Flows: 9, Lost: 2, Unread: 1, Units: share.Datagrams},
		{Addr: "A", Protocol: "IPFIX", Messages: 1, Lost: 7, Units: share.Records},
		{Addr: "A", Protocol: "IPFIX", Messages: 5, Units: share.NotTold},
		{Addr: "A", Protocol: "sFlow v5", Domain: 8, Messages: 6, Flows: 60, Units: share.Datagrams, Dropped: 5},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("-want +got\n%s", diff)
	}
	for i, want := range []struct {
		whole bool
		text  string
	}{
		{true, "A (NetFlow v5, domain 65537): no datagram is missing by the sequence numbers; 3 came."},
		{false, "A (NetFlow v9, domain 0): 2 of its datagrams are missing by their numbers; 4 came. 1 set of data could not be read for want of a template."},
		{false, "A (IPFIX, domain 0): 7 flows missing by the sequence numbers, in 1 datagram."},
		{true, "A (IPFIX, domain 0): its sequence numbers count in no known way, so what is missing cannot be told; 5 datagrams came."},
		{false, "A (sFlow v5, domain 8): no datagram is missing by the sequence numbers; 6 came. It could not sample 5 packets that it should have."},
	} {
		if x := got[i]; x.Whole() != want.whole || x.Text().EN != want.text {
			t.Errorf("%s: whole %v, %q; want %v, %q", x.Protocol, x.Whole(), x.Text().EN, want.whole, want.text)
		}
	}
}
