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

type faceMove = move[*face]

// Groups of states that refuse alike.
var (
	faceStopped    = []string{rejected, cancelled, cancelledWithDeposit, depositRefunded}
	afterDeposit   = []string{depositAccepted, priced, remainderPaid, remainderSkipped, sellerHandover, buyerHandover, complained, complaintPeriodEnded, fundsReleased}
	unsettled      = []string{created, joined, depositPaid, depositAccepted, priced}
	settled        = []string{remainderPaid, remainderSkipped}
	handedOver     = []string{sellerHandover, buyerHandover}
	faceComplained = []string{complained, complaintPeriodEnded, fundsReleased}
	afterRemainder = slices.Concat(settled, handedOver, faceComplained)
)

// Opening and stopping.
var (
	faceJoin = &faceMove{
		name: "p2p_join", from: []string{created}, to: joined, event: "joined",
		stamp: func(t *face) *time.Time { return &t.Joined },
		refuse: map[string][]string{
			"already_cancelled":           faceStopped,
			"second_party_already_joined": slices.Concat([]string{joined, depositPaid}, afterDeposit),
		},
	}
	faceReject = &faceMove{
		name: "p2p_reject", from: []string{created}, to: rejected, event: "rejected",
		stamp:  func(t *face) *time.Time { return &t.Rejected },
		refuse: map[string][]string{"not_found": slices.Concat([]string{joined, depositPaid}, faceStopped, afterDeposit)},
	}
	faceCancel = &faceMove{
		name: "p2p_cancel", from: beforePayment, to: cancelled, event: "cancelled",
		stamp: func(t *face) *time.Time { return &t.Cancelled }, refuse: uncancellable,
	}
	// faceCancelPaid replaces faceCancel once there is a deposit to return.
	faceCancelPaid = &faceMove{
		name: "p2p_cancel", from: []string{depositPaid, depositAccepted, priced}, to: cancelledWithDeposit, event: "cancelled",
		stamp: func(t *face) *time.Time { return &t.Cancelled }, refuse: uncancellable,
	}
	uncancellable = map[string][]string{
		"already_cancelled":          faceStopped,
		"remainder_already_paid":     settled,
		"handover_already_confirmed": slices.Concat(handedOver, faceComplained),
		// faceCancelPaid is never asked before there is a deposit, nor faceCancel afterwards.
		"deposit_not_paid":     beforePayment,
		"deposit_already_paid": {depositPaid, depositAccepted, priced},
	}
)

// Deposit, price and remainder.
var (
	facePayDeposit = &faceMove{
		name: "p2p_pay_deposit", from: []string{joined}, to: depositPaid, event: "deposit_paid",
		stamp: func(t *face) *time.Time { return &t.DepositPaid },
		refuse: map[string][]string{
			"second_party_not_joined": {created},
			"already_cancelled":       {rejected, cancelled},
			"deposit_already_paid":    slices.Concat([]string{depositPaid, cancelledWithDeposit, depositRefunded}, afterDeposit),
		},
	}
	faceAcceptDeposit = &faceMove{
		name: "p2p_accept_deposit", from: []string{depositPaid}, to: depositAccepted, event: "deposit_accepted",
		stamp: func(t *face) *time.Time { return &t.DepositAccepted },
		refuse: map[string][]string{
			"deposit_not_paid":         beforePayment,
			"already_cancelled":        faceStopped,
			"deposit_already_accepted": afterDeposit,
		},
	}
	faceSkip = &faceMove{
		name: "p2p_skip_remainder", from: []string{depositAccepted}, to: remainderSkipped, event: "remainder_skipped",
		stamp:   func(t *face) *time.Time { return &t.RemainderSkipped },
		because: (*face).skipped,
		refuse: map[string][]string{
			"deposit_not_paid":     beforePayment,
			"deposit_not_accepted": {depositPaid},
			"already_cancelled":    faceStopped,
			"price_already_set":    slices.Concat([]string{priced}, afterRemainder),
		},
	}
	faceSetPrice = &faceMove{
		name: "p2p_set_price", from: []string{depositAccepted}, to: priced, event: "priced",
		stamp:   func(t *face) *time.Time { return &t.Priced },
		because: (*face).skipped,
		refuse: map[string][]string{
			"deposit_not_paid":     beforePayment,
			"deposit_not_accepted": {depositPaid},
			"already_cancelled":    faceStopped,
			"price_already_set":    slices.Concat([]string{priced}, afterRemainder),
		},
	}
	facePayRemainder = &faceMove{
		name: "p2p_pay_remainder", from: []string{priced}, to: remainderPaid, event: "remainder_paid",
		stamp:   func(t *face) *time.Time { return &t.RemainderPaid },
		because: (*face).skipped,
		refuse: map[string][]string{
			"missing_pricing":        {created, joined, depositPaid, depositAccepted},
			"already_cancelled":      faceStopped,
			"remainder_already_paid": afterRemainder,
		},
	}
)

