package flowstoretest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/books"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flowstore"
)

// Made makes deliveries up, the same for the same seed.
type Made struct {
	Warrant paper.Digest
	Link    paper.ID
	Hosts   int  // how many addresses there are
	Plain   bool // no names
	number  int64
	r       *rand.Rand
	batch   flow.Batch
}

// NewMade makes a source of deliveries for the country's data.
func (c *Country) NewMade(seed uint64) *Made {
	return &Made{Warrant: c.Data, Link: c.Link, Hosts: 64, r: rand.New(rand.NewPCG(seed, 7))}
}

// Address gives the address of a made-up host; the lower the number, the busier it is.
func Address(i int) flow.Addr {
	if i%5 == 4 {
		a := flow.Addr{0x20, 0x01, 0x0d, 0xb8, byte(i)}
		binary.BigEndian.PutUint64(a[8:], uint64(i)<<40|uint64(i))
		return a
	}
	return flow.Addr4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
}

// Name gives the name of a made-up host.
func Name(i int) string { return fmt.Sprintf("h%d.d%d.example", i, i%7) }

// Delivery makes one batch of n records that began in the minute, or up to an hour before.
func (m *Made) Delivery(minute, until paper.Time, n int) flowstore.Delivery {
	b := &m.batch
	b.Reset()
	for range n {
		m.record(b, minute.Time().UnixNano())
	}
	m.number++
	content := flow.AppendBatch(nil, b)
	return flowstore.Delivery{Content: content, Until: until, Header: books.Batch{
		Bytes: int64(len(content)), Content: paper.DigestOf(content), Grant: paper.DigestOf(fmt.Appendf(nil, "grant %s %d", m.Link, minute)),
		Link: m.Link, Minute: minute, Number: m.number, Records: int64(n), Warrant: m.Warrant,
	}}
}

// host picks one: few are busy, most are not.
func (m *Made) host() int {
	u := m.r.Float64()
	return int(u * u * u * float64(m.Hosts))
}

func (m *Made) record(b *flow.Batch, at int64) {
	r := flow.Record{
		First: at + m.r.Int64N(60e9), Src: Address(m.host()), Dst: Address(m.host()),
		SrcBytes: uint64(m.r.IntN(5000)), DstBytes: uint64(m.r.IntN(90000)), SrcPackets: uint64(1 + m.r.IntN(9)), DstPackets: uint64(m.r.IntN(20)),
		SrcPort: uint16(1024 + m.r.IntN(60000)), DstPort: [...]uint16{443, 443, 53, 80, 8080, 22}[m.r.IntN(6)],
		Proto: 6, SrcFlags: flow.SYN | flow.ACK, DstFlags: flow.ACK, State: flow.StateEstablished, Service: flow.ServiceTLS, Link: 3,
	}
	if m.r.IntN(3) == 0 {
		r.Pseudonyms = uint8(m.r.IntN(4))
	}
	if m.r.IntN(20) == 0 { // reported late
		r.First -= m.r.Int64N(3600e9)
	}
	r.Last = r.First + m.r.Int64N(30e9)
	if !m.Plain {
		m.names(b, &r)
	}
	b.Records = append(b.Records, r)
}

func (m *Made) names(b *flow.Batch, r *flow.Record) {
	name := []byte(Name(m.host()))
	switch m.r.IntN(8) {
	case 0:
		r.Host = b.AddName(name)
	case 1:
		from := uint32(len(b.Names))
		b.Names = append(b.Names, b.AddText([]byte("Alt."+Name(m.host()))), b.AddText([]byte("odd\nname")))
		r.TLS = b.AddTLS(flow.TLS{SNI: b.AddName(name), JA4: b.AddText([]byte("t13d1516h2_8daaf6152771_b0da82dd1658")), Names: flow.Span{From: from, To: from + 2}, Version: 0x304})
	case 2:
		from := uint32(len(b.Answers))
		b.Answers = append(b.Answers, flow.Answer{Type: 1, TTL: 60, Addr: r.Dst}, flow.Answer{Type: 5, TTL: 60, Name: b.AddName([]byte("cdn." + Name(m.host())))})
		r.Kind, r.Service = flow.KindDNS, flow.ServiceDNS
		r.DNS = b.AddDNS(flow.DNS{Question: b.AddName(name), Type: 1, Answers: flow.Span{From: from, To: from + 2}})
	case 3: // a stranger's bytes
		r.Host = b.AddText([]byte{0xff, 0xfe, '\'', ';', 0, '\n', 'x'})
		r.SrcBytes, r.DstBytes = 1<<64-1, 1<<64-1
	}
}

// Oracle is the slow, obvious store: every record, looked at one by one.
type Oracle struct {
	batches []flowstore.Delivery
}

// Add remembers a delivery that was stored.
func (o *Oracle) Add(d flowstore.Delivery) { o.batches = append(o.batches, d) }

// each calls do for each record that a query means, in the order of arrival.
func (o *Oracle) each(q flowstore.Query, do func(*flow.Batch, *flow.Record)) error {
	for _, d := range o.batches {
		var b flow.Batch
		if err := flow.DecodeBatch(d.Content, &b); err != nil {
			return err
		}
		for i := range b.Records {
			if r := &b.Records[i]; meant(q, d, &b, r) {
				do(&b, r)
			}
		}
	}
	return nil
}

func meant(q flowstore.Query, d flowstore.Delivery, b *flow.Batch, r *flow.Record) bool {
	port := func(p uint16) bool { return int64(p) == q.Port }
	end := ends(q, r)
	switch {
	case r.First < q.From.Time().UnixNano() || r.First >= q.To.Time().UnixNano():
		return false
	case q.Link != "" && d.Header.Link != q.Link:
		return false
	case q.Port != 0 && !port(r.SrcPort) && !port(r.DstPort):
		return false
	}
	return (end(r.Src, flow.PseudonymSrc) || end(r.Dst, flow.PseudonymDst)) && (q.Name == "" || named(q, b, r))
}

// ends gives the condition on one end.
func ends(q flowstore.Query, r *flow.Record) func(a flow.Addr, bit uint8) bool {
	return func(a flow.Addr, bit uint8) bool {
		if q.Address == "" && q.Prefix == "" {
			return true
		}
		return (r.Pseudonyms&bit != 0) == q.Pseudonym && (q.Address == "" || a.Netip().String() == q.Address) &&
			(q.Prefix == "" || netip.MustParsePrefix(q.Prefix).Contains(a.Netip()))
	}
}

func named(q flowstore.Query, b *flow.Batch, r *flow.Record) bool {
	var names [][]byte
	add := func(t flow.Text) { names = append(names, bytes.ToLower(b.Bytes(t))) }
	add(r.Host)
	if d := b.DNSOf(r); d != nil {
		add(d.Question)
		for _, a := range b.Answers[d.Answers.From:d.Answers.To] {
			add(a.Name)
		}
	}
	if t := b.TLSOf(r); t != nil {
		add(t.SNI)
		for _, n := range b.Names[t.Names.From:t.Names.To] {
			add(n)
		}
	}
	for _, n := range names {
		if string(n) == q.Name || q.NameTree && strings.HasSuffix(string(n), "."+q.Name) {
			return true
		}
	}
	return false
}
