package server_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway/none"
	"github.com/handsel-dev/handsel/server"
)

// A server with the native face alone, asked by a backend with a key.
func Example() {
	if err := ask(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// without a key: 401 Unauthorized
	// a free deal: 201 Created
}

func ask(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	store, err := sqlstore.Open(ctx, filepath.Join(dir, "handsel.db"), sqlstore.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	now := time.Now()
	by := orchestrator.By{Actor: "ops", Reason: "it opens today", At: now}
	if err := store.AddCommunity(ctx, 1, "Bicycles", by); err != nil {
		return err
	}
	key, text := apikey.Generate(1, "backend", apikey.Test, []apikey.Scope{apikey.Read, apikey.Write}, now)
	if err := store.AddKey(ctx, key, by); err != nil {
		return err
	}

	free := none.Plugin()
	engine, err := orchestrator.New(orchestrator.Config{
		Store: store.ForEngine(), Kinds: orchestrator.Kinds{free.Kind}, Gateways: []orchestrator.Gateway{free.Always}, Now: time.Now, NewID: rand.Text,
	})
	if err != nil {
		return err
	}
	ids, err := publicid.New([]byte("a secret that every replica has"))
	if err != nil {
		return err
	}
	s, err := server.New(server.Config{Engine: engine, Keys: store, Replies: store, Profiles: store, Books: store, IDs: ids})
	if err != nil {
		return err
	}
	web := httptest.NewServer(s.Handler())
	defer web.Close()

	for _, try := range []struct{ what, authorization string }{{"without a key", ""}, {"a free deal", "Bearer " + text}} {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, web.URL+"/v1/transactions",
			strings.NewReader(`{"process":"none","gateway":"none","starter_id":"bea","author_id":"sam","listing":{"title":"A walk"},"unit_price":{"amount":0,"currency":"EUR"}}`))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", try.authorization)
		r.Header.Set("Idempotency-Key", "deal-1")
		answer, err := web.Client().Do(r)
		if err != nil {
			return err
		}
		_ = answer.Body.Close()
		fmt.Printf("%s: %s\n", try.what, answer.Status)
	}
	return nil
}
