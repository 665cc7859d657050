package stix

import (
	"math"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/share"
)

// maxSources is how many machines of one finding are told apart.
const maxSources = 500

// maxCount is the largest count that the standard allows.
const maxCount = 999_999_999

// finding adds what f says.
func (b *bundle) finding(f *share.Finding) {
	first, last := stamp(f.First), stamp(max(f.First, f.Last))
	key := f.ID + "|" + first
	seen := b.observed(f, key, first, last)
	techniques := b.techniques(f)
	about := append([]string{}, techniques...)
	title := i18n.Both("stix.finding", "kind", i18n.Both("cli.kind."+string(f.Kind)), "to", to(f))
	pattern, ok := pattern(f)
	if !ok {
		b.note(f, key, first, last, append(about, seen...))
		return
	}
	sort := "anomalous-activity"
	if f.Level >= detect.High {
		sort = "malicious-activity"
	}
	x := b.made(object{
		"type": "indicator", "id": id("indicator", key), "name": title.EN, "description": f.Why.EN, "lang": "en",
		"indicator_types": []string{sort}, "pattern": pattern, "pattern_type": "stix", "pattern_version": "2.1", "valid_from": first, "confidence": confidence(f.Score),
	}, first, last)
	b.put(x)
	b.translation(x, map[string]string{"name": title.JA, "description": f.Why.JA})
	for _, t := range techniques {
		b.relate(x["id"].(string), "indicates", t, first, last)
	}
	sighting := b.made(object{
		"type": "sighting", "id": id("sighting", key), "sighting_of_ref": x["id"], "where_sighted_refs": []string{b.maker},
		"first_seen": first, "last_seen": last, "count": min(max(f.Count, 0), maxCount), "summary": false,
	}, first, last)
	if len(seen) > 0 {
		sighting["observed_data_refs"] = seen
		b.relate(x["id"].(string), "based-on", seen[0], first, last)
	}
	b.put(sighting)
}

func to(f *share.Finding) string {
	if w := f.Whom(); w != "" {
		return w
	}
	return strings.Join(f.Machines()[:min(1, len(f.Machines()))], "")
}

// confidence writes a score on the standard's scale; nothing is certain.
func confidence(score float64) int { return int(math.Round(min(max(score, 0), 0.99) * 100)) }

// note says what f says where there is nothing that others could match.
func (b *bundle) note(f *share.Finding, key, first, last string, about []string) {
	if len(about) == 0 {
		about = []string{b.maker}
	}
	title := i18n.Both("stix.finding", "kind", i18n.Both("cli.kind."+string(f.Kind)), "to", to(f))
	x := b.made(object{
		"type": "note", "id": id("note", key), "abstract": title.EN, "content": f.Why.EN, "lang": "en", "object_refs": about, "confidence": confidence(f.Score),
	}, first, last)
	b.put(x)
	b.translation(x, map[string]string{"abstract": title.JA, "content": f.Why.JA})
}

func (b *bundle) relate(from, how, to, first, last string) {
	b.put(b.made(object{
		"type": "relationship", "id": id("relationship", from+how+to), "relationship_type": how, "source_ref": from, "target_ref": to,
	}, first, last))
}

// techniques adds the ATT&CK techniques of f and gives their ids.
func (b *bundle) techniques(f *share.Finding) []string {
	var out []string
	for _, n := range f.Attack {
		name := share.TechniqueName(n)
		if name == "" {
			name = n
		}
		out = append(out, b.put(b.made(object{
			"type": "attack-pattern", "id": id("attack-pattern", n), "name": name,
			"external_references": []object{{
				"source_name": "mitre-attack", "external_id": n, "url": "https://attack.mitre.org/techniques/" + strings.ReplaceAll(n, ".", "/"),
			}},
		}, epoch, epoch)))
	}
	return out
}

