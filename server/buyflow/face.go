// Package buyflow is the API of the customer's buy flow document, under /p2p.
package buyflow

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/server/trade"
	"github.com/handsel-dev/handsel/server/web"
)

// face is the face of the customer's buy flow document, under /p2p. Its ads are
// those of the exchange, its offers are the orders; ids are the same. One coin is one
// unit of the ad's asset: 100 kopecks of a balance in rubles.
type face struct {
	*trade.Kit
	trading trading
}

// trading is what this face asks of the exchange, by role.
type trading struct {
	trade.Steps
	offered
}

// offered is what this document alone tells: to strangers that there is an offer, and since
// when an ad is traded.
type offered interface {
	Exists(ctx context.Context, community, id int64) (bool, error)
	Traded(ctx context.Context, ad listings.Ad) (from, until time.Time, err error)
}

// Face is the face with all its routes.
func Face(k *trade.Kit) web.Face {
	return web.Face{Tag: "buy flow", Under: []string{"/p2p/"}, Pages: true, Refusal: trade.OfferFault(), Routes: face{k, trading{k.Trading, k.Trading}}.routes()}
}

func (b face) routes() []web.Route {
	const post, offer = http.MethodPost, "/p2p/offer/"
	return []web.Route{
		{
			Method: http.MethodGet, Path: "/p2p/ad/detail/{id}", Access: web.Users,
			Summary: "Read an ad", Answer: web.JSON[trade.Reply[flowAd]](),
			Serve: b.User(b.adDetail),
		},
		{
			Method: post, Path: offer + "create", Access: web.Users, Keying: web.KeyHonoured,
			Summary: "Take an ad", Dry: true, Body: web.JSON[offerIn](), Answer: web.JSON[trade.Reply[flowOffer]](),
			Serve: b.User(b.createOffer),
		},
		{
			Method: post, Path: offer + "paid/{id}", Access: web.Users, Keying: web.KeyHonoured,
			Name: "buyFlow.confirmPaid", Summary: "Say that the fiat money was sent", Dry: true, Body: web.MaybeJSON[web.NoFields](), Answer: web.JSON[trade.Reply[*trade.Nothing]](),
			Serve: b.User(b.paid),
		},
		{
			Method: post, Path: offer + "cancel/{id}", Access: web.Users, Keying: web.KeyHonoured,
			Name: "buyFlow.cancelOffer", Summary: "Cancel an offer", Dry: true, Body: web.MaybeJSON[trade.CancelIn](), Answer: web.JSON[trade.Reply[*trade.Nothing]](),
			Serve: b.User(b.cancel),
		},
		{
			Method: post, Path: offer + "release/{id}", Access: web.Users, Keying: web.KeyHonoured,
			Name: "buyFlow.releaseOffer", Summary: "Say that the fiat money came, and release", Dry: true, Body: web.MaybeJSON[web.NoFields](), Answer: web.JSON[trade.Reply[*trade.Nothing]](),
			Serve: b.User(b.release),
		},
	}
}

// flowAd is an ad as the buy flow shows it.
type flowAd struct {
	ID               int64    `json:"id"`
	User             flowUser `json:"user"`
	CryptoCurrency   string   `json:"crypto_currency"`
	PricePerUnit     string   `json:"price_per_unit"`
	AdType           string   `json:"ad_type"` // the visitor's side
	PaymentMethod    string   `json:"payment_method"`
	FiatCurrency     string   `json:"fiat_currency"`
	CryptoAmount     string   `json:"crypto_amount"`
	StartDate        string   `json:"start_date"`
	EndDate          *string  `json:"end_date"`
	AutoReply        string   `json:"auto_reply_message"`
	Terms            string   `json:"terms_of_trade"`
	Additional       string   `json:"additional_information"`
	Status           string   `json:"status"`
	MaxLimit         string   `json:"max_limit"` // limits are in fiat
	MinLimit         string   `json:"min_limit"`
	TotalAvailable   string   `json:"total_available"`
	TradeStartedAt   *string  `json:"trade_started_at"`
	TradeCompletedAt *string  `json:"trade_completed_at"`
	AssetID          *int64   `json:"asset_id"`
	TimeToPay        int      `json:"time_to_pay"`    // hours, rounded up
	MinutesToPay     int      `json:"minutes_to_pay"` // an addition
}

