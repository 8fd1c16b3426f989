package main

import (
	"fmt"
	"go/format"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/internal/guidebook"
)

// curl is how a shell makes the call, with the variables of the env file of handsel dev.
func (s *sampler) curl(c guidebook.Call, access string, sent value) string {
	path, mark := c.Path, "?"
	for _, p := range c.Parameters {
		if p.In == "path" {
			path = strings.ReplaceAll(path, "{"+p.Name+"}", p.Example)
		} else if p.In == "query" && p.Required {
			path, mark = path+mark+p.Name+"="+p.Example, "&"
		}
	}
	text := `curl "$HANDSEL_URL` + path + `"`
	if c.Method != http.MethodGet && (c.Method != http.MethodPost || c.Body == nil) {
		text = "curl -X " + c.Method + strings.TrimPrefix(text, "curl")
	}
	header := func(value string) { text += " \\\n  -H \"" + value + `"` }
	if access != "" {
		header("Authorization: Bearer " + access)
	}
	for _, p := range c.Parameters {
		if p.In == "header" && p.Required {
			header(p.Name + ": order-17")
		}
	}
	switch {
	case c.Body != nil && c.Body.Media != "":
		text += " \\\n  -F file=@photo.jpg"
	case sent != nil:
		header("Content-Type: application/json")
		text += " \\\n  -d '" + strings.ReplaceAll(pretty(sent), "'", `'\''`) + "'"
	}
	return text
}

// golang is how a program in Go makes the call, with the SDK's client h.
func (s *sampler) golang(o operation, sent value) string {
	group, _, _ := strings.Cut(o.id, ".")
	arguments := []string{"ctx"}
	for _, p := range o.params {
		arguments = append(arguments, strconv.Quote(s.word(p.of, p.name)))
	}
	if o.body != nil && o.bodyOptional {
		arguments = append(arguments, "&"+s.goValue(*o.body, sent))
	} else if o.body != nil {
		arguments = append(arguments, s.goValue(*o.body, sent))
	}
	if declared, _ := o.goQuery(""); declared != "" {
		var members []string
		for _, q := range o.query {
			if q.required {
				members = append(members, goName(q.name)+": "+strconv.Quote(s.word(q.of, q.name)))
			}
		}
		arguments = append(arguments, braced("handsel."+goName(group)+goName(o.name)+"Query{", "}", members))
	}
	call := "h." + goName(group) + "." + goName(o.name) + "(" + strings.Join(arguments, ", ") + ")"
	switch {
	case o.item != nil:
		call = "for item, err := range " + call + " {\n\tif err != nil {\n\t\treturn err\n\t}\n\tfmt.Println(item)\n}"
	case o.keyed || o.awaits:
		call = "answer, err := handsel.Done(" + call + ")"
	case o.answer == nil && !o.file:
		call = "err := " + call
	default:
		call = "answer, err := " + call
	}
	text, err := format.Source([]byte(call))
	if err != nil {
		s.err = fmt.Errorf("%s: %w in %s", o.id, err, call)
	}
	return string(text)
}

var typeName = regexp.MustCompile(`(^|[^.\w])([A-Z]\w*)`)

// goAbroad writes a type of the SDK as another package does.
func goAbroad(text string) string { return typeName.ReplaceAllString(text, "${1}handsel.$2") }

