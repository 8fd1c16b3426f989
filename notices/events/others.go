package events

// What deals remind of. Each is called after its timer.
const (
	ReminderHoldWarning        Type = "reminder.hold_warning"
	ReminderDecisionReminder   Type = "reminder.decision_reminder"
	ReminderConfirmReminder    Type = "reminder.confirm_reminder"
	ReminderFirstReminder      Type = "reminder.first_reminder"
	ReminderSecondReminder     Type = "reminder.second_reminder"
	ReminderRemainderReminder  Type = "reminder.remainder_reminder"
	ReminderHandoverReminder   Type = "reminder.handover_reminder"
	ReminderOperatorReminder   Type = "reminder.operator_reminder"
	ReminderOperatorAlarm      Type = "reminder.operator_alarm"
	ReminderOverdue            Type = "reminder.overdue"
	ReminderDisputeDeadline    Type = "reminder.dispute_deadline"
	ReminderEvidenceDueIn3Days Type = "reminder.evidence_due_in_3_days"
	ReminderPaymentDue         Type = "reminder.payment_due"
	ReminderReleaseDue         Type = "reminder.release_due"
	ReminderEvidenceDueIn1Day  Type = "reminder.evidence_due_in_1_day"
)

// The rest: an alarm, messages, and what is told without a step of a deal.
const (
	// TransactionTransitioned comes with each step of a deal, beside the event of the step.
	TransactionTransitioned Type = "transaction.transitioned"

	AlertOnHold   Type = "alert.on_hold"
	MessageSent   Type = "message.sent"
	ReviewMissing Type = "review.missing"
	TaskOpened    Type = "task.opened"
	PayoutPaid    Type = "payout.paid"
	PayoutFailed  Type = "payout.failed"

	EndpointFailing  Type = "webhook_endpoint.failing"
	EndpointDisabled Type = "webhook_endpoint.disabled"
	EndpointTest     Type = "webhook_endpoint.test"
	ReviewPosted     Type = "review.posted"

	ListingCreated Type = "listing.created"
	ListingChanged Type = "listing.changed"
	ListingDeleted Type = "listing.deleted"
	ListingSoldOut Type = "listing.sold_out"
	AdCreated      Type = "ad.created"
	AdChanged      Type = "ad.changed"
	AdClosed       Type = "ad.closed"
	SellerLinked   Type = "seller.linked"
	SellerUnlinked Type = "seller.unlinked"

	SellerActivated  Type = "seller.activated"
	SellerRestricted Type = "seller.restricted"
	SellerRejected   Type = "seller.rejected"

	TransactionLabelsChanged Type = "transaction.labels_changed"
	SellerLabelsChanged      Type = "seller.labels_changed"

	DifferenceFound    Type = "reconciliation.difference_found"
	DifferenceResolved Type = "reconciliation.difference_resolved"
)

func reminderEvents() []Kind {
	timer := func(name Type, means string) Kind {
		return Kind{Name: name, Since: first, Means: means, Source: Noticed, Public: true}
	}
	return []Kind{
		timer(ReminderHoldWarning, "a reservation of money is going to end"),
		timer(ReminderDecisionReminder, "a reservation of money ends within a day"),
		timer(ReminderConfirmReminder, "the deal is going to be confirmed automatically"),
		timer(ReminderFirstReminder, "the deal has waited for three days"),
		timer(ReminderSecondReminder, "the deal has waited for ten days"),
		timer(ReminderRemainderReminder, "the rest of the price is open"),
		timer(ReminderHandoverReminder, "the handover is not confirmed by both sides"),
		timer(ReminderOperatorReminder, "operators have to decide, again and again"),
		timer(ReminderOperatorAlarm, "the gateway's decision is overdue, and operators are to look"),
		timer(ReminderOverdue, "operators have not decided for a month"),
		timer(ReminderDisputeDeadline, "the time in which operators are to decide a dispute is over"),
		timer(ReminderPaymentDue, "the time to pay an order is nearly over"),
		timer(ReminderReleaseDue, "the time to confirm the payment of an order is nearly over"),
		timer(ReminderEvidenceDueIn3Days, "evidence about a dispute is due at the gateway in three days"),
		timer(ReminderEvidenceDueIn1Day, "evidence about a dispute is due at the gateway in a day"),
	}
}

