package webhooks_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/due"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	"github.com/handsel-dev/handsel/orchestrator/gateway/trustap"
	"github.com/handsel-dev/handsel/webhooks"
)

var epoch = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

const paid = `{"code":"basic_tx.paid","user_id":null,"target_id":"123","target_preview":{"x":[1]},"time":"2030-01-02T03:04:05Z","metadata":{}}`

var sandbox = trustap.Webhook{Credentials: []trustap.Credential{{Username: "old", Password: "one"}, {Username: "hook", Password: "two"}}}

func basic(username, password string) http.Header {
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth(username, password)
	return r.Header
}

func openInbox(t *testing.T) *sqlstore.DB {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), testdb.SQLite(t), sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestReceive(t *testing.T) {
	t.Parallel()
	db, kicked := openInbox(t), []string(nil)
	receiver, err := webhooks.NewReceiver(webhooks.ReceiverConfig{
		Inbox: db, Sources: []gateway.Source{sandbox}, Kick: func(gateway string) { kicked = append(kicked, gateway) }, Now: func() time.Time { return epoch },
	})
	if err != nil {
		t.Fatal(err)
	}
	later := strings.Replace(paid, "03:04:05", "03:04:06", 1)
	number := strings.Replace(paid, `"123"`, `124`, 1)
	for _, body := range []string{paid, paid, later, paid, number} {
		if err := receiver.Receive(t.Context(), "trustap", basic("hook", "two"), []byte(body)); err != nil {
			t.Errorf("Receive(%s): %v", body, err)
		}
	}
	if err := receiver.Receive(t.Context(), "trustap", basic("old", "one"), []byte(paid)); err != nil {
		t.Errorf("the older credential: %v", err)
	}
	if !slices.Equal(kicked, []string{"trustap", "trustap", "trustap"}) {
		t.Errorf("kicked %v, want one for each new message", kicked)
	}
	got, err := db.Claim(t.Context(), epoch, epoch.Add(time.Minute), 10)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, d := range got {
		all = append(all, fmt.Sprint(d.Gateway, " ", d.Code, " ", d.PaymentID, " ", string(d.Body) == paid, " ", d.ReceivedAt.Equal(epoch)))
	}
	want := []string{"trustap basic_tx.paid 123 true true", "trustap basic_tx.paid 123 false true", "trustap basic_tx.paid 124 false true"}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
}

// aboutNothing is a source whose messages are about no payment of ours.
type aboutNothing struct{}

func (aboutNothing) Name() string            { return "stripe" }
func (aboutNothing) Admit(http.Header) error { return nil }
func (aboutNothing) Read(http.Header, []byte) (gateway.Message, error) {
	return gateway.Message{DedupeKey: "evt_1", Code: "account.updated"}, nil
}

