package gatewaytest_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gatewaytest"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// purse is a gateway as small as it can be: an emulator of a payment service in memory. It keeps keys.
type purse struct {
	mu       sync.Mutex
	now      time.Time
	payments []*payment
	answers  map[string]payment // by key
	effects  []gatewaytest.Effect
	said     []gatewaytest.Message
}

// say sends a message about a payment, with a signature.
func (p *purse) say(id string) {
	body := fmt.Sprintf(`{"number":%d,"payment":%q}`, len(p.said)+1, id)
	p.said = append(p.said, gatewaytest.Message{Header: http.Header{"Signature": {sum(body)}}, Body: []byte(body)})
}

func sum(body string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(purseKey+body))) }

type payment struct {
	ID, Reference               string
	Key                         string `json:",omitempty"`
	Amount                      int64
	Made, Held, Captured, Ended time.Time
	Refunded                    int64
	Disputed, Lost              int64
	Won                         bool
	Slow                        bool // what is taken waits until somebody decides
}

func (p *purse) time() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

// ServeHTTP implements http.Handler: POST /{verb}/{id} changes a payment, and GET /{id or reference} reads it.
func (p *purse) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, key, _ := r.BasicAuth(); key != purseKey {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if r.Method == http.MethodGet {
		if path[0] == "" {
			_ = json.NewEncoder(w).Encode(p.payments)
		} else if found := p.find(path[0]); found != nil {
			_ = json.NewEncoder(w).Encode([]*payment{found})
		} else {
			_ = json.NewEncoder(w).Encode([]*payment{})
		}
		return
	}
	var in payment
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	out, known := p.answers[in.Key]
	if !known {
		changed := p.change(process.Verb(path[0]), path[1], in)
		if changed == nil {
			w.WriteHeader(http.StatusPaymentRequired)
			return
		}
		out = *changed
		p.answers[in.Key] = out
	}
	_ = json.NewEncoder(w).Encode([]payment{out})
}

// change carries out a verb; nil: it is refused.
func (p *purse) change(v process.Verb, id string, in payment) *payment {
	found := p.find(id)
	if v == process.Authorize {
		found = &payment{ID: fmt.Sprint("p", len(p.payments)+1), Reference: in.Reference, Amount: in.Amount, Made: p.now, Held: p.now}
	}
	if found == nil {
		return nil
	}
	if found.Captured.IsZero() && !p.now.Before(found.Held.Add(lasts)) {
		found.Ended = p.now
	}
	held, left := found.Captured.IsZero() && found.Ended.IsZero(), found.Amount-found.Refunded
	switch {
	case v == process.Authorize && in.Amount < 10_000:
		p.payments = append(p.payments, found)
	case v == process.Capture && held && in.Amount <= found.Amount:
		found.Captured = p.now
	case v == process.Void && held:
		found.Ended = p.now
	case v == process.Refund && !found.Captured.IsZero() && in.Amount <= left:
		found.Refunded += in.Amount
	default:
		return nil
	}
	p.say(found.ID)
	if v == process.Capture && found.Slow {
		found.Captured = time.Time{}
		return found
	}
	p.effects = append(p.effects, gatewaytest.Effect{Verb: v, Amount: in.Amount})
	return found
}

func (p *purse) find(id string) *payment {
	for _, one := range p.payments {
		if one.ID == id || one.Reference == id {
			return one
		}
	}
	return nil
}

const (
	purseKey = "purse-key-1"
	lasts    = 48 * time.Hour // a hold
)

// adapter is the purse behind the engine's port. flaw names the mistake that it makes.
type adapter struct {
	url, flaw string
	shown     string // of its key
	http      *http.Client
	now       func() time.Time
}

func (a *adapter) Name() string             { return "purse" }
func (a *adapter) KeepsKeys() time.Duration { return time.Hour }

func (a *adapter) CanReceive(_ context.Context, _ int64, user string) (bool, error) {
	return user == "sam" || a.flaw == "pays everybody", nil
}

func (a *adapter) Takes(_ process.Verb, m money.Amount) error {
	if m.Currency() == "EUR" && m.Minor() > 0 || a.flaw == "takes everything" {
		return nil
	}
	return fault.New(fault.Invalid, "amount_not_supported", "%s cannot be paid by purse", m)
}

