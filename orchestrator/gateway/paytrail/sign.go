package paytrail

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"maps"
	"slices"
	"strings"
)

// signed begins the name of everything that is signed (official API). More may be added
// than is known here, so nothing is left out by its name.
const signed = "checkout-"

// signature is the HMAC over all parameters that are to be signed, in the order of their
// names, and the body; empty for an algorithm that Paytrail does not have.
func signature(secret, algorithm string, params map[string]string, body []byte) string {
	var of func() hash.Hash
	switch algorithm {
	case "sha256":
		of = sha256.New
	case "sha512":
		of = sha512.New
	default:
		return ""
	}
	var text strings.Builder
	for _, key := range slices.Sorted(maps.Keys(params)) {
		if strings.HasPrefix(key, signed) {
			text.WriteString(key + ":" + params[key] + "\n")
		}
	}
	mac := hmac.New(of, []byte(secret))
	mac.Write([]byte(text.String()))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// verified reports whether who knows the secret has signed, for this merchant.
func verified(merchant, secret, got string, params map[string]string, body []byte) bool {
	want := signature(secret, params["checkout-algorithm"], params, body)
	return want != "" && params["checkout-account"] == merchant && hmac.Equal([]byte(want), []byte(got))
}