func TestReceive_dropsWhatIsAboutNothing(t *testing.T) {
	t.Parallel()
	db := openInbox(t)
	receiver, err := webhooks.NewReceiver(webhooks.ReceiverConfig{
		Inbox: db, Sources: []gateway.Source{aboutNothing{}}, Kick: func(string) { t.Error("kicked") }, Now: func() time.Time { return epoch },
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := receiver.Receive(t.Context(), "stripe", nil, []byte("{}")); err != nil {
		t.Errorf("not acknowledged: %v", err)
	}
	if stored, err := db.Claim(t.Context(), epoch.Add(time.Hour), epoch.Add(2*time.Hour), 10); err != nil || len(stored) != 0 {
		t.Errorf("stored %v (%v)", stored, err)
	}
}

func TestReceiveRefusals(t *testing.T) {
	t.Parallel()
	good := basic("hook", "two")
	tests := []struct {
		name    string
		gateway string
		header  http.Header
		body    string
		source  gateway.Source
		want    *fault.Error
	}{
		{"unknown gateway", "bank", good, paid, sandbox, fault.New(fault.NotFound, "unknown_gateway", "")},
		{"known but not connected", "stripe", good, paid, sandbox, fault.New(fault.NotFound, "unknown_gateway", "")},
		{"no credential", "trustap", http.Header{}, paid, sandbox, fault.New(fault.Unauthenticated, "invalid_webhook_credential", "")},
		{"wrong password", "trustap", basic("hook", "one"), paid, sandbox, fault.New(fault.Unauthenticated, "invalid_webhook_credential", "")},
		{"shifted border", "trustap", basic("hookt", "wo"), paid, sandbox, fault.New(fault.Unauthenticated, "invalid_webhook_credential", "")},
		{"broken body with wrong password", "trustap", basic("x", "y"), "{", sandbox, fault.New(fault.Unauthenticated, "invalid_webhook_credential", "")},
		{"nothing configured", "trustap", basic("", ""), paid, trustap.Webhook{}, fault.New(fault.Unauthenticated, "invalid_webhook_credential", "")},
		{"empty credential", "trustap", basic("", ""), paid, trustap.Webhook{Credentials: []trustap.Credential{{}}}, fault.New(fault.Unauthenticated, "invalid_webhook_credential", "")},
		{"no JSON", "trustap", good, "paid", sandbox, fault.New(fault.Invalid, "invalid_webhook", "")},
		{"no code", "trustap", good, `{"target_id":"1"}`, sandbox, fault.New(fault.Invalid, "invalid_webhook", "")},
		{"no target", "trustap", good, `{"code":"basic_tx.paid"}`, sandbox, fault.New(fault.Invalid, "invalid_webhook", "")},
		{"target is no number", "trustap", good, `{"code":"basic_tx.paid","target_id":"../1"}`, sandbox, fault.New(fault.Invalid, "invalid_webhook", "")},
		{"code is no name", "trustap", good, `{"code":"<script>","target_id":"1"}`, sandbox, fault.New(fault.Invalid, "invalid_webhook", "")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			box := &memory{}
			receiver, err := webhooks.NewReceiver(webhooks.ReceiverConfig{Inbox: box, Sources: []gateway.Source{tt.source}})
			if err != nil {
				t.Fatal(err)
			}
			if err := receiver.Receive(t.Context(), tt.gateway, tt.header, []byte(tt.body)); !errors.Is(err, tt.want) {
				t.Errorf("Receive = %v, want %v", err, tt.want)
			}
			if len(box.all) != 0 {
				t.Error("a refused message was stored")
			}
		})
	}
}

func TestCredentialHidesItsPassword(t *testing.T) {
	t.Parallel()
	if text := fmt.Sprintf("%v %+v %#v %s", sandbox, sandbox, sandbox, sandbox.Credentials[0]); strings.Contains(text, "two") || strings.Contains(text, "one") {
		t.Errorf("printed as %s", text)
	}
}

func TestConstructorsCheck(t *testing.T) {
	t.Parallel()
	if _, err := webhooks.NewReceiver(webhooks.ReceiverConfig{}); err == nil {
		t.Error("a receiver without inbox was made")
	}
	if _, err := webhooks.NewReceiver(webhooks.ReceiverConfig{Inbox: &memory{}, Sources: []gateway.Source{sandbox, sandbox}}); err == nil {
		t.Error("a receiver with one source twice was made")
	}
	if _, err := webhooks.NewProcessor(webhooks.ProcessorConfig{Inbox: &memory{}}); err == nil {
		t.Error("a processor without Apply was made")
	}
}

// memory is an inbox in memory.
type memory struct {
	mu    sync.Mutex
	all   []webhooks.Delivery
	due   map[int64]time.Time
	notes map[int64]string
	fails error
}

func (m *memory) Put(_ context.Context, d webhooks.Delivery) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d.ID = int64(len(m.all) + 1)
	m.all = append(m.all, d)
	if m.due == nil {
		m.due, m.notes = map[int64]time.Time{}, map[int64]string{}
	}
	m.due[d.ID] = d.ReceivedAt
	return true, m.fails
}

func (m *memory) Claim(_ context.Context, now, lease time.Time, limit int, _ ...string) ([]webhooks.Delivery, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var claimed []webhooks.Delivery
	for i, d := range m.all {
		if due, open := m.due[d.ID]; open && !due.After(now) && len(claimed) < limit {
			m.all[i].Attempts++
			m.due[d.ID] = lease
			claimed = append(claimed, m.all[i])
		}
	}
	return claimed, m.fails
}

