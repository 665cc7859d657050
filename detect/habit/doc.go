// Package habit knows a command server again by the way its bots call: a past C2's
// period, jitter, sizes, port, TLS shape, duration and hours are written out of a
// finding as an indicator, and match although every address, name and certificate
// has changed.
//
// A pair is compared with the habit and with what the input's other destinations
// do, so that a shape that is common there matches nothing: what counts is how much
// closer the pair comes than chance would bring one of them. A habit holds no
// address, no name and no text of a certificate; reading one with a key that could
// hold them is refused. docs/spec/habit.md holds the form and the reasoning.
package habit
