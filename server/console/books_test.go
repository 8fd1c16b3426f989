package console_test

import (
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/server/console"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// evil is a user whose name a program for tables would take for a formula.
const evil = "=HYPERLINK(1)"

// sold has a deal that holds 100.00 EUR, and money in another community, all counted.
func sold(w *facetest.Testbed, t *testing.T) {
	t.Helper()
	pay := func(user string, minor int, options ...facetest.Option) {
		t.Helper()
		body := facetest.Object{"amount": minor, "currency": "EUR", "reason": "paid in"}
		w.Call(t, "POST", "/v1/balances/"+url.PathEscape(user)+"/deposits", body, append(options, facetest.Once("deposit of "+user))...).Is(201)
	}
	pay(evil, 1234567)
	pay("bea", 50_000)
	pay("ola", 777, facetest.Header("Authorization", "Bearer "+w.Other))
	sale := facetest.With(facetest.With(facetest.Sale(), "process", "preauthorize"), "gateway", "balance")
	w.Call(t, "POST", "/v1/transactions", sale, facetest.As("bea"), facetest.Once("sale")).Is(201)
	counted(w, t)
}

// tamper changes rows as somebody would who has the database's password.
func tamper(t *testing.T, database string, texts ...string) {
	t.Helper()
	driver := "sqlite"
	if strings.HasPrefix(database, "postgres") {
		driver = "postgres"
	}
	db, err := sql.Open(driver, database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, text := range texts {
		if _, err := db.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
}

func counted(w *facetest.Testbed, t *testing.T) {
	t.Helper()
	for range 2 { // what is sealed is counted; then it is noted that nothing is left
		_, err := w.Store.Seal(t.Context())
		w.Must(err)
		_, err = w.Store.CountBooks(t.Context())
		w.Must(err)
	}
}

func heading(page facetest.Answer) string {
	_, rest, _ := strings.Cut(page.Body, "<h1>")
	text, _, _ := strings.Cut(rest, "</h1>")
	return html.UnescapeString(text)
}

// The books say first whether they are right; each number leads to the entries behind it, and the past can be asked for.
func TestBooks(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		vic := signIn(w, t, "vic", console.Viewer)
		get := func(path string) facetest.Answer {
			t.Helper()
			return w.Call(t, "GET", path, nil, facetest.Anonymous, vic)
		}
		if first := heading(get("/console/books").Is(200)); !strings.Contains(first, "holds nothing; all entries") || !strings.Contains(first, "not counted yet") {
			t.Errorf("empty books say %q", first)
		}
		sold(w, t)
		page := get("/console/books").Is(200)
		if text := heading(page); !strings.HasPrefix(text, "Handsel holds 100.00 EUR for one deal; all entries sum to zero and the chain is unbroken, checked ") {
			t.Errorf("the books say %q", text)
		}
		links := regexp.MustCompile(`href="(/console/books/entries\?[^"]*)"`).FindAllStringSubmatch(page.Body, -1)
		if len(links) < 3 {
			t.Fatalf("the books have %d balances: %s", len(links), page.Body)
		}
		for _, link := range links {
			if behind := get(html.UnescapeString(link[1])).Is(200); !strings.Contains(behind.Body, "/console/deals/txn_") {
				t.Errorf("nothing is behind %s: %s", link[1], behind.Body)
			}
		}
		if own := get("/console/books/entries?account=available:" + url.QueryEscape(evil) + "&currency=EUR").Is(200); !strings.Contains(own.Body, "12345.67") {
			t.Errorf("the balance has no deposit: %s", own.Body)
		}
		before := get("/console/books?at=" + w.Clock.Now().Add(-time.Minute).UTC().Format("2006-01-02T15:04")).Is(200)
		if text := heading(before); !strings.Contains(text, "UTC Handsel held nothing;") || strings.Contains(before.Body, "12745.67") {
			t.Errorf("before anything was posted the books say %q", before.Body)
		}
		if after := get("/console/books?at=2031-01-01").Is(200); !strings.Contains(after.Body, "12745.67") {
			t.Errorf("afterwards the books say %s", after.Body)
		}
		for _, path := range []string{"/console/books?at=tomorrow", "/console/books/entries?account=escrow:1&currency=EUR", "/console/books/entries?account=escrow&currency=EUR&before=1.2.3",
			"/console/books/entries?account=nothing&currency=EUR", "/console/books/export?format=xml", "/console/books/export?from=2026-01-02&to=2026-01-01", "/console/books/statement?user="} {
			get(path).Is(400)
		}
	})
}

// A broken chain and sums that are not zero are said first.
func TestBooks_wrong(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		sold(w, t)
		tamper(t, database, `update book_sums set amount = amount + 1 where community_id = 501 and account = 'available'`,
			`update communities set hold = 'chain broken at row 7' where id = 501`)
		text := heading(w.Call(t, "GET", "/console/books", nil, facetest.Anonymous, signIn(w, t, "vic", console.Viewer)).Is(200))
		if !strings.Contains(text, "the entries do not sum to zero") || !strings.Contains(text, "the chain is broken") {
			t.Errorf("the books say %q", text)
		}
	})
}

