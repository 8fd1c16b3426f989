package sqlstore

import "github.com/handsel-dev/handsel/orchestrator"

// Roles gives an engine what keeps each of its parts.
func (db *DB) Roles() orchestrator.Stores {
	return orchestrator.Stores{
		Commits: db, Deals: db, Books: db, Chats: db, Schedule: db, Intents: db, Replies: db, Daily: db,
		Approvals: db, Staff: db, Accounts: db, Guard: db,
		Recoveries: db, Strays: db, TaskList: db, Differences: db,
	}
}
