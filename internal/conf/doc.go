// Package conf reads the one configuration file, in TOML, with one section per
// component, and shows what is in force.
//
// A component owns its Config struct, its DefaultConfig function and its Validate
// method; the assembly lists the [Section]s that it wants. conf refuses keys that
// nobody asked for, naming file, line and the nearest key; it refuses values out of
// range in sentences that name the key as it stands in the file; and it never
// reads the environment or a secret's value: secrets are given by path.
package conf
