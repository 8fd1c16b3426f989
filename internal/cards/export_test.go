package cards

// FindCard looks at a text as it is.
func FindCard(text string) bool { return find(text, false) }

// IssuedAs reports whether an issuer numbers cards so.
func IssuedAs(number string) bool {
	f := finder{count: len(number)}
	for i := range len(number) {
		f.digits[i%32] = number[i] - '0'
	}
	return f.issued(len(number))
}

// What is tested on its own.
var (
	DigitOf  = digitOf
	Unseen   = unseen
	Unescape = unescape
)
