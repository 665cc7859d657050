package warrant_test

import (
	"fmt"
	"net/netip"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/warrant/criteria"
)

// The second verifier: docs/spec/warrant.md once more, slowly, over bare JSON. It
// shares with the first one package paper, and of package criteria the question
// whether a text is in its only spelling; nothing else. It knows one root version
// without lists, found right by package trust.

type obj = map[string]any

// oracle gives all that is not met, as "place code", sorted, nothing twice.
func oracle(v *vector) []string {
	o := &second{v: v, found: map[string]bool{}}
	o.run()
	var list []string
	for s := range o.found {
		list = append(list, s)
	}
	slices.Sort(list)
	return list
}

type second struct {
	v        *vector
	found    map[string]bool
	root     obj
	view     string
	chain    []obj
	digests  []string
	earliest int64
	latest   int64
}

func (o *second) unless(ok bool, place, code string) {
	if !ok {
		o.found[place+" "+code] = true
	}
}

func bare(data []byte) obj {
	var m any
	if paper.Unmarshal(data, &m) != nil {
		return nil
	}
	r, _ := m.(obj)
	return r
}

// at follows a path of names; a missing one is nil.
func at(m any, path string) any {
	for _, name := range strings.Split(path, ".") {
		o, ok := m.(obj)
		if !ok {
			return nil
		}
		m = o[name]
	}
	return m
}

func str(m any, path string) string { s, _ := at(m, path).(string); return s }
func num(m any, path string) int64  { n, _ := at(m, path).(int64); return n }
func list(m any, path string) []any { l, _ := at(m, path).([]any); return l }
func when(m any, path string) int64 { return instant(str(m, path)) }
func instant(s string) int64        { t, _ := paper.ParseTime(s); return int64(t) }
func one(l []any, f func(any) bool) any {
	for _, x := range l {
		if f(x) {
			return x
		}
	}
	return nil
}
func has(l []any, s string) bool { return one(l, func(x any) bool { return x == s }) != nil }

func digestAs(payloadType string, v any) string {
	d, _ := paper.DigestAs(payloadType, v)
	return string(d)
}

func (o *second) run() {
	o.earliest, o.latest = int64(o.v.Earliest), int64(o.v.Latest)
	o.root = bare(o.v.Roots[0].Payload)
	lists := []any{}
	for _, b := range list(o.root, "bodies") {
		lists = append(lists, digestAs("application/vnd.noroshi.body-state+json", obj{
			"body": at(b, "id"), "keys": at(b, "keys"), "root": at(o.root, "name"), "threshold": at(b, "threshold"), "version": at(b, "list"),
		}))
	}
	o.view = digestAs("application/vnd.noroshi.view+json", obj{"lists": lists, "root": string(o.v.Roots[0].Digest())})
	statement := o.liveness()
	if n := len(o.v.Chain); n < 1 || n > 3 {
		o.unless(false, "chain", "chain-depth")
		return
	}
	for i, e := range o.v.Chain {
		w := bare(e.Payload)
		if e.PayloadType != "application/vnd.noroshi.warrant+json" || w == nil || !fits(w, warrantShape) {
			o.unless(false, fmt.Sprintf("chain[%d]", i), "paper")
			continue
		}
		o.chain, o.digests = append(o.chain, w), append(o.digests, string(e.Digest()))
	}
	if len(o.chain) < len(o.v.Chain) {
		return
	}
	for i, w := range o.chain {
		o.form(w, fmt.Sprintf("chain[%d].", i))
	}
	o.first()
	o.law()
	for i := 1; i < len(o.chain); i++ {
		o.child(i)
	}
	o.now()
	o.standing(statement)
	o.stops()
}

// A shape is what an object holds: name → kind of value. "?" makes it optional.
var entryShape = obj{"index": "int", "origin": "str"}

var warrantShape = obj{
	"application": entryShape, "articles": []any{"str"}, "case": "id",
	"conditions": []any{obj{"evidence": []any{"digest"}, "finding": "str", "id": "id"}},
	"decision":   entryShape, "holder": "public key", "id": "id", "instrument": "id", "kind": "kind",
	"nonce": "str", "not_after": "time", "not_before": "time", "parent?": "digest", "path": "str",
	"people": []any{obj{"duty": "id", "person": "id", "until": "time"}}, "profile": "digest", "purpose": "id", "root": "id", "root_kind": "str",
	"scope": obj{
		"criteria?": "str", "direction_table?": "digest", "directions": []any{"direction"}, "effects": []any{"id"},
		"links": []any{obj{"id": "id", "tap": "keyid"}}, "max_bytes": "int", "max_records": "int", "max_targets": "int", "max_uses": "int", "memory_s": "int",
		"targets": []any{obj{"consent?": "digest", "hash?": "digest", "kind": "str", "path?": "str", "value": "str"}},
	},
	"urgency?": obj{"confirm_by?": "time", "facts": "str"},
}

