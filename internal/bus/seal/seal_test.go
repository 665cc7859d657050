package seal_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/noroshi-acd/noroshi/internal/bus/seal"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

const from = "noroshi://acquirer/edge/rack-7"

func made(t testing.TB) (*seal.Key, seal.Keys) {
	t.Helper()
	k, err := seal.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	return k, func(id seal.ID) (*seal.Key, error) {
		if id != k.Public.ID {
			return nil, seal.ErrNoKey
		}
		return k, nil
	}
}

// TestComesBack: what was sealed opens, under keys that went through their bytes.
func TestComesBack(t *testing.T) {
	k, _ := made(t)
	private, err := k.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	again, err := seal.ParseKey(private)
	if err != nil {
		t.Fatal(err)
	}
	public, err := seal.ParsePublic(k.Public.Bytes())
	if err != nil || public.ID != k.Public.ID {
		t.Fatalf("%v, id %s, want %s", err, public.ID, k.Public.ID)
	}
	for _, batch := range [][]byte{nil, []byte("a"), bytes.Repeat([]byte("noroshi"), 20_000)} {
		sealed, err := public.Seal(from, "g.1", batch)
		if err != nil {
			t.Fatal(err)
		}
		if len(sealed) != len(batch)+seal.Overhead {
			t.Errorf("%d bytes become %d, want %d more", len(batch), len(sealed), seal.Overhead)
		}
		if len(batch) > 10 && bytes.Contains(sealed, batch[:10]) {
			t.Error("the batch stands in the sealed one")
		}
		got, err := seal.Open(func(seal.ID) (*seal.Key, error) { return again, nil }, from, "g.1", sealed)
		if err != nil || !bytes.Equal(got, batch) {
			t.Errorf("%v, %d bytes, want %d", err, len(got), len(batch))
		}
	}
}

// TestRefuses: another sender, another id, another key, and every changed byte.
func TestRefuses(t *testing.T) {
	k, keys := made(t)
	sealed, err := k.Public.Seal(from, "g.1", []byte("batch"))
	if err != nil {
		t.Fatal(err)
	}
	try := func(what string, keys seal.Keys, from, id string, sealed []byte, want fault.Kind) {
		t.Helper()
		if b, err := seal.Open(keys, from, id, sealed); err == nil || fault.KindOf(err) != want {
			t.Errorf("%s: %q, %v, want a fault of kind %v", what, b, err, want)
		}
	}
	try("another sender", keys, "noroshi://acquirer/edge/rack-8", "g.1", sealed, fault.Invalid)
	try("another id", keys, from, "g.2", sealed, fault.Invalid)
	try("moved border of sender and id", keys, from+"\ng", ".1", sealed, fault.Invalid)
	other, otherKeys := made(t)
	try("a key that is not there", otherKeys, from, "g.1", sealed, fault.NotFound)
	if _, err := seal.Open(otherKeys, from, "g.1", sealed); !errors.Is(err, seal.ErrNoKey) {
		t.Errorf("%v, want ErrNoKey", err)
	}
	try("another key", func(seal.ID) (*seal.Key, error) { return other, nil }, from, "g.1", sealed, fault.Invalid)
	for i := 17; i < len(sealed); i += 37 {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		try("a changed byte", keys, from, "g.1", changed, fault.Invalid)
	}
	for _, n := range []int{0, 1, 17, seal.Overhead - 1, len(sealed) - 1} {
		try("cut", keys, from, "g.1", sealed[:n], fault.Invalid)
	}
	for _, b := range [][]byte{nil, make([]byte, 5)} {
		if _, err := seal.ParseKey(b); fault.KindOf(err) != fault.Invalid {
			t.Errorf("a private key of %d bytes: %v", len(b), err)
		}
		if _, err := seal.ParsePublic(b); fault.KindOf(err) != fault.Invalid {
			t.Errorf("a public key of %d bytes: %v", len(b), err)
		}
	}
}

// TestNeverTwice: the same batch sealed twice has nothing in common that would tell.
func TestNeverTwice(t *testing.T) {
	k, _ := made(t)
	a, _ := k.Public.Seal(from, "g.1", make([]byte, 64))
	b, _ := k.Public.Seal(from, "g.1", make([]byte, 64))
	if len(a) == 0 || bytes.Equal(a[17:], b[17:]) || bytes.Equal(a[len(a)-64:], b[len(b)-64:]) {
		t.Error("two sealings of one batch look alike")
	}
}

func FuzzOpen(f *testing.F) {
	k, keys := made(f)
	sealed, err := k.Public.Seal(from, "g.1", []byte("batch"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte{1}, seal.Overhead+3))
	f.Fuzz(func(t *testing.T, in []byte) {
		if b, err := seal.Open(keys, from, "g.1", in); err == nil && !bytes.Equal(in, sealed) {
			t.Errorf("opened to %q", b)
		}
		if p, err := seal.ParsePublic(in); err == nil && !bytes.Equal(p.Bytes(), in) {
			t.Error("a public key has two spellings")
		}
	})
}

func BenchmarkSeal64K(b *testing.B) {
	k, keys := made(b)
	batch := make([]byte, 64<<10)
	b.Run("seal", func(b *testing.B) {
		b.SetBytes(int64(len(batch)))
		for b.Loop() {
			if _, err := k.Public.Seal(from, "g.1", batch); err != nil {
				b.Fatal(err)
			}
		}
	})
	sealed, _ := k.Public.Seal(from, "g.1", batch)
	b.Run("open", func(b *testing.B) {
		b.SetBytes(int64(len(batch)))
		for b.Loop() {
			if _, err := seal.Open(keys, from, "g.1", sealed); err != nil {
				b.Fatal(err)
			}
		}
	})
}
