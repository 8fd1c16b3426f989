package main

import (
	"encoding/json"
	"html"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// listed are members of what a list has, in alphabetical order.
func (d keptDev) listed(path string, members ...string) (all []string) {
	d.t.Helper()
	var page struct{ Items []map[string]any }
	if err := json.Unmarshal(d.ask("GET", path, "", "", "").Body, &page); err != nil {
		d.t.Fatal(err)
	}
	for _, item := range page.Items {
		var row []string
		for _, m := range members {
			text, _ := item[m].(string)
			row = append(row, text)
		}
		all = append(all, strings.Join(row, " "))
	}
	slices.Sort(all)
	return all
}

var (
	fiveDeals = regexp.MustCompile(`(?m)^\| (\d+\.\d\d [A-Z]{3}) \| (.+) \| (.+) \| (.+) \| \*\*(.+)\*\*, (by [a-z, ]+?)(?:, then .+)? \|$`)
	notText   = regexp.MustCompile(`(?s)<(style|script|svg)[^>]*>.*?</(style|script|svg)>|<[^>]+>`)
	blanks    = regexp.MustCompile(`\s+`)
)

// What docs/console.md expects somebody to find out about five samples is on their pages: the box finds the deal, its sentence
// names who has to do what, and below stand the money and the step that lets it go, with who may take it.
func TestDev_whyADealWaits(t *testing.T) {
	t.Parallel()
	d := startWorld(t, t.TempDir(), "--samples=on")
	await(t, "the last sample", func() bool {
		return slices.Contains(d.listed("/v1/transactions", "process", "state"), "p2p_order@1 disputed")
	})
	b := newBrowser(t)
	b.ask("POST", regexp.MustCompile(`http\S+/console/open/\S+`).FindString(d.out()), nil)
	guide, err := os.ReadFile("../../docs/console.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := fiveDeals.FindAllStringSubmatch(string(guide), -1)
	if len(rows) != 5 {
		t.Fatalf("docs/console.md has %d deals, want 5", len(rows))
	}
	for _, row := range rows {
		amount, says := row[1], row[2:]
		_, found := b.ask("GET", d.values["HANDSEL_URL"]+"/console/deals?q="+url.QueryEscape(amount), nil)
		path := regexp.MustCompile(`/console/deals/txn_[a-z0-9]+`).FindString(found)
		if path == "" {
			t.Errorf("the box does not find %s", amount)
			continue
		}
		_, page := b.ask("GET", d.values["HANDSEL_URL"]+path, nil)
		text := blanks.ReplaceAllString(html.UnescapeString(notText.ReplaceAllString(page, " ")), " ")
		for _, what := range says {
			if !strings.Contains(text, what) {
				t.Errorf("the page of %s lacks %q:\n%s", amount, what, text)
			}
		}
	}
	d.end(syscall.SIGTERM)
}

// A new world has something of each kind, once: what it has does not come again with the next start. Scripts, which name an
// env file, find nothing unless they ask.
func TestDev_samples(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	d := startWorld(t, folder, "--samples=on")
	want := []string{"deposit@1 booked", "deposit@1 booked", "deposit@1 booked", "deposit@1 booked", "deposit@1 booked", "escrow_online@1 cancelled", "escrow_online@1 complained",
		"escrow_online@1 joined", "escrow_online@1 paid", "p2p_order@1 disputed", "p2p_order@1 paid_by_buyer", "preauthorize@1 canceled", "preauthorize@1 confirmed", "preauthorize@1 preauthorized"}
	deals := func(d keptDev) []string { return d.listed("/v1/transactions", "process", "state") }
	await(t, "the last sample", func() bool { return slices.Contains(deals(d), "p2p_order@1 disputed") })
	if diff := cmp.Diff(want, deals(d)); diff != "" {
		t.Errorf("the deals:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"City bike, seven gears enabled", "Garden table of oak enabled"}, d.listed("/v1/listings", "title", "state")); diff != "" {
		t.Errorf("the listings:\n%s", diff)
	}
	if ads := call(t, "GET", d.values["HANDSEL_URL"]+"/api/v1/p2p/ads?type=sell", "", "", "", ""); ads.field(t, "total") != "3" {
		t.Errorf("the ads are %s", ads.Body)
	}
	d.end(syscall.SIGTERM)
	if strings.Contains(d.out(), "samples are missing") {
		t.Errorf("it says:\n%s", d.out())
	}
	again := startWorld(t, folder, "--samples=on")
	again.reserves("another")
	if got := deals(again); len(got) != len(want)+1 {
		t.Errorf("the next start has %v", got)
	}
	again.end(syscall.SIGTERM)
	none := startWorld(t, t.TempDir())
	none.reserves("one")
	if got := deals(none); len(got) != 3 {
		t.Errorf("a script finds %v", got)
	}
	none.end(syscall.SIGTERM)
}
