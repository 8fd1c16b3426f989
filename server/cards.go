package server

import (
	"regexp"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Card numbers never reach Handsel: payers type them on the gateway's page, and
// what looks like one is refused and not logged (the customer's rules). A
// number of 13 to 19 digits counts when its check digit is right.

func cardDataRefused(field string) error {
	if holdsCardNumber(field) {
		field = ""
	}
	return invalid("card_data_not_accepted", field, "card data is not accepted here; send the gateway's token as payment_method")
}

// namesCardData tells whether a field's name is one for card data, in any spelling.
func namesCardData(name string) bool {
	plain := strings.NewReplacer("_", "", "-", "", " ", "", ".", "").Replace(strings.ToLower(name))
	switch plain {
	case "cvv", "cvv2", "cvc", "cvc2", "cardnumber", "pan", "cardexpirationmonth", "cardexpirationyear":
		return true
	}
	return strings.HasPrefix(plain, "creditcard")
}

// cardPolicy tells in which strings of a body a card number is looked for.
type cardPolicy func(jsontext.Pointer) bool

// inEveryString is what the customer's transaction face promises.
func inEveryString(jsontext.Pointer) bool { return true }

// inFreeText leaves out what may well be numbered as cards are: parcels and ids.
func inFreeText(p jsontext.Pointer) bool {
	name := p.LastToken()
	return name != "tracking_code" && !strings.HasSuffix(name, "_id")
}

// besidesDetails leaves out payment details too: there a seller says how they are
// paid (customer's document). They are encrypted where they are kept.
func besidesDetails(p jsontext.Pointer) bool {
	return inFreeText(p) && !strings.HasPrefix(string(p), "/payment_details/")
}

var (
	uuid        = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	digitRuns   = regexp.MustCompile(`[0-9]+`)
	groupedRuns = regexp.MustCompile(`[0-9]+([ -][0-9]+)+`)
)

// holdsCardNumber finds a card number in a text, also when it is written in
// groups with single spaces or dashes between them. The groups of a UUID are not
// joined: user ids are often UUIDs.
func holdsCardNumber(text string) bool {
	for _, run := range digitRuns.FindAllString(text, -1) {
		if isCardNumber(run) {
			return true
		}
	}
	if uuid.MatchString(text) {
		return false
	}
	for _, run := range groupedRuns.FindAllString(text, -1) {
		if groupsHoldCardNumber(strings.FieldsFunc(run, func(r rune) bool { return r == ' ' || r == '-' })) {
			return true
		}
	}
	return false
}

// groupsHoldCardNumber tries every sequence of neighbouring groups.
func groupsHoldCardNumber(groups []string) bool {
	for first := range groups {
		joined := ""
		for _, group := range groups[first:] {
			if joined += group; len(joined) > 19 {
				break
			}
			if isCardNumber(joined) {
				return true
			}
		}
	}
	return false
}

// isCardNumber checks length and Luhn's check digit.
func isCardNumber(digits string) bool {
	if len(digits) < 13 || len(digits) > 19 {
		return false
	}
	sum := 0
	for i := range len(digits) {
		n := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return sum%10 == 0
}
