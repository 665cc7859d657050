package direction

import (
	"time"

	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Text gives the class as people read it.
func (c Class) Text() i18n.Text { return i18n.Both("direction.class." + c.String()) }

// Text gives the side as people read it.
func (s Side) Text() i18n.Text { return i18n.Both("direction.side." + s.String()) }

// Why says in a sentence which row made the decision.
func (d Decision) Why() i18n.Text {
	why := d.Row.why()
	if !d.Via.IsValid() {
		return why
	}
	return i18n.Both("direction.why.via", "address", d.Via, "why", why)
}

func (r Row) why() i18n.Text {
	date := r.Date.UTC().Format(time.DateOnly)
	switch r.Source {
	case SourceSpecial:
		return i18n.Both("direction.why.special", "prefix", r.Prefix, "meaning", i18n.Both("direction.special."+r.meaning), "document", r.Note)
	case SourceDomestic, SourceForeign, SourceAnycast:
		s := i18n.Both("direction.why."+r.Source.String(), "prefix", r.Prefix, "table", r.Table, "line", r.Line)
		if r.Note != "" {
			s = i18n.Both("direction.why.note", "why", s, "note", r.Note)
		}
		return s
	case SourceMMDB:
		switch {
		case r.Note != "":
			return i18n.Both("direction.why.mmdb-anycast", "prefix", r.Prefix, "table", r.Table, "date", date)
		case r.Country == "":
			return i18n.Both("direction.why.mmdb-nowhere", "prefix", r.Prefix, "table", r.Table, "date", date)
		}
		return i18n.Both("direction.why.mmdb", "prefix", r.Prefix, "country", r.Country, "table", r.Table, "date", date)
	case SourceBuiltin:
		return i18n.Both("direction.why.builtin", "prefix", r.Prefix, "country", r.Country, "table", r.Table, "date", date, "line", r.Line)
	}
	return i18n.Both("direction.why.none")
}
