package app

import (
	"cmp"
	"html/template"
	"mime"
	"net/http"
	"slices"

	"github.com/handsel-dev/handsel/internal/mail"
	"github.com/handsel-dev/handsel/notices"
)

// mailRoutes shows the e-mails that were sent at /_dev/mail, and each template with examples below it.
func (w *Testbed) mailRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /_dev/mail", func(rw http.ResponseWriter, _ *http.Request) {
		showMailPage(rw, "sent", w.Mailbox.Messages())
	})
	mux.HandleFunc("GET /_dev/mail/templates", func(rw http.ResponseWriter, _ *http.Request) {
		showMailPage(rw, "templates", mailTemplateList{mail.Kinds(), mail.Languages()})
	})
	mux.HandleFunc("GET /_dev/mail/templates/{name}", w.previewed(func(rw http.ResponseWriter, p mailPreview) {
		showMailPage(rw, "template", p)
	}))
	mux.HandleFunc("GET /_dev/mail/templates/{name}/html", w.previewed(func(rw http.ResponseWriter, p mailPreview) {
		mailHeaders(rw)
		_, _ = rw.Write([]byte(p.HTML)) // fails only when the reader is gone
	}))
}

type mailTemplateList struct {
	Kinds     []mail.Kind
	Languages []string
}

// mailPreview is a template with examples in a language; Own: in the words of the sample community.
type mailPreview struct {
	notices.MailPreview
	Name, Language string
	Languages      []string
	Own            bool
}

func (w *Testbed) previewed(show func(http.ResponseWriter, mailPreview)) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		p := mailPreview{Name: r.PathValue("name"), Language: cmp.Or(r.URL.Query().Get("language"), mail.DefaultLanguage), Languages: mail.Languages()}
		if !slices.Contains(mail.Kinds(), mail.Kind(p.Name)) || !slices.Contains(p.Languages, p.Language) {
			http.NotFound(rw, r)
			return
		}
		all, err := w.Store.MailChoices.MailTemplates(r.Context(), SampleCommunity)
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
		show(rw, p)
	}
}

// mailHeaders let nothing in a page run, and let it show e-mails in frames of its own.
func mailHeaders(rw http.ResponseWriter) {
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	rw.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'")
}

func showMailPage(rw http.ResponseWriter, name string, about any) {
	mailHeaders(rw)
	_ = mailPages.ExecuteTemplate(rw, name, about) // fails only when the reader is gone
}

// readable shows a sender's address as mail programs do.
func readable(address string) string {
	if text, err := new(mime.WordDecoder).DecodeHeader(address); err == nil {
		return text
	}
	return address
}

// A frame is as wide as a phone. It has no height of its own, since nothing in it runs that could tell.
var mailPages = template.Must(template.New("mail").Funcs(template.FuncMap{"readable": readable}).Parse(`
{{define "head"}}<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>E-mails of this world</title>
<style>body{font:16px system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}article{border:1px solid #bbb;border-radius:6px;padding:.5rem 1rem;margin:1rem 0}pre{white-space:pre-wrap}
iframe{width:375px;max-width:100%;height:40rem;border:1px solid #bbb;border-radius:6px;background:#fff}.both{display:flex;flex-wrap:wrap;gap:2rem}.both>section{flex:1 1 20rem;min-width:0}
td{padding:.2rem 1rem .2rem 0}</style></head>
<body>{{end}}
{{define "sent"}}{{template "head"}}<h1>E-mails of this world</h1><p><a href="/_dev/mail/templates">Each template with examples</a></p>
{{if not .}}<p>None yet. A deal sends its first as soon as somebody has paid or is to answer.</p>{{end}}
{{range .}}<article><h2>{{.Subject}}</h2><p>From {{readable .From}}</p><p>To {{.To}}</p><pre>{{.Text}}</pre>
{{if .HTML}}<details><summary>As HTML, on a phone</summary><iframe sandbox loading="lazy" title="{{.Subject}}" srcdoc="{{.HTML}}"></iframe></details>{{end}}</article>{{end}}</body></html>{{end}}
{{define "templates"}}{{template "head"}}<h1>Templates of e-mails</h1><p><a href="/_dev/mail">E-mails of this world</a></p>
<table>{{range $kind := .Kinds}}<tr><td>{{$kind}}</td>{{range $.Languages}}<td><a href="/_dev/mail/templates/{{$kind}}?language={{.}}">{{.}}</a></td>{{end}}</tr>
{{end}}</table></body></html>{{end}}
{{define "template"}}{{template "head"}}<h1>{{.Subject}}</h1>
<p><a href="/_dev/mail/templates">Templates of e-mails</a> · {{.Name}}{{if .Own}}, in the words of the sample community{{end}}
{{range .Languages}} · {{if eq . $.Language}}{{.}}{{else}}<a href="/_dev/mail/templates/{{$.Name}}?language={{.}}">{{.}}</a>{{end}}{{end}}</p>
<div class="both"><section><h2>HTML, on a phone</h2><iframe sandbox title="HTML" src="/_dev/mail/templates/{{.Name}}/html?language={{.Language}}"></iframe>
<p><a href="/_dev/mail/templates/{{.Name}}/html?language={{.Language}}">On a page of its own</a></p></section>
<section><h2>Text</h2><pre>{{.Text}}</pre></section></div></body></html>{{end}}
`))
