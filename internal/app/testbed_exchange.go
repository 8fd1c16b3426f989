package app

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"time"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/internal/devmail"
	"github.com/handsel-dev/handsel/internal/usertoken"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	deposits "github.com/handsel-dev/handsel/orchestrator/process/balance"
)

// How user tokens of a testbed are signed; a marketplace signs its own.
const (
	devIssuer   = "handsel-dev"
	devAudience = "handsel"
	devLifetime = usertoken.DefaultLife
)

// SampleUser is a user whom a testbed begins with.
type SampleUser struct {
	ID, Name string
	Operator bool
}

// The sample users. The ids are fixed so that scripts can rely on them.
var (
	Alice = SampleUser{ID: "00000000-0000-4000-8000-00000000000a", Name: "Alice Sample"}
	Bob   = SampleUser{ID: "00000000-0000-4000-8000-00000000000b", Name: "Bob Sample"}
	Olga  = SampleUser{ID: "00000000-0000-4000-8000-0000000000ff", Name: "Olga Operator", Operator: true}
)

// sampleBalance is what Alice and Bob begin with, in kopecks.
const sampleBalance = 10_000_000

// Token signs a token for a user of the sample community, real or made up.
func (w *Testbed) Token(u SampleUser) (string, error) {
	if w.Config.World != nil {
		return sampleToken(w.Config.TokenSecret, u, w.Config.World.Made, keptLifetime)
	}
	return SampleToken(w.Config.TokenSecret, u, w.wall())
}

// keptLifetime is how long a token of a world lives, which is the same after each start.
const keptLifetime = 10 * 365 * 24 * time.Hour

// SampleToken does so from outside, with the secret that the testbed was given or has shown.
func SampleToken(secret string, u SampleUser, now time.Time) (string, error) {
	return sampleToken(secret, u, now, devLifetime)
}

func sampleToken(secret string, u SampleUser, now time.Time, life time.Duration) (string, error) {
	return usertoken.Sign([]byte(secret), usertoken.User{
		ID: u.ID, Name: u.Name, Community: SampleCommunity, Operator: u.Operator, Expires: now.Add(life),
	}, devIssuer, devAudience, now)
}

func (w *Testbed) exchangeConfig() *Exchange {
	issuer := func(community int64) usertoken.Config {
		c := usertoken.Config{Community: community, Secrets: [][]byte{[]byte(w.Config.TokenSecret)}, Issuer: devIssuer, Audience: devAudience}
		if w.Config.World != nil {
			c.MaxLife = keptLifetime
		}
		return c
	}
	listed, known := sampleAssets()
	return &Exchange{
		Listed: listed, Assets: known,
		Tokens:    []usertoken.Config{issuer(SampleCommunity), issuer(OtherCommunity)},
		Rules:     sampleRules(),
		Community: SampleCommunity, TokenInQuery: true, LocalOrigins: true, AllowedOrigins: w.Config.Origins,
	}
}

// sampleAssets may be traded in addition to rubles.
func sampleAssets() ([]money.Currency, money.Assets) {
	listed, known, _ := money.ParseAssets("USDT:6,TRX:6,BTC:8") // a test reads it
	return listed, known
}

// sampleRules are the defaults, but for scripts that play the same two traders again
// and again: a cancelled order counts less, and payment details are there at once.
func sampleRules() exchange.Rules {
	r := exchange.DefaultRules()
	r.CancelPoints, r.NewcomerWait = 1, 0
	return r
}

// sampleLetterhead is how the communities of a testbed write until they set something
// else: under their own names.
func sampleLetterhead(url string) notices.Letterhead {
	return notices.Letterhead{Sender: "market@example.com", Link: url + "/docs?order=" + notices.OrderInLink, Operators: "operators@example.com"}
}

// sampleBalances gives Alice and Bob money, when the database is new.
func (w *Testbed) sampleBalances(ctx context.Context) error {
	mine := RandomSecret()
	stored, err := w.Store.Setting(ctx, "sample_balances", func() string { return mine })
	if err != nil || stored != mine {
		return err
	}
	for _, u := range []SampleUser{Alice, Bob} {
		_, err := w.Engine.Create(ctx, orchestrator.CreateInput{
			CommunityID: SampleCommunity, Process: deposits.DepositName, Gateway: "balance", Actor: process.Actor{Kind: process.Staff, ID: Olga.ID},
			Starter: u.ID, Author: u.ID, Title: "Sample balance", UnitPrice: money.New(sampleBalance, "RUB"), Input: map[string]string{"reason": "sample data"},
		})
		if err != nil {
			return fmt.Errorf("sample balance of %s: %w", u.Name, err)
		}
	}
	return nil
}

// sampleAddress is where the e-mails of users without a profile go: to a page.
func sampleAddress(_ int64, user string) (string, bool) { return user + "@example.invalid", true }

// EmulatorsPath is where a testbed tells its emulators' origins, by gateway.
const EmulatorsPath = "/_dev/emulators"

func (w *Testbed) emulatorURLs() map[string]string {
	all := maps.Clone(w.Config.EmulatorURLs)
	if all == nil {
		all = map[string]string{}
	}
	all["trustap"] = w.Config.SandboxURL
	return all
}

// withPages shows e-mails at /_dev/mail, and lets scripts play the
// buyer with a POST to the page where one pays: the emulator takes it.
func (w *Testbed) withPages(next http.Handler) http.Handler {
	mux := http.NewServeMux()
	for _, e := range w.beside {
		if e.page != "" {
			mux.Handle("POST "+e.page, w.Kept(e.gateway, w.Prompt(e)))
		}
	}
	mux.HandleFunc("GET "+EmulatorsPath, func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(rw).Encode(w.emulatorURLs()) // fails only when the reader is gone
	})
	devmail.Pages{Sent: w.Mailbox.Messages, Own: func(ctx context.Context) (map[string]notices.Override, error) {
		return w.Store.MailChoices.MailTemplates(ctx, SampleCommunity)
	}}.Mount(mux)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		// A mux that had all paths would redirect those that a server refuses.
		if _, pattern := mux.Handler(r); pattern != "" {
			mux.ServeHTTP(rw, r)
			return
		}
		next.ServeHTTP(rw, r)
	})
}
