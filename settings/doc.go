// Package settings is what the configuration file can set, gathered from those to whom
// the values belong. It holds no default and no limit of its own: each package owns
// its Config, and says of it what a value may be. It never reads the environment.
package settings
