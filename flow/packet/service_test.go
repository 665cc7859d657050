package packet

import (
	"testing"

	"github.com/noroshi-acd/noroshi/flow"
)

func TestServiceOf(t *testing.T) {
	for _, c := range []struct {
		recognised flow.Service
		proto      uint8
		port       uint16
		payload    bool
		want       flow.Service
	}{
		{0, 6, 443, false, flow.ServiceTLS},
		{0, 6, 443, true, flow.ServiceUnknown}, // something else on a borrowed port
		{flow.ServiceTLS, 6, 9001, true, flow.ServiceTLS},
		{flow.ServiceSSH, 6, 443, true, flow.ServiceSSH},
		{0, 17, 443, true, flow.ServiceQUIC},
		{0, 17, 123, true, flow.ServiceNTP},
		{0, 6, 123, true, flow.ServiceUnknown},
		{0, 1, 8, false, flow.ServiceUnknown},
	} {
		if got := serviceOf(c.recognised, c.proto, c.port, c.payload); got != c.want {
			t.Errorf("%+v: got %d", c, got)
		}
	}
}
