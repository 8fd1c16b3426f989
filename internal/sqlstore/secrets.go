package sqlstore

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/handsel-dev/handsel/internal/secretbox"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
)

// What lets its holder pay a deal or join it, and what was said along with an
// operation at a gateway (a payment token, a code), is sealed in its own column. It
// still is text: a row of before is in the clear, and is sealed by SealOld.

// sealText seals a text for its place; an empty one stays empty, and one that could
// not be opened when it was read is stored as it was.
func (db *database) sealText(ctx context.Context, plain string, bound []byte) (string, error) {
	if plain == "" || strings.HasPrefix(plain, sealedText) {
		return plain, nil
	}
	if !storable(plain) {
		return "", errText
	}
	box, err := db.Box(ctx)
	if err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	sealed, err := box.Seal([]byte(plain), bound)
	if err != nil {
		return "", err
	}
	return sealedText + base64.RawStdEncoding.EncodeToString(sealed), nil
}

// openText is the opposite of sealText. A text in the clear is what it is.
func (db *database) openText(ctx context.Context, text string, bound []byte) (string, error) {
	encoded, sealed := strings.CutPrefix(text, sealedText)
	if !sealed {
		return text, nil
	}
	raw, err := base64.RawStdEncoding.DecodeString(encoded)
	if err != nil {
		return "", secretbox.ErrUnreadable
	}
	box, err := db.Box(ctx)
	if err != nil {
		return "", fmt.Errorf("open: %w", err)
	}
	plain, err := box.Open(raw, bound)
	return string(plain), err
}

// secretsOf are the sealed texts of a deal, by column.
func secretsOf(t *orchestrator.Transaction) map[string]*string {
	return map[string]*string{"join_code": &t.JoinCode, "redirect_url": &t.RedirectURL, "client_secret": &t.ClientSecret}
}

func dealBound(column string, id int64) []byte {
	return []byte("transaction\x00" + column + "\x00" + strconv.FormatInt(id, 10))
}

// sealDeal seals the secrets of a deal.
func (db *database) sealDeal(ctx context.Context, t *orchestrator.Transaction) error {
	for column, text := range secretsOf(t) {
		var err error
		if *text, err = db.sealText(ctx, *text, dealBound(column, t.ID)); err != nil {
			return err
		}
	}
	return nil
}

// openDeal opens the secrets of a deal. One that cannot be opened, because its key is
// missing, stays sealed: the deal goes on without it, and a change stores it again as
// it was. Commands, which have no keys, rely on that.
func (db *database) openDeal(ctx context.Context, t *orchestrator.Transaction) error {
	for column, text := range secretsOf(t) {
		plain, err := db.openText(ctx, *text, dealBound(column, t.ID))
		if errors.Is(err, secretbox.ErrUnreadable) {
			continue
		}
		if err != nil {
			return err
		}
		*text = plain
	}
	return nil
}

// deals reads deals by a text that has the list of a selection, up to the one that fills a page, and opens them.
func (db *database) deals(ctx context.Context, text string, args ...any) ([]orchestrator.Transaction, error) {
	return db.dealsAs(ctx, dealTable, text, args...)
}

func (db *database) dealsAs(ctx context.Context, t *table[*deal], text string, args ...any) ([]orchestrator.Transaction, error) {
	all, err := pickPage(ctx, db, t, text, args...)
	for i := range all {
		if err := db.openDeal(ctx, &all[i]); err != nil {
			return nil, err
		}
	}
	return all, err
}

func intentBound(id string) []byte { return []byte("intent\x00input\x00" + id) }

// sealInput returns the input of an operation as it is stored: a JSON text, which an
// older binary refuses to read. What is settled needs it no longer, but for an
// operation that was not sent: it may turn out that it was.
func (db *database) sealInput(ctx context.Context, i orchestrator.Intent) (string, error) {
	if i.Status != orchestrator.IntentOpen && i.Status != orchestrator.IntentNotSent || len(i.Input) == 0 {
		return emptyObject, nil
	}
	plain, err := encodeValues(i.Input)
	if err != nil {
		return "", err
	}
	sealed, err := db.sealText(ctx, plain, intentBound(i.ID))
	if err != nil {
		return "", err
	}
	return encode(sealed)
}

// openInput is the opposite of sealInput; objects are inputs of before, in the clear.
func (db *database) openInput(ctx context.Context, id, stored string) (map[string]string, error) {
	text, err := strconv.Unquote(stored)
	if err != nil {
		return decodeValues(stored)
	}
	plain, err := db.openText(ctx, text, intentBound(id))
	if err != nil {
		return nil, fmt.Errorf("input of operation %s: %w", id, err)
	}
	return decodeValues(plain)
}

