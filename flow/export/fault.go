package export

import (
	"errors"

	"github.com/noroshi-acd/noroshi/flow/ipfix"
	"github.com/noroshi-acd/noroshi/flow/sflow"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// explain says in words what a decoder complained of; the message stands at at.
func explain(err error, at fault.Place) error {
	var e *ipfix.Error
	var s *sflow.Error
	msg, hint := i18n.Text{}, i18n.Both("export.hint.damaged")
	switch {
	case errors.As(err, &e):
		msg, hint = netflow(e, hint)
	case errors.As(err, &s):
		msg = sampledFault(s)
	}
	return fault.Said(fault.Error{Kind: fault.Invalid, Place: at, Err: fault.Quiet(err)}, i18n.Both("export.op"), msg, hint)
}

func netflow(e *ipfix.Error, hint i18n.Text) (i18n.Text, i18n.Text) {
	key := map[ipfix.Reason]string{
		ipfix.Truncated: "truncated", ipfix.BadVersion: "version", ipfix.BadLength: "length", ipfix.BadSet: "set",
		ipfix.BadTemplate: "template", ipfix.BadRecord: "record", ipfix.TooMany: "many",
	}[e.Reason]
	switch e.Reason {
	case ipfix.Truncated:
		hint = i18n.Both("export.hint.truncated")
	case ipfix.TooMany:
		hint = i18n.Both("export.hint.many")
	}
	return i18n.Both("export.flows."+key, "version", e.Version, "domain", e.Domain, "set", e.Set, "offset", e.Offset), hint
}

func sampledFault(e *sflow.Error) i18n.Text {
	key := map[sflow.Reason]string{
		sflow.Truncated: "truncated", sflow.BadVersion: "version", sflow.BadAgent: "agent", sflow.BadSample: "sample", sflow.BadHeader: "header",
	}[e.Reason]
	return i18n.Both("export.samples."+key, "version", e.Version, "sample", e.Sample, "offset", e.Offset)
}

// unread is the error about data whose template did not come.
func unread(sets uint64, at fault.Place) error {
	return fault.Said(fault.Error{Kind: fault.Invalid, Place: at}, i18n.Both("export.op"),
		i18n.Both("export.unread", "sets", sets), i18n.Both("export.hint.unread"))
}
