package notices

import (
	"fmt"
	"slices"
	"strings"

	"github.com/handsel-dev/handsel/notices/events"
)

// Document writes the catalogue and the table of who is told what, as Markdown.
func (b *Books) Document() string {
	var out strings.Builder
	out.WriteString(`# Events

What can happen, who gets a notice, and what an event carries. This page is written from the catalogue and the rows
(` + "`make generate`" + `); [CONTRIBUTING.md](../CONTRIBUTING.md) says how to add to them.

An event is a row that is written in the commit of what happened, so none is lost and none comes without its change. "Feed" is
the type of the entry in a person's feed, which the websocket sends; types in bold are those of version 1, others are sent to clients
that ask for version 2. "E-mail" is the template. Events that are public keep their name and fields.
`)
	for _, part := range events.Parts() {
		fmt.Fprintf(&out, "\n## %s\n\n| event | when | since | public | who gets a notice |\n| --- | --- | --- | --- | --- |\n", part.Title)
		for _, k := range part.Events {
			fmt.Fprintf(&out, "| `%s` | %s | %s | %s | %s |\n", k.Name, k.Means+where(k), k.Since, yes(k.Public), b.told(k.Name))
		}
	}
	out.WriteString("\n## Fields\n")
	for _, s := range events.Sources() {
		all := slices.DeleteFunc(events.Catalogue(), func(k events.Kind) bool { return k.Source != s })
		fmt.Fprintf(&out, "\nEvents that come from %s, such as `%s`:\n\n| field | type | what it says |\n| --- | --- | --- |\n", s, all[0].Name)
		for _, f := range s.Fields() {
			fmt.Fprintf(&out, "| `%s` | %s | %s |\n", f.Name, f.Type, f.Means)
		}
		fmt.Fprintf(&out, "\n```json schema=%s\n%s\n```\n", all[0].Name, all[0].Example())
	}
	return out.String()
}

// where says which steps an event stands for.
func where(k events.Kind) string {
	var steps []string
	for _, t := range k.Transitions {
		steps = append(steps, "`"+string(t)+"`")
	}
	if len(steps) == 0 {
		return ""
	}
	return " (" + strings.Join(steps, ", ") + ")"
}

// told says in a cell of a table who is told of an event.
func (b *Books) told(event events.Type) string {
	var lines []string
	for _, r := range b.Rows() {
		if r.Event != event {
			continue
		}
		var how []string
		switch {
		case r.Feed != "" && r.Known:
			how = append(how, "feed **`"+r.Feed+"`**")
		case r.Feed != "":
			how = append(how, "feed `"+r.Feed+"`")
		}
		if r.Mail != "" {
			how = append(how, "e-mail `"+string(r.Mail)+"`")
		}
		line := string(r.To) + ": " + strings.Join(how, ", ")
		for i, round := range r.Rounds {
			line += map[bool]string{true: " after ", false: " and "}[i == 0] + fmt.Sprintf("%d days", int(round.After.Hours())/24)
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		return "nobody"
	}
	return strings.Join(lines, "<br>")
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}
