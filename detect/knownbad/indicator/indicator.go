package indicator

import (
	"encoding/hex"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
)

// Kind is what an indicator matches.
type Kind uint8

// The kinds of indicator.
const (
	Address     Kind = iota
	Prefix           // of addresses
	Name             // of a host, and all beneath it
	Certificate      // SHA-1 or SHA-256 of a certificate, hex
	JA3              // hex
	JA4
)

// String gives the kind's identifier.
func (k Kind) String() string {
	return [...]string{"address", "prefix", "name", "certificate", "ja3", "ja4"}[k]
}

// Unknown is the confidence of an indicator whose list states none.
const Unknown = -1

// Indicator is one thing that a list calls bad.
type Indicator struct {
	Kind        Kind
	Prefix      netip.Prefix // of Address and Prefix; IPv4 in its own form
	Text        string       // of the other kinds, lower case
	FromURL     bool         // of Name: the list names a page; the host may have other, honest ones
	Description string
	Source      string
	Confidence  int    // 0..100, or Unknown
	Lists       int    // how many lists name it, as the file says; 0 when it does not
	Expires     int64  // ns since 1970-01-01 UTC, 0 for never
	Since       int64  // when it was first said or last confirmed, ns, 0 when unknown
	Port        uint16 // the port that goes with an address or a name, 0 for any
	Partial     bool   // it is one of several conditions that had to hold together
	Voice       Voice
	Warned      string // warning list that holds it, empty for none
	WarnedWhole bool   // that list names it itself, not only a part or what is around it
}

// Reason says why a token is not taken; the empty one is good. It is an error that
// says nothing itself: the sentence about it does.
type Reason string

// Error gives nothing, so that the sentence around it is not said twice.
func (Reason) Error() string { return "" }

// Reasons other than the good one are keys of the catalogue.
const (
	good       Reason = ""
	nothing    Reason = "nothing" // not an indicator
	private    Reason = "private"
	wide       Reason = "wide"
	suffix     Reason = "suffix"
	minPrefix4        = 9
	minPrefix6        = 19
	maxName           = 253
	maxToken          = 4096
)

var ja4 = regexp.MustCompile(`^[tqd][0-9a-z]{2}[di][0-9]{4}[0-9a-z]{2}_[0-9a-f]{12}_[0-9a-f]{12}$`)

// typed are prefixes by which lists say what a value is.
var typed = []string{"sha256:", "sha-256:", "sha1:", "sha-1:", "ja3:", "ja4:", "ip:", "ipv4:", "ipv6:", "domain:", "host:", "url:"}

// refang undoes what people do to an indicator so that nobody clicks on it.
func refang(s string) string {
	if strings.ContainsAny(s, "[({\\") {
		s = fangs.Replace(s)
	}
	if len(s) > 4 && (s[0] == 'h' || s[0] == 'H') && strings.EqualFold(s[:4], "hxxp") {
		s = "http" + s[4:]
	}
	return s
}

var fangs = strings.NewReplacer("[.]", ".", "(.)", ".", "{.}", ".", "[.", ".", ".]", ".", "\\.", ".",
	"[dot]", ".", "(dot)", ".", "{dot}", ".", "[DOT]", ".", "(DOT)", ".", "[:]", ":", "[://]", "://", "[/]", "/")

// Parse reads one value of a feed. loose accepts names whose top-level domain nobody
// has registered. A reason other than the empty one says why it must not be used.
func Parse(value string, loose bool) (Indicator, Reason) { return classify(value, loose) }

// classify reads one token. loose accepts names whose top-level domain nobody has
// registered; it is for places where only a name can stand.
func classify(token string, loose bool) (Indicator, Reason) {
	in := Indicator{Confidence: Unknown}
	token = strings.Trim(token, " \t\r\"'<>`,;")
	if token == "" || len(token) > maxToken {
		return in, nothing
	}
	token = refang(token)
	for _, t := range typed {
		if len(token) > len(t) && strings.EqualFold(token[:len(t)], t) && !strings.HasPrefix(token[len(t):], "//") {
			token = token[len(t):]
			break
		}
	}
	if scheme, rest, ok := strings.Cut(token, "://"); ok {
		if scheme == "" || strings.ContainsAny(scheme, "/.:@ ") {
			return in, nothing
		}
		if token = cutHost(rest, &in); token == "" {
			return in, nothing
		}
	}
	if v, ok := address(token, &in); ok {
		return in, v
	}
	if fingerprint(strings.ToLower(token), &in) {
		return in, good
	}
	return in, name(token, loose, &in)
}

// cutHost takes the host out of what follows a URL's scheme, without user and port.
func cutHost(rest string, in *Indicator) string {
	host := rest
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		host = rest[:i]
		in.FromURL = len(rest) > i+1
	}
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	return host
}