func fits(v, shape any) bool {
	switch s := shape.(type) {
	case string:
		return value(v, s)
	case []any:
		l, ok := v.([]any)
		return ok && len(l) <= 1000 && one(l, func(x any) bool { return !fits(x, s[0]) }) == nil
	}
	m, ok := v.(obj)
	known := 0
	for name, inner := range shape.(obj) {
		plain, optional := strings.CutSuffix(name, "?")
		x, there := m[plain]
		switch {
		case there:
			known++
			ok = ok && fits(x, inner) && (!optional || x != "" && !reflect.DeepEqual(x, []any{}))
		case !optional:
			return false
		}
	}
	return ok && known == len(m)
}

func value(v any, kind string) bool {
	s, text := v.(string)
	switch kind {
	case "int":
		_, ok := v.(int64)
		return ok
	case "str":
		return text
	case "id":
		return text && paper.ID(s).Check() == nil
	case "digest":
		return text && paper.Digest(s).Check() == nil
	case "keyid":
		return text && paper.KeyID(s).Check() == nil
	case "time":
		return text && instant(s) != 0
	case "kind":
		return slices.Contains([]string{"collection", "query", "reidentify", "share", "access", "neutralise"}, s)
	case "direction":
		return slices.Contains([]string{"transit", "inbound", "outbound"}, s)
	case "public key":
		data, err := paper.Marshal(v)
		return err == nil && paper.Unmarshal(data, new(paper.PublicKey)) == nil
	}
	return false
}

func sorted(l []any, key func(any) string) bool {
	for i := 1; i < len(l); i++ {
		if strings.Compare(key(l[i-1]), key(l[i])) >= 0 {
			return false
		}
	}
	return true
}

func itself(x any) string { s, _ := x.(string); return s }

func targetKey(x any) string {
	return str(x, "kind") + "\x00" + str(x, "value") + "\x00" + str(x, "path") + "\x00" + str(x, "hash") + "\x00" + str(x, "consent")
}

func (o *second) form(w obj, p string) {
	o.unless(when(w, "not_before") < when(w, "not_after"), p+"not_after", "time-order")
	o.unless(len(str(w, "nonce")) == 64 && strings.Trim(str(w, "nonce"), "0123456789abcdef") == "", p+"nonce", "nonce")
	o.unless(str(w, "path") == "ordinary" || str(w, "path") == "urgent", p+"path", "path")
	for _, n := range []string{"application", "decision"} {
		o.unless(num(w, n+".index") >= 0 && str(w, n+".origin") != "", p+n, "entry")
	}
	id := func(x any) string { return str(x, "id") }
	o.unless(sorted(list(w, "articles"), itself), p+"articles", "list-order")
	o.unless(sorted(list(w, "conditions"), id), p+"conditions", "list-order")
	o.unless(sorted(list(w, "people"), func(x any) string { return str(x, "person") + " " + str(x, "duty") }), p+"people", "list-order")
	for i, c := range list(w, "conditions") {
		o.unless(sorted(list(c, "evidence"), itself), fmt.Sprintf("%sconditions[%d].evidence", p, i), "list-order")
	}
	o.unless(sorted(list(w, "scope.links"), id), p+"scope.links", "list-order")
	o.unless(sorted(list(w, "scope.directions"), itself), p+"scope.directions", "list-order")
	o.unless(sorted(list(w, "scope.effects"), itself), p+"scope.effects", "list-order")
	o.unless(sorted(list(w, "scope.targets"), targetKey), p+"scope.targets", "list-order")
	for i, t := range list(w, "scope.targets") {
		place := fmt.Sprintf("%sscope.targets[%d]", p, i)
		o.unless(named(t), place, "target-form")
		for j, other := range list(w, "scope.targets") {
			o.unless(i == j || !holds(other, t, true), place, "target-inside")
		}
	}
	for _, n := range []string{"max_bytes", "max_records", "max_targets", "max_uses", "memory_s"} {
		o.unless(num(w, "scope."+n) >= 0, p+"scope."+n, "count-negative")
	}
	o.unless(num(w, "scope.memory_s") <= 24*60*60, p+"scope.memory_s", "memory-over")
	if text := str(w, "scope.criteria"); text != "" {
		_, err := criteria.ParseExact(text)
		o.unless(err == nil, p+"scope.criteria", "criteria")
	}
	o.fit(w, p)
}

