package packet

import "github.com/noroshi-acd/noroshi/flow"

// byPort names the service that is usually offered on a port. Of TLS, HTTP and SSH
// the payload says more, see serviceOf.
func byPort(proto uint8, port uint16) flow.Service {
	if proto != protoTCP && proto != protoUDP {
		return flow.ServiceUnknown
	}
	switch port {
	case 53, 5353, 5355:
		return flow.ServiceDNS
	case 123:
		return flow.ServiceNTP
	case 88:
		return flow.ServiceKerberos
	case 389, 636, 3268, 3269:
		return flow.ServiceLDAP
	case 5060, 5061:
		return flow.ServiceSIP
	case 3389:
		return flow.ServiceRDP
	}
	if proto == protoUDP {
		switch port {
		case 443:
			return flow.ServiceQUIC
		case 67, 68, 546, 547:
			return flow.ServiceDHCP
		case 161, 162:
			return flow.ServiceSNMP
		case 137, 138:
			return flow.ServiceSMB
		}
		return flow.ServiceUnknown
	}
	switch port {
	case 22:
		return flow.ServiceSSH
	case 80, 8080:
		return flow.ServiceHTTP
	case 443, 8443:
		return flow.ServiceTLS
	case 20, 21:
		return flow.ServiceFTP
	case 139, 445:
		return flow.ServiceSMB
	}
	return moreByPort(port)
}

// moreByPort goes on with TCP.
func moreByPort(port uint16) flow.Service {
	switch port {
	case 25, 465, 587:
		return flow.ServiceSMTP
	case 110, 143, 993, 995:
		return flow.ServiceMail
	case 1883, 8883:
		return flow.ServiceMQTT
	case 1433, 1521, 3306, 5432, 6379, 9042, 27017:
		return flow.ServiceDatabase
	}
	return flow.ServiceUnknown
}

// serviceOf says what a flow carries: what was recognised in it, else what its port
// says; but a port of TLS, HTTP or SSH says nothing once other payload was seen.
func serviceOf(recognised flow.Service, proto uint8, port uint16, payload bool) flow.Service {
	if recognised != flow.ServiceUnknown {
		return recognised
	}
	s := byPort(proto, port)
	if payload && (s == flow.ServiceTLS || s == flow.ServiceHTTP || s == flow.ServiceSSH) {
		return flow.ServiceUnknown
	}
	return s
}
