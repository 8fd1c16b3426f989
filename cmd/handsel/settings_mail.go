package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/mail"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

// mailSettings connect to a mail server.
type mailSettings struct {
	SMTPHost       string `name:"smtp-host" env:"HANDSEL_SMTP_HOST" placeholder:"HOST" help:"Mail server; without it no e-mails are sent."`
	SMTPPort       int    `name:"smtp-port" env:"HANDSEL_SMTP_PORT" default:"587" help:"Port of the mail server."`
	SMTPUsername   string `name:"smtp-username" env:"HANDSEL_SMTP_USERNAME" placeholder:"NAME" help:"Login at the mail server. Default: none."`
	SMTPPassword   string `name:"smtp-password" env:"HANDSEL_SMTP_PASSWORD" placeholder:"SECRET" help:"Password at the mail server."`
	SMTPTLS        string `name:"smtp-tls" env:"HANDSEL_SMTP_TLS" default:"starttls" enum:"starttls,tls,none" help:"starttls, tls from the first byte, or none for a mail server on this machine."`
	MailFrom       string `env:"HANDSEL_MAIL_FROM" placeholder:"ADDRESS" help:"Sender of the e-mails of communities that have set none, with or without a name."`
	MailReplyTo    string `env:"HANDSEL_MAIL_REPLY_TO" placeholder:"ADDRESS" help:"Where answers to e-mails go for communities that have set no address. Default: to the sender."`
	MailLanguage   string `env:"HANDSEL_MAIL_LANGUAGE" default:"en" placeholder:"CODE" help:"Language of the e-mails of communities that have set none: en, de or es."`
	MailLink       string `env:"HANDSEL_MAIL_LINK" placeholder:"URL" help:"Page of a deal, for the e-mails of communities that have set none; {order} becomes the deal's number."`
	OperatorsEmail string `env:"HANDSEL_OPERATORS_EMAIL" placeholder:"ADDRESS" help:"Where e-mails about tasks go for communities that have set no address. Default: no such e-mails."`
}

// check names every setting that is missing or unsafe.
func (s mailSettings) check() []string {
	if s.SMTPHost == "" {
		if s.MailFrom != "" || s.MailReplyTo != "" || s.SMTPUsername != "" || s.MailLink != "" || s.OperatorsEmail != "" {
			return []string{"HANDSEL_SMTP_HOST is not set, but other settings of the mail server are: without it no e-mails are sent"}
		}
		return nil
	}
	var problems []string
	if s.SMTPPort < 1 || s.SMTPPort > 65535 {
		problems = append(problems, "HANDSEL_SMTP_PORT must be between 1 and 65535")
	}
	if s.SMTPTLS == string(mail.None) && !gateway.IsLoopback(s.SMTPHost) {
		problems = append(problems, "HANDSEL_SMTP_TLS must be starttls or tls for a mail server on another machine")
	}
	if (s.SMTPUsername == "") != (s.SMTPPassword == "") {
		problems = append(problems, "HANDSEL_SMTP_USERNAME and HANDSEL_SMTP_PASSWORD belong together")
	}
	if s.MailFrom == "" {
		problems = append(problems, "HANDSEL_MAIL_FROM is not set: e-mails need the address of a sender")
	}
	return append(problems, s.checkLetterhead()...)
}

// checkLetterhead names every setting that no letterhead can have.
func (s mailSettings) checkLetterhead() []string {
	var problems []string
	for _, m := range []struct {
		setting string
		head    notices.Letterhead
	}{
		{"HANDSEL_MAIL_FROM", notices.Letterhead{Sender: s.MailFrom}}, {"HANDSEL_MAIL_REPLY_TO", notices.Letterhead{ReplyTo: s.MailReplyTo}}, {"HANDSEL_MAIL_LINK", notices.Letterhead{Link: s.MailLink}},
		{"HANDSEL_MAIL_LANGUAGE", notices.Letterhead{Language: s.MailLanguage}}, {"HANDSEL_OPERATORS_EMAIL", notices.Letterhead{Operators: s.OperatorsEmail}},
	} {
		if err := m.head.Validate(); err != nil {
			problems = append(problems, m.setting+": "+fault.As(err).Message)
		}
	}
	return problems
}

// letterhead is how communities write that have set nothing else.
func (s mailSettings) letterhead() notices.Letterhead {
	return notices.Letterhead{Sender: s.MailFrom, ReplyTo: s.MailReplyTo, Link: s.MailLink, Language: s.MailLanguage, Operators: s.OperatorsEmail}
}

// nameUnheard warns of what nobody will hear of: e-mails that are not sent, and
// communities whose operators have no address.
func nameUnheard(ctx context.Context, log *slog.Logger, a *app.App, sends bool) error {
	if !sends {
		log.Warn("HANDSEL_SMTP_HOST is not set: no e-mails are sent, not even to operators; read their tasks at GET /v1/operator/tasks")
		return nil
	}
	without, err := a.WithoutOperators(ctx)
	for _, id := range without {
		log.Warn(fmt.Sprintf("the operators of community %d have no e-mail address and get no e-mails; set HANDSEL_OPERATORS_EMAIL, or: handsel communities letterhead %d --operators ADDRESS", id, id))
	}
	return err
}

// sender is nil without a mail server.
func (s mailSettings) sender() (notices.Sender, error) {
	if s.SMTPHost == "" {
		return nil, nil
	}
	return mail.NewSMTP(mail.Config{
		Host: s.SMTPHost, Port: s.SMTPPort, Username: s.SMTPUsername, Password: mail.Secret(s.SMTPPassword),
		TLS: mail.TLS(s.SMTPTLS), From: s.MailFrom,
	})
}
