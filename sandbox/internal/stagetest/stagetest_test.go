package stagetest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/sandbox/internal/stagetest"
)

// critic collects what Run complains about.
type critic struct {
	*testing.T
	said string
}

func (c *critic) Errorf(format string, args ...any) { c.said += fmt.Sprintf(format, args...) }

const script = "### first\nPOST /a\nKeep: a\n\n{}\n\n### second\nGET /b/$a\n"

// play runs the script against an emulator that answers an id, and that sends a webhook when it has something to say.
func play(c *critic, recording, id, webhook string, update bool) {
	net := &stagetest.Receiver{}
	emulator := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"id":"`+id+`"}`)
		if webhook != "" {
			client := http.Client{Transport: net}
			r, err := http.NewRequestWithContext(r.Context(), http.MethodPost, "http://shop.example.com", strings.NewReader(webhook))
			if err == nil {
				answer, _ := client.Do(r)
				_ = answer.Body.Close()
			}
		}
	})
	run := &stagetest.Play{Emulator: emulator, Receiver: net, Settled: func(context.Context) error { return nil }}
	run.Run(c, script, recording, update)
}

func TestRun(t *testing.T) {
	t.Parallel()
	recording := filepath.Join(t.TempDir(), "recording.txt")
	play(&critic{T: t}, recording, "one", "paid", true)
	text, err := os.ReadFile(recording)
	if err != nil || !strings.Contains(string(text), "GET /b/$a\n< 200") || !strings.Contains(string(text), "> POST http://shop.example.com") {
		t.Fatalf("%v: recorded %s", err, text)
	}
	for name, tt := range map[string]struct{ id, webhook, want string }{
		"the same":           {"one", "paid", ""},
		"another answer":     {"two", "paid", "### first"},
		"another webhook":    {"one", "lost", "recorded paid"},
		"a webhook too few":  {"one", "", "### first"},
		"a webhook too many": {"one", "paid\nmore", "said     more"},
	} {
		c := &critic{T: t}
		play(c, recording, tt.id, tt.webhook, false)
		if (c.said == "") != (tt.want == "") || !strings.Contains(c.said, tt.want) {
			t.Errorf("%s: said %q, want %q", name, c.said, tt.want)
		}
	}
}
