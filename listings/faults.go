package listings

import (
	"unicode"
	"unicode/utf8"

	"github.com/handsel-dev/handsel/fault"
)

// Faults of the stores. Compare with errors.Is.
var (
	// ErrRevision: somebody else changed the listing or ad since it was read.
	ErrRevision = fault.New(fault.Conflict, "revision_conflict", "it was changed at the same time; read it again and repeat")
	// ErrDates: a day is taken; the detail "days" lists all that are.
	ErrDates = fault.New(fault.Conflict, "dates_not_available", "some of these days are taken")
	// ErrDuplicateAd: the owner has an active ad of this type already (customer's document).
	ErrDuplicateAd = fault.New(fault.Conflict, "duplicate_ad_type", "you already have an active ad of this type; pause or delete it first")
	// ErrTotal: an ad's total would fall below what is reserved and filled.
	ErrTotal = fault.New(fault.Invalid, reasonInvalid, "total_amount must not be below what is reserved and filled already").With("field", "total_amount")
)

var (
	errNotFound      = fault.New(fault.NotFound, "listing_not_found", "there is no such listing")
	errDisabled      = fault.New(fault.Conflict, "listing_is_disabled", "the listing is disabled")
	errNoCurrency    = fault.New(fault.Conflict, "no_listing_currency", "the listing has no currency; set its pricing first")
	errNoPrice       = fault.New(fault.Conflict, "no_listing_price", "the listing has no price; set its pricing first")
	errNoDescription = fault.New(fault.Conflict, "no_listing_descr", "the listing has no description; set it first")
	errOutOfStock    = fault.New(fault.Conflict, "out_of_stock", "fewer are left than you asked for; ask for fewer")
	errNegativePrice = fault.New(fault.Invalid, "negative_price", "a price must not be negative").With("field", "price")

	errNoAd       = fault.New(fault.NotFound, "ad_not_found", "there is no such ad")
	errNotActive  = fault.New(fault.Conflict, "ad_not_active", "the ad is suspended; ask the marketplace")
	errOpenOrders = fault.New(fault.Conflict, "ad_has_open_orders", "type and currencies cannot change while orders are open")
	errEnded      = fault.New(fault.Conflict, "ad_not_active", "the ad's end date has passed; set a later one")
)

const reasonInvalid = "validation_error"

// invalid is a refusal of one field.
func invalid(field, format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, reasonInvalid, format, args...).With("field", field)
}

// unless refuses a field that is not as it must be.
func unless(ok bool, field, format string, args ...any) error {
	if ok {
		return nil
	}
	return invalid(field, format, args...)
}

// plain reports whether a text is valid, at most limit characters long, and free
// of control characters and of marks that reorder what a reader sees.
func plain(s string, limit int) bool {
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > limit {
		return false
	}
	for _, r := range s {
		if unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) {
			return false
		}
	}
	return true
}
