package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/authority/docket"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/httpd"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// answering is a client of a server that gives one answer to everything, and the requests
// that it has got.
func answering(t testing.TB, status int, answer []byte) (*Client, *[]string) {
	t.Helper()
	got := &[]string{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		*got = append(*got, r.Method+" "+r.URL.RequestURI()+" "+string(body))
		w.WriteHeader(status)
		_, _ = w.Write(answer)
	}))
	t.Cleanup(s.Close)
	return &Client{HTTP: s.Client(), URL: s.URL + "/"}, got
}

// asks asks everything that a client can ask.
func asks(t testing.TB, c *Client) map[string]error {
	t.Helper()
	e, err := paper.Seal(paper.TypePrefix+"thing"+paper.TypeSuffix, struct {
		Name string `json:"name"`
	}{"x"})
	if err != nil {
		t.Fatal(err)
	}
	all, ctx, about := map[string]error{}, t.Context(), paper.DigestOf([]byte("a"))
	_, all["bring"] = c.Bring(ctx, e)
	_, all["list"] = c.List(ctx, Filter{Stage: "received", Body: "b&c", After: 3, Limit: 9})
	_, all["packet"] = c.Packet(ctx, about)
	_, all["decide"] = c.Decide(ctx, Decide{Application: about})
	_, all["draft"] = c.Draft(ctx, about, "w/1", "n", 60)
	_, all["proof"] = c.Proof(ctx, about, 7)
	_, all["overdue"] = c.Overdue(ctx)
	_, all["register"] = c.Register(ctx, "a b")
	_, all["state"] = c.State(ctx)
	return all
}

// TestWhatIsAsked: each request goes to its path, with what it asks for and nothing else.
func TestWhatIsAsked(t *testing.T) {
	c, got := answering(t, http.StatusOK, []byte("null"))
	for what, err := range asks(t, c) {
		// A packet and a draft that say nothing are none.
		if hollow := what == "packet" || what == "draft"; (err != nil) != hollow || hollow && fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", what, err)
		}
	}
	about := string(paper.DigestOf([]byte("a")))
	want := []string{
		"POST /v1/papers {", "GET /v1/applications?after=3&body=b%26c&limit=9&stage=received ", "GET /v1/applications/" + about + " ",
		`POST /v1/decisions {"application":"` + about + `"}`,
		"GET /v1/applications/" + about + "/draft?begin=1970-01-01T00%3A01%3A00Z&id=w%2F1&nonce=n ", "GET /v1/applications/" + about + "/proof/7 ",
		"GET /v1/overdue ", "GET /v1/register?class=a+b ", "GET /v1/state ",
	}
	for i, w := range want {
		if i >= len(*got) || !strings.HasPrefix((*got)[i], w) {
			t.Errorf("request %d: %.120q, want %q", i, *got, w)
		}
	}
}

// TestWhatIsAnsweredComesThrough: an answer is what the service wrote, member by member.
func TestWhatIsAnsweredComesThrough(t *testing.T) {
	want := Receipt{
		Application: paper.DigestOf([]byte("a")), Class: "vote", Index: 12, Origin: "o", Paper: paper.DigestOf([]byte("p")), Stage: "received",
		Warnings: []docket.Repetition{{Condition: "c", Other: "d", Passage: "the same", Permille: 900}},
	}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	c, _ := answering(t, http.StatusOK, text)
	got, err := c.Decide(t.Context(), Decide{})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, *got); d != "" {
		t.Error(d)
	}
}

// TestRefusalsAreTheServices: a refusal comes in the words of the service, both languages,
// with nothing in it that could steer a terminal; its kind follows from the status.
func TestRefusalsAreTheServices(t *testing.T) {
	text, err := json.Marshal(httpd.Refusal{Message: i18n.Text{EN: "no \x1b[2Jmore", JA: "いいえ"}, Hint: i18n.Text{EN: "wait", JA: "待つ"}, Field: "a\nb"})
	if err != nil {
		t.Fatal(err)
	}
	for status, kind := range map[int]fault.Kind{
		http.StatusBadRequest: fault.Invalid, http.StatusForbidden: fault.Permission, http.StatusUnauthorized: fault.Permission, http.StatusNotFound: fault.NotFound,
		http.StatusTooManyRequests: fault.Limit, http.StatusServiceUnavailable: fault.Limit, http.StatusRequestEntityTooLarge: fault.Limit, http.StatusInternalServerError: fault.Internal,
	} {
		c, _ := answering(t, status, text)
		for what, err := range asks(t, c) {
			said := fault.Text(err, i18n.EN)
			if fault.KindOf(err) != kind || !strings.Contains(said, "no ") || strings.ContainsAny(said, "\x1b\n") || !strings.Contains(fault.Text(err, i18n.JA), "いいえ") {
				t.Errorf("%d, %s: %v %q", status, what, fault.KindOf(err), said)
			}
		}
		c, _ = answering(t, status, []byte("<html>"))
		if _, err := c.State(t.Context()); err == nil || !strings.Contains(fault.Text(err, i18n.EN), fmt.Sprint(status)) {
			t.Errorf("%d without a reason: %v", status, err)
		}
	}
}

