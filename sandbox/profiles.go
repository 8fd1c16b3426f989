package sandbox

import "slices"

// The profiles: which description of the API is played. Those with a month are the official ones, which only ever grew.
const (
	// ProfileSeed plays the customer's document: its words for the state of face-to-face transactions, its three fields of
	// a charge, and its code for a remainder that is paid.
	ProfileSeed = "seed"
	// Profile202601 plays the description of January 2026.
	Profile202601 = "2026-01"
	// Profile202602 adds the client's part of each charge, in both models.
	Profile202602 = "2026-02"
	// Profile202607 adds, to face-to-face transactions, what is charged beside the price, the service's part of each charge, the
	// category of a complaint, metadata, and more currencies. Names of guests are optional, and nobody is told of a joined
	// transaction since 20 May 2026.
	Profile202607 = "2026-07"
	// ProfileCurrent is the newest.
	ProfileCurrent = Profile202607
)

// Profiles lists all of them, the oldest first.
func Profiles() []string { return []string{ProfileSeed, Profile202601, Profile202602, Profile202607} }

// since reports whether a profile has what came with another one.
func since(profile, first string) bool {
	return slices.Index(Profiles(), profile) >= slices.Index(Profiles(), first)
}

// as is the pricing with the fields that a profile has: parts of charges that this emulator does not charge are 0.
func (p Pricing) as(profile string) Pricing {
	extra := p.extra()
	p.PriceExtra = nil
	if since(profile, Profile202602) {
		p.ChargeBuyerClient, p.ChargeSellerClient = new(int64), new(int64)
	}
	if since(profile, Profile202607) {
		p.PriceExtra, p.ExtraProcessingCharge = &extra, new(int64)
		p.ChargeBuyerService, p.ChargeSellerService = new(p.Charge), new(p.ChargeSeller)
	}
	return p
}

// extra is what the buyer pays beside price and charge, in minor units.
func (p Pricing) extra() int64 {
	if p.PriceExtra == nil {
		return 0
	}
	return *p.PriceExtra
}

// f2fCurrencies are those that only face-to-face transactions have, since July 2026.
func f2fCurrencies() []string { return []string{"aed", "brl", "cad", "chf", "czk", "dkk", "rsd"} }

// offers reports whether a deal may be in a currency.
func (w *state) offers(f2f bool, currency string) bool {
	return slices.Contains(w.cfg.Currencies, currency) ||
		f2f && w.cfg.usualCurrencies && since(w.cfg.Profile, Profile202607) && slices.Contains(f2fCurrencies(), currency)
}

// complaintCategories are those of a complaint about a face-to-face transaction.
func complaintCategories() []string {
	return []string{"item_not_received", "item_not_as_described", "other"}
}