// The table of the specification, as it stands there: what each kind has of each
// member of the scope. "!" must, "?" may, "-" does not have.
const actTable = `
            links directions direction_table criteria targets max_targets max_uses memory_s
collection    !       !             !            !       -        -          -        ?
query         ?       ?             ?            ?       ?        ?          ?        -
reidentify    ?       ?             ?            ?       ?        ?          ?        -
share         ?       ?             ?            ?       ?        ?          ?        -
access        -       -             -            -       !        ?          ?        -
neutralise    -       -             -            -       !        ?          ?        -
`

// mark looks a kind and a member up.
func mark(kind, member string) string {
	lines := strings.Split(strings.TrimSpace(actTable), "\n")
	column := slices.Index(strings.Fields(lines[0]), member)
	for _, line := range lines[1:] {
		if f := strings.Fields(line); f[0] == kind {
			return f[column+1]
		}
	}
	return "!"
}

// given says whether a member of the scope says anything.
func given(w obj, member string) bool {
	switch x := at(w, "scope."+member).(type) {
	case []any:
		return len(x) > 0
	case string:
		return x != ""
	case int64:
		return x != 0
	}
	return false
}

func (o *second) fit(w obj, p string) {
	kind := str(w, "kind")
	for _, member := range strings.Fields(strings.Split(actTable, "\n")[1]) {
		m := mark(kind, member)
		o.unless(m != "!" || given(w, member), p+"scope."+member, "scope-missing")
		o.unless(m != "-" || !given(w, member), p+"scope."+member, "scope-idle")
	}
	if kind == "query" || kind == "reidentify" || kind == "share" {
		o.unless(given(w, "links") || given(w, "criteria") || given(w, "targets"), p+"scope", "scope-missing")
	}
}

// named: a target in its only spelling.
func named(t any) bool {
	v, path, hash := str(t, "value"), str(t, "path"), str(t, "hash")
	isID := paper.ID(v).Check() == nil
	a, errA := netip.ParseAddr(v)
	p, errP := netip.ParsePrefix(v)
	switch str(t, "kind") {
	case "device":
		return isID && path+hash == ""
	case "file":
		return isID && path != "" && hash != ""
	case "process":
		return isID && path == "" && hash != ""
	case "address":
		return path+hash == "" && errA == nil && a.String() == v && !strings.Contains(v, "%") && !strings.HasPrefix(v, "::ffff:")
	case "prefix":
		least := 24
		if strings.Contains(v, ":") {
			least = 48
		}
		return path+hash == "" && errP == nil && p.String() == v && p.Masked().String() == v && p.Bits() >= least && !p.Addr().Is4In6()
	case "name":
		ok := path+hash == "" && strings.Contains(v, ".") && len(v) <= 253 && regexp.MustCompile(`\.[a-z][^.]*$`).MatchString(v)
		for _, label := range strings.Split(v, ".") {
			ok = ok && len(label) >= 1 && len(label) <= 63 && !strings.HasPrefix(label, "-") && !strings.HasSuffix(label, "-")
			for _, c := range label {
				ok = ok && strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-_", c)
			}
		}
		return ok
	}
	return false
}

// holds: a is b, or a prefix around it, with the same consent where that matters.
func holds(a, b any, consent bool) bool {
	if consent && str(a, "consent") != str(b, "consent") {
		return false
	}
	same := true
	for _, n := range []string{"kind", "value", "path", "hash"} {
		same = same && str(a, n) == str(b, n)
	}
	if same {
		return true
	}
	p, err := netip.ParsePrefix(str(a, "value"))
	if str(a, "kind") != "prefix" || err != nil || str(b, "path")+str(b, "hash") != "" {
		return false
	}
	switch str(b, "kind") {
	case "address":
		x, err := netip.ParseAddr(str(b, "value"))
		return err == nil && p.Contains(x)
	case "prefix":
		q, err := netip.ParsePrefix(str(b, "value"))
		return err == nil && p.Overlaps(q) && q.Bits() >= p.Bits()
	}
	return false
}

func (o *second) log(origin string) obj {
	m, _ := one(list(o.root, "logs"), func(x any) bool { return str(x, "origin") == origin }).(obj)
	return m
}

func (o *second) first() {
	w := o.chain[0]
	o.unless(at(w, "root") == at(o.root, "name"), "chain[0].root", "root-other")
	o.unless(at(w, "root_kind") == at(o.root, "kind"), "chain[0].root_kind", "root-kind-other")
	o.unless(o.latest < when(o.root, "expires"), "root.expires", "root-expired")
	o.unless(str(w, "parent") == "", "chain[0].parent", "parent-unwanted")
	for _, n := range []string{"application", "decision"} {
		o.unless(str(o.log(str(w, n+".origin")), "duty") == "decisions", "chain[0]."+n+".origin", "log-other")
	}
	if str(o.root, "kind") == "private" && (str(w, "kind") == "access" || str(w, "kind") == "neutralise") {
		for i, t := range list(w, "scope.targets") {
			o.unless(str(t, "consent") != "", fmt.Sprintf("chain[0].scope.targets[%d].consent", i), "consent-missing")
		}
	}
}

