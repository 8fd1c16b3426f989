package client

import (
	"context"
	"errors"
	"iter"
	"strconv"
	"strings"
)

// NotificationService has the calls about the messages that a user sees.
type NotificationService struct{ client *Client }

// Notification is one message to a user.
type Notification struct {
	ID int64 `json:"id"`
	// UserID is the user who sees it.
	UserID      string `json:"user_id"`
	Description string `json:"description"`
	// Target is what it is about, "basic/1309" for an online transaction.
	Target  string `json:"target"`
	Created Time   `json:"created,omitzero"`
	// Read is zero until [NotificationService.MarkAsRead].
	Read Time `json:"read,omitzero"`
}

func (n *Notification) check() error {
	if n.ID <= 0 {
		return errors.New("notification has no id")
	}
	return nil
}

func (n *Notification) recordID() int64 { return n.ID }

// OnlineTransactionID is the online transaction that the notification is about;
// ok is false for other targets.
func (n *Notification) OnlineTransactionID() (id int64, ok bool) { return n.target("basic/") }

// F2FTransactionID is the face-to-face transaction that the notification is
// about; ok is false for other targets. The prefix "p2p/" is our reading, no
// source shows one.
func (n *Notification) F2FTransactionID() (id int64, ok bool) { return n.target("p2p/") }

func (n *Notification) target(prefix string) (int64, bool) {
	digits, found := strings.CutPrefix(n.Target, prefix)
	id, err := strconv.ParseInt(digits, 10, 64)
	if !found || err != nil || id <= 0 {
		return 0, false
	}
	return id, true
}

// List reads one page of the acting user's notifications, newest first.
// Codes: [CodeInvalidAfterID], [CodeInvalidBeforeID], [CodeInvalidLimit].
//
// op: GET /me/notifications
func (s *NotificationService) List(ctx context.Context, page PageOptions, opts ...CallOption) ([]*Notification, error) {
	return do[records[*Notification]](ctx, s.client, get("/me/notifications").query(page.values()), opts)
}

// All walks the acting user's notifications from the newest, or from
// page.AfterID, to the oldest. The first error ends it.
func (s *NotificationService) All(ctx context.Context, page PageOptions, opts ...CallOption) iter.Seq2[*Notification, error] {
	list := func(p PageOptions) ([]*Notification, error) { return s.List(ctx, p, opts...) }
	return pages("GET /me/notifications", page, list)
}

// Get reads a notification of the acting user. Codes: [CodeNotFound].
//
// op: GET /notifications/{notification_id}
func (s *NotificationService) Get(ctx context.Context, id int64, opts ...CallOption) (*Notification, error) {
	return do[*Notification](ctx, s.client, get("/notifications/{notification_id}", id), opts)
}

// MarkAsRead sets Read; it may be repeated. Codes: [CodeNotFound].
//
// op: POST /notifications/{notification_id}/mark_as_read
func (s *NotificationService) MarkAsRead(ctx context.Context, id int64, opts ...CallOption) (*Notification, error) {
	return do[*Notification](ctx, s.client, post("/notifications/{notification_id}/mark_as_read", id), opts)
}
