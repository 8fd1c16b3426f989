package mail

import "slices"

// optional are the kinds that no deal needs: a person may stop them. All others are receipts,
// or say what is to be done before money moves.
var optional = []Kind{"answer_reminder", "handover_reminder", "messages_waiting", "payment_reminder", "review_reminder"}

// Optional reports whether a person may stop a kind of e-mail.
func Optional(k Kind) bool { return slices.Contains(optional, k) }
