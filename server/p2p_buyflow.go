package server

import (
	"net/http"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
)

// buyFlow is the face of the customer's buy flow document, under /p2p. Its ads are
// those of the exchange, its offers are the orders; ids are the same. One coin is one
// unit of the ad's asset: 100 kopecks of a balance in rubles.
type buyFlow struct{ *tradeKit }

// BuyFlowFace is the face with all its routes.
func BuyFlowFace(k *tradeKit) Face {
	return Face{Tag: "buy flow", Under: []string{"/p2p/"}, Refusal: OfferFault(), Routes: buyFlow{k}.routes()}
}

func (b buyFlow) routes() []Route {
	const post, offer = http.MethodPost, "/p2p/offer/"
	return []Route{
		{
			Method: http.MethodGet, Path: "/p2p/ad/detail/{id}", Access: Users,
			Summary: "Read an ad", Answer: is[reply[flowAd]](),
			Serve: b.User(b.adDetail),
		},
		{
			Method: post, Path: offer + "create", Access: Users, Keying: KeyHonoured,
			Summary: "Take an ad", Dry: true, Body: is[offerIn](), Answer: is[reply[flowOffer]](),
			Serve: b.User(b.createOffer),
		},
		{
			Method: post, Path: offer + "paid/{id}", Access: Users, Keying: KeyHonoured,
			Summary: "Say that the fiat money was sent", Dry: true, Body: maybe[noFields](), Answer: is[reply[*nothing]](),
			Serve: b.User(b.paid),
		},
		{
			Method: post, Path: offer + "cancel/{id}", Access: Users, Keying: KeyHonoured,
			Summary: "Cancel an offer", Dry: true, Body: maybe[cancelIn](), Answer: is[reply[*nothing]](),
			Serve: b.User(b.cancel),
		},
		{
			Method: post, Path: offer + "release/{id}", Access: Users, Keying: KeyHonoured,
			Summary: "Say that the fiat money came, and release", Dry: true, Body: maybe[noFields](), Answer: is[reply[*nothing]](),
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
	ID              string     `json:"id"`
	Ratings         ratingsOut `json:"ratings"`
	FullName        string     `json:"fullname"`
	CreatedAt       *time.Time `json:"created_at"` // the month
	UpdatedAt       *time.Time `json:"updated_at"` // the same: when a user was last seen is theirs
	IsBanned        bool       `json:"is_banned"`
	HasP2P          bool       `json:"has_p2p"`
	HasKYC          bool       `json:"has_kyc"`
	Country         *string    `json:"country"`
	CountryVerified bool       `json:"country_verified"`
	EmailVerified   bool       `json:"email_verified"`
	PhoneVerified   bool       `json:"phone_number_verified"`
}

func showFlowUser(u exchange.PublicUser) flowUser {
	out := flowUser{
		ID: u.ID, Ratings: showRatings(u), FullName: u.FullName,
		IsBanned: u.Banned, HasP2P: true,
	}
	if since := u.Since.UTC(); !u.Since.IsZero() {
		month := time.Date(since.Year(), since.Month(), 1, 0, 0, 0, 0, time.UTC)
		out.CreatedAt, out.UpdatedAt = &month, &month
	}
	return out
}

func (b buyFlow) showAd(a listings.Ad, owner exchange.PublicUser) (flowAd, error) {
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
		out.EndDate = optionalText(a.EndsAt.UTC().Format(time.DateOnly))
	}
	return out, nil
}

func (b buyFlow) adDetail(r *request) error {
	a, err := r.findAd()
	if err != nil {
		return reword(err, map[string]string{"ad_not_found": "Ad not found"})
	}
	people, err := r.people(a.Owner)
	if err != nil {
		return err
	}
	entity, err := b.showAd(a, people[a.Owner])
	if err != nil {
		return err
	}
	from, until, err := b.Trading.Traded(r.Request.Context(), a)
	if err != nil {
		return err
	}
	entity.TradeStartedAt, entity.TradeCompletedAt = flowInstant(from), flowInstant(until)
	return send(r.Context, http.StatusOK, success(entity, ""))
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
	message, ok := messages[f.Reason]
	if !ok {
		return err
	}
	worded := *f
	worded.Message = message
	return &worded
}
