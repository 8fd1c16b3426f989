package sqlstore

import (
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/webhooks"
	"github.com/handsel-dev/handsel/webhooks/outbound"
)

// DB are the stores of one database, a type for each part of the program. Its own methods
// are about the database as a whole. It is safe for concurrent use, also by several
// processes on one PostgreSQL database.
type DB struct {
	*database

	// Deals and their money.
	Commits
	Deals
	Books
	BookSums
	Finder
	Talk
	Schedule
	Intents
	Replies
	Daily
	Recoveries
	Strays
	BankPayouts
	TaskList
	LateWork
	Guard
	Labels

	// Who may do what, and what was agreed with them.
	Marketplaces
	APIKeys
	Staff
	Approvals
	AuditLog
	Accounts
	People
	Terms
	Pages

	// What gateways report, and what people are told.
	Inbox
	Reports
	EventLog
	Endpoints
	Deliveries
	EndpointQueue
	Feed
	HeldNews
	Mailbox
	MailChoices
	Reminders

	// The marketplace and the exchange.
	Catalogue
	Mirror
	Offers
	ReadMarks
	Ratings
	Evidence
	Standing
	Blocks
	Trades
	Records
	Cases
	Tickets
	Stays
	LocalAccounts

	// The books as a whole.
	Chain
	Checks
	Pruning
	Traces
	Timelines
}

var (
	_ webhooks.Inbox       = Inbox{}
	_ webhooks.Doorkeeper  = Reports{}
	_ orchestrator.Auditor = AuditLog{}
	_ outbound.Endpoints   = Endpoints{}
	_ outbound.Deliveries  = Deliveries{}
	_ outbound.Queue       = EndpointQueue{}
)

// on makes the stores of a database.
func on(db *database) *DB {
	return &DB{
		db,
		Commits{db}, Deals{db}, Books{db}, BookSums{db}, Finder{db}, Talk{db}, Schedule{db}, Intents{db}, Replies{db}, Daily{db}, Recoveries{db}, Strays{db}, BankPayouts{db}, TaskList{db}, LateWork{db}, Guard{db}, Labels{db},
		Marketplaces{db}, APIKeys{db}, Staff{db}, Approvals{db}, AuditLog{db}, Accounts{db}, People{db}, Terms{db}, Pages{db},
		Inbox{db}, Reports{db}, EventLog{db}, Endpoints{db}, Deliveries{db}, EndpointQueue{db}, Feed{db}, HeldNews{db}, Mailbox{db}, MailChoices{db}, Reminders{db},
		Catalogue{db}, Mirror{db}, Offers{db}, ReadMarks{db}, Ratings{db}, Evidence{db}, Standing{db}, Blocks{db}, Trades{db}, Records{db}, Cases{db}, Tickets{db}, Stays{db}, LocalAccounts{db},
		Chain{db}, Checks{db}, Pruning{db}, Traces{db}, Timelines{db},
	}
}

// keeper is a store, or what all stand on.
type keeper interface{ base() *database }

func (db *database) base() *database { return db }

