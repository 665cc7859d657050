package indicator

import (
	"bufio"
	"io"
	"strconv"
	"strings"
	"unicode"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Limits of a list.
const (
	maxLine        = 64 << 10 // bytes; a longer line is skipped
	endless        = 64 << 20 // bytes; what has a longer line is no list
	maxDescription = 160      // bytes kept of a description or a source
)

// Read reads the list in and calls each for every indicator, with the line it
// stands in. Lines without a usable indicator go to skips, with path and line; its
// error, that of each, or one of in ends the reading. What each gets is valid only
// during the call.
func Read(in io.Reader, path string, skips *fault.Skips, each func(i *Indicator, line int64) error) error {
	r := &reader{path: path, skips: skips, each: each}
	b := bufio.NewReaderSize(in, maxLine)
	for {
		raw, err := b.ReadSlice('\n')
		r.line++
		if err == bufio.ErrBufferFull {
			for n := maxLine; err == bufio.ErrBufferFull; n += maxLine {
				if n > endless {
					return r.problem("", "endless", nil)
				}
				_, err = b.ReadSlice('\n')
			}
			if skipped := r.skip("", "long"); skipped != nil {
				return skipped
			}
			raw = nil
		}
		if failed := r.read(string(raw)); failed != nil {
			return failed
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return r.problem("", "read", err)
		}
	}
}

// reader is the state of one reading.
type reader struct {
	path   string
	skips  *fault.Skips
	each   func(*Indicator, int64) error
	line   int64
	header *header
	sure   bool // header stood in a line of its own, not in a comment
	begun  bool // an indicator or a header in a line of its own has been seen
	fields []string
}

func (r *reader) problem(field, key string, err error) error {
	return fault.Said(fault.Error{Kind: fault.Invalid, Place: fault.Place{Path: r.path, Line: r.line, Offset: -1, Field: field}, Err: err},
		i18n.Both("indicator.op"), i18n.Both("indicator.fault."+key), i18n.Both("indicator.hint."+key))
}

func (r *reader) skip(field, key string) error {
	return r.skips.Skip(r.problem(field, key, Reason(key)))
}

// read takes in one line.
func (r *reader) read(line string) error {
	if r.line == 1 {
		line = strings.TrimPrefix(line, "\ufeff")
	}
	line = strings.TrimSpace(line)
	if line == "" {
		return nil
	}
	if line[0] == '#' || line[0] == ';' || strings.HasPrefix(line, "//") {
		if h := headerOf(strings.TrimLeft(line, "#;/ "), false); h != nil && !r.begun {
			r.header = h
		}
		return nil
	}
	if !r.begun && r.title(line) {
		return nil
	}
	if r.header != nil && (r.sure || strings.IndexByte(line, r.header.delim) >= 0) {
		return r.row(line)
	}
	return r.plain(line)
}

// title takes line as the header if it is one.
func (r *reader) title(line string) bool {
	h := headerOf(line, !r.begun)
	if h != nil {
		r.header, r.sure, r.begun = h, true, true
	}
	return h != nil
}

// found hands an indicator on.
func (r *reader) found(i *Indicator) error {
	r.begun = true
	return r.each(i, r.line)
}

// row reads a line by its columns.
func (r *reader) row(line string) error {
	r.fields = split(line, r.header.delim, r.fields[:0])
	r.fields = r.fields[:min(len(r.fields), len(r.header.roles))]
	about, wrong := r.about()
	if wrong != "" {
		return r.skip(wrong, "expires")
	}
	bad, column, found := nothing, r.header.names[0], false
	for i, f := range r.fields {
		kind := r.header.roles[i]
		if f == "" || kind != anyIndicator && kind != nameIndicator {
			continue
		}
		in, v := classify(f, kind == nameIndicator)
		if v != good {
			bad, column = v, r.header.names[i]
			continue
		}
		found = true
		about.Kind, about.Prefix, about.Text, about.FromURL = in.Kind, in.Prefix, in.Text, in.FromURL
		if err := r.found(&about); err != nil {
			return err
		}
	}
	switch {
	case found:
		return nil
	case bad == nothing && !r.sure: // the comment was no header after all
		return r.plain(line)
	}
	return r.skip(column, string(bad))
}

// about reads the columns that say something about the indicator; wrong names one
// that cannot be read.
func (r *reader) about() (about Indicator, wrong string) {
	about.Confidence = Unknown
	for i, f := range r.fields {
		if f == "" {
			continue
		}
		switch r.header.roles[i] {
		case description:
			if about.Description == "" && f != "-" && !strings.EqualFold(f, "none") {
				about.Description = clean(f)
			}
		case origin:
			about.Source = clean(f)
		case confidence:
			about.Confidence = confidenceOf(f)
		case count:
			about.Lists = countOf(f)
		case expires:
			at, ok := expiryOf(f)
			if !ok {
				return about, r.header.names[i]
			}
			about.Expires = at
		}
	}
	return about, ""
}

// plain reads a line without columns: the indicator comes first, a count or a
// description after it; or a hosts file's "0.0.0.0 name…".
func (r *reader) plain(line string) error {
	word, rest := cutWord(line)
	in, v := classify(word, rest == "")
	if v == private && rest != "" {
		switch {
		case isSink(word):
			return r.hosts(rest)
		case strings.HasPrefix(rest, "localhost"), strings.HasPrefix(rest, "ip6-"), rest == "broadcasthost":
			return nil // stands in every hosts file
		}
	}
	if v == nothing && rest != "" {
		in, v, rest = r.search(line)
	}
	if v != good {
		if v == nothing && !r.sure && r.title(line) {
			return nil // a header below the first lines
		}
		return r.skip("", string(v))
	}
	if n := countOf(rest); n > 0 {
		in.Lists = n
	} else {
		in.Description = clean(rest)
	}
	return r.found(&in)
}

// search looks for the indicator in another column of a line without header; names
// do not count there, any word could be one.
func (r *reader) search(line string) (Indicator, Reason, string) {
	delim := byte(',')
	if strings.IndexByte(line, '\t') >= 0 {
		delim = '\t'
	}
	r.fields = split(line, delim, r.fields[:0])
	for i, f := range r.fields {
		if i == 8 {
			break
		}
		if in, v := classify(f, false); v == good && (in.Kind != Name || i == 0 || in.FromURL) {
			return in, good, strings.Join(append(append([]string(nil), r.fields[:i]...), r.fields[i+1:]...), " ")
		}
	}
	return Indicator{}, nothing, ""
}

// isSink says whether word is an address to which hosts files send what they block.
func isSink(word string) bool {
	return word == "0.0.0.0" || word == "127.0.0.1" || word == "::" || word == "::1"
}

// hosts reads the names of a hosts file's line. Names without a dot, such as
// localhost, stand in every such file and are nobody's fault.
func (r *reader) hosts(rest string) error {
	rest, note, _ := strings.Cut(rest, "#")
	for word := range strings.FieldsSeq(rest) {
		if !strings.Contains(word, ".") || word == "0.0.0.0" || strings.HasSuffix(word, ".localdomain") {
			continue
		}
		in, v := classify(word, true)
		if v == good && in.Kind != Name {
			v = nothing
		}
		if v != good {
			if err := r.skip("", string(v)); err != nil {
				return err
			}
			continue
		}
		in.Description = clean(note)
		if err := r.found(&in); err != nil {
			return err
		}
	}
	return nil
}

// cutWord cuts the first word off line; what follows loses its separators.
func cutWord(line string) (word, rest string) {
	if line[0] == '"' {
		word, rest = quoted(line[1:])
	} else if at := strings.IndexAny(line, " \t,;|"); at >= 0 {
		word, rest = line[:at], line[at:]
	} else {
		return line, ""
	}
	return word, strings.TrimLeft(rest, " \t,;|#-")
}

func countOf(s string) int {
	if len(s) == 0 || len(s) > 5 {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// clean makes a description fit to be shown: one line, no control characters, short.
func clean(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > maxDescription {
		s = s[:maxDescription]
	}
	s = strings.ToValidUTF8(s, "")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, s))
}
