package sqlstore_test

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/internal/pass"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/labels"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/p2porder"
	"github.com/handsel-dev/handsel/timeline"
	"github.com/handsel-dev/handsel/webhooks"
	"github.com/handsel-dev/handsel/webhooks/outbound"
)

// The two communities have the same users and the same kinds of rows. The first has
// two of each, the second one.
const ourRows, theirRows = 2, 1

// tenant is what was stored for one community.
type tenant struct {
	community int64
	deals     []orchestrator.Transaction // preauthorized, with everything around them
	orders    []orchestrator.Transaction // of the exchange, on the ad
	listings  []listings.Listing
	ads       []listings.Ad
	keys      []apikey.Key
	approval  int64
	endpoint  int64 // of webhooks
}

// TestP1_tenancy plays every method of the store with the rows of two communities:
// none shows or changes what belongs to the other one. A method that is neither
// played nor known to have no community fails the test.
func TestP1_tenancy(t *testing.T) {
	t.Parallel()
	for name, newURL := range map[string]func(*testing.T) string{"sqlite": sqliteFile, "postgres": postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := newURL(t)
			db := open(t, url, sqlstore.Options{})
			ours, theirs := fill(t, db, 501, ourRows), fill(t, db, 502, theirRows)
			for _, r := range tenantReads() {
				if got := r.count(t, db, ours.community, ours); got != r.ours {
					t.Errorf("%s shows a community %d of its own rows, want %d: the test is blind", r.name, got, r.ours)
				}
				if got := r.count(t, db, theirs.community, ours); got != r.theirs {
					t.Errorf("%s shows %d rows to a community that should see %d", r.name, got, r.theirs)
				}
			}
			before := dump(t, url, ours.community)
			for name, write := range tenantWrites() {
				write(t, db, theirs.community, ours)
				if diff := cmp.Diff(before, dump(t, url, ours.community)); diff != "" {
					t.Fatalf("%s in one community changes another one's rows:\n%s", name, diff)
				}
			}
			everyMethod(t)
		})
	}
}

// everyMethod fails for a method of the store of which nothing is known here.
func everyMethod(t *testing.T) {
	t.Helper()
	known := tenantFree()
	for _, r := range tenantReads() {
		known = append(known, r.name)
	}
	for name := range tenantWrites() {
		known = append(known, name)
	}
	all := reflect.TypeFor[*sqlstore.DB]()
	for i := range all.NumMethod() {
		if name := all.Method(i).Name; !slices.Contains(known, name) {
			t.Errorf("%s is not played with two communities: add it to tenantReads, tenantWrites or, if no caller names a community, to tenantFree", name)
		}
	}
	for _, name := range known {
		if _, there := all.MethodByName(name); !there {
			t.Errorf("the store has no method %s any more", name)
		}
	}
}

// tenantFree are the methods to which no caller names a community: work that is due
// in any of them, rows that are found by an id that is unique, and the machinery. Who
// calls the second kind has found the deal in its community before.
func tenantFree() []string {
	return strings.Fields(`
		SaveDifferences CountBooks NoteLook Looks NoteTurnedAway TurnedAway NewestDeal NextTimer TimerTimes Unsettled NoteRecovery ClaimDaily BeginRecovery EndRecovery Recovery RecoveryEnded ReleaseTimer WakeIntents Prune PruneDetails SealOld Sizes Skew UseKeys
		Claim ClaimIntents ClaimStrays ClaimBankPayouts AccountOwner ClaimMails ClaimReminders ClaimTimers ClaimUnmirrored
		OriginCommunities Done Retry Return RetryMail ReturnMail EndMail EndReminder PostponeReminder ReturnReminder ReturnUnmirrored RetryApproval PlanReminders DeferIntent DropTimer RescheduleTimer
		Hold ClaimHeld Waiting EndHeld RetryHeld ReturnHeld
		NumberNext AnnounceOnce PruneEvents
		ClaimEndpoints
		Undelivered Deliver DeliverQuietly TransactionsByID Put Doctor FindPayment
		Entries Events Timeline Timers Messages MessageCount Files OpenFile Reviews Intent Assigned
		AddMessage AddFile AddReview AddMail AddAudit AddAct InsertAd InsertListing Apply AddKey AddCommunity KeepAssets
		MarkChanged MarkRead MarkMirrored UpdateAd UpdateListing
		Reply Once Reserve SaveReply FreeReply AddStay PutTicket Ticket TakeTicket FindKey RevokeKey
		AskApproval ClaimApprovals TraceRequest
		Communities CommunityHold Seal Seals Setting Box NextID Close Ping Ready ForConversations ForEngine ForExchange ForListings ForNotices Stats Texts WithoutSkipping ClockSkew Listen Notify`)
}

// tenantRead is a method that shows rows of one community. count asks for the rows of
// a tenant, by its users and ids, in a community.
type tenantRead struct {
	name         string
	ours, theirs int
	count        func(t *testing.T, db *sqlstore.DB, community int64, of tenant) int
}

// byUser is a read of what users have, who are the same in both communities; byID
// one of what an id names.
func byUser(name string, count func(ctx context.Context, db *sqlstore.DB, community int64, of tenant) (int, error)) tenantRead {
	return tenantRead{name, ourRows, theirRows, counted(count)}
}

func byID(name string, ours int, count func(ctx context.Context, db *sqlstore.DB, community int64, of tenant) (int, error)) tenantRead {
	return tenantRead{name, ours, 0, counted(count)}
}

func counted(count func(context.Context, *sqlstore.DB, int64, tenant) (int, error)) func(*testing.T, *sqlstore.DB, int64, tenant) int {
	return func(t *testing.T, db *sqlstore.DB, community int64, of tenant) int {
		t.Helper()
		n, err := count(t.Context(), db, community, of)
		if err != nil {
			return 0 // not found, and nothing else that a stranger could learn
		}
		return n
	}
}

func one(found bool) int {
	if found {
		return 1
	}
	return 0
}

