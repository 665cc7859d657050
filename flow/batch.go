package flow

// BatchSize is the number of records after which readers hand a batch on.
const BatchSize = 2048

// Batch is a run of records with the names that they refer to. It is filled by
// one reader, handed on, and may be reset and used again by whoever received
// it last; nobody may keep a reference into it.
type Batch struct {
	Records []Record
	DNS     []DNS
	TLS     []TLS
	Answers []Answer
	Names   []Text
	Text    []byte
}

// Reset empties b and keeps its memory.
func (b *Batch) Reset() {
	b.Records, b.DNS, b.TLS = b.Records[:0], b.DNS[:0], b.TLS[:0]
	b.Answers, b.Names, b.Text = b.Answers[:0], b.Names[:0], b.Text[:0]
}

// Bytes gives the bytes of t, valid until b is reset; nil for no text.
func (b *Batch) Bytes(t Text) []byte {
	if t.Len == 0 {
		return nil
	}
	return b.Text[t.Off : t.Off+t.Len : t.Off+t.Len]
}

// String gives a copy of t.
func (b *Batch) String(t Text) string { return string(b.Bytes(t)) }

// AddText stores s as it is.
func (b *Batch) AddText(s []byte) Text {
	if len(s) == 0 {
		return Text{}
	}
	t := Text{Off: uint32(len(b.Text)), Len: uint32(len(s))}
	b.Text = append(b.Text, s...)
	return t
}

// AddName stores a host name in lower case without its final dot.
func (b *Batch) AddName(s []byte) Text {
	if n := len(s); n > 1 && s[n-1] == '.' {
		s = s[:n-1]
	}
	t := b.AddText(s)
	low := b.Bytes(t)
	for i, c := range low {
		if 'A' <= c && c <= 'Z' {
			low[i] = c + 'a' - 'A'
		}
	}
	return t
}

// AddDNS stores d and gives the value for [Record.DNS].
func (b *Batch) AddDNS(d DNS) uint32 {
	b.DNS = append(b.DNS, d)
	return uint32(len(b.DNS))
}

// AddTLS stores t and gives the value for [Record.TLS].
func (b *Batch) AddTLS(t TLS) uint32 {
	b.TLS = append(b.TLS, t)
	return uint32(len(b.TLS))
}

// DNSOf gives the DNS part of r, nil for none. r must be of b.
func (b *Batch) DNSOf(r *Record) *DNS {
	if r.DNS == 0 {
		return nil
	}
	return &b.DNS[r.DNS-1]
}

// TLSOf gives the TLS part of r, nil for none. r must be of b.
func (b *Batch) TLSOf(r *Record) *TLS {
	if r.TLS == 0 {
		return nil
	}
	return &b.TLS[r.TLS-1]
}

// Copy appends record r of from, with its parts, to b.
func (b *Batch) Copy(from *Batch, r *Record) {
	c := *r
	c.Host = b.AddText(from.Bytes(r.Host))
	if d := from.DNSOf(r); d != nil {
		c.DNS = b.AddDNS(b.copyDNS(from, *d))
	}
	if t := from.TLSOf(r); t != nil {
		c.TLS = b.AddTLS(b.copyTLS(from, *t))
	}
	b.Records = append(b.Records, c)
}

func (b *Batch) copyDNS(from *Batch, d DNS) DNS {
	answers := from.Answers[d.Answers.From:d.Answers.To]
	d.Question = b.AddText(from.Bytes(d.Question))
	d.Answers.From = uint32(len(b.Answers))
	for _, a := range answers {
		a.Name = b.AddText(from.Bytes(a.Name))
		b.Answers = append(b.Answers, a)
	}
	d.Answers.To = uint32(len(b.Answers))
	return d
}

func (b *Batch) copyTLS(from *Batch, t TLS) TLS {
	for _, x := range []*Text{&t.SNI, &t.JA3, &t.JA4, &t.Digest, &t.Subject, &t.Issuer} {
		*x = b.AddText(from.Bytes(*x))
	}
	names := from.Names[t.Names.From:t.Names.To]
	t.Names.From = uint32(len(b.Names))
	for _, n := range names {
		b.Names = append(b.Names, b.AddText(from.Bytes(n)))
	}
	t.Names.To = uint32(len(b.Names))
	return t
}
