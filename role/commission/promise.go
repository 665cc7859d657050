package commission

import (
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// promised refuses to start without a clock for decisions: for each instrument of the
// trust root on which this commission decides, the law or the configuration gives one.
//
// Invariant 26: what is not decided in time reports itself; without a time nothing would.
func (s *Service) promised() error {
	if s.config.Commission.Promise > 0 {
		return nil
	}
	body, _ := s.view().Body(paper.ID(s.config.Commission.Body))
	var timeless []string
	for _, p := range s.view().Root().Profiles {
		profile := s.profile(p.Digest)
		if profile == nil || s.law[profile.Rules] == nil {
			continue // nothing can be asked under it
		}
		for _, l := range s.law[profile.Rules].Rules().Roles.Locks {
			if _, known := l.Within.Known(); slices.Contains(body.Roles, l.Role) && !known {
				timeless = append(timeless, string(p.Instrument))
			}
		}
	}
	if len(timeless) == 0 {
		return nil
	}
	slices.Sort(timeless)
	return fault.Said(fault.Error{Kind: fault.Invalid, Place: fault.Place{Path: s.config.Path, Offset: -1, Field: "commission.promise"}},
		i18n.Both("commission.op"), i18n.Both("commission.wrong.promise", "instruments", strings.Join(slices.Compact(timeless), ", ")), i18n.Both("commission.hint.promise"))
}
