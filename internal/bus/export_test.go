package bus

import "github.com/nats-io/nats.go"

// Raw gives the connection under a line, for what our program would not do with it.
func Raw(l *Line) *nats.Conn { return l.nc }
