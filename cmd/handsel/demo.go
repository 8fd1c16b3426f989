package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

type demoCommand struct{}

// Run plays a deal over the HTTP API of a world of its own, against the sandbox.
func (demoCommand) Run(env environment) (err error) {
	dir, err := os.MkdirTemp("", "handsel-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	log, err := quietLogger(env, logQuietly{LogLevel: "warn", LogFormat: "text"})
	if err != nil {
		return err
	}
	d, err := startWorld(env, app.WorldConfig{DatabaseURL: filepath.Join(dir, "demo.db"), Seed: 1, Log: log}, "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.stop()) }()
	return (&demo{devServer: d, ctx: env, out: env.out}).play()
}

// demo acts as the marketplace's backend, the buyer's browser and the carrier.
type demo struct {
	*devServer
	ctx  context.Context
	out  io.Writer
	id   string
	step int
}

func (d *demo) play() error {
	fmt.Fprintf(d.out, "A bicycle for 50.00 EUR: Bea buys, Sam sells, Trustap (the sandbox) holds the money.\n")
	steps := []func() error{d.open, d.pay, d.ship, d.arrive, d.wait, d.audit}
	for _, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
	}
	return nil
}

func (d *demo) open() error {
	var created struct {
		ID string `json:"id"`
	}
	err := d.api("bea", "POST", "/v1/transactions", `{"process":"escrow_online","gateway":"trustap","starter_id":"bea","author_id":"sam",
		"listing":{"title":"Old city bike"},"unit_price":{"amount":5000,"currency":"EUR"}}`, &created)
	d.id = created.ID
	return errors.Join(err, d.show("Bea opens the deal; Trustap is asked to hold the payment"))
}

func (d *demo) pay() error {
	x, err := d.explain()
	if err != nil {
		return err
	}
	if err := d.call("", "POST", x.Transaction.RedirectURL, `{"card":"success"}`, nil); err != nil {
		return err
	}
	return errors.Join(d.await(process.OnlinePaid), d.show("Bea pays on Trustap's page; a webhook tells us, and we look the payment up"))
}

func (d *demo) ship() error {
	err := d.transition("sam", `{"transition":"track","input":{"carrier":"an-post","tracking_code":"CP123456785IE"}}`)
	return errors.Join(err, d.show("Sam ships and enters the tracking code"))
}

func (d *demo) arrive() error {
	err := d.transition("bea", `{"transition":"confirm_delivery"}`)
	return errors.Join(err, d.show("Bea confirms the delivery; her complaint period of a day begins"))
}

func (d *demo) wait() error {
	if err := d.call("", "POST", d.Config.SandboxURL+"/_sandbox/clock/advance", `{"seconds":90000}`, nil); err != nil {
		return err
	}
	return errors.Join(d.await(process.OnlineFundsReleased), d.show("25 hours pass; nobody complains, the timer fires, Trustap pays Sam"))
}

// audit proves the end: released, nothing held, every invariant intact.
func (d *demo) audit() error {
	x, err := d.explain()
	if err != nil {
		return err
	}
	registry, err := process.NewRegistry(process.All()...)
	if err != nil {
		return err
	}
	violations, err := d.Store.Doctor(d.ctx, registry)
	if err != nil {
		return err
	}
	if x.Transaction.State != string(process.OnlineFundsReleased) || len(violations) > 0 {
		return fmt.Errorf("the deal ended %s with %d broken invariants: %v", x.Transaction.State, len(violations), violations)
	}
	_, err = fmt.Fprintf(d.out, "\nThe funds are released and the books balance: every entry sums to zero, nothing is left in escrow, all invariants hold.\n")
	return err
}

// await asks until the deal has come into a state; what makes it go there runs beside us.
func (d *demo) await(want process.State) error {
	ctx, cancel := context.WithTimeout(d.ctx, 10*time.Second)
	defer cancel()
	for {
		x, err := d.explain()
		if err != nil || x.Transaction.State == string(want) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the deal is %s and does not become %s", x.Transaction.State, want)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// explanation is the part of GET /v1/transactions/{id}/explain that is shown.
type explanation struct {
	Transaction struct {
		State       string `json:"state"`
		RedirectURL string `json:"redirect_url"`
	} `json:"transaction"`
	Timers []struct {
		Name string `json:"name"`
		Due  string `json:"due"`
	} `json:"timers"`
	Accounts []struct {
		Account struct {
			Kind  string `json:"kind"`
			Owner string `json:"owner"`
		} `json:"account"`
		Balance struct {
			Amount   int64  `json:"amount"`
			Currency string `json:"currency"`
		} `json:"balance"`
	} `json:"accounts"`
}

func (d *demo) explain() (explanation, error) {
	var x explanation
	return x, d.api("", "GET", "/v1/transactions/"+d.id+"/explain", "", &x)
}

func (d *demo) show(what string) error {
	x, err := d.explain()
	if err != nil {
		return err
	}
	d.step++
	fmt.Fprintf(d.out, "\n%d. %s.\n   state   %s\n", d.step, what, x.Transaction.State)
	for _, a := range x.Accounts {
		if a.Balance.Amount != 0 {
			account := strings.TrimSuffix(a.Account.Kind+":"+a.Account.Owner, ":"+d.id)
			fmt.Fprintf(d.out, "   ledger  %-24s %8d %s cents\n", account, a.Balance.Amount, a.Balance.Currency)
		}
	}
	for _, t := range x.Timers {
		fmt.Fprintf(d.out, "   timer   %-24s %s\n", t.Name, t.Due)
	}
	return nil
}

func (d *demo) transition(actor, body string) error {
	return d.api(actor, "POST", "/v1/transactions/"+d.id+"/transitions", body, nil)
}

// api calls the engine as the marketplace's backend on behalf of a user.
func (d *demo) api(actor, method, path, body string, answer any) error {
	return d.call(actor, method, d.Config.URL+path, body, answer)
}

func (d *demo) call(actor, method, url, body string, answer any) error {
	r, err := http.NewRequestWithContext(d.ctx, method, url, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	if strings.HasPrefix(url, d.Config.URL) {
		r.Header.Set("Authorization", "Bearer "+d.Key)
		r.Header.Set("Idempotency-Key", fmt.Sprintf("demo-%d", d.step))
		if actor != "" {
			r.Header.Set("Handsel-Actor", actor)
		}
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s %s: status %d: %s", method, r.URL.Path, resp.StatusCode, bytes.TrimSpace(content))
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(content, answer)
}
