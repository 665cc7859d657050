package eve

import (
	"bytes"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/eve/lookup"
	"github.com/noroshi-acd/noroshi/flow/exchange"
	"github.com/noroshi-acd/noroshi/flow/jsontext"
	"github.com/noroshi-acd/noroshi/flow/scalar"
)

const (
	maxAnswers   = 256 // answers to one question
	maxQuestions = 4   // of one message
)

// message is what a dns event says, as it stands in the line.
type message struct {
	kind, id, name, rrtype, rcode, opcode []byte
	ttl, rdata                            []byte // first form: one answer a line
	queries, answers, grouped             []byte
	second                                bool // a later form than the first: an answer is whole
}

func readMessage(v []byte) (m message) {
	o := jsontext.Open(v)
	for o.Next() {
		switch v := o.Value; string(o.Key) {
		case "type":
			m.kind = v
		case "id":
			m.id = v
		case "rrname":
			m.name = v
		case "rrtype":
			m.rrtype = v
		case "rcode":
			m.rcode = v
		case "opcode":
			m.opcode = v
		case "ttl":
			m.ttl = v
		case "rdata":
			m.rdata = v
		case "queries":
			m.queries = v
		case "answers":
			m.answers, m.second = v, true
		case "grouped":
			m.grouped, m.second = v, true
		case "version":
			m.second = true
		}
	}
	return m
}

// dnsEvent reads a question or what came back.
func (r *Reader) dnsEvent(e *event) {
	m := readMessage(e.dns)
	if n, ok := scalar.Count(m.opcode); ok && n != 0 {
		return // no ordinary question
	}
	answer := false
	switch string(m.kind) {
	case "query", "request":
	case "answer", "response":
		answer = true
	default:
		return
	}
	rec := e.ends()
	if e.bad != nil {
		return
	}
	rec.Kind, rec.Service = flow.KindDNS, flow.ServiceDNS
	if rec.Proto == 0 {
		rec.Proto = exchange.UDP
	}
	l := lookup.Message{Rec: rec, ID: e.port(m.id, "dns.id"), FlowID: r.uid(e)}
	if len(m.queries) == 0 || m.queries[0] != '[' {
		r.dnsOne(e, &m, &l, answer)
		return
	}
	rest := m.queries[1:]
	for range maxQuestions { // the third form
		v, after, ok := jsontext.Element(rest)
		if !ok {
			return
		}
		rest = after
		m.name, m.rrtype = nil, nil
		for o := jsontext.Open(v); o.Next(); {
			switch string(o.Key) {
			case "rrname":
				m.name = o.Value
			case "rrtype":
				m.rrtype = o.Value
			}
		}
		m.second = true
		r.dnsOne(e, &m, &l, answer)
		m.answers, m.grouped = nil, nil // are of the first question
	}
}

// dnsOne takes one question with its answers.
func (r *Reader) dnsOne(e *event, m *message, l *lookup.Message, answer bool) {
	l.Name = e.text(m.name)
	if len(bytes.TrimSuffix(l.Name, []byte("."))) > scalar.MaxName {
		e.flaw("dns.rrname", "eve.value.name", "max", scalar.MaxName)
	}
	l.Kind, _ = exchange.RRType(m.rrtype)
	l.Rcode = flow.NoRcode
	if answer {
		l.Rcode = rcode(m.rcode)
	}
	if e.bad != nil {
		return
	}
	b := &r.facts
	b.Reset()
	if !answer {
		r.asked.Ask(r.window.In(), l)
		return
	}
	if m.second {
		e.answers(b, m)
		r.asked.Answer(r.window.In(), l, b)
		return
	}
	if m.rdata != nil { // the type is that of the answer
		addAnswer(b, m.rrtype, m.ttl, e.text(m.rdata))
	}
	r.asked.Part(r.window.In(), l, b, m.rdata != nil)
}

func rcode(v []byte) uint16 {
	if n, ok := exchange.Rcode(v); ok {
		return n
	}
	n, _ := scalar.Count(v)
	return uint16(min(n, flow.NoRcode-1))
}

// answers adds the addresses and host names that came back.
func (e *event) answers(b *flow.Batch, m *message) {
	if len(m.answers) == 0 || m.answers[0] != '[' {
		e.grouped(b, m.grouped)
		return
	}
	for rest := m.answers[1:]; len(b.Answers) < maxAnswers; {
		v, after, ok := jsontext.Element(rest)
		if !ok {
			return
		}
		rest = after
		var rrtype, ttl, rdata []byte
		for o := jsontext.Open(v); o.Next(); {
			switch string(o.Key) {
			case "rrtype":
				rrtype = o.Value
			case "ttl":
				ttl = o.Value
			case "rdata":
				rdata = o.Value
			case "srv":
				rdata = o.Value
			}
		}
		addAnswer(b, rrtype, ttl, e.rdata(rdata))
	}
}

// grouped adds the answers of a message that lists them by type.
func (e *event) grouped(b *flow.Batch, v []byte) {
	for o := jsontext.Open(v); o.Next(); {
		if len(o.Value) == 0 || o.Value[0] != '[' {
			continue
		}
		for rest := o.Value[1:]; len(b.Answers) < maxAnswers; {
			one, after, ok := jsontext.Element(rest)
			if !ok {
				break
			}
			rest = after
			addAnswer(b, o.Key, nil, e.rdata(one))
		}
	}
}

// rdata gives an answer's text; of a service (SRV) its target.
func (e *event) rdata(v []byte) []byte {
	if len(v) == 0 || v[0] != '{' {
		return e.text(v)
	}
	for o := jsontext.Open(v); o.Next(); {
		if string(o.Key) == "name" {
			return e.text(o.Value)
		}
	}
	return nil
}

// addAnswer adds one answer if it is an address or a host name: TXT and all other
// data are left where they are.
func addAnswer(b *flow.Batch, rrtype, ttl, rdata []byte) {
	a := flow.Answer{}
	a.Type, _ = exchange.RRType(rrtype)
	n, _ := scalar.Count(ttl)
	a.TTL = uint32(min(n, 1<<32-1))
	switch a.Type {
	case exchange.TypeA, exchange.TypeAAAA:
		addr, ok := scalar.IP(rdata)
		if !ok {
			return
		}
		a.Addr = addr
	case exchange.TypeCNAME, exchange.TypeNS, exchange.TypePTR, exchange.TypeMX, exchange.TypeSRV:
		if !scalar.HostName(rdata) {
			return
		}
		a.Name = b.AddName(rdata)
	default:
		return
	}
	b.Answers = append(b.Answers, a)
}