func tenantReads() []tenantRead {
	type DB = sqlstore.DB
	return slices.Concat(dealReads(), marketReads(), []tenantRead{
		byUser("Account", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			id, _, err := db.Account(ctx, c, "sam", "stripe")
			return rowsOf(id), err
		}),
		byUser("ListStays", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.ListStays(ctx, pass.Chosen{CommunityID: c, Name: "olga"}, tenantNoon, tenantNoon.Add(-time.Hour))
			return len(all), err
		}),
		byUser("ListLocalAccounts", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.ListLocalAccounts(ctx, c)
			return len(all), err
		}),
		{"LocalAccount", 1, 0, func(t *testing.T, db *DB, c int64, of tenant) int {
			a, found, err := db.LocalAccount(t.Context(), c, fmt.Sprint("olga", ourRows-1))
			if err != nil || found && string(a.Secrets) != "secret" {
				t.Fatal(a, err)
			}
			return one(found)
		}},
		{"Stay", 1, 0, func(t *testing.T, db *DB, c int64, of tenant) int {
			_, found, err := db.Stay(t.Context(), c, fmt.Sprint("stay", ourRows-1), tenantNoon, tenantNoon.Add(-time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			return one(found)
		}},
		byUser("FormerAccounts", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.FormerAccounts(ctx, c, "sam", "trustap")
			return len(all), err
		}),
		byUser("Debts", func(ctx context.Context, db *DB, c int64, of tenant) (n int, err error) {
			owed, err := db.Debts(ctx, c, "sam")
			for _, amount := range owed {
				n += int(amount.Minor())
			}
			return n, err
		}),
		byUser("SellerEntries", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.SellerEntries(ctx, orchestrator.SellerFilter{CommunityID: c, Seller: "sam", From: tenantNoon.Add(-time.Hour), To: tenantNoon.Add(time.Hour), Limit: 100})
			return len(all), err
		}),
		byUser("ListBankPayouts", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.ListBankPayouts(ctx, orchestrator.BankPayoutFilter{CommunityID: c, UserID: "sam"})
			return len(all), err
		}),
		byUser("SellerLabels", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			l, err := db.SellerLabels(ctx, c, "sam")
			return rowsOf(l.Metadata["rows"]), err
		}),
		byUser("LabelledSellers", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.LabelledSellers(ctx, orchestrator.SellerLabelFilter{CommunityID: c, Metadata: map[string]string{"shop": "one"}})
			return len(all), err
		}),
		byUser("Origins", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.Origins(ctx, c)
			return len(all), err
		}),
		byUser("Profile", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			p, _, err := db.Profile(ctx, c, "sam")
			return rowsOf(p.FirstName), err
		}),
		byUser("Fees", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			p, err := db.Fees(ctx, c)
			return int(p.SellerBasisPoints), err
		}),
		byUser("DealTerms", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			t, err := db.DealTerms(ctx, c)
			return t.ConfirmAfterDays, err
		}),
		byUser("MailStopped", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			n := 0
			for i := range ourRows + theirRows {
				stopped, err := db.MailStopped(ctx, c, "sam", fmt.Sprint("kind", i))
				if err != nil {
					return 0, err
				}
				n += one(stopped)
			}
			return n, nil
		}),
		byUser("MailTemplates", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.MailTemplates(ctx, c)
			return len(all), err
		}),
		{"Happened", 3, 0, counted(func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			page, err := db.Happened(ctx, timeline.Filter{CommunityID: c, TransactionID: of.deals[0].ID, Limit: 9})
			return len(page.Rows), err
		})},
		byUser("LateRows", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			now := tenantNoon.AddDate(1, 0, 0)
			all, err := db.LateRows(ctx, orchestrator.LateFilter{CommunityID: c, Job: "mails", Limit: 9, Rules: orchestrator.LateRules{Now: now, Late: now, Held: now}})
			return len(all), err
		}),
		byUser("ListArrivals", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.ListArrivals(ctx, webhooks.ArrivalFilter{CommunityID: c, Limit: 9})
			return len(all), err
		}),
		byUser("Letterhead", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			l, _, err := db.Letterhead(ctx, c)
			return rowsOf(l.Marketplace), err
		}),
		byUser("ExchangeRules", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			r, _, err := db.ExchangeRules(ctx, c)
			return int(r.FaultLimit), err
		}),
		byUser("ApprovalLimits", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			l, err := db.ApprovalLimits(ctx, c)
			return int(l["EUR"]), err
		}),
		byUser("Operators", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.Operators(ctx, c)
			return len(all), err
		}),
		byUser("ListApprovals", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.ListApprovals(ctx, orchestrator.ApprovalFilter{CommunityID: c, Limit: 9})
			return len(all), err
		}),
		byID("Approval", 1, func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			_, err := db.Approval(ctx, c, of.approval)
			return 1, err
		}),
		byUser("Keys", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.Keys(ctx, c)
			return len(all), err
		}),
		byUser("FeedEntries", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.FeedEntries(ctx, c, "sam", 0, 100)
			return len(all), err
		}),
		byUser("LastEntry", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			n, err := db.LastEntry(ctx, c, "sam")
			return int(n), err
		}),
		byUser("ReadEvents", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			page, err := db.ReadEvents(ctx, events.Filter{CommunityID: c, Types: []string{"payout.paid"}})
			return len(page.Events), err
		}),
		byUser("ListEndpoints", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.ListEndpoints(ctx, c)
			return len(all), err
		}),
		{"Endpoint", ourRows, 0, counted(func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			e, err := db.Endpoint(ctx, c, of.endpoint)
			return rowsOf(e.URL), err
		})},
		{"ListDeliveries", 1, 0, counted(func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.ListDeliveries(ctx, outbound.DeliveryFilter{CommunityID: c, EndpointID: of.endpoint, Limit: 10})
			return len(all), err
		})},
		{"LooseRows", 1, 0, counted(func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.LooseRows(ctx, c, of.endpoint, 0)
			return len(all), err
		})},
		byUser("LastEvent", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			n, err := db.LastEvent(ctx, c)
			return int(n), err
		}),
		byUser("Traders", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.Traders(ctx, c, []string{"sam"})
			return rowsOf(all["sam"].Name), err
		}),
		{"Tasks", 1, 1, counted(func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.Tasks(ctx, orchestrator.TaskFilter{CommunityID: c, Kind: orchestrator.TaskDifference, Rules: orchestrator.TaskRules{Now: tenantNoon}})
			return len(all), err
		})},
		{"CountTasks", 1, 1, counted(func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.CountTasks(ctx, c, orchestrator.TaskRules{Now: tenantNoon, OpenEnded: []process.State{"x"}, Refused: []process.TimerName{"x"}})
			for _, n := range all {
				if n.Kind == orchestrator.TaskDifference {
					return n.Count, err
				}
			}
			return 0, err
		})},
		{"OpenStray", 1, 0, counted(func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			_, found, err := db.OpenStray(ctx, c, "stripe", strayOf(c, of).PaymentID)
			return one(found), err
		})},
		{"Blocked", 1, 0, counted(func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			blocked, err := db.Blocked(ctx, c, "bea", "eve")
			return one(blocked), err
		})},
		{"AuditTrail", 1, 0, counted(func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.AuditTrail(ctx, c, "order:"+strconv.FormatInt(of.orders[0].ID, 10))
			return len(all), err
		})},
		{"Acts", 1, 0, counted(func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.Acts(ctx, orchestrator.ActFilter{CommunityID: c, Object: "order:" + strconv.FormatInt(of.orders[0].ID, 10), Limit: 9})
			return len(all), err
		})},
		byUser("Tallies", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.Tallies(ctx, c, []string{"sam"})
			return int(all["sam"].Votes), err
		}),
	})
}

