package packet

import (
	"sync"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/packet/header"
)

// ports are the services that are usually offered on a port, by protocol << 16 | port.
// Of TLS, HTTP and SSH the payload says more, see serviceOf.
var ports = sync.OnceValue(func() map[uint32]flow.Service {
	all := map[uint32]flow.Service{}
	for _, row := range []struct {
		service  flow.Service
		tcp, udp []uint32
	}{
		{flow.ServiceDNS, []uint32{53}, []uint32{53, 5353, 5355}},
		{flow.ServiceTLS, []uint32{443, 8443}, nil},
		{flow.ServiceHTTP, []uint32{80, 8080}, nil},
		{flow.ServiceNTP, nil, []uint32{123}},
		{flow.ServiceSSH, []uint32{22}, nil},
		{flow.ServiceQUIC, nil, []uint32{443}},
		{flow.ServiceSMTP, []uint32{25, 465, 587}, nil},
		{flow.ServiceMail, []uint32{110, 143, 993, 995}, nil},
		{flow.ServiceFTP, []uint32{20, 21}, nil},
		{flow.ServiceSMB, []uint32{139, 445}, []uint32{137, 138}},
		{flow.ServiceRDP, []uint32{3389}, []uint32{3389}},
		{flow.ServiceDHCP, nil, []uint32{67, 68, 546, 547}},
		{flow.ServiceSIP, []uint32{5060, 5061}, []uint32{5060, 5061}},
		{flow.ServiceSNMP, nil, []uint32{161, 162}},
		{flow.ServiceMQTT, []uint32{1883, 8883}, nil},
		{flow.ServiceKerberos, []uint32{88}, []uint32{88}},
		{flow.ServiceLDAP, []uint32{389, 636, 3268, 3269}, []uint32{389}},
		{flow.ServiceDatabase, []uint32{1433, 1521, 3306, 5432, 6379, 9042, 27017}, nil},
	} {
		for _, p := range row.tcp {
			all[header.TCP<<16|p] = row.service
		}
		for _, p := range row.udp {
			all[header.UDP<<16|p] = row.service
		}
	}
	return all
})

// serviceOf says what a flow carries: what was recognised in it, else what its port
// says; but a port of TLS, HTTP or SSH says nothing once other payload was seen.
func serviceOf(recognised flow.Service, proto uint8, port uint16, payload bool) flow.Service {
	if recognised != flow.ServiceUnknown {
		return recognised
	}
	s := ports()[uint32(proto)<<16|uint32(port)]
	if payload && (s == flow.ServiceTLS || s == flow.ServiceHTTP || s == flow.ServiceSSH) {
		return flow.ServiceUnknown
	}
	return s
}
