package buyflow

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/process/p2porder"
	"github.com/handsel-dev/handsel/server/trade"
	"github.com/handsel-dev/handsel/server/web"
)

var errTooMuch = web.Invalid("out_of_range", "currency_amount", "the amount is too large")

// flowTime is how the document writes instants.
const flowTime = "2006-01-02T15:04:05.000000-07:00"

// flowOffer is an offer as the buy flow shows it.
type flowOffer struct {
	ID             int64  `json:"id"`
	CreatedAt      string `json:"created_at"`
	CurrencyAmount string `json:"currency_amount" is:"number string null"`
	Status         string `json:"status"`
	FiatAmount     string `json:"fiat_amount" is:"number string null"`
	HasPaid        bool   `json:"has_indicated_paid"`
	Ad             int64  `json:"ad"`
	User           string `json:"user"`         // the buyer
	PayDeadline    string `json:"pay_deadline"` // an addition
}

// showOffer shows an order as an offer. The document has no status for a payment
// that was marked: that is pending, with the flag.
func (b face) showOffer(o exchange.Order) any {
	status := o.Status
	if status == exchange.PaidByBuyer {
		status = exchange.Pending
	}
	scale, _ := b.Assets.Scale(money.Currency(o.Currency))
	fiatScale, _ := b.Assets.Scale(money.Currency(o.FiatCode))
	return trade.Success(flowOffer{
		o.ID, o.CreatedAt.UTC().Format(flowTime), decimal(o.Amount, scale, coinPlaces), string(status), decimal(o.Fiat, fiatScale, fiatPlaces),
		!o.PaidAt.IsZero(), o.AdID, o.BuyerID, o.PayDeadline.UTC().Format(flowTime),
	}, "Offer created successfully")
}

// offerIn is the body of create. One of the amounts is enough.
type offerIn struct {
	Ad             jsontext.Value `json:"ad" is:"integer string null" required:"later"`
	CurrencyAmount jsontext.Value `json:"currency_amount" is:"number string null"`
	FiatAmount     jsontext.Value `json:"fiat_amount" is:"number string null"`
	PaymentMethod  *string        `json:"payment_method"` // default: the ad's first
	PaymentDetails jsontext.Value `json:"payment_details" is:"object null"`
}

// take is the offer as a trade on the ad as it was read: its rate is what the
// amount was converted with, so other terms are not taken.
func (in offerIn) take(a listings.Ad, rate money.Rate) (t exchange.Take, err error) {
	amount, ofAmount := in.amount(rate)
	details, ofDetails := listings.ParseDetails(in.PaymentDetails)
	t = exchange.Take{AdID: a.ID, Amount: amount, Details: details, AdVersion: a.Version}
	switch {
	case in.PaymentMethod != nil:
		t.Method = *in.PaymentMethod
		err = web.Text("payment_method", t.Method, web.MaxName)
	case len(a.Methods) > 0:
		t.Method = a.Methods[0]
	}
	return t, fault.All(ofAmount, ofDetails, err)
}

// amount derives the amount of coins. When both are named they may differ by one
// minor unit of fiat.
func (in offerIn) amount(rate money.Rate) (int64, error) {
	coins, hasCoins, ofCoins := readDecimal("currency_amount", in.CurrencyAmount, rate.From)
	fiat, hasFiat, ofFiat := readDecimal("fiat_amount", in.FiatAmount, rate.To)
	if err := fault.All(ofCoins, ofFiat); err != nil {
		return 0, err
	}
	switch {
	case !hasCoins && !hasFiat:
		return 0, web.Invalid("missing_field", "currency_amount", "This field is required.")
	case !hasCoins:
		coins, ok := rate.Buys(fiat)
		if !ok {
			return 0, errTooMuch
		}
		return coins, nil
	}
	price, ok := rate.Cost(coins)
	if !ok {
		return 0, errTooMuch
	}
	if hasFiat && (price-fiat > 1 || fiat-price > 1) {
		return 0, web.Invalid("amounts_differ", "fiat_amount", "The amount does not match currency_amount at the ad's price: it would be %s.", decimal(price, rate.To, fiatPlaces))
	}
	return coins, nil
}

// readDecimal reads a decimal of at most so many places that is a JSON string or a
// JSON number.
func readDecimal(field string, v jsontext.Value, scale int) (n int64, there bool, err error) {
	if len(v) == 0 || v.Kind() == 'n' {
		return 0, false, nil
	}
	text := string(v)
	if v.Kind() == '"' {
		text = strings.Trim(text, `"`)
	}
	n, ok := money.ParseDecimal(text, scale)
	if !ok || n > web.MaxAssetAmount {
		return 0, true, web.Invalid("invalid_decimal", field, "A valid number with at most %s decimals is required.", inWords(scale))
	}
	return n, true, nil
}

