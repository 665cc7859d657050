package detect

import (
	"cmp"
	"math"
	"slices"

	"github.com/noroshi-acd/noroshi/flow"
)

// Combine joins what several detectors say about one pair and one host, folds the
// findings that a finding about several hosts already speaks for, and ranks.
//
// Two methods that agree on one pair are stronger than either: the chance that
// both are wrong is taken as the product of the first's and, because methods share
// their input, half of the second's. A host that one method already holds at high
// makes another method's finding about it more likely, by a fixed half nat.
func Combine(all []Finding) []Finding {
	all = fold(all)
	type pair struct {
		src flow.Addr
		to  string
	}
	base := make([]float64, len(all))
	byPair, byHost := map[pair][]int{}, map[flow.Addr][]int{}
	for i := range all {
		base[i] = all[i].Score
		if all[i].Src.IsZero() {
			continue
		}
		p := pair{all[i].Src, all[i].Name}
		if p.to == "" {
			p.to = all[i].Dst.String()
		}
		byPair[p] = append(byPair[p], i)
		byHost[all[i].Src] = append(byHost[all[i].Src], i)
	}
	for _, group := range byPair {
		for _, i := range group {
			doubt := 1 - base[i]
			for _, j := range group {
				if all[j].Kind != all[i].Kind {
					doubt *= 1 - base[j]/2
				}
			}
			all[i].Score = 1 - doubt
		}
	}
	for _, group := range byHost {
		hold := map[Kind]bool{} // the methods that hold the host at high by themselves
		for _, i := range group {
			if base[i] >= HighScore {
				hold[all[i].Kind] = true
			}
		}
		for _, i := range group {
			if len(hold) > 1 || len(hold) == 1 && !hold[all[i].Kind] {
				all[i].Score = raise(all[i].Score, 0.5)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.First, b.First), cmp.Compare(a.Kind, b.Kind), slices.Compare(a.Src[:], b.Src[:]))
	})
	return all
}

// raise adds nats to the log-odds of score.
func raise(score, nats float64) float64 {
	score = min(max(score, 1e-9), 1-1e-9)
	return 1 / (1 + math.Exp(-math.Log(score/(1-score))-nats))
}

// fold drops a finding about one host where a finding about several hosts,
// at least as sure or at high, speaks for it and the same destination.
func fold(all []Finding) []Finding {
	type spoken struct {
		src flow.Addr
		to  string
	}
	by := map[spoken]float64{}
	for i := range all {
		f := &all[i]
		for _, s := range f.Sources {
			for _, to := range []string{f.Name, f.Dst.String()} {
				if to != "" {
					by[spoken{s, to}] = max(by[spoken{s, to}], f.Score)
				}
			}
		}
	}
	return slices.DeleteFunc(all, func(f Finding) bool {
		if len(f.Sources) > 0 || f.Kind != Beacon && f.Kind != LongLived {
			return false
		}
		to := f.Name
		if to == "" {
			to = f.Dst.String()
		}
		s, ok := by[spoken{f.Src, to}]
		return ok && (s >= f.Score || s >= HighScore)
	})
}
