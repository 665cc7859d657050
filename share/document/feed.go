package document

import "github.com/noroshi-acd/noroshi/share"

// Feed is what became of one feed of indicators.
type Feed struct {
	Path       string         `json:"path"`
	Format     string         `json:"format"`
	Source     string         `json:"source"`
	Grade      string         `json:"grade,omitempty"`
	Licence    string         `json:"licence,omitempty"`
	TLP        string         `json:"tlp,omitempty"`
	Indicators int            `json:"indicators"`
	Expired    int            `json:"expired"`
	Warned     int            `json:"warned"`
	Refused    map[string]int `json:"refused"` // by reason
}

// Feeds gives feeds as they stand in a document.
func Feeds(feeds []share.Feed) []Feed {
	out := make([]Feed, 0, len(feeds))
	for i := range feeds {
		f := &feeds[i]
		x := Feed{f.Path, f.Format, f.Source, f.Grade, f.Licence, f.TLP, f.Indicators, f.Expired, f.Warned, map[string]int{}}
		for _, r := range f.Refused {
			x.Refused[r.Reason] = r.Count
		}
		out = append(out, x)
	}
	return out
}
