package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/handsel-dev/handsel/client"
	"github.com/handsel-dev/handsel/internal/app"
)

// secretSettings may also be given as the name of a file, in NAME_FILE.
var secretSettings = []string{
	"HANDSEL_DATABASE_URL", "HANDSEL_TRUSTAP_API_KEY", "HANDSEL_TRUSTAP_WEBHOOK_PASSWORD", "HANDSEL_BOOTSTRAP_API_KEY",
	"HANDSEL_STRIPE_SECRET_KEY", "HANDSEL_STRIPE_WEBHOOK_SECRET", "HANDSEL_JWT_SECRET", "HANDSEL_JWT_ISSUERS", "HANDSEL_DETAILS_KEYS", "HANDSEL_SMTP_PASSWORD",
}

// readSecretFiles puts the content of NAME_FILE into NAME.
func readSecretFiles() error {
	for _, name := range secretSettings {
		file, ok := os.LookupEnv(name + "_FILE")
		if !ok {
			continue
		}
		if _, twice := os.LookupEnv(name); twice {
			return fmt.Errorf("both %s and %s_FILE are set; keep one", name, name)
		}
		content, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("%s_FILE: %w", name, err)
		}
		if err := os.Setenv(name, strings.TrimSpace(string(content))); err != nil {
			return err
		}
	}
	return nil
}

// databaseSetting is shared by all commands that work on a database.
type databaseSetting struct {
	DatabaseURL string `name:"database-url" env:"HANDSEL_DATABASE_URL" placeholder:"URL" help:"File path, sqlite:path or postgres://… of the database."`
}

func (d databaseSetting) require() error {
	if d.DatabaseURL == "" {
		return errors.New("HANDSEL_DATABASE_URL is not set: give a file path, sqlite:path or postgres://…")
	}
	return nil
}

// trustapSettings connect to Trustap.
type trustapSettings struct {
	TrustapURL             string `env:"HANDSEL_TRUSTAP_URL" default:"${trustap}" help:"Base URL of the Trustap API."`
	TrustapAPIKey          string `name:"trustap-api-key" env:"HANDSEL_TRUSTAP_API_KEY" placeholder:"KEY" help:"API key at Trustap; without it the gateway trustap is off."`
	TrustapActionsURL      string `env:"HANDSEL_TRUSTAP_ACTIONS_URL" default:"https://actions.trustap.com" help:"Origin of Trustap's payment pages."`
	TrustapReturnURL       string `env:"HANDSEL_TRUSTAP_RETURN_URL" placeholder:"URL" help:"Where the payment page sends the buyer; must be registered with Trustap."`
	TrustapListings        string `env:"HANDSEL_TRUSTAP_LISTINGS" default:"off" enum:"on,off" help:"Keep listings at Trustap too: on or off."`
	TrustapClientID        string `name:"trustap-client-id" env:"HANDSEL_TRUSTAP_CLIENT_ID" placeholder:"ID" help:"Client id of the login at Trustap; handsel reconcile needs it for statements."`
	TrustapWebhookUsername string `env:"HANDSEL_TRUSTAP_WEBHOOK_USERNAME" default:"trustap" help:"User name that Trustap's webhooks send."`
	TrustapWebhookPassword string `env:"HANDSEL_TRUSTAP_WEBHOOK_PASSWORD" placeholder:"SECRET" help:"Password that Trustap's webhooks send."`
}

// check names every setting that is missing or unsafe.
func (s trustapSettings) check() []string {
	if s.TrustapAPIKey == "" {
		return nil
	}
	var problems []string
	if !isSafeURL(s.TrustapURL) {
		problems = append(problems, "HANDSEL_TRUSTAP_URL must be an https URL (http only for a loopback address)")
	}
	if len(s.TrustapWebhookPassword) < 16 {
		problems = append(problems, "HANDSEL_TRUSTAP_WEBHOOK_PASSWORD must have 16 characters or more, the same as registered with Trustap")
	}
	return problems
}

func (s trustapSettings) config() *app.Trustap {
	if s.TrustapAPIKey == "" {
		return nil
	}
	return &app.Trustap{
		BaseURL: s.TrustapURL, APIKey: s.TrustapAPIKey, ActionsURL: s.TrustapActionsURL, ReturnURL: s.TrustapReturnURL,
		Listings: s.TrustapListings == "on", ClientID: s.TrustapClientID, WebhookUsername: s.TrustapWebhookUsername, WebhookPassword: s.TrustapWebhookPassword,
	}
}

var defaults = map[string]string{"trustap": client.Production}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// isSafeURL reports whether a URL is https, or http on this machine, and holds no
// password.
func isSafeURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && u.User == nil && (u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()))
}

// logSettings choose how the program logs.
type logSettings struct {
	LogLevel  slog.Level `env:"HANDSEL_LOG_LEVEL" default:"info" help:"debug, info, warn or error."`
	LogFormat string     `env:"HANDSEL_LOG_FORMAT" default:"text" enum:"text,json" help:"text or json."`
}

func (l logSettings) logger(env environment) *slog.Logger {
	options := &slog.HandlerOptions{Level: l.LogLevel}
	if l.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(env.errOut, options))
	}
	return slog.New(slog.NewTextHandler(env.errOut, options))
}

func quietLogger(env environment, l logQuietly) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.LogLevel)); err != nil {
		return nil, err
	}
	return logSettings{LogLevel: level, LogFormat: l.LogFormat}.logger(env), nil
}
