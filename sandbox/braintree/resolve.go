package braintree

import (
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

const stampForm = "2006-01-02T15:04:05.000000Z"

func stamp(at time.Time) stage.Value {
	if at.IsZero() {
		return nil
	}
	return at.UTC().Format(stampForm)
}

// orNull is null for a text that is empty.
func orNull(text string) stage.Value {
	if text == "" {
		return nil
	}
	return text
}

func sum(minor int64, currency string) record {
	return record{"MonetaryAmount", map[string]stage.Value{"value": decimal(minor, currency), "currencyCode": currency, "currencyIsoCode": currency}}
}

// shown is a transaction or a refund as queries see it.
func (s *state) shown(t *transaction) record {
	r := record{"Transaction", map[string]stage.Value{
		"id": t.global(), "legacyId": t.ID, "createdAt": stamp(t.Created), "amount": sum(t.Amount, t.Currency), "orderId": orNull(t.Order), "status": t.Status,
		"merchantAccountId": t.Account, "source": "API",
		"statusHistory": lazy(func() stage.Value { return s.history(t) }), "paymentMethodSnapshot": lazy(func() stage.Value { return t.Method.shown() }),
	}}
	if t.Of != "" {
		r.kind = "Refund"
		r.values["refundedTransaction"] = lazy(func() stage.Value {
			of, _ := s.Transactions.Get(t.Of)
			return s.shown(of)
		})
		return r
	}
	r.values["merchantId"] = t.Merchant
	r.values["initialRequestedAuthorizationAmount"] = sum(t.Asked, t.Currency)
	r.values["refunds"] = lazy(func() stage.Value { return s.all(t.Refunds) })
	r.values["disputes"] = lazy(func() stage.Value {
		all := []record{}
		for _, id := range t.Disputes {
			d, _ := s.Disputes.Get(id)
			all = append(all, s.shownDispute(d))
		}
		return all
	})
	if t.Parent != "" || len(t.Parts) > 0 {
		r.values["partialCaptureDetails"] = lazy(func() stage.Value { return s.parts(t) })
	}
	return r
}

func (s *state) all(ids []string) []record {
	all := []record{}
	for _, id := range ids {
		t, _ := s.Transactions.Get(id)
		all = append(all, s.shown(t))
	}
	return all
}

func (s *state) parts(t *transaction) record {
	values := map[string]stage.Value{"captures": lazy(func() stage.Value { return s.all(t.Parts) })}
	if whole, ok := s.Transactions.Get(t.Parent); ok {
		values["initialTransaction"] = lazy(func() stage.Value { return s.shown(whole) })
	}
	return record{"PartialCaptureDetails", values}
}

// events names the type of each step, and whether it is the end.
var events = map[string]struct {
	kind     string
	terminal bool
}{
	isAuthorized: {"AuthorizedEvent", false}, isExpired: {"AuthorizationExpiredEvent", true}, isSubmitted: {"SubmittedForSettlementEvent", false},
	isSettling: {"SettlingEvent", false}, isSettlementPending: {"SettlementPendingEvent", false}, isSettlementConfirmed: {"SettlementConfirmedEvent", false},
	isSettled: {"SettledEvent", true}, isSettlementDeclined: {"SettlementDeclinedEvent", true}, isDeclined: {"ProcessorDeclinedEvent", true},
	isRejected: {"GatewayRejectedEvent", true}, isFailed: {"FailedEvent", true}, isVoided: {"VoidedEvent", true},
}

// history is newest first, as in the official API.
func (s *state) history(t *transaction) []record {
	all := []record{}
	for i := len(t.History) - 1; i >= 0; i-- {
		e := t.History[i]
		kind := events[e.Status]
		values := map[string]stage.Value{
			"status": e.Status, "timestamp": stamp(e.At), "amount": sum(e.Amount, t.Currency), "source": "API", "terminal": kind.terminal,
		}
		switch e.Status {
		case isAuthorized, isFailed, isDeclined, isRejected:
			values["processorResponse"] = record{"TransactionAuthorizationProcessorResponse", map[string]stage.Value{"legacyCode": orNull(e.Code), "message": orNull(e.Text)}}
		default:
			values["processorResponse"] = record{"TransactionSettlementProcessorResponse", map[string]stage.Value{"legacyCode": orNull(e.Code), "message": orNull(e.Text)}}
		}
		switch e.Status {
		case isAuthorized:
			values["authorizationExpiresAt"] = stamp(t.Expires)
		case isDeclined:
			values["declineType"] = stage.Or(e.Code == "2000" || e.Code == "2001" || e.Code == "2038" || e.Code == "2046", "HARD", "SOFT")
		case isRejected:
			values["gatewayRejectionReason"] = e.Rejection
			if same, ok := s.Transactions.Get(e.DuplicateOf); ok {
				values["duplicateOf"] = lazy(func() stage.Value { return s.shown(same) })
			}
		}
		all = append(all, record{kind.kind, values})
	}
	return all
}

func (m method) shown() record {
	if m.PayPal {
		return record{"PayPalTransactionDetails", map[string]stage.Value{"paymentId": "PAY-1", "payerStatus": "VERIFIED"}}
	}
	values := map[string]stage.Value{"brandCode": m.Brand, "last4": m.Last4, "bin": m.Bin, "expirationMonth": "12", "expirationYear": "2099"}
	if m.Secured != "" {
		ok := m.Secured == "AUTHENTICATE_SUCCESSFUL"
		values["threeDSecure"] = record{"ThreeDSecureDetails", map[string]stage.Value{"authentication": record{"ThreeDSecureAuthentication",
			map[string]stage.Value{"liabilityShifted": ok, "liabilityShiftPossible": ok, "authenticationStatus": m.Secured}}}}
	}
	return record{"CreditCardDetails", values}
}

func (s *state) shownDispute(d *dispute) record {
	t, _ := s.Transactions.Get(d.Transaction)
	won := stage.Or(d.Status != disputeWon, int64(0), d.Amount)
	steps := []record{{"DisputeStatusEvent", map[string]stage.Value{"status": disputeOpen, "timestamp": stamp(d.Opened)}}}
	if d.Status != disputeOpen {
		steps = append([]record{{"DisputeStatusEvent", map[string]stage.Value{"status": d.Status, "timestamp": stamp(d.Decided)}}}, steps...)
	}
	return record{"Dispute", map[string]stage.Value{
		"id": globalID(ofDispute, d.ID), "legacyId": d.ID, "amountDisputed": sum(d.Amount, t.Currency), "amountWon": sum(won, t.Currency), "createdAt": stamp(d.Opened),
		"receivedDate": d.Opened.Format(time.DateOnly), "replyByDate": d.ReplyBy.Format(time.DateOnly), "type": "CHARGEBACK", "status": d.Status, "statusHistory": steps,
		"transaction": lazy(func() stage.Value { return s.shown(t) }),
	}}
}
