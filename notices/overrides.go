package notices

import (
	"context"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/mail"
	"github.com/handsel-dev/handsel/orchestrator"
)

// Override is a template of a community in the place of ours.
type Override = mail.Custom

// Overrides keep them, by community and name.
type Overrides interface {
	// MailTemplates are those of a community.
	MailTemplates(ctx context.Context, community int64) (map[string]Override, error)
	// SaveMailTemplate replaces one, DropMailTemplate goes back to ours; each with a line in
	// the audit log.
	SaveMailTemplate(ctx context.Context, community int64, name string, o Override, by orchestrator.By) error
	DropMailTemplate(ctx context.Context, community int64, name string, by orchestrator.By) error
}

// CheckOverride is a fault unknown_mail_template, or invalid_mail_template with the field that
// cannot be used. A template is filled in with examples before it is taken.
func CheckOverride(name string, o Override) error {
	if err := CheckTemplate(name); err != nil {
		return err
	}
	if part, err := o.Check(mail.Kind(name)); err != nil {
		return fault.New(fault.Invalid, "invalid_mail_template", "%s %s", part, err).With("field", part)
	}
	return nil
}

// CheckTemplate is a fault unknown_mail_template where a community cannot replace one.
func CheckTemplate(name string) error {
	if mail.Placeholders(mail.Kind(name)) == nil {
		return fault.New(fault.NotFound, "unknown_mail_template", "there is no e-mail template %q that can be changed; docs/events.md lists them", name)
	}
	return nil
}

// Placeholders lists what may stand in {{ }} in a template.
func Placeholders(name string) []string { return mail.Placeholders(mail.Kind(name)) }

// MailPreview is an e-mail as it comes out with examples.
type MailPreview struct {
	Subject string `json:"subject"`
	Text    string `json:"text"`
	HTML    string `json:"html"`
}

// PreviewOf writes an e-mail with examples, by a community's template if there is one.
func PreviewOf(name, language string, own *Override) (MailPreview, error) {
	templates, err := mail.NewTemplates()
	if err != nil {
		return MailPreview{}, err
	}
	kind := mail.Kind(name)
	d := mail.Example(kind)
	d.Language = language
	var m mail.Message
	if own != nil {
		m, err = templates.WriteCustom(kind, d, *own)
	} else {
		m, err = templates.Write(kind, d)
	}
	return MailPreview{m.Subject, m.Text, m.HTML}, err
}
