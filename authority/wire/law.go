package wire

import (
	"io/fs"
	"os"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/compile"
	"github.com/noroshi-acd/noroshi/authority/regime/judge"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/content"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Law compiles the instruments of a folder, or those that the program holds, by the
// digests of their rules: both ends of the line judge by the same.
func Law(dir string) (map[paper.Digest]*judge.Evaluator, error) {
	var from fs.FS = content.Law()
	if dir != "" {
		from = os.DirFS(dir)
	}
	book, err := compile.Load(from)
	if err != nil {
		return nil, err
	}
	all := map[paper.Digest]*judge.Evaluator{}
	for _, i := range book.Instruments {
		e, err := judge.Compile(i.Rules, book.Calendars...)
		if err != nil {
			return nil, err
		}
		all[i.Digest] = e
	}
	return all, nil
}

// Lack says a condition that is not met in both languages, with its law.
func Lack(n unmet.Unmet) application.Lack {
	both := func(t i18n.Text) paper.Words { return paper.Words{EN: t.EN, JA: t.JA} }
	l := application.Lack{Cite: []string{}, Code: n.Code, Place: n.Place, Says: both(i18n.Both(n.Key(), n.Args...))}
	if key := n.MeetKey(); key != "" {
		l.Meet = both(i18n.Both(key, n.Args...))
	}
	if n.Law == nil {
		return l
	}
	l.Cite, l.Mark = append(l.Cite, n.Law.Cite...), n.Law.Mark
	if n.Law.Lacks != (paper.Words{}) {
		l.Says = n.Law.Lacks
	}
	if n.Law.Meet != (paper.Words{}) {
		l.Meet = n.Law.Meet
	}
	return l
}