// rowsOf is how many rows a text says that its community has.
func rowsOf(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

// countBooks brings the sums by day up to what was posted.
func countBooks(ctx context.Context, db *sqlstore.DB) error {
	_, err := db.Seal(ctx)
	if err == nil {
		_, err = db.CountBooks(ctx)
	}
	return err
}

func dealReads() []tenantRead {
	type DB = sqlstore.DB
	return []tenantRead{
		byID("Transaction", 1, func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			_, err := db.Transaction(ctx, c, of.deals[0].ID)
			return one(err == nil), err
		}),
		byUser("List", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.List(ctx, orchestrator.Filter{CommunityID: c, Party: "bea", Process: "preauthorize", Limit: 100})
			return len(all), err
		}),
		byUser("Changes", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			page, err := db.Changes(ctx, orchestrator.ChangeFilter{Filter: orchestrator.Filter{CommunityID: c, Party: "bea", Process: "preauthorize", Limit: 100}})
			return len(page.Transactions), err
		}),
		byUser("Payouts", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.Payouts(ctx, orchestrator.PayoutFilter{CommunityID: c, Gateways: []string{"stripe"}, Limit: 100})
			return len(all), err
		}),
		byUser("GatewayTransactions", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.GatewayTransactions(ctx, orchestrator.GatewayFilter{
				Gateway: "stripe", CommunityID: c, From: tenantNoon.Add(-time.Hour), To: tenantNoon.Add(time.Hour), Limit: 100,
			})
			return len(all), err
		}),
		{"FrozenDifferences", 1, 1, counted(func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.FrozenDifferences(ctx, c)
			return len(all), err
		})},
		byUser("Balance", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			n, err := db.Balance(ctx, c, ledger.Account{Kind: ledger.Available, Owner: "sam"}, "EUR")
			return int(n), err
		}),
		byUser("BookTotals", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			if err := countBooks(ctx, db); err != nil {
				return 0, err
			}
			all, err := db.BookTotals(ctx, c, tenantNoon.Add(time.Hour))
			for _, total := range all {
				if total.Account == "debt" {
					return int(total.Postings), err
				}
			}
			return 0, err
		}),
		byUser("BookMonths", func(ctx context.Context, db *DB, c int64, of tenant) (n int, err error) {
			if err := countBooks(ctx, db); err != nil {
				return 0, err
			}
			all, err := db.BookMonths(ctx, c, ledger.Outside)
			for _, total := range all {
				n += int(total.Postings)
			}
			return n / 3, err
		}),
		byUser("BookLines", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.BookLines(ctx, orchestrator.BookFilter{CommunityID: c, Account: "debt", Currency: "EUR"})
			return len(all), err
		}),
		byUser("ExportLines", func(ctx context.Context, db *DB, c int64, of tenant) (n int, err error) {
			all, _, err := db.ExportLines(ctx, orchestrator.ExportFilter{CommunityID: c, From: tenantNoon.Add(-time.Hour), To: tenantNoon.Add(time.Hour)})
			for _, l := range all {
				n += one(l.Account == "debt:sam")
			}
			return n, err
		}),
		{"BookCheck", 1, 1, counted(func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			if err := countBooks(ctx, db); err != nil {
				return 0, err
			}
			check, err := db.BookCheck(ctx, c)
			return one(check.Seals > 0), err
		})},
		byUser("Users", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.Users(ctx, orchestrator.UserFilter{CommunityID: c, ID: "sam"})
			if len(all) != 1 || len(all[0].Accounts) == 0 {
				return 0, err
			}
			return rowsOf(all[0].Accounts[0].ID), err
		}),
		byUser("Balances", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.Balances(ctx, c, "sam")
			if len(all) != 1 {
				return 0, err
			}
			return int(all[0].Available.Minor()), err
		}),
		byUser("ListMails", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.ListMails(ctx, notices.PostedFilter{CommunityID: c, Limit: 100})
			return len(slices.DeleteFunc(all, func(m notices.Posted) bool { return m.CommunityID != c })), err
		}),
		byUser("AllAds", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.AllAds(ctx, listings.StaffFilter{Community: c, Limit: 100})
			return len(slices.DeleteFunc(all, func(a listings.Ad) bool { return a.CommunityID != c })), err
		}),
		byUser("Dealings", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.Dealings(ctx, c, "bea", []process.State{"disputed"})
			return len(slices.DeleteFunc(all, func(d orchestrator.Dealing) bool { return !strings.HasPrefix(d.Process, "preauthorize@") })), err
		}),
		byID("DealsByID", 1, func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.DealsByID(ctx, c, []int64{of.deals[0].ID})
			return len(all), err
		}),
		byUser("Search", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			s := orchestrator.Search{By: orchestrator.ByUser, Text: "bea"}
			s.CommunityID, s.Process = c, "preauthorize"
			found, err := db.Search(ctx, s)
			return len(found.Deals), err
		}),
		byUser("Deposited", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			n, err := db.Deposited(ctx, c, "bea", "EUR")
			return int(n / 1000), err
		}),
		byUser("Orders", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			_, n, err := db.Orders(ctx, exchange.OrderQuery{CommunityID: c, Party: "sam", Limit: 100})
			return int(n), err
		}),
		byID("LastSteps", 1, func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.LastSteps(ctx, c, []int64{of.orders[0].ID}, []process.Transition{process.Create})
			return len(all), err
		}),
		byID("OpenOrders", ourRows, func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			return db.OpenOrders(ctx, c, of.ads[0].ID)
		}),
		byUser("Faults", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.Faults(ctx, c, "bea", tenantNoon.Add(-time.Hour), 100)
			return len(all), err
		}),
		byUser("Traded", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			n, err := db.Traded(ctx, c, "cat", "EUR")
			return int(n / 1000), err
		}),
		byID("TradeTimes", 1, func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			first, _, err := db.TradeTimes(ctx, c, of.ads[0].ID)
			return one(!first.IsZero()), err
		}),
		byUser("Unread", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.Unread(ctx, c, "sam")
			return len(all), err
		}),
		byUser("Chats", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			_, n, err := db.Chats(ctx, conversations.ChatFilter{CommunityID: c, User: "bea", Process: "preauthorize", Limit: 100})
			return int(n), err
		}),
	}
}

