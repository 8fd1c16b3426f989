package server

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
)

var errNoAd = fault.New(fault.NotFound, "ad_not_found", "there is no such ad")

func (p p2p) adRoutes() []p2pRoute {
	const get, post, ads = http.MethodGet, http.MethodPost, p2pBase + "ads"
	return []p2pRoute{
		{method: get, path: ads, run: p.listAds, visitors: true},
		{method: post, path: ads, run: p.createAd},
		{method: get, path: ads + "/my", run: p.myAds},
		{method: get, path: ads + "/{id}", run: p.readAd},
		{method: http.MethodPut, path: ads + "/{id}", run: p.replaceAd},
		{method: http.MethodDelete, path: ads + "/{id}", run: p.deleteAd},
		{method: post, path: ads + "/{id}/pause", run: p.pauseAd},
		{method: post, path: ads + "/{id}/resume", run: p.resumeAd},
	}
}

// listAds shows the ads that the caller could take.
func (p p2p) listAds(r *request) error {
	f, err := r.adFilter()
	if err != nil {
		return err
	}
	all, total, err := p.Ads.List(r.Request.Context(), f)
	return r.sendAds(f.Page, all, total, err)
}

func (r *request) adFilter() (f listings.AdFilter, err error) {
	page, err := r.page(adsPerPage)
	if err != nil {
		return f, err
	}
	kind, err := r.oneOf("type", string(listings.Sell), string(listings.Buy))
	if err != nil {
		return f, err
	}
	sort, err := r.oneOf("sort_by", string(listings.ByRating), string(listings.ByOrdersCount), string(listings.ByBestPrice))
	if err != nil {
		return f, err
	}
	asset, err := r.asset("asset")
	if err != nil {
		return f, err
	}
	amount, err := r.whole("amount", 0, 1, r.p2p.Assets.Limit(asset))
	if err != nil {
		return f, err
	}
	var fiat money.Currency
	if r.query.Has("fiat_currency") {
		if fiat, err = currencyCode("fiat_currency", r.query.Get("fiat_currency")); err != nil {
			return f, err
		}
	}
	method := r.query.Get("payment_method")
	if r.query.Has("payment_method") && method == "" {
		return f, missing("payment_method")
	}
	return listings.AdFilter{
		CommunityID: r.user.Community, Type: listings.AdType(kind), Asset: asset, Fiat: fiat, Amount: amount, Method: method,
		NotOwner: r.user.ID, Sort: listings.AdOrder(sort), Page: page,
	}, nil
}

func currencyCode(field, text string) (money.Currency, error) {
	c, err := money.ParseCurrency(text)
	if err != nil || string(c) != text {
		return "", invalid("invalid_currency", field, "%s must be an ISO 4217 code in capitals, such as RUB", field)
	}
	return c, nil
}

// asset is the asset that the query names, by default the exchange's own.
func (r *request) asset(name string) (money.Currency, error) {
	if !r.query.Has(name) {
		return r.p2p.Asset, nil
	}
	return r.p2p.traded(name, r.query.Get(name))
}

// traded checks the code of an asset that is traded here.
func (p p2p) traded(field, code string) (money.Currency, error) {
	all := append([]money.Currency{p.Asset}, p.Listed...)
	if !slices.Contains(all, money.Currency(code)) {
		return "", invalid("invalid_asset", field, "%s must be one of %v", field, all)
	}
	return money.Currency(code), nil
}

func (p p2p) myAds(r *request) error {
	page, err := r.page(adsPerPage)
	if err != nil {
		return err
	}
	all, total, err := p.Ads.Mine(r.Request.Context(), r.user.Community, r.user.ID, page)
	return r.sendAds(page, all, total, err)
}

func (r *request) sendAds(page listings.Page, all []listings.Ad, total int64, err error) error {
	if err != nil {
		return err
	}
	shown, err := r.ads(all...)
	if err != nil {
		return err
	}
	return send(r.Context, http.StatusOK, list{shown, total, page.Limit, page.Offset})
}

func (p p2p) readAd(r *request) error {
	a, err := r.findAd()
	if err != nil {
		return err
	}
	v, err := r.ad(a, nil)
	if err != nil {
		return err
	}
	return send(r.Context, http.StatusOK, v)
}

// findAd finds the ad of the path. A closed one is gone, for its owner too.
func (r *request) findAd() (listings.Ad, error) {
	id, err := r.pathID(errNoAd)
	if err != nil {
		return listings.Ad{}, err
	}
	a, err := r.p2p.Ads.Get(r.Request.Context(), r.user.Community, id)
	if err == nil && a.Status == listings.Closed {
		return a, errNoAd
	}
	return a, err
}

