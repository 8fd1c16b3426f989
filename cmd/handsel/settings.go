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
	return append(names, "HANDSEL_BOOTSTRAP_API_KEY", "HANDSEL_JWT_SECRET", "HANDSEL_JWT_ISSUERS", "HANDSEL_DETAILS_KEYS", "HANDSEL_SMTP_PASSWORD", "HANDSEL_API_KEY", "HANDSEL_LISTEN_SECRET")
}

// readSecretFiles puts the content of NAME_FILE into NAME.
func readSecretFiles(names []string) error {
	for _, name := range names {
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
