package wire

import (
	"io/fs"
	"os"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/compile"
	"github.com/noroshi-acd/noroshi/authority/regime/judge"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/content"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Law compiles the instruments of a folder, or those that the program holds, by the
// digests of their rules: both ends of the line judge by the same.
func Law(dir string) (map[paper.Digest]*judge.Evaluator, error) {
	book, err := Book(dir)
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

// Book compiles the law of a folder, or that which the program holds.
func Book(dir string) (*compile.Book, error) {
	var from fs.FS = content.Law()
	if dir != "" {
		from = os.DirFS(dir)
	}
	book, err := compile.Load(from)
	if dir != "" {
		err = fault.Under(dir, err)
	}
	return book, err
}

// Rules lists the law of a folder, or that which the program holds.
func Rules(dir string) ([]*rules.Rules, error) {
	book, err := Book(dir)
	if err != nil {
		return nil, err
	}
	list := make([]*rules.Rules, len(book.Instruments))
	for i, x := range book.Instruments {
		list[i] = x.Rules
	}
	return list, nil
}
