package usage

// Status ends a command with an exit status and no message: what there was to say has
// been said. 1 is for a verb that checks and finds something.
type Status int

func (Status) Error() string { return "" }
