package outbound

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"strconv"
	"time"
)

// Signer signs deliveries with all secrets of an endpoint that are valid. It is not safe for
// concurrent use.
type Signer struct {
	hashes []hash.Hash // of shared secrets
	keys   []ed25519.PrivateKey
	buffer []byte
}

// NewSigner returns the signer of an endpoint at a time.
func NewSigner(secrets []Secret, now time.Time) *Signer {
	s := &Signer{}
	for _, secret := range Valid(secrets, now) {
		if key, ok := secret.shared(); ok {
			s.hashes = append(s.hashes, hmac.New(sha256.New, key))
		}
		if key, ok := secret.private(); ok {
			s.keys = append(s.keys, key)
		}
	}
	return s
}

// Sign returns the header webhook-signature of a message: its id, the seconds of its
// header webhook-timestamp and its body, joined by full stops, signed with each secret
// (Standard Webhooks, "Signature scheme").
func (s *Signer) Sign(id string, seconds int64, body []byte) string {
	b := append(append(s.buffer[:0], id...), '.')
	b = append(strconv.AppendInt(b, seconds, 10), '.')
	head := len(b)
	var signatures []byte
	for _, h := range s.hashes {
		h.Reset()
		h.Write(b[:head])
		h.Write(body)
		var sum [sha256.Size]byte
		signatures = appendSignature(signatures, "v1,", h.Sum(sum[:0]))
	}
	if len(s.keys) > 0 {
		b = append(b, body...)
	}
	for _, key := range s.keys {
		signatures = appendSignature(signatures, "v1a,", ed25519.Sign(key, b))
	}
	s.buffer = b
	return string(signatures)
}

func appendSignature(b []byte, version string, signature []byte) []byte {
	if len(b) > 0 {
		b = append(b, ' ')
	}
	return base64.StdEncoding.AppendEncode(append(b, version...), signature)
}