func (m *memory) Done(_ context.Context, id int64, note string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.due, id)
	m.notes[id] = note
	return nil
}

func (m *memory) Retry(_ context.Context, d webhooks.Delivery, due time.Time, note string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.due[d.ID], m.notes[d.ID] = due, note
	return nil
}

func (m *memory) Return(ctx context.Context, d webhooks.Delivery, now time.Time) error {
	return m.Retry(ctx, d, now, "")
}

// Messages whose payment is not known yet are tried again, ever more seldom, and
// given up after three days.
func TestProcessorRetries(t *testing.T) {
	t.Parallel()
	box, now, tries := &memory{}, epoch, map[string]int{}
	var mu sync.Mutex // messages about different payments are applied side by side
	processor, err := webhooks.NewProcessor(webhooks.ProcessorConfig{
		Inbox: box, Now: func() time.Time { return now },
		Apply: func(_ context.Context, d webhooks.Delivery) error {
			mu.Lock()
			defer mu.Unlock()
			tries[d.PaymentID]++
			if d.PaymentID == "late" && tries["late"] == 3 || d.PaymentID == "known" {
				return nil
			}
			return fault.New(fault.NotFound, "transaction_not_found", "there is none")
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, payment := range []string{"known", "late", "never"} {
		if _, err := box.Put(t.Context(), webhooks.Delivery{PaymentID: payment, ReceivedAt: epoch}); err != nil {
			t.Fatal(err)
		}
	}
	process := func(at time.Duration, want int) {
		t.Helper()
		now = epoch.Add(at)
		if n, err := processor.ProcessDue(t.Context()); err != nil || n != want {
			t.Errorf("after %v: ended %d, %v; want %d", at, n, err, want)
		}
	}
	process(0, 1)
	process(4*time.Second, 0)
	process(5*time.Second, 0)
	process(14*time.Second, 0)
	process(15*time.Second, 1)
	if diff := cmp.Diff(map[string]int{"known": 1, "late": 3, "never": 3}, tries); diff != "" {
		t.Errorf("tries (-want +got):\n%s", diff)
	}
	for at := time.Minute; at < 72*time.Hour; at += time.Minute {
		process(at, 0)
	}
	if tries["never"] < 72 || tries["never"] > 85 {
		t.Errorf("%d tries in three days", tries["never"])
	}
	process(73*time.Hour, 1)
	process(200*time.Hour, 0)
	notes := map[int64]string{1: "applied", 2: "applied", 3: "given up: transaction_not_found"}
	if diff := cmp.Diff(notes, box.notes); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
}

func TestProcessorTakesMoreThanOneBatch(t *testing.T) {
	t.Parallel()
	db := openInbox(t)
	var looks atomic.Int64
	for i := range 120 {
		d := webhooks.Delivery{Gateway: "trustap", DedupeKey: fmt.Sprint(i), PaymentID: fmt.Sprint(i % 60), ReceivedAt: epoch}
		if _, err := db.Put(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	processor, err := webhooks.NewProcessor(webhooks.ProcessorConfig{
		Inbox: db, Now: func() time.Time { return epoch }, Apply: func(context.Context, webhooks.Delivery) error { looks.Add(1); return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{120, 0} {
		if n, err := processor.ProcessDue(t.Context()); err != nil || n != want {
			t.Errorf("ProcessDue = %d, %v; want %d", n, err, want)
		}
	}
	// Batches of 50: the first two have 50 payments each, the last has 20.
	if looks.Load() != 120 {
		t.Errorf("looked %d times", looks.Load())
	}
}

// Ten messages about one payment that came in together need one look.
func TestProcessorLooksOncePerPayment(t *testing.T) {
	t.Parallel()
	db := openInbox(t)
	for i := range 20 {
		d := webhooks.Delivery{Gateway: "trustap", DedupeKey: fmt.Sprint(i), PaymentID: fmt.Sprint(i % 2), ReceivedAt: epoch}
		if _, err := db.Put(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	var looks atomic.Int64
	processor, err := webhooks.NewProcessor(webhooks.ProcessorConfig{
		Inbox: db, Now: func() time.Time { return epoch }, Apply: func(context.Context, webhooks.Delivery) error { looks.Add(1); return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := processor.ProcessDue(t.Context()); err != nil || n != 20 || looks.Load() != 2 {
		t.Errorf("ended %d with %d looks, %v; want 20 with 2", n, looks.Load(), err)
	}
}

func TestProcessorReportsABrokenInbox(t *testing.T) {
	t.Parallel()
	broken := errors.New("no disk")
	processor, err := webhooks.NewProcessor(webhooks.ProcessorConfig{
		Inbox: &memory{fails: broken}, Apply: func(context.Context, webhooks.Delivery) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := processor.ProcessDue(t.Context()); !errors.Is(err, broken) {
		t.Errorf("ProcessDue = %v", err)
	}
}

// There is a job for each gateway, which works through its messages alone.
func TestJobs(t *testing.T) {
	t.Parallel()
	db := openInbox(t)
	for i, gateway := range []string{"trustap", "stripe", "trustap"} {
		d := webhooks.Delivery{Gateway: gateway, DedupeKey: fmt.Sprint(i), PaymentID: "1", ReceivedAt: epoch}
		if _, err := db.Put(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	var asked []string
	processor, err := webhooks.NewProcessor(webhooks.ProcessorConfig{
		Inbox: db, Now: func() time.Time { return epoch }, Gateways: []string{"trustap", "stripe"},
		Apply: func(_ context.Context, d webhooks.Delivery) error { asked = append(asked, d.Gateway); return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	list, err := due.New(due.Config{Now: func() time.Time { return epoch }}, processor.Jobs()...)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"inbox_trustap", webhooks.JobOf("stripe")}, list.Names()); diff != "" {
		t.Errorf("jobs (-want +got):\n%s", diff)
	}
	if n, err := list.Once(t.Context()); n != 3 || err != nil {
		t.Errorf("ended %d, %v", n, err)
	}
	if diff := cmp.Diff([]string{"trustap", "stripe"}, asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

func FuzzTrustap(f *testing.F) {
	f.Add([]byte(paid))
	f.Add([]byte(`{"code":"p2p_tx.joined","target_id":1}`))
	f.Add([]byte(`{"code":1,"target_id":{}}`))
	header := basic("hook", "two")
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := sandbox.Read(header, body)
		if err == nil && (d.Code == "" || d.PaymentID == "" || len(d.DedupeKey) != 64) {
			t.Errorf("%q reads as %+v", body, d)
		}
		if err != nil && fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%q: %v", body, err)
		}
	})
}

// A processor that is stopped gives back what it has claimed: another one applies it at
// the same moment.
func TestE23_messagesAreHandedBack(t *testing.T) {
	t.Parallel()
	db := openInbox(t)
	const messages = 12
	for i := range messages {
		d := webhooks.Delivery{Gateway: "trustap", DedupeKey: fmt.Sprint(i), PaymentID: fmt.Sprint(i), ReceivedAt: epoch}
		if _, err := db.Put(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	processor := func(apply func(ctx context.Context) error) *webhooks.Processor {
		p, err := webhooks.NewProcessor(webhooks.ProcessorConfig{
			Inbox: db, Now: func() time.Time { return epoch }, Apply: func(ctx context.Context, _ webhooks.Delivery) error { return apply(ctx) },
		})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	first := processor(func(ctx context.Context) error { stop(); <-ctx.Done(); return ctx.Err() })
	if n, err := first.ProcessDue(ctx); n != 0 || !errors.Is(err, context.Canceled) {
		t.Fatalf("ended %d, %v", n, err)
	}
	if n, err := processor(func(context.Context) error { return nil }).ProcessDue(t.Context()); n != messages || err != nil {
		t.Errorf("another processor ended %d of %d, %v", n, messages, err)
	}
}