// observed adds the ends of f, the traffic between them, and that it was observed;
// it gives the id of the last, nothing when no end can be told.
func (b *bundle) observed(f *share.Finding, key, first, last string) []string {
	dst := b.address(f.Dst)
	name := ""
	if domain(f.Name) {
		name = b.observable(object{"type": "domain-name", "value": f.Name}, "value")
	}
	var refs []string
	for _, m := range append(f.Machines()[:min(len(f.Machines()), maxSources)], "") {
		src := b.address(m)
		if src == "" && (m != "" || len(refs) > 0) {
			continue
		}
		refs = b.traffic(f, refs, src, dst, name, first, last)
	}
	for _, r := range []string{dst, name} {
		if r != "" {
			refs = append(refs, r)
		}
	}
	if len(refs) == 0 {
		return nil
	}
	return []string{b.put(b.made(object{
		"type": "observed-data", "id": id("observed-data", key), "first_observed": first, "last_observed": last,
		"number_observed": min(max(f.Count, 1), maxCount), "object_refs": refs,
	}, first, last))}
}

// traffic adds what passed between src and the other end (ids, empty for unknown)
// and appends what it added to refs.
func (b *bundle) traffic(f *share.Finding, refs []string, src, dst, name, first, last string) []string {
	end := dst
	if end == "" {
		end = name
	}
	if src == "" && end == "" {
		return refs
	}
	t := object{"type": "network-traffic", "start": first, "end": last, "protocols": protocols(f, src, dst)}
	if src != "" {
		t["src_ref"] = src
		refs = append(refs, src)
	}
	if end != "" {
		t["dst_ref"] = end
	}
	if end != "" && f.Port != 0 && (f.Proto == "tcp" || f.Proto == "udp" || f.Proto == "sctp") {
		t["dst_port"] = f.Port
	}
	return append(refs, b.observable(t, "start", "end", "src_ref", "dst_ref", "src_port", "dst_port", "protocols", "extensions"))
}

// protocols names what is known, outermost first.
func protocols(f *share.Finding, src, dst string) []string {
	var out []string
	switch ends := src + " " + dst; {
	case strings.Contains(ends, "ipv4-addr"):
		out = append(out, "ipv4")
	case strings.Contains(ends, "ipv6-addr"):
		out = append(out, "ipv6")
	default:
		out = append(out, "ip")
	}
	switch f.Proto {
	case "tcp", "udp", "icmp", "sctp":
		out = append(out, f.Proto)
	case "icmp6":
		out = append(out, "ipv6-icmp")
	}
	if f.Kind == detect.DNSTunnel || f.Kind == detect.DGA {
		out = append(out, "dns")
	}
	return out
}

// address adds an address and gives its id; empty when text is none (it may be
// covered).
func (b *bundle) address(text string) string {
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		return ""
	}
	kind := "ipv6-addr"
	if a.Is4() {
		kind = "ipv4-addr"
	}
	return b.observable(object{"type": kind, "value": a.String()}, "value")
}

// pattern gives what others can match: the attacker's end. ok is false where there
// is none: the other end is a victim, private, unknown, or perhaps nobody's enemy.
func pattern(f *share.Finding) (p string, ok bool) {
	if f.Attacks() || f.Class == direction.Inbound {
		if f.Inside() || f.Level < detect.High || !share.Public(f.Src) {
			return "", false
		}
		return addressPattern(f.Src, "src_ref", 0), true
	}
	switch {
	case f.Unusual():
		return "", false
	case domain(f.Name):
		return "[domain-name:value = " + quote(f.Name) + "]", true
	case share.Public(f.Dst):
		return addressPattern(f.Dst, "dst_ref", f.Port), true
	}
	return "", false
}

func addressPattern(text, end string, port uint16) string {
	kind := "ipv6-addr"
	if a, err := netip.ParseAddr(text); err == nil && a.Is4() {
		kind = "ipv4-addr"
	}
	if port == 0 {
		return "[" + kind + ":value = " + quote(text) + "]"
	}
	t := "network-traffic:" + end
	return "[" + t + ".type = " + quote(kind) + " AND " + t + ".value = " + quote(text) + " AND network-traffic:dst_port = " + strconv.Itoa(int(port)) + "]"
}

// quote writes a string of the pattern language.
func quote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

// domain says whether name is a domain name of at least two labels, as RFC 1034
// has it.
func domain(name string) bool {
	if len(name) > 253 || !strings.Contains(name, ".") {
		return false
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return false
	}
	return !slices.ContainsFunc(strings.Split(name, "."), func(label string) bool { return !hostLabel.MatchString(label) })
}

// hostLabel is a label of letters, digits and inner hyphens.
var hostLabel = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`)
