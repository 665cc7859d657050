package paper_test

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

// sample has every kind of member.
type sample struct {
	Bytes  []byte         `json:"bytes"`
	Digest paper.Digest   `json:"digest"`
	Flag   bool           `json:"flag"`
	ID     paper.ID       `json:"id"`
	Inner  *inner         `json:"inner,omitempty"`
	List   []string       `json:"list"`
	N      int64          `json:"n"`
	Small  uint8          `json:"small,omitempty"`
	Time   paper.Time     `json:"time"`
	Words  paper.Words    `json:"words"`
	Not    string         `json:"-"`
	Wild   map[string]any `json:"-"`
}

type inner struct {
	A string `json:"a"`
	B int8   `json:"b,omitempty"`
}

const digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000"

const written = `{"bytes":"AQI=","digest":"` + digest + `","flag":true,"id":"a.b/c","inner":{"a":"q\"\\ü"},"list":["x",""],"n":-7,"small":3,"time":"2026-11-22T01:00:00Z","words":{"en":"e","ja":"日"}}`

func TestMarshalAndBack(t *testing.T) {
	var s sample
	if err := paper.Unmarshal([]byte(written), &s); err != nil {
		t.Fatal(err)
	}
	want := sample{Bytes: []byte{1, 2}, Digest: digest, Flag: true, ID: "a.b/c", Inner: &inner{A: `q"\ü`}, List: []string{"x", ""}, N: -7, Small: 3, Time: 1795309200, Words: paper.Words{EN: "e", JA: "日"}}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Error(diff)
	}
	out, err := paper.Marshal(s)
	if err != nil || string(out) != written {
		t.Errorf("written again as %s, %v", out, err)
	}
}

func TestUnmarshalRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		old, fresh string
		code       paper.Code
		path       string
	}{
		"blank":                {`,"flag"`, `, "flag"`, paper.BadForm, ""},
		"blank at the end":     {`"ja":"日"}}`, `"ja":"日"}} `, paper.BadSyntax, ""},
		"byte order mark":      {`{"bytes"`, "\ufeff{\"bytes\"", paper.BadSyntax, ""},
		"twice":                {`"n":-7`, `"n":-7,"n":-7`, paper.Duplicate, ""},
		"out of order":         {`"inner":{"a":"q\"\\ü"},"list":["x",""]`, `"list":["x",""],"inner":{"a":"q\"\\ü"}`, paper.BadOrder, ""},
		"unknown":              {`"small"`, `"smell"`, paper.Unknown, "smell"},
		"unknown inside":       {`{"a"`, `{"_":1,"a"`, paper.Unknown, "inner._"},
		"missing":              {`"n":-7,`, ``, paper.Missing, "n"},
		"missing at the end":   {`,"ja":"日"`, ``, paper.Missing, "words.ja"},
		"empty optional":       {`"small":3`, `"small":0`, paper.Empty, "small"},
		"null":                 {`"flag":true`, `"flag":null`, paper.BadSyntax, "flag"},
		"fraction":             {`-7`, `-7.0`, paper.BadNumber, "n"},
		"exponent":             {`-7`, `1e3`, paper.BadNumber, "n"},
		"beyond 2^53":          {`-7`, `9007199254740992`, paper.BadNumber, "n"},
		"far beyond":           {`-7`, `-` + strings.Repeat("9", 400), paper.BadNumber, "n"},
		"minus zero":           {`-7`, `-0`, paper.BadForm, "n"},
		"leading zero":         {`-7`, `07`, paper.BadForm, "n"},
		"overflow":             {`"small":3`, `"small":256`, paper.BadNumber, "small"},
		"below":                {`"small":3`, `"small":-3`, paper.BadNumber, "small"},
		"text for number":      {`-7`, `"7"`, paper.BadType, "n"},
		"number for text":      {`"x"`, `1`, paper.BadType, "list[0]"},
		"object for array":     {`["x",""]`, `{}`, paper.BadType, "list"},
		"escape":               {`"x"`, `"\u0078"`, paper.BadForm, "list[0]"},
		"slash":                {`"x"`, `"\/"`, paper.BadForm, "list[0]"},
		"escaped surrogates":   {`"x"`, `"\ud800"`, paper.BadForm, "list[0]"},
		"control":              {`"x"`, "\"\x01\"", paper.BadText, "list[0]"},
		"newline":              {`"x"`, `"` + "\n" + `"`, paper.BadText, "list[0]"},
		"C1":                   {`"x"`, "\"\u0085\"", paper.BadText, "list[0]"},
		"bidi":                 {`"x"`, "\"a\u202eb\"", paper.BadText, "list[0]"},
		"isolate":              {`"x"`, "\"a\u2067b\"", paper.BadText, "list[0]"},
		"zero width":           {`"x"`, "\"a\u200bb\"", paper.BadText, "list[0]"},
		"tag":                  {`"x"`, "\"a\U000e0041b\"", paper.BadText, "list[0]"},
		"private use":          {`"x"`, "\"\ue000\"", paper.BadText, "list[0]"},
		"unassigned":           {`"x"`, "\"\u0378\"", paper.BadText, "list[0]"},
		"replacement":          {`"x"`, "\"\ufffd\"", paper.BadText, "list[0]"},
		"not NFC":              {`"x"`, "\"e\u0301\"", paper.BadText, "list[0]"},
		"not UTF-8":            {`"x"`, "\"\xff\"", paper.BadText, "list[0]"},
		"overlong":             {`"x"`, "\"\xc0\x80\"", paper.BadText, "list[0]"},
		"base64 loose bits":    {`"AQI="`, `"AQJ="`, paper.BadValue, "bytes"},
		"base64 unpadded":      {`"AQI="`, `"AQI"`, paper.BadValue, "bytes"},
		"time with zone":       {`01:00:00Z`, `01:00:00+00:00`, paper.BadValue, "time"},
		"time with fraction":   {`01:00:00Z`, `01:00:00.5Z`, paper.BadValue, "time"},
		"leap second":          {`01:00:00Z`, `23:59:60Z`, paper.BadValue, "time"},
		"no such day":          {`11-22`, `02-30`, paper.BadValue, "time"},
		"the epoch":            {`2026-11-22T01`, `1970-01-01T00`, paper.BadValue, "time"},
		"digest in capitals":   {`sha256:00`, `sha256:0A`, paper.BadValue, "digest"},
		"short digest":         {`sha256:00`, `sha256:0`, paper.BadValue, "digest"},
		"identifier in letter": {`a.b/c`, `A.b/c`, paper.BadValue, "id"},
		"cyrillic identifier":  {`a.b/c`, `а.b/c`, paper.BadValue, "id"},
		"empty identifier":     {`a.b/c`, ``, paper.BadValue, "id"},
		"language missing":     {`"en":"e"`, `"en":""`, paper.BadValue, "words"},
		"cut":                  {`"words":{"en":"e","ja":"日"}}`, `"words":{"en":"e`, paper.BadSyntax, "words.en"},
		"trailing comma":       {`["x",""]`, `["x","",]`, paper.BadSyntax, "list[2]"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(written, c.old, c.fresh, 1)
			if text == written {
				t.Fatal("nothing was changed")
			}
			var e *paper.Error
			err := paper.Unmarshal([]byte(text), new(sample))
			if !errors.As(err, &e) {
				t.Fatalf("taken, or another error: %v", err)
			}
			if e.Code != c.code || e.Path != c.path {
				t.Errorf("got %s at %q, want %s at %q: %v", e.Code, e.Path, c.code, c.path, err)
			}
			if e.Offset < 0 || e.Offset > len(text) {
				t.Errorf("offset %d of %d", e.Offset, len(text))
			}
		})
	}
}

