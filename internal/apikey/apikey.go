// Package apikey makes and checks the keys with which a marketplace's backend
// calls Handsel. A key is "hsk_" + mode + "_" + id + "_" + secret + checksum, where
// keys of before have no checksum. Only the SHA-256 of the secret is stored: it has
// 256 random bits, so that a slow hash would add nothing. The checksum lets scanners
// tell a key from text like it, and mistyped keys cost no look into the store.
package apikey

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/fault"
)

// Mode keeps test and live keys apart.
type Mode string

// The modes.
const (
	Test Mode = "test"
	Live Mode = "live"
)

// Dev is the origin of keys that handsel dev makes and prints.
const Dev = "dev"

// Sizes of the parts of a key, in hex digits.
const (
	idSize       = 16
	secretSize   = 64
	checksumSize = 8
)

// Scope is what a key may do.
type Scope string

// The scopes. Operator lets a key settle what is open-ended; Read only looks.
const (
	Read    Scope = "read"
	Write   Scope = "write"
	Operate Scope = "operator"
	// Publish is for a key that stands in a web page, and reads what is for everybody. Such a
	// key begins with hpk_ and has no other scope.
	Publish Scope = "publishable"
)

// Key is a stored key. It holds no secret.
type Key struct {
	ID          string // public part, 16 hex digits
	CommunityID int64
	Name        string
	Mode        Mode
	Hash        string // hex SHA-256 of the secret
	Scopes      []Scope
	CreatedAt   time.Time
	ExpiresAt   time.Time // zero: never
	RevokedAt   time.Time // zero: not revoked
	Origin      string    // Dev for a key of handsel dev, else empty
	LastUsedAt  time.Time // about when it was used last; zero: never, as far as is known
}

// May reports whether the key has a scope.
func (k Key) May(s Scope) bool { return slices.Contains(k.Scopes, s) }

// Generate makes a key for a community. The returned text is shown once and
// cannot be found again.
func Generate(community int64, name string, mode Mode, scopes []Scope, now time.Time) (Key, string) {
	secret := make([]byte, 40)
	_, _ = rand.Read(secret) // never fails: crypto/rand aborts the program instead
	return build(secret, Key{CommunityID: community, Name: name, Mode: mode, Scopes: scopes, CreatedAt: now})
}

// Fixed makes the key that a deployment names itself (HANDSEL_BOOTSTRAP_API_KEY).
// It must have the form of a generated one.
func Fixed(text string, k Key) (Key, error) {
	mode, id, secret, ok := split(text)
	if !ok || Published(text) {
		return Key{}, malformed()
	}
	k.ID, k.Mode, k.Hash = id, mode, hash(secret)
	return k, nil
}

func build(random []byte, k Key) (Key, string) {
	k.ID = hex.EncodeToString(random[:8])
	secret := hex.EncodeToString(random[8:])
	k.Hash = hash(secret)
	text := prefixOf(k) + "_" + string(k.Mode) + "_" + k.ID + "_" + secret
	return k, text + checksum(text)
}

// What keys begin with: those of backends, which are secret, and those of web pages, which are not.
const (
	secretPrefix  = "hsk"
	publishPrefix = "hpk"
)

// Published reports whether a text is that of a key for web pages, whether there is one or not.
func Published(text string) bool { return strings.HasPrefix(text, publishPrefix+"_") }

func prefixOf(k Key) string {
	if k.May(Publish) {
		return publishPrefix
	}
	return secretPrefix
}

// checksum is the CRC-32 of a key's text in 8 hex digits.
func checksum(text string) string {
	return fmt.Sprintf("%08x", crc32.ChecksumIEEE([]byte(text)))
}

// ID returns the public id inside a presented key, for finding it in the store.
func ID(text string) (string, error) {
	_, id, _, ok := split(text)
	if !ok {
		return "", malformed()
	}
	return id, nil
}

// ModeOf is the mode that a key's text names, empty for what is no key.
func ModeOf(text string) Mode {
	mode, _, _, ok := split(text)
	if !ok {
		return ""
	}
	return mode
}

// Verify checks a presented key against the stored one, in constant time, and
// that it is neither expired nor revoked at now.
func (k Key) Verify(text string, now time.Time) error {
	mode, id, secret, ok := split(text)
	same := subtle.ConstantTimeCompare([]byte(hash(secret)), []byte(k.Hash)) == 1
	if !ok || !same || id != k.ID || mode != k.Mode || Published(text) != k.May(Publish) {
		return fault.New(fault.Unauthenticated, "invalid_api_key", "this API key is not known")
	}
	return k.Open(now)
}

// Open refuses a key that is revoked or expired: expired_api_key.
func (k Key) Open(now time.Time) error {
	if !k.RevokedAt.IsZero() || (!k.ExpiresAt.IsZero() && !now.Before(k.ExpiresAt)) {
		return fault.New(fault.Unauthenticated, "expired_api_key", "this API key is revoked or expired; make a new one")
	}
	return nil
}

func split(text string) (Mode, string, string, bool) {
	parts := strings.Split(text, "_")
	if len(parts) != 4 || parts[0] != secretPrefix && parts[0] != publishPrefix || len(parts[2]) != idSize {
		return "", "", "", false
	}
	mode, secret := Mode(parts[1]), parts[3]
	switch end := len(text) - checksumSize; {
	case len(secret) == secretSize:
	case len(secret) != secretSize+checksumSize || checksum(text[:end]) != text[end:]:
		return "", "", "", false
	default:
		secret = secret[:secretSize]
	}
	return mode, parts[2], secret, mode == Test || mode == Live
}

func hash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

func malformed() error {
	return fault.New(fault.Unauthenticated, "invalid_api_key", "an API key looks like hsk_test_… or hsk_live_…; send it as Authorization: Bearer <key>")
}
