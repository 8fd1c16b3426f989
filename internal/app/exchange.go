package app

import (
	"cmp"
	"context"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/internal/usertoken"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	servertrade "github.com/handsel-dev/handsel/server/trade"
)

// Exchange switches the P2P exchange on.
type Exchange struct {
	Tokens    []usertoken.Config // of the communities' users, one issuer each
	Asset     money.Currency     // what is traded where nothing is named; default RUB
	Listed    []money.Currency   // may be traded in addition
	Assets    money.Assets       // the decimals of those that are not of ISO 4217
	Community int64              // whose ads a visitor without a token sees; 0: a token is needed
	// MinDeposit is how much a user must have deposited before they may sell by
	// taking an ad, in minor units; 0: nothing.
	MinDeposit     int64
	TokenInQuery   bool
	ReleaseEarly   bool
	AllowedOrigins []string
	LocalOrigins   bool // scripts of pages of this machine may call, whatever their port
	// Rules are those of communities that have set none; default exchange.DefaultRules.
	Rules exchange.Rules
}

// trade is the exchange and what its faces need.
type trade struct {
	exchange *exchange.Service
	ads      *listings.Ads
	verifier *usertoken.Verifier
}

// keepAssets stores the assets that are set up, with their decimals, and reads those
// that ever were: balances of one that is traded no more can be read and paid out.
func (a *App) keepAssets(ctx context.Context, c Config) error {
	var wanted []money.Asset
	if c.Exchange != nil {
		wanted = c.Exchange.Assets.List()
	}
	var err error
	a.assets, err = a.Store.KeepAssets(ctx, wanted)
	return err
}

// openExchange builds the exchange over the engine and the rooms around it.
func (a *App) openExchange(ctx context.Context, c Config) (*trade, error) {
	box, err := a.Store.Box(ctx)
	if err != nil {
		return nil, err
	}
	t := &trade{}
	if t.verifier, err = usertoken.New(c.Exchange.Tokens...); err != nil {
		return nil, err
	}
	if t.ads, err = listings.NewAds(listings.AdsConfig{Store: a.Store, Sealer: box, OpenOrders: a.Store.OpenOrders, Now: c.Now}); err != nil {
		return nil, err
	}
	config := exchange.Config{
		Engine: a.Engine, Books: a.Store, Ads: t.ads, Store: a.Store.ForExchange(), Conversations: a.Conversations, Sealer: box,
		Asset: c.Exchange.Asset, Listed: c.Exchange.Listed, Assets: a.assets, Defaults: c.Exchange.Rules, ReleaseEarly: c.Exchange.ReleaseEarly,
		Now: c.Now, Log: c.Log,
	}
	if c.Exchange.MinDeposit > 0 {
		config.MinDeposit = exchange.MinimumDeposit{Deposits: a.Store.Records, Minimum: c.Exchange.MinDeposit, Currency: cmp.Or(c.Exchange.Asset, "RUB"), Assets: a.assets}
	}
	t.exchange, err = exchange.New(config)
	return t, err
}

// face is what the HTTP faces of the exchange are built from.
func (t *trade) face(a *App, c *Exchange) *servertrade.Exchange {
	if t == nil {
		return nil
	}
	return &servertrade.Exchange{
		Trading: t.exchange, Ads: t.ads, Tokens: t.verifier, Feed: a.Store.Feed, Hub: a.Hub, Tickets: a.Store.Tickets, Replies: a.Store.Replies,
		Evidence: a.Conversations, Asset: c.Asset, Listed: c.Listed, Community: c.Community,
		TokenInQuery: c.TokenInQuery, ReleaseEarly: c.ReleaseEarly, AllowedOrigins: c.AllowedOrigins, LocalOrigins: c.LocalOrigins,
	}
}
