//go:build js

package main

import "github.com/noroshi-acd/noroshi/web/verify/engine"

func main() {
	engine.Offer()
	select {} // the page calls
}
