package main

import (
	"bytes"
	"io"
	"testing"

	"github.com/handsel-dev/handsel/internal/testdb"
)

// The days until automatic confirmation are set and shown by command, on both databases.
func TestCommunitiesConfirmation(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"sqlite": testdb.SQLite(t), "postgres": testdb.Postgres(t)} {
		db := "--database-url=" + url
		do := func(args ...string) (string, error) {
			var out bytes.Buffer
			err := run(t.Context(), append(args, db), &out, io.Discard)
			return out.String(), err
		}
		if _, err := do("communities", "add", "7", "Bicycles", "--reason=opened"); err != nil {
			t.Fatal(name, err)
		}
		for _, step := range []struct {
			days, want string
		}{
			{"", "confirmed automatically as each process has it\n"},
			{"--days=7", "confirmed automatically after 7 days\n"},
			{"", "confirmed automatically after 7 days\n"},
			{"--days=0", "confirmed automatically as each process has it\n"},
		} {
			args := []string{"communities", "confirmation", "7"}
			if step.days != "" {
				args = append(args, step.days, "--reason=policy")
			}
			if got, err := do(args...); err != nil || got != step.want {
				t.Errorf("%s: %v: %q, %v; want %q", name, args, got, err, step.want)
			}
		}
		for _, wrong := range [][]string{{"7", "--days=366", "--reason=x"}, {"7", "--days=-1", "--reason=x"}, {"7", "--days=7"}, {"8", "--days=7", "--reason=x"}} {
			if out, err := do(append([]string{"communities", "confirmation"}, wrong...)...); err == nil {
				t.Errorf("%s: %v: no error, %q", name, wrong, out)
			}
		}
	}
}
