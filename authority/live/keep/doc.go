// Package keep is a folder for what a tap, an edge or an agent must still know after a
// crash: the latest liveness, grants that are not closed, effects that hold. What was
// put is on the disk when Put returns, whole or not at all.
//
// It refuses a second writer beside the first, names that could leave the folder, and
// files longer than a paper. Who can write into the folder can make its owner forget:
// it must belong to the process alone.
package keep