func marketReads() []tenantRead {
	type DB = sqlstore.DB
	return []tenantRead{
		byID("Listing", 1, func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			_, found, err := db.Listing(ctx, c, of.listings[0].ID)
			return one(found), err
		}),
		byUser("Listings", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, err := db.Listings(ctx, listings.Filter{CommunityID: c, Author: "sam"})
			return len(all), err
		}),
		byID("Calendar", 1, func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			calendar, err := db.Calendar(ctx, c, of.listings[0].ID, "2030-01-01", "2030-01-31")
			return len(calendar.Blocked), err
		}),
		byID("Free", 1, func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			free, err := db.Free(ctx, c, []string{listings.AdResource(of.ads[0].ID)})
			return len(free), err
		}),
		byID("Ad", 1, func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			_, found, err := db.Ad(ctx, c, of.ads[0].ID)
			return one(found), err
		}),
		{"ActiveAd", 1, 0, counted(func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			_, found, err := db.ActiveAd(ctx, c, "maker1", listings.Buy)
			return one(found), err
		})},
		{"AdsOf", 1, 0, counted(func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			_, n, err := db.AdsOf(ctx, c, "maker1", listings.Page{Limit: 100})
			return int(n), err
		})},
		byUser("PublicAds", func(ctx context.Context, db *DB, c int64, of tenant) (int, error) {
			all, _, err := db.PublicAds(ctx, listings.AdFilter{CommunityID: c, Now: tenantNoon, Page: listings.Page{Limit: 100}})
			return len(all), err
		}),
	}
}

// tenantWrites change rows of one community. Each is tried in a community with the
// ids and the users of another one; whether it is refused does not matter.
// strayOf is a stray payment of a tenant's first deal, as a community names it.
func strayOf(community int64, of tenant) orchestrator.Stray {
	return orchestrator.Stray{
		CommunityID: community, Gateway: "stripe", PaymentID: "pi_stray_" + strconv.FormatInt(of.community, 10), TransactionID: of.deals[0].ID,
		IntentID: "i", Amount: money.New(1, "EUR"), Due: tenantNoon, FoundAt: tenantNoon,
	}
}

