package sandbox

import (
	"slices"
	"time"
)

// The states that only the face-to-face model has.
const (
	depositPaid          = "deposit_paid"
	cancelledWithDeposit = "cancelled_with_deposit"
	depositRefunded      = "deposit_refunded"
	depositAccepted      = "deposit_accepted"
	priced               = "priced"
	remainderPaid        = "remainder_paid"
	remainderSkipped     = "remainder_skipped"
	sellerHandover       = "seller_handover_confirmed"
	buyerHandover        = "buyer_handover_confirmed"
)

type f2fMove = move[*f2f]

// Groups of states that refuse alike.
var (
	f2fStopped     = []string{rejected, cancelled, cancelledWithDeposit, depositRefunded}
	afterDeposit   = []string{depositAccepted, priced, remainderPaid, remainderSkipped, sellerHandover, buyerHandover, complained, complaintPeriodEnded, fundsReleased}
	unsettled      = []string{created, joined, depositPaid, depositAccepted, priced}
	settled        = []string{remainderPaid, remainderSkipped}
	handedOver     = []string{sellerHandover, buyerHandover}
	f2fComplained  = []string{complained, complaintPeriodEnded, fundsReleased}
	afterRemainder = slices.Concat(settled, handedOver, f2fComplained)
)

// Opening and stopping.
var (
	f2fJoin = &f2fMove{
		name: "p2p_join", from: []string{created}, to: joined, event: "joined",
		stamp: func(t *f2f) *time.Time { return &t.Joined },
		refuse: map[string][]string{
			"already_cancelled":           f2fStopped,
			"second_party_already_joined": slices.Concat([]string{joined, depositPaid}, afterDeposit),
		},
	}
	f2fReject = &f2fMove{
		name: "p2p_reject", from: []string{created}, to: rejected, event: "rejected",
		stamp:  func(t *f2f) *time.Time { return &t.Rejected },
		refuse: map[string][]string{"not_found": slices.Concat([]string{joined, depositPaid}, f2fStopped, afterDeposit)},
	}
	f2fCancel = &f2fMove{
		name: "p2p_cancel", from: beforePayment, to: cancelled, event: "cancelled",
		stamp: func(t *f2f) *time.Time { return &t.Cancelled }, refuse: uncancellable,
	}
	// f2fCancelPaid replaces f2fCancel once there is a deposit to return.
	f2fCancelPaid = &f2fMove{
		name: "p2p_cancel", from: []string{depositPaid, depositAccepted, priced}, to: cancelledWithDeposit, event: "cancelled",
		stamp: func(t *f2f) *time.Time { return &t.Cancelled }, refuse: uncancellable,
	}
	uncancellable = map[string][]string{
		"already_cancelled":          f2fStopped,
		"remainder_already_paid":     settled,
		"handover_already_confirmed": slices.Concat(handedOver, f2fComplained),
		// f2fCancelPaid is never asked before there is a deposit, nor f2fCancel afterwards.
		"deposit_not_paid":     beforePayment,
		"deposit_already_paid": {depositPaid, depositAccepted, priced},
	}
)

// Deposit, price and remainder.
var (
	f2fPayDeposit = &f2fMove{
		name: "p2p_pay_deposit", from: []string{joined}, to: depositPaid, event: "deposit_paid",
		stamp: func(t *f2f) *time.Time { return &t.DepositPaid },
		refuse: map[string][]string{
			"second_party_not_joined": {created},
			"already_cancelled":       {rejected, cancelled},
			"deposit_already_paid":    slices.Concat([]string{depositPaid, cancelledWithDeposit, depositRefunded}, afterDeposit),
		},
	}
	f2fAcceptDeposit = &f2fMove{
		name: "p2p_accept_deposit", from: []string{depositPaid}, to: depositAccepted, event: "deposit_accepted",
		stamp: func(t *f2f) *time.Time { return &t.DepositAccepted },
		refuse: map[string][]string{
			"deposit_not_paid":         beforePayment,
			"already_cancelled":        f2fStopped,
			"deposit_already_accepted": afterDeposit,
		},
	}
	f2fSkip = &f2fMove{
		name: "p2p_skip_remainder", from: []string{depositAccepted}, to: remainderSkipped, event: "remainder_skipped",
		stamp:   func(t *f2f) *time.Time { return &t.RemainderSkipped },
		because: (*f2f).skipped,
		refuse: map[string][]string{
			"deposit_not_paid":     beforePayment,
			"deposit_not_accepted": {depositPaid},
			"already_cancelled":    f2fStopped,
			"price_already_set":    slices.Concat([]string{priced}, afterRemainder),
		},
	}
	f2fSetPrice = &f2fMove{
		name: "p2p_set_price", from: []string{depositAccepted}, to: priced, event: "priced",
		stamp:   func(t *f2f) *time.Time { return &t.Priced },
		because: (*f2f).skipped,
		refuse: map[string][]string{
			"deposit_not_paid":     beforePayment,
			"deposit_not_accepted": {depositPaid},
			"already_cancelled":    f2fStopped,
			"price_already_set":    slices.Concat([]string{priced}, afterRemainder),
		},
	}
	f2fPayRemainder = &f2fMove{
		name: "p2p_pay_remainder", from: []string{priced}, to: remainderPaid, event: "remainder_paid",
		stamp:   func(t *f2f) *time.Time { return &t.RemainderPaid },
		because: (*f2f).skipped,
		refuse: map[string][]string{
			"missing_pricing":        {created, joined, depositPaid, depositAccepted},
			"already_cancelled":      f2fStopped,
			"remainder_already_paid": afterRemainder,
		},
	}
)

