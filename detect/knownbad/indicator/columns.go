package indicator

import (
	"strconv"
	"strings"
	"time"
	"unicode"
)

// role is what a column holds.
type role uint8

const (
	other role = iota
	anyIndicator
	nameIndicator // only a name or a URL can stand there
	description
	origin
	confidence
	count
	expires
)

// roles are the columns that lists have, by their names in lower case with
// everything but letters and digits left out.
var roles = map[string]role{
	"indicator": anyIndicator, "indicators": anyIndicator, "ioc": anyIndicator, "iocs": anyIndicator, "iocvalue": anyIndicator,
	"value": anyIndicator, "observable": anyIndicator, "ip": anyIndicator, "ips": anyIndicator, "ipaddress": anyIndicator,
	"ipv4": anyIndicator, "ipv6": anyIndicator, "addr": anyIndicator, "address": anyIndicator, "dstip": anyIndicator,
	"destip": anyIndicator, "destinationip": anyIndicator, "srcip": anyIndicator, "sourceip": anyIndicator, "c2ip": anyIndicator,
	"cidr": anyIndicator, "network": anyIndicator, "prefix": anyIndicator, "range": anyIndicator, "subnet": anyIndicator,
	"netblock": anyIndicator, "c2": anyIndicator, "c2address": anyIndicator, "server": anyIndicator,
	"sha1": anyIndicator, "sha256": anyIndicator, "sha1fingerprint": anyIndicator, "sha256fingerprint": anyIndicator,
	"fingerprint": anyIndicator, "certificate": anyIndicator, "certsha1": anyIndicator, "certsha256": anyIndicator,
	"ja3": anyIndicator, "ja3md5": anyIndicator, "ja3hash": anyIndicator, "ja3fingerprint": anyIndicator,
	"ja4": anyIndicator, "ja4fingerprint": anyIndicator,
	"domain": nameIndicator, "domains": nameIndicator, "domainname": nameIndicator, "host": nameIndicator, "hosts": nameIndicator,
	"hostname": nameIndicator, "fqdn": nameIndicator, "url": nameIndicator, "urls": nameIndicator, "uri": nameIndicator, "urlhost": nameIndicator,
	"description": description, "comment": description, "comments": description, "note": description, "notes": description,
	"malware": description, "malwareprintable": description, "malwarefamily": description, "family": description,
	"threat": description, "threattype": description, "reason": description, "listingreason": description,
	"category": description, "tag": description, "tags": description, "title": description, "label": description, "characterization": description,
	"source": origin, "feed": origin, "list": origin, "provider": origin, "origin": origin, "reporter": origin,
	"confidence": confidence, "confidencelevel": confidence, "certainty": confidence,
	"count": count, "lists": count,
	"expires": expires, "expiry": expires, "expiration": expires, "expiresat": expires, "validuntil": expires, "validto": expires,
}

// header is what a list's columns are.
type header struct {
	delim byte
	roles []role
	names []string
}

// roleOf gives the role of a column by its name.
func roleOf(name string) role {
	key := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
	if strings.HasPrefix(key, "numberof") {
		return count
	}
	return roles[key]
}

// headerOf reads line as a header: one of its columns must be an indicator's, and
// none may hold an indicator. alone accepts a single column.
func headerOf(line string, alone bool) *header {
	var best *header
	for _, delim := range []byte{',', '\t', ';', '|'} {
		h := &header{delim: delim}
		found := false
		for _, f := range split(line, delim, nil) {
			r := roleOf(f)
			found = found || r == anyIndicator || r == nameIndicator
			if _, v := classify(f, false); v == good && r == other {
				return nil
			}
			h.roles, h.names = append(h.roles, r), append(h.names, f)
		}
		if found && (alone || len(h.roles) > 1) && (best == nil || len(h.roles) > len(best.roles)) {
			best = h
		}
	}
	return best
}

// split cuts line at delim; a field may stand in double quotes, a quote inside it
// doubled. Fields are appended to into.
func split(line string, delim byte, into []string) []string {
	for {
		line = strings.TrimLeft(line, " ")
		if strings.HasPrefix(line, `"`) {
			var field string
			field, line = quoted(line[1:])
			into = append(into, field)
			at := strings.IndexByte(line, delim)
			if at < 0 {
				return into
			}
			line = line[at+1:]
			continue
		}
		at := strings.IndexByte(line, delim)
		if at < 0 {
			return append(into, strings.TrimSpace(line))
		}
		into = append(into, strings.TrimSpace(line[:at]))
		line = line[at+1:]
	}
}

// quoted cuts a field after its opening quote; rest begins after the closing one.
func quoted(s string) (field, rest string) {
	at := strings.IndexByte(s, '"')
	if at < 0 {
		return s, ""
	}
	if !strings.HasPrefix(s[at+1:], `"`) {
		return s[:at], s[at+1:]
	}
	var b strings.Builder
	for at >= 0 && strings.HasPrefix(s[at+1:], `"`) {
		b.WriteString(s[:at+1])
		s = s[at+2:]
		at = strings.IndexByte(s, '"')
	}
	if at < 0 {
		return b.String() + s, ""
	}
	return b.String() + s[:at], s[at+1:]
}

// confidenceOf reads a confidence in words, in percent or as a share of one.
func confidenceOf(s string) int {
	switch strings.ToLower(s) {
	case "high", "very high", "confirmed":
		return 90
	case "medium", "moderate", "probable":
		return 60
	case "low", "very low", "possible":
		return 30
	}
	x, err := strconv.ParseFloat(strings.TrimSuffix(s, "%"), 64)
	switch {
	case err != nil || !(x >= 0 && x <= 100):
		return Unknown
	case strings.Contains(s, ".") && x <= 1:
		x *= 100
	}
	return int(x)
}

// expiryOf reads an instant in ns since 1970; a day holds through its end in UTC.
func expiryOf(s string) (int64, bool) {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t.AddDate(0, 0, 1).UnixNano(), true
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02 15:04:05 UTC", "2006-01-02T15:04:05", "2006/01/02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UnixNano(), true
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 || n > 1<<33 {
		return 0, false
	}
	return n * int64(time.Second), true
}
