package flow

import "encoding/binary"

// EncodingVersion is the first byte of an encoded batch.
const EncodingVersion = 1

// The numbers of the fields, as they stand in fields.toml and on the wire. A
// number is never given to another field.
const (
	recFirst = 1 + iota
	recLast
	recSrc
	recDst
	recSrcPort
	recDstPort
	recProto
	recSrcBytes
	recDstBytes
	recSrcPackets
	recDstPackets
	recSrcFlags
	recDstFlags
	recKind
	recState
	recService
	recSampling
	recLink
	recSignature
	recHost
	recDNS
	recTLS
	recPseudonyms
)

const (
	dnsQuestion = 1 + iota
	dnsType
	dnsRcode
	dnsAnswers
)

const (
	ansType = 1 + iota
	ansTTL
	ansAddr
	ansName
	ansPseudonym
)

const (
	tlsVersion = 1 + iota
	tlsSNI
	tlsJA3
	tlsJA4
	tlsDigest
	tlsSubject
	tlsIssuer
	tlsNames
	tlsNotBefore
	tlsNotAfter
)

// AppendBatch appends the canonical encoding of b's records, in their order and
// with their parts, to dst. Two batches have the same encoding exactly when
// their records say the same: where texts lie, what lies unused in b, and
// whether records share a part does not show. The spans of b MUST lie inside its
// lists.
func AppendBatch(dst []byte, b *Batch) []byte {
	dst = append(dst, EncodingVersion)
	for i := range b.Records {
		at := len(dst)
		dst = append(dst, 0)
		dst = closePart(AppendRecord(dst, b, &b.Records[i]), at)
	}
	return dst
}

// AppendRecord appends the canonical encoding of one record of b, without the
// length that stands before it in a batch. It is what digests of single records
// are made of.
func AppendRecord(dst []byte, b *Batch, r *Record) []byte {
	dst = appendTime(dst, recFirst, r.First)
	dst = appendTime(dst, recLast, r.Last-r.First)
	dst = appendAddr(dst, recSrc, r.Src)
	dst = appendAddr(dst, recDst, r.Dst)
	dst = appendUint(dst, recSrcPort, uint64(r.SrcPort))
	dst = appendUint(dst, recDstPort, uint64(r.DstPort))
	dst = appendUint(dst, recProto, uint64(r.Proto))
	dst = appendUint(dst, recSrcBytes, r.SrcBytes)
	dst = appendUint(dst, recDstBytes, r.DstBytes)
	dst = appendUint(dst, recSrcPackets, r.SrcPackets)
	dst = appendUint(dst, recDstPackets, r.DstPackets)
	dst = appendUint(dst, recSrcFlags, uint64(r.SrcFlags))
	dst = appendUint(dst, recDstFlags, uint64(r.DstFlags))
	dst = appendUint(dst, recKind, uint64(r.Kind))
	dst = appendUint(dst, recState, uint64(r.State))
	dst = appendUint(dst, recService, uint64(r.Service))
	dst = appendUint(dst, recSampling, uint64(r.Sampling))
	dst = appendUint(dst, recLink, uint64(r.Link))
	dst = appendUint(dst, recSignature, uint64(r.Signature))
	dst = appendText(dst, recHost, b, r.Host)
	if d := b.DNSOf(r); d != nil {
		at := len(dst) + 1
		dst = closePart(appendDNS(append(dst, recDNS, 0), b, d), at)
	}
	if t := b.TLSOf(r); t != nil {
		at := len(dst) + 1
		dst = closePart(appendTLS(append(dst, recTLS, 0), b, t), at)
	}
	return appendUint(dst, recPseudonyms, uint64(r.Pseudonyms))
}

func appendDNS(dst []byte, b *Batch, d *DNS) []byte {
	dst = appendText(dst, dnsQuestion, b, d.Question)
	dst = appendUint(dst, dnsType, uint64(d.Type))
	dst = appendUint(dst, dnsRcode, uint64(d.Rcode))
	if d.Answers.From == d.Answers.To {
		return dst
	}
	list := len(dst) + 1
	dst = append(dst, dnsAnswers, 0)
	for i := d.Answers.From; i < d.Answers.To; i++ {
		a := &b.Answers[i]
		at := len(dst)
		dst = append(dst, 0)
		dst = appendUint(dst, ansType, uint64(a.Type))
		dst = appendUint(dst, ansTTL, uint64(a.TTL))
		dst = appendAddr(dst, ansAddr, a.Addr)
		dst = appendText(dst, ansName, b, a.Name)
		dst = closePart(appendUint(dst, ansPseudonym, uint64(a.Pseudonym)), at)
	}
	return closePart(dst, list)
}

func appendTLS(dst []byte, b *Batch, t *TLS) []byte {
	dst = appendUint(dst, tlsVersion, uint64(t.Version))
	dst = appendText(dst, tlsSNI, b, t.SNI)
	dst = appendText(dst, tlsJA3, b, t.JA3)
	dst = appendText(dst, tlsJA4, b, t.JA4)
	dst = appendText(dst, tlsDigest, b, t.Digest)
	dst = appendText(dst, tlsSubject, b, t.Subject)
	dst = appendText(dst, tlsIssuer, b, t.Issuer)
	if t.Names.From != t.Names.To {
		list := len(dst) + 1
		dst = append(dst, tlsNames, 0)
		for _, n := range b.Names[t.Names.From:t.Names.To] {
			dst = binary.AppendUvarint(dst, uint64(n.Len))
			dst = append(dst, b.Bytes(n)...)
		}
		dst = closePart(dst, list)
	}
	dst = appendTime(dst, tlsNotBefore, t.NotBefore)
	return appendTime(dst, tlsNotAfter, t.NotAfter)
}

func appendUint(dst []byte, field byte, v uint64) []byte {
	if v == 0 {
		return dst
	}
	return binary.AppendUvarint(append(dst, field), v)
}

// appendTime folds the sign into the lowest bit, so that small times of either
// sign are short.
func appendTime(dst []byte, field byte, v int64) []byte {
	return appendUint(dst, field, uint64(v)<<1^uint64(v>>63))
}

func appendAddr(dst []byte, field byte, a Addr) []byte {
	switch {
	case a.IsZero():
		return dst
	case a.Is4():
		return append(dst, field, 4, a[12], a[13], a[14], a[15])
	}
	return append(append(dst, field, 16), a[:]...)
}

func appendText(dst []byte, field byte, b *Batch, t Text) []byte {
	if t.Len == 0 {
		return dst
	}
	return append(binary.AppendUvarint(append(dst, field), uint64(t.Len)), b.Bytes(t)...)
}

// closePart writes the length of what follows the one byte kept free at dst[at],
// moving it up when its length needs more than that byte.
func closePart(dst []byte, at int) []byte {
	n := len(dst) - at - 1
	if n < 0x80 {
		dst[at] = byte(n)
		return dst
	}
	var length [binary.MaxVarintLen64]byte
	w := binary.PutUvarint(length[:], uint64(n))
	dst = append(dst, length[:w-1]...)
	copy(dst[at+w:], dst[at+1:at+1+n])
	copy(dst[at:], length[:w])
	return dst
}
