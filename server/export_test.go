package server

import "github.com/handsel-dev/handsel/internal/apikey"

// ReadDeal reads and checks the body of a create like the route does, for a key
// of community 501.
func ReadDeal(body []byte) error {
	var in start
	if err := decode(body, inEveryString, &in); err != nil {
		return err
	}
	if _, err := in.check(caller{key: apikey.Key{CommunityID: 501}}); err != nil {
		return err
	}
	_, err := in.GatewayFields.values()
	return err
}

// HoldsCardNumber and ContentHash are tested on their own.
var (
	HoldsCardNumber = holdsCardNumber
	DigitOf         = digitOf
	Unseen          = unseen
	Unescape        = unescape
	ContentHash     = contentHash
)

// FindCard looks at a text as it is.
func FindCard(text string) bool { return findCard(text, wholeCare) }

// IssuedAs reports whether an issuer numbers cards so.
func IssuedAs(number string) bool {
	f := cardFinder{count: len(number)}
	for i := range len(number) {
		f.digits[i%32] = number[i] - '0'
	}
	return f.issued(len(number))
}

// DecodeStrictly reads a body into nothing.
func DecodeStrictly(body []byte) error { return decode(body, inFreeText, &struct{}{}) }

// CardsBesidesDetails tells whether a body of the exchange is refused for card data.
func CardsBesidesDetails(body []byte) bool { return scan(body, besidesDetails) != nil }
