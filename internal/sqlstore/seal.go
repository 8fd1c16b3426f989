package sqlstore

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/handsel-dev/handsel/internal/secretbox"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
)

// What is stored here only as a copy (an answer to repeat, a gateway's message) may
// hold what its source keeps sealed. So every copy is sealed on its way in and
// opened on its way out, whatever it holds.

const (
	databaseKey     = "database" // the key that lives in the database, for who has no other
	databaseSetting = "details_key"
	sealedText      = "sealed:" // what a sealed text begins with
)

// Box returns the box that seals what must not be readable in the database: with
// the keys of Options.SealKeys, and without any with a key that lives in the
// database, which keeps secrets out of copies of single tables only.
func (db *database) Box(ctx context.Context) (*secretbox.Box, error) {
	db.boxing.Lock()
	defer db.boxing.Unlock()
	if db.box != nil {
		return db.box, nil
	}
	keys, err := db.boxKeys(ctx)
	if err != nil {
		return nil, err
	}
	db.box, err = secretbox.New(keys...)
	return db.box, err
}

func (db *database) boxKeys(ctx context.Context) ([]secretbox.Key, error) {
	var text string
	var err error
	if len(db.sealKeys) == 0 {
		text, err = Marketplaces{db}.Setting(ctx, databaseSetting, func() string { return hex.EncodeToString(randomBytes(secretbox.KeySize)) })
	} else {
		// What was sealed before keys were given can still be opened.
		_, err = db.one(ctx, &text, `select value from settings where name = $1`, databaseSetting)
	}
	if err != nil || text == "" {
		return db.sealKeys, err
	}
	key := secretbox.Key{ID: databaseKey}
	if n, err := hex.Decode(key.Secret[:], []byte(text)); err != nil || n != secretbox.KeySize {
		return nil, errors.New("the stored key of sealed data is damaged")
	}
	for _, given := range db.sealKeys {
		if given.ID == databaseKey {
			return db.sealKeys, nil
		}
	}
	return append(db.sealKeys[:len(db.sealKeys):len(db.sealKeys)], key), nil
}

// bound names the place that a sealed reply belongs to.
func bound(r idempotency.Reply, what string) []byte {
	return []byte("reply\x00" + what + "\x00" + r.Scope + "\x00" + r.Key)
}

// sealReply returns a reply as it is stored. Its hash is sealed as well: who knows
// all of a request but a card number could find that by trying.
func (db *database) sealReply(ctx context.Context, r idempotency.Reply) (idempotency.Reply, error) {
	box, err := db.Box(ctx)
	if err != nil {
		return r, fmt.Errorf("seal reply: %w", err)
	}
	if len(r.Body) > 0 {
		if r.Body, err = box.Seal(r.Body, bound(r, "body")); err != nil {
			return r, err
		}
	}
	if r.Hash != "" {
		hash, err := box.Seal([]byte(r.Hash), bound(r, "hash"))
		if err != nil {
			return r, err
		}
		r.Hash = sealedText + base64.RawStdEncoding.EncodeToString(hash)
	}
	return r, nil
}

// openReply is the opposite of sealReply. Replies of before are in the clear: their
// bodies begin with a brace or bracket.
func (db *database) openReply(ctx context.Context, r idempotency.Reply) (idempotency.Reply, error) {
	text, sealed := strings.CutPrefix(r.Hash, sealedText)
	if !sealed && !isSealed(r.Body) {
		return r, nil
	}
	box, err := db.Box(ctx)
	if err != nil {
		return r, fmt.Errorf("open reply: %w", err)
	}
	if isSealed(r.Body) {
		if r.Body, err = box.Open(r.Body, bound(r, "body")); err != nil {
			return r, fmt.Errorf("open reply: %w", err)
		}
	}
	if !sealed {
		return r, nil
	}
	raw, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return r, secretbox.ErrUnreadable
	}
	hash, err := box.Open(raw, bound(r, "hash"))
	r.Hash = string(hash)
	return r, err
}

// isSealed tells a sealed content from JSON and forms of before.
func isSealed(content []byte) bool { return len(content) > 0 && content[0] == secretbox.Version }

func inboxBound(gateway, dedupeKey string) []byte {
	return []byte("inbox\x00" + gateway + "\x00" + dedupeKey)
}

// sealMessage seals what a gateway sent.
func (db *database) sealMessage(ctx context.Context, gateway, dedupeKey string, body []byte) ([]byte, error) {
	box, err := db.Box(ctx)
	if err != nil {
		return nil, fmt.Errorf("seal webhook: %w", err)
	}
	return box.Seal(body, inboxBound(gateway, dedupeKey))
}

func (db *database) openMessage(ctx context.Context, gateway, dedupeKey string, body []byte) ([]byte, error) {
	if !isSealed(body) {
		return body, nil
	}
	box, err := db.Box(ctx)
	if err != nil {
		return nil, fmt.Errorf("open webhook: %w", err)
	}
	return box.Open(body, inboxBound(gateway, dedupeKey))
}
