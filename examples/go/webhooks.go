package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/handsel-dev/handsel/sdk/go"
)

// inbox receives webhooks.
type inbox struct {
	mu     sync.Mutex
	heard  map[string]bool // ids: an event may come twice
	refund chan struct{}   // closed when the money for the chair went back
}

// once does something for an event that was not heard before. A marketplace keeps the ids with what it does.
func once[D any](in *inbox, do func(handsel.Event, D)) func(context.Context, handsel.Event, D) error {
	return func(_ context.Context, e handsel.Event, d D) error {
		in.mu.Lock()
		defer in.mu.Unlock()
		if !in.heard[e.ID] {
			do(e, d)
			in.heard[e.ID] = true
		}
		return nil
	}
}

// receive receives webhooks at an address of this machine, which only "handsel dev" sends to. What it returns waits
// for the last one.
func (m marketplace) receive(ctx context.Context) (told func() error, err error) {
	in := &inbox{heard: map[string]bool{}, refund: make(chan struct{})}
	var handlers handsel.Handlers
	handsel.On(&handlers, handsel.OnTransactionPreauthorized, once(in, func(_ handsel.Event, d handsel.StepData) {
		fmt.Println("webhook: reserved are", d.Price)
	}))
	handsel.On(&handlers, handsel.OnTransactionConfirmed, once(in, func(handsel.Event, handsel.StepData) { fmt.Println("webhook: the sale is confirmed") }))
	handsel.On(&handlers, handsel.OnTransactionComplained, once(in, func(_ handsel.Event, d handsel.StepData) { fmt.Println("webhook:", d.Actor, "complains") }))
	handsel.On(&handlers, handsel.OnTransactionRefunded, once(in, func(handsel.Event, handsel.StepData) { close(in.refund) }))

	hook := &handsel.Webhook{Handlers: &handlers}
	server := httptest.NewUnstartedServer(hook)
	url := "http://" + server.Listener.Addr().String() + "/webhooks"
	endpoint, err := m.WebhookEndpoints.Create(ctx, handsel.EndpointInput{URL: url, Types: []handsel.EventFilter{"transaction.*"}})
	if err != nil {
		return nil, err
	}
	hook.Secrets = []string{*endpoint.Secret} // it is shown only now: a marketplace keeps it beside its API key
	server.Start()
	forged, err := http.Post(url, "application/json", strings.NewReader("{}"))
	if err != nil {
		return nil, err
	}
	_ = forged.Body.Close()
	fmt.Println("a webhook without a signature is answered", forged.StatusCode)
	return func() error {
		defer server.Close()
		select {
		case <-in.refund:
			fmt.Println("webhook: the money for the chair went back")
		case <-time.After(time.Minute):
			return errors.New("a webhook is missing")
		}
		return m.WebhookEndpoints.Delete(ctx, endpoint.ID, handsel.WebhookEndpointsDeleteQuery{})
	}, nil
}
