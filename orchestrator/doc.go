// Package orchestrator is the transaction engine: it moves transactions through
// their processes, asks gateways, keeps the books and recovers from crashes.
// Rules live in package process; storage and gateways are ports declared here.
//
// Its files stand in the order in which they are read: none uses anything of one that
// stands behind it.
//
// What there is, and who keeps it:
//
//	accounts.go tally.go audit.go transaction.go reference.go report.go recovery.go rows.go gateway.go
//	stray.go bankpayout.go selleraccount.go approval.go tasks.go holds.go kinds.go store.go size.go search.go record.go people.go lanes.go looks.go terms.go engine.go
//
// How a change is written:
//
//	refusal.go key.go books.go guarded.go commit.go
//
// What a gateway is asked and shows, and what follows from it:
//
//	calls.go origin.go theirs.go merge.go settle.go leaving.go operate.go sync.go
//	recover.go ended.go returning.go banks.go sellertold.go strays.go
//
// What people ask for:
//
//	inputs.go asked.go decide.go would.go second.go accept.go create.go behind.go do.go
//	dryrun.go find.go label.go said.go refresh.go explain.go conversation.go quote.go login.go sellers.go prepare.go payouts.go
//
// What staff decides:
//
//	community.go staff.go endings.go takeover.go outcome.go approve.go tasklist.go
//
// What happens automatically:
//
//	timers.go reconcile_compare.go reconcile.go reconcile_daily.go recovering.go
//	tasks_told.go due.go latework.go bankwork.go
package orchestrator
