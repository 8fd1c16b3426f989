package web

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
func DecodeStrictly(body []byte) error { return Decode(body, InFreeText, &struct{}{}) }

// CardsBesidesDetails tells whether a body of the exchange is refused for card data.
func CardsBesidesDetails(body []byte) bool { return scan(body, BesidesDetails) != nil }

// CardsBesidesBankAccounts does so for a body about a seller.
func CardsBesidesBankAccounts(body []byte) bool { return scan(body, BesidesBankAccounts) != nil }

// What is tested on its own.
var (
	DigitOf  = digitOf
	Unseen   = unseen
	Unescape = unescape
)
