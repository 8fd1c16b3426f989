package ledger

// Words name an account to people, as seen from a deal that has put minor units into it: a
// debt below zero is owed by somebody, one above zero to them.
func (a Account) Words(minor int64) string {
	switch a.Kind {
	case Escrow:
		return "held for this deal"
	case Authorized:
		return "reserved for this deal"
	case Outside:
		return "outside, through " + a.Owner
	case Debt:
		if minor > 0 {
			return "owed to " + a.Owner
		}
		return "owed by " + a.Owner
	case Losses, Fees:
		owner := a.Owner
		if owner == "marketplace" {
			owner = "the marketplace"
		}
		return named[a.Kind] + owner
	}
	return named[a.Kind] + a.Owner
}

// named are the kinds of account whose words begin alike whatever is on them.
var named = map[Kind]string{
	PaidOut:   "paid out to ",
	PayoutDue: "payout due to ",
	Available: "balance of ",
	Frozen:    "frozen balance of ",
	Losses:    "lost by ",
	Fees:      "fees of ",
	Platform:  "the marketplace's own money at ",
}
