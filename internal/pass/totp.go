package pass

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what RFC 6238 and the apps that show codes use
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"
)

// Codes are those of RFC 6238 as every app shows them: six digits, a new one every 30 seconds. One before and one after are taken
// too, since clocks differ.
const (
	codeLife   = 30 * time.Second
	codeNear   = 1
	codeDigits = 6
)

// KeyBytes is how long the key of codes is.
const KeyBytes = 20

var letters = base32.StdEncoding.WithPadding(base32.NoPadding)

// KeyText is a key as people type it.
func KeyText(key []byte) string { return letters.EncodeToString(key) }

// KeyURL is a key as apps read it.
func KeyURL(key []byte, issuer, account string) string {
	query := url.Values{"secret": {KeyText(key)}, "issuer": {issuer}}
	return "otpauth://totp/" + url.PathEscape(issuer+":"+account) + "?" + strings.ReplaceAll(query.Encode(), "+", "%20")
}

// CodeAt is the code of a step, which CodeStep tells from the time.
func CodeAt(key []byte, step int64) string {
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(step))
	mac := hmac.New(sha1.New, key)
	mac.Write(counter[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	return fmt.Sprintf("%0*d", codeDigits, binary.BigEndian.Uint32(sum[at:at+4])&0x7fffffff%1_000_000)
}

// CodeStep is the step of a time.
func CodeStep(now time.Time) int64 { return now.Unix() / int64(codeLife/time.Second) }

// FindCode is the step near a time whose code it is. It compares all of them.
func FindCode(key []byte, code string, now time.Time) (step int64, found bool) {
	code = strings.ReplaceAll(code, " ", "")
	for s := CodeStep(now) - codeNear; s <= CodeStep(now)+codeNear; s++ {
		if subtle.ConstantTimeCompare([]byte(CodeAt(key, s)), []byte(code)) == 1 {
			step, found = s, true
		}
	}
	return step, found
}

const aSpare Kind = "recovery code"

// Spares are codes that sign in once each where the app is lost, and the hashes that are kept of them.
func Spares(random io.Reader, n int) (codes, hashes []string, err error) {
	for range n {
		raw := make([]byte, 10)
		if _, err := io.ReadFull(random, raw); err != nil {
			return nil, nil, fmt.Errorf("draw a recovery code: %w", err)
		}
		text := strings.ToLower(letters.EncodeToString(raw))
		codes = append(codes, text[:4]+"-"+text[4:8]+"-"+text[8:12]+"-"+text[12:])
		hashes = append(hashes, HashOf(aSpare, text))
	}
	return codes, hashes, nil
}

// SpareHash is under what a recovery code is kept, however it is typed.
func SpareHash(code string) string {
	return HashOf(aSpare, strings.NewReplacer("-", "", " ", "").Replace(strings.ToLower(code)))
}
