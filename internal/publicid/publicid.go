// Package publicid turns row numbers into the opaque ids that the API shows, and
// back, without a look-up. An id is one AES block that holds the number and what
// it is the number of, as 26 lower-case base32 letters after a prefix: it tells
// nothing about other rows, and a guess opens with a chance of 1 in 2^64 before
// it would have to name an existing row of the caller's own community.
package publicid

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// Kind is what an id names, 1 to 8 lower-case letters. It is the id's prefix and
// sealed inside, so that an id of one kind never opens as another.
type Kind string

// The kinds in use.
const (
	Transaction Kind = "txn"
	Listing     Kind = "lst"
	Cursor      Kind = "cur" // a place in a list
	Act         Kind = "act" // a line of the audit log
	BankPayout  Kind = "bpo" // what a gateway sends to a seller's bank
	Payout      Kind = "pyt" // what the payee of a deal got; its number is the deal's
	Approval    Kind = "apr" // what waits for a second person
	Endpoint    Kind = "whe" // where a marketplace has its events sent
	Arrival     Kind = "whi" // what a gateway has reported
	Event       Kind = "evt" // a line of a community's log of events
)

// ErrInvalid is the answer for every text that is not an id of this codec.
var ErrInvalid = errors.New("publicid: not an id")

// minSecret is the shortest secret that New accepts, in bytes.
const minSecret = 16

// Codec seals and opens ids. It is immutable and safe for concurrent use.
type Codec struct{ block cipher.Block }

// New returns the codec of a server secret of at least 16 bytes. Another secret
// means other ids: it must stay the same for as long as ids shall stay valid.
func New(secret []byte) (Codec, error) {
	if len(secret) < minSecret {
		return Codec{}, fmt.Errorf("publicid: the secret has %d bytes; it needs %d or more", len(secret), minSecret)
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("handsel public ids, version 1"))
	block, err := aes.NewCipher(mac.Sum(nil))
	return Codec{block}, err
}

var letters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Seal returns the id of a row number, e.g. "txn_" and 26 letters.
func (c Codec) Seal(k Kind, id int64) string {
	var b [aes.BlockSize]byte
	binary.BigEndian.PutUint64(b[:8], uint64(id))
	copy(b[8:], k)
	c.block.Encrypt(b[:], b[:])
	return string(k) + "_" + letters.EncodeToString(b[:])
}

// Open returns the row number of an id of kind k, or ErrInvalid. Every number has
// exactly one id: other spellings of the same bytes are refused.
func (c Codec) Open(k Kind, id string) (int64, error) {
	first, err := c.first(k, id)
	if err != nil || c.Seal(k, int64(first)) != id {
		return 0, ErrInvalid
	}
	return int64(first), nil
}

// first is the first half of what an id holds.
func (c Codec) first(k Kind, id string) (uint64, error) {
	text, ok := strings.CutPrefix(id, string(k)+"_")
	if !ok || len(text) != letters.EncodedLen(aes.BlockSize) {
		return 0, ErrInvalid
	}
	sealed, err := letters.DecodeString(text)
	if err != nil || len(sealed) != aes.BlockSize { // the decoder skips line breaks
		return 0, ErrInvalid
	}
	var b [aes.BlockSize]byte
	c.block.Decrypt(b[:], sealed)
	return binary.BigEndian.Uint64(b[:8]), nil
}

// SealIn returns the id of what has a number of its own in each community. The number is
// below 2^48, the community below 2^56, and a kind has three letters.
func (c Codec) SealIn(k Kind, community, number int64) string {
	var b [aes.BlockSize]byte
	binary.BigEndian.PutUint64(b[:8], uint64(community)>>40<<48|uint64(number))
	binary.BigEndian.PutUint64(b[8:], uint64(community)&(1<<40-1))
	copy(b[8:11], k)
	c.block.Encrypt(b[:], b[:])
	return string(k) + "_" + letters.EncodeToString(b[:])
}

// OpenIn returns the number that an id of kind k has in a community, or ErrInvalid.
func (c Codec) OpenIn(k Kind, community int64, id string) (int64, error) {
	first, err := c.first(k, id)
	number := int64(first & (1<<48 - 1))
	if err != nil || c.SealIn(k, community, number) != id {
		return 0, ErrInvalid
	}
	return number, nil
}
