package sandbox

import "strings"

func join(c *call) (any, *Error) {
	if _, err := decode[noBody](c.body); err != nil {
		return nil, err
	}
	t, err := c.queryJoinCode()
	if err != nil {
		return nil, err
	}
	if t.creator == c.user.id {
		return nil, refuse("cannot_join_own_transaction")
	}
	if t.SellerID == "" {
		t.seat(seller, c.user.id)
	} else {
		t.seat(buyer, c.user.id)
	}
	c.world.link(t, c.user.id)
	c.world.apply(t, onlineJoin, c.by)
	return t.Transaction, nil
}

func reject(c *call) (any, *Error) {
	if _, err := decode[noBody](c.body); err != nil {
		return nil, err
	}
	t, err := c.byJoinCode(c.request.PathValue("code"))
	if err != nil {
		return nil, err
	}
	if t.creator == c.user.id {
		return nil, refuse("cannot_reject_own_transaction")
	}
	c.world.apply(t, onlineReject, c.by)
	return t.Transaction, nil
}

// cancel stops an unpaid transaction, or a paid one without tracking when the seller has to accept payments.
func cancel(c *call, t *online, _ noBody) *Error {
	m := onlineCancel
	if t.has(featureSellerAcceptance) && !t.Paid.IsZero() {
		m = onlineCancelPaid
	}
	if err := t.check(m); err != nil {
		return err
	}
	c.world.apply(t, m, c.by)
	return nil
}

func track(c *call, t *online, in Tracking) *Error {
	if strings.TrimSpace(in.Carrier) == "" {
		return refuse("empty_carrier")
	}
	if strings.TrimSpace(in.TrackingCode) == "" {
		return refuse("empty_tracking_code")
	}
	if err := t.check(onlineTrack); err != nil {
		return err
	}
	t.Tracking = &in
	c.world.apply(t, onlineTrack, c.by)
	return nil
}

// extendTrackingDeadline adds the same allowance again; the official length is not published.
func extendTrackingDeadline(c *call, t *online, _ noBody) *Error {
	if err := t.check(onlineExtend); err != nil {
		return err
	}
	later := t.TrackingDetailsDeadline.Add(c.world.cfg.Timelines.TrackingAllowance)
	if later.Year() > lastYear {
		return refuse("tracking_submission_window_not_started")
	}
	t.TrackingDetailsDeadline = later
	c.world.apply(t, onlineExtend, c.by)
	return nil
}

// complain is the deprecated call without words.
func complain(c *call, t *online, _ noBody) *Error {
	return c.file(t, Complaint{})
}

func complainWithDescription(c *call, t *online, in Complaint) *Error {
	if strings.TrimSpace(in.Description) == "" {
		return refuse("empty_complaint_description")
	}
	return c.file(t, in)
}

func (c *call) file(t *online, complaint Complaint) *Error {
	if err := t.check(onlineComplain); err != nil {
		return err
	}
	t.Complaint = &complaint
	c.world.apply(t, onlineComplain, c.by)
	return nil
}

func endComplaintPeriod(c *call, t *online, _ noBody) *Error {
	if err := t.check(onlineEndPeriod); err != nil {
		return err
	}
	t.endedByBuyer = true
	c.world.apply(t, onlineEndPeriod, c.by)
	return nil
}

func acceptComplaint(c *call, t *online, _ noBody) *Error {
	return c.world.resolve(t, outcomeRefund, c.by)
}

// resolve decides a complaint for the buyer (the money goes back at once) or for the seller.
func (w *world) resolve(t *online, outcome string, by origin) *Error {
	m := onlineResolveRelease
	if outcome == outcomeRefund {
		m = onlineResolveRefund
	}
	if err := t.check(m); err != nil {
		return err
	}
	if outcome == outcomeRefund {
		t.ReleasedToSeller = new(false)
		w.refund(t, by.at)
	}
	w.apply(t, m, by)
	return nil
}
