package web

// DecodeStrictly reads a body into nothing.
func DecodeStrictly(body []byte) error { return Decode(body, InFreeText, &struct{}{}) }

// CardsBesidesDetails tells whether a body of the exchange is refused for card data.
func CardsBesidesDetails(body []byte) bool { return scan(body, BesidesDetails) != nil }

// CardsBesidesBankAccounts does so for a body about a seller.
func CardsBesidesBankAccounts(body []byte) bool { return scan(body, BesidesBankAccounts) != nil }
