package desk

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/shelf"
	"github.com/noroshi-acd/noroshi/authority/told"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/keyfile"
	"github.com/noroshi-acd/noroshi/internal/terminal"
	"github.com/noroshi-acd/noroshi/internal/usage"
)

// columns is the width that is written for; labels take the first of them.
const (
	columns = 80
	labels  = 14
)

// Desk is what a verb on papers works with. Its fields are set before the verb runs.
type Desk struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Lang           i18n.Lang

	JSON           bool   // results for programs
	Yes            bool   // do not ask
	PassphraseFile string // of the key that signs
	Trust          string // the trust root's folder
	Pin            string // its fingerprint, where the folder holds none
	At             string // the instant to check at, empty for now

	warned bool // of what was left out
}

// Say gives a sentence of the catalogue.
func (d *Desk) Say(key string, args ...any) string { return i18n.Say(d.Lang, key, args...) }

// Wrong makes an error about a request: its sentence is key, its hint key-hint.
func Wrong(kind fault.Kind, at fault.Place, key string, args ...any) error {
	if at.Offset == 0 {
		at.Offset = -1
	}
	return fault.Said(fault.Error{Kind: kind, Place: at}, i18n.Text{}, i18n.Both(key, args...), i18n.Both(key+"-hint", args...))
}

// Now is the instant to work at: the clock's, or for a check the one that was asked for.
func (d *Desk) Now() (time.Time, error) {
	if d.At == "" {
		return time.Now().UTC().Truncate(time.Second), nil
	}
	if after, err := time.ParseDuration(strings.TrimPrefix(d.At, "now")); err == nil && strings.HasPrefix(d.At, "now") {
		return time.Now().UTC().Truncate(time.Second).Add(after), nil
	}
	ns, ok := usage.Time(d.At)
	if !ok {
		return time.Time{}, Wrong(fault.Invalid, fault.Place{Field: "--at"}, "desk.at", "text", d.At)
	}
	return time.Unix(0, ns).UTC(), nil
}

// Folder opens the trust root's folder with the fingerprint that was given or installed.
func (d *Desk) Folder() (*shelf.Trust, error) {
	if d.Trust == "" {
		return nil, Wrong(fault.Invalid, fault.Place{}, "desk.trust")
	}
	pin, err := d.Pinned()
	if err != nil {
		return nil, err
	}
	t, err := shelf.OpenTrust(d.Trust, pin)
	if err == nil {
		t.Clock = paper.TimeOf(time.Now())
	}
	return t, err
}

// Warn tells once which files of the trust root were left out, and why.
func (d *Desk) Warn(t *shelf.Trust, v *trust.View) {
	if d.warned {
		return
	}
	for _, left := range t.LeftOut(v) {
		d.warned = true
		fmt.Fprint(d.Stderr, d.Wrapped(d.Say("desk.leftout", "file", left.File, "why", left.Why.In(d.Lang))))
	}
}

// Pinned is the fingerprint that was given, in whichever form; empty when none was.
func (d *Desk) Pinned() (paper.Digest, error) {
	if d.Pin == "" {
		return "", nil
	}
	pin, ok := told.Fingerprint(d.Pin)
	if !ok {
		return "", Wrong(fault.Invalid, fault.Place{Field: "--root"}, "desk.pin")
	}
	return pin, nil
}

// Trusted gives the trust that holds at the instant to work at. A root that nobody has
// installed, or that does not hold, is an error that says all that is wrong.
func (d *Desk) Trusted() (*shelf.Trust, *trust.View, error) {
	t, err := d.Folder()
	if err != nil {
		return nil, nil, err
	}
	if t.Pinned == "" {
		return nil, nil, Wrong(fault.Permission, fault.Place{Path: d.Trust}, "desk.unpinned")
	}
	now, err := d.Now()
	if err != nil {
		return nil, nil, err
	}
	v, list := t.View(now)
	d.Warn(t, v)
	if len(list) > 0 {
		return nil, nil, d.Untrusted(list)
	}
	return t, v, nil
}

// Untrusted is the error that says why a trust root does not hold.
func (d *Desk) Untrusted(list []unmet.Unmet) error {
	var all []error
	for _, u := range list {
		all = append(all, fault.Said(fault.Error{Kind: fault.Permission, Place: fault.Place{Path: d.Trust, Offset: -1, Field: u.Place}}, i18n.Both("desk.untrusted"), i18n.Both(u.Key(), u.Args...), i18n.Both("desk.untrusted-hint")))
	}
	return errors.Join(all...)
}

// Known is what the desk knows for saying papers in words: all when a trust root is
// named and holds, else nothing. A root that is named and does not hold is an error.
func (d *Desk) Known() (told.Known, error) {
	if d.Trust == "" {
		return told.Known{}, nil
	}
	t, v, err := d.Trusted()
	if err != nil {
		return told.Known{}, err
	}
	return told.Known{View: v, Profiles: t.Profile}, nil
}

// Key unlocks a key.
func (d *Desk) Key(path string) (*keyfile.Private, error) {
	t := d.terminal()
	return keyfile.Load(path, t.Passphrase)
}

func (d *Desk) terminal() terminal.Terminal {
	return terminal.Terminal{In: d.Stdin, Out: d.Stderr, Lang: d.Lang, PassphraseFile: d.PassphraseFile}
}

// Lock gives the passphrase for a new key.
func (d *Desk) Lock() ([]byte, error) { return d.terminal().NewPassphrase() }

// Agree asks a person for assent; with Yes it has been given.
func (d *Desk) Agree(key string, args ...any) error {
	if d.Yes || d.terminal().Confirm(d.Say(key, args...)) {
		return nil
	}
	return Wrong(fault.Permission, fault.Place{}, "desk.declined")
}