func otherEvents() []Kind {
	return []Kind{
		{Name: TransactionTransitioned, Since: first, Means: "a deal has taken a step; comes with each event of a step", Source: Any, Public: true},
		{Name: AlertOnHold, Since: first, Means: "nothing is paid for the deal until an operator clears it or the cause ends", Source: Noticed, Public: true},
		{Name: MessageSent, Since: first, Means: "somebody has written in the conversation of a deal", Source: Said, Public: true},
		{Name: ReviewMissing, Since: first, Means: "a side has not reviewed a deal that has ended", Source: Reminded},
		{Name: ReviewPosted, Since: first, Means: "a side has reviewed a deal", Source: Reviewed, Public: true},
		{Name: ListingCreated, Since: first, Means: "a listing is offered", Source: Listed, Public: true},
		{Name: ListingChanged, Since: first, Means: "a listing was changed, enabled or disabled, or days of its calendar were blocked or freed", Source: Listed, Public: true},
		{Name: ListingDeleted, Since: first, Means: "a listing was withdrawn for good", Source: Listed, Public: true},
		{Name: ListingSoldOut, Since: first, Means: "nothing is left of a listing's stock; its data are those of a moment later", Source: Listed, Public: true},
		{Name: AdCreated, Since: first, Means: "an ad was posted on the exchange", Source: Advertised, Public: true},
		{Name: AdChanged, Since: first, Means: "an ad was changed, paused or resumed, or its time is over", Source: Advertised, Public: true},
		{Name: AdClosed, Since: first, Means: "an ad was closed for good", Source: Advertised, Public: true},
		{Name: SellerLinked, Since: first, Means: "a seller's account at a gateway was linked", Source: Linked, Public: true},
		{Name: SellerUnlinked, Since: first, Means: "a seller's account at a gateway is forgotten", Source: Linked, Public: true},
		{Name: SellerActivated, Since: first, Means: "a gateway pays a seller from now on", Source: Stood, Public: true},
		{Name: SellerRestricted, Since: first, Means: "a gateway asks a seller for something, or no longer pays them", Source: Stood, Public: true},
		{Name: SellerRejected, Since: first, Means: "a gateway has ended a seller's account for good", Source: Stood, Public: true},
		{Name: PayoutPaid, Since: first, Means: "what a gateway has sent to a seller's bank has arrived there", Source: Banked, Public: true},
		{Name: PayoutFailed, Since: first, Means: "a seller's bank has refused or returned what a gateway has sent, and it is back in their account there", Source: Banked, Public: true},
		{Name: TransactionLabelsChanged, Since: first, Means: "what the marketplace notes with a deal was changed", Source: Labelled, Public: true},
		{Name: SellerLabelsChanged, Since: first, Means: "what the marketplace notes with a seller was changed", Source: Labelled, Public: true},
		{Name: DifferenceFound, Since: first, Means: "the books and a gateway do not agree on something; told once, and once more if it comes back", Source: Differed, Public: true},
		{Name: DifferenceResolved, Since: first, Means: "a whole comparison no longer finds a difference", Source: Differed, Public: true},
		{Name: TaskOpened, Since: first, Means: "something needs a person and nobody looks after it; told once a day, a hold within a minute (by e-mail)", Source: Counted, Public: true},
		{Name: EndpointFailing, Since: first, Means: "nothing was delivered to a webhook endpoint for two and a half days", Source: Watched, Public: true},
		{Name: EndpointDisabled, Since: first, Means: "a webhook endpoint was disabled because it answered 410, or nothing was delivered for five days", Source: Watched, Public: true},
		{Name: EndpointTest, Since: first, Means: "somebody tries a webhook endpoint; sent to that one alone, and not in the log", Source: Watched, Public: true},
	}
}
