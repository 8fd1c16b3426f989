package client

import (
	"fmt"
	"strings"
)

// currencyCode is a currency as the API spells it, in small letters. It fails with [ErrInvalidInput] for what is no code of ISO
// 4217; an empty one passes: the API says what it misses.
func currencyCode(code string) (string, error) {
	if code != "" && !letters(code, 3) {
		return "", fmt.Errorf("%w: %.12q is not a currency code of three letters, such as eur", ErrInvalidInput, code)
	}
	return strings.ToLower(code), nil
}

// countryCode is a country as the API's description spells it, in capitals. It fails with [ErrInvalidInput] for what is no code
// of ISO 3166-1 alpha-2; an empty one passes.
func countryCode(code string) (string, error) {
	if code != "" && !letters(code, 2) {
		return "", fmt.Errorf("%w: %.12q is not a country code of two letters, such as IE", ErrInvalidInput, code)
	}
	return strings.ToUpper(code), nil
}

func letters(code string, n int) bool {
	for i := range len(code) {
		if c := code[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return len(code) == n
}
