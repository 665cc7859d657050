package fanin

import (
	"testing"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
)

// TestRoom: however hosts and destinations crowd, each table stays within its bound,
// also where most of the destinations that are forgotten have no member.
func TestRoom(t *testing.T) {
	cfg := Config{Nodes: 1000, Members: 1000, MinHosts: 8}
	d := New(cfg)
	at, state := int64(0), uint64(1)
	for range 200_000 {
		state = detect.Mix(state + 1)
		at += 1e9
		host, server := byte(state%50), uint16(state>>8%4000)
		r := flow.Record{
			First: at, Last: at, Src: flow.Addr4([4]byte{192, 0, 2, host}), Dst: flow.Addr4([4]byte{198, 51, byte(server >> 8), byte(server)}),
			DstPort: 443, Proto: 6, SrcPort: uint16(state >> 40), SrcBytes: 500, DstBytes: 900, Kind: flow.KindFlow,
		}
		d.Observe(&detect.Event{Rec: &r, Now: at})
		if n, m := d.nodes.used(), d.hosts.used(); n > cfg.Nodes || m > cfg.Members {
			t.Fatalf("%d destinations and %d hosts, bounds %d and %d", n, m, cfg.Nodes, cfg.Members)
		}
	}
	if d.forgotten == 0 {
		t.Error("the tables were never full")
	}
}
