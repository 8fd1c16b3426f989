package look_test

import (
	"context"
	"io"
	"net/url"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/handsel-dev/handsel/server/look"
)

// What a refused form had in it stands in it again, escaped, and nowhere else; what is hidden or secret stays as the page has it.
func TestSent(t *testing.T) {
	t.Parallel()
	const page = `<p>a &amp; b</p><details><summary>s</summary><form method="post" action="/do"><input type="hidden" name="seen" value="now"/><input type="text" name="name" value="old"/>` +
		`<input type="password" name="password" value=""/><textarea name="note" rows="2">old &lt;b&gt;</textarea><select name="kind"><option value="a" selected>A</option><option value="b">B</option></select>` +
		`<input type="checkbox" name="sure" value="yes"/><input type="text" name="other" value="kept"/></form></details><form method="post" action="/else"><input type="text" name="name" value="mine"/></form>`
	body := templ.ComponentFunc(func(_ context.Context, w io.Writer) error { _, err := io.WriteString(w, page); return err })
	fields := url.Values{"seen": {"then"}, "name": {`"><script>x`}, "password": {"hunter2"}, "note": {"a\n</textarea><b>"}, "kind": {"b"}, "sure": {"yes"}}
	b, err := look.Page(t.Context(), look.Frame{Once: "o", Sent: look.Sent{Action: "/do", Fields: fields}}, body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<p>a &amp; b</p><details open><summary>s`, `name="seen" value="now"/>`, `name="name" value="&#34;&gt;&lt;script&gt;x"/>`, `name="password" value=""/>`, "rows=\"2\">a\n&lt;/textarea&gt;&lt;b&gt;</textarea>",
		`<option value="a">A`, `<option value="b" selected="">B`, `name="sure" value="yes" checked=""/>`, `name="other" value="kept"/>`, `<form method="post" action="/else"><input type="hidden" name="once" value="o"><input type="text" name="name" value="mine"/>`,
	} {
		if !strings.Contains(string(b), want) {
			t.Errorf("the page lacks %s: %s", want, b[strings.Index(string(b), "<main"):])
		}
	}
	for _, never := range []string{"hunter2", "then", "<script>x"} {
		if strings.Contains(string(b), never) {
			t.Errorf("the page has %s", never)
		}
	}
}