func tenantWrites() map[string]func(t *testing.T, db *sqlstore.DB, community int64, of tenant) {
	type DB = sqlstore.DB
	tried := func(write func(ctx context.Context, db *DB, community int64, of tenant)) func(*testing.T, *DB, int64, tenant) {
		return func(t *testing.T, db *DB, community int64, of tenant) { write(t.Context(), db, community, of) }
	}
	day := []listings.Day{"2030-01-05"}
	return map[string]func(*testing.T, *DB, int64, tenant){
		"ChangeEndpoint": tried(func(ctx context.Context, db *DB, c int64, of tenant) {
			e, _ := db.Endpoint(ctx, of.community, of.endpoint)
			e.CommunityID, e.URL = c, "https://mallory.example.com"
			_ = db.ChangeEndpoint(ctx, e, nil, "webhook_endpoint.change", someone)
		}),
		"CreateEndpoint": tried(func(ctx context.Context, db *DB, c int64, of tenant) {
			e, _ := db.Endpoint(ctx, of.community, of.endpoint)
			e.CommunityID = c
			_, _ = db.CreateEndpoint(ctx, e, 20, someone)
		}),
		"AddNote": tried(func(ctx context.Context, db *DB, c int64, of tenant) {
			_ = db.AddNote(ctx, timeline.Note{CommunityID: c, TransactionID: of.deals[0].ID, Author: "operator:olga", Content: "a note", At: tenantNoon}, someone)
		}),
		"PutLocalAccount": tried(func(ctx context.Context, db *DB, c int64, of tenant) {
			_, _ = db.PutLocalAccount(ctx, pass.Local{CommunityID: c, Name: "olga1", Role: "admin", Revision: 1}, someone.Act(c, "console.account_make", "operator:olga1", nil))
		}),
		"UseCode": tried(func(ctx context.Context, db *DB, c int64, of tenant) {
			_, _ = db.UseCode(ctx, c, "olga1", 9)
		}),
		"CountTry": tried(func(ctx context.Context, db *DB, c int64, of tenant) {
			_, _ = db.CountTry(ctx, c, "olga1", tenantNoon, tenantNoon)
		}),
		"ForgetTries": tried(func(ctx context.Context, db *DB, c int64, of tenant) {
			_ = db.ForgetTries(ctx, c, "olga1")
		}),
		"SeeStay": tried(func(ctx context.Context, db *DB, c int64, of tenant) {
			_ = db.SeeStay(ctx, c, "stay1", tenantNoon.Add(time.Minute))
		}),
		"EndStays": tried(func(ctx context.Context, db *DB, c int64, of tenant) {
			_, _ = db.EndStays(ctx, pass.Chosen{CommunityID: c, Hash: "stay1"})
		}),
		"DeleteEndpoint": tried(func(ctx context.Context, db *DB, c int64, of tenant) {
			_ = db.DeleteEndpoint(ctx, c, of.endpoint, someone)
		}),
		"Resend": tried(func(ctx context.Context, db *DB, c int64, of tenant) {
			_, _ = db.Resend(ctx, outbound.ResendFilter{CommunityID: c, EndpointID: of.endpoint, Sequence: 1, By: someone}, tenantNoon.Add(time.Hour))
		}),
		"Replay": tried(func(ctx context.Context, db *DB, c int64, of tenant) {
			_ = db.Replay(ctx, c, of.endpoint, 0, 1, someone)
		}),
		"WriteBatch": tried(func(ctx context.Context, db *DB, c int64, of tenant) {
			_, _ = db.WriteBatch(ctx, outbound.Batch{CommunityID: c, EndpointID: of.endpoint, Until: tenantNoon, Now: tenantNoon, Recovered: true})
		}),
		"ReturnEndpoint": tried(func(ctx context.Context, db *DB, c int64, of tenant) {
			e, _ := db.Endpoint(ctx, of.community, of.endpoint)
			e.CommunityID = c
			_ = db.ReturnEndpoint(ctx, outbound.Claimed{Endpoint: e}, tenantNoon.Add(time.Hour))
		}),
		"HurryRow": tried(func(ctx context.Context, db *DB, c int64, of tenant) {
			for _, d := range of.deals {
				_ = db.HurryRow(ctx, orchestrator.LateFilter{CommunityID: c, Job: "feed_again", After: orchestrator.LateRow{TransactionID: d.ID, Name: "events"}, Rules: orchestrator.LateRules{Now: tenantNoon}}, someone)
			}
		}),
		"ReplayArrival": tried(func(ctx context.Context, db *DB, c int64, of tenant) {
			all, _ := db.ListArrivals(ctx, webhooks.ArrivalFilter{CommunityID: of.community, Limit: 9})
			for _, a := range all {
				_ = db.ReplayArrival(ctx, c, a.ID, someone)
			}
		}),
		"NoteTask": tried(func(ctx context.Context, db *DB, c int64, of tenant) {
			_ = db.NoteTask(ctx, orchestrator.TaskNote{Task: orchestrator.Task{Kind: orchestrator.TaskDifference, CommunityID: c, Subject: "x"}, Owner: "mallory", By: someone})
		}),
		"SaveOrigins": tried(func(ctx context.Context, db *DB, c int64, of tenant) {
			_ = db.SaveOrigins(ctx, c, []string{"https://mallory.example"}, someone)
		}),
		"SaveLabels": tried(func(ctx context.Context, db *DB, c int64, of tenant) {
			_, _ = db.SaveLabels(ctx, orchestrator.LabelsOf{CommunityID: c, ID: of.deals[0].ID, At: tenantNoon}, of.deals[0].Labels, labels.Labels{ExternalReference: "mine"})
		}),
		"SaveSellerLabels": tried(func(ctx context.Context, db *DB, c int64, of tenant) {
			_, _ = db.SaveSellerLabels(ctx, orchestrator.LabelsOf{CommunityID: c, ID: 1, UserID: "sam", At: tenantNoon}, sellerLabels(ourRows), labels.Labels{})
		}),
		"SaveBankPayout": tried(func(ctx context.Context, db *DB, c int64, of tenant) {
			p := bankPayoutOf(of.community, 1)
			p.CommunityID, p.Status = c, orchestrator.BankPayoutFailed
			_, _ = db.SaveBankPayout(ctx, p)
		}),
		"SettleBankPayout": tried(func(ctx context.Context, db *DB, c int64, of tenant) {
			p := bankPayoutOf(of.community, 1)
			p.CommunityID = c
			_ = db.SettleBankPayout(ctx, p, p.Due)
		}),
		"NoteStray": tried(func(ctx context.Context, db *DB, c int64, of tenant) {
			_ = db.NoteStray(ctx, strayOf(c, of))
		}),
		"SettleStray": tried(func(ctx context.Context, db *DB, c int64, of tenant) {
			s := strayOf(c, of)
			s.EndedAt = tenantNoon
			_ = db.SettleStray(ctx, s, s.Due)
		}),
		"AddCompleted": tried(func(ctx context.Context, db *DB, c int64, of tenant) {
			_ = db.AddCompleted(ctx, c, of.deals[0].ID, "sam", "bea")
		}),
		"Assign": tried(func(ctx context.Context, db *DB, c int64, of tenant) {
			_, _ = db.Assign(ctx, c, of.orders[0].ID, "mallory", tenantNoon)
		}),
		"Reassign": tried(func(ctx context.Context, db *DB, c int64, of tenant) {
			_, _ = db.Reassign(ctx, c, of.orders[0].ID, "olga", "mallory", tenantNoon)
		}),
		"BanTrader":   tried(func(ctx context.Context, db *DB, c int64, _ tenant) { _, _ = db.BanTrader(ctx, c, "sam", tenantNoon) }),
		"UnbanTrader": tried(func(ctx context.Context, db *DB, c int64, _ tenant) { _, _ = db.UnbanTrader(ctx, c, "eve") }),
		"SetBlock": tried(func(ctx context.Context, db *DB, c int64, _ tenant) {
			_ = db.SetBlock(ctx, c, "bea", "eve", false, tenantNoon)
		}),
		"SaveTrader": tried(func(ctx context.Context, db *DB, c int64, _ tenant) {
			_ = db.SaveTrader(ctx, c, exchange.Trader{ID: "sam", Name: "9", Since: tenantNoon})
		}),
		"BlockDays": tried(func(ctx context.Context, db *DB, c int64, of tenant) {
			_ = db.BlockDays(ctx, listings.Listing{CommunityID: c, ID: of.listings[0].ID}, []listings.Day{"2030-01-06"}, time.Unix(0, 0))
		}),
		"UnblockDays": tried(func(ctx context.Context, db *DB, c int64, of tenant) {
			_ = db.UnblockDays(ctx, listings.Listing{CommunityID: c, ID: of.listings[0].ID}, day, time.Unix(0, 0))
		}),
		"KeepStanding": tried(func(ctx context.Context, db *DB, c int64, _ tenant) {
			_ = db.KeepStanding(ctx, orchestrator.SellerLink{CommunityID: c, UserID: "sam", Gateway: "stripe", AccountID: strconv.Itoa(theirRows)}, orchestrator.SellerRejected, tenantNoon)
		}),
		"LinkAccount": tried(func(ctx context.Context, db *DB, c int64, _ tenant) {
			_ = db.LinkAccount(ctx, orchestrator.SellerLink{CommunityID: c, UserID: "sam", Gateway: "stripe", AccountID: "8"}, someone)
			_ = db.LinkAccount(ctx, orchestrator.SellerLink{CommunityID: c, UserID: "sam", Gateway: "stripe"}, someone)
		}),
		"ReplaceAccount": tried(func(ctx context.Context, db *DB, c int64, _ tenant) {
			was, _, _ := db.Account(ctx, c, "sam", "stripe")
			_, _ = db.ReplaceAccount(ctx, c, "sam", "stripe", was, "7")
		}),
		"SaveAccount": tried(func(ctx context.Context, db *DB, c int64, _ tenant) {
			_, _ = db.SaveAccount(ctx, c, "sam", "stripe", "9")
		}),
		"SaveProfile": tried(func(ctx context.Context, db *DB, c int64, _ tenant) {
			_ = db.SaveProfile(ctx, orchestrator.Profile{CommunityID: c, UserID: "sam", FirstName: "9", LastName: "x", Email: "x@example.com", CountryCode: "IE"})
		}),
		"Examine": tried(func(ctx context.Context, db *DB, c int64, _ tenant) {
			_, _ = db.Examine(ctx, c, ledger.Account{Kind: ledger.Available, Owner: "sam"}, "EUR")
		}),
		"Holds": tried(func(ctx context.Context, db *DB, c int64, _ tenant) { _, _ = db.Holds(ctx, c) }),
		"EndHold": tried(func(ctx context.Context, db *DB, c int64, _ tenant) {
			_ = db.EndHold(ctx, orchestrator.Hold{CommunityID: c}, someone)
		}),
		"SaveApprovalLimits": tried(func(ctx context.Context, db *DB, c int64, _ tenant) {
			_ = db.SaveApprovalLimits(ctx, c, orchestrator.Limits{"EUR": 9}, someone)
		}),
		"SaveOperators": tried(func(ctx context.Context, db *DB, c int64, _ tenant) {
			_ = db.SaveOperators(ctx, c, []string{"eve"}, someone)
		}),
		"ChangeApproval": tried(func(ctx context.Context, db *DB, c int64, of tenant) {
			a := orchestrator.Approval{ID: of.approval, CommunityID: c, Status: orchestrator.ApprovalDone, EndedAt: tenantNoon}
			_, _ = db.ChangeApproval(ctx, a, orchestrator.ApprovalWaiting, someone.Act(c, "approval.done", "approval:1", nil))
		}),
		"SaveFees": tried(func(ctx context.Context, db *DB, c int64, _ tenant) {
			_ = db.SaveFees(ctx, c, pricing.Policy{SellerBasisPoints: 9}, someone)
		}),
		"SaveConfirmDays": tried(func(ctx context.Context, db *DB, c int64, _ tenant) {
			_ = db.SaveConfirmDays(ctx, c, 9, someone)
		}),
		"StopMail": tried(func(ctx context.Context, db *DB, c int64, _ tenant) {
			_ = db.StopMail(ctx, c, "sam", "kind9", tenantNoon)
		}),
		"ResumeMail": tried(func(ctx context.Context, db *DB, c int64, _ tenant) { _ = db.ResumeMail(ctx, c, "sam", "kind0") }),
		"SaveMailTemplate": tried(func(ctx context.Context, db *DB, c int64, _ tenant) {
			_ = db.SaveMailTemplate(ctx, c, "kind9", notices.Override{Subject: "x"}, someone)
		}),
		"DropMailTemplate": tried(func(ctx context.Context, db *DB, c int64, _ tenant) {
			_ = db.DropMailTemplate(ctx, c, "kind0", someone)
		}),
		"SaveLetterhead": tried(func(ctx context.Context, db *DB, c int64, _ tenant) {
			_ = db.SaveLetterhead(ctx, c, notices.Letterhead{Marketplace: "9"}, someone)
		}),
		"SaveExchangeRules": tried(func(ctx context.Context, db *DB, c int64, _ tenant) {
			_ = db.SaveExchangeRules(ctx, c, exchange.DefaultRules())
		}),
		"SaveRemoteID": tried(func(ctx context.Context, db *DB, c int64, of tenant) {
			_ = db.SaveRemoteID(ctx, c, of.listings[0].ID, "remote")
		}),
	}
}