func TestLimits(t *testing.T) {
	var v any
	code := func(err error) paper.Code {
		var e *paper.Error
		if !errors.As(err, &e) {
			return ""
		}
		return e.Code
	}
	deep := strings.Repeat("[", paper.MaxDepth) + strings.Repeat("]", paper.MaxDepth)
	if err := paper.Unmarshal([]byte(deep), &v); err != nil {
		t.Errorf("%d deep: %v", paper.MaxDepth, err)
	}
	if out, err := paper.Marshal(v); err != nil || string(out) != deep {
		t.Errorf("%d deep is written as %s, %v", paper.MaxDepth, out, err)
	}
	if got := code(paper.Unmarshal([]byte("["+deep+"]"), &v)); got != paper.TooDeep {
		t.Errorf("one deeper: %q", got)
	}
	if _, err := paper.Marshal([]any{v}); code(err) != paper.TooDeep {
		t.Errorf("one deeper, writing: %v", err)
	}
	if got := code(paper.Unmarshal([]byte(strings.Repeat("[", 1<<20)), &v)); got != paper.TooDeep {
		t.Errorf("a million deep: %q", got)
	}
	large := `"` + strings.Repeat("a", paper.MaxSize-2) + `"`
	if err := paper.Unmarshal([]byte(large), &v); err != nil {
		t.Errorf("%d bytes: %v", len(large), err)
	}
	if got := code(paper.Unmarshal([]byte(large+" "), &v)); got != paper.TooLarge {
		t.Errorf("one byte more: %q", got)
	}
	if _, err := paper.Marshal(large); code(err) != paper.TooLarge {
		t.Errorf("writing more: %v", err)
	}
	for _, bad := range []any{nil, 1.5, []any{nil}, (*inner)(nil), int64(1 << 53), uint64(1 << 60), "\u202e", map[int]string{1: "a"}, paper.Time(0), paper.ID("A")} {
		if out, err := paper.Marshal(bad); err == nil {
			t.Errorf("%v is written as %s", bad, out)
		}
	}
}

// canonical is the second opinion: RFC 8785 in its own words, over what the standard
// library reads. ok is false for what papers do not have.
func canonical(v any) (text string, ok bool) {
	switch v := v.(type) {
	case string:
		var b strings.Builder
		b.WriteByte('"')
		for _, r := range v {
			switch {
			case r == '"' || r == '\\':
				b.WriteString(`\` + string(r))
			case r < 0x20:
				return "", false
			default:
				b.WriteRune(r)
			}
		}
		return b.String() + `"`, true
	case json.Number:
		n, err := strconv.ParseInt(string(v), 10, 64)
		return strconv.FormatInt(n, 10), err == nil && n <= 1<<53-1 && n >= -(1<<53-1)
	case bool:
		return strconv.FormatBool(v), true
	case []any:
		parts := []string{}
		for _, x := range v {
			s, good := canonical(x)
			if !good {
				return "", false
			}
			parts = append(parts, s)
		}
		return "[" + strings.Join(parts, ",") + "]", true
	case map[string]any:
		names := []string{}
		for n := range v {
			names = append(names, n)
		}
		slices.SortFunc(names, func(a, b string) int { return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b))) })
		parts := []string{}
		for _, n := range names {
			name, good1 := canonical(n)
			s, good2 := canonical(v[n])
			if !good1 || !good2 {
				return "", false
			}
			parts = append(parts, name+":"+s)
		}
		return "{" + strings.Join(parts, ",") + "}", true
	}
	return "", false
}

