package braintree

import (
	"strconv"
	"strings"
)

// places is how many decimals amounts of a currency have (official API).
func places(currency string) int {
	switch currency {
	case "JPY", "KRW", "CLP", "ISK", "VND", "XAF", "XOF", "XPF", "UGX", "RWF", "PYG", "BIF", "DJF", "GNF", "KMF", "VUV":
		return 0
	case "BHD", "JOD", "KWD", "OMR", "TND":
		return 3
	}
	return 2
}

// maxUnits is the largest amount in whole units; our choice.
const maxUnits = 99_999_999

// parse reads an amount such as 10.00 as minor units of a currency; at names the field for the refusal.
func parse(text, currency, at string) (int64, error) {
	whole, part, dot := strings.Cut(text, ".")
	digits := func(s string) bool { return !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' }) }
	most := places(currency)
	switch {
	case text == "":
		return 0, refuse(amountRequired, at)
	case strings.HasPrefix(text, "-") && digits(strings.Replace(text[1:], ".", "", 1)):
		return 0, refuse(amountNegative, at)
	case whole == "" || dot && part == "" || !digits(whole+part) || len(part) > most:
		return 0, refuse(amountFormat, at)
	case len(whole) > 10:
		return 0, refuse(amountTooLarge, at)
	}
	n, _ := strconv.ParseInt(whole+part+strings.Repeat("0", most-len(part)), 10, 64) // digits, and few of them
	if n == 0 {
		return 0, refuse(amountZero, at)
	}
	if units(n, currency) > maxUnits {
		return 0, refuse(amountTooLarge, at)
	}
	return n, nil
}

// units are the whole units of an amount.
func units(minor int64, currency string) int64 {
	for range places(currency) {
		minor /= 10
	}
	return minor
}

// decimal prints an amount as the API does.
func decimal(minor int64, currency string) string {
	most := places(currency)
	digits := strconv.FormatInt(minor, 10)
	if most == 0 {
		return digits
	}
	if pad := most + 1 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	return digits[:len(digits)-most] + "." + digits[len(digits)-most:]
}
