package pass

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Costs of a password: those that OWASP names first for argon2id, 19 MiB and two passes.
const (
	hashKiB    = 19 << 10
	hashPasses = 2
	hashBytes  = 32
	saltBytes  = 16
)

// hashForm is the usual way to write a hash down, with its costs.
var hashForm = fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$", argon2.Version, hashKiB, hashPasses)

// HashPassword is what is kept of a password.
func HashPassword(random io.Reader, password string) (string, error) {
	salt := make([]byte, saltBytes)
	if _, err := io.ReadFull(random, salt); err != nil {
		return "", fmt.Errorf("draw a salt: %w", err)
	}
	return hashForm + base64.RawStdEncoding.EncodeToString(salt) + "$" + base64.RawStdEncoding.EncodeToString(hashed(password, salt)), nil
}

func hashed(password string, salt []byte) []byte {
	return argon2.IDKey([]byte(password), salt, hashPasses, hashKiB, 1, hashBytes)
}

// IsPassword reports whether a hash is that of a password. It takes as long whatever the hash is, also none.
func IsPassword(hash, password string) bool {
	salt, want := make([]byte, saltBytes), make([]byte, hashBytes)
	rest, ours := strings.CutPrefix(hash, hashForm)
	text, sum, _ := strings.Cut(rest, "$")
	s, saltErr := base64.RawStdEncoding.DecodeString(text)
	w, sumErr := base64.RawStdEncoding.DecodeString(sum)
	ours = ours && saltErr == nil && sumErr == nil && len(s) == saltBytes && len(w) == hashBytes
	if ours {
		salt, want = s, w
	}
	return subtle.ConstantTimeCompare(hashed(password, salt), want) == 1 && ours
}
