package backup

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"filippo.io/age"

	"github.com/noroshi-acd/noroshi/internal/fault"
)

const (
	locked     = "age-encryption.org/" // what a locked backup begins with
	shortest   = 8                     // bytes of a passphrase
	workFactor = 18                    // what opening costs, as a power of two: a second or so
	mostWork   = 20                    // the most that a file of unknown origin may ask for
)

// Lock encrypts a backup by a passphrase (age, scrypt) as it is written: in parts that
// each prove themselves, so that a cut or a change shows when it is read. The caller MUST
// close it, which does not close w. Error: fault.Invalid for a passphrase of fewer than 8
// bytes.
func Lock(w io.Writer, passphrase []byte) (io.WriteCloser, error) {
	return lock(w, passphrase, workFactor)
}

func lock(w io.Writer, passphrase []byte, work int) (io.WriteCloser, error) {
	if len(passphrase) < shortest {
		return nil, wrong(fault.Invalid, "short", fault.Place{}, nil, "least", shortest)
	}
	to, err := age.NewScryptRecipient(string(passphrase))
	if err != nil {
		return nil, err
	}
	to.SetWorkFactor(work)
	return age.Encrypt(w, to)
}

// Unlock gives the backup in r in the clear, and whether it was locked; only then is the
// passphrase asked for. Error: fault.Permission when the passphrase does not open it.
func Unlock(r io.Reader, ask func() ([]byte, error)) (io.Reader, bool, error) {
	in := bufio.NewReader(r)
	if head, _ := in.Peek(len(locked)); !bytes.Equal(head, []byte(locked)) {
		return in, false, nil
	}
	passphrase, err := ask()
	if err != nil {
		return nil, true, err
	}
	by, err := age.NewScryptIdentity(string(passphrase))
	if err != nil {
		return nil, true, wrong(fault.Permission, "passphrase", fault.Place{}, nil)
	}
	by.SetMaxWorkFactor(mostWork)
	clear, err := age.Decrypt(in, by)
	var none *age.NoIdentityMatchError
	switch {
	case errors.As(err, &none):
		return nil, true, wrong(fault.Permission, "passphrase", fault.Place{}, fault.Quiet(err))
	case err != nil:
		return nil, true, wrong(fault.Invalid, "no-backup", fault.Place{}, fault.Quiet(err))
	}
	return clear, true, nil
}
