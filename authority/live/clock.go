package live

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Bounds of [Clock].
const (
	// DriftPPM is how many millionths a machine's steady clock may run wrong.
	DriftPPM = 200
	// MostJump is how far wall and steady clock may part before both are distrusted.
	MostJump = time.Second
)

const second = int64(time.Second)

// Reading is what the machine's clocks show.
type Reading struct {
	Wall   int64 // ns since 1970, as somebody has set it
	Steady int64 // ns since the process began; never set, and still while the machine sleeps
}

// Source reads the machine's clocks. It MUST NOT allocate.
type Source func() Reading

// Machine reads the clocks of this machine.
func Machine() Source {
	begin := time.Now()
	return func() Reading {
		now := time.Now()
		return Reading{Wall: now.UnixNano(), Steady: int64(now.Sub(begin))}
	}
}

// Instant is what is known of the time: not before Earliest, not after Latest, in ns
// since 1970.
type Instant struct {
	Earliest, Latest int64
	Sure             bool // at most 60 s lie between, so the middle is within 30 s
}

// Paper gives the instant as papers are held against it. It is the widest that whole
// seconds can say; a zero one, which is never sure, when i is not.
func (i Instant) Paper() liveness.Clock {
	if !i.Sure {
		return liveness.Clock{}
	}
	return liveness.Clock{Earliest: paper.Time(i.Earliest / second), Latest: ceil(i.Latest)}
}

// ceil is the first whole second that is not before ns since 1970.
func ceil(ns int64) paper.Time { return paper.Time((ns + second - 1) / second) }

// Clock knows from its own receipts how far the machine's clock can be wrong: what was
// submitted was cosigned after that, and before the receipt came back. Between receipts
// the interval grows by [DriftPPM]. The machine's wall clock is not believed; it serves
// to notice that somebody set it, or that the machine slept.
//
// Any goroutine may call At and Now; they take no lock.
type Clock struct {
	source Source
	mu     sync.Mutex // held by Measure: one writer
	known  atomic.Pointer[reckoning]
}

// reckoning is what the receipts so far prove. It does not change.
type reckoning struct {
	at      Reading // when the last receipt came
	lo, hi  int64   // the time less at.Steady lies between, ns
	receipt int64   // how many receipts have been measured
}

// NewClock makes a clock that knows nothing yet; nil means the machine's clocks.
func NewClock(source Source) *Clock {
	if source == nil {
		source = Machine()
	}
	return &Clock{source: source}
}

// Read reads the machine's clocks: before something is submitted, and when its receipt
// is there.
func (c *Clock) Read() Reading { return c.source() }

// Now is At of now.
func (c *Clock) Now() Instant { return c.At(c.source()) }

// At says what is known of the time of a reading. Without a receipt, after a jump of
// the wall clock, or with an interval of more than 60 s the clock is not sure.
func (c *Clock) At(r Reading) Instant { return c.known.Load().at60(r) }

func (k *reckoning) at60(r Reading) Instant {
	if k == nil {
		return Instant{}
	}
	age := r.Steady - k.at.Steady
	if age < 0 {
		return Instant{}
	}
	drift := age / (1e6 / DriftPPM)
	if apart := r.Wall - k.at.Wall - age; apart > int64(MostJump)+drift || apart < -int64(MostJump)-drift {
		return Instant{}
	}
	i := Instant{Earliest: r.Steady + k.lo - drift, Latest: r.Steady + k.hi + drift}
	i.Sure = i.Earliest > 0 && i.Latest-i.Earliest <= int64(liveness.MostWideness)
	return i
}

// Errors of [Clock.Measure].
var (
	ErrFewWitnesses = errors.New("too few witnesses have told the time for one of them to be wrong")
	ErrJumped       = errors.New("the machine's clock was set while the receipt was on its way")
	ErrContradicted = errors.New("the receipt contradicts the earlier ones: all are forgotten")
)

// Measure learns from a receipt: submitted was read before the act was brought to the
// log, received when the receipt was there, and the witnesses cosigned in between.
// faulty is how many of them may lie; fewer than 2·faulty+1 tell nothing.
//
// The caller MUST have verified the receipt for an entry that nobody could have made
// before submitted: one with its own fresh nonce.
func (c *Clock) Measure(submitted, received Reading, s *proof.Signed, faulty int) error {
	var times []int64
	for _, x := range s.Cosignatures {
		times = append(times, x.Time)
	}
	slices.Sort(times)
	n := len(times)
	if faulty < 0 || n < 2*faulty+1 {
		return fmt.Errorf("%w: %d, of whom %d may lie", ErrFewWitnesses, n, faulty)
	}
	took := received.Steady - submitted.Steady
	if apart := received.Wall - submitted.Wall - took; took < 0 || apart > int64(MostJump) || apart < -int64(MostJump) {
		return ErrJumped
	}
	// By the median's honest neighbours: not before the lower, and the upper is cut to
	// the second. Where the number is even, both middle ones are taken.
	next := &reckoning{at: received, receipt: 1}
	next.lo = times[(n-1)/2]*second - received.Steady
	next.hi = times[n/2]*second + second - submitted.Steady + took/(1e6/DriftPPM)
	c.mu.Lock()
	defer c.mu.Unlock()
	if k := c.known.Load(); k != nil {
		next.receipt = k.receipt + 1
		if i := k.at60(received); i.Earliest > 0 {
			next.lo, next.hi = max(next.lo, i.Earliest-received.Steady), min(next.hi, i.Latest-received.Steady)
		}
	}
	if next.lo > next.hi {
		c.known.Store(nil)
		return ErrContradicted
	}
	c.known.Store(next)
	return nil
}

// Receipts is how many receipts the clock rests on since it last forgot.
func (c *Clock) Receipts() int64 {
	if k := c.known.Load(); k != nil {
		return k.receipt
	}
	return 0
}
