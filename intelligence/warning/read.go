package warning

import (
	"encoding/hex"
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/noroshi-acd/noroshi/intelligence/feed/walk"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Bounds of what is read.
const (
	maxLists   = 4096
	maxEntries = 8 << 20
	maxEntry   = 253  // bytes; longer entries can be no name
	maxShort   = 1024 // pieces shorter than headLen, patterns: each costs at every name
)

// attributes are what MISP calls what a list is about.
var attributes = map[string]sorts{
	"ip-src": addresses, "ip-dst": addresses, "ip-src|port": addresses, "ip-dst|port": addresses,
	"domain": names, "hostname": names, "url": names, "uri": names, "hostname|port": names, "domain|ip": addresses | names,
	"x509-fingerprint-sha1": certificates, "x509-fingerprint-sha256": certificates, "ja3-fingerprint-md5": clients,
}

// Load reads every list beneath the folder dir. Entries and files that say nothing go
// to skips. Its errors are NotFound, Invalid or Limit and name the file.
func Load(dir string, skips *fault.Skips) (*Lists, error) {
	if skips == nil {
		skips = &fault.Skips{}
	}
	l := &Lists{texts: map[string]listed{}}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && path == dir:
			kind := fault.Invalid
			if errors.Is(err, fs.ErrNotExist) {
				kind = fault.NotFound
			}
			return problem(kind, fault.Place{Path: path, Offset: -1}, "open", err)
		case err != nil:
			return skips.Skip(problem(fault.Invalid, fault.Place{Path: path, Offset: -1}, "open", err))
		case !d.Type().IsRegular() || filepath.Ext(path) != ".json":
			return nil
		}
		return l.load(dir, path, skips)
	})
	if err != nil {
		return nil, err
	}
	if len(l.names) == 0 {
		return nil, problem(fault.Invalid, fault.Place{Path: dir, Offset: -1}, "none", nil)
	}
	return l, nil
}

func problem(kind fault.Kind, place fault.Place, key string, err error) error {
	return fault.Said(fault.Error{Kind: kind, Place: place, Err: err},
		i18n.Both("warning.op"), i18n.Both("warning.fault."+key), i18n.Both("warning.hint."+key))
}

// load reads one file, twice: what the list is about may stand behind it.
func (l *Lists) load(dir, path string, skips *fault.Skips) error {
	r := &reader{lists: l, path: path, skips: skips}
	for _, r.first = range []bool{true, false} {
		f, err := os.Open(path)
		if err != nil {
			return skips.Skip(problem(fault.Invalid, fault.Place{Path: path, Offset: -1}, "open", err))
		}
		r.w = walk.New(f, path)
		err = r.document()
		f.Close()
		var limit *fault.Error
		switch {
		case errors.Is(err, walk.ErrShape), err == nil && r.first && !r.list:
			return skips.Skip(problem(fault.Invalid, fault.Place{Path: path, Offset: -1}, "form", nil))
		case errors.As(err, &limit) && limit.Kind == fault.Limit:
			return err
		case err != nil && r.first:
			return skips.Skip(err)
		case err != nil:
			return err // of skips that are strict
		}
		if !r.first {
			break
		}
		about := r.about
		if !r.named {
			about = addresses | names | certificates | clients
		}
		if about == 0 {
			return nil // about nothing that a flow record shows
		}
		r.about = about
		if len(l.names) == maxLists {
			return problem(fault.Limit, fault.Place{Path: path, Offset: -1}, "many", nil)
		}
		r.number = uint32(len(l.names))
		l.names = append(l.names, called(dir, path))
	}
	return nil
}

// called gives a list the name of its folder, or of its file.
func called(dir, path string) string {
	if parent := filepath.Dir(path); filepath.Clean(parent) != filepath.Clean(dir) {
		return filepath.Base(parent)
	}
	return strings.TrimSuffix(filepath.Base(path), ".json")
}

// reader is the state of reading one list.
type reader struct {
	lists  *Lists
	w      *walk.Walk
	path   string
	skips  *fault.Skips
	first  bool
	list   bool   // there is a list
	named  bool   // it says what it is about
	kind   string // how its entries are meant
	about  sorts
	number uint32
}

func (r *reader) document() error {
	return r.w.Object(func(key string) error {
		switch {
		case key == "list":
			r.list = true
			if !r.first {
				return r.entries()
			}
		case key == "type" && r.first:
			return r.w.Decode(&r.kind)
		case key == "matching_attributes" && r.first:
			var all []string
			if err := r.w.Decode(&all); err != nil {
				return err
			}
			r.named = true
			for _, a := range all {
				r.about |= attributes[a]
			}
			return nil
		}
		return r.w.Skip()
	})
}

func (r *reader) entries() error {
	return r.w.Array(func() error {
		var text string
		switch err := r.w.Decode(&text); {
		case errors.Is(err, walk.ErrShape):
		case err != nil:
			return err
		case r.lists.entries == maxEntries:
			return problem(fault.Limit, r.w.Place(), "many", nil)
		case r.entry(text):
			r.lists.entries++
			return nil
		}
		return r.skips.Skip(problem(fault.Invalid, r.w.Place(), "entry", nil))
	})
}

// entry takes one entry in; false when it cannot be read.
func (r *reader) entry(text string) bool {
	text = strings.TrimSpace(text)
	l := r.lists
	if r.kind == "regex" {
		if r.about&names == 0 {
			return true
		}
		re, err := regexp.Compile(bare(text))
		if err != nil || len(l.patterns) == maxShort {
			return false
		}
		l.patterns = append(l.patterns, pattern{re, r.number})
		return true
	}
	text = strings.ToLower(text)
	if text == "" || len(text) > maxEntry {
		return false
	}
	if p, ok := network(text); ok {
		if r.about&addresses != 0 {
			l.prefixes.Modify(p, func(old uint32, there bool) (uint32, bool) {
				if there {
					return old, false // the first list that names it stays
				}
				return r.number, false
			})
		}
		return true
	}
	switch r.kind {
	case "cidr":
		return false
	case "substring":
		if r.about&names == 0 {
			return true
		}
		if len(text) < headLen && len(l.pieces.short) == maxShort {
			return false
		}
		l.pieces.add(text, r.number)
		return true
	}
	r.text(text)
	return true
}

// text takes in a name or a fingerprint.
func (r *reader) text(text string) {
	plain := strings.ReplaceAll(text, ":", "")
	if _, err := hex.DecodeString(plain); err == nil && len(plain) >= 32 {
		if r.about&certificates != 0 {
			r.put("c"+plain, false)
		}
		if r.about&clients != 0 {
			r.put("f"+plain, false)
		}
		return
	}
	if r.about&names != 0 {
		zone := r.kind == "hostname" || text[0] == '.' || strings.HasPrefix(text, "*.")
		r.put("n"+strings.Trim(strings.TrimPrefix(text, "*."), "."), zone)
	}
}

func (r *reader) put(key string, zone bool) {
	old, there := r.lists.texts[key]
	if !there {
		old.list = r.number
	}
	old.zone = old.zone || zone
	r.lists.texts[key] = old
}

// network reads an address or a prefix.
func network(text string) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(text); err == nil {
		a = a.Unmap().WithZone("")
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(text)
	return p.Masked(), err == nil
}

// bare takes the slashes and letters off that other languages write around an
// expression; i, that case does not matter, is always meant.
func bare(text string) string {
	if len(text) > 1 && text[0] == '/' {
		if end := strings.LastIndexByte(text, '/'); end > 0 && strings.Trim(text[end+1:], "imsux") == "" {
			text = text[1:end]
		}
	}
	return "(?i)" + text
}
