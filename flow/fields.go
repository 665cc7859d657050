package flow

import _ "embed"

//go:embed fields.toml
var fields string

// Fields is the closed list in TOML: every field of a record with its number on
// the wire, its unit, its standard and the reason why it is machine information.
func Fields() string { return fields }
