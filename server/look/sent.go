package look

import (
	"bytes"
	"net/url"
	"slices"

	"golang.org/x/net/html"
)

// Sent is what a form had in it when it was refused, so that nobody writes anything twice. Hidden fields and secrets are as the page has
// them now.
type Sent struct {
	Action string // path that it was sent to; empty: nothing was sent
	Fields url.Values
}

// into writes what was sent into the forms of a page that are sent to the same path, and opens what hides them.
func (s Sent) into(page []byte) []byte {
	f := filling{Sent: s, details: -1}
	for z := html.NewTokenizer(bytes.NewReader(page)); z.Next() != html.ErrorToken; {
		raw := slices.Clone(z.Raw())
		f.token(z.Token(), raw)
	}
	return f.out
}

// filling is a page on its way through.
type filling struct {
	Sent
	out     []byte
	ours    bool   // inside a form that was sent
	details int    // where the tag stands that hides what follows; -1: nothing does
	choice  string // name of the list that an option belongs to
	skips   bool   // inside a text that is replaced
}

func (f *filling) token(t html.Token, raw []byte) {
	name := attribute(t, "name")
	switch {
	case t.Data == "details" && t.Type == html.StartTagToken:
		f.details = len(f.out) + len("<details")
	case t.Data == "details" && t.Type == html.EndTagToken:
		f.details = -1
	case t.Data == "form":
		if f.ours = t.Type == html.StartTagToken && attribute(t, "action") == f.Action; f.ours && f.details >= 0 {
			f.out, f.details = slices.Insert(f.out, f.details, []byte(" open")...), -1
		}
	case !f.ours:
	case t.Data == "textarea" && t.Type == html.StartTagToken && f.Fields.Has(name):
		f.out = append(append(f.out, raw...), html.EscapeString(f.Fields.Get(name))...)
		f.skips = true
		return
	case t.Data == "textarea":
		f.skips = false
	case f.skips:
		return
	case t.Data == "select":
		f.choice = name
	case t.Data == "option" && t.Type == html.StartTagToken && f.Fields.Has(f.choice):
		raw = tag(t, "selected", "", attribute(t, "value") == f.Fields.Get(f.choice))
	case t.Data == "input":
		raw = f.input(t, raw)
	}
	f.out = append(f.out, raw...)
}

// input is a field with what was sent in it.
func (f *filling) input(t html.Token, raw []byte) []byte {
	name := attribute(t, "name")
	switch attribute(t, "type") {
	case "hidden", "password":
	case "checkbox", "radio":
		return tag(t, "checked", "", slices.Contains(f.Fields[name], attribute(t, "value")))
	default:
		if f.Fields.Has(name) {
			return tag(t, "value", f.Fields.Get(name), true)
		}
	}
	return raw
}

func attribute(t html.Token, name string) string {
	at := slices.IndexFunc(t.Attr, func(a html.Attribute) bool { return a.Key == name })
	if at < 0 {
		return ""
	}
	return t.Attr[at].Val
}

// tag is a tag with an attribute, or without it.
func tag(t html.Token, name, value string, has bool) []byte {
	t.Attr = slices.DeleteFunc(t.Attr, func(a html.Attribute) bool { return a.Key == name })
	if has {
		t.Attr = append(t.Attr, html.Attribute{Key: name, Val: value})
	}
	return []byte(t.String())
}
