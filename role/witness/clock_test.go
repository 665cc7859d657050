package witness

import (
	"testing"
	"time"
)

// bench is a clock in a test: what the wall clock shows, how much time passed in truth,
// and whether the kernel says that somebody keeps it right.
type bench struct {
	wall   time.Time
	steady time.Duration
	kernel bool
}

func (b *bench) clock(vouched bool) *clock {
	return newClock(source{
		wall: func() time.Time { return b.wall }, steady: func() time.Duration { return b.steady }, kernel: func() bool { return b.kernel },
	}, ClockConfig{Vouched: vouched, Most: 10 * time.Second})
}

func (b *bench) pass(d time.Duration) { b.wall, b.steady = b.wall.Add(d), b.steady+d }

// says tells the clock what peers' clocks said, by how many seconds they are ahead.
func says(c *clock, ahead ...int) {
	for i, s := range ahead {
		c.Offset(string(rune('a'+i)), time.Duration(s)*time.Second-time.Second, time.Duration(s)*time.Second+time.Second)
	}
}

func sure(c *clock) bool { _, err := c.Now(); return err == nil }

// TestWhoVouchesForTheClock goes through all who may, alone and against one another.
func TestWhoVouchesForTheClock(t *testing.T) {
	for name, c := range map[string]struct {
		kernel, vouched bool
		peers           []int
		want            bool
	}{
		"nobody":                             {false, false, nil, false},
		"the kernel":                         {true, false, nil, true},
		"the operator":                       {false, true, nil, true},
		"one peer":                           {false, false, []int{0}, false},
		"two peers":                          {false, false, []int{0, 3}, true},
		"two of three":                       {false, false, []int{0, 3, 3600}, true},
		"one of three":                       {false, false, []int{0, 3600, -3600}, false},
		"the kernel, one peer against":       {true, false, []int{3600}, true},
		"the kernel, two peers against":      {true, false, []int{3600, 3600}, false},
		"the operator, two of three against": {false, true, []int{3600, 3600, 0}, false},
		"the kernel, two against two":        {true, false, []int{3600, 3600, 0, 0}, true},
		"just within":                        {false, false, []int{10, -10}, true},
		"just outside":                       {false, true, []int{12, -12}, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := &bench{wall: time.Unix(1_800_000_000, 0), kernel: c.kernel}
			k := b.clock(c.vouched)
			says(k, c.peers...)
			if sure(k) != c.want {
				t.Errorf("sure %v, want %v", !c.want, c.want)
			}
		})
	}
}

// TestTheClockOverTime: words grow old, and a jump takes them away.
func TestTheClockOverTime(t *testing.T) {
	b := &bench{wall: time.Unix(1_800_000_000, 0)}
	k := b.clock(false)
	says(k, 0, 0)
	b.pass(9 * time.Minute)
	if !sure(k) {
		t.Error("the peers' word of nine minutes ago does not count")
	}
	b.pass(2 * time.Minute)
	if sure(k) {
		t.Error("the peers' word of eleven minutes ago counts")
	}
	for name, jumped := range map[string]time.Duration{"forward": time.Hour, "back": -time.Hour} {
		b := &bench{wall: time.Unix(1_800_000_000, 0)}
		k := b.clock(true)
		if !sure(k) {
			t.Fatal("the operator's word does not count")
		}
		b.wall = b.wall.Add(jumped)
		if sure(k) {
			t.Errorf("%s: sure after a jump", name)
		}
		b.pass(time.Hour)
		if sure(k) {
			t.Errorf("%s: sure an hour after a jump, and nobody has said anything", name)
		}
		says(k, 0, 0)
		if !sure(k) {
			t.Errorf("%s: two peers agree, and it is not sure", name)
		}
	}
	b = &bench{wall: time.Unix(1_800_000_000, 0), kernel: true}
	k = b.clock(false)
	b.wall = b.wall.Add(time.Hour)
	if !sure(k) {
		t.Error("the kernel's own step makes it unsure")
	}
	k.until = b.wall.Add(time.Minute)
	if !sure(k) {
		t.Error("before the root's end it is unsure")
	}
	b.pass(time.Minute)
	if sure(k) {
		t.Error("after the root's end it is sure")
	}
}
