package client_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/handsel-dev/handsel/client"
)

const benchTransaction = `{"id":1309,"status":"tracked","client_id":"shop","currency":"eur","price":1234,"charge":78,"charge_seller":0,
"description":"Blue bicycle","quantity":1,"is_payment_in_progress":false,"created":"2026-01-02T03:04:05Z","joined":"2026-01-02T03:05:05Z",
"paid":"2026-01-02T03:06:05Z","tracked":"2026-01-02T03:07:05Z","tracking":{"carrier":"ups","tracking_code":"1Z"},
"buyer_id":"00000000-0000-4000-8000-000000000001","seller_id":"00000000-0000-4000-8000-000000000002"}`

func benchServer(b *testing.B) *httptest.Server {
	b.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, benchTransaction)
	}))
	b.Cleanup(server.Close)
	return server
}

// BenchmarkGet_Client and the next one do the same work: compare them in one run.
func BenchmarkGet_Client(b *testing.B) {
	server := benchServer(b)
	c, err := client.New(client.WithBaseURL(server.URL+"/api/v1"), client.WithAPIKey("key"))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if tx, err := c.Online.Get(b.Context(), 1309); err != nil || tx.ID != 1309 {
			b.Fatal(err)
		}
	}
}

func BenchmarkGet_NetHTTP(b *testing.B) {
	server := benchServer(b)
	b.ReportAllocs()
	for b.Loop() {
		r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, server.URL+"/api/v1/transactions/1309", nil)
		if err != nil {
			b.Fatal(err)
		}
		r.SetBasicAuth("key", "")
		r.Header.Set("Accept", "application/json")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			b.Fatal(err)
		}
		var tx client.Transaction
		err = json.NewDecoder(answer.Body).Decode(&tx)
		_ = answer.Body.Close()
		if err != nil || tx.ID != 1309 {
			b.Fatal(err)
		}
	}
}