// Handover and complaint. Both confirmations may come in either order; the times tell which have come.
var (
	f2fHandoverBySeller = &f2fMove{
		name: "p2p_confirm_handover", from: slices.Concat(settled, []string{buyerHandover}), to: sellerHandover, event: sellerHandover,
		stamp: func(t *f2f) *time.Time { return &t.SellerHandoverConfirmed },
		refuse: map[string][]string{
			"remainder_required":                unsettled,
			"already_cancelled":                 f2fStopped,
			"seller_handover_already_confirmed": {sellerHandover},
			"already_complained":                {complained},
			"funds_already_released":            {complaintPeriodEnded, fundsReleased},
		},
	}
	f2fHandoverByBuyer = &f2fMove{
		name: "p2p_confirm_handover", from: slices.Concat(settled, []string{sellerHandover}), to: buyerHandover, event: buyerHandover,
		stamp: func(t *f2f) *time.Time { return &t.BuyerHandoverConfirmed },
		refuse: map[string][]string{
			"remainder_required":               unsettled,
			"already_cancelled":                f2fStopped,
			"buyer_handover_already_confirmed": {buyerHandover},
			"already_complained":               {complained},
			"funds_already_released":           {complaintPeriodEnded, fundsReleased},
		},
	}
	f2fComplain = &f2fMove{
		name: "p2p_complain", from: slices.Concat(settled, handedOver), to: complained, event: "complained",
		stamp:   func(t *f2f) *time.Time { return &t.Complained },
		because: (*f2f).periodOver,
		refuse: map[string][]string{
			"remainder_required":     unsettled,
			"already_cancelled":      f2fStopped,
			"already_complained":     {complained},
			"funds_already_released": {complaintPeriodEnded, fundsReleased},
		},
	}
	// f2fEndPeriod has no webhook in the official list.
	f2fEndPeriod = &f2fMove{
		name: "p2p_end_complaint_period", from: handedOver, to: complaintPeriodEnded,
		stamp:   func(t *f2f) *time.Time { return &t.ComplaintPeriodEnded },
		because: (*f2f).periodOver,
		refuse: map[string][]string{
			"handover_not_confirmed": slices.Concat(unsettled, settled),
			"already_cancelled":      f2fStopped,
			"already_complained":     {complained},
			"funds_already_released": {complaintPeriodEnded, fundsReleased},
		},
	}
	f2fResolveRelease = &f2fMove{
		name: "p2p_resolve_complaint", from: []string{complained}, to: fundsReleased, event: "funds_released",
		stamp: func(t *f2f) *time.Time { return &t.FundsReleased }, refuse: f2fUnresolvable,
	}
	f2fResolveRefund = &f2fMove{
		name: "p2p_resolve_complaint", from: []string{complained}, to: fundsReleased, event: "funds_refunded",
		stamp: func(t *f2f) *time.Time { return &t.FundsReleased }, refuse: f2fUnresolvable,
	}
	f2fUnresolvable = map[string][]string{
		"deposit_not_paid":         {created, joined, rejected, cancelled},
		"deposit_already_refunded": {cancelledWithDeposit, depositRefunded},
		"not_complained":           slices.Concat([]string{depositPaid, depositAccepted, priced, complaintPeriodEnded}, settled, handedOver),
		"funds_already_released":   {fundsReleased},
	}
)

// Automatic steps.
var (
	f2fAutoSkip = &f2fMove{
		name: "p2p_auto_skip", from: []string{depositAccepted}, to: remainderSkipped, event: "remainder_skipped",
		stamp: func(t *f2f) *time.Time { return &t.RemainderSkipped },
	}
	f2fRefuseDeposit = &f2fMove{
		name: "p2p_review_refused", from: []string{depositPaid, depositAccepted, priced, remainderPaid}, to: cancelledWithDeposit, event: "cancelled",
		stamp: func(t *f2f) *time.Time { return &t.Cancelled },
	}
	f2fRefund = &f2fMove{
		name: "p2p_refund", from: []string{cancelledWithDeposit}, to: depositRefunded, event: "deposit_refunded",
		stamp: func(t *f2f) *time.Time { return &t.DepositRefunded },
	}
	f2fExpireComplaint = &f2fMove{
		name: "p2p_complaint_deadline", from: handedOver, to: complaintPeriodEnded,
		stamp: func(t *f2f) *time.Time { return &t.ComplaintPeriodEnded },
	}
	f2fRelease = &f2fMove{
		name: "p2p_release", from: []string{complaintPeriodEnded}, to: fundsReleased, event: "funds_released",
		stamp: func(t *f2f) *time.Time { return &t.FundsReleased },
	}
)

// f2fTimeouts are the ways on that need nobody. A due time of zero means that nothing is due.
var f2fTimeouts = map[string]timeout[*f2f]{
	depositAccepted:      {skipDue, f2fAutoSkip},
	cancelledWithDeposit: {func(l Timelines, t *f2f) time.Time { return t.Cancelled.Add(l.RefundDelay) }, f2fRefund},
	sellerHandover:       {f2fComplaintDue, f2fExpireComplaint},
	buyerHandover:        {f2fComplaintDue, f2fExpireComplaint},
	complaintPeriodEnded: {func(l Timelines, t *f2f) time.Time { return t.ComplaintPeriodEnded.Add(l.ReleaseDelay) }, f2fRelease},
}

func f2fComplaintDue(_ Timelines, t *f2f) time.Time { return t.ComplaintPeriodDeadline }

func skipDue(l Timelines, t *f2f) time.Time {
	if !t.SkipRemainder {
		return time.Time{}
	}
	return t.DepositAccepted.Add(l.SkipDelay)
}
