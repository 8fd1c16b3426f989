package usertoken

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
)

// The algorithms, as tokens name them.
const (
	hs256 = "HS256"
	rs256 = "RS256"
	es256 = "ES256"
	edDSA = "EdDSA"
)

// minRSA is the shortest RSA key in bits; RFC 7518, section 3.3.
const minRSA = 2048

var errNoKeys = errors.New("usertoken: the key set has no public key for RS256, ES256 or EdDSA")

// publicKey is a key of a set. It serves one algorithm, which its kind decides.
type publicKey struct {
	id, algorithm string
	key           jwt.VerificationKey
}

// keySet is a parsed key set, never empty and never changed.
type keySet []publicKey

// parseKeySet reads a JSON Web Key Set. Keys that are of no use here are passed
// over, as RFC 7517, section 5 asks: other kinds, curves and uses, symmetric and
// private ones, short ones. A set with nothing left is an error.
func parseKeySet(document []byte) (keySet, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(document, &set); err != nil {
		return nil, fmt.Errorf("usertoken: the key set is not JSON: %w", err)
	}
	var keys keySet
	for _, raw := range set.Keys {
		var k jose.JSONWebKey
		if err := k.UnmarshalJSON(raw); err != nil || (k.Use != "" && k.Use != "sig") {
			continue
		}
		algorithm := algorithmOf(k.Key)
		if algorithm != "" && (k.Algorithm == "" || k.Algorithm == algorithm) {
			keys = append(keys, publicKey{k.KeyID, algorithm, k.Key})
		}
	}
	if len(keys) == 0 {
		return nil, errNoKeys
	}
	return keys, nil
}

// algorithmOf is the one algorithm that a key may check; empty for none, which
// goes for every key that is not public.
func algorithmOf(key any) string {
	switch k := key.(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() >= minRSA {
			return rs256
		}
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P256() {
			return es256
		}
	case ed25519.PublicKey:
		return edDSA
	}
	return ""
}

// find returns the keys of an id and algorithm, or ErrNoKey. Without an id the
// set must leave no choice, so that a token costs one check and not one per key.
func (s keySet) find(_ context.Context, id, algorithm string) ([]jwt.VerificationKey, error) {
	var found []jwt.VerificationKey
	for _, k := range s {
		if k.algorithm == algorithm && (id == "" || k.id == id) {
			found = append(found, k.key)
		}
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("%w: %d keys of the set fit", ErrNoKey, len(found))
	}
	return found, nil
}
