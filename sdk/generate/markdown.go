package main

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	"github.com/handsel-dev/handsel/internal/guidebook"
)

// markdown has no raw HTML and no scripts as links: goldmark leaves them out where it is not told otherwise.
var markdown = goldmark.New(goldmark.WithExtensions(extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignNone))), goldmark.WithParserOptions(parser.WithAutoHeadingID()))

// headings are the anchors of a document, as GitHub makes them.
type headings map[string]int

// Generate makes the anchor of a heading.
func (h headings) Generate(value []byte, _ ast.NodeKind) []byte {
	id := strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '-':
			return '-'
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_':
			return unicode.ToLower(r)
		}
		return -1
	}, strings.TrimSpace(string(value)))
	again := h[id]
	h[id]++
	if again > 0 {
		id += "-" + strconv.Itoa(again)
	}
	return []byte(id)
}

// Put is asked for anchors that a document gives itself: none does.
func (h headings) Put([]byte) {}

// document makes the page of a document.
func (l *links) document(source string, markup []byte) (guidebook.Document, error) {
	root := markdown.Parser().Parse(text.NewReader(markup), parser.WithContext(parser.NewContext(parser.WithIDs(headings{}))))
	if err := l.rewrite(source, root, markup); err != nil {
		return guidebook.Document{}, err
	}
	d := guidebook.Document{Sections: []guidebook.Section{{}}}
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		part, err := rendered(n, markup)
		if err != nil {
			return guidebook.Document{}, err
		}
		h, isHeading := n.(*ast.Heading)
		if isHeading && h.Level == 1 {
			d.Title = guidebook.Words(part)
			continue
		}
		if isHeading {
			id, _ := h.AttributeString("id")
			anchor, _ := id.([]byte)
			d.Sections = append(d.Sections, guidebook.Section{ID: string(anchor), Title: guidebook.Words(part), Level: h.Level})
		}
		d.Sections[len(d.Sections)-1].HTML += part
	}
	if d.Title == "" {
		return guidebook.Document{}, fmt.Errorf("the document has no title")
	}
	return d, nil
}

// rewrite lets links lead to pages of the server, and takes comments out.
func (l *links) rewrite(source string, root ast.Node, markup []byte) error {
	var gone []ast.Node
	err := ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Link:
			to, err := l.to(source, string(n.Destination))
			if err != nil {
				return ast.WalkStop, err
			}
			if n.Destination = []byte(to); to == "" {
				gone = append(gone, n)
			}
		case *ast.HTMLBlock:
			if first := n.Lines().At(0); !bytes.HasPrefix(first.Value(markup), []byte("<!--")) {
				return ast.WalkStop, fmt.Errorf("HTML: %s", first.Value(markup))
			}
			gone = append(gone, n)
		case *ast.RawHTML:
			if tag := string(n.Segments.Value(markup)); tag != guidebook.LineBreak {
				return ast.WalkStop, fmt.Errorf("HTML within a text: %s", tag)
			}
			gone = append(gone, n)
		}
		return ast.WalkContinue, nil
	})
	for _, n := range gone {
		replace(n)
	}
	return err
}

// replace puts what a link says in its place, a line break where one was meant, and nothing in the place of a comment.
func replace(n ast.Node) {
	parent := n.Parent()
	if n.Kind() == ast.KindRawHTML {
		tag := ast.NewString([]byte(guidebook.LineBreak))
		tag.SetCode(true) // as it stands
		parent.InsertBefore(parent, n, tag)
	}
	for child := n.FirstChild(); n.Kind() == ast.KindLink && child != nil; child = n.FirstChild() {
		parent.InsertBefore(parent, n, child)
	}
	parent.RemoveChild(parent, n)
}

// rendered is the HTML of a part of a document.
func rendered(n ast.Node, markup []byte) (string, error) {
	if code, ok := n.(*ast.FencedCodeBlock); ok && string(code.Language(markup)) == "mermaid" {
		return diagram(string(code.Lines().Value(markup)))
	}
	var b bytes.Buffer
	err := markdown.Renderer().Render(&b, markup, n)
	return strings.ReplaceAll(b.String(), "<th></th>", "<td></td>"), err // a corner is no heading
}
