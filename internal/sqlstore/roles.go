package sqlstore

import (
	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator"
)

// ForEngine gives an engine what keeps each of its parts.
func (db *DB) ForEngine() orchestrator.Stores {
	return orchestrator.Stores{
		Commits: db.Commits, Deals: db.Deals, Books: db.Books, Chats: db.Talk, Schedule: db.Schedule, Intents: db.Intents, Replies: db.Replies, Daily: db.Daily,
		Approvals: db.Approvals, Staff: db.Staff, Accounts: db.Accounts, SellerLinks: db.Accounts, Logins: db.Tickets, Guard: db.Guard,
		Recoveries: db.Recoveries, Strays: db.Strays, BankPayouts: db.BankPayouts, TaskList: db.TaskList, Differences: db.TaskList, Labels: db.Labels,
	}
}

// ForNotices gives who tells people what keeps each part of that.
func (db *DB) ForNotices() notices.Stores {
	return notices.Stores{Transactions: db.Deals, Outbox: db.Feed, HeldNews: db.HeldNews, Planned: db.Reminders, Mails: db.Mailbox}
}

// ForListings gives the service of listings what keeps each part of them.
func (db *DB) ForListings() listings.Stores {
	return listings.Stores{IDs: db.Commits, Catalogue: db.Catalogue, Days: db.Catalogue, Unmirrored: db.Mirror}
}

// ForConversations gives the service of conversations what keeps each part of them.
func (db *DB) ForConversations() conversations.Stores {
	return conversations.Stores{Marks: db.ReadMarks, Ratings: db.Ratings, Evidence: db.Evidence}
}

// ForExchange gives an exchange what keeps each part of it.
func (db *DB) ForExchange() exchange.Stores {
	return exchange.Stores{RuleBook: db.Terms, Standing: db.Standing, Blocks: db.Blocks, Trades: db.Trades, Records: db.Records, Cases: db.Cases}
}
