// Package calendar is the working days of one country as a paper: weekend, holidays by
// date, and the clock on the wall, each with where it is known from. It adds working
// days and hours to an instant and counts them between two.
//
// The package refuses to count where it knows nothing: outside its years each answer is
// an error, never a day without holidays. It knows no country of its own.
package calendar
