package giro

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Limit is the amount above which the bank declines, in minor units.
const Limit = 100_000

// Bank is the bank itself: an emulator on loopback. Set URL, Key and Webhooks before it
// is asked anything.
type Bank struct {
	URL, Key string
	Webhooks string // where it reports

	mu       sync.Mutex
	payments []*payment
	moves    []move
}

// move is something that happened to money.
type move struct {
	verb   string
	amount int64
}

// ServeHTTP implements http.Handler.
func (b *Bank) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /payments", b.open)
	mux.HandleFunc("GET /payments/{id}", b.show)
	mux.HandleFunc("GET /references/{id}", b.show)
	mux.HandleFunc("POST /payments/{id}/{verb}", b.move)
	if key, _, _ := r.BasicAuth(); key != b.Key {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	mux.ServeHTTP(w, r)
}

func (b *Bank) open(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := &payment{}
	if err := json.NewDecoder(r.Body).Decode(p); err != nil || p.Amount > Limit {
		w.WriteHeader(http.StatusPaymentRequired)
		return
	}
	p.ID = fmt.Sprint("g", len(b.payments)+1)
	p.Page = b.URL + "/approve/" + p.ID
	b.payments = append(b.payments, p)
	answer(w, p)
}

func (b *Bank) show(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	answer(w, b.find(r.PathValue("id")))
}

func (b *Bank) move(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var in payment
	p, verb := b.find(r.PathValue("id")), r.PathValue("verb")
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || p == nil {
		answer(w, nil)
		return
	}
	if !p.change(verb, in.Amount) {
		w.WriteHeader(http.StatusPaymentRequired)
		return
	}
	b.moves = append(b.moves, move{verb, in.Amount})
	answer(w, p)
}

// change carries out a verb; false: the payment is not such that it can be.
func (p *payment) change(verb string, amount int64) bool {
	reserved := !p.Approved.IsZero() && p.Captured.IsZero() && p.Voided.IsZero()
	left := !p.Captured.IsZero() && amount <= p.Amount-p.Refunded-p.PaidOut
	switch {
	case verb == "capture" && reserved && amount == p.Amount:
		p.Captured = time.Now().UTC()
	case verb == "void" && p.Captured.IsZero() && p.Voided.IsZero():
		p.Voided = time.Now().UTC()
	case verb == "refund" && left:
		p.Refunded += amount
	case verb == "transfer" && left:
		p.PaidOut += amount
	default:
		return false
	}
	return true
}

// find needs the lock.
func (b *Bank) find(id string) *payment {
	for _, p := range b.payments {
		if p.ID == id || p.Reference == id {
			return p
		}
	}
	return nil
}

func answer(w http.ResponseWriter, p *payment) {
	if p == nil {
		w.WriteHeader(http.StatusNotFound)
		p = &payment{} // so that it is seen that the bank itself says so
	}
	_ = json.NewEncoder(w).Encode(p) // fails only when the reader is gone
}

// approve needs the lock.
func (b *Bank) approve(p *payment) {
	p.Approved = time.Now().UTC()
	b.moves = append(b.moves, move{"authorize", p.Amount})
}

// Approve lets the payer approve a payment, and reports it, signed with a key. It tells
// with which status the report was answered.
func (b *Bank) Approve(id, key string) (status int, err error) {
	b.mu.Lock()
	p := b.find(id)
	if p == nil {
		b.mu.Unlock()
		return 0, fmt.Errorf("giro: there is no payment %s", id)
	}
	b.approve(p)
	body, err := json.Marshal(p)
	b.mu.Unlock()
	if err != nil {
		return 0, err
	}
	r, err := http.NewRequest(http.MethodPost, b.Webhooks, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Giro-Signature", sign(key, body))
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}

// PaidOut is what payees got altogether.
func (b *Bank) PaidOut() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	var sum int64
	for _, p := range b.payments {
		sum += p.PaidOut
	}
	return sum
}
