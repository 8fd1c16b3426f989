package orchestrator_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway/balance"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// An engine on a database of its own: Bea has money in her balance, reserves it for Sam's
// bicycle, Sam accepts, and Bea has the bicycle.
func Example() {
	if err := trade(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// preauthorize: preauthorized
	// Bea may not accept for Sam: not_author
	// complete_preauthorization: paid
	// complete: confirmed
	// released to the seller: 5000
}

func trade(ctx context.Context) error {
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
	if err := store.AddCommunity(ctx, 1, "Bicycles", orchestrator.By{Actor: "ops", Reason: "it opens today", At: time.Now()}); err != nil {
		return err
	}
	own := balance.Plugin()
	engine, err := orchestrator.New(orchestrator.Config{
		Store: store.ForEngine(), Kinds: orchestrator.Kinds{own.Kind}, Gateways: []orchestrator.Gateway{own.Always}, Now: time.Now, NewID: rand.Text,
	})
	if err != nil {
		return err
	}

	bea, sam := process.Actor{Kind: process.User, ID: "bea"}, process.Actor{Kind: process.User, ID: "sam"}
	_, err = engine.Create(ctx, orchestrator.CreateInput{
		CommunityID: 1, Process: "deposit", Gateway: "balance", Actor: process.Actor{Kind: process.Staff, ID: "ops"}, // money came in
		Starter: "bea", Author: "bea", UnitPrice: money.New(6000, "EUR"), Input: map[string]string{"reason": "a transfer to our bank"},
	})
	if err != nil {
		return err
	}
	deal, err := engine.Create(ctx, orchestrator.CreateInput{
		CommunityID: 1, Process: "preauthorize", Gateway: "balance", Actor: bea,
		Starter: "bea", Author: "sam", Title: "Old city bike", UnitPrice: money.New(5000, "EUR"),
	})
	if err != nil {
		return err
	}
	fmt.Println("preauthorize:", deal.Transaction.State)

	step := orchestrator.DoInput{CommunityID: 1, TransactionID: deal.Transaction.ID, Transition: "complete_preauthorization", Actor: bea}
	_, err = engine.Do(ctx, step)
	fmt.Println("Bea may not accept for Sam:", fault.ReasonOf(err))

	for _, next := range []struct {
		transition process.Transition
		by         process.Actor
	}{{"complete_preauthorization", sam}, {"complete", bea}} {
		step.Transition, step.Actor = next.transition, next.by
		if deal, err = engine.Do(ctx, step); err != nil {
			return err
		}
		fmt.Printf("%s: %s\n", next.transition, deal.Transaction.State)
	}
	fmt.Println("released to the seller:", deal.Transaction.Funds.Released)
	return nil
}
