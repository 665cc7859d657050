package flow

import (
	"math"
	"strconv"
)

// Limits of what [DecodeBatch] accepts, so that a small hostile input cannot
// make a large batch.
const (
	MaxBatchBytes   = 64 << 20 // length of the encoding
	MaxBatchRecords = 1 << 16
	MaxBatchItems   = 1 << 18 // DNS answers and certificate names together
)

// Reason is why an encoding was refused.
type Reason uint8

// The reasons.
const (
	reasonNone     Reason = iota
	BadVersion            // the first byte is not EncodingVersion
	TooLong               // beyond MaxBatchBytes, MaxBatchRecords or MaxBatchItems
	Truncated             // a length or a number runs past the end of its part
	NotMinimal            // a number is written with more bytes than it needs
	OutOfRange            // a number does not fit its field
	DefaultWritten        // a field that holds its default value must be left out
	NotCanonical          // an address is written in another form than its own
	Unordered             // a field stands twice or after one with a higher number
	UnknownField          // the list of fields has no such number
)

var reasons = [...]string{"", "unknown version", "too long", "runs past the end of its part",
	"number not written in its shortest form", "number out of range", "default value written out",
	"address not in its canonical form", "field twice or out of order", "unknown field"}

// String says the reason in English.
func (r Reason) String() string {
	if int(r) < len(reasons) {
		return reasons[r]
	}
	return "reason " + strconv.Itoa(int(r))
}

// DecodeError says where and why an encoding was refused.
type DecodeError struct {
	Offset int // bytes from the start of the encoding
	Record int // index of the record, -1 for the batch itself
	Reason Reason
}

// Error writes "flow record 3, byte 120: field twice or out of order".
func (e *DecodeError) Error() string {
	what := "flow batch"
	if e.Record >= 0 {
		what = "flow record " + strconv.Itoa(e.Record)
	}
	return what + ", byte " + strconv.Itoa(e.Offset) + ": " + e.Reason.String()
}

// DecodeBatch replaces what b held by the records that data encodes. It accepts
// canonical encodings only: AppendBatch of b gives data again, byte by byte.
// Otherwise it returns a *[DecodeError] and leaves b empty. b does not refer to
// data afterwards.
func DecodeBatch(data []byte, b *Batch) error {
	b.Reset()
	d := decoder{data: data, end: len(data), b: b}
	switch {
	case len(data) > MaxBatchBytes:
		return d.refuse(TooLong, 0, -1)
	case len(data) == 0:
		return d.refuse(Truncated, 0, -1)
	case data[0] != EncodingVersion:
		return d.refuse(BadVersion, 0, -1)
	}
	d.pos = 1
	for i := 0; d.pos < len(data); i++ {
		at := d.pos
		if i == MaxBatchRecords {
			return d.refuse(TooLong, at, -1)
		}
		if end, ok := d.open(); ok {
			d.record()
			d.close(end, recPseudonyms)
		}
		if d.reason != reasonNone {
			return d.refuse(d.reason, d.at, i)
		}
	}
	return nil
}

// DecodeRecord appends the one record that data encodes, as [AppendRecord] wrote
// it, with its parts to b. When it returns an error, a *[DecodeError], b is as
// it was.
func DecodeRecord(data []byte, b *Batch) error {
	before := *b
	d := decoder{data: data, end: len(data), b: b}
	if len(data) > MaxBatchBytes || uint64(len(b.Text))+uint64(len(data)) > math.MaxUint32 {
		d.fail(TooLong, 0)
	} else {
		d.record()
		d.close(len(data), recPseudonyms)
	}
	if d.reason == reasonNone {
		return nil
	}
	*b = before
	return &DecodeError{Offset: d.at, Record: 0, Reason: d.reason}
}

// decoder reads the fields in the order of their numbers; what is then left of a
// part is a field that is unknown, twice, or out of order. After a failure every
// call is without effect.
type decoder struct {
	data   []byte
	pos    int // next byte
	end    int // end of the part being read
	b      *Batch
	items  int
	reason Reason // the first failure
	at     int    // its offset
}

