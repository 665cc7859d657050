package decoders

import (
	"bytes"
	"errors"
	"strings"

	"github.com/netsampler/goflow2/v2/decoders/netflow"
	"github.com/netsampler/goflow2/v2/decoders/netflowlegacy"
	peersflow "github.com/netsampler/goflow2/v2/decoders/sflow"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/ipfix"
	"github.com/noroshi-acd/noroshi/flow/sflow"
)

// reader reads one datagram and says how many records of data were in it.
type reader func(p []byte) (records int, err error)

// ours makes a reader of ours that has seen the train's templates.
func (t *train) ours(out *flow.Batch) reader {
	var read reader
	if t.proto == 0 {
		d := sflow.NewDecoder(sflow.Options{})
		read = func(p []byte) (int, error) {
			before := len(out.Records)
			err := d.Decode(p, t.from, 1, out)
			return room(out, before), err
		}
	} else {
		d := ipfix.NewDecoder(ipfix.Options{})
		read = func(p []byte) (int, error) {
			before := len(out.Records)
			err := d.Decode(p, ipfix.Exporter{Addr: t.from}, out)
			return room(out, before), err
		}
	}
	for _, p := range t.templates {
		_, _ = read(p) // what cannot be read of it is not measured either
	}
	return read
}

// room counts what was appended since before, and empties a full batch.
func room(out *flow.Batch, before int) int {
	n := len(out.Records) - before
	if len(out.Records) >= flow.BatchSize {
		out.Reset()
	}
	return n
}

// theirs makes a reader of goflow2 that has seen the train's templates.
func (t *train) theirs() reader {
	var read reader
	switch t.proto {
	case 0:
		read = func(p []byte) (int, error) {
			var m peersflow.Packet
			err := peersflow.DecodeMessageVersion(bytes.NewBuffer(p), &m)
			return samples(&m), err
		}
	case 5:
		read = func(p []byte) (int, error) {
			var m netflowlegacy.PacketNetFlowV5
			err := netflowlegacy.DecodeMessageVersion(bytes.NewBuffer(p), &m)
			return len(m.Records), err
		}
	default:
		known := finite{netflow.CreateTemplateSystem()}
		read = func(p []byte) (int, error) {
			var nine netflow.NFv9Packet
			var ten netflow.IPFIXPacket
			err := netflow.DecodeMessageVersion(bytes.NewBuffer(p), known, &nine, &ten)
			if err != nil && strings.Contains(err.Error(), "template not found") {
				err = nil // the records that it missed will be missed in the count
			}
			return records(nine.FlowSets) + records(ten.FlowSets), err
		}
	}
	for _, p := range t.templates {
		_, _ = read(p)
	}
	return read
}

func records(sets []any) (n int) {
	for _, s := range sets {
		if s, ok := s.(netflow.DataFlowSet); ok {
			n += len(s.Records)
		}
	}
	return n
}

func samples(m *peersflow.Packet) (n int) {
	for _, s := range m.Samples {
		switch s.(type) {
		case peersflow.FlowSample, peersflow.ExpandedFlowSample:
			n++
		}
	}
	return n
}

// finite keeps from goflow2 the templates of no length, on which it never ends.
type finite struct{ netflow.NetFlowTemplateSystem }

var errEmpty = errors.New("a template of no length")

func (f finite) AddTemplate(version uint16, domain uint32, id uint16, template any) error {
	size := 0
	add := func(list []netflow.Field) {
		for _, x := range list {
			size += int(x.Length)
		}
	}
	switch x := template.(type) {
	case netflow.TemplateRecord:
		add(x.Fields)
	case netflow.IPFIXOptionsTemplateRecord:
		add(x.Scopes)
		add(x.Options)
	case netflow.NFv9OptionsTemplateRecord:
		add(x.Scopes)
		add(x.Options)
	}
	if size == 0 {
		return errEmpty
	}
	return f.NetFlowTemplateSystem.AddTemplate(version, domain, id, template)
}

// agree keeps those datagrams of t in which both readers find the same number of
// flows, and gives that number. What it had before becomes its templates.
func (t *train) agree() (flows int) {
	t.templates = t.datagrams
	var out flow.Batch
	ours, theirs := t.ours(&out), t.theirs()
	t.datagrams = nil
	for _, p := range t.templates {
		n, err := ours(p)
		m, theirErr := theirs(p)
		if err == nil && theirErr == nil && n == m && n > 0 {
			t.datagrams = append(t.datagrams, p)
			flows += n
		}
	}
	return flows
}
