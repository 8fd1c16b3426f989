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
		select 1, n, 'transaction.paid', n % 1000 + 1, 'transaction', n % 1000 + 1, '', '', '` + eventData + `', '2026-01-02 03:04:05Z', 0 from generate_series(1, $1) n`
	logSQLite = `with recursive counted (n) as (select 1 union all select n + 1 from counted where n < $1)
		insert into event_log (community_id, sequence, type, transaction_id, object_type, object_number, object_id, reference, data, at, step)
		select 1, n, 'transaction.paid', n % 1000 + 1, 'transaction', n % 1000 + 1, '', '', '` + eventData + `', '2026-01-02T03:04:05.000000Z', 0 from counted`
	eventData = `{"process":"preauthorize@1","gateway":"stripe","buyer_id":"bea","seller_id":"sam","price":{"amount":4250,"currency":"EUR"},"from":"preauthorized","to":"paid","transition":"complete"}`
)

// RunWebhooks sends as many events, of a thousand deals, to each of some endpoints and writes
// what became of them.
func RunWebhooks(ctx context.Context, databaseURL string, endpoints, count int) (w Webhooks, err error) {
	db, err := sqlstore.Open(ctx, databaseURL, sqlstore.Options{})
	if err != nil {
		return w, err
	}
	defer db.Close()
	if err := db.AddCommunity(ctx, 1, "bench", orchestrator.By{Actor: "command:bench", At: day()}); err != nil {
		return w, err
	}
	url, stop, err := receive()
	if err != nil {
		return w, err
	}
	defer stop()
	for range endpoints {
		secret, err := outbound.NewSecret(outbound.Shared, strings.NewReader(strings.Repeat("s", 32)))
		if err != nil {
			return w, err
		}
		e := outbound.Endpoint{CommunityID: 1, URL: url, Types: []string{"*"}, Payload: outbound.Full, Signature: outbound.Shared, Status: outbound.Enabled, Secrets: []outbound.Secret{secret}, CreatedAt: day(), UpdatedAt: day()}
		if _, err := db.CreateEndpoint(ctx, e, endpoints, orchestrator.By{Actor: "command:bench", At: day()}); err != nil {
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
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
	})}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(l) // it ends when it is closed
	}()
	return "http://" + l.Addr().String(), func() { _ = server.Close(); <-ended }, nil
}

func fillLog(ctx context.Context, databaseURL string, count int) error {
	driver, statement := "sqlite", logSQLite
	if strings.HasPrefix(databaseURL, "postgres") {
		driver, statement = "postgres", logPostgres
	}
	db, err := sqlx.Open(driver, databaseURL)
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, statement, count); err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `insert into event_counters (community_id, last) values (1, $1)`, count)
	return err
}
