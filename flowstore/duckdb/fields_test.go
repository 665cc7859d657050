//go:build linux && cgo

package duckdb

import (
	"reflect"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flowstore"
	"github.com/noroshi-acd/noroshi/flowstore/flowstoretest"
)

// fill gives every number of a struct another value.
func fill(v reflect.Value, next *uint64) {
	for i := range v.NumField() {
		f := v.Field(i)
		switch *next++; f.Kind() {
		case reflect.Int64:
			f.SetInt(int64(*next))
		case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
			f.SetUint(*next)
		case reflect.Array:
			for j := range f.Len() {
				f.Index(j).SetUint(uint64(j) + *next)
			}
		}
	}
}

// TestNoFieldIsLost fails when the record gets a field that the cells have no room for.
func TestNoFieldIsLost(t *testing.T) {
	b := flowstoretest.NewBed(t, open, t.TempDir())
	var x flow.Batch
	var r flow.Record
	next := uint64(0)
	fill(reflect.ValueOf(&r).Elem(), &next)
	at := flowstoretest.Minute(60).Time().UnixNano()
	r.First, r.Last = at+1, at+2
	r.Kind, r.State, r.Service, r.Pseudonyms = flow.KindFacts, flow.StateMidstream, flow.ServiceOther, 3
	var d flow.DNS
	var tls flow.TLS
	fill(reflect.ValueOf(&d).Elem(), &next)
	fill(reflect.ValueOf(&tls).Elem(), &next)
	var a flow.Answer
	fill(reflect.ValueOf(&a).Elem(), &next)
	a.Pseudonym, a.Name = 1, x.AddText([]byte("a.example"))
	x.Answers, x.Names = []flow.Answer{a}, []flow.Text{x.AddText([]byte("n.example"))}
	d.Question, d.Answers = x.AddText([]byte("q.example")), flow.Span{To: 1}
	for _, text := range []*flow.Text{&tls.SNI, &tls.JA3, &tls.JA4, &tls.Digest, &tls.Subject, &tls.Issuer, &r.Host} {
		*text = x.AddText([]byte("t.example"))
	}
	tls.Names = flow.Span{To: 1}
	r.DNS, r.TLS = x.AddDNS(d), x.AddTLS(tls)
	x.Records = append(x.Records, r)
	want := string(flow.AppendRecord(nil, &x, &x.Records[0]))
	content := flow.AppendBatch(nil, &x)
	send := b.NewMade(1).Delivery(flowstoretest.Minute(60), flowstoretest.Far, 1)
	send.Content, send.Header.Content, send.Header.Bytes = content, paper.DigestOf(content), int64(len(content))
	b.Deliver(t, flowstore.Stored, send)
	for range 2 {
		if got, _ := b.Answer(t, flowstoretest.Span(10)); len(got) != 1 || got[0] != want {
			t.Errorf("got %q\nwant %q", got, want)
		}
		if err := b.Engine.(*Engine).Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}
