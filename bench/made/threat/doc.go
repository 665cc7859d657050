// Package threat plays the planted threats, in classes of our own: beacons of many
// rhythms, sessions that stay, bots in numbers, tunnels through DNS, generated
// names, scans and spreading. Each class has a name, so that it can be held out of
// tuning. It refuses to hide: every threat is planted on the stage's list.
package threat
