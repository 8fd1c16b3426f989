package sandbox

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"net/http"
	"slices"
	"sync"
)

// openAPI is openapi.yaml, which is fifteen times as large. sdk/generate compresses it.
//
//go:embed openapi.yaml.gz
var openAPI []byte

var described = sync.OnceValue(func() []byte {
	z, err := gzip.NewReader(bytes.NewReader(openAPI))
	if err != nil {
		return nil
	}
	text, err := io.ReadAll(z)
	if err != nil {
		return nil
	}
	return text
})

// Spec returns the description of everything that the sandbox serves, as OpenAPI 3 in YAML. It is also at /openapi.yaml.
func Spec() []byte { return slices.Clone(described()) }

func serveSpec(_ *Sandbox, w http.ResponseWriter, _ *http.Request) {
	reply{Status: http.StatusOK, Header: map[string]string{"Content-Type": "application/yaml"}, Body: described()}.Write(w)
}
