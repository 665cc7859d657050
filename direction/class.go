package direction

// Class is the direction class (通信区分) of an exchange.
type Class uint8

// The direction classes. The zero value is Unknown, which counts as domestic
// wherever something could leave.
const (
	Unknown  Class = iota // 不明: at least one end cannot be placed
	Transit               // 外外: abroad to abroad
	Inbound               // 外内: abroad to domestic
	Outbound              // 内外: domestic to abroad
	Domestic              // 内内: domestic to domestic
)

// Classes is the number of classes.
const Classes = 5

// String gives the class's identifier, as in words.toml.
func (c Class) String() string {
	return [...]string{"unknown", "transit", "inbound", "outbound", "domestic"}[c]
}
