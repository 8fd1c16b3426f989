package sqlstore_test

import (
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/testdb"
)

func TestClockSkew(t *testing.T) {
	t.Parallel()
	db, err := sqlstore.Open(t.Context(), testdb.Postgres(t), sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ahead, err := db.ClockSkew(t.Context(), func() time.Time { return time.Now().Add(time.Hour) })
	if err != nil || ahead < 59*time.Minute || ahead > 61*time.Minute {
		t.Errorf("skew of a clock an hour ahead = %s, %v", ahead, err)
	}
}
