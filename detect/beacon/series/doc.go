// Package series holds when a pair of machines had contact, and how much: a few
// contacts of a pair that is cold, the latest hundred of one that is warm, each in a
// memory that is bounded whatever comes. It refuses to judge them, and knows neither
// names nor addresses.
package series
