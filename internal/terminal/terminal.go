package terminal

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/obs"
)

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 4096

// Terminal is where a person sits.
type Terminal struct {
	In   io.Reader
	Out  io.Writer // for questions: the error output, so that results stay clean
	Lang i18n.Lang
	// PassphraseFile, when it is named, holds the passphrase in its first line.
	PassphraseFile string
}

// Confirm asks, and says whether the answer was the whole word for yes in either
// language. Everything else, silence too, is a no.
func (t Terminal) Confirm(question string) bool {
	fmt.Fprintf(t.Out, "%s %s ", i18n.Escape(question), i18n.Say(t.Lang, "terminal.type"))
	line, _ := bufio.NewReader(io.LimitReader(t.In, maxAnswer)).ReadString('\n') // an error is silence
	fmt.Fprintln(t.Out)
	answer := strings.TrimSpace(line)
	return answer == "はい" || strings.EqualFold(answer, "yes")
}

// Passphrase gives the passphrase of the key at path: from the file, else typed.
func (t Terminal) Passphrase(path string) ([]byte, error) {
	if t.PassphraseFile != "" {
		return t.fromFile()
	}
	return t.typed(i18n.Say(t.Lang, "terminal.passphrase", "path", path))
}

// NewPassphrase gives the passphrase for a new key: from the file, else typed twice.
func (t Terminal) NewPassphrase() ([]byte, error) {
	if t.PassphraseFile != "" {
		return t.fromFile()
	}
	one, err := t.typed(i18n.Say(t.Lang, "terminal.first"))
	if err != nil {
		return nil, err
	}
	two, err := t.typed(i18n.Say(t.Lang, "terminal.again"))
	if err == nil && !bytes.Equal(one, two) {
		err = wrong(fault.Place{Offset: -1}, nil, "differ")
	}
	return one, err
}

func (t Terminal) fromFile() ([]byte, error) {
	at := fault.Place{Path: t.PassphraseFile, Offset: -1}
	f, err := os.Open(t.PassphraseFile)
	if err != nil {
		return nil, wrong(at, errors.Unwrap(err), "unread")
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxAnswer))
	if err != nil {
		return nil, wrong(at, errors.Unwrap(err), "unread")
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	if line = bytes.TrimSuffix(line, []byte("\r")); len(line) == 0 {
		return nil, wrong(at, nil, "empty")
	}
	return line, nil
}

func (t Terminal) typed(prompt string) ([]byte, error) {
	f, ok := t.In.(*os.File)
	if !ok || !obs.IsTerminal(f) {
		return nil, wrong(fault.Place{Offset: -1}, nil, "none")
	}
	fmt.Fprint(t.Out, prompt+" ")
	text, err := term.ReadPassword(int(f.Fd()))
	fmt.Fprintln(t.Out)
	if err != nil {
		return nil, wrong(fault.Place{Offset: -1}, err, "none")
	}
	return text, nil
}

func wrong(at fault.Place, cause error, key string) error {
	key = "terminal.wrong." + key
	return fault.Said(fault.Error{Kind: fault.Invalid, Place: at, Err: cause}, i18n.Text{}, i18n.Both(key), i18n.Both(key+"-hint"))
}