// goValue is a value of a shape.
func (s *sampler) goValue(of shape, v value) string {
	if of.plain == "file" {
		return `handsel.File{Name: "photo.jpg", Content: content}`
	}
	switch v := v.(type) {
	case object:
		return s.goMembers(of, v)
	case list:
		var all []string
		for _, one := range v {
			all = append(all, s.goPointed(of.list.goType(), *of.list, one))
		}
		return braced(goAbroad(of.goPlain())+"{", "}", all)
	case string:
		if at, err := time.Parse(time.RFC3339, v); err == nil && of.name == "Timestamp" {
			return fmt.Sprintf("time.Date(%d, %d, %d, %d, %d, 0, 0, time.UTC)", at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute())
		}
		return strconv.Quote(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return strings.ReplaceAll(fmt.Sprint(v), "<nil>", "nil")
}

func (s *sampler) goMembers(of shape, v object) string {
	var all []string
	o := s.structure(of.name)
	for _, name := range slices.Sorted(maps.Keys(v)) {
		if of.dict != nil {
			all = append(all, strconv.Quote(name)+": "+s.goPointed(of.dict.goType(), *of.dict, v[name]))
			continue
		}
		at := slices.IndexFunc(o.members, func(m member) bool { return m.name == name })
		if at < 0 { // an object of anything
			all = append(all, strconv.Quote(name)+": "+s.goValue(anything, v[name]))
			continue
		}
		m := o.members[at]
		all = append(all, goName(name)+": "+s.goPointed(m.goType(o.in), m.of, v[name]))
	}
	kind := goAbroad(of.goPlain())
	if o.name == "" && of.dict == nil {
		kind = shape{plain: "object"}.goPlain()
	}
	return braced(kind+"{", "}", all)
}

// anything is the shape of what may be anything.
var anything = shape{plain: "object", list: &shape{any: []shape{{}}}}

// goPointed is a value of a type, or a pointer to one.
func (s *sampler) goPointed(kind string, of shape, v value) string {
	text := s.goValue(of, v)
	to, pointer := strings.CutPrefix(kind, "*")
	switch {
	case !pointer || v == nil:
		return text
	case strings.HasSuffix(text, "}"):
		return "&" + text
	}
	return "new(" + goAbroad(to) + "(" + text + "))"
}

// typeScript is how a program in TypeScript makes the call, with the SDK's client handsel.
func (s *sampler) typeScript(o operation, sent value) string {
	var arguments []string
	for _, p := range o.params {
		arguments = append(arguments, strconv.Quote(s.word(p.of, p.name)))
	}
	if o.form {
		sent = object{"file": nil}
	}
	if o.body != nil {
		arguments = append(arguments, tsValue(sent))
	}
	required := object{}
	for _, q := range o.query {
		if q.required {
			required[q.name] = s.word(q.of, q.name)
		}
	}
	if len(required) > 0 {
		arguments = append(arguments, tsValue(required))
	}
	group, _, _ := strings.Cut(o.id, ".")
	call := "handsel." + group + "." + o.name + "(" + strings.Join(arguments, ", ") + ")"
	switch {
	case o.item != nil:
		call = "for await (const item of " + call + ") {\n  console.log(item);\n}"
	case o.keyed || o.awaits:
		call = "const answer = done(await " + call + ");"
	case o.answer == nil && !o.file:
		call = "await " + call + ";"
	default:
		call = "const answer = await " + call + ";"
	}
	return indented(call)
}

var tsName = regexp.MustCompile(`^[A-Za-z_]\w*$`)

func tsValue(v value) string {
	switch v := v.(type) {
	case object:
		var all []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			member := name
			if !tsName.MatchString(name) {
				member = strconv.Quote(name)
			}
			text := tsValue(v[name])
			if name == "file" && v[name] == nil {
				text = "content"
			}
			all = append(all, member+": "+text)
		}
		return braced("{ ", " }", all)
	case list:
		var all []string
		for _, one := range v {
			all = append(all, tsValue(one))
		}
		return braced("[", "]", all)
	}
	return pretty(v)
}

// indented gives each line the spaces of the brackets that it stands in.
func indented(text string) string {
	var b strings.Builder
	deep := 0
	for line := range strings.Lines(text) {
		line = strings.TrimLeft(strings.TrimRight(line, " \n")+line[len(strings.TrimRight(line, "\n")):], " ")
		if strings.HasPrefix(line, "}") || strings.HasPrefix(line, "]") {
			deep--
		}
		b.WriteString(strings.Repeat("  ", max(0, deep)) + line)
		if end := strings.TrimRight(line, " \n"); strings.HasSuffix(end, "{") || strings.HasSuffix(end, "[") {
			deep++
		}
	}
	return b.String()
}