// An export has every entry of its time and of one community, and nothing in it is a formula.
func TestBooks_export(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		sold(w, t)
		w.Clock.Advance(time.Hour)
		vic := signIn(w, t, "vic", console.Viewer)
		got := w.Call(t, "GET", "/console/books/export?format=csv", nil, facetest.Anonymous, vic).Is(200)
		rows, err := csv.NewReader(strings.NewReader(got.Body)).ReadAll()
		if err != nil || len(rows) < 4 || got.Header.Get("Content-Type") != "text/csv; charset=utf-8" || !strings.Contains(got.Header.Get("Content-Disposition"), "entries.csv") {
			t.Fatalf("the file is %v %s, %v", got.Header, got.Body, err)
		}
		deals, paid := map[string]bool{}, false
		for _, row := range rows[1:] {
			deals[row[1]] = true
			paid = paid || row[6] == "available:"+evil && row[7] == "1234567" && row[8] == "12345.67" && row[9] == "EUR"
		}
		if len(deals) != 3 || !paid {
			t.Errorf("the file is %s", got.Body)
		}
		var file struct {
			Entries []struct {
				Deal   string `json:"deal"`
				Minor  int64  `json:"amount_minor"`
				Amount string `json:"amount"`
			} `json:"entries"`
			Complete bool `json:"complete"`
		}
		text := w.Call(t, "GET", "/console/books/export?format=json", nil, facetest.Anonymous, vic).Is(200).Body
		if err := json.Unmarshal([]byte(text), &file); err != nil || !file.Complete || len(file.Entries) != len(rows)-1 {
			t.Errorf("the file is %s, %v", text, err)
		}
		sum := int64(0)
		for _, e := range file.Entries {
			sum += e.Minor
		}
		if sum != 0 {
			t.Errorf("the file sums to %d", sum)
		}
		whole := w.Call(t, "GET", "/console/books/export?format=csv", nil, facetest.Anonymous, vic).Is(200).Body
		for _, from := range []string{"0001-01-01", "0001-01-01T00:00", "1000-01-01", "1969-12-31", "2000-01-01"} {
			if got := w.Call(t, "GET", "/console/books/export?format=csv&from="+from, nil, facetest.Anonymous, vic).Is(200).Body; got != whole || len(rows) < 2 {
				t.Errorf("from %s the file is %s, want %s", from, got, whole)
			}
		}
		none := w.Call(t, "GET", "/console/books/export?format=csv&to=2029-01-01", nil, facetest.Anonymous, vic).Is(200)
		if strings.Count(none.Body, "\n") != 1 {
			t.Errorf("before anything was posted the file is %s", none.Body)
		}
	})
}

// What a program for tables would run is a text in a file.
func TestSafe(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{evil: "'" + evil, "+1": "'+1", "-1": "'-1", "@x": "'@x", "\tx": "'\tx", "escrow:1": "escrow:1", "": ""} {
		if got := console.Safe(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

// A seller's statement is a page and a file.
func TestBooks_statement(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		sold(w, t)
		vic := signIn(w, t, "vic", console.Viewer)
		page := w.Call(t, "GET", "/console/books/statement?user="+url.QueryEscape(evil), nil, facetest.Anonymous, vic).Is(200)
		if !strings.HasPrefix(heading(page), "Nothing was paid to "+evil) || !strings.Contains(page.Body, "12345.67") {
			t.Errorf("the statement is %s", page.Body)
		}
		file := w.Call(t, "GET", "/console/books/statement?user=sam&format=csv", nil, facetest.Anonymous, vic).Is(200)
		if !strings.HasPrefix(file.Body, "at,deal,number,entry,currency,paid_out_minor") {
			t.Errorf("the file is %s", file.Body)
		}
	})
}
