package server

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
	maxUserID   = 128
	maxTitle    = 255
	maxName     = 64   // of a process, a gateway, a transition, an input
	maxText     = 2000 // of an input's value
	maxQuantity = 1_000_000
	maxDays     = 365
	maxAmount   = 1_000_000_000_000 // minor units of a currency of ISO 4217

	// maxAssetAmount bounds what is read before its asset is known; see money.Assets.Limit.
	maxAssetAmount = money.HighestLimit
)

// invalid is the refusal of a field.
func invalid(reason, field, format string, args ...any) error {
	f := fault.New(fault.Invalid, reason, format, args...)
	if field == "" {
		return f
	}
	return f.With("field", field)
}

func missing(field string) error {
	return invalid("missing_field", field, "%s is required", field)
}

// text checks a required text of one line.
func text(field, value string, limit int) error {
	switch {
	case strings.TrimSpace(value) == "":
		return missing(field)
	case utf8.RuneCountInString(value) > limit:
		return invalid("too_long", field, "%s may have at most %d characters", field, limit)
	case strings.ContainsFunc(value, unicode.IsControl):
		return invalid("invalid_text", field, "%s must not hold control characters", field)
	}
	return nil
}

// paragraphs checks a required text that may have several lines.
func paragraphs(field, value string, limit int) error {
	switch {
	case strings.TrimSpace(value) == "":
		return missing(field)
	case utf8.RuneCountInString(value) > limit:
		return invalid("too_long", field, "%s may have at most %d characters", field, limit)
	case strings.ContainsFunc(value, func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\n\r\t", r) }):
		return invalid("invalid_text", field, "%s must not hold control characters besides tabs and line ends", field)
	}
	return nil
}

var uuidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// canonical is the one spelling of a user's id: a UUID, which tokens of users hold, is
// written in small letters.
func canonical(id string) string {
	if uuidForm.MatchString(id) {
		return strings.ToLower(id)
	}
	return id
}

// userID checks an id of a user, and gives it its one spelling: every id that enters
// comes by here. It is visible ASCII, so that it can be sent in a header.
func userID(field string, id *string) error {
	if err := text(field, *id, maxUserID); err != nil {
		return err
	}
	*id = canonical(*id)
	if strings.ContainsFunc(*id, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return invalid("invalid_user_id", field, "%s must be visible ASCII characters without spaces", field)
	}
	return nil
}

func optionalUserID(field string, id *string) error {
	if *id == "" {
		return nil
	}
	return userID(field, id)
}

// webURL checks an address that a browser is sent to or shown: of the web, and
// nothing that runs or reads in the page that follows it.
func webURL(field, address string) error {
	u, err := url.Parse(address)
	if err != nil || len(address) > maxText || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || strings.ContainsAny(address, "\\ \t\r\n") {
		return invalid("invalid_url", field, "%s must be an http or https URL of at most %d characters, without a password", field, maxText)
	}
	return nil
}

// whole checks a required whole number.
func whole(field string, n *int64, least, most int64, reason string) error {
	if n == nil {
		return missing(field)
	}
	return optionalWhole(field, n, least, most, reason)
}

func optionalWhole(field string, n *int64, least, most int64, reason string) error {
	if n == nil || *n >= least && *n <= most {
		return nil
	}
	if most == math.MaxInt64 {
		return invalid(reason, field, "%s must be %d or more", field, least)
	}
	return invalid(reason, field, "%s must lie between %d and %d", field, least, most)
}

func required(field string, there bool) error {
	if there {
		return nil
	}
	return missing(field)
}

// optionalTime shows an instant, or null when there is none.
func optionalTime(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	at = at.UTC()
	return &at
}

// optionalText shows a text, or null when there is none.
func optionalText(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
