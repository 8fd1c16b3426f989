package main

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestS9_unsafeSettings gives serve what it should not be run with. Nothing listens
// where the database should be, so every start ends; by then it has warned.
func TestS9_unsafeSettings(t *testing.T) {
	t.Parallel()
	const (
		local   = "--database-url=postgres://u@127.0.0.1:1/x?sslmode=disable"
		refusal = "not started, because of these settings"
	)
	key := func(b byte) string {
		return "--details-keys=k1:" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{b}, 32))
	}
	exchange := func(secret string) []string {
		return []string{local, "--jwt-issuer=market", "--jwt-audience=handsel", "--details-keys=k1:" + base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789ABCDEF")), "--jwt-secret=" + secret}
	}
	tests := map[string]struct {
		args []string
		said []string // how the refusals, or else the warnings, begin
		no   bool     // it refuses
	}{
		"as it should be":    {exchange(tokenSecret), nil, false},
		"everybody":          {[]string{local, "--trusted-proxies=10.0.0.0/8,0.0.0.0/0"}, []string{`HANDSEL_TRUSTED_PROXIES: "0.0.0.0/0"`}, true},
		"everybody of IPv6":  {[]string{local, "--trusted-proxies=::/0"}, []string{`HANDSEL_TRUSTED_PROXIES: "::/0"`}, true},
		"everybody, mapped":  {[]string{local, "--trusted-proxies=::ffff:0.0.0.0/96"}, []string{`HANDSEL_TRUSTED_PROXIES: "::ffff:0.0.0.0/96"`}, true},
		"half of everybody":  {[]string{local, "--trusted-proxies=0.0.0.0/1,128.0.0.0/1"}, []string{`HANDSEL_TRUSTED_PROXIES: "0.0.0.0/1"`, `HANDSEL_TRUSTED_PROXIES: "128.0.0.0/1"`}, true},
		"private networks":   {[]string{local, "--trusted-proxies=10.0.0.0/8,fc00::/7,192.0.2.1"}, nil, false},
		"zeros":              {exchange(strings.Repeat("0", 32)), []string{"HANDSEL_JWT_SECRET: secret 1 is one repeated character"}, true},
		"zero bytes":         {exchange(strings.Repeat("\x00", 32)), []string{"HANDSEL_JWT_SECRET: secret 1 is one repeated character"}, true},
		"second one":         {exchange(tokenSecret + "," + strings.Repeat("x", 40)), []string{"HANDSEL_JWT_SECRET: secret 2 is one repeated character"}, true},
		"of an issuer":       {append(exchange(tokenSecret), "--exchange-community=1", `--jwt-issuers=[{"community":2,"issuer":"b","audience":"h","secrets":["`+strings.Repeat("z", 32)+`"]}]`), []string{"HANDSEL_JWT_ISSUERS: a secret of entry 1 is one"}, true},
		"few characters":     {exchange(strings.Repeat("a5", 20)), []string{"HANDSEL_JWT_SECRET: secret 1 has few"}, false},
		"details key, zeros": {[]string{local, key(0)}, []string{`HANDSEL_DETAILS_KEYS: key "k1" is all zeros`}, true},
		"details key, weak":  {[]string{local, key(7)}, []string{`HANDSEL_DETAILS_KEYS: key "k1" has few`}, false},
		"first key of zeros": {[]string{local, "--bootstrap-api-key=hsk_live_00000000000000ab_" + strings.Repeat("0", 64)}, []string{"HANDSEL_BOOTSTRAP_API_KEY is one repeated character"}, true},
		"webhook password":   {[]string{local, "--trustap-api-key=k", "--trustap-webhook-password=" + strings.Repeat("p", 16)}, []string{"HANDSEL_TRUSTAP_WEBHOOK_PASSWORD is one repeated character"}, true},
		"all addresses":      {[]string{local, "--addr=0.0.0.0:8420"}, []string{"HANDSEL_ADDR listens for other machines"}, false},
		"no address":         {[]string{local, "--addr=:8420", "--ops-addr=:8429"}, []string{"HANDSEL_ADDR listens", "HANDSEL_OPS_ADDR shows"}, false},
		"behind a proxy":     {[]string{local, "--addr=0.0.0.0:8420", "--trusted-proxies=10.1.2.3"}, nil, false},
		"open database":      {[]string{"--database-url=postgres://u@db.invalid/x?sslmode=disable"}, []string{"HANDSEL_DATABASE_URL: the traffic with db.invalid"}, false},
		"open at times":      {[]string{"--database-url=postgres://u@127.0.0.1,db.invalid:1/x?sslmode=prefer"}, []string{"HANDSEL_DATABASE_URL: the traffic with db.invalid"}, false},
		"closed database":    {[]string{"--database-url=postgres://u@db.invalid/x?sslmode=require"}, nil, false},
		"gateway off":        {[]string{local, "--stripe-return-url=https://shop.example.com", "--trustap-listings=off"}, []string{"HANDSEL_STRIPE_RETURN_URL is set and does nothing"}, false},
		"no limits":          {[]string{local, "--rate-limits=off"}, []string{"HANDSEL_RATE_LIMITS is off"}, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			err := run(t.Context(), append([]string{"serve"}, tc.args...), &out, &out)
			if err == nil || strings.HasPrefix(err.Error(), refusal) != tc.no {
				t.Fatalf("refused: %v, want %v", err, tc.no)
			}
			var said []string
			if tc.no {
				said = strings.Split(err.Error(), "\n  - ")[1:]
			} else {
				for line := range strings.Lines(out.String()) {
					_, text, _ := strings.Cut(line, "level=WARN msg=")
					if strings.Contains(text, "unknown settings") {
						continue // of the environment that the tests run in
					}
					said = append(said, strings.TrimPrefix(strings.ReplaceAll(text, `\"`, `"`), `"`))
				}
			}
			for i := range min(len(said), len(tc.said)) {
				if strings.HasPrefix(said[i], tc.said[i]) {
					said[i] = tc.said[i]
				}
			}
			if d := cmp.Diff(tc.said, said); d != "" {
				t.Error(d)
			}
		})
	}
}
