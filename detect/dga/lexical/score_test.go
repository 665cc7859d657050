package lexical

import (
	"bufio"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

// names reads a list of the shared data, one name per line.
func names(t testing.TB, file string) [][]byte {
	root := os.Getenv("NOROSHI_DATA")
	f, err := os.Open(filepath.Join(root, "detection/ndpi-dga/tests/dga", file))
	if root == "" || err != nil {
		if os.Getenv("NOROSHI_REQUIRE_SHARED") == "1" {
			t.Fatalf("the shared data is required: %v", err)
		}
		t.Skip("NOROSHI_DATA does not lead to the shared data")
	}
	defer f.Close()
	var all [][]byte
	for sc := bufio.NewScanner(f); sc.Scan(); {
		all = append(all, []byte(strings.ToLower(strings.TrimSuffix(strings.TrimSpace(sc.Text()), "."))))
	}
	return all
}

func share(z []float64, over float64) float64 {
	n := 0
	for _, x := range z {
		if x >= over {
			n++
		}
	}
	return float64(n) / float64(len(z))
}

// TestFigures measures the model on a set of names it never learnt from, at
// thresholds that were fixed on names kept back from its own lists.
func TestFigures(t *testing.T) {
	made, honest := names(t, "test_dga.csv"), names(t, "test_non_dga.csv")
	var z [2][]float64
	for i, list := range [][][]byte{honest, made} {
		for _, n := range list {
			z[i] = append(z[i], Score(n))
		}
	}
	recall, false_ := share(z[1], Sure), share(z[0], Sure)
	tp, fp := recall*float64(len(made)), false_*float64(len(honest))
	precision := tp / (tp + fp)
	t.Logf("per name at %.2f: recall %.4f, precision %.4f (%d made up, %d honest, false %.4f)", Sure, recall, precision, len(made), len(honest), false_)
	for _, at := range []float64{0, 1, 2, 3, 4, 5, 6} {
		t.Logf("at %.0f: recall %.4f, false %.4f", at, share(z[1], at), share(z[0], at))
	}
	if recall < 0.50 || precision < 0.98 {
		t.Errorf("recall %.4f must be at least 0.50 and precision %.4f at least 0.98", recall, precision)
	}
	const bags, size = 5000, 20
	var hit [2]int
	var means [2][]float64
	for i, list := range [][][]byte{honest, made} {
		r := rand.New(rand.NewPCG(7, uint64(i)))
		for range bags {
			bag := make([][]byte, size)
			for k := range bag {
				bag[k] = list[r.IntN(len(list))]
			}
			s := BagScore(bag)
			means[i] = append(means[i], s)
			if s >= 0 {
				hit[i]++
			}
		}
		sort.Float64s(means[i])
	}
	found, wrong := float64(hit[1])/bags, float64(hit[0])/bags
	t.Logf("bags of %d: recall %.4f, false %.5f; honest bags' greatest %.2f, made-up bags' least %.2f", size, found, wrong, means[0][bags-1], means[1][0])
	if found < 0.99 || wrong > 0.001 {
		t.Errorf("bags: recall %.4f must be at least 0.99, false %.5f at most 0.001", found, wrong)
	}
}

func BenchmarkScore(b *testing.B) {
	list := [][]byte{[]byte("www.example.com"), []byte("a-rather-long-label-for-a-name.co.uk"), []byte("xkqpvbnrtzw.net"), []byte("mail.shop24.example.org")}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		Score(list[i&3])
	}
}
