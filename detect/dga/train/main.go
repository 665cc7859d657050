package main

import (
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/noroshi-acd/noroshi/detect/dga/lexical"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(2)
	}
}

func run(args []string) error {
	fs := flag.NewFlagSet("train", flag.ContinueOnError)
	manifest := fs.String("manifest", "", "file with one list per line: dga|legit|measure-dga|measure-legit, weight, most names taken, source, family, path (tab between)")
	exclude := fs.String("exclude", "", "files of names that must not be learnt, comma between")
	holdout := fs.String("holdout", "", "families not to learn but to measure, comma between")
	out := fs.String("out", "", "model file to write")
	epochs := fs.Int("epochs", 6, "passes over the names")
	made := fs.Int("made", 6000, "names to make per synthetic family")
	if err := fs.Parse(args); err != nil {
		return err
	}
	c, err := readCorpus(*manifest, split(*exclude), split(*holdout))
	if err != nil {
		return err
	}
	c.synthesise(*made)
	c.shuffle()
	fmt.Print(c.counts())
	n := newNet()
	for e := range *epochs {
		loss := n.epoch(c.learn, e, *epochs)
		m := n.quantise()
		fmt.Printf("epoch %d: loss %.4f, %s\n", e+1, loss, summary(m, c.measure))
	}
	m := n.quantise()
	fmt.Print(report(m, c.measure, c.groups))
	if *out == "" {
		return nil
	}
	if _, err := lexical.Read(m.Append(nil)); err != nil {
		return err
	}
	return os.WriteFile(*out, m.Append(nil), 0o644)
}

func split(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}
