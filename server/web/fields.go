package web

import (
	"math"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
)

// Limits of fields; our choice.
const (
	MaxUserID   = 128
	MaxTitle    = 255
	MaxName     = 64   // of a process, a gateway, a transition, an input
	MaxText     = 2000 // of an input's value
	MaxQuantity = 1_000_000
	MaxDays     = 365
	MaxAmount   = 1_000_000_000_000 // minor units of a currency of ISO 4217

	// MaxAssetAmount bounds what is read before its asset is known; see money.Assets.Limit.
	MaxAssetAmount = money.HighestLimit
)

// Invalid is the refusal of a field.
func Invalid(reason fault.Reason, field, format string, args ...any) error {
	f := fault.New(fault.Invalid, reason, format, args...)
	if field == "" {
		return f
	}
	return f.With("field", field)
}

// Missing is the refusal of a field that is not there.
func Missing(field string) error {
	return Invalid("missing_field", field, "%s is required", field)
}

// Text checks a required text of one line.
func Text(field, value string, limit int) error {
	switch {
	case strings.TrimSpace(value) == "":
		return Missing(field)
	case utf8.RuneCountInString(value) > limit:
		return Invalid("too_long", field, "%s may have at most %d characters", field, limit)
	case strings.ContainsFunc(value, unicode.IsControl):
		return Invalid("invalid_text", field, "%s must not hold control characters", field)
	}
	return nil
}

// Paragraphs checks a required text that may have several lines.
func Paragraphs(field, value string, limit int) error {
	switch {
	case strings.TrimSpace(value) == "":
		return Missing(field)
	case utf8.RuneCountInString(value) > limit:
		return Invalid("too_long", field, "%s may have at most %d characters", field, limit)
	case strings.ContainsFunc(value, func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\n\r\t", r) }):
		return Invalid("invalid_text", field, "%s must not hold control characters other than tabs and line ends", field)
	}
	return nil
}

var uuidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// Canonical is the one spelling of a user's id: a UUID, which tokens of users hold, is
// written in small letters.
func Canonical(id string) string {
	if uuidForm.MatchString(id) {
		return strings.ToLower(id)
	}
	return id
}

// UserID checks an id of a user, and gives it its one spelling: every id that enters
// comes by here. It is visible ASCII, so that it can be sent in a header.
func UserID(field string, id *string) error {
	if err := Text(field, *id, MaxUserID); err != nil {
		return err
	}
	*id = Canonical(*id)
	if strings.ContainsFunc(*id, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return Invalid("invalid_user_id", field, "%s must be visible ASCII characters without spaces", field)
	}
	return nil
}

// OptionalUserID is UserID for one that may be left out.
func OptionalUserID(field string, id *string) error {
	if *id == "" {
		return nil
	}
	return UserID(field, id)
}

// WebURL checks an address that a browser is sent to or shown: of the web, and
// nothing that runs or reads in the page that follows it.
func WebURL(field, address string) error {
	u, err := url.Parse(address)
	if err != nil || len(address) > MaxText || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || strings.ContainsAny(address, "\\ \t\r\n") {
		return Invalid("invalid_url", field, "%s must be an http or https URL of at most %d characters, without a password", field, MaxText)
	}
	return nil
}

// Whole checks a required whole number.
func Whole(field string, n *int64, least, most int64, reason fault.Reason) error {
	if n == nil {
		return Missing(field)
	}
	return OptionalWhole(field, n, least, most, reason)
}

// OptionalWhole is Whole for one that may be left out.
func OptionalWhole(field string, n *int64, least, most int64, reason fault.Reason) error {
	if n == nil || *n >= least && *n <= most {
		return nil
	}
	if most == math.MaxInt64 {
		return Invalid(reason, field, "%s must be %d or more", field, least)
	}
	return Invalid(reason, field, "%s must lie between %d and %d", field, least, most)
}

// Required is Missing unless the field is there.
func Required(field string, there bool) error {
	if there {
		return nil
	}
	return Missing(field)
}

// OptionalTime shows an instant, or null when there is none.
func OptionalTime(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	at = at.UTC()
	return &at
}

// OptionalText shows a text, or null when there is none.
func OptionalText(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
