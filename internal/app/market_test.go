package app

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/mail"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator"
)

var bySystem = orchestrator.By{Actor: "system", Reason: "test", At: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}

// open opens an App that the end of the test closes, with two communities, 7 and 8.
func open(t *testing.T, c Config) *App {
	t.Helper()
	c.Now = time.Now
	a, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	for id, name := range map[int64]string{7: "Seven", 8: "Eight"} {
		if err := a.Store.AddCommunity(t.Context(), id, name, bySystem); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func onBoth(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	for name, url := range map[string]func(testdb.TB) string{"sqlite": testdb.SQLite, "postgres": testdb.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, url(t))
		})
	}
}

// A feed that grows at one replica wakes its readers at the others, and nobody else.
func TestReplicas_wakeReaders(t *testing.T) {
	t.Parallel()
	url := testdb.Postgres(t)
	here, there := open(t, Config{DatabaseURL: url}), open(t, Config{DatabaseURL: url})
	listen, stop := context.WithTimeout(t.Context(), time.Minute)
	var listening sync.WaitGroup
	listening.Go(func() {
		if err := there.Listen(listen); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { stop(); listening.Wait() })
	bea, _ := there.Hub.Listen(7, "bea smith/7")
	sam, _ := there.Hub.Listen(7, "sam")
	elsewhere, _ := there.Hub.Listen(8, "bea")
	short, _ := there.Hub.Listen(7, "bea")
	tell := here.told()
	// The listener connects in its own time, so it is told until it has heard.
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for woken := false; !woken; {
		if err := here.Store.Notify(t.Context(), feedChannel, "nonsense"); err != nil {
			t.Fatal(err)
		}
		tell(7, "bea")
		select {
		case <-short:
			woken = true
		case <-tick.C:
		case <-listen.Done():
			t.Fatal("the other replica heard nothing")
		}
	}
	select {
	case <-sam:
		t.Error("another user was woken")
	case <-elsewhere:
		t.Error("the same name in another community was woken")
	case <-bea:
		t.Error("a longer name was woken")
	default:
	}
}

// Communities without an address of operators are named, whoever set one.
func TestWithoutOperators(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		head := notices.Letterhead{Sender: "hello@example.com"}
		a := open(t, Config{DatabaseURL: url, Mail: &mail.Memory{}, Letterhead: head})
		want := func(a *App, ids ...int64) {
			t.Helper()
			got, err := a.WithoutOperators(t.Context())
			if slices.Sort(got); err != nil || !slices.Equal(got, ids) {
				t.Errorf("%v, %v; want %v", got, err, ids)
			}
		}
		want(a, 7, 8)
		if err := a.heads.SaveLetterhead(t.Context(), 8, notices.Letterhead{Operators: "staff@example.com"}, bySystem); err != nil {
			t.Fatal(err)
		}
		want(a, 7)
		head.Operators = "operators@example.com"
		want(open(t, Config{DatabaseURL: url, Mail: &mail.Memory{}, Letterhead: head}))
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		if got, err := a.WithoutOperators(t.Context()); err == nil {
			t.Errorf("%v without a database", got)
		}
	})
}

// An e-mail goes to the address in the user's profile; where there is none, to the one that
// is known elsewhere, if any.
func TestAddresses(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		a := open(t, Config{DatabaseURL: url})
		ctx := t.Context()
		for user, address := range map[string]string{"bea": "bea@example.com", "sam": ""} {
			if err := a.Store.Accounts.SaveProfile(ctx, orchestrator.Profile{CommunityID: 7, UserID: user, Email: address, FirstName: "x", LastName: "y", CountryCode: "IE"}); err != nil {
				t.Fatal(err)
			}
		}
		known := func(community int64, user string) (string, bool) { return user + "@example.org", community == 7 }
		for _, tc := range []struct {
			community int64
			user      string
			other     func(int64, string) (string, bool)
			want      string
			found     bool
		}{
			{7, "bea", nil, "bea@example.com", true},
			{7, "bea", known, "bea@example.com", true},
			{7, "sam", nil, "", false},
			{7, "sam", known, "sam@example.org", true},
			{7, "new", nil, "", false},
			{8, "bea", nil, "", false},
			{8, "bea", known, "", false},
		} {
			got, found, err := (addresses{a.Store.Accounts, tc.other}).Address(ctx, tc.community, tc.user)
			if found != tc.found || found && got.Address != tc.want || err != nil {
				t.Errorf("%s of %d: %+v, %t, %v; want %q, %t", tc.user, tc.community, got, found, err, tc.want, tc.found)
			}
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		if _, _, err := (addresses{a.Store.Accounts, known}).Address(ctx, 7, "sam"); err == nil {
			t.Error("without a database an address is guessed")
		}
	})
}

// Of tasks the log is told with and without e-mails, so a database that is gone is an error in both.
func TestTellTasks_withoutDatabase(t *testing.T) {
	t.Parallel()
	head := notices.Letterhead{Sender: "hello@example.com"}
	quiet, loud := open(t, Config{DatabaseURL: testdb.SQLite(t)}), open(t, Config{DatabaseURL: testdb.SQLite(t), Mail: &mail.Memory{}, Letterhead: head})
	if err := errors.Join(quiet.Close(), loud.Close()); err != nil {
		t.Fatal(err)
	}
	for _, a := range []*App{quiet, loud} {
		if err := a.tellTasks(t.Context()); err == nil {
			t.Error("the tasks of a database that is gone were told")
		}
	}
}

// Nothing is deleted before it is old by both clocks.
func TestOldest(t *testing.T) {
	t.Parallel()
	a := open(t, Config{DatabaseURL: testdb.SQLite(t)})
	now := a.Engine.Now()
	for name, real := range map[string]time.Time{"played ahead": now.AddDate(-1, 0, 0), "played behind": now.AddDate(1, 0, 0)} {
		a.realTime = func() time.Time { return real }
		if got := a.oldest(); got.After(real) || got.After(a.Engine.Now()) || got.Before(real) && got.Before(now) {
			t.Errorf("%s: %s", name, got)
		}
	}
}
