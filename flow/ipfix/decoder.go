package ipfix

import (
	"cmp"
	"encoding/binary"
	"hash/maphash"
	"slices"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/ipfix/template"
)

// Options are the limits of a decoder; zero fields take the default.
type Options struct {
	Sessions  int // exporters and domains remembered at once; 4,096
	Templates int // templates of all of them; 16,384
	Waiting   int // octets of data that wait for their template; 4 MiB
	// Link numbers an observation point; each new one gets the next number from 1
	// by default.
	Link func(from Exporter, version uint16, domain uint32) uint32
}

// Stats counts what a decoder met.
type Stats struct {
	Messages  uint64 // datagrams or messages of files
	Flows     uint64 // records made
	Options   uint64 // records about the exporter
	Other     uint64 // records without addresses, counters or IP: of switches, of events
	Templates uint64 // received and new
	Late      uint64 // flows that had to wait for their template
	Evicted   uint64 // sessions forgotten because there were too many
}

// Decoder reads messages of any number of exporters. It has one owner.
type Decoder struct {
	o         Options
	sessions  map[sessionKey]*session
	siblings  map[sessionKey][]*session // by key without port
	last      *session
	templates int // in all sessions
	links     uint32
	tick      uint64
	waiting   waiting
	seed      maphash.Seed
	spec      template.Spec
	values    template.Values
	stats     Stats
	err       *Error // the first of the message at hand
	counted   Counted
}

// Counted is what a message holds, as numbers of messages count it.
type Counted struct {
	Records uint32 // data records, those of options too
	Flows   uint32 // without those of options
	Whole   bool   // every set could be counted; false while a template is not known
}

// Counted gives what the last message held that was given to Decode.
func (d *Decoder) Counted() Counted { return d.counted }

// NewDecoder makes a decoder that knows no template yet.
func NewDecoder(o Options) *Decoder {
	set := func(n *int, def int) {
		if *n <= 0 {
			*n = def
		}
	}
	set(&o.Sessions, 4096)
	set(&o.Templates, 16384)
	set(&o.Waiting, 4<<20)
	return &Decoder{o: o, sessions: map[sessionKey]*session{}, siblings: map[sessionKey][]*session{},
		waiting: waiting{limit: o.Waiting}, seed: maphash.MakeSeed()}
}

// Stats gives the counts so far.
func (d *Decoder) Stats() Stats { return d.stats }

// Decode appends the flows of one datagram to b, those too that had waited for a
// template in it. The error, an *[Error], is about the first part that could not be
// read; all others were. b holds nothing of the datagram afterwards.
func (d *Decoder) Decode(datagram []byte, from Exporter, b *flow.Batch) error {
	d.stats.Messages++
	d.err = nil
	d.counted = Counted{}
	before := len(b.Records)
	version := uint16(0)
	if len(datagram) >= 2 {
		version = binary.BigEndian.Uint16(datagram)
	}
	switch version {
	case v5:
		d.five(datagram, from, b)
	case v9:
		d.nine(datagram, from, b)
	case v10:
		d.ten(datagram, from, b)
	default:
		d.fail(&session{key: sessionKey{version: version}}, 0, 0, BadVersion)
	}
	d.stats.Flows += uint64(len(b.Records) - before)
	if d.err != nil {
		return d.err
	}
	return nil
}

// fail notes that something is wrong; the first stays.
func (d *Decoder) fail(s *session, set uint16, at int, r Reason) {
	if d.err == nil {
		d.err = &Error{Version: s.key.version, Domain: s.key.domain, Set: set, Offset: at, Reason: r}
	}
}

func sortExporters(all []ExporterStats) {
	slices.SortFunc(all, func(a, b ExporterStats) int {
		return cmp.Or(cmp.Compare(a.Link, b.Link), cmp.Compare(a.Domain, b.Domain), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Port, b.Port))
	})
}
