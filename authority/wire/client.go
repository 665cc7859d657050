package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/authority/docket"
	"github.com/noroshi-acd/noroshi/authority/live"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/httpd"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Client talks to one commission. It may be used by several goroutines.
type Client struct {
	HTTP *http.Client // that shows this machine's certificate and knows the commission's
	URL  string       // https://HOST:PORT
}

// Filter says which applications are asked for; what is empty asks for all.
type Filter struct {
	Stage, Instrument, Body, Case string
	After                         int64 // the index after which to go on
	Limit                         int
}

// Bring brings a paper to the commission. An error is one of the way there, or the
// commission's refusal in both languages; what an application lacks is in the receipt.
// Who got no answer brings the same paper again: it is not taken twice.
func (c *Client) Bring(ctx context.Context, e *paper.Envelope) (*Receipt, error) {
	text, err := e.Marshal()
	if err != nil {
		return nil, err
	}
	r := new(Receipt)
	return r, c.call(ctx, http.MethodPost, PathPapers, text, r)
}

// List gives the applications that the caller may see, in the order of the log.
func (c *Client) List(ctx context.Context, f Filter) ([]*docket.Record, error) {
	q := url.Values{}
	for name, v := range map[string]string{"stage": f.Stage, "instrument": f.Instrument, "body": f.Body, "case": f.Case} {
		if v != "" {
			q.Set(name, v)
		}
	}
	if f.After > 0 {
		q.Set("after", strconv.FormatInt(f.After, 10))
	}
	if f.Limit > 0 {
		q.Set("limit", strconv.Itoa(f.Limit))
	}
	var list []*docket.Record
	if err := c.call(ctx, http.MethodGet, PathApplications+"?"+q.Encode(), nil, &list); err != nil {
		return nil, err
	}
	return list, said(!slices.Contains(list, nil))
}

// Packet gives all that the caller may see of an application.
func (c *Client) Packet(ctx context.Context, application paper.Digest) (*Packet, error) {
	p := new(Packet)
	if err := c.call(ctx, http.MethodGet, PathApplications+"/"+string(application), nil, p); err != nil {
		return nil, err
	}
	return p, said(p.Application != nil && p.Record != nil && !slices.Contains(p.Chain, nil))
}

// said refuses an answer in which something is missing that a commission always says.
func said(whole bool) error {
	if !whole {
		return wrong(fault.Invalid, "unreadable", nil)
	}
	return nil
}

// Decide lets the commission draw the decision that follows from the votes.
func (c *Client) Decide(ctx context.Context, d Decide) (*Receipt, error) {
	text, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	r := new(Receipt)
	return r, c.call(ctx, http.MethodPost, PathDecisions, text, r)
}

// Draft gives the unsigned warrant that an application leads to. It begins at begin, or
// where the grant does when that is 0.
func (c *Client) Draft(ctx context.Context, application paper.Digest, id paper.ID, nonce string, begin paper.Time) (*warrant.Warrant, error) {
	q := url.Values{"id": {string(id)}, "nonce": {nonce}}
	if begin != 0 {
		q.Set("begin", begin.String())
	}
	d := new(Draft)
	if err := c.call(ctx, http.MethodGet, PathApplications+"/"+string(application)+"/draft?"+q.Encode(), nil, d); err != nil {
		return nil, err
	}
	return d.Warrant, said(d.Warrant != nil)
}

// Proof gives the opened entry and the receipt of a paper about an application, by its
// index in the log. It waits for the witnesses.
func (c *Client) Proof(ctx context.Context, application paper.Digest, index int64) (*live.Recorded, error) {
	r := new(live.Recorded)
	return r, c.call(ctx, http.MethodGet, PathApplications+"/"+string(application)+"/proof/"+strconv.FormatInt(index, 10), nil, r)
}

// Overdue gives what is owed, the earliest first.
func (c *Client) Overdue(ctx context.Context) ([]Late, error) {
	var list []Late
	return list, c.call(ctx, http.MethodGet, PathOverdue, nil, &list)
}

// Register gives papers of oversight of a class (empty: all), in the order of the log.
func (c *Client) Register(ctx context.Context, class string) ([]Entry, error) {
	var list []Entry
	return list, c.call(ctx, http.MethodGet, PathRegister+"?class="+url.QueryEscape(class), nil, &list)
}

// State says how the commission's service is.
func (c *Client) State(ctx context.Context) (*State, error) {
	s := new(State)
	return s, c.call(ctx, http.MethodGet, PathState, nil, s)
}

// call asks, and reads the answer into to.
func (c *Client) call(ctx context.Context, method, path string, body []byte, to any) error {
	q, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.URL, "/")+path, bytes.NewReader(body))
	if err != nil {
		return away(err)
	}
	if body != nil {
		q.Header.Set("Content-Type", "application/json")
	}
	a, err := c.HTTP.Do(q)
	if err != nil {
		return away(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(io.LimitReader(a.Body, MaxAnswer+1))
	switch {
	case err != nil:
		return away(err)
	case len(text) > MaxAnswer:
		return wrong(fault.Limit, "long", nil, "limit", MaxAnswer)
	case a.StatusCode != http.StatusOK:
		return refused(a.StatusCode, text)
	case to == nil:
		return nil
	}
	if err := json.Unmarshal(text, to); err != nil {
		return wrong(fault.Invalid, "unreadable", err)
	}
	return nil
}

// refused turns a refusal into the house's error, in the commission's own words.
func refused(status int, text []byte) error {
	var r httpd.Refusal
	if json.Unmarshal(text, &r) != nil || r.Message.EN == "" {
		return wrong(fault.Invalid, "status", nil, "status", status)
	}
	kind := fault.Invalid
	switch status {
	case http.StatusForbidden, http.StatusUnauthorized:
		kind = fault.Permission
	case http.StatusNotFound:
		kind = fault.NotFound
	case http.StatusTooManyRequests, http.StatusRequestEntityTooLarge, http.StatusServiceUnavailable:
		kind = fault.Limit
	case http.StatusInternalServerError:
		kind = fault.Internal
	}
	clean := func(t i18n.Text) i18n.Text { return i18n.Text{JA: i18n.Escape(t.JA), EN: i18n.Escape(t.EN)} }
	at := fault.Place{Offset: -1, Field: i18n.Escape(r.Field)}
	if strings.Contains(r.Message.EN, r.Field) { // the message names the place already
		at.Field = ""
	}
	return fault.Said(fault.Error{Kind: kind, Place: at}, i18n.Both("wire.op"), clean(r.Message), clean(r.Hint))
}

// away is the error of a way that could not be gone.
func away(err error) error {
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	return wrong(fault.NotFound, "away", err)
}

func wrong(kind fault.Kind, key string, cause error, args ...any) error {
	return fault.Said(fault.Error{Kind: kind, Place: fault.Place{Offset: -1}, Err: cause}, i18n.Both("wire.op"), i18n.Both("wire.wrong."+key, args...), i18n.Both("wire.hint."+key, args...))
}

// Patience is how long a client waits for an answer where nothing else is said.
const Patience = 40 * time.Second
