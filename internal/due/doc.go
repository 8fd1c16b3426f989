// Package due does what is due: the one place with a loop, a claim and a lease.
//
// Timers, operations without an outcome, gateways' messages, e-mails, reminders, the mirror
// of listings and the outbox have this in common:
//
//   - What is due are rows. A row is claimed by compare-and-set: a statement that moves
//     its time to the end of a lease, where it still is due. PostgreSQL passes rows that
//     another replica is just claiming (for update skip locked); that only saves waiting.
//   - The lease is longer than the work may take. It runs out when a replica dies, and
//     is handed back, at once and without counting as a try, when a replica is stopped,
//     finds no place for the row or has kept it waiting for half of the lease.
//   - What was done is noted even when the program is being stopped meanwhile.
//   - What fails waits, twice as long after each try, and is given up when that is said.
//   - Rows that belong together are done one after the other, in the order of the claim;
//     others side by side, as many as there are places. A lane is the places of one
//     gateway, so that one that hangs holds up no other.
//   - What came, who failed and how late it was is counted under one name, that of the
//     job.
//
// Work is rows of one kind, Job is an entry of the list, List runs the jobs: each in a
// goroutine of its own until the end (Run), or all of them one after the other, for who moves
// the clock: once (Once), or until nothing is due (Settle). Daily is what one of all replicas
// does once a day.
//
// The engine's clock decides what is due. Real time is only used to ask again.
package due
