package bench

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/webhooks/outbound"
)

// Webhooks is what was sent to receivers on this machine.
type Webhooks struct {
	Endpoints, Deliveries int
	PerSecond             int64
}

// events are stored by one statement: what is measured is sending them.
const (
	logPostgres = `insert into event_log (community_id, sequence, type, transaction_id, object_type, object_number, object_id, reference, data, at, step)
		select 1, n, 'transaction.paid', n % 1000 + 1, 'transaction', n % 1000 + 1, '', '', '` + eventData + `', '2026-01-02 03:04:05Z', 0 from generate_series($1::bigint + 1, $1::bigint + $2::bigint) n`
	logSQLite = `with recursive counted (n) as (select $1 + 1 union all select n + 1 from counted where n < $1 + $2)
		insert into event_log (community_id, sequence, type, transaction_id, object_type, object_number, object_id, reference, data, at, step)
		select 1, n, 'transaction.paid', n % 1000 + 1, 'transaction', n % 1000 + 1, '', '', '` + eventData + `', '2026-01-02T03:04:05.000000Z', 0 from counted`
	eventData = `{"process":"preauthorize@1","gateway":"stripe","buyer_id":"bea","seller_id":"sam","price":{"amount":4250,"currency":"EUR"},"from":"preauthorized","to":"paid","transition":"complete"}`
)

// RunWebhooks sends as many events, of a thousand deals, to each of some endpoints and writes
// what became of them.
func RunWebhooks(ctx context.Context, databaseURL string, endpoints, count int) (w Webhooks, err error) {
	db, err := prepared(ctx, databaseURL)
	if err != nil {
		return w, err
	}
	defer db.Close()
	url, stop, err := receive()
	if err != nil {
		return w, err
	}
	defer stop()
	for range endpoints {
		if err := endpointAt(ctx, db, 1, url, endpoints); err != nil {
			return w, err
		}
	}
	if err := fillLog(ctx, databaseURL, count); err != nil {
		return w, err
	}
	worker, sender, err := sending(db)
	if err != nil {
		return w, err
	}
	defer sender.Close()
	begun := time.Now()
	if _, err := worker.Once(ctx); err != nil {
		return w, err
	}
	took := time.Since(begun)
	all, err := db.ListEndpoints(ctx, 1)
	if err != nil {
		return w, err
	}
	for _, e := range all {
		if e.Position != int64(count) || e.Loose {
			return w, fmt.Errorf("an endpoint is at %d of %d events", e.Position, count)
		}
	}
	w.Endpoints, w.Deliveries = endpoints, endpoints*count
	w.PerSecond = int64(w.Deliveries) * int64(time.Second) / int64(took)
	return w, nil
}

func benchBy() orchestrator.By { return orchestrator.By{Actor: "command:bench", At: day()} }

// endpointAt makes an endpoint, of so many at most, that gets everything.
func endpointAt(ctx context.Context, db *sqlstore.DB, community int64, url string, most int) error {
	secret, err := outbound.NewSecret(outbound.Shared, strings.NewReader(strings.Repeat("s", 32)))
	if err != nil {
		return err
	}
	e := outbound.Endpoint{CommunityID: community, URL: url, Types: []string{"*"}, Payload: outbound.Full, Signature: outbound.Shared, Status: outbound.Enabled, Secrets: []outbound.Secret{secret}, CreatedAt: day(), UpdatedAt: day()}
	_, err = db.CreateEndpoint(ctx, e, most, benchBy())
	return err
}

func sending(db *sqlstore.DB) (*outbound.Worker, *outbound.Sender, error) {
	ids, err := publicid.New([]byte("a secret for measurements"))
	if err != nil {
		return nil, nil, err
	}
	elapsed := func() func() time.Duration {
		begun := time.Now()
		return func() time.Duration { return time.Since(begun) }
	}
	sender, err := outbound.NewSender(outbound.SenderConfig{Guard: outbound.Guard{Loopback: true}, Now: time.Now, Elapsed: elapsed})
	if err != nil {
		return nil, nil, err
	}
	worker, err := outbound.NewWorker(outbound.WorkerConfig{
		Queue: db.EndpointQueue, Log: db.EventLog, Wire: events.Wire{IDs: ids}, Sender: sender, Now: time.Now, Draw: func(int) int { return 0 },
	})
	return worker, sender, err
}

// receive answers webhooks.
func receive() (url string, stop func(), err error) {
	return serveAt(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
	}))
}

func serveAt(h http.Handler) (url string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: h}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(l) // it ends when it is closed
	}()
	return "http://" + l.Addr().String(), func() { _ = server.Close(); <-ended }, nil
}

// fillLog stores so many events, numbered from 1.
func fillLog(ctx context.Context, databaseURL string, count int) error {
	db, statement, err := logOf(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer db.Close()
	return more(ctx, db, statement, 0, count)
}

// logOf is the log of a database for one community, and the statement that stores events in it.
func logOf(ctx context.Context, databaseURL string) (*sqlx.DB, string, error) {
	driver, statement := "sqlite", logSQLite
	if strings.HasPrefix(databaseURL, "postgres") {
		driver, statement = "postgres", logPostgres
	}
	db, err := sqlx.Open(driver, databaseURL)
	if err != nil {
		return nil, "", err
	}
	db.SetMaxOpenConns(1)
	if driver == "sqlite" {
		if _, err := db.ExecContext(ctx, `pragma busy_timeout = 30000`); err != nil {
			return nil, "", err
		}
	}
	_, err = db.ExecContext(ctx, `insert into event_counters (community_id, last) values (1, 0)`)
	return db, statement, err
}

// more stores count events more after the first ones, with their numbers in one commit, as the program does: who sees an event sees that
// the log goes as far.
func more(ctx context.Context, db *sqlx.DB, statement string, stored, count int) error {
	tx, err := db.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	if _, err := tx.ExecContext(ctx, statement, stored, count); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `update event_counters set last = $1 where community_id = 1`, stored+count); err != nil {
		return err
	}
	return tx.Commit()
}
