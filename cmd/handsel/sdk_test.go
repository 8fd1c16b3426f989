package main

import (
	"compress/gzip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/nodetest"
)

// The compiler and the types of Node that the TypeScript SDK and its example are built with.
const (
	typescript = "typescript@7.0.2"
	nodeTypes  = "@types/node@20.19.25"
	// Others' signers of Standard Webhooks, whose webhooks the SDK verifies.
	signer, svix = "standardwebhooks@1.1.1", "svix@2.5.0"
)

const mostSDK = 30_000 // bytes, gzipped

// dev starts the development server with all emulators; the answer is its env file.
func dev(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "dev.env")
	start(t, []string{"HANDSEL_LOG_LEVEL=error"}, "dev", "--addr=127.0.0.1:0", "--sandbox-addr=127.0.0.1:0", "--stripe-addr=127.0.0.1:0", "--paypal-addr=127.0.0.1:0", "--braintree-addr=127.0.0.1:0", "--paytrail-addr=127.0.0.1:0", "--env-file="+file)
	await(t, "the env file", func() bool { _, err := os.Stat(file); return err == nil })
	return file
}

// says fails the test where an output lacks a line.
func says(t *testing.T, output string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(output, line) {
			t.Errorf("no line has %q:\n%s", line, output)
		}
	}
}

// The marketplace in TypeScript stands on its SDK alone, which the compiler finds nothing wrong with and which is small.
func TestSDK_typescript(t *testing.T) {
	t.Parallel()
	env := dev(t)
	dir := nodetest.Install(t, typescript, nodeTypes, signer, svix)
	dir.Copy(t, "../../sdk/typescript", "sdk/typescript")
	dir.Copy(t, "../../examples/typescript", "examples/typescript")
	// What is packed was built before, though nobody said so.
	says(t, dir.Run(t, "npm", "pack", "--dry-run", "--json", "./sdk/typescript"), "dist/index.js", "dist/index.d.ts")
	if size := packed(t, filepath.Join(string(dir), "sdk/typescript/dist")); size > mostSDK {
		t.Errorf("the SDK has %d bytes, more than %d", size, mostSDK)
	}
	says(t, dir.Run(t, "node", "--test", "sdk/typescript/test/"), "fail 0")
	own := filepath.Join(string(dir), "node_modules/@handsel")
	if err := os.MkdirAll(own, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(string(dir), "sdk/typescript"), filepath.Join(own, "sdk")); err != nil {
		t.Fatal(err)
	}
	dir.Run(t, "npm", "run", "build", "--prefix", "examples/typescript")
	says(t, dir.Run(t, "node", "--env-file="+env, "examples/typescript/dist/marketplace.js"),
		"bea confirms: confirmed; sam's payout of 12000 cents is paid_out", "bea reviews sam; 2 bikes are left", "refunded, 4500 cents went back",
		"a webhook without a signature is answered 400", "webhook: 12000 cents are reserved", "webhook: the sale is confirmed", "webhook: user:bea complains", "webhook: the money for the chair went back")
}

// packed is how many bytes the scripts of a folder have, gzipped.
func packed(t *testing.T, folder string) int64 {
	t.Helper()
	scripts, err := filepath.Glob(filepath.Join(folder, "*.js"))
	if err != nil || len(scripts) == 0 {
		t.Fatalf("%d scripts: %v", len(scripts), err)
	}
	var size counter
	to := gzip.NewWriter(&size)
	for _, name := range scripts {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := to.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	return int64(size)
}

// counter counts bytes.
type counter int64

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }

// The marketplace in Go stands on its SDK alone.
func TestSDK_go(t *testing.T) {
	t.Parallel()
	env := dev(t)
	cmd := exec.CommandContext(t.Context(), "go", "run", "../../examples/go")
	cmd.Env = os.Environ()
	for name, value := range readEnvFile(t, env) {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	says(t, string(output), "bea confirms: confirmed; sam's payout of 12000 minor units of EUR is paid_out", "sam takes accept_complaint: refunded", "went back, in cents: 4500",
		"a webhook without a signature is answered 400", "webhook: reserved are 12000 minor units of EUR", "webhook: the sale is confirmed", "webhook: user:bea complains", "webhook: the money for the chair went back")
}