func (b face) createOffer(r *trade.Request) error {
	var in offerIn
	if err := r.Read(&in); err != nil {
		return err
	}
	a, err := b.offeredAd(r, in.Ad)
	if err != nil {
		return err
	}
	rate, err := b.price(a)
	if err != nil {
		return err
	}
	take, err := in.take(a, rate)
	if err != nil {
		return err
	}
	return r.Order(b.showOffer, func(q exchange.Request) (out trade.Outcome) {
		out.Order, out.Replay, out.Err = b.trading.Take(r.Request.Context(), r.User, take, q)
		return out
	})
}

// offeredAd finds the ad that the body names.
func (b face) offeredAd(r *trade.Request, v jsontext.Value) (a listings.Ad, err error) {
	if len(v) == 0 || v.Kind() == 'n' {
		return a, web.Invalid("missing_field", "ad", "This field is required.")
	}
	id, err := strconv.ParseInt(string(v), 10, 64)
	if err != nil {
		return a, web.Invalid("invalid_type", "ad", "Incorrect type. Expected pk value.")
	}
	a, err = b.Ads.Get(r.Request.Context(), r.User.Community, id)
	return a, reword(err, map[string]string{"ad_not_found": fmt.Sprintf(`(ad) Invalid pk "%d" - object does not exist.`, id)})
}

// offerWords are what the document says to a step that is refused, by reason or,
// for a step that comes at the wrong time, by status.
type offerWords map[string]string

const wasReleased = "Funds have already been released"

func (w offerWords) refuse(err error) error {
	f := fault.As(err)
	if f.Reason == "invalid_order_status" {
		if message, ok := w[fmt.Sprint(f.Details["current_status"])]; ok {
			worded := *f
			worded.Message = message
			return &worded
		}
	}
	return reword(reword(err, w), map[string]string{"order_not_found": "Offer not found", p2porder.ReasonExpired: "Offer has expired"})
}

// offer carries out a step of the path's offer and answers with a message.
func (b face) offer(r *trade.Request, message string, w offerWords, run func(id int64, q exchange.Request) trade.Outcome) error {
	id, err := r.PathID(trade.ErrNoOrder)
	if err != nil {
		return w.refuse(err)
	}
	done := func(exchange.Order) any { return trade.Success[*trade.Nothing](nil, message) }
	if err := r.Order(done, func(q exchange.Request) trade.Outcome { return run(id, q) }); err != nil {
		return w.refuse(b.stranger(r, id, err))
	}
	return nil
}

// stranger tells who is no party of an offer what the document says to them: that it
// is not theirs, not that there is none.
func (b face) stranger(r *trade.Request, id int64, err error) error {
	if fault.ReasonOf(err) != trade.ErrNoOrder.Reason {
		return err
	}
	exists, lookup := b.trading.Exists(r.Request.Context(), r.User.Community, id)
	if lookup != nil || !exists {
		return cmp.Or(lookup, err)
	}
	return fault.New(fault.Forbidden, "role_not_allowed", "this offer is not yours")
}

func (b face) paid(r *trade.Request) error {
	if err := r.Nothing(); err != nil {
		return err
	}
	const already = "Offer has already been marked as paid"
	words := offerWords{
		"role_not_allowed": "You are not authorized to indicate payment on this offer",
		"paid_by_buyer":    already, "disputed": already, "completed": already, "cancelled": "Offer is already cancelled",
	}
	return b.offer(r, "Offer successfully marked as paid", words, func(id int64, q exchange.Request) (out trade.Outcome) {
		out.Order, out.Replay, out.Err = b.trading.ConfirmPaid(r.Request.Context(), r.User, id, q)
		return out
	})
}

// cancel is for the buyer alone on this face (customer's document).
func (b face) cancel(r *trade.Request) error {
	var in trade.CancelIn
	if err := r.ReadOptional(&in); err != nil {
		return err
	}
	words := offerWords{
		"role_not_allowed": "You are not authorized to cancel this offer", "cancelled": "This offer is already cancelled",
		"paid_by_buyer": "Offer has already been marked as paid", "disputed": "Offer is disputed", "completed": wasReleased,
	}
	return b.offer(r, "Offer cancelled successfully", words, func(id int64, q exchange.Request) (out trade.Outcome) {
		o, err := b.trading.Order(r.Request.Context(), r.User, id)
		if err == nil && o.BuyerID != r.User.ID || fault.ReasonOf(err) == "not_assigned" { // to operators as to others
			err = fault.New(fault.Forbidden, "role_not_allowed", "only the buyer cancels an offer")
		}
		if err != nil {
			return trade.Outcome{Err: err}
		}
		out.Order, out.Replay, out.Err = b.trading.Cancel(r.Request.Context(), r.User, id, in.NotPaid, q)
		return out
	})
}

func (b face) release(r *trade.Request) error {
	if err := r.Nothing(); err != nil {
		return err
	}
	words := offerWords{
		"role_not_allowed": "You are not authorized to release funds on this trade", "cancelled": "Offer is already cancelled",
		"pending": "Offer has not been marked as paid yet", "completed": wasReleased,
	}
	return b.offer(r, "Funds have been released successfully", words, func(id int64, q exchange.Request) (out trade.Outcome) {
		out.Order, out.Replay, out.Err = b.trading.ConfirmReceived(r.Request.Context(), r.User, id, q)
		return out
	})
}
