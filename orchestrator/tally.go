package orchestrator

import (
	"time"

	"github.com/handsel-dev/handsel/money"
)

// BookTotal is what was posted on an account in one currency.
type BookTotal struct {
	// Account is "fees:stripe" where it is a gateway's or the marketplace's. Those of deals and users stand
	// together under their kind: "escrow".
	Account  string
	Month    string // "2026-03", UTC; empty: of all time
	Amount   money.Amount
	Postings int64
}

// BookFilter selects postings of a community, the newest first.
type BookFilter struct {
	CommunityID int64
	Account     string // a kind, or an account of a gateway, of the marketplace, or of a balance that a user has here
	Currency    money.Currency
	Before      *BookLine // only those behind this one; its At, TransactionID, Revision and Line count
	Limit       int       // at most this many; 1 to 100
}

// ExportFilter selects postings of a community in [From, To), deal after deal.
type ExportFilter struct {
	CommunityID int64
	From, To    time.Time
	After       int64 // only deals above this id; the cursor of the next piece
}

// BookLine is a posting.
type BookLine struct {
	TransactionID, Revision, Line int64
	At                            time.Time // UTC
	Kind                          string    // of the entry: collect, release …
	Account                       string
	Amount                        money.Amount
}

// BookCheck is how far the books were counted and sealed, and whether what was sealed is still there.
type BookCheck struct {
	CountedAt time.Time // UTC, by the machine's clock, when nothing was left to count; zero: never yet
	Behind    bool      // something sealed is not counted yet
	Seals     int64     // of the community's chain
	SealedAt  time.Time // of the last one; zero: there is none
	Broken    string    // why the chain is broken; empty: as far as was looked it is not
	Holding   int       // deals that hold money now; MaxHolding + 1: more than MaxHolding
}

// MaxHolding is where counting deals that hold money ends.
const MaxHolding = 10_000

// Look says that somebody has looked through everything.
type Look struct {
	Who   string    // Doctor, or the gateway that the books were compared with
	At    time.Time // UTC; of the doctor by the machine's clock, of a comparison by the engine's
	Found int       // broken invariants, or differences
}

// Doctor is who looks for broken invariants.
const Doctor = "doctor"