var tenantNoon = time.Date(2030, 1, 2, 12, 0, 0, 0, time.UTC)

// fill stores n rows of every kind for a community.
// fillEndpoints adds webhook endpoints, of which the first has an event that waits.
func (of *tenant) fillEndpoints(t *testing.T, db *sqlstore.DB, n int) {
	t.Helper()
	for i := range n {
		secret, err := outbound.NewSecret(outbound.Shared, strings.NewReader(strings.Repeat("s", 32)))
		if err != nil {
			t.Fatal(err)
		}
		e, err := db.CreateEndpoint(t.Context(), outbound.Endpoint{
			CommunityID: of.community, URL: strconv.Itoa(n), Types: []string{"*"}, Payload: outbound.Full, Signature: outbound.Shared, Status: outbound.Enabled,
			Secrets: []outbound.Secret{secret}, CreatedAt: tenantNoon, UpdatedAt: tenantNoon,
		}, 20, someone)
		if err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			continue
		}
		of.endpoint = e.ID
		row := outbound.Delivery{CommunityID: of.community, EndpointID: e.ID, Sequence: 1, Type: "transaction.paid", Status: outbound.Pending, Tries: 1, Begun: tenantNoon, Next: tenantNoon, At: tenantNoon}
		standing, err := db.WriteBatch(t.Context(), outbound.Batch{CommunityID: of.community, EndpointID: e.ID, Until: tenantNoon, Now: tenantNoon, Rows: []outbound.Delivery{row}})
		if err != nil || !standing.Held {
			t.Fatal(standing, err)
		}
	}
}