func (o *second) law() {
	w := o.chain[0]
	digest := str(w, "profile")
	o.inForce(digest, when(w, "not_before"))
	var p obj
	for _, entry := range o.v.Profiles {
		if string(entry.As) == digest {
			data, _ := paper.Marshal(entry.Profile)
			p = bare(data)
		}
	}
	if p == nil {
		o.unless(false, "chain[0].profile", "profile-none")
		return
	}
	if digestAs("application/vnd.noroshi.profile+json", p) != digest {
		o.unless(false, "chain[0].profile", "profile-other")
		return
	}
	o.unless(at(w, "instrument") == at(p, "instrument"), "chain[0].instrument", "instrument-other")
	o.unless(has(list(p, "kinds"), str(w, "kind")), "chain[0].kind", "not-in-profile")
	o.unless(has(list(p, "purposes"), str(w, "purpose")), "chain[0].purpose", "not-in-profile")
	o.unless(len(list(w, "articles")) > 0, "chain[0].articles", "articles-missing")
	for _, n := range [][2]string{{"articles", "articles"}, {"scope.effects", "effects"}, {"scope.directions", "directions"}} {
		for i, x := range list(w, n[0]) {
			o.unless(has(list(p, n[1]), itself(x)), fmt.Sprintf("chain[0].%s[%d]", n[0], i), "not-in-profile")
		}
	}
	o.unless(when(w, "not_after")-when(w, "not_before") <= num(p, "longest_s"), "chain[0].not_after", "too-long")
	o.unless(when(p, "from") <= when(w, "not_before"), "chain[0].not_before", "law-not-yet")
	o.unless(when(p, "until") == 0 || when(w, "not_after") <= when(p, "until"), "chain[0].not_after", "law-over")
	o.unless(at(p, "named_people") != true || len(list(w, "people")) > 0, "chain[0].people", "people-missing")
	for _, id := range list(p, "conditions") {
		c := one(list(w, "conditions"), func(x any) bool { return at(x, "id") == id })
		o.unless(c != nil && letters.MatchString(str(c, "finding")) && len(list(c, "evidence")) > 0, "chain[0].conditions", "condition-unmet")
	}
	for i, c := range list(w, "conditions") {
		o.unless(has(list(p, "conditions"), str(c, "id")), fmt.Sprintf("chain[0].conditions[%d].id", i), "condition-unknown")
	}
	o.path(w, p)
}

// inForce: three instants, and the first that is wrong is said.
func (o *second) inForce(digest string, begins int64) {
	for _, t := range []int64{begins, o.earliest, o.latest} {
		code := "profile-unknown"
		for _, x := range list(o.root, "profiles") {
			if str(x, "digest") != digest {
				continue
			}
			from, until := when(x, "from"), when(x, "until")
			replaced := until != 0 && t >= until
			for _, y := range list(o.root, "profiles") {
				if until == 0 && at(y, "instrument") == at(x, "instrument") && when(y, "from") > from && when(y, "from") <= t {
					replaced = true
				}
			}
			switch {
			case t < from:
				code = "profile-not-yet"
			case replaced:
				code = "profile-replaced"
			default:
				code = ""
			}
			if code == "" {
				break
			}
		}
		if code != "" {
			o.unless(false, "chain[0].profile", code)
			return
		}
	}
}

func (o *second) path(w, p obj) {
	locks := list(p, "locks")
	if str(w, "path") == "urgent" {
		u := at(p, "paths.urgent")
		if u == nil {
			o.unless(false, "chain[0].path", "path-none")
			locks = nil
		} else {
			locks = []any{obj{"role": at(u, "role"), "k": at(u, "k")}}
			o.unless(one(list(o.root, "urgent"), func(x any) bool {
				return at(x, "instrument") == at(w, "instrument") && at(x, "role") == at(u, "role")
			}) != nil, "chain[0].path", "urgent-issuer")
			if at(w, "urgency") == nil {
				o.unless(false, "chain[0].urgency", "urgency-missing")
			} else {
				by := when(w, "urgency.confirm_by")
				o.unless(letters.MatchString(str(w, "urgency.facts")), "chain[0].urgency.facts", "urgency-facts")
				right := by == 0
				if str(u, "after") == "confirm" {
					right = by == when(w, "not_after") && by-when(w, "not_before") <= num(u, "confirm_within_s")
				}
				o.unless(right, "chain[0].urgency.confirm_by", "confirm-by")
			}
		}
	} else {
		o.unless(at(p, "paths.ordinary") == true, "chain[0].path", "path-none")
		o.unless(at(w, "urgency") == nil, "chain[0].urgency", "urgency-unwanted")
	}
	bodies := o.locks(locks, when(w, "not_before"), at(p, "holder_signs") == true)
	if str(w, "path") == "urgent" {
		o.counted(w, bodies)
	}
}

