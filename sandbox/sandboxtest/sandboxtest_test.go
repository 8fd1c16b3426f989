package sandboxtest_test

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/sandbox"
	"github.com/handsel-dev/handsel/sandbox/sandboxtest"
)

func TestStart(t *testing.T) {
	t.Parallel()
	world := sandboxtest.Start(t, sandbox.Config{APIKeys: []string{"first", "second"}})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, world.URL+"/api/v1/charge?currency=eur&price=1234", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(world.APIKey, "")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("charge: status %d", resp.StatusCode)
	}
	if link := world.Sandbox.PaymentURL(7); !strings.HasPrefix(link, world.URL+"/") {
		t.Errorf("payment link %q is not on %s", link, world.URL)
	}
	world.WaitWebhooks(t.Context(), t)
}

func TestStartFailsTheTestOnBadConfig(t *testing.T) {
	t.Parallel()
	failed := &recorder{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		sandboxtest.Start(failed, sandbox.Config{MinPrice: -1})
	}()
	<-done
	if !strings.Contains(failed.message, "minimum price") {
		t.Errorf("message: got %q", failed.message)
	}
}

// recorder is a test that remembers why it failed.
type recorder struct{ message string }

func (*recorder) Helper()        {}
func (*recorder) Cleanup(func()) {}

func (r *recorder) Fatalf(format string, args ...any) {
	r.message = fmt.Sprintf(format, args...)
	runtime.Goexit() // as a real Fatalf does
}
