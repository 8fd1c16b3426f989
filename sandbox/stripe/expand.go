package stripe

import (
	"strings"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// expandable lists what can be expanded: by the kind of an object, its fields and the kind of object that takes the place.
func expandable() map[string]map[string]string {
	return map[string]map[string]string{
		"payment_intent": {"latest_charge": "charge", "payment_method": "payment_method"},
		"charge":         {"payment_intent": "payment_intent", "balance_transaction": "balance_transaction", "refunds": "list of refund"},
		"refund": {"charge": "charge", "payment_intent": "payment_intent", "balance_transaction": "balance_transaction",
			"failure_balance_transaction": "balance_transaction"},
		"transfer":            {"destination": "account", "source_transaction": "charge", "balance_transaction": "balance_transaction"},
		"transfer_reversal":   {"transfer": "transfer", "balance_transaction": "balance_transaction"},
		"checkout.session":    {"payment_intent": "payment_intent"},
		"payout":              {"balance_transaction": "balance_transaction", "failure_balance_transaction": "balance_transaction", "destination": ""},
		"dispute":             {"charge": "charge", "payment_intent": "payment_intent"},
		"balance_transaction": {"source": ""},
	}
}

// checkExpand refuses paths that lead nowhere in an answer of a kind, such as latest_charge.balance_transaction or, in a
// list, data.payment_intent.
func checkExpand(kind string, paths []string) *Error {
	for _, path := range paths {
		at := kind
		for field := range strings.SplitSeq(path, ".") {
			of, isList := strings.CutPrefix(at, "list of ")
			next, ok := expandable()[at][field]
			if isList && field == "data" {
				next, ok = of, true
			}
			if !ok {
				return malformed("", "expand", "This property cannot be expanded (%s).", path)
			}
			at = next
		}
	}
	return nil
}

// expand puts objects in the place of the ids that the paths name.
func (s *state) expand(o object, paths []string) {
	for _, path := range paths {
		s.expandPath(o, path)
	}
}

func (s *state) expandPath(o object, path string) {
	field, rest, _ := strings.Cut(path, ".")
	if id, isRef := o[field].(ref); isRef {
		o[field] = s.find(string(id))
	}
	if ch, isCharge := s.Charges.Get(nameOf(o)); isCharge && field == "refunds" {
		o[field] = s.refundsOf(ch)
	}
	switch inner := o[field].(type) {
	case object:
		s.expandPath(inner, rest)
	case []object:
		for _, each := range inner {
			s.expandPath(each, rest)
		}
	}
}

func nameOf(o object) string {
	id, _ := o["id"].(string)
	return id
}

// finders look an id up by its first letters, among everything that can stand in another object.
func (s *state) finders() map[string]func(id string) object {
	return map[string]func(string) object{
		"pi": func(id string) object { return viewOf(&s.Intents, id) }, "ch": func(id string) object { return viewOf(&s.Charges, id) },
		"re": func(id string) object { return viewOf(&s.Refunds, id) }, "tr": func(id string) object { return viewOf(&s.Moves, id) },
		"po": func(id string) object { return viewOf(&s.Payouts, id) }, "dp": func(id string) object { return viewOf(&s.Disputes, id) },
		"acct": func(id string) object { return viewOf(&s.Accounts, id) }, "txn": func(id string) object { return viewOf(&s.Entries, id) },
		"pm": func(id string) object { return viewOf(&s.Methods, id) }, "py": s.paymentView, "ba": s.bankView,
	}
}

// find is the object with an id; nil: there is none.
func (s *state) find(id string) object {
	kind, _, _ := strings.Cut(id, "_")
	if look, known := s.finders()[kind]; known {
		return look(id)
	}
	return nil
}

func viewOf[T resource](h *stage.Shelf[T], id string) object {
	r, ok := h.Get(id)
	if !ok {
		return nil
	}
	return r.view()
}

// paymentView is a transfer as the charge that it is in the balance of its destination.
func (s *state) paymentView(id string) object {
	for _, t := range s.Moves.All {
		if t.Payment == id {
			return object{
				"id": id, "object": "charge", "amount": t.Amount, "amount_captured": t.Amount, "amount_refunded": t.Reversed, "created": t.Created.Unix(),
				"currency": t.Currency, "captured": true, "paid": true, "refunded": t.Reversed == t.Amount, "livemode": false, "status": succeeded,
				"source_transfer": t.ID, "metadata": metadataView(nil),
			}
		}
	}
	return nil
}

// bankView finds a bank account of any account.
func (s *state) bankView(id string) object {
	for _, a := range append([]*account{s.platform()}, s.Accounts.All...) {
		for _, b := range a.Banks {
			if b.ID == id {
				return b.view()
			}
		}
	}
	return nil
}
