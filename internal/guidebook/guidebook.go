// Package guidebook is how a document is packed into the binary: as sections of HTML and of words to search in,
// compressed. sdk/generate packs it, and server/guide shows it.
package guidebook

import (
	"bytes"
	"compress/gzip"
	"io"

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
	Text  string `json:"text"`           // its words, without the heading
}

// Pack compresses a document or the reference. The same one is packed the same way.
func Pack[T Document | Reference](d T) ([]byte, error) {
	text, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
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
