// Package logs is the verb ledger: it begins a transparency log, records papers in it,
// shows, proves, opens, counts and exports entries, and checks receipts against the trust root.
// It refuses to call an act recorded before a quorum of witnesses has cosigned it, and to
// begin a log on any day but the one on which somebody asked for it.
package logs
