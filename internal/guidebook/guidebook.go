// Package guidebook is how a document is packed into the binary: as sections of HTML,
// compressed. sdk/generate packs it, and server/guide shows it.
package guidebook

import (
	"bytes"
	"compress/gzip"
	"html"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
)

// Suffix ends the name of a packed document, which is its path below /docs.
const Suffix = ".json.gz"

// Document is one page of /docs.
type Document struct {
	Title    string    `json:"title"`
	Sections []Section `json:"sections"`
}

// Section is what stands from one heading to the next.
type Section struct {
	ID    string `json:"id,omitzero"`    // the anchor; empty: before the first heading
	Title string `json:"title,omitzero"` // the words of the heading
	Level int    `json:"level,omitzero"` // of the heading
	HTML  string `json:"html"`           // with the heading
}

// Text is the words of a section, without its heading.
func (s Section) Text() string {
	if _, rest, found := strings.Cut(s.HTML, "</h"+strconv.Itoa(s.Level)+">"); found && s.Level > 0 {
		return Words(rest)
	}
	return Words(s.HTML)
}

// LineBreak is the one tag that documents have: in cells of tables.
const LineBreak = "<br>"

var (
	tags   = regexp.MustCompile(`(?s)<svg.*</svg>|<[^>]*>`)
	spaces = regexp.MustCompile(`\s+`)
	cells  = strings.NewReplacer("</td>", " ", "</th>", " ", LineBreak, " ")
)

// Words are what a part of a page says.
func Words(part string) string {
	return strings.TrimSpace(spaces.ReplaceAllString(html.UnescapeString(tags.ReplaceAllString(cells.Replace(part), "")), " "))
}

// Pack compresses a document or the reference. The same one is packed the same way.
func Pack[T Document | Reference](d T) ([]byte, error) {
	text, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	return Compress(text)
}

// Compress makes a text as small as it gets.
func Compress(text []byte) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(text); err != nil {
		return nil, err
	}
	err = z.Close()
	return b.Bytes(), err
}

// Unpack reads what Pack has made.
func Unpack[T Document | Reference](packed []byte) (d T, err error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return d, err
	}
	text, err := io.ReadAll(z)
	if err != nil {
		return d, err
	}
	err = json.Unmarshal(text, &d)
	return d, err
}
