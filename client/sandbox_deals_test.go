package client_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/client"
)

// hearing is a party whose webhooks come in at the client's own handler.
type hearing struct {
	*party
	t     *testing.T
	mu    sync.Mutex
	heard []string
}

func newHearing(t *testing.T) *hearing {
	t.Helper()
	h := &hearing{party: newParty(t), t: t}
	handler, err := client.NewWebhookHandler(client.WebhookConfig{
		Credentials: []client.WebhookCredential{{Username: "trustap", Password: "secret"}},
		Handle: func(_ context.Context, e *client.WebhookEvent) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.heard = append(h.heard, strings.TrimPrefix(strings.TrimPrefix(string(e.Code), "basic_tx."), "p2p_tx."))
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	if err := h.world.Sandbox.SetWebhookEndpoint(server.URL, "trustap", "secret"); err != nil {
		t.Fatal(err)
	}
	return h
}

// must stops the test at a step that failed.
func (h *hearing) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func done[T any](_ T, err error) error { return err }

func (h *hearing) quote(price int64) *client.Quote {
	h.t.Helper()
	q, err := h.Online.Quote(h.t.Context(), client.QuoteInput{Currency: "eur", Price: price})
	h.must(err)
	return q
}

func (h *hearing) quoteF2F(price int64) *client.F2FQuote {
	h.t.Helper()
	q, err := h.F2F.Quote(h.t.Context(), client.F2FQuoteInput{Currency: "eur", Price: price})
	h.must(err)
	return q
}

func (h *hearing) payOnline(id int64) { h.t.Helper(); h.must(done(h.world.Sandbox.Pay(id, "success"))) }
func (h *hearing) payDeposit(id int64) {
	h.t.Helper()
	h.must(done(h.world.Sandbox.PayDeposit(id, "success")))
}
func (h *hearing) wait(d time.Duration) { h.t.Helper(); h.must(h.world.Sandbox.Advance(d)) }

// deals are whole lives, played through the client in virtual time, with the
// webhooks that each has to cause, in order.
var deals = map[string]struct {
	play func(h *hearing)
	want string
}{
	"online, shipped, complained, refunded": {func(h *hearing) {
		tx, ctx := h.open(h.t, 1234), h.t.Context()
		h.payOnline(tx.ID)
		h.must(done(h.Online.For(h.seller).Track(ctx, tx.ID, client.Tracking{Carrier: "ups", TrackingCode: "1Z"})))
		h.must(done(h.world.Sandbox.Deliver(tx.ID)))
		h.must(done(h.Online.For(h.buyer).Complain(ctx, tx.ID, client.Description{Description: "fake"})))
		h.must(done(h.Online.AcceptComplaint(ctx, tx.ID, client.AsUser(h.seller))))
	}, "paid tracked delivered complained funds_refunded"},
	"online, nobody complains": {func(h *hearing) {
		tx, ctx := h.open(h.t, 1234), h.t.Context()
		h.payOnline(tx.ID)
		h.must(done(h.Online.For(h.seller).Track(ctx, tx.ID, client.Tracking{Carrier: "ups", TrackingCode: "1Z"})))
		h.must(done(h.Online.For(h.buyer).ConfirmDelivery(ctx, tx.ID)))
		h.wait(24 * time.Hour)
	}, "paid tracked delivered complaint_period_ended funds_released"},
	"online, never shipped": {func(h *hearing) {
		h.payOnline(h.open(h.t, 1234).ID)
		h.wait(96 * time.Hour)
	}, "paid cancelled payment_refunded"},
	"face to face, deposit and remainder, both hand over": {func(h *hearing) {
		tx, ctx := h.openF2F(h.t, false), h.t.Context()
		h.must(done(h.F2F.For(h.seller).AcceptDeposit(ctx, tx.ID)))
		h.must(done(h.F2F.SetPrice(ctx, tx.ID, *h.quoteF2F(5000), client.AsUser(h.seller))))
		h.must(done(h.world.Sandbox.PayRemainder(tx.ID, "success")))
		h.must(done(h.F2F.For(h.seller).ConfirmHandover(ctx, tx.ID)))
		h.must(done(h.F2F.For(h.buyer).ConfirmHandover(ctx, tx.ID)))
		h.wait(24 * time.Hour)
	}, "deposit_paid deposit_accepted priced remainder_paid seller_handover_confirmed buyer_handover_confirmed funds_released"},
	"face to face, complaint decided for the seller": {func(h *hearing) {
		tx, ctx := h.openF2F(h.t, true), h.t.Context()
		h.must(done(h.F2F.For(h.seller).AcceptDeposit(ctx, tx.ID)))
		h.must(done(h.F2F.WaitUntil(ctx, tx.ID, (*client.F2FTransaction).RemainderSettled, client.AsUser(h.seller))))
		h.must(done(h.F2F.For(h.seller).ConfirmHandover(ctx, tx.ID)))
		h.must(done(h.F2F.For(h.buyer).Complain(ctx, tx.ID, client.F2FComplaint{Description: "scratched"})))
		h.must(done(h.world.Sandbox.ResolveF2FComplaint(tx.ID, "release")))
	}, "deposit_paid deposit_accepted remainder_skipped seller_handover_confirmed complained funds_released"},
	"face to face, cancelled after the deposit": {func(h *hearing) {
		tx := h.openF2F(h.t, false)
		h.must(done(h.F2F.For(h.buyer).Cancel(h.t.Context(), tx.ID, client.Description{Description: "sold elsewhere"})))
	}, "deposit_paid cancelled deposit_refunded"},
	"online single-use listing": {func(h *hearing) {
		ctx := h.t.Context()
		l, err := h.OnlineSingleUseListings.Create(ctx, client.OnlineListingInput{Role: client.RoleSeller, Description: "Ticket", Quote: *h.quote(1234)}, client.AsUser(h.seller))
		h.must(err)
		tx, err := h.OnlineSingleUseListings.CreateTransaction(ctx, l.ID, client.AsUser(h.buyer))
		h.must(err)
		h.must(done(h.Online.AcceptListingTransaction(ctx, tx.ID, client.AsUser(h.seller))))
		h.payOnline(tx.ID)
	}, "listing_transaction_accepted paid"},
	"online multi-use listing": {func(h *hearing) {
		ctx := h.t.Context()
		l, err := h.OnlineMultiUseListings.Create(ctx, client.OnlineListingInput{Role: client.RoleSeller, Description: "Ticket", Quote: *h.quote(1234)}, client.AsUser(h.seller))
		h.must(err)
		tx, err := h.OnlineMultiUseListings.CreateTransaction(ctx, l.ID, client.ListingPurchase[client.Quote]{}, client.AsUser(h.buyer))
		h.must(err)
		h.must(done(h.Online.AcceptListingTransaction(ctx, tx.ID, client.AsUser(h.seller))))
		h.payOnline(tx.ID)
	}, "listing_transaction_accepted paid"},
	"face-to-face single-use listing": {func(h *hearing) {
		ctx := h.t.Context()
		l, err := h.F2FSingleUseListings.Create(ctx, client.F2FListingInput{Role: client.RoleSeller, Description: "Chair", Quote: *h.quoteF2F(1234)}, client.AsUser(h.seller))
		h.must(err)
		tx, err := h.F2FSingleUseListings.CreateTransaction(ctx, l.ID, client.AsUser(h.buyer))
		h.must(err)
		h.payDeposit(tx.ID)
	}, "deposit_paid"},
	"face-to-face multi-use listing": {func(h *hearing) {
		ctx := h.t.Context()
		l, err := h.F2FMultiUseListings.Create(ctx, client.F2FListingInput{Role: client.RoleSeller, Description: "Chair", Quote: *h.quoteF2F(1234)}, client.AsUser(h.seller))
		h.must(err)
		tx, err := h.F2FMultiUseListings.CreateTransaction(ctx, l.ID, client.ListingPurchase[client.F2FQuote]{}, client.AsUser(h.buyer))
		h.must(err)
		h.payDeposit(tx.ID)
	}, "deposit_paid"},
}

func TestAgainstSandbox_dealsAndTheirWebhooks(t *testing.T) {
	t.Parallel()
	for name, deal := range deals {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHearing(t)
			deal.play(h)
			// Reading lets steps without a delay happen, as a client would see them.
			_, _ = h.Carriers.List(t.Context())
			h.must(h.world.Sandbox.Flush(t.Context()))
			h.mu.Lock()
			defer h.mu.Unlock()
			if diff := cmp.Diff(strings.Fields(deal.want), h.heard); diff != "" {
				t.Errorf("webhooks (-want +got):\n%s", diff)
			}
		})
	}
}
