package stripe

import "time"

type transfer struct {
	id, currency, group string
	description         string
	destination         *account
	source              *charge // nil when it comes out of the available balance
	amount, reversed    int64
	created             time.Time
	metadata            map[string]string
	entry               *entry // of the platform
	reversals           []*reversal
}

type reversal struct {
	id       string
	of       *transfer
	amount   int64
	created  time.Time
	metadata map[string]string
	entry    *entry
}

func (t *transfer) name() string     { return t.id }
func (t *transfer) since() time.Time { return t.created }

func (t *transfer) view() object {
	o := object{
		"id": t.id, "object": "transfer", "amount": t.amount, "amount_reversed": t.reversed, "balance_transaction": ref(t.entry.id),
		"created": t.created.Unix(), "currency": t.currency, "description": orNull(t.description), "destination": ref(t.destination.id),
		"destination_payment": nil, "livemode": false, "metadata": metadataView(t.metadata), "reversed": t.reversed == t.amount,
		"source_transaction": nil, "source_type": "card", "transfer_group": orNull(t.group),
	}
	if t.source != nil {
		o["source_transaction"] = ref(t.source.id)
	}
	data := []object{}
	for i := len(t.reversals) - 1; i >= 0; i-- {
		data = append(data, t.reversals[i].view())
	}
	o["reversals"] = object{"object": "list", "data": data, "has_more": false, "url": "/v1/transfers/" + t.id + "/reversals"}
	return o
}

func (r *reversal) name() string     { return r.id }
func (r *reversal) since() time.Time { return r.created }

func (r *reversal) view() object {
	return object{
		"id": r.id, "object": "transfer_reversal", "amount": r.amount, "balance_transaction": ref(r.entry.id), "created": r.created.Unix(),
		"currency": r.of.currency, "destination_payment_refund": nil, "metadata": metadataView(r.metadata), "source_refund": nil,
		"transfer": ref(r.of.id),
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
	t.id = "tr_" + c.random()
	moved := entry{kind: "transfer", source: t.id, amount: -t.amount, currency: t.currency, created: c.by.at, available: c.by.at}
	if t.source != nil {
		t.joinGroup()
		t.source.moved += t.amount
		moved.available = later(c.by.at, t.source.entry.available)
	}
	t.entry = c.book(moved)
	moved.account, moved.kind, moved.amount = t.destination.id, "payment", t.amount
	c.book(moved)
	c.moves.add(t)
	c.effect("transfer", t.id, t.amount, t.currency, c.by)
	c.emit("transfer.created", t.view(), c.by)
	return t.view(), nil
}

func (c *call) readTransfer() (*transfer, *Error) {
	t := &transfer{description: c.form.text("description"), group: c.form.text("transfer_group"), created: c.by.at}
	to := c.form.text("destination")
	if to == "" {
		return nil, missing("destination")
	}
	var err *Error
	if t.currency, err = c.form.currency(); err != nil {
		return nil, err
	}
	if !c.form.has("amount") {
		return nil, missing("amount")
	}
	if t.amount, err = c.form.amount("amount", 0); err != nil {
		return nil, err
	}
	if t.metadata, err = c.form.metadata(nil); err != nil {
		return nil, err
	}
	var known bool
	if t.destination, known = c.accounts.get(to); !known {
		return nil, noSuch("destination", to, "destination")
	}
	if id := c.form.text("source_transaction"); id != "" {
		if t.source, known = c.charges.get(id); !known {
			return nil, noSuch("charge", id, "source_transaction")
		}
	}
	return t, nil
}

// covers checks that a transfer may be made: the destination takes it, and its source has the money.
func (c *call) covers(t *transfer) *Error {
	if !t.destination.enabled {
		return invalid("insufficient_capabilities_for_transfer", "destination",
			"Your destination account needs to have the capability transfers enabled.")
	}
	if t.source == nil {
		if available, _ := c.sums(""); available[t.currency] < t.amount {
			return invalid("balance_insufficient", "", "You have insufficient available funds in your account.")
		}
		return nil
	}
	if !t.source.captured || t.source.currency != t.currency {
		return invalid("", "source_transaction", "The source_transaction must be a captured charge in the currency of the transfer.")
	}
	if t.source.moved+t.amount > t.source.taken {
		return invalid("", "amount", "Transfers using this transaction as a source must not exceed the source amount of %d. "+
			"(There is already a transfer using this source, amounting to a total of %d.)", t.source.taken, t.source.moved)
	}
	return nil
}

// joinGroup gives a transfer the group of its charge; a charge without one gets its group now.
func (t *transfer) joinGroup() {
	if t.source.transferGroup == "" {
		t.source.transferGroup = orDefault(t.group == "", "group_"+t.source.intent.id, t.group)
	}
	if t.group == "" {
		t.group = t.source.transferGroup
	}
}

// reverseTransfer serves POST /v1/transfers/{id}/reversals.
func reverseTransfer(c *call) (object, *Error) {
	t, err := inPath(c, &c.moves, "transfer")
	if err != nil {
		return nil, err
	}
	metadata, err := c.form.metadata(nil)
	if err != nil {
		return nil, err
	}
	left := t.amount - t.reversed
	if left == 0 {
		return nil, invalid("", "", "Transfer %s has already been reversed.", t.id)
	}
	amount, err := c.form.amount("amount", left)
	if err != nil {
		return nil, err
	}
	if amount > left {
		return nil, invalid("amount_too_large", "amount", "Reversal amount (%d) is greater than what is left of the transfer (%d).", amount, left)
	}
	r := &reversal{id: "trr_" + c.random(), of: t, amount: amount, created: c.by.at, metadata: metadata}
	back := entry{kind: "transfer_refund", source: t.id, amount: amount, currency: t.currency, created: c.by.at,
		available: later(c.by.at, t.entry.available)}
	r.entry = c.book(back)
	back.account, back.kind, back.amount = t.destination.id, "payment_refund", -amount
	c.book(back)
	t.reversed += amount
	if t.source != nil {
		t.source.moved -= amount
	}
	t.reversals = append(t.reversals, r)
	c.effect("reverse", r.id, amount, t.currency, c.by)
	c.emit("transfer.reversed", t.view(), c.by)
	return r.view(), nil
}

// updateTransfer serves POST /v1/transfers/{id}.
func updateTransfer(c *call) (object, *Error) {
	t, err := inPath(c, &c.moves, "transfer")
	if err != nil {
		return nil, err
	}
	metadata, err := c.form.metadata(t.metadata)
	if err != nil {
		return nil, err
	}
	t.metadata = metadata
	if c.form.has("description") {
		t.description = c.form.text("description")
	}
	c.emit("transfer.updated", t.view(), c.by)
	return t.view(), nil
}

func listTransfers(c *call) (object, *Error) {
	group, to := c.form.text("transfer_group"), c.form.text("destination")
	return list(c, &c.moves, func(t *transfer) bool {
		return (group == "" || t.group == group) && (to == "" || t.destination.id == to)
	})
}

func listReversals(c *call) (object, *Error) {
	t, err := inPath(c, &c.moves, "transfer")
	if err != nil {
		return nil, err
	}
	var h shelf[*reversal]
	for _, r := range t.reversals {
		h.add(r)
	}
	return list(c, &h, func(*reversal) bool { return true })
}
