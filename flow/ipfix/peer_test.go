package ipfix_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/ipfix"
	"github.com/noroshi-acd/noroshi/flow/ipfix/ipfixtest"
)

// TestAgainstPeer draws templates of the elements that matter, in any order and with
// any length, and data of random octets, and compares with what goflow2 reads.
func TestAgainstPeer(t *testing.T) {
	lengths := map[uint16][]uint16{8: {4}, 12: {4}, 27: {16}, 28: {16}, 82: {0xffff, 3, 20, 3, 5}, 460: {0xffff}, 315: {0xffff, 0}}
	ids := []uint16{8, 12, 8, 12, 27, 28, 7, 11, 4, 6, 1, 2, 85, 86, 23, 24, 231, 232, 298, 299, 32, 139, 176, 177, 178, 179, 180, 183, 239, 230, 233, 60, 82, 82, 460, 5, 10}
	flows := 0
	rapid.Check(t, func(t *rapid.T) {
		version := rapid.SampledFrom([]uint16{9, 10}).Draw(t, "version")
		var fields []F
		for range rapid.IntRange(1, 25).Draw(t, "fields") {
			f := F{ID: rapid.SampledFrom(ids).Draw(t, "id")}
			if version == 10 {
				f.Enterprise = rapid.SampledFrom([]uint32{0, 0, 0, 0, 29305, 9}).Draw(t, "enterprise")
			}
			f.Length = uint16(rapid.IntRange(1, 9).Draw(t, "length"))
			if some := lengths[f.ID]; some != nil && f.Enterprise == 0 {
				f.Length = rapid.SampledFrom(some).Draw(t, "usual length")
			}
			if version == 9 && f.Length == 0xffff {
				f.Length = 7
			}
			fields = append(fields, f)
		}
		if rapid.IntRange(0, 9).Draw(t, "with ends") > 0 {
			fields = append(fields, F{ID: 8, Length: 4}, F{ID: 12, Length: 4}, F{ID: 1, Length: 4}, F{ID: 4, Length: 1})
			fields = rapid.Permutation(fields).Draw(t, "order")
		}
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "data"), 1))
		set := make([]byte, 100+r.IntN(300))
		for i := range set {
			set[i] = []byte{0, 0, 1, 2, 3, 6, 17, 58, 77, 200}[r.IntN(10)]
		}
		m := message(version)
		p := m.Build(0xffff, m.Template(300, fields...), ipfixtest.Set(300, set))
		var b flow.Batch
		if ipfix.NewDecoder(ipfix.Options{}).Decode(p, ipfix.Exporter{}, &b) != nil {
			return
		}
		want, ok := peer(p)
		if !ok {
			return
		}
		var got []string
		for i := range b.Records {
			got = append(got, brief(&b.Records[i]))
		}
		flows += len(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-goflow2 +ours)\n%s", diff)
		}
	})
	t.Logf("%d flows compared", flows)
	if flows == 0 {
		t.Error("no flow was compared")
	}
}
