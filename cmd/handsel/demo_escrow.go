package main

import (
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
)

// escrowDemo sends goods by post while Trustap holds the money.
type escrowDemo struct{ dealDemo }

func (d *escrowDemo) play() error {
	fmt.Fprintf(d.out, "A bicycle for 50.00 EUR: Bea buys, Sam sells, Trustap (the sandbox) holds the money.\n")
	return d.run(d.begin, d.paid, d.shipped, d.arrived, d.released)
}

func (d *escrowDemo) begin() error {
	err := d.open("bea", `{"process":"escrow_online","gateway":"trustap","starter_id":"bea","author_id":"sam",
		"listing":{"title":"Old city bike"},"unit_price":{"amount":5000,"currency":"EUR"}}`)
	if err != nil {
		return err
	}
	return d.show("Bea opens the deal; Trustap is asked to hold the payment", escrow.Joined)
}

func (d *escrowDemo) paid() error {
	if err := d.pay("success"); err != nil {
		return err
	}
	return d.show("Bea pays on Trustap's page; a webhook tells us, and we look the payment up", escrowonline.Paid)
}

func (d *escrowDemo) shipped() error {
	if err := d.transition("sam", `{"transition":"track","input":{"carrier":"an-post","tracking_code":"CP123456785IE"}}`); err != nil {
		return err
	}
	return d.show("Sam ships and enters the tracking code", escrowonline.Tracked)
}

func (d *escrowDemo) arrived() error {
	if err := d.transition("bea", `{"transition":"confirm_delivery"}`); err != nil {
		return err
	}
	return d.show("Bea confirms the delivery; her complaint period of a day begins", escrowonline.Delivered)
}

func (d *escrowDemo) released() error {
	if err := d.pass(25 * time.Hour); err != nil {
		return err
	}
	if err := d.show("25 hours pass; nobody complains, the timer fires, Trustap pays Sam", escrow.FundsReleased); err != nil {
		return err
	}
	return d.end("The funds are released")
}
