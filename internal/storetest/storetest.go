// Package storetest is the conformance suite that every store passes: the same
// promises on every database.
package storetest

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/webhooks"
)

// Store is everything that a store has to offer.
type Store interface {
	orchestrator.Commits
	orchestrator.Deals
	orchestrator.Books
	orchestrator.Chats
	orchestrator.Schedule
	orchestrator.Intents
	idempotency.Replies
	orchestrator.Daily
	orchestrator.Accounts
	orchestrator.SellerLinks
	orchestrator.Approvals
	orchestrator.Staff
	orchestrator.Recoveries
	orchestrator.Strays
	orchestrator.BankPayouts
	orchestrator.TaskList
	orchestrator.Differences
	orchestrator.Labels
	orchestrator.Auditor
	webhooks.Inbox
	listings.Catalogue
	listings.Days
	listings.Unmirrored
	listings.AdStore
	conversations.Marks
	conversations.Ratings
	conversations.Evidence
	notices.Outbox
	events.Outbox
	events.Log
	events.Announcer
	PruneEvents(ctx context.Context, before time.Time) error
	notices.HeldNews
	notices.Planned
	notices.Feeds
	notices.Mails
	exchange.RuleBook
	exchange.Standing
	exchange.Blocks
	exchange.Trades
	exchange.Records
	exchange.Cases
	AddKey(ctx context.Context, k apikey.Key, by orchestrator.By) error
	FindKey(ctx context.Context, id string) (apikey.Key, bool, error)
	RevokeKey(ctx context.Context, id string, at time.Time, by orchestrator.By) error
	AddCommunity(ctx context.Context, id int64, name string, by orchestrator.By) error
	Setting(ctx context.Context, name string, make func() string) (string, error)
	// What the parts of the program are given.
	ForEngine() orchestrator.Stores
	ForNotices() notices.Stores
	ForListings() listings.Stores
	ForConversations() conversations.Stores
	ForExchange() exchange.Stores
	Doctor(ctx context.Context, r *process.Registry) ([]orchestrator.Violation, error)
}

// Stores are all stores of one database, which is empty at first.
type Stores struct {
	// Open opens the database, as often as a test has use for replicas. It closes what it
	// opened when the test ends.
	Open func() Store
	// Rate gives a user of the tests' community a reputation.
	Rate func(user string, r listings.Reputation)
}

type testCase struct {
	name string
	test func(*testing.T, Stores)
}

// on is a test that only opens stores.
func on(test func(*testing.T, func() Store)) func(*testing.T, Stores) {
	return func(t *testing.T, s Stores) { test(t, s.Open) }
}

// Run plays the whole suite. Each test has a database of its own.
func Run(t *testing.T, backend func(*testing.T) Stores) {
	run(t, backend, slices.Concat(dealsCases(), tradeCases(), talkingCases(), eventsCases(), exchangingCases(), offersCases()))
}

// RunCommits is Run for commits and what is written with them alone, for a store that differs
// from one that is run as a whole in how it writes those.
func RunCommits(t *testing.T, backend func(*testing.T) Stores) { run(t, backend, dealsCases()) }

func run(t *testing.T, backend func(*testing.T) Stores, cases []testCase) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, backend(t))
		})
	}
}

// dealsCases are the cases of commits and all that is written with them.
func dealsCases() []testCase {
	return []testCase{
		{"round trip", on(testRoundTrip)},
		{"payouts to banks", on(testBankPayouts)}, {"payouts to banks that are due", on(testBankPayoutsDue)},
		{"zero values", on(testZeroValues)}, {"nothing is left of a listing", on(testSoldOut)},
		{"refused commits", on(testRefused)},
		{"update keeps what never changes", on(testImmutable)},
		{"one of fifty wins a revision", on(testOneWinner)},
		{"one of fifty gets a key", on(testOneKey)},
		{"two stores race", on(testReplicas)},
		{"payment belongs to one", on(testPaymentTaken)},
		{"labels beside steps", on(testLabelsBeside)},
		{"reference belongs to one", on(testReferences)}, {"reference of a repeat", on(testReferenceOfRepeat)},
		{"find payment", on(testFindPayment)},
		{"list order and pages", on(testList)},
		{"list by party", on(testListParty)},
		{"case and collation", on(testCollation)},
		{"guarded balances", on(testBalances)},
		{"guarded balance race", on(testBalanceRace)},
		{"bad among good", on(testBadAmongGood)},
		{"cancelled", on(testCancelled)},
		{"timers", on(testTimers)},
		{"timers of two claimers", on(testTimerClaimers)},
		{"timers set and cleared", on(testTimerChange)},
		{"intents", on(testIntents)},
		{"closed intent", on(testClosedIntent)},
		{"replies", on(testReplies)},
		{"reply freed", on(testReplyFreed)},
		{"events", on(testEvents)},
		{"ids", on(testIDs)},
		{"inbox", on(testInbox)},
		{"inbox of two claimers", on(testInboxClaimers)},
		{"accounts", on(testAccounts)}, {"how sellers stand", on(testStanding)}, {"differences", on(testDifferences)},
		{"profiles", on(testProfiles)},
		{"keys", on(testKeys)},
		{"settings", on(testSettings)},
		{"doctor is content", on(testHealthy)},
		{"S7 limits", on(testLimits)},
		{"S7 operators", on(testOperators)},
		{"S7 approvals", on(testApprovals)},
		{"S7 approvals go on", on(testApprovalsGoOn)},
	}
}

