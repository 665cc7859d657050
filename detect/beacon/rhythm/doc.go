// Package rhythm finds the clock behind a series of moments: it weighs "a clock with
// jitter" against "a person or event-driven software" and says by how many nats the
// clock explains the gaps better, with which period and jitter.
//
// Lost check-ins, a second alternating period, bursts after a sleep and a beginning
// that follows no clock are part of the model. It refuses to say what keeps time:
// honest software does so too, and the caller weighs that.
package rhythm