func fill(t *testing.T, db *sqlstore.DB, community int64, n int) tenant {
	t.Helper()
	ctx, of := t.Context(), tenant{community: community}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	mark := strconv.Itoa(n)
	check(db.AddCommunity(ctx, community, "Market "+mark, someone))
	check(db.SaveFees(ctx, community, pricing.Policy{SellerBasisPoints: int64(n)}, someone))
	check(db.SaveConfirmDays(ctx, community, n, someone))
	rules := exchange.DefaultRules()
	rules.FaultLimit = int64(n)
	check(db.SaveExchangeRules(ctx, community, rules))
	for i := range n {
		check(db.AddMail(ctx, notices.Mail{ID: fmt.Sprint("mail of ", community, " ", i), CommunityID: community, UserID: "sam", Kind: "deal_paid", Data: []byte("{}"), At: tenantNoon}))
		check(db.StopMail(ctx, community, "sam", fmt.Sprint("kind", i), tenantNoon))
		check(db.SaveMailTemplate(ctx, community, fmt.Sprint("kind", i), notices.Override{Subject: mark}, someone))
	}
	check(db.SaveLetterhead(ctx, community, notices.Letterhead{Marketplace: mark}, someone))
	of.fillApprovals(t, db, n)
	of.fillEndpoints(t, db, n)
	_, err := db.SaveAccount(ctx, community, "sam", "stripe", mark)
	check(err)
	was, err := db.SaveAccount(ctx, community, "sam", "trustap", mark+" at first")
	check(err)
	for i := range n {
		was, err = db.ReplaceAccount(ctx, community, "sam", "trustap", was, mark+" "+strconv.Itoa(i))
		check(err)
	}
	check(db.SaveProfile(ctx, orchestrator.Profile{
		CommunityID: community, UserID: "sam", FirstName: mark, LastName: "Seller", Email: "sam@example.com", CountryCode: "IE",
	}))
	for i := range n {
		check(db.AddStay(ctx, pass.Stay{CommunityID: community, Hash: fmt.Sprint("stay", i), Name: "olga", Holder: []byte("{}"), Since: tenantNoon, Seen: tenantNoon, Until: tenantNoon.Add(time.Hour)}))
	}
	for i := range n {
		name := fmt.Sprint("olga", i)
		_, err := db.PutLocalAccount(ctx, pass.Local{CommunityID: community, Name: name, Role: "viewer", Secrets: []byte("secret"), CreatedAt: tenantNoon}, someone.Act(community, "console.account_make", "operator:"+name, nil))
		check(err)
		_, err = db.CountTry(ctx, community, name, tenantNoon, tenantNoon)
		check(err)
	}
	check(db.SaveOrigins(ctx, community, []string{"https://a.example", "https://b.example"}[:n], someone))
	for i, user := range []string{"sam", "bea"}[:n] {
		_, err := db.SaveSellerLabels(ctx, orchestrator.LabelsOf{CommunityID: community, ID: int64(i + 1), UserID: user, At: tenantNoon}, labels.Labels{}, sellerLabels(n))
		check(err)
	}
	for _, user := range []string{"sam", "bea", "eve"} {
		check(db.SaveTrader(ctx, community, exchange.Trader{ID: user, Name: mark, Since: tenantNoon}))
	}
	if n == ourRows {
		check(db.SetBlock(ctx, community, "bea", "eve", true, tenantNoon))
		_, err := db.BanTrader(ctx, community, "eve", tenantNoon)
		check(err)
	}
	for i := range n {
		of.fillMarket(t, db, i)
		of.fillDeals(t, db, i)
	}
	for i, deal := range of.deals {
		_, err := db.Put(ctx, webhooks.Delivery{Gateway: deal.Gateway, DedupeKey: fmt.Sprint("tenant ", community, " ", i), PaymentID: deal.PaymentID, Code: "paid", Body: []byte("{}"), ReceivedAt: tenantNoon.AddDate(1, 0, 0)})
		check(err)
	}
	check(db.AddAudit(ctx, exchange.Audit{
		CommunityID: community, Actor: "olga", Action: exchange.ReadChat, Subject: "order:" + strconv.FormatInt(of.orders[0].ID, 10), At: tenantNoon,
	}))
	_, err = db.Assign(ctx, community, of.orders[0].ID, "olga", tenantNoon)
	check(err)
	check(db.NoteStray(ctx, strayOf(community, of)))
	for i := range n {
		_, err = db.SaveBankPayout(ctx, bankPayoutOf(community, i+1))
		check(err)
		check(db.AnnounceOnce(ctx, events.Announcement{CommunityID: community, Type: events.PayoutPaid, Data: []byte("{}"), At: tenantNoon.Add(time.Duration(i) * time.Hour)}, time.Minute))
	}
	_, _, err = db.NumberNext(ctx, community-1, 100, func(out events.Unnumbered) (all []events.Event) {
		for _, a := range out.Announcements {
			if a.Type != events.PayoutPaid {
				continue // of what else is stored here
			}
			all = append(all, events.Event{CommunityID: community, Type: a.Type, Data: a.Data, At: a.At})
		}
		return all
	})
	check(err)
	check(db.SaveDifferences(ctx, "stripe", tenantNoon, tenantNoon, []orchestrator.Difference{{Class: orchestrator.MissingThere, CommunityID: community, PaymentID: "pi_" + mark}}, false))
	return of
}

// sellerLabels are what is noted with each seller of a community with so many rows.
func sellerLabels(rows int) labels.Labels {
	return labels.Labels{Metadata: map[string]string{"shop": "one", "rows": strconv.Itoa(rows)}}
}

// bankPayoutOf is the nth payout to sam's bank in a community.
func bankPayoutOf(community int64, n int) orchestrator.BankPayout {
	return orchestrator.BankPayout{
		CommunityID: community, Number: 600 + int64(n), Gateway: "stripe", AccountID: "acct_1", ID: "po_" + strconv.Itoa(n), UserID: "sam",
		Amount: money.New(4250, "EUR"), Status: orchestrator.BankPayoutInTransit, MadeAt: tenantNoon, Due: tenantNoon,
	}
}

func (of *tenant) fillMarket(t *testing.T, db *sqlstore.DB, i int) {
	t.Helper()
	ctx := t.Context()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	k, _ := apikey.Generate(of.community, "backend", apikey.Test, []apikey.Scope{apikey.Read}, tenantNoon)
	check(db.AddKey(ctx, k, someone))
	of.keys = append(of.keys, k)
	now := func() time.Time { return tenantNoon }
	service, err := listings.New(listings.Config{Store: db.ForListings(), Now: now})
	check(err)
	l, err := service.Create(ctx, listings.Draft{
		CommunityID: of.community, Author: "sam", Kind: listings.MultiUse, Model: listings.Online, Title: "Bicycle",
		Pricing: listings.Pricing{Price: money.New(9900, "EUR")},
	})
	check(err)
	check(db.BlockDays(ctx, l, []listings.Day{"2030-01-05"}, time.Unix(0, 0)))
	of.listings = append(of.listings, l)
	ads, err := listings.NewAds(listings.AdsConfig{Store: db, Sealer: clear{}, Now: now, OpenOrders: db.OpenOrders})
	check(err)
	a, err := ads.Create(ctx, of.community, "maker"+strconv.Itoa(len(of.ads)), listings.AdTerms{
		Type: listings.Buy, Asset: "EUR", Fiat: "RUB", Rate: 100, Min: 100, Max: 500, Total: 100_000, Methods: []string{"card"}, PayMinutes: 30,
	})
	check(err)
	of.ads = append(of.ads, a)
}

// clear seals nothing.
type clear struct{}

func (clear) Seal(plain, _ []byte) ([]byte, error)  { return plain, nil }
func (clear) Open(sealed, _ []byte) ([]byte, error) { return sealed, nil }

