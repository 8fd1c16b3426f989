package main

import (
	"cmp"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
)

type configCommand struct {
	Print configPrint `cmd:"" default:"withargs" help:"Print the settings that serve would take, each with its origin. Secrets are masked." example:"handsel config print --addr 127.0.0.1:9000"`
	Check configCheck `cmd:"" help:"Check the settings as serve does, without starting anything." example:"handsel config check"`
}

// configPrint has the flags of serve, so that it takes what serve takes.
type configPrint struct {
	serveCommand
	reading[settingLine] `embed:""`
}

// settingLine is a setting of serve as it stands.
type settingLine struct {
	Variable string `json:"variable,omitzero" help:"Absent: it is a flag only."`
	Flag     string `json:"flag"`
	Value    string `json:"value" help:"Several are separated by commas. Of a secret, that it is set."`
	Origin   source `json:"origin" help:"command line, environment, file, default, or unset."`
	File     string `json:"file,omitzero" help:"The file that it was read from."`
	Secret   bool   `json:"secret"`
}

// masked stands for a secret that is set.
const masked = "********"

// Run prints a line for each setting.
func (c configPrint) Run(env environment) error {
	secrets := secretSettings(env.gateways)
	var lines []settingLine
	for _, f := range env.command.flags {
		if f.name == "json" {
			continue
		}
		l := settingLine{Variable: f.env, Flag: "--" + f.name, Value: f.text(), Origin: f.from, Secret: slices.Contains(secrets, f.env)}
		if l.Origin == fromEnvironment && env.variables[f.env].file != "" {
			l.Origin, l.File = fromFile, env.variables[f.env].file
		}
		l.mask()
		lines = append(lines, l)
	}
	return c.list(env, "setting\tvalue\torigin", func(l settingLine) string {
		return fmt.Sprintf("%s\t%s\t%s", cmp.Or(l.Variable, l.Flag), cmp.Or(oneLine(l.Value), "-"), strings.TrimSpace(string(l.Origin)+" "+l.File))
	}, lines)
}

// mask hides a secret. Of the database's address, and of every other that may have a password,
// only the password is one; what cannot be read is hidden as a whole.
func (l *settingLine) mask() {
	u, err := url.Parse(l.Value)
	switch {
	case l.Variable == "HANDSEL_DATABASE_URL" && !strings.ContainsAny(l.Value, "=@"):
	case err == nil && u.Scheme != "" && (l.Variable == "HANDSEL_DATABASE_URL" || !l.Secret && u.User != nil):
		l.Value = redacted(u)
	case l.Secret && l.Value != "":
		l.Value = masked
	}
}

// redacted is a URL without its password, which PostgreSQL takes in a query, too.
func redacted(u *url.URL) string {
	query := u.Query()
	for name := range query {
		if strings.Contains(name, "password") {
			query.Set(name, "xxxxx")
			u.RawQuery = query.Encode()
		}
	}
	return u.Redacted()
}

type configCheck struct{ serveCommand }

// Run names everything that is missing or unsafe, and what is seldom meant.
func (c configCheck) Run(env environment) error {
	misspelled, unknown := env.unknown()
	if err := c.check(misspelled...); err != nil {
		return err
	}
	if len(unknown) > 0 {
		env.say("unknown settings are ignored: %s", strings.Join(unknown, ", "))
	}
	for _, warning := range c.warnings() {
		env.say("%s", warning)
	}
	env.say("serve would start with these settings")
	return nil
}

// source is where the value of a setting comes from.
type source string

const (
	fromFlag        source = "command line"
	fromEnvironment source = "environment"
	fromFile        source = "file" // that NAME_FILE names
	fromDefault     source = "default"
	fromNowhere     source = "unset"
)

// text is the value of a field as it would be given.
func (f *field) text() string {
	if f.value.Kind() != reflect.Slice {
		return fmt.Sprint(f.value.Interface())
	}
	texts := make([]string, f.value.Len())
	for i := range texts {
		texts[i] = fmt.Sprint(f.value.Index(i).Interface())
	}
	return strings.Join(texts, ",")
}
