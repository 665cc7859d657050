// Package commission holds the verb commission, of those who decide: the service itself,
// and what a member does on the own machine. It refuses to sign what it has not shown and
// to send a key anywhere. What inspects and reports is in package oversee.
package commission
