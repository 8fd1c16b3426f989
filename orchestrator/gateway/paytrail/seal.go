package paytrail

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/handsel-dev/handsel/orchestrator"
)

// The stamp of a hold is the reference of its operation, holdMark, the number of the key, and the card's token, which Paytrail wants
// to see again when the hold is committed. The token is sealed: buyers see stamps, and nothing here keeps it.
const (
	holdMark = again + "h"
	// maxStamp is how long a stamp may be, in characters (official API).
	maxStamp = 200
)

// holdOf is the stamp of a hold without its token: what names it and its items. No attempt is part of it: where a stamp that is known
// is refused, a hold that arrives twice is made once.
func holdOf(op orchestrator.Operation) string {
	return op.Reference() + holdMark + strconv.Itoa(op.Generation)
}

// isHold reports whether a stamp is that of a hold, or of what came of one.
func isHold(stamp string) bool {
	_, rest, _ := strings.Cut(stamp, again)
	return strings.HasPrefix(again+rest, holdMark)
}

// baseOf is a stamp without the token in it.
func baseOf(stamp string) string {
	parts := strings.SplitN(stamp, again, 3)
	return strings.Join(parts[:min(2, len(parts))], again)
}

// sealer hides tokens in stamps. Its keys come of the merchant's secret: a hold that was made with another secret is committed
// without its token.
type sealer struct {
	box  cipher.AEAD
	salt []byte
}

func newSealer(secret string) (*sealer, error) {
	key := func(use string) []byte {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte("handsel card tokens, version 1, " + use))
		return mac.Sum(nil)
	}
	block, err := aes.NewCipher(key("box"))
	if err != nil {
		return nil, err
	}
	box, err := cipher.NewGCM(block)
	return &sealer{box, key("salt")}, err
}

// into is a stamp with a token in it; the stamp alone where both are too long. The nonce is made of both, so that the same text is
// sealed in the same way and no other ever is with it.
func (s *sealer) into(base, token string) string {
	mac := hmac.New(sha256.New, s.salt)
	mac.Write([]byte(base + "\n" + token))
	nonce := mac.Sum(nil)[:s.box.NonceSize()]
	stamp := base + again + base64.RawURLEncoding.EncodeToString(s.box.Seal(nonce, nonce, []byte(token), []byte(base)))
	if len(stamp) > maxStamp {
		return base
	}
	return stamp
}

// outOf is the token in a stamp; empty where there is none that this merchant's secret opens.
func (s *sealer) outOf(stamp string) string {
	base := baseOf(stamp)
	sealed, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(strings.TrimPrefix(stamp, base), again))
	if err != nil || len(sealed) < s.box.NonceSize() {
		return ""
	}
	token, err := s.box.Open(nil, sealed[:s.box.NonceSize()], sealed[s.box.NonceSize():], []byte(base))
	if err != nil {
		return ""
	}
	return string(token)
}
