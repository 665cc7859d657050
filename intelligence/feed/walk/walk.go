package walk

import (
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/noroshi-acd/noroshi/detect/knownbad/indicator"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Bounds of a document.
const (
	MaxValue = 4 << 20 // bytes of one value that is taken whole
	maxDepth = 256
)

// Out takes what a document says.
type Out struct {
	// Take is given an indicator and where it stands. The indicator is valid only
	// during the call.
	Take func(i *indicator.Indicator, at fault.Place) error
	// Refuse is told why something was not taken.
	Refuse func(reason string, at fault.Place) error
}

// ErrShape says that a value is of another sort than was asked for. The value has been
// stepped over, the walk can go on.
var ErrShape = errors.New("a value of another sort")

var errLarge = errors.New("value too large")

// Walk is a place in a document. It has one owner.
type Walk struct {
	in   *source
	dec  *json.Decoder
	path string
	at   []string // keys and indices from the top
	line int64
	raw  json.RawMessage
}

// New begins at the top of the document in; path names it in errors.
func New(in io.Reader, path string) *Walk {
	s := &source{in: in}
	return &Walk{in: s, dec: json.NewDecoder(s), path: path, line: 1}
}

// source bounds what is read for one value and notes where lines end.
type source struct {
	in    io.Reader
	left  int
	n     int64
	ends  []int64 // offsets of line ends not passed yet
	begun bool
}

func (s *source) Read(p []byte) (int, error) {
	if s.left <= 0 {
		return 0, errLarge
	}
	p = p[:min(len(p), s.left)]
	n, err := s.in.Read(p)
	if !s.begun && n >= 3 && string(p[:3]) == "\xef\xbb\xbf" {
		copy(p, "   ") // a mark of byte order is white space here
	}
	s.begun = s.begun || n > 0
	for i, c := range p[:n] {
		if c == '\n' {
			s.ends = append(s.ends, s.n+int64(i))
		}
	}
	s.n += int64(n)
	s.left -= n
	return n, err
}

// Place is where the walk is: the line in which the value that was read last begins, and
// its path, as in objects[3].pattern.
func (w *Walk) Place() fault.Place {
	return fault.Place{Path: w.path, Line: w.line, Offset: -1, Field: strings.TrimPrefix(strings.Join(w.at, ""), ".")}
}

// advance forgets the line ends before offset.
func (w *Walk) advance(offset int64) {
	i := 0
	for i < len(w.in.ends) && w.in.ends[i] < offset {
		i++
	}
	w.line += int64(i)
	w.in.ends = w.in.ends[:copy(w.in.ends, w.in.ends[i:])]
}

func (w *Walk) token() (json.Token, error) {
	w.in.left = MaxValue
	t, err := w.dec.Token()
	w.advance(w.dec.InputOffset())
	return t, w.wrong(err)
}

// wrong gives err with its place; nil and the end of the input stay as they are.
func (w *Walk) wrong(err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	kind, key := fault.Invalid, "json"
	if errors.Is(err, errLarge) {
		kind, key, err = fault.Limit, "large", nil
	}
	return w.problem(kind, key, err)
}

func (w *Walk) problem(kind fault.Kind, key string, err error) error {
	return fault.Said(fault.Error{Kind: kind, Place: w.Place(), Err: err},
		i18n.Both("walk.op"), i18n.Both("walk.fault."+key), i18n.Both("walk.hint."+key))
}

// Object steps into an object and calls each for every key. each must step over the
// value: by Decode, Object, Array, Either or Skip.
func (w *Walk) Object(each func(key string) error) error { return w.Either(each, nil) }

// Array steps into an array and calls each for every element, which each must step
// over.
func (w *Walk) Array(each func() error) error { return w.Either(nil, each) }

// Either steps into an object or an array, whichever comes.
func (w *Walk) Either(key func(key string) error, element func() error) error {
	t, err := w.token()
	switch {
	case err != nil:
		return early(w, err)
	case t == json.Delim('{') && key != nil:
		return w.into(func(int) error {
			t, err := w.token()
			if err != nil {
				return early(w, err)
			}
			name, _ := t.(string)
			w.at[len(w.at)-1] = "." + short(name)
			return key(name)
		})
	case t == json.Delim('[') && element != nil:
		return w.into(func(i int) error {
			w.at[len(w.at)-1] = "[" + strconv.Itoa(i) + "]"
			return element()
		})
	case t == json.Delim('{'), t == json.Delim('['):
		if err := w.rest(1); err != nil {
			return err
		}
	}
	return ErrShape
}

func short(key string) string {
	if len(key) > 40 {
		return strings.ToValidUTF8(key[:40], "") + "…"
	}
	return key
}

// into reads the members of an object or array whose beginning has been read.
func (w *Walk) into(each func(i int) error) error {
	if len(w.at) >= maxDepth {
		return w.problem(fault.Limit, "deep", nil)
	}
	w.at = append(w.at, "")
	for i := 0; ; i++ {
		w.in.left = MaxValue
		if !w.dec.More() {
			break
		}
		if err := each(i); err != nil {
			return err
		}
	}
	w.at = w.at[:len(w.at)-1]
	_, err := w.token()
	return early(w, err)
}

// early makes the end of the input where more must come an error with a place.
func early(w *Walk, err error) error {
	if err == io.EOF {
		return w.problem(fault.Invalid, "cut", nil)
	}
	return err
}

// Decode reads the next value into v. ErrShape says that it did not fit.
func (w *Walk) Decode(v any) error {
	w.in.left = MaxValue
	err := w.dec.Decode(&w.raw)
	if err == nil {
		w.advance(w.dec.InputOffset() - int64(len(w.raw)))
		err = json.Unmarshal(w.raw, v)
	}
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong):
		return ErrShape
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = io.EOF
	}
	return early(w, w.wrong(err))
}

// Skip steps over the next value, however large.
func (w *Walk) Skip() error {
	t, err := w.token()
	if err != nil {
		return early(w, err)
	}
	if d, ok := t.(json.Delim); ok && (d == '{' || d == '[') {
		return w.rest(1)
	}
	return nil
}

// rest steps over what is left of values depth deep.
func (w *Walk) rest(depth int) error {
	for depth > 0 {
		t, err := w.token()
		if err != nil {
			return early(w, err)
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			if depth++; depth > maxDepth {
				return w.problem(fault.Limit, "deep", nil)
			}
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
	return nil
}
