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
	number := int64(binary.BigEndian.Uint64(b[:8]))
	if c.Seal(k, number) != id {
		return 0, ErrInvalid
	}
	return number, nil
}
