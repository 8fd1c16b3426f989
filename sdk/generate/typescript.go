package main

import (
	"fmt"
	"slices"
	"strings"
)

func typeScriptTypes(a api) string {
	var b strings.Builder
	b.WriteString("import type { AnyEvent, EventType } from \"./webhooks.js\";\n\nexport type { AnyEvent, EventType };\n\n")
	for _, k := range a.kinds {
		fmt.Fprintf(&b, "%sexport type %s = %s;\n\n", doc("", k.text), k.name, k.typeScript())
	}
	for _, s := range a.structs {
		fmt.Fprintf(&b, "%sexport interface %s {\n", doc("", s.text), s.name)
		for _, m := range s.members {
			b.WriteString(m.typeScript("  "))
		}
		if s.name == "Problem" {
			b.WriteString("  /** More about it, by name. */\n  [detail: string]: unknown;\n")
		}
		b.WriteString("}\n\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

func (k kind) typeScript() string {
	switch {
	case k.integer:
		return "number"
	case len(k.values) == 0:
		return "string"
	case len(k.values) > 12:
		return "\n  | " + quoted(k.values, "\n  | ") + "\n  | (string & {})"
	}
	return quoted(k.values, " | ") + " | (string & {})"
}

func quoted(all []string, between string) string {
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = fmt.Sprintf("%q", v)
	}
	return strings.Join(out, between)
}

func (m member) typeScript(indent string) string {
	optional := "?"
	if m.required {
		optional = ""
	}
	return fmt.Sprintf("%s%s%s%s: %s;\n", doc(indent, m.text), indent, m.name, optional, m.of.typeScript())
}

func (s shape) typeScript() string {
	text := s.plainTypeScript()
	if s.null {
		return text + " | null"
	}
	return text
}

func (s shape) plainTypeScript() string {
	switch {
	case s.name == "Event":
		return "AnyEvent"
	case s.name != "":
		return s.name
	case s.list != nil && (s.list.null || len(s.list.any) > 0):
		return "(" + s.list.typeScript() + ")[]"
	case s.list != nil:
		return s.list.typeScript() + "[]"
	case s.dict != nil:
		return "Record<string, " + s.dict.typeScript() + ">"
	case len(s.any) > 0:
		var all []string
		for _, one := range s.any {
			all = append(all, one.typeScript())
		}
		slices.Sort(all)
		return strings.Join(slices.Compact(all), " | ")
	}
	return map[string]string{"integer": "number", "object": "Record<string, unknown>", "file": "Blob", "number": "number", "boolean": "boolean", "string": "string"}[s.plain]
}

// asked is what a query takes: several values, or one.
func (s shape) asked() string {
	if s.list == nil {
		return s.typeScript()
	}
	return s.list.typeScript() + " | readonly " + s.list.typeScript() + "[]"
}

// doc is a comment over what follows it.
func doc(indent, text string) string {
	if text == "" {
		return ""
	}
	return indent + "/** " + text + " */\n"
}

func typeScriptOperations(a api) string {
	var b strings.Builder
	b.WriteString("import type { Core, Options, Outcome, Preview, WriteOptions } from \"./core.js\";\nimport { List } from \"./list.js\";\nimport type * as T from \"./types.js\";\n\n")
	for _, g := range a.groups {
		fmt.Fprintf(&b, "%sexport class %s {\n  constructor(private readonly core: Core) {}\n", doc("", g.text), capital(g.name))
		for _, o := range g.operations {
			b.WriteString("\n" + o.typeScript())
		}
		b.WriteString("}\n\n")
	}
	b.WriteString("/** All operations, by what they are about. */\nexport class Operations {\n")
	for _, g := range a.groups {
		fmt.Fprintf(&b, "%s  readonly %s: %s;\n", doc("  ", g.text), g.name, capital(g.name))
	}
	b.WriteString("\n  constructor(core: Core) {\n")
	for _, g := range a.groups {
		fmt.Fprintf(&b, "    this.%s = new %s(core);\n", g.name, capital(g.name))
	}
	b.WriteString("  }\n}\n")
	return b.String()
}

func (o operation) typeScript() string {
	arguments, request := o.arguments(), o.request()
	call := func(name, options, answers, how, extra string) string {
		return fmt.Sprintf("%s  %s(%s): %s {\n    return this.core.%s(%s%s }, options);\n  }\n", doc("  ", o.text), name, strings.Join(append(slices.Clone(arguments), options), ", "), answers, how, request, extra)
	}
	switch {
	case o.item != nil:
		item := scoped(o.item.typeScript())
		return fmt.Sprintf("%s  %s(%s): List<%s> {\n    return new List((cursor) => this.core.send(%s, cursor }, options));\n  }\n",
			doc("  ", o.text), o.name, strings.Join(append(arguments, "options?: Options"), ", "), item, request)
	case o.keyed:
		text := call(o.name, "options?: WriteOptions", "Promise<Outcome<"+o.answers()+">>", "move", "")
		if o.dry {
			text += "\n" + fmt.Sprintf("  /** What %s would do, without doing it. */\n", o.name) +
				strings.TrimPrefix(call("preview"+capital(o.name), "options?: Options", "Promise<Preview>", "send", ", dry: true"), doc("  ", o.text))
		}
		return text
	case o.awaits:
		return call(o.name, "options?: WriteOptions", "Promise<Outcome<"+o.answers()+">>", "move", "")
	case o.honours:
		return call(o.name, "options?: WriteOptions", "Promise<"+o.answers()+">", "send", ", keyed: true")
	}
	return call(o.name, "options?: Options", "Promise<"+o.answers()+">", "send", "")
}

// answers is the type of success.
func (o operation) answers() string {
	switch {
	case o.file:
		return "Blob"
	case o.answer == nil:
		return "void"
	}
	return scoped(o.answer.typeScript())
}

// arguments are the parameters of the path, the body, and the query.
func (o operation) arguments() []string {
	var all []string
	for _, p := range o.params {
		all = append(all, lower(p.name)+": "+scoped(p.of.typeScript()))
	}
	if o.body != nil {
		optional := ""
		if o.bodyOptional {
			optional = "?"
		}
		all = append(all, "body"+optional+": "+scoped(o.body.typeScript()))
	}
	if len(o.query) == 0 {
		return all
	}
	var members []string
	optional := " = {}"
	for _, q := range o.query {
		if o.item != nil && q.name == "cursor" {
			continue
		}
		mark := "?"
		if q.required {
			mark, optional = "", ""
		}
		members = append(members, q.name+mark+": "+scoped(q.of.asked()))
	}
	return append(all, "query: { "+strings.Join(members, "; ")+" }"+optional)
}

// request is what is sent, without its end.
func (o operation) request() string {
	path := o.path
	for _, p := range o.params {
		path = strings.ReplaceAll(path, "{"+p.name+"}", "${encodeURIComponent("+lower(p.name)+")}")
	}
	quote := `"`
	if len(o.params) > 0 {
		quote = "`"
	}
	text := fmt.Sprintf("{ method: %q, path: %s%s%s", o.method, quote, path, quote)
	if o.body != nil && o.form {
		text += ", form: body"
	} else if o.body != nil {
		text += ", body"
	}
	if len(o.query) > 0 {
		text += ", query"
	}
	if o.file {
		text += ", file: true"
	}
	return text
}

// scoped names a type of types.ts.
func scoped(text string) string {
	var b strings.Builder
	for _, word := range strings.SplitAfter(text, " ") {
		if word != "" && word[0] >= 'A' && word[0] <= 'Z' && !strings.HasPrefix(word, "Record") {
			b.WriteString("T.")
		}
		b.WriteString(word)
	}
	return b.String()
}

// lower is a name as an argument: user_id is userId.
func lower(name string) string {
	c := camel(name)
	return strings.ToLower(c[:1]) + c[1:]
}

func typeScriptProcesses(all []deal) string {
	var b strings.Builder
	b.WriteString("import type { Money } from \"./types.js\";\n\n/** An amount that a step takes: with its currency, or in minor units of the deal's. */\nexport type Amount = Money | number;\n\n")
	b.WriteString("/** Every step takes a reason, too, in the words of the person. */\nexport interface Said {\n  reason?: string;\n}\n\n")
	b.WriteString("/** The processes: their states, and the steps that people take, with what each takes along. */\nexport interface Processes {\n")
	for _, d := range all {
		fmt.Fprintf(&b, "%s  %s: {\n    states: %s;\n", doc("  ", d.text), d.name, quoted(d.states, " | "))
		b.WriteString("    opens: {\n" + stepsTypeScript(d.opens) + "    };\n    steps: {\n" + stepsTypeScript(d.steps) + "    };\n  };\n")
	}
	b.WriteString("}\n")
	return b.String()
}

func stepsTypeScript(all []step) string {
	var b strings.Builder
	for _, s := range all {
		var inputs []string
		for _, i := range s.inputs {
			if i.name == "reason" && !i.required {
				continue // it is Said
			}
			mark, of := "?", "string"
			if i.required {
				mark = ""
			}
			if i.amount {
				of = "Amount"
			}
			inputs = append(inputs, i.name+mark+": "+of)
		}
		of := "Said"
		if len(inputs) > 0 {
			of = "Said & { " + strings.Join(inputs, "; ") + " }"
		}
		fmt.Fprintf(&b, "%s      %s: %s;\n", doc("      ", s.text), s.name, of)
	}
	return b.String()
}
