package criteria

// form is how a field's values are written and compared.
type form uint8

const (
	address form = iota // IP addresses and prefixes
	number              // whole numbers and ranges
	name                // host names, and "*.x" for all below x
	word                // digests and fingerprints, each as it is
)

// field is one field of the flow record that criteria can speak of. A record may have
// several values of a field (answers, names of a certificate): the condition is met
// when one of them lies in the set.
type field struct {
	name    string
	form    form
	most    uint64 // of numbers
	several bool
}

// fields are the fields of flow/fields.toml that a criterion may use, by name. Fields
// that hold free text (subject, issuer) and times have no decidable sets, and are not
// among them.
var fields = []field{
	{name: "dns.answers.addr", form: address, several: true},
	{name: "dns.answers.name", form: name, several: true},
	{name: "dns.question", form: name},
	{name: "dns.rcode", form: number, most: 65535},
	{name: "dns.type", form: number, most: 65535},
	{name: "dst", form: address},
	{name: "dst_bytes", form: number, most: 1<<53 - 1},
	{name: "dst_packets", form: number, most: 1<<53 - 1},
	{name: "dst_port", form: number, most: 65535},
	{name: "host", form: name},
	{name: "proto", form: number, most: 255},
	{name: "service", form: number, most: 255},
	{name: "signature", form: number, most: 1<<32 - 1},
	{name: "src", form: address},
	{name: "src_bytes", form: number, most: 1<<53 - 1},
	{name: "src_packets", form: number, most: 1<<53 - 1},
	{name: "src_port", form: number, most: 65535},
	{name: "state", form: number, most: 255},
	{name: "tls.digest", form: word},
	{name: "tls.ja3", form: word},
	{name: "tls.ja4", form: word},
	{name: "tls.names", form: name, several: true},
	{name: "tls.sni", form: name},
	{name: "tls.version", form: number, most: 65535},
}

// fieldOf gives the number of the field of that name, -1 when there is none.
func fieldOf(name string) int {
	for i := range fields {
		if fields[i].name == name {
			return i
		}
	}
	return -1
}
