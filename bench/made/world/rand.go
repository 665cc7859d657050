package world

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strconv"
	"time"
)

// Rand is one actor's own source of chance. Actors do not share one, so that
// adding an actor changes nothing about the others.
type Rand struct{ *rand.Rand }

// NewRand gives the source for (seed, label, n): the same three, the same chance.
func NewRand(seed uint64, label string, n int) Rand {
	h := fnv.New64a()
	h.Write([]byte(label))
	h.Write([]byte{0})
	h.Write([]byte(strconv.Itoa(n)))
	return Rand{rand.New(rand.NewPCG(seed, h.Sum64()))}
}

// Between gives an evenly spread number in [lo, hi).
func (r Rand) Between(lo, hi float64) float64 { return lo + (hi-lo)*r.Float64() }

// Count gives an evenly spread whole number in [lo, hi].
func (r Rand) Count(lo, hi int64) int64 { return lo + r.Int64N(hi-lo+1) }

// Around gives d changed by at most share of itself either way.
func (r Rand) Around(d time.Duration, share float64) time.Duration {
	return time.Duration(float64(d) * (1 + share*(2*r.Float64()-1)))
}

// Wait gives an exponential waiting time with the given mean.
func (r Rand) Wait(mean time.Duration) time.Duration {
	return time.Duration(float64(mean) * r.ExpFloat64())
}

// Heavy gives a size with the given median and a heavy (log-normal) tail.
func (r Rand) Heavy(median, spread float64) int64 {
	return int64(median * math.Exp(spread*r.NormFloat64()))
}

// Chance is true with probability p.
func (r Rand) Chance(p float64) bool { return r.Float64() < p }