// The stores. Each stands on the database and knows no other.
type (
	// Commits writes what changes deals.
	Commits struct{ *database }
	// Deals reads deals, with their history and events.
	Deals struct{ *database }
	// Books reads the ledger, balances and what is left of resources.
	Books struct{ *database }
	// BookSums adds the ledger up by day, and reads what is behind each sum.
	BookSums struct{ *database }
	// Finder searches deals.
	Finder struct{ *database }
	// Talk keeps messages.
	Talk struct{ *database }
	// Schedule keeps the timers of deals.
	Schedule struct{ *database }
	// Intents keeps operations at gateways.
	Intents struct{ *database }
	// Replies keeps what idempotency keys were answered with.
	Replies struct{ *database }
	// Daily has work of once a day done by one replica.
	Daily struct{ *database }
	// Recoveries keeps the mode of recovery.
	Recoveries struct{ *database }
	// Strays keeps payments that no deal owns.
	Strays struct{ *database }
	// BankPayouts keeps what gateways send from sellers' accounts to their banks.
	BankPayouts struct{ *database }
	// TaskList lists what needs a person.
	TaskList struct{ *database }
	// LateWork lists rows of jobs that are late or have failed, and has one tried again.
	LateWork struct{ *database }
	// Guard keeps what is on hold, and examines a deal before money leaves it.
	Guard struct{ *database }
	// Labels keeps what marketplaces note with deals and sellers.
	Labels struct{ *database }

	// Marketplaces keeps communities, assets and the settings of the installation.
	Marketplaces struct{ *database }
	// APIKeys keeps the keys of backends.
	APIKeys struct{ *database }
	// Staff keeps operators and the limits above which two decide.
	Staff struct{ *database }
	// Approvals keeps acts that wait for a second person.
	Approvals struct{ *database }
	// AuditLog keeps who did what with a privilege.
	AuditLog struct{ *database }
	// Accounts keeps users' accounts at gateways and their profiles.
	Accounts struct{ *database }
	// People lists users with what is known of them.
	People struct{ *database }
	// Terms keeps what a community has set: fees, rules of the exchange, letterhead.
	Terms struct{ *database }
	// Pages keeps the web pages whose scripts may call.
	Pages struct{ *database }

	// Inbox keeps what gateways report.
	Inbox struct{ *database }
	// Reports shows people what gateways reported.
	Reports struct{ *database }
	// EventLog keeps the log of events, and what has no number in it yet.
	EventLog struct{ *database }
	// Endpoints keeps where marketplaces have their events sent.
	Endpoints struct{ *database }
	// Deliveries keeps what became of events there.
	Deliveries struct{ *database }
	// EndpointQueue gives endpoints out to who sends.
	EndpointQueue struct{ *database }
	// Feed keeps what users were told, and reads what is to be told.
	Feed struct{ *database }
	// HeldNews keeps what could not be told yet.
	HeldNews struct{ *database }
	// Mailbox keeps e-mails to be sent.
	Mailbox struct{ *database }
	// MailChoices keeps what users and communities have decided about e-mails.
	MailChoices struct{ *database }
	// Reminders keeps reminders that are planned.
	Reminders struct{ *database }

	// Catalogue keeps listings and their days.
	Catalogue struct{ *database }
	// Mirror keeps which listings a gateway still has to be told of.
	Mirror struct{ *database }
	// Offers keeps ads.
	Offers struct{ *database }
	// ReadMarks keeps how far people have read.
	ReadMarks struct{ *database }
	// Ratings keeps reviews.
	Ratings struct{ *database }
	// Evidence keeps files of disputes.
	Evidence struct{ *database }
	// Standing keeps traders, and who of them is banned.
	Standing struct{ *database }
	// Blocks keeps who does not want to trade with whom.
	Blocks struct{ *database }
	// Trades reads orders.
	Trades struct{ *database }
	// Records tells what traders have done in their orders.
	Records struct{ *database }
	// Cases keeps which operator decides a dispute, and what they looked at.
	Cases struct{ *database }
	// Tickets keeps single-use passes for websockets.
	Tickets struct{ *database }
	// Stays keeps who is signed in to the console.
	Stays struct{ *database }
	// LocalAccounts keeps who may sign in to it by a password and a code.
	LocalAccounts struct{ *database }

	// Chain seals the rows of history into a chain for each community.
	Chain struct{ *database }
	// Checks examines the invariants of the whole database.
	Checks struct{ *database }
	// Pruning removes what has reached the end of its life, and seals what is old.
	Pruning struct{ *database }
	// Traces reads what was written for a request.
	Traces struct{ *database }
	// Timelines reads what happened around a deal, and keeps what staff writes down about it.
	Timelines struct{ *database }
)
