package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// byHand are schemas that the SDKs write by hand: what they are depends on the type of the event.
var byHand = map[string]bool{"Event": true, "EventObject": true, "EventType": true}

// told is a type of events, with the name of its data.
type told struct{ name, text, data string }

// told collects what webhooks tell.
func (b *builder) told() {
	if b.doc.Webhooks == nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(b.doc.Webhooks)) {
		post := b.doc.Webhooks[name].Post
		body := post.RequestBody.Value.Content["application/json"].Schema.Value
		b.out.told = append(b.out.told, told{name, post.Summary, b.shape(body.AllOf[1].Value.Properties["data"], "").name})
	}
}

func typeScriptEvents(a api) string {
	var b strings.Builder
	b.WriteString("import type * as T from \"./types.js\";\n\n/** The types of events, with what their data are. */\nexport interface EventData {\n")
	for _, e := range a.told {
		fmt.Fprintf(&b, "%s  %q: T.%s;\n", doc("  ", e.text), e.name, e.data)
	}
	b.WriteString("}\n")
	return b.String()
}

func goEvents(a api) string {
	var b strings.Builder
	b.WriteString("// The types of events, with what their data are.\nvar (\n")
	for _, e := range a.told {
		fmt.Fprintf(&b, "\tOn%s = EventOf[%s]{%q} // %s\n", goName(e.name), e.data, e.name, e.text)
	}
	b.WriteString(")\n")
	return b.String()
}
