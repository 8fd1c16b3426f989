// Package paytrail lets buyers pay through Paytrail, once Checkout Finland. A payment is
// opened for the merchant of the platform with the sellers' own merchants in its items
// (shop-in-shop): what the seller gets is theirs at Paytrail from the moment the buyer has
// paid, less the marketplace's commission, and Paytrail pays it out in its own settlement.
//
// A buyer who has saved a card can have the money held on it before: it is the seller's once the hold is committed (cards.go).
//
// So the marketplace holds nothing, and no call pays a seller. To transfer is to look whether the payment
// stands: a seller without a merchant at Paytrail can open no deal here, so that no deal ends
// as paid whose seller nobody paid. Where the marketplace wants to hold their money (Config.Holding), the items are
// sold for its own merchant, and their deals end with a payout that is due. Texts for users must not say that Paytrail holds money.
//
// Paytrail repeats no answer under a key, finds no payment by a text of ours and shows no
// refund beside its payment (official API, 8c1b5e0). What follows of each is said where it
// matters: open.go, refund.go and lookup.go.
package paytrail

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Origin is that of Paytrail's own API.
const Origin = "https://services.paytrail.com"

// Config is what the gateway needs; Merchant, Secret, Callback, Back and Accounts are
// required.
type Config struct {
	Merchant string // id of the platform's aggregate merchant
	Secret   string `json:"-"` // that signs both ways; never printed
	BaseURL  string // origin of the API; default Origin
	// Callback is where Paytrail tells us what happened: our address for its messages.
	Callback string
	// Back is where the buyer goes after the page, unless the transition's input says so.
	Back string
	// Commission is the merchant that gets the marketplace's fees; without one deals with
	// fees are refused.
	Commission string
	// Holding is the marketplace's own merchant, for which the items of sellers without one are sold: the marketplace holds their
	// money then, and pays them itself. Empty: such sellers can open no deal.
	Holding  string
	Language string                // of the page: FI, SV or EN; default EN
	Accounts orchestrator.Accounts // the sellers' merchants, and whose e-mail address is which
	// Stranger and OpenAccount are those of gateway.Surroundings.
	Stranger    func(community int64, user string) (orchestrator.Profile, bool)
	OpenAccount func(ctx context.Context, community int64, user string) (merchant string, ok bool, err error)
	Transport   http.RoundTripper // default http.DefaultTransport
	Now         func() time.Time  // real time, for signatures; default time.Now
	Nonce       func() string     // a new one for every call; default 128 random bits
}

// String hides the secret.
func (c Config) String() string { return "paytrail at " + c.BaseURL }

// GoString hides the secret too.
func (c Config) GoString() string { return c.String() }

// Gateway is Paytrail behind the engine's port. It is safe for concurrent use.
type Gateway struct {
	Config
	api    *api
	tokens *sealer
}

var (
	_ orchestrator.Gateway      = (*Gateway)(nil)
	_ orchestrator.Limited      = (*Gateway)(nil)
	_ orchestrator.Linking      = (*Gateway)(nil)
	_ orchestrator.Itemizing    = (*Gateway)(nil)
	_ orchestrator.SendingOnce  = (*Gateway)(nil)
	_ orchestrator.GivingUp     = (*Gateway)(nil)
	_ orchestrator.PayingSome   = (*Gateway)(nil)
	_ orchestrator.Preparing    = (*Gateway)(nil)
	_ orchestrator.Particular   = (*Gateway)(nil)
	_ orchestrator.SellersThere = (*Gateway)(nil)
)

