package sandbox

import "time"

// onlinePayment is the one payment of the online model.
func onlinePayment() *payment[*online] {
	return &payment[*online]{
		move: onlinePay, failed: "payment_failed", flagged: "payment_review_flagged", finished: "payment_review_finished",
		blocked: (*online).awaitsCreator,
		slow:    func(t *online) *bool { return &t.PaymentInProgress },
		review:  func(t *online) (**Review, *time.Time) { return &t.Review, &t.ReviewFlagged },
		refused: onlineExpireTracking,
	}
}

func acceptPayment(c *call, t *online, _ noBody) *Error {
	if !t.Hidden.has(featureSellerAcceptance) {
		return refuse("missing_required_feature")
	}
	return attempt(c.world, t, onlineAcceptPayment, c.by)
}

// acceptPaymentAsGuest wants the parcel's rate to be chosen when the parcel is sent with Shippo.
func acceptPaymentAsGuest(c *call, t *online, in noBody) *Error {
	if t.Hidden.has(featureSellerAcceptance) && t.Hidden.has(featureShippo) && t.Hidden.Extras.ShippoRate == "" {
		return refuse("missing_shippo_shipping_rate_id")
	}
	return acceptPayment(c, t, in)
}
