// Package lookup joins DNS questions and answers that a sensor tells line by line:
// by the ends of the exchange, the message's number and the name that was asked.
//
// It refuses to hold more than [MaxHeld] questions: the oldest goes out unanswered.
// Nothing goes lost: each question gives one record, and so does an answer whose
// question was not seen.
package lookup