// TestPlacesAreSaidOnce: what the service says of a place is not said again by its reader;
// law that cannot be read is named with its folder.
func TestPlacesAreSaidOnce(t *testing.T) {
	text, err := json.Marshal(httpd.Refusal{Message: i18n.Text{EN: "(field reasons): too short", JA: "（項目 reasons）：短すぎます"}, Field: "reasons"})
	if err != nil {
		t.Fatal(err)
	}
	c, _ := answering(t, http.StatusBadRequest, text)
	_, err = c.State(t.Context())
	for _, l := range []i18n.Lang{i18n.EN, i18n.JA} {
		if said := fault.Text(err, l); strings.Count(said, "reasons") != 1 {
			t.Errorf("%s: %q", l, said)
		}
	}
	if _, err := Law("nowhere"); err == nil || !strings.Contains(fault.Text(err, i18n.JA), "nowhere/regimes") {
		t.Errorf("%v", err)
	}
}

// TestAnswersThatAreNone: too long, no JSON, nobody there.
func TestAnswersThatAreNone(t *testing.T) {
	long := append([]byte(`"`), make([]byte, MaxAnswer)...)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for name, x := range map[string]struct {
		client func() *Client
		kind   fault.Kind
	}{
		"long":   {func() *Client { c, _ := answering(t, http.StatusOK, long); return c }, fault.Limit},
		"text":   {func() *Client { c, _ := answering(t, http.StatusOK, []byte("hello")); return c }, fault.Invalid},
		"gone":   {func() *Client { return &Client{HTTP: http.DefaultClient, URL: gone.URL} }, fault.NotFound},
		"no url": {func() *Client { return &Client{HTTP: http.DefaultClient, URL: "::"} }, fault.NotFound},
	} {
		_, err := x.client().State(t.Context())
		if err == nil || fault.KindOf(err) != x.kind || fault.Hint(err) == "" {
			t.Errorf("%s: %v (%v)", name, err, fault.KindOf(err))
		}
		var known *fault.Error
		if !errors.As(err, &known) {
			t.Errorf("%s: %T", name, err)
		}
	}
}

// TestHollowAnswers: an answer that leaves out what is always there is refused, so that
// nobody downstream meets nothing where something must be.
func TestHollowAnswers(t *testing.T) {
	for _, text := range []string{"null", "{}", `{"record":{}}`, `{"application":{}}`, `{"application":{},"record":{},"chain":[null]}`} {
		c, _ := answering(t, http.StatusOK, []byte(text))
		if _, err := c.Packet(t.Context(), paper.DigestOf(nil)); fault.KindOf(err) != fault.Invalid {
			t.Errorf("a packet %s: %v", text, err)
		}
		if _, err := c.Draft(t.Context(), paper.DigestOf(nil), "w/1", "n", 0); fault.KindOf(err) != fault.Invalid {
			t.Errorf("a draft %s: %v", text, err)
		}
	}
	c, _ := answering(t, http.StatusOK, []byte("[null]"))
	if _, err := c.List(t.Context(), Filter{}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a list with nothing in it: %v", err)
	}
}

// FuzzAnswer: whatever a service answers, the client says what it is, or refuses it; it
// never ends, and refuses in words that are fit to be shown.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{"null", "{}", "[]", `{"index":1e99}`, `[null]`, `{"record":null,"papers":[{"envelope":1}]}`, `{"message":{"en":"\u001b[0m","ja":"x"}}`, "[[[[", ``} {
		for _, status := range []int{200, 403, 500} {
			f.Add(status, []byte(seed))
		}
	}
	f.Fuzz(func(t *testing.T, status int, answer []byte) {
		if status < 200 || status > 599 {
			return
		}
		c, _ := answering(t, status, answer)
		for what, err := range asks(t, c) {
			if err != nil && strings.ContainsAny(fault.Text(err, i18n.EN), "\x1b\x00\r") {
				t.Errorf("%s: %q", what, fault.Text(err, i18n.EN))
			}
		}
	})
}

// TestEveryAnswerIsClosed: what the service answers has no member that is a map or an
// interface: both ends know what comes.
func TestEveryAnswerIsClosed(t *testing.T) {
	var open func(reflect.Type, string, map[reflect.Type]bool)
	open = func(x reflect.Type, at string, seen map[reflect.Type]bool) {
		if seen[x] {
			return
		}
		seen[x] = true
		switch x.Kind() {
		case reflect.Pointer, reflect.Slice:
			open(x.Elem(), at, seen)
		case reflect.Map, reflect.Interface:
			t.Errorf("%s is a %s", at, x)
		case reflect.Struct:
			for i := range x.NumField() {
				if x.Field(i).IsExported() {
					open(x.Field(i).Type, at+"."+x.Field(i).Name, seen)
				}
			}
		}
	}
	for _, x := range []any{Receipt{}, Packet{}, Late{}, State{}, Draft{}, Entry{}} {
		open(reflect.TypeOf(x), reflect.TypeOf(x).Name(), map[reflect.Type]bool{})
	}
}
