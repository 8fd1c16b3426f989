// Package devmail has the pages on which a developer reads the e-mails of a world that no mail server has, and each
// template with examples. Only `handsel dev` and tests serve them.
package devmail

import (
	"cmp"
	"context"
	"mime"
	"net/http"
	"slices"

	"github.com/a-h/templ"
	"github.com/handsel-dev/handsel/internal/mail"
	"github.com/handsel-dev/handsel/notices"
)

// Pages are what the pages show.
type Pages struct {
	Sent func() []mail.Message
	// Own gives the templates that the community of the world has in its own words, by name.
	Own func(ctx context.Context) (map[string]notices.Override, error)
}

// Mount shows the e-mails that were sent at /_dev/mail, and each template with examples below it.
func (w Pages) Mount(mux *http.ServeMux) {
	mux.HandleFunc("GET /_dev/mail", func(rw http.ResponseWriter, r *http.Request) {
		showMailPage(rw, r, mailsSent(w.Sent()))
	})
	mux.HandleFunc("GET /_dev/mail/templates", func(rw http.ResponseWriter, r *http.Request) {
		showMailPage(rw, r, mailTemplates(mail.Kinds(), mail.Languages()))
	})
	mux.HandleFunc("GET /_dev/mail/templates/{name}", w.previewed(func(rw http.ResponseWriter, r *http.Request, p mailPreview) {
		showMailPage(rw, r, mailTemplate(p))
	}))
	mux.HandleFunc("GET /_dev/mail/templates/{name}/html", w.previewed(func(rw http.ResponseWriter, _ *http.Request, p mailPreview) {
		mailHeaders(rw)
		_, _ = rw.Write([]byte(p.HTML)) // fails only when the reader is gone
	}))
}

// mailPreview is a template with examples in a language; Own: in the words of the sample community.
type mailPreview struct {
	notices.MailPreview
	Name, Language string
	Languages      []string
	Own            bool
}

func (w Pages) previewed(show func(http.ResponseWriter, *http.Request, mailPreview)) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		p := mailPreview{Name: r.PathValue("name"), Language: cmp.Or(r.URL.Query().Get("language"), mail.DefaultLanguage), Languages: mail.Languages()}
		if !slices.Contains(mail.Kinds(), mail.Kind(p.Name)) || !slices.Contains(p.Languages, p.Language) {
			http.NotFound(rw, r)
			return
		}
		all, err := w.Own(r.Context())
		if err == nil {
			var own *notices.Override
			if o, found := all[p.Name]; found {
				own, p.Own = &o, true
			}
			p.MailPreview, err = notices.PreviewOf(p.Name, p.Language, own)
		}
		if err != nil {
			http.Error(rw, err.Error(), http.StatusInternalServerError)
			return
		}
		show(rw, r, p)
	}
}

// mailHeaders let nothing in a page run, and let it show e-mails in frames of its own.
func mailHeaders(rw http.ResponseWriter) {
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	rw.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'")
}

func showMailPage(rw http.ResponseWriter, r *http.Request, page templ.Component) {
	mailHeaders(rw)
	_ = page.Render(r.Context(), rw) // fails only when the reader is gone
}

// readable shows a sender's address as mail programs do.
func readable(address string) string {
	if text, err := new(mime.WordDecoder).DecodeHeader(address); err == nil {
		return text
	}
	return address
}
