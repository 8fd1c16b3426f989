package mail_test

import (
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/mail"
)

// A marketplace's HTML has what e-mails have. What runs, or hides from one reader what another one sees, is refused.
func TestCustom_markup(t *testing.T) {
	t.Parallel()
	check := func(html string) error {
		part, err := mail.Custom{Subject: "x", Text: "y", HTML: html}.Check("order_shipped")
		if err != nil && part != "html" {
			t.Errorf("%s is wrong of %q", part, html)
		}
		return err
	}
	for _, good := range []string{
		`<!DOCTYPE html><html lang="en"><head><title>{{title}}</title><style>p > a { color: red } @media (max-width: 9em) { p { margin: 0 } }</style></head><body>{{title}}</body></html>`,
		`<table role="presentation" width=100% cellpadding="0"><tr><td align='center' style="padding: 1em; background: #fff">{{title}}</td></tr></table>`,
		`<p>{{title}} is on its way: <a href="{{link}}">where is it?</a> <A HREF={{link}}>here</A><br/><br></p><!-- the end -->`,
		`<img src="https://cdn.example.com/logo.png" alt="the expression (of joy), on top = best" width=20 height=20> <a href="mailto:help@example.com">help</a>`,
		`JavaScript: an expression (with on top=1) &lt;script&gt;`, `<div aria-hidden="true" dir=auto>5 &gt; 4, and 5 > 4</div>`,
	} {
		if err := check(good); err != nil {
			t.Errorf("%q is refused: %v", good, err)
		}
	}
	for _, bad := range []string{
		`<script>alert(1)</script>`, `<ScRiPt >x</ScRiPt>`, `<script/x>`, `<script`, `<iframe src="https://x"></iframe>`, `<form action="https://x">`, `<input autofocus>`,
		`<button formaction="https://x">x</button>`, `<object data="https://x">`, `<embed src="https://x">`, `<base href="https://x">`, `<link rel="stylesheet">`, `<meta http-equiv="refresh">`,
		`<svg onload=x>`, `<svg>`, `<math>`, `<portal src="https://x">`, `<plaintext>`, `<template>`, `<video>`, `<textarea>`, `<noscript>`, `<xmp>`, `<marquee>`, `<details open ontoggle=x>`, `<o:p>`,
		`<img src=x onerror=alert(1)>`, `<img src="https://x" onerror=alert(1)>`, `<img/onerror=x src="https://x">`, `<p onclick="{{title}}">`, `<p ONCLICK=x>`, `<p on click=x>`, `<p style="x"onclick="y">`,
		`<a href="javascript:alert(1)">`, `<a href="jav&#x09;ascript:alert(1)">`, "<a href=\"java\nscript:alert(1)\">", `<a href="&#106;avascript:alert(1)">`, `<a href=" javascript:x">`, `<a href="vbscript:x">`,
		`<a href="data:text/html,x">`, `<a href="//x">`, `<a href="x">`, `<a href='file:///etc'>`, `<img src="blob:x">`, `<a href="\x01javascript:x">`, `<a href=javascript&colon;alert(1)>`,
		`<p style="width: expression(alert(1))">`, `<p style="background: url(javascript:x)">`, `<style>@import url(https://x)</style>`, `<style>@IMPORT 'https://x'</style>`, `<style></style><script>`,
		`<title><p title="</title><img src=x onerror=x>"></title>`, `<a title="<script>">`, `<a title='>'>`, `<!--[if IE]><script>1</script><![endif]-->`, `<!--><script>-->`, `<!-- a`,
		`<![CDATA[<script>]]>`, `<?php x ?>`, `<{{title}}>`, `<a {{title}}="x">`, `<p {{title}}>`, `5 < 4`, `<p`, `< p>`, `<p title="x>`, `</script>`, `<p srcset="x">`, `<a ping="https://x">`, `<p background="https://x">`,
	} {
		if err := check(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// However often a < comes, a template is checked in one pass.
func TestCustom_markupWithoutEnd(t *testing.T) {
	t.Parallel()
	for _, part := range []string{"<p", "<p ", "<!--", "<a a", "<a title=\"", "<p a=b ", "<p>"} {
		html := strings.Repeat(part, 99_000/len(part))
		_, _ = mail.Custom{Subject: "x", Text: "y", HTML: html}.Check("order_shipped")
	}
}
