// Command assemble writes the page of web/verify: assemble WASM WASM_EXEC.JS > PAGE. It
// is run by make and writes nothing but its output.
package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"

	"github.com/noroshi-acd/noroshi/web/verify"
)

func main() {
	if err := assemble(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "assemble:", err)
		os.Exit(2)
	}
}

func assemble(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: assemble WASM WASM_EXEC.JS > PAGE")
	}
	wasm, err := os.ReadFile(filepath.Clean(args[0]))
	if err != nil {
		return err
	}
	exec, err := os.ReadFile(filepath.Clean(args[1]))
	if err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	if err := verify.Write(out, wasm, exec); err != nil {
		return err
	}
	return out.Flush()
}
