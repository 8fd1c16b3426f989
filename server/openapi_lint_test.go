package server_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/handsel-dev/handsel/internal/nodetest"
)

// spectralRules are Spectral's for OpenAPI, of which warnings count, too. A websocket answers neither 2xx
// nor 3xx.
const spectralRules = `extends: ["spectral:oas"]
overrides:
  - files: ["openapi.yaml#/paths/~1ws~1p2p"]
    rules: {operation-success-response: "off"}
`

// Others' linters have nothing to say of the description.
func TestDescription_lint(t *testing.T) {
	t.Parallel()
	dir := nodetest.Install(t, "@redocly/cli@2.77.0", "@stoplight/spectral-cli@6.16.3")
	text, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir.Write(t, "openapi.yaml", string(text))
	dir.Write(t, ".spectral.yaml", spectralRules)
	dir.Run(t, "spectral", "lint", "--fail-severity=hint", "openapi.yaml")
	dir.Run(t, "redocly", "lint", "--extends=recommended-strict", "openapi.yaml")
}

// oasdiff is run like the linters, at one version, and is no module of this one: its modules would be
// those of the binary.
const oasdiff = "github.com/oasdiff/oasdiff@v1.38.0"

// oasdiffLevels let listed values get more of their kind: each list is open, which oasdiff does not see.
const oasdiffLevels = "response-property-enum-value-added info\n"

// oasdiffKept are changes in which oasdiff sees a break and clients none: a list of one state is written as the
// state was, and a person who pays reads a page where the page to pay on refuses, too.
const oasdiffKept = "GET /v1/transactions `query` request parameter `state` list-of-types was narrowed by removing types `string`\n" +
	"GET /pay/{payment} removed the media type `application/problem+json` for the response with the status `404`\n" +
	"GET /pay/{payment} removed the media type `application/problem+json` for the response with the status `4XX`\n" +
	"GET /pay/{payment} removed the media type `application/problem+json` for the response with the status `default`\n"

// Nothing that a client of the last release relies on is gone. "make release-openapi" keeps a release's.
func TestDescription_breaksNothing(t *testing.T) {
	t.Parallel()
	levels, kept := filepath.Join(t.TempDir(), "levels"), filepath.Join(t.TempDir(), "kept")
	for name, text := range map[string]string{levels: oasdiffLevels, kept: oasdiffKept} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	diff := func(base, revision string) ([]byte, error) {
		cmd := exec.CommandContext(t.Context(), "go", "run", oasdiff, "breaking", "--fail-on", "WARN", "--severity-levels", levels, "--err-ignore", kept, abs(t, base), abs(t, revision))
		cmd.Dir, cmd.Env = t.TempDir(), append(os.Environ(), "GOFLAGS=-ldflags=-w", "GOTOOLCHAIN=local", "CGO_ENABLED=0")
		return cmd.CombinedOutput()
	}
	const released = "testdata/openapi-released.yaml"
	if output, err := diff(released, "openapi.yaml"); err != nil {
		t.Errorf("clients of the last release break:\n%s", output)
	}
	// It can fail: without its first path the description breaks whoever uses it.
	if output, err := diff("openapi.yaml", "testdata/openapi-broken.yaml"); err == nil {
		t.Errorf("oasdiff finds nothing in a description without routes:\n%s", output)
	}
}

func abs(t *testing.T, path string) string {
	t.Helper()
	whole, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return whole
}