func (a *adapter) Perform(ctx context.Context, op orchestrator.Operation) orchestrator.Outcome {
	id := op.Transaction.PaymentID
	switch op.Verb {
	case process.Authorize:
		id = "new"
		if err := a.Takes(op.Verb, op.Amount); err != nil {
			return orchestrator.Outcome{Status: process.Declined, Code: "amount_not_supported", Unasked: true, Err: err}
		}
	case process.Capture, process.Void, process.Refund:
		if !strings.HasPrefix(id, "p") {
			return orchestrator.Outcome{Status: process.NotSent, Code: "payment_unknown"}
		}
	default:
		return orchestrator.Outcome{Status: process.NotSent, Code: "unsupported_verb"}
	}
	if ctx.Err() != nil && a.flaw != "overlooks the deadline" {
		return orchestrator.Outcome{Status: process.NotSent, Code: "gateway_unreachable", Err: ctx.Err()}
	}
	in := payment{Key: op.Key(), Reference: op.Reference(), Amount: op.Amount.Minor()}
	if a.flaw == "makes a key for every try" {
		in.Key += fmt.Sprint(op.Attempt, a.now().UnixNano(), len(id), &in)
	}
	if a.flaw == "sends the card" {
		in.Reference += op.Input["payment_method"]
	}
	status, list, err := a.ask(ctx, http.MethodPost, "/"+string(op.Verb)+"/"+id, in)
	if err != nil && a.flaw == "repeats a request" {
		status, list, err = a.ask(ctx, http.MethodPost, "/"+string(op.Verb)+"/"+id, in)
	}
	switch {
	case err != nil && a.flaw == "calls a lost answer not sent":
		return orchestrator.Outcome{Status: process.NotSent, Code: "gateway_unreachable", Err: err}
	case status == http.StatusPaymentRequired, status == http.StatusNotFound && a.flaw == "believes a proxy", status > 499 && a.flaw == "calls a broken server a refusal":
		return a.declined(ctx, op)
	case err != nil || len(list) != 1:
		if a.flaw == "prints its key" {
			err = errors.New("call purse with " + purseKey)
		}
		return orchestrator.Outcome{Status: process.Unknown, Code: "no_clear_answer", Err: err}
	}
	ended := process.Succeeded
	if list[0].Slow && op.Verb == process.Capture && a.flaw != "calls what waits taken" {
		ended = process.Pending
	}
	return orchestrator.Outcome{Status: ended, Snapshot: a.snapshot(list[0])}
}

// read verifies a message.
func (a *adapter) read(m gatewaytest.Message) (about, key string, err error) {
	var in struct {
		Number  int
		Payment string
	}
	if m.Header.Get("Signature") != sum(string(m.Body)) && a.flaw != "believes any message" {
		return "", "", errors.New("the signature is wrong")
	}
	err = json.Unmarshal(m.Body, &in)
	if a.flaw == "reads no payment" {
		in.Payment = ""
	}
	return in.Payment, fmt.Sprint(in.Number), err
}

// disputes shows what the payer's bank has.
func (a *adapter) disputes(p payment, s orchestrator.Snapshot) {
	if a.flaw == "overlooks a chargeback" {
		return
	}
	s.Totals.Refunded, s.Totals.Disputed, s.Totals.ByBank = s.Totals.Refunded+p.Lost, p.Disputed, p.Lost+p.Disputed
	if p.Disputed+p.Lost > 0 {
		s.Facts[process.FactDisputeOpened] = a.now()
	}
	if p.Lost > 0 {
		s.Facts[process.FactDisputeLost] = a.now()
	}
	if p.Won {
		s.Facts[process.FactDisputeWon] = a.now()
	}
}

func (a *adapter) declined(ctx context.Context, op orchestrator.Operation) orchestrator.Outcome {
	out := orchestrator.Outcome{Status: process.Declined, Code: "declined"}
	if op.Verb == process.Authorize {
		return out
	}
	s, err := a.Lookup(ctx, orchestrator.PaymentRef{PaymentID: op.Transaction.PaymentID})
	if _, voided := s.Facts[process.FactVoided]; err == nil && voided && op.Verb == process.Capture && a.flaw != "does not know why" {
		out.Code = "hold_expired"
	}
	return out
}

func (a *adapter) Lookup(ctx context.Context, ref orchestrator.PaymentRef) (orchestrator.Snapshot, error) {
	id := ref.PaymentID
	if id == "" {
		id = ref.Reference
	}
	if a.flaw == "believes any id" {
		return orchestrator.Snapshot{PaymentID: id, Payment: process.Payment{Found: true}}, nil
	}
	_, list, err := a.ask(ctx, http.MethodGet, "/", payment{})
	if a.flaw == "overlooks that a look failed" {
		err = nil
	}
	for _, one := range list {
		if one.ID == id || one.Reference == id || a.flaw == "finds by a part" && strings.HasPrefix(one.Reference, id) {
			return a.snapshot(one), err
		}
	}
	return orchestrator.Snapshot{}, err
}

