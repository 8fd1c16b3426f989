package main

import (
	"fmt"

	"github.com/handsel-dev/handsel/orchestrator/process/postpay"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

// invoiceDemo pays for a service by card, after an invoice.
type invoiceDemo struct{ dealDemo }

func (d *invoiceDemo) play() error {
	fmt.Fprintf(d.out, "A garden is mown: Bea asks, Sam sends an invoice, Stripe (the emulator) takes the card.\n")
	return d.run(d.asked, d.invoiced, d.challenged, d.paid, d.completed)
}

func (d *invoiceDemo) asked() error {
	err := d.open("bea", `{"process":"postpay","gateway":"stripe","starter_id":"bea","author_id":"sam",
		"listing":{"title":"Mow the garden"},"unit_price":{"amount":3000,"currency":"EUR"}}`)
	if err != nil {
		return err
	}
	return d.show("Bea asks Sam for his service; no money is asked for yet", postpay.Pending)
}

func (d *invoiceDemo) invoiced() error {
	if err := d.transition("sam", `{"transition":"invoice","input":{"total_sum":"3500"}}`); err != nil {
		return err
	}
	return d.show("Sam accepts and sends an invoice of 35.00 EUR: the grass was high", postpay.Accepted)
}

func (d *invoiceDemo) challenged() error {
	if err := d.transition("bea", `{"transition":"pay_invoice"}`); err != nil {
		return err
	}
	if err := d.pay("authentication_required"); err != nil {
		return err
	}
	return d.show("Bea enters her card on the payment page; her bank asks whether it is her (3-D Secure)", postpay.Paying)
}

func (d *invoiceDemo) paid() error {
	if err := d.pay("approve"); err != nil {
		return err
	}
	return d.show("She says yes; the money is taken and held", settlement.Paid)
}

func (d *invoiceDemo) completed() error {
	if err := d.transition("bea", `{"transition":"complete"}`); err != nil {
		return err
	}
	if err := d.show("Bea confirms the work; the money is transferred to Sam", settlement.Confirmed); err != nil {
		return err
	}
	return d.end("The invoice is paid")
}
