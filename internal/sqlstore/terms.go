package sqlstore

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
)

// terms is what was agreed when a deal was opened, as it is stored. Members are
// only ever added.
type terms struct {
	SellerPays        bool                  `json:"seller_pays,omitzero"`
	FeesBy            string                `json:"fees_by,omitzero"`
	MarketplacePays   bool                  `json:"marketplace_pays,omitzero"`
	SellerBasisPoints int64                 `json:"seller_basis_points,omitzero"`
	SellerMinimum     int64                 `json:"seller_minimum,omitzero"` // of any currency, in deals of before
	SellerMinimums    pricing.Minimums      `json:"seller_minimums,omitzero"`
	BuyerBasisPoints  int64                 `json:"buyer_basis_points,omitzero"`
	BuyerMinimum      int64                 `json:"buyer_minimum,omitzero"`
	BuyerMinimums     pricing.Minimums      `json:"buyer_minimums,omitzero"`
	CommissionRule    pricing.Rule          `json:"commission_rule,omitzero"`
	BuyerFeeRule      pricing.Rule          `json:"buyer_fee_rule,omitzero"`
	Booking           *orchestrator.Booking `json:"booking,omitzero"`
	Attributes        map[string]string     `json:"attributes,omitzero"`
}

func encodeTerms(t *deal) (string, error) {
	for name, value := range t.Attributes {
		if !storable(name) || !storable(value) {
			return "", errText
		}
	}
	return encode(terms{
		SellerPays: t.SellerPays, FeesBy: t.FeesBy, MarketplacePays: t.MarketplacePays, Booking: t.Booking, Attributes: t.Attributes,
		SellerBasisPoints: t.Policy.SellerBasisPoints, SellerMinimum: t.Policy.AnySellerMinimum, SellerMinimums: t.Policy.SellerMinimums,
		BuyerBasisPoints: t.Policy.BuyerBasisPoints, BuyerMinimum: t.Policy.AnyBuyerMinimum, BuyerMinimums: t.Policy.BuyerMinimums,
		CommissionRule: t.Policy.CommissionRule, BuyerFeeRule: t.Policy.BuyerFeeRule,
	})
}

func decodeTerms(t *deal, text string) error {
	var s terms
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return fmt.Errorf("stored terms: %w", err)
	}
	t.SellerPays, t.FeesBy, t.Booking, t.Attributes = s.SellerPays, s.FeesBy, s.Booking, s.Attributes
	t.MarketplacePays = s.MarketplacePays
	t.Policy = pricing.Policy{
		SellerBasisPoints: s.SellerBasisPoints, AnySellerMinimum: s.SellerMinimum, SellerMinimums: s.SellerMinimums,
		BuyerBasisPoints: s.BuyerBasisPoints, AnyBuyerMinimum: s.BuyerMinimum, BuyerMinimums: s.BuyerMinimums,
		CommissionRule: s.CommissionRule, BuyerFeeRule: s.BuyerFeeRule,
	}
	return nil
}

// inZoneOfBooking has days after the booking counted by the listing's calendar.
func inZoneOfBooking(t *deal) error {
	if b := t.Booking; b != nil && b.Zone != "" {
		if zone, err := time.LoadLocation(b.Zone); err == nil {
			t.BookingEnd = t.BookingEnd.In(zone)
		}
	}
	return nil
}

const emptyList = "[]"

func encodeLines(t *deal) (string, error) {
	if len(t.Lines) == 0 {
		return emptyList, nil
	}
	return pricing.EncodeLines(t.Lines)
}

func decodeLines(t *deal, text string) (err error) {
	if text != emptyList {
		t.Lines, err = pricing.DecodeLines(text)
	}
	return err
}

func encodeReserved(t *deal) (string, error) {
	if len(t.Reserved) == 0 {
		return emptyList, nil
	}
	for _, r := range t.Reserved {
		if !storable(r.Resource) {
			return "", errText
		}
	}
	return encode(t.Reserved)
}

func decodeReserved(t *deal, text string) error {
	if text == emptyList {
		return nil
	}
	if err := json.Unmarshal([]byte(text), &t.Reserved); err != nil {
		return fmt.Errorf("stored reservations: %w", err)
	}
	return nil
}
