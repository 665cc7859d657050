// Package register keeps what oversight has put on paper: inspections and their samples,
// notices, demands and recommendations with what was done about them, errors, complaints,
// answers and redress. Each is an entry of the commission's log before it counts, exactly
// once, and what is still owed stays in sight with its clock.
//
// It refuses a paper that nobody entitled has signed, one that follows what is not here,
// an inspection that leaves out an entry of its own sample, and redress that is done
// before it is owed. It judges no complaint and holds no key.
package register
