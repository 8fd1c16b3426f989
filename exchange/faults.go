package exchange

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/p2porder"
)

// Refusals of taking an ad; the codes are the customer's.
var (
	errNotActive     = fault.New(fault.Conflict, "ad_not_active", "the ad is no longer active")
	errOwnAd         = fault.New(fault.Conflict, "own_ad", "you cannot take your own ad")
	errDepositOpen   = fault.New(fault.Conflict, "active_deposit_order_exists", "you already have an open order as a buyer; end it first")
	errWithdrawOpen  = fault.New(fault.Conflict, "active_withdraw_order_exists", "you already have an open order as a seller; end it first")
	errTooLow        = fault.New(fault.Conflict, "amount_too_low", "the amount is below the ad's minimum")
	errTooHigh       = fault.New(fault.Conflict, "amount_too_high", "the amount is above the ad's maximum")
	errExceeds       = fault.New(fault.Conflict, "amount_exceeds_available", "the amount is more than the ad has left")
	errTooSmall      = fault.New(fault.Conflict, "amount_too_small", "the amount is too small: at this rate its price rounds to zero; take more")
	errMethod        = fault.New(fault.Conflict, "invalid_payment_method", "the ad does not take this payment method")
	errSellerBalance = fault.New(fault.Conflict, "seller_insufficient_balance", "the seller's available balance does not cover the amount")
)

var (
	errNoOrder     = fault.New(fault.NotFound, "order_not_found", "there is no such order, or you are not one of its parties")
	errNoUser      = fault.New(fault.NotFound, "user_not_found", "there is no such user")
	errNothing     = fault.New(fault.NotFound, "not_found", "there is nothing here")
	errRole        = fault.New(fault.Forbidden, "role_not_allowed", "only the other side of the order may do this")
	errNotAssigned = fault.New(fault.Forbidden, "not_assigned", "only the operator of the case may do this; take the case first")
	errAssigned    = fault.New(fault.Conflict, "already_assigned", "another operator has this case")
	errBanned      = fault.New(fault.Forbidden, "banned", "you are banned from this exchange")
	errChatClosed  = fault.New(fault.Conflict, "chat_closed", "the conversation of an order is closed 7 days after its end")
	errRating      = fault.New(fault.Conflict, "rating_not_allowed", "an order can be rated within 30 days after it was completed")
	errExpired     = fault.New(fault.Conflict, p2porder.ReasonExpired, "the time to pay is over; the order was cancelled and the seller's balance returned")
	errNothingLeft = fault.New(fault.Conflict, "seller_insufficient_balance", "the seller's balance no longer covers the order: it stays cancelled, and an operator checks your appeal").
			With("current_status", string(Cancelled)).With("case_opened", true)
	errOneAppeal = fault.New(fault.Conflict, "active_deposit_order_exists", "you have another open order, so nothing is frozen for this one: it stays cancelled, and an operator checks your appeal").
			With("current_status", string(Cancelled)).With("case_opened", true)
	errAppealOver = fault.New(fault.Conflict, p2porder.ReasonAppealOver, "a buyer can appeal once, within 15 minutes after the order expired or the seller cancelled it")
)

// invalid is a refusal of one field.
func invalid(field, format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, "validation_error", format, args...).With("field", field)
}

// wrongStatus says where the order stands instead.
func wrongStatus(s Status) *fault.Error {
	return fault.New(fault.Conflict, "invalid_order_status", "this cannot be done with an order that is %s", s).With("current_status", string(s))
}

// refusal puts what the rules refuse into the words of the exchange.
func refusal(err error, s process.State) error {
	reason := fault.ReasonOf(err)
	switch {
	case err == nil:
		return nil
	case reason == process.ReasonNotFound:
		return errNoOrder
	case reason == process.ReasonIllegal || reason == p2porder.ReasonOtherSilent:
		return wrongStatus(StatusOf(s))
	case reason == gateShut || reason == "not_available":
		return errNotActive
	case reason == "insufficient_balance":
		return errSellerBalance
	case reason == p2porder.ReasonAppealOver:
		return errAppealOver
	case fault.CodeOf(err) == fault.Forbidden && strings.HasPrefix(string(reason), "not_"):
		return errRole
	}
	return err
}

// plain reports whether a text is valid, at most limit characters long, and free
// of control characters and of marks that reorder what a reader sees.
func plain(s string, limit int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= limit && !strings.ContainsFunc(s, hostile)
}

func hostile(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' || unicode.Is(unicode.Bidi_Control, r)
}

// cleanName makes a name from a token fit to be shown on one line.
func cleanName(name string) string {
	const longest = 100
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case hostile(r) || r == utf8.RuneError:
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	runes := []rune(strings.Join(strings.Fields(name), " "))
	return string(runes[:min(len(runes), longest)])
}
