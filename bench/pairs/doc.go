// Package pairs measures the whole engine, with every detector, on a stream in which
// millions of pairs of a host and a destination stay alive, beside a plain sum of the
// same flows by nfdump. It makes the stream as it goes, plants threats among the
// pairs and counts which are found. It refuses to give the engine anything that a
// sensor would not, or to let the cost of making the stream pass for the engine's.
package pairs