// letters: a text that says something.
var letters = regexp.MustCompile(`[\pL\pN]`)

type hand struct{ person, body, key string }

// signed tries every key of the root with the role against every signature.
func (o *second) signed(e *paper.Envelope, role string, t int64) []hand {
	var hands []hand
	for _, b := range list(o.root, "bodies") {
		for _, k := range list(b, "keys") {
			if !has(list(k, "roles"), role) || t < when(k, "from") || t >= when(k, "until") {
				continue
			}
			if signedBy(e, at(k, "key")) {
				hands = append(hands, hand{str(k, "person"), str(b, "id"), str(k, "key.key")})
			}
		}
	}
	return hands
}

func signedBy(e *paper.Envelope, key any) bool {
	data, err := paper.Marshal(key)
	var k paper.PublicKey
	if err != nil || paper.Unmarshal(data, &k) != nil {
		return false
	}
	for _, s := range e.Signatures {
		if s.KeyID == k.ID() && k.Verify(paper.PAE(e.PayloadType, e.Payload), s.Sig) == nil {
			return true
		}
	}
	return false
}

// locks: who could be counted in two locks is counted in none.
func (o *second) locks(locks []any, t int64, allowed bool) map[string]bool {
	all := make([][]hand, len(locks))
	for i, l := range locks {
		all[i] = o.signed(o.v.Chain[0], str(l, "role"), t)
	}
	bodies := map[string]bool{}
	for i, l := range locks {
		persons := map[string]bool{}
		for _, h := range all[i] {
			person, body := false, false
			for j := range all {
				for _, x := range all[j] {
					person = person || i != j && x.person == h.person
					body = body || i != j && x.body == h.body
				}
			}
			o.unless(!person, "chain[0].signatures", "person-in-two-locks")
			o.unless(person || !body, "chain[0].signatures", "body-in-two-locks")
			for j, w := range o.chain {
				holder := str(w, "holder.key")
				own := holder == h.key
				for _, b := range list(o.root, "bodies") {
					for _, k := range list(b, "keys") {
						own = own || str(k, "key.key") == holder && str(k, "person") == h.person
					}
				}
				o.unless(!own || allowed, fmt.Sprintf("chain[%d].holder", j), "holder-signed")
			}
			if !person && !body {
				persons[h.person], bodies[h.body] = true, true
			}
		}
		o.unless(int64(len(persons)) >= num(l, "k"), "chain[0].signatures", "lock")
	}
	return bodies
}

func (o *second) counted(w obj, bodies map[string]bool) {
	if o.v.Urgents == nil {
		o.unless(false, "urgents", "urgent-uncounted")
		return
	}
	for body := range bodies {
		others := map[paper.Digest]bool{}
		for _, u := range *o.v.Urgents {
			if string(u.Body) == body && u.Day == str(w, "not_before")[:10] && string(u.Warrant) != o.digests[0] {
				others[u.Warrant] = true
			}
		}
		o.unless(len(others) < 3, "urgents", "urgent-too-many")
	}
	for i, u := range *o.v.Urgents {
		if u.Decided || string(u.Warrant) == o.digests[0] {
			continue
		}
		again := string(u.Case) == str(w, "case")
		for _, t := range u.Targets {
			data, _ := paper.Marshal(t)
			for _, x := range list(w, "scope.targets") {
				again = again || holds(bare(data), x, false) || holds(x, bare(data), false)
			}
		}
		o.unless(!again, fmt.Sprintf("urgents[%d]", i), "urgent-undecided")
	}
}

