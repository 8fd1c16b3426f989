package main

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
)

type reconcileCommand struct {
	databaseSetting     `embed:""`
	gatewaySettings     `embed:""`
	sealSettings        `embed:""`
	reading[reconciled] `embed:""`
	Gateway             string        `required:"" names:"gateways" help:"Gateway to compare with, such as stripe; balance is our own ledger."`
	From                moment        `required:"" placeholder:"TIME" help:"Start of the window: a day (UTC) or an RFC 3339 time."`
	To                  moment        `placeholder:"TIME" help:"End of the window (exclusive). Default: now."`
	Community           int64         `help:"Only this community. Default: all."`
	GatewayTimeout      time.Duration `env:"HANDSEL_GATEWAY_TIMEOUT" default:"20s" help:"Longest wait for one call of a gateway."`
}

// moment is a point in time of the command line.
type moment struct{ time.Time }

// UnmarshalText reads a day, which begins at midnight UTC, or an RFC 3339 time.
func (m *moment) UnmarshalText(text []byte) error {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, string(text)); err == nil {
			m.Time = at.UTC()
			return nil
		}
	}
	return fmt.Errorf("%q is neither a day, such as 2026-03-31, nor a time, such as 2026-03-31T08:00:00Z", text)
}

// Run prints what differs, and fails when anything does.
func (c reconcileCommand) Run(env environment) error {
	problems := slices.Concat(c.gatewaySettings.check(), c.checkDetailKeys())
	if err := c.require(); err != nil {
		problems = append(problems, err.Error())
	}
	if len(problems) > 0 {
		return refused(problems)
	}
	keys, _ := c.detailKeys() // they are checked
	a, err := app.Open(env, app.Config{
		DatabaseURL: c.DatabaseURL, Existing: true, SealKeys: keys, Now: time.Now, Log: slog.New(slog.DiscardHandler), CallTimeout: c.GatewayTimeout,
		Plugins: env.gateways, Gateways: c.connections(),
	})
	if err != nil {
		return err
	}
	defer a.Close()
	if c.To.IsZero() {
		c.To = moment{time.Now().UTC()}
	}
	report, err := a.Engine.Reconcile(env, orchestrator.ReconcileInput{Gateway: c.Gateway, From: c.From.Time, To: c.To.Time, CommunityID: c.Community})
	if report.Gateway == "" {
		return err
	}
	if err := errors.Join(err, c.show(env, func() error { return c.print(env, report) }, newReconciled(report))); err != nil {
		return fmt.Errorf("the report is not complete: %w", err)
	}
	if n := len(report.Differences); n > 0 {
		return found(fmt.Errorf("%d differences between the books and %s", n, report.Gateway))
	}
	return nil
}

func (c reconcileCommand) print(env environment, r orchestrator.Report) error {
	for _, d := range r.Differences {
		about := fmt.Sprintf("transaction %d", d.TransactionID)
		switch {
		case d.Account.Owner != "":
			about = d.Account.String()
		case d.TransactionID == 0:
			about = "no transaction"
		}
		if d.PaymentID != "" {
			about += ", payment " + d.PaymentID
		}
		fmt.Fprintf(env.out, "%-14s %s (community %d, %s old): %s in the books %s, at the gateway %s\n               %s\n",
			d.Class, about, d.CommunityID, d.Age.Round(time.Minute), d.What, d.Here, d.There, d.Advice)
	}
	for _, c := range slices.Sorted(maps.Keys(r.GatewayFees)) {
		fmt.Fprintf(env.out, "%s kept %s for its services\n", r.Gateway, money.New(r.GatewayFees[c], c))
	}
	_, err := fmt.Fprintf(env.out, "%s from %s to %s: %d payments compared, %d adopted, %d differences\n",
		r.Gateway, r.From.Format(time.RFC3339), r.To.Format(time.RFC3339), r.Compared, r.Adopted, len(r.Differences))
	return err
}

// reconciled is a report as JSON. Amounts are minor units.
type reconciled struct {
	Gateway     string       `json:"gateway"`
	From        time.Time    `json:"from"`
	To          time.Time    `json:"to"`
	Compared    int          `json:"compared"`
	Adopted     int          `json:"adopted"`
	GatewayFees []amount     `json:"gateway_fees"` // what the gateway kept for its services
	Differences []difference `json:"differences"`
}

type difference struct {
	Class         orchestrator.DifferenceClass `json:"class"`
	PaymentID     string                       `json:"payment_id,omitzero"`
	CommunityID   int64                        `json:"community_id,omitzero"`
	TransactionID int64                        `json:"transaction_id,omitzero"`
	Account       string                       `json:"account,omitzero"`
	What          string                       `json:"what,omitzero"`
	Here          amount                       `json:"here"`
	There         amount                       `json:"there"`
	AgeSeconds    int64                        `json:"age_seconds"`
	Advice        string                       `json:"advice"`
}

type amount struct {
	Amount   int64          `json:"amount"`
	Currency money.Currency `json:"currency"`
}

func newReconciled(r orchestrator.Report) reconciled {
	out := reconciled{Gateway: r.Gateway, From: r.From, To: r.To, Compared: r.Compared, Adopted: r.Adopted, GatewayFees: []amount{}, Differences: []difference{}}
	for _, c := range slices.Sorted(maps.Keys(r.GatewayFees)) {
		out.GatewayFees = append(out.GatewayFees, amount{r.GatewayFees[c], c})
	}
	for _, d := range r.Differences {
		line := difference{
			Class: d.Class, PaymentID: d.PaymentID, CommunityID: d.CommunityID, TransactionID: d.TransactionID, What: d.What,
			Here: amount{d.Here.Minor(), d.Here.Currency()}, There: amount{d.There.Minor(), d.There.Currency()},
			AgeSeconds: int64(d.Age / time.Second), Advice: d.Advice,
		}
		if d.Account.Owner != "" {
			line.Account = d.Account.String()
		}
		out.Differences = append(out.Differences, line)
	}
	return out
}
