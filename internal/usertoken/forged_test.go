package usertoken_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/usertoken"
)

// signer holds the marketplace's private keys and publishes the public ones.
type signer struct {
	rsa     *rsa.PrivateKey
	ecdsa   *ecdsa.PrivateKey
	ed25519 ed25519.PrivateKey
	set     []byte
}

func newSigner(t testing.TB) signer {
	t.Helper()
	var s signer
	var errRSA, errEC, errEd error
	s.rsa, errRSA = rsa.GenerateKey(rand.Reader, 2048)
	s.ecdsa, errEC = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	_, s.ed25519, errEd = ed25519.GenerateKey(rand.Reader)
	if err := errors.Join(errRSA, errEC, errEd); err != nil {
		t.Fatal(err)
	}
	s.set = keySet(t,
		jose.JSONWebKey{Key: s.rsa.Public(), KeyID: "rsa", Algorithm: "RS256", Use: "sig"},
		jose.JSONWebKey{Key: s.ecdsa.Public(), KeyID: "ec"},
		jose.JSONWebKey{Key: s.ed25519.Public(), KeyID: "ed"},
		jose.JSONWebKey{Key: secret, KeyID: "oct"},
	)
	return s
}

func keySet(t testing.TB, keys ...jose.JSONWebKey) []byte {
	t.Helper()
	document, err := json.Marshal(jose.JSONWebKeySet{Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	return document
}

// raw signs any payload under any header with the secret.
func raw(t testing.TB, header, payload string) string {
	t.Helper()
	text := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(payload))
	signature, err := jwt.SigningMethodHS256.Sign(text, secret)
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func TestVerify_keySet(t *testing.T) {
	t.Parallel()
	s := newSigner(t)
	cfg := config()
	cfg.JWKS = s.set
	v := verifier(t, cfg)
	kid := func(id string) map[string]any { return map[string]any{"kid": id} }
	for name, text := range map[string]string{
		"HS256":              sign(t, jwt.SigningMethodHS256, secret, good(), nil),
		"RS256":              sign(t, jwt.SigningMethodRS256, s.rsa, good(), kid("rsa")),
		"ES256":              sign(t, jwt.SigningMethodES256, s.ecdsa, good(), kid("ec")),
		"EdDSA":              sign(t, jwt.SigningMethodEdDSA, s.ed25519, good(), kid("ed")),
		"no id, one key fit": sign(t, jwt.SigningMethodEdDSA, s.ed25519, good(), nil),
	} {
		if u, err := v.Verify(t.Context(), text); err != nil || u.ID != userID {
			t.Errorf("%s: %+v, %v", name, u, err)
		}
	}
}

// Tokens that are signed with the right key and say the wrong thing.
func TestVerify_wrongClaims(t *testing.T) {
	t.Parallel()
	v := verifier(t, config())
	at := func(d time.Duration) int64 { return now.Add(d).Unix() }
	tests := map[string]struct {
		claim string
		value any // nil leaves it out
		cause error
	}{
		"another issuer":       {"iss", "https://evil.example.com", jwt.ErrTokenInvalidIssuer},
		"no issuer":            {"iss", nil, jwt.ErrTokenRequiredClaimMissing},
		"another audience":     {"aud", "shop", jwt.ErrTokenInvalidAudience},
		"no audience":          {"aud", nil, jwt.ErrTokenRequiredClaimMissing},
		"expired":              {"exp", at(-31 * time.Second), jwt.ErrTokenExpired},
		"no expiry":            {"exp", nil, jwt.ErrTokenRequiredClaimMissing},
		"expiry in words":      {"exp", "tomorrow", jwt.ErrTokenMalformed},
		"expiry at the epoch":  {"exp", 0, jwt.ErrTokenExpired},
		"not yet":              {"nbf", at(31 * time.Second), jwt.ErrTokenNotValidYet},
		"issued in the future": {"iat", at(31 * time.Second), jwt.ErrTokenUsedBeforeIssued},
		"no subject":           {"sub", nil, usertoken.ErrClaims},
		"subject no UUID":      {"sub", "ann", usertoken.ErrClaims},
		"subject a number":     {"sub", 12, jwt.ErrTokenMalformed},
		"subject in braces":    {"sub", "{" + userID + "}", usertoken.ErrClaims},
		"subject no dashes":    {"sub", strings.ReplaceAll(userID, "-", ""), usertoken.ErrClaims},
		"subject nil UUID":     {"sub", "00000000-0000-0000-0000-000000000000", usertoken.ErrClaims},
		"no name":              {"name", nil, usertoken.ErrClaims},
		"blank name":           {"name", " \u00a0\t", usertoken.ErrClaims},
		"name of two lines":    {"name", "Ann\r\nBcc: eve@example.com", usertoken.ErrClaims},
		"name with a zero":     {"name", "Ann\x00", usertoken.ErrClaims},
		"long name":            {"name", strings.Repeat("ä", 201), usertoken.ErrClaims},
		"no community":         {"community", nil, usertoken.ErrClaims},
		"community in quotes":  {"community", "501", jwt.ErrTokenMalformed},
		"half a community":     {"community", 501.5, jwt.ErrTokenMalformed},
		"community 0":          {"community", 0, usertoken.ErrClaims},
		"negative community":   {"community", -501, usertoken.ErrClaims},
		"community too large":  {"community", json.Number("9223372036854775808"), jwt.ErrTokenMalformed},
		"unknown role":         {"role", "admin", usertoken.ErrClaims},
		"role in capitals":     {"role", "OPERATOR", usertoken.ErrClaims},
		"a list of roles":      {"role", []string{"operator"}, jwt.ErrTokenMalformed},
	}
	for name, tc := range tests {
		c := good()
		if c[tc.claim] = tc.value; tc.value == nil {
			delete(c, tc.claim)
		}
		refused(t, v, name, sign(t, jwt.SigningMethodHS256, secret, c, nil), tc.cause)
	}
}

// Tokens that are not signed with the right key, or try to choose it.
func TestVerify_forged(t *testing.T) {
	t.Parallel()
	s, other := newSigner(t), newSigner(t)
	cfg := config()
	cfg.JWKS = s.set
	both := verifier(t, cfg)
	cfg.Secrets = nil
	asymmetric := verifier(t, cfg)
	symmetric := verifier(t, config())

	der, err := x509.MarshalPKIXPublicKey(s.rsa.Public())
	if err != nil {
		t.Fatal(err)
	}
	publicPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	kid := func(id any) map[string]any { return map[string]any{"kid": id} }
	ours := sign(t, jwt.SigningMethodHS256, secret, good(), nil)
	parts := strings.Split(ours, ".")
	none := sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, good(), nil)
	ownKey, err := json.Marshal(jose.JSONWebKey{Key: other.rsa.Public(), KeyID: "rsa"})
	if err != nil {
		t.Fatal(err)
	}
	header := map[string]any{"kid": "rsa", "jwk": json.RawMessage(ownKey), "jku": "https://evil.example.com/jwks", "x5u": "https://evil.example.com/x5u"}

	tests := map[string]struct {
		v     *usertoken.Verifier
		text  string
		cause error
	}{
		"nothing":                         {both, "", jwt.ErrTokenMalformed},
		"no algorithm":                    {both, none, jwt.ErrTokenSignatureInvalid},
		"no algorithm, signature kept":    {both, none + parts[2], jwt.ErrTokenSignatureInvalid},
		"no algorithm in capitals":        {both, raw(t, `{"alg":"NONE"}`, `{}`), jwt.ErrTokenUnverifiable},
		"algorithm left out":              {both, raw(t, `{}`, `{}`), jwt.ErrTokenUnverifiable},
		"algorithm in lower case":         {both, raw(t, `{"alg":"hs256"}`, `{}`), jwt.ErrTokenUnverifiable},
		"two algorithms":                  {both, raw(t, `{"alg":["HS256"]}`, `{}`), jwt.ErrTokenUnverifiable},
		"another secret":                  {both, sign(t, jwt.SigningMethodHS256, []byte("another"), good(), nil), jwt.ErrTokenSignatureInvalid},
		"an empty secret":                 {both, sign(t, jwt.SigningMethodHS256, []byte{}, good(), nil), jwt.ErrTokenSignatureInvalid},
		"HS512 with our secret":           {both, sign(t, jwt.SigningMethodHS512, secret, good(), nil), jwt.ErrTokenSignatureInvalid},
		"signature left out":              {both, parts[0] + "." + parts[1] + ".", jwt.ErrTokenSignatureInvalid},
		"payload exchanged":               {both, parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{}`)) + "." + parts[2], jwt.ErrTokenSignatureInvalid},
		"other spelling of the signature": {both, ours[:len(ours)-1] + next(ours[len(ours)-1]), jwt.ErrTokenMalformed},
		"a fourth part":                   {both, ours + "." + parts[2], jwt.ErrTokenMalformed},
		"a blank before":                  {both, " " + ours, jwt.ErrTokenMalformed},
		"with the word Bearer":            {both, "Bearer " + ours, jwt.ErrTokenMalformed},
		"huge":                            {both, sign(t, jwt.SigningMethodHS256, secret, good(), kid(strings.Repeat("x", 8<<10))), usertoken.ErrTooLarge},
		"critical header":                 {both, sign(t, jwt.SigningMethodHS256, secret, good(), map[string]any{"crit": []string{"b64"}, "b64": false}), usertoken.ErrHeader},
		"HS256 with the RSA public key":   {both, sign(t, jwt.SigningMethodHS256, publicPEM, good(), kid("rsa")), jwt.ErrTokenSignatureInvalid},
		"the same where HS256 is off":     {asymmetric, sign(t, jwt.SigningMethodHS256, publicPEM, good(), kid("rsa")), jwt.ErrTokenSignatureInvalid},
		"HS256 with the set's oct key":    {asymmetric, sign(t, jwt.SigningMethodHS256, secret, good(), kid("oct")), jwt.ErrTokenSignatureInvalid},
		"RS256 where there is no set":     {symmetric, sign(t, jwt.SigningMethodRS256, s.rsa, good(), kid("rsa")), jwt.ErrTokenSignatureInvalid},
		"another's key under our id":      {both, sign(t, jwt.SigningMethodRS256, other.rsa, good(), kid("rsa")), jwt.ErrTokenSignatureInvalid},
		"a key brought along":             {both, sign(t, jwt.SigningMethodRS256, other.rsa, good(), header), jwt.ErrTokenSignatureInvalid},
		"unknown key id":                  {both, sign(t, jwt.SigningMethodRS256, s.rsa, good(), kid("new")), usertoken.ErrNoKey},
		"key id of another algorithm":     {both, sign(t, jwt.SigningMethodRS256, s.rsa, good(), kid("ec")), usertoken.ErrNoKey},
		"key id a path":                   {both, sign(t, jwt.SigningMethodRS256, other.rsa, good(), kid("../../dev/null")), usertoken.ErrNoKey},
		"key id a query":                  {both, sign(t, jwt.SigningMethodRS256, other.rsa, good(), kid("' or 1=1 --")), usertoken.ErrNoKey},
		"key id a list":                   {both, sign(t, jwt.SigningMethodRS256, s.rsa, good(), kid([]string{"rsa"})), usertoken.ErrHeader},
		"PS256":                           {both, sign(t, jwt.SigningMethodPS256, s.rsa, good(), kid("rsa")), jwt.ErrTokenSignatureInvalid},
		"RS512":                           {both, sign(t, jwt.SigningMethodRS512, s.rsa, good(), kid("rsa")), jwt.ErrTokenSignatureInvalid},
		"null for claims":                 {both, raw(t, `{"alg":"HS256"}`, `null`), jwt.ErrTokenRequiredClaimMissing},
		"a list for claims":               {both, raw(t, `{"alg":"HS256"}`, `[]`), jwt.ErrTokenMalformed},
		"no JSON":                         {both, raw(t, `{"alg":"HS256"}`, `{`), jwt.ErrTokenMalformed},
		"deep header that is cut":         {both, raw(t, `{"alg":"HS256","x":`+strings.Repeat("[", 4000)+`}`, `{}`), jwt.ErrTokenMalformed},
	}
	for name, tc := range tests {
		refused(t, tc.v, name, tc.text, tc.cause)
	}
}

// next is the base64 digit that differs only in the bits that a 32 byte signature
// leaves over.
func next(digit byte) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(digits[strings.IndexByte(digits, digit)^1])
}

// refused wants one and the same fault, and the cause only inside it.
func refused(t *testing.T, v *usertoken.Verifier, name, text string, cause error) {
	t.Helper()
	u, err := v.Verify(t.Context(), text)
	f := fault.As(err)
	if f.Code != fault.Unauthenticated || f.Reason != "invalid_token" || u != (usertoken.User{}) {
		t.Errorf("%s: %+v, %v", name, u, err)
		return
	}
	if !errors.Is(err, cause) {
		t.Errorf("%s: refused because of %v, want %v", name, f.Err, cause)
	}
	if f.Message != fault.As(first(t, v)).Message {
		t.Errorf("%s: its own message %q", name, f.Message)
	}
	if strings.Contains(err.Error(), string(secret)) || (len(text) > 20 && strings.Contains(err.Error(), text)) {
		t.Errorf("%s: %v shows the secret or the token", name, err)
	}
}

// first is the answer to a caller without any token.
func first(t *testing.T, v *usertoken.Verifier) error {
	_, err := v.Verify(t.Context(), "")
	return err
}

// Keys of a set that must not be used.
func TestNew_uselessKeys(t *testing.T) {
	s := newSigner(t)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]jose.JSONWebKey{
		"private":          {Key: s.ecdsa},
		"for encryption":   {Key: s.rsa.Public(), Use: "enc"},
		"another purpose":  {Key: s.rsa.Public(), Algorithm: "RS512"},
		"P-384":            {Key: p384.Public()},
		"RSA of 1024 bits": {Key: short.Public()},
	}
	for name, key := range tests {
		cfg := config()
		cfg.JWKS = keySet(t, key)
		if _, err := usertoken.New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	cfg := config()
	cfg.JWKS = []byte(`{"keys":[{"kty":"AKP","kid":"future"},{"kty":"EC","crv":"P-256","x":"","y":""},7,` + string(keySet(t, jose.JSONWebKey{Key: s.rsa.Public()}))[len(`{"keys":[`):])
	if _, err := usertoken.New(cfg); err != nil {
		t.Errorf("keys of the future beside a good one: %v", err)
	}
}

// What another reader might take for something else is refused, and so is a token
// that lives too long.
func TestS4_strictClaims(t *testing.T) {
	t.Parallel()
	v := verifier(t, config())
	const rest = `"iss":"` + issuer + `","aud":"` + audience + `","sub":"` + userID + `","name":"Ann Example"`
	const hour = `,"exp":1772445600`
	const head = `{"alg":"HS256","typ":"JWT"}`
	if u, err := v.Verify(t.Context(), raw(t, head, `{`+rest+hour+`,"community":501}`)); err != nil || u.ID != userID {
		t.Fatalf("the plain one: %+v, %v", u, err)
	}
	for name, payload := range map[string]string{
		"role in capitals":          `{` + rest + hour + `,"community":501,"ROLE":"operator"}`,
		"role in both":              `{` + rest + hour + `,"community":501,"role":"","Role":"operator"}`,
		"second community":          `{` + rest + hour + `,"community":501,"community":502}`,
		"second community, capital": `{` + rest + hour + `,"community":501,"Community":502}`,
		"subject twice":             `{` + rest + hour + `,"community":501,"sub":"00000000-0000-4000-8000-00000000000a"}`,
		"expiry as text":            `{` + rest + `,"exp":"1772445600","community":501}`,
		"expiry with an exponent":   `{` + rest + `,"exp":1.7724456e9,"community":501}`,
		"negative expiry":           `{` + rest + `,"exp":-1,"community":501}`,
		"issued as text":            `{` + rest + hour + `,"iat":"1","community":501}`,
		"audience a number":         `{"iss":"` + issuer + `","aud":1,"sub":"` + userID + `","name":"Ann Example"` + hour + `,"community":501}`,
		"after the claims":          `{` + rest + hour + `,"community":501}{}`,
	} {
		refused(t, v, name, raw(t, head, payload), jwt.ErrTokenMalformed)
	}
	for name, claims := range map[string]jwt.MapClaims{
		"ten years":           {"exp": now.AddDate(10, 0, 0).Unix()},
		"a day and a minute":  {"exp": now.Add(24*time.Hour + time.Minute).Unix()},
		"issued two days ago": {"exp": now.Add(time.Minute).Unix(), "iat": now.Add(-48 * time.Hour).Unix()},
	} {
		c := good()
		maps.Copy(c, claims)
		refused(t, v, name, sign(t, jwt.SigningMethodHS256, secret, c, nil), usertoken.ErrClaims)
	}
	c := good()
	c["exp"] = now.Add(24 * time.Hour).Unix()
	if _, err := v.Verify(t.Context(), sign(t, jwt.SigningMethodHS256, secret, c, nil)); err != nil {
		t.Errorf("a day: %v", err)
	}
}

// An issuer speaks for its own community only, whatever it signs.
func TestS3_issuersBelongToCommunities(t *testing.T) {
	t.Parallel()
	theirs := []byte("the secret of another marketplace")
	second := config()
	second.Community, second.Secrets = 502, [][]byte{theirs}
	v, err := usertoken.New(config(), second)
	if err != nil {
		t.Fatal(err)
	}
	token := func(key []byte, community int64) string {
		c := good()
		c["community"], c["role"] = community, "operator"
		return sign(t, jwt.SigningMethodHS256, key, c, nil)
	}
	for community, key := range map[int64][]byte{501: secret, 502: theirs} {
		if u, err := v.Verify(t.Context(), token(key, community)); err != nil || u.Community != community || !u.Operator {
			t.Errorf("community %d: %+v, %v", community, u, err)
		}
	}
	refused(t, v, "unknown community", token(secret, 77), usertoken.ErrCommunity)
	refused(t, v, "ours for theirs", token(secret, 502), jwt.ErrTokenSignatureInvalid)
	refused(t, v, "theirs for ours", token(theirs, 501), jwt.ErrTokenSignatureInvalid)
	refused(t, verifier(t, config()), "unknown community, one issuer", token(secret, 77), usertoken.ErrCommunity)
	if _, err := usertoken.New(config(), config()); err == nil {
		t.Error("a community has two issuers")
	}
	none := config()
	none.Community = 0
	if _, err := usertoken.New(none); err == nil {
		t.Error("an issuer speaks for every community")
	}
}
