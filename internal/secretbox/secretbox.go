// Package secretbox encrypts what must not be readable in the database, with
// AES-256-GCM. A box has one or more keys: the first encrypts, all decrypt, so
// that keys can be exchanged without downtime.
package secretbox

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/handsel-dev/handsel/fault"
)

// ErrUnreadable is the fault of a text that was changed, that belongs elsewhere,
// or whose key is not in the box. Compare with errors.Is.
var ErrUnreadable = fault.New(fault.Internal, "secret_unreadable", "stored data cannot be decrypted; is an old key missing from the settings?")

// KeySize is the length of a key in bytes.
const KeySize = 32

// Key is a secret with the name that it is found by. Names are 1 to 32 lower
// case letters, digits, hyphens and underscores, and are stored in the clear.
type Key struct {
	ID     string
	Secret [KeySize]byte
}

// String implements fmt.Stringer and hides the secret.
func (k Key) String() string { return "key " + k.ID }

// GoString implements fmt.GoStringer and hides the secret.
func (k Key) GoString() string { return k.String() }

// ParseKeys reads keys as they stand in a setting: "id:secret" separated by
// commas, the one to encrypt with first; a secret is 32 bytes in base64. No error
// repeats the text.
func ParseKeys(text string) ([]Key, error) {
	var keys []Key
	for n, part := range strings.Split(text, ",") {
		id, encoded, _ := strings.Cut(strings.TrimSpace(part), ":")
		secret, err := base64.StdEncoding.Strict().DecodeString(encoded)
		if err != nil || len(secret) != KeySize {
			return nil, fmt.Errorf("encryption key %d must be id:secret, the secret %d bytes in base64", n+1, KeySize)
		}
		keys = append(keys, Key{id, [KeySize]byte(secret)})
	}
	return keys, nil
}

// Box encrypts and decrypts. It is safe for concurrent use.
type Box struct {
	first string
	byID  map[string]cipher.AEAD
}

// New makes a box. It fails without a key and on names that are malformed or used twice.
func New(keys ...Key) (*Box, error) {
	if len(keys) == 0 {
		return nil, errors.New("an encryption key is needed")
	}
	b := &Box{first: keys[0].ID, byID: make(map[string]cipher.AEAD, len(keys))}
	for _, k := range keys {
		if _, taken := b.byID[k.ID]; taken || !validID(k.ID) {
			return nil, fmt.Errorf("the name of encryption key %q is malformed or repeated", k.ID)
		}
		block, err := aes.NewCipher(k.Secret[:])
		if err != nil {
			return nil, fmt.Errorf("encryption key %q: %w", k.ID, err)
		}
		if b.byID[k.ID], err = cipher.NewGCMWithRandomNonce(block); err != nil {
			return nil, fmt.Errorf("encryption key %q: %w", k.ID, err)
		}
	}
	return b, nil
}

func validID(id string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789-_"
	return id != "" && len(id) <= 32 && strings.Trim(id, letters) == ""
}

// What a sealed text begins with: the version of this form, and the length of
// the key's name, which follows.
const headerSize = 2

// Version is the first byte of everything that is sealed. No JSON text begins with it.
const Version = 1

// Seal encrypts a text under the first key. Associated data are not stored, but
// Open succeeds only with the same: they bind the text to where it belongs. A
// key must not seal more than 2^32 texts, since nonces are random.
func (b *Box) Seal(plain, associated []byte) ([]byte, error) {
	header := append([]byte{Version, byte(len(b.first))}, b.first...)
	return b.byID[b.first].Seal(header, nil, plain, slices.Concat(header, associated)), nil
}

// Open decrypts a sealed text under whichever key it was sealed with.
// Fault: ErrUnreadable.
func (b *Box) Open(sealed, associated []byte) ([]byte, error) {
	if len(sealed) < headerSize || sealed[0] != Version {
		return nil, ErrUnreadable
	}
	size := headerSize + int(sealed[1])
	if len(sealed) < size {
		return nil, ErrUnreadable
	}
	header := sealed[:size]
	key, ok := b.byID[string(header[headerSize:])]
	if !ok {
		return nil, ErrUnreadable
	}
	plain, err := key.Open(nil, nil, sealed[size:], slices.Concat(header, associated))
	if err != nil {
		return nil, ErrUnreadable
	}
	return plain, nil
}
