// Package feeds is the verb feeds: it reads feeds of indicators as analyze would and
// says what became of each, without looking at any flow record. It fetches nothing.
package feeds
