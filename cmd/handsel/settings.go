package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

// secretSettings may also be given as the name of a file, in NAME_FILE.
func secretSettings(plugins []gateway.Plugin) []string {
	names := []string{"HANDSEL_DATABASE_URL"}
	for _, p := range plugins {
		names = append(names, p.Secrets...)
	}
	return append(names, "HANDSEL_BOOTSTRAP_API_KEY", "HANDSEL_JWT_SECRET", "HANDSEL_JWT_ISSUERS", "HANDSEL_DETAILS_KEYS", "HANDSEL_SMTP_PASSWORD", "HANDSEL_CONSOLE_OIDC_CLIENT_SECRET", "HANDSEL_API_KEY", "HANDSEL_LISTEN_SECRET", "HANDSEL_SANDBOX_WEBHOOK_PASSWORD", "HANDSEL_SANDBOX_API_KEYS")
}

// variables are the environment, by name.
type variables map[string]variable

type variable struct {
	value string
	file  string // where the value was read from, if NAME_FILE named it
}

func (v variables) lookup(name string) (string, bool) {
	is, ok := v[name]
	return is.value, ok
}

// readVariables reads the environment, and the files that NAME_FILE names for secrets.
func readVariables(environ, secrets []string) (variables, error) {
	all := make(variables, len(environ))
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		all[name] = variable{value: value}
	}
	for _, name := range secrets {
		path, ok := all.lookup(name + "_FILE")
		if !ok {
			continue
		}
		if _, twice := all[name]; twice {
			return nil, fmt.Errorf("both %s and %s_FILE are set; keep one", name, name)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("%s_FILE: %w", name, err)
		}
		all[name] = variable{strings.TrimSpace(string(content)), path}
	}
	return all, nil
}

// refused names everything that is missing or unsafe.
func refused(problems []string) error {
	return usage(errors.New("not started, because of these settings:\n  - " + strings.Join(problems, "\n  - ")))
}

// databaseSetting is shared by all commands that work on a database.
type databaseSetting struct {
	DatabaseURL string `name:"database-url" env:"HANDSEL_DATABASE_URL" placeholder:"URL" names:"files" help:"File path, sqlite:path or postgres://… of the database."`
}

func (d databaseSetting) require() error {
	if d.DatabaseURL == "" {
		return usage(errors.New("HANDSEL_DATABASE_URL is not set: give a file path, sqlite:path or postgres://…"))
	}
	return nil
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