func (d *decoder) refuse(r Reason, at, record int) error {
	d.b.Reset()
	return &DecodeError{Offset: at, Record: record, Reason: r}
}

func (d *decoder) fail(r Reason, at int) {
	if d.reason == reasonNone {
		d.reason, d.at = r, at
	}
}

func (d *decoder) record() {
	var r Record
	r.First = d.time(recFirst)
	r.Last = r.First + d.time(recLast)
	r.Src = d.addr(recSrc)
	r.Dst = d.addr(recDst)
	r.SrcPort = uint16(d.uint(recSrcPort, math.MaxUint16))
	r.DstPort = uint16(d.uint(recDstPort, math.MaxUint16))
	r.Proto = uint8(d.uint(recProto, math.MaxUint8))
	r.SrcBytes = d.uint(recSrcBytes, math.MaxUint64)
	r.DstBytes = d.uint(recDstBytes, math.MaxUint64)
	r.SrcPackets = d.uint(recSrcPackets, math.MaxUint64)
	r.DstPackets = d.uint(recDstPackets, math.MaxUint64)
	r.SrcFlags = uint8(d.uint(recSrcFlags, math.MaxUint8))
	r.DstFlags = uint8(d.uint(recDstFlags, math.MaxUint8))
	r.Kind = Kind(d.uint(recKind, uint64(KindFacts)))
	r.State = State(d.uint(recState, uint64(StateMidstream)))
	r.Service = Service(d.uint(recService, uint64(ServiceOther)))
	r.Sampling = uint32(d.uint(recSampling, math.MaxUint32))
	r.Link = uint32(d.uint(recLink, math.MaxUint32))
	r.Signature = uint32(d.uint(recSignature, math.MaxUint32))
	r.Host = d.text(recHost)
	if d.key(recDNS) {
		r.DNS = d.dns()
	}
	if d.key(recTLS) {
		r.TLS = d.tls()
	}
	r.Pseudonyms = uint8(d.uint(recPseudonyms, uint64(PseudonymSrc|PseudonymDst)))
	if d.reason == reasonNone {
		d.b.Records = append(d.b.Records, r)
	}
}

func (d *decoder) dns() uint32 {
	end, ok := d.open()
	if !ok {
		return 0
	}
	var q DNS
	q.Question = d.text(dnsQuestion)
	q.Type = uint16(d.uint(dnsType, math.MaxUint16))
	q.Rcode = uint16(d.uint(dnsRcode, math.MaxUint16))
	if listEnd, ok := d.list(dnsAnswers); ok {
		q.Answers.From = uint32(len(d.b.Answers))
		for d.more() {
			d.answer()
		}
		q.Answers.To = uint32(len(d.b.Answers))
		d.end = listEnd
	}
	d.close(end, dnsAnswers)
	return d.b.AddDNS(q)
}

func (d *decoder) answer() {
	end, ok := d.open()
	if !ok {
		return
	}
	var a Answer
	a.Type = uint16(d.uint(ansType, math.MaxUint16))
	a.TTL = uint32(d.uint(ansTTL, math.MaxUint32))
	a.Addr = d.addr(ansAddr)
	a.Name = d.text(ansName)
	a.Pseudonym = uint8(d.uint(ansPseudonym, 1))
	d.close(end, ansPseudonym)
	d.b.Answers = append(d.b.Answers, a)
}

func (d *decoder) tls() uint32 {
	end, ok := d.open()
	if !ok {
		return 0
	}
	var t TLS
	t.Version = uint16(d.uint(tlsVersion, math.MaxUint16))
	t.SNI = d.text(tlsSNI)
	t.JA3 = d.text(tlsJA3)
	t.JA4 = d.text(tlsJA4)
	t.Digest = d.text(tlsDigest)
	t.Subject = d.text(tlsSubject)
	t.Issuer = d.text(tlsIssuer)
	if listEnd, ok := d.list(tlsNames); ok {
		t.Names.From = uint32(len(d.b.Names))
		for d.more() {
			d.b.Names = append(d.b.Names, d.b.AddText(d.bytes()))
		}
		t.Names.To = uint32(len(d.b.Names))
		d.end = listEnd
	}
	t.NotBefore = d.time(tlsNotBefore)
	t.NotAfter = d.time(tlsNotAfter)
	d.close(end, tlsNotAfter)
	return d.b.AddTLS(t)
}