func (a *adapter) Payments(ctx context.Context, from, to time.Time) iter.Seq2[orchestrator.StatementLine, error] {
	return func(yield func(orchestrator.StatementLine, error) bool) {
		_, list, err := a.ask(ctx, http.MethodGet, "/", payment{})
		if err != nil && a.flaw != "ends a statement early" {
			yield(orchestrator.StatementLine{}, err)
			return
		}
		for _, one := range list {
			if one.Made.Before(from) || !one.Made.Before(to) && a.flaw != "lists one too many" {
				continue
			}
			s := a.snapshot(one)
			line := orchestrator.StatementLine{Reference: one.Reference, Captured: s.Totals.Captured, Refunded: s.Totals.Refunded, MadeAt: one.Made, Snapshot: s}
			if !yield(line, nil) {
				return
			}
		}
	}
}

func (a *adapter) snapshot(p payment) orchestrator.Snapshot {
	s := orchestrator.Snapshot{
		PaymentID: p.ID, References: []orchestrator.Reference{{Text: p.Reference, MadeAt: p.Made}},
		Payment: process.Payment{
			Found: true, Price: money.New(p.Amount, "EUR"), Facts: map[process.Fact]time.Time{process.FactAuthorized: p.Held}, Totals: &process.Totals{Refunded: p.Refunded},
		},
	}
	if !p.Captured.IsZero() {
		s.Facts[process.FactCaptured], s.Totals.Captured = p.Captured, p.Amount
	} else if !p.Ended.IsZero() || !a.now().Before(p.Held.Add(lasts)) {
		s.Facts[process.FactVoided] = a.now()
	}
	if p.Refunded > 0 && a.flaw != "shows no refund" {
		s.Facts[process.FactRefundedInPart] = a.now()
	} else {
		s.Totals.Refunded = 0
	}
	a.disputes(p, s)
	return s
}

func (a *adapter) ask(ctx context.Context, method, path string, in payment) (int, []payment, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return 0, nil, err
	}
	if a.flaw == "overlooks the deadline" {
		ctx = context.WithoutCancel(ctx)
	}
	r, err := http.NewRequestWithContext(ctx, method, a.url+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.GetBody = nil
	r.SetBasicAuth("", purseKey)
	resp, err := a.http.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	var list []payment
	if resp.StatusCode != http.StatusOK {
		return resp.StatusCode, nil, errors.New(resp.Status)
	}
	err = json.NewDecoder(resp.Body).Decode(&list)
	return resp.StatusCode, list, err
}

// purseConfig is the purse with an adapter that makes a mistake, or none.
func purseConfig(flaw string) gatewaytest.Config {
	return gatewaytest.Config{
		Verbs: []process.Verb{process.Authorize, process.Capture, process.Void, process.Refund},
		Price: money.New(5000, "EUR"), HoldLasts: lasts, Unknown: "p0", Stranger: "ann", Secrets: []string{purseKey},
		NotTaken:   []money.Amount{money.New(5000, "USD")},
		Exceptions: map[string]string{"refused/authorize": "the purse refuses what is too much, and no payer"},
		Open: func(t testing.TB, wire http.RoundTripper) gatewaytest.Account {
			p := &purse{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), answers: map[string]payment{}}
			server := httptest.NewServer(p)
			t.Cleanup(server.Close)
			client := &http.Client{Transport: wire}
			if flaw != "follows redirects" {
				client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			}
			a := &adapter{url: server.URL, flaw: flaw, http: client, now: p.time}
			if flaw == "can be printed" {
				a.shown = purseKey
			}
			return gatewaytest.Account{
				Gateway: a, Afterwards: p.afterwards(a),
				Now: p.time,
				Advance: func(_ testing.TB, d time.Duration) {
					p.mu.Lock()
					defer p.mu.Unlock()
					p.now = p.now.Add(d)
				},
				Effects: func() []gatewaytest.Effect {
					p.mu.Lock()
					defer p.mu.Unlock()
					return append([]gatewaytest.Effect{}, p.effects...)
				},
			}
		},
	}
}

// afterwards is what happens at the purse without being asked for.
func (p *purse) afterwards(a *adapter) gatewaytest.Afterwards {
	change := func(id string, change func(one *payment)) {
		p.mu.Lock()
		defer p.mu.Unlock()
		change(p.find(id))
		p.say(id)
	}
	return gatewaytest.Afterwards{
		Dispute: func(_ testing.TB, id string) func(testing.TB, bool) {
			change(id, func(one *payment) { one.Disputed = one.Amount })
			return func(_ testing.TB, won bool) {
				change(id, func(one *payment) {
					if one.Disputed = 0; won {
						one.Won = true
					} else {
						one.Lost = one.Amount
					}
				})
			}
		},
		Linger: func(_ testing.TB, id string) { change(id, func(one *payment) { one.Slow = true }) },
		Decide: func(_ testing.TB, id string, taken bool) {
			change(id, func(one *payment) {
				if one.Slow = false; taken {
					one.Captured = p.now
				}
			})
		},
		Heard: func(testing.TB) []gatewaytest.Message {
			p.mu.Lock()
			defer p.mu.Unlock()
			return append([]gatewaytest.Message{}, p.said...)
		},
		Read: a.read,
	}
}
