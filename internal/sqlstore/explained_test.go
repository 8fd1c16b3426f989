package sqlstore_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/pgtest"
	"github.com/handsel-dev/handsel/internal/sqlstore"
)

// A refusal of PostgreSQL that does not pass says what to do, and not to try again.
func TestOpen_refusedByPostgres(t *testing.T) {
	t.Parallel()
	right := pgtest.URL(t)
	for name, tc := range map[string]struct {
		spoil func(*url.URL)
		want  string
	}{
		"no TLS":      {func(u *url.URL) { u.RawQuery = "sslmode=require" }, "add sslmode=disable to the database URL"},
		"no database": {func(u *url.URL) { u.Path = "/nowhere" }, "the database does not exist"},
		"no role":     {func(u *url.URL) { u.User = url.User("nobody") }, "does not accept the user"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u, err := url.Parse(right)
			if err != nil {
				t.Fatal(err)
			}
			tc.spoil(u)
			db, err := sqlstore.Open(t.Context(), u.String(), sqlstore.Options{})
			if err == nil {
				_ = db.Close()
				t.Fatal("it was opened")
			}
			if got := err.Error(); !strings.Contains(got, tc.want) || strings.Contains(got, "try again") {
				t.Errorf("%s; want %q", got, tc.want)
			}
		})
	}
}
