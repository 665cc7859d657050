// Package review judges an application by machine, before a person sees it: it finds the
// profile, the rules and the lock that the application names, and lists all that it
// lacks for them, and for the warrant that it asks for.
//
// It refuses to judge by other rules than those that the application names, and says no
// yes: what lacks nothing is for the members to decide.
package review