func (o *second) child(i int) {
	p, c := o.chain[i-1], o.chain[i]
	place := fmt.Sprintf("chain[%d].", i)
	o.unless(str(c, "parent") == o.digests[i-1], place+"parent", "parent-other")
	o.unless(signedBy(o.v.Chain[i], at(p, "holder")), place+"signatures", "holder-signature")
	for _, n := range []string{"application", "case", "conditions", "decision", "instrument", "kind", "path", "profile", "purpose", "root", "root_kind", "scope.direction_table", "urgency"} {
		o.unless(reflect.DeepEqual(at(p, n), at(c, n)), place+n, "narrow-differs")
	}
	o.unless(when(c, "not_before") >= when(p, "not_before"), place+"not_before", "narrow-wider")
	o.unless(when(c, "not_after") <= when(p, "not_after"), place+"not_after", "narrow-wider")
	for _, n := range []string{"articles", "scope.directions", "scope.effects", "scope.links"} {
		for _, x := range list(c, n) {
			o.unless(one(list(p, n), func(y any) bool { return reflect.DeepEqual(x, y) }) != nil, place+n, "narrow-wider")
		}
	}
	for _, n := range []string{"scope.directions", "scope.links", "scope.targets"} { // struck off altogether, it is free
		o.unless(len(list(p, n)) == 0 || len(list(c, n)) > 0, place+n, "narrow-wider")
	}
	if people := list(p, "people"); len(people) > 0 {
		o.unless(len(list(c, "people")) > 0, place+"people", "narrow-wider")
		for j, x := range list(c, "people") {
			o.unless(one(people, func(y any) bool {
				return at(x, "person") == at(y, "person") && at(x, "duty") == at(y, "duty") && when(x, "until") <= when(y, "until")
			}) != nil, fmt.Sprintf("%speople[%d]", place, j), "narrow-wider")
		}
	}
	for j, t := range list(c, "scope.targets") {
		o.unless(one(list(p, "scope.targets"), func(y any) bool { return holds(y, t, true) }) != nil, fmt.Sprintf("%sscope.targets[%d]", place, j), "narrow-wider")
	}
	for _, n := range []string{"max_bytes", "max_records", "max_targets", "max_uses", "memory_s"} {
		o.unless(num(c, "scope."+n) <= num(p, "scope."+n), place+"scope."+n, "narrow-wider")
	}
	a, b := str(p, "scope.criteria"), str(c, "scope.criteria")
	o.unless(a == b || textInside(a, b), place+"scope.criteria", "narrow-wider")
}

// textInside: each case of b, in pieces, lies in one of a, value by value.
func textInside(a, b string) bool {
	for _, t := range []string{a, b} {
		if _, err := criteria.ParseExact(t); err != nil {
			return false
		}
	}
	for _, inner := range strings.Split(b, " or ") {
		for _, piece := range pieces(a, strings.Split(inner, " and ")) {
			if !slices.ContainsFunc(strings.Split(a, " or "), func(outer string) bool { return caseInside(outer, piece) }) {
				return false
			}
		}
	}
	return true
}

func caseInside(outer, inner string) bool {
	for _, oc := range strings.Split(outer, " and ") {
		field, values := fieldValues(oc)
		found := false
		for _, ic := range strings.Split(inner, " and ") {
			f, vs := fieldValues(ic)
			if f != field {
				continue
			}
			found = true
			for _, v := range vs {
				if !slices.ContainsFunc(values, func(w string) bool { return valueInside(w, v) }) {
					return false
				}
			}
		}
		if !found {
			return false
		}
	}
	return true
}

func fieldValues(condition string) (field string, values []string) {
	field, list, _ := strings.Cut(strings.TrimSuffix(condition, "}"), " in {")
	return field, strings.Split(list, ", ")
}

// pieces: every way to take one value of each condition, cut so small that no value of
// text ends within it.
func pieces(text string, conditions []string) []string {
	if len(conditions) == 0 {
		return []string{""}
	}
	field, values := fieldValues(conditions[0])
	var others []string
	for _, oc := range strings.FieldsFunc(strings.ReplaceAll(strings.ReplaceAll(text, " or ", "\n"), " and ", "\n"), func(r rune) bool { return r == '\n' }) {
		if f, vs := fieldValues(oc); f == field {
			others = append(others, vs...)
		}
	}
	var all []string
	for _, v := range values {
		for _, small := range cutValue(v, others) {
			for _, rest := range pieces(text, conditions[1:]) {
				all = append(all, strings.TrimSuffix(field+" in {"+small+"} and "+rest, " and "))
			}
		}
	}
	return all
}

// cutValue halves a prefix or range until each part lies in each of the others wholly or
// not at all.
func cutValue(v string, others []string) []string {
	if !slices.ContainsFunc(others, func(o string) bool {
		if p, err := netip.ParsePrefix(v); err == nil {
			return !valueInside(o, v) && valueInside(p.String(), o)
		}
		a, b, ok := asRange(v)
		c, d, ok2 := asRange(o)
		return ok && ok2 && a <= d && c <= b && !(c <= a && b <= d)
	}) {
		return []string{v}
	}
	if p, err := netip.ParsePrefix(v); err == nil {
		low := netip.PrefixFrom(p.Addr(), p.Bits()+1)
		high := p.Addr().AsSlice()
		high[p.Bits()/8] |= 0x80 >> (p.Bits() % 8)
		second, _ := netip.AddrFromSlice(high)
		return slices.Concat(cutValue(low.String(), others), cutValue(netip.PrefixFrom(second, p.Bits()+1).String(), others))
	}
	a, b, _ := asRange(v)
	return slices.Concat(cutValue(fmt.Sprintf("%d-%d", a, (a+b)/2), others), cutValue(fmt.Sprintf("%d-%d", (a+b)/2+1, b), others))
}

