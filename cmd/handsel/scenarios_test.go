package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/plays"
)

// Each scenario is played at one handsel dev, one after another as a person would, and ends where it says; the books of all
// deals are right then, and nobody waits for the clock.
func TestScenarios(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := filepath.Join(folder, "env")
	start(t, []string{"HANDSEL_LOG_LEVEL=error", "HANDSEL_DATABASE_URL=" + filepath.Join(folder, "dev.db")}, "dev", "--addr=127.0.0.1:0", "--sandbox-addr=127.0.0.1:0", "--stripe-addr=127.0.0.1:0", "--env-file="+file)
	await(t, "the env file", func() bool { _, err := os.Stat(file); return err == nil })
	values := readEnvFile(t, file)
	at := []string{"--url=" + values["HANDSEL_URL"], "--key=" + values["HANDSEL_API_KEY"], "--jwt-secret=" + values["HANDSEL_JWT_SECRET"], "--json"}
	names := map[string]bool{}
	for _, s := range plays.Scenarios() {
		if names[s.Name] {
			t.Errorf("there are two scenarios %s", s.Name)
		}
		names[s.Name] = true
		var out, said bytes.Buffer
		if err := run(t.Context(), append([]string{"scenarios", "play", s.Name}, at...), &out, &said); err != nil {
			t.Errorf("%s: %v\n%s", s.Name, err, &out)
			continue
		}
		var last plays.Happened
		for d := json.NewDecoder(&out); d.More(); {
			if err := d.Decode(&last); err != nil {
				t.Fatal(err)
			}
		}
		got := call(t, "GET", values["HANDSEL_URL"]+"/v1/transactions/"+last.Deal, values["HANDSEL_API_KEY"], "", "", "")
		if got.field(t, "state") != string(s.Ends) || last.State != string(s.Ends) || !strings.Contains(said.String(), "It ended as "+string(s.Ends)) {
			t.Errorf("%s ends as %s in %+v, and says %s: %d %s", s.Name, s.Ends, last, &said, got.Status, got.Body)
		}
	}
	if len(names) < 20 {
		t.Errorf("there are only %d scenarios", len(names))
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"doctor", "--database-url=" + filepath.Join(folder, "dev.db")}, &out, &out); err != nil && !strings.Contains(out.String(), "all invariants hold") {
		t.Errorf("the doctor says: %v\n%s", err, &out)
	}
}
