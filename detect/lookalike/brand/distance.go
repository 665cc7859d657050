package brand

import "strings"

// Costs of one slip of the hand. What fingers often do costs less than what an
// author of names would have to mean.
const (
	slipOther     = 1.0
	slipNeighbour = 0.6 // a key beside the right one
	slipSwap      = 0.6 // two letters in the wrong order
	slipDouble    = 0.5 // a letter twice, or once instead of twice
	slipDrop      = 0.7 // a letter left out
	slipFirst     = 0.3 // more for the first letter, where another word begins
	noDistance    = 99.0
)

// rows of the keyboard; keys beside one another within a row or a row apart.
var keys = [...]string{"1234567890-", "qwertyuiop", "asdfghjkl", "zxcvbnm"}

// beside says which keys lie next to which.
var beside = func() (m [128][128]bool) {
	for y, row := range keys {
		for x := range len(row) {
			for dy := -1; dy <= 1; dy++ {
				if y+dy < 0 || y+dy >= len(keys) {
					continue
				}
				for _, dx := range [...]int{-1, 0, 1} {
					if i := x + dx; i >= 0 && i < len(keys[y+dy]) && dx*dy <= 0 {
						m[row[x]][keys[y+dy][i]] = true
					}
				}
			}
		}
	}
	return m
}()

// limit is the largest distance at which a name of this length may be meant for a
// word.
func limit(n int) float64 {
	switch {
	case n < 5:
		return -1
	case n == 5:
		return 0.6
	case n <= 7:
		return 0.7
	}
	return 1.0
}

// distance is the cheapest way of slips from the word want to the name got, the
// restricted Damerau–Levenshtein distance with the costs above; noDistance when it
// is above most. Both are lower-case ASCII of at most 63 letters.
func distance(want, got string, most float64) float64 {
	if d := len(want) - len(got); d > 2 || d < -2 || len(got) > maxWord {
		return noDistance
	}
	var rows [3][maxWord + 1]float64
	before, last, now := &rows[0], &rows[1], &rows[2]
	for j := 1; j <= len(got); j++ {
		last[j] = last[j-1] + added(want, got, 0, j-1)
	}
	for i := 1; i <= len(want); i++ {
		now[0] = last[0] + dropped(want, i-1)
		low := now[0]
		for j := 1; j <= len(got); j++ {
			d := last[j-1] + replaced(want, got, i-1, j-1)
			d = min(d, last[j]+dropped(want, i-1), now[j-1]+added(want, got, i, j-1))
			if i > 1 && j > 1 && want[i-1] == got[j-2] && want[i-2] == got[j-1] && want[i-1] != want[i-2] {
				cost := slipSwap
				if i == 2 {
					cost += slipFirst
				}
				d = min(d, before[j-2]+cost)
			}
			now[j] = d
			low = min(low, d)
		}
		if low > most {
			return noDistance
		}
		before, last, now = last, now, before
	}
	if d := last[len(got)]; d <= most {
		return d
	}
	return noDistance
}

func replaced(want, got string, i, j int) float64 {
	if want[i] == got[j] {
		return 0
	}
	cost := slipOther
	if beside[want[i]&127][got[j]&127] {
		cost = slipNeighbour
	}
	if i == 0 {
		cost += slipFirst
	}
	return cost
}

// dropped is the cost of leaving out letter i of want.
func dropped(want string, i int) float64 {
	switch {
	case i == 0:
		return slipDrop + slipFirst
	case want[i] == want[i-1]:
		return slipDouble
	}
	return slipDrop
}

// added is the cost of letter j of got, which stands after i letters of want.
func added(want, got string, i, j int) float64 {
	switch c := got[j]; {
	case i > 0 && want[i-1] == c || i < len(want) && i > 0 && want[i] == c:
		return slipDouble
	case i == 0:
		return slipOther + slipFirst
	case strings.IndexByte("-", c) >= 0:
		return slipDrop
	}
	return slipOther
}
