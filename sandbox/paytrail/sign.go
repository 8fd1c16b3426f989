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

// algorithms sign.
var algorithms = map[string]func() hash.Hash{"sha256": sha256.New, "sha512": sha512.New}

// sign is the signature over everything whose name begins with checkout-, sorted, and the body.
func sign(secret, algorithm string, params map[string]string, body []byte) string {
	mac := hmac.New(algorithms[algorithm], []byte(secret))
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if strings.HasPrefix(name, "checkout-") {
			mac.Write([]byte(name + ":" + params[name] + "\n"))
		}
	}
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}
