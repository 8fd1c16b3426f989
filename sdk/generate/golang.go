package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// goName writes a name as Go does: transaction_id is TransactionID.
func goName(name string) string {
	name = initials.ReplaceAllStringFunc(camel(name), strings.ToUpper)
	return strings.Replace(name, "IDS", "IDs", 1)
}

// goArgument is a name as an argument: user_id is userID.
func goArgument(name string) string {
	c := goName(name)
	if c == strings.ToUpper(c) {
		return strings.ToLower(c)
	}
	return strings.ToLower(c[:1]) + c[1:]
}

var initials = regexp.MustCompile(`(Ids?|Url|Ip)($|[A-Z])`)

func goTypes(a api) string {
	var b strings.Builder
	b.WriteString("import \"time\"\n\n")
	for _, k := range a.kinds {
		if k.integer || k.time {
			continue // int64, time.Time
		}
		fmt.Fprintf(&b, "// %s: %s\ntype %s string\n\n", goName(k.name), k.text, goName(k.name))
		if len(k.values) == 0 {
			continue
		}
		fmt.Fprintf(&b, "// What there is now; a later version may add some.\nconst (\n")
		for _, v := range k.values {
			fmt.Fprintf(&b, "\t%s%s %s = %q\n", goName(strings.TrimSuffix(k.name, "Name")), goName(v), goName(k.name), v)
		}
		b.WriteString(")\n\n")
	}
	for _, s := range a.structs {
		about := s.text
		if about == "" {
			about = "an object of the API."
		}
		fmt.Fprintf(&b, "// %s: %s\ntype %s struct {\n", goName(s.name), about, goName(s.name))
		for _, m := range s.members {
			fmt.Fprintf(&b, "\t// %s\n\t%s %s `json:%q`\n", m.text, goName(m.name), m.goType(s.in), m.goTag())
		}
		b.WriteString("}\n\n")
	}
	return b.String()
}

// goTag leaves out what need not be sent and is not.
func (m member) goTag() string {
	if m.required {
		return m.name
	}
	return m.name + ",omitzero"
}

func (m member) goType(in bool) string {
	if in && !m.required && m.of.list == nil && m.of.dict == nil && (m.of.name != "" && !m.of.text || m.of.plain == "integer") {
		return "*" + m.of.goPlain()
	}
	return m.of.goType()
}

func (s shape) goType() string {
	if s.null && s.list == nil && s.dict == nil {
		return "*" + s.goPlain()
	}
	return s.goPlain()
}

func (s shape) goPlain() string {
	switch {
	case s.name == "Timestamp":
		return "time.Time"
	case s.name == "MinorUnits":
		return "int64"
	case s.name != "":
		return goName(s.name)
	case s.list != nil:
		return "[]" + s.list.goType()
	case s.dict != nil:
		return "map[string]" + s.dict.goType()
	case len(s.any) > 0:
		return "any"
	}
	return map[string]string{"integer": "int64", "number": "float64", "boolean": "bool", "string": "string", "object": "map[string]any", "file": "File"}[s.plain]
}

func goOperations(a api) string {
	var b strings.Builder
	b.WriteString("import (\n\t\"context\"\n\t\"iter\"\n\t\"net/http\"\n\t\"net/url\"\n)\n\n// operations are all of them, by what they are about.\ntype operations struct {\n")
	for _, g := range a.groups {
		fmt.Fprintf(&b, "\t%s %sAPI // %s\n", goName(g.name), goName(g.name), g.text)
	}
	b.WriteString("}\n\nfunc newOperations(c *core) operations {\n\treturn operations{\n")
	for _, g := range a.groups {
		fmt.Fprintf(&b, "\t\t%s: %sAPI{c},\n", goName(g.name), goName(g.name))
	}
	b.WriteString("\t}\n}\n\n")
	for _, g := range a.groups {
		fmt.Fprintf(&b, "// %sAPI: %s\ntype %sAPI struct{ core *core }\n\n", goName(g.name), g.text, goName(g.name))
		for _, o := range g.operations {
			b.WriteString(o.golang(goName(g.name)))
		}
	}
	return b.String()
}