// ad shows one ad, or passes on the error that came instead of it.
func (r *request) ad(a listings.Ad, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	shown, err := r.ads(a)
	if err != nil {
		return nil, err
	}
	return shown[0], nil
}

// adIn is the body of POST and PUT: all terms of an ad. The last four are
// additions to the customer's document.
type adIn struct {
	Type           *string        `json:"type"`
	FiatCurrency   *string        `json:"fiat_currency"`
	ExchangeRate   *int64         `json:"exchange_rate"`
	MinAmount      *int64         `json:"min_amount"`
	MaxAmount      *int64         `json:"max_amount"`
	PaymentMethods []string       `json:"payment_methods"`
	PaymentDetails jsontext.Value `json:"payment_details"`
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
	var none listings.AdTerms
	if in.Type == nil || in.FiatCurrency == nil {
		return none, cmp.Or(required("type", in.Type != nil), missing("fiat_currency"))
	}
	if _, err := word("type", *in.Type, string(listings.Sell), string(listings.Buy)); err != nil {
		return none, err
	}
	fiat, err := currencyCode("fiat_currency", *in.FiatCurrency)
	if err != nil {
		return none, err
	}
	if in.ExchangeRate == nil && fiat == asset {
		in.ExchangeRate = new(int64)
		*in.ExchangeRate = evenly
	}
	if err := cmp.Or(
		required("exchange_rate", in.ExchangeRate != nil),
		whole("min_amount", in.MinAmount, 1, most, "out_of_range"),
		whole("max_amount", in.MaxAmount, 1, most, "out_of_range"),
		optionalWhole("total_amount", in.TotalAmount, 1, most, "out_of_range"),
		optionalWhole("payment_window_minutes", in.WindowMinutes, 5, 24*60, "out_of_range"),
		required("payment_methods", len(in.PaymentMethods) > 0),
	); err != nil {
		return none, err
	}
	details, err := listings.ParseDetails(in.PaymentDetails)
	if err != nil {
		return none, err
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
func (r *request) terms(otherwise money.Currency) (listings.AdTerms, error) {
	var in adIn
	if err := r.read(&in); err != nil {
		return listings.AdTerms{}, err
	}
	asset := otherwise
	if in.Asset != nil {
		var err error
		if asset, err = r.p2p.traded("asset", *in.Asset); err != nil {
			return listings.AdTerms{}, err
		}
	}
	return in.terms(asset, r.p2p.Assets.Limit(asset))
}

func (p p2p) createAd(r *request) error {
	t, err := r.terms(p.Asset)
	if err != nil {
		return err
	}
	return r.once(func() (any, error) {
		return r.ad(p.Ads.Create(r.Request.Context(), r.user.Community, r.user.ID, t))
	})
}

func (p p2p) replaceAd(r *request) error {
	ref, err := r.adRef()
	if err != nil {
		return err
	}
	before, err := p.Ads.Get(r.Request.Context(), ref.Community, ref.ID)
	if err != nil {
		return err
	}
	t, err := r.terms(before.Asset) // amounts do not turn into those of another asset
	if err != nil {
		return err
	}
	return r.once(func() (any, error) { return r.ad(p.Ads.Update(r.Request.Context(), ref, t)) })
}

func (r *request) adRef() (listings.Ref, error) {
	id, err := r.pathID(errNoAd)
	return listings.Ref{Community: r.user.Community, ID: id, Actor: r.user.ID}, err
}

func (p p2p) deleteAd(r *request) error {
	ref, err := r.adRef()
	if err != nil {
		return err
	}
	if err := r.nothing(); err != nil {
		return err
	}
	if err := p.Ads.Delete(r.Request.Context(), ref); err != nil {
		return err
	}
	r.Status(http.StatusNoContent)
	return nil
}

func (p p2p) pauseAd(r *request) error {
	ref, err := r.adRef()
	if err := cmp.Or(err, r.nothing()); err != nil {
		return err
	}
	return r.once(func() (any, error) { return r.ad(p.Ads.Pause(r.Request.Context(), ref)) })
}

func (p p2p) resumeAd(r *request) error {
	ref, err := r.adRef()
	if err := cmp.Or(err, r.nothing()); err != nil {
		return err
	}
	return r.once(func() (any, error) { return r.ad(p.Ads.Resume(r.Request.Context(), ref)) })
}
