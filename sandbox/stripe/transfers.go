package stripe

import (
	"strings"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

type transfer struct {
	ID, Currency, Group string
	Description         string
	Destination         *account
	Source              *charge // nil when it comes out of the available balance
	Amount, Reversed    int64
	Created             time.Time
	Metadata            map[string]string
	Entry               *entry // of the platform
	Payment             string // the id of the charge that it is in the balance of the destination
	Reversals           []*reversal
}

type reversal struct {
	ID       string
	Of       *transfer `json:"-"`
	Amount   int64
	Created  time.Time
	Metadata map[string]string
	Entry    *entry
}

func (t *transfer) Name() string     { return t.ID }
func (t *transfer) since() time.Time { return t.Created }

func (t *transfer) view() object {
	o := object{
		"id": t.ID, "object": "transfer", "amount": t.Amount, "amount_reversed": t.Reversed, "balance_transaction": ref(t.Entry.ID),
		"created": t.Created.Unix(), "currency": t.Currency, "description": orNull(t.Description), "destination": ref(t.Destination.ID),
		"destination_payment": orNull(t.Payment), "livemode": false, "metadata": metadataView(t.Metadata), "reversed": t.Reversed == t.Amount,
		"source_transaction": nil, "source_type": "card", "transfer_group": orNull(t.Group),
	}
	if t.Source != nil {
		o["source_transaction"] = ref(t.Source.ID)
	}
	data := []object{}
	for i := len(t.Reversals) - 1; i >= 0; i-- {
		data = append(data, t.Reversals[i].view())
	}
	o["reversals"] = object{"object": "list", "data": data, "has_more": false, "url": "/v1/transfers/" + t.ID + "/reversals"}
	return o
}

func (r *reversal) Name() string     { return r.ID }
func (r *reversal) since() time.Time { return r.Created }

func (r *reversal) view() object {
	return object{
		"id": r.ID, "object": "transfer_reversal", "amount": r.Amount, "balance_transaction": ref(r.Entry.ID), "created": r.Created.Unix(),
		"currency": r.Of.Currency, "destination_payment_refund": nil, "metadata": metadataView(r.Metadata), "source_refund": nil,
		"transfer": ref(r.Of.ID),
	}
}

// createTransfer serves POST /v1/transfers.
func createTransfer(c *call) (object, *Error) {
	t, err := c.readTransfer()
	if err != nil {
		return nil, err
	}
	if err := c.covers(t); err != nil {
		return nil, err
	}
	t.ID = "tr_" + c.Random()
	t.Payment = "py_" + strings.TrimPrefix(t.ID, "tr_")
	moved := entry{Kind: "transfer", Source: t.ID, Amount: -t.Amount, Currency: t.Currency, Created: c.by.at, Available: c.by.at}
	if t.Source != nil {
		t.joinGroup()
		t.Source.Moved += t.Amount
		moved.Available = later(c.by.at, t.Source.Entry.Available)
	}
	t.Entry = c.book(moved)
	moved.Account, moved.Kind, moved.Amount, moved.Source = t.Destination.ID, "payment", t.Amount, t.Payment
	c.book(moved)
	c.Moves.Add(t)
	c.effect("transfer", t.ID, t.Amount, t.Currency, c.by)
	c.emit("transfer.created", t.view(), c.by)
	return t.view(), nil
}

func (c *call) readTransfer() (*transfer, *Error) {
	t := &transfer{Description: c.form.text("description"), Group: c.form.text("transfer_group"), Created: c.by.at}
	to := c.form.text("destination")
	if to == "" {
		return nil, missing("destination")
	}
	var err *Error
	if t.Currency, err = c.form.currency(); err != nil {
		return nil, err
	}
	if !c.form.has("amount") {
		return nil, missing("amount")
	}
	if t.Amount, err = c.form.amount("amount", 0); err != nil {
		return nil, err
	}
	if t.Metadata, err = c.form.metadata(nil); err != nil {
		return nil, err
	}
	var known bool
	if t.Destination, known = c.Accounts.Get(to); !known {
		return nil, noSuch("destination", to, "destination")
	}
	if id := c.form.text("source_transaction"); id != "" {
		if t.Source, known = c.Charges.Get(id); !known {
			return nil, noSuch("charge", id, "source_transaction")
		}
	}
	return t, nil
}

// covers checks that a transfer may be made: the destination takes it, and its source has the money.
func (c *call) covers(t *transfer) *Error {
	if t.Destination.capability("transfers") != "active" {
		return invalid("insufficient_capabilities_for_transfer", "destination",
			"Your destination account needs to have the capability transfers enabled.")
	}
	if t.Source == nil {
		if available, _ := c.sums("", c.by.at); available[t.Currency] < t.Amount {
			return invalid("balance_insufficient", "", "You have insufficient available funds in your account.")
		}
		return nil
	}
	if !t.Source.Captured || t.Source.Currency != t.Currency {
		return invalid("", "source_transaction", "The source_transaction must be a captured charge in the currency of the transfer.")
	}
	if t.Source.Moved+t.Amount > t.Source.Taken {
		return invalid("", "amount", "Transfers using this transaction as a source must not exceed the source amount of %d. "+
			"(There is already a transfer using this source, amounting to a total of %d.)", t.Source.Taken, t.Source.Moved)
	}
	return nil
}

// joinGroup gives a transfer the group of its charge; a charge without one gets its group now.
func (t *transfer) joinGroup() {
	if t.Source.TransferGroup == "" {
		t.Source.TransferGroup = stage.Or(t.Group == "", "group_"+t.Source.Intent.ID, t.Group)
	}
	if t.Group == "" {
		t.Group = t.Source.TransferGroup
	}
}

// reverseTransfer serves POST /v1/transfers/{id}/reversals.
func reverseTransfer(c *call) (object, *Error) {
	t, err := inPath(c, &c.Moves, "transfer")
	if err != nil {
		return nil, err
	}
	metadata, err := c.form.metadata(nil)
	if err != nil {
		return nil, err
	}
	left := t.Amount - t.Reversed
	if left == 0 {
		return nil, invalid("", "", "Transfer %s has already been reversed.", t.ID)
	}
	amount, err := c.form.amount("amount", left)
	if err != nil {
		return nil, err
	}
	if amount > left {
		return nil, invalid("amount_too_large", "amount", "Reversal amount (%d) is greater than what is left of the transfer (%d).", amount, left)
	}
	if available, pending := c.sums(t.Destination.ID, c.by.at); available[t.Currency]+pending[t.Currency] < amount {
		return nil, invalid("balance_insufficient", "", "The balance of the destination account is too low to reverse this much of the transfer.")
	}
	r := &reversal{ID: "trr_" + c.Random(), Of: t, Amount: amount, Created: c.by.at, Metadata: metadata}
	back := entry{Kind: "transfer_refund", Source: t.ID, Amount: amount, Currency: t.Currency, Created: c.by.at,
		Available: later(c.by.at, t.Entry.Available)}
	r.Entry = c.book(back)
	back.Account, back.Kind, back.Amount, back.Source = t.Destination.ID, "payment_refund", -amount, "pyr_"+strings.TrimPrefix(r.ID, "trr_")
	c.book(back)
	t.Reversed += amount
	if t.Source != nil {
		t.Source.Moved -= amount
	}
	t.Reversals = append(t.Reversals, r)
	c.effect("reverse", r.ID, amount, t.Currency, c.by)
	c.emit("transfer.reversed", t.view(), c.by)
	return r.view(), nil
}

// updateTransfer serves POST /v1/transfers/{id}.
func updateTransfer(c *call) (object, *Error) {
	t, err := inPath(c, &c.Moves, "transfer")
	if err != nil {
		return nil, err
	}
	metadata, err := c.form.metadata(t.Metadata)
	if err != nil {
		return nil, err
	}
	t.Metadata = metadata
	if c.form.has("description") {
		t.Description = c.form.text("description")
	}
	c.emit("transfer.updated", t.view(), c.by)
	return t.view(), nil
}

func listTransfers(c *call) (object, *Error) {
	group, to := c.form.text("transfer_group"), c.form.text("destination")
	return list(c, &c.Moves, func(t *transfer) bool {
		return (group == "" || t.Group == group) && (to == "" || t.Destination.ID == to)
	})
}

func listReversals(c *call) (object, *Error) {
	t, err := inPath(c, &c.Moves, "transfer")
	if err != nil {
		return nil, err
	}
	var h stage.Shelf[*reversal]
	for _, r := range t.Reversals {
		h.Add(r)
	}
	return list(c, &h, func(*reversal) bool { return true })
}