// golang is the method of an operation, with the type of its query.
func (o operation) golang(group string) string {
	name := goName(o.name)
	queryType, queryText := o.goQuery(group + name + "Query")
	arguments := []string{"ctx context.Context"}
	for _, p := range o.params {
		arguments = append(arguments, goArgument(p.name)+" "+p.of.goType())
	}
	if o.body != nil {
		star := ""
		if o.bodyOptional {
			star = "*"
		}
		arguments = append(arguments, "body "+star+o.body.goType())
	}
	if queryText != "" {
		arguments = append(arguments, "query "+group+name+"Query")
	}
	signature := strings.Join(append(arguments, "options ...CallOption"), ", ")
	method := func(name, answers, how, more string) string {
		return fmt.Sprintf("func (s %sAPI) %s(%s) %s {\n\treturn %s(ctx, s.core, %s%s}, options)\n}\n\n", group, name, signature, answers, how, o.goRequest(queryText), more)
	}
	about := fmt.Sprintf("// %s: %s\n", name, o.text)
	answer := o.goAnswer()
	switch {
	case o.item != nil:
		return queryType + about + method(name, "iter.Seq2["+o.item.goType()+", error]", "list["+o.item.goType()+"]", "")
	case o.keyed || o.awaits:
		text := queryType + about + method(name, "(Outcome["+answer+"], error)", "move["+answer+"]", "")
		if o.keyed && o.dry {
			text += fmt.Sprintf("// Preview%s is what %s would do, without doing it.\n", name, name) + method("Preview"+name, "(Preview, error)", "send[Preview]", ", dry: true")
		}
		return text
	}
	more := ""
	if o.honours {
		more = ", keyed: true"
	}
	if o.answer == nil && !o.file {
		return queryType + about + o.goSilent(group, name, signature, queryText, more)
	}
	return queryType + about + method(name, "("+answer+", error)", "send["+answer+"]", more)
}

// goSilent is the method of an operation that answers nothing.
func (o operation) goSilent(group, name, signature, query, more string) string {
	return fmt.Sprintf("func (s %sAPI) %s(%s) error {\n\t_, err := send[Nothing](ctx, s.core, %s%s}, options)\n\treturn err\n}\n\n", group, name, signature, o.goRequest(query), more)
}

func (o operation) goAnswer() string {
	switch {
	case o.file:
		return "[]byte"
	case o.answer == nil:
		return "Nothing"
	}
	return o.answer.goType()
}

// goQuery is the type of an operation's query, and how it is written.
func (o operation) goQuery(name string) (declared, written string) {
	var members, pairs []string
	for _, q := range o.query {
		if q.name == "cursor" && o.item != nil {
			continue
		}
		members = append(members, fmt.Sprintf("\t%s %s // %s\n", goName(q.name), q.of.goType(), q.text))
		value := "query." + goName(q.name)
		if q.of.list != nil {
			value = "several(" + value + ")"
		}
		pairs = append(pairs, fmt.Sprintf("%q, %s", q.name, value))
	}
	if len(members) == 0 {
		return "", ""
	}
	return fmt.Sprintf("// %s: what may be asked for; what is zero is not.\ntype %s struct {\n%s}\n\n", name, name, strings.Join(members, "")), "queryOf(" + strings.Join(pairs, ", ") + ")"
}

// goRequest is what is sent, without its end.
func (o operation) goRequest(query string) string {
	path := fmt.Sprintf("%q", o.path)
	for _, p := range o.params {
		path = strings.Replace(path, "{"+p.name+"}", `"+url.PathEscape(string(`+goArgument(p.name)+`))+"`, 1)
	}
	path = strings.TrimSuffix(path, `+""`)
	verb := map[string]string{"GET": "http.MethodGet", "POST": "http.MethodPost", "PUT": "http.MethodPut", "DELETE": "http.MethodDelete", "PATCH": "http.MethodPatch"}[o.method]
	text := "request{method: " + verb + ", path: " + path
	if o.body != nil {
		text += ", body: body"
	}
	if query != "" {
		text += ", query: " + query
	}
	return text
}

func goProcesses(all []deal) string {
	var b strings.Builder
	for _, d := range all {
		for _, s := range d.opens {
			b.WriteString(s.golang(d, "Open"+goName(d.name)+goName(s.name), "opens a deal of "+d.name,
				"Open(in TransactionInput) TransactionInput", fmt.Sprintf("opened(in, Process%s, %q", goName(d.name), s.name)))
		}
		for _, s := range d.steps {
			b.WriteString(s.golang(d, goName(d.name)+goName(s.name), "is the step "+s.name+" of "+d.name,
				"Body() WantedTransitionInput", fmt.Sprintf("step(%q", s.name)))
		}
	}
	return b.String()
}

func (s step) golang(d deal, name, about, method, call string) string {
	var b strings.Builder
	text := s.text
	if text != "" {
		text = ": " + text
	}
	inputs := slices.Clone(s.inputs)
	if !slices.ContainsFunc(inputs, func(i input) bool { return i.name == "reason" }) {
		inputs = append(inputs, input{name: "reason"})
	}
	fmt.Fprintf(&b, "// %s %s%s.\ntype %s struct {\n", name, about, text, name)
	for _, i := range inputs {
		of, need := "string", ""
		if i.amount {
			of = "*Money"
		}
		if i.required {
			need = " // required"
		}
		fmt.Fprintf(&b, "\t%s %s%s\n", goName(i.name), of, need)
	}
	verb, _, _ := strings.Cut(method, "(")
	fmt.Fprintf(&b, "}\n\n// %s is what is sent.\nfunc (s %s) %s {\n\treturn %s", verb, name, method, call)
	for _, i := range inputs {
		fmt.Fprintf(&b, ", %q, s.%s", i.name, goName(i.name))
	}
	b.WriteString(")\n}\n\n")
	return b.String()
}
