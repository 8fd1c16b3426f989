package native

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// MailTemplates keeps the e-mails that communities have written themselves. Implementations
// are safe for concurrent use.
type MailTemplates interface {
	// MailTemplates are those of a community, by name.
	MailTemplates(ctx context.Context, community int64) (map[string]notices.Override, error)
	// SaveMailTemplate replaces one that was checked, DropMailTemplate goes back to ours; each
	// with a line in the audit log.
	SaveMailTemplate(ctx context.Context, community int64, name string, o notices.Override, by orchestrator.By) error
	DropMailTemplate(ctx context.Context, community int64, name string, by orchestrator.By) error
}

func (n face) mailTemplateRoutes() []web.Route {
	if n.Templates == nil || n.Letterheads == nil {
		return nil
	}
	const path = "/v1/community/mail-templates/{name}"
	return []web.Route{
		{
			Method: http.MethodGet, Path: path, Access: web.Operating,
			Name: "community.getMailTemplate", Summary: "Read the template of an e-mail, and how it comes out", Answer: web.JSON[mailTemplateOut](),
			Serve: n.Backend(n.mailTemplate),
		},
		{
			Method: http.MethodPut, Path: path, Access: web.Operating, Keying: web.KeyHonoured,
			Name: "community.replaceMailTemplate", Summary: "Put a template of the community in the place of an e-mail's own", Body: web.JSON[mailTemplateIn](), Answer: web.JSON[mailTemplateOut](),
			Serve: n.Kept(n.saveMailTemplate),
		},
		{
			Method: http.MethodDelete, Path: path, Access: web.Operating, Keying: web.KeyHonoured,
			Name: "community.deleteMailTemplate", Summary: "Go back to an e-mail's own template", Query: []string{"reason"}, Status: http.StatusNoContent,
			Serve: n.Kept(n.dropMailTemplate),
		},
	}
}

// mailTemplateOut is an e-mail: the community's template, if it has one, and how it comes out with examples.
type mailTemplateOut struct {
	Name         string              `json:"name"`
	Placeholders []string            `json:"placeholders"` // what may stand in {{ }}
	Template     *mailWords          `json:"template"`     // null: the e-mail's own
	Preview      notices.MailPreview `json:"preview"`      // in the community's language
}

// mailWords have {{placeholders}}, and nothing else that is filled in.
type mailWords struct {
	Subject string `json:"subject" required:"true"`
	Text    string `json:"text" required:"true"`
	HTML    string `json:"html"` // empty: the usual layout with the lines of the text
}

// mailTemplateIn is the body of PUT. A person must say why.
type mailTemplateIn struct {
	mailWords
	Reason string `json:"reason" required:"later"`
}

func (n face) mailTemplate(c *gin.Context, who deal.Caller) error {
	if _, err := operator(who); err != nil {
		return err
	}
	return n.sendMailTemplate(c, who)
}

func (n face) sendMailTemplate(c *gin.Context, who deal.Caller) error {
	name, ctx := c.Param("name"), c.Request.Context()
	if err := notices.CheckTemplate(name); err != nil {
		return err
	}
	all, err := n.Templates.MailTemplates(ctx, who.Community())
	if err != nil {
		return err
	}
	head, err := n.Letterheads.Letterhead(ctx, who.Community())
	if err != nil {
		return err
	}
	out := mailTemplateOut{Name: name, Placeholders: notices.Placeholders(name)}
	var own *notices.Override
	if o, found := all[name]; found {
		own, out.Template = &o, &mailWords{o.Subject, o.Text, o.HTML}
	}
	if out.Preview, err = notices.PreviewOf(name, head.Language, own); err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, out)
}

func (n face) saveMailTemplate(c *gin.Context, who deal.Caller) error {
	staff, err := operator(who)
	if err != nil {
		return err
	}
	var in mailTemplateIn
	if _, err := n.ReadJSON(c, web.InFreeText, &in); err != nil {
		return err
	}
	own := notices.Override{Subject: in.Subject, Text: in.Text, HTML: in.HTML}
	by, err := n.by(c, staff, in.Reason)
	if err := fault.All(notices.CheckOverride(c.Param("name"), own), err); err != nil {
		return err
	}
	if err := n.Templates.SaveMailTemplate(c.Request.Context(), who.Community(), c.Param("name"), own, by); err != nil {
		return err
	}
	return n.sendMailTemplate(c, who)
}

func (n face) dropMailTemplate(c *gin.Context, who deal.Caller) error {
	staff, err := operator(who)
	if err != nil {
		return err
	}
	if err := notices.CheckTemplate(c.Param("name")); err != nil {
		return err
	}
	query, err := web.Parameters(c, "reason")
	if err != nil {
		return err
	}
	by, err := n.by(c, staff, query["reason"])
	if err != nil {
		return err
	}
	if err := n.Templates.DropMailTemplate(c.Request.Context(), who.Community(), c.Param("name"), by); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}
