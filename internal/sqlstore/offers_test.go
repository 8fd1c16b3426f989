package sqlstore_test

import (
	neturl "net/url"
	"testing"

	"github.com/jmoiron/sqlx"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/storetest"
	"github.com/handsel-dev/handsel/listings"
)

func TestOffersSQLite(t *testing.T) {
	t.Parallel()
	storetest.RunOffers(t, offers("sqlite", sqliteFile))
}

func TestOffersPostgres(t *testing.T) {
	t.Parallel()
	storetest.RunOffers(t, offers("postgres", postgres))
}

func offers(driver string, newURL func(*testing.T) string) func(*testing.T) storetest.Offers {
	return func(t *testing.T) storetest.Offers {
		url := newURL(t)
		return storetest.Offers{
			Open: func() storetest.OfferStore { return open(t, url, sqlstore.Options{}) },
			Rate: func(user string, r listings.Reputation) { rate(t, driver, url, user, r) },
		}
	}
}

// rate writes a user's reputation on a connection of its own.
func rate(t *testing.T, driver, url, user string, r listings.Reputation) {
	t.Helper()
	if driver == "sqlite" {
		file := neturl.URL{Path: url}
		url = "file:" + file.EscapedPath() + "?_pragma=busy_timeout(10000)"
	}
	db, err := sqlx.Open(driver, url)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), `insert into ratings (community_id, user_id, positive, negative, votes, stars, completed)
		values (501, $1, $2, $3, $4, $5, $6)`, user, r.Positive, r.Negative, r.Votes, r.Stars, r.Completed)
	if err != nil {
		t.Error(err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}
