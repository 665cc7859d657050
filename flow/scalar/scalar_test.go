package scalar

import (
	"fmt"
	"math"
	"math/big"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/flow"
)

func TestCount(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want uint64
		ok   bool
	}{
		{"0", 0, true}, {"65535", 65535, true}, {"007", 7, true},
		{"18446744073709551615", math.MaxUint64, true},
		{"18446744073709551616", 0, false},
		{"12.0", 12, true}, {"1e3", 1000, true}, {"1.5", 0, false},
		{"", 0, false}, {"-1", 0, false}, {"+1", 0, false}, {"0x10", 0, false}, {"NaN", 0, false}, {"1 ", 0, false},
		{"1e300", 0, false}, {strings.Repeat("9", 500), 0, false},
	} {
		if got, ok := Count([]byte(tt.in)); ok != tt.ok || ok && got != tt.want {
			t.Errorf("Count(%q) = %d, %v; want %d, %v", tt.in, got, ok, tt.want, tt.ok)
		}
	}
}

func TestInstant(t *testing.T) {
	at := func(s string) int64 {
		v, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			t.Fatal(err)
		}
		return v.UnixNano()
	}
	for _, tt := range []struct {
		in   string
		want int64
		ok   bool
	}{
		{"13.184015", 13184015000, true},
		{"1795132800.000000", 1795132800e9, true},
		{"1664462456.755299", 1664462456755299000, true},
		{"1664462456", 1664462456e9, true},
		{"1664462456755", 1664462456755e6, true},
		{"100790.000000", 100790e9, true}, // 13 characters are not always milliseconds
		{"1.664462456755299e9", 1664462456755299000, true},
		{"0", 0, true}, {"0.0000000019", 1, true},
		{"2022-09-29T14:40:56.755299Z", at("2022-09-29T14:40:56.755299Z"), true},
		{"2022-09-29T14:40:56Z", at("2022-09-29T14:40:56Z"), true},
		{"2022-09-29 14:40:56.5", at("2022-09-29T14:40:56.5Z"), true},
		{"2022-09-29T14:40:56.755299+09:00", at("2022-09-29T05:40:56.755299Z"), true},
		{"2022-09-29T14:40:56-0130", at("2022-09-29T16:10:56Z"), true},
		{"2016-12-31T23:59:60Z", at("2017-01-01T00:00:00Z"), true},
		{"7258118400", 7258118400e9, true}, {"7258118400.000001", 0, false}, {"7258118401", 0, false},
		{"99999999999999", 0, false}, {"9999999999999", 0, false},
		{"-1", 0, false}, {"nan", 0, false}, {"inf", 0, false}, {"", 0, false}, {".5", 500000000, true}, {"5.", 5e9, true},
		{"1e400", 0, false}, {"12:30", 0, false}, {"1.2.3", 0, false},
		{"2023-02-30T00:00:00Z", 0, false}, {"2023-13-01T00:00:00Z", 0, false}, {"1969-12-31T23:59:59Z", 0, false},
		{"2200-01-01T00:00:00Z", 0, false}, {"2023-02-03T00:00:00+99:00", 0, false}, {"2023-02-03T0:00:00Z", 0, false},
		{"2023-02-03T00:00:00Zjunk", 0, false},
	} {
		if got, ok := Instant([]byte(tt.in)); ok != tt.ok || ok && got != tt.want {
			t.Errorf("Instant(%q) = %d, %v; want %d, %v", tt.in, got, ok, tt.want, tt.ok)
		}
	}
}

// TestSecondsAgainstBig compares with exact arithmetic.
func TestSecondsAgainstBig(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := fmt.Sprintf("%d.%s", rapid.Int64Range(0, maxSeconds-1).Draw(t, "whole"), rapid.StringMatching(`[0-9]{1,18}`).Draw(t, "fraction"))
		exact, _ := new(big.Rat).SetString(s)
		exact.Mul(exact, big.NewRat(1e9, 1))
		want := new(big.Int).Quo(exact.Num(), exact.Denom()).Int64()
		if got, ok := Seconds([]byte(s)); !ok || got != want {
			t.Fatalf("Seconds(%q) = %d, %v; want %d", s, got, ok, want)
		}
	})
}

func TestCountAgainstStrconv(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[0-9]{0,22}`).Draw(t, "s")
		want, err := strconv.ParseUint(s, 10, 64)
		got, ok := Count([]byte(s))
		if ok != (err == nil) || ok && got != want {
			// slowCount may read what is beyond 64 bits only as a fault
			t.Fatalf("Count(%q) = %d, %v; want %d, %v", s, got, ok, want, err)
		}
	})
}

// parses says what the standard library makes of s; it is the oracle of IP.
func parses(s string) (flow.Addr, bool) {
	a, err := netip.ParseAddr(s)
	return flow.AddrFrom(a.WithZone("")), err == nil
}

func TestIPAgainstNetip(t *testing.T) {
	for _, s := range []string{
		"1.2.3.4", "0.0.0.0", "255.255.255.255", "256.1.1.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1..2.3", "1.2.3.4 ", "1.2.3.-4", "1.2.3.1000",
		"::", "::1", "1::", "fe80::1%eth0", "fe80::1%", "2001:db8::1:2", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8",
		"::ffff:1.2.3.4", "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3", "1::2::3", ":1", "1:", ":::", "12345::", "g::", "-", "", ":", "1.2.3.4:80", "::%1", "1.2.3.4%1",
		"::1.2.3.4:5", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "::0:%0", "1::%x",
	} {
		want, ok := parses(s)
		if got, gotOK := IP([]byte(s)); gotOK != ok || ok && got != want {
			t.Errorf("IP(%q) = %v, %v; want %v, %v", s, got, gotOK, want, ok)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(
			rapid.StringMatching(`[0-9]{1,3}(\.[0-9]{1,3}){3}`),
			rapid.StringMatching(`([0-9a-fA-F]{0,4}:){1,8}[0-9a-fA-F]{0,5}`),
			rapid.StringMatching(`[0-9a-f:.%]{0,45}`),
			rapid.StringMatching(`([0-9a-f]{0,2}:){1,8}[0-9a-f]{0,2}%[0-9a-z]{0,2}`),
			rapid.Custom(func(t *rapid.T) string {
				b := [16]byte(rapid.SliceOfN(rapid.SampledFrom([]byte{0, 0, 0, 1, 0xff}), 16, 16).Draw(t, "bytes"))
				return netip.AddrFrom16(b).String()
			}),
		).Draw(t, "s")
		want, ok := parses(s)
		if got, gotOK := IP([]byte(s)); gotOK != ok || ok && got != want {
			t.Fatalf("IP(%q) = %v, %v; want %v, %v", s, got, gotOK, want, ok)
		}
	})
}

func FuzzScalars(f *testing.F) {
	for _, s := range []string{"1.5", "1e9", "2022-09-29T14:40:56.755299+09:00", "fe80::1%x", "10.0.0.1", "::ffff:1.2.3.4"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, v []byte) {
		want, ok := parses(string(v))
		if got, gotOK := IP(v); len(v) <= 80 && (gotOK != ok || ok && got != want) {
			t.Errorf("IP(%q) = %v, %v; want %v, %v", v, got, gotOK, want, ok)
		}
		if ns, ok := Instant(v); ok && (ns < 0 || ns > maxSeconds*1e9) {
			t.Errorf("Instant(%q) = %d", v, ns)
		}
		if ns, ok := Seconds(v); ok && (ns < 0 || ns > maxSeconds*1e9) {
			t.Errorf("Seconds(%q) = %d", v, ns)
		}
		Count(v)
	})
}
