package main

import (
	"fmt"
	"strings"

	"github.com/handsel-dev/handsel/notices/events"
)

// sources are the sources of public events, with the name of the data that their events have.
var sources = map[events.Source]string{
	events.Stepped: "StepData", events.Any: "StepData", events.Noticed: "AlarmData", events.Said: "MessageData",
	events.Reminded: "ReminderData", events.Counted: "TasksData", events.Banked: "BankPayoutData",
}

// dataOf is the name of the data of a source's events.
func dataOf(s events.Source) string {
	if name, ok := sources[s]; ok {
		return name
	}
	return camel(string(s)) + "Data"
}

// public are the events that backends are told.
func public() []events.Kind {
	var all []events.Kind
	for _, k := range events.Catalogue() {
		if k.Public {
			all = append(all, k)
		}
	}
	return all
}

// eachData calls back with the data of public events, each once.
func eachData(with func(name string, s events.Source)) {
	seen := map[string]bool{}
	for _, k := range public() {
		if name := dataOf(k.Source); !seen[name] {
			seen[name] = true
			with(name, k.Source)
		}
	}
}

func typeScriptEvents() string {
	var b strings.Builder
	b.WriteString("import type { Money } from \"./types.js\";\n\n")
	eachData(func(name string, s events.Source) {
		fmt.Fprintf(&b, "/** The data of events about %s. */\nexport interface %s {\n", s, name)
		for _, f := range s.Fields() {
			of := map[events.FieldType]string{events.Integer: "number", events.Money: "Money", events.Values: "Record<string, string>"}[f.Type]
			if of == "" {
				of = "string"
			}
			fmt.Fprintf(&b, "  /** %s */\n  %s?: %s;\n", f.Means, f.Name, of)
		}
		b.WriteString("}\n\n")
	})
	b.WriteString("/** The types of events, with what their data are. */\nexport interface EventData {\n")
	for _, k := range public() {
		fmt.Fprintf(&b, "  /** %s */\n  %q: %s;\n", k.Means, k.Name, dataOf(k.Source))
	}
	b.WriteString("}\n")
	return b.String()
}

func goEvents() string {
	var b strings.Builder
	eachData(func(name string, s events.Source) {
		fmt.Fprintf(&b, "// %s: the data of events about %s.\ntype %s struct {\n", name, s, name)
		for _, f := range s.Fields() {
			of := map[events.FieldType]string{events.Integer: "int64", events.Money: "Money", events.Values: "map[string]string", events.Time: "time.Time"}[f.Type]
			if of == "" {
				of = "string"
			}
			fmt.Fprintf(&b, "\t%s %s `json:\"%s,omitzero\"` // %s\n", goName(f.Name), of, f.Name, f.Means)
		}
		b.WriteString("}\n\n")
	})
	b.WriteString("// The types of events, with what their data are.\nvar (\n")
	for _, k := range public() {
		fmt.Fprintf(&b, "\tOn%s = EventOf[%s]{%q} // %s\n", goName(string(k.Name)), dataOf(k.Source), k.Name, k.Means)
	}
	b.WriteString(")\n")
	if text := b.String(); !strings.Contains(text, "time.Time") {
		return text
	}
	return "import \"time\"\n\n" + b.String()
}
