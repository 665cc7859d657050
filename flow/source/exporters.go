package source

import (
	"github.com/noroshi-acd/noroshi/flow/ipfix"
	"github.com/noroshi-acd/noroshi/flow/sflow"
)

// Exporters lists those whose NetFlow and IPFIX datagrams stood in captures, with
// what is missing of them. It is to be asked when Next has given its last.
func (s *Set) Exporters() []ipfix.ExporterStats {
	for _, f := range s.o.families {
		if c, ok := f.(captures); ok {
			return c.exports.Exporters()
		}
	}
	return nil
}

// Agents lists the sFlow agents whose datagrams stood in captures, likewise.
func (s *Set) Agents() []sflow.AgentStats {
	for _, f := range s.o.families {
		if c, ok := f.(captures); ok {
			return c.exports.Agents()
		}
	}
	return nil
}