const community = 501

// noon is the instant that tests start from.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newID(t *testing.T, s Store) int64 {
	t.Helper()
	id, err := s.NextID(t.Context())
	must(t, err)
	return id
}

// opening is a commit that inserts a transaction.
func opening(id int64) orchestrator.Commit {
	tx := orchestrator.Transaction{
		ID: id, CommunityID: community, ConversationID: id, Process: "preauthorize@1", Gateway: "stripe", Revision: 1, EventSequence: 1,
		Deal: process.Deal{
			State: "initiated", EnteredAt: noon, Starter: "bea", Author: "sam", Buyer: "bea", Seller: "sam",
			Price: money.New(1000, "EUR"),
		},
		ListingID: 7, ListingTitle: "Bicycle", UnitPrice: money.New(1000, "EUR"), Quantity: 1,
		CreatedAt: noon, UpdatedAt: noon, LastTransitionAt: noon,
	}
	return orchestrator.Commit{
		Transaction: tx,
		Log:         orchestrator.LogEntry{TransactionID: id, Revision: 1, Transition: "create", To: "initiated", Actor: "user:bea", RequestID: "req-1", Said: map[string]string{"reason": "it is \"broken\" {}"}, At: noon},
		Events:      []orchestrator.Event{{TransactionID: id, Sequence: 1, CommunityID: community, Type: "transaction.initiated", At: noon}},
	}
}

// next is a commit that follows a transaction and changes nothing but its history.
func next(tx orchestrator.Transaction) orchestrator.Commit {
	tx.Revision++
	tx.UpdatedAt = tx.UpdatedAt.Add(time.Minute)
	return orchestrator.Commit{Transaction: tx, Log: orchestrator.LogEntry{
		TransactionID: tx.ID, Revision: tx.Revision, Transition: "note", From: tx.State, To: tx.State, Actor: "operator:olga", At: tx.UpdatedAt,
	}}
}

// opened inserts a transaction and returns it.
func opened(t *testing.T, s Store) orchestrator.Transaction {
	t.Helper()
	c := opening(newID(t, s))
	must(t, s.Apply(t.Context(), c))
	return c.Transaction
}

func stored(t *testing.T, s Store, id int64) orchestrator.Transaction {
	t.Helper()
	tx, err := s.Transaction(t.Context(), community, id)
	must(t, err)
	return tx
}

// transfer is an entry that moves cents of euro between two accounts.
func transfer(t *testing.T, from, to ledger.Account, cents int64) ledger.Entry {
	t.Helper()
	postings, err := ledger.Move(from, to, money.New(cents, "EUR"))
	must(t, err)
	return ledger.Entry{Kind: "test", Postings: postings}
}

func available(user string) ledger.Account {
	return ledger.Account{Kind: ledger.Available, Owner: user}
}

func outside() ledger.Account { return ledger.Account{Kind: ledger.Outside, Owner: "bank"} }

// deposit puts cents into a user's balance.
func deposit(t *testing.T, s Store, user string, cents int64) {
	t.Helper()
	c := opening(newID(t, s))
	c.Entries = []ledger.Entry{transfer(t, outside(), available(user), cents)}
	must(t, s.Apply(t.Context(), c))
}

func balanceOf(t *testing.T, s Store, a ledger.Account) int64 {
	t.Helper()
	b, err := s.Balance(t.Context(), community, a, "EUR")
	must(t, err)
	return b
}

// atOnce runs do n times at the same moment and collects the results.
func atOnce(n int, do func(i int) error) []error {
	results := make([]error, n)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			results[i] = do(i)
		})
	}
	close(start)
	all.Wait()
	return results
}

func name(prefix string, i int) string { return prefix + strconv.Itoa(i) }
