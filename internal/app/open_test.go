package app_test

import (
	"database/sql"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/mail"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/internal/usertoken"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	"github.com/handsel-dev/handsel/orchestrator/gateway/trustap"
)

// shut is a gateway that cannot be opened.
type shut struct{ gateway.Settings }

func (shut) Open(gateway.Surroundings) (gateway.Parts, error) {
	return gateway.Parts{}, errors.New("the vault is locked")
}

// unnamed is a gateway of which nobody has said what it can.
type unnamed struct{ gateway.Settings }

func (unnamed) Open(gateway.Surroundings) (gateway.Parts, error) {
	return gateway.Parts{Gateway: mystery{}}, nil
}

type mystery struct{ orchestrator.Gateway }

func (mystery) Name() string { return "mystery" }

// refusals are settings with which nothing is opened, and what is said then.
var refusals = map[string]struct {
	change func(*app.Config)
	says   string
}{
	"a gateway that cannot be opened": {func(c *app.Config) { c.Gateways = map[string]app.Connection{"stripe": {Settings: shut{}}} }, "the vault is locked"},
	"a gateway that nobody knows":     {func(c *app.Config) { c.Gateways = map[string]app.Connection{"stripe": {Settings: unnamed{}}} }, "mystery"},
	"e-mails from nobody":             {func(c *app.Config) { c.Mail = &mail.Memory{} }, "address of a sender"},
	"an exchange without tokens":      {func(c *app.Config) { c.Exchange = &app.Exchange{} }, "an issuer is needed"},
	"a short secret of tokens": {func(c *app.Config) {
		c.Exchange = &app.Exchange{Tokens: []usertoken.Config{{Community: 1, Issuer: "x", Audience: "y", Secrets: [][]byte{[]byte("short")}}}}
	}, "a secret has 5 bytes"},
}

// What cannot work is refused when it is opened, with what is wrong, and the database is
// left as one that can be opened with other settings.
func TestOpen_refused(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		for name, tc := range refusals {
			c := app.Config{DatabaseURL: url, Now: time.Now}
			tc.change(&c)
			if a, err := app.Open(t.Context(), c); a != nil || err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("%s: %v, want %q", name, err, tc.says)
			}
		}
		a, err := app.Open(t.Context(), app.Config{DatabaseURL: url, Now: time.Now, Existing: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
}

// A setting of the database that somebody spoiled is named.
func TestOpen_spoiledSetting(t *testing.T) {
	t.Parallel()
	for driver, url := range map[string]func(testdb.TB) string{"sqlite": testdb.SQLite, "postgres": testdb.Postgres} {
		t.Run(driver, func(t *testing.T) {
			t.Parallel()
			c := app.Config{DatabaseURL: url(t), Now: time.Now}
			a, err := app.Open(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			db, err := sql.Open(driver, c.DatabaseURL)
			if err != nil {
				t.Fatal(err)
			}
			_, err = db.ExecContext(t.Context(), `update settings set value = 'last spring' where name = 'references_signed_since'`)
			if err := errors.Join(err, db.Close(), a.Close()); err != nil {
				t.Fatal(err)
			}
			if _, err := app.Open(t.Context(), c); err == nil || !strings.Contains(err.Error(), "setting references_signed_since") {
				t.Errorf("%v does not name the setting", err)
			}
		})
	}
}

// A command makes no database, and a server that is not there is an error.
func TestOpen_noDatabase(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]app.Config{
		"a command on a file that is not there": {DatabaseURL: filepath.Join(t.TempDir(), "none.db"), Existing: true},
		"a server that is not there":            {DatabaseURL: "postgres://handsel@127.0.0.1:1/handsel?sslmode=disable"},
	} {
		c.Now = time.Now
		if a, err := app.Open(t.Context(), c); a != nil || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A world whose parts cannot be made is none.
func TestOpenTestbed_refused(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*app.TestbedConfig){
		"the sandbox":  func(c *app.TestbedConfig) { c.SandboxURL = "nowhere" },
		"an emulator":  func(c *app.TestbedConfig) { c.EmulatorURLs = map[string]string{"stripe": "nowhere"} },
		"the database": func(c *app.TestbedConfig) { c.DatabaseURL = "postgres://handsel@127.0.0.1:1/handsel?sslmode=disable" },
	} {
		c := app.TestbedConfig{DatabaseURL: testdb.SQLite(t), URL: "http://127.0.0.1:1", SandboxURL: "http://127.0.0.1:2", Seed: 1}
		change(&c)
		if w, err := app.OpenTestbed(t.Context(), c); w != nil || err == nil {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

type offline struct{ calls atomic.Int64 }

func (c *offline) RoundTrip(*http.Request) (*http.Response, error) {
	c.calls.Add(1)
	return nil, errors.New("no network")
}

// Listings are kept at a gateway too if it is asked to keep them, and only then. They
// stand whatever becomes of that.
func TestOpen_mirror(t *testing.T) {
	t.Parallel()
	for setting, told := range map[string]bool{"on": true, "off": false} {
		calls := &offline{}
		connection := app.Connection{Settings: &trustap.Settings{
			TrustapURL: "http://127.0.0.1:1/api/v1", TrustapAPIKey: "k", TrustapClientID: "c", TrustapActionsURL: "http://127.0.0.1:1", TrustapListings: setting,
		}}
		connection.Transport = calls
		connection.Stranger = func(community int64, user string) (orchestrator.Profile, bool) {
			return orchestrator.Profile{CommunityID: community, UserID: user, Email: "sam@example.com", FirstName: "Sam", LastName: "Sample", CountryCode: "IE", TermsAcceptedAt: time.Now(), TermsIP: "192.0.2.1"}, true
		}
		a, err := app.Open(t.Context(), app.Config{DatabaseURL: testdb.SQLite(t), Now: time.Now, Gateways: map[string]app.Connection{"trustap": connection}})
		if err != nil {
			t.Fatal(err)
		}
		by := orchestrator.By{Actor: "system", Reason: "test", At: time.Now()}
		err = a.Store.AddCommunity(t.Context(), 7, "Seven", by)
		made, failed := a.Listings.Create(t.Context(), listings.Draft{CommunityID: 7, Author: "sam", Kind: listings.SingleUse, Model: listings.Online, Title: "Bike", Pricing: listings.Pricing{Price: money.New(5000, "EUR")}})
		if err := errors.Join(err, failed, a.Close()); err != nil || made.ID == 0 {
			t.Fatal(err)
		}
		if n := calls.calls.Load(); n > 0 != told {
			t.Errorf("%s: %d calls", setting, n)
		}
	}
}
