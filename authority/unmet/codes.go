package unmet
// Codes are x.
var Codes = map[string]string{}
