package ipfix_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/netsampler/goflow2/v2/decoders/netflow"
	"github.com/netsampler/goflow2/v2/decoders/netflowlegacy"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/ipfix"
	"github.com/noroshi-acd/noroshi/flow/ipfix/ipfixtest"
)

const benchFlows = 28 * 30 * 20

// BenchmarkDecode decodes to flow records, and beside it what goflow2's decoder makes
// of the same datagrams.
func BenchmarkDecode(b *testing.B) {
	for _, version := range []uint16{5, 9, 10} {
		datagrams, _ := ipfixtest.Make(version, benchFlows, 1)
		perFlow := func(b *testing.B) {
			b.ReportMetric(float64(b.N)*benchFlows/b.Elapsed().Seconds()/1e6, "Mflows/s")
			b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/benchFlows, "ns/flow")
		}
		b.Run(fmt.Sprintf("v%d/noroshi", version), func(b *testing.B) {
			d := ipfix.NewDecoder(ipfix.Options{})
			var out flow.Batch
			b.ReportAllocs()
			for b.Loop() {
				for _, p := range datagrams {
					if err := d.Decode(p, ipfix.Exporter{}, &out); err != nil {
						b.Fatal(err)
					}
					if len(out.Records) >= flow.BatchSize {
						out.Reset()
					}
				}
			}
			perFlow(b)
		})
		b.Run(fmt.Sprintf("v%d/goflow2", version), func(b *testing.B) {
			templates := netflow.CreateTemplateSystem()
			b.ReportAllocs()
			for b.Loop() {
				for _, p := range datagrams {
					var err error
					if version == 5 {
						var m netflowlegacy.PacketNetFlowV5
						err = netflowlegacy.DecodeMessageVersion(bytes.NewBuffer(p), &m)
					} else {
						var nine netflow.NFv9Packet
						var ten netflow.IPFIXPacket
						err = netflow.DecodeMessageVersion(bytes.NewBuffer(p), templates, &nine, &ten)
					}
					if err != nil {
						b.Fatal(err)
					}
				}
			}
			perFlow(b)
		})
	}
}
