package sandbox

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"
	"sync"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// tokenLife is how long an access token works, in real time.
const tokenLife = 5 * time.Minute

// maxLogins bounds the codes and refresh tokens that are remembered.
const maxLogins = 10_000

// keyID names the one signing key.
const keyID = "sandbox"

// issuer is the login server: it hands out tokens that are signed with a key of its own, made when it is first needed.
type issuer struct {
	once sync.Once
	key  *rsa.PrivateKey

	mu     sync.Mutex
	logins map[string]login // by code or refresh token
}

// login is a user who has logged in and may fetch a token.
type login struct {
	user        string
	scope       string
	redirectURI string
	challenge   string // of RFC 7636, with S256; empty: there is none
	nonce       string
	world       int
	refresh     bool
}

// proves reports whether who brings the code has begun the login.
func (l login) proves(verifier string) bool {
	sum := sha256.Sum256([]byte(verifier))
	return l.challenge == "" && verifier == "" || l.challenge == encode(sum[:])
}

// claims are what a token says.
type claims struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Audience string `json:"aud"`
	Party    string `json:"azp"`
	Expires  int64  `json:"exp"`
	IssuedAt int64  `json:"iat"`
	Scope    string `json:"scope,omitempty"`
	Email    string `json:"email,omitempty"`
	Nonce    string `json:"nonce,omitempty"`
	// World is the world in which the token counts.
	World int `json:"sandbox_world"`
}

func (i *issuer) signingKey() *rsa.PrivateKey {
	i.once.Do(func() {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err == nil { // the system's source of randomness does not fail
			i.key = key
		}
	})
	return i.key
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// sign makes a token in the format JWT with the algorithm RS256.
func (i *issuer) sign(c claims) (string, error) {
	head, err := json.Marshal(map[string]string{"alg": "RS256", "typ": "JWT", "kid": keyID})
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	text := encode(head) + "." + encode(body)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, i.signingKey(), crypto.SHA256, sum[:])
	if err != nil {
		return "", err
	}
	return text + "." + encode(signature), nil
}

// read checks a token that sign has made.
func (i *issuer) read(token string, now time.Time) (claims, bool) {
	cut := strings.LastIndex(token, ".")
	head, body, ok := strings.Cut(token[:max(cut, 0)], ".")
	if !ok {
		return claims{}, false
	}
	signature, err := base64.RawURLEncoding.DecodeString(token[cut+1:])
	if err != nil {
		return claims{}, false
	}
	var algorithm struct {
		Alg string `json:"alg"`
	}
	sum := sha256.Sum256([]byte(token[:cut]))
	if readPart(head, &algorithm) != nil || algorithm.Alg != "RS256" ||
		rsa.VerifyPKCS1v15(&i.signingKey().PublicKey, crypto.SHA256, sum[:], signature) != nil {
		return claims{}, false
	}
	var c claims
	if readPart(body, &c) != nil || c.Expires <= now.Unix() {
		return claims{}, false
	}
	return c, true
}

func readPart(part string, into any) error {
	b, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, into)
}

// certs is the public half of the key as a JSON Web Key Set.
func (i *issuer) certs() stage.Value {
	public := i.signingKey().PublicKey
	return stage.Members{"keys": []map[string]string{{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": keyID,
		"n": encode(public.N.Bytes()), "e": encode(big.NewInt(int64(public.E)).Bytes()),
	}}}
}

// keep remembers a login under a new random code.
func (i *issuer) keep(l login) string {
	code := rand.Text()
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.logins) >= maxLogins || i.logins == nil {
		i.logins = map[string]login{}
	}
	i.logins[code] = l
	return code
}

// take finds a login; a code works once, a refresh token until it is forgotten.
func (i *issuer) take(code string, refresh bool) (login, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	l, ok := i.logins[code]
	if !ok || l.refresh != refresh {
		return login{}, false
	}
	if !refresh {
		delete(i.logins, code)
	}
	return l, true
}