// New checks the configuration.
func New(c Config) (*Gateway, error) {
	if c.Merchant == "" || c.Secret == "" || c.Callback == "" || c.Back == "" || c.Accounts == nil {
		return nil, errors.New("paytrail: Merchant, Secret, Callback, Back and Accounts are required")
	}
	if c.BaseURL == "" {
		c.BaseURL = Origin
	}
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	if u, err := url.Parse(c.BaseURL); err != nil || u.Host == "" || !gateway.IsSafeURL(c.BaseURL) {
		return nil, fmt.Errorf("paytrail: BaseURL %q must be an https URL (http only for a loopback address)", c.BaseURL)
	}
	if c.Language == "" {
		c.Language = "EN"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Nonce == nil {
		c.Nonce = func() string {
			b := make([]byte, 16)
			_, _ = rand.Read(b) // never fails
			return hex.EncodeToString(b)
		}
	}
	calls := newAPI(c)
	tokens, err := newSealer(c.Secret)
	c.Secret = ""
	return &Gateway{Config: c, api: calls, tokens: tokens}, err
}

// Name is "paytrail".
func (g *Gateway) Name() string { return name }

const name = "paytrail"

// TakesRows tells that items are made of an invoice's rows.
func (g *Gateway) TakesRows() {}

// Kind is what is known of the gateway.
func Kind() orchestrator.Kind {
	return orchestrator.Kind{
		Name: name, Once: []string{"checkout"}, Currencies: []money.Currency{euro}, Can: process.Does(process.Authorize, process.Charge, process.Capture, process.Void, process.Refund, process.Transfer),
		Payee: `Paytrail pays sellers only as sub-merchants: they need a merchant of their own there that is linked here (docs/sellers.md)`,
	}
}

// Paytrail takes one currency, and no larger payment than this, in cents (official API).
const (
	euro      money.Currency = "EUR"
	maxAmount int64          = 99_999_998
)

// Takes refuses what no payment at Paytrail can be of.
func (g *Gateway) Takes(_ process.Verb, a money.Amount) error {
	if a.Currency() != euro || a.Minor() < 1 || a.Minor() > maxAmount {
		return fault.New(fault.Invalid, codeAmount, "%s cannot be paid through paytrail: it takes EUR, from 1 to %d cents", a, maxAmount)
	}
	return nil
}

var merchantShape = regexp.MustCompile(`^[0-9]{1,20}$`)

// CanReceive reports whether the user has a merchant of their own at Paytrail, which items
// can be sold for, or whether the marketplace pays those who have none. Paytrail has no call that says more of it.
func (g *Gateway) CanReceive(ctx context.Context, community int64, user string) (bool, error) {
	merchant, err := g.merchant(ctx, community, user)
	return err == nil && (merchant != "" || g.Holding != ""), err
}

// LeavesPayout reports whether the marketplace sells for the user with its own merchant.
func (g *Gateway) LeavesPayout(ctx context.Context, community int64, user string) (bool, error) {
	if g.Holding == "" {
		return false, nil
	}
	merchant, err := g.merchant(ctx, community, user)
	return err == nil && merchant == "", err
}

// Seller is the user's merchant, of which Paytrail tells nothing more.
func (g *Gateway) Seller(ctx context.Context, community int64, user string) (orchestrator.SellerAccount, error) {
	merchant, err := g.merchant(ctx, community, user)
	if err != nil || merchant == "" {
		return orchestrator.SellerAccount{Status: orchestrator.SellerMissing, CanBePaid: err == nil && g.Holding != ""}, err
	}
	s := orchestrator.SellerAccount{ID: merchant, Status: orchestrator.SellerActive, CanBePaid: true, GetsPayouts: true, Currencies: []string{"EUR"}}
	if merchant == dryMerchant {
		s.ID = ""
	}
	return s, nil
}

// KnowsAccount reports whether a merchant can be a seller's. Whether Paytrail has it shows when
// the first payment is opened.
func (g *Gateway) KnowsAccount(_ context.Context, _ int64, _, account string) (bool, error) {
	return g.sells(account), nil
}

// sells reports whether a merchant can be a seller's: items cannot be sold for the aggregate, and what is sold for the
// marketplace's own merchants, which hold money and get its fees, nobody else gets.
func (g *Gateway) sells(merchant string) bool {
	return merchantShape.MatchString(merchant) && !slices.Contains([]string{g.Merchant, g.Holding, g.Commission}, merchant)
}

// soldFor is the merchant for which a deal's items are sold; empty: the seller has none, and the deal wants one.
func (g *Gateway) soldFor(ctx context.Context, tx orchestrator.Transaction) (string, error) {
	if tx.MarketplacePays {
		return g.Holding, nil
	}
	return g.merchant(ctx, tx.CommunityID, tx.Seller)
}

// dryMerchant stands for one that would be opened.
const dryMerchant = "0"

// merchant finds the user's merchant or, in sandboxes, has one opened; empty: there is none.
func (g *Gateway) merchant(ctx context.Context, community int64, user string) (string, error) {
	id, found, err := g.Accounts.Account(ctx, community, user, g.Name())
	if err != nil {
		return "", err
	}
	if !found && g.OpenAccount != nil {
		if id, found, err = g.OpenAccount(ctx, community, user); err != nil || !found {
			return "", err
		}
		if orchestrator.IsDryRun(ctx) {
			return dryMerchant, nil
		}
		if id, err = g.Accounts.SaveAccount(ctx, community, user, g.Name(), id); err != nil {
			return "", err
		}
	}
	if !found || !g.sells(id) {
		return "", nil
	}
	return id, nil
}