func anyValue(depth int) *rapid.Generator[any] {
	text := rapid.StringOfN(rapid.SampledFrom([]rune("ab\"\\/{}[]:, é日本漢\U00020000\U0001F600\uF900ｱ\uFF41")), 0, 6, -1)
	leaf := rapid.OneOf(
		rapid.Map(text, func(s string) any { return s }),
		rapid.Map(rapid.Int64Range(-(1<<53-1), 1<<53-1), func(n int64) any { return n }),
		rapid.Map(rapid.Bool(), func(b bool) any { return b }),
	)
	if depth == 0 {
		return leaf
	}
	return rapid.OneOf(leaf,
		rapid.Map(rapid.SliceOfN(anyValue(depth-1), 0, 4), func(l []any) any { return l }),
		rapid.Map(rapid.MapOfN(text, anyValue(depth-1), 0, 5), func(m map[string]any) any { return m }),
	)
}

// TestAgainstSlowCanonicaliser: what Marshal writes is what the second opinion writes,
// and it is read back to the same.
func TestAgainstSlowCanonicaliser(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := anyValue(3).Draw(t, "value")
		out, err := paper.Marshal(v)
		if err != nil {
			if strings.Contains(err.Error(), "normalisation") {
				return // the generator holds U+F900, which is not NFC
			}
			t.Fatal(err)
		}
		d := json.NewDecoder(strings.NewReader(string(out)))
		d.UseNumber()
		var read any
		if err := d.Decode(&read); err != nil {
			t.Fatalf("%s is no JSON: %v", out, err)
		}
		if want, ok := canonical(read); !ok || want != string(out) {
			t.Fatalf("got %s, the second opinion is %s, %v", out, want, ok)
		}
		var again any
		if err := paper.Unmarshal(out, &again); err != nil {
			t.Fatalf("%s cannot be read: %v", out, err)
		}
		if diff := cmp.Diff(v, again); diff != "" {
			t.Fatal(diff)
		}
	})
}

