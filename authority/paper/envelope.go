package paper

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// MaxSignatures is how many signatures an envelope has at most.
const MaxSignatures = 64

// Envelope is a paper with its signatures, as DSSE 1.0 has it. The payload is the
// paper's bytes; the signatures stand in the order of their key ids, no id twice.
type Envelope struct {
	Payload     []byte      `json:"payload"`
	PayloadType string      `json:"payloadType"`
	Signatures  []Signature `json:"signatures"`
}

// Signature is one signature of an envelope. The key id says where to look for the
// key; only the key that verifies counts.
type Signature struct {
	KeyID KeyID  `json:"keyid"`
	Sig   []byte `json:"sig"`
}

// TypePrefix and TypeSuffix enclose the name of a paper in its payload type:
// "application/vnd.noroshi.warrant+json".
const (
	TypePrefix = "application/vnd.noroshi."
	TypeSuffix = "+json"
)

// PAE is the message that DSSE signs: type and payload with their lengths before them.
func PAE(payloadType string, payload []byte) []byte {
	out := make([]byte, 0, len(payload)+len(payloadType)+32)
	out = append(out, "DSSEv1 "...)
	out = append(strconv.AppendInt(out, int64(len(payloadType)), 10), ' ')
	out = append(append(out, payloadType...), ' ')
	out = append(strconv.AppendInt(out, int64(len(payload)), 10), ' ')
	return append(out, payload...)
}

// Seal writes v as a paper of the type and signs it with each signer. No signer makes
// an envelope that waits for its signatures.
func Seal(payloadType string, v any, signers ...Signer) (*Envelope, error) {
	payload, err := Marshal(v)
	if err != nil {
		return nil, err
	}
	e := &Envelope{Payload: payload, PayloadType: payloadType, Signatures: []Signature{}}
	for _, s := range signers {
		if err := e.Add(s); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// Add signs e with s, in place of an earlier signature of the same key.
func (e *Envelope) Add(s Signer) error {
	key := s.Public()
	sig, err := s.Sign(PAE(e.PayloadType, e.Payload))
	if err != nil {
		return fmt.Errorf("signing a %s: %w", e.PayloadType, err)
	}
	if err := key.Verify(PAE(e.PayloadType, e.Payload), sig); err != nil {
		return fmt.Errorf("signing a %s: %w", e.PayloadType, err)
	}
	i, found := slices.BinarySearchFunc(e.Signatures, key.ID(), func(s Signature, id KeyID) int {
		return strings.Compare(string(s.KeyID), string(id))
	})
	if found {
		e.Signatures[i].Sig = sig
		return nil
	}
	if len(e.Signatures) >= MaxSignatures {
		return fault(-1, BadSignature, "an envelope has at most %d signatures", MaxSignatures)
	}
	e.Signatures = slices.Insert(e.Signatures, i, Signature{KeyID: key.ID(), Sig: sig})
	return nil
}

// ParseEnvelope reads an envelope as strictly as a paper; the payload is not looked
// into. Errors are *Error.
func ParseEnvelope(data []byte) (*Envelope, error) {
	e := new(Envelope)
	if err := Unmarshal(data, e); err != nil {
		return nil, err
	}
	if err := e.check(); err != nil {
		return nil, err
	}
	return e, nil
}

func (e *Envelope) check() error {
	if name, ok := strings.CutPrefix(e.PayloadType, TypePrefix); !ok || !strings.HasSuffix(name, TypeSuffix) {
		return fault(0, BadValue, "%q is no type of a paper", clip(e.PayloadType)).under("payloadType")
	}
	if len(e.Signatures) > MaxSignatures {
		return fault(0, BadSignature, "an envelope has at most %d signatures", MaxSignatures).under("signatures")
	}
	for i, s := range e.Signatures {
		if i > 0 && e.Signatures[i-1].KeyID >= s.KeyID {
			return fault(0, BadSignature, "signatures must stand in the order of their key ids, none twice").under("signatures[" + strconv.Itoa(i) + "]")
		}
	}
	return nil
}

// Marshal writes e as ParseEnvelope reads it.
func (e *Envelope) Marshal() ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	return Marshal(e)
}

// Open reads the payload into v when e is of the type. It says nothing about the
// signatures.
func (e *Envelope) Open(payloadType string, v any) error {
	if e.PayloadType != payloadType {
		return fault(0, BadType, "this is a paper of type %q, not %q", clip(e.PayloadType), payloadType).under("payloadType")
	}
	return Unmarshal(e.Payload, v)
}

// Digest is what the paper is called by: SHA-256 of what is signed, so of its type
// and payload, whoever has signed it so far.
func (e *Envelope) Digest() Digest { return DigestOf(PAE(e.PayloadType, e.Payload)) }

// DigestAs gives the digest that v has as a paper of the type.
func DigestAs(payloadType string, v any) (Digest, error) {
	e, err := Seal(payloadType, v)
	if err != nil {
		return "", err
	}
	return e.Digest(), nil
}

// Signers gives the distinct keys among candidates that have signed e. Key ids only
// say which candidate to try: a signature counts for the key whose own id it bears and
// under which it verifies, once, however often it stands there.
func Signers(e *Envelope, candidates []PublicKey) []PublicKey {
	byID := make(map[KeyID]PublicKey, len(candidates))
	for _, k := range candidates {
		byID[k.ID()] = k
	}
	var signed []PublicKey
	message := PAE(e.PayloadType, e.Payload)
	for i, s := range e.Signatures {
		if i >= MaxSignatures {
			break
		}
		if k, ok := byID[s.KeyID]; ok && k.Verify(message, s.Sig) == nil {
			signed = append(signed, k)
			delete(byID, s.KeyID)
		}
	}
	return signed
}