// key takes the number of a field if it comes next.
func (d *decoder) key(field byte) bool {
	if d.reason == reasonNone && d.pos < d.end && d.data[d.pos] == field {
		d.pos++
		return true
	}
	return false
}

// open reads the length of a part and makes the part's end the decoder's; it
// returns the end of the part around it, which close puts back.
func (d *decoder) open() (outer int, ok bool) {
	n := d.length()
	if d.reason != reasonNone {
		return 0, false
	}
	outer, d.end = d.end, d.pos+n
	return outer, true
}

func (d *decoder) close(outer int, last byte) {
	if d.reason == reasonNone && d.pos < d.end {
		if k := d.data[d.pos]; k == 0 || k > last {
			d.fail(UnknownField, d.pos)
		} else {
			d.fail(Unordered, d.pos)
		}
	}
	d.end = outer
}

// list opens a list if it comes next; an empty one is a default written out.
func (d *decoder) list(field byte) (outer int, ok bool) {
	if !d.key(field) {
		return 0, false
	}
	at := d.pos
	if outer, ok = d.open(); ok && d.end == d.pos {
		d.fail(DefaultWritten, at)
	}
	return outer, ok
}

// more says whether the list has another item, and counts it.
func (d *decoder) more() bool {
	if d.reason != reasonNone || d.pos >= d.end {
		return false
	}
	if d.items++; d.items > MaxBatchItems {
		d.fail(TooLong, d.pos)
		return false
	}
	return true
}

func (d *decoder) time(field byte) int64 {
	u := d.uint(field, math.MaxUint64)
	return int64(u>>1) ^ -int64(u&1)
}

func (d *decoder) uint(field byte, most uint64) uint64 {
	if !d.key(field) {
		return 0
	}
	at := d.pos
	v := d.varint()
	switch {
	case v > most:
		d.fail(OutOfRange, at)
	case v == 0:
		d.fail(DefaultWritten, at)
	}
	return v
}

func (d *decoder) addr(field byte) (a Addr) {
	if !d.key(field) {
		return a
	}
	at := d.pos
	s := d.bytes()
	switch {
	case d.reason != reasonNone:
		return a
	case len(s) == 4:
		return Addr4([4]byte(s))
	case len(s) != 16:
		d.fail(NotCanonical, at)
		return a
	}
	a = Addr(s)
	switch {
	case a.IsZero():
		d.fail(DefaultWritten, at)
	case a.Is4():
		d.fail(NotCanonical, at)
	}
	return a
}

func (d *decoder) text(field byte) Text {
	if !d.key(field) {
		return Text{}
	}
	at := d.pos
	s := d.bytes()
	if len(s) == 0 {
		d.fail(DefaultWritten, at)
		return Text{}
	}
	return d.b.AddText(s)
}

// bytes reads a length and as many bytes, nil after a failure.
func (d *decoder) bytes() []byte {
	n := d.length()
	if d.reason != reasonNone {
		return nil
	}
	s := d.data[d.pos : d.pos+n]
	d.pos += n
	return s
}

// length reads a number that does not reach past the end of the part.
func (d *decoder) length() int {
	at := d.pos
	n := d.varint()
	if n > uint64(d.end-d.pos) {
		d.fail(Truncated, at)
		return 0
	}
	return int(n)
}

func (d *decoder) varint() uint64 {
	if d.reason != reasonNone {
		return 0
	}
	at := d.pos
	var v uint64
	for shift := 0; d.pos < d.end; shift += 7 {
		c := d.data[d.pos]
		d.pos++
		switch {
		case shift == 63 && c > 1:
			d.fail(OutOfRange, at)
			return 0
		case c >= 0x80:
			v |= uint64(c&0x7f) << shift
		case c == 0 && shift > 0:
			d.fail(NotMinimal, at)
			return 0
		default:
			return v | uint64(c)<<shift
		}
	}
	d.fail(Truncated, at)
	return 0
}
