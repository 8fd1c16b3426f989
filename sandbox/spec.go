package sandbox

import (
	_ "embed"
	"net/http"
)

//go:embed openapi.yaml
var openAPI []byte

// Spec returns the description of everything that the sandbox serves, as OpenAPI 3 in YAML. It is also at /openapi.yaml.
func Spec() []byte { return append([]byte(nil), openAPI...) }

func serveSpec(_ *Sandbox, w http.ResponseWriter, _ *http.Request) {
	reply{Status: http.StatusOK, Header: map[string]string{"Content-Type": "application/yaml"}, Body: openAPI}.Write(w)
}
