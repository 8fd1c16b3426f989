// Package pass keeps secrets that let somebody in: links that work once, and what they are exchanged for. A pass is a
// row that every replica asks for, so that it ends everywhere at once. Only hashes are kept.
package pass

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// Tickets keep what lets somebody in, by its hash. Every replica sees them.
type Tickets interface {
	// PutTicket keeps a ticket under its hash until it is taken or expires.
	PutTicket(ctx context.Context, hash string, holder []byte, expires time.Time) error
	// TakeTicket removes one. Of many who take one at once, one finds it.
	TakeTicket(ctx context.Context, hash string, now time.Time) (holder []byte, found bool, err error)
	// Ticket reads one that nobody has taken and that has not expired.
	Ticket(ctx context.Context, hash string, now time.Time) (holder []byte, found bool, err error)
}

// Kind is what secrets are for. One of a kind is none of another.
type Kind string

// Book keeps passes of holders of one type. It is safe for concurrent use.
type Book[Holder any] struct {
	Tickets Tickets
	Random  io.Reader // a secure source
}

const secretBytes = 32

// HashOf is under what a secret of a kind is kept.
func HashOf(k Kind, secret string) string {
	sum := sha256.Sum256([]byte(string(k) + "\n" + secret))
	return hex.EncodeToString(sum[:])
}

// Draw makes a secret of 43 letters, digits, hyphens and underscores.
func Draw(random io.Reader) (string, error) {
	raw := make([]byte, secretBytes)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", fmt.Errorf("draw a secret: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

// Give makes a pass and returns its secret, which is not kept.
func (b Book[Holder]) Give(ctx context.Context, k Kind, h Holder, until time.Time) (secret string, err error) {
	if secret, err = Draw(b.Random); err != nil {
		return "", err
	}
	holder, err := json.Marshal(h)
	if err != nil {
		return "", err
	}
	if err := b.Tickets.PutTicket(ctx, HashOf(k, secret), holder, until); err != nil {
		return "", fmt.Errorf("keep a %s: %w", k, err)
	}
	return secret, nil
}

// Take uses a pass up: of many who do so at once, one finds it.
func (b Book[Holder]) Take(ctx context.Context, k Kind, secret string, now time.Time) (h Holder, found bool, err error) {
	return read[Holder](k, secret, func(hash string) ([]byte, bool, error) { return b.Tickets.TakeTicket(ctx, hash, now) })
}

// Read is who has a pass that nobody has taken and that has not expired.
func (b Book[Holder]) Read(ctx context.Context, k Kind, secret string, now time.Time) (h Holder, found bool, err error) {
	return read[Holder](k, secret, func(hash string) ([]byte, bool, error) { return b.Tickets.Ticket(ctx, hash, now) })
}

func read[Holder any](k Kind, secret string, from func(hash string) ([]byte, bool, error)) (h Holder, found bool, err error) {
	holder, found, err := from(HashOf(k, secret))
	if err != nil {
		return h, false, fmt.Errorf("read a %s: %w", k, err)
	}
	return h, found && json.Unmarshal(holder, &h) == nil, nil
}
