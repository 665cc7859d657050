// Package template turns the templates of NetFlow v9 and IPFIX into plans: where in
// a record each value stands that a flow record can hold. A plan then makes flow
// records of data sets without looking at the template again, and without memory of
// its own.
//
// A plan of fixed lengths is a list of loads, each of eight octets, a shift and a
// mask, into a row of slots; what the slots mean for times, addresses and counters
// was decided when the plan was made. A plan with variable lengths walks.
//
// It refuses elements that the closed list of package flow has no place for: they
// get no load, so that nothing of them is ever touched. Of elements that hold the
// beginning of a packet only the headers are read.
package template
