package fastflux

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/flow"
)

// TestAskerAgainstSets compares the sketches with exact sets on random answers.
func TestAskerAgainstSets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pool := rapid.SliceOfN(rapid.Uint32Range(0x01000000, 0xdfffffff), 1, 120).Draw(t, "pool")
		var a asker
		addrs, nets, far := map[flow.Addr]bool{}, map[[2]byte]bool{}, map[byte]bool{}
		given, fresh := 0, 0
		for i := range rapid.IntRange(1, 80).Draw(t, "rounds") {
			x := answer{at: int64(i) * 1e12, ttl: 60, set: uint64(i)}
			for range rapid.IntRange(1, 6).Draw(t, "n") {
				v := pool[rapid.IntRange(0, len(pool)-1).Draw(t, "which")]
				addr := flow.Addr4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)})
				x.addrs = append(x.addrs, flow.Answer{Addr: addr, Type: 1})
				if !public(addr) {
					continue
				}
				given++
				if !addrs[addr] {
					fresh++
				}
				addrs[addr], nets[[2]byte{addr[12], addr[13]}], far[addr[12]] = true, true, true
			}
			a.take(&x)
		}
		near := func(what string, got, want float64) {
			if math.Abs(got-want) > 8+0.25*want {
				t.Fatalf("%s: %.0f, exactly %.0f", what, got, want)
			}
		}
		near("addresses", float64(a.addrs.Count()), float64(len(addrs)))
		near("networks", float64(a.nets.Count()), float64(len(nets)))
		near("far apart", float64(a.far.Count()), float64(len(far)))
		near("new", float64(a.fresh), float64(fresh))
		if int(a.given) != given {
			t.Fatalf("given %d, exactly %d", a.given, given)
		}
	})
}

func TestPublicAndNetworks(t *testing.T) {
	v6 := func(first ...byte) (a flow.Addr) { copy(a[:], first); return a }
	for a, want := range map[flow.Addr]bool{
		flow.Addr4([4]byte{8, 8, 8, 8}): true, flow.Addr4([4]byte{10, 0, 0, 1}): false, flow.Addr4([4]byte{172, 20, 0, 1}): false,
		flow.Addr4([4]byte{172, 32, 0, 1}): true, flow.Addr4([4]byte{100, 64, 0, 1}): false, flow.Addr4([4]byte{127, 0, 0, 2}): false,
		flow.Addr4([4]byte{224, 0, 0, 1}): false, flow.Addr4([4]byte{0, 0, 0, 0}): false, {}: false,
		v6(0x20, 1): true, v6(0xfe, 0x80): false, v6(0xfd): false,
	} {
		if public(a) != want {
			t.Errorf("public(%s) = %v", a, !want)
		}
	}
	one, other := flow.Addr4([4]byte{8, 8, 8, 8}), flow.Addr4([4]byte{8, 8, 4, 4})
	if network(one, 16, 32) != network(other, 16, 32) || network(one, 24, 32) == network(other, 24, 32) {
		t.Error("IPv4 networks are cut in the wrong place")
	}
	if network(v6(0x20, 1, 2, 3, 9), 16, 32) != network(v6(0x20, 1, 2, 3, 7), 16, 32) || network(v6(0x20, 1, 0x12, 3), 8, 20) != network(v6(0x20, 1, 0x1f, 9), 8, 20) || network(v6(0x20, 1, 0x22), 8, 20) == network(v6(0x20, 1, 0x12), 8, 20) {
		t.Error("IPv6 networks are cut in the wrong place")
	}
}

// TestCacheSaysNothing: the same answer within its life is no second round.
func TestCacheSaysNothing(t *testing.T) {
	var a asker
	x := answer{ttl: 60, set: 5, addrs: []flow.Answer{{Addr: flow.Addr4([4]byte{8, 8, 8, 8}), Type: 1}}}
	a.take(&x)
	x.at = 59e9
	a.take(&x)
	if a.rounds != 1 {
		t.Errorf("%d rounds, want 1", a.rounds)
	}
	x.at = 61e9
	a.take(&x)
	if a.rounds != 2 || a.recent != 0 {
		t.Errorf("%d rounds, %.2f new, want 2 and 0", a.rounds, a.recent)
	}
}
