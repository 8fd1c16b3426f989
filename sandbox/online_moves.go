package sandbox

import (
	"slices"
	"time"
)

// The states of the online model.
const (
	created              = "created"
	joined               = "joined"
	rejected             = "rejected"
	cancelled            = "cancelled"
	paid                 = "paid"
	paymentAccepted      = "payment_accepted"
	cancelledWithPayment = "cancelled_with_payment"
	paymentRefunded      = "payment_refunded"
	tracked              = "tracked"
	delivered            = "delivered"
	complained           = "complained"
	complaintPeriodEnded = "complaint_period_ended"
	fundsReleased        = "funds_released"
)

type onlineMove = move[*online]

// Groups of states that refuse alike.
var (
	beforePayment = []string{created, joined}
	stopped       = []string{rejected, cancelled, cancelledWithPayment, paymentRefunded}
	untracked     = []string{paid, paymentAccepted}
	afterTracking = []string{tracked, delivered, complained, complaintPeriodEnded, fundsReleased}
	afterPayment  = slices.Concat(untracked, afterTracking)
	undelivered   = slices.Concat(beforePayment, stopped, untracked, []string{tracked})
)

// Opening and stopping. A join code dies with the state created, so every later state answers like an unknown code.
var (
	onlineJoin = &onlineMove{
		name: "join", from: []string{created}, to: joined, event: "joined",
		stamp:  func(t *online) *time.Time { return &t.Joined },
		refuse: map[string][]string{"not_found": slices.Concat([]string{joined}, stopped, afterPayment)},
	}
	onlineReject = &onlineMove{
		name: "reject", from: []string{created}, to: rejected, event: "rejected",
		stamp:  func(t *online) *time.Time { return &t.Denied },
		refuse: map[string][]string{"not_found": slices.Concat([]string{joined}, stopped, afterPayment)},
	}
	onlineCancel = &onlineMove{
		name: "cancel", from: beforePayment, to: cancelled, event: "cancelled",
		stamp:  func(t *online) *time.Time { return &t.Cancelled },
		refuse: map[string][]string{"already_cancelled": stopped, "already_paid": afterPayment},
	}
	// onlineCreatorAccepts and onlineCreatorRejects are decisions about a transaction made from a listing.
	onlineCreatorAccepts = &onlineMove{
		name: "accept_listing_transaction", from: []string{joined}, event: "listing_transaction_accepted",
		stamp:   func(t *online) *time.Time { return &t.ListingCreatorAccepted },
		because: (*online).decided,
		refuse: map[string][]string{
			"second_party_not_joined": {created},
			"already_rejected":        stopped,
			"already_accepted":        afterPayment,
		},
	}
	onlineCreatorRejects = &onlineMove{
		name: "reject_listing_transaction", from: []string{joined}, to: rejected, event: "listing_transaction_rejected",
		stamp:   func(t *online) *time.Time { return &t.ListingCreatorRejected },
		because: (*online).decided, refuse: onlineCreatorAccepts.refuse,
	}
	// onlineCancelPaid replaces onlineCancel when the seller has to accept payments.
	onlineCancelPaid = &onlineMove{
		name: "cancel", from: untracked, to: cancelledWithPayment, event: "cancelled",
		stamp: func(t *online) *time.Time { return &t.Cancelled },
		refuse: map[string][]string{
			"already_cancelled":        stopped,
			"tracking_already_added":   afterTracking,
			"transaction_not_paid_yet": beforePayment,
		},
	}
)

// Paying.
var (
	onlinePay = &onlineMove{
		name: "pay", from: []string{joined}, to: paid, event: "paid",
		stamp: func(t *online) *time.Time { return &t.Paid },
		refuse: map[string][]string{
			"second_party_not_joined": {created},
			"already_cancelled":       {rejected, cancelled},
			"already_paid":            slices.Concat(afterPayment, []string{cancelledWithPayment, paymentRefunded}),
		},
	}
	onlineAcceptPayment = &onlineMove{
		name: "accept_payment", from: []string{paid}, to: paymentAccepted,
		stamp: func(t *online) *time.Time { return &t.PaymentAccepted },
		refuse: map[string][]string{
			"transaction_not_paid_yet": beforePayment,
			"already_cancelled":        stopped,
			"payment_already_accepted": slices.Concat([]string{paymentAccepted}, afterTracking),
		},
	}
)

