package exchangeapi

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/server/trade"
	"github.com/handsel-dev/handsel/server/web"
)

func (p face) adRoutes() []web.Route {
	const get, post, ads = http.MethodGet, http.MethodPost, base + "ads"
	return []web.Route{
		{
			Method: get, Path: ads, Access: web.Public, Visitors: true,
			Summary: "List the ads that can be taken", Query: []string{"type", "asset", "fiat_currency", "amount", "payment_method", "sort_by", "limit", "offset"}, Answer: web.JSON[numberedPage[adOut]](),
			Serve: p.User(p.listAds),
		},
		{
			Method: post, Path: ads, Access: web.Users, Keying: web.KeyHonoured,
			Summary: "Post an ad", Body: web.JSON[adIn](), Answer: web.JSON[adOut](),
			Serve: p.User(p.createAd),
		},
		{
			Method: get, Path: ads + "/my", Access: web.Users,
			Name: "exchange.listMyAds", Summary: "List one's own ads", Query: []string{"limit", "offset"}, Answer: web.JSON[numberedPage[adOut]](),
			Serve: p.User(p.myAds),
		},
		{
			Method: get, Path: ads + "/{id}", Access: web.Users,
			Summary: "Read an ad", Answer: web.JSON[adOut](),
			Serve: p.User(p.readAd),
		},
		{
			Method: http.MethodPut, Path: ads + "/{id}", Access: web.Users, Keying: web.KeyHonoured,
			Summary: "Replace an ad", Body: web.JSON[adIn](), Answer: web.JSON[adOut](),
			Serve: p.User(p.replaceAd),
		},
		{
			Method: http.MethodDelete, Path: ads + "/{id}", Access: web.Users, Keying: web.KeyHonoured,
			Summary: "Close an ad for good", Body: web.MaybeJSON[web.NoFields](), Status: http.StatusNoContent,
			Serve: p.User(p.deleteAd),
		},
		{
			Method: post, Path: ads + "/{id}/pause", Access: web.Users, Keying: web.KeyHonoured,
			Summary: "Pause an ad", Body: web.MaybeJSON[web.NoFields](), Answer: web.JSON[adOut](),
			Serve: p.User(p.pauseAd),
		},
		{
			Method: post, Path: ads + "/{id}/resume", Access: web.Users, Keying: web.KeyHonoured,
			Summary: "Resume an ad", Body: web.MaybeJSON[web.NoFields](), Answer: web.JSON[adOut](),
			Serve: p.User(p.resumeAd),
		},
	}
}

// listAds shows the ads that the caller could take.
func (p face) listAds(r *trade.Request) error {
	f, err := p.adFilter(r)
	if err != nil {
		return err
	}
	all, total, err := p.Ads.List(r.Request.Context(), f)
	return p.sendAds(r, f.Page, all, total, err)
}

func (p face) adFilter(r *trade.Request) (f listings.AdFilter, err error) {
	page, err := r.Page(adsPerPage)
	if err != nil {
		return f, err
	}
	kind, err := r.OneOf("type", string(listings.Sell), string(listings.Buy))
	if err != nil {
		return f, err
	}
	sort, err := r.OneOf("sort_by", string(listings.ByRating), string(listings.ByOrdersCount), string(listings.ByBestPrice))
	if err != nil {
		return f, err
	}
	asset, err := p.asset(r, "asset")
	if err != nil {
		return f, err
	}
	amount, err := r.Whole("amount", 0, 1, p.Assets.Limit(asset))
	if err != nil {
		return f, err
	}
	var fiat money.Currency
	if r.Query.Has("fiat_currency") {
		if fiat, err = currencyCode("fiat_currency", r.Query.Get("fiat_currency")); err != nil {
			return f, err
		}
	}
	method := r.Query.Get("payment_method")
	if r.Query.Has("payment_method") && method == "" {
		return f, web.Missing("payment_method")
	}
	return listings.AdFilter{
		CommunityID: r.User.Community, Type: listings.AdType(kind), Asset: asset, Fiat: fiat, Amount: amount, Method: method,
		NotOwner: r.User.ID, Sort: listings.AdOrder(sort), Page: page,
	}, nil
}

