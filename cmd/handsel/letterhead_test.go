package main

import (
	"bytes"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/mail"
	"github.com/handsel-dev/handsel/notices"
)

// What a community writes under is changed member by member, checked and audited.
func TestH7_communitiesLetterhead(t *testing.T) {
	t.Parallel()
	db := "--database-url=" + filepath.Join(t.TempDir(), "handsel.db")
	ask := func(args ...string) (string, error) {
		var out bytes.Buffer
		err := run(t.Context(), append([]string{"communities", "letterhead", db}, args...), &out, io.Discard)
		return strings.Join(strings.Fields(out.String()), " "), err
	}
	for _, args := range [][]string{{"migrate", db}, {"communities", "add", db, "7", "Bicycles", "--reason=test"}} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err != nil {
			t.Fatal(err)
		}
	}
	for _, tc := range []struct {
		args []string
		want string // printed, or the error
	}{
		{[]string{"7"}, "marketplace (the community's name: Bicycles) sender (HANDSEL_MAIL_FROM) reply_to (HANDSEL_MAIL_REPLY_TO, or the sender) link (HANDSEL_MAIL_LINK) language (HANDSEL_MAIL_LANGUAGE) operators (HANDSEL_OPERATORS_EMAIL)"},
		{[]string{"7", "--reason=test", "--language=de", "--operators=staff@example.com"}, "language de operators staff@example.com"},
		{[]string{"7", "--reason=test", "--marketplace=Wheels"}, "marketplace Wheels sender (HANDSEL_MAIL_FROM) reply_to (HANDSEL_MAIL_REPLY_TO, or the sender) link (HANDSEL_MAIL_LINK) language de operators staff@example.com"},
		{[]string{"7", "--reason=test", "--language="}, "language (HANDSEL_MAIL_LANGUAGE)"},
		{[]string{"7", "--reason=test", "--language=fr"}, `unknown language "fr"; use one of de, en, es`},
		{[]string{"7", "--reason=test", "--reply-to=help@example.com"}, "reply_to help@example.com"},
		{[]string{"7", "--reason=test", "--reply-to=help"}, "reply_to must be an e-mail address"},
		{[]string{"7", "--reason=test", "--sender=me"}, "sender must be an e-mail address"},
		{[]string{"99", "--reason=test", "--language=de"}, "there is no community 99"},
	} {
		got, err := ask(tc.args...)
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, tc.want) {
			t.Errorf("%v: %s, want %s", tc.args, got, tc.want)
		}
	}
}

// A server that sends e-mails needs a sender, and settings that can be used.
func TestH7_mailSettings(t *testing.T) {
	t.Parallel()
	good := mailSettings{SMTPHost: "localhost", SMTPPort: 25, SMTPTLS: "none", MailFrom: "Market <market@example.com>", MailLanguage: "en"}
	for name, tc := range map[string]struct {
		spoil func(*mailSettings)
		want  string
	}{
		"good":             {func(*mailSettings) {}, ""},
		"no sender":        {func(s *mailSettings) { s.MailFrom = "" }, "HANDSEL_MAIL_FROM is not set"},
		"no address":       {func(s *mailSettings) { s.MailFrom = "Market" }, "HANDSEL_MAIL_FROM: sender must be"},
		"no answers":       {func(s *mailSettings) { s.MailReplyTo = "help" }, "HANDSEL_MAIL_REPLY_TO: reply_to must be"},
		"unknown language": {func(s *mailSettings) { s.MailLanguage = "fr" }, `HANDSEL_MAIL_LANGUAGE: unknown language "fr"; use one of de, en, es`},
		"no link":          {func(s *mailSettings) { s.MailLink = "https://market.example.com" }, "HANDSEL_MAIL_LINK: link must be"},
		"no operators":     {func(s *mailSettings) { s.OperatorsEmail = "staff" }, "HANDSEL_OPERATORS_EMAIL: operators must be"},
		"no server":        {func(s *mailSettings) { s.SMTPHost = "" }, "HANDSEL_SMTP_HOST is not set"},
	} {
		s := good
		tc.spoil(&s)
		if got := strings.Join(s.check(), "; "); !strings.Contains(got, tc.want) || tc.want == "" && got != "" {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

// A server names the communities whose operators nobody can write to.
func TestH7_unheardOperators(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		sends     bool
		operators string
		want      string
	}{
		{false, "", "HANDSEL_SMTP_HOST is not set"},
		{true, "", "the operators of community 7 have no e-mail address"},
		{true, "staff@example.com", ""},
	} {
		db := filepath.Join(t.TempDir(), "handsel.db")
		a, err := app.Open(t.Context(), app.Config{
			DatabaseURL: db, Now: time.Now, Mail: &mail.Memory{}, Letterhead: notices.Letterhead{Sender: "market@example.com", Operators: tc.operators},
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Store.AddCommunity(t.Context(), 7, "Bicycles", commandBy("test")); err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		if err := nameUnheard(t.Context(), slog.New(slog.NewTextHandler(&log, nil)), a, tc.sends); err != nil {
			t.Fatal(err)
		}
		if got := log.String(); !strings.Contains(got, tc.want) || tc.want == "" && got != "" {
			t.Errorf("%+v: %s", tc, got)
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := app.Open(t.Context(), app.Config{DatabaseURL: filepath.Join(t.TempDir(), "handsel.db"), Now: time.Now, Mail: &mail.Memory{}}); err == nil {
		t.Error("e-mails without a sender")
	}
}
