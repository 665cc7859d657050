package ipfixtest

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/noroshi-acd/noroshi/flow"
)

// Shape of what [Make] makes.
const (
	PerDatagram5  = 30 // flows in a datagram of NetFlow v5
	PerDatagram   = 28 // flows in one of NetFlow v9 and IPFIX
	TemplateEvery = 50 // datagrams from one template to the next
	TemplateID    = 256
	Domain        = 7
	hosts         = 1 << 16
)

// Field is one field of a template.
type Field struct {
	Enterprise uint32
	ID, Length uint16
}

// fields are those of the templates that Make uses: 14 as routers export them.
func fields(version uint16) []Field {
	list := []Field{{0, 8, 4}, {0, 12, 4}, {0, 15, 4}, {0, 10, 4}, {0, 14, 4}, {0, 2, 4}, {0, 1, 4}, {0, 22, 4}, {0, 21, 4},
		{0, 7, 2}, {0, 11, 2}, {0, 6, 1}, {0, 4, 1}, {0, 5, 1}}
	if version == 10 {
		list[7], list[8] = Field{0, 152, 8}, Field{0, 153, 8}
	}
	return list
}

// Make gives datagrams of version 5, 9 or 10 with n flows between hosts that are drawn
// by Zipf's law, and the records that they stand for, without link. The same seed gives
// the same.
func Make(version uint16, n int, seed uint64) (datagrams [][]byte, truth []flow.Record) {
	r := rand.New(rand.NewPCG(seed, 5))
	zipf := rand.NewZipf(r, 1.2, 8, hosts-1)
	per := PerDatagram
	if version == 5 {
		per = PerDatagram5
	}
	now := int64(1_700_000_000) // s
	const booted = 1_699_000_000
	for done := 0; done < n; done += per {
		var batch []flow.Record
		for range min(per, n-done) {
			batch = append(batch, exchange(r, zipf, now))
		}
		m := Message{Version: version, Export: uint32(now), Booted: booted, Domain: Domain}
		switch version {
		case 5:
			m.Number = uint32(done)
		case 9:
			m.Number = uint32(len(datagrams))
		default:
			m.Number = uint32(done)
		}
		datagrams = append(datagrams, m.bytes(batch, len(datagrams)%TemplateEvery == 0))
		truth = append(truth, batch...)
		if r.IntN(8) == 0 {
			now++
		}
	}
	return datagrams, truth
}

// exchange draws a flow that ended before now, s.
func exchange(r *rand.Rand, zipf *rand.Zipf, now int64) flow.Record {
	addr := func(net byte) flow.Addr {
		h := zipf.Uint64()
		return flow.Addr4([4]byte{net, 20, byte(h >> 8), byte(h)})
	}
	x := flow.Record{Src: addr(10), Dst: addr(100), SrcPort: uint16(1024 + r.IntN(60000)), DstPort: []uint16{443, 80, 53, 22, 8080}[r.IntN(5)],
		Proto: 6, SrcFlags: flow.SYN | flow.ACK | flow.PSH | flow.FIN}
	if x.DstPort == 53 {
		x.Proto, x.SrcFlags = 17, 0
	}
	x.Last = now*1e9 - int64(r.IntN(15000))*1e6
	x.First = x.Last - int64(r.IntN(60000))*1e6
	x.SrcPackets = 1 + uint64(r.IntN(1000))
	x.SrcBytes = x.SrcPackets * uint64(40+r.IntN(1400))
	return x
}

// Message is the head of a message.
type Message struct {
	Version uint16
	Export  uint32 // s since 1970
	Booted  uint32 // when the exporter started, s since 1970
	Number  uint32
	Domain  uint32
}

// bytes makes the datagram of records.
func (m Message) bytes(records []flow.Record, withTemplate bool) []byte {
	if m.Version == 5 {
		b := m.Head(len(records))
		for i := range records {
			b = m.append5(b, &records[i])
		}
		return b
	}
	var sets [][]byte
	if withTemplate {
		sets = append(sets, m.Template(TemplateID, fields(m.Version)...))
	}
	var data []byte
	for i := range records {
		data = m.append(data, &records[i])
	}
	return m.Build(len(records), append(sets, Set(TemplateID, data))...)
}

func (m Message) uptime(at int64) uint32 { return uint32(at/1e6 - int64(m.Booted)*1000) }

