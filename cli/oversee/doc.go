// Package oversee holds the verbs of oversight below the verb commission: samples and
// inspections, notices, demands and recommendations, complaints and redress, and the
// figures for parliament. It refuses a figure that nobody else could work out.
package oversee

import ()
