package server

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
)

func (p p2p) adRoutes() []Route {
	const get, post, ads = http.MethodGet, http.MethodPost, p2pBase + "ads"
	return []Route{
		{
			Method: get, Path: ads, Access: Public, Visitors: true,
			Summary: "List the ads that can be taken", Query: []string{"type", "asset", "fiat_currency", "amount", "payment_method", "sort_by", "limit", "offset"}, Answer: is[numberedPage[adOut]](),
			Serve: p.User(p.listAds),
		},
		{
			Method: post, Path: ads, Access: Users, Keying: KeyHonoured,
			Summary: "Post an ad", Body: is[adIn](), Answer: is[adOut](),
			Serve: p.User(p.createAd),
		},
		{
			Method: get, Path: ads + "/my", Access: Users,
			Summary: "List one's own ads", Query: []string{"limit", "offset"}, Answer: is[numberedPage[adOut]](),
			Serve: p.User(p.myAds),
		},
		{
			Method: get, Path: ads + "/{id}", Access: Users,
			Summary: "Read an ad", Answer: is[adOut](),
			Serve: p.User(p.readAd),
		},
		{
			Method: http.MethodPut, Path: ads + "/{id}", Access: Users,
			Summary: "Replace an ad", Body: is[adIn](), Answer: is[adOut](),
			Serve: p.User(p.replaceAd),
		},
		{
			Method: http.MethodDelete, Path: ads + "/{id}", Access: Users,
			Summary: "Close an ad for good", Body: maybe[noFields](), Status: http.StatusNoContent,
			Serve: p.User(p.deleteAd),
		},
		{
			Method: post, Path: ads + "/{id}/pause", Access: Users, Keying: KeyHonoured,
			Summary: "Pause an ad", Body: maybe[noFields](), Answer: is[adOut](),
			Serve: p.User(p.pauseAd),
		},
		{
			Method: post, Path: ads + "/{id}/resume", Access: Users, Keying: KeyHonoured,
			Summary: "Resume an ad", Body: maybe[noFields](), Answer: is[adOut](),
			Serve: p.User(p.resumeAd),
		},
	}
}

// listAds shows the ads that the caller could take.
func (p p2p) listAds(r *request) error {
	f, err := p.adFilter(r)
	if err != nil {
		return err
	}
	all, total, err := p.Ads.List(r.Request.Context(), f)
	return p.sendAds(r, f.Page, all, total, err)
}

func (p p2p) adFilter(r *request) (f listings.AdFilter, err error) {
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
	asset, err := p.asset(r, "asset")
	if err != nil {
		return f, err
	}
	amount, err := r.whole("amount", 0, 1, p.Assets.Limit(asset))
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
func (p p2p) asset(r *request, name string) (money.Currency, error) {
	if !r.query.Has(name) {
		return p.Asset, nil
	}
	return p.traded(name, r.query.Get(name))
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
	return p.sendAds(r, page, all, total, err)
}

func (p p2p) sendAds(r *request, page listings.Page, all []listings.Ad, total int64, err error) error {
	if err != nil {
		return err
	}
	shown, err := p.ads(r, all...)
	if err != nil {
		return err
	}
	return send(r.Context, http.StatusOK, paged(shown, total, page))
}

func (p p2p) readAd(r *request) error {
	a, err := r.findAd()
	if err != nil {
		return err
	}
	v, err := p.ad(r)(a, nil)
	if err != nil {
		return err
	}
	return send(r.Context, http.StatusOK, v)
}

// ad shows one ad, or passes on the error that came instead of it.
func (p p2p) ad(r *request) func(listings.Ad, error) (any, error) {
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
func (p p2p) terms(r *request, otherwise money.Currency) (listings.AdTerms, error) {
	var in adIn
	if err := r.read(&in); err != nil {
		return listings.AdTerms{}, err
	}
	asset := otherwise
	if in.Asset != nil {
		var err error
		if asset, err = p.traded("asset", *in.Asset); err != nil {
			return listings.AdTerms{}, err
		}
	}
	return in.terms(asset, p.Assets.Limit(asset))
}

func (p p2p) createAd(r *request) error {
	t, err := p.terms(r, p.Asset)
	if err != nil {
		return err
	}
	return r.once(func() (any, error) {
		return p.ad(r)(p.Ads.Create(r.Request.Context(), r.user.Community, r.user.ID, t))
	})
}

func (p p2p) replaceAd(r *request) error {
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
	return r.once(func() (any, error) { return p.ad(r)(p.Ads.Update(r.Request.Context(), ref, t)) })
}

func (p p2p) adRef(r *request) (listings.Ref, error) {
	id, err := r.pathID(errNoAd)
	return listings.Ref{Community: r.user.Community, ID: id, Actor: r.user.ID}, err
}

func (p p2p) deleteAd(r *request) error {
	ref, err := p.adRef(r)
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
	ref, err := p.adRef(r)
	if err := cmp.Or(err, r.nothing()); err != nil {
		return err
	}
	return r.once(func() (any, error) { return p.ad(r)(p.Ads.Pause(r.Request.Context(), ref)) })
}

func (p p2p) resumeAd(r *request) error {
	ref, err := p.adRef(r)
	if err := cmp.Or(err, r.nothing()); err != nil {
		return err
	}
	return r.once(func() (any, error) { return p.ad(r)(p.Ads.Resume(r.Request.Context(), ref)) })
}