func asRange(s string) (a, b int, ok bool) {
	low, high, ranged := strings.Cut(s, "-")
	if !ranged {
		high = low
	}
	a, err := strconv.Atoi(low)
	b, err2 := strconv.Atoi(high)
	return a, b, err == nil && err2 == nil
}

func valueInside(outer, inner string) bool {
	if outer == inner || strings.HasPrefix(outer, "*.") && strings.HasSuffix(inner, outer[1:]) && inner != outer[2:] {
		return true
	}
	asPrefix := func(s string) (netip.Prefix, bool) {
		if a, err := netip.ParseAddr(s); err == nil {
			return netip.PrefixFrom(a, a.BitLen()), true
		}
		p, err := netip.ParsePrefix(s)
		return p, err == nil
	}
	if p, ok := asPrefix(outer); ok {
		q, ok := asPrefix(inner)
		return ok && p.Overlaps(q) && p.Bits() <= q.Bits()
	}
	a, b, ok := asRange(outer)
	c, d, ok2 := asRange(inner)
	return ok && ok2 && a <= c && d <= b
}

// now: the clock and the use, against the last warrant.
func (o *second) now() {
	last := len(o.chain) - 1
	w, place := o.chain[last], fmt.Sprintf("chain[%d].", last)
	o.unless(o.earliest > 0 && o.earliest <= o.latest && o.latest-o.earliest <= 60, "clock", "clock-unsure")
	o.unless(when(w, "not_before") <= o.earliest, place+"not_before", "not-yet")
	o.unless(o.latest < when(w, "not_after"), place+"not_after", "expired")
	data, _ := paper.Marshal(o.v.Use)
	u := bare(data)
	for _, n := range []string{"kind", "instrument", "purpose", "case"} {
		o.unless(at(u, n) == at(w, n), "use."+n, "use-"+n)
	}
	o.unless(reflect.DeepEqual(at(u, "actor"), at(w, "holder")), "use.actor", "use-actor")
	if people := list(w, "people"); len(people) > 0 {
		p := one(people, func(x any) bool { return str(x, "person") == str(u, "person") && str(x, "duty") == str(u, "duty") })
		o.unless(p != nil, "use.person", "person-unnamed")
		o.unless(p == nil || o.latest < when(p, "until"), "use.person", "person-over")
	}
	o.caps(u)
	o.unless(has(list(w, "scope.effects"), str(u, "effect")), "use.effect", "effect-outside")
	o.reach(w, u)
}

// caps: this use and its like, against the caps of every warrant of the chain.
func (o *second) caps(u obj) {
	kind, counts := str(o.chain[0], "kind"), at(u, "counts")
	o.unless(kind == "collection" || num(counts, "uses") > 0, "use.counts.uses", "count-missing")
	o.unless(at(u, "target") == nil || num(counts, "targets") > 0, "use.counts.targets", "count-missing")
	all := append(slices.Clone(list(u, "above")), counts)
	chain := o.chain
	if len(all) != len(chain) {
		o.unless(false, "use.above", "count-missing")
		all, chain = all[len(all)-1:], chain[len(chain)-1:]
	}
	for i, n := range all {
		place := fmt.Sprintf("use.above[%d].", i)
		if i == len(all)-1 {
			place = "use.counts."
		}
		for name, most := range map[string]string{"bytes": "max_bytes", "memory_s": "memory_s", "records": "max_records", "targets": "max_targets", "uses": "max_uses"} {
			o.unless(num(n, name) >= 0 && num(n, name) <= num(chain[i], "scope."+most), place+name, "count-over")
			o.unless(i == len(all)-1 || num(n, name) >= num(all[i+1], name), place+name, "count-missing")
		}
	}
}

