package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/secretbox"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/webhooks"
)

func sealKey(id string, b byte) secretbox.Key {
	k := secretbox.Key{ID: id}
	for i := range k.Secret {
		k.Secret[i] = b
	}
	return k
}

// dumpRows returns all that a query finds, as one text.
func dumpRows(t *testing.T, url, query string) string {
	t.Helper()
	driver, address := "sqlite", "file:"+strings.NewReplacer("%", "%25", "#", "%23", "?", "%3f", " ", "%20").Replace(url)
	if strings.HasPrefix(url, "postgres") {
		driver, address = "postgres", url
	}
	raw, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	rows, err := raw.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var all strings.Builder
	for rows.Next() {
		var a, b sql.RawBytes
		if err := rows.Scan(&a, &b); err != nil {
			t.Fatal(err)
		}
		all.Write(a)
		all.Write(b)
		all.WriteByte('\n')
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// An answer that is kept and a message of a gateway are sealed; they come out as
// they went in, also with another first key, and after keys were given for the
// first time. What older versions left in the clear can still be read.
func TestS1_copiesAreSealed(t *testing.T) {
	t.Parallel()
	for name, newURL := range map[string]func(*testing.T) string{"sqlite": sqliteFile, "postgres": postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := newURL(t)
			const canary = "4242424242424242"
			reply := orchestrator.Reply{Scope: "s", Key: "k", Hash: "hash-of-" + canary, CommunityID: 1, Status: 200, Body: []byte(`{"card_number":"` + canary + `"}`), At: ticketTime}
			message := webhooks.Delivery{Gateway: "stripe", DedupeKey: "evt_1", PaymentID: "pi_1", Code: "paid", Body: []byte(`{"client_secret":"` + canary + `"}`), ReceivedAt: ticketTime}
			ctx := t.Context()
			first := open(t, url, sqlstore.Options{})
			if _, done, err := first.Once(ctx, reply, func(context.Context) (int, []byte, error) { return reply.Status, reply.Body, nil }); !done || err != nil {
				t.Fatal(done, err)
			}
			if stored, err := first.Put(ctx, message); !stored || err != nil {
				t.Fatal(stored, err)
			}
			for table, query := range map[string]string{"replies": `select hash, body from replies`, "inbox": `select dedupe_key, body from inbox`} {
				if dump := dumpRows(t, url, query); dump == "" || strings.Contains(dump, canary) {
					t.Errorf("%s holds %q", table, dump)
				}
			}
			for _, keys := range [][]secretbox.Key{nil, {sealKey("k1", 1)}, {sealKey("k2", 2), sealKey("k1", 1)}} {
				db := open(t, url, sqlstore.Options{SealKeys: keys})
				got, found, err := db.Reply(ctx, "s", "k")
				if err != nil || !found || got.Hash != reply.Hash || string(got.Body) != string(reply.Body) {
					t.Errorf("with %v: %+v, %t, %v", keys, got, found, err)
				}
			}
			claimed, err := open(t, url, sqlstore.Options{}).Claim(ctx, ticketTime, ticketTime, 10)
			if err != nil || len(claimed) != 1 || string(claimed[0].Body) != string(message.Body) {
				t.Errorf("claimed %+v, %v", claimed, err)
			}
			readsOldReplies(ctx, t, url)
		})
	}
}

func readsOldReplies(ctx context.Context, t *testing.T, url string) {
	t.Helper()
	binary := "blob"
	if strings.HasPrefix(url, "postgres") {
		binary = "bytea"
	}
	dumpRows(t, url, `insert into replies (scope, key, hash, community_id, transaction_id, intent_id, status, body, at)
		values ('s', 'old', 'h', 1, 0, '', 200, cast('{"a":1}' as `+binary+`), null) returning scope, key`)
	sealed := open(t, url, sqlstore.Options{SealKeys: []secretbox.Key{sealKey("k1", 1)}})
	if got, found, err := sealed.Reply(ctx, "s", "old"); err != nil || !found || string(got.Body) != `{"a":1}` || got.Hash != "h" {
		t.Errorf("old reply: %+v, %t, %v", got, found, err)
	}
	fresh := orchestrator.Reply{Scope: "s", Key: "new", Hash: "h2", At: ticketTime}
	if _, done, err := sealed.Once(ctx, fresh, func(context.Context) (int, []byte, error) { return 200, []byte("{}"), nil }); !done || err != nil {
		t.Fatal(done, err)
	}
	// Without its key an answer is not guessed.
	lost := open(t, url, sqlstore.Options{SealKeys: []secretbox.Key{sealKey("k9", 9)}})
	if _, _, err := lost.Reply(ctx, "s", "new"); !errors.Is(err, secretbox.ErrUnreadable) {
		t.Errorf("without the key: %v", err)
	}
}
