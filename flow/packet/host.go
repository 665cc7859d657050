package packet

import "bytes"

// hostSearch is how many bytes of a segment are searched for the Host header.
const hostSearch = 8 << 10

// methods that a request begins with.
var methods = [...]string{"GET ", "POST ", "HEAD ", "PUT ", "DELETE ", "OPTIONS ", "CONNECT ", "PATCH ", "TRACE ", "PROPFIND "}

// request says whether p begins with an HTTP/1 request, whether that asks for a
// tunnel, and which host it names: lower case, without port, nil when none is
// named or what is named can be no host. Nothing else of p is looked at.
func request(p []byte) (is, tunnel bool, host []byte) {
	p = p[:min(len(p), hostSearch)]
	method := ""
	for _, m := range methods {
		if len(p) > len(m) && string(p[:len(m)]) == m {
			method = m
		}
	}
	if method == "" {
		return false, false, nil
	}
	line, rest, whole := bytes.Cut(p, []byte("\n"))
	if whole && !bytes.Contains(line, []byte(" HTTP/1.")) {
		return false, false, nil
	}
	for len(rest) > 0 {
		line, rest, whole = bytes.Cut(rest, []byte("\n"))
		line = bytes.TrimSuffix(line, []byte("\r"))
		if len(line) == 0 {
			break
		}
		const name = "host:"
		if whole && len(line) > len(name) && bytes.EqualFold(line[:len(name)], []byte(name)) {
			host = hostOf(bytes.Trim(line[len(name):], " \t"))
			break
		}
	}
	return true, method == "CONNECT ", host
}

// hostOf takes the port off a Host header's value; nil when what remains is not made
// of the characters of names and addresses.
func hostOf(v []byte) []byte {
	if len(v) > 0 && v[0] == '[' {
		end := bytes.IndexByte(v, ']')
		if end < 0 {
			return nil
		}
		v = v[1:end]
	} else if i := bytes.IndexByte(v, ':'); i >= 0 && i == bytes.LastIndexByte(v, ':') {
		v = v[:i]
	}
	if len(v) == 0 || len(v) > 255 {
		return nil
	}
	for _, c := range v {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '.', c == '-', c == '_', c == ':':
		default:
			return nil
		}
	}
	return v
}