// FuzzUnmarshal: what is taken is JSON to the standard library too, is its own
// canonical form by the second opinion, and is written again to the same bytes.
func FuzzUnmarshal(f *testing.F) {
	f.Add([]byte(written))
	f.Add([]byte(`{"a":[1,-2,true,"\"\\"],"b":{}}`))
	f.Add([]byte(`{"𠀀":1,"ｱ":2}`))
	f.Add([]byte(`{"ｱ":2,"𠀀":1}`))
	f.Add([]byte(`[0,-0,00,1e3,9007199254740991]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var s sample
		if paper.Unmarshal(data, &s) == nil {
			if out, err := paper.Marshal(s); err != nil || string(out) != string(data) {
				t.Fatalf("%q is written again as %q, %v", data, out, err)
			}
		}
		var v any
		if paper.Unmarshal(data, &v) != nil {
			return
		}
		out, err := paper.Marshal(v)
		if err != nil || string(out) != string(data) {
			t.Fatalf("%q is written again as %q, %v", data, out, err)
		}
		d := json.NewDecoder(strings.NewReader(string(data)))
		d.UseNumber()
		var read any
		if err := d.Decode(&read); err != nil {
			t.Fatalf("%q is no JSON: %v", data, err)
		}
		if want, ok := canonical(read); !ok || want != string(data) {
			t.Fatalf("%q; the second opinion is %q, %v", data, want, ok)
		}
	})
}

func signer(name byte) paper.Signer {
	return paper.Ed25519(ed25519.NewKeyFromSeed(slices.Repeat([]byte{name}, 32)))
}

const thing = "application/vnd.noroshi.thing+json"

func TestPAE(t *testing.T) {
	// The example of the DSSE protocol, version 1.
	if got := string(paper.PAE("http://example.com/HelloWorld", []byte("hello world"))); got != "DSSEv1 29 http://example.com/HelloWorld 11 hello world" {
		t.Errorf("got %q", got)
	}
}

func TestEnvelope(t *testing.T) {
	e, err := paper.Seal(thing, inner{A: "x"}, signer(1), signer(2))
	if err != nil {
		t.Fatal(err)
	}
	digest := e.Digest()
	if err := e.Add(signer(3)); err != nil {
		t.Fatal(err)
	}
	if err := e.Add(signer(1)); err != nil || len(e.Signatures) != 3 || e.Digest() != digest {
		t.Errorf("%d signatures, digest %s, %v", len(e.Signatures), e.Digest(), err)
	}
	data, err := e.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	back, err := paper.ParseEnvelope(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(e, back); diff != "" {
		t.Error(diff)
	}
	keys := []paper.PublicKey{signer(1).Public(), signer(2).Public(), signer(3).Public(), signer(4).Public()}
	if got := paper.Signers(back, keys); len(got) != 3 {
		t.Errorf("%d signers, want 3", len(got))
	}
	var x inner
	if err := back.Open(thing, &x); err != nil || x.A != "x" {
		t.Errorf("opened %v, %v", x, err)
	}
	if err := back.Open("application/vnd.noroshi.other+json", &x); err == nil {
		t.Error("opened as another type")
	}
}

// TestSignersCountsKeys: of one hand under many ids, one hand counts.
func TestSignersCountsKeys(t *testing.T) {
	e, err := paper.Seal(thing, inner{A: "x"}, signer(1))
	if err != nil {
		t.Fatal(err)
	}
	keys := []paper.PublicKey{signer(1).Public(), signer(2).Public(), signer(1).Public()}
	for n := range byte(5) {
		e.Signatures = append(e.Signatures, paper.Signature{KeyID: signer(n).Public().ID(), Sig: e.Signatures[0].Sig})
	}
	if got := paper.Signers(e, keys); len(got) != 1 {
		t.Errorf("one hand counts as %d", len(got))
	}
	if _, err := e.Marshal(); err == nil {
		t.Error("an envelope with an id twice was written")
	}
}

// TestWeakKeys: for each refused point a signature can be found that a plain verifier
// takes for it without anybody's private key. That is why they are refused.
func TestWeakKeys(t *testing.T) {
	identity := append([]byte{1}, make([]byte, 31)...)
	sig := append(slices.Clone(identity), make([]byte, 32)...) // R neutral, S zero
	points := [][]byte{identity, make([]byte, 32)}
	for _, hex := range []string{
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		"0000000000000000000000000000000000000000000000000000000000000080",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	} {
		p := make([]byte, 32)
		for i := range p {
			n, _ := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
			p[i] = byte(n)
		}
		points = append(points, p)
	}
	for _, p := range points {
		forged := false
		for n := 0; n < 200 && !forged; n++ {
			forged = ed25519.Verify(p, []byte(strconv.Itoa(n)), sig)
		}
		if !forged {
			t.Errorf("%x: no message is taken; is it weak?", p)
		}
		k := paper.PublicKey{Kind: paper.KindEd25519, Key: p}
		if k.Check() == nil || k.Verify([]byte("0"), sig) == nil {
			t.Errorf("%x is taken as a key", p)
		}
	}
	for _, k := range []paper.PublicKey{{Kind: paper.KindWebAuthn, Key: identity}, {Kind: paper.KindMLDSA44, Key: identity}, {Kind: "rsa", Key: identity}, {Kind: paper.KindEd25519, Key: identity[:31]}} {
		if k.Check() == nil {
			t.Errorf("%s of %d bytes is taken", k.Kind, len(k.Key))
		}
	}
	if err := signer(1).Public().Check(); err != nil {
		t.Error(err)
	}
}

func FuzzParseEnvelope(f *testing.F) {
	e, err := paper.Seal(thing, inner{A: "x"}, signer(1), signer(2))
	if err != nil {
		f.Fatal(err)
	}
	data, err := e.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(strings.Replace(string(data), "keyid", "keyId", 1)))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := paper.ParseEnvelope(data)
		if err != nil {
			return
		}
		if out, err := e.Marshal(); err != nil || string(out) != string(data) {
			t.Fatalf("%q is written again as %q, %v", data, out, err)
		}
		if n := len(paper.Signers(e, []paper.PublicKey{signer(1).Public(), signer(2).Public()})); n > 2 {
			t.Fatalf("%d signers of 2", n)
		}
	})
}
