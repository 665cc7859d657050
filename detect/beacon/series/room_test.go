package series

import (
	"testing"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
)

// TestRoomIsBounded: a flood of pairs that come once takes no more than the room.
func TestRoomIsBounded(t *testing.T) {
	o := NewRoom(100)
	for i := range uint64(10_000) {
		if s := o.Wait(detect.Mix(i+1), &flow.Record{First: int64(i) * 1e9, SrcPort: 1, Proto: 17}); s != nil {
			t.Fatalf("pair %d was ready at its first contact", i)
		}
	}
	if len(o.seats) != 128 || o.lost < 9000 {
		t.Errorf("%d seats, %d lost", len(o.seats), o.lost)
	}
	key := detect.Mix(77)
	for k := range int64(4) {
		s := o.Wait(key, &flow.Record{First: 1e15 + k*60e9, SrcPort: uint16(2 + k), Proto: 17, SrcBytes: uint64(100 + k)})
		if (s != nil) != (k == 3) {
			t.Fatalf("contact %d: ready %v", k, s != nil)
		}
		if s != nil && (s.N != 3 || s.Contacts[1].Out != 101 || s.Contacts[2].At-s.Contacts[0].At != 12_000) {
			t.Errorf("%+v", s)
		}
	}
}
