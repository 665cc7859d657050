package infrastructure

import (
	"net/netip"
	"strings"
	"unicode"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
)

// Seed is a machine from which the graph grows: an address, or a name, or both.
type Seed struct {
	Addr flow.Addr
	Name string
	Tier Tier        // what it is known to be, empty when not
	Kind detect.Kind // of the finding that names it, empty for one that a person gave
}

// ParseSeed reads an address or a host name as a person writes it; false when s is
// neither.
func ParseSeed(s string) (Seed, bool) {
	s = strings.TrimSuffix(strings.TrimSpace(s), ".")
	if a, err := netip.ParseAddr(s); err == nil {
		seed := Seed{Addr: flow.AddrFrom(a.WithZone(""))}
		return seed, !seed.Addr.IsZero() // "::" is nobody's
	}
	s = strings.ToLower(s)
	if len(s) > 253 || !strings.Contains(s, ".") || strings.HasPrefix(s, ".") || strings.HasSuffix(s, ".") || strings.Contains(s, "..") || strings.ContainsFunc(s, notInName) {
		return Seed{}, false
	}
	return Seed{Name: s}, true
}

// notInName tells the characters that no name of a host holds: what divides words,
// addresses and URLs, and what cannot be seen.
func notInName(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(`/:@[]\"'`, r)
}

// kinds are the methods whose findings name a server that commands, in order of how
// much they say.
var kinds = [...]detect.Kind{detect.KnownBad, detect.FanIn, detect.Beacon, detect.Habit, detect.DGA, detect.FastFlux, detect.DNSTunnel}

// Seeds gives the machines that findings at high and above name: servers and those
// that turn to them.
func Seeds(found []detect.Finding) []Seed {
	var all []Seed
	for i := range found {
		f := &found[i]
		if detect.LevelOf(f.Score) < detect.High || !commands(f.Kind) || f.Dst.IsZero() && f.Name == "" {
			continue
		}
		all = append(all, Seed{Addr: server(f), Name: f.Name, Tier: C2, Kind: f.Kind})
		for _, s := range sources(f) {
			all = append(all, Seed{Addr: s, Tier: Bot, Kind: f.Kind})
		}
	}
	return all
}

// server gives the address that f means, zero where only its name is meant: what a
// tunnel through DNS turns to is a resolver, and a name in flux has too many.
func server(f *detect.Finding) flow.Addr {
	if f.Kind == detect.DNSTunnel || f.Kind == detect.FastFlux && f.Name != "" {
		return flow.Addr{}
	}
	return f.Dst
}

func commands(k detect.Kind) bool {
	for _, x := range kinds {
		if x == k {
			return true
		}
	}
	return false
}

// sources gives the machines that f speaks of.
func sources(f *detect.Finding) []flow.Addr {
	if len(f.Sources) > 0 {
		return f.Sources
	}
	if f.Src.IsZero() {
		return nil
	}
	return []flow.Addr{f.Src}
}
