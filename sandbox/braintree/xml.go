package braintree

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// node is an element of the classic API's XML. Kind is its type attribute, such as integer or array.
type node struct {
	name, kind, text string
	kids             []node
}

func text(name, value string) node { return node{name: name, text: value} }

func flag(name string, value bool) node { return node{name, "boolean", strconv.FormatBool(value), nil} }

func moment(name string, at time.Time) node {
	if at.IsZero() {
		return node{name: name, kind: "nil"}
	}
	return node{name, "datetime", at.UTC().Format("2006-01-02T15:04:05Z"), nil}
}

func date(name string, at time.Time) node {
	return node{name, "date", at.UTC().Format("2006-01-02"), nil}
}

func list(name string, kids []node) node { return node{name, "array", "", kids} }

func parent(name string, kids ...node) node { return node{name: name, kids: kids} }

// document prints a node and all below it.
func (n node) document() []byte {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	n.print(&b, "")
	return b.Bytes()
}

func (n node) print(b *bytes.Buffer, indent string) {
	b.WriteString(indent + "<" + n.name)
	switch {
	case n.kind == "nil":
		b.WriteString(` nil="true"/>` + "\n")
		return
	case n.kind != "":
		b.WriteString(` type="` + n.kind + `"`)
	}
	if len(n.kids) == 0 {
		b.WriteString(">")
		_ = xml.EscapeText(b, []byte(n.text)) // a buffer takes everything
		b.WriteString("</" + n.name + ">\n")
		return
	}
	b.WriteString(">\n")
	for _, kid := range n.kids {
		kid.print(b, indent+"  ")
	}
	b.WriteString(indent + "</" + n.name + ">\n")
}

var errBody = errors.New("the body is neither XML nor JSON for this call")

// fields is the body of a request of the classic API, by underscored names: SDKs send XML or, some of them, JSON.
type fields struct {
	text string
	kids map[string]fields
	list []fields
}

// at follows names down; what is not there is empty.
func (f fields) at(path ...string) fields {
	for _, name := range path {
		f = f.kids[name]
	}
	return f
}

func (f fields) is(path ...string) bool { return f.at(path...).text == "true" }

// has reports whether there is a member.
func (f fields) has(name string) bool {
	_, ok := f.kids[name]
	return ok
}

// texts are the items of a list.
func (f fields) texts() []string {
	var all []string
	for _, item := range f.list {
		all = append(all, item.text)
	}
	return all
}

// readFields reads a body; none at all is empty.
func readFields(body []byte) (fields, error) {
	trimmed := bytes.TrimSpace(body)
	if len(trimmed) == 0 {
		return fields{}, nil
	}
	if trimmed[0] == '{' {
		raw, err := readJSON(trimmed)
		if err != nil {
			return fields{}, errBody
		}
		return fromJSON(raw), nil
	}
	return fromXML(xml.NewDecoder(bytes.NewReader(trimmed)))
}

func fromJSON(raw stage.Value) fields {
	switch v := raw.(type) {
	case map[string]stage.Value:
		f := fields{kids: map[string]fields{}}
		for name, kid := range v {
			f.kids[underscored(name)] = fromJSON(kid)
		}
		return f
	case []stage.Value:
		f := fields{}
		for _, item := range v {
			f.list = append(f.list, fromJSON(item))
		}
		return f
	case string:
		return fields{text: v}
	case json.Number:
		return fields{text: v.String()}
	case bool:
		return fields{text: strconv.FormatBool(v)}
	}
	return fields{}
}

const maxDepth = 20

// fromXML reads one element with all below it; its own name stands beside, as in JSON.
func fromXML(d *xml.Decoder) (fields, error) {
	for {
		token, err := d.Token()
		if err != nil {
			return fields{}, errBody
		}
		if start, ok := token.(xml.StartElement); ok {
			inner, err := element(d, start, 0)
			if err != nil {
				return fields{}, err
			}
			if _, err := d.Token(); err != io.EOF {
				return fields{}, errBody
			}
			return fields{kids: map[string]fields{underscored(start.Name.Local): inner}}, nil
		}
	}
}

func element(d *xml.Decoder, start xml.StartElement, depth int) (fields, error) {
	f := fields{kids: map[string]fields{}}
	if depth > maxDepth {
		return f, errBody
	}
	isList := false
	for _, a := range start.Attr {
		isList = isList || a.Name.Local == "type" && a.Value == "array"
	}
	for {
		token, err := d.Token()
		if err != nil {
			return f, errBody
		}
		switch t := token.(type) {
		case xml.CharData:
			f.text += string(t)
		case xml.StartElement:
			kid, err := element(d, t, depth+1)
			if err != nil {
				return f, err
			}
			if isList {
				f.list = append(f.list, kid)
			}
			f.kids[underscored(t.Name.Local)] = kid
		case xml.EndElement:
			f.text = strings.TrimSpace(f.text)
			return f, nil
		}
	}
}

// underscored writes a name as JSON bodies have it.
func underscored(name string) string {
	var b strings.Builder
	for _, r := range strings.ReplaceAll(name, "-", "_") {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}
