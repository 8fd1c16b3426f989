package exchangeapi

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/trade"
	"github.com/handsel-dev/handsel/server/web"
)

// userOut is all that the exchange's face tells of a user.
type userOut struct {
	ID       string           `json:"id"`
	FullName string           `json:"fullname"`
	Ratings  trade.RatingsOut `json:"ratings"`
}

func showUser(u exchange.PublicUser) userOut { return userOut{u.ID, u.FullName, trade.ShowRatings(u)} }

// adOut is an ad as the exchange's face shows it.
type adOut struct {
	ID              int64             `json:"id"`
	Type            listings.AdType   `json:"type"`
	Status          listings.AdStatus `json:"status"`
	FiatCurrency    string            `json:"fiat_currency"`
	ExchangeRate    int64             `json:"exchange_rate"`
	MinAmount       int64             `json:"min_amount"`
	MaxAmount       int64             `json:"max_amount"`
	TotalAmount     int64             `json:"total_amount"`
	AvailableAmount int64             `json:"available_amount"`
	PaymentMethods  []string          `json:"payment_methods"`
	PaymentDetails  jsontext.Value    `json:"payment_details,omitempty" is:"object"` // masked, for the owner only
	Instructions    string            `json:"instructions"`
	OrdersCount     int64             `json:"orders_count"`
	User            userOut           `json:"user"`
	Version         int64             `json:"version"` // of its terms; see expected_ad_version
	Asset           string            `json:"asset"`
	AssetDecimals   int               `json:"asset_decimals"`
}

// ads shows ads to the caller.
func (p face) ads(r *trade.Request, all ...listings.Ad) ([]adOut, error) {
	owners := make([]string, len(all))
	for i, a := range all {
		owners[i] = a.Owner
	}
	people, err := r.People(owners...)
	if err != nil {
		return nil, err
	}
	shown := make([]adOut, len(all))
	for i, a := range all {
		shown[i] = adOut{
			ID: a.ID, Type: a.Type, Status: a.Status, FiatCurrency: string(a.Fiat), ExchangeRate: a.Rate,
			MinAmount: a.Min, MaxAmount: a.Max, TotalAmount: a.Total, AvailableAmount: a.Available,
			PaymentMethods: a.Methods, Instructions: a.Instructions, OrdersCount: a.Reputation.Completed,
			User: showUser(people[a.Owner]), Version: a.Version, Asset: string(a.Asset),
		}
		shown[i].AssetDecimals, _ = p.Assets.Scale(a.Asset)
		if a.Owner != r.User.ID {
			continue
		}
		details, err := p.Ads.Details(a)
		if err != nil {
			return nil, err
		}
		shown[i].PaymentDetails = jsontext.Value(details.Masked())
	}
	return shown, nil
}

// orderOut is an order as the exchange's face shows it, to a party of it.
type orderOut struct {
	ID              int64           `json:"id"`
	AdID            int64           `json:"ad_id"`
	Status          exchange.Status `json:"status"`
	USDTAmount      int64           `json:"usdt_amount"` // the name is the customer's; the unit is Currency's
	AmountMinor     int64           `json:"amount_minor"`
	Currency        string          `json:"currency"`
	FiatAmount      int64           `json:"fiat_amount"`
	PaymentMethod   string          `json:"payment_method"`
	PaymentDetails  *jsontext.Value `json:"payment_details" is:"object null"`
	BuyerID         string          `json:"buyer_id"`
	SellerID        string          `json:"seller_id"`
	Instructions    string          `json:"instructions"`
	CreatedAt       time.Time       `json:"created_at"`
	PayDeadline     *time.Time      `json:"pay_deadline"`
	PaidAt          *time.Time      `json:"paid_at"`
	ReleaseDeadline *time.Time      `json:"release_deadline"`
	CancelReason    *string         `json:"cancel_reason"`
	Format          *string         `json:"format"`               // as the taker asked: fast_pay or p2p
	DetailsFrom     *time.Time      `json:"payment_details_from"` // when a newcomer sees them; null: at once
	DisputeDeadline *time.Time      `json:"dispute_deadline"`     // when operators must have decided
	Resolution      *resolutionOut  `json:"resolution"`
	Decimals        int             `json:"currency_decimals"`
	FiatCurrency    string          `json:"fiat_currency"`
	FiatDecimals    int             `json:"fiat_decimals"`
}

type resolutionOut struct {
	Outcome      exchange.Outcome `json:"outcome"`
	BuyerAmount  int64            `json:"buyer_amount"`
	SellerAmount int64            `json:"seller_amount"`
	Reason       string           `json:"reason"`
	At           time.Time        `json:"resolved_at"`
}

func (p face) showOrder(o exchange.Order) orderOut {
	out := orderOut{
		ID: o.ID, AdID: o.AdID, Status: o.Status, USDTAmount: o.Amount, AmountMinor: o.Amount, Currency: o.Currency,
		FiatAmount: o.Fiat, FiatCurrency: o.FiatCode, PaymentMethod: o.Method,
		BuyerID: o.BuyerID, SellerID: o.SellerID, Instructions: o.Instructions, CreatedAt: o.CreatedAt.UTC(),
		PayDeadline: web.OptionalTime(o.PayDeadline), PaidAt: web.OptionalTime(o.PaidAt), ReleaseDeadline: web.OptionalTime(o.ReleaseDeadline),
		CancelReason: web.OptionalText(o.CancelReason), Format: web.OptionalText(o.Format),
		DetailsFrom: web.OptionalTime(o.DetailsFrom), DisputeDeadline: web.OptionalTime(o.DisputeDeadline),
	}
	out.Decimals, _ = p.Assets.Scale(money.Currency(o.Currency))
	out.FiatDecimals, _ = p.Assets.Scale(money.Currency(o.FiatCode))
	if details := jsontext.Value(o.PaymentDetails); len(details) > 0 && details.Kind() == '{' {
		out.PaymentDetails = &details
	}
	if v := o.Resolution; v != nil {
		out.Resolution = &resolutionOut{v.Outcome, v.BuyerAmount, v.SellerAmount, v.Reason, v.At.UTC()}
	}
	return out
}

// chatOut is a message of an order's chat.
type chatOut struct {
	ID        int64                    `json:"id"`
	OrderID   int64                    `json:"order_id"`
	SenderID  *string                  `json:"sender_id"` // null: the system
	Kind      orchestrator.MessageKind `json:"kind"`
	Message   string                   `json:"message"`
	CreatedAt time.Time                `json:"created_at"`
}

func showChat(m orchestrator.Message) chatOut {
	return chatOut{m.ID, m.TransactionID, web.OptionalText(m.Sender), m.Kind, m.Content, m.At.UTC()}
}

// How long a page is where the caller does not say (customer's documents, contract of
// the faces).
const (
	adsPerPage    = 20
	ordersPerPage = 20
	chatPerPage   = 50
)

// numberedPage is a list of the exchange.
type numberedPage[T any] struct {
	Items  []T   `json:"items"`
	Total  int64 `json:"total"`
	Limit  int   `json:"limit"`
	Offset int64 `json:"offset"`
}

func paged[T any](items []T, total int64, p listings.Page) numberedPage[T] {
	return numberedPage[T]{items, total, p.Limit, p.Offset}
}

// each shows every element of a page, and never null.
func each[T, V any](all []T, show func(T) V) []V {
	shown := make([]V, len(all))
	for i, one := range all {
		shown[i] = show(one)
	}
	return shown
}
