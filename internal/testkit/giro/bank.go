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
	p := b.find(r.PathValue("id"))
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || p == nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	switch r.PathValue("verb") {
	case "capture":
		p.Captured = time.Now().UTC()
	case "void":
		p.Voided = time.Now().UTC()
	case "refund":
		p.Refunded += in.Amount
	case "transfer":
		p.PaidOut += in.Amount
	}
	answer(w, p)
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
		return
	}
	_ = json.NewEncoder(w).Encode(p) // fails only when the reader is gone
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
	p.Approved = time.Now().UTC()
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
