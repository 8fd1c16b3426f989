package sharetribe

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// paymentFieldsIn is how the payer pays. A token stands for the card, under either
// of two names.
type paymentFieldsIn struct {
	PaymentMethod        string `json:"payment_method"`
	PaymentMethodNonce   string `json:"payment_method_nonce"`
	CardholderName       string `json:"cardholder_name"`
	SuccessURL           string `json:"success_url"`
	CancelURL            string `json:"cancel_url"`
	MerchantBrandLogoURL string `json:"merchant_brand_logo_url"`
}

func (p paymentFieldsIn) input(orchestrator.Transaction) (map[string]string, error) {
	return p.values()
}

// values are the fields that are there, by the names of the process.
func (p paymentFieldsIn) values() (map[string]string, error) {
	fields := p.named()
	maps.DeleteFunc(fields, func(_, value string) bool { return value == "" })
	return fields, p.check()
}

func (p paymentFieldsIn) named() map[string]string {
	return map[string]string{
		"payment_method": cmp.Or(p.PaymentMethod, p.PaymentMethodNonce), "cardholder_name": p.CardholderName,
		"success_url": p.SuccessURL, "cancel_url": p.CancelURL, "merchant_brand_logo_url": p.MerchantBrandLogoURL,
	}
}

func (p paymentFieldsIn) check() error {
	if p.PaymentMethod != "" && p.PaymentMethodNonce != "" {
		return web.Invalid("ambiguous_payment_method", "gateway_fields.payment_method_nonce", "send payment_method or payment_method_nonce, not both")
	}
	var wrong []error
	fields := p.named()
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		value := fields[name]
		if value == "" {
			continue
		}
		wrong = append(wrong, web.Text("gateway_fields."+name, value, web.MaxText))
		if strings.HasSuffix(name, "_url") {
			wrong = append(wrong, web.WebURL("gateway_fields."+name, value))
		}
	}
	return fault.All(wrong...)
}

// invoiceFieldsIn is what an invoice asks for: one sum, or rows with VAT at the
// gateway that wants them.
type invoiceFieldsIn struct {
	TotalSum    *deal.MoneyIn `json:"total_sum"`
	PaymentRows []paymentRow  `json:"payment_rows"`
}

// paymentRow is a row of an invoice. VAT is whole percent on top of the sum.
type paymentRow struct {
	Title string        `json:"title" required:"later"`
	Sum   *deal.MoneyIn `json:"sum" required:"later"`
	VAT   *int64        `json:"vat" required:"later"`
}

const (
	maxRows = 100
	maxVAT  = 100 // percent
	// rowGateway is the one that invoices in rows; the document calls it checkout.
	rowGateway = "paytrail"
)

// input reads the invoice's total, in minor units of the listing's currency.
func (in invoiceFieldsIn) input(tx orchestrator.Transaction) (map[string]string, error) {
	currency := tx.UnitPrice.Currency()
	var (
		total money.Amount
		rows  []orchestrator.Row
		err   error
	)
	if tx.Gateway == rowGateway {
		total, rows, err = in.sumOfRows(currency)
	} else {
		total, err = in.single(currency)
	}
	if err != nil {
		return nil, err
	}
	input := map[string]string{"total_sum": strconv.FormatInt(total.Minor(), 10)}
	if text := orchestrator.RowsText(rows); text != "" {
		input[process.RowsInput.Name] = text
	}
	return input, nil
}

func (in invoiceFieldsIn) single(c money.Currency) (money.Amount, error) {
	if in.PaymentRows != nil {
		return money.Amount{}, web.Invalid("unknown_field", "gateway_fields.payment_rows", "an invoice at this gateway is one total_sum; payment_rows are for checkout")
	}
	return in.TotalSum.ReadIn("gateway_fields.total_sum", c)
}

// sumOfRows adds up the rows with their VAT, each rounded half to even.
func (in invoiceFieldsIn) sumOfRows(c money.Currency) (money.Amount, []orchestrator.Row, error) {
	total := money.New(0, c)
	var rows []orchestrator.Row
	switch {
	case in.TotalSum != nil:
		return total, nil, web.Invalid("unknown_field", "gateway_fields.total_sum", "an invoice at checkout is made of payment_rows; leave total_sum out")
	case len(in.PaymentRows) == 0:
		return total, nil, web.Missing("gateway_fields.payment_rows")
	case len(in.PaymentRows) > maxRows:
		return total, nil, web.Invalid("too_long", "gateway_fields.payment_rows", "an invoice may have at most %d payment_rows", maxRows)
	}
	var wrong []error
	for i, row := range in.PaymentRows {
		_, err := row.total(fmt.Sprintf("gateway_fields.payment_rows.%d", i), c)
		wrong = append(wrong, err)
	}
	if err := fault.All(wrong...); err != nil {
		return total, nil, err
	}
	for _, row := range in.PaymentRows {
		amount, err := row.total("gateway_fields.payment_rows", c)
		if err != nil {
			return total, nil, err
		}
		if total, err = total.Add(amount); err != nil {
			return total, nil, err
		}
		rows = append(rows, orchestrator.Row{Title: row.Title, Amount: amount.Minor(), VAT: *row.VAT})
	}
	if total.Minor() > web.MaxAmount {
		return total, nil, web.Invalid("amount_out_of_range", "gateway_fields.payment_rows", "the rows add up to more than %d minor units", int64(web.MaxAmount))
	}
	return total, rows, nil
}

func (r paymentRow) total(field string, c money.Currency) (money.Amount, error) {
	sum, err := r.Sum.ReadIn(field+".sum", c)
	if err := fault.All(web.Text(field+".title", r.Title, web.MaxTitle), err, web.Whole(field+".vat", r.VAT, 0, maxVAT, "invalid_vat")); err != nil {
		return sum, err
	}
	vat, err := sum.BasisPoints(*r.VAT * 100)
	if err != nil {
		return sum, err
	}
	return sum.Add(vat)
}
