package sandbox

import (
	"strings"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// cancel stops an unpaid transaction, or a paid one without tracking when the seller has to accept payments.
func cancel(c *call, t *online, _ noBody) *Error {
	m := onlineCancel
	if t.Hidden.has(featureSellerAcceptance) && !t.Paid.IsZero() {
		m = onlineCancelPaid
	}
	return attempt(c.world, t, m, c.by)
}

func track(c *call, t *online, in Tracking) *Error {
	if strings.TrimSpace(in.Carrier) == "" {
		return refuse("empty_carrier")
	}
	if strings.TrimSpace(in.TrackingCode) == "" {
		return refuse("empty_tracking_code")
	}
	if err := check(t, onlineTrack); err != nil {
		return err
	}
	t.Tracking = &in
	apply(c.world, t, onlineTrack, c.by)
	return nil
}

// extendTrackingDeadline adds the same allowance again; the official length is not published.
func extendTrackingDeadline(c *call, t *online, _ noBody) *Error {
	if err := check(t, onlineExtend); err != nil {
		return err
	}
	later := t.TrackingDetailsDeadline.Add(c.world.cfg.Timelines.TrackingAllowance)
	if later.Year() > stage.LastYear {
		return refuse("tracking_submission_window_not_started")
	}
	t.TrackingDetailsDeadline = later
	apply(c.world, t, onlineExtend, c.by)
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

func submitOrderIssue(c *call, t *online, in OrderIssue) *Error {
	if err := check(t, onlineRaiseIssue); err != nil {
		return err
	}
	t.OrderIssue = &in
	apply(c.world, t, onlineRaiseIssue, c.by)
	return nil
}

func (c *call) file(t *online, complaint Complaint) *Error {
	if err := check(t, onlineComplain); err != nil {
		return err
	}
	t.Complaint = &complaint
	apply(c.world, t, onlineComplain, c.by)
	return nil
}

func endComplaintPeriod(c *call, t *online, _ noBody) *Error {
	return attempt(c.world, t, onlineEndPeriod, c.by)
}

func acceptComplaint(c *call, t *online, _ noBody) *Error {
	return resolve(c.world, t, outcomeRefund, c.by)
}

// resolve decides a complaint for the buyer (the money goes back at once) or for the seller.
func resolve(w *state, t *online, outcome string, by origin) *Error {
	m := onlineResolveRelease
	if outcome == outcomeRefund {
		m = onlineResolveRefund
	}
	if err := check(t, m); err != nil {
		return err
	}
	if outcome == outcomeRefund {
		t.ReleasedToSeller = new(false)
		t.refund(w, by.at)
	}
	apply(w, t, m, by)
	return nil
}