// Sign shows an envelope in words, asks, and adds the signature of the key at path. The
// caller writes the envelope.
func (d *Desk) Sign(file string, e *paper.Envelope, key string) (*told.About, error) {
	known, err := d.Known()
	if err != nil {
		return nil, err
	}
	about, err := d.Tell(file, e, known)
	if err != nil {
		return nil, err
	}
	fmt.Fprint(d.Stderr, d.Page(about)+"\n")
	p, err := keyfile.LoadPublic(key)
	if err != nil {
		return nil, err
	}
	if err := d.Agree("desk.sign", "person", p.Person, "body", p.Body); err != nil {
		return nil, err
	}
	private, err := d.Key(key)
	if err != nil {
		return nil, err
	}
	if !private.Public.Key.Equal(p.Key) {
		return nil, Wrong(fault.Permission, fault.Place{Path: key}, "desk.otherkey")
	}
	if err := e.Add(paper.Ed25519(private.Key())); err != nil {
		return nil, err
	}
	return d.Tell(file, e, known)
}

// Tell says in words what is in the envelope of a file.
func (d *Desk) Tell(file string, e *paper.Envelope, known told.Known) (*told.About, error) {
	about, err := told.Of(e, known, d.Lang)
	var bad *paper.Error
	if errors.As(err, &bad) {
		return nil, shelf.Faulty(file, err)
	}
	return about, err
}

// Page writes a paper in words for a person, in 80 columns.
func (d *Desk) Page(a *told.About) string {
	var b strings.Builder
	for _, line := range append(i18n.Wrap(a.Title, columns), i18n.Wrap(a.Act, columns)...) {
		fmt.Fprintln(&b, line)
	}
	for _, r := range a.Rows {
		for i, line := range i18n.Wrap(r.Text, columns-labels) {
			label := r.Label
			if i > 0 {
				label = ""
			}
			fmt.Fprintln(&b, strings.TrimRight(i18n.Pad(label, labels-2)+"  "+line, " "))
		}
	}
	return b.String()
}

// Paper is a paper as it stands in JSON results.
type Paper struct {
	File       string          `json:"file,omitempty"`
	Type       string          `json:"type"`
	Digest     paper.Digest    `json:"digest"`
	Spoken     i18n.Text       `json:"spoken"`
	Title      string          `json:"title"`
	Rows       []told.Row      `json:"rows"`
	Payload    json.RawMessage `json:"payload"`
	Signatures []paper.KeyID   `json:"signatures"`
}

// Describe gives a paper for JSON results.
func Describe(file string, e *paper.Envelope, a *told.About) Paper {
	p := Paper{File: file, Type: e.PayloadType, Digest: e.Digest(), Spoken: Spoken(e.Digest()), Title: a.Title, Rows: a.Rows, Payload: e.Payload, Signatures: []paper.KeyID{}}
	for _, s := range e.Signatures {
		p.Signatures = append(p.Signatures, s.KeyID)
	}
	return p
}

// Spoken is a fingerprint in the syllables of both languages.
func Spoken(x paper.Digest) i18n.Text {
	return i18n.Text{JA: told.Spoken(x, i18n.JA), EN: told.Spoken(x, i18n.EN)}
}

// Result writes a result: v for programs, else text for a person.
func (d *Desk) Result(v any, text string) error {
	if !d.JSON {
		_, err := io.WriteString(d.Stdout, text)
		return err
	}
	out, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = d.Stdout.Write(append(i18n.EscapeJSON(out), '\n'))
	return err
}

// Show writes a paper as the result.
func (d *Desk) Show(file string, e *paper.Envelope, a *told.About) error {
	return d.Result(Describe(file, e, a), d.Page(a))
}

// Condition is an unmet condition as it stands in JSON results.
type Condition struct {
	Place string `json:"place"`
	Code  string `json:"code"`
	Text  string `json:"text"`
}

// Verdict is the answer of a check in JSON results.
type Verdict struct {
	OK     bool         `json:"ok"`
	When   string       `json:"at"`
	Digest paper.Digest `json:"digest"`
	Unmet  []Condition  `json:"unmet"`
}

// Judge writes the answer of a check: yes in the sentence of key, or all conditions that
// are not met and then exit status 1. More are conditions beside those of papers.
func (d *Desk) Judge(digest paper.Digest, at time.Time, list []unmet.Unmet, more []Condition, key string, args ...any) error {
	v := Verdict{When: paper.TimeOf(at).String(), Digest: digest, Unmet: []Condition{}}
	for _, u := range list {
		v.Unmet = append(v.Unmet, Condition{u.Place, u.Code, told.Unmet(u, d.Lang)})
	}
	v.Unmet = append(v.Unmet, more...)
	v.OK = len(v.Unmet) == 0
	var b strings.Builder
	if v.OK {
		b.WriteString(d.wrapped(d.Say(key, args...), ""))
	} else {
		b.WriteString(d.wrapped(d.Say("desk.refused", "n", len(v.Unmet)), ""))
	}
	for _, c := range v.Unmet {
		b.WriteString(d.wrapped(c.Text, "  "))
	}
	if err := d.Result(v, b.String()); err != nil {
		return err
	}
	if !v.OK {
		return usage.Status(1)
	}
	return nil
}

// Wrapped fits sentences to the width, each on lines of its own.
func (d *Desk) Wrapped(sentences ...string) string {
	var b strings.Builder
	for _, s := range sentences {
		b.WriteString(d.wrapped(s, ""))
	}
	return b.String()
}

func (d *Desk) wrapped(text, indent string) string {
	var b strings.Builder
	for _, line := range i18n.Wrap(text, columns-len(indent)) {
		fmt.Fprintln(&b, indent+line)
	}
	return b.String()
}
