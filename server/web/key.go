package web

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/handsel-dev/handsel/fault"
)

const maxKey = 255

// IdempotencyKey reads the header of a route that takes it.
func IdempotencyKey(h http.Header, k Keying) (string, error) {
	values := h.Values("Idempotency-Key")
	if len(values) == 0 {
		if k == KeyRequired {
			return "", fault.New(fault.Invalid, "idempotency_key_missing", "send an Idempotency-Key header: a new random value for each request, the same one when you repeat it")
		}
		return "", nil
	}
	key := values[0]
	unprintable := strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' })
	if len(values) > 1 || strings.TrimSpace(key) == "" || len(key) > maxKey || unprintable {
		return "", fault.New(fault.Invalid, "idempotency_key_invalid", "an Idempotency-Key is one value of 1 to %d printable ASCII characters", maxKey)
	}
	return key, nil
}

// ContentHash is equal for bodies that differ only in white space, the order of
// names and the spelling of strings.
func ContentHash(path string, body []byte) string {
	canonical := jsontext.Value(body).Clone()
	if len(canonical) > 0 {
		// Large integers keep all their digits. A body that was decoded is valid.
		_ = canonical.Canonicalize(jsontext.CanonicalizeRawInts(false))
	}
	sum := sha256.New()
	sum.Write([]byte(path))
	sum.Write([]byte{0})
	sum.Write(canonical)
	return hex.EncodeToString(sum.Sum(nil))
}
