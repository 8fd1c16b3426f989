package main

import (
	"fmt"
	"strings"

	"github.com/handsel-dev/handsel/orchestrator/process"
)

// dealDemo plays one deal of the native API. It acts as the marketplace's backend.
type dealDemo struct {
	*demo
	id string
}

func (d *dealDemo) open(actor, body string) error {
	var created struct {
		ID string `json:"id"`
	}
	err := d.send(request{method: "POST", url: d.Config.URL + "/v1/transactions", token: d.Key, actor: actor, body: body}, &created)
	d.id = created.ID
	return err
}

func (d *dealDemo) explain() (explanation, error) {
	var x explanation
	return x, d.send(request{method: "GET", url: d.deal() + "/explain", token: d.Key}, &x)
}

func (d *dealDemo) transition(actor, body string) error {
	return d.send(request{method: "POST", url: d.deal() + "/transitions", token: d.Key, actor: actor, body: body}, nil)
}

func (d *dealDemo) deal() string { return d.Config.URL + "/v1/transactions/" + d.id }

// pay plays the buyer's browser on the gateway's page.
func (d *dealDemo) pay(card string) error {
	x, err := d.explain()
	if err != nil {
		return err
	}
	return d.send(request{method: "POST", url: x.Transaction.RedirectURL, body: `{"card":"` + card + `"}`}, nil)
}

// show waits until the deal has come into a state and shows it.
func (d *dealDemo) show(what string, want process.State) error {
	var x explanation
	err := d.until("the deal to become "+string(want), func() (bool, error) {
		var err error
		x, err = d.explain()
		return x.Transaction.State == string(want), err
	})
	if err != nil {
		return fmt.Errorf("%w; it is %s", err, x.Transaction.State)
	}
	d.title(what)
	fmt.Fprintf(d.out, "   %s\n   state   %s\n", x.Summary, x.Transaction.State)
	for _, a := range x.Accounts {
		if a.Balance.Amount != 0 {
			account := strings.TrimSuffix(a.Account.Kind+":"+a.Account.Owner, ":"+d.id)
			fmt.Fprintf(d.out, "   ledger  %-24s %8d %s cents\n", account, a.Balance.Amount, a.Balance.Currency)
		}
	}
	for _, t := range x.Timers {
		fmt.Fprintf(d.out, "   timer   %-24s %s\n", t.Name, utc(t.Due))
	}
	return nil
}

// end proves that the deal is settled and the books are in order.
func (d *dealDemo) end(farewell string) error {
	if err := d.audit(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(d.out, "\n%s and the books balance: every entry sums to zero, nothing is left in escrow, all invariants hold.\n", farewell)
	return err
}
