package brand

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
	"golang.org/x/net/publicsuffix"

	"github.com/noroshi-acd/noroshi/content"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Bounds of a list.
const (
	maxFile  = 4 << 20 // bytes
	maxWords = 20_000
	maxWord  = 63 // a label's length (RFC 1035)
)

// Book is a list of brands for look-up. It does not change once loaded and may be
// used by many detectors.
type Book struct {
	brands  []Brand
	words   []word
	exact   map[string]int // word → index of words
	visual  map[string]int // canon of a word → index of words
	domains map[string]int // own domain → index of brands
	hyphens map[string]int // own domain with hyphens for dots
	bait    map[string]bool
	near    map[string]bool
}

// Brand is whom a name may imitate.
type Brand struct {
	Name i18n.Text
	// Everyday says that its words are also ordinary words; Worldwide that it goes by
	// its word under most countries' suffixes.
	Everyday, Worldwide bool
}

// word is a word by which a brand is known.
type word struct {
	text  string
	mask  uint32 // letters that occur
	brand int
}

// file is the form of a list.
type file struct {
	Bait  []string `toml:"bait"`
	Brand []struct {
		Name      string   `toml:"name"`
		JA        string   `toml:"ja"`
		Words     []string `toml:"words"`
		Domains   []string `toml:"domains"`
		Near      []string `toml:"near"`
		Everyday  bool     `toml:"everyday"`
		Worldwide bool     `toml:"worldwide"`
	} `toml:"brand"`
}

// Load reads the built-in list and the files at paths, which add to it. Its errors
// are NotFound, Invalid or Limit and name the file and the line.
func Load(paths ...string) (*Book, error) {
	b := &Book{exact: map[string]int{}, visual: map[string]int{}, domains: map[string]int{}, hyphens: map[string]int{}, bait: map[string]bool{}, near: map[string]bool{}}
	if err := b.add("brands.toml", []byte(content.Brands())); err != nil {
		return nil, err
	}
	for _, path := range paths {
		data, err := readFile(path)
		if err != nil {
			return nil, err
		}
		if err := b.add(path, data); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		kind := fault.Invalid
		if errors.Is(err, os.ErrNotExist) {
			kind = fault.NotFound
		}
		return nil, problem(kind, path, 0, "", "open", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return nil, problem(fault.Invalid, path, 0, "", "open", err)
	case len(data) > maxFile:
		return nil, problem(fault.Limit, path, 0, "", "large", nil)
	}
	return data, nil
}

func problem(kind fault.Kind, path string, line int, field, key string, err error) error {
	return fault.Said(fault.Error{Kind: kind, Place: fault.Place{Path: path, Line: int64(line), Offset: -1, Field: field}, Err: err},
		i18n.Both("brand.op"), i18n.Both("brand.fault."+key), i18n.Both("brand.hint."+key))
}

// add takes in one list.
func (b *Book) add(path string, data []byte) error {
	var doc file
	decoder := toml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff")))).DisallowUnknownFields()
	if err := decoder.Decode(&doc); err != nil {
		return decodeProblem(path, err)
	}
	for _, w := range doc.Bait {
		b.bait[strings.ToLower(w)] = true
	}
	for i := range doc.Brand {
		x := &doc.Brand[i]
		if x.Name == "" || len(x.Words) == 0 || len(x.Domains) == 0 {
			return problem(fault.Invalid, path, 0, x.Name, "empty", nil)
		}
		if x.JA == "" {
			x.JA = x.Name
		}
		b.brands = append(b.brands, Brand{Name: i18n.Text{EN: x.Name, JA: x.JA}, Everyday: x.Everyday, Worldwide: x.Worldwide})
		at := len(b.brands) - 1
		for _, d := range x.Domains {
			if !b.addDomain(d, at) {
				return problem(fault.Invalid, path, 0, d, "domain", nil)
			}
		}
		for _, w := range x.Words {
			if !b.addWord(strings.ToLower(w), at) {
				return problem(fault.Invalid, path, 0, w, "word", nil)
			}
		}
		for _, w := range x.Near {
			b.near[strings.ToLower(w)] = true
		}
		if len(b.words) > maxWords {
			return problem(fault.Limit, path, 0, "", "many", nil)
		}
	}
	return nil
}

func decodeProblem(path string, err error) error {
	var missing *toml.StrictMissingError
	if errors.As(err, &missing) && len(missing.Errors) > 0 {
		row, _ := missing.Errors[0].Position()
		return problem(fault.Invalid, path, row, strings.Join(missing.Errors[0].Key(), "."), "unknown", nil)
	}
	var wrong *toml.DecodeError
	if errors.As(err, &wrong) {
		row, _ := wrong.Position()
		return problem(fault.Invalid, path, row, strings.Join(wrong.Key(), "."), "toml", err)
	}
	return problem(fault.Invalid, path, 0, "", "toml", err)
}

// addDomain takes a domain that is a brand's own. A public suffix is nobody's.
func (b *Book) addDomain(d string, brand int) bool {
	d = strings.ToLower(d)
	if !strings.Contains(d, ".") || strings.Trim(d, ".") != d || strings.ContainsAny(d, " /:*") {
		return false
	}
	if suffix, listed := publicsuffix.PublicSuffix(d); listed && suffix == d {
		return false
	}
	if _, taken := b.domains[d]; !taken {
		b.domains[d] = brand
		b.hyphens[strings.ReplaceAll(d, ".", "-")] = brand
	}
	return true
}

// addWord takes a word; the first brand that names it keeps it.
func (b *Book) addWord(w string, brand int) bool {
	if utf8.RuneCountInString(w) < 2 || len(w) > maxWord || strings.ContainsAny(w, ". /:") {
		return false
	}
	if _, taken := b.exact[w]; taken {
		return true
	}
	b.words = append(b.words, word{text: w, mask: letters(w), brand: brand})
	b.exact[w] = len(b.words) - 1
	if _, taken := b.visual[canon(w)]; !taken && len(w) >= 4 {
		b.visual[canon(w)] = len(b.words) - 1
	}
	return true
}

// Len gives the number of brands.
func (b *Book) Len() int { return len(b.brands) }

// Brand gives the brand with the number that a match names.
func (b *Book) Brand(n int) Brand { return b.brands[n] }

// Words gives all words, sorted.
func (b *Book) Words() []string {
	var out []string
	for i := range b.words {
		out = append(out, b.words[i].text)
	}
	slices.Sort(out)
	return out
}
