package mail_test

import (
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/mail"
)

var hostile = mail.Data{
	Marketplace: "Market", OrderID: "12", Title: `"><script>alert(1)</script>`, Counterparty: `' onclick=alert(1) x='`, Reason: "javascript:alert(1)",
	Link: "https://market.example.com/orders/12?a=1&b=2",
}

// What a person wrote is text wherever a marketplace puts it.
func TestCustom_html(t *testing.T) {
	t.Parallel()
	templates, err := mail.NewTemplates()
	if err != nil {
		t.Fatal(err)
	}
	for html, want := range map[string]string{
		`<p>{{title}}</p>`:                                     `<p>&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;</p>`,
		`<p title="{{title}}">x</p>`:                           `<p title="&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;">x</p>`,
		`<p title='{{counterparty}}'>x</p>`:                    `<p title="&#39; onclick=alert(1) x=&#39;">x</p>`,
		`<p title={{counterparty}}>x</p>`:                      `<p title="&#39; onclick=alert(1) x=&#39;">x</p>`,
		`<a href="{{link}}">go</a>`:                            `<a href="https://market.example.com/orders/12?a=1&amp;b=2">go</a>`,
		`<a href="{{link}}&q={{title}}">go</a>`:                `<a href="https://market.example.com/orders/12?a=1&amp;b=2&amp;q=%22%3E%3Cscript%3Ealert%281%29%3C%2Fscript%3E">go</a>`,
		`<a href="https://x.example.com/?q={{reason}}">go</a>`: `<a href="https://x.example.com/?q=javascript%3Aalert%281%29">go</a>`,
		`<title>{{title}}</title><b>&amp;</b><!-- kept -->`:    `<title>&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;</title><b>&amp;</b><!-- kept -->`,
		`<P CLASS=x><br/>{{order}}`:                            `<P CLASS=x><br/>12`,
	} {
		m, err := templates.WriteCustom("complaint_opened", hostile, mail.Custom{Subject: "s", Text: "t", HTML: html})
		if err != nil || m.HTML != want {
			t.Errorf("%s: %v\n got %s\nwant %s", html, err, m.HTML, want)
		}
	}
}

// Where a value could be more than text, a template cannot have one.
func TestCustom_htmlRefused(t *testing.T) {
	t.Parallel()
	for html, want := range map[string]string{
		`<a href="{{title}}">x</a>`:             "must begin with {{link}}",
		`<a href=" {{title}}">x</a>`:            "",
		`<img src="{{title}}">`:                 "must begin with {{link}}",
		`<p style="color: {{title}}">x</p>`:     "in style",
		`<style>p { color: {{title}} }</style>`: "in style",
		`<{{title}}>x</{{title}}>`:              "",
		`<p {{title}}="x">y</p>`:                "name of an attribute",
		`<!-- {{title}} -->`:                    "texts and attributes only",
		`<p>{{ title | html }}</p>`:             "around names only",
		`<noscript>{{title}}</noscript>`:        "<noscript> is not for e-mails",
	} {
		part, err := mail.Custom{Subject: "s", Text: "t", HTML: html}.Check("complaint_opened")
		switch {
		case want == "" && err == nil && !strings.Contains(html, "script>"):
			// Not an address that could run, and no tag at all: it is text.
		case part != "html" || err == nil || !strings.Contains(err.Error(), want):
			t.Errorf("%s: %q %v, want %q", html, part, err, want)
		}
	}
}