// address reads an address, one with a port, or a prefix; ok is false when token is
// none of them.
func address(token string, in *Indicator) (v Reason, ok bool) {
	if !strings.ContainsRune("0123456789abcdefABCDEF:[", rune(token[0])) {
		return nothing, false
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(token, "["), "]"))
	if err != nil {
		ap, errPort := netip.ParseAddrPort(token)
		a, err = ap.Addr(), errPort
	}
	if err == nil {
		a = a.Unmap().WithZone("")
		in.Kind, in.Prefix, in.FromURL = Address, netip.PrefixFrom(a, a.BitLen()), false
		if nobodys(a) {
			return private, true
		}
		return good, true
	}
	p, err := netip.ParsePrefix(token)
	if err == nil {
		return network(p.Masked(), in), true
	}
	if host, _, ok := strings.Cut(token, "/"); ok && host != "" { // a URL without its scheme
		return address(host, in)
	}
	return nothing, false
}

// nobodys says whether a is an address that cannot be one host in the Internet:
// private, local, or reserved (240.0.0.0/4).
func nobodys(a netip.Addr) bool {
	return a.IsUnspecified() || direction.Private(flow.AddrFrom(a)) || a.Is4() && a.As4()[0] >= 240
}

// network reads a prefix.
func network(p netip.Prefix, in *Indicator) Reason {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	in.Kind, in.Prefix = Prefix, p
	if p.IsSingleIP() {
		in.Kind = Address
	}
	if p.Bits() < minPrefix6 && (p.Addr().Is6() || p.Bits() < minPrefix4) {
		return wide
	}
	if nobodys(p.Addr()) || slices.ContainsFunc(privateStarts, p.Contains) {
		return private
	}
	return good
}

// privateStarts are the first addresses of the private blocks that a wider prefix
// could swallow.
var privateStarts = []netip.Addr{
	netip.AddrFrom4([4]byte{100, 64}), netip.AddrFrom4([4]byte{169, 254}), netip.AddrFrom4([4]byte{172, 16}), netip.AddrFrom4([4]byte{192, 168}),
}

// fingerprint reads a digest of a certificate, a JA3 or a JA4.
func fingerprint(token string, in *Indicator) bool {
	if ja4.MatchString(token) {
		in.Kind, in.Text = JA4, token
		return true
	}
	if len(token) > 100 {
		return false
	}
	token = strings.ReplaceAll(token, ":", "")
	switch len(token) {
	case 32:
		in.Kind = JA3
	case 40, 64:
		in.Kind = Certificate
	default:
		return false
	}
	in.Text = token
	_, err := hex.DecodeString(token)
	return err == nil
}

// name reads a host name or a zone.
func name(token string, loose bool, in *Indicator) Reason {
	token = strings.TrimPrefix(strings.TrimPrefix(token, "||"), "*.")
	token = strings.Trim(strings.TrimSuffix(token, "^"), ".")
	if i := strings.IndexAny(token, "/?"); i > 0 {
		in.FromURL = in.FromURL || len(token) > i+1
		token = token[:i]
	}
	if host, port, ok := strings.Cut(token, ":"); ok && port != "" && strings.Trim(port, "0123456789") == "" {
		token = host
	}
	token, ok := hostName(token)
	if !ok {
		return nothing
	}
	zone, managed := publicsuffix.PublicSuffix(token)
	switch {
	case !strings.Contains(token, "."), zone == token:
		if loose || managed {
			return suffix
		}
		return nothing
	case !loose && !managed && !strings.Contains(zone, "."):
		return nothing
	}
	in.Kind, in.Text = Name, token
	return good
}

// hostName gives s in lower case and ASCII; ok says whether it can be a host name.
func hostName(s string) (string, bool) {
	s = strings.ToLower(s)
	if strings.ContainsFunc(s, beyondASCII) {
		puny, err := idna.Punycode.ToASCII(s)
		if err != nil || strings.ContainsFunc(puny, beyondASCII) {
			return "", false
		}
		s = puny
	}
	if len(s) == 0 || len(s) > maxName {
		return "", false
	}
	digits := false
	for label := range strings.SplitSeq(s, ".") {
		if len(label) == 0 || len(label) > 63 || strings.ContainsFunc(label, notInLabel) {
			return "", false
		}
		digits = strings.Trim(label, "0123456789") == ""
	}
	return s, !digits // no top-level domain is a number
}

func beyondASCII(r rune) bool { return r >= 0x80 }

func notInLabel(r rune) bool {
	return (r < 'a' || 'z' < r) && (r < '0' || '9' < r) && r != '-' && r != '_'
}
