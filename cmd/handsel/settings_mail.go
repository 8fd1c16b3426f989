package main

import (
	netmail "net/mail"

	"github.com/handsel-dev/handsel/feed"
	"github.com/handsel-dev/handsel/internal/mail"
)

// mailSettings connect to a mail server.
type mailSettings struct {
	SMTPHost       string `name:"smtp-host" env:"HANDSEL_SMTP_HOST" placeholder:"HOST" help:"Mail server; without it no e-mails are sent."`
	SMTPPort       int    `name:"smtp-port" env:"HANDSEL_SMTP_PORT" default:"587" help:"Port of the mail server."`
	SMTPUsername   string `name:"smtp-username" env:"HANDSEL_SMTP_USERNAME" placeholder:"NAME" help:"Login at the mail server. Default: none."`
	SMTPPassword   string `name:"smtp-password" env:"HANDSEL_SMTP_PASSWORD" placeholder:"SECRET" help:"Password at the mail server."`
	SMTPTLS        string `name:"smtp-tls" env:"HANDSEL_SMTP_TLS" default:"starttls" enum:"starttls,tls,none" help:"starttls, tls from the first byte, or none for a mail server on this machine."`
	MailFrom       string `env:"HANDSEL_MAIL_FROM" placeholder:"ADDRESS" help:"Sender of the e-mails, with or without a name."`
	OperatorsEmail string `env:"HANDSEL_OPERATORS_EMAIL" placeholder:"ADDRESS" help:"Where operators are told of deals that wait for them. Default: on their list only."`
}

// check names every setting that is missing or unsafe.
func (s mailSettings) check() []string {
	if s.SMTPHost == "" {
		if s.MailFrom != "" || s.SMTPUsername != "" || s.OperatorsEmail != "" {
			return []string{"HANDSEL_SMTP_HOST is not set, but other settings of the mail server are: without it no e-mails are sent"}
		}
		return nil
	}
	var problems []string
	if s.SMTPPort < 1 || s.SMTPPort > 65535 {
		problems = append(problems, "HANDSEL_SMTP_PORT must be between 1 and 65535")
	}
	if s.SMTPTLS == string(mail.None) && !isLoopback(s.SMTPHost) {
		problems = append(problems, "HANDSEL_SMTP_TLS must be starttls or tls for a mail server on another machine")
	}
	if (s.SMTPUsername == "") != (s.SMTPPassword == "") {
		problems = append(problems, "HANDSEL_SMTP_USERNAME and HANDSEL_SMTP_PASSWORD belong together")
	}
	if _, err := netmail.ParseAddress(s.OperatorsEmail); err != nil && s.OperatorsEmail != "" {
		problems = append(problems, "HANDSEL_OPERATORS_EMAIL must be an e-mail address")
	}
	if _, err := netmail.ParseAddress(s.MailFrom); err != nil {
		problems = append(problems, "HANDSEL_MAIL_FROM must be an e-mail address, with or without a name")
	}
	return problems
}

// sender is nil without a mail server.
func (s mailSettings) sender() (feed.Sender, error) {
	if s.SMTPHost == "" {
		return nil, nil
	}
	return mail.NewSMTP(mail.Config{
		Host: s.SMTPHost, Port: s.SMTPPort, Username: s.SMTPUsername, Password: mail.Secret(s.SMTPPassword),
		TLS: mail.TLS(s.SMTPTLS), From: s.MailFrom,
	})
}