// reach: dimension by dimension, by the table.
func (o *second) reach(w, u obj) {
	kind := str(w, "kind")
	dimension := func(member, name string, named bool) bool {
		switch m := mark(kind, member); {
		case m == "-":
			o.unless(!named, "use."+name, "use-idle")
			return false
		case !named:
			o.unless(m == "?" && !given(w, member), "use."+name, "use-missing")
			return false
		}
		return true
	}
	if dimension("links", "link", str(u, "link")+str(u, "tap") != "") {
		l := one(list(w, "scope.links"), func(x any) bool { return str(x, "id") == str(u, "link") })
		o.unless(l != nil, "use.link", "link-outside")
		o.unless(l == nil || str(l, "tap") == str(u, "tap"), "use.tap", "tap-other")
	}
	if dimension("directions", "direction", str(u, "direction") != "") {
		o.unless(has(list(w, "scope.directions"), str(u, "direction")), "use.direction", "direction-outside")
	}
	if dimension("direction_table", "direction_table", str(u, "direction_table") != "") {
		o.unless(str(u, "direction_table") == str(w, "scope.direction_table"), "use.direction_table", "table-other")
	}
	set, selector := num(u, "selector_set"), str(u, "selector")
	o.unless(set == 0 || kind == "collection", "use.selector_set", "use-idle")
	if dimension("criteria", "selector", selector != "" || set != 0) && selector != "" {
		o.unless(textInside(str(w, "scope.criteria"), selector), "use.selector", "selector-outside")
	}
	t := at(u, "target")
	if dimension("targets", "target", t != nil) {
		o.unless(named(t) && one(list(w, "scope.targets"), func(x any) bool { return holds(x, t, true) }) != nil, "use.target", "target-outside")
	}
}

// liveness gives the statement when its signature and root are right.
func (o *second) liveness() obj {
	e := o.v.Liveness
	if e == nil {
		return nil
	}
	s := bare(e.Payload)
	if e.PayloadType != "application/vnd.noroshi.liveness+json" || s == nil {
		o.unless(false, "liveness", "paper")
		return nil
	}
	before := len(o.found)
	o.unless(slices.ContainsFunc(o.signed(e, "liveness", when(s, "time")), func(h hand) bool {
		return one(list(o.root, "logs"), func(x any) bool { return str(x, "duty") == "decisions" && str(x, "body") == h.body }) != nil
	}), "liveness.signatures", "liveness-signature")
	o.unless(at(s, "root") == at(o.root, "name"), "liveness.root", "root-other")
	o.unless(num(s, "root_version") == num(o.root, "version") && str(s, "root_hash") == o.view, "liveness.root_hash", "liveness-root")
	if len(o.found) > before {
		return nil
	}
	return s
}

func (o *second) standing(s obj) {
	if s == nil {
		o.unless(false, "liveness", "liveness-none")
		return
	}
	limit := int64(60)
	if !o.v.Start && o.v.LeaseS > 0 {
		limit = o.v.LeaseS
	}
	o.unless(when(s, "time") <= o.latest, "liveness.time", "liveness-future")
	o.unless(o.latest-when(s, "time") <= limit, "liveness.time", "liveness-old")
	blind := blinded(o.digests[0], str(s, "time")[:10])
	m := one(list(s, "warrants"), func(x any) bool { return str(x, "blind") == blind })
	o.unless(m != nil, "liveness.warrants", "not-live")
	if m == nil || str(o.chain[0], "kind") != "collection" {
		return
	}
	o.unless(has(list(m, "links"), string(o.v.Use.Link)), "liveness.warrants", "link-not-live")
	o.unless(o.v.Use.SelectorSet >= num(m, "least_set"), "use.selector_set", "set-withdrawn")
	o.unless(str(m, "direction_table") == string(o.v.Use.DirectionTable), "liveness.warrants", "table-not-live")
}

// stops: bare papers whose signatures are counted here again.
func (o *second) stops() {
	n := 0
	for _, e := range o.v.Stops {
		s := bare(e.Payload)
		from, until := when(s, "at"), when(s, "until")
		need := func(k int64) int64 {
			if until != 0 {
				return 1
			}
			return k
		}
		data, _ := paper.Marshal(o.v.Profiles[0].Profile)
		opened := false
		for _, l := range list(bare(data), "locks") {
			persons := map[string]bool{}
			for _, h := range o.signed(e, str(l, "role"), from) {
				if one(list(o.root, "logs"), func(x any) bool { return str(x, "duty") == "decisions" && str(x, "body") == h.body }) != nil {
					persons[h.person] = true
				}
			}
			opened = opened || int64(len(persons)) >= need(num(l, "k"))
		}
		if !opened {
			o.unless(false, "stop.signatures", "stop-signatures")
			continue
		}
		place := fmt.Sprintf("stops[%d]", n)
		n++
		if !slices.Contains(o.digests, str(s, "warrant")) || from > o.latest {
			continue
		}
		if until == 0 {
			o.unless(false, place, "revoked")
		} else {
			o.unless(until <= o.earliest, place, "suspended")
		}
	}
}