// Shipping.
var (
	onlineExtend = &onlineMove{
		name: "extend_tracking_deadline", from: untracked, event: "tracking_details_submission_deadline_extended",
		refuse: map[string][]string{
			"payment_details_not_added": beforePayment,
			// No source tells when a paid transaction has no window; a stopped one surely has none.
			"tracking_submission_window_not_started": stopped,
			"tracking_already_added":                 afterTracking,
		},
	}
	onlineTrack = &onlineMove{
		name: "track", from: untracked, to: tracked, event: "tracked",
		stamp:   func(t *online) *time.Time { return &t.Tracked },
		because: (*online).trackingOver,
		refuse: map[string][]string{
			"payment_details_not_added": beforePayment,
			"already_cancelled":         stopped,
			"tracking_already_added":    afterTracking,
		},
	}
	onlineDeliver = &onlineMove{
		name: "deliver", from: []string{tracked}, to: delivered, event: "delivered",
		stamp: func(t *online) *time.Time { return &t.Delivered },
		refuse: map[string][]string{
			"tracking_not_added":   slices.Concat(beforePayment, stopped, untracked),
			"delivery_already_set": {delivered, complained, complaintPeriodEnded, fundsReleased},
		},
	}
)

// onlineRaiseIssue notes what is wrong with a parcel on its way. No webhook tells of it.
var onlineRaiseIssue = &onlineMove{
	name: "submit_order_issue", from: []string{tracked}, stamp: func(t *online) *time.Time { return &t.OrderIssueRaised },
	refuse: map[string][]string{
		"tracking_not_added":   slices.Concat(beforePayment, stopped, untracked),
		"delivery_already_set": {delivered, complained, complaintPeriodEnded, fundsReleased},
	},
}

// Complaining.
var (
	onlineComplain = &onlineMove{
		name: "complain", from: []string{delivered}, to: complained, event: "complained",
		stamp:   func(t *online) *time.Time { return &t.Complained },
		because: (*online).periodOver,
		refuse: map[string][]string{
			"unconfirmed_delivery":   undelivered,
			"already_complained":     {complained},
			"funds_already_released": {complaintPeriodEnded, fundsReleased},
		},
	}
	onlineEndPeriod = &onlineMove{
		name: "end_complaint_period", from: []string{delivered}, to: complaintPeriodEnded, event: "complaint_period_ended",
		stamp:   func(t *online) *time.Time { return &t.ComplaintPeriodEnded },
		because: (*online).periodOver,
		refuse: map[string][]string{
			"unconfirmed_delivery": undelivered,
			"already_complained":   {complained, complaintPeriodEnded, fundsReleased},
		},
	}
	onlineResolveRelease = &onlineMove{
		name: "resolve_complaint", from: []string{complained}, to: fundsReleased, event: "funds_released",
		stamp: func(t *online) *time.Time { return &t.FundsReleased }, refuse: unresolvable,
	}
	onlineResolveRefund = &onlineMove{
		name: "resolve_complaint", from: []string{complained}, to: fundsReleased, event: "funds_refunded",
		stamp: func(t *online) *time.Time { return &t.FundsReleased }, refuse: unresolvable,
	}
	unresolvable = map[string][]string{
		"not_paid": slices.Concat(beforePayment, []string{rejected, cancelled}),
		"not_complained": slices.Concat(untracked,
			[]string{tracked, delivered, complaintPeriodEnded, cancelledWithPayment, paymentRefunded}),
		"funds_already_released": {fundsReleased},
	}
)

// Automatic steps. They are only made from their own state, so that they need no refusals.
var (
	onlineExpireTracking = &onlineMove{
		name: "tracking_deadline", from: untracked, to: cancelledWithPayment, event: "cancelled",
		stamp: func(t *online) *time.Time { return &t.Cancelled },
	}
	onlineRefund = &onlineMove{
		name: "refund", from: []string{cancelledWithPayment}, to: paymentRefunded, event: "payment_refunded",
		stamp: func(t *online) *time.Time { return &t.PaymentRefunded },
	}
	onlineExpireComplaint = &onlineMove{
		name: "complaint_deadline", from: []string{delivered}, to: complaintPeriodEnded, event: "complaint_period_ended",
		stamp: func(t *online) *time.Time { return &t.ComplaintPeriodEnded },
	}
	onlineRelease = &onlineMove{
		name: "release", from: []string{complaintPeriodEnded}, to: fundsReleased, event: "funds_released",
		stamp: func(t *online) *time.Time { return &t.FundsReleased },
	}
)

// onlineTimeouts are the ways on that need nobody.
var onlineTimeouts = map[string]timeout[*online]{
	paid:                 {trackingDue, onlineExpireTracking},
	paymentAccepted:      {trackingDue, onlineExpireTracking},
	delivered:            {func(_ Timelines, t *online) time.Time { return t.ComplaintPeriodDeadline }, onlineExpireComplaint},
	cancelledWithPayment: {func(l Timelines, t *online) time.Time { return t.Cancelled.Add(l.RefundDelay) }, onlineRefund},
	complaintPeriodEnded: {func(l Timelines, t *online) time.Time { return t.ComplaintPeriodEnded.Add(l.ReleaseDelay) }, onlineRelease},
}

func trackingDue(_ Timelines, t *online) time.Time { return t.TrackingDetailsDeadline }
