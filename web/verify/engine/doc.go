// Package engine is the verifier as a script of a page calls it, when the program is
// built for js/wasm; for other systems it is empty. It takes files from the page and
// gives an answer, and refuses to fetch or to keep anything.
package engine
