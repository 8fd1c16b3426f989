package main

import (
	"encoding/base64"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/usertoken"
)

var (
	tokenSecret = "s3cret-of-a-test-with-32-bytes-or-more"
	detailsKeys = "k1:" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 32)))
)

// Each problem is named on a line of its own, and nothing else is complained about.
func TestServe_check(t *testing.T) {
	t.Parallel()
	const rsa = "--jwks-url=https://market.example.com/keys"
	exchange := []string{"--jwt-secret=" + tokenSecret, "--jwt-issuer=market", "--jwt-audience=handsel", "--details-keys=" + detailsKeys}
	logins := []string{"--console-oidc-issuer=https://login.example.com/realms/shop", "--console-oidc-client-id=handsel", "--console-oidc-client-secret=a-secret-of-the-issuer", "--console-oidc-roles=groups=urn:desk=1:support@7"}
	post := []string{"--smtp-host=mail.example.com", "--mail-from=Market <market@example.com>"}
	tests := map[string]struct {
		args []string
		want []string // how the problems begin, in order; none: no database is the only one
	}{
		"off":               {nil, nil},
		"secret":            {exchange, nil},
		"two secrets":       {append(exchange[1:], "--jwt-secret="+tokenSecret+","+tokenSecret), nil},
		"short secret":      {append(exchange[1:], "--jwt-secret="+tokenSecret+",short"), []string{"HANDSEL_JWT_SECRET: secret 2 must have 32"}},
		"key set":           {append(exchange[1:], rsa), nil},
		"plain key set":     {append(exchange[1:], "--jwks-url=http://market.example.com/keys"), []string{"HANDSEL_JWKS_URL must be an https URL"}},
		"password in URL":   {append(exchange[1:], "--jwks-url=https://u:p@market.example.com"), []string{"HANDSEL_JWKS_URL must be an https URL"}},
		"secret alone":      {exchange[:1], []string{"HANDSEL_JWT_ISSUER is not set", "HANDSEL_JWT_AUDIENCE is not set", "HANDSEL_DETAILS_KEYS is not set"}},
		"all but secret":    {exchange[1:], []string{"HANDSEL_JWT_SECRET or HANDSEL_JWKS_URL is not set"}},
		"broken keys":       {append(exchange, "--details-keys=k1:c2hvcnQ="), []string{"HANDSEL_DETAILS_KEYS must be id:key"}},
		"key twice":         {append(exchange, "--details-keys="+detailsKeys+","+detailsKeys), []string{"HANDSEL_DETAILS_KEYS must be id:key"}},
		"currency":          {append(exchange, "--exchange-asset=rub"), []string{"HANDSEL_EXCHANGE_ASSET must be"}},
		"assets":            {append(exchange, "--exchange-asset=USDT", "--exchange-assets=USDT:6,BTC:8,EUR"), nil},
		"assets, no scale":  {append(exchange, "--exchange-assets=USDT"), []string{`HANDSEL_EXCHANGE_ASSETS: not an asset: "USDT"; use CODE:DECIMALS`}},
		"assets, bad scale": {append(exchange, "--exchange-assets=ETH:19"), []string{"HANDSEL_EXCHANGE_ASSETS: not an asset: ETH must have 0 to 18"}},
		"assets, ISO":       {append(exchange, "--exchange-assets=EUR:3"), []string{"HANDSEL_EXCHANGE_ASSETS: not an asset: EUR is a currency of ISO 4217"}},
		"assets, other":     {append(exchange, "--exchange-asset=TRX", "--exchange-assets=USDT:6"), []string{"HANDSEL_EXCHANGE_ASSET must be"}},
		"community":         {append(exchange, "--exchange-community=-1"), []string{"HANDSEL_EXCHANGE_COMMUNITY must be"}},
		"deposit":           {append(exchange, "--exchange-min-deposit=-1"), []string{"HANDSEL_EXCHANGE_MIN_DEPOSIT must not be negative"}},
		"origins":           {append(exchange, "--ws-origins=https://a.example.com,http://127.0.0.1:3000"), nil},
		"origin with path":  {append(exchange, "--ws-origins=https://a.example.com/"), []string{`HANDSEL_WS_ORIGINS: "https://a.example.com/"`}},
		"any origin":        {append(exchange, "--ws-origins=*"), []string{`HANDSEL_WS_ORIGINS: "*"`}},
		"plain origin":      {append(exchange, "--ws-origins=http://a.example.com"), []string{"HANDSEL_WS_ORIGINS"}},
		"logins":            {append(logins, "--public-url=https://pay.example.com"), nil},
		"logins, no origin": {logins, []string{"HANDSEL_CONSOLE_OIDC_ISSUER leads people back to this server, but HANDSEL_PUBLIC_URL is not set"}},
		"logins, half":      {[]string{"--public-url=https://pay.example.com", "--console-oidc-issuer=http://login.example.com"}, []string{"HANDSEL_CONSOLE_OIDC_ISSUER must be an https URL", "HANDSEL_CONSOLE_OIDC_CLIENT_ID and", "HANDSEL_CONSOLE_OIDC_ROLES is not set"}},
		"logins, no role":   {append(logins, "--public-url=https://pay.example.com", "--console-oidc-roles=groups=x:king@7"), []string{"HANDSEL_CONSOLE_OIDC_ROLES: entry 2 is not CLAIM=VALUE:ROLE@COMMUNITY"}},
		"issuers":           {append(exchange, "--exchange-community=1", `--jwt-issuers=[{"community":2,"issuer":"b","audience":"handsel","secrets":["`+tokenSecret+`"]}]`), nil},
		"issuers alone":     {[]string{exchange[3], `--jwt-issuers=[{"community":2,"issuer":"b","audience":"handsel","jwks_url":"https://b.example.com/keys"}]`}, nil},
		"issuer twice":      {append(exchange, "--exchange-community=1", `--jwt-issuers=[{"community":1,"issuer":"b","audience":"handsel","secrets":["`+tokenSecret+`"]}]`), []string{"HANDSEL_JWT_ISSUERS: entry 1: community 1 has an issuer already"}},
		"issuer, no keys":   {append(exchange, `--jwt-issuers=[{"community":2,"issuer":"b","audience":"handsel"}]`), []string{"HANDSEL_JWT_ISSUERS: entry 1 needs secrets"}},
		"issuers, no JSON":  {append(exchange, "--jwt-issuers=b"), []string{"HANDSEL_JWT_ISSUERS must be a JSON list"}},
		"tokens for ever":   {append(exchange, "--jwt-max-life=90000h"), []string{"HANDSEL_JWT_MAX_LIFE must be"}},
		"live beside test":  {[]string{"--stripe-secret-key=sk_live_x", "--stripe-webhook-secret=whsec_x", "--trustap-api-key=x", "--trustap-url=https://dev.stage.trustap.com/api/v1", "--trustap-webhook-password=0123456789abcdef"}, []string{"HANDSEL_TRUSTAP_URL is a test one"}}, // S2, S9
		"live at emulator":  {[]string{"--stripe-secret-key=sk_live_x", "--stripe-webhook-secret=whsec_x", "--stripe-url=http://127.0.0.1:8422"}, []string{"HANDSEL_STRIPE_SECRET_KEY is a live key, but HANDSEL_STRIPE_URL is an emulator"}},
		"test key, live":    {[]string{"--stripe-secret-key=rk_live_x", "--stripe-webhook-secret=whsec_x", "--bootstrap-api-key=hsk_test_00000000000000ab_" + strings.Repeat("ab", 32)}, []string{"HANDSEL_BOOTSTRAP_API_KEY is a test key, but this server is for live"}},
		"live key, test":    {[]string{"--mode=test", "--bootstrap-api-key=hsk_live_00000000000000ab_" + strings.Repeat("ab", 32)}, []string{"HANDSEL_BOOTSTRAP_API_KEY is a live key"}},
		"mode set wrong":    {[]string{"--mode=live", "--stripe-secret-key=sk_test_x", "--stripe-webhook-secret=whsec_x"}, []string{"HANDSEL_STRIPE_SECRET_KEY is a test one"}},
		"mail":              {post, nil},
		"mail, no sender":   {post[:1], []string{"HANDSEL_MAIL_FROM is not set: e-mails need the address of a sender"}},
		"mail, no host":     {post[1:], []string{"HANDSEL_SMTP_HOST is not set"}},
		"half a login":      {append(post, "--smtp-username=market"), []string{"HANDSEL_SMTP_USERNAME and HANDSEL_SMTP_PASSWORD"}},
		"open mail":         {append(post, "--smtp-tls=none"), []string{"HANDSEL_SMTP_TLS must be starttls or tls"}},
		"open mail at home": {[]string{"--smtp-host=127.0.0.1", "--smtp-tls=none", post[1]}, nil},
		"mail port":         {append(post, "--smtp-port=0"), []string{"HANDSEL_SMTP_PORT must be"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := run(t.Context(), append([]string{"serve"}, tc.args...), io.Discard, io.Discard)
			if err == nil {
				t.Fatal("it started without a database")
			}
			if strings.Contains(err.Error(), tokenSecret) || strings.Contains(err.Error(), detailsKeys) {
				t.Errorf("the refusal holds a secret: %v", err)
			}
			want := append(append([]string{}, tc.want...), "HANDSEL_DATABASE_URL is not set")
			got := strings.Split(err.Error(), "\n  - ")[1:]
			for i := range min(len(got), len(want)) {
				if strings.HasPrefix(got[i], want[i]) {
					got[i] = want[i]
				}
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// With nothing but secrets, an issuer, an audience and keys, users can come.
func TestServe_exchange(t *testing.T) {
	t.Parallel()
	address := freeAddress(t)
	keyFile := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(keyFile, []byte(detailsKeys+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, []string{
		"HANDSEL_ADDR=" + address, "HANDSEL_DATABASE_URL=" + filepath.Join(t.TempDir(), "handsel.db"), "HANDSEL_BOOTSTRAP_API_KEY=hsk_test_00000000000000ab_" + strings.Repeat("ab", 32),
		"HANDSEL_JWT_SECRET=" + "n3w-" + tokenSecret + "," + tokenSecret, "HANDSEL_JWT_ISSUER=market", "HANDSEL_JWT_AUDIENCE=handsel",
		"HANDSEL_DETAILS_KEYS_FILE=" + keyFile, "HANDSEL_EXCHANGE_COMMUNITY=1",
	}, "serve")
	url := "http://" + address
	await(t, "serve", func() bool { return call(t, "GET", url+"/readyz", "", "", "", "").Status == 200 })
	now := time.Now()
	u := usertoken.User{ID: app.Alice.ID, Name: app.Alice.Name, Community: 1, Expires: now.Add(time.Hour)}
	token, err := usertoken.Sign([]byte(tokenSecret), u, "market", "handsel", now)
	if err != nil {
		t.Fatal(err)
	}
	forged, err := usertoken.Sign([]byte(tokenSecret), u, "market", "others", now)
	if err != nil {
		t.Fatal(err)
	}
	if got := call(t, "GET", url+"/api/v1/p2p/balance", token, "", "", ""); got.Status != 200 || got.field(t, "currency") != "RUB" {
		t.Errorf("balance: %d %s", got.Status, got.Body)
	}
	if got := call(t, "GET", url+"/api/v1/p2p/balance", forged, "", "", ""); got.Status != 401 {
		t.Errorf("a token for others: %d %s", got.Status, got.Body)
	}
	if got := call(t, "GET", url+"/api/v1/p2p/ads", "", "", "", ""); got.Status != 200 {
		t.Errorf("public ads: %d %s", got.Status, got.Body)
	}
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		t.Errorf("serve ended with %v", err)
	}
	if n := strings.Count(p.out(), "HANDSEL_SMTP_HOST is not set"); n != 1 {
		t.Errorf("it says %d times that no e-mails are sent:\n%s", n, p.out())
	}
}
