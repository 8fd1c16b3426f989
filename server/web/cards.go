package web

import (
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/cards"
)

// Card numbers never reach Handsel: payers type them on the gateway's page, and
// what looks like one is refused and not logged (the customer's rules). The one
// exception is the payment details of the exchange, where a seller says how they
// are paid (customer's document); they are encrypted where they are kept. A card's
// security code is refused there as well.

// CardDataRefused is the refusal of a field with card data.
func CardDataRefused(field string) error {
	if HoldsCardNumber(field) {
		field = ""
	}
	return Invalid("card_data_not_accepted", field, "card data is not accepted here; send the gateway's token as payment_method")
}

// plainName is a field's name in small letters and digits only, so that no
// spelling of it is another name.
func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'Ａ' && r <= 'Ｚ':
			return r - 'Ａ' + 'a'
		case r >= 'ａ' && r <= 'ｚ':
			return r - 'ａ' + 'a'
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, name)
}

// namesSecurityCode tells whether a field's name is one for what must never be
// kept of a card: its security code, its PIN, its magnetic stripe.
func namesSecurityCode(name string) bool {
	plain := plainName(name)
	switch plain {
	case "csc", "cvn", "cvn2", "cav2", "pin", "pinblock", "track", "track1", "track2", "magstripe", "securitycode":
		return true
	}
	for _, part := range []string{"cvv", "cvc", "cardsecurity", "cardverification", "cardpin"} {
		if strings.Contains(plain, part) {
			return true
		}
	}
	return false
}

// NamesCardData tells whether a field's name is one for card data, in any spelling.
func NamesCardData(name string) bool {
	plain := plainName(name)
	switch plain {
	case "cardnumber", "pan", "cardexpirationmonth", "cardexpirationyear":
		return true
	}
	return strings.HasPrefix(plain, "creditcard") || namesSecurityCode(name)
}

// cardCare says what of a card is looked for in a place of a body.
type cardCare int

const (
	wholeCare   cardCare = iota // every card number and every name for card data
	idCare                      // numbers of the common lengths: others are numbered as well
	detailsCare                 // security codes only
)

// cardPolicy tells how closely a place of a body is looked at.
type cardPolicy func(place) cardCare

// InEveryString is what the customer's transaction face promises.
func InEveryString(place) cardCare { return wholeCare }

// InFreeText looks less closely at what may well be numbered as rare cards are: ids.
// Parcels are numbered as cards are, by carriers whose numbers nobody here knows.
func InFreeText(p place) cardCare {
	switch {
	case p.name == "tracking_code":
		return detailsCare
	case strings.HasSuffix(p.name, "_id"):
		return idCare
	}
	return wholeCare
}

// BesidesBankAccounts is InFreeText for what is sent of sellers: bank accounts are numbered as cards are. They go to the gateway, and
// are kept nowhere.
func BesidesBankAccounts(p place) cardCare {
	if p.name == "funding_account_number" {
		return detailsCare
	}
	return InFreeText(p)
}

// BesidesDetails makes payment details the exception that they are.
func BesidesDetails(p place) cardCare {
	if p.inDetails {
		return detailsCare
	}
	return InFreeText(p)
}

// suspect tells whether a token of a body, a name or a value, is card data.
func (care cardCare) suspect(token string, isName bool) bool {
	if care == detailsCare {
		return isName && namesSecurityCode(token)
	}
	return isName && NamesCardData(token) || holdsCards(token, care)
}

func holdsCards(text string, care cardCare) bool {
	if care == idCare {
		return cards.HeldInID(text)
	}
	return cards.Held(text)
}

// HoldsCardNumber finds a card number in a text.
func HoldsCardNumber(text string) bool { return cards.Held(text) }

// HoldsCardID finds one in what names something: an id, a key, a path.
func HoldsCardID(text string) bool { return cards.HeldInID(text) }

// cardHeaders are the headers of which something is kept.
var cardHeaders = []string{"Handsel-Actor", "Handsel-Operator", "Idempotency-Key"}

// refuseCardData ends a request whose address or kept headers hold a card number,
// before anybody reads, stores or logs them. Bodies are looked at by whoever reads
// them.
func (k *Kit) refuseCardData(c *gin.Context) {
	field := ""
	for _, name := range cardHeaders {
		for _, value := range c.Request.Header.Values(name) {
			if HoldsCardID(value) {
				field = name
			}
		}
	}
	if field != "" || HoldsCardID(withoutChance(c.Request.URL.Path, "/")) || HoldsCardID(withoutChance(c.Request.URL.RawQuery, "&=.")) {
		k.fail(c, CardDataRefused(field))
	}
}

// withoutChance leaves UUIDs and hashes out of an address, part by part: what is random
// may read like a card number, and nobody could ask for it. Codes of logins are UUIDs with dots between them.
func withoutChance(address, between string) string {
	for part := range strings.FieldsFuncSeq(address, func(r rune) bool { return strings.ContainsRune(between, r) }) {
		if cards.ByChance(part) {
			address = strings.Replace(address, part, "", 1)
		}
	}
	return address
}

// RefuseCardFile refuses a file whose name holds a card number, or whose content does and
// is text, whatever it says to be. Pictures and compressed documents are not read.
func RefuseCardFile(name string, content []byte) error {
	switch {
	case HoldsCardNumber(name):
		return fault.New(fault.Invalid, "card_data_not_accepted", "the file's name holds a card number; rename the file").With("field", "file")
	case utf8.Valid(content) && HoldsCardNumber(string(content)):
		return fault.New(fault.Invalid, "card_data_not_accepted", "the file holds a card number; remove it and send the file again").With("field", "file")
	}
	return nil
}
