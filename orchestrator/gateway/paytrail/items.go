package paytrail

import (
	"errors"
	"strconv"
	"unicode/utf8"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
)

// percent is a rate of VAT in tenths of a percent: Paytrail takes one decimal.
type percent int64

// MarshalJSON prints it exactly, such as 25.5.
func (p percent) MarshalJSON() ([]byte, error) {
	text := strconv.FormatInt(int64(p/10), 10)
	if tenths := int64(p % 10); tenths != 0 {
		text += "." + strconv.FormatInt(tenths, 10)
	}
	return []byte(text), nil
}

// maxDescription is how long an item's description may be, in characters (official API).
const maxDescription = 1000

var errItems = errors.New("paytrail: the items do not add up to the amount")

// items are what the buyer pays for, a line each, for the seller's merchant. Their sum is
// total, the payment's amount, or Paytrail refuses it. stamp is the payment's: with the number of
// the item it names the item, in refunds too.
func items(op orchestrator.Operation, total int64, stamp, merchant string) ([]item, error) {
	tx := op.Transaction
	var all []item
	var sum int64
	for _, row := range op.Rows {
		sum += row.Amount
		all = append(all, item{
			UnitPrice: row.Amount, Units: 1, VAT: percent(row.VAT * 10), ProductCode: strconv.Itoa(len(all) + 1), Description: row.Title,
			Merchant: merchant, Stamp: itemStamp(stamp, len(all)), Reference: tx.Tag(),
		})
	}
	for _, line := range tx.Lines {
		if goods := line.Code == pricing.UnitPrice; goods && len(op.Rows) > 0 || !line.For(pricing.Payer) || line.Amount.IsZero() {
			continue
		}
		sum += line.Amount.Minor()
		it := item{
			UnitPrice: line.Unit.Minor(), Units: line.Quantity, ProductCode: string(line.Code), Merchant: merchant,
			Stamp: itemStamp(stamp, len(all)), Reference: tx.Tag(),
		}
		if line.Code == pricing.UnitPrice {
			it.Description = cut(tx.ListingTitle, maxDescription)
		}
		all = append(all, it)
	}
	if sum != total {
		return nil, errItems
	}
	return all, nil
}

// itemStamp names an item of a payment.
func itemStamp(payment string, i int) string { return payment + "." + strconv.Itoa(i+1) }

func (i item) amount() int64 { return i.UnitPrice * i.Units }

// take takes a commission out of items, from the first on as far as each goes.
func take(all []item, merchant string, amount int64) {
	for i := range all {
		part := min(amount, all[i].amount())
		if amount -= part; part > 0 {
			all[i].Commission = &commission{merchant, part}
		}
	}
}

// back divides what goes back among items, from the first that has not been given back
// yet on: before is what went back already. The commission is returned along with it.
func back(all []item, before, amount, fee int64, from string) []refundItem {
	var parts []refundItem
	for _, it := range all {
		left := it.amount()
		skip := min(before, left)
		before -= skip
		part := min(left-skip, amount)
		if amount -= part; part == 0 {
			continue
		}
		r := refundItem{Amount: part, Stamp: it.Stamp}
		if returned := min(fee, part); returned > 0 {
			fee -= returned
			r.Commission = &commission{from, returned}
		}
		parts = append(parts, r)
	}
	return parts
}

// cut shortens a text to so many characters.
func cut(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most])
}