// flowUser is all that this face tells of an ad's owner. The customer's document
// prints the whole row of its user table, secrets included: those names must never
// come back. The names that leak nothing are served; what Handsel does not know of a
// user has the value of somebody new.
type flowUser struct {
	ID              string           `json:"id"`
	Ratings         trade.RatingsOut `json:"ratings"`
	FullName        string           `json:"fullname"`
	CreatedAt       *time.Time       `json:"created_at"` // the month
	UpdatedAt       *time.Time       `json:"updated_at"` // the same: when a user was last seen is theirs
	IsBanned        bool             `json:"is_banned"`
	HasP2P          bool             `json:"has_p2p"`
	HasKYC          bool             `json:"has_kyc"`
	Country         *string          `json:"country"`
	CountryVerified bool             `json:"country_verified"`
	EmailVerified   bool             `json:"email_verified"`
	PhoneVerified   bool             `json:"phone_number_verified"`
}

func showFlowUser(u exchange.PublicUser) flowUser {
	out := flowUser{
		ID: u.ID, Ratings: trade.ShowRatings(u), FullName: u.FullName,
		IsBanned: u.Banned, HasP2P: true,
	}
	if since := u.Since.UTC(); !u.Since.IsZero() {
		month := time.Date(since.Year(), since.Month(), 1, 0, 0, 0, 0, time.UTC)
		out.CreatedAt, out.UpdatedAt = &month, &month
	}
	return out
}

func (b face) showAd(a listings.Ad, owner exchange.PublicUser) (flowAd, error) {
	rate, err := b.price(a)
	if err != nil {
		return flowAd{}, err
	}
	least, okLeast := rate.Cost(a.Min)
	most, okMost := rate.Cost(a.Max)
	if !okLeast || !okMost {
		return flowAd{}, errTooMuch
	}
	out := flowAd{
		ID: a.ID, User: showFlowUser(owner), CryptoCurrency: exchange.Coin(a.Asset), PricePerUnit: decimal(a.Rate, money.RateScale, fiatPlaces), AdType: "buy",
		FiatCurrency: strings.ToLower(string(a.Fiat)), CryptoAmount: decimal(a.Total, rate.From, coinPlaces), StartDate: a.CreatedAt.UTC().Format(time.DateOnly),
		Terms: a.Instructions, Status: string(a.Status), MaxLimit: decimal(most, rate.To, limitPlaces), MinLimit: decimal(least, rate.To, limitPlaces),
		TotalAvailable: decimal(a.Available, rate.From, limitPlaces), TimeToPay: (a.PayMinutes + 59) / 60, MinutesToPay: a.PayMinutes,
	}
	if a.Type == listings.Buy {
		out.AdType = "sell"
	}
	if a.Status == listings.Active {
		out.Status = "pending" // the only word that the document knows
	}
	if len(a.Methods) > 0 {
		out.PaymentMethod = a.Methods[0]
	}
	if !a.EndsAt.IsZero() {
		out.EndDate = web.OptionalText(a.EndsAt.UTC().Format(time.DateOnly))
	}
	return out, nil
}

func (b face) adDetail(r *trade.Request) error {
	a, err := r.FindAd()
	if err != nil {
		return reword(err, map[string]string{"ad_not_found": "Ad not found"})
	}
	people, err := r.People(a.Owner)
	if err != nil {
		return err
	}
	entity, err := b.showAd(a, people[a.Owner])
	if err != nil {
		return err
	}
	from, until, err := b.trading.Traded(r.Request.Context(), a)
	if err != nil {
		return err
	}
	entity.TradeStartedAt, entity.TradeCompletedAt = flowInstant(from), flowInstant(until)
	return web.Send(r.Context, http.StatusOK, trade.Success(entity, ""))
}

// flowInstant is an instant as the document writes it, null for none.
func flowInstant(at time.Time) *string {
	if at.IsZero() {
		return nil
	}
	text := at.UTC().Format(flowTime)
	return &text
}

// reword gives a fault the message that the customer's document has for its reason.
func reword(err error, messages map[string]string) error {
	f := fault.As(err)
	message, ok := messages[string(f.Reason)]
	if !ok {
		return err
	}
	worded := *f
	worded.Message = message
	return &worded
}