// intent opens a row that was read.
func (db *database) intent(ctx context.Context, i intent) (orchestrator.Intent, error) {
	var err error
	i.Input, err = db.openInput(ctx, i.ID, i.input)
	return i.Intent, err
}

// readable are the operations whose input can be opened. Those that cannot keep
// nobody else's waiting, and are an error when there is nothing but them.
func (db *database) readable(ctx context.Context, rows []intent) ([]orchestrator.Intent, error) {
	var all []orchestrator.Intent
	var bad error
	for _, r := range rows {
		i, err := db.intent(ctx, r)
		if err != nil {
			bad = errors.Join(bad, err)
			continue
		}
		all = append(all, i)
	}
	if len(all) > 0 {
		return all, nil
	}
	return nil, bad
}

// sealCommit seals what of a commit is a secret, and returns the input of its intent as
// it is stored.
func (db *database) sealCommit(ctx context.Context, c *orchestrator.Commit) (input string, err error) {
	if err := db.sealDeal(ctx, &c.Transaction); err != nil {
		return "", err
	}
	if c.Reply != nil {
		sealed, err := db.sealReply(ctx, c.Reply.Reply)
		if err != nil {
			return "", err
		}
		c.Reply = &idempotency.Change{Reply: sealed, Free: c.Reply.Free}
	}
	if c.Intent == nil {
		return "", nil
	}
	return db.sealInput(ctx, *c.Intent)
}

// What is still in the clear: partial indexes of the same conditions are empty but
// for rows of older releases.
const (
	dealInClear = `(join_code <> '' and substr(join_code, 1, 7) <> 'sealed:' or redirect_url <> '' and substr(redirect_url, 1, 7) <> 'sealed:'
		or client_secret <> '' and substr(client_secret, 1, 7) <> 'sealed:')`
	inputInClear = `substr(cast(input as text), 1, 2) = '{"'`
)

// SealOld seals and clears what older releases, which may still run beside this one,
// stored in the clear, and notes whose the messages are that they gave up: up to a batch
// of rows each. It returns how many it changed.
func (db Pruning) SealOld(ctx context.Context) (int64, error) {
	dead, err := db.exec(ctx, `update inbox set community_id = `+ownerOf+` where id in (
		select id from inbox where done = 1 and note like 'given up%' and community_id is null limit $1)`, pruneBatch)
	if err != nil {
		return 0, fmt.Errorf("messages that were given up: %w", err)
	}
	sealed, err := db.sealOld(ctx)
	return dead + sealed, err
}

func (db *database) sealOld(ctx context.Context) (int64, error) {
	ended, err := db.exec(ctx, `update intents set input = '{}' where id in (
		select id from intents where `+inputInClear+` and status not in ('open', 'not_sent') limit $1)`, pruneBatch)
	if err != nil {
		return 0, fmt.Errorf("clear inputs: %w", err)
	}
	inputs, err := db.sealOldInputs(ctx)
	if err != nil {
		return ended, fmt.Errorf("seal inputs: %w", err)
	}
	deals, err := db.sealOldDeals(ctx)
	if err != nil {
		return ended + inputs, fmt.Errorf("seal secrets of deals: %w", err)
	}
	return ended + inputs + deals, nil
}

func (db *database) sealOldInputs(ctx context.Context) (changed int64, err error) {
	rows, err := find(ctx, db, intentTable, `where `+inputInClear+` and status in ('open', 'not_sent') limit $1`, pruneBatch)
	if err != nil {
		return 0, err
	}
	for _, r := range rows {
		i, err := db.intent(ctx, r)
		if err != nil {
			return changed, err
		}
		sealed, err := db.sealInput(ctx, i)
		if err != nil {
			return changed, err
		}
		n, err := db.exec(ctx, `update intents set input = $2 where id = $1 and status = $3`, r.ID, sealed, string(r.Status))
		if err != nil {
			return changed, err
		}
		changed += n
	}
	return changed, nil
}

func (db *database) sealOldDeals(ctx context.Context) (changed int64, err error) {
	rows, err := findPage(ctx, db, dealTable, `where `+dealInClear+` limit $1`, pruneBatch)
	if err != nil {
		return 0, err
	}
	for _, r := range rows {
		t := r
		if err := db.sealDeal(ctx, &t); err != nil {
			return changed, err
		}
		n, err := db.exec(ctx, `update transactions set join_code = $2, redirect_url = $3, client_secret = $4
			where id = $1 and join_code = $5 and redirect_url = $6 and client_secret = $7`,
			r.ID, t.JoinCode, t.RedirectURL, t.ClientSecret, r.JoinCode, r.RedirectURL, r.ClientSecret)
		if err != nil {
			return changed, err
		}
		changed += n
	}
	return changed, nil
}
