package app_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// An engine beside a sandbox, and a deal that is opened on it.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	box := httptest.NewUnstartedServer(nil)
	w, err := app.OpenTestbed(ctx, app.TestbedConfig{
		DatabaseURL: filepath.Join(dir, "handsel.db"), URL: "http://127.0.0.1:0", SandboxURL: "http://" + box.Listener.Addr().String(), Seed: 1,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer w.Close()
	box.Config.Handler = w.Sandbox
	box.Start()
	defer box.Close()

	result, err := w.Engine.Create(ctx, orchestrator.CreateInput{
		CommunityID: app.SampleCommunity, Process: "escrow_online", Gateway: "trustap", Actor: process.Actor{Kind: process.User, ID: "bea"},
		Starter: "bea", Author: "sam", Title: "Old city bike", UnitPrice: money.New(5000, "EUR"),
	})
	fmt.Println(result.Transaction.State, result.Transaction.Price, err)
	// Output: joined 50.00 EUR <nil>
}