func currencyCode(field, text string) (money.Currency, error) {
	c, err := money.ParseCurrency(text)
	if err != nil || string(c) != text {
		return "", web.Invalid("invalid_currency", field, "%s must be an ISO 4217 code in capitals, such as RUB", field)
	}
	return c, nil
}

// asset is the asset that the query names, by default the exchange's own.
func (p face) asset(r *trade.Request, name string) (money.Currency, error) {
	if !r.Query.Has(name) {
		return p.Asset, nil
	}
	return p.traded(name, r.Query.Get(name))
}

// traded checks the code of an asset that is traded here.
func (p face) traded(field, code string) (money.Currency, error) {
	all := append([]money.Currency{p.Asset}, p.Listed...)
	if !slices.Contains(all, money.Currency(code)) {
		return "", web.Invalid("invalid_asset", field, "%s must be one of %v", field, all)
	}
	return money.Currency(code), nil
}

func (p face) myAds(r *trade.Request) error {
	page, err := r.Page(adsPerPage)
	if err != nil {
		return err
	}
	all, total, err := p.Ads.Mine(r.Request.Context(), r.User.Community, r.User.ID, page)
	return p.sendAds(r, page, all, total, err)
}

func (p face) sendAds(r *trade.Request, page listings.Page, all []listings.Ad, total int64, err error) error {
	if err != nil {
		return err
	}
	shown, err := p.ads(r, all...)
	if err != nil {
		return err
	}
	return web.Send(r.Context, http.StatusOK, paged(shown, total, page))
}

func (p face) readAd(r *trade.Request) error {
	a, err := r.FindAd()
	if err != nil {
		return err
	}
	v, err := p.ad(r)(a, nil)
	if err != nil {
		return err
	}
	return web.Send(r.Context, http.StatusOK, v)
}

// ad shows one ad, or passes on the error that came instead of it.
func (p face) ad(r *trade.Request) func(listings.Ad, error) (any, error) {
	return func(a listings.Ad, err error) (any, error) {
		if err != nil {
			return nil, err
		}
		shown, err := p.ads(r, a)
		if err != nil {
			return nil, err
		}
		return shown[0], nil
	}
}

// adIn is the body of POST and PUT: all terms of an ad. The last four are
// additions to the customer's document.
type adIn struct {
	Type           *string        `json:"type" required:"true"`
	FiatCurrency   *string        `json:"fiat_currency" required:"true"`
	ExchangeRate   *int64         `json:"exchange_rate"`
	MinAmount      *int64         `json:"min_amount" required:"true"`
	MaxAmount      *int64         `json:"max_amount" required:"true"`
	PaymentMethods []string       `json:"payment_methods" required:"true"`
	PaymentDetails jsontext.Value `json:"payment_details" is:"object null"`
	Instructions   string         `json:"instructions"`
	TotalAmount    *int64         `json:"total_amount"`
	WindowMinutes  *int64         `json:"payment_window_minutes"`
	SingleOffer    bool           `json:"single_offer"`
	Asset          *string        `json:"asset"` // default: that of the ad, or the exchange's own
}

