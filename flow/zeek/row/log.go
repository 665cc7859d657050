package row

import (
	"bytes"
	"strings"
)

// Kind says which of Zeek's logs a row is of.
type Kind uint8

// The kinds of log. Other is any that says nothing about an exchange which a flow
// record could hold (weird, files, dhcp, …).
const (
	Other Kind = iota
	Conn
	DNS
	SSL
	X509
	HTTP
)

// Log is what one log is and how it is written.
type Log struct {
	Kind Kind
	Open bool // of connections still open: open_conn and its like
	JSON bool // JSON lines, else TSV
}

// String names l, as "open_conn" or "ssl (JSON)"; an unused log is "other".
func (l Log) String() string {
	s := [...]string{"other", "conn", "dns", "ssl", "x509", "http"}[l.Kind]
	if l.Open {
		s = "open_" + s
	}
	if l.JSON {
		s += " (JSON)"
	}
	return s
}

// named gives the log that a #path line or a "_path" member names.
func (l Log) named(path string) Log {
	path, l.Open = strings.CutPrefix(path, "open_")
	switch path {
	case "conn":
		l.Kind = Conn
	case "dns":
		l.Kind = DNS
	case "ssl":
		l.Kind = SSL
	case "x509":
		l.Kind = X509
	case "http":
		l.Kind = HTTP
	default:
		l.Kind, l.Open = Other, false
	}
	return l
}

// kindOf judges by the columns, for logs that do not say their name.
func kindOf(has set) Kind {
	switch {
	case !has.any(TS):
		return Other
	case has.any(CertSubject, CertIssuer, NotAfter):
		return X509
	case !has.any(OrigH, UID):
		return Other
	case has.any(State, OrigIPBytes):
		return Conn
	case has.any(Query, QType, QTypeName):
		return DNS
	case has.any(cipher, established, CertFPs, CertFUIDs):
		return SSL
	case has.any(Host) && has.any(transDepth):
		return HTTP
	}
	return Other
}

// headLines is how many lines of JSON are looked at to tell which log it is: one
// line alone leaves out what is unset.
const headLines = 50

// Recognise says whether head, the beginning of an input, is of a Zeek log, and
// of which. It needs a few kilobytes; what is cut off at the end does no harm.
func Recognise(head []byte) (Log, bool) {
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	head = bytes.TrimLeft(head, "\r\n\t ")
	switch {
	case len(head) == 0:
		return Log{}, false
	case head[0] == '#':
		return recogniseTSV(head)
	case head[0] == '{':
		return recogniseJSON(head)
	}
	return Log{}, false
}

func recogniseTSV(head []byte) (Log, bool) {
	s := NewScanner(bytes.NewReader(head), "", Log{}, len(head))
	zeek := false
	for line := range bytes.Lines(head) {
		word, _, _ := bytes.Cut(bytes.TrimRight(line, "\r\n"), []byte{s.sep})
		if i := bytes.IndexAny(word, " \t"); i >= 0 {
			word = word[:i]
		}
		switch string(word) {
		case "#separator", "#set_separator", "#empty_field", "#unset_field", "#path", "#fields", "#types", "#open", "#close":
			zeek = true
			if line[len(line)-1] == '\n' { // else it may be cut off
				s.header(bytes.TrimRight(line, "\r\n"))
			}
		}
		if line[0] != '#' || s.cols != nil {
			break
		}
	}
	return s.row.Log, zeek
}

func recogniseJSON(head []byte) (Log, bool) {
	s := NewScanner(nil, "", Log{JSON: true}, 1)
	r := &s.row
	var all set
	n := 0
	for line := range bytes.Lines(head) {
		n++
		clear(r.val[:])
		// The last line may be cut off; its first members count all the same.
		s.object(bytes.TrimSpace(line))
		if p := r.val[pathField]; p != nil {
			return Log{JSON: true}.named(string(p)), true
		}
		for f := range r.val {
			if r.val[f] != nil {
				all |= 1 << f
			}
		}
		if n == 1 && !(all.any(TS) && (all.any(OrigH, UID, CertSubject) || s.first == TS)) {
			return Log{}, false
		}
		if n == headLines {
			break
		}
	}
	return Log{Kind: kindOf(all), JSON: true}, true
}
