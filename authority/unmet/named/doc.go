// Package named puts names in the place of the identifiers that a condition which is not
// met speaks of: a purpose, an effect, a role. It refuses to name what the applicant must
// find in the own draft again, such as a member of the scope.
package named