// terms checks what is there; what the values may be is checked by the ads. Amounts go
// up to most.
func (in adIn) terms(asset money.Currency, most int64) (listings.AdTerms, error) {
	const evenly = 100 // one for one
	_, kind := trade.Word("type", *in.Type, string(listings.Sell), string(listings.Buy))
	fiat, unit := currencyCode("fiat_currency", *in.FiatCurrency)
	if in.ExchangeRate == nil && fiat == asset {
		in.ExchangeRate = new(int64)
		*in.ExchangeRate = evenly
	}
	details, wrong := listings.ParseDetails(in.PaymentDetails)
	if err := fault.All(kind, unit,
		web.Required("exchange_rate", in.ExchangeRate != nil),
		web.Whole("min_amount", in.MinAmount, 1, most, "out_of_range"),
		web.Whole("max_amount", in.MaxAmount, 1, most, "out_of_range"),
		web.OptionalWhole("total_amount", in.TotalAmount, 1, most, "out_of_range"),
		web.OptionalWhole("payment_window_minutes", in.WindowMinutes, 5, 24*60, "out_of_range"),
		web.Required("payment_methods", len(in.PaymentMethods) > 0), wrong,
	); err != nil {
		return listings.AdTerms{}, err
	}
	t := listings.AdTerms{
		Type: listings.AdType(*in.Type), Asset: asset, Fiat: fiat, Rate: *in.ExchangeRate, Min: *in.MinAmount, Max: *in.MaxAmount,
		Methods: in.PaymentMethods, Details: details, Instructions: in.Instructions, SingleOffer: in.SingleOffer,
	}
	if in.TotalAmount != nil {
		t.Total = *in.TotalAmount
	}
	if in.WindowMinutes != nil {
		t.PayMinutes = int(*in.WindowMinutes)
	}
	return t, nil
}

// terms reads the body; otherwise is the asset of one that names none.
func (p face) terms(r *trade.Request, otherwise money.Currency) (listings.AdTerms, error) {
	var in adIn
	if err := r.Read(&in); err != nil {
		return listings.AdTerms{}, err
	}
	asset := otherwise
	var wrong error
	if in.Asset != nil {
		asset, wrong = p.traded("asset", *in.Asset)
	}
	most := int64(web.MaxAssetAmount)
	if wrong == nil {
		most = p.Assets.Limit(asset)
	}
	t, err := in.terms(asset, most)
	return t, fault.All(wrong, err)
}

func (p face) createAd(r *trade.Request) error {
	t, err := p.terms(r, p.Asset)
	if err != nil {
		return err
	}
	return r.Once(func() (any, error) {
		return p.ad(r)(p.Ads.Create(r.Request.Context(), r.User.Community, r.User.ID, t))
	})
}

func (p face) replaceAd(r *trade.Request) error {
	ref, err := p.adRef(r)
	if err != nil {
		return err
	}
	before, err := p.Ads.Get(r.Request.Context(), ref.Community, ref.ID)
	if err != nil {
		return err
	}
	t, err := p.terms(r, before.Asset) // amounts do not turn into those of another asset
	if err != nil {
		return err
	}
	return r.Once(func() (any, error) { return p.ad(r)(p.Ads.Update(r.Request.Context(), ref, t)) })
}

func (p face) adRef(r *trade.Request) (listings.Ref, error) {
	id, err := r.PathID(trade.ErrNoAd)
	return listings.Ref{Community: r.User.Community, ID: id, Actor: r.User.ID}, err
}

func (p face) deleteAd(r *trade.Request) error {
	ref, err := p.adRef(r)
	if err != nil {
		return err
	}
	if err := r.Nothing(); err != nil {
		return err
	}
	return r.Once(func() (any, error) { return nil, p.Ads.Delete(r.Request.Context(), ref) })
}

func (p face) pauseAd(r *trade.Request) error {
	ref, err := p.adRef(r)
	if err := cmp.Or(err, r.Nothing()); err != nil {
		return err
	}
	return r.Once(func() (any, error) { return p.ad(r)(p.Ads.Pause(r.Request.Context(), ref)) })
}

func (p face) resumeAd(r *trade.Request) error {
	ref, err := p.adRef(r)
	if err := cmp.Or(err, r.Nothing()); err != nil {
		return err
	}
	return r.Once(func() (any, error) { return p.ad(r)(p.Ads.Resume(r.Request.Context(), ref)) })
}