// Handover and complaint. Both confirmations may come in either order; the times tell which have come.
var (
	faceHandoverBySeller = &faceMove{
		name: "p2p_confirm_handover", from: slices.Concat(settled, []string{buyerHandover}), to: sellerHandover, event: sellerHandover,
		stamp: func(t *face) *time.Time { return &t.SellerHandoverConfirmed },
		refuse: map[string][]string{
			"remainder_required":                unsettled,
			"already_cancelled":                 faceStopped,
			"seller_handover_already_confirmed": {sellerHandover},
			"already_complained":                {complained},
			"funds_already_released":            {complaintPeriodEnded, fundsReleased},
		},
	}
	faceHandoverByBuyer = &faceMove{
		name: "p2p_confirm_handover", from: slices.Concat(settled, []string{sellerHandover}), to: buyerHandover, event: buyerHandover,
		stamp: func(t *face) *time.Time { return &t.BuyerHandoverConfirmed },
		refuse: map[string][]string{
			"remainder_required":               unsettled,
			"already_cancelled":                faceStopped,
			"buyer_handover_already_confirmed": {buyerHandover},
			"already_complained":               {complained},
			"funds_already_released":           {complaintPeriodEnded, fundsReleased},
		},
	}
	faceComplain = &faceMove{
		name: "p2p_complain", from: slices.Concat(settled, handedOver), to: complained, event: "complained",
		stamp:   func(t *face) *time.Time { return &t.Complained },
		because: (*face).periodOver,
		refuse: map[string][]string{
			"remainder_required":     unsettled,
			"already_cancelled":      faceStopped,
			"already_complained":     {complained},
			"funds_already_released": {complaintPeriodEnded, fundsReleased},
		},
	}
	// faceEndPeriod has no webhook in the official list.
	faceEndPeriod = &faceMove{
		name: "p2p_end_complaint_period", from: handedOver, to: complaintPeriodEnded,
		stamp:   func(t *face) *time.Time { return &t.ComplaintPeriodEnded },
		because: (*face).periodOver,
		refuse: map[string][]string{
			"handover_not_confirmed": slices.Concat(unsettled, settled),
			"already_cancelled":      faceStopped,
			"already_complained":     {complained},
			"funds_already_released": {complaintPeriodEnded, fundsReleased},
		},
	}
	faceResolveRelease = &faceMove{
		name: "p2p_resolve_complaint", from: []string{complained}, to: fundsReleased, event: "funds_released",
		stamp: func(t *face) *time.Time { return &t.FundsReleased }, refuse: faceUnresolvable,
	}
	faceResolveRefund = &faceMove{
		name: "p2p_resolve_complaint", from: []string{complained}, to: fundsReleased, event: "funds_refunded",
		stamp: func(t *face) *time.Time { return &t.FundsReleased }, refuse: faceUnresolvable,
	}
	faceUnresolvable = map[string][]string{
		"deposit_not_paid":         {created, joined, rejected, cancelled},
		"deposit_already_refunded": {cancelledWithDeposit, depositRefunded},
		"not_complained":           slices.Concat([]string{depositPaid, depositAccepted, priced, complaintPeriodEnded}, settled, handedOver),
		"funds_already_released":   {fundsReleased},
	}
)

// Automatic steps.
var (
	faceAutoSkip = &faceMove{
		name: "p2p_auto_skip", from: []string{depositAccepted}, to: remainderSkipped, event: "remainder_skipped",
		stamp: func(t *face) *time.Time { return &t.RemainderSkipped },
	}
	faceRefuseDeposit = &faceMove{
		name: "p2p_review_refused", from: []string{depositPaid, depositAccepted, priced, remainderPaid}, to: cancelledWithDeposit, event: "cancelled",
		stamp: func(t *face) *time.Time { return &t.Cancelled },
	}
	faceRefund = &faceMove{
		name: "p2p_refund", from: []string{cancelledWithDeposit}, to: depositRefunded, event: "deposit_refunded",
		stamp: func(t *face) *time.Time { return &t.DepositRefunded },
	}
	faceExpireComplaint = &faceMove{
		name: "p2p_complaint_deadline", from: handedOver, to: complaintPeriodEnded,
		stamp: func(t *face) *time.Time { return &t.ComplaintPeriodEnded },
	}
	faceRelease = &faceMove{
		name: "p2p_release", from: []string{complaintPeriodEnded}, to: fundsReleased, event: "funds_released",
		stamp: func(t *face) *time.Time { return &t.FundsReleased },
	}
)

// faceTimeouts are the ways on that need nobody. A due time of zero means that nothing is due.
var faceTimeouts = map[string]timeout[*face]{
	depositAccepted:      {skipDue, faceAutoSkip},
	cancelledWithDeposit: {func(l Timelines, t *face) time.Time { return t.Cancelled.Add(l.RefundDelay) }, faceRefund},
	sellerHandover:       {faceComplaintDue, faceExpireComplaint},
	buyerHandover:        {faceComplaintDue, faceExpireComplaint},
	complaintPeriodEnded: {func(l Timelines, t *face) time.Time { return t.ComplaintPeriodEnded.Add(l.ReleaseDelay) }, faceRelease},
}

func faceComplaintDue(_ Timelines, t *face) time.Time { return t.ComplaintPeriodDeadline }

func skipDue(l Timelines, t *face) time.Time {
	if !t.SkipRemainder {
		return time.Time{}
	}
	return t.DepositAccepted.Add(l.SkipDelay)
}