// Head gives the head of a message with so many records; of IPFIX without its length.
func (m Message) Head(records int) []byte {
	be := binary.BigEndian
	b := be.AppendUint16(nil, m.Version)
	if m.Version == 10 {
		b = be.AppendUint16(b, 0)
		b = be.AppendUint32(be.AppendUint32(b, m.Export), m.Number)
		return be.AppendUint32(b, m.Domain)
	}
	b = be.AppendUint16(b, uint16(records))
	b = be.AppendUint32(be.AppendUint32(b, m.uptime(int64(m.Export)*1e9)), m.Export)
	if m.Version == 9 {
		return be.AppendUint32(be.AppendUint32(b, m.Number), m.Domain)
	}
	b = be.AppendUint32(be.AppendUint32(b, 0), m.Number)
	return be.AppendUint16(be.AppendUint16(b, uint16(m.Domain)), 0)
}

// Build gives the message of sets, with so many records in them.
func (m Message) Build(records int, sets ...[]byte) []byte {
	b := m.Head(records)
	for _, s := range sets {
		b = append(b, s...)
	}
	if m.Version == 10 {
		binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	}
	return b
}

// Template gives a set with one template.
func (m Message) Template(id uint16, list ...Field) []byte {
	b := binary.BigEndian.AppendUint16(nil, id)
	b = binary.BigEndian.AppendUint16(b, uint16(len(list)))
	set := uint16(2)
	if m.Version == 9 {
		set = 0
	}
	return Set(set, appendFields(b, list))
}

// Options gives a set with one options template, the first scope fields of which say
// what its records are about.
func (m Message) Options(id uint16, scope int, list ...Field) []byte {
	b := binary.BigEndian.AppendUint16(nil, id)
	if m.Version == 9 {
		b = binary.BigEndian.AppendUint16(b, uint16(4*scope))
		b = binary.BigEndian.AppendUint16(b, uint16(4*(len(list)-scope)))
		return Set(1, appendFields(b, list))
	}
	b = binary.BigEndian.AppendUint16(b, uint16(len(list)))
	b = binary.BigEndian.AppendUint16(b, uint16(scope))
	return Set(3, appendFields(b, list))
}

func appendFields(b []byte, list []Field) []byte {
	for _, f := range list {
		if f.Enterprise != 0 {
			b = binary.BigEndian.AppendUint16(b, f.ID|0x8000)
			b = binary.BigEndian.AppendUint16(b, f.Length)
			b = binary.BigEndian.AppendUint32(b, f.Enterprise)
			continue
		}
		b = binary.BigEndian.AppendUint16(b, f.ID)
		b = binary.BigEndian.AppendUint16(b, f.Length)
	}
	return b
}

// Set puts the head of a set before data.
func Set(id uint16, data []byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, id)
	b = binary.BigEndian.AppendUint16(b, uint16(4+len(data)))
	return append(b, data...)
}

// append writes a record of fields.
func (m Message) append(b []byte, x *flow.Record) []byte {
	be := binary.BigEndian
	b = append(append(b, x.Src[12:]...), x.Dst[12:]...)
	b = append(b, 192, 0, 2, 1, 0, 0, 0, 3, 0, 0, 0, 4) // next hop, interfaces
	b = be.AppendUint32(be.AppendUint32(b, uint32(x.SrcPackets)), uint32(x.SrcBytes))
	if m.Version == 10 {
		b = be.AppendUint64(be.AppendUint64(b, uint64(x.First/1e6)), uint64(x.Last/1e6))
	} else {
		b = be.AppendUint32(be.AppendUint32(b, m.uptime(x.First)), m.uptime(x.Last))
	}
	b = be.AppendUint16(be.AppendUint16(b, x.SrcPort), x.DstPort)
	return append(b, x.SrcFlags, x.Proto, 0)
}

func (m Message) append5(b []byte, x *flow.Record) []byte {
	be := binary.BigEndian
	b = append(append(b, x.Src[12:]...), x.Dst[12:]...)
	b = append(b, 192, 0, 2, 1, 0, 3, 0, 4)
	b = be.AppendUint32(be.AppendUint32(b, uint32(x.SrcPackets)), uint32(x.SrcBytes))
	b = be.AppendUint32(be.AppendUint32(b, m.uptime(x.First)), m.uptime(x.Last))
	b = be.AppendUint16(be.AppendUint16(b, x.SrcPort), x.DstPort)
	return append(b, 0, x.SrcFlags, x.Proto, 0, 0, 0, 0, 0, 24, 24, 0, 0)
}
