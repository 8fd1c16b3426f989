package outbound

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// What keys begin with, by Standard Webhooks.
const (
	sharedPrefix  = "whsec_" // a secret that both sides have
	privatePrefix = "whsk_"  // an ed25519 seed, which never leaves the server
	publicPrefix  = "whpk_"  // its public key, with which receivers verify
)

// secretBytes are those of a shared secret: Standard Webhooks allows 24 to 64.
const secretBytes = 32

// Signature is how deliveries of an endpoint are signed.
type Signature string

// The signatures of Standard Webhooks: v1 and v1a.
const (
	Shared     Signature = "hmac-sha256"
	Asymmetric Signature = "ed25519"
)

// Secret is a key that deliveries are signed with. Its zero value is no key. It is
// printed masked.
type Secret struct {
	text string // with its prefix
	// Until is when it ends; zero: it does not. After a rotation the old one is valid
	// beside the new one until then.
	Until time.Time
}

// String masks the secret.
func (s Secret) String() string { return "[secret]" }

// GoString masks the secret.
func (s Secret) GoString() string { return s.String() }

// Reveal is the text of a shared secret, "whsec_…", or of a public key, "whpk_…": what the
// receiver needs, and for the store what Stored is.
func (s Secret) Reveal() string {
	key, ok := s.private()
	if !ok {
		return s.text
	}
	public, _ := key.Public().(ed25519.PublicKey) // it always is one
	return publicPrefix + base64.StdEncoding.EncodeToString(public)
}

// Stored is the whole key, to be sealed.
func (s Secret) Stored() string { return s.text }

func (s Secret) private() (ed25519.PrivateKey, bool) {
	encoded, ok := strings.CutPrefix(s.text, privatePrefix)
	if !ok {
		return nil, false
	}
	seed, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, false
	}
	return ed25519.NewKeyFromSeed(seed), true
}

func (s Secret) shared() ([]byte, bool) {
	encoded, ok := strings.CutPrefix(s.text, sharedPrefix)
	if !ok {
		return nil, false
	}
	key, err := base64.StdEncoding.DecodeString(encoded)
	return key, err == nil && len(key) > 0
}

// errSecret is a text that is no secret.
var errSecret = errors.New("outbound: not a secret")

// ParseSecret reads what Stored returned.
func ParseSecret(text string, until time.Time) (Secret, error) {
	s := Secret{text: text, Until: until}
	if _, ok := s.shared(); ok {
		return s, nil
	}
	if _, ok := s.private(); ok {
		return s, nil
	}
	return Secret{}, errSecret
}

// NewSecret draws a secret from a source that has to be secure.
func NewSecret(kind Signature, random io.Reader) (Secret, error) {
	key := make([]byte, secretBytes) // an ed25519 seed has as many
	if _, err := io.ReadFull(random, key); err != nil {
		return Secret{}, fmt.Errorf("draw a secret: %w", err)
	}
	prefix := sharedPrefix
	if kind == Asymmetric {
		prefix = privatePrefix
	}
	return Secret{text: prefix + base64.StdEncoding.EncodeToString(key)}, nil
}

// maxSecrets are the secrets of an endpoint that are valid at a time: each makes every
// delivery longer. One more is not made, because none ends before it was said to. Our choice.
const maxSecrets = 3

// Rotate puts a new secret before the others, which end at until unless they do before.
// Those that have ended at now are dropped.
func Rotate(secrets []Secret, fresh Secret, now, until time.Time) []Secret {
	rotated := []Secret{fresh}
	for _, s := range Valid(secrets, now) {
		if s.Until.IsZero() || until.Before(s.Until) {
			s.Until = until
		}
		if s.Until.After(now) {
			rotated = append(rotated, s)
		}
	}
	return rotated
}

// Valid are the secrets that have not ended at now.
func Valid(secrets []Secret, now time.Time) []Secret {
	var valid []Secret
	for _, s := range secrets {
		if s.Until.IsZero() || s.Until.After(now) {
			valid = append(valid, s)
		}
	}
	return valid
}
