// Package planted measures on made-up traffic whose threats are known: the time and
// memory of a day, the quality over several days, and threat classes that no
// detector was tuned on. It refuses to leave a class out of its tables.
package planted