func (of *tenant) fillDeals(t *testing.T, db *sqlstore.DB, i int) {
	t.Helper()
	ctx := t.Context()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	deal := of.commit(t, db, "preauthorize@1", "stripe", "preauthorized", 0)
	deal.Transaction.PaymentID = fmt.Sprint("pi_", deal.Transaction.ID)
	deal.Entries = []ledger.Entry{{Kind: "deposit", Postings: []ledger.Posting{
		{Account: ledger.Account{Kind: ledger.Outside, Owner: "stripe"}, Amount: money.New(-1, "EUR")},
		{Account: ledger.Account{Kind: ledger.Available, Owner: "sam"}, Amount: money.New(1, "EUR")},
	}}, {Kind: "freeze", Postings: []ledger.Posting{
		{Account: ledger.Account{Kind: ledger.Outside, Owner: "stripe"}, Amount: money.New(-1, "EUR")},
		{Account: ledger.Account{Kind: ledger.Frozen, Owner: "sam"}, Amount: money.New(1, "EUR")},
	}}, {Kind: "loss", Postings: []ledger.Posting{
		{Account: ledger.Account{Kind: ledger.Debt, Owner: "sam"}, Amount: money.New(-1, "EUR")},
		{Account: ledger.Account{Kind: ledger.Outside, Owner: "stripe"}, Amount: money.New(1, "EUR")},
	}}}
	deal.Transaction.Funds = process.Funds{Captured: 1, Released: 1, ChargedBack: 1}
	check(db.Apply(ctx, deal))
	of.deals = append(of.deals, deal.Transaction)
	id := deal.Transaction.ID
	message, err := db.NextID(ctx)
	check(err)
	check(db.AddMessage(ctx, orchestrator.Message{
		ID: message, TransactionID: id, CommunityID: of.community, Sender: "bea", Kind: orchestrator.FromParty, Content: "hello", At: tenantNoon,
	}, nil))
	check(db.AddReview(ctx, conversations.Review{
		CommunityID: of.community, TransactionID: id, Reviewer: "bea", Subject: "sam", Rating: 5, At: tenantNoon,
	}))
	event := deal.Events[0]
	_, err = db.Deliver(ctx, notices.Happening{Transaction: deal.Transaction, Event: &event}, notices.News{Entries: []notices.Entry{{
		CommunityID: of.community, UserID: "sam", ID: fmt.Sprint(id), Type: "told", Data: []byte(`{}`), At: tenantNoon,
	}}}, tenantNoon)
	check(err)
	deposit := of.commit(t, db, "deposit@1", "balance", "booked", 0)
	check(db.Apply(ctx, deposit))
	order := of.commit(t, db, "p2p_order@1", "balance", p2porder.Pending, of.ads[0].ID)
	check(db.Apply(ctx, order))
	of.orders = append(of.orders, order.Transaction)
	order.Transaction.Revision++
	order.Log = orchestrator.LogEntry{TransactionID: order.Transaction.ID, Revision: 2, Transition: "expire", Actor: "timer", At: tenantNoon}
	order.Events = nil
	check(db.Apply(ctx, order))
	traded := of.commit(t, db, "p2p_order@1", "balance", p2porder.Completed, of.ads[0].ID)
	traded.Transaction.Buyer, traded.Transaction.Starter, traded.Transaction.Seller, traded.Transaction.Author = "cat", "cat", "dan", "dan"
	check(db.Apply(ctx, traded))
}

// commit opens a deal between bea and sam.
func (of *tenant) commit(t *testing.T, db *sqlstore.DB, name, gateway string, state process.State, listing int64) orchestrator.Commit {
	t.Helper()
	id, err := db.NextID(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	price := money.New(1000, "EUR")
	return orchestrator.Commit{
		Transaction: orchestrator.Transaction{
			ID: id, CommunityID: of.community, ConversationID: id, Process: name, Gateway: gateway, Revision: 1, EventSequence: 1,
			Deal:      process.Deal{State: state, EnteredAt: tenantNoon, Starter: "bea", Author: "sam", Buyer: "bea", Seller: "sam", Price: price},
			ListingID: listing, UnitPrice: price, Quantity: 1, CreatedAt: tenantNoon, UpdatedAt: tenantNoon, LastTransitionAt: tenantNoon,
		},
		Log:    orchestrator.LogEntry{TransactionID: id, Revision: 1, Transition: "create", To: state, Actor: "user:bea", At: tenantNoon},
		Events: []orchestrator.Event{{TransactionID: id, Sequence: 1, CommunityID: of.community, Type: "transaction." + string(state), At: tenantNoon}},
	}
}

// dump is every row of a community, by table.
func dump(t *testing.T, url string, community int64) map[string][]string {
	t.Helper()
	tables := `select table_name from information_schema.columns where column_name = 'community_id' and table_schema = current_schema() order by 1`
	if !strings.HasPrefix(url, "postgres") {
		tables = `select m.name from sqlite_master m join pragma_table_info(m.name) c on c.name = 'community_id' where m.type = 'table' order by 1`
	}
	db := rawDB(t, url)
	all := map[string][]string{}
	for _, table := range raw(t, db, tables) {
		name := strings.Trim(table, "[]")
		all[name] = raw(t, db, `select * from `+name+` where community_id = $1`, community)
		slices.Sort(all[name])
	}
	if len(all["transactions"]) == 0 {
		t.Fatal("the dump is empty")
	}
	return all
}

// rawDB opens a database past the store.
func rawDB(t testing.TB, url string) *sql.DB {
	t.Helper()
	driver, address := "postgres", url
	if !strings.HasPrefix(url, "postgres") {
		driver, address = "sqlite", "file:"+strings.NewReplacer("%", "%25", "#", "%23", "?", "%3f", " ", "%20").Replace(url)
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// raw returns the rows of a query as texts.
func raw(t *testing.T, db *sql.DB, query string, args ...any) []string {
	t.Helper()
	found, err := db.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = found.Close() }()
	columns, err := found.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for found.Next() {
		row := make([]any, len(columns))
		for i := range row {
			row[i] = new(any)
		}
		if err := found.Scan(row...); err != nil {
			t.Fatal(err)
		}
		values := make([]string, len(row))
		for i := range row {
			value := *row[i].(*any)
			if text, ok := value.([]byte); ok {
				value = string(text)
			}
			values[i] = fmt.Sprint(value)
		}
		all = append(all, fmt.Sprint(values))
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// fillApprovals stores who two people are, and n acts that wait for the second.
func (of *tenant) fillApprovals(t *testing.T, db *sqlstore.DB, n int) {
	t.Helper()
	ctx := t.Context()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(db.SaveApprovalLimits(ctx, of.community, orchestrator.Limits{"EUR": int64(n)}, someone))
	check(db.SaveOperators(ctx, of.community, []string{"ann", "bob"}[:n], someone))
	for range n {
		id, err := db.NextID(ctx)
		check(err)
		a := orchestrator.Approval{
			ID: id, CommunityID: of.community, Status: orchestrator.ApprovalWaiting, Act: "deposit", Object: "user:bea", Amount: money.New(1, "EUR"),
			AskedBy: "operator:ann", AskedAt: tenantNoon, ExpiresAt: tenantNoon, Request: []byte("{}"), Same: orchestrator.ObjectOfApproval(id),
		}
		_, err = db.AskApproval(ctx, a, nil, someone.Act(of.community, "approval.ask", orchestrator.ObjectOfApproval(id), nil))
		check(err)
		of.approval = id
	}
}
